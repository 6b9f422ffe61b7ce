"""Weights from pairwise comparisons: the analytic hierarchy process."""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from .incomplete import (
    check_connected,
    harker_matrix,
    least_squares_priorities,
    smallest_eigenvalue_completion,
)
from .random_index import random_index as random_index_of

METHODS = ("eigenvector", "geometric-mean", "column-mean")
# How missing judgements are dealt with: as the priority method does it, or by the smallest eigenvalue.
COMPLETIONS = ("method", "smallest-eigenvalue")

CR_LIMIT = 0.10

# A fraction printed with two decimals (.33, .14, .11) is up to 4 % off the reciprocal of its whole
# number; neighbouring judgements of the 1-9 scale are at least 12.5 % apart.
RECIPROCAL_TOLERANCE = 0.05

# Products and sums of a whole matrix of such judgements stay within floating-point range.
LARGEST_JUDGEMENT = 1e100


@dataclass(frozen=True)
class AhpResult:
    """Priorities of one comparison matrix and how consistent it is.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        Priorities, positive, with sum 1.
    lambda_max : float
        Principal eigenvalue, at least n; for the approximate methods mean_i (A w)_i / w_i.
    ci : float
        Consistency index (lambda_max - n) / (n - 1).
    ri : float
        Random index of n elements with as many missing judgements.
    cr : float
        Consistency ratio CI / RI; 0 where no judgement checks another, as with n <= 2.
    gci : float
        Geometric consistency index: the mean square of ln(a_ij w_j / w_i) about the least-squares priorities
        w, per judgement beyond the n - 1 that n elements need; 0 where there is none.
    missing : int
        Number of pairs without a judgement.
    """

    weights: np.ndarray
    lambda_max: float
    ci: float
    ri: float
    cr: float
    gci: float
    missing: int

    @property
    def consistent(self):
        """Whether CR is below 0.10."""
        return self.cr < CR_LIMIT

    @property
    def checked(self):
        """Whether there are judgements enough to check one another: more than a tree of n - 1."""
        n = self.weights.size
        return n * (n - 1) // 2 - self.missing > n - 1


@dataclass(frozen=True)
class HierarchyNode:
    """One node of a hierarchy with the priorities of its children.

    Parameters
    ----------
    parent : str
        Name of the node.
    children : tuple of str
        Names of its n children, in the order of ``result.weights``.
    level : int
        Steps below the goal: the goal is 0.
    weight : float
        Weight of the node in the whole hierarchy: the goal has 1.
    result : AhpResult
        Weights of the children within the node, and their consistency.
    """

    parent: str
    children: tuple
    level: int
    weight: float
    result: AhpResult

    @property
    def global_weights(self):
        """Weights of the children in the whole hierarchy, shape (n,)."""
        return self.weight * self.result.weights


@dataclass(frozen=True)
class Consistency:
    """Consistency of several nodes k together (层次总排序), their weights w_k in the whole hierarchy.

    Parameters
    ----------
    ci, ri : float
        sum w_k CI_k and sum w_k RI_k.
    cr : float
        Their ratio; 0 where RI is.
    gci : float
        Mean of the GCI_k weighted by w_k, over the nodes whose judgements check one another.
    """

    ci: float
    ri: float
    cr: float
    gci: float


@dataclass(frozen=True)
class HierarchyResult:
    """Weights of a hierarchy and its consistency.

    Parameters
    ----------
    nodes : tuple of HierarchyNode
        Each node that has children, parents before children; the first is the goal.
    leaves : tuple of str
        The m elements without children, in the order of the hierarchy.
    weights : ndarray, shape (m,)
        Their weights in the whole hierarchy, with sum 1.
    levels : tuple of Consistency
        Of the nodes of each level, from the goal downwards.
    overall : Consistency
        Of all nodes.
    max_cr : float
        Largest CR of a single node.
    """

    nodes: tuple
    leaves: tuple
    weights: np.ndarray
    levels: tuple
    overall: Consistency
    max_cr: float

    @property
    def consistent(self):
        """Whether CR is below 0.10 in every node, and so in every level."""
        return self.max_cr < CR_LIMIT


