"""Lower bounds on the cost of divisions whose breaks lie in given ranges of positions.

The values that lie between the ranges of two breaks surely share a class. Those inside a range
belong to the class below or above it: adding a set D of values to a class of c values and mean m
raises its sum of squares by at least c / (c + |D|) times the sum of (x - m)^2 over D.
"""

from typing import NamedTuple

import numpy as np

# Pairs of ranges at a time, so that the matrices stay in the processor's cache.
_PAIRS = 1 << 13


class Prefix(NamedTuple):
    """Count, sum and sum of squares of the values below each of some positions."""

    count: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def take(self, index):
        """The same of some of the positions."""
        return Prefix(*(part[..., index] for part in self))


class Ranges(NamedTuple):
    """Ranges (..., m) of positions for one break: their ends, prefix sums there, extreme values inside."""

    low: np.ndarray
    high: np.ndarray
    below: Prefix
    above: Prefix
    least: np.ndarray
    greatest: np.ndarray

    def take(self, part):
        """Some of the ranges."""
        ends = (of[..., part] for of in (self.low, self.high))
        sums = (of.take(part) for of in (self.below, self.above))
        return Ranges(*ends, *sums, self.least[..., part], self.greatest[..., part])


def bounds_through(ranges, breaks, limit, keep, alive=lambda: None):
    """Least cost (..., m) that a division with a break in each of the ranges can have, per break.

    Parameters
    ----------
    ranges : callable
        Ranges of a break by its number from 1, ascending; of 0 the lowest position alone, of k the highest.
    breaks : int
        Number of breaks, k - 1.
    limit : (..., 1) or float
        Of a cost above it no more than that needs to be known.
    keep : bool
        Whether memory allows to compute the matrices between two breaks only once.
    alive : callable
        Called without arguments for each break.

    Returns
    -------
    list of k - 1 arrays
        inf where no division has a break in the range, or none that costs at most the limit.

    Notes
    -----
    The values inside a range are charged to one class, whichever costs less: a path has paid for
    them with the class below, or owes what they add to the class above.
    """
    shape = ranges(0).low.shape
    paid, owed = [np.zeros(shape)], [np.full(shape, np.inf)]
    kept = []

    def edges(j):
        alive()
        if j < len(kept):
            return kept[j]
        found = _edges(ranges(j), ranges(j + 1), limit - np.minimum(paid[j], owed[j]))
        if keep:
            found = list(found)
            kept.append(found)
        return found

    for j in range(breaks):
        pays, owes = (np.full(ranges(j + 1).low.shape, np.inf) for _ in range(2))
        for rows, columns, core, lower, upper in edges(j):
            cost = np.minimum(paid[j][..., rows, None], owed[j][..., rows, None] + lower)
            cost += core
            np.minimum(owes[..., columns], cost.min(axis=-2), out=owes[..., columns])
            cost += upper
            np.minimum(pays[..., columns], cost.min(axis=-2), out=pays[..., columns])
        paid.append(pays)
        owed.append(owes)
    # ``free`` of the charge for a range, which the class below has to bear then.
    free, charged = np.full(shape, np.inf), np.zeros(shape)
    through = []
    for j in range(breaks, 0, -1):
        frees, charges = (np.full(paid[j].shape, np.inf) for _ in range(2))
        for rows, columns, core, lower, upper in edges(j):
            cost = np.minimum(charged[..., None, columns], free[..., None, columns] + upper)
            cost += core
            cost.min(axis=-1, out=frees[..., rows])
            cost += lower
            cost.min(axis=-1, out=charges[..., rows])
        free, charged = frees, charges
        through.append(np.minimum(paid[j] + free, owed[j] + charged))
    return through[::-1]


def _edges(lower, upper, left):
    """Yield rows, columns and the costs of the classes between them, but for classes that cost too much.

    ``left`` (..., m) is what a class above each of the lower ranges may cost.
    """
    size = lower.low.shape[-1]
    step = max(1, _PAIRS // upper.low.shape[-1])
    for start in range(0, size, step):
        rows = slice(start, min(start + step, size))
        # Of the classes above these ranges the one above the last holds the fewest values.
        last = lower.take(slice(rows.stop - 1, rows.stop))
        count, first, core = (b - a for a, b in zip(last.above, upper.below, strict=True))
        core -= first * first / np.maximum(count, 1)
        possible = (count <= 0) | (core <= left[..., rows].max(axis=-1, keepdims=True))
        possible &= lower.low[..., start, None] < upper.high
        possible = np.flatnonzero(possible.reshape(-1, possible.shape[-1]).any(axis=0))
        if possible.size:
            columns = slice(possible[0], possible[-1] + 1)
            yield rows, columns, *_class_costs(lower.take(rows), upper.take(columns))


def _class_costs(lower, upper):
    """Least costs (..., m, m) of a class between ranges of two breaks.

    First that of the values surely in the class, inf where no division breaks in both ranges; then
    what the values inside the lower and inside the upper range add to it.
    """
    count, first, core = (
        b[..., None, :] - a[..., :, None] for a, b in zip(lower.above, upper.below, strict=True)
    )
    empty = count <= 0
    np.maximum(count, 1, out=count)
    mean = first / count
    first *= mean
    core -= first
    core[empty] = 0
    core[lower.low[..., :, None] >= upper.high[..., None, :]] = np.inf
    lower_width = (lower.above.count - lower.below.count)[..., :, None]
    upper_width = (upper.above.count - upper.below.count)[..., None, :]
    share = np.add(count, lower_width + upper_width, out=first)
    np.divide(count, share, out=share)
    share[empty] = 0
    to_lower = np.subtract(mean, lower.greatest[..., :, None], out=count)
    to_lower *= to_lower
    to_lower *= share
    to_lower *= lower_width
    to_upper = np.subtract(upper.least[..., None, :], mean, out=mean)
    to_upper *= to_upper
    to_upper *= share
    to_upper *= upper_width
    return core, to_lower, to_upper
