"""Exact natural breaks (Fisher-Jenks): the classes with the least within-class sum of squares.

Every answer is the true optimum of all values. The search runs in double precision with a
proven bound on its rounding error, keeps each break that this bound cannot rule out, and
settles what is left in rational arithmetic.
"""

import math
import operator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from ..errors import ParcelDataError
from .binned_search import ILL_CONDITIONED, binned_breaks, distinct_of_bins, tails
from .break_columns import UNIT_ROUNDOFF, DistinctColumn, grouped, scaled
from .break_search import Places, best_breaks, few_candidates, first_ranges, surviving_intervals
from .histogram import histogram

MAX_CLASSES = 64

# Fewer values are sorted faster than counted.
_MANY = 8192
_BINS = 8192
# Breaks between more classes may lie in most of the bins.
_FEW_CLASSES = 32


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
    values = np.asarray(values, dtype=np.float64).ravel()
    result = None
    if values.size >= _MANY and 1 < classes <= _FEW_CLASSES:
        result = _from_histogram(values, classes, report)
    if result is None:
        values, count = grouped(sorted_finite(values))
        report(0.3)
        result = _from_distinct(values, count, classes, lambda fraction: report(0.3 + 0.65 * fraction))
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


def _summary(ordered, edges, upper):
    within = [_sum_of_squares(ordered[a:b]) for a, b in pairwise(edges)]
    return _fit(np.diff(edges), within, _sum_of_squares(ordered), upper)


def _fit(counts, within, total, upper):
    """Classes from their sums of squares and the total one, as numbers and powers of two."""
    total, total_exponent = total
    with np.errstate(over="ignore", under="ignore"):
        within_ss = sum(float(np.ldexp(part, exponent)) for part, exponent in within)
        unexplained = sum(float(np.ldexp(part, exponent - total_exponent)) for part, exponent in within)
    counts = counts.astype(np.int64, copy=False)
    return NaturalBreaks(upper, counts, within_ss, 1.0 - unexplained / total if total else 1.0)


def _from_histogram(values, classes, report):
    """Natural breaks without sorting all values, None where too few of them can be spared."""
    bins = histogram(values, _BINS, partial(report, 0.0))
    if bins is None:
        return None
    outside = tails(bins, partial(report, 0.05))
    if not bins.spread:
        distinct, count = distinct_of_bins(bins, outside)
        return _from_distinct(distinct, count, classes, lambda part: report(0.05 + 0.9 * part))
    found = binned_breaks(bins, outside, classes, lambda part: report(0.05 + 0.25 * part))
    if found is None:
        return None
    within = [(square, 0) for square in found.within.tolist()]
    return _fit(found.counts, within, (found.total, 0), found.upper)


def _sum_of_squares(values, count=None):
    """Sum of squared deviations from the mean as a number and the power of two to multiply it by.

    ``count`` is how often each of the values occurs, once where not given.
    """
    if values.size == 0 or values[0] == values[-1]:
        return 0.0, 0
    deviation, exponent = scaled(values)
    deviation = deviation - deviation[values.size // 2]
    number = values.size if count is None else count.sum()

    def total(numbers):
        return float(numbers.sum()) if count is None else float((numbers * count).sum())

    deviation -= total(deviation) / number
    # What rounding left in the mean of the deviations is taken out of their squares.
    drift = total(deviation)
    np.square(deviation, out=deviation)
    return total(deviation) - drift * drift / number, 2 * exponent


def _from_distinct(values, count, classes, report):
    """Natural breaks of distinct values; ``count`` as for a column of them."""
    breaks = _optimal_breaks(values, count, classes, report)
    edges = np.concatenate(([0], breaks, [values.size]))
    if count is None:
        counts, number = np.diff(edges), [None] * edges.size
    else:
        counts = np.diff(count[edges])
        number = [np.diff(count[a : b + 1]) for a, b in pairwise(edges)]
    within = [_sum_of_squares(values[a:b], of) for (a, b), of in zip(pairwise(edges), number, strict=False)]
    total = _sum_of_squares(values, None if count is None else np.diff(count))
    # Adding zero turns -0.0 into 0.0.
    return _fit(counts, within, total, values[edges[1:] - 1] + 0.0)


def _optimal_breaks(values, count, classes, report):
    """Positions in distinct ``values`` where the classes 2 to k begin."""
    if values.size <= classes:
        return np.arange(1, values.size)
    if classes == 1:
        return np.arange(0)
    column = DistinctColumn(values, count, classes)
    points = np.arange(1, values.size, dtype=np.int32)
    places = Places(points, points)
    near, error = values, 0.0
    while True:
        low, high = first_ranges(column, places, classes - 1)
        low, high, known = surviving_intervals(column, places, low, high, lambda part: report(0.5 * part))
        left = sum(int((b - a).sum()) + a.size for a, b in zip(low, high, strict=True))
        well_conditioned = column.tolerance <= ILL_CONDITIONED * known
        if left <= few_candidates(values.size) or (well_conditioned and left <= values.size):
            break
        bound = math.sqrt(max(known, 0.0) + column.tolerance)
        del column
        pulled = _pulled_together(near, count, classes, error, bound)
        if pulled is not None:
            near, error = pulled
        column = DistinctColumn(near, count, classes, values, error)
        if pulled is None:
            break
    return best_breaks(column, places, low, high, lambda part: report(0.5 + 0.5 * part))


def _pulled_together(values, count, classes, error, bound):
    """Values with the gaps narrowed that every optimal division breaks at, which moves no break.

    A class across a gap costs at least half the gap squared: too much where some division costs
    less than that, the one at the widest gaps or one with the root ``bound``, and so it is across
    the gap that is left.
    ``error`` bounds how far values are off; the result is None or comes with the same of its own.
    """
    near, exponent = scaled(values)
    gap = np.diff(near)
    widest = np.sort(np.argpartition(gap, -(classes - 1))[1 - classes :])
    edges = np.concatenate(([0], widest + 1, [values.size]))
    roots = []
    for a, b in pairwise(edges):
        square, twice = _sum_of_squares(near[a:b], None if count is None else np.diff(count[a : b + 1]))
        roots.append(math.ldexp(math.sqrt(max(square, 0.0)), twice // 2))
    # Roots, since squares may underflow, and far above what is left of values that do.
    width = max(1.45 * min(math.hypot(*roots), bound), 2.0**-1000)
    wide = widest[gap[widest] > 2 * width]
    if not wide.size:
        return None
    near = near.copy()
    del gap
    end = 0.0
    for a, b in pairwise((0, *(wide + 1).tolist(), values.size)):
        near[a:b] -= near[a]
        near[a:b] += end
        end = near[b - 1] + width
    return near, math.ldexp(error, -exponent) + 2 * UNIT_ROUNDOFF * near[-1] + 2.0**-1073
