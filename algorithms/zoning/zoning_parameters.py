"""The parameters of the zone matrix, and zones as columns of parcels."""

from qgis.core import QgsProcessingParameterEnum, QgsProcessingParameterMatrix

from ..fields import zone_label
from ..parcel_algorithm import tr

PRESET = "PRESET"
MATRIX = "MATRIX"


def add_matrix(algorithm):
    """Add PRESET and MATRIX."""
    algorithm.add(
        QgsProcessingParameterEnum(
            PRESET,
            tr("Zone matrix"),
            [
                tr("Printed cells, the open ones completed"),
                tr("Completed, economy general with land low in zone 1"),
                tr("Printed cells only"),
            ],
            defaultValue=0,
        ),
        tr(
            "The paper prints 12 of 16 cells. The completion lets the economy decide, and is marked in the "
            "output. “Printed cells only” leaves the other parcels without a zone."
        ),
    )
    algorithm.add(
        QgsProcessingParameterMatrix(
            MATRIX,
            tr("Zone matrix of your own"),
            numberRows=4,
            hasFixedNumberRows=True,
            headers=[tr("land 4"), tr("land 3"), tr("land 2"), tr("land 1")],
            optional=True,
        ),
        tr(
            "Sixteen zones from 1 (low) to 4 (high), row by row: rows are the economic level from 4 to 1, "
            "columns the land-value level from 4 to 1. Given, it takes the place of the preset."
        ),
        advanced=True,
    )


def zone_matrix(algorithm, parameters, context, feedback):
    """Chosen matrix; a warning names the cells of a matrix that is not monotone."""
    from .cross_tabulation import PRESETS, preset_matrix, user_matrix

    numbers = algorithm.parameterAsMatrix(parameters, MATRIX, context)
    if any(str(number).strip() not in ("", "NULL", "None") for number in numbers):
        matrix = user_matrix(numbers)
    else:
        matrix = preset_matrix(PRESETS[algorithm.parameterAsEnum(parameters, PRESET, context)])
    for better, worse in matrix.violations():
        algorithm.warn(
            feedback,
            tr(
                "The matrix is not monotone: economy {}, land {} gives a lower zone than economy {}, land {}."
            ).format(*better, *worse),
        )
    return matrix


def zone_columns(result, language):
    """Columns zone, zone_lbl, zone_src of a cross-tabulation."""
    zones = result.zone.tolist()
    return (
        [zone or None for zone in zones],
        [zone_label(zone, language) if zone else "" for zone in zones],
        result.source,
    )


def cell_rows(result, matrix, language):
    """Rows of the contingency table (``fields.ZONE_CELLS``), best levels first."""
    total = max(int(result.counts.sum()), 1)
    size = matrix.cells.shape
    rows = []
    for row in range(size[0]):
        for column in range(size[1]):
            zone, count = int(matrix.cells[row, column]), int(result.counts[row, column])
            rows.append(
                (
                    size[0] - row,
                    size[1] - column,
                    zone or None,
                    zone_label(zone, language) if zone else "",
                    str(matrix.sources[row, column]),
                    count,
                    count / total,
                )
            )
    return rows


def zone_sentence(result):
    """Numbers of parcels by zone and by source of the cell in words."""
    zones = ", ".join(f"{zone}: {int((result.zone == zone).sum())}" for zone in (4, 3, 2, 1))
    text = tr("Parcels by zone: {}; {} of them by completed cells.").format(
        zones, int((result.source == "completed").sum())
    )
    open_cells = int(result.undefined.sum())
    return text + (tr(" {} lie in open cells.").format(open_cells) if open_cells else "")
