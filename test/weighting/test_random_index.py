"""Random indices: tables, sizes past their end, and matrices with missing judgements."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.weighting.ahp import priorities
from parcel_agglomeration.algorithms.weighting.incomplete import connected_parts
from parcel_agglomeration.algorithms.weighting.random_index import (
    SAATY_RI,
    SCALE,
    SIMULATED_RI,
    TEXTBOOK_RI,
    random_index,
    simulate_random_index,
)


def random_matrix(n, missing, generator):
    """Reciprocal matrix of judgements drawn from Saaty's scale, some of them taken out."""
    rows, columns = np.triu_indices(n, 1)
    matrix = np.ones((n, n))
    matrix[rows, columns] = generator.choice(SCALE, len(rows))
    matrix[columns, rows] = 1 / matrix[rows, columns]
    gone = generator.permutation(len(rows))[:missing]
    matrix[rows[gone], columns[gone]] = matrix[columns[gone], rows[gone]] = np.nan
    return matrix


@pytest.mark.parametrize(
    ("name", "values"), [("saaty", SAATY_RI), ("textbook", TEXTBOOK_RI), ("simulated", SIMULATED_RI)]
)
def test_tables_by_name(name, values):
    assert [random_index(n, name) for n in range(1, 16)] == list(values)


@pytest.mark.parametrize("name", ["saaty", "textbook"])
def test_past_fifteen_a_table_is_an_error_that_names_the_way_out(name):
    with pytest.raises(ParcelDataError, match=r"Node effic compares 30 .* choose the simulated random index"):
        random_index(30, name, node="effic")


@pytest.mark.parametrize("n", [16, 30])
def test_past_fifteen_the_simulated_index_is_the_mean_ci_of_random_matrices(n):
    """numpy's own eigenvalues of other random matrices."""
    generator = np.random.default_rng(n + 100)
    matrices = np.array([random_matrix(n, 0, generator) for _ in range(600)])
    ci = (np.linalg.eigvals(matrices).real.max(axis=1) - n) / (n - 1)
    assert random_index(n, "simulated") == pytest.approx(ci.mean(), abs=4 * ci.std() / np.sqrt(600))


def test_simulation_continues_the_table_and_repeats():
    assert simulate_random_index(15) == pytest.approx(SIMULATED_RI[14], abs=4e-3)
    assert SIMULATED_RI[14] < simulate_random_index(16) < simulate_random_index(17)
    assert simulate_random_index.__wrapped__(16) == simulate_random_index(16)


@pytest.mark.parametrize(("n", "missing"), [(4, 1), (4, 2), (5, 1), (5, 4), (6, 5)])
def test_with_missing_judgements_the_index_falls_as_simulations_say(n, missing):
    """Agoston and Csato (2022): mean CI of random matrices completed for the smallest eigenvalue.

    Their rule is linear in the number of missing judgements; it lies within 7 % of the mean.
    """
    generator = np.random.default_rng(10 * n + missing)
    ci = []
    while len(ci) < 300:
        matrix = random_matrix(n, missing, generator)
        if len(connected_parts(~np.isnan(matrix))) == 1:
            ci.append(priorities(matrix, completion="smallest-eigenvalue").ci)
    error = 3 * np.std(ci) / np.sqrt(len(ci))
    assert random_index(n, "simulated", missing) == pytest.approx(np.mean(ci), abs=error, rel=0.07)


def test_a_tree_of_judgements_has_the_random_index_0():
    assert [random_index(n, missing=(n - 1) * (n - 2) // 2) for n in range(3, 8)] == [0] * 5


def test_an_unknown_table_lists_the_known_ones():
    with pytest.raises(ParcelDataError, match="guess is unknown; use one of saaty, textbook, simulated"):
        random_index(5, "guess")
