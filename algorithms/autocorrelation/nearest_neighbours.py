"""Neighbours of points: the k nearest, those within a distance.

Distances that differ by less than the rounding of the coordinates count as equal.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ._arrays import (
    BLOCK,
    differs_from_previous,
    places,
    ranges,
    report,
    rounding_of,
    row_starts,
)
from .spatial_weights import SpatialWeights

LINK_LIMIT = 10**8


@dataclass(frozen=True, eq=False)
class SmallestBands:
    """The smallest distance band that leaves no site of a district alone, of each district.

    Parameters
    ----------
    group : (g,) int64
        Districts that have two sites with a location; 0 where no districts are given.
    distance : (g,) float64
        The largest distance of a site to its nearest neighbour.
    typical : (g,) float64
        The median of these distances.
    of_site : (n,) float64
        The distance of each site's district; NaN where there is none.
    """

    group: np.ndarray
    distance: np.ndarray
    typical: np.ndarray
    of_site: np.ndarray


def k_nearest(xy, k, groups=None, progress=None):
    """The k nearest neighbours of each site.

    Of sites equally far away the first in feature order counts; a site is never its own
    neighbour, a coincident site is one at distance 0. The result is the same with and without
    scipy.

    Parameters
    ----------
    xy : (n, 2) float
        Location of each site; NaN where there is none: such a site has no neighbours.
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
        If k is below 1, no site has a location, or k is not below the number of located sites
        and there are no groups.
    """
    xy = np.asarray(xy, dtype=np.float64)
    if k < 1:
        raise ParcelDataError("The number of nearest neighbours is {}: choose 1 or more.", k)
    rounding = rounding_of(xy)
    located = int(np.isfinite(xy).all(axis=1).sum())
    if not located:
        raise ParcelDataError("{} nearest neighbours were asked for, but no site has a location.", k)
    if k >= located and groups is None:
        raise ParcelDataError(
            "{} nearest neighbours were asked for, but only {} sites have a location: choose fewer "
            "neighbours than sites.",
            k,
            located,
        )
    nearest = np.full((len(xy), min(k, located - 1)), -1, dtype=np.int64)
    done = 0
    for sites in _members(xy, groups):
        most = min(k, sites.size - 1)
        for query, near in _nearest(xy[sites], most, rounding, _still(progress, done / len(xy))):
            nearest[sites[query], :most] = np.sort(sites[near].reshape(-1, most), axis=1)
            done += query.size
            report(progress, done / len(xy))
    found = nearest >= 0
    indices = nearest[found]
    return SpatialWeights(row_starts(np.count_nonzero(found, axis=1)), indices, np.ones(indices.size))


def distance_band(xy, distance, groups=None, progress=None):
    """The sites at most a distance away from each site.

    Parameters
    ----------
    xy : (n, 2) float
        Location of each site; NaN where there is none: such a site has no neighbours.
    distance : float or (n,) float
        Largest distance of neighbours, in units of ``xy``; or that of each site, equal within
        a district and 0 or more, as ``smallest_bands`` gives it.
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
        If the distance is not a positive number, or gives more than 10^8 links.
    """
    xy = np.asarray(xy, dtype=np.float64)
    if np.ndim(distance) == 0 and not (np.isfinite(distance) and distance > 0):
        raise ParcelDataError("The distance band is {}: choose a positive distance.", distance)
    rounding = rounding_of(xy)
    reach = np.broadcast_to(distance, len(xy))
    counts = np.zeros(len(xy), dtype=np.int64)
    found, done, links = [], 0, 0
    for sites in _members(xy, groups):
        here = reach[sites[0]] + rounding
        for block, query, near in _within(xy[sites], here, _still(progress, done / len(xy))):
            key = np.sort(sites[query] * len(xy) + sites[near])
            row = key // len(xy)
            first = np.flatnonzero(differs_from_previous(row))
            counts[row[first]] = np.diff(np.append(first, row.size))
            found.append((row[first], key - row * len(xy)))
            done += block
            links += query.size
            if links > LINK_LIMIT:
                raise ParcelDataError(
                    "A distance band of {} gives more than {} links between {} sites: choose a smaller "
                    "distance.",
                    float(reach[sites[0]]),
                    LINK_LIMIT,
                    len(xy),
                )
            report(progress, done / len(xy))
    starts = row_starts(counts)
    indices = np.empty(starts[-1], dtype=np.int64)
    for rows, near in found:
        indices[ranges(starts[rows], counts[rows])] = near
    return SpatialWeights(starts, indices, np.ones(indices.size))


def smallest_bands(xy, groups=None, progress=None):
    """The smallest distance band of each district that leaves none of its sites alone.

    Parameters
    ----------
    xy : (n, 2) float
        Location of each site; sites without one (NaN) are left out.
    groups : (n,) int, optional
        District of each site; a district of one site is left out, since no distance helps it.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    SmallestBands

    Raises
    ------
    ParcelDataError
        If no two sites could be neighbours.
    """
    xy = np.asarray(xy, dtype=np.float64)
    rounding = rounding_of(xy)
    of_site = np.full(len(xy), np.nan)
    group, largest, typical = [], [], []
    done = 0
    for sites in _members(xy, groups):
        points = xy[sites]
        gap = np.empty(sites.size)
        for query, near in _nearest(points, 1, rounding, _still(progress, done / len(xy))):
            gap[query] = _distance(points[query], points[near])
            done += query.size
            report(progress, done / len(xy))
        group.append(0 if groups is None else groups[sites[0]])
        largest.append(gap.max())
        typical.append(np.median(gap))
        of_site[sites] = largest[-1]
    if not group:
        raise ParcelDataError(
            "No two sites with a location belong together, so there is no smallest distance band: check the "
            "geometries and the groups."
        )
    return SmallestBands(np.array(group), np.array(largest), np.array(typical), of_site)


def smallest_band(xy, groups=None):
    """The smallest distance band that leaves no site alone: the largest of ``smallest_bands``.

    Parameters
    ----------
    xy, groups
        As for ``smallest_bands``.

    Returns
    -------
    float
        In units of ``xy``.
    """
    return float(smallest_bands(xy, groups).distance.max())


def pairs_within(xy, distances, progress=None):
    """The pairs of sites within the widest of some distances, in blocks of bounded size.

    Parameters
    ----------
    xy : (n, 2) float
        Location of each site; sites without one (NaN) are in no pair.
    distances : (d,) float
        Rising, in units of ``xy``.
    progress : callable, optional
        Called with the fraction done, again and again before the first block.

    Yields
    ------
    fraction : float
        Of the sites done.
    i, j : (m,) int64
        Sites and others; all pairs of a site in one block, each pair from both ends.
    band : (m,) int64
        Position of the first distance that they are within, as ``distance_band`` decides.
    """
    xy = np.asarray(xy, dtype=np.float64)
    reach = np.asarray(distances) + rounding_of(xy)
    done = 0
    for sites in _members(xy, None):
        for block, query, near in _within(xy[sites], reach[-1], _still(progress, 0.0)):
            i, j = sites[query], sites[near]
            done += block
            yield done / sites.size, i, j, np.searchsorted(reach, _distance(xy[i], xy[j]))


def _members(xy, groups):
    """Sites that have a location, of each group that has two or more of them; all without groups."""
    located = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if groups is None:
        members = [located]
    else:
        groups = np.asarray(groups)[located]
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(differs_from_previous(groups[order]))
        members = [located[sites] for sites in np.split(order, starts[1:])]
    return [sites for sites in members if sites.size > 1]


def _still(progress, fraction):
    """Tell ``progress`` again where it stands, so that a run can be cancelled before the first result."""
    return lambda: report(progress, fraction)


def _distance(a, b):
    difference = a - b
    return np.sqrt(difference[..., 0] ** 2 + difference[..., 1] ** 2)


def _kd_tree():
    """scipy's kd-tree, or None."""
    try:
        from scipy.spatial import cKDTree
    except Exception:  # a scipy built for another numpy fails in many ways
        return None
    return cKDTree


