"""Natural breaks of many values without sorting all of them.

Breaks are confined to some bins of a histogram by a lower bound on the cost of any division
with a break elsewhere; only the values of those bins and of the tails are then sorted.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from .break_columns import BinnedColumn, grouped
from .break_search import Places, best_breaks, divided, first_ranges, surviving_intervals
from .histogram import LARGEST

ILL_CONDITIONED = 1e-6
# Rounding in sums over blocks of the histogram, of which far more than this would be needed to matter.
_UNSURE = 1e-11


class BinnedBreaks(NamedTuple):
    """Counts (k,), sums of squares (k,), upper limits (k,) of the classes and the total sum of squares."""

    counts: np.ndarray
    within: np.ndarray
    upper: np.ndarray
    total: float


def tails(bins, report):
    """Distinct finite values outside the bins, and how often each occurs."""
    return _explicit(bins, _outer(bins), report)


def distinct_of_bins(bins, outside):
    """Distinct values of a histogram whose bins hold a value each, and the number of values below each."""
    at = np.flatnonzero((bins.count > 0) & ~_outer(bins))
    values = np.concatenate((outside[0], (bins.first_bin + at) * bins.unit))
    number = np.concatenate((outside[1], bins.count[at]))
    order = np.argsort(values)
    return values[order], np.concatenate(([0.0], np.cumsum(number[order])))


def binned_breaks(bins, outside, classes, report):
    """Optimal classes of the values of a histogram.

    Parameters
    ----------
    bins : Histogram
    outside : tuple of arrays
        Its ``tails``.
    classes : int
        At least 2.
    report : callable
        Takes the fraction done, 0 to 1.

    Returns
    -------
    BinnedBreaks or None
        None where most values would have to be sorted, or where bins are too coarse to be exact.
    """
    opened = _outer(bins)
    too_large = outside[0].size and max(-outside[0][0], outside[0][-1]) > LARGEST
    column = None if too_large else BinnedColumn(bins, *outside, opened, classes)
    if column is None or column.size < classes or not column.bins.size:
        return None
    places = _places(column)
    low, high = first_ranges(column, places, classes - 1)
    low, high, known = surviving_intervals(
        column, places, low, high, lambda part: report(0.4 * part), slack=bins.rest_square, few=0, worth=1000
    )
    if not column.tolerance <= ILL_CONDITIONED * known or not known < np.inf:
        return None
    begin = [places.begin[a] for a in low]
    finish = [places.finish[b] for b in high]
    opened |= _opened(column, begin, finish)
    if bins.count[opened].sum() > bins.values.size / 2:
        return None
    fine = BinnedColumn(bins, *_explicit(bins, opened, partial(report, 0.4)), opened, classes)
    low, high = [], []
    for a, b in zip(begin, finish, strict=True):
        first, last = (np.searchsorted(fine.count, column.count[position]) for position in (a, b))
        apart = np.flatnonzero(first[1:] > last[:-1] + 1)
        low.append(np.maximum(first[np.append(0, apart + 1)], 1))
        high.append(np.minimum(last[np.append(apart, last.size - 1)], fine.size - 1))
    del column, places
    points = np.arange(fine.size)
    places = Places(points, points)
    low, high = divided(low, high, 96)
    low, high, known = surviving_intervals(fine, places, low, high, lambda part: report(0.4 + 0.3 * part))
    if not fine.tolerance <= ILL_CONDITIONED * known:
        return None
    breaks = best_breaks(fine, places, low, high, lambda part: report(0.7 + 0.3 * part))
    edges = np.concatenate(([0], breaks, [fine.size]))
    within, total, error = fine.sums_of_squares(edges)
    if not error <= _UNSURE * within.sum():
        return None
    return BinnedBreaks(np.diff(fine.count[edges]), within, fine.values[edges[1:] - 1] + 0.0, total)


def _outer(bins):
    outer = np.zeros(bins.size, dtype=bool)
    outer[[0, -1]] = True
    return outer


def _explicit(bins, chosen, report):
    """Distinct finite values in the chosen bins, ascending, and how often each occurs."""
    values = bins.take(chosen, report)
    values = values[np.isfinite(values)]
    if not values.size:
        return values, np.zeros(0, dtype=np.int64)
    values.sort()
    values, below = grouped(values)
    return values, np.ones(values.size, dtype=np.int64) if below is None else np.diff(below).astype(np.int64)


def _places(column):
    """Bins with their ends, and the positions between single values."""
    bin_above = np.append(column.is_bin, False)
    bin_below = np.append(False, column.is_bin)
    inner = np.arange(column.size + 1)
    inner = (inner > 0) & (inner < column.size)
    begin = np.flatnonzero(bin_above | (inner & ~bin_below))
    return Places(begin, begin + bin_above[begin])


def _opened(column, begin, finish):
    """Bins that a break can fall into, those below, which hold the upper limit then, and the highest."""
    change = np.zeros(column.size + 1, dtype=np.int64)
    for a, b in zip(begin, finish, strict=True):
        np.add.at(change, np.maximum(a - 1, 0), 1)
        np.add.at(change, b, -1)
    groups = np.cumsum(change[:-1]) > 0
    groups[-1] = True
    opened = np.zeros(column.histogram.size, dtype=bool)
    opened[column.bins[groups[column.is_bin]]] = True
    return opened
