"""The report of join counts: joins observed and expected by classes."""

from .. import charts
from ..report import definitions, figure, heading, number, paragraph, table, warning

_SHOWN = 30


def join_counts_report(rows, n, islands, excluded, permutations, tr):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    rows : sequence of dict
        By the names of `fields.JOIN_COUNTS`, None where there is no figure; the last is of all joins
        of different classes.
    n, islands, excluded : int
        Parcels used, those of them without neighbours, and parcels without a class.
    permutations : int
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
    """
    account = tr("{} parcels used, {} of them without neighbours; {} without a class left out.").format(
        n, islands, excluded
    )
    same = [row for row in rows[:-1] if row["class_a"] == row["class_b"]]
    different = [row for row in rows[:-1] if row["class_a"] != row["class_b"]]
    total = rows[-1]
    pieces = [
        warning(account) if excluded or islands else paragraph(account),
        heading(tr("Joins of all different classes")),
        paragraph(tr("Few, where parcels of the same class lie together.")),
        *_rows([total], [tr("different classes")], tr),
        heading(tr("Joins of the same class")),
        *_listed(same, tr, lambda row: str(row["label_a"])),
    ]
    if different:
        pieces += [
            heading(tr("Joins of two classes")),
            *_listed(different, tr, lambda row: f"{row['label_a']} \u2013 {row['label_b']}"),
        ]
    return [*pieces, _meaning(permutations, tr)]


def _listed(rows, tr, name):
    """Bars and a table of the rows, those of the most extreme z where they are many."""
    shown = rows
    if len(rows) > _SHOWN:
        extreme = sorted(range(len(rows)), key=lambda place: -abs(rows[place]["z"] or 0.0))[:_SHOWN]
        shown = [rows[place] for place in sorted(extreme)]
    pieces = _rows(shown, [name(row) for row in shown], tr)
    if len(rows) > _SHOWN:
        text = tr("The {} of {} whose z is farthest from 0; the table has all.")
        pieces.append(paragraph(text.format(_SHOWN, len(rows))))
    return pieces


def _rows(rows, names, tr):
    header = (
        tr("joins of"),
        tr("parcels"),
        tr("observed"),
        tr("expected"),
        tr("z"),
        tr("p"),
        tr("pseudo p"),
    )
    return [
        figure(
            charts.paired_bars(
                names,
                [_known(row["joins"]) for row in rows],
                [_known(row["expected"]) for row in rows],
                (tr("observed"), tr("expected")),
            )
        ),
        table(
            header,
            [
                (
                    name,
                    _parcels(row),
                    number(row["joins"], 1),
                    number(row["expected"], 1),
                    number(row["z"], 2),
                    _short(row["p"]),
                    _short(row["p_sim"]),
                )
                for name, row in zip(names, rows, strict=True)
            ],
            right=set(range(1, 7)),
        ),
    ]


def _meaning(permutations, tr):
    return definitions(
        (
            (
                tr("join"),
                tr(
                    "A pair of neighbours. Where only one of both has the other as a neighbour, it is half a "
                    "join; with row-standardised weights joins are shares of a parcel's neighbours."
                ),
            ),
            (
                tr("expected"),
                tr("Mean if the classes were dealt out anew among the parcels (non-free sampling)."),
            ),
            (tr("z"), tr("Observed minus expected, in standard deviations (Cliff and Ord 1981).")),
            (
                tr("p"),
                tr("Two-sided: how rarely chance gives a z as far from 0. Many rows are many tests."),
            ),
            (
                tr("pseudo p"),
                tr("From {} random permutations of the values over the parcels.").format(permutations)
                if permutations
                else tr("Empty: no permutations were asked for."),
            ),
        )
    )


def _parcels(row):
    if row["parcels_a"] is None:
        return ""
    if row["class_a"] == row["class_b"]:
        return str(row["parcels_a"])
    return f"{row['parcels_a']} + {row['parcels_b']}"


def _known(value):
    return float("nan") if value is None else value


def _short(value):
    return "" if value is None else f"{value:.3g}"
