"""Exact natural breaks (Fisher-Jenks): the classes with the least within-class sum of squares.

Every answer is the true optimum of all values. The search runs in double precision with a
proven bound on its rounding error, keeps each break that this bound cannot rule out, and
settles what is left in rational arithmetic.
"""

import math
import operator
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from ..errors import ParcelDataError

MAX_CLASSES = 64

_UNIT_ROUNDOFF = 2.0**-53
_FEW_CANDIDATES = 12_000
_LOCAL_STEPS = 40
_BLOCK = 1 << 20
_ILL_CONDITIONED = 1e-8
_SAFE_EXPONENT = 256


@dataclass(frozen=True)
class NaturalBreaks:
    """Classes of a column, counted from low to high.

    ``upper`` (k,) holds the upper class limits, closed on the right, ``counts`` (k,) the number of
    values per class, ``within_ss`` the sum of squared deviations from the class means and ``gvf`` the
    goodness of variance fit, 1 - within_ss / total sum of squares (1 where all values are equal).
    """

    upper: np.ndarray
    counts: np.ndarray
    within_ss: float
    gvf: float

    @property
    def classes(self):
        """Number of classes."""
        return self.upper.size


def natural_breaks(values, classes, progress=None):
    """Divide values into the classes that minimise the within-class sum of squares.

    Equal values always share a class. Of several optimal divisions the one with the lowest class
    limits is returned, so that the result depends neither on the order of the values nor on the platform.

    Parameters
    ----------
    values : array_like, (n,)
        Numbers in any unit; NaN and infinities are ignored.
    classes : int
        Number of classes, 1 to 64; with fewer distinct values each becomes a class of its own.
    progress : callable, optional
        Takes the fraction done, 0 to 1; may raise to cancel.

    Returns
    -------
    NaturalBreaks
        Every limit is a value that occurs; the last one is the maximum.

    Raises
    ------
    ParcelDataError
        If no value is finite, or the number of classes is not an integer from 1 to 64.

    Notes
    -----
    Fisher (1958), On grouping for maximum homogeneity, JASA 53; Jenks (1977), Optimal data
    classification for choropleth maps.
    """
    classes = checked_classes(classes)
    report = progress or (lambda fraction: None)
    report(0.0)
    ordered = sorted_finite(values)
    report(0.3)
    ends = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    breaks = _optimal_breaks(ordered, ends, classes, lambda fraction: report(0.3 + 0.65 * fraction))
    edges = np.concatenate(([0], breaks, [ordered.size]))
    # Adding zero turns -0.0 into 0.0.
    result = _summary(ordered, edges, ordered[edges[1:] - 1] + 0.0)
    report(1.0)
    return result


def fixed_breaks(values, upper):
    """Describe the classes that given limits make of values, as monitoring against a base year needs.

    Parameters
    ----------
    values : array_like, (n,)
        Numbers in any unit; NaN and infinities are ignored.
    upper : array_like, (k,)
        Upper class limits, closed on the right; values above the last one belong to the last class.

    Returns
    -------
    NaturalBreaks
        The given limits with the counts and fit of these values; classes may be empty.

    Raises
    ------
    ParcelDataError
        If no value is finite, or the limits are not finite and strictly increasing.
    """
    upper = _checked_limits(upper)
    ordered = sorted_finite(values)
    edges = np.concatenate(([0], np.searchsorted(ordered, upper, side="right")))
    edges[-1] = ordered.size
    return _summary(ordered, edges, upper)


def classify(values, upper):
    """Number the class of each value, 1 for the lowest.

    Parameters
    ----------
    values : array_like, (n,)
        Numbers in any unit.
    upper : array_like, (k,)
        Upper class limits, closed on the right; values above the last one belong to the last class.

    Returns
    -------
    numpy.ndarray, (n,) of int64
        Classes 1 to k, and 0 where the value is NaN or infinite.

    Raises
    ------
    ParcelDataError
        If the limits are not finite and strictly increasing.
    """
    upper = _checked_limits(upper)
    values = np.asarray(values, dtype=np.float64)
    # The last limit is left out of the search: all above it belongs to the last class.
    level = np.searchsorted(upper[:-1], values, side="left").astype(np.int64, copy=False) + 1
    level[~np.isfinite(values)] = 0
    return level


