"""The report of Moran's I and Geary's C: figures of each field, scatter plots, districts side by side."""

from .. import charts
from ..report import definitions, figure, heading, number, paragraph, table, warning
from .global_moran import two_sided_p
from .scatter_figure import scatter_definitions, scatter_figure

_SHOWN = 60


def global_moran_report(rows, scatters, permutations, tr):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    rows : sequence of dict
        By the names of `fields.MORAN`, None where there is no result.
    scatters : dict
        MoranScatter of all parcels, or None, by the names of the field and the second field.
    permutations : int
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
    """
    pieces = []
    by_pair = {}
    for row in rows:
        by_pair.setdefault((row["field"], row["second"]), []).append(row)
    for (field, second), (whole, *districts) in by_pair.items():
        title = tr("{} against the neighbours' {}").format(field, second) if second else field
        pieces += [heading(title), _account(whole, tr)]
        pieces.append(_figures(whole, tr))
        scatter = scatters.get((field, second))
        if scatter is None:
            pieces.append(
                paragraph(tr("All values are equal, or no parcel has a neighbour: I is not defined."))
            )
        else:
            pieces.append(scatter_figure(scatter, field, second, tr))
        if districts:
            pieces += _districts(districts, tr)
    pieces.append(_meaning(permutations, tr))
    return pieces


def _account(row, tr):
    text = tr("{} parcels used, {} of them without neighbours; {} without a value left out.").format(
        row["parcels"], row["islands"], row["excluded"]
    )
    return warning(text) if row["excluded"] or row["islands"] else paragraph(text)


def _figures(row, tr):
    """I and C under both assumptions, as a table."""
    header = (
        "",
        tr("value"),
        tr("expected"),
        tr("assumption"),
        tr("variance"),
        tr("z"),
        tr("p"),
        tr("pseudo p"),
    )
    kinds = [(tr("Moran's I"), "moran_i", "expected", "")]
    if row["geary_c"] is not None:
        kinds.append((tr("Geary's C"), "geary_c", "c_expected", "c_"))
    lines = []
    for name, value, expected, prefix in kinds:
        for assumption, variance, z in (
            (tr("normality"), f"{prefix}var_norm", f"{prefix}z_norm"),
            (tr("randomisation"), f"{prefix}var_rand", f"{prefix}z"),
        ):
            if row[variance] is None:
                continue
            randomised = z == f"{prefix}z"
            p = None if row[z] is None else two_sided_p(row[z])
            lines.append(
                (
                    name,
                    number(row[value]),
                    number(row[expected]),
                    assumption,
                    _short(row[variance]),
                    number(row[z], 2),
                    _short(p),
                    _short(row[f"{prefix}p_sim"]) if randomised else "",
                )
            )
    return table(header, lines, right={1, 2, 4, 5, 6, 7})


def _districts(rows, tr):
    names = [row["district"] for row in rows[:_SHOWN]]
    values = [row["moran_i"] for row in rows[:_SHOWN]]
    pieces = [
        heading(tr("Districts"), 3),
        figure(
            charts.signed_bars(names, [float("nan") if value is None else value for value in values]),
            tr("Moran's I by district; no bar where it is not defined."),
        ),
        table(
            (
                tr("district"),
                tr("parcels"),
                tr("without neighbours"),
                tr("without a value"),
                tr("Moran's I"),
                tr("expected"),
                tr("z"),
                tr("p"),
                tr("pseudo p"),
                tr("Geary's C"),
                tr("z of C"),
            ),
            [
                (
                    row["district"],
                    row["parcels"],
                    row["islands"],
                    row["excluded"],
                    number(row["moran_i"]),
                    number(row["expected"]),
                    number(row["z"], 2),
                    _short(row["p"]),
                    _short(row["p_sim"]),
                    number(row["geary_c"]),
                    number(row["c_z"], 2),
                )
                for row in rows[:_SHOWN]
            ],
            right=set(range(1, 11)),
        ),
    ]
    if len(rows) > _SHOWN:
        pieces.append(
            paragraph(tr("The first {} of {} districts; the table has all.").format(_SHOWN, len(rows)))
        )
    return pieces


def _meaning(permutations, tr):
    return definitions(
        (
            (
                tr("Moran's I"),
                tr(
                    "n / S0 times the sum of w_ij z_i z_j over the sum of z squared: 1 where like is "
                    "near like, near 0 at random, negative where unlike is near like."
                ),
            ),
            (
                tr("Geary's C"),
                tr(
                    "(n - 1) / (2 S0) times the sum of w_ij (x_i - x_j) squared over the sum of squared "
                    "deviations: 1 at random, below 1 where like is near like, with a negative z."
                ),
            ),
            (tr("expected"), tr("Mean without autocorrelation: -1 / (n - 1) for I, 1 for C.")),
            (
                tr("normality, randomisation"),
                tr(
                    "What the variance assumes (Cliff and Ord 1981): values drawn from a normal distribution "
                    "or the observed values dealt out anew among the parcels."
                ),
            ),
            (
                tr("z of a statistic"),
                tr("Value minus expectation, in standard deviations: root of the variance."),
            ),
            (tr("p"), tr("Two-sided: how rarely chance gives a z as far from 0.")),
            (
                tr("pseudo p"),
                tr("From {} random permutations of the values over the parcels.").format(permutations)
                if permutations
                else tr("Empty: no permutations were asked for."),
            ),
            *scatter_definitions(tr),
        )
    )


def _short(value):
    return "" if value is None else f"{value:.3g}"
