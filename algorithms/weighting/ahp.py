"""Weights from pairwise comparisons: the analytic hierarchy process."""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError

METHODS = ("eigenvector", "geometric-mean", "column-mean")

# Random indices: mean CI of random matrices of n = 1..15 elements.
SAATY_RI = (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
TEXTBOOK_RI = (0, 0, 0.52, 0.89, 1.12, 1.26, 1.36, 1.41, 1.46, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59)
SIMULATED_RI = (
    *(0, 0, 0.5261, 0.8862, 1.1097, 1.2476, 1.3400, 1.4056),
    *(1.4508, 1.4874, 1.5135, 1.5373, 1.5550, 1.5707, 1.5836),
)

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
        Random index of n elements.
    cr : float
        Consistency ratio CI / RI; 0 for n <= 2.
    """

    weights: np.ndarray
    lambda_max: float
    ci: float
    ri: float
    cr: float

    @property
    def consistent(self):
        """Whether CR is below 0.10."""
        return self.cr < CR_LIMIT


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
    level_cr : tuple of float
        Overall CR of the nodes of each level, sum w_k CI_k / sum w_k RI_k, from the goal downwards.
    cr : float
        The same ratio over all nodes.
    max_cr : float
        Largest CR of a single node.
    """

    nodes: tuple
    leaves: tuple
    weights: np.ndarray
    level_cr: tuple
    cr: float
    max_cr: float

    @property
    def consistent(self):
        """Whether CR is below 0.10 in every node, and so in every level."""
        return self.max_cr < CR_LIMIT


def reciprocal_matrix(matrix, names=None, node="goal"):
    """Check a comparison matrix and make it exactly reciprocal.

    Of a_ij and a_ji the larger one is taken as judged and the smaller one as its rounded
    reciprocal, so that 3 and a printed 0.33 give 3 and 1/3. Their product may differ from 1 by 5 %.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        a_ij: how many times element i outweighs element j.
    names : sequence of str, optional
        Names of the n elements for messages; 1..n by default.
    node : str, optional
        Name of the node for messages.

    Returns
    -------
    ndarray, shape (n, n)
        Positive, with a_ji = 1 / a_ij and a diagonal of 1.

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

    usable = (matrix >= 1 / LARGEST_JUDGEMENT) & (matrix <= LARGEST_JUDGEMENT)
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
    contradicting = np.abs(matrix * matrix.T - 1) > RECIPROCAL_TOLERANCE
    if contradicting.any():
        raise ParcelDataError(
            "Node {}: the judgement of {} against {} is {} but {} the other way round; "
            "one must be the reciprocal of the other.",
            *first(contradicting),
        )
    return np.where(matrix > matrix.T, matrix, np.where(matrix < matrix.T, 1 / matrix.T, 1.0))


def priorities(matrix, method="eigenvector", random_index=SAATY_RI, names=None, node="goal"):
    """Priorities and consistency of one complete comparison matrix.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        a_ij: how many times element i outweighs element j; positive and reciprocal (to 5 %, see
        `reciprocal_matrix`).
    method : {"eigenvector", "geometric-mean", "column-mean"}, optional
        Principal eigenvector, geometric mean of the rows, or mean of the normalised columns.
    random_index : sequence of float, optional
        Random index for n = 1, 2, 3, ...; `SAATY_RI`, `TEXTBOOK_RI`, `SIMULATED_RI` or any other.
    names : sequence of str, optional
        Names of the n elements for messages.
    node : str, optional
        Name of the node for messages.

    Returns
    -------
    AhpResult
        Weights (n,), lambda_max, CI, RI and CR.

    Raises
    ------
    ParcelDataError
        Matrix unusable, larger than the random index reaches, or unknown method.

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process. Geometric mean: Crawford and Williams (1985).
    """
    if method not in METHODS:
        raise ParcelDataError("Priority method {} is unknown; use one of {}.", method, ", ".join(METHODS))
    matrix = reciprocal_matrix(matrix, names, node)
    n = len(matrix)
    ri = _random_index(n, random_index, node)

    if method == "eigenvector":
        weights, lambda_max = _principal_eigenvector(matrix)
    else:
        weights = _geometric_mean(matrix) if method == "geometric-mean" else _column_mean(matrix)
        lambda_max = float(np.mean(matrix @ weights / weights))
    # No reciprocal matrix has a smaller eigenvalue: what lies below n is rounding.
    lambda_max = max(lambda_max, float(n)) if n > 2 else float(n)
    ci = (lambda_max - n) / (n - 1) if n > 2 else 0.0
    return AhpResult(weights, lambda_max, ci, ri, ci / ri if n > 2 else 0.0)


def hierarchy_weights(judgements, method="eigenvector", random_index=SAATY_RI):
    """Weights of all elements of a hierarchy of any depth.

    Parameters
    ----------
    judgements : Judgements
        Comparison matrix of each node, as `read_judgements` returns it.
    method : {"eigenvector", "geometric-mean", "column-mean"}, optional
        How each matrix gives its priorities.
    random_index : sequence of float, optional
        Random index for n = 1, 2, 3, ...

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
    weight = {judgements.goal: 1.0}
    level = {judgements.goal: 0}
    nodes = []
    for given in judgements.nodes:
        result = priorities(given.matrix, method, random_index, given.children, given.parent)
        node = HierarchyNode(given.parent, given.children, level[given.parent], weight[given.parent], result)
        nodes.append(node)
        weight.update(zip(node.children, node.global_weights.tolist(), strict=True))
        level.update(dict.fromkeys(node.children, node.level + 1))

    depth = 1 + max(node.level for node in nodes)
    return HierarchyResult(
        nodes=tuple(nodes),
        leaves=judgements.leaves,
        weights=np.array([weight[leaf] for leaf in judgements.leaves]),
        level_cr=tuple(_overall_cr([node for node in nodes if node.level == k]) for k in range(depth)),
        cr=_overall_cr(nodes),
        max_cr=max(node.result.cr for node in nodes),
    )


def _random_index(n, random_index, node):
    if n > len(random_index):
        raise ParcelDataError(
            "Node {} compares {} elements, but the random index ends at {}; "
            "split the node into groups of at most {}.",
            node,
            n,
            len(random_index),
            len(random_index),
        )
    ri = float(random_index[n - 1])
    if n > 2 and not 0 < ri < np.inf:
        raise ParcelDataError(
            "The random index of {} elements is {}; give a positive number for each size from 3 on.", n, ri
        )
    return ri if n > 2 else 0.0


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


def _overall_cr(nodes):
    ri = sum(node.weight * node.result.ri for node in nodes)
    return sum(node.weight * node.result.ci for node in nodes) / ri if ri > 0 else 0.0
