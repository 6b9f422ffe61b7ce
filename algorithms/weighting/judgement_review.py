"""What makes a comparison matrix inconsistent: its worst judgements, circles, and a proposal to repair it."""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from .ahp import CR_LIMIT, AhpResult, priorities, reciprocal_matrix

# Values this close to 1 count as equal importance.
_EQUAL = 1e-9
_STEPS = 100


@dataclass(frozen=True)
class RankedJudgement:
    """One judgement beside what the priorities would say.

    Parameters
    ----------
    i, j : int
        Positions of the compared elements, i < j.
    value : float
        a_ij as judged.
    consistent : float
        w_i / w_j.
    ratio : float
        a_ij w_j / w_i: 1 agrees with the priorities, 2 and 1/2 are equally far from them.
    rank : int
        1 for the judgement farthest from the priorities.
    """

    i: int
    j: int
    value: float
    consistent: float
    ratio: float
    rank: int


@dataclass(frozen=True)
class Repair:
    """A proposal of judgements that are consistent enough.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        a_ij^l (w_i / w_j)^(1 - l), NaN where a judgement is missing.
    exponent : float
        l, the share that the given judgements keep: 1 changes nothing.
    result : AhpResult
        Priorities and consistency of the proposal.
    largest_change : float
        delta = max |a'_ij - a_ij|; Xu and Wei accept below 2.
    mean_change : float
        sigma = sqrt(sum (a'_ij - a_ij)^2) / n; Xu and Wei accept below 1.
    largest_factor : float
        Largest ratio of a proposed to a given judgement or the other way round.
    """

    matrix: np.ndarray
    exponent: float
    result: AhpResult
    largest_change: float
    mean_change: float
    largest_factor: float


def ranked_judgements(matrix, weights):
    """Judgements of a matrix, those farthest from the priorities first.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        Comparison matrix, NaN where a judgement is missing.
    weights : array_like, shape (n,)
        Priorities of the n elements.

    Returns
    -------
    list of RankedJudgement
        Sorted by |ln(a_ij w_j / w_i)|, the largest first; ties in the order of the matrix.

    References
    ----------
    Saaty (2003), Decision-making with the AHP: why is the principal eigenvector necessary, European Journal
    of Operational Research 145, 85-91.
    """
    matrix = reciprocal_matrix(matrix)
    weights = np.asarray(weights, dtype=float)
    rows, columns = np.nonzero(np.triu(~np.isnan(matrix), 1))
    values = matrix[rows, columns]
    consistent = weights[rows] / weights[columns]
    ratios = values / consistent
    # Rounding must not order judgements that are equally far.
    order = np.argsort(-np.round(np.abs(np.log(ratios)), 9), kind="stable")
    cells = zip(*(x[order].tolist() for x in (rows, columns, values, consistent, ratios)), strict=True)
    return [RankedJudgement(*cell, rank) for rank, cell in enumerate(cells, start=1)]


def intransitive_triples(matrix):
    """Triples of elements whose judgements go round in a circle.

    Element i is at least as important as j, j as k and k as i, and not all three are equal.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        Comparison matrix, NaN where a judgement is missing.

    Returns
    -------
    list of tuple (int, int, int)
        Positions in the direction of the circle, the smallest first.

    References
    ----------
    Kendall and Babington Smith (1940), Biometrika 31, 324-345; with ties Jensen and Hicks (1993), Journal of
    Mathematical Psychology 37
    """
    matrix = reciprocal_matrix(matrix)
    over = matrix > 1 + _EQUAL
    as_good = matrix >= 1 - _EQUAL
    np.fill_diagonal(as_good, False)
    circle = as_good[:, :, None] & as_good[None, :, :] & as_good.T[:, None, :]
    strict = over[:, :, None] | over[None, :, :] | over.T[:, None, :]
    return [(i, j, k) for i, j, k in np.argwhere(circle & strict).tolist() if i < min(j, k)]


def proposed_repair(
    matrix, method="eigenvector", random_index="saaty", completion="method", exponent=None, limit=CR_LIMIT
):
    """Propose judgements that are moved towards the priorities until they are consistent enough.

    Each judgement a_ij becomes a_ij^l (w_i / w_j)^(1 - l). Without a given l it is the largest
    multiple of 0.01 with CR below the limit: CR falls with l. The given matrix is left as it is.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        Comparison matrix, NaN where a judgement is missing.
    method, random_index, completion : optional
        As in `priorities`.
    exponent : float, optional
        l from 0 to 1.
    limit : float, optional
        CR to fall below.

    Returns
    -------
    Repair

    Raises
    ------
    ParcelDataError
        As `priorities`; or an exponent outside 0..1.

    References
    ----------
    Xu and Wei (1999), A consistency improving method in the analytic hierarchy process, European Journal of
    Operational Research 116, 443-449.
    """
    matrix = reciprocal_matrix(matrix)
    given = priorities(matrix, method, random_index, completion=completion)
    consistent = given.weights[:, None] / given.weights

    def blend(exponent):
        blended = matrix**exponent * consistent ** (1 - exponent)
        return blended, priorities(blended, method, random_index, completion=completion)

    if exponent is not None:
        if not 0 <= exponent <= 1:
            raise ParcelDataError(
                "The share that judgements keep is {}; give a number from 0 to 1.", exponent
            )
        return _repair(matrix, exponent, *blend(exponent))
    if given.cr < limit:
        return _repair(matrix, 1.0, matrix, given)
    low, high = 0, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        if blend(middle / _STEPS)[1].cr < limit:
            low = middle
        else:
            high = middle
    return _repair(matrix, low / _STEPS, *blend(low / _STEPS))


def _repair(matrix, exponent, proposed, result):
    change = np.nan_to_num(proposed - matrix)
    return Repair(
        matrix=proposed,
        exponent=float(exponent),
        result=result,
        largest_change=float(np.abs(change).max()),
        mean_change=float(np.sqrt((change**2).sum()) / len(matrix)),
        largest_factor=float(np.nanmax(proposed / matrix)),
    )
