"""Comparison matrices with missing judgements: are they connected, and what completes them."""

import numpy as np

from ..errors import ParcelDataError

STEPS = 1000


def check_connected(judged, names, node):
    """Check that the judgements connect all elements.

    Parameters
    ----------
    judged : ndarray of bool, shape (n, n)
        Symmetric: which pairs are judged.
    names : sequence of str
        Names of the n elements.
    node : str
        Name of the node for the message.

    Raises
    ------
    ParcelDataError
        They do not; the message names the unconnected parts.
    """
    parts = connected_parts(judged)
    if len(parts) > 1:
        raise ParcelDataError(
            "Node {}: no judgement connects {}; compare an element of each part with one of another.",
            node,
            " | ".join(", ".join(str(names[k]) for k in part) for part in parts),
        )


def connected_parts(judged):
    """Elements that judgements connect, in lists of positions; one list where all are connected.

    Parameters
    ----------
    judged : ndarray of bool, shape (n, n)
        Symmetric: which pairs are judged.
    """
    parts = []
    left = set(range(len(judged)))
    while left:
        part = set()
        waiting = [min(left)]
        while waiting:
            element = waiting.pop()
            if element not in part:
                part.add(element)
                waiting.extend(np.flatnonzero(judged[element]).tolist())
        parts.append(sorted(part))
        left -= part
    return parts


def least_squares_priorities(matrix):
    """Priorities by logarithmic least squares.

    Minimises sum (ln a_ij - ln w_i + ln w_j)^2 over the judged pairs. Its normal equations are
    L y = r with the Laplacian L of the graph of judgements, y = ln w and r_i = sum_j ln a_ij. For a
    complete matrix w is the geometric mean of the rows.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Reciprocal and connected, NaN where a judgement is missing.

    Returns
    -------
    ndarray, shape (n,)
        With sum 1.

    References
    ----------
    Crawford and Williams (1985), Journal of Mathematical Psychology 29; Bozoki, Fulop and Ronyai (2010),
    Mathematical and Computer Modelling 52, section 4.
    """
    judged = ~np.isnan(matrix)
    np.fill_diagonal(judged, False)
    laplacian = np.diag(judged.sum(axis=1)) - judged.astype(float)
    logs = np.where(judged, np.log(np.where(judged, matrix, 1.0)), 0.0).sum(axis=1)
    # L is singular: adding 1/n to each cell fixes sum y = 0 and changes nothing else.
    y = np.linalg.solve(laplacian + 1 / len(matrix), logs)
    weights = np.exp(y - y.max())
    return weights / weights.sum()


def harker_matrix(matrix):
    """Put 0 in missing cells and add their number in a row to its diagonal.

    The principal eigenvalue and vector are those of the matrix completed with w_i / w_j.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Reciprocal and connected, NaN where a judgement is missing.

    References
    ----------
    Harker (1987), Mathematical Modelling 9(11), 837-848.
    """
    missing = np.isnan(matrix)
    return np.where(missing, 0.0, matrix) + np.diag(missing.sum(axis=1))


def smallest_eigenvalue_completion(matrix):
    """Fill in the missing judgements such that the principal eigenvalue is as small as possible.

    The logarithm of the eigenvalue is convex in the logarithms of the missing cells. Where it is
    smallest, a_ij^2 = (u_j v_i) / (u_i v_j) with the left and right eigenvectors u and v; steps
    towards that are halved until the eigenvalue falls.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Reciprocal and connected, NaN where a judgement is missing.

    Returns
    -------
    ndarray, shape (n, n)
        Reciprocal, without NaN.

    References
    ----------
    Bozoki, Fulop and Ronyai (2010), On optimal completion of incomplete pairwise comparison matrices,
    Mathematical and Computer Modelling 52, 318-333.
    """
    rows, columns = np.nonzero(np.triu(np.isnan(matrix)))
    if not rows.size:
        return matrix
    weights = least_squares_priorities(matrix)
    logs = np.log(weights[rows] / weights[columns])

    def completed(logs):
        result = matrix.copy()
        result[rows, columns] = np.exp(logs)
        result[columns, rows] = np.exp(-logs)
        return result

    def eigen(logs):
        values, vectors = np.linalg.eig(completed(logs))
        k = values.real.argmax()
        return values[k].real, np.abs(vectors[:, k].real)

    value, right = eigen(logs)
    for _ in range(STEPS):
        left = eigen_of_transpose(completed(logs))
        aim = 0.5 * np.log(left[columns] * right[rows] / (left[rows] * right[columns]))
        step = aim - logs
        if np.abs(step).max() < 1e-10:
            break
        for _ in range(40):
            next_value, next_right = eigen(logs + step)
            if next_value <= value + 1e-13 * value:
                break
            step = step / 2
        else:
            break
        logs, value, right = logs + step, next_value, next_right
    return completed(logs)


def eigen_of_transpose(matrix):
    """Left principal eigenvector of a positive matrix, shape (n,)."""
    values, vectors = np.linalg.eig(matrix.T)
    return np.abs(vectors[:, values.real.argmax()].real)
