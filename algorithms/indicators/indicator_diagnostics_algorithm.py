"""What the indicators look like and how far they overlap, as a Processing algorithm."""

from dataclasses import astuple, replace

from qgis.core import QgsProcessing, QgsProcessingParameterNumber

from ..fields import (
    BREAK_STABILITY,
    COMPOSITE_SCORE,
    CORRELATIONS,
    DIAGNOSTICS,
    LAYER_CLASSES,
    layer_score,
    level_label,
)
from ..parcel_algorithm import OUTPUT, REPORT, SEED, ParcelAlgorithm, tr
from ..presentation import user_language
from ..scoring.scoring_parameters import add_scoring_choices, score_parcels
from .index_system_parameters import (
    add_index_system,
    add_weight_and_field_choices,
    indicator_name,
    read_system,
    ready_system,
)

CORRELATION_TABLE = "CORRELATIONS"
STABILITY_TABLE = "BREAK_STABILITY"
CORRELATION_LIMIT = "CORRELATION_LIMIT"
SAMPLES = "SAMPLES"

HIGH_INFLATION = 10.0
"""A variance inflation factor above this is commonly called high (Marquardt 1970)."""


class IndicatorDiagnosticsAlgorithm(ParcelAlgorithm):
    """Distribution, overlap and score spread of the indicators."""

    ID = "indicatordiagnostics"
    ROOM = "indicators"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Indicator diagnostics")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Looks at the indicators before anyone relies on their scores: missing, zero and negative "
            "values, outliers, skewness, how the scores spread, which indicators repeat each other "
            "(correlation, variance inflation), and how far the level breaks of the scores depend on single "
            "parcels (bootstrap). Costs of 1,000,000,000 per output, which “Parcel indicators” writes where "
            "there is no output, are counted by themselves (no_output) and enter no mean, outlier, "
            "correlation or variance inflation; they are scored all the same. In the paper's system total "
            "and per-mu figures overlap by design: here is how much."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        self.add_id_field()
        add_index_system(self)
        add_weight_and_field_choices(self)
        add_scoring_choices(self)
        self.add(
            QgsProcessingParameterNumber(
                CORRELATION_LIMIT,
                tr("Correlation that counts as overlap"),
                QgsProcessingParameterNumber.Type.Double,
                defaultValue=0.8,
                minValue=0.0,
                maxValue=1.0,
            ),
            tr("Pairs whose Pearson or Spearman correlation is at least this, plus or minus, are named."),
        )
        self.add(
            QgsProcessingParameterNumber(
                SAMPLES, tr("Bootstrap samples"), defaultValue=200, minValue=0, maxValue=100_000
            ),
            tr("Samples of parcels, drawn with replacement, behind the stability of breaks. 0: none."),
            advanced=True,
        )
        self.add_seed()
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Indicators"),
            tr("One row per indicator: distribution, target, spread of its scores, variance inflation."),
            table=True,
        )
        self.add_sink(
            CORRELATION_TABLE,
            tr("Correlations"),
            tr("One row per pair of indicators, over the parcels that have both."),
            optional=True,
            table=True,
        )
        self.add_sink(
            STABILITY_TABLE,
            tr("Stability of breaks"),
            tr("One row per level of each layer and the composite: how far its limit moves in the samples."),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number("OVERLAPS", tr("Overlapping pairs"), tr("Pairs of indicators at or above the limit."))
        self.add_number(
            "MAX_VIF",
            tr("Largest variance inflation factor"),
            tr("Above 10, the others all but repeat an indicator. Empty: one repeats others exactly."),
        )
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels that are not scored."))

    def compute(self, parameters, context, feedback):
        """Describe and write."""
        import numpy as np

        from .diagnostics import OVERLAP_BY_DESIGN, correlations, variance_inflation
        from .parcel_indicators import without_output

        system = read_system(self, parameters, context)
        parcels = self.parcels(parameters, context, feedback)
        system = ready_system(self, system, parcels, parameters, context, feedback)
        scored = score_parcels(self, system, parcels, parameters, context, feedback)
        values = parcels.matrix([row.field for row in scored.system.indicators])
        idle = without_output(values, [row.direction for row in scored.system.indicators])
        values[idle] = np.nan
        related = correlations(values, self.progress(feedback, 30, 50))
        inflation = variance_inflation(values)
        limit = self.parameterAsDouble(parameters, CORRELATION_LIMIT, context)
        pairs = _pairs(scored.system.codes, related, limit)
        known = [pair for pair in OVERLAP_BY_DESIGN if set(pair) <= set(scored.system.codes)]
        self._tell(feedback, scored.system.codes, pairs, inflation, known, idle)
        rows = _indicator_rows(scored, values, idle, related, inflation, self.language(parameters, context))
        stability = self._stability(parameters, context, feedback, scored)
        finite = inflation[np.isfinite(inflation)]
        exact = bool(np.isinf(inflation).any())
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, DIAGNOSTICS, rows),
            CORRELATION_TABLE: self.write_table(parameters, CORRELATION_TABLE, context, CORRELATIONS, pairs),
            STABILITY_TABLE: self.write_table(
                parameters, STABILITY_TABLE, context, BREAK_STABILITY, stability
            ),
            REPORT: self._report(parameters, context, scored, values, rows, pairs, known, stability),
            "OVERLAPS": sum(pair[-1] for pair in pairs),
            "MAX_VIF": None if exact or not finite.size else float(finite.max()),
            "EXCLUDED": scored.excluded,
        }

    def _tell(self, feedback, codes, pairs, inflation, known, idle):
        import numpy as np

        if idle.any():
            self.note(
                feedback,
                tr("Parcels without output, left out of these indicators: {}.").format(
                    ", ".join(f"{codes[k]} {idle[:, k].sum()}" for k in np.flatnonzero(idle.any(axis=0)))
                ),
            )
        by_pair = {pair[:2]: pair for pair in pairs}
        for first, second in known:
            _, _, _, pearson, spearman, _ = by_pair[first, second]
            self.note(
                feedback,
                tr("{} and {} overlap by design: Pearson {:.2f}, Spearman {:.2f}.").format(
                    first, second, pearson, spearman
                ),
            )
        for first, second, parcels, pearson, spearman, overlaps in pairs:
            if overlaps:
                self.warn(
                    feedback,
                    tr("{} and {} overlap: Pearson {:.2f}, Spearman {:.2f} over {} parcels.").format(
                        first, second, pearson, spearman, parcels
                    ),
                )
        high = [
            f"{codes[k]} {inflation[k]:.3g}"
            for k in np.flatnonzero(np.nan_to_num(inflation) > HIGH_INFLATION)
        ]
        if high:
            self.warn(
                feedback, tr("Variance inflation above {:g}: {}.").format(HIGH_INFLATION, ", ".join(high))
            )
        constant = [codes[k] for k in np.flatnonzero(np.isnan(inflation))]
        if constant:
            self.warn(
                feedback,
                tr("Without variance inflation, being constant or on too few complete parcels: {}.").format(
                    ", ".join(constant)
                ),
            )

    def _stability(self, parameters, context, feedback, scored):
        """Rows on the breaks of the layers and the composite under resampling."""
        import numpy as np

        from ..classification.break_stability import break_stability
        from ..classification.levels import printable_limit

        draws = self.parameterAsInt(parameters, SAMPLES, context)
        columns = [
            *(layer_score(code).name for code in scored.system.layers),
            COMPOSITE_SCORE.name,
        ]
        language = self.language(parameters, context)
        rows = []
        wanted = draws > 0 and (self.wants(parameters, STABILITY_TABLE) or self.wants(parameters, REPORT))
        for position, field in enumerate(columns if wanted else ()):
            step = 50 / len(columns)
            values = scored.column(field)
            if not np.isfinite(values).any():
                continue
            stability = break_stability(
                values,
                LAYER_CLASSES,
                draws,
                self.parameterAsInt(parameters, SEED, context),
                self.progress(feedback, 50 + step * position, 50 + step * (position + 1)),
            )
            classes = stability.upper.size
            rows += [
                (field, k + 1, level_label(k + 1, classes, language), *limits, stability.draws)
                for k, limits in enumerate(
                    zip(
                        map(printable_limit, stability.upper.tolist()),
                        stability.low.tolist(),
                        stability.high.tolist(),
                        stability.kept.tolist(),
                        strict=True,
                    )
                )
            ]
        return rows

    def _report(self, parameters, context, scored, values, rows, pairs, known, stability):
        """Write the report where it is asked for."""
        from .diagnostics_report import diagnostics_report

        if not self.wants(parameters, REPORT):
            return None
        codes = scored.system.codes
        table = [dict(zip((field.name for field in DIAGNOSTICS), row, strict=True)) for row in rows]
        names = {row.indicator: indicator_name(row) for row in scored.system.indicators}
        columns = {code: (values[:, k], scored.scores.indicators[:, k]) for k, code in enumerate(codes)}
        whole = (*map(layer_score, scored.system.layers), COMPOSITE_SCORE)
        columns |= {field.name: (None, scored.column(field.name)) for field in whole}
        names |= {field.name: field.alias(user_language()) for field in whole}
        limit = self.parameterAsDouble(parameters, CORRELATION_LIMIT, context)
        pieces = diagnostics_report(
            table, names, columns, pairs, known, stability, limit, tr, user_language()
        )
        return self.write_report(parameters, context, tr("Indicator diagnostics"), pieces)


