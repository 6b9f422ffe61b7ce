"""Bivariate global Moran's I: one column against the neighbours' values of another."""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from .global_moran import (
    TIE,
    check_permutations,
    deviations,
    pseudo_p,
    standard_score,
    two_sided_p,
    weight_sums,
)
from .permuted import simulate, tail_count


@dataclass(frozen=True)
class BivariateMoran:
    """Bivariate Moran's I of two columns.

    ``n`` counts all sites, ``islands`` those of them without neighbours. Expectation, variance,
    z and the two-sided p are those over all permutations of the second column while the first
    stays in place; ``p_sim`` is the pseudo p-value of ``permutations`` of them, None without any.
    """

    n: int
    islands: int
    i: float
    expected: float
    variance_rand: float
    z_rand: float
    p_rand: float
    p_sim: float | None
    permutations: int


def bivariate_moran(
    x, y, weights, permutations=0, seed=1, alternative="two-sided", progress=None, *, sums=None
):
    """Bivariate Moran's I = n / S0 * zx'W zy / sqrt(zx'zx zy'zy).

    Whether sites with high x have neighbours with high y; I(x, x) is Moran's I. It does not
    take out what x and y share at the site itself.

    Parameters
    ----------
    x, y : (n,) float
        Finite values, one per site: of the site itself, and of its neighbours.
    weights : SpatialWeights
        Neighbours of the n sites, row-standardised or not.
    permutations, seed, alternative, progress, sums
        As for ``global_moran``.

    Returns
    -------
    BivariateMoran
        Every statistic but the expectation is NaN when x or y has equal values.

    Raises
    ------
    ParcelDataError
        Fewer than 4 values, a value that is not finite, no neighbours at all.

    Notes
    -----
    Wartenberg (1985), Anselin, Syabri and Smirnov (2002). The permutations hold x and draw y
    without its ties to x, so that the expectation is 0; I is then linear in the permuted y, and
    its variance that of Hoeffding (1951), exactly.
    """
    check_permutations(permutations, 0, seed, alternative)
    zx, zy = deviations(x, weights), deviations(y, weights)
    n = zx.size
    if n < 4:
        raise ParcelDataError("Moran's I needs at least 4 parcels with a value, but there are {}.", n)
    sums = sums or weight_sums(weights)
    islands = int(np.count_nonzero(weights.islands))
    if not (zx.any() and zy.any()):
        p_sim = math.nan if permutations else None
        return BivariateMoran(n, islands, math.nan, 0.0, *[math.nan] * 3, p_sim, permutations)

    scale = n / (sums.s0 * math.sqrt(np.sum(zx**2) * np.sum(zy**2)))
    loads = scale * np.bincount(weights.indices, weights.data * zx[weights.rows], n)
    i = float(np.sum(loads * zy))
    variance = float(np.sum((loads - loads.mean()) ** 2) * np.sum(zy**2) / (n - 1))
    z = standard_score(i, 0.0, variance, 1 / n)
    p_sim = None
    if permutations:
        tail = tail_count(
            simulate(_products(loads, zy), permutations, seed, 2 * n, progress),
            i,
            TIE * float(np.sum(np.abs(loads))),
        )
        p_sim = float(pseudo_p(tail, permutations, alternative))
    return BivariateMoran(n, islands, i, 0.0, variance, z, two_sided_p(z), p_sim, permutations)


def _products(loads, zy):
    """Draws of sum loads y over permutations of y."""

    def draw(generator, count):
        permuted, room, found = zy.copy(), np.empty(zy.size), np.empty(count)
        for number in range(count):
            generator.shuffle(permuted)
            np.multiply(loads, permuted, out=room)
            found[number] = room.sum()
        return found

    return draw
