"""The index system table as a Processing algorithm."""

import math

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterFeatureSource,
)

from ..checks import encoding_hint, sentence
from ..errors import ParcelDataError
from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..parcel_algorithm import INPUT, OUTPUT, ParcelAlgorithm, tr
from .field_matching import with_fields
from .index_system import IndexSystem
from .index_system_parameters import add_index_system, match_layer, read_system, system_rows

EMPTY_WEIGHTS = "EMPTY_WEIGHTS"
PROPOSE_TARGETS = "PROPOSE_TARGETS"


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
            "match by name, alias, English or Chinese name, a synonym, or a name that a shapefile cut; the "
            "log says what matched and why. Targets of the preset are empty, since the paper prints none: an "
            "empty target is derived from the data and marked so, here or when parcels are scored."
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
        self.add(
            QgsProcessingParameterBoolean(
                PROPOSE_TARGETS, tr("Propose targets from the parcels"), defaultValue=False
            ),
            tr(
                "Fill empty targets of the indicators that have a field: the 95th percentile of benefits, "
                "the 5th of the positive values of costs, 10 for ratings. They are marked “derived” and then "
                "stay the same for other parcels and years, until you put in better ones."
            ),
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
            hint = encoding_hint(source.fields().names())
            if hint:
                self.warn(feedback, sentence(hint).strip())
            matches = match_layer(system, source.fields())
            system = with_fields(system, matches)
            matched = sum(match.field is not None for match in matches)
            if self.parameterAsBool(parameters, PROPOSE_TARGETS, context):
                system = self._with_targets(system, parameters, context, feedback)
            for match in matches:
                if match.field:
                    feedback.pushInfo(
                        tr("{}: field {} ({})").format(match.indicator, match.field, sentence(match.reason))
                    )
                else:
                    self.warn(
                        feedback,
                        tr("{}: no field matches").format(match.indicator)
                        + (f" ({sentence(match.reason)})" if match.reason else ""),
                    )
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, INDEX_SYSTEM_FIELDS, system_rows(system)),
            "MATCHED": matched,
        }

    def _with_targets(self, system, parameters, context, feedback):
        """Index system with the targets that the parcels' values give; what gives none stays empty."""
        from ..scoring.target_scores import derive_targets

        parcels = self.parcels(parameters, context, feedback, end=90)
        rows = []
        for row in system.indicators:
            proposed = row
            if row.field and math.isnan(row.target):
                try:
                    proposed = derive_targets(IndexSystem((row,)), parcels.matrix([row.field])).indicators[0]
                except ParcelDataError as error:
                    self.warn(feedback, sentence(error))
            if proposed is not row and not math.isnan(proposed.target):
                feedback.pushInfo(
                    tr("{}: target {:.6g} ({})").format(row.indicator, proposed.target, proposed.target_src)
                )
            rows.append(proposed)
        return IndexSystem(tuple(rows))
