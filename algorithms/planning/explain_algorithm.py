"""Why parcels are in their zones, as a Processing algorithm."""

import re

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..errors import ParcelDataError
from ..fields import (
    CONTRIBUTIONS,
    EXPLANATION,
    LOCAL_MORAN,
    TEXT,
    ZONE,
    ZONE_KEPT,
    ZONE_MOVES,
    ZONE_OTHER,
    level_label,
)
from ..indicators.index_system_parameters import (
    add_index_system,
    add_weight_and_field_choices,
    indicator_name,
    read_system,
    ready_system,
)
from ..parcel_algorithm import ID_FIELD, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from ..scoring.scoring_parameters import MISSING_VALUES, add_scoring_choices, score_parcels, scoring_scale
from ..zoning.zoning_parameters import add_matrix, zone_matrix, zone_terms

PARCELS = "PARCELS"
FIXED_BREAKS = "FIXED_BREAKS"
SHEETS = "SHEETS"
POINTS = "POINTS"
MOVES = "MOVES"

_NAMED = 3
"""Indicators that a field names."""
_SENTENCES = {
    "en": {
        "zone": "economy {} ({}), land {} ({}): zone {} ({}), {} cell",
        "open": "economy {} ({}), land {} ({}): open cell, no zone",
        "unscored": "not scored, lacks {}",
    },
    "zh": {
        "zone": "经济效益 {}（{}），土地价值 {}（{}）：{} 区（{}），{}单元",
        "open": "经济效益 {}（{}），土地价值 {}（{}）：空白单元，无分区",
        "unscored": "未评价，缺 {}",
    },
}
_SOURCES = {
    "en": {"printed": "printed", "completed": "completed", "user": "user's"},
    "zh": {"printed": "论文", "completed": "补全", "user": "自定义"},
}


