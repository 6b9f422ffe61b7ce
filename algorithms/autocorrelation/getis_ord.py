"""Getis-Ord statistics G_i and G_i*: where high values, or low ones, come together."""

from dataclasses import dataclass

import numpy as np

from .conditional_permutations import smaller_tail
from .global_moran import check_permutations, deviations, pseudo_p

CONFIDENCE = (0.10, 0.05, 0.01)
"""Significance levels of the bins 1, 2 and 3."""


@dataclass(frozen=True)
class GetisOrd:
    """G_i or G_i* of n sites.

    Parameters
    ----------
    z : (n,) float64
        Standard score: above 0 among high values, below 0 among low ones.
    p : (n,) float64
        Pseudo p-value.
    permutations : int
        Number of reference draws behind ``p``.

    All are NaN at sites without neighbours, where the sum over the neighbours cannot vary and, when
    all values are equal, everywhere.
    """

    z: np.ndarray
    p: np.ndarray
    permutations: int


def getis_ord(
    values, weights, star=True, permutations=99_999, seed=1, alternative="two-sided", progress=None
):
    """Standard scores of G_i* (the site itself counts as its neighbour) or G_i, with pseudo p-values.

    G_i* = sum_j w_ij x_j with w_ii the mean weight of the row, standardised by the mean and the
    variance over all sites; G_i leaves the site out of the sum, the mean and the variance.

    Parameters
    ----------
    values : (n,) float
        Finite values, one per site.
    weights : SpatialWeights
        Neighbours of the n sites, row-standardised or not.
    star : bool
        G_i* instead of G_i.
    permutations : int
        Number R of conditional permutations, at least 1. The site keeps its value, so that both
        statistics have the same p.
    seed : int
        Seed of the permutations, 0 or more.
    alternative : {"two-sided", "directed"}
        p is min(1, 2 (smaller tail + 1) / (R + 1)), or without the 2 when directed.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    GetisOrd

    Raises
    ------
    ParcelDataError
        A value that is not finite, another number of values than sites, unusable settings.

    Notes
    -----
    Ord and Getis (1995), Geographical Analysis 27, 286-306, equations 5 and 6.
    """
    check_permutations(permutations, 1, seed, alternative)
    d = deviations(values, weights)
    n = d.size
    cardinality = weights.cardinality
    connected = cardinality > 0
    unknown = np.full(n, np.nan)
    if not d.any():
        return GetisOrd(unknown, unknown, permutations)

    lag = weights.lag(d)
    total = weights.row_sums(weights.data)
    squares = weights.row_sums(weights.data**2)
    if star:
        own = total / np.maximum(cardinality, 1)
        lag, total, squares = lag + own * d, total + own, squares + own**2
        sites, mean, variance = n, 0.0, d @ d / n
    else:
        sites, mean = n - 1, -d / (n - 1)
        variance = (d @ d - d**2) / (n - 1) - mean**2
    spread = variance * (sites * squares - total**2) / (sites - 1)
    # Where every other site is a neighbour, or has the same value, every arrangement has the same sum.
    varies = connected & (variance > 1e-12 * (d @ d) / sites) & (spread > 1e-12 * variance * sites * squares)
    z = np.where(varies, (lag - total * mean) / np.sqrt(np.where(varies, spread, 1.0)), np.nan)
    tail = smaller_tail(d, weights, permutations, seed, progress)
    p = np.where(varies, pseudo_p(tail, permutations, alternative), np.nan)
    return GetisOrd(z, p, permutations)


def confidence_bins(z, p):
    """Hot and cold spots by confidence: 3, 2, 1 hot at 99, 95, 90 %, the same below 0 cold, 0 neither.

    Parameters
    ----------
    z, p : (n,) float64
        Scores and p-values, corrected for many tests or not; NaN where there are none.

    Returns
    -------
    (n,) int64
        0 where p is NaN.
    """
    reached = sum((p <= level).astype(np.int64) for level in CONFIDENCE)
    return np.where(np.isnan(p), 0, np.sign(np.nan_to_num(z)).astype(np.int64) * reached)
