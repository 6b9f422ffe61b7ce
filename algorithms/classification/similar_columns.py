"""Exact natural breaks of many columns that differ little, such as one score under many weights.

A column like one whose breaks are known hardly needs a search: a local search from those breaks
finds a division, and a lower bound on the cost of all divisions elsewhere proves it optimal. What
cannot be proven beyond rounding error is left to ``natural_breaks``, so that the answer is the same.
"""

import math
from itertools import pairwise

import numpy as np

from ..errors import ParcelDataError
from .natural_breaks import natural_breaks

_UNIT_ROUNDOFF = 2.0**-53
# Columns at a time: their cost matrices stay in the processor's cache.
_BLOCK = 32
# Measured on scores of 1,000 to 100,000 parcels: single positions on either side of a break, how much
# wider each next interval is, pieces of a divided one, steps of the local search.
_NEAREST = 3
_GROWTH = 1.4
_PIECES = 2
_STEPS = 2 ** np.arange(7)
_MOST_ROUNDS = 60
# With more intervals left per break, natural_breaks is faster.
_MOST_INTERVALS = 160


def breaks_of_similar_columns(columns, guess):
    """Upper class limits of natural breaks of each of some columns.

    Parameters
    ----------
    columns : (r, n) float
        A column of n finite values per row; best in an order that sorts a typical one of them.
    guess : (k,) float
        Upper class limits of natural breaks of a similar column.

    Returns
    -------
    list of r arrays (k,) float
        As ``natural_breaks(column, k).upper``; fewer limits for a column with fewer distinct values.

    Raises
    ------
    ParcelDataError
        A value is not finite.

    Notes
    -----
    Branch and bound over intervals that may hold each break (Land and Doig 1960). Values between
    the ends of an interval belong to one of its two classes: adding a set D of values to a class of c
    values and mean m raises its sum of squares by at least c / (c + |D|) times the sum of (x - m)^2.
    """
    if not np.isfinite(columns).all():
        raise ParcelDataError("A column to classify holds a value that is not a finite number.")
    classes = guess.size
    limits = []
    for start in range(0, len(columns), _BLOCK):
        block = columns[start : start + _BLOCK]
        if classes == 1 or block.shape[1] <= classes:
            limits += [natural_breaks(column, classes).upper for column in block]
            continue
        ordered = np.sort(block, axis=1)
        breaks, proven = _proven_breaks(ordered, guess)
        limits += [
            # Adding zero turns -0.0 into 0.0.
            np.append(row[at - 1], row[-1]) + 0.0 if sure else natural_breaks(column, classes).upper
            for row, at, sure, column in zip(ordered, breaks, proven, block, strict=True)
        ]
    return limits


