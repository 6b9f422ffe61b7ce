"""Columns as natural breaks are searched in: ascending groups of values with prefix sums.

A group is a distinct value with the number of times it occurs, or a bin of a histogram that no
break falls into. Position p lies below group p, so that a break between two groups is a position.
"""

import math
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np

from .break_bounds import Prefix, Ranges

UNIT_ROUNDOFF = 2.0**-53
_SAFE_EXPONENT = 256
# Rounding of the values' distances, of their squares and of the products with the counts.
_TERM_ERROR = 12
# Values at a time where sums are exact.
_STRETCH = 1 << 15


class _Column:
    """What columns have in common.

    ``values`` (g,) holds a value of each group, ascending. ``tolerance`` bounds how far the
    difference between the costs of two divisions into ``classes`` classes can be off: twice the
    classes times the error of one class, whose mean is at most the largest centred value.
    ``bound_tolerance`` is that for a lower bound on the cost of divisions instead of a cost.
    """

    def _add_up(self, first, second, middle, classes, first_error=0.0, value_error=0.0):
        """Prefix sums of the groups' centred sums, negative below ``middle``, and of their squares.

        ``first`` and ``second`` make these, so that nothing else holds what is used up here.
        """
        self.largest = largest = float(max(self.centre - self.values[0], self.values[-1] - self.centre))
        terms = first()
        magnitude = terms[middle:].sum() - terms[:middle].sum()
        self.first, error = _prefix_sums(terms, magnitude)
        del terms
        terms = second()
        self.second, second_error = _prefix_sums(terms, terms.sum())
        del terms
        sum_error = largest * (error + first_error)
        error = second_error + 2 * sum_error
        error += _TERM_ERROR * UNIT_ROUNDOFF * self.second[-1]
        error += 4 * value_error * (magnitude + self.counts_below(self.size) * value_error)
        self.tolerance = 2 * classes * error
        # The error of a mean counts for at most twice the largest distance in what each value of the two
        # ranges around a class adds to it; so does that of the distances, which is smaller.
        self.bound_tolerance = 2 * classes * (error + 10 * sum_error)

    @property
    def size(self):
        """Number of groups."""
        return self.values.size

    def below(self, position):
        """Prefix sums at positions."""
        return Prefix(self.counts_below(position), self.first[position], self.second[position])

    def drop_prefix_sums(self):
        """Free the memory of what exact sums do not need."""
        self.first = self.second = None

    def ranges(self, low, high):
        """Ranges between positions."""
        lowest, highest = np.minimum(low, self.size - 1), np.maximum(high - 1, 0)
        least = self.values[lowest] - self.half_width(lowest) - self.centre
        greatest = self.values[highest] + self.half_width(highest) - self.centre
        return Ranges(low, high, self.below(low), self.below(high), least, greatest)


class DistinctColumn(_Column):
    """Distinct values; ``count`` (g + 1,) float64 counts the values below each, None if all are single.

    ``given`` are the values that breaks are settled with where ``values`` stand for them, each with
    an error of at most ``value_error`` beside the others of any class.
    """

    def __init__(self, values, count, classes, given=None, value_error=0.0):
        self.count = count
        self.given = values if given is None else given
        self.values, exponent = scaled(values)
        value_error = math.ldexp(value_error, -exponent)
        self.classes = classes
        middle = self.size // 2 if count is None else int(np.searchsorted(count, count[-1] / 2, "right")) - 1
        self.centre = self.values[middle]
        self._add_up(self._distances, self._squares, middle, classes, value_error=value_error)

    def _distances(self):
        distances = self.values - self.centre
        if self.count is not None:
            distances *= np.diff(self.count)
        return distances

    def _squares(self):
        squares = self.values - self.centre
        squares *= squares
        if self.count is not None:
            squares *= np.diff(self.count)
        return squares

    def counts_below(self, position):
        """Number of values below positions."""
        return np.asarray(position).astype(np.float64) if self.count is None else self.count[position]

    def half_width(self, groups):
        """How far the values of groups may be from that in ``values``."""
        return 0.0

    def nearly_exact_sums_below(self, positions, report):
        """The same, which costs no more here, and 0: how far the square of a sum over its number is off."""
        return self.exact_sums_below(positions, report), 0

    def exact_sums_below(self, positions, report):
        """Sum and number of the values below positions, 0 and g included, by position.

        The sums are exact, as integers of one common unit.
        """
        edges = np.unique(np.concatenate(([0], positions, [self.size])))
        count = self.counts_below(edges).astype(np.int64).tolist()
        sums = _exact_sums(self.given, self.count, int(self.counts_below(self.size)), edges, report)
        return _by_position(edges, sums, count)[0]


