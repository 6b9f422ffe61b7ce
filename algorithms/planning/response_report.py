"""The report of the planning responses: what is delimited, reserved, listed, and what is to be done."""

from .. import report
from ..fields import AREA_GRADES, RESERVE_RINGS, UNITS, ZONES, term_label
from .planning_response import FEW

LONGEST = 300
"""Rows of a list that are shown; the table has them all."""


def response_report(tables, limits, quantile, departments, strategies, language, tr, drawn=""):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    tables : ResponseTables
    limits : (float, float)
        Scores from which on an area has grade A and grade B, NaN where there are none.
    quantile : float
        Percent of the lead area's parcels that a new one should at least equal.
    departments : sequence of (str, str)
        Departments of the joint review and what they check.
    strategies : dict
        See `planning_tables.read_strategies`.
    language : str
        Of the labels, "en" or "zh".
    tr : callable
        Translates a sentence.
    drawn : str, optional
        HTML of the map of the lists.

    Returns
    -------
    list of str
    """
    return [
        report.paragraph(
            tr(
                "Areas, lists, grades and thresholds are proposals computed from the zones, to be decided on "
                "by those who plan."
            )
        ),
        report.definitions(
            (
                (
                    tr("lead demonstration area"),
                    tr("Parcels of zone 4, joined across gaps up to the width set, where large enough."),
                ),
                (
                    tr("grade"),
                    tr("By the mean score of the area's parcels of zone 4, each weighted by its area."),
                ),
                (
                    tr("of zone 4, hm²; other parcels"),
                    tr("Area of the parcels of zone 4 inside; number of parcels of other zones inside."),
                ),
                (
                    tr("ring"),
                    tr("Land around a lead area by its distance from it; reserved for growth."),
                ),
                (
                    tr("first quartile, median, third quartile"),
                    tr("Values that a quarter, half and three quarters of the area's parcels do not exceed."),
                ),
            )
        ),
        *_strategies(tables.strategy, strategies, language, tr),
        *_lead(tables.lead, limits, language, tr),
        *_reserve(tables.reserve, language, tr),
        *_lists(tables, departments, tr, drawn),
        *_standards(tables.standards, quantile, language, tr),
    ]


def _strategies(rows, strategies, language, tr):
    pieces = [report.heading(tr("One zone, one policy"))]
    for term in reversed(ZONES):
        general = strategies[int(term.code), ""]
        pieces += [
            report.heading(f"{term.code} {term.label(language)}: {general.title}", level=3),
            report.paragraph(general.text),
        ]
        pieces += [
            report.paragraph(f"{district}: {strategy.text}")
            for (zone, district), strategy in strategies.items()
            if zone == int(term.code) and district
        ]
    districts = list(dict.fromkeys(row[0] for row in rows))
    cells = {row[:2]: f"{row[3]} ({report.number(row[4], 2)})" for row in rows}
    zones = [int(term.code) for term in reversed(ZONES)]
    pieces.append(
        report.table(
            (tr("district"), *(f"{term.code} {term.label(language)}" for term in reversed(ZONES))),
            [
                (district or tr("all parcels"), *(cells[district, zone] for zone in zones))
                for district in districts
            ],
            tr("Parcels and, in brackets, their hectares by district and zone."),
        )
    )
    return pieces


def _lead(rows, limits, language, tr):
    pieces = [report.heading(tr("Lead demonstration areas"))]
    if not rows:
        return [*pieces, report.warning(tr("There is none: no zone 4, or only areas that are too small."))]
    if limits[0] == limits[0]:
        names = [f"{term.code} {term.label(language)}" for term in reversed(AREA_GRADES)]
        pieces.append(
            report.paragraph(
                tr(
                    "Graded by the mean score of the parcels of zone 4 inside, weighted by area: {} from "
                    "{:.1f}, {} from {:.1f}, {} below."
                ).format(names[0], limits[0], names[1], limits[1], names[2])
            )
        )
    return [
        *pieces,
        report.table(
            (
                tr("area"),
                tr("grade"),
                tr("score"),
                tr("hm²"),
                tr("of zone 4, hm²"),
                tr("parcels"),
                tr("other parcels"),
                tr("districts"),
            ),
            [
                (
                    area,
                    f"{grade} {name}".strip(),
                    report.number(score, 1),
                    *_hectares(size, inside),
                    parcels,
                    others,
                    districts,
                )
                for area, grade, name, score, size, inside, parcels, others, districts in rows
            ],
            right=(2, 3, 4),
        ),
    ]


def _reserve(rows, language, tr):
    pieces = [report.heading(tr("Reserve land"))]
    if not rows:
        return [*pieces, report.warning(tr("No land is reserved."))]
    sums = {}
    for _, ring, start, end, lead, size in rows:
        count, total = sums.get((ring, start, end, lead), (0, 0.0))
        sums[ring, start, end, lead] = (count + 1, total + size)
    names = {int(term.code): term.label(language) for term in RESERVE_RINGS}
    return [
        *pieces,
        report.table(
            (tr("ring"), tr("metres"), tr("nearest lead area"), tr("pieces"), tr("hm²")),
            [
                (names[ring], f"{start:g}-{end:g}", lead, count, *_hectares(total))
                for (ring, start, end, lead), (count, total) in sorted(sums.items())
            ],
            right=(4,),
        ),
    ]


def _lists(tables, departments, tr, drawn):
    head = (
        tr("parcel"),
        tr("district"),
        tr("priority"),
        tr("zone"),
        tr("land level"),
        tr("score"),
        tr("hm²"),
    )
    pieces = [
        report.heading(tr("Parcels to revitalise and to renovate")),
        report.paragraph(
            tr(
                "To revitalise: existing industrial land outside zone 4 with a land-value level of 3 or 4. "
                "To renovate: zone 1. Priority 1: in both lists, land-value level 4. Priority 2: in both "
                "lists, land-value level 3. These come first, then better land, then larger parcels."
            )
        ),
        drawn,
    ]
    for title, rows in (
        (tr("Revitalisation list"), tables.revitalisation),
        (tr("Renovation list"), tables.renovation),
    ):
        pieces.append(report.heading(tr("{}: {} parcels").format(title, len(rows)), level=3))
        if len(rows) > LONGEST:
            pieces.append(report.paragraph(tr("The first {}; the table has them all.").format(LONGEST)))
        if rows:
            pieces.append(
                report.table(
                    head,
                    [
                        (name, district, priority, zone, land, report.number(score, 1), *_hectares(size))
                        for name, district, priority, zone, _, land, score, size, *_ in rows[:LONGEST]
                    ],
                    right=(5, 6),
                    marked=[number for number, row in enumerate(rows[:LONGEST]) if row[2]],
                )
            )
    pieces.append(report.table((tr("department of the joint review"), tr("checks")), departments))
    return pieces


def _standards(rows, quantile, language, tr):
    if not rows:
        return []
    pieces = [
        report.heading(tr("Standards of the lead areas")),
        report.paragraph(
            tr(
                "Proposed from the quartiles of each area's own parcels: a new parcel should at least equal "
                "{:g} % of them. Rows of fewer than {} parcels are marked and little to go by. The last "
                "column is to be filled in."
            ).format(quantile, FEW)
        ),
    ]
    for area in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == area]
        pieces.append(
            report.table(
                (
                    tr("standard"),
                    tr("unit"),
                    tr("parcels"),
                    tr("first quartile"),
                    tr("median"),
                    tr("third quartile"),
                    "",
                    tr("proposed"),
                    tr("decided"),
                ),
                [
                    (
                        item,
                        term_label(UNITS, unit, language),
                        parcels,
                        *_figures(*quartiles),
                        rule,
                        *_figures(proposed),
                        "",
                    )
                    for _, _, _, item, _, unit, rule, parcels, _, *quartiles, proposed, _ in own
                ],
                f"{area} {own[0][1]}".strip(),
                marked=[number for number, row in enumerate(own) if row[8]],
                right=(3, 4, 5, 7),
            )
        )
    return pieces


def _hectares(*values):
    return [report.number(value, 2) for value in values]


def _figures(*values):
    """Values of any size, to four figures at least."""
    return [_figure(value) for value in values]


def _figure(value):
    if value is None or abs(value) >= 1000:
        return report.number(value, 0)
    return "" if value != value else f"{value:.4g}"  # noqa: PLR0124 - NaN
