"""Which share of a parcel lies within a walk of a facility, by points of a grid.

Distances are metres along the network, or straight lines times a detour factor. The shortest
paths themselves are QGIS' (see ``street_network``); here points are laid into parcels and onto
the sides of the network.
"""

from dataclasses import dataclass

import numpy as np

from ..autocorrelation._arrays import BLOCK, part, ranges, report, row_starts
from ..errors import ParcelDataError

FEWEST = 9
MOST = 50_000_000
"""Points that take about 4 GB while they are laid."""
_HALVINGS = 40
_FIRST_REACH = 1 / 8
"""Of the limit: how far the nearest segments are looked for first."""


@dataclass(frozen=True, eq=False)
class GridPoints:
    """Points of a grid inside polygons: x, y, (p,) float, and the polygon of each, (p,) int64, ascending."""

    x: np.ndarray
    y: np.ndarray
    site: np.ndarray


@dataclass(frozen=True, eq=False)
class Snapped:
    """Points on the nearest of some segments.

    segment : (p,) int64, -1 where none is near enough
    share : (p,) float, 0 at the first end of the segment and 1 at the second
    distance : (p,) float, metres from the point; infinite where none is near enough
    """

    segment: np.ndarray
    share: np.ndarray
    distance: np.ndarray


def grid_points(boundaries, spacing):
    """Lay a square grid into polygons; a small polygon gets a denser one.

    Parameters
    ----------
    boundaries : Boundaries
        Polygons; a point is inside by the even-odd rule.
    spacing : float
        Distance of the points, in units of the coordinates; halved for a polygon until it
        has nine points.

    Returns
    -------
    GridPoints
        None for a polygon without area.

    Raises
    ------
    ParcelDataError
        There would be more points than fit into memory.
    """
    start, size = boundaries.ring_start[:-1], np.diff(boundaries.ring_start)
    first = ranges(start, size)
    following = ranges(start + 1, size)
    # the side behind the last vertex of a ring goes back to its first
    following[np.cumsum(size)[size > 0] - 1] = start[size > 0]
    ax, ay = boundaries.xy[first].T
    bx, by = boundaries.xy[following].T
    of_side = np.repeat(boundaries.site, size)
    step = np.full(boundaries.n, float(spacing))
    found = []
    wanting = np.ones(boundaries.n, dtype=bool)
    for _ in range(_HALVINGS):
        side = np.flatnonzero(wanting[of_side])
        site, x, y = _inside(ax[side], ay[side], bx[side], by[side], of_side[side], step)
        enough = np.bincount(site, minlength=boundaries.n) >= FEWEST
        kept = enough[site]
        found.append((site[kept], x[kept], y[kept]))
        wanting &= ~enough
        step[wanting] /= 2
        # below a thousandth of the grid only polygons without area are left
        if not wanting.any() or step[wanting].max() < spacing / 1024:
            break
    site, x, y = (np.concatenate(part_of) for part_of in zip(*found, strict=True))
    order = np.argsort(site, kind="stable")
    return GridPoints(x[order], y[order], site[order])


def nearest_segments(x, y, segments, limit, progress=None):
    """Nearest segment of each point, where one is within a limit.

    Parameters
    ----------
    x, y : (p,) float
        Points.
    segments : (s, 4) float
        Ends of the segments: ax, ay, bx, by; both ends may be one point.
    limit : float
        Distance beyond which nothing counts, in units of the coordinates.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    Snapped
        Of equally near segments the first.
    """
    result = Snapped(np.full(x.size, -1), np.zeros(x.size), np.full(x.size, np.inf))
    if not len(segments) or not x.size:
        return result
    reach, left = limit * _FIRST_REACH, np.arange(x.size)
    rounds = round(-np.log2(_FIRST_REACH)) + 1
    for turn in range(rounds):
        step = part(progress, turn / rounds, (turn + 1) / rounds)
        found = _within_cells(x[left], y[left], segments, reach, step)
        near = found.distance <= reach
        for name in ("segment", "share", "distance"):
            getattr(result, name)[left[near]] = getattr(found, name)[near]
        left, reach = left[~near], min(reach * 2, limit)
        if not left.size:
            break
    return result


def walk_distances(points, facilities, ends, lengths, to_vertex):
    """Walking distance from points on a network to the nearest facility on it.

    Parameters
    ----------
    points, facilities : Snapped
        On the same segments.
    ends : (s, 2) int
        Vertices at the ends of the segments.
    lengths : (s,) float
        Metres.
    to_vertex : (v,) float
        Distance of each vertex from its nearest facility, metres, the facility's way to the
        network included; infinite without a way.

    Returns
    -------
    (p,) float
        Metres with the ways to the network at both ends; infinite without a way.
    """
    result = np.full(points.segment.size, np.inf)
    on = np.flatnonzero(points.segment >= 0)
    segment, share, away = points.segment[on], points.share[on], points.distance[on]
    length = lengths[segment]
    first, second = to_vertex[ends[segment, 0]], to_vertex[ends[segment, 1]]
    result[on] = away + np.minimum(first + share * length, second + (1 - share) * length)
    # a facility on the very segment need not be reached over one of its ends
    own = np.flatnonzero(facilities.segment >= 0)
    own = own[np.argsort(facilities.segment[own], kind="stable")]
    of_segment = facilities.segment[own]
    begin, end = np.searchsorted(of_segment, segment), np.searchsorted(of_segment, segment, "right")
    count = end - begin
    point = np.repeat(np.arange(on.size), count)
    facility = own[ranges(begin, count)]
    direct = np.abs(share[point] - facilities.share[facility]) * length[point]
    direct += away[point] + facilities.distance[facility]
    np.minimum.at(result, on[point], direct)
    return result


