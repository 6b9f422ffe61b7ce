"""Pieces of reports on zones: the matrix, parcels and area per zone, agreement with the composite level."""

import numpy as np

from .. import charts, report
from ..fields import AGREEMENT_TABLE, field_titles
from .zone_matrix import COMPLETED

_OPEN = "#ffffff"


def matrix_pieces(matrix, zones, tr, colours=None):
    """The zone matrix with the parcels of its cells, as HTML.

    Parameters
    ----------
    matrix : ZoneMatrix
    zones : CrossTabulation
    tr : callable
        Translates a sentence.
    colours : dict, optional
        Colour of each zone as #rrggbb by its number; shades by default.

    Returns
    -------
    list of str
    """
    cells, sources, counts = matrix.cells, matrix.sources, zones.counts
    rows, columns = cells.shape
    fills = colours or {zone: charts.shade(0.8 * zone / cells.max()) for zone in range(1, cells.max() + 1)}
    beside = [tr("economy {}").format(rows - row) for row in range(rows)]
    above = [tr("land {}").format(columns - column) for column in range(columns)]
    shown = [
        [
            f"{cells[row, column] or '–'}{'*' if sources[row, column] == COMPLETED else ''} "
            f"({counts[row, column]})"
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    completed = int((zones.source == COMPLETED).sum())
    pieces = [
        report.heading(tr("Zone matrix")),
        report.figure(
            charts.matrix(
                beside, above, shown, [[fills.get(int(zone), _OPEN) for zone in line] for line in cells]
            )
        ),
        report.table(
            ("", *above),
            [(name, *line) for name, line in zip(beside, shown, strict=True)],
            tr(
                "Zone by economic level (rows) and land-value level (columns), the highest "
                "number is the best; in brackets the parcels of the cell. * The paper prints no zone for "
                "this cell, it is completed; – the cell has no zone."
            ),
        ),
        report.paragraph(tr("{} parcels have their zone by a completed cell.").format(completed)),
    ]
    undefined = int(zones.undefined.sum())
    if undefined:
        pieces.append(
            report.warning(tr("{} parcels lie in cells without a zone and have none.").format(undefined))
        )
    return pieces


def zone_pieces(zones, terms, area, tr, language, drawn=""):
    """Parcels and area per zone, as HTML.

    Parameters
    ----------
    zones : CrossTabulation
    terms : sequence of Term
        The zones, low first.
    area : (n,) float
        Hectares, NaN where unknown.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".
    drawn : str, optional
        HTML of the map of the zones.

    Returns
    -------
    list of str
    """
    best_first = range(len(terms), 0, -1)
    names = {zone: f"{zone} {terms[zone - 1].label(language)}" for zone in best_first}
    zoned = zones.zone > 0
    whole = _hectares(area, zoned)
    rows, sizes, counts = [], [], []
    for zone in best_first:
        members = zones.zone == zone
        size = _hectares(area, members)
        sizes.append(size)
        counts.append(int(members.sum()))
        rows.append(
            (
                names[zone],
                counts[-1],
                _percent(members.sum() / zoned.sum()) if zoned.any() else "",
                report.number(size, 2),
                _percent(size / whole) if whole else "",
                int((members & (zones.source == COMPLETED)).sum()),
            )
        )
    panels = [(tr("parcels (share)"), counts, [_with_share(*row[1:3]) for row in rows])]
    if whole == whole:  # noqa: PLR0124 - NaN
        panels.append((tr("hm² (share of area)"), sizes, [_with_share(*row[3:5]) for row in rows]))
    return [
        report.heading(tr("Zones")),
        drawn,
        report.figure(charts.bar_panels(list(names.values()), panels)),
        report.table(
            (
                tr("zone"),
                tr("parcels"),
                tr("share"),
                tr("hm²"),
                tr("share of area"),
                tr("by completed cells"),
            ),
            rows,
            tr("Shares are of the parcels that have a zone and of their area."),
            right=(2, 3, 4),
        ),
    ]


def agreement_pieces(confusion, agreement, tr, language):
    """How zone and composite level, and other gradings, agree, as HTML.

    Parameters
    ----------
    confusion, agreement : sequence of tuple
        Rows of ``fields.ZONE_CONFUSION`` and ``fields.AGREEMENT_TABLE``.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".

    Returns
    -------
    list of str
        Empty where there is nothing to compare.
    """
    zones = sorted({row[0] for row in confusion}, reverse=True)
    levels = sorted({row[1] for row in confusion}, reverse=True)
    cells = {row[:2]: _with_share(row[2], report.number(row[4], 2)) for row in confusion}
    rows = [dict(zip((field.name for field in AGREEMENT_TABLE), row, strict=True)) for row in agreement]
    titles = field_titles(language)
    pieces = []
    if confusion:
        pieces = [
            report.heading(tr("Zone and composite level")),
            report.table(
                ("", *(tr("composite level {}").format(level) for level in levels)),
                [(tr("zone {}").format(zone), *(cells[zone, level] for level in levels)) for zone in zones],
                tr(
                    "Parcels and, in brackets, their hectares: off the diagonal zone and composite level "
                    "differ."
                ),
            ),
        ]
    if not agreement:
        return pieces
    if not confusion:
        pieces.append(report.heading(tr("Agreement of the levels")))
    return [
        *pieces,
        report.table(
            (
                tr("gradings"),
                tr("counted by"),
                tr("agreement"),
                tr("kappa"),
                tr("kappa, linear"),
                tr("kappa, quadratic"),
                tr("Cramer's V"),
            ),
            [
                (
                    " × ".join(titles.get(row[name], row[name]) for name in ("first", "second")),
                    tr("area") if row["measure"] == "area" else tr("parcels"),
                    *(
                        report.number(row[name], 3)
                        for name in ("agreement", "kappa", "kappa_lin", "kappa_quad", "cramers_v")
                    ),
                )
                for row in rows
            ],
            tr(
                "Agreement: share with the same grade in both. Kappa: agreement beyond chance, 1 is full and "
                "0 what chance gives; weighted, a difference counts by its number of grades or by the square "
                "of it. Cramer's V: from 0, independent, to 1, one grade decides the other."
            ),
            right=range(2, 7),
        ),
    ]


def _hectares(area, members):
    """Known hectares of some parcels, NaN where no area is known at all."""
    known = np.isfinite(area)
    return float(area[known & members].sum()) if known.any() else np.nan


def _with_share(value, share):
    return f"{value} ({share})" if share else str(value)


def _percent(share):
    return "" if share != share else f"{100 * share:.1f} %"  # noqa: PLR0124 - NaN
