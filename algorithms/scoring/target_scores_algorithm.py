"""Target-value scores as a Processing algorithm."""

from qgis.core import QgsProcessing

from ..fields import COMPOSITE
from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..indicators.index_system_parameters import (
    add_index_system,
    add_weight_and_field_choices,
    read_system,
    ready_system,
    system_rows,
)
from ..parcel_algorithm import OUTPUT, ParcelAlgorithm, tr
from ..presentation import style_of
from .scoring_parameters import EXCLUDED_TABLE, add_scoring_choices, score_parcels, write_excluded

TARGETS = "TARGETS"


class TargetScoresAlgorithm(ParcelAlgorithm):
    """Scores parcels against target values."""

    ID = "targetscores"
    ROOM = "scoring"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Target-value scores")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Scores every indicator from 0 to 100 against its target value, and from them the dimensions, "
            "the layers (economic performance, land value) and the composite. Targets that are empty are "
            "derived from the data and marked so in every output: the 95th percentile for benefits, the 5th "
            "percentile of the positive values for costs, 10 for ratings."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        self.add_id_field()
        add_index_system(self)
        add_weight_and_field_choices(self)
        add_scoring_choices(self)
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Scored parcels"),
            tr(
                "The input with s_* (indicators), d_* (dimensions), l_* (layers), composite, the reason why "
                "a parcel is not scored, the share of the weights that had data, and where targets come from."
            ),
        )
        self.add_sink(
            TARGETS,
            tr("Index system as used"),
            tr("The index system with the targets that were used and their sources."),
            optional=True,
            table=True,
        )
        self.add_sink(
            EXCLUDED_TABLE,
            tr("Excluded parcels"),
            tr("One row per parcel that is not scored, with the reason."),
            optional=True,
            table=True,
        )
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels that are not scored."))

    def compute(self, parameters, context, feedback):
        """Score and write."""
        system = read_system(self, parameters, context)
        parcels = self.parcels(parameters, context, feedback)
        system = ready_system(self, system, parcels, parameters, context, feedback)
        scored = score_parcels(self, system, parcels, parameters, context, feedback)
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                scored.fields,
                scored.columns,
                style=style_of(COMPOSITE),
                start=50,
            ),
            TARGETS: self.write_table(
                parameters, TARGETS, context, INDEX_SYSTEM_FIELDS, system_rows(scored.system)
            ),
            EXCLUDED_TABLE: write_excluded(self, scored, parameters, context),
            "EXCLUDED": scored.excluded,
        }