def goodness_of_variance_fit(values, upper):
    """Share of the variance of values that classes with given upper limits explain.

    Parameters
    ----------
    values : array_like, (n,)
        Numbers in any unit; NaN and infinities are ignored.
    upper : array_like, (k,)
        Upper class limits as for :func:`fixed_breaks`.

    Returns
    -------
    float
        1 - SSW / SST, 1 where all values are equal.

    Raises
    ------
    ParcelDataError
        As :func:`fixed_breaks`.

    Notes
    -----
    Robinson et al. (1984), Elements of cartography, 5th ed.
    """
    return fixed_breaks(values, upper).gvf


def checked_classes(classes):
    """Return a number of classes as an int; ParcelDataError where it is none from 1 to 64."""
    try:
        number = operator.index(classes)
    except TypeError:
        number = 0
    if not 1 <= number <= MAX_CLASSES:
        raise ParcelDataError(
            "The number of classes is {}: give an integer from 1 to {}.", classes, MAX_CLASSES
        )
    return number


def _checked_limits(upper):
    upper = np.array(upper, dtype=np.float64).ravel()
    if upper.size == 0:
        raise ParcelDataError("There is no class limit: give the upper limit of each class.")
    if not np.isfinite(upper).all():
        raise ParcelDataError("The class limit {} is not a finite number.", upper[~np.isfinite(upper)][0])
    falls = np.flatnonzero(np.diff(upper) <= 0)
    if falls.size:
        raise ParcelDataError(
            "Class limits must increase, but {} follows {}: sort them and drop repeated ones.",
            upper[falls[0] + 1],
            upper[falls[0]],
        )
    return upper


def sorted_finite(values):
    """Return the finite ones of the values in ascending order; ParcelDataError where there is none."""
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=None)
    # NaN sorts behind infinity, so both ends can be cut off without another pass.
    ordered = ordered[np.searchsorted(ordered, -np.inf, "right") : np.searchsorted(ordered, np.inf, "left")]
    if ordered.size == 0:
        raise ParcelDataError("There is no finite value to classify: check that the field holds numbers.")
    return ordered


def _scaled(ordered):
    """Values times a power of two that keeps their squares in range, and the exponent taken out."""
    exponent = math.frexp(max(abs(ordered[0]), abs(ordered[-1])))[1]
    if abs(exponent) <= _SAFE_EXPONENT:
        return ordered, 0
    return np.ldexp(ordered, -exponent), exponent


def _summary(ordered, edges, upper):
    within = [_sum_of_squares(ordered[a:b]) for a, b in pairwise(edges)]
    total, total_exponent = _sum_of_squares(ordered)
    with np.errstate(over="ignore", under="ignore"):
        within_ss = sum(float(np.ldexp(part, exponent)) for part, exponent in within)
        unexplained = sum(float(np.ldexp(part, exponent - total_exponent)) for part, exponent in within)
    counts = np.diff(edges).astype(np.int64, copy=False)
    return NaturalBreaks(upper, counts, within_ss, 1.0 - unexplained / total if total else 1.0)