class BinnedColumn(_Column):
    """Bins of a histogram, except those that ``explicit`` holds the single values of.

    ``explicit`` are distinct values, ascending, and ``number`` how often each occurs; ``opened`` (m,)
    marks their bins, the outer ones included.
    """

    def __init__(self, histogram, explicit, number, opened, classes):
        self.histogram = histogram
        unit, first_bin = histogram.unit, histogram.first_bin
        self.bins = np.flatnonzero((histogram.count > 0) & ~opened)
        bins_count = histogram.count[self.bins]
        whole = np.cumsum(histogram.count)
        self.middle_bin = int(np.searchsorted(whole, whole[-1] / 2))
        self.centre = (first_bin + self.middle_bin) * unit
        at = (first_bin + self.bins) * unit
        first = (self.bins - self.middle_bin) * (unit * bins_count) + histogram.rest[self.bins]
        second = first * first / bins_count
        distance = explicit - self.centre
        # Bins and single values never overlap: a value of a bin is as near to no other multiple.
        where = np.searchsorted(explicit, at)
        self.is_bin = np.zeros(explicit.size + at.size, dtype=bool)
        self.is_bin[where + np.arange(at.size)] = True
        self.values = self._merged(explicit, at)
        self.explicit, self.number = explicit, number
        self.count = np.empty(self.values.size + 1)
        self.count[0] = 0
        np.cumsum(self._merged(number, bins_count), out=self.count[1:])
        distance_squares = distance * distance
        distance *= number
        distance_squares *= number
        first = self._merged(distance, first)
        second = self._merged(distance_squares, second)
        middle = int(np.searchsorted(first, 0))
        self._add_up(lambda: first, lambda: second, middle, classes, histogram.rest_error)

    def _merged(self, of_explicit, of_bins):
        merged = np.empty(self.is_bin.size)
        merged[self.is_bin] = of_bins
        merged[~self.is_bin] = of_explicit
        return merged

    def counts_below(self, position):
        """Number of values below positions."""
        return self.count[position]

    def half_width(self, groups):
        """How far the values of groups may be from that in ``values``."""
        return self.is_bin[groups] * (self.histogram.unit / 2)

    def sums_of_squares(self, edges):
        """Sums of squared deviations between positions, (k,), their total, and a bound on the error."""
        weight = np.diff(self.count)
        bins = self.histogram
        offset = self.values - self.centre
        offset[self.is_bin] += bins.rest[self.bins] / bins.count[self.bins]
        # The squares within bins: all rests but those of single values, less those of the means.
        last = bins.first_bin + bins.size - 1
        rest = np.clip(self.explicit, bins.first_bin * bins.unit, last * bins.unit)
        rest -= np.rint(rest / bins.unit) * bins.unit
        inside = bins.rest_square - (rest * rest * self.number).sum()
        inside -= (bins.rest[self.bins] ** 2 / bins.count[self.bins]).sum()
        within = []
        for a, b in pairwise(edges):
            within.append(_weighted_squares(offset[a:b], weight[a:b]))
        within = np.array(within)
        within[0] += inside
        total = _weighted_squares(offset, weight) + inside
        return within, total, bins.square_error

    def nearly_exact_sums_below(self, positions, report):
        """As ``exact_sums_below`` but for rounding, and how far a sum's square over its number is off."""
        rests = self.histogram.rest[self.bins]
        below, unit = self._sums_below(positions, [rests], report)
        # Twice, since a sum lies between two positions.
        error = 2 * (Fraction(self.histogram.rest_error) + Fraction(float(np.abs(rests).sum())) / 2**52)
        return below, error * (2 * Fraction(self.largest) + error) * unit**2

    def exact_sums_below(self, positions, report):
        """As of a column of distinct values, of the distances from the centre."""
        rests = (part[self.bins] for part in self.histogram.exact_rests(report))
        return self._sums_below(positions, rests, report)[0]

    def _sums_below(self, positions, rests, report):
        edges = np.unique(np.concatenate(([0], positions, [self.size])))
        singles = np.concatenate(([0], np.cumsum(~self.is_bin)))[edges]
        numbers = np.concatenate(([0], np.cumsum(self.number)))[singles].tolist()
        below = np.concatenate(([0.0], np.cumsum(self.number)))
        sums = _exact_sums(self.explicit, below, int(below[-1]), singles, report)
        centre = Fraction(float(self.centre))
        sums = [part - centre * (b - a) for part, a, b in zip(sums, numbers, numbers[1:], strict=False)]
        bins = np.concatenate(([0], np.cumsum(self.is_bin)))[edges]
        unit = Fraction(self.histogram.unit)
        steps = np.concatenate(
            ([0], np.cumsum((self.bins - self.middle_bin) * self.histogram.count[self.bins]))
        )
        steps = np.diff(steps[bins]).tolist()
        sums = [part + unit * step for part, step in zip(sums, steps, strict=True)]
        for rest in rests:
            parts = [math.fsum(rest[a:b].tolist()) for a, b in pairwise(bins.tolist())]
            sums = [total + Fraction(part) for total, part in zip(sums, parts, strict=True)]
        return _by_position(edges, sums, self.count[edges].astype(np.int64).tolist())


