"""Nearest neighbours of polygons by the distance between them.

The polygons at most a distance apart are those of ``contiguity`` with that tolerance.
"""

import numpy as np

from ._arrays import differs_from_previous, joined, part, ranges, report, rounding_of, row_starts
from .contiguity import contiguity
from .nearest_neighbours import k_nearest
from .outlines import PIECE_BLOCK, Outlines, Pieces, blocks, contains
from .spatial_weights import SpatialWeights


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
    rounding = rounding_of(boundaries.xy)
    middle, wanted, site, near, distance = _candidates(boundaries, k, groups, rounding, progress)
    chosen = _nearest(middle, site, near, distance, wanted, rounding)
    report(progress, 1.0)
    return SpatialWeights.from_pairs(site[chosen], near[chosen], boundaries.n)


def tolerance_for(boundaries, share, groups=None, progress=None):
    """The smallest tolerance with which fewer than a share of the polygons are no one's neighbour.

    Parameters
    ----------
    boundaries, groups, progress
        As for ``k_nearest_polygons``.
    share : float
        Of the polygons, between 0 and 1.

    Returns
    -------
    tolerance : float
        In units of the coordinates, rounded up to two digits; infinite where none helps.
    alone : int
        Polygons that ``contiguity`` with this tolerance leaves alone.
    """
    n = boundaries.n
    gap = np.full(n, np.inf)
    located = np.unique(boundaries.site[np.diff(boundaries.ring_start) > 0]).size
    if located > 1:
        rounding = rounding_of(boundaries.xy)
        _, _, site, _, distance = _candidates(boundaries, 1, groups, rounding, progress)
        np.minimum.at(gap, site, distance - rounding)
    # fewer than the share have a larger one
    least = max(0.0, float(np.sort(gap)[::-1][int(np.ceil(share * n)) - 1]))
    if 0 < least < np.inf:
        digit = 10.0 ** (np.floor(np.log10(least)) - 1)
        least = float(f"{np.ceil(least / digit) * digit:.2g}")
    return least, int(np.count_nonzero((gap > least) | np.isinf(gap)))


def _candidates(boundaries, k, groups, rounding, progress):
    """Pairs that have the k nearest polygons of each among them.

    Returns
    -------
    middle : (n, 2) float64
        Of the bounding boxes.
    wanted : (n,) int64
        How many neighbours each can have, at most k.
    site, near : (p,) int64
        Pairs of polygons, some from both ends.
    distance : (p,) float64
        Between the two.
    """
    n = boundaries.n
    pieces = Pieces.of(Outlines.of(boundaries))
    middle = _middles(pieces, n)
    # more than k, since the boxes of long polygons have their middles far off
    located = np.count_nonzero(np.isfinite(middle[:, 0]))
    beside = k_nearest(middle, max(k, min(2 * k, located - 1)), groups, part(progress, 0.0, 0.1))
    wanted = np.minimum(beside.cardinality, k)
    touching = contiguity(boundaries, 0.0, groups, part(progress, 0.1, 0.4))
    lacking = wanted - touching.cardinality
    bound = _bounds(pieces.outlines, middle, beside, touching, lacking, part(progress, 0.4, 0.5))
    i, j, distance = _near(pieces, bound, 4 * rounding, touching, groups, part(progress, 0.5, 1.0))
    site = np.concatenate((touching.rows, i, j))
    near = np.concatenate((touching.indices, j, i))
    distance = np.concatenate((np.zeros(touching.indices.size), distance, distance))
    return middle, wanted, site, near, distance


def _middles(pieces, n):
    """(n, 2) middles of the bounding boxes; NaN where there is no ring."""
    middle = np.full((n, 2), np.nan)
    first = np.flatnonzero(differs_from_previous(pieces.site))
    if first.size:
        low = np.minimum.reduceat(pieces.low[:2], first, axis=1)
        high = np.maximum.reduceat(pieces.high[:2], first, axis=1)
        middle[pieces.site[first]] = (low + (high - low) / 2).T
    return middle


