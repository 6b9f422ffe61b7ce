"""The four-level cross-tabulation as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterField,
)

from ..errors import ParcelDataError
from ..fields import ZONE, ZONE_CELLS, ZONE_LABEL, ZONE_SOURCE, ZONES
from ..parcel_algorithm import INPUT, OUTPUT, ParcelAlgorithm, tr
from .zoning_parameters import add_matrix, cell_rows, zone_columns, zone_matrix, zone_sentence

ECONOMY_FIELD = "ECONOMY_FIELD"
LAND_FIELD = "LAND_FIELD"
FIXED_LEVELS = "FIXED_LEVELS"
CELLS = "CELLS"
LEVELS = 4


class CrossTabulationAlgorithm(ParcelAlgorithm):
    """Zones from the economic level and the land-value level."""

    ID = "crosstabulate"
    ROOM = "zoning"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Four-level cross-tabulation")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Gives each parcel its agglomeration zone, from 1 (low quality) to 4 (high quality), by its "
            "economic level and its land-value level. Each parcel records whether its cell of the matrix is "
            "printed in the paper, completed by us, or the user's."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVector])
        for name, label, default in (
            (ECONOMY_FIELD, tr("Economic level"), "econ_lvl"),
            (LAND_FIELD, tr("Land-value level"), "land_lvl"),
        ):
            self.add(
                QgsProcessingParameterField(
                    name, label, defaultValue=default, parentLayerParameterName=INPUT
                ),
                tr("Levels from 1 (low) to 4 (high), as “Natural breaks” writes them."),
            )
        add_matrix(self)
        self.add(
            QgsProcessingParameterBoolean(
                FIXED_LEVELS, tr("The levels come from fixed breaks"), defaultValue=False
            ),
            tr(
                "Off: a column that does not reach level 4 is an error, since natural breaks that found "
                "fewer than four classes mean something else by a level."
            ),
            advanced=True,
        )
        self.add_language()
        self.add_sink(
            OUTPUT, tr("Zoned parcels"), tr("The input with zone, zone_lbl (its name) and zone_src.")
        )
        self.add_sink(
            CELLS,
            tr("Contingency table"),
            tr("One row per cell of the matrix: levels, zone, source of the cell, parcels."),
            optional=True,
            table=True,
        )
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels that lack a level."))
        self.add_number(
            "UNDEFINED", tr("Parcels in open cells"), tr("Parcels whose cell of the matrix has no zone.")
        )

    def compute(self, parameters, context, feedback):
        """Zone and write."""
        from .cross_tabulation import cross_tabulate

        language = self.language(parameters, context)
        matrix = zone_matrix(self, parameters, context, feedback)
        parcels = self.parcels(parameters, context, feedback)
        fixed = self.parameterAsBool(parameters, FIXED_LEVELS, context)
        economy, land = (
            _levels(parcels, self.optional_field(parameters, name, context), fixed)
            for name in (ECONOMY_FIELD, LAND_FIELD)
        )
        result = cross_tabulate(economy, land, matrix)
        excluded = int(((economy == 0) | (land == 0)).sum())
        self.note(feedback, zone_sentence(result))
        if excluded:
            self.note(feedback, tr("{} parcels lack a level and get no zone.").format(excluded))
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                (ZONE, ZONE_LABEL, ZONE_SOURCE),
                zone_columns(result, language),
                style=("zones", ZONE.name, ZONES),
                start=40,
            ),
            CELLS: self.write_table(
                parameters, CELLS, context, ZONE_CELLS, cell_rows(result, matrix, language)
            ),
            "EXCLUDED": excluded,
            "UNDEFINED": int(result.undefined.sum()),
        }


def _levels(parcels, field, fixed):
    import numpy as np

    values = parcels.numbers(field)
    levels = np.nan_to_num(values).astype(np.int64)
    wrong = np.flatnonzero(np.isfinite(values) & ((values != levels) | (levels < 1) | (levels > LEVELS)))
    if wrong.size:
        raise ParcelDataError(
            "Field {} holds {:g} in feature {}; levels are whole numbers from 1 to {}.",
            field,
            float(values[wrong[0]]),
            parcels.features[wrong[0]].id(),
            LEVELS,
        )
    present = np.unique(levels[levels > 0])
    if not fixed and present.size < LEVELS:
        raise ParcelDataError(
            "Field {} holds only the levels {} and so cannot be cross-tabulated: classify it into {} levels, "
            "or say that its levels come from fixed breaks.",
            field,
            ", ".join(str(level) for level in present) or "-",
            LEVELS,
        )
    return levels
