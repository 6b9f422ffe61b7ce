"""Pieces that the reports of the local statistics share: gaps, clusters by correction, p-values."""

from collections import Counter

import numpy as np

from .. import charts
from ..report import figure, heading, table, warning

_UNTESTED = ("ns", "none")


def account(parcels, tested, alone, excluded, tr):
    """How many parcels have a result and how many have none, and why."""
    pieces = [
        table(
            (),
            [
                (tr("parcels"), parcels),
                (tr("tested"), tested),
                (tr("without neighbours: no result"), alone),
                (tr("excluded: without a value"), excluded),
            ],
        )
    ]
    if excluded or alone:
        text = tr("{} parcels without a value and {} without neighbours have no result.")
        pieces.append(warning(text.format(excluded, alone)))
    return pieces


def clearest(p, size):
    """Positions of the tested parcels, the smallest p first, of equal ones the larger size.

    Parameters
    ----------
    p, size : (n,) float
        NaN where a parcel is not tested.

    Returns
    -------
    list of int
    """
    order = np.lexsort((-np.nan_to_num(size), p))
    return order[: int(np.isfinite(p).sum())].tolist()


def is_cluster(clusters):
    """(n,) bool: parcels in a cluster or outlier of the result, by the codes of the clusters."""
    return np.array([code not in (None, *_UNTESTED) for code in clusters])


def most_significant(kind, measures, rows, shown, caption, tr):
    """The parcels with the smallest p as a table.

    Parameters
    ----------
    kind : tuple of str
        Names of the kind of a parcel and of the column.
    measures : sequence of str
        Names of the numbers between the neighbours' mean and p.
    rows : sequence of tuples
        Parcel, kind, value, neighbours' mean, measures, p and the name in the result.
    shown : sequence of bool
        Whether the result shows a parcel as a cluster or outlier.
    caption : str
        How many there are and in which order, with a place for the number.
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
    """
    header = (tr("parcel"), *kind, tr("neighbours' mean"), *measures, tr("p"), tr("in the result"))
    marked = {row for row, is_shown in enumerate(shown) if is_shown}
    return [
        heading(tr("Most significant parcels")),
        table(header, rows, caption.format(len(rows)), marked, set(range(2, len(header) - 1))),
    ]


def corrections(terms, kinds, p, flags, clusters, level, correction, tr, language):
    """Parcels per kind before and after the correction for many tests, as a table and as bars.

    Parameters
    ----------
    terms : sequence of fields.Term
        The kinds, and what is not significant or has no neighbours.
    kinds, clusters : sequence of n codes
        Before testing, and in the result; None where there is none.
    p : (n,) float
    flags : (sequence of n, sequence of n)
        1 where significant after FDR and after Bonferroni.
    level : float
        Significance level.
    correction : str
        One of `multiple_testing.CORRECTIONS`.
    """
    kinds = np.array([str(code) for code in kinds])
    columns = [np.isfinite(p), p <= level, *(np.array([flag == 1 for flag in column]) for column in flags)]
    rows = [
        (term.code, term.label(language), *(int((column & (kinds == term.code)).sum()) for column in columns))
        for term in terms
        if term.code not in _UNTESTED
    ]
    rows.append((tr("sum"), "", *(sum(row[place] for row in rows) for place in range(2, 6))))
    chosen = Counter(clusters)
    used = {"none": tr("none"), "fdr": "FDR", "bonferroni": "Bonferroni"}[correction]
    return [
        heading(tr("Clusters and outliers")),
        table(
            (
                tr("cluster"),
                tr("name"),
                tr("before testing"),
                tr("p at most {:g}").format(level),
                tr("after FDR"),
                tr("after Bonferroni"),
            ),
            rows,
            tr("Parcels before and after the correction for many tests."),
            marked={len(rows) - 1},
        ),
        figure(
            charts.bars([_named(term, language) for term in terms], [chosen[term.code] for term in terms], 0),
            tr("Parcels by cluster in the result. Correction: {}.").format(used),
        ),
    ]


def p_values(p, level, tr):
    """Histogram of the p-values with the significance level."""
    return [
        heading(tr("p-values")),
        figure(
            charts.distribution(p, tr("p"), tr("parcels"), [(level, f"{level:g}")], (0.0, 1.0)),
            tr("Where nothing clusters, all p are equally frequent; the line is the significance level."),
        ),
    ]


def labels_of(terms, language):
    """Code and name of each kind by its code."""
    return {term.code: _named(term, language) for term in terms}


def correction_definitions(level, tr):
    """What the corrections mean, for `report.definitions`."""
    return (
        (
            tr("FDR (Benjamini-Hochberg)"),
            tr("Of the parcels called significant, a share of at most {:g} is expected to be false.").format(
                level
            ),
        ),
        (
            "Bonferroni",
            tr("The probability of even one false parcel is at most {:g}: the strictest choice.").format(
                level
            ),
        ),
    )


def _named(term, language):
    name = term.label(language)
    return name if term.code in _UNTESTED else f"{term.code} {name}"