def _proven_breaks(ordered, guess):
    """Positions (b, k - 1) where the classes 2 to k begin, and whether each row is the sole optimum.

    Positions inside a run of equal values are no exception: a division that splits one costs more.
    """
    sums = _Sums(ordered, guess.size)
    near = _polished(sums, _local_optimum(sums, guess))
    low, high = _intervals(near, sums.n)
    known = sums.total(near)
    while True:
        bounds = _bounds(sums, [_Node(sums, a, b) for a, b in zip(low, high, strict=True)])
        likely = [bound.argmin(axis=1) for bound in bounds]
        middle = [(a + b)[sums.rows, best] // 2 for a, b, best in zip(low, high, likely, strict=True)]
        known = np.minimum(known, sums.total(np.stack(middle, axis=1)))
        kept = [bound <= (known + sums.tolerance)[:, None] for bound in bounds]
        few = np.all([keep.sum(axis=1) <= _MOST_INTERVALS for keep in kept], axis=0)
        low, high = zip(
            *(_compressed(a, b, keep & few[:, None]) for a, b, keep in zip(low, high, kept, strict=True)),
            strict=True,
        )
        if all((a >= b).all() for a, b in zip(low, high, strict=True)):
            break
        low, high = zip(*(_divided(a, b) for a, b in zip(low, high, strict=True)), strict=True)
    proven = np.all([(a <= b).sum(axis=1) == 1 for a, b in zip(low, high, strict=True)], axis=0)
    return np.stack([a[:, 0] for a in low], axis=1), proven


def _divided(low, high):
    """Each interval cut into pieces, single positions as they are."""
    length = high - low + 1
    piece = np.arange(_PIECES + 1)
    edges = low[:, :, None] + piece * length[:, :, None] // _PIECES
    low, high = edges[:, :, :-1].reshape(len(low), -1), edges[:, :, 1:].reshape(len(low), -1) - 1
    return _compressed(low, high, low <= high)


class _Sums:
    """Prefix sums (b, n + 1) of centred values and of their squares, and what rounding leaves in a cost."""

    def __init__(self, ordered, classes):
        rows, self.n = ordered.shape
        self.rows = np.arange(rows)
        self.centre = ordered[:, self.n // 2, None]
        self.ordered = ordered - self.centre
        stretch = math.isqrt(self.n) + 1
        self.first = _cumulated(self.ordered, stretch)
        self.second = _cumulated(self.ordered**2, stretch)
        # By Cauchy and Schwarz, of the magnitudes.
        magnitude = np.sqrt(self.n * self.second[:, -1])
        largest = np.abs(self.ordered[:, [0, -1]]).max(axis=1)
        # A sum is off by at most so many roundings of the sum of magnitudes as it has additions in a row.
        # It counts for 2 * largest in the cost of a class, and for 4 in what the values around add to it.
        error = (2 * stretch + 16) * _UNIT_ROUNDOFF * (self.second[:, -1] + 6 * largest * magnitude)
        self.tolerance = 2 * classes * error

    def at(self, position):
        """Count, sum and sum of squares (b, m) of the values below positions (b, m)."""
        rows = self.rows[:, None]
        return position.astype(np.float64), self.first[rows, position], self.second[rows, position]

    def total(self, breaks):
        """Cost (b,) of divisions (b, k - 1)."""
        count, first, second = (
            _with_ends(part, sums)
            for part, sums in zip(
                self.at(breaks), (np.arange(self.n + 1.0)[None], self.first, self.second), strict=True
            )
        )
        count, first = np.diff(count), np.diff(first)
        cost = second[:, -1] - (first**2 / np.maximum(count, 1)).sum(axis=1)
        return np.where((count > 0).all(axis=1), cost, np.inf)


def _with_ends(part, sums):
    """Sums (b, m) below positions, with those below the first and the last position of all."""
    rows = len(part)
    return np.hstack((np.zeros((rows, 1)), part, np.broadcast_to(sums[:, -1:], (rows, 1))))


def _cumulated(terms, stretch):
    """Prefix sums (b, n + 1) by way of those of stretches of terms, which rounds less than one long sum."""
    rows, n = terms.shape
    # The first one is the sum of no term.
    sums = np.zeros((rows, -(-(n + 1) // stretch), stretch))
    flat = sums.reshape(rows, -1)
    flat[:, 1 : n + 1] = terms
    np.cumsum(sums, axis=2, out=sums)
    sums[:, 1:] += np.cumsum(sums[:, :-1, -1], axis=1)[:, :, None]
    return flat[:, : n + 1]


def _local_optimum(sums, guess):
    """Breaks (b, k - 1) half-way between the means of their classes, searched from a guess (Lloyd 1982)."""
    borders = np.repeat(guess[None, :-1], len(sums.rows), axis=0) - sums.centre
    breaks = _ranks(sums, borders)
    for _ in range(_MOST_ROUNDS):
        count, first, _ = sums.at(breaks)
        count = np.diff(_with_ends(count, np.array([[float(sums.n)]])))
        mean = np.diff(_with_ends(first, sums.first)) / np.maximum(count, 1)
        moved = _ranks(sums, (mean[:, 1:] + mean[:, :-1]) / 2)
        if (moved == breaks).all():
            break
        breaks = moved
    return breaks


def _polished(sums, breaks):
    """Breaks moved together, by one of the steps of ``_STEPS`` each, while that lowers the cost."""
    reach = np.concatenate((-_STEPS[::-1], [0], _STEPS))
    for _ in range(_MOST_ROUNDS):
        at = np.clip(breaks[:, :, None] + reach, 1, sums.n - 1)
        bounds = _bounds(sums, [_Node(sums, at[:, j], at[:, j]) for j in range(breaks.shape[1])])
        moved = np.stack([at[sums.rows, j, bound.argmin(axis=1)] for j, bound in enumerate(bounds)], axis=1)
        if (moved == breaks).all():
            break
        breaks = moved
    return breaks


def _ranks(sums, borders):
    return np.array(
        [row.searchsorted(border, side="right") for row, border in zip(sums.ordered, borders, strict=True)]
    )


def _intervals(near, n):
    """Intervals (b, m) of positions per break that cover 1..n-1, the wider the farther from ``near``."""
    steps = [0, *range(1, _NEAREST + 1)]
    while steps[-1] < n:
        steps.append(int(steps[-1] * _GROWTH) + 1)
    starts = np.array([-step for step in reversed(steps[1:])] + steps)
    low, high = [], []
    for break_ in near.T:
        start = np.clip(break_[:, None] + starts, 1, n)
        low.append(start)
        high.append(np.append(start[:, 1:], np.full((len(near), 1), n), axis=1) - 1)
    return low, high


class _Node:
    """Intervals (b, m) of positions of one break, with the prefix sums at their ends."""

    def __init__(self, sums, low, high):
        rows = sums.rows[:, None]
        self.low, self.high = low, high
        self.below, self.above = sums.at(low), sums.at(high)
        # Of the values inside, the nearest one to either class.
        self.first = sums.ordered[rows, np.minimum(low, sums.n - 1)]
        self.last = sums.ordered[rows, np.maximum(high - 1, 0)]
        self.width = (high - low).astype(np.float64)


def _bounds(sums, nodes):
    """Least cost (b, m) that a division with a break in each of the intervals can have, per break."""
    start, end = (_Node(sums, *(np.full((len(sums.rows), 1), at),) * 2) for at in (0, sums.n))
    path = [start, *nodes, end]
    return _least_through([_Edge(a, b) for a, b in pairwise(path)])


class _Edge:
    """Least costs (b, m, m) of a class between intervals of two breaks.

    ``core`` is the cost of the values surely in the class, inf where no division breaks in both;
    ``lower`` and ``upper`` what the values inside the lower and the upper interval add to it.
    """

    def __init__(self, lower, upper):
        count, first, second = (
            b[:, None, :] - a[:, :, None] for a, b in zip(lower.above, upper.below, strict=True)
        )
        filled = np.maximum(count, 1)
        mean = first / filled
        first *= mean
        second -= first
        empty = count <= 0
        second[empty] = 0
        second[
            (lower.low[:, :, None] >= upper.high[:, None, :])
            | (lower.low > lower.high)[:, :, None]
            | (upper.low > upper.high)[:, None, :]
        ] = np.inf
        self.core = second
        width, other = lower.width[:, :, None], upper.width[:, None, :]
        share = filled / np.maximum(filled + width + other, 1)
        share[empty] = 0
        self.lower = (mean - lower.last[:, :, None]) ** 2 * share * width
        self.upper = (upper.first[:, None, :] - mean) ** 2 * share * other


def _least_through(edges):
    """Least cost (b, m) of a division through each interval of each break.

    The values inside an interval go to the lower or the upper class, whichever costs less: a path
    is charged for them with one class (``paid``) or is still to be charged with the other (``owed``).
    """
    paid, owed, through = [], [], []
    at_lower, at_upper = np.zeros((1, 1)), np.full((1, 1), np.inf)
    for edge in edges:
        cost = np.minimum(at_lower[:, :, None], at_upper[:, :, None] + edge.lower) + edge.core
        at_upper = cost.min(axis=1)
        at_lower = (cost + edge.upper).min(axis=1)
        paid.append(at_lower)
        owed.append(at_upper)
    at_lower, at_upper = np.zeros((1, 1)), np.full((1, 1), np.inf)
    for edge, settled, unsettled in zip(edges[:0:-1], paid[-2::-1], owed[-2::-1], strict=True):
        cost = np.minimum(at_lower[:, None, :], at_upper[:, None, :] + edge.upper) + edge.core
        at_upper = cost.min(axis=2)
        at_lower = (cost + edge.lower).min(axis=2)
        through.append(np.minimum(settled + at_upper, unsettled + at_lower))
    return through[::-1]


def _compressed(low, high, kept):
    """Kept intervals moved to the front, (b, most kept); an impossible one fills the rest."""
    width = max(int(kept.sum(axis=1).max()), 1)
    order = np.argsort(~kept, axis=1, kind="stable")[:, :width]
    keep = np.take_along_axis(kept, order, axis=1)
    low = np.where(keep, np.take_along_axis(low, order, axis=1), 1)
    high = np.where(keep, np.take_along_axis(high, order, axis=1), 0)
    return low, high