def _pairs(codes, related, limit):
    """Rows of the correlation table, the strongest first."""
    import numpy as np

    rows = []
    for a in range(len(codes)):
        for b in range(a + 1, len(codes)):
            pearson, spearman = float(related.pearson[a, b]), float(related.spearman[a, b])
            strength = np.nanmax([abs(pearson), abs(spearman), 0.0])
            rows.append(
                (codes[a], codes[b], int(related.pairs[a, b]), pearson, spearman, int(strength >= limit))
            )
    return sorted(rows, key=lambda row: -np.nanmax([abs(row[3]), abs(row[4]), -1.0]))


def _distribution(values, idle, flag):
    """Numbers of a column in the order of ``fields.DIAGNOSTICS``; a flag has no outliers."""
    from .diagnostics import distribution

    shape = distribution(values, idle)
    return astuple(replace(shape, low=None, high=None) if flag else shape)


def _indicator_rows(scored, values, idle, related, inflation, language):
    """Rows of ``fields.DIAGNOSTICS``."""
    import numpy as np

    from .diagnostics import strongest_partner

    partner = strongest_partner(related.spearman).tolist()
    rows = []
    for k, row in enumerate(scored.system.indicators):
        scores = scored.scores.indicators[:, k]
        scores = scores[np.isfinite(scores)]
        shares = (
            [float(np.mean(part)) for part in (scores == 0, scores < 10, scores >= 100)]
            if scores.size
            else [None] * 3
        )
        rows.append(
            (
                row.indicator,
                row.name_zh if language == "zh" and row.name_zh else row.name,
                row.field,
                row.unit,
                row.direction,
                *_distribution(values[:, k], idle[:, k], row.direction == "flag"),
                row.target,
                row.target_src,
                float(scores.mean()) if scores.size else None,
                *shares,
                float(inflation[k]) if np.isfinite(inflation[k]) else None,
                scored.system.codes[partner[k]] if partner[k] >= 0 else None,
                float(related.spearman[k, partner[k]]) if partner[k] >= 0 else None,
            )
        )
    return rows
