"""The report of local Moran's I: scatter plot, clusters by correction, p-values, the clearest parcels."""

import numpy as np

from ..fields import CLUSTERS, LOCAL_MORAN
from ..report import definitions, heading, number, paragraph
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
from .scatter_figure import scatter_definitions, scatter_figure

_LABELLED = 10
_LISTED = 25


def local_moran_report(first, second, columns, scatter, names, level, correction, tr, language, drawn=""):
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
    drawn : str, optional
        Map of the clusters, as HTML.

    Returns
    -------
    list of str
    """
    field = first[0]
    lisa = dict(zip((column.name for column in LOCAL_MORAN), columns, strict=True))
    p = np.asarray(lisa["lm_p"], dtype=np.float64)
    tested = np.isfinite(p)
    pieces = [
        *account(
            tested.size,
            int(tested.sum()),
            lisa["lm_cluster"].count("none"),
            lisa["lm_cluster"].count(None),
            tr,
        ),
        heading(tr("Moran scatter plot")),
    ]
    order = clearest(p, np.abs(np.asarray(lisa["lm_i"], dtype=np.float64)))
    shown = is_cluster(lisa["lm_cluster"])
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
    flags = lisa["lm_fdr"], lisa["lm_bonf"]
    pieces += corrections(
        CLUSTERS, lisa["lm_quad"], p, flags, lisa["lm_cluster"], level, correction, tr, language
    )
    pieces.append(drawn)
    if tested.any():
        pieces += [
            *p_values(p, level, tr),
            *_list(first, lisa, p, order[:_LISTED], shown, names, tr, language),
        ]
    pieces.append(_meaning(level, tr))
    return pieces


def _list(first, lisa, p, order, shown, names, tr, language):
    labels = labels_of(CLUSTERS, language)
    rows = [
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
    ]
    caption = tr("The {} parcels with the smallest p, of equal ones those with the larger local I first.")
    return most_significant((tr("quadrant"), first[0]), (tr("local I"),), rows, shown[order], caption, tr)


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
            *correction_definitions(level, tr),
        )
    )
