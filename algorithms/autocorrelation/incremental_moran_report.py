"""The report of Moran's I over distances: curves of I and z with the peaks."""

from .. import charts
from ..report import definitions, figure, heading, number, paragraph, table, warning

_Z_LIMIT = 1.96


def incremental_moran_report(result, excluded, tr):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    result : IncrementalMoran
    excluded : int
        Parcels without a value.
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
    """
    distances, peaks = result.distances.tolist(), _peaks(result, tr)
    alone = int(result.islands.max())
    account = tr("{} parcels used; {} without a value left out.").format(result.n, excluded)
    pieces = [warning(account) if excluded else paragraph(account)]
    if alone:
        pieces.append(
            warning(
                tr(
                    "{} parcels have no neighbour at the first distance; they stay in, and weaken I there."
                ).format(alone)
            )
        )
    pieces.append(heading(tr("z by distance")))
    if peaks:
        told = (
            tr("First peak of z at {:.6g}, highest at {:.6g}.").format(
                distances[result.first_peak], distances[result.max_peak]
            )
            + " "
            + tr("A peak is often a good band distance for local Moran's I or hot spots.")
        )
    else:
        told = tr("z has no peak within these distances: it only rises or only falls.")
    pieces.append(paragraph(told))
    x_name = tr("band distance, in units of the layer")
    z = charts.curve(
        list(zip(distances, result.z.tolist(), strict=True)),
        x_name,
        tr("z of Moran's I"),
        peaks,
        _Z_LIMIT,
    )
    i = charts.curve(
        list(zip(distances, result.i.tolist(), strict=True)), x_name, tr("Moran's I"), peaks, result.expected
    )
    if z:
        pieces.append(figure(z, tr("Dashed: z = 1.96, above which p is below 0.05.")))
    pieces.append(heading(tr("Moran's I by distance")))
    if i:
        pieces.append(
            figure(i, tr("Dashed: the expected I, {:.4f}. Rings: the peaks of z.").format(result.expected))
        )
    else:
        pieces.append(paragraph(tr("All values are equal, or no parcel has a neighbour: I is not defined.")))
    pieces.append(_table(result, tr))
    pieces.append(
        definitions(
            (
                (tr("links"), tr("Pairs of neighbours within the distance, each counted from both sides.")),
                (
                    tr("Moran's I"),
                    tr(
                        "n / S0 times the sum of w_ij z_i z_j over the sum of z squared: 1 where like is "
                        "near like, near 0 at random, negative where unlike is near like."
                    ),
                ),
                (
                    tr("z"),
                    tr("I minus its expectation, in standard deviations under randomisation."),
                ),
                (tr("p"), tr("Two-sided: how rarely chance gives a z as far from 0.")),
                (
                    tr("peak"),
                    tr("A distance with a higher z than the ones before and after; never the first or last."),
                ),
            )
        )
    )
    return pieces


def _peaks(result, tr):
    """Positions of the peaks and what stands at them, for `charts.curve`."""
    if result.first_peak is None:
        return []
    distances = result.distances
    if result.first_peak == result.max_peak:
        return [(result.max_peak, tr("peak: {:.5g}").format(distances[result.max_peak]))]
    return [
        (result.first_peak, tr("first: {:.5g}").format(distances[result.first_peak])),
        (result.max_peak, tr("highest: {:.5g}").format(distances[result.max_peak])),
    ]


def _table(result, tr):
    header = (
        tr("distance"),
        tr("links"),
        tr("mean number of neighbours"),
        tr("without neighbours"),
        tr("Moran's I"),
        tr("z"),
        tr("p"),
    )
    rows = [
        (
            f"{distance:.6g}",
            links,
            number(mean, 2),
            islands,
            number(i),
            number(z, 2),
            "" if p != p else f"{p:.3g}",  # noqa: PLR0124 - NaN
        )
        for distance, links, mean, islands, i, _, _, z, p, *_ in result.rows()
    ]
    marked = {place for place in (result.first_peak, result.max_peak) if place is not None}
    return table(header, rows, tr("The peaks of z are marked."), marked, set(range(7)))
