"""Neighbours of polygons: contiguity (touching, or at most a tolerance apart) and rook.

Distances that differ by less than the rounding of the coordinates count as equal: a vertex
put on another parcel's side is, once rounded, almost never exactly on it.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ._arrays import (
    BLOCK,
    by_place,
    differs_from_previous,
    joined,
    part,
    places,
    ranges,
    report,
    rounding_of,
    row_starts,
)
from .outlines import (
    PIECE_BLOCK,
    Boundaries,
    Outlines,
    Pieces,
    blocks,
    contains,
    distinct,
    meeting_boxes,
)
from .spatial_weights import SpatialWeights

__all__ = ["Boundaries", "contiguity", "rook"]

ROOK_COSINE = np.sqrt(0.75)
ROOK_SHARE = 0.01


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
    report(progress, 0.03)
    outlines = Outlines.of(boundaries)
    report(progress, 0.1)
    pairs = _Pairs(boundaries.n, groups)
    order, fresh = by_place(outlines.x, outlines.y)
    report(progress, 0.15)
    _pair_runs(pairs, fresh, outlines.site[order], part(progress, 0.15, 0.18))
    pieces = Pieces.of(outlines)
    report(progress, 0.2)
    _add_near(pairs, pieces, reach, rounding, part(progress, 0.2, 0.8))
    rings, sites = _nested(pieces, part(progress, 0.8, 0.9))
    _add_enclosed(pairs, outlines, rings, sites, part(progress, 0.9, 1.0))
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
    sides = _sides(Outlines.of(boundaries), part(progress, 0.0, 0.15))
    report(progress, 0.15)
    pairs = _Pairs(n, groups)
    owners = np.diff(sides.owner_start)
    length = np.hypot(sides.bx - sides.ax, sides.by - sides.ay)
    # a vertex given twice makes a side of no length
    side = np.repeat(np.arange(owners.size), owners)
    proper = length[side] > 0
    _pair_runs(pairs, differs_from_previous(side[proper]), sides.owner[proper], part(progress, 0.15, 0.2))
    report(progress, 0.2)
    met, shared = [], []
    for u, v in _close_sides(sides, reach + rounding, part(progress, 0.2, 1.0)):
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
class _Sides:
    """Distinct sides (from a to b) with the sites that own them."""

    ax: np.ndarray
    ay: np.ndarray
    bx: np.ndarray
    by: np.ndarray
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
            self.found = [distinct(joined(self.found))]
            self.pending = 0

    def merged(self):
        """(p,) int64: keys found so far, ascending."""
        self.merge()
        return self.found[0]

    def missing(self, i, j, known):
        """Which of the pairs may be neighbours and are not among the known keys."""
        keys, kept = self.keys(i, j)
        kept[kept] = ~contains(known, keys)
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


def _sides(outlines, progress):
    report(progress, 0.2)
    first, _ = places(outlines.x, outlines.y)
    report(progress, 0.5)
    second = first[outlines.following]
    low, high = np.minimum(first, second), np.maximum(first, second)
    key = low * (first.max(initial=0) + 1) + high
    report(progress, 0.6)
    order = np.argsort(key)
    report(progress, 0.8)
    fresh = np.flatnonzero(differs_from_previous(key[order]))
    a = order[fresh]
    b = outlines.following[a]
    return _Sides(
        outlines.x[a],
        outlines.y[a],
        outlines.x[b],
        outlines.y[b],
        np.append(fresh, order.size),
        outlines.site[order],
    )


def _pair_runs(pairs, fresh, site, progress):
    """Add all pairs of sites within each run; ``fresh`` marks where one begins."""
    here = np.flatnonzero(~fresh) - 1
    step = 1
    while here.size:
        pairs.add(site[here], site[here + step])
        report(progress, 1 - 1 / step)
        step += 1
        here = here[here + step < fresh.size]
        here = here[~fresh[here + step]]


def _add_near(pairs, pieces, reach, rounding, progress):
    """Add the sites of which pieces are within reach."""
    touching = pairs.merged()
    report(progress, 0.0)
    if pieces.ring.size == 0:
        return
    height = (pieces.high[1] - pieces.low[1]).mean() + reach
    for one, two in meeting_boxes(pieces.low, pieces.high, reach + rounding, height, progress):
        i, j = pieces.site[one], pieces.site[two]
        other = np.flatnonzero(i != j)
        unknown = other[pairs.missing(i[other], j[other], touching)]
        if unknown.size == 0:
            continue
        near = unknown[pieces.gap(one[unknown], two[unknown]) <= reach + rounding]
        for start in range(0, near.size, PIECE_BLOCK):
            block = near[start : start + PIECE_BLOCK]
            k, distance = pieces.distances(one[block], two[block], reach + rounding)
            k = block[k[distance <= reach]]
            pairs.add(i[k], j[k])


def _nested(pieces, progress):
    """Rings whose box is inside that of a ring of another site, and the sites of these rings.

    The plane is cut into strips; in each, the left ends of the boxes' bottoms are sorted, and
    each box asks for those between its left and its right side.
    """
    begin = np.flatnonzero(differs_from_previous(pieces.ring))
    ring, site = pieces.ring[begin], pieces.site[begin]
    if ring.size == 0:
        return ring, site
    low = np.minimum.reduceat(pieces.low, begin, axis=1)
    high = np.maximum.reduceat(pieces.high, begin, axis=1)
    x, y = low[:2]
    floor, origin = y.min(), x.min()
    height = max((high[1] - y).mean(), (high[1].max() - floor) / 2**21, np.finfo(float).tiny)
    width = 2 * ((high[0].max() - origin) or 1.0)
    first = np.floor((y - floor) / height).astype(np.int64)
    # strip number plus at most a half for the place along it: one key sorts by both
    key = first + (x - origin) / width
    order = np.argsort(key)
    key = key[order]
    slack = 4 * np.spacing(key[-1] + 1)
    count = np.floor((high[1] - floor) / height).astype(np.int64) - first + 1
    outer = np.repeat(np.arange(ring.size), count)
    strip = ranges(first, count)
    start = np.searchsorted(key, strip + ((x - origin) / width - slack)[outer])
    stop = np.searchsorted(key, strip + ((high[0] - origin) / width + slack)[outer], side="right")
    rings, sites = [], []
    for block, end in blocks(stop - start, progress):
        count = stop[block:end] - start[block:end]
        around = np.repeat(outer[block:end], count)
        inner = order[ranges(start[block:end], count)]
        for axis in range(4):
            within = np.flatnonzero(
                (low[axis, inner] > low[axis, around]) & (high[axis, inner] < high[axis, around])
            )
            inner, around = inner[within], around[within]
        other = site[inner] != site[around]
        rings.append(ring[inner[other]])
        sites.append(site[around[other]])
    return joined(rings), joined(sites)


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


def _close_sides(sides, reach, progress):
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
    report(progress, 0.0)
    order = np.argsort(begin)
    report(progress, 0.0)
    side, strip = side[order], strip[order]
    end = strip + (right[order] - origin) / (2 * width) + slack
    meets = np.searchsorted(begin[order], end, side="right") - np.arange(1, side.size + 1)
    low_y, high_y = low_y[side], high_y[side]
    for first, stop in blocks(meets, progress):
        count = meets[first:stop]
        p = np.repeat(np.arange(first, stop), count)
        q = ranges(np.arange(first + 1, stop + 1), count)
        near = (low_y[p] <= high_y[q]) & (low_y[q] <= high_y[p])
        u, v = side[p[near]], side[q[near]]
        other = u != v
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


def _add_enclosed(pairs, outlines, rings, sites, progress):
    """Add the sites of rings that lie inside sites without coming near their boundaries.

    A ring that keeps away from a polygon's boundary is inside as a whole or not at all, so one
    of its vertices tells.
    """
    missing = pairs.missing(outlines.ring_site[rings], sites, pairs.merged())
    key = distinct(rings[missing] * pairs.n + sites[missing])
    rings = key // max(1, pairs.n)
    sites = key - rings * pairs.n
    inside = _inside(outlines, outlines.ring_start[rings], sites, progress)
    pairs.add(outlines.ring_site[rings[inside]], sites[inside])


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
    for start, stop in blocks(meets, progress):
        p = np.repeat(np.arange(start, stop), meets[start:stop])
        s = side[ranges(begin[start:stop], meets[start:stop])]
        spans = (ay[s] > py[p]) != (by[s] > py[p])
        p, s = p[spans], s[spans]
        right = ax[s] + (py[p] - ay[s]) / (by[s] - ay[s]) * (bx[s] - ax[s]) > px[p]
        inside[start:stop] = np.bincount(p[right] - start, minlength=stop - start) % 2 == 1
    return inside


def _sum_by_key(keys, values):
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(differs_from_previous(keys))
    if starts.size == 0:
        return keys, values
    return keys[starts], np.add.reduceat(values[order], starts)