def _bounds(outlines, middle, beside, touching, lacking, progress):
    """(n,) distance within which each site has as many others as it lacks; -inf where it lacks none."""
    n = touching.n
    touches = touching.rows * n + touching.indices
    site, near = beside.rows, beside.indices
    candidate = (lacking[site] > 0) & ~contains(touches, site * n + near)
    site, near = site[candidate], near[candidate]
    farthest = np.empty(site.size)
    starts = row_starts(np.bincount(outlines.site, minlength=n))
    sizes = np.diff(starts)
    for first, stop in blocks(sizes[site] + sizes[near], progress):
        i, j = site[first:stop], near[first:stop]
        farthest[first:stop] = _at_most(outlines, starts, i, j, middle[j])
    order = np.lexsort((farthest, site))
    first = np.searchsorted(site, np.arange(n))
    bound = np.full(n, -np.inf)
    some = np.flatnonzero(lacking > 0)
    bound[some] = farthest[order[first[some] + lacking[some] - 1]]
    return bound


def _at_most(outlines, starts, i, j, middle):
    """A distance that the vertices of i and j are at most apart: of one of i towards j, from j."""
    vertex, _ = _nearest_vertex(outlines, starts, i, middle)
    at = np.column_stack((outlines.x[vertex], outlines.y[vertex]))
    return _nearest_vertex(outlines, starts, j, at)[1]


def _nearest_vertex(outlines, starts, item, point):
    """Of the vertices ``starts[item]:starts[item + 1]`` the one nearest to its point, and how far it is."""
    count = starts[item + 1] - starts[item]
    vertex = ranges(starts[item], count)
    owner = np.repeat(np.arange(item.size), count)
    square = (outlines.x[vertex] - point[owner, 0]) ** 2
    square += (outlines.y[vertex] - point[owner, 1]) ** 2
    least = np.minimum.reduceat(square, row_starts(count)[:-1])
    nearest = np.empty(item.size, dtype=np.int64)
    best = np.flatnonzero(square == least[owner])
    nearest[owner[best]] = vertex[best]
    return nearest, np.sqrt(least)


def _near(pieces, bound, slack, touching, groups, progress):
    """Pairs of sites that do not touch and are within the bound of either, with their distances."""
    n = touching.n
    touches = touching.rows * n + touching.indices
    middle = ((pieces.low[:2] + pieces.high[:2]) / 2).T
    groups = np.zeros(n, dtype=np.int8) if groups is None else np.asarray(groups)
    bound = bound + slack
    found, distances = [], []
    for p, q in _close_pieces(pieces, bound, progress):
        i, j = pieces.site[p], pieces.site[q]
        other = np.flatnonzero((i != j) & (groups[i] == groups[j]))
        other = other[~contains(touches, i[other] * n + j[other])]
        limit = np.maximum(bound[i], bound[j])
        key = np.minimum(i, j) * n + np.maximum(i, j)
        for start in range(0, other.size, PIECE_BLOCK):
            block = other[start : start + PIECE_BLOCK]
            one, two = p[block], q[block]
            # a bound of each pair leaves few sides to compare
            apart = _at_most(pieces.outlines, pieces.start, one, two, middle[two]) + slack
            k, distance = pieces.distances(one, two, np.minimum(limit[block], apart))
            k = block[k]
            near = distance <= limit[k]
            found.append(key[k[near]])
            distances.append(distance[near])
    key, distance = joined(found), joined(distances, np.float64)
    order = np.argsort(key)
    key = key[order]
    first = np.flatnonzero(differs_from_previous(key))
    key = key[first]
    distance = np.minimum.reduceat(distance[order], first) if first.size else distance
    return key // n, key % n, distance


def _close_pieces(pieces, bound, progress):
    """Blocks of pairs (p, q) of pieces that may be at most the bound of the site of p apart.

    A pair that either way round would be found comes once. The plane is cut into strips; in
    each, boxes that overlap from left to right meet: the one begins within the other.
    """
    search = np.flatnonzero(bound[pieces.site] >= 0)
    if search.size == 0:
        return
    reach = bound[pieces.site]
    low, high = pieces.low[:2].T, pieces.high[:2].T
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
    for turn, (start, count, seeking) in enumerate(meetings):
        for block, stop in blocks(count, part(progress, turn / 2, (turn + 1) / 2)):
            one = np.repeat(np.arange(block, stop), count[block:stop])
            other = ranges(start[block:stop], count[block:stop])
            s, q = (seeker[one], piece[other]) if seeking else (seeker[other], piece[one])
            strip = np.floor(wide_begin[one] if seeking else begin[one]).astype(np.int64)
            p = search[s]
            here = (p != q) & (strip == np.maximum(wide_first[s], first[q]))
            p, q = p[here], q[here]
            apart = pieces.gap(p, q)
            near = (apart <= reach[p]) & ((p < q) | (apart > reach[q]))
            yield p[near], q[near]


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
