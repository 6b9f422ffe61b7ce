"""Geary's C with its closed-form moments and, on request, permutations."""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from .global_moran import (
    TIE,
    check_permutations,
    deviations,
    permuted_sums,
    pseudo_p,
    standard_score,
    two_sided_p,
    weight_sums,
)
from .permuted import tail_count

EXPECTED = 1.0
"""Expectation of C without autocorrelation."""


@dataclass(frozen=True)
class Geary:
    """Geary's C of one column.

    ``variance_norm``, ``z_norm`` and ``p_norm`` assume normality, ``variance_rand``, ``z_rand``
    and ``p_rand`` randomisation; both p-values are two-sided. z is negative where like is near
    like. ``p_sim`` is the pseudo p-value of ``permutations`` random permutations, None without any.
    """

    c: float
    expected: float
    variance_norm: float
    variance_rand: float
    z_norm: float
    z_rand: float
    p_norm: float
    p_rand: float
    p_sim: float | None
    permutations: int


def geary(
    values,
    weights,
    permutations=0,
    seed=1,
    alternative="two-sided",
    progress=None,
    *,
    sums=None,
    permuted=None,
):
    """Geary's C = (n - 1) / (2 S0) * sum w_ij (x_i - x_j)^2 / z'z with its moments.

    C is 1 without autocorrelation, below 1 where like is near like. Sites without neighbours
    stay in n, in the mean and in the moments.

    Parameters
    ----------
    values, weights, permutations, seed, alternative, progress, sums, permuted
        As for ``global_moran``. The same seed permutes alike for I and C.

    Returns
    -------
    Geary
        Every statistic but the expectation is NaN when all values are equal; z and p are NaN when
        C cannot vary.

    Raises
    ------
    ParcelDataError
        Fewer than 4 values, a value that is not finite, no neighbours at all.

    Notes
    -----
    Cliff and Ord (1981), Spatial Processes, p. 17 and 42-46.
    """
    check_permutations(permutations, 0, seed, alternative)
    z = deviations(values, weights)
    n = z.size
    if n < 4:
        raise ParcelDataError("Geary's C needs at least 4 parcels with a value, but there are {}.", n)
    sums = sums or weight_sums(weights)
    if not z.any():
        return Geary(math.nan, EXPECTED, *[math.nan] * 6, math.nan if permutations else None, permutations)
    differences = z[weights.rows] - z[weights.indices]
    c = (n - 1) / (2 * sums.s0) * float(np.sum(weights.data * differences**2) / np.sum(z**2))
    variance_norm, variance_rand = _variances(z, sums)
    z_norm = standard_score(c, EXPECTED, variance_norm)
    z_rand = standard_score(c, EXPECTED, variance_rand)
    p_sim = None
    if permutations:
        permuted = permuted or permuted_sums(z, weights, permutations, seed, progress)
        tail = tail_count(
            permuted.squares - 2 * permuted.products,
            permuted.square - 2 * permuted.product,
            2 * TIE * sums.s0 * np.mean(z**2),
        )
        p_sim = float(pseudo_p(tail, permutations, alternative))
    return Geary(
        c,
        EXPECTED,
        variance_norm,
        variance_rand,
        z_norm,
        z_rand,
        two_sided_p(z_norm),
        two_sided_p(z_rand),
        p_sim,
        permutations,
    )


def _variances(z, sums):
    """Variance of C under normality and under randomisation (Cliff and Ord 1981)."""
    n = z.size
    s0_squared = sums.s0**2
    norm = ((2 * sums.s1 + sums.s2) * (n - 1) - 4 * s0_squared) / (2 * (n + 1) * s0_squared)
    kurtosis = float(np.mean(z**4) / np.mean(z**2) ** 2)
    randomised = (
        (n - 1) * sums.s1 * (n * n - 3 * n + 3 - (n - 1) * kurtosis)
        - (n - 1) * sums.s2 / 4 * (n * n + 3 * n - 6 - (n * n - n + 2) * kurtosis)
        + s0_squared * (n * n - 3 - (n - 1) ** 2 * kurtosis)
    ) / (n * (n - 2) * (n - 3) * s0_squared)
    return norm, randomised
