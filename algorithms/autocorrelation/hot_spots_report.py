"""The report of hot spots: how the scores spread, and how many parcels are hot or cold."""

from collections import Counter

import numpy as np

from .. import charts
from ..fields import HOT_SPOTS
from ..report import cut_axis, definitions, figure, heading, paragraph
from .local_pieces import account


def hot_spots_report(columns, excluded, star, correction, tr, language, drawn=""):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    columns : sequence of n values each
        Of `fields.HOT_SPOT`.
    excluded : int
        Parcels without a value.
    star : bool
        Whether a parcel is its own neighbour.
    correction : str
        One of `multiple_testing.CORRECTIONS`.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".
    drawn : str, optional
        Map of the classes, as HTML.

    Returns
    -------
    list of str
    """
    z, _, bins, _ = columns
    z = np.asarray(z, dtype=np.float64)
    counts = Counter(bins)
    tested = z.size - counts[None]
    pieces = account(z.size, tested, counts[None] - excluded, excluded, tr)
    pieces.append(heading(tr("Hot and cold spots")))
    if not tested:
        return [*pieces, paragraph(tr("All values are equal, or no parcel has a neighbour: there is no z."))]
    limits = charts.bulk(z)
    used = {"none": tr("none"), "fdr": "FDR", "bonferroni": "Bonferroni"}[correction]
    terms = HOT_SPOTS[::-1]
    name = "Gi*" if star else "Gi"
    return [
        *pieces,
        figure(
            charts.bars(
                [f"{term.label(language)} ({term.code})" for term in terms],
                [counts[int(term.code)] for term in terms],
                0,
            ),
            tr("Parcels by class in the result. Correction: {}.").format(used),
        ),
        drawn,
        heading(tr("z of {}").format(name)),
        figure(
            charts.distribution(z, tr("z of {}").format(name), tr("parcels"), [(0.0, "0")], limits),
            " ".join(
                [
                    tr("Right of 0 lie parcels among high values, left of it parcels among low ones."),
                    *cut_axis(z, limits, (0.0,), tr),
                ]
            ),
        ),
        definitions(
            (
                (
                    tr("z of {}").format(name),
                    tr(
                        "Sum of the values of the parcel and its neighbours by their weights, minus its "
                        "expectation, in standard deviations (Ord and Getis 1995)."
                    )
                    if star
                    else tr(
                        "Sum of the values of the neighbours by their weights, minus its expectation, in "
                        "standard deviations (Ord and Getis 1995)."
                    ),
                ),
                (
                    tr("confidence"),
                    tr(
                        "99, 95 or 90 %: p of the permutations after the correction is at most 0.01, 0.05 "
                        "or 0.10. Hot where z is above 0, cold where below."
                    ),
                ),
            )
        ),
    ]
