"""Local Geary's c of every site: whether a site is like its neighbours."""

from dataclasses import dataclass

import numpy as np

from .conditional_permutations import SQUARED_TIE, TIE, absolute_sums, smaller_tail
from .global_moran import check_permutations, deviations, pseudo_p

HIGH_HIGH, LOW_LOW, OTHER_POSITIVE, NEGATIVE = 1, 2, 3, 4
KINDS = {0: "", HIGH_HIGH: "HH", LOW_LOW: "LL", OTHER_POSITIVE: "OP", NEGATIVE: "NEG"}


@dataclass(frozen=True, eq=False)
class LocalGeary:
    """Local Geary's c of n sites.

    Parameters
    ----------
    c : (n,) float64
        Local Geary's c; 0 where all neighbours have the value of the site.
    expected : (n,) float64
        Mean of c over all conditional permutations.
    lag : (n,) float64
        Spatial lag of the values in their own unit.
    p : (n,) float64
        Pseudo p-value.
    kind : (n,) int8
        Below the expected c, where site and neighbours are alike, 1 both above the mean, 2 both
        below it, 3 any other; 4 at or above the expected c; 0 where c is not defined.
    permutations : int
        Number of reference draws behind ``p``.
    """

    c: np.ndarray
    expected: np.ndarray
    lag: np.ndarray
    p: np.ndarray
    kind: np.ndarray
    permutations: int


def local_geary(values, weights, permutations=99_999, seed=1, alternative="two-sided", progress=None):
    """Local Geary's c_i = sum_j w_ij (z_i - z_j)^2 of standardised values, and its pseudo p-value.

    Parameters
    ----------
    values : (n,) float
        Finite values, one per site.
    weights : SpatialWeights
        Neighbours of the n sites, row-standardised or not.
    permutations : int
        Number R of conditional permutations, at least 1.
    seed : int
        Seed of the permutations, 0 or more.
    alternative : {"two-sided", "directed"}
        p is min(1, 2 (smaller tail + 1) / (R + 1)), or without the 2 when directed.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    LocalGeary
        ``c``, ``expected`` and ``p`` are NaN and ``kind`` is 0 at sites without neighbours and,
        when all values are equal, everywhere.

    Raises
    ------
    ParcelDataError
        A value that is not finite, another number of values than sites, unusable settings.

    Notes
    -----
    Anselin (1995), Geographical Analysis 27, 93-115; Anselin (2019), Geographical Analysis 51,
    133-150. z has the standard deviation with divisor n, as in esda; GeoDa's has n - 1, which gives
    (n - 1) / n times this c. The kinds are GeoDa's, by the exact mean of c over the permutations.
    """
    check_permutations(permutations, 1, seed, alternative)
    z = deviations(values, weights)
    n = z.size
    total = absolute_sums(weights)
    connected = total > 0
    lag = np.where(connected, weights.lag(values), np.nan)
    if not z.any():
        unknown = np.full(n, np.nan)
        return LocalGeary(unknown, unknown, lag, unknown, np.zeros(n, dtype=np.int8), permutations)

    m2 = np.mean(z**2)
    z_lag = weights.lag(z)
    c = weights.row_sums(weights.data * (z[weights.rows] - z[weights.indices]) ** 2)
    # The other n - 1 values have the mean -z / (n - 1) and these squares on average.
    squares = (n * m2 - z**2) / (n - 1)
    expected = weights.row_sums(weights.data) * (z**2 * (1 + 2 / (n - 1)) + squares)
    tail = smaller_tail(z, weights, permutations, seed, progress, squared_differences=True)
    p = np.where(connected, pseudo_p(tail, permutations, alternative), np.nan)

    alike = c < expected - SQUARED_TIE * total
    high, low = z > TIE, z < -TIE
    high_lag, low_lag = z_lag > TIE * total, z_lag < -TIE * total
    kind = np.select(
        [~connected, ~alike, high & high_lag, low & low_lag],
        [0, NEGATIVE, HIGH_HIGH, LOW_LOW],
        OTHER_POSITIVE,
    ).astype(np.int8)
    c, expected = (np.where(connected, each / m2, np.nan) for each in (c, expected))
    return LocalGeary(c, expected, lag, p, kind, permutations)
