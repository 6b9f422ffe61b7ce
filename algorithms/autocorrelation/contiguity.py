"""Neighbours of polygons: contiguity (touching, or at most a tolerance apart) and rook.

Distances that differ by less than the rounding of the coordinates count as equal: a vertex
put on another parcel's side is, once rounded, almost never exactly on it.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ._arrays import (
    BLOCK,
    differs_from_previous,
    joined,
    places,
    ranges,
    report,
    rounding_of,
    row_starts,
)
from .spatial_weights import SpatialWeights

ROOK_COSINE = np.sqrt(0.75)
ROOK_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Boundaries of polygons as rings in flat arrays.

    Parameters
    ----------
    xy : (v, 2) float64
        Vertices, ring after ring; rings may repeat their first vertex at the end or not.
    ring_start : (r + 1,) int64
        Ring k has the vertices ``ring_start[k]:ring_start[k + 1]``.
    site : (r,) int64
        Site that each ring belongs to: one ring per part and per hole, none for an empty
        geometry.
    n : int
        Number of sites.
    """

    xy: np.ndarray
    ring_start: np.ndarray
    site: np.ndarray
    n: int

    def subset(self, keep):
        """The boundaries of some of the sites, renumbered in their order.

        Parameters
        ----------
        keep : (n,) bool
            The sites that stay.

        Returns
        -------
        Boundaries
        """
        stays = keep[self.site]
        size = np.diff(self.ring_start)[stays]
        number = np.cumsum(keep, dtype=np.int64) - 1
        return Boundaries(
            xy=self.xy[ranges(self.ring_start[:-1][stays], size)],
            ring_start=row_starts(size),
            site=number[self.site[stays]],
            n=int(np.count_nonzero(keep)),
        )


def contiguity(boundaries, tolerance=0.0, groups=None, progress=None):
    """Sites whose polygons are at most a tolerance apart.

    With tolerance 0 these are the polygons that touch in a point or a line (queen), or
    overlap. A vertex on another polygon's side touches it, and a polygon inside another one
    is its neighbour. The same pairs as GEOS ``dwithin``, except for distances that equal the
    tolerance but for rounding: these count.

    Parameters
    ----------
    boundaries : Boundaries
        Polygons.
    tolerance : float
        Largest gap between neighbours, in units of the coordinates.
    groups : (n,) int, optional
        District of each site: neighbours are of the same district.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    SpatialWeights
        Binary, symmetric.

    Raises
    ------
    ParcelDataError
        If the tolerance is not a number of at least 0.
    """
    reach, rounding = _reach(boundaries, tolerance)
    outlines, sides = _outlines_and_sides(boundaries, progress)
    pairs = _Pairs(boundaries.n, groups)
    _pair_runs(pairs, outlines.place[outlines.order], outlines.site[outlines.order])
    report(progress, 0.2)
    for u, v in _close_sides(sides, reach + rounding, skip_joined=True, progress=_part(progress, 0.2, 0.8)):
        touching = _separation(sides, u, v) <= reach
        i, j, _ = _owner_pairs(sides, u[touching], v[touching])
        pairs.add(i, j)
    _add_enclosed(pairs, outlines, _part(progress, 0.8, 1.0))
    report(progress, 1.0)
    return pairs.weights()


