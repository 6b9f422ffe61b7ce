"""The report of spatial weights: numbers of neighbours, islands, components."""

import numpy as np

from .. import charts
from ..report import definitions, figure, heading, number, paragraph, table, warning

_NAMED = 100
_COMPONENTS = 20
_PERCENT = 100


def connectivity_report(weights, summary, names, tr):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    weights : SpatialWeights
    summary : Connectivity
        Of these weights.
    names : sequence of n str
        What the parcels are called.
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
    """
    counts = weights.cardinality
    islands = np.flatnonzero(weights.islands).tolist()
    mean = weights.indices.size / weights.n
    symmetric = "" if np.isnan(summary.symmetric) else f"{_PERCENT * summary.symmetric:.1f}"
    pieces = [
        table(
            (),
            [
                (tr("parcels"), weights.n),
                (tr("links"), int(weights.indices.size)),
                (tr("fewest neighbours"), int(counts.min())),
                (tr("mean number of neighbours"), number(mean, 2)),
                (tr("most neighbours"), int(counts.max())),
                (tr("symmetric links, %"), symmetric),
                (tr("components"), summary.components),
                (tr("islands"), len(islands)),
            ],
            right={1},
        ),
        heading(tr("Numbers of neighbours")),
        figure(
            charts.whole_numbers(
                summary.neighbours, summary.sites, tr("number of neighbours"), tr("parcels"), mean
            ),
            tr("The line is the mean, {:.2f}.").format(mean),
        ),
        table(
            (tr("number of neighbours"), tr("parcels"), tr("share, %")),
            [
                (neighbours, sites, number(_PERCENT * sites / weights.n, 1))
                for neighbours, sites in _listed(summary)
            ],
            right={2},
        ),
        heading(tr("Islands")),
    ]
    if islands:
        text = ", ".join(str(names[place]) for place in islands[:_NAMED])
        pieces.append(
            warning(
                tr("{} parcels have no neighbour: {} of the parcels.").format(
                    len(islands), f"{_PERCENT * len(islands) / weights.n:.1f} %"
                )
            )
        )
        pieces.append(paragraph(text))
        if len(islands) > _NAMED:
            pieces.append(paragraph(tr("The first {} of {} islands.").format(_NAMED, len(islands))))
    else:
        pieces.append(paragraph(tr("Every parcel has a neighbour.")))
    pieces += _components(summary, tr)
    pieces.append(_meaning(tr))
    return pieces


def _listed(summary):
    """Numbers of neighbours and their parcels: all, or the most frequent ones in their order."""
    rows = list(zip(summary.neighbours.tolist(), summary.sites.tolist(), strict=True))
    frequent = sorted(rows, key=lambda row: -row[1])[:_COMPONENTS]
    return sorted(frequent)


def _components(summary, tr):
    sizes = np.bincount(summary.component)[1:]
    shown = sizes[: min(_COMPONENTS, int((sizes > 1).sum()))].tolist()
    pieces = [
        heading(tr("Components")),
        paragraph(
            tr("{} components, {} of them of one parcel alone.").format(
                summary.components, int((sizes == 1).sum())
            )
        ),
    ]
    if shown:
        pieces.append(
            figure(
                charts.bars([str(place + 1) for place in range(len(shown))], shown, 0),
                tr("Parcels of the largest components of more than one parcel, at most {}.").format(
                    _COMPONENTS
                ),
            )
        )
    return pieces


def _meaning(tr):
    return definitions(
        (
            (tr("link"), tr("A parcel counts another one as a neighbour; each direction is a link.")),
            (
                tr("symmetric links, %"),
                tr("Links whose reverse is a link too: 100 for bands and contiguity, less for k nearest."),
            ),
            (
                tr("component"),
                tr("Parcels that hang together by links, whatever their direction; 1 is the largest."),
            ),
            (
                tr("island"),
                tr(
                    "A parcel that has no neighbour itself: it has no local result. It may still be a "
                    "neighbour of another one."
                ),
            ),
        )
    )