def covered_share(points, covered, n):
    """Share of each polygon's points that are covered, (n,) float from 0 to 1, NaN without points."""
    total = np.bincount(points.site, minlength=n)
    hits = np.bincount(points.site[covered], minlength=n)
    return np.divide(hits, total, out=np.full(n, np.nan), where=total > 0)


def _inside(ax, ay, bx, by, of_side, step):
    """Grid points inside polygons: their polygon, x and y; rows and columns of points lie half a step in."""
    h = step[of_side]
    low, high = np.minimum(ay, by), np.maximum(ay, by)
    # rows y = (k + 1/2) h with low <= y < high: a vertex on a row counts for one of its sides only
    begin = np.ceil(low / h - 0.5).astype(np.int64)
    count = _checked(np.ceil(high / h - 0.5).astype(np.int64) - begin)
    side = np.repeat(np.arange(ax.size), count)
    row = ranges(begin, count)
    y = (row + 0.5) * h[side]
    x = ax[side] + (y - ay[side]) * (bx[side] - ax[side]) / (by[side] - ay[side])
    site = of_side[side]
    order = np.lexsort((x, row, site))
    # the crossings of a row come in pairs: in, out
    enter, leave = x[order[::2]], x[order[1::2]]
    site, y = site[order[::2]], y[order[::2]]
    h = step[site]
    begin = np.ceil(enter / h - 0.5).astype(np.int64)
    count = _checked(np.maximum(np.ceil(leave / h - 0.5).astype(np.int64) - begin, 0))
    h = np.repeat(h, count)
    return np.repeat(site, count), (ranges(begin, count) + 0.5) * h, np.repeat(y, count)


def _checked(count):
    """Numbers of points, once they are known to fit into memory."""
    if count.sum() > MOST:
        raise ParcelDataError(
            "The parcels are so large that they would take {} million points: is their coordinate reference "
            "system right? If so, choose a wider spacing of the points.",
            int(count.sum() // 1_000_000),
        )
    return count


def _within_cells(x, y, segments, reach, progress):
    """Nearest segments as far as those of the cells around a point tell; all within ``reach`` are told."""
    ax, ay, bx, by = segments.T
    west, south = min(x.min(), ax.min(), bx.min()), min(y.min(), ay.min(), by.min())
    columns = int((max(x.max(), ax.max(), bx.max()) - west) // reach) + 3
    # every segment stands in all cells of its box, every point looks into the nine around it
    low = [((np.minimum(a, b) - origin) // reach).astype(np.int64) + 1 for a, b, origin in
           ((ax, bx, west), (ay, by, south))]  # fmt: skip
    high = [((np.maximum(a, b) - origin) // reach).astype(np.int64) + 1 for a, b, origin in
            ((ax, bx, west), (ay, by, south))]  # fmt: skip
    wide, tall = high[0] - low[0] + 1, high[1] - low[1] + 1
    segment = np.repeat(np.arange(ax.size), wide * tall)
    at = ranges(np.zeros(ax.size, dtype=np.int64), wide * tall)
    cell = (low[1][segment] + at // wide[segment]) * columns + low[0][segment] + at % wide[segment]
    order = np.argsort(cell, kind="stable")
    cell, segment = cell[order], segment[order]
    own = (((y - south) // reach).astype(np.int64) + 1) * columns + ((x - west) // reach).astype(np.int64) + 1
    result = Snapped(np.full(x.size, -1), np.zeros(x.size), np.full(x.size, np.inf))
    around = [dy * columns + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    for turn, shift in enumerate(around):
        begin, end = np.searchsorted(cell, own + shift), np.searchsorted(cell, own + shift, "right")
        starts = row_starts(end - begin)
        first = 0
        while first < x.size:
            stop = max(first + 1, int(np.searchsorted(starts, starts[first] + BLOCK, "right")) - 1)
            _improve(result, x, y, segments, segment, begin, end, slice(first, stop))
            first = stop
            report(progress, (turn + first / x.size) / len(around))
    return result


def _improve(result, x, y, segments, segment, begin, end, some):
    """Take the nearest candidate of some points where it is nearer than what they have."""
    count = end[some] - begin[some]
    has = np.flatnonzero(count)
    if not has.size:
        return
    point = np.repeat(np.arange(some.start, some.stop), count)
    candidate = segment[ranges(begin[some], count)]
    ax, ay, bx, by = segments[candidate].T
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    along = (x[point] - ax) * dx + (y[point] - ay) * dy
    share = np.clip(np.divide(along, square, out=np.zeros(square.size), where=square > 0), 0.0, 1.0)
    distance = np.hypot(ax + share * dx - x[point], ay + share * dy - y[point])
    starts = row_starts(count)[:-1][has]
    least = np.minimum.reduceat(distance, starts)
    owner = np.repeat(np.arange(has.size), count[has])
    best = np.flatnonzero(distance == least[owner])
    # of equally near ones the first: np.unique keeps the first of each owner
    owners, at = np.unique(owner[best], return_index=True)
    best = best[at]
    target = some.start + has[owners]
    nearer = (distance[best] < result.distance[target]) | (
        (distance[best] == result.distance[target]) & (candidate[best] < result.segment[target])
    )
    result.segment[target[nearer]] = candidate[best[nearer]]
    result.share[target[nearer]] = share[best[nearer]]
    result.distance[target[nearer]] = distance[best[nearer]]
