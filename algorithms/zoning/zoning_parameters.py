"""The parameters of the zone matrix, and zones as columns of parcels."""

from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMatrix,
)

from ..errors import ParcelDataError
from ..fields import ZONE, ZONES, Term
from ..parcel_algorithm import tr

PRESET = "PRESET"
MATRIX = "MATRIX"
MATRIX_TABLE = "MATRIX_TABLE"
# By name: QGIS imports it when it shows the parameter.
EDITOR = __name__.rpartition(".algorithms.")[0] + ".ui.zone_matrix_widget.ZoneMatrixWidgetWrapper"
CELLS = "CELLS"
CONFUSION = "CONFUSION"
AGREEMENT = "AGREEMENT"


def preset_names():
    """What the presets of the zone matrix are called, in the order of PRESET."""
    return [
        tr("Printed cells, the open ones completed"),
        tr("Completed, economy general with land low in zone 1"),
        tr("Printed cells only"),
    ]


def add_matrix(algorithm):
    """Add PRESET, MATRIX and MATRIX_TABLE."""
    algorithm.add(
        QgsProcessingParameterEnum(
            PRESET,
            tr("Zone matrix"),
            preset_names(),
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
            "columns the land-value level from 4 to 1. Given, it takes the place of the preset. In the "
            "dialog, click the cells."
        ),
    )
    algorithm.parameterDefinition(MATRIX).setMetadata({"widget_wrapper": {"class": EDITOR}})
    algorithm.add(
        QgsProcessingParameterFeatureSource(
            MATRIX_TABLE, tr("Zone matrix as a table"), [QgsProcessing.SourceType.TypeVector], optional=True
        ),
        tr(
            "A row per cell: econ_lvl, land_lvl, zone, and zone_lbl to name the zones yourself; the "
            "contingency table of a run is one to start from. Given, it takes the place of preset and matrix."
        ),
        advanced=True,
    )


def add_contingency(algorithm):
    """Add the tables that compare levels and zones."""
    for name, label, help_text in (
        (
            CELLS,
            tr("Contingency table"),
            tr("One row per cell of the matrix: levels, zone, source of the cell, parcels, area."),
        ),
        (
            CONFUSION,
            tr("Zones and composite levels"),
            tr("Parcels and area by zone and level of the composite score: where both disagree."),
        ),
        (
            AGREEMENT,
            tr("Agreement"),
            tr(
                "Agreement, Cohen's kappa (plain, linear and quadratic weights), chi-square and Cramer's V "
                "of the two levels, and of zone and composite level, by parcels and by area. Where one has "
                "more grades than the other they cannot agree, and agreement and kappa stay empty."
            ),
        ),
    ):
        algorithm.add_sink(name, label, help_text, optional=True, table=True)


def zone_matrix(algorithm, parameters, context, feedback):
    """Chosen matrix; a warning names the cells of a matrix that is not monotone."""
    from ..features import table_rows
    from .zone_matrix import PRESETS, matrix_of_rows, preset_matrix, user_matrix

    numbers = algorithm.parameterAsMatrix(parameters, MATRIX, context)
    table = algorithm.parameterAsSource(parameters, MATRIX_TABLE, context)
    if table is not None:
        matrix = matrix_of_rows(table_rows(table))
    elif any(str(number).strip() not in ("", "NULL", "None") for number in numbers):
        matrix = user_matrix(numbers)
    else:
        matrix = preset_matrix(PRESETS[algorithm.parameterAsEnum(parameters, PRESET, context)])
    for violation in matrix.violations():
        algorithm.warn(feedback, violation_sentence(violation))
    return matrix


def violation_sentence(violation):
    """A pair of cells of ``ZoneMatrix.violations`` in words."""
    better, worse = violation
    return tr(
        "The matrix is not monotone: economy {}, land {} gives a lower zone than economy {}, land {}."
    ).format(*better, *worse)


def level_column(parcels, field, highest):
    """Levels of a field, (n,) int64 from 1 to ``highest``, 0 where NULL.

    Raises
    ------
    ParcelDataError
        A value is no level, or there is none; the message names field and feature.
    """
    import numpy as np

    from ..features import with_value

    values = parcels.numbers(field)
    with_value(field, values)
    levels = np.nan_to_num(values).astype(np.int64)
    wrong = np.flatnonzero(np.isfinite(values) & ((values != levels) | (levels < 1) | (levels > highest)))
    if wrong.size:
        raise ParcelDataError(
            "Field {} holds {:g} in feature {}; levels are whole numbers from 1 to {}.",
            field,
            float(values[wrong[0]]),
            parcels.features[wrong[0]].id(),
            highest,
        )
    return levels


