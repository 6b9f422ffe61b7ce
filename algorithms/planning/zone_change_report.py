"""The report of two years compared: transitions, how parcels were matched, alerts."""

from .. import charts
from ..fields import LIFE_CYCLE, MATCHES, term_label
from ..report import definitions, figure, heading, number, paragraph, table

_SHOWN = 200
_PERCENT = 100


def zone_change_report(moved, terms, alerts, links, tr, language, drawn=""):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    moved : Transitions
    terms : sequence of Term
        The zones, low first.
    alerts : sequence of (int, tuple)
        Position and row of `fields.ALERTS` of each.
    links : Succession
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".
    drawn : str, optional
        HTML of the map of the change of zone.

    Returns
    -------
    list of str
    """
    pieces = [
        heading(tr("From zone to zone")),
        definitions(
            (
                (
                    tr("change of the zone"),
                    tr(
                        "Zone in this year less that in the base year; of several origins, the "
                        "largest counts."
                    ),
                ),
                (tr("new; gone"), tr("Parcels of this year without origin; of the base year without heir.")),
            )
        ),
        drawn,
        figure(
            transition_matrix(moved.parcels, terms, tr, language),
            tr(
                "Parcels by zone in the base year (rows) and in this year (columns); darker: more of the row."
            ),
        ),
    ]
    for title, cells, digits in (
        (tr("Parcels; one of several origins is shared out by area."), moved.parcels, 1),
        (tr("Area in hectares."), moved.area, 2),
    ):
        pieces.append(
            table(*_matrix(cells, terms, digits, tr, language), title, right=range(1, len(cells) + 2))
        )
    pieces.append(
        paragraph(
            tr(
                "Rows: zone in the base year. Columns: zone in this year. In brackets the share of the "
                "row in %. Both years are scored against the base year's targets and classified by its "
                "breaks."
            )
        )
    )
    pieces.append(heading(tr("How parcels were matched")))
    pieces.append(
        table(
            (tr("match"), tr("parcels")),
            [
                *((term.label(language), links.match.count(term.code)) for term in MATCHES),
                (tr("parcels of the base year that are gone"), int(links.gone.size)),
            ],
        )
    )
    pieces.append(heading(tr("Alerts")))
    if not alerts:
        return [*pieces, paragraph(tr("No rule is met."))]
    counts = {}
    for _, row in alerts:
        counts[row[1]] = counts.get(row[1], 0) + 1
    pieces.append(table((tr("rule"), tr("parcels")), list(counts.items())))
    header = (tr("parcel"), tr("rule"), tr("base year"), tr("this year"), tr("stage"), tr("what it means"))
    pieces.append(
        table(
            header,
            [
                (*row[:2], *map(_short, row[3:5]), term_label(LIFE_CYCLE, row[5], language), row[6])
                for _, row in alerts[:_SHOWN]
            ],
        )
    )
    if len(alerts) > _SHOWN:
        pieces.append(
            paragraph(tr("The first {} of {} alerts; the table has all.").format(_SHOWN, len(alerts)))
        )
    return pieces


def transition_matrix(cells, terms, tr, language):
    """Transitions as an SVG element: zone in the base year by zone in this year, shaded by shares of rows.

    Parameters
    ----------
    cells : (z + 2, z + 2) float
        Parcels; the first row and column are of no zone, the last of new and gone parcels.
    terms : sequence of Term
        The zones, low first.
    tr, language
        See `zone_change_report`.

    Returns
    -------
    str
    """
    size = len(cells)
    zones = [*reversed(range(1, size - 1)), 0, size - 1]
    names = {zone: f"{terms[zone - 1].code} {terms[zone - 1].label(language)}" for zone in range(1, size - 1)}
    short = {zone: tr("zone {}").format(terms[zone - 1].code) for zone in names}
    rows = [zone for zone in zones if cells[zone].sum()]
    return charts.matrix(
        [(names | {0: tr("no zone"), size - 1: tr("new")})[zone] for zone in rows],
        [(short | {0: tr("no zone"), size - 1: tr("gone")})[zone] for zone in zones],
        [[number(cells[row, zone], 1) if cells[row, zone] else "" for zone in zones] for row in rows],
        [[charts.shade(cells[row, zone] / cells[row].sum()) for zone in zones] for row in rows],
        tr("base year"),
    )


def _matrix(cells, terms, digits, tr, language):
    """Header and rows of a transition matrix, best zones first, with shares of the rows."""
    size = len(cells)
    zones = [*reversed(range(1, size - 1)), 0]
    names = {zone: f"{terms[zone - 1].code} {terms[zone - 1].label(language)}" for zone in zones if zone} | {
        0: tr("no zone")
    }
    columns = [*zones, size - 1]
    short = {zone: tr("zone {}").format(terms[zone - 1].code) for zone in zones if zone}
    header = ("", *((names | short).get(zone, tr("gone")) for zone in columns), tr("sum"))
    rows = []
    for origin in (*zones, size - 1):
        total = cells[origin].sum()
        if not total:
            continue
        shown = [
            f"{number(cells[origin, zone], digits)} ({_PERCENT * cells[origin, zone] / total:.0f})"
            if cells[origin, zone]
            else ""
            for zone in columns
        ]
        rows.append((names.get(origin, tr("new")), *shown, number(total, digits)))
    return header, rows


def _short(value):
    return f"{value:.4g}"