def rook(boundaries, tolerance=0.0, groups=None, progress=None):
    """Sites whose boundaries share more than points.

    With tolerance 0 a piece of one boundary lies on a side of the other. With a tolerance,
    sides that differ in direction by less than 30 degrees share the length along which they
    run within the tolerance of each other; it must add up to more than the tolerance or, if
    that is less, 1 % of the shorter perimeter, since corners are within the tolerance of each
    other over such a length.

    Parameters
    ----------
    boundaries : Boundaries
        Polygons.
    tolerance : float
        Largest gap between neighbours, in units of the coordinates.
    groups : (n,) int, optional
        District of each site: neighbours are of the same district.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    SpatialWeights
        Binary, symmetric.

    Raises
    ------
    ParcelDataError
        If the tolerance is not a number of at least 0.
    """
    reach, rounding = _reach(boundaries, tolerance)
    n = boundaries.n
    _, sides = _outlines_and_sides(boundaries, progress)
    pairs = _Pairs(n, groups)
    owners = np.diff(sides.owner_start)
    length = np.hypot(sides.bx - sides.ax, sides.by - sides.ay)
    # a vertex given twice makes a side of no length
    side = np.repeat(np.arange(owners.size), owners)
    proper = length[side] > 0
    _pair_runs(pairs, side[proper], sides.owner[proper])
    report(progress, 0.2)
    met, shared = [], []
    for u, v in _close_sides(sides, reach + rounding, skip_joined=False, progress=_part(progress, 0.2, 1.0)):
        pair = np.minimum(u, v), np.maximum(u, v)
        piece = _shared_length(sides, length, pair, reach, whole=tolerance == 0)
        some = piece > 2 * rounding
        met.append(pair[0][some] * length.size + pair[1][some])
        shared.append(piece[some])
    # sides that pass several strips together meet in each
    met, first = np.unique(joined(met), return_index=True)
    shared = joined(shared, np.float64)[first]
    i, j, source = _owner_pairs(sides, met // max(1, length.size), met % max(1, length.size))
    key, kept = pairs.keys(i, j)
    key, total = _sum_by_key(key, shared[source[kept]])
    if tolerance > 0:
        perimeter = np.bincount(sides.owner, weights=np.repeat(length, owners), minlength=n)
        shorter = np.minimum(perimeter[key // n], perimeter[key % n])
        key = key[total > np.minimum(tolerance, ROOK_SHARE * shorter)]
    pairs.add_keys(key)
    report(progress, 1.0)
    return pairs.weights()


@dataclass(frozen=True, eq=False)
class _Outlines:
    """Vertices of all rings, each once; ``place`` is the same for vertices at the same place."""

    x: np.ndarray
    y: np.ndarray
    following: np.ndarray
    site: np.ndarray
    place: np.ndarray
    order: np.ndarray
    ring_start: np.ndarray
    ring_site: np.ndarray


@dataclass(frozen=True, eq=False)
class _Sides:
    """Distinct sides (from a to b) with the places of their ends and the sites that own them."""

    ax: np.ndarray
    ay: np.ndarray
    bx: np.ndarray
    by: np.ndarray
    from_place: np.ndarray
    to_place: np.ndarray
    owner_start: np.ndarray
    owner: np.ndarray


class _Pairs:
    """Collects pairs of sites as keys i * n + j with i < j."""

    def __init__(self, n, groups):
        self.n = n
        self.groups = None if groups is None else np.asarray(groups)
        self.found = [np.zeros(0, dtype=np.int64)]
        self.pending = 0

    def keys(self, i, j):
        """Keys of the pairs that may be neighbours, and which pairs these are."""
        kept = i != j
        if self.groups is not None:
            kept &= self.groups[i] == self.groups[j]
        i, j = i[kept], j[kept]
        return np.minimum(i, j) * self.n + np.maximum(i, j), kept

    def add(self, i, j):
        self.add_keys(self.keys(i, j)[0])

    def add_keys(self, keys):
        self.found.append(keys)
        self.pending += keys.size
        if self.pending > max(8 * BLOCK, self.found[0].size):
            self.merge()

    def merge(self):
        if self.pending:
            self.found = [_distinct(joined(self.found))]
            self.pending = 0

    def missing(self, i, j):
        """Which of the pairs may be neighbours and are not among those found."""
        self.merge()
        keys, kept = self.keys(i, j)
        kept[kept] = ~_contains(self.found[0], keys)
        return kept

    def weights(self):
        self.merge()
        i = self.found[0] // self.n
        j = self.found[0] - i * self.n
        after = np.bincount(i, minlength=self.n)
        before = np.bincount(j, minlength=self.n)
        starts = row_starts(before + after)
        indices = np.empty(2 * i.size, dtype=np.int64)
        indices[ranges(starts[:-1] + before, after)] = j
        # stable: the sites before j in ascending order
        indices[ranges(starts[:-1], before)] = i[np.argsort(j, kind="stable")]
        return SpatialWeights(starts, indices, np.ones(indices.size))


def _reach(boundaries, tolerance):
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise ParcelDataError("The gap tolerance is {}: choose 0 or a positive distance.", tolerance)
    rounding = rounding_of(boundaries.xy)
    return tolerance + rounding, rounding


def _outlines_and_sides(boundaries, progress):
    outlines = _outlines(boundaries)
    report(progress, 0.1)
    sides = _sides(outlines)
    report(progress, 0.15)
    return outlines, sides


def _outlines(boundaries):
    xy = np.asarray(boundaries.xy, dtype=np.float64)
    start = np.asarray(boundaries.ring_start, dtype=np.int64)
    size = np.diff(start)
    ring = np.repeat(np.arange(size.size), size)
    broken = np.zeros(size.size, dtype=bool)
    broken[ring[~np.isfinite(xy).all(axis=1)]] = True
    keep = ~broken[ring]
    last = start[1:][size > 1] - 1
    first = start[:-1][size > 1]
    keep[last[(xy[last] == xy[first]).all(axis=1)]] = False
    ring = ring[keep]
    x, y = np.ascontiguousarray(xy[keep].T)
    size = np.bincount(ring, minlength=size.size)
    start = row_starts(size)
    following = np.arange(1, x.size + 1)
    following[start[1:][size > 0] - 1] = start[:-1][size > 0]
    place, order = places(x, y)
    ring_site = np.asarray(boundaries.site, dtype=np.int64)
    filled = size > 0
    return _Outlines(
        x=x,
        y=y,
        following=following,
        site=ring_site[ring],
        place=place,
        order=order,
        ring_start=start[np.append(filled, True)],
        ring_site=ring_site[filled],
    )


def _sides(outlines):
    first, second = outlines.place, outlines.place[outlines.following]
    low, high = np.minimum(first, second), np.maximum(first, second)
    key = low * (first.max(initial=0) + 1) + high
    order = np.argsort(key)
    fresh = np.flatnonzero(differs_from_previous(key[order]))
    a = order[fresh]
    b = outlines.following[a]
    return _Sides(
        outlines.x[a],
        outlines.y[a],
        outlines.x[b],
        outlines.y[b],
        first[a],
        second[a],
        np.append(fresh, order.size),
        outlines.site[order],
    )


def _pair_runs(pairs, run, site):
    """Add all pairs of sites within each run of equal values of ``run``."""
    here = np.flatnonzero(run[1:] == run[:-1])
    step = 1
    while here.size:
        pairs.add(site[here], site[here + step])
        step += 1
        here = here[here + step < run.size]
        here = here[run[here + step] == run[here]]


def _owner_pairs(sides, u, v):
    """Owners of sides u with owners of sides v, and the position in u of the pair they are from."""
    start_u, start_v = sides.owner_start[u], sides.owner_start[v]
    count_v = sides.owner_start[v + 1] - start_v
    times = (sides.owner_start[u + 1] - start_u) * count_v
    source = np.repeat(np.arange(times.size), times)
    within = ranges(0, times)
    i = sides.owner[start_u[source] + within // count_v[source]]
    j = sides.owner[start_v[source] + within % count_v[source]]
    return i, j, source


def _close_sides(sides, reach, skip_joined, progress):
    """Blocks of pairs (u, v) of sides whose boxes are at most ``reach`` apart.

    The plane is cut into strips; within a strip the pieces of sides are sorted by their left
    end, and each meets those that begin before it ends. A pair comes once for each strip that
    both sides pass.
    """
    if sides.ax.size == 0:
        return
    half = reach / 2
    low_y = np.minimum(sides.ay, sides.by) - half
    high_y = np.maximum(sides.ay, sides.by) + half
    bottom = low_y.min()
    height = max((high_y - low_y).mean(), (high_y.max() - bottom) / 2**21, np.finfo(float).tiny)
    first = np.floor((low_y - bottom) / height).astype(np.int64)
    count = np.floor((high_y - bottom) / height).astype(np.int64) - first + 1
    side = np.repeat(np.arange(count.size, dtype=np.int64), count)
    strip = ranges(first, count)
    left = np.minimum(sides.ax, sides.bx)[side]
    right = np.maximum(sides.ax, sides.bx)[side]
    cut = np.flatnonzero(count[side] > 1)
    floor = bottom + strip[cut] * height
    left[cut], right[cut] = _between(sides, side[cut], floor - half, floor + height + half)
    left -= half
    right += half
    origin, width = left.min(), (right.max() - left.min()) or 1.0
    # strip number plus at most a half for the place along it: one key sorts by both
    begin = strip + (left - origin) / (2 * width)
    slack = 4 * np.spacing(begin.max() + 1)
    order = np.argsort(begin)
    side, strip = side[order], strip[order]
    end = strip + (right[order] - origin) / (2 * width) + slack
    meets = np.searchsorted(begin[order], end, side="right") - np.arange(1, side.size + 1)
    low_y, high_y = low_y[side], high_y[side]
    for first, stop in _blocks(meets, progress):
        count = meets[first:stop]
        p = np.repeat(np.arange(first, stop), count)
        q = ranges(np.arange(first + 1, stop + 1), count)
        near = (low_y[p] <= high_y[q]) & (low_y[q] <= high_y[p])
        u, v = side[p[near]], side[q[near]]
        other = u != v
        if skip_joined:
            for end_u in (sides.from_place[u], sides.to_place[u]):
                other &= (end_u != sides.from_place[v]) & (end_u != sides.to_place[v])
        yield u[other], v[other]


def _between(sides, u, low, high):
    """Left and right end of the part of sides u between the heights low and high."""
    rise = sides.by[u] - sides.ay[u]
    run = sides.bx[u] - sides.ax[u]
    level = rise == 0
    rise[level] = 1.0
    enter = np.where(level, 0.0, np.clip((low - sides.ay[u]) / rise, 0, 1)) * run
    leave = np.where(level, 1.0, np.clip((high - sides.ay[u]) / rise, 0, 1)) * run
    return sides.ax[u] + np.minimum(enter, leave), sides.ax[u] + np.maximum(enter, leave)


def _separation(sides, u, v):
    """Distance of side u to side v."""
    a = sides.ax[u], sides.ay[u]
    b = sides.bx[u], sides.by[u]
    c = sides.ax[v], sides.ay[v]
    d = sides.bx[v], sides.by[v]
    square = _squared_distance(a, c, d)
    np.minimum(square, _squared_distance(b, c, d), out=square)
    np.minimum(square, _squared_distance(c, a, b), out=square)
    np.minimum(square, _squared_distance(d, a, b), out=square)
    crossing = (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)
    square[crossing] = 0.0
    return np.sqrt(square)


def _squared_distance(p, a, b):
    """Squared distance of points p to the segments from a to b."""
    ex, ey = b[0] - a[0], b[1] - a[1]
    wx, wy = p[0] - a[0], p[1] - a[1]
    square = ex * ex + ey * ey
    along = np.clip((wx * ex + wy * ey) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return (wx - along * ex) ** 2 + (wy - along * ey) ** 2


def _turn(a, b, p):
    """1 where p is left of the line from a to b, -1 right, 0 on it."""
    return np.sign((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]))


def _shared_length(sides, length, pair, reach, whole):
    """Length along which the sides of each pair run within reach of each other.

    With ``whole`` it counts only if they do so wherever they face each other: else sides that
    meet at an angle would share the piece by which the angle opens to the rounding.
    """
    u, v = pair
    swap = length[u] < length[v]
    u, v = np.where(swap, v, u), np.where(swap, u, v)
    base = length[u]
    some = (base > 0) & (length[v] > 0)
    base = np.where(some, base, 1.0)
    ex, ey = (sides.bx[u] - sides.ax[u]) / base, (sides.by[u] - sides.ay[u]) / base
    cx, cy = sides.ax[v] - sides.ax[u], sides.ay[v] - sides.ay[u]
    dx, dy = sides.bx[v] - sides.ax[u], sides.by[v] - sides.ay[u]
    from_s, to_s = cx * ex + cy * ey, dx * ex + dy * ey
    from_d, to_d = cy * ex - cx * ey, dy * ex - dx * ey
    advance = to_s - from_s
    some &= np.abs(advance) > ROOK_COSINE * length[v]
    slope = (to_d - from_d) / np.where(some, advance, 1.0)
    low = np.maximum(np.minimum(from_s, to_s), 0.0)
    high = np.minimum(np.maximum(from_s, to_s), base)
    at_low, at_high = from_d + slope * (low - from_s), from_d + slope * (high - from_s)
    if whole:
        some &= (np.abs(at_low) <= reach) & (np.abs(at_high) <= reach)
    else:
        parallel = slope == 0
        some &= ~parallel | (np.abs(at_low) <= reach)
        tilt = np.where(parallel, 1.0, slope)
        one, other = low + (reach - at_low) / tilt, low - (reach + at_low) / tilt
        low = np.where(parallel, low, np.maximum(low, np.minimum(one, other)))
        high = np.where(parallel, high, np.minimum(high, np.maximum(one, other)))
    return np.where(some, np.maximum(high - low, 0.0), 0.0)


def _add_enclosed(pairs, outlines, progress):
    """Add the sites that lie inside others without coming near their boundaries.

    A ring that keeps away from a polygon's boundary is inside as a whole or not at all, so one
    of its vertices tells.
    """
    start = outlines.ring_start
    if start.size < 2:
        return
    low = np.column_stack([np.minimum.reduceat(c, start[:-1]) for c in (outlines.x, outlines.y)])
    high = np.column_stack([np.maximum.reduceat(c, start[:-1]) for c in (outlines.x, outlines.y)])
    rings, sites = [], []
    for inner, outer in _nested_boxes(low, high):
        site = outlines.ring_site[outer]
        missing = pairs.missing(outlines.ring_site[inner], site)
        rings.append(inner[missing])
        sites.append(site[missing])
    rings, sites = joined(rings), joined(sites)
    key = _distinct(rings * pairs.n + sites)
    rings = key // pairs.n
    sites = key - rings * pairs.n
    inside = _inside(outlines, start[rings], sites, progress)
    pairs.add(outlines.ring_site[rings[inside]], sites[inside])


def _nested_boxes(low, high):
    """Blocks of (inner, outer) boxes, the inner strictly inside the outer.

    Boxes are put by size into grids whose cells double, so that none covers more than four.
    """
    size = (high - low).max(axis=1)
    extent = (high.max(axis=0) - low.min(axis=0)).max()
    if extent <= 0:
        return
    level = np.ceil(np.log2(np.maximum(size / extent, 2.0**-20))).astype(np.int64)
    origin = low.min(axis=0)
    for this in np.unique(level):
        cell = extent * 2.0**this * (1 + 1e-9)
        columns = int(2.0**-this) + 2
        outer = np.flatnonzero(level == this)
        inner = np.flatnonzero(level <= this)
        first = np.floor((low[outer] - origin) / cell).astype(np.int64)
        last = np.floor((high[outer] - origin) / cell).astype(np.int64)
        corners = np.concatenate(
            [
                (x * columns + y) * outer.size
                for x in (first[:, 0], last[:, 0])
                for y in (first[:, 1], last[:, 1])
            ]
        )
        corners += np.tile(np.arange(outer.size), 4)
        corners = _distinct(corners)
        cells = corners // outer.size
        owner = outer[corners - cells * outer.size]
        at = np.floor((low[inner] - origin) / cell).astype(np.int64)
        at = at[:, 0] * columns + at[:, 1]
        begin = np.searchsorted(cells, at)
        count = np.searchsorted(cells, at, side="right") - begin
        for start, stop in _blocks(count, None):
            a = np.repeat(inner[start:stop], count[start:stop])
            b = owner[ranges(begin[start:stop], count[start:stop])]
            nested = (low[a] > low[b]).all(axis=1) & (high[a] < high[b]).all(axis=1)
            yield a[nested], b[nested]


def _inside(outlines, vertex, site, progress):
    """Whether vertices are inside the polygons of sites, by the number of sides to their right."""
    inside = np.zeros(vertex.size, dtype=bool)
    if vertex.size == 0:
        return inside
    wanted = np.zeros(max(site.max(), outlines.site.max()) + 1, dtype=bool)
    wanted[site] = True
    a = np.flatnonzero(wanted[outlines.site])
    b = outlines.following[a]
    ax, ay, bx, by = outlines.x[a], outlines.y[a], outlines.x[b], outlines.y[b]
    bottom = np.minimum(ay, by).min()
    height = max(np.abs(by - ay).mean(), (np.maximum(ay, by).max() - bottom) / 2**21)
    first = np.floor((np.minimum(ay, by) - bottom) / height).astype(np.int64)
    count = np.floor((np.maximum(ay, by) - bottom) / height).astype(np.int64) - first + 1
    strips = int((first + count).max())
    side = np.repeat(np.arange(a.size), count)
    shelf = outlines.site[a][side] * strips + ranges(first, count)
    order = np.argsort(shelf)
    shelf, side = shelf[order], side[order]
    px, py = outlines.x[vertex], outlines.y[vertex]
    at = site * strips + np.floor((py - bottom) / height).astype(np.int64)
    begin = np.searchsorted(shelf, at)
    meets = np.searchsorted(shelf, at, side="right") - begin
    for start, stop in _blocks(meets, progress):
        p = np.repeat(np.arange(start, stop), meets[start:stop])
        s = side[ranges(begin[start:stop], meets[start:stop])]
        spans = (ay[s] > py[p]) != (by[s] > py[p])
        p, s = p[spans], s[spans]
        right = ax[s] + (py[p] - ay[s]) / (by[s] - ay[s]) * (bx[s] - ax[s]) > px[p]
        inside[start:stop] = np.bincount(p[right] - start, minlength=stop - start) % 2 == 1
    return inside


def _blocks(count, progress):
    """Ranges (first, stop) of items whose counts add up to about ``BLOCK``."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if ends.size else 0
    first = 0
    while first < ends.size:
        done = int(ends[first - 1]) if first else 0
        stop = max(first + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        yield first, stop
        first = stop
        report(progress, ends[stop - 1] / max(1, total))


def _distinct(keys):
    keys = np.sort(keys)
    return keys[differs_from_previous(keys)]


def _contains(sorted_keys, keys):
    if sorted_keys.size == 0:
        return np.zeros(keys.size, dtype=bool)
    at = np.minimum(np.searchsorted(sorted_keys, keys), sorted_keys.size - 1)
    return sorted_keys[at] == keys


def _sum_by_key(keys, values):
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(differs_from_previous(keys))
    if starts.size == 0:
        return keys, values
    return keys[starts], np.add.reduceat(values[order], starts)


def _part(progress, start, stop):
    """``progress`` for the part of the work between two fractions."""
    return None if progress is None else lambda fraction: progress(start + (stop - start) * fraction)
