"""Nearest neighbours of polygons by the distance between them.

The polygons at most a distance apart are those of ``contiguity`` with that tolerance.
"""

from dataclasses import dataclass

import numpy as np

from ._arrays import BLOCK, joined, ranges, report, rounding_of, row_starts
from .contiguity import _blocks, _contains, _outlines, _part, _separation, contiguity
from .nearest_neighbours import k_nearest
from .spatial_weights import SpatialWeights

PIECE = 8


def k_nearest_polygons(boundaries, k, groups=None, progress=None):
    """The k polygons nearest to each polygon.

    Polygons that touch or overlap, or of which one contains the other, are at distance 0. Of
    polygons equally far away those come first whose bounding boxes have the nearer middles,
    then feature order decides. Distances are those of GEOS.

    Parameters
    ----------
    boundaries : Boundaries
        Polygons; one without any ring has no neighbours and is none.
    k : int
        Number of neighbours.
    groups : (n,) int, optional
        District of each site: neighbours are of the same district. In a district of k sites or
        fewer all others are neighbours.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    SpatialWeights
        Binary, not symmetric.

    Raises
    ------
    ParcelDataError
        If k is below 1, all polygons are empty, or k is not below the number of those that are
        not and there are no groups.
    """
    n = boundaries.n
    rounding = rounding_of(boundaries.xy)
    shapes = _shapes(_outlines(boundaries), n)
    beside = k_nearest(shapes.middle, k, groups, _part(progress, 0.0, 0.1))
    touching = contiguity(boundaries, 0.0, groups, _part(progress, 0.1, 0.4))
    lacking = beside.cardinality - touching.cardinality
    bound = _bounds(shapes, beside, touching, lacking, _part(progress, 0.4, 0.5)) + 4 * rounding
    i, j, distance = _found(shapes, bound, touching, groups, _part(progress, 0.5, 1.0))
    site = np.concatenate((touching.rows, i, j))
    near = np.concatenate((touching.indices, j, i))
    distance = np.concatenate((np.zeros(touching.indices.size), distance, distance))
    chosen = _nearest(shapes.middle, site, near, distance, beside.cardinality, rounding)
    report(progress, 1.0)
    return SpatialWeights.from_pairs(site[chosen], near[chosen], n)


@dataclass(frozen=True, eq=False)
class _Shapes:
    """Vertices by site, each with the side that begins there, and pieces: sides in a row with their box."""

    ax: np.ndarray
    ay: np.ndarray
    bx: np.ndarray
    by: np.ndarray
    vertex_start: np.ndarray
    middle: np.ndarray
    piece_start: np.ndarray
    piece_site: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _shapes(outlines, n):
    order = np.argsort(outlines.ring_site, kind="stable")
    sizes = np.diff(outlines.ring_start)[order]
    vertex = ranges(outlines.ring_start[:-1][order], sizes)
    ax, ay = outlines.x[vertex], outlines.y[vertex]
    after = outlines.following[vertex]
    bx, by = outlines.x[after], outlines.y[after]
    # every ring in pieces of nearly equal length
    pieces = -(-sizes // PIECE)
    ring = np.repeat(np.arange(sizes.size), pieces)
    piece_start = row_starts(sizes)[ring] + ranges(0, pieces) * sizes[ring] // pieces[ring]
    piece_site = outlines.ring_site[order][ring]
    low = np.empty((ring.size, 2))
    high = np.empty((ring.size, 2))
    middle = np.full((n, 2), np.nan)
    if ring.size:
        for axis, (a, b) in enumerate(((ax, bx), (ay, by))):
            low[:, axis] = np.minimum.reduceat(np.minimum(a, b), piece_start)
            high[:, axis] = np.maximum.reduceat(np.maximum(a, b), piece_start)
        first = np.flatnonzero(np.diff(piece_site, prepend=-1))
        bottom, top = np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)
        middle[piece_site[first]] = bottom + (top - bottom) / 2
    return _Shapes(
        ax,
        ay,
        bx,
        by,
        row_starts(np.bincount(outlines.site, minlength=n)),
        middle,
        np.append(piece_start, ax.size),
        piece_site,
        low,
        high,
    )


