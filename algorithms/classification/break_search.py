"""The search for the division of a column with the least within-class sum of squares.

It runs in double precision with a proven bound on its rounding error, keeps each break that this
bound cannot rule out, and settles what is left in rational arithmetic.
"""

from bisect import bisect_left
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .break_bounds import Prefix, bounds_through

_FEW_CANDIDATES = 12_000
_LOCAL_STEPS = 40
_PATIENCE = 6
_BLOCK = 1 << 13
# Pairs of positions at a time, so that the matrices stay in the processor's cache.
_PAIRS = 1 << 14
# More of them are searched faster by halves than one by one.
_MANY_PAIRS = 1 << 18


class Places(NamedTuple):
    """Intervals of positions, ascending, that together hold each break: points, or bins with their ends."""

    begin: np.ndarray
    finish: np.ndarray


def few_candidates(size):
    """Number of places that so many values are settled among: each takes as much memory as many values."""
    return min(_FEW_CANDIDATES, max(1000, size // 32))


def surviving_intervals(column, places, low, high, report, slack=0.0, few=None, worth=64):
    """Ranges of places that can hold each break of an optimal division, and a cost known to be met.

    The values outside and inside given ranges bound the cost of the divisions that break there
    (``break_bounds``). Ranges where this exceeds the cost of a known division are dropped and the
    others divided, until single places or few enough for dynamic programming remain.

    Parameters
    ----------
    column : a column of ``break_columns``
    places : Places
    low, high : lists of (m,) int arrays
        For each break the first and the last place of the ranges to begin with.
    report : callable
        Takes the fraction done.
    slack : float
        What the column leaves out of the cost of a division.
    few : int, optional
        Number of places for all breaks together that need no further division; see `few_candidates`.
    worth : int
        Number of pairs of ranges to compare one by one rather than keep a place.
    """
    grid = _grid(column, len(low))
    few = few_candidates(column.size) if few is None else few
    known = before = np.inf
    rounds = stalls = 0
    by_halves = False
    while True:
        report(1 - 0.8**rounds)
        alive = partial(report, 1 - 0.8**rounds)
        rounds += 1
        # Ranges begin where the first of them were seen to: at wide gaps, for instance.
        known = min(known, _known_cost(column, [places.begin[a] for a in low], alive))
        limit = known + slack + column.bound_tolerance
        if by_halves:
            bounds = _bounds_by_halves(column, places, low, high, alive)
            limit += max(a.size for a in low).bit_length() * column.tolerance
        else:
            bounds = _lower_bounds(column, places, low, high, limit, alive)
        kept = [bound <= limit for bound in bounds]
        del bounds
        low = [a[keep] for a, keep in zip(low, kept, strict=True)]
        high = [b[keep] for b, keep in zip(high, kept, strict=True)]
        ranges = sum(a.size for a in low)
        left = sum(int((b - a).sum()) for a, b in zip(low, high, strict=True)) + ranges
        stalls = stalls + 1 if left > 0.8 * before else 0
        # To search more places than there are values would take too much memory, so that a search which
        # rounding does not hold up goes on for longer.
        patience = _PATIENCE if 8 * left > column.size and column.bound_tolerance < 1e-6 * known else 0
        if left == ranges or left <= few or stalls > patience:
            return low, high, known
        # Each range is cut in two at least, which may make too many pairs to compare them all.
        pieces = [max(grid, 2 * a.size) for a in low]
        by_halves = sum(a * b for a, b in pairwise(pieces)) > max(worth * left, 2 * grid * grid)
        before = left
        low, high = divided(low, high, grid)


def first_ranges(column, places, breaks):
    """Ranges for each break to begin with: even in rank and, for most, in what an optimal division evens out.

    Many classes are as dense as the cube root of the values' density (Panter and Dite 1951).
    """
    count = places.begin.size
    grid = _grid(column, breaks)
    if count <= grid:
        starts = np.arange(count)
    else:
        rank = np.linspace(0, column.size, 4 * grid)
        value = np.searchsorted(column.values, np.linspace(column.values[0], column.values[-1], 4 * grid))
        square = np.searchsorted(column.second, np.linspace(0, column.second[-1], 4 * grid))
        at = np.unique(np.minimum(np.concatenate((rank, value, square)).astype(np.int64), column.size - 1))
        step = np.cbrt(np.diff(column.counts_below(at)) * np.diff(column.values[at]) ** 2)
        passed = np.append(0.0, np.cumsum(step))
        near = at[np.searchsorted(passed, np.linspace(0, passed[-1], grid)[:-1])]
        near = np.append(near, rank[:: 4 * grid // 32]).astype(places.begin.dtype)
        starts = np.searchsorted(places.begin, near)
        starts = np.union1d(starts[starts < count], 0)
    return [starts] * breaks, [np.append(starts[1:], count) - 1] * breaks


def _grid(column, breaks):
    """Measured: the fewest ranges per break that still prune well."""
    return max(3 * (breaks + 1), min(max(96, int(3 * np.cbrt(column.size))), 384))


def divided(low, high, grid):
    """Ranges of each break cut into about ``grid`` pieces."""
    return zip(*(_divided(a, b, grid) for a, b in zip(low, high, strict=True)), strict=True)


def best_breaks(column, places, low, high, report):
    """Positions of the breaks of an optimal division; of several the one with the lowest breaks.

    Parameters
    ----------
    column, places, low, high, report
        As for :func:`surviving_intervals`; all places are points. The column loses its prefix sums.
    """
    candidates = [places.begin[_ranges(a, b)] for a, b in zip(low, high, strict=True)]
    if any(candidate.size > 1 for candidate in candidates):
        candidates = _near_optimal(column, candidates, report)
    column.drop_prefix_sums()
    return _settled(column, candidates, report)


def _divided(low, high, grid):
    """Intervals cut into about ``grid`` pieces, in proportion to their lengths."""
    length = (high - low + 1).astype(np.int64)
    pieces = np.minimum(length, np.maximum(2, length * grid // length.sum() + 1))
    owner = np.repeat(np.arange(low.size), pieces)
    piece = np.arange(owner.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start, length, pieces = low[owner], length[owner], pieces[owner]
    low, high = start + piece * length // pieces, start + (piece + 1) * length // pieces - 1
    return low.astype(np.int32), high.astype(np.int32)


def _ranges(low, high):
    """All integers from each low to its high, one range behind the other."""
    length = high - low + 1
    return np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length - low, length)


def _lower_bounds(column, places, low, high, limit, alive):
    """Least cost that a division with a break in each of the ranges can have."""

    def ranges(j):
        if 0 < j <= len(low):
            return column.ranges(places.begin[low[j - 1]], places.finish[high[j - 1]])
        end = np.array([column.size if j else 0])
        return column.ranges(end, end)

    pairs = sum(a.size * b.size for a, b in pairwise(low))
    keep = 6 * pairs < column.counts_below(column.size)
    return bounds_through(ranges, len(low), limit, keep, alive)


def _bounds_by_halves(column, places, low, high, alive):
    """The same by the values outside the ranges alone, for so many ranges that pairs are too many."""
    end = column.below(column.size)
    bounds = [_cost(column.below(0), column.below(places.begin[low[0]]))]
    for j in range(len(low) - 1):
        alive()
        lower, upper = places.finish[high[j]], places.begin[low[j + 1]]
        last = np.searchsorted(places.begin[low[j]], places.finish[high[j + 1]]) - 1
        bounds.append(_least_sums(bounds[-1], column.below(lower), column.below(upper), last))
    onward = _cost(column.below(places.finish[high[-1]]), end)
    bounds[-1] += onward
    for j in reversed(range(len(low) - 1)):
        alive()
        lower, upper = places.begin[low[j + 1]][::-1], places.finish[high[j]][::-1]
        last = np.searchsorted(-places.finish[high[j + 1]][::-1], -places.begin[low[j]][::-1]) - 1
        mirrored = (_mirrored(column.below(at), end) for at in (lower, upper))
        onward = _least_sums(onward[::-1], *mirrored, last)[::-1]
        bounds[j] += onward
    return bounds


def _mirrored(prefix, end):
    """Sums above positions instead of below."""
    return Prefix(*(whole - part for whole, part in zip(end, prefix, strict=True)))


def _known_cost(column, positions, alive):
    """Cost of the best division with breaks at given positions, moved to a local optimum."""
    breaks = _best_of(column, positions, alive)
    known = np.inf
    for _ in range(_LOCAL_STEPS):
        if breaks[0] == 0 or breaks[-1] == column.size or (np.diff(breaks) <= 0).any():
            break
        edge = column.below(np.concatenate(([0], breaks, [column.size])))
        cost = float(_cost(edge.take(slice(None, -1)), edge.take(slice(1, None))).sum())
        if not cost < known:
            break
        known = cost
        mean = column.centre + np.diff(edge.first) / np.diff(edge.count)
        breaks = np.searchsorted(column.values, (mean[1:] + mean[:-1]) / 2, side="right")
    return known


def _best_of(column, positions, alive):
    """Breaks of the best division with each at one of given positions."""
    upper = column.below(positions[0])
    to = [_cost(column.below(0), upper)]
    for position in positions[1:]:
        alive()
        lower, upper = upper, column.below(position)
        if lower.count.size * upper.count.size > _MANY_PAIRS:
            to.append(_least_sums(to[-1], lower, upper))
            continue
        best = np.inf
        step = max(1, _PAIRS // upper.count.size)
        for start in range(0, lower.count.size, step):
            part = slice(start, start + step)
            matrix = _cost_matrix(lower.take(part), upper)
            matrix += to[-1][part, None]
            best = np.minimum(best, matrix.min(axis=0))
        to.append(best)
    breaks = [column.size]
    for position, cost in zip(reversed(positions), reversed(to), strict=True):
        onward = _cost_matrix(column.below(position), column.below(np.array(breaks[-1:])))[:, 0]
        breaks.append(position[int(np.argmin(cost + onward))])
    return np.array(breaks[:0:-1])


def _cost(lower, upper):
    """Sum of squared deviations of the values between two positions, 0 where none lies between."""
    count = upper.count - lower.count
    between = upper.first - lower.first
    between *= between
    between /= np.maximum(count, 1)
    within = upper.second - lower.second
    within -= between
    within *= count > 0
    return within


def _cost_matrix(lower, upper):
    """Costs between each of some lower and each of some upper positions; inf where none is between."""
    count = upper.count[None, :] - lower.count[:, None]
    between = upper.first[None, :] - lower.first[:, None]
    between *= between
    between /= np.maximum(count, 1)
    cost = upper.second[None, :] - lower.second[:, None]
    cost -= between
    cost[count <= 0] = np.inf
    return cost


def _near_optimal(column, positions, report):
    """Positions of each break that belong to a division within the rounding error of the optimum.

    Rounding can also mislead a search that halves: once per level, so the tolerance counts levels.
    """
    start, end = column.below(0), column.below(column.size)
    last = len(positions) - 1
    lower, to = start, []
    for j, position in enumerate(positions):
        report(0.5 + 0.2 * j / len(positions))
        upper = column.below(position)
        to.append(_least_sums(to[-1], lower, upper) if j else _cost(start, upper))
        lower = upper
    onward = _cost(lower, end)
    levels = max(position.size for position in positions).bit_length()
    limit = (to[-1] + onward).min() + (1 + levels) * column.tolerance
    near = [None] * len(positions)
    for j in reversed(range(len(positions))):
        report(0.9 - 0.2 * j / len(positions))
        if j < last:
            mirrored = (_mirrored(column.below(at[::-1]), end) for at in (near[j + 1], positions[j]))
            onward = _least_sums(onward[::-1], *mirrored)[::-1]
        keep = np.flatnonzero(to[j] + onward <= limit)
        near[j], onward = positions[j][keep], onward[keep]
    return near


def _least_sums(best, lower, upper, last=None):
    """Least of ``best`` + cost over the lower positions up to ``last``, for each upper position.

    ``last`` are the lower positions below each upper one where it is not given.

    The lower position of the least sum never falls from one upper position to the next: the
    middle one halves the search of the others, and all halves of a level are searched at once.
    """
    if last is None:
        last = np.searchsorted(lower.count, upper.count) - 1
    reachable = int(np.searchsorted(last, 0))
    least = np.full(last.size, np.inf)
    last = last[reachable:]
    if last.size == 0:
        return least
    step = 1 << last.size.bit_length()
    # The entries behind the rows bound the search of a row that has no later row yet.
    choice = np.full(last.size + step, lower.count.size - 1)
    rows = np.zeros(1, dtype=np.int64)
    low, high = rows, last[:1]
    while True:
        # Blocks bound the memory where many positions survive.
        length = high - low + 1
        block = np.cumsum(length) // _BLOCK
        for part in np.split(np.arange(rows.size), np.flatnonzero(np.diff(block)) + 1):
            sizes = length[part]
            begins = np.cumsum(sizes) - sizes
            owner = np.repeat(np.arange(part.size), sizes)
            column = np.arange(owner.size) + (low[part] - begins)[owner]
            row = rows[part]
            total = _cost(lower.take(column), upper.take(row[owner] + reachable))
            total += best[column]
            smallest = np.minimum.reduceat(total, begins)
            hits = np.flatnonzero(total == smallest[owner])
            choice[row] = column[hits[np.searchsorted(owner[hits], np.arange(part.size))]]
            least[row + reachable] = smallest
        step >>= 1
        if step == 0:
            return least
        rows = np.arange(step, last.size, 2 * step)
        low = choice[rows - step]
        high = np.minimum(choice[rows + step], last[rows])


def _settled(column, candidates, report):
    """Optimal breaks among candidate positions, compared in rational arithmetic; the lowest of equals.

    The total sum of squares being fixed, the division with the least within-class sum of squares
    has the greatest sum over classes of (sum of the class)^2 / count.
    """
    if all(candidate.size == 1 for candidate in candidates):
        return np.concatenate(candidates)
    positions, report_exact = np.concatenate(candidates), partial(report, 0.9)
    below, error = column.nearly_exact_sums_below(positions, report_exact)
    candidates = [candidate.tolist() for candidate in candidates]
    if error:
        breaks = _only_choice(column, candidates, below, error, report_exact)
        if breaks is not None:
            return breaks
        below = column.exact_sums_below(positions, report_exact)
    best = [gain(below, 0, q) for q in candidates[0]]
    choices = []
    for j, (lower, upper) in enumerate(pairwise(candidates)):
        done = 0.9 + 0.1 * j / len(candidates)
        best, choice = _greatest_gains(best, lower, upper, below, partial(report, done))
        choices.append(choice)
    best = [value + gain(below, q, column.size) for value, q in zip(best, candidates[-1], strict=True)]
    index = best.index(max(best))
    breaks = [candidates[-1][index]]
    for choice, lower in zip(reversed(choices), reversed(candidates[:-1]), strict=True):
        index = choice[index]
        breaks.append(lower[index])
    return np.array(breaks[::-1], dtype=np.int64)


def _only_choice(column, candidates, below, error, alive):
    """The breaks that errors of the sums leave as the only optimal ones; None where there are others."""
    size = column.size
    whole_sum, whole_count = below[size]
    mirrored = {size - p: (whole_sum - s, whole_count - n) for p, (s, n) in below.items()}
    towards = [[gain(below, 0, q) for q in candidates[0]]]
    onward = [[gain(below, q, size) for q in candidates[-1]]]
    for lower, upper in pairwise(candidates):
        towards.append(_greatest_gains(towards[-1], lower, upper, below, alive)[0])
    for lower, upper in pairwise(reversed(candidates)):
        from_end = ([size - p for p in reversed(of)] for of in (lower, upper))
        greatest, _ = _greatest_gains(onward[-1][::-1], *from_end, mirrored, alive)
        onward.append(greatest[::-1])
    # A search that halves may be misled once per level.
    levels = max(map(len, candidates)).bit_length() + 1
    off = 2 * levels * (len(candidates) + 1) * error
    breaks = []
    for candidate, a, b in zip(candidates, towards, reversed(onward), strict=True):
        total = [p + q for p, q in zip(a, b, strict=True)]
        limit = max(total) - off
        near = [position for position, value in zip(candidate, total, strict=True) if value >= limit]
        if len(near) > 1:
            return None
        breaks += near
    return np.array(breaks, dtype=np.int64)


def _greatest_gains(best, lower, upper, below, alive):
    """Greatest of ``best`` + gain over the lower positions, and where it is met first, per upper position."""
    greatest, choice = [None] * len(upper), [0] * len(upper)
    pending = [(0, len(upper), 0, len(lower))]
    while pending:
        a, b, low, high = pending.pop()
        if a == b:
            continue
        row = (a + b) // 2
        if row % 1024 == 0:
            alive()
        last = min(high, bisect_left(lower, upper[row]))
        gains = [best[c] + gain(below, lower[c], upper[row]) for c in range(low, last)]
        greatest[row] = max(gains)
        choice[row] = low + gains.index(greatest[row])
        pending += [(a, row, low, choice[row] + 1), (row + 1, b, choice[row], high)]
    return greatest, choice


def gain(below, lower, upper):
    """Square of the sum of the values between two positions over their number."""
    (low_sum, low_count), (high_sum, high_count) = below[lower], below[upper]
    return Fraction((high_sum - low_sum) ** 2, high_count - low_count)
