"""The parameters of scoring, shared by the scoring algorithm and the evaluation."""

from dataclasses import dataclass

from qgis.core import QgsProcessingParameterEnum, QgsProcessingParameterNumber

from ..fields import (
    COMPOSITE_SCORE,
    EXCLUDED,
    EXCLUDED_PARCELS,
    LACKS,
    TARGETS_NOTE,
    WEIGHT_SHARE,
    dimension_score,
    layer_score,
)
from ..parcel_algorithm import ID_FIELD, tr

MISSING_VALUES = "MISSING_VALUES"
CAP = "CAP"
COST_FORM = "COST_FORM"
RATING_FORM = "RATING_FORM"
EXCLUDED_TABLE = "EXCLUDED_PARCELS"
_LISTED = 10


@dataclass(frozen=True)
class ScoredParcels:
    """``TargetScores`` of parcels with the fields and columns that carry them.

    names : list of n, what the parcels are called; lacks : list of n, codes of indicators
    without a value, "" where there is none.
    """

    system: object
    scores: object
    fields: tuple
    columns: tuple
    names: list
    lacks: list

    @property
    def excluded(self):
        """Number of parcels without a composite score."""
        import numpy as np

        return int(np.isnan(self.scores.composite).sum())

    def column(self, name):
        """Values of one of the fields."""
        return self.columns[[field.name for field in self.fields].index(name)]


def add_scoring_choices(algorithm):
    """Add what to do with missing values, the cap and the forms of scoring."""
    algorithm.add(
        QgsProcessingParameterEnum(
            MISSING_VALUES,
            tr("Parcels with a missing value"),
            [tr("Leave unscored"), tr("Renormalise the other weights"), tr("Score the indicator 0")],
            defaultValue=0,
        ),
        tr("Unscored parcels stay in the output with NULL scores and the reason, and are listed."),
    )
    add_scoring_forms(algorithm)


def add_scoring_forms(algorithm):
    """Add the cap and the forms of scoring."""
    algorithm.add(
        QgsProcessingParameterNumber(
            CAP,
            tr("Cap factor"),
            QgsProcessingParameterNumber.Type.Double,
            defaultValue=1.0,
            minValue=1.0,
        ),
        tr(
            "1: scores end at 100. A factor c lets benefit and cost scores reach 100 c; every output says so."
        ),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            COST_FORM,
            tr("Form of cost scores"),
            [tr("100 target / value"), tr("100 (2 - value / target)")],
            defaultValue=0,
        ),
        tr("How an indicator counts of which less is better."),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            RATING_FORM,
            tr("Form of rating scores"),
            [tr("100 rating / target"), tr("100 (rating - 1) / (target - 1)")],
            defaultValue=0,
        ),
        tr("Whether the lowest rating 1 still scores 10 (first) or 0 (second)."),
        advanced=True,
    )


def scoring_scale(algorithm, parameters, context):
    """Scale that the cap and the forms of scoring make."""
    from .target_scores import Scale

    return Scale(
        cap=algorithm.parameterAsDouble(parameters, CAP, context),
        linear_cost=algorithm.parameterAsEnum(parameters, COST_FORM, context) == 1,
        rating_from_zero=algorithm.parameterAsEnum(parameters, RATING_FORM, context) == 1,
    )


def score_parcels(algorithm, system, parcels, parameters, context, feedback):
    """Score parcels by the chosen forms, and say what was derived and excluded.

    Returns
    -------
    ScoredParcels
    """
    import numpy as np

    from .target_scores import (
        MISSING,
        derive_targets,
        indicator_fields,
        lacking,
        target_scores,
        targets_note,
    )

    scale = scoring_scale(algorithm, parameters, context)
    missing = MISSING[algorithm.parameterAsEnum(parameters, MISSING_VALUES, context)]
    values = parcels.matrix([row.field for row in system.indicators])
    system = derive_targets(system, values)
    scores = target_scores(values, system, missing, scale)
    names = parcels.names(algorithm.optional_field(parameters, ID_FIELD, context))
    lacks = lacking(scores, system, values)
    note = targets_note(system, scale, algorithm.language(parameters, context))
    algorithm.note(feedback, tr("Targets: {}").format(note))
    _report_excluded(algorithm, scores, names, lacks, feedback)
    columns = (
        *scores.indicators.T,
        *scores.dimensions.T,
        *scores.layers.T,
        scores.composite,
        np.isnan(scores.composite).astype(int),
        lacks,
        scores.weight_used,
        [note] * len(parcels),
    )
    fields = (
        *indicator_fields(system),
        *(dimension_score(code) for code in system.dimensions),
        *(layer_score(code) for code in system.layers),
        COMPOSITE_SCORE,
        EXCLUDED,
        LACKS,
        WEIGHT_SHARE,
        TARGETS_NOTE,
    )
    return ScoredParcels(system, scores, fields, columns, names, lacks)


def excluded_rows(scored):
    """Rows of ``fields.EXCLUDED_PARCELS``: the parcels that are not scored, and what they lack."""
    import numpy as np

    return [
        (name, lacks)
        for name, lacks, excluded in zip(
            scored.names, scored.lacks, np.isnan(scored.scores.composite), strict=True
        )
        if excluded
    ]


def write_excluded(algorithm, scored, parameters, context):
    """Write the table of parcels that are not scored."""
    return algorithm.write_table(parameters, EXCLUDED_TABLE, context, EXCLUDED_PARCELS, excluded_rows(scored))


def _report_excluded(algorithm, scores, names, lacks, feedback):
    import numpy as np

    without = np.flatnonzero(np.isnan(scores.composite)).tolist()
    incomplete = int(scores.missing.any(axis=1).sum())
    if incomplete:
        algorithm.note(
            feedback,
            tr("{} parcels lack an indicator; {} of them are not scored.").format(incomplete, len(without)),
        )
    for position in without[:_LISTED]:
        feedback.pushInfo(tr("Parcel {} lacks {}").format(names[position], lacks[position]))
    if len(without) > _LISTED:
        feedback.pushInfo(tr("… and {} more, marked in the output.").format(len(without) - _LISTED))