def _weighted_squares(values, weight):
    deviation = values - (values * weight).sum() / weight.sum()
    drift = (deviation * weight).sum()
    return float((deviation * deviation * weight).sum() - drift * drift / weight.sum())


def scaled(ordered):
    """Values times a power of two that keeps their squares in range, and the exponent taken out."""
    exponent = math.frexp(max(abs(ordered[0]), abs(ordered[-1])))[1]
    if abs(exponent) <= _SAFE_EXPONENT:
        return ordered, 0
    return np.ldexp(ordered, -exponent), exponent


def grouped(ordered):
    """Distinct values of an ascending column and the number of values below each, None if all are single."""
    starts = np.flatnonzero(ordered[1:] != ordered[:-1])
    if starts.size == ordered.size - 1:
        return ordered, None
    starts += 1
    count = np.empty(starts.size + 2)
    count[0], count[-1] = 0, ordered.size
    count[1:-1] = starts
    distinct = np.empty(starts.size + 1)
    distinct[0] = ordered[0]
    np.take(ordered, starts, out=distinct[1:])
    return distinct, count


def _prefix_sums(terms, magnitude):
    """Prefix sums (n + 1,) of terms, which are used up, and a bound on the error of their differences.

    ``magnitude`` is the sum of the absolute terms. Each term is split at a power of two: sums of
    the leading parts are exact, those of the rests too small to matter (Rump, Ogita and Oishi
    2008, Accurate floating-point summation, SIAM J. Sci. Comput. 31).
    """
    size = terms.size
    pivot = 2.0 ** (math.frexp(magnitude)[1] + 1)
    sums = np.empty(size + 1)
    sums[0] = 0
    leading = np.add(terms, pivot, out=sums[1:])
    leading -= pivot
    terms -= leading
    np.cumsum(leading, out=leading)
    np.cumsum(terms, out=terms)
    leading += terms
    return sums, (4 + size * size * UNIT_ROUNDOFF) * UNIT_ROUNDOFF * pivot


def _exact_sums(values, below, count, edges, report):
    """Exact sums of values between edges; ``below`` (n + 1,) counts those below each, None if all are single.

    Leading parts of the values that add up without rounding are split off until nothing is
    left (Rump, Ogita and Oishi 2008).
    """
    sums = [Fraction(0)] * (edges.size - 1)
    if values.size == 0:
        return sums
    # Far below the largest double, so that no pivot overflows.
    factor = -128 if max(-values[0], values[-1]) > 2.0**800 else 0
    bits = count.bit_length() + 1
    for start in range(0, values.size, _STRETCH):
        stretch = slice(start, start + _STRETCH)
        rest = np.ldexp(values[stretch], factor)
        near = np.clip(edges, start, start + rest.size) - start
        # Empty stretches, which reduceat would give a value, and what lies behind the last edge.
        filled = np.flatnonzero(np.diff(near))
        while largest := float(max(rest.max(), -rest.min())):
            report()
            pivot = 2.0 ** (math.frexp(largest)[1] + bits)
            leading = rest + pivot
            leading -= pivot
            rest -= leading
            if below is not None:
                leading *= np.diff(below[start : start + rest.size + 1])
            parts = np.add.reduceat(leading, near[filled]).tolist()
            for index, part in zip(filled.tolist(), parts, strict=True):
                sums[index] += Fraction(part)
    return sums


def _by_position(edges, sums, count):
    """Sum and number of the values below edges, by edge, and the unit that makes the sums integers.

    ``sums`` are those between the edges; the list is used up.
    """
    unit = math.lcm(*{value.denominator for value in sums})
    for index, value in enumerate(sums):
        sums[index] = value.numerator * (unit // value.denominator)
    below = accumulate(sums, initial=0)
    return dict(zip(edges.tolist(), zip(below, count, strict=True), strict=True)), unit