def zone_terms(matrix):
    """Zones of a matrix with their names, low first.

    Where the user names none, a matrix whose highest zone is 4 has the paper's zones; others go by
    their number.
    """
    highest = max(int(matrix.cells.max()), *matrix.names, 1)
    terms = []
    for zone in range(1, highest + 1):
        if zone in matrix.names:
            terms.append(Term(str(zone), matrix.names[zone], matrix.names[zone]))
        elif highest == len(ZONES):
            terms.append(ZONES[zone - 1])
        else:
            terms.append(Term(str(zone), tr("zone {}").format(zone), f"{zone} 区"))
    return tuple(terms)


def zone_style(matrix):
    """Style of a layer of zones, its colours spread over the zones that the matrix has."""
    return "zones", ZONE.name, zone_terms(matrix)


def zone_map(parcels, result, matrix, context):
    """Map of the zones for a report and the colours of the zones by number."""
    from ..report_maps import class_colours, class_map

    terms = zone_terms(matrix)
    codes = [zone or None for zone in result.zone.tolist()]
    drawn = class_map(parcels, codes, "zones", terms, context, tr("Agglomeration zones"))
    return drawn, {int(zone): colour for zone, colour in class_colours("zones", terms).items()}


def zone_columns(result, matrix, language):
    """Columns zone, zone_lbl, zone_src of a cross-tabulation."""
    names = [term.label(language) for term in zone_terms(matrix)]
    zones = result.zone.tolist()
    return (
        [zone or None for zone in zones],
        [names[zone - 1] if zone else "" for zone in zones],
        result.source,
    )


def cell_rows(result, matrix, area, language):
    """Rows of the contingency table (``fields.ZONE_CELLS``), best levels first.

    ``area`` is in hectares, (n,), NaN where unknown.
    """
    import numpy as np

    names = [term.label(language) for term in zone_terms(matrix)]
    total = max(int(result.counts.sum()), 1)
    hectares = result.sums(area)
    whole = hectares.sum()
    size = matrix.cells.shape
    rows = []
    for row, column in np.ndindex(size):
        zone, count = int(matrix.cells[row, column]), int(result.counts[row, column])
        rows.append(
            (
                size[0] - row,
                size[1] - column,
                zone or None,
                names[zone - 1] if zone else "",
                str(matrix.sources[row, column]),
                count,
                count / total,
                float(hectares[row, column]),
                float(hectares[row, column] / whole) if whole else None,
            )
        )
    return rows


@dataclass(frozen=True)
class Grading:
    """A grade for each parcel.

    field : its name; grade : (n,) int, 1 for the lowest, 0 for none; grades : how many there can be.
    """

    field: str
    grade: Any
    grades: int


def confusion_rows(zones, levels, area):
    """Rows of ``fields.ZONE_CONFUSION``: zones by composite level, best first; () without levels.

    ``zones`` and ``levels`` are a Grading each; ``area`` is in hectares.
    """
    import numpy as np

    if levels is None:
        return []
    counts, hectares = (cross(zones, levels, weights) for weights in (None, area))
    rows = []
    for row, column in np.ndindex(counts.shape):
        count = int(counts[row, column])
        rows.append(
            (
                zones.grades - row,
                levels.grades - column,
                count,
                count / max(int(counts.sum()), 1),
                float(hectares[row, column]),
                float(hectares[row, column] / hectares.sum()) if hectares.sum() else None,
            )
        )
    return rows


def agreement_rows(gradings, area):
    """Rows of ``fields.AGREEMENT_TABLE`` for pairs of Gradings; ``area`` is in hectares.

    Gradings of different numbers of grades have no grade in common: they may depend on each other,
    but cannot agree.
    """
    rows = []
    for first, second in gradings:
        for measure, weights in (("parcels", None), ("area", area)):
            table = cross(first, second, weights)
            rows.append((first.field, second.field, measure, float(table.sum()), *_measures(table, measure)))
    return rows


def cross(first, second, weights=None):
    """Table of two Gradings, the highest grades first."""
    from .zone_statistics import cross_counts

    grades = (range(grading.grades, 0, -1) for grading in (first, second))
    return cross_counts(first.grade, second.grade, *grades, weights)


def _measures(table, measure):
    """Agreement, three kappas and, of counts only, chi-square with its figures."""
    from .association import agreement, association

    figures = [None] * 8
    if table.shape[0] == table.shape[1]:
        same = agreement(table)
        figures[:4] = same.agreement, same.kappa, same.kappa_linear, same.kappa_quadratic
    if measure == "parcels":
        dependence = association(table)
        figures[4:] = dependence.chi2, dependence.dof, dependence.p, dependence.cramers_v
    return figures


def zone_sentence(result, matrix):
    """Numbers of parcels by zone and by source of the cell in words."""
    highest = len(zone_terms(matrix))
    zones = ", ".join(f"{zone}: {int((result.zone == zone).sum())}" for zone in range(highest, 0, -1))
    text = tr("Parcels by zone: {}; {} of them by completed cells.").format(
        zones, int((result.source == "completed").sum())
    )
    open_cells = int(result.undefined.sum())
    return text + (tr(" {} lie in open cells.").format(open_cells) if open_cells else "")