def _nearest(xy, k, rounding, still):
    """Blocks of (queries, their k nearest one after the other)."""
    still()
    pool = _first_at_each_place(xy, k + 1, still)
    still()
    kd_tree = _kd_tree()
    if kd_tree is None:
        yield from _nearest_in_leaves(xy, k, rounding, pool, still)
        return
    tree = kd_tree(xy[pool], balanced_tree=False, compact_nodes=False)
    still()
    columns = min(k + 2, pool.size)
    for query in _query_blocks(len(xy), pool, tree.indices, columns):
        near = pool[tree.query(xy[query], columns, workers=-1)[1]]
        distance = _distance(xy[near], xy[query][:, None])
        distance[near == query[:, None]] = np.inf
        ranked = np.sort(distance, axis=1)
        reach = ranked[:, k - 1] + 2 * rounding
        clear = ranked[:, k] > reach
        if clear.any():
            yield query[clear], near[clear][distance[clear] <= ranked[clear, k - 1][:, None]]
        tied = query[~clear]
        if tied.size:
            found = tree.query_ball_point(xy[tied], reach[~clear])
            counts = np.fromiter(map(len, found), dtype=np.int64, count=tied.size)
            candidates = pool[np.concatenate(found).astype(np.int64)]
            at = np.repeat(np.arange(tied.size), counts)
            yield tied, _choose(xy, tied, at, candidates, k=k, rounding=rounding)