def _bounds(shapes, beside, touching, lacking, progress):
    """(n,) distance within which each site has as many others as it lacks; -inf where it lacks none."""
    n = touching.n
    touches = touching.rows * n + touching.indices
    site, near = beside.rows, beside.indices
    candidate = (lacking[site] > 0) & ~_contains(touches, site * n + near)
    site, near = site[candidate], near[candidate]
    farthest = np.empty(site.size)
    sizes = np.diff(shapes.vertex_start)
    for start, stop in _blocks(sizes[site] + sizes[near], progress):
        i, j = site[start:stop], near[start:stop]
        # a vertex of i towards j, and the vertex of j nearest to it
        vertex, _ = _nearest_vertex(shapes, i, shapes.middle[j])
        at = np.column_stack((shapes.ax[vertex], shapes.ay[vertex]))
        farthest[start:stop] = _nearest_vertex(shapes, j, at)[1]
    order = np.lexsort((farthest, site))
    starts = np.searchsorted(site, np.arange(n))
    bound = np.full(n, -np.inf)
    some = np.flatnonzero(lacking > 0)
    bound[some] = farthest[order[starts[some] + lacking[some] - 1]]
    return bound


def _nearest_vertex(shapes, site, point):
    """The vertex of each site nearest to its point, and how far it is."""
    count = shapes.vertex_start[site + 1] - shapes.vertex_start[site]
    vertex = ranges(shapes.vertex_start[site], count)
    owner = np.repeat(np.arange(site.size), count)
    square = (shapes.ax[vertex] - point[owner, 0]) ** 2 + (shapes.ay[vertex] - point[owner, 1]) ** 2
    least = np.minimum.reduceat(square, row_starts(count)[:-1])
    nearest = np.empty(site.size, dtype=np.int64)
    best = np.flatnonzero(square == least[owner])
    nearest[owner[best]] = vertex[best]
    return nearest, np.sqrt(least)


