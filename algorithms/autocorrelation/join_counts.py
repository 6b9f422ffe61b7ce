"""Join counts of a categorical column: how often neighbours share a class."""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from .global_moran import (
    TIE,
    check_permutations,
    half_pairs,
    pseudo_p,
    standard_score,
    two_sided_p,
    weight_sums,
)
from .permuted import simulate

TOTAL = -1
"""Stands for both classes in the row of all joins between different classes."""


@dataclass(frozen=True, eq=False)
class JoinCounts:
    """Joins of k classes: a row per class, per pair of classes, and one of all different pairs.

    Parameters
    ----------
    n, islands : int
        Sites, and those of them without neighbours.
    members : (k,) int64
        Sites of each class.
    first, second : (m,) int64
        Classes of each row, ``first <= second``; TOTAL in the last row.
    joins, expected, variance : (m,) float64
        Joins, their expectation and variance over all permutations of the classes.
    z, p : (m,) float64
        Standard score and two-sided p; NaN where the joins cannot vary.
    p_sim : (m,) float64
        Pseudo p-value of ``permutations`` random permutations; NaN without any.
    permutations : int
    """

    n: int
    islands: int
    members: np.ndarray
    first: np.ndarray
    second: np.ndarray
    joins: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    z: np.ndarray
    p: np.ndarray
    p_sim: np.ndarray
    permutations: int


def join_counts(
    codes, classes, weights, permutations=0, seed=1, alternative="two-sided", progress=None, *, sums=None
):
    """Join counts 1/2 sum w_ij [i in class r, j in class s, or the reverse] under non-free sampling.

    With symmetric binary weights a join is a pair of neighbours; where only one of them counts
    the other as a neighbour it is half a join.

    Parameters
    ----------
    codes : (n,) int
        Class of each site, from 0 to ``classes`` - 1.
    classes : int
        Number k of classes.
    weights : SpatialWeights
        Neighbours of the n sites, binary or row-standardised.
    permutations, seed, alternative, progress, sums
        As for ``global_moran``.

    Returns
    -------
    JoinCounts
        m = k (k + 1) / 2 + 1 rows.

    Raises
    ------
    ParcelDataError
        Fewer than 4 sites, no neighbours at all.

    Notes
    -----
    Cliff and Ord (1981), Spatial Processes, p. 19-21: classes are dealt out anew among the
    sites, as many of each as there are. The moments are exact for weights that are not
    symmetric, too.
    """
    check_permutations(permutations, 0, seed, alternative)
    codes = np.asarray(codes, dtype=np.int64)
    n = codes.size
    if n != weights.n:
        raise ParcelDataError(
            "There are {} values but {} parcels in the weights; build the weights from the same parcels.",
            n,
            weights.n,
        )
    if n < 4:
        raise ParcelDataError("Join counts need at least 4 parcels with a class, but there are {}.", n)
    sums = sums or weight_sums(weights)
    members = np.bincount(codes, minlength=classes)
    first, second = np.triu_indices(classes)
    i, j, halves = half_pairs(weights)

    def count(classes_of_sites):
        keys = classes_of_sites[i]
        keys *= classes
        keys += classes_of_sites[j]
        table = np.bincount(keys, halves, classes * classes).reshape(classes, classes)
        table += np.tril(table, -1).T
        joins = table[first, second]
        return np.append(joins, joins[first != second].sum())

    def draw(generator, number):
        permuted, found = codes.copy(), np.empty((number, first.size + 1))
        for row in found:
            generator.shuffle(permuted)
            row[:] = count(permuted)
        # Only both tails: all joins of many classes would not fit in memory.
        tails = (found >= joins - tie, found <= joins + tie)
        return np.count_nonzero(tails, axis=1)[None]

    joins, tie = count(codes), TIE * sums.s0
    expected, second_moment = _moments(members, first, second, n, sums)
    variance = np.maximum(second_moment - expected**2, 0.0)
    rows = zip(joins, expected, variance, np.sqrt(second_moment), strict=True)
    z = np.array([standard_score(*row) for row in rows])
    p_sim = np.full(joins.size, np.nan)
    if permutations:
        tails = simulate(draw, permutations, seed, n + 2 * weights.indices.size, progress)
        p_sim = pseudo_p(tails.sum(axis=0).min(axis=0), permutations, alternative)
    return JoinCounts(
        n,
        int(np.count_nonzero(weights.islands)),
        members,
        np.append(first, TOTAL),
        np.append(second, TOTAL),
        joins,
        expected,
        variance,
        z,
        np.array([two_sided_p(score) for score in z]),
        p_sim,
        permutations,
    )


def _moments(members, first, second, n, sums):
    """Expectation and second moment of each row's joins.

    With f_ij whether sites i and j are a join of the row, the second moment needs the
    expectation of f_12 (a pair with itself), f_12 f_13 (pairs that share a site) and f_12 f_34.
    """

    def falling(number, factors):
        return np.prod([number - k for k in range(factors)], axis=0, dtype=np.float64)

    members = members.astype(np.float64)
    a, b = members[first], members[second]
    same = first == second
    one = np.where(same, falling(a, 2), 2 * a * b)
    sharing = np.where(same, falling(a, 3), a * b * (a + b - 2))
    apart = np.where(same, falling(a, 4), 4 * falling(a, 2) * falling(b, 2))
    # Any two different classes; once they are dealt, (n - 2)^2 - (squares of what is left) remain.
    different = one[~same].sum()
    two = members * (n - members) * (n - members - 1)
    left = (n - 2) ** 2 - np.sum(members**2) + 2 * (a + b) - 2
    one = np.append(one, different) / falling(n, 2)
    sharing = np.append(sharing, two.sum()) / falling(n, 3)
    apart = np.append(apart, np.sum(np.where(same, 0, 2 * a * b * left))) / falling(n, 4)
    expected = sums.s0 / 2 * one
    second_moment = (
        sums.s1 * one + (sums.s2 - 2 * sums.s1) * sharing + (sums.s0**2 + sums.s1 - sums.s2) * apart
    ) / 4
    return expected, second_moment