def _nearest_in_leaves(xy, k, rounding, pool, still):
    """``_nearest`` in numpy alone: the k-th distance within a site's leaf bounds the search."""
    tree = _Leaves(xy[pool], k + 1, still)
    # a site not in the pool has more than k others at its own place
    bound = np.zeros(len(xy))
    bound[pool] = tree.bound(k, still)
    for query in _query_blocks(len(xy), pool, tree.order, 8 * (k + 1)):
        at, near = tree.within(xy[query], bound[query] + 2 * rounding)
        yield query, _choose(xy, query, at, pool[near], k=k, rounding=rounding)


def _query_blocks(n, pool, order, width):
    """All n sites in blocks, those of the pool in the tree's order: near ones are then close in memory."""
    rest = np.ones(n, dtype=bool)
    rest[pool] = False
    sites = np.concatenate((pool[order], np.flatnonzero(rest)))
    block = max(1, BLOCK // width)
    for start in range(0, n, block):
        yield sites[start : start + block]


def _choose(xy, sites, at, near, *, k, rounding):
    """The k nearest of each site among the candidates ``near`` of ``sites[at]``, ties by feature order."""
    other = sites[at] != near
    at, near = at[other], near[other]
    distance = _distance(xy[sites[at]], xy[near])
    order = np.lexsort((distance, at))
    starts = np.searchsorted(at[order], np.arange(sites.size))
    excess = distance - distance[order[starts + k - 1]][at]
    rank = np.where(excess < -rounding, 0, np.where(excess <= rounding, 1, 2))
    order = np.lexsort((near, rank, at))
    return near[order[(starts[:, None] + np.arange(k)).ravel()]]


def _first_at_each_place(xy, most, still):
    """Sites but those with ``most`` or more earlier ones at exactly their place."""
    place, _ = places(xy[:, 0], xy[:, 1])
    still()
    order = np.argsort(place, kind="stable")
    counts = np.bincount(place)
    if counts.max(initial=0) <= most:
        return np.arange(len(xy))
    return np.sort(order[ranges(0, counts) < most])


def _within(xy, distance, still):
    """Blocks of (number of sites done, site, other site at most ``distance`` away)."""
    kd_tree = _kd_tree()
    if kd_tree is None:
        tree = _Leaves(xy, 8, still)
        order = tree.order
    else:
        tree = kd_tree(xy, balanced_tree=False, compact_nodes=False)
        still()
        order = tree.indices
    start, block = 0, 64
    while start < len(xy):
        query = order[start : start + block]
        if kd_tree is None:
            at, near = tree.within(xy[query], np.full(query.size, distance))
        else:
            # a little further, so that the tree's own rounding does not decide
            here = kd_tree(xy[query])
            found = here.sparse_distance_matrix(tree, distance * (1 + 1e-9), output_type="ndarray")
            at, near = found["i"], found["j"]
        at = query[at]
        close = (_distance(xy[at], xy[near]) <= distance) & (at != near)
        yield query.size, at[close], near[close]
        start += query.size
        block = int(np.clip(block * BLOCK // max(1, at.size), 1, 4 * block))


class _Leaves:
    """Points in nested halves, cut across the longer side: a kd-tree for whole arrays.

    Halves of equal count, not cells of equal size: one remote point would put all others into
    one cell.
    """

    def __init__(self, xy, smallest, still):
        self.xy = xy
        n = len(xy)
        self.depth = max(0, int(np.log2(max(1, n // max(smallest, 8)))))
        order = np.arange(n)
        for level in range(self.depth):
            starts = (np.arange((1 << level) + 1, dtype=np.int64) * n) >> level
            node = np.repeat(np.arange(1 << level), np.diff(starts))
            points = xy[order]
            extent = np.maximum.reduceat(points, starts[:-1]) - np.minimum.reduceat(points, starts[:-1])
            along = points[np.arange(n), np.argmax(extent, axis=1)[node]]
            order = order[np.lexsort((along, node))]
            still()
        self.order = order
        self.start = (np.arange((1 << self.depth) + 1, dtype=np.int64) * n) >> self.depth
        low = np.minimum.reduceat(xy[order], self.start[:-1])
        high = np.maximum.reduceat(xy[order], self.start[:-1])
        self.boxes = [(low, high)]
        for _ in range(self.depth):
            low = np.minimum(low[::2], low[1::2])
            high = np.maximum(high[::2], high[1::2])
            self.boxes.insert(0, (low, high))

    def bound(self, k, still):
        """(n,) distance of each point within which k others are."""
        size = np.diff(self.start)
        leaf = np.repeat(np.arange(size.size), size)
        bound = np.empty(len(self.xy))
        column = np.arange(size.max())
        block = max(1, BLOCK // column.size)
        for start in range(0, leaf.size, block):
            here = leaf[start : start + block]
            member = self.start[here][:, None] + column
            beyond = member >= self.start[here + 1][:, None]
            near = self.order[np.where(beyond, 0, member)]
            query = self.order[start : start + block]
            distance = _distance(self.xy[near], self.xy[query][:, None])
            distance[beyond | (near == query[:, None])] = np.inf
            bound[query] = np.partition(distance, k - 1, axis=1)[:, k - 1]
            still()
        return bound

    def within(self, at, reach):
        """Pairs (position in ``at``, point) that are at most ``reach`` (one per position) apart."""
        query, node = np.arange(len(at)), np.zeros(len(at), dtype=np.int64)
        for level, (low, high) in enumerate(self.boxes):
            if level:
                query = np.repeat(query, 2)
                node = np.repeat(2 * node, 2)
                node[1::2] += 1
            point = at[query]
            nearest = np.clip(point, low[node], high[node])
            near = _distance(point, nearest) <= reach[query]
            query, node = query[near], node[near]
        counts = self.start[node + 1] - self.start[node]
        query = np.repeat(query, counts)
        near = self.order[ranges(self.start[node], counts)]
        close = _distance(at[query], self.xy[near]) <= reach[query]
        return query[close], near[close]
