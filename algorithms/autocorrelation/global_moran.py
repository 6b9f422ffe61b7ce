"""Global Moran's I with its closed-form moments and, on request, permutations."""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ._arrays import ranges
from .permuted import simulate, tail_count

ALTERNATIVES = ("two-sided", "directed")

# Two values of I closer than this are the same arrangement summed in another order.
TIE = 1e-12


@dataclass(frozen=True)
class WeightSums:
    """The sums of a weights matrix that the moments of Moran's I are made of.

    ``s0`` is the sum of all weights, ``s1`` half the sum of (w_ij + w_ji)^2 and ``s2`` the
    sum of (row sum + column sum)^2 (Cliff and Ord 1981, p. 42).
    """

    s0: float
    s1: float
    s2: float


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I of one column.

    ``n`` counts all sites, ``islands`` those of them without neighbours. ``variance_norm``,
    ``z_norm`` and ``p_norm`` assume normality, ``variance_rand``, ``z_rand`` and ``p_rand``
    randomisation; both p-values are two-sided. ``p_sim`` is the pseudo p-value of
    ``permutations`` random permutations, None without any.
    """

    n: int
    islands: int
    i: float
    expected: float
    variance_norm: float
    variance_rand: float
    z_norm: float
    z_rand: float
    p_norm: float
    p_rand: float
    p_sim: float | None
    permutations: int


@dataclass(frozen=True, eq=False)
class PermutedSums:
    """Sums over randomly permuted values, that Moran's I and Geary's C share.

    Parameters
    ----------
    product, products : float and (R,) float64
        z'Wz of the observed values and of R permutations of them.
    square, squares : float and (R,) float64
        Sum of (row sum + column sum) z^2, likewise.
    """

    product: float
    products: np.ndarray
    square: float
    squares: np.ndarray


def weight_sums(weights):
    """Sums of the weights, to be computed once for many columns.

    Parameters
    ----------
    weights : SpatialWeights
        Neighbours of n sites, row-standardised or not.

    Returns
    -------
    WeightSums

    Raises
    ------
    ParcelDataError
        When no site has a neighbour.
    """
    _, _, halves = half_pairs(weights)
    s0 = 2 * halves.sum()
    if not s0 > 0:
        raise ParcelDataError(
            "None of the {} parcels has a neighbour; widen the distance or the tolerance of the weights.",
            weights.n,
        )
    return WeightSums(float(s0), float(4 * np.sum(halves**2)), float(np.sum(_margins(weights) ** 2)))


def global_moran(
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
    """Moran's I = n / S0 * z'Wz / z'z with its moments under normality and randomisation.

    Sites without neighbours stay in n, in the mean and in the moments.

    Parameters
    ----------
    values : (n,) float
        Finite values, one per site.
    weights : SpatialWeights
        Neighbours of the n sites, row-standardised or not.
    permutations : int
        Number R of random permutations behind ``p_sim``; 0 leaves it out.
    seed : int
        Seed of the permutations, 0 or more.
    alternative : {"two-sided", "directed"}
        ``p_sim`` is min(1, 2 (smaller tail + 1) / (R + 1)), or without the 2 when directed.
    progress : callable, optional
        Takes the fraction of permutations done; may raise to cancel.
    sums : WeightSums, optional
        What `weight_sums` gives for the same weights.
    permuted : PermutedSums, optional
        What `permuted_sums` gives for the same values, weights, permutations and seed.

    Returns
    -------
    GlobalMoran
        Every statistic but the expectation is NaN when all values are equal; z and p are NaN
        when I cannot vary (all sites neighbours of each other).

    Raises
    ------
    ParcelDataError
        Fewer than 4 values, a value that is not finite, no neighbours at all.

    Notes
    -----
    Cliff and Ord (1981), Spatial Processes, p. 42-46. Pseudo p-value: North, Curtis and Sham (2002).
    """
    check_permutations(permutations, 0, seed, alternative)
    z = deviations(values, weights)
    n = z.size
    if n < 4:
        raise ParcelDataError("Moran's I needs at least 4 parcels with a value, but there are {}.", n)
    sums = sums or weight_sums(weights)
    islands = int(np.count_nonzero(weights.islands))
    expected = -1 / (n - 1)
    if not z.any():
        p_sim = math.nan if permutations else None
        return GlobalMoran(n, islands, math.nan, expected, *[math.nan] * 6, p_sim, permutations)

    i = n / sums.s0 * float(np.sum(z * weights.lag(z)) / np.sum(z**2))
    variance_norm, variance_rand = moran_variances(z, sums)
    z_norm = standard_score(i, expected, variance_norm)
    z_rand = standard_score(i, expected, variance_rand)
    p_sim = None
    if permutations:
        permuted = permuted or permuted_sums(z, weights, permutations, seed, progress, squares=False)
        tail = tail_count(permuted.products, permuted.product, TIE * sums.s0 * np.mean(z**2))
        p_sim = float(pseudo_p(tail, permutations, alternative))
    return GlobalMoran(
        n,
        islands,
        i,
        expected,
        variance_norm,
        variance_rand,
        z_norm,
        z_rand,
        two_sided_p(z_norm),
        two_sided_p(z_rand),
        p_sim,
        permutations,
    )


def deviations(values, weights):
    """Deviations from the mean in units of the largest one; all 0 when the values are equal.

    Parameters
    ----------
    values : (n,) float
    weights : SpatialWeights
        Weights of the same n sites.

    Returns
    -------
    (n,) float64
        Between -1 and 1, mean 0. No statistic of Moran's family depends on the unit.

    Raises
    ------
    ParcelDataError
        A value that is not finite, or another number of values than sites.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (weights.n,):
        raise ParcelDataError(
            "There are {} values but {} parcels in the weights; build the weights from the same parcels.",
            values.size,
            weights.n,
        )
    unusable = np.flatnonzero(~np.isfinite(values))
    if unusable.size:
        raise ParcelDataError(
            "{} of {} values are missing or not finite, the first at position {}; "
            "exclude these parcels and rebuild the weights.",
            unusable.size,
            values.size,
            int(unusable[0]),
        )
    # A spread of a few units in the last place is rounding, not variation.
    if not values.size or np.ptp(values) <= 4 * np.finfo(np.float64).eps * np.abs(values).max():
        return np.zeros(values.size)
    z = values - values.mean()
    # The second pass removes the rounding of a mean far from zero.
    z -= z.mean()
    return z / np.abs(z).max()