def reciprocal_matrix(matrix, names=None, node="goal"):
    """Check a comparison matrix and make it exactly reciprocal.

    Of a_ij and a_ji the larger one is taken as judged and the smaller one as its rounded
    reciprocal, so that 3 and a printed 0.33 give 3 and 1/3. Their product may differ from 1 by 5 %.
    One of both is enough, and without both the judgement is missing.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        a_ij: how many times element i outweighs element j; NaN where there is no judgement.
    names : sequence of str, optional
        Names of the n elements for messages; 1..n by default.
    node : str, optional
        Name of the node for messages.

    Returns
    -------
    ndarray, shape (n, n)
        Positive, with a_ji = 1 / a_ij and a diagonal of 1; NaN where a judgement is missing.

    Raises
    ------
    ParcelDataError
        Not square, not numbers, or a cell that is not positive, not reciprocal or, on the diagonal, not 1.
    """
    try:
        matrix = np.asarray(matrix, dtype=float)
    except (TypeError, ValueError):
        raise ParcelDataError(
            "Node {}: the comparison matrix does not consist of rows of numbers of equal length; "
            "give one number per pair of elements.",
            node,
        ) from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ParcelDataError(
            "Node {}: the comparison matrix has the shape {}; give as many rows as columns.",
            node,
            " x ".join(map(str, matrix.shape)),
        )
    n = len(matrix)
    if names is None:
        names = range(1, n + 1)
    elif len(names) != n:
        raise ParcelDataError(
            "Node {}: {} names for a comparison matrix of {} rows; give one name per row.",
            node,
            len(names),
            n,
        )

    def first(cells):
        row, column = np.argwhere(cells)[0]
        return node, names[row], names[column], f"{matrix[row, column]:.6g}", f"{matrix[column, row]:.6g}"

    missing = np.isnan(matrix)
    usable = missing | (matrix >= 1 / LARGEST_JUDGEMENT) & (matrix <= LARGEST_JUDGEMENT)
    if not usable.all():
        raise ParcelDataError(
            "Node {}: the judgement of {} against {} is {}; give a positive, finite number such as 3 or 1/3.",
            *first(~usable)[:4],
        )
    for name, value in zip(names, np.diagonal(matrix), strict=True):
        if abs(value - 1) > 1e-9:
            raise ParcelDataError(
                "Node {}: {} compared with itself is {}; it must be 1.", node, name, f"{value:.6g}"
            )
    matrix = np.where(missing, 1 / matrix.T, matrix)
    contradicting = np.abs(matrix * matrix.T - 1) > RECIPROCAL_TOLERANCE
    if contradicting.any():
        raise ParcelDataError(
            "Node {}: the judgement of {} against {} is {} but {} the other way round; "
            "one must be the reciprocal of the other.",
            *first(contradicting),
        )
    judged = np.where(matrix > matrix.T, matrix, np.where(matrix < matrix.T, 1 / matrix.T, 1.0))
    return np.where(np.isnan(matrix), np.nan, judged)


def priorities(
    matrix, method="eigenvector", random_index="saaty", names=None, node="goal", completion="method"
):
    """Priorities and consistency of one comparison matrix, complete or not.

    Missing judgements, by default: the eigenvector is Harker's; the geometric mean becomes the logarithmic
    least squares of the judgements there are; for the mean of columns, ratios of these least squares
    fill the gaps. Or all methods take the completion with the smallest eigenvalue.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        a_ij: how many times element i outweighs element j; positive and reciprocal (to 5 %, see
        `reciprocal_matrix`), NaN where there is no judgement.
    method : {"eigenvector", "geometric-mean", "column-mean"}, optional
        Principal eigenvector, geometric mean of the rows, or mean of the normalised columns.
    random_index : {"saaty", "textbook", "simulated"} or sequence of float, optional
        Random index for n = 1, 2, 3, ..., see `random_index.random_index`.
    names : sequence of str, optional
        Names of the n elements for messages.
    node : str, optional
        Name of the node for messages.
    completion : {"method", "smallest-eigenvalue"}, optional
        What to do about missing judgements.

    Returns
    -------
    AhpResult
        Weights (n,), lambda_max, CI, RI, CR, GCI and the number of missing judgements.

    Raises
    ------
    ParcelDataError
        Matrix unusable or unconnected, larger than the random index reaches, or unknown method.

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process. Geometric mean: Crawford and Williams (1985). GCI: Aguaron
    and Moreno-Jimenez (2003), European Journal of Operational Research 147, 137-145.
    """
    if method not in METHODS:
        raise ParcelDataError("Priority method {} is unknown; use one of {}.", method, ", ".join(METHODS))
    if completion not in COMPLETIONS:
        raise ParcelDataError("Completion {} is unknown; use one of {}.", completion, ", ".join(COMPLETIONS))
    matrix = reciprocal_matrix(matrix, names, node)
    n = len(matrix)
    missing = int(np.isnan(matrix).sum()) // 2
    if missing:
        check_connected(~np.isnan(matrix), range(1, n + 1) if names is None else names, node)
    ri = random_index_of(n, random_index, missing, node)
    judgements = n * (n - 1) // 2 - missing

    logarithmic = least_squares_priorities(matrix)
    complete = matrix
    if missing and completion == "smallest-eigenvalue":
        complete = smallest_eigenvalue_completion(matrix)
    elif missing and method != "eigenvector":
        complete = np.where(np.isnan(matrix), logarithmic[:, None] / logarithmic, matrix)

    if method == "eigenvector":
        weights, lambda_max = _principal_eigenvector(
            harker_matrix(matrix) if missing and completion == "method" else complete
        )
    else:
        weights = _geometric_mean(complete) if method == "geometric-mean" else _column_mean(complete)
        lambda_max = float(np.mean(complete @ weights / weights))
    # No reciprocal matrix has a smaller eigenvalue: what lies below n is rounding. A tree has none larger.
    lambda_max = max(lambda_max, float(n)) if judgements > n - 1 else float(n)
    ci = (lambda_max - n) / (n - 1) if judgements > n - 1 else 0.0
    return AhpResult(
        weights=weights,
        lambda_max=lambda_max,
        ci=ci,
        ri=ri,
        cr=ci / ri if judgements > n - 1 else 0.0,
        gci=_geometric_consistency_index(matrix, logarithmic, judgements),
        missing=missing,
    )


