"""Outlines of polygons cut into short pieces, and which pieces are near each other.

A piece is a few sides in a row: its box is small even where the polygon is a street network.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._arrays import BLOCK, differs_from_previous, ranges, report, row_starts

PIECE = 12
# Pairs of pieces whose sides are compared at a time: each has some dozens of sides.
PIECE_BLOCK = BLOCK // 16


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


@dataclass(frozen=True, eq=False)
class Outlines:
    """Vertices of all rings, each once, and rings by ascending site; a side begins at each vertex."""

    x: np.ndarray
    y: np.ndarray
    following: np.ndarray
    site: np.ndarray
    ring_start: np.ndarray
    ring_site: np.ndarray

    @classmethod
    def of(cls, boundaries):
        xy = np.asarray(boundaries.xy, dtype=np.float64)
        start = np.asarray(boundaries.ring_start, dtype=np.int64)
        ring_site = np.asarray(boundaries.site, dtype=np.int64)
        size = np.diff(start)
        start = start[:-1]
        whole = size > 0
        with np.errstate(invalid="ignore", over="ignore"):
            total = xy.sum()
        if not np.isfinite(total):
            ring = np.repeat(np.arange(size.size), size)
            whole[ring[~np.isfinite(xy).all(axis=1)]] = False
        rings = np.flatnonzero(whole)
        if (np.diff(ring_site[rings]) < 0).any():
            rings = rings[np.argsort(ring_site[rings], kind="stable")]
        start, size, ring_site = start[rings], size[rings], ring_site[rings]
        size = size - ((size > 1) & (xy[start] == xy[start + size - 1]).all(axis=1))
        vertex = ranges(start, size)
        ring_start = row_starts(size)
        following = np.arange(1, vertex.size + 1)
        following[ring_start[1:] - 1] = ring_start[:-1]
        return cls(
            x=xy[:, 0][vertex],
            y=xy[:, 1][vertex],
            following=following,
            site=np.repeat(ring_site, size),
            ring_start=ring_start,
            ring_site=ring_site,
        )

    @cached_property
    def side_boxes(self):
        """Low and high corners, (2, v) each, of the boxes of sides."""
        ends = [(c, c[self.following]) for c in (self.x, self.y)]
        return np.array([np.minimum(*each) for each in ends]), np.array([np.maximum(*each) for each in ends])


@dataclass(frozen=True, eq=False)
class Pieces:
    """Sides ``start[p]:start[p + 1]`` of the outlines form piece p, with its ring and bounds.

    The bounds ``low`` and ``high``, (4, p), are of x, y, x + y and x - y.
    """

    outlines: Outlines
    start: np.ndarray
    ring: np.ndarray
    site: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, outlines):
        size = np.diff(outlines.ring_start)
        count = -(-size // PIECE)
        ring = np.repeat(np.arange(size.size), count)
        # pieces of one ring are nearly equal in number of sides
        start = outlines.ring_start[ring] + ranges(0, count) * size[ring] // count[ring]
        start = np.append(start, outlines.x.size)
        end = outlines.following[start[1:] - 1]
        x, y = outlines.x, outlines.y
        low, high = _bounds((x, y, x + y, x - y), start, end)
        return cls(outlines, start, ring, outlines.ring_site[ring], low, high)

    @cached_property
    def tilted(self):
        """Bounds, (4, p) each, of 2 x + y, x - 2 y, x + 2 y and 2 x - y."""
        x, y = self.outlines.x, self.outlines.y
        end = self.outlines.following[self.start[1:] - 1]
        return _bounds((2 * x + y, x - 2 * y, x + 2 * y, 2 * x - y), self.start, end)

    def gap(self, p, q):
        """A distance that pieces p and q are at least apart, the same whichever comes first."""
        square = 0.0
        for low, high, scales in ((self.low, self.high, (1, 2)), (*self.tilted, (5, 5))):
            for axes, scale in zip((slice(0, 2), slice(2, 4)), scales, strict=True):
                corners = (corner[axes].take(piece, axis=1) for piece in (p, q) for corner in (low, high))
                apart = _squared_gap(*corners)
                square = np.maximum(square, apart / scale)
        return np.sqrt(square)

    def distances(self, p, q, reach):
        """(k, distance of pieces p[k] and q[k]) where it may be at most reach, one or one per pair."""
        one, s, low, high = self._sides_near(
            p, self.low[:2].take(q, axis=1), self.high[:2].take(q, axis=1), reach
        )
        first = np.flatnonzero(differs_from_previous(one))
        pair = one[first]
        if pair.size == 0:
            return pair, np.zeros(0)
        # only what is left of p counts from here on
        low, high = np.minimum.reduceat(low, first, axis=1), np.maximum.reduceat(high, first, axis=1)
        reach = reach[pair] if np.ndim(reach) else reach
        other, t, _, _ = self._sides_near(q[pair], low, high, reach)
        count_s = np.diff(np.append(first, one.size))[other]
        k = np.repeat(other, count_s)
        u = s[ranges(first[other], count_s)]
        v = np.repeat(t, count_s)
        low, high = self.outlines.side_boxes
        apart = _squared_gap(*(corner.take(side, axis=1) for side in (u, v) for corner in (low, high)))
        near = np.flatnonzero(apart <= _squared(reach, k))
        k, u, v = k[near], u[near], v[near]
        square = squared_separation(self.outlines, u, v)
        first = np.flatnonzero(differs_from_previous(k))
        if first.size == 0:
            return first, np.zeros(0)
        return pair[k[first]], np.sqrt(np.minimum.reduceat(square, first))

    def _sides_near(self, p, low, high, reach):
        """(k, side, low, high) for the sides of pieces p[k] whose boxes are at most reach from box k."""
        count = self.start[p + 1] - self.start[p]
        k = np.repeat(np.arange(p.size), count)
        side = ranges(self.start[p], count)
        side_low, side_high = (corner.take(side, axis=1) for corner in self.outlines.side_boxes)
        apart = _squared_gap(side_low, side_high, low.take(k, axis=1), high.take(k, axis=1))
        near = np.flatnonzero(apart <= _squared(reach, k))
        return k[near], side[near], side_low.take(near, axis=1), side_high.take(near, axis=1)


def _bounds(coordinates, start, end):
    """Least and largest of each coordinate in pieces, to the vertex that ends the last side."""
    low, high = np.empty((len(coordinates), end.size)), np.empty((len(coordinates), end.size))
    if end.size:
        for axis, c in enumerate(coordinates):
            np.minimum(np.minimum.reduceat(c, start[:-1]), c[end], out=low[axis])
            np.maximum(np.maximum.reduceat(c, start[:-1]), c[end], out=high[axis])
    return low, high


def _squared(reach, k):
    return (reach * reach)[k] if np.ndim(reach) else reach * reach


def _squared_gap(low_p, high_p, low_q, high_q):
    """Squared distances of boxes."""
    gap = 0.0
    for axis in range(2):
        apart = np.maximum(low_p[axis] - high_q[axis], low_q[axis] - high_p[axis])
        np.maximum(apart, 0.0, out=apart)
        apart *= apart
        gap = gap + apart
    return gap


def meeting_boxes(low, high, reach, height, progress):
    """Blocks of pairs of bounds, (4, m), that are at most reach apart on each axis, each pair once.

    The plane is cut into strips; within a strip the boxes are sorted by their left end, and
    each meets those that begin before it ends.
    """
    if low.size == 0:
        return
    bottom, top = low[1] - reach / 2, high[1] + reach / 2
    floor = bottom.min()
    height = max(height, (top.max() - floor) / 2**21, np.finfo(float).tiny)
    first = np.floor((bottom - floor) / height).astype(np.int64)
    count = np.floor((top - floor) / height).astype(np.int64) - first + 1
    box = np.repeat(np.arange(count.size), count)
    strip = ranges(first, count)
    origin = low[0].min()
    width = 2 * ((high[0].max() + reach - origin) or 1.0)
    # strip number plus at most a half for the place along it: one key sorts by both
    begin = strip + ((low[0] - origin) / width)[box]
    order = np.argsort(begin)
    box, strip, begin = box[order], strip[order], begin[order]
    slack = 4 * np.spacing(begin[-1] + 1)
    end = strip + ((high[0] + reach - origin) / width + slack)[box]
    report(progress, 0.0)
    meets = np.searchsorted(begin, end, side="right") - np.arange(1, box.size + 1)
    lowest = strip == first[box]
    bottom, top = bottom[box], top[box]
    for start, stop in blocks(meets, progress):
        count = meets[start:stop]
        p = np.repeat(np.arange(start, stop), count)
        q = ranges(np.arange(start + 1, stop + 1), count)
        near = np.flatnonzero((bottom[p] <= top[q]) & (bottom[q] <= top[p]) & (lowest[p] | lowest[q]))
        p, q = box[p[near]], box[q[near]]
        for axis in (2, 3):
            near = (low[axis, p] - high[axis, q] <= 1.5 * reach) & (
                low[axis, q] - high[axis, p] <= 1.5 * reach
            )
            p, q = p[near], q[near]
        yield p, q


def squared_separation(outlines, u, v):
    """Squared distance of side u to side v."""
    end_u, end_v = outlines.following[u], outlines.following[v]
    a = outlines.x[u], outlines.y[u]
    b = outlines.x[end_u], outlines.y[end_u]
    c = outlines.x[v], outlines.y[v]
    d = outlines.x[end_v], outlines.y[end_v]
    square = _squared_distance(a, c, d)
    np.minimum(square, _squared_distance(b, c, d), out=square)
    np.minimum(square, _squared_distance(c, a, b), out=square)
    np.minimum(square, _squared_distance(d, a, b), out=square)
    crossing = (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)
    square[crossing] = 0.0
    return square


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


def blocks(count, progress):
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


def distinct(keys):
    keys = np.sort(keys)
    return keys[differs_from_previous(keys)]


def contains(sorted_keys, keys):
    if sorted_keys.size == 0:
        return np.zeros(keys.size, dtype=bool)
    at = np.minimum(np.searchsorted(sorted_keys, keys), sorted_keys.size - 1)
    return sorted_keys[at] == keys