def check_permutations(permutations, fewest, seed, alternative):
    """Raise ParcelDataError for settings of a permutation test that cannot be used."""
    if permutations < fewest:
        raise ParcelDataError("The number of permutations is {}; give at least {}.", permutations, fewest)
    if seed < 0:
        raise ParcelDataError("The seed is {}; give 0 or a positive integer.", seed)
    if alternative not in ALTERNATIVES:
        raise ParcelDataError("The alternative is {}; give one of {}.", alternative, ", ".join(ALTERNATIVES))


def pseudo_p(tail, permutations, alternative):
    """Pseudo p-value of the smaller tail among the permutations, two-sided or directed."""
    directed = (tail + 1) / (permutations + 1)
    return directed if alternative == "directed" else np.minimum(1.0, 2 * directed)


def two_sided_p(z):
    """Probability that a standard normal variable is at least as far from 0 as ``z``."""
    return math.erfc(abs(z) / math.sqrt(2))


def standard_score(statistic, expected, variance, scale=None):
    """Distance from the expectation in standard deviations; NaN where the statistic cannot vary.

    ``scale`` is a size of the statistic below which, times 1e-6, a deviation is what rounding
    left of a subtraction; the expectation by default.
    """
    if variance <= TIE * (expected if scale is None else scale) ** 2:
        return math.nan
    return (statistic - expected) / math.sqrt(variance)


