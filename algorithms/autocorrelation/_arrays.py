"""Arrays that weights, neighbours and Moran's I are computed with: places, rows and runs.

Differences of coordinates keep their precision under an offset of millions of metres; what
the coordinates themselves lose by rounding is ``rounding_of`` them.
"""

import numpy as np

ROUNDING_ULPS = 8
# Pairs of sites or of sides looked at between two calls of progress: well under a second.
BLOCK = 1 << 19


def rounding_of(xy):
    """Distance below which points are equal but for the rounding of their coordinates.

    8 units in the last place of the largest one, 7e-9 m at 5,000 km.
    """
    largest = max(abs(xy.max(initial=0.0)), abs(xy.min(initial=0.0)))
    if not np.isfinite(largest):
        largest = np.abs(xy[np.isfinite(xy)]).max(initial=0.0)
    return ROUNDING_ULPS * np.spacing(largest)


def places(x, y):
    """Number of each point's place, and the order that puts points of one place together."""
    order, fresh = by_place(x, y)
    place = np.empty(x.size, dtype=np.int64)
    place[order] = np.cumsum(fresh) - 1
    return place, order


def by_place(x, y):
    """The order that puts points of one place together, and whether each is the first at its place."""
    # the upper bits of a hash with the number of the point below them: one sort of plain integers
    bits = np.uint64(int(x.size).bit_length())
    key = _mixed(x, y) >> bits
    key <<= bits
    key |= np.arange(x.size, dtype=np.uint64)
    key.sort()
    order = (key & ((np.uint64(1) << bits) - np.uint64(1))).view(np.int64)
    key >>= bits
    fresh = differs_from_previous(key)
    sorted_x, sorted_y = x[order], y[order]
    moved = differs_from_previous(sorted_x) | differs_from_previous(sorted_y)
    if not np.array_equal(fresh, moved):
        run = np.cumsum(fresh) - 1
        # different places with the same hash: their points are sorted by place
        at = np.flatnonzero((np.bincount(run, weights=moved & ~fresh) > 0)[run])
        order[at] = order[at[np.lexsort((sorted_y[at], sorted_x[at], run[at]))]]
        moved = differs_from_previous(x[order]) | differs_from_previous(y[order])
    return order, moved


def _mixed(x, y):
    """Hash of the bit patterns of x and y."""
    # adding 0 makes -0 and 0 the same
    mixed = (x + 0.0).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed += (y + 0.0).view(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
    return mixed ^ (mixed >> np.uint64(32))


def row_starts(counts):
    """Start of each row of so many entries, and the end of the last one."""
    starts = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def differs_from_previous(values):
    """Whether each value is another than the one before it; True for the first."""
    differs = np.ones(values.size, dtype=bool)
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs


def ranges(start, count):
    """start[0], start[0] + 1, ... (count[0] numbers), start[1], ...; one start may serve all."""
    ends = np.cumsum(count)
    return np.repeat(start - (ends - count), count) + np.arange(ends[-1] if ends.size else 0)


def joined(arrays, dtype=np.int64):
    """Arrays one behind the other; empty if there is none."""
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=dtype)


def report(progress, fraction):
    """Tell ``progress``, if there is one, the fraction done."""
    if progress is not None:
        progress(min(1.0, float(fraction)))


def part(progress, start, stop):
    """``progress`` for the part of the work between two fractions."""
    return None if progress is None else lambda fraction: progress(start + (stop - start) * fraction)