class ExplainAlgorithm(ParcelAlgorithm):
    """Why each parcel is in its zone, and what would move it."""

    ID = "explain"
    ROOM = "planning"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Explain zones of parcels")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Why is parcel 1043 in zone 2? For the parcels you name, or all: the levels and the matrix cell "
            "that decide, what each indicator adds to the score and what it costs, how far the next levels "
            "are, and the smallest change of one indicator alone that would lead to a better or a worse "
            "zone. Weights, targets, breaks and the other parcels are held. Give the output of “Evaluate "
            "parcels” with its tables “Index system as used” and “Breaks”: clusters, and the stability of "
            "“Sensitivity to the weights”, are told where the layer has their fields."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        self.add_id_field()
        self.add(
            QgsProcessingParameterString(PARCELS, tr("Parcels to explain"), optional=True),
            tr("Names of parcels, separated by commas. Empty: all."),
        )
        add_index_system(self)
        self.add(
            QgsProcessingParameterFeatureSource(
                FIXED_BREAKS, tr("Breaks"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            tr(
                "Breaks table of the evaluation. Empty: natural breaks of all parcels of the layer, as the "
                "evaluation finds them."
            ),
        )
        add_weight_and_field_choices(self)
        add_scoring_choices(self)
        add_matrix(self)
        self.add_language()
        self.add(
            QgsProcessingParameterNumber(
                SHEETS, tr("Sheets in the report"), defaultValue=100, minValue=1, maxValue=10_000
            ),
            tr("The report ends after so many parcels, and says so."),
            advanced=True,
        )
        self.add_sink(
            OUTPUT,
            tr("Explained parcels"),
            tr(
                "The chosen parcels with: why (levels, cell, zone), gives and costs (indicators that add and "
                "cost most points), econ_up, econ_down, land_up, land_down, comp_up, comp_down (points to "
                "the next level and to the one below), and of the smallest move to a better zone up_zone, "
                "up_by (indicator), up_from and up_to (present value, value to pass), likewise down_*."
            ),
        )
        self.add_sink(
            POINTS,
            tr("Points by indicator"),
            tr("A row per parcel and indicator: value, target, score, weight, points and lost points."),
            optional=True,
            table=True,
        )
        self.add_sink(
            MOVES,
            tr("Changes that move a zone"),
            tr(
                "A row per parcel and change of one indicator that leads to a better or worse zone, the "
                "smallest change of score first."
            ),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number("EXPLAINED", tr("Explained parcels"), tr("Number of parcels in the output."))

    def compute(self, parameters, context, feedback):
        """Evaluate, take apart and write."""
        from ..scoring.target_scores import MISSING
        from .explanation import explain

        language = self.language(parameters, context)
        matrix = zone_matrix(self, parameters, context, feedback)
        system = read_system(self, parameters, context)
        system.check_layers()
        parcels = self.parcels(parameters, context, feedback)
        system = ready_system(self, system, parcels, parameters, context, feedback)
        scored = score_parcels(self, system, parcels, parameters, context, feedback)
        system = scored.system
        chosen = self._chosen(scored.names, parameters, context)
        self.progress(feedback)(0.3)
        explanation = explain(
            parcels.matrix([row.field for row in system.indicators])[chosen],
            scored.scores.at(chosen),
            system,
            self._limits(scored.scores, matrix, parameters, context),
            matrix,
            MISSING[self.parameterAsEnum(parameters, MISSING_VALUES, context)],
            scoring_scale(self, parameters, context),
        )
        self.progress(feedback)(0.6)
        parcels = parcels.only(chosen)
        names, lacks = ([column[p] for p in chosen] for column in (scored.names, scored.lacks))
        self._compare(parcels, explanation.zone, feedback)
        self.note(feedback, tr("{} parcels are explained.").format(len(parcels)))
        return {
            POINTS: self.write_table(
                parameters, POINTS, context, CONTRIBUTIONS, _point_rows(names, explanation, system)
            ),
            MOVES: self.write_table(
                parameters, MOVES, context, ZONE_MOVES, _move_rows(names, explanation, system)
            ),
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                EXPLANATION,
                (
                    _reasons(explanation, lacks, matrix, language),
                    _most(explanation.contributions.points, system),
                    _most(explanation.contributions.lost, system),
                    *(column for one in explanation.reaches for column in (one.up, one.down)),
                    *_smallest(explanation.better, explanation, system),
                    *_smallest(explanation.worse, explanation, system),
                ),
                style=("explained_zones", ZONE.name, zone_terms(matrix)),
            ),
            REPORT: self._report(parameters, context, parcels, names, lacks, explanation, system, matrix),
            "EXPLAINED": len(parcels),
        }

    def _chosen(self, names, parameters, context):
        """Positions of the parcels to explain.

        Raises
        ------
        ParcelDataError
            There is no parcel of some name.
        """
        wanted = [
            name.strip()
            for name in re.split("[,;\n，；、]", self.parameterAsString(parameters, PARCELS, context))
            if name.strip()
        ]
        if not wanted:
            return list(range(len(names)))
        unknown = sorted(set(wanted) - set(names))
        if unknown:
            raise ParcelDataError(
                "There is no parcel {}: parcels are called by {}, for example {}.",
                ", ".join(unknown),
                self.optional_field(parameters, ID_FIELD, context) or tr("their feature id"),
                ", ".join(names[:_NAMED]),
            )
        return [position for position, name in enumerate(names) if name in set(wanted)]

    def _limits(self, scores, matrix, parameters, context):
        """Upper limits of the levels of economy, land value and composite."""
        from ..classification.score_limits import fixed_score_limits, natural_score_limits
        from ..features import table_rows

        source = self.parameterAsSource(parameters, FIXED_BREAKS, context)
        if source is not None:
            return fixed_score_limits(table_rows(source), matrix)
        return natural_score_limits((*scores.layers.T, scores.composite), matrix)

    def _compare(self, parcels, zone, feedback):
        """Warn where the layer has other zones: it was evaluated in another way."""
        if parcels.fields.lookupField(ZONE.name) < 0:
            return
        import numpy as np

        other = int((np.nan_to_num(parcels.numbers(ZONE.name)) != zone).sum())
        if other:
            self.warn(
                feedback,
                tr(
                    "{} parcels have another zone in the layer: it was evaluated with other targets, "
                    "weights, breaks or matrix than given here. The explanation holds for the zones found "
                    "here."
                ).format(other),
            )

    def _report(self, parameters, context, parcels, names, lacks, explanation, system, matrix):
        """Write the sheets where they are asked for."""
        from .explanation_report import Facts, explanation_report

        if not self.wants(parameters, REPORT):
            return None
        sheets = self.parameterAsInt(parameters, SHEETS, context)
        facts = Facts(
            names,
            lacks,
            {row.indicator: indicator_name(row) for row in system.indicators},
            [term.label(user_language()) for term in zone_terms(matrix)],
            _found_columns(parcels),
        )
        pieces = explanation_report(explanation, system, matrix, facts, sheets, tr, user_language())
        return self.write_report(parameters, context, self.displayName(), pieces)


def _found_columns(parcels):
    """What earlier steps wrote about clusters and stability: columns by field, of those that are there."""
    found = {}
    for field in (*LOCAL_MORAN, ZONE_KEPT, ZONE_OTHER):
        if parcels.fields.lookupField(field.name) >= 0:
            read = parcels.texts if field.kind == TEXT else parcels.numbers
            found[field.name] = read(field.name)
    return found


def _reasons(explanation, lacks, matrix, language):
    """Levels, cell and zone of each parcel in words."""
    texts = _SENTENCES[language]
    names = [term.label(language) for term in zone_terms(matrix)]
    rows, columns = matrix.cells.shape
    reasons = []
    for economy, land, zone, source, lack in zip(
        *(level.tolist() for level in explanation.levels[:2]),
        explanation.zone.tolist(),
        explanation.source.tolist(),
        lacks,
        strict=True,
    ):
        if not (economy and land):
            reasons.append(texts["unscored"].format(lack))
            continue
        levels = economy, level_label(economy, rows, language), land, level_label(land, columns, language)
        if zone:
            reasons.append(texts["zone"].format(*levels, zone, names[zone - 1], _SOURCES[language][source]))
        else:
            reasons.append(texts["open"].format(*levels))
    return reasons


def _most(points, system):
    """The indicators with most points of each parcel, as text."""
    texts = []
    for row in points:
        order = (-row).argsort(kind="stable")[:_NAMED]
        texts.append(", ".join(f"{system.codes[p]} {row[p]:.1f}" for p in order if row[p] > 0))
    return texts


def _smallest(moves, explanation, system):
    """Columns of the smallest move: zone, indicator, present value, value to pass."""
    rows = range(moves.best.size)
    best = moves.best.tolist()
    return (
        [int(moves.zone[i, p]) if p >= 0 else None for i, p in zip(rows, best, strict=True)],
        [system.codes[p] if p >= 0 else "" for p in best],
        [explanation.values[i, p] if p >= 0 else None for i, p in zip(rows, best, strict=True)],
        [moves.value[i, p] if p >= 0 else None for i, p in zip(rows, best, strict=True)],
    )


def _point_rows(names, explanation, system):
    parts = explanation.contributions
    for i, name in enumerate(names):
        for p, row in enumerate(system.indicators):
            yield (
                name,
                row.indicator,
                row.name,
                explanation.values[i, p],
                row.unit,
                row.target,
                row.lower,
                row.upper,
                row.target_src,
                explanation.scores.indicators[i, p],
                parts.composite_share[i, p],
                parts.points[i, p],
                parts.lost[i, p],
            )


def _move_rows(names, explanation, system):
    for i, name in enumerate(names):
        for moves in (explanation.better, explanation.worse):
            for rank, p in enumerate(moves.ranked(i), start=1):
                row = system.indicators[p]
                yield (
                    name,
                    int(explanation.zone[i]),
                    int(moves.zone[i, p]),
                    rank,
                    row.indicator,
                    row.name,
                    explanation.values[i, p],
                    moves.relation(i, p, row),
                    moves.value[i, p],
                    explanation.scores.indicators[i, p],
                    moves.score[i, p],
                )
