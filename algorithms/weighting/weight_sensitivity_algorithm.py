"""Sensitivity of levels and zones to the weights as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
)

from ..errors import ParcelDataError
from ..fields import (
    COMPOSITE,
    COMPOSITE_HIGH,
    COMPOSITE_LOW,
    COMPOSITE_MEAN,
    COMPOSITE_SCORE,
    INFLUENCES,
    LEVEL_KEPT,
    STABILITIES,
    ZONE,
    ZONE_KEPT,
    ZONE_LABEL,
    ZONE_OTHER,
    ZONE_STABILITY,
    level_field,
)
from ..indicators.index_system_parameters import (
    add_index_system,
    add_weight_and_field_choices,
    indicator_name,
    read_system,
    ready_system,
)
from ..parcel_algorithm import OUTPUT, REPORT, SEED, ParcelAlgorithm, tr
from ..presentation import user_language
from ..scoring.scoring_parameters import add_scoring_choices, score_parcels
from ..zoning.zoning_parameters import add_matrix, zone_matrix, zone_style, zone_terms
from .ahp_parameters import add_judgements, weigh

METHOD = "METHOD"
DRAWS = "DRAWS"
SPREAD = "SPREAD"
CHANGE = "CHANGE"
KEEP_BREAKS = "KEEP_BREAKS"
FIXED_BREAKS = "FIXED_BREAKS"
INFLUENCE = "INFLUENCE"
WEIGHTS, ONE_AT_A_TIME = 0, 2


class WeightSensitivityAlgorithm(ParcelAlgorithm):
    """Tells how far levels and zones depend on the weights."""

    ID = "weightsensitivity"
    ROOM = "weighting"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Sensitivity to the weights")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Evaluates the parcels again and again with other weights and tells how often each parcel keeps "
            "its level and its zone, which other zone it takes most often, and how its composite score "
            "spreads. Natural breaks are found anew, exactly, in every draw. Besides, each weight alone is "
            "lowered and raised, to tell how many zones it moves."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        self.add_id_field()
        add_index_system(self)
        add_judgements(self)
        self.add(
            QgsProcessingParameterEnum(
                METHOD,
                tr("What varies"),
                [tr("Weights at random"), tr("Judgements at random"), tr("One weight at a time")],
                defaultValue=WEIGHTS,
            ),
            tr(
                "Weights are drawn from a Dirichlet distribution around those of the index system, with the "
                "spread below. Judgements stay or move one step up or down on Saaty's scale, each with a "
                "third of the chances; those of several experts are joined first. One at a time: every "
                "weight is lowered and raised once, without draws."
            ),
        )
        self.add(
            QgsProcessingParameterNumber(
                DRAWS, tr("Draws"), defaultValue=1000, minValue=10, maxValue=1_000_000
            ),
            tr(
                "Number of random draws. With 1,000, a share is off by 3 percent points at most, mostly less."
            ),
        )
        for name, label, help_text in (
            (
                SPREAD,
                tr("Spread of random weights (%)"),
                tr(
                    "Standard deviation of a weight of average size, in percent of itself. Smaller weights "
                    "spread more in percent, larger ones less."
                ),
            ),
            (
                CHANGE,
                tr("Change of one weight at a time (%)"),
                tr(
                    "By how much of itself each weight is lowered and raised; the others are scaled so that "
                    "all add up to 1."
                ),
            ),
        ):
            self.add(
                QgsProcessingParameterNumber(
                    name,
                    label,
                    QgsProcessingParameterNumber.Type.Double,
                    defaultValue=20.0,
                    minValue=0.1,
                    maxValue=100.0,
                ),
                help_text,
            )
        add_weight_and_field_choices(self)
        add_scoring_choices(self)
        self.add(
            QgsProcessingParameterBoolean(
                KEEP_BREAKS, tr("Keep the breaks in all draws"), defaultValue=False
            ),
            tr(
                "Off: every draw has natural breaks of its own, as an evaluation with those weights would. "
                "On: the breaks of the undisturbed weights hold in all draws."
            ),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFeatureSource(
                FIXED_BREAKS, tr("Fixed breaks"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            tr("Breaks table of a base year: its limits hold in all draws and without them."),
            advanced=True,
        )
        add_matrix(self)
        self.add_seed()
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Parcels with stability"),
            tr(
                "The input with composite, its level, zone, and over the draws: zone_keep and lvl_keep "
                "(shares that keep zone and level), zone_stab (1 unstable to 4 stable), zone_other (most "
                "frequent other zone), comp_mean, comp_p05, comp_p95."
            ),
        )
        self.add_sink(
            INFLUENCE,
            tr("Influence of the weights"),
            tr(
                "One row per indicator, the most influential first: its weight, its draws, and the share of "
                "parcels that change zone and level when it alone is lowered or raised."
            ),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number(
            "ZONES_KEPT", tr("Zones kept"), tr("Mean share of the draws in which a parcel keeps its zone.")
        )
        self.add_number("LEVELS_KEPT", tr("Levels kept"), tr("The same of the levels of the composite."))
        self.add_number(
            "UNSTABLE",
            tr("Unstable parcels"),
            tr("Parcels that keep their zone in fewer than half the draws."),
        )
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels that are not scored."))

    def compute(self, parameters, context, feedback):
        """Draw, evaluate and write."""
        import numpy as np

        from ..classification.score_limits import fixed_score_limits
        from ..features import table_rows
        from .weight_sensitivity import (
            ScoredIndicators,
            influences,
            one_at_a_time,
            stability,
            stability_class,
        )

        language = self.language(parameters, context)
        matrix = zone_matrix(self, parameters, context, feedback)
        system, weighing = weigh(self, read_system(self, parameters, context), parameters, context, feedback)
        system.check_layers()
        parcels = self.parcels(parameters, context, feedback, end=5)
        system = ready_system(self, system, parcels, parameters, context, feedback)
        scored = score_parcels(self, system, parcels, parameters, context, feedback)
        weights = np.array([row.weight for row in system.indicators])
        weights /= weights.sum()
        breaks = self.parameterAsSource(parameters, FIXED_BREAKS, context)
        settings = {
            "matrix": matrix,
            "parcels": len(parcels),
            "fixed": fixed_score_limits(table_rows(breaks), matrix) if breaks else None,
            "keep_breaks": self.parameterAsBool(parameters, KEEP_BREAKS, context),
        }
        indicators = ScoredIndicators(scored.scores, scored.system)
        change = self.parameterAsDouble(parameters, CHANGE, context) / 100
        alone = one_at_a_time(weights, change)
        changed = stability(indicators, weights, alone, **settings, progress=self.progress(feedback, 5, 10))
        draws, note = self._draws(system, weighing, weights, alone, parameters, context, feedback)
        result = stability(indicators, weights, draws, **settings, progress=self.progress(feedback, 20, 80))
        found = influences(system, weights, draws, result, changed)
        classes = stability_class(result.zone_kept)
        terms = zone_terms(matrix)
        names = [term.label(language) for term in terms]
        self._tell(result, classes, note, feedback)
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                (
                    COMPOSITE_SCORE,
                    level_field(COMPOSITE),
                    ZONE,
                    ZONE_LABEL,
                    ZONE_KEPT,
                    ZONE_STABILITY,
                    ZONE_OTHER,
                    LEVEL_KEPT,
                    COMPOSITE_MEAN,
                    COMPOSITE_LOW,
                    COMPOSITE_HIGH,
                ),
                (
                    result.composite,
                    _or_null(result.level),
                    _or_null(result.zone),
                    [names[zone - 1] if zone else "" for zone in result.zone.tolist()],
                    result.zone_kept,
                    _or_null(classes),
                    _or_null(result.other_zone),
                    result.level_kept,
                    result.mean,
                    result.low,
                    result.high,
                ),
                style=("stability", ZONE_STABILITY.name, STABILITIES),
                more_styles=(zone_style(matrix), ("zones", ZONE_OTHER.name, terms)),
            ),
            INFLUENCE: self.write_table(parameters, INFLUENCE, context, INFLUENCES, _rows(found, system)),
            REPORT: self._report(parameters, context, parcels, result, classes, terms, found, system, note),
            "ZONES_KEPT": _mean(result.zone_kept),
            "LEVELS_KEPT": _mean(result.level_kept),
            "UNSTABLE": int((classes == 1).sum()),
            "EXCLUDED": scored.excluded,
        }

    def _draws(self, system, weighing, weights, alone, parameters, context, feedback):
        """Weights (r, m) of the chosen kind and a sentence that says how they came about."""
        from .weight_sensitivity import dirichlet_weights

        method = self.parameterAsEnum(parameters, METHOD, context)
        count = self.parameterAsInt(parameters, DRAWS, context)
        seed = self.parameterAsInt(parameters, SEED, context)
        if method == ONE_AT_A_TIME:
            return alone, tr("{} runs: each weight lowered and raised by {:g} %.").format(
                len(alone), self.parameterAsDouble(parameters, CHANGE, context)
            )
        if method == WEIGHTS:
            spread = self.parameterAsDouble(parameters, SPREAD, context)
            return dirichlet_weights(weights, spread / 100, count, seed), tr(
                "{} draws of the weights, Dirichlet around those of the index system; a weight of average "
                "size has a standard deviation of {:g} % of itself. Seed {}."
            ).format(count, spread, seed)
        if weighing is None:
            raise ParcelDataError(
                "Judgements are to vary, but none are given: give a judgement table, or let the weights vary."
            )
        return _judgement_draws(system, weighing, count, seed, self.progress(feedback, 10, 20))

    def _tell(self, result, classes, note, feedback):
        """Say how stable levels and zones are."""
        self.note(feedback, note)
        if result.left_out:
            self.warn(
                feedback,
                tr(
                    "{} draws leave a score fewer distinct values than levels; they count for the composite "
                    "score, not for levels and zones."
                ).format(result.left_out),
            )
        counts = [int((classes == int(term.code)).sum()) for term in STABILITIES]
        self.note(
            feedback,
            tr(
                "Parcels that keep their zone in 95 % of the draws and more: {}; 80-95 %: {}; 50-80 %: {}; "
                "below 50 %: {}."
            ).format(*reversed(counts)),
        )

    def _report(self, parameters, context, parcels, result, classes, terms, found, system, note):
        """Write the report where it is asked for."""
        from ..report_maps import class_map
        from .sensitivity_report import sensitivity_report

        if not self.wants(parameters, REPORT):
            return None
        change = self.parameterAsDouble(parameters, CHANGE, context)
        notes = (
            note,
            self._breaks_note(parameters, context),
            tr("One weight at a time: lowered and raised by {:g} %, the others scaled.").format(change),
        )
        names = {row.indicator: indicator_name(row) for row in system.indicators}
        drawn = class_map(
            parcels, _or_null(classes), "stability", STABILITIES, context, tr("How often the zone is kept")
        )
        pieces = sensitivity_report(result, classes, terms, found, names, notes, tr, user_language(), drawn)
        return self.write_report(parameters, context, tr("Sensitivity to the weights"), pieces)

    def _breaks_note(self, parameters, context):
        if self.parameterAsSource(parameters, FIXED_BREAKS, context) is not None:
            return tr("Levels: the fixed breaks of a base year in all draws.")
        if self.parameterAsBool(parameters, KEEP_BREAKS, context):
            return tr("Levels: the natural breaks of the undisturbed weights in all draws.")
        return tr("Levels: natural breaks found anew in each draw.")


def _judgement_draws(system, weighing, count, seed, progress):
    """Weights (r, m) from judgements a step off, and a sentence on them."""
    from .ahp import CR_LIMIT
    from .weight_sensitivity import judgement_weights

    judgements = weighing.group.judgements
    dropped = [leaf for leaf in judgements.leaves if leaf not in system.codes]
    if dropped:
        raise ParcelDataError(
            "Judgements cannot vary where indicators are dropped ({}): take these out of the judgement "
            "table and the index system, or let the weights vary.",
            ", ".join(dropped),
        )
    draws, cr = judgement_weights(judgements, system.codes, count, seed, progress, **weighing.settings)
    return draws, tr(
        "{} draws of the judgements: each stays or moves one step up or down on Saaty's scale. In {:.1f} % "
        "of the draws a node has a CR of {:.2f} or more. Seed {}."
    ).format(count, 100 * float((cr >= CR_LIMIT).mean()), CR_LIMIT, seed)


def _rows(found, system):
    names = {row.indicator: row.name for row in system.indicators}
    for one in found:
        pairs = [share for pair in zip(one.fewer, one.more, strict=True) for share in pair]
        yield (
            one.indicator,
            names[one.indicator],
            one.weight,
            one.mean,
            one.low,
            one.high,
            *pairs,
            one.correlation,
        )


def _or_null(codes):
    return [code or None for code in codes.tolist()]


def _mean(shares):
    import numpy as np

    known = shares[~np.isnan(shares)]
    return float(known.mean()) if known.size else None
