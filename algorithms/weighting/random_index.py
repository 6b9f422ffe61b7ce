"""Random indices: the mean consistency index of random comparison matrices."""

from functools import lru_cache

import numpy as np

from ..errors import ParcelDataError

# For n = 1..15 elements.
SAATY_RI = (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
TEXTBOOK_RI = (0, 0, 0.52, 0.89, 1.12, 1.26, 1.36, 1.41, 1.46, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59)
SIMULATED_RI = (
    *(0, 0, 0.5261, 0.8862, 1.1097, 1.2476, 1.3400, 1.4056),
    *(1.4508, 1.4874, 1.5135, 1.5373, 1.5550, 1.5707, 1.5836),
)
SIMULATED = "simulated"
RANDOM_INDICES = {"saaty": SAATY_RI, "textbook": TEXTBOOK_RI, SIMULATED: SIMULATED_RI}

SCALE = np.array([*(1 / np.arange(9, 1, -1)), *np.arange(1, 10)])
DRAWS = 10_000
_BLOCK = 500


def random_index(n, table="saaty", missing=0, node="goal"):
    """Random index of a matrix of n elements, some of whose judgements may be missing.

    The fewer judgements check one another, the smaller CI is by chance: with m of them missing the
    index is (1 - 2 m / ((n - 1)(n - 2))) times that of complete matrices. It reaches 0 where the
    judgements form a tree, which is always consistent.

    Parameters
    ----------
    n : int
        Number of elements.
    table : {"saaty", "textbook", "simulated"} or sequence of float, optional
        Values for n = 1, 2, 3, ...; "simulated" goes on past its end with `simulate_random_index`.
    missing : int, optional
        Number of pairs without a judgement.
    node : str, optional
        Name of the node for messages.

    Returns
    -------
    float

    Raises
    ------
    ParcelDataError
        Unknown table, too many elements for it, or a value that is not positive.

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process. Incomplete matrices: Agoston and Csato (2022), Inconsistency
    thresholds for incomplete pairwise comparison matrices, Omega 108, 102576.
    """
    if n < 3:
        return 0.0
    values = _values(table)
    if n <= len(values):
        complete = float(values[n - 1])
    elif isinstance(table, str) and table == SIMULATED:
        complete = simulate_random_index(n)
    else:
        raise ParcelDataError(
            "Node {} compares {} elements, but the random index ends at {}; split the node into groups of at "
            "most {}, or choose the simulated random index, which is computed for any number.",
            node,
            n,
            len(values),
            len(values),
        )
    if not 0 < complete < np.inf:
        raise ParcelDataError(
            "The random index of {} elements is {}; give a positive number for each size from 3 on.",
            n,
            complete,
        )
    return complete * (1 - 2 * missing / ((n - 1) * (n - 2)))


@lru_cache(maxsize=64)
def simulate_random_index(n, draws=DRAWS, seed=0):
    """Mean CI of random reciprocal matrices of n elements.

    Judgements are drawn from 1/9, ..., 1/2, 1, 2, ..., 9 with equal chance. With 10,000 draws the
    standard error is below 0.001 from n = 16 on.

    Parameters
    ----------
    n : int
        Number of elements, at least 3.
    draws : int, optional
        Number of matrices.
    seed : int, optional
        Seed of the generator.

    Returns
    -------
    float

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process; power iteration with the bounds of Collatz (1942).
    """
    generator = np.random.default_rng(seed)
    rows, columns = np.triu_indices(n, 1)
    total = 0.0
    for start in range(0, draws, _BLOCK):
        count = min(_BLOCK, draws - start)
        matrices = np.ones((count, n, n))
        judged = SCALE[generator.integers(0, len(SCALE), (count, len(rows)))]
        matrices[:, rows, columns] = judged
        matrices[:, columns, rows] = 1 / judged
        total += _largest_eigenvalues(matrices).sum()
    return float((total / draws - n) / (n - 1))


def _values(table):
    if not isinstance(table, str):
        return table
    if table not in RANDOM_INDICES:
        raise ParcelDataError("Random index {} is unknown; use one of {}.", table, ", ".join(RANDOM_INDICES))
    return RANDOM_INDICES[table]


def _largest_eigenvalues(matrices):
    """Principal eigenvalues of positive matrices, shape (count, n, n), to 1e-6."""
    vectors = np.ones((*matrices.shape[:2], 1))
    while True:
        images = matrices @ vectors
        ratios = images / vectors
        if (np.ptp(ratios, axis=1) < 1e-6).all():
            return ratios.mean(axis=(1, 2))
        vectors = images / images.sum(axis=1, keepdims=True)
