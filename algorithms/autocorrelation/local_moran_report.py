"""The report of local Moran's I: scatter plot, clusters by correction, p-values, the clearest parcels."""

from collections import Counter

import numpy as np

from .. import charts
from ..fields import CLUSTERS, LOCAL_MORAN
from ..report import definitions, figure, heading, number, paragraph, table, warning
from .scatter_figure import scatter_definitions, scatter_figure

_LABELLED = 10
_LISTED = 25
_UNTESTED = ("ns", "none")


def local_moran_report(first, second, columns, scatter, names, level, correction, tr, language):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    first, second : (str, (n,) float), (str, (n,) float) or None
        Name and values of the column, and of that of the neighbours where it is another one.
    columns : sequence of n values each
        Of `fields.LOCAL_MORAN`.
    scatter : MoranScatter or None
        Of all n parcels, NaN without a value; None where I is not defined.
    names : sequence of n str
        What the parcels are called.
    level : float
        Significance level.
    correction : str
        One of `multiple_testing.CORRECTIONS`.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".

    Returns
    -------
    list of str
    """
    field = first[0]
    lisa = dict(zip((column.name for column in LOCAL_MORAN), columns, strict=True))
    p = np.asarray(lisa["lm_p"], dtype=np.float64)
    tested = np.isfinite(p)
    pieces = [
        *_account(lisa["lm_cluster"], int(tested.sum()), tr),
        heading(tr("Moran scatter plot")),
    ]
    order = _clearest(p, np.asarray(lisa["lm_i"], dtype=np.float64))
    shown = np.array([cluster not in (None, *_UNTESTED) for cluster in lisa["lm_cluster"]])
    if scatter is None or not tested.any():
        pieces.append(paragraph(tr("All values are equal, or no parcel has a neighbour: I is not defined.")))
    else:
        labels = [(place, str(names[place])) for place in order[:_LABELLED] if p[place] <= level]
        pieces.append(
            scatter_figure(
                scatter,
                field,
                second[0] if second else None,
                tr,
                shown,
                labels,
                tr("Dark: clusters and outliers after the chosen correction. Named: the smallest p."),
            )
        )
    pieces += _counts(lisa, p, level, correction, tr, language)
    if tested.any():
        pieces += [
            heading(tr("p-values")),
            figure(
                charts.distribution(p, tr("p"), tr("parcels"), [(level, f"{level:g}")], (0.0, 1.0)),
                tr("Where nothing clusters, all p are equally frequent; the line is the significance level."),
            ),
            *_list(first, lisa, p, order[:_LISTED], shown, names, tr, language),
        ]
    pieces.append(_meaning(level, tr))
    return pieces


def _account(clusters, tested, tr):
    excluded, islands = clusters.count(None), clusters.count("none")
    pieces = [
        table(
            (),
            [
                (tr("parcels"), len(clusters)),
                (tr("with a value and neighbours, tested"), tested),
                (tr("without neighbours: no result"), islands),
                (tr("excluded: without a value"), excluded),
            ],
        )
    ]
    if excluded or islands:
        pieces.append(
            warning(
                tr("{} parcels without a value and {} without neighbours have no result.").format(
                    excluded, islands
                )
            )
        )
    return pieces


def _clearest(p, i):
    """Positions of the tested parcels, the smallest p first, of equal ones the larger |I|."""
    order = np.lexsort((-np.abs(np.nan_to_num(i)), p))
    return order[: int(np.isfinite(p).sum())].tolist()


def _counts(lisa, p, level, correction, tr, language):
    """Parcels per cluster by correction, as a table and, as chosen, as bars."""
    kinds = [term for term in CLUSTERS if term.code not in _UNTESTED]
    quadrants = np.array([str(code) for code in lisa["lm_quad"]])
    flags = [
        np.isfinite(p),
        p <= level,
        *(np.array([flag == 1 for flag in lisa[name]]) for name in ("lm_fdr", "lm_bonf")),
    ]
    rows = [
        (term.code, term.label(language), *(int((flag & (quadrants == term.code)).sum()) for flag in flags))
        for term in kinds
    ]
    rows.append((tr("sum"), "", *(sum(row[column] for row in rows) for column in range(2, 2 + len(flags)))))
    chosen = Counter(lisa["lm_cluster"])
    used = {"none": tr("none"), "fdr": "FDR", "bonferroni": "Bonferroni"}[correction]
    return [
        heading(tr("Clusters and outliers")),
        table(
            (
                tr("cluster"),
                tr("name"),
                tr("in the quadrant"),
                tr("p at most {:g}").format(level),
                tr("after FDR"),
                tr("after Bonferroni"),
            ),
            rows,
            tr("Parcels before and after the correction for many tests."),
            marked={len(rows) - 1},
        ),
        figure(
            charts.bars(
                [f"{term.code} {term.label(language)}" for term in CLUSTERS],
                [chosen[term.code] for term in CLUSTERS],
                0,
            ),
            tr("Parcels by cluster in the result. Correction: {}.").format(used),
        ),
    ]


def _list(first, lisa, p, order, shown, names, tr, language):
    labels = {term.code: f"{term.code} {term.label(language)}" for term in CLUSTERS}
    return [
        heading(tr("Most significant parcels")),
        table(
            (
                tr("parcel"),
                tr("quadrant"),
                first[0],
                tr("neighbours' mean"),
                tr("local I"),
                "p",
                tr("in the result"),
            ),
            [
                (
                    str(names[place]),
                    labels.get(lisa["lm_quad"][place], ""),
                    f"{first[1][place]:.6g}",
                    f"{lisa['lm_lag'][place]:.6g}",
                    number(float(lisa["lm_i"][place]), 3),
                    f"{p[place]:.3g}",
                    labels.get(lisa["lm_cluster"][place], ""),
                )
                for place in order
            ],
            tr(
                "The {} parcels with the smallest p, of equal ones those with the larger local I first."
            ).format(len(order)),
            marked={row for row, place in enumerate(order) if shown[place]},
            right={2, 3, 4, 5},
        ),
    ]


def _meaning(level, tr):
    return definitions(
        (
            *scatter_definitions(tr),
            (
                tr("local I"),
                tr("z of the parcel times the mean z of its neighbours; its mean is the global I."),
            ),
            (
                tr("p"),
                tr(
                    "How rarely neighbours drawn at random from all other parcels give a local I as extreme: "
                    "from the permutations, or the analytic one as chosen."
                ),
            ),
            (
                tr("FDR (Benjamini-Hochberg)"),
                tr(
                    "Of the parcels called significant, a share of at most {:g} is expected to be false."
                ).format(level),
            ),
            (
                "Bonferroni",
                tr("The probability of even one false parcel is at most {:g}: the strictest choice.").format(
                    level
                ),
            ),
        )
    )
