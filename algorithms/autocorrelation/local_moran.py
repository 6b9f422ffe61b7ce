"""Local Moran's I of every site with conditional permutations shared between sites."""

from dataclasses import dataclass

import numpy as np

from .analytic_local_moran import analytic_tail
from .conditional_permutations import TIE, absolute_sums, smaller_tail
from .global_moran import check_permutations, deviations, pseudo_p

HIGH_HIGH, LOW_HIGH, LOW_LOW, HIGH_LOW = 1, 2, 3, 4
QUADRANTS = {0: "", HIGH_HIGH: "HH", LOW_HIGH: "LH", LOW_LOW: "LL", HIGH_LOW: "HL"}


@dataclass(frozen=True, eq=False)
class LocalMoran:
    """Local Moran's I of n sites.

    Parameters
    ----------
    i : (n,) float64
        Local Moran's I; the mean of row-standardised ones is the global I where every site
        has neighbours.
    lag : (n,) float64
        Spatial lag of the neighbours' values in their own unit: with row-standardised weights
        their mean.
    z : (n,) float64
        Standardised values: deviation from the mean / standard deviation (divisor n).
    p : (n,) float64
        Pseudo p-value, or the analytic one.
    quadrant : (n,) int8
        1 high among high, 2 low among high, 3 low among low, 4 high among low (a value or
        lag at the mean counts as low); 0 where I is not defined.
    permutations : int
        Number of reference draws behind ``p``; 0 where it is analytic.
    """

    i: np.ndarray
    lag: np.ndarray
    z: np.ndarray
    p: np.ndarray
    quadrant: np.ndarray
    permutations: int


def local_moran(
    values,
    weights,
    permutations=99_999,
    seed=1,
    alternative="two-sided",
    progress=None,
    *,
    neighbour_values=None,
    analytic=False,
):
    """Local Moran's I_i = z_i sum_j w_ij z_j / m2 with m2 = sum z^2 / n, and its p-value.

    The bivariate I_i = x_i sum_j w_ij y_j takes the neighbours' values from another column, both
    standardised: are the neighbours of a site that is high in the one high in the other?

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
    neighbour_values : (n,) float, optional
        Finite values y of the neighbours for the bivariate I. A site keeps its x, and its
        neighbours take their y from the other n - 1 sites.
    analytic : bool
        The distribution that the permutations approach is computed instead of drawn; see
        `analytic_tail`. ``permutations`` and ``seed`` have no effect.

    Returns
    -------
    LocalMoran
        ``i`` and ``p`` are NaN and ``quadrant`` is 0 at sites without neighbours and, when
        all values of a column are equal, everywhere. ``lag`` is NaN without neighbours, ``z`` when
        all values are equal. A site exactly at the mean has I = 0 under every permutation: p = 1.

    Raises
    ------
    ParcelDataError
        A value that is not finite, another number of values than sites, unusable settings.

    Notes
    -----
    Anselin (1995), Geographical Analysis 27, 93-115, with the scaling of Bivand and Wong
    (2018), TEST 27, 716-748; esda and GeoDa give (n - 1) / n times this I. Bivariate: Anselin, Syabri
    and Smirnov (2002), New Tools for Spatial Data Analysis, CSISS.
    """
    check_permutations(permutations, 1, seed, alternative)
    z = deviations(values, weights)
    others = values if neighbour_values is None else neighbour_values
    y = z if neighbour_values is None else deviations(others, weights)
    n = z.size
    total = absolute_sums(weights)
    connected = total > 0
    lag = np.where(connected, weights.lag(others), np.nan)
    permutations = 0 if analytic else permutations
    if not z.any() or not y.any():
        unknown = np.full(n, np.nan)
        return LocalMoran(unknown, lag, unknown, unknown, np.zeros(n, dtype=np.int8), permutations)

    deviation = np.sqrt(np.mean(z**2))
    if weights.equal_rows:
        # The sums that are put among those of the draws.
        sums = weights.row_sums(y[weights.indices])
        y_lag = weights.row_weight * sums
    else:
        sums, y_lag = None, weights.lag(y)
    i = np.where(connected, z * y_lag / (deviation * np.sqrt(np.mean(y**2))), np.nan)
    # z is in units of the largest deviation: what is left of a site at the mean is rounding.
    at_mean = np.abs(z) <= TIE
    if analytic:
        tail = np.where(at_mean, 1.0, analytic_tail(y, weights, progress))
        p = tail if alternative == "directed" else np.minimum(1.0, 2 * tail)
    else:
        tail = smaller_tail(y, weights, permutations, seed, progress, neighbour_sums=sums)
        tail[at_mean] = permutations
        p = pseudo_p(tail, permutations, alternative)
    p = np.where(connected, p, np.nan)

    high, high_lag = z > TIE, y_lag > TIE * total
    quadrant = np.select(
        [~connected, high & high_lag, high_lag, ~high], [0, HIGH_HIGH, LOW_HIGH, LOW_LOW], HIGH_LOW
    ).astype(np.int8)
    return LocalMoran(i, lag, z / deviation, p, quadrant, permutations)
