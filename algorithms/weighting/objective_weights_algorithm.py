"""Objective weights as a Processing algorithm."""

from qgis.core import QgsProcessing, QgsProcessingParameterEnum

from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..fields import OBJECTIVE_WEIGHTS
from ..indicators.index_system_parameters import (
    add_index_system,
    add_weight_and_field_choices,
    read_system,
    ready_system,
    system_rows,
)
from ..parcel_algorithm import OUTPUT, ParcelAlgorithm, tr
from ..scoring.scoring_parameters import add_scoring_forms, scoring_scale
from .scope_parameters import add_scope, within_dimensions

METHOD = "METHOD"
VALUES = "VALUES"
INFORMATION = "INFORMATION"
RAW = 1


class ObjectiveWeightsAlgorithm(ParcelAlgorithm):
    """Weighs an index system by the parcels themselves."""

    ID = "objectiveweights"
    ROOM = "weighting"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Objective weights")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Weighs the indicators of an index system by how well they tell the parcels apart, without "
            "judgements: by Shannon's entropy, by CRITIC (contrast, and conflict with the other indicators) "
            "or by the standard deviation. Parcels that lack an indicator are left out and counted. An "
            "indicator that is the same everywhere gets weight 0. “Combine weights” joins the result with "
            "AHP."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        add_index_system(self)
        self.add(
            QgsProcessingParameterEnum(
                METHOD,
                tr("Method"),
                [tr("Entropy"), tr("CRITIC"), tr("Standard deviation")],
                defaultValue=0,
            ),
            tr(
                "Entropy: 1 - e, where e = -sum p ln p / ln n and p is a parcel's share of the indicator's "
                "sum; skewed indicators and rare flags weigh much. CRITIC: s sum(1 - r), with standard "
                "deviation s and correlations r; indicators that repeat others weigh less. Standard "
                "deviation: s."
            ),
        )
        self.add(
            QgsProcessingParameterEnum(
                VALUES,
                tr("Values"),
                [tr("Target-value scores"), tr("Raw values between the worst and the best parcel")],
                defaultValue=0,
            ),
            tr(
                "What is compared. Scores / 100, as the evaluation weighs them: directions, intervals and "
                "targets count, and outliers end at the target. Or (x - min) / (max - min), turned for "
                "costs, as Diakoulaki et al. (1995) do; an interval counts by the distance from it."
            ),
        )
        add_scope(self)
        add_weight_and_field_choices(self)
        add_scoring_forms(self)
        self.add_sink(
            OUTPUT,
            tr("Index system with weights"),
            tr("The index system with weight_local, weight_dim and weight filled in."),
            table=True,
        )
        self.add_sink(
            INFORMATION,
            tr("Information of the indicators"),
            tr("One row per indicator: mean, standard deviation, entropy, conflict, information, weights."),
            optional=True,
            table=True,
        )
        self.add_number(
            "EXCLUDED", tr("Excluded parcels"), tr("Parcels that lack an indicator and are left out.")
        )

    def compute(self, parameters, context, feedback):
        """Weigh and write."""
        from ..scoring.target_scores import derive_targets, score_indicators
        from .objective_weights import (
            METHODS,
            dimension_numbers,
            objective_weights,
            unit_values,
            weighed_system,
        )

        within = within_dimensions(self, parameters, context)
        system = read_system(self, parameters, context, need_weights=within)
        if not within:
            system = system.without_weights()
        parcels = self.parcels(parameters, context, feedback, end=60)
        system = ready_system(self, system, parcels, parameters, context, feedback)
        values = parcels.matrix([row.field for row in system.indicators])
        if self.parameterAsEnum(parameters, VALUES, context) == RAW:
            comparable = unit_values(values, system)
        else:
            scale = scoring_scale(self, parameters, context)
            comparable = score_indicators(values, derive_targets(system, values), scale) / 100
        method = METHODS[self.parameterAsEnum(parameters, METHOD, context)]
        result = objective_weights(comparable, method, dimension_numbers(system) if within else None)
        weighed = weighed_system(system, result.weights, within)
        self._tell(system, result, len(parcels), feedback)
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, INDEX_SYSTEM_FIELDS, system_rows(weighed)),
            INFORMATION: self.write_table(
                parameters, INFORMATION, context, OBJECTIVE_WEIGHTS, _rows(weighed, result)
            ),
            "EXCLUDED": len(parcels) - result.parcels,
        }

    def _tell(self, system, result, parcels, feedback):
        """Say how many parcels count, and which indicators are the same everywhere."""
        self.note(
            feedback,
            tr("{} parcels weigh, {} lack an indicator and are left out.").format(
                result.parcels, parcels - result.parcels
            ),
        )
        constant = [code for code, same in zip(system.codes, result.constant.tolist(), strict=True) if same]
        if constant:
            self.warn(
                feedback,
                tr("The same in all these parcels, and so without weight: {}.").format(", ".join(constant)),
            )
        bare = [
            dimension
            for dimension, members in system.dimensions.items()
            if result.information[members].sum() == 0
        ]
        if bare:
            self.warn(
                feedback,
                tr("Nothing tells the indicators of {} apart: their local weights are equal.").format(
                    ", ".join(bare)
                ),
            )


def _rows(system, result):
    numbers = (result.mean, result.deviation, result.entropy, result.conflict, result.information)
    for row, *values in zip(system.indicators, *(column.tolist() for column in numbers), strict=True):
        yield (
            row.indicator,
            row.name,
            row.dimension,
            result.parcels,
            *values,
            row.weight_local,
            row.weight,
        )