def hierarchy_weights(judgements, method="eigenvector", random_index="saaty", completion="method"):
    """Weights of all elements of a hierarchy of any depth.

    Parameters
    ----------
    judgements : Judgements
        Comparison matrix of each node, as `read_judgements` returns it.
    method : {"eigenvector", "geometric-mean", "column-mean"}, optional
        How each matrix gives its priorities.
    random_index : {"saaty", "textbook", "simulated"} or sequence of float, optional
        Random index for n = 1, 2, 3, ...
    completion : {"method", "smallest-eigenvalue"}, optional
        What to do about missing judgements.

    Returns
    -------
    HierarchyResult
        Local and global weights of every node, weights of the leaves, and the CR of nodes, levels
        and the whole.

    Raises
    ------
    ParcelDataError
        As `priorities`, naming the node.

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process.
    """
    return compose(
        judgements,
        [
            priorities(node.matrix, method, random_index, node.children, node.parent, completion)
            for node in judgements.nodes
        ],
    )


def compose(judgements, results):
    """Multiply priorities down a hierarchy.

    Parameters
    ----------
    judgements : Judgements
        The hierarchy, parents before children.
    results : sequence of AhpResult
        Priorities of each of its nodes.

    Returns
    -------
    HierarchyResult
    """
    weight = {judgements.goal: 1.0}
    level = {judgements.goal: 0}
    nodes = []
    for given, result in zip(judgements.nodes, results, strict=True):
        node = HierarchyNode(given.parent, given.children, level[given.parent], weight[given.parent], result)
        nodes.append(node)
        weight.update(zip(node.children, node.global_weights.tolist(), strict=True))
        level.update(dict.fromkeys(node.children, node.level + 1))

    depth = 1 + max(node.level for node in nodes)
    return HierarchyResult(
        nodes=tuple(nodes),
        leaves=judgements.leaves,
        weights=np.array([weight[leaf] for leaf in judgements.leaves]),
        levels=tuple(_consistency([node for node in nodes if node.level == k]) for k in range(depth)),
        overall=_consistency(nodes),
        max_cr=max(node.result.cr for node in nodes),
    )


def _geometric_consistency_index(matrix, weights, judgements):
    n = len(matrix)
    if judgements <= n - 1:
        return 0.0
    residuals = np.log(matrix * weights / weights[:, None])[np.triu_indices(n, 1)]
    return float(np.nansum(residuals**2)) / (judgements - n + 1)


def _geometric_mean(matrix):
    weights = np.exp(np.log(matrix).mean(axis=1))
    return weights / weights.sum()


def _column_mean(matrix):
    return (matrix / matrix.sum(axis=0)).mean(axis=1)


def _principal_eigenvector(matrix):
    values, vectors = np.linalg.eig(matrix)
    principal = values.real.argmax()
    weights = np.abs(vectors[:, principal].real)
    return weights / weights.sum(), float(values[principal].real)


def _consistency(nodes):
    ci = sum(node.weight * node.result.ci for node in nodes)
    ri = sum(node.weight * node.result.ri for node in nodes)
    checked = [node for node in nodes if node.result.checked]
    share = sum(node.weight for node in checked)
    gci = sum(node.weight * node.result.gci for node in checked) / share if share > 0 else 0.0
    return Consistency(ci, ri, ci / ri if ri > 0 else 0.0, gci)