def _found(shapes, bound, touching, groups, progress):
    """Pairs of sites that do not touch and are within the bound of either, with their distances."""
    n = touching.n
    touches = touching.rows * n + touching.indices
    keys, distances = [], []
    for one, other in _close_pieces(shapes, bound, progress):
        i, j = shapes.piece_site[one], shapes.piece_site[other]
        apart = i != j
        if groups is not None:
            groups = np.asarray(groups)
            apart &= groups[i] == groups[j]
        apart[apart] = ~_contains(touches, i[apart] * n + j[apart])
        p, q, i, j = one[apart], other[apart], i[apart], j[apart]
        limit = np.maximum(bound[i], bound[j])
        key = np.minimum(i, j) * n + np.maximum(i, j)
        for start in range(0, p.size, BLOCK // PIECE**2):
            block = slice(start, start + BLOCK // PIECE**2)
            pair, distance = _piece_distances(shapes, p[block], q[block], limit[block])
            near = distance <= limit[block][pair]
            keys.append(key[block][pair[near]])
            distances.append(distance[near])
    key, distance = joined(keys), joined(distances, np.float64)
    order = np.lexsort((distance, key))
    key, distance = key[order], distance[order]
    fresh = np.diff(key, prepend=-1) > 0
    key = key[fresh]
    return key // n, key % n, distance[fresh]


def _close_pieces(shapes, bound, progress):
    """Blocks of pairs (p, q) of pieces whose boxes are at most the bound of the site of p apart.

    A pair that either way round would be found comes once. The plane is cut into strips; in
    each, boxes that overlap from left to right meet: the one begins within the other.
    """
    search = np.flatnonzero(bound[shapes.piece_site] >= 0)
    if search.size == 0:
        return
    reach = bound[shapes.piece_site]
    low, high = shapes.low, shapes.high
    wide_low, wide_high = low[search] - reach[search, None], high[search] + reach[search, None]
    origin, top = low.min(axis=0), high.max(axis=0)
    height = max((wide_high - wide_low)[:, 1].mean(), (top - origin)[1] / 2**21, np.finfo(float).tiny)
    width = (top - origin)[0] or 1.0
    last = int((top - origin)[1] / height)

    def strips(low, high):
        first = np.clip(np.floor((low[:, 1] - origin[1]) / height), 0, last).astype(np.int64)
        count = np.clip(np.floor((high[:, 1] - origin[1]) / height), 0, last).astype(np.int64) - first + 1
        item = np.repeat(np.arange(count.size), count)
        strip = ranges(first, count)
        # strip number plus at most a half for the place along it
        begin = strip + np.clip((low[item, 0] - origin[0]) / (2 * width), 0, 0.5)
        end = strip + np.clip((high[item, 0] - origin[0]) / (2 * width), 0, 0.5)
        order = np.argsort(begin)
        return item[order], begin[order], end[order], first

    piece, begin, end, first = strips(low, high)
    seeker, wide_begin, wide_end, wide_first = strips(wide_low, wide_high)
    slack = 4 * np.spacing(last + 1.0)
    from_seeker = np.searchsorted(begin, wide_begin - slack)
    from_piece = np.searchsorted(wide_begin, begin, side="right")
    meetings = (
        (from_seeker, np.searchsorted(begin, wide_end + slack, side="right") - from_seeker, True),
        (from_piece, np.searchsorted(wide_begin, end + slack, side="right") - from_piece, False),
    )
    for part, (start, count, seeking) in enumerate(meetings):
        for block, stop in _blocks(count, _part(progress, part / 2, (part + 1) / 2)):
            one = np.repeat(np.arange(block, stop), count[block:stop])
            other = ranges(start[block:stop], count[block:stop])
            s, q = (seeker[one], piece[other]) if seeking else (seeker[other], piece[one])
            strip = np.floor(wide_begin[one] if seeking else begin[one]).astype(np.int64)
            p = search[s]
            here = (p != q) & (strip == np.maximum(wide_first[s], first[q]))
            p, q = p[here], q[here]
            apart = _gap(low[p], high[p], low[q], high[q])
            near = (apart <= reach[p]) & ((p < q) | (apart > reach[q]))
            yield p[near], q[near]


def _piece_distances(shapes, p, q, limit):
    """Distances of pieces p and q, and of which pairs; others are farther apart than their limit."""
    pair_s, s = _sides_near(shapes, p, q, limit)
    pair_t, t = _sides_near(shapes, q, p, limit)
    count_s = np.bincount(pair_s, minlength=p.size)
    count_t = np.bincount(pair_t, minlength=p.size)
    times = count_s * count_t
    pair = np.flatnonzero(times)
    count_s, count_t, times = count_s[pair], count_t[pair], times[pair]
    if pair.size == 0:
        return pair, np.zeros(0)
    within = ranges(0, times)
    per_s = np.repeat(count_t, times)
    u = s[np.repeat(np.searchsorted(pair_s, pair), times) + within // per_s]
    v = t[np.repeat(np.searchsorted(pair_t, pair), times) + within % per_s]
    return pair, np.minimum.reduceat(_separation(shapes, u, v), row_starts(times)[:-1])


def _sides_near(shapes, p, q, limit):
    """Sides of pieces p whose boxes are within the limit of the boxes of q, and of which pair."""
    count = shapes.piece_start[p + 1] - shapes.piece_start[p]
    side = ranges(shapes.piece_start[p], count)
    pair = np.repeat(np.arange(p.size), count)
    low_x, high_x = _ordered(shapes.ax[side], shapes.bx[side])
    low_y, high_y = _ordered(shapes.ay[side], shapes.by[side])
    box = q[pair]
    x = np.maximum(shapes.low[box, 0] - high_x, low_x - shapes.high[box, 0]).clip(0)
    y = np.maximum(shapes.low[box, 1] - high_y, low_y - shapes.high[box, 1]).clip(0)
    near = x * x + y * y <= (limit * limit * (1 + 1e-12))[pair]
    return pair[near], side[near]


def _ordered(a, b):
    return np.minimum(a, b), np.maximum(a, b)


def _gap(low_p, high_p, low_q, high_q):
    """Distances of boxes, the same whichever comes first."""
    gap = np.maximum(low_p - high_q, low_q - high_p).clip(0)
    return np.sqrt(gap[:, 0] ** 2 + gap[:, 1] ** 2)


def _nearest(middle, site, near, distance, wanted, rounding):
    """Positions of the pairs with the ``wanted`` nearest of each site."""
    sure, tied = _first(site, distance, wanted, rounding)
    left = wanted - np.bincount(site[sure], minlength=wanted.size)
    at, other = site[tied], near[tied]
    offset = middle[other] - middle[at]
    nearer, equal = _first(at, np.sqrt(offset[:, 0] ** 2 + offset[:, 1] ** 2), left, rounding)
    left -= np.bincount(at[nearer], minlength=left.size)
    equal = equal[np.lexsort((other[equal], at[equal]))]
    starts = np.searchsorted(at[equal], np.arange(left.size))
    last = equal[ranges(starts, left)]
    return np.concatenate((sure, tied[nearer], tied[last]))


def _first(site, value, wanted, rounding):
    """Positions of the values surely among the ``wanted`` least of each site, and of those tied."""
    order = np.lexsort((value, site))
    starts = np.searchsorted(site[order], np.arange(wanted.size))
    limit = np.full(wanted.size, -np.inf)
    some = wanted > 0
    limit[some] = value[order[starts[some] + wanted[some] - 1]]
    excess = value - limit[site]
    return np.flatnonzero(excess < -rounding), np.flatnonzero(np.abs(excess) <= rounding)
