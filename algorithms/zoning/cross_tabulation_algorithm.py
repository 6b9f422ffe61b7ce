"""The four-level cross-tabulation as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterField,
)

from ..errors import ParcelDataError
from ..fields import (
    AGREEMENT_TABLE,
    STEPS,
    ZONE,
    ZONE_CELLS,
    ZONE_CONFUSION,
    ZONE_LABEL,
    ZONE_SOURCE,
    class_terms,
)
from ..parcel_algorithm import INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from .statistics_parameters import add_area_field, known_hectares
from .zoning_parameters import (
    AGREEMENT,
    CELLS,
    CONFUSION,
    Grading,
    add_contingency,
    add_matrix,
    agreement_rows,
    cell_rows,
    confusion_rows,
    level_column,
    zone_columns,
    zone_map,
    zone_matrix,
    zone_sentence,
    zone_style,
    zone_terms,
)

ECONOMY_FIELD = "ECONOMY_FIELD"
LAND_FIELD = "LAND_FIELD"
COMPOSITE_FIELD = "COMPOSITE_FIELD"
FIXED_LEVELS = "FIXED_LEVELS"
_MOST = 9


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
            "printed in the paper, completed by us, or the user's. A matrix of your own may have 2 to 9 "
            "levels each way and names for its zones. Tables tell how far the levels, and zone and composite "
            "level, agree."
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
                tr("Levels from 1 (low) up, as “Natural breaks” writes them; as many as the matrix has."),
            )
        self.add(
            QgsProcessingParameterField(
                COMPOSITE_FIELD, tr("Composite level"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Level of the composite score, to be compared with the zone."),
            advanced=True,
        )
        add_matrix(self)
        add_area_field(self)
        self.add(
            QgsProcessingParameterBoolean(
                FIXED_LEVELS, tr("The levels come from fixed breaks"), defaultValue=False
            ),
            tr(
                "Off: a column that lacks a level of the matrix is an error, since natural breaks that found "
                "fewer classes mean something else by a level."
            ),
            advanced=True,
        )
        self.add_language()
        self.add_sink(
            OUTPUT, tr("Zoned parcels"), tr("The input with zone, zone_lbl (its name) and zone_src.")
        )
        add_contingency(self)
        self.add_report()
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels that lack a level."))
        self.add_number(
            "UNDEFINED", tr("Parcels in open cells"), tr("Parcels whose cell of the matrix has no zone.")
        )

    def compute(self, parameters, context, feedback):
        """Zone and write."""
        import numpy as np

        from .cross_tabulation import cross_tabulate

        language = self.language(parameters, context)
        matrix = zone_matrix(self, parameters, context, feedback)
        parcels = self.parcels(parameters, context, feedback)
        fixed = self.parameterAsBool(parameters, FIXED_LEVELS, context)
        names = [
            self.optional_field(parameters, name, context)
            for name in (ECONOMY_FIELD, LAND_FIELD, COMPOSITE_FIELD)
        ]
        economy, land = (
            _levels(parcels, name, highest, fixed)
            for name, highest in zip(names[:2], matrix.cells.shape, strict=True)
        )
        composite = _composite(parcels, names[2]) if names[2] else None
        result = cross_tabulate(economy, land, matrix)
        excluded = int(((economy == 0) | (land == 0)).sum())
        self.note(feedback, zone_sentence(result, matrix))
        if excluded:
            self.note(feedback, tr("{} parcels lack a level and get no zone.").format(excluded))
        area = np.full(len(parcels), np.nan)
        if any(self.wants(parameters, name) for name in (CELLS, CONFUSION, AGREEMENT, REPORT)):
            area = known_hectares(self, parcels, parameters, context, feedback)
        zones = Grading(ZONE.name, result.zone, len(zone_terms(matrix)))
        gradings = [
            tuple(map(Grading, names[:2], (economy, land), matrix.cells.shape)),
            *([(zones, composite)] if composite else []),
        ]
        confusion, agreement = confusion_rows(zones, composite, area), agreement_rows(gradings, area)
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                (ZONE, ZONE_LABEL, ZONE_SOURCE),
                zone_columns(result, matrix, language),
                style=zone_style(matrix),
                start=40,
                earlier=STEPS,
            ),
            CELLS: self.write_table(
                parameters, CELLS, context, ZONE_CELLS, cell_rows(result, matrix, area, language)
            ),
            CONFUSION: self.write_table(parameters, CONFUSION, context, ZONE_CONFUSION, confusion),
            AGREEMENT: self.write_table(parameters, AGREEMENT, context, AGREEMENT_TABLE, agreement),
            REPORT: self._report(parameters, context, parcels, result, matrix, area, confusion, agreement),
            "EXCLUDED": excluded,
            "UNDEFINED": int(result.undefined.sum()),
        }

    def _report(self, parameters, context, parcels, result, matrix, area, confusion, agreement):
        """Write the report where it is asked for."""
        from .zoning_report import agreement_pieces, matrix_pieces, zone_pieces

        if not self.wants(parameters, REPORT):
            return None
        language = user_language()
        drawn, colours = zone_map(parcels, result, matrix, context)
        pieces = [
            *matrix_pieces(matrix, result, tr, colours),
            *zone_pieces(result, zone_terms(matrix), area, tr, language, drawn),
            *agreement_pieces(confusion, agreement, tr, language),
        ]
        return self.write_report(parameters, context, self.displayName(), pieces)


def _composite(parcels, field):
    """Levels of the composite: as many as the field's name says, or more where the highest says so."""
    levels = level_column(parcels, field, _MOST)
    return Grading(field, levels, max(len(class_terms(field)), int(levels.max()), 1))


def _levels(parcels, field, highest, fixed):
    import numpy as np

    levels = level_column(parcels, field, highest)
    present = np.unique(levels[levels > 0])
    if not fixed and present.size < highest:
        raise ParcelDataError(
            "Field {} holds only the levels {} and so cannot be cross-tabulated: classify it into {} levels, "
            "or say that its levels come from fixed breaks.",
            field,
            ", ".join(str(level) for level in present) or "-",
            highest,
        )
    return levels