def permuted_sums(z, weights, permutations, seed, progress=None, *, squares=True):
    """Sums over random permutations of the values, for the pseudo p-values of I and C.

    Parameters
    ----------
    z : (n,) float
        Deviations from the mean.
    weights : SpatialWeights
    permutations : int
        Number R of permutations, at least 1.
    seed : int
    progress : callable, optional
        Takes the fraction of permutations done; may raise to cancel.
    squares : bool
        Whether the sums of squares, which C needs, are wanted; they are 0 otherwise.

    Returns
    -------
    PermutedSums
    """
    sites, columns = _columns(weights)
    margins = _margins(weights)[sites]
    start = z[sites]

    def sums(permuted, gathered):
        product = 2 * _half_product(columns, permuted, gathered)
        if not squares:
            return product, 0.0
        np.multiply(permuted, permuted, out=gathered)
        gathered *= margins
        return product, gathered.sum()

    def draw(generator, count):
        permuted, gathered, found = start.copy(), np.empty(z.size), np.empty((count, 2))
        for row in found:
            generator.shuffle(permuted)
            row[:] = sums(permuted, gathered)
        return found

    product, square = sums(start, np.empty(z.size))
    found = simulate(draw, permutations, seed, z.size + weights.indices.size, progress)
    return PermutedSums(product, found[:, 0], square, found[:, 1])


def half_pairs(weights):
    """Upper triangle of (W + W') / 2.

    Parameters
    ----------
    weights : SpatialWeights

    Returns
    -------
    i, j : (p,) int64
        Sites of each pair, i < j.
    halves : (p,) float64
        Weight of each pair, (w_ij + w_ji) / 2.
    """
    n = weights.n
    rows = weights.rows
    keys = np.minimum(rows, weights.indices) * n + np.maximum(rows, weights.indices)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    halves = np.add.reduceat(weights.data[order], first) / 2 if first.size else np.zeros(0)
    return *np.divmod(keys[first], n), halves


def moran_variances(z, sums):
    """Variance of I under normality and under randomisation (Cliff and Ord 1981).

    ``z`` are (n,) deviations from the mean, ``sums`` the WeightSums.
    """
    n = z.size
    s0_squared = sums.s0**2
    expected_squared = 1 / (n - 1) ** 2
    norm = (n * n * sums.s1 - n * sums.s2 + 3 * s0_squared) / (s0_squared * (n * n - 1))
    kurtosis = float(np.mean(z**4) / np.mean(z**2) ** 2)
    second_moment = (
        n * ((n * n - 3 * n + 3) * sums.s1 - n * sums.s2 + 3 * s0_squared)
        - kurtosis * ((n * n - n) * sums.s1 - 2 * n * sums.s2 + 6 * s0_squared)
    ) / ((n - 1) * (n - 2) * (n - 3) * s0_squared)
    return norm - expected_squared, second_moment - expected_squared


def _margins(weights):
    """Row sum plus column sum of each site, (n,)."""
    margins = np.bincount(weights.rows, weights.data, weights.n)
    return margins + np.bincount(weights.indices, weights.data, weights.n)


def _columns(weights):
    """Half matrix as jagged columns, for fast products with permuted values.

    Sites are renumbered by falling number of pairs, so that column k holds the k-th pair of
    the first sites only: one gather and one dot product per column. A pair belongs to the
    end with fewer neighbours, so that a site with very many does not make very many columns.

    Returns
    -------
    (n,) int64
        Sites in their new order.
    list of (int64, float64) arrays
        Per column the partners of the sites 0, 1, 2, ... and the weights of these pairs.
    """
    n = weights.n
    i, j, halves = half_pairs(weights)
    degree = np.bincount(i, minlength=n) + np.bincount(j, minlength=n)
    swapped = degree[i] > degree[j]
    i, j = np.where(swapped, j, i), np.where(swapped, i, j)
    count = np.bincount(i, minlength=n)
    sites = np.argsort(-count, kind="stable")
    count = count[sites]
    rank = np.empty(n, dtype=np.int64)
    rank[sites] = np.arange(n)
    by_owner = np.argsort(rank[i], kind="stable")
    slot = ranges(0, count)
    by_slot = np.argsort(slot, kind="stable")
    order = by_owner[by_slot]
    ends = np.cumsum(np.bincount(slot))[:-1]
    return sites, list(zip(np.split(rank[j][order], ends), np.split(halves[order], ends), strict=True))


def _half_product(columns, z, gathered):
    """z'Wz / 2 of values in the order of the columns; ``gathered`` is room for n numbers."""
    product = 0.0
    for partners, halves in columns:
        # Any mode but "raise" spares the copy that numpy makes of an output array.
        part = np.take(z, partners, out=gathered[: partners.size], mode="clip")
        part *= halves
        part *= z[: partners.size]
        # Not a dot product of BLAS: its rounding depends on the number of threads.
        product += part.sum()
    return product
