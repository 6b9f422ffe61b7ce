"""Histogram of a column in one pass without sorting, with sums as exact as those of the values.

Bins are the multiples of a power of two nearest to the values, so that what is left of a value
is known without rounding.
"""

import math
from dataclasses import dataclass, field

import numpy as np

# Beyond it squares of sums are out of range.
LARGEST = 2.0**250

_BLOCK = 1 << 15
_BLOCKS_PER_REPORT = 64
_SAMPLE = 4096
# Share of the sample, one in so many, beyond which values lie outside the bins at either end.
_TAIL = 256


@dataclass(frozen=True)
class Histogram:
    """Bins of width ``unit`` around its multiples ``first_bin`` and following.

    ``count`` (m,) int64 and ``rest`` (m,) hold the number of values and the sum of what they
    differ from the multiple; ``key`` (n,) uint16 the bin of each value. The first and the last bin
    take what lies outside, NaN and infinities included. ``rest_error`` bounds the sum of the
    rounding errors in ``rest`` but for the last one of each, ``rest_square`` is the sum of all squared
    rests, known but for ``square_error``. Without ``spread`` every value is a multiple.
    """

    values: np.ndarray = field(repr=False)
    unit: float
    first_bin: int
    count: np.ndarray
    rest: np.ndarray
    rest_square: float
    square_error: float
    rest_error: float
    spread: bool
    key: np.ndarray = field(repr=False)

    @property
    def size(self):
        """Number of bins."""
        return self.count.size

    def take(self, chosen, report):
        """Values in bins that (m,) bool marks, in the order of the column."""
        found = []
        for number, part in enumerate(_blocks(self.values.size)):
            if number % _BLOCKS_PER_REPORT == 0:
                report()
            found.append(self.values[part][chosen.take(self.key[part])])
        return np.concatenate(found)

    def exact_rests(self, report):
        """Yield arrays (m,) that add up to ``rest``, each of which sums without rounding.

        Only for bins inside; what the outer two hold is meaningless.
        """
        inside = np.ones(self.size, dtype=bool)
        inside[[0, -1]] = False
        bits = self.values.size.bit_length()
        reach = self.unit
        left = True
        while left:
            pivot = 1.5 * reach * 2.0 ** (bits + 1)
            total = np.zeros(self.size)
            left = False
            for number, part in enumerate(_blocks(self.values.size)):
                if number % _BLOCKS_PER_REPORT == 0:
                    report()
                key = self.key[part]
                rest = np.where(inside.take(key), self.values[part], 0)
                rest -= np.where(inside.take(key), (key.astype(np.float64) + self.first_bin) * self.unit, 0)
                rest = self._cut(rest, bits, reach)
                leading = (rest + pivot) - pivot
                total += np.bincount(key, weights=leading, minlength=self.size)
                left = left or bool((rest != leading).any())
            yield total
            reach *= 2.0 ** (bits - 51)

    def _cut(self, rest, bits, reach):
        """What earlier rounds of ``exact_rests`` left of the rests."""
        before = self.unit
        while before > reach:
            pivot = 1.5 * before * 2.0 ** (bits + 1)
            rest = rest - ((rest + pivot) - pivot)
            before *= 2.0 ** (bits - 51)
        return rest


def histogram(values, bins, report):
    """Count a column in bins.

    Parameters
    ----------
    values : (n,) float64
        May hold NaN and infinities.
    bins : int
        About as many bins between the extremes of a sample, at most 2**15.
    report : callable
        Called without arguments every few milliseconds; may raise to cancel.

    Returns
    -------
    Histogram or None
        None where no such bins exist: nothing finite in the sample, or numbers too large or small.
    """
    grid = _grid(values, bins)
    if grid is None:
        return None
    unit, first, last = grid
    size = last - first + 1
    low, high = first * unit, last * unit
    pivot = 1.5 * 2.0**52 * unit
    origin = int(np.float64(low + pivot).view(np.int64))
    count, rest, fine = np.zeros(size, dtype=np.int64), np.zeros(size), np.zeros(size)
    coarse = 1.5 * 2.0 ** (values.size.bit_length() + 1) * unit
    square, fullest, spread = 0.0, 0, False
    key = np.empty(values.size, dtype=np.uint16)
    inside, rounded, number = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK, dtype=np.int64)
    for turn, part in enumerate(_blocks(values.size)):
        if turn % _BLOCKS_PER_REPORT == 0:
            report()
        block = values[part]
        # fmax and fmin, not clip: they put NaN into the first bin.
        w = np.fmax(block, low, out=inside[: block.size])
        np.fmin(w, high, out=w)
        t = np.add(w, pivot, out=rounded[: block.size])
        index = np.subtract(t.view(np.int64), origin, out=number[: block.size])
        t -= pivot
        w -= t
        found = np.bincount(index, minlength=size)
        count += found
        fullest = max(fullest, int(found[1:-1].max()))
        # Not dot: its threads cost more than they save on such blocks.
        square += float(np.einsum("i,i", w, w))
        spread = spread or bool(w.any())
        # Leading bits add up without rounding, so that what rounding leaves is negligible.
        leading = np.add(w, coarse, out=t)
        leading -= coarse
        rest += np.bincount(index, weights=leading, minlength=size)
        w -= leading
        fine += np.bincount(index, weights=w, minlength=size)
        key[part] = index
    blocks = -(-values.size // _BLOCK)
    # Each of the finer rests is at most half a unit in the last place of the pivot.
    error = (fullest + blocks + 2) * 2.0**-53 * values.size * coarse * 2.0**-53
    rest += fine
    square_error = (_BLOCK + blocks) * 2.0**-50 * square
    return Histogram(values, unit, first, count, rest, square, square_error, error, spread, key)


def _blocks(size):
    return [slice(start, start + _BLOCK) for start in range(0, size, _BLOCK)]


def _grid(values, bins):
    """Width of the bins, and the multiples of it that the first and the last lie at."""
    sample = values[:: max(1, values.size // _SAMPLE)]
    sample = np.sort(sample[np.isfinite(sample)])
    if sample.size == 0:
        return None
    tail = sample.size // _TAIL
    low, high = float(sample[tail]), float(sample[-1 - tail])
    largest = max(-low, high)
    if largest > LARGEST:
        return None
    margin = (high - low) / 4
    low, high = low - margin, high + margin
    # Multiples of it must have integers in the range of a double.
    least = max((high - low) / bins, max(-low, high) * 2.0**-49, 1 / LARGEST)
    unit = 2.0 ** math.frexp(least)[1]
    first, last = math.floor(low / unit) - 1, math.ceil(high / unit) + 1
    return unit, first, last
