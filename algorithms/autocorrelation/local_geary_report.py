"""The report of local Geary's c: clusters by correction, c against its expectation, p-values."""

import numpy as np

from .. import charts
from ..fields import ALIKE, LOCAL_GEARY
from ..report import cut_axis, definitions, figure, heading, number, paragraph, table
from .local_pieces import (
    account,
    clearest,
    correction_definitions,
    corrections,
    is_cluster,
    labels_of,
    most_significant,
    p_values,
)

_LISTED = 25


def local_geary_report(field, values, columns, names, level, correction, tr, language, drawn=""):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    field : str
        Name of the column.
    values : (n,) float
        NaN where missing.
    columns : sequence of n values each
        Of `fields.LOCAL_GEARY`.
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
    drawn : str, optional
        Map of the clusters, as HTML.

    Returns
    -------
    list of str
    """
    found = dict(zip((column.name for column in LOCAL_GEARY), columns, strict=True))
    p, c, expected = (np.asarray(found[name], dtype=np.float64) for name in ("lg_p", "lg_c", "lg_exp"))
    clusters = found["lg_cluster"]
    tested = np.isfinite(p)
    pieces = account(p.size, int(tested.sum()), clusters.count("none"), clusters.count(None), tr)
    flags = found["lg_fdr"], found["lg_bonf"]
    pieces += corrections(ALIKE, found["lg_kind"], p, flags, clusters, level, correction, tr, language)
    pieces.append(drawn)
    if tested.any():
        order = clearest(p, np.abs(c - expected))[:_LISTED]
        limits = charts.bulk(c)
        pieces += [
            *_by_cluster(c, expected, clusters, tested, tr, language),
            heading(tr("Local Geary's c")),
            figure(
                charts.distribution(c, tr("local c"), tr("parcels"), limits=limits),
                " ".join(cut_axis(c, limits, (), tr)),
            ),
            *p_values(p, level, tr),
            *_list(field, values, found, order, names, tr, language),
        ]
    else:
        pieces.append(paragraph(tr("All values are equal, or no parcel has a neighbour: c is not defined.")))
    pieces.append(_meaning(level, tr))
    return pieces


def _by_cluster(c, expected, clusters, tested, tr, language):
    """Mean c and mean expected c of the parcels of each cluster."""
    codes = np.array([str(code) for code in clusters])
    rows = []
    for term in ALIKE:
        members = tested & (codes == term.code)
        if members.any():
            means = float(c[members].mean()), float(expected[members].mean())
            rows.append((labels_of(ALIKE, language)[term.code], int(members.sum()), *means))
    return [
        heading(tr("Observed and expected c by cluster")),
        figure(
            charts.paired_bars(
                [row[0] for row in rows],
                [row[2] for row in rows],
                [row[3] for row in rows],
                (tr("observed"), tr("expected")),
                3,
            )
        ),
        table((tr("cluster"), tr("parcels"), tr("mean c"), tr("mean expected c")), rows),
    ]


def _list(field, values, found, order, names, tr, language):
    labels = labels_of(ALIKE, language)
    clusters = is_cluster(found["lg_cluster"])
    rows = [
        (
            str(names[place]),
            labels.get(found["lg_kind"][place], ""),
            f"{values[place]:.6g}",
            f"{found['lg_lag'][place]:.6g}",
            number(float(found["lg_c"][place]), 3),
            number(float(found["lg_exp"][place]), 3),
            f"{found['lg_p'][place]:.3g}",
            labels.get(found["lg_cluster"][place], ""),
        )
        for place in order
    ]
    caption = tr("The {} parcels with the smallest p, of equal ones those farther from the expected c first.")
    measures = tr("local c"), tr("expected")
    return most_significant((tr("kind"), field), measures, rows, clusters[order], caption, tr)


def _meaning(level, tr):
    return definitions(
        (
            (
                tr("local c"),
                tr(
                    "Mean squared difference between a parcel and its neighbours, in units of the variance "
                    "(divisor n): small where they are alike."
                ),
            ),
            (
                tr("expected"),
                tr(
                    "Mean of c if the other values were dealt out anew among the other parcels; parcels far "
                    "from the mean expect a larger one."
                ),
            ),
            (
                tr("p"),
                tr("How rarely neighbours drawn at random from all other parcels give a c as extreme."),
            ),
            *correction_definitions(level, tr),
        )
    )
