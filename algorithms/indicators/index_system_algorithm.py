"""The index system table as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
)

from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..parcel_algorithm import INPUT, OUTPUT, ParcelAlgorithm, tr
from .index_system import with_fields
from .index_system_parameters import add_index_system, match_layer, read_system, system_rows

EMPTY_WEIGHTS = "EMPTY_WEIGHTS"


class IndexSystemAlgorithm(ParcelAlgorithm):
    """Writes an index system to edit, its fields matched to a parcel layer."""

    ID = "indexsystem"
    ROOM = "indicators"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Index system")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Writes the index system as a table to edit: the 18 indicators of the paper with their weights, "
            "or a table of your own. With a parcel layer, the column “field” is filled with the fields that "
            "match by name, alias, English or Chinese name; the log says what matched and why. Targets of "
            "the preset are empty, since the paper prints none: an empty target is derived from the data and "
            "marked so."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add(
            QgsProcessingParameterFeatureSource(
                INPUT, tr("Parcels"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            tr("Parcel layer whose fields are matched to the indicators. Empty: fields are named by codes."),
        )
        add_index_system(self)
        self.add(
            QgsProcessingParameterBoolean(EMPTY_WEIGHTS, tr("Leave the weights empty"), defaultValue=False),
            tr("For a system that “AHP weights” will weigh."),
            advanced=True,
        )
        self.add_sink(
            OUTPUT,
            tr("Index system"),
            tr("One row per indicator, the input of the weighting, scoring and evaluation algorithms."),
            table=True,
        )
        self.add_number(
            "MATCHED", tr("Matched indicators"), tr("Indicators that found a field in the parcel layer.")
        )

    def compute(self, parameters, context, feedback):
        """Match and write."""
        system = read_system(self, parameters, context, need_weights=False)
        if self.parameterAsBool(parameters, EMPTY_WEIGHTS, context):
            system = system.without_weights()
        source = self.parameterAsSource(parameters, INPUT, context)
        matched = 0
        if source is not None:
            matches = match_layer(system, source.fields())
            system = with_fields(system, matches)
            matched = sum(match.field is not None for match in matches)
            for match in matches:
                if match.field:
                    feedback.pushInfo(
                        tr("{}: field {} ({})").format(match.indicator, match.field, match.reason)
                    )
                else:
                    self.warn(feedback, tr("{}: no field matches").format(match.indicator))
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, INDEX_SYSTEM_FIELDS, system_rows(system)),
            "MATCHED": matched,
        }
