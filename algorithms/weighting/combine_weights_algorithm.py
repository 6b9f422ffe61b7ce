"""Combined weights as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
)

from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..indicators.index_system_parameters import add_index_system, read_system, system_rows
from ..parcel_algorithm import OUTPUT, ParcelAlgorithm, tr
from .scope_parameters import add_scope, within_dimensions

OBJECTIVE = "OBJECTIVE"
METHOD = "METHOD"
EXPONENT = "EXPONENT"
OBJECTIVE_EXPONENT = "OBJECTIVE_EXPONENT"
ALPHA = "ALPHA"


class CombineWeightsAlgorithm(ParcelAlgorithm):
    """Combines the weights of two index systems."""

    ID = "combineweights"
    ROOM = "weighting"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Combine weights")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Combines the weights of two index systems with the same indicators, such as those of AHP and "
            "objective ones: by the normalised product, each set raised to a power, or linearly by shares. "
            "Everything but the weights comes from the first."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        add_index_system(self)
        self.add(
            QgsProcessingParameterFeatureSource(
                OBJECTIVE, tr("Objective index system"), [QgsProcessing.SourceType.TypeVector]
            ),
            tr("The other weights: a table as “Objective weights” writes it, with the same indicators."),
        )
        self.add(
            QgsProcessingParameterEnum(
                METHOD, tr("Combination"), [tr("Product"), tr("Linear")], defaultValue=0
            ),
            tr(
                "Product: a^p b^q, scaled to add up to 1; an indicator without weight in one of them has "
                "none. Linear: alpha a + (1 - alpha) b."
            ),
        )
        for name, label, default in (
            (EXPONENT, tr("Exponent of the index system"), 1.0),
            (OBJECTIVE_EXPONENT, tr("Exponent of the objective index system"), 1.0),
        ):
            self.add(
                QgsProcessingParameterNumber(
                    name,
                    label,
                    QgsProcessingParameterNumber.Type.Double,
                    defaultValue=default,
                    minValue=0.0,
                    maxValue=100.0,
                ),
                tr(
                    "Of the product. Both 1: the plain product; both 0.5: the geometric mean, which is less "
                    "extreme; 0 takes the set out."
                ),
            )
        self.add(
            QgsProcessingParameterNumber(
                ALPHA,
                tr("Share of the index system"),
                QgsProcessingParameterNumber.Type.Double,
                defaultValue=0.5,
                minValue=0.0,
                maxValue=1.0,
            ),
            tr("Alpha of the linear combination: 1 takes the index system alone, 0 the objective one."),
        )
        add_scope(self)
        self.add_sink(
            OUTPUT,
            tr("Index system with weights"),
            tr("The index system with weight_local, weight_dim and weight filled in."),
            table=True,
        )

    def compute(self, parameters, context, feedback):
        """Combine and write."""
        from ..features import table_rows
        from ..indicators.index_system import read_index_system
        from .combine_weights import METHODS, combined_systems

        first = read_system(self, parameters, context)
        source = self.parameterAsSource(parameters, OBJECTIVE, context)
        system = combined_systems(
            first,
            read_index_system(table_rows(source)),
            METHODS[self.parameterAsEnum(parameters, METHOD, context)],
            tuple(
                self.parameterAsDouble(parameters, name, context) for name in (EXPONENT, OBJECTIVE_EXPONENT)
            ),
            self.parameterAsDouble(parameters, ALPHA, context),
            within_dimensions(self, parameters, context),
        )
        bare = [row.indicator for row in system.indicators if row.weight == 0]
        if bare:
            self.warn(feedback, tr("Without weight: {}.").format(", ".join(bare)))
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, INDEX_SYSTEM_FIELDS, system_rows(system))
        }