def _sum_of_squares(ordered):
    """Sum of squared deviations from the mean as a number and the power of two to multiply it by."""
    if ordered.size == 0 or ordered[0] == ordered[-1]:
        return 0.0, 0
    scaled, exponent = _scaled(ordered)
    deviation = scaled - scaled[scaled.size // 2]
    deviation -= deviation.mean()
    # What rounding left in the mean of the deviations is taken out of their squares.
    drift = float(deviation.sum())
    np.square(deviation, out=deviation)
    return float(deviation.sum()) - drift * drift / ordered.size, 2 * exponent


def _optimal_breaks(ordered, ends, classes, report):
    """Positions in ``ordered`` where the classes 2 to k begin.

    ``ends`` are the positions where a new distinct value begins: the places a break can take.
    """
    if ends.size < classes:
        return ends
    if classes == 1:
        return ends[:0]
    sums = _PrefixSums(ordered, classes)
    low, high, known = _surviving_intervals(ends, sums, classes, report)
    left = sum(int((b - a).sum()) + a.size for a, b in zip(low, high, strict=True))
    if sums.tolerance > _ILL_CONDITIONED * known or left > ends.size:
        forced = _forced_breaks(ordered, ends, classes)
        if forced.size:
            del sums
            return _breaks_of_parts(ordered, ends, forced, classes, report)
    candidates = [ends[_ranges(a, b)] for a, b in zip(low, high, strict=True)]
    if any((a < b).any() for a, b in zip(low, high, strict=True)):
        candidates = _near_optimal(sums, candidates, report)
    # Frees two numbers per value before the exact sums need as much.
    del sums
    return _settled(ordered, candidates, report)


class _Prefix(NamedTuple):
    """Count, sum and sum of squares of the values below each of some positions."""

    count: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def take(self, index):
        return _Prefix(self.count[index], self.first[index], self.second[index])


class _PrefixSums:
    """Prefix sums of the centred values, with a bound on the error that they leave in a cost.

    ``tolerance`` bounds how far the difference between the costs of two divisions into
    ``classes`` classes can be off: twice the classes times the error of one class, whose mean is
    at most the largest centred value.
    """

    def __init__(self, ordered, classes):
        self.size = ordered.size
        self.values, _ = _scaled(ordered)
        self.centre = self.values[self.size // 2]
        centred = self.values - self.centre
        largest = max(-centred[0], centred[-1])
        half = self.size // 2
        self.first, first_error = _prefix_sums(centred, centred[half:].sum() - centred[:half].sum())
        np.square(centred, out=centred)
        self.second, second_error = _prefix_sums(centred, centred.sum())
        error = second_error + 2 * largest * first_error + 8 * _UNIT_ROUNDOFF * self.second[-1]
        self.tolerance = 2 * classes * error

    def below(self, position):
        position = np.asarray(position)
        return _Prefix(position.astype(np.float64), self.first[position], self.second[position])


def _prefix_sums(terms, magnitude):
    """Prefix sums (n + 1,) of terms, and a bound on the error of their differences.

    ``magnitude`` is the sum of the absolute terms. Each term is split at a power of two: sums of
    the leading parts are exact, those of the rests too small to matter (Rump, Ogita and Oishi
    2008, Accurate floating-point summation, SIAM J. Sci. Comput. 31).
    """
    size = terms.size
    pivot = 2.0 ** (math.frexp(magnitude)[1] + 1)
    leading = terms + pivot
    leading -= pivot
    sums = np.empty(size + 1)
    sums[0] = 0
    np.cumsum(leading, out=sums[1:])
    np.subtract(terms, leading, out=leading)
    sums[1:] += np.cumsum(leading, out=leading)
    return sums, (4 + size * size * _UNIT_ROUNDOFF) * _UNIT_ROUNDOFF * pivot


def _cost(lower, upper):
    """Sum of squared deviations of the values between two positions."""
    between = upper.first - lower.first
    between *= between
    between /= upper.count - lower.count
    within = upper.second - lower.second
    within -= between
    return within


def _surviving_intervals(ends, sums, classes, report):
    """Intervals of ``ends`` that can hold each break of an optimal division, and a cost known to be met.

    The cost of a division whose breaks lie in given intervals is at least that of the values
    outside them. Intervals where this exceeds the cost of a known division are dropped and the
    others divided, until single positions or few enough for dynamic programming remain.
    """
    breaks = classes - 1
    # Measured: the fewest intervals per break that still prune well.
    grid = max(4 * classes, min(max(96, int(3 * np.cbrt(ends.size))), 384))
    starts = _first_grid(ends, sums, grid)
    low = [starts] * breaks
    high = [np.append(starts[1:], ends.size) - 1] * breaks
    known = np.inf
    before = np.inf
    rounds = 0
    while True:
        report(0.5 - 0.5 * 0.8**rounds)
        rounds += 1
        known = min(known, _known_cost(sums, [ends[(a + b) >> 1] for a, b in zip(low, high, strict=True)]))
        bounds = _lower_bounds(sums, ends, low, high)
        kept = [bound <= known + sums.tolerance for bound in bounds]
        low = [a[keep] for a, keep in zip(low, kept, strict=True)]
        high = [b[keep] for b, keep in zip(high, kept, strict=True)]
        intervals = sum(a.size for a in low)
        left = sum(int((b - a).sum()) for a, b in zip(low, high, strict=True)) + intervals
        if left == intervals or left <= _FEW_CANDIDATES or left > before / 2:
            return low, high, known
        before = left
        low, high = zip(*(_divided(a, b, grid) for a, b in zip(low, high, strict=True)), strict=True)


def _first_grid(ends, sums, grid):
    """Starts of the first intervals: even in rank, in value and in share of the sum of squares."""
    if ends.size <= grid:
        return np.arange(ends.size)
    rank = np.linspace(0, ends.size, grid // 3).astype(np.int64)
    value = np.searchsorted(sums.values, np.linspace(sums.values[0], sums.values[-1], grid // 3))
    square = np.searchsorted(sums.second, np.linspace(0, sums.second[-1], grid // 3))
    starts = np.unique(np.concatenate((rank, np.searchsorted(ends, np.concatenate((value, square))))))
    return starts[starts < ends.size]


def _divided(low, high, grid):
    """Intervals cut into about ``grid`` pieces, in proportion to their lengths."""
    length = high - low + 1
    pieces = np.minimum(length, np.maximum(2, length * grid // length.sum() + 1))
    owner = np.repeat(np.arange(low.size), pieces)
    piece = np.arange(owner.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    start, length, pieces = low[owner], length[owner], pieces[owner]
    return start + piece * length // pieces, start + (piece + 1) * length // pieces - 1


def _ranges(low, high):
    """All integers from each low to its high, one range behind the other."""
    length = high - low + 1
    return np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length - low, length)


def _lower_bounds(sums, ends, low, high):
    """Least cost that a division with a break in each of the intervals can have."""
    start, end = sums.below(0), sums.below(sums.size)
    at_low = [sums.below(ends[a]) for a in low]
    at_high = [sums.below(ends[b]) for b in high]
    between = [
        _cost_matrix(at_high[j], at_low[j + 1], low[j][:, None] < high[j + 1][None, :])
        for j in range(len(low) - 1)
    ]
    to, onward = _least_paths(_cost(start, at_low[0]), between, _cost(at_high[-1], end))
    return [a + b for a, b in zip(to, onward, strict=True)]


def _known_cost(sums, positions):
    """Cost of the best division with breaks at given positions, moved to a local optimum."""
    at = [sums.below(position) for position in positions]
    between = [_cost_matrix(a, b, a.count[:, None] < b.count[None, :]) for a, b in pairwise(at)]
    to, onward = _least_paths(_cost(sums.below(0), at[0]), between, _cost(at[-1], sums.below(sums.size)))
    index = int(np.argmin(to[-1] + onward[-1]))
    breaks = [positions[-1][index]]
    for j in reversed(range(len(between))):
        index = int(np.argmin(to[j] + between[j][:, index]))
        breaks.append(positions[j][index])
    breaks = np.array(breaks[::-1])
    known = np.inf
    for _ in range(_LOCAL_STEPS):
        if breaks[0] == 0 or breaks[-1] == sums.size or (np.diff(breaks) <= 0).any():
            break
        edge = sums.below(np.concatenate(([0], breaks, [sums.size])))
        cost = float(_cost(edge.take(slice(None, -1)), edge.take(slice(1, None))).sum())
        if not cost < known:
            break
        known = cost
        mean = sums.centre + np.diff(edge.first) / np.diff(edge.count)
        breaks = np.searchsorted(sums.values, (mean[1:] + mean[:-1]) / 2, side="right")
    return known


def _cost_matrix(lower, upper, possible):
    """Costs between each of some lower and each of some upper positions; inf where not possible."""
    count = upper.count[None, :] - lower.count[:, None]
    between = upper.first[None, :] - lower.first[:, None]
    between *= between
    between /= np.maximum(count, 1)
    cost = upper.second[None, :] - lower.second[:, None]
    cost -= between
    cost[count <= 0] = 0
    cost[~possible] = np.inf
    return cost


def _least_paths(first, between, last):
    """Least cost from the start to each break, and from there to the end."""
    to = [first]
    for matrix in between:
        to.append((to[-1][:, None] + matrix).min(axis=0))
    onward = [last]
    for matrix in reversed(between):
        onward.append((matrix + onward[-1][None, :]).min(axis=1))
    return to, onward[::-1]


def _near_optimal(sums, positions, report):
    """Positions of each break that belong to a division within the rounding error of the optimum.

    Rounding can also mislead a search that halves: once per level, so the tolerance counts levels.
    """
    start, end = sums.below(0), sums.below(sums.size)
    at = [sums.below(position) for position in positions]
    to = [_cost(start, at[0])]
    for j, (lower, upper) in enumerate(pairwise(at)):
        report(0.5 + 0.2 * j / len(at))
        to.append(_least_sums(to[-1], lower, upper))
    onward = _cost(at[-1], end)
    levels = max(position.size for position in positions).bit_length()
    limit = (to[-1] + onward).min() + (1 + levels) * sums.tolerance
    near = [None] * len(at)
    for j in reversed(range(len(at))):
        report(0.9 - 0.2 * j / len(at))
        if j < len(at) - 1:
            mirrored = [
                _Prefix(
                    *(whole - part for whole, part in zip(end, a.take(slice(None, None, -1)), strict=True))
                )
                for a in (at[j + 1], at[j])
            ]
            onward = _least_sums(onward[::-1], *mirrored)[::-1]
        keep = np.flatnonzero(to[j] + onward <= limit)
        near[j], at[j], onward = positions[j][keep], at[j].take(keep), onward[keep]
    return near


def _least_sums(best, lower, upper):
    """Least of ``best`` + cost over the lower positions, for each upper position.

    The lower position of the least sum never falls from one upper position to the next: the
    middle one halves the search of the others, and all halves of a level are searched at once.
    """
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


def _settled(ordered, candidates, report):
    """Optimal breaks among candidate positions, compared in rational arithmetic; the lowest of equals.

    The total sum of squares being fixed, the division with the least within-class sum of squares
    has the greatest sum over classes of (sum of the class)^2 / count.
    """
    if all(candidate.size == 1 for candidate in candidates):
        return np.concatenate(candidates)
    below = _exact_sums_below(ordered, np.concatenate(candidates))
    candidates = [candidate.tolist() for candidate in candidates]
    best = [_gain(below, 0, q) for q in candidates[0]]
    choices = []
    for j, (lower, upper) in enumerate(pairwise(candidates)):
        done = 0.9 + 0.1 * j / len(candidates)
        best, choice = _greatest_gains(best, lower, upper, below, partial(report, done))
        choices.append(choice)
    best = [gain + _gain(below, q, ordered.size) for gain, q in zip(best, candidates[-1], strict=True)]
    index = best.index(max(best))
    breaks = [candidates[-1][index]]
    for choice, lower in zip(reversed(choices), reversed(candidates[:-1]), strict=True):
        index = choice[index]
        breaks.append(lower[index])
    return np.array(breaks[::-1], dtype=np.int64)


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
        gains = [best[c] + _gain(below, lower[c], upper[row]) for c in range(low, last)]
        greatest[row] = max(gains)
        choice[row] = low + gains.index(greatest[row])
        pending += [(a, row, low, choice[row] + 1), (row + 1, b, choice[row], high)]
    return greatest, choice


def _gain(below, lower, upper):
    return Fraction((below[upper] - below[lower]) ** 2, upper - lower)


def _exact_sums_below(ordered, positions):
    """Exact sums of the values below positions, 0 and n included, as integers of one common unit.

    Leading parts of the values that add up without rounding are split off until nothing is
    left (Rump, Ogita and Oishi 2008).
    """
    edges = np.unique(np.concatenate(([0], positions, [ordered.size])))
    # Far below the largest double, so that no pivot overflows.
    rest = np.ldexp(ordered, -128) if max(-ordered[0], ordered[-1]) > 2.0**800 else ordered.copy()
    sums = [Fraction(0)] * (edges.size - 1)
    while largest := float(max(rest.max(), -rest.min())):
        pivot = 2.0 ** (math.frexp(largest)[1] + ordered.size.bit_length() + 1)
        leading = rest + pivot
        leading -= pivot
        rest -= leading
        sums = [
            a + Fraction(b) for a, b in zip(sums, np.add.reduceat(leading, edges[:-1]).tolist(), strict=True)
        ]
    below = list(accumulate(sums, initial=Fraction(0)))
    unit = max(value.denominator for value in below)
    return {
        edge: value.numerator * (unit // value.denominator)
        for edge, value in zip(edges.tolist(), below, strict=True)
    }


def _forced_breaks(ordered, ends, classes):
    """Positions behind gaps so wide that every optimal division breaks there.

    A class across a gap costs at least half the gap squared: too much where some division,
    here the one at the widest gaps, costs less than that.
    """
    scaled, _ = _scaled(ordered)
    gap = scaled[ends] - scaled[ends - 1]
    widest = np.sort(np.argpartition(gap, -(classes - 1))[1 - classes :])
    edges = np.concatenate(([0], ends[widest], [ordered.size]))
    known = sum(math.ldexp(*_sum_of_squares(scaled[a:b])) for a, b in pairwise(edges))
    return ends[widest][gap[widest] ** 2 > 2.001 * known]


def _breaks_of_parts(ordered, ends, forced, classes, report):
    """Optimal breaks where some are known: each part by itself, for every number of classes it may get."""
    edges = [0, *forced.tolist(), ordered.size]
    spare = classes - len(forced)
    divisions = []
    for a, b in pairwise(edges):
        inside = ends[np.searchsorted(ends, a, "right") : np.searchsorted(ends, b)] - a
        counts = range(1, min(spare, inside.size + 1) + 1)
        divisions.append(
            [_optimal_breaks(ordered[a:b], inside, c, lambda _: report(0.5)) + a for c in counts]
        )
    below = _exact_sums_below(ordered, np.concatenate([[*edges], *(d for part in divisions for d in part)]))
    best = {0: (Fraction(0), [0])}
    for part, b in zip(divisions, edges[1:], strict=True):
        longer = {}
        for used, (gain, chosen) in best.items():
            for division in part:
                path = [*chosen, *division.tolist(), b]
                total = gain + sum(_gain(below, p, q) for p, q in pairwise(path[len(chosen) - 1 :]))
                number = used + division.size + 1
                # A tie goes to the lower breaks.
                if number not in longer or (-total, path) < (-longer[number][0], longer[number][1]):
                    longer[number] = total, path
        best = longer
    return np.array(best[classes][1][1:-1], dtype=np.int64)
