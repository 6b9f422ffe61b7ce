"""Comparison matrices with missing judgements."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.weighting.ahp import COMPLETIONS, METHODS, priorities
from parcel_agglomeration.algorithms.weighting.incomplete import (
    connected_parts,
    least_squares_priorities,
    smallest_eigenvalue_completion,
)

NAN = np.nan
# Bozoki, Fulop and Ronyai (2010), Mathematical and Computer Modelling 52, as AHPy tests it.
BOZOKI = np.array([[1, 1, 5, 2], [1, 1, 3, 4], [1 / 5, 1 / 3, 1, NAN], [1 / 2, 1 / 4, NAN, 1]])
DONEGAN_DODD_RI_4 = 0.8286


@st.composite
def incomplete_matrices(draw):
    """A random reciprocal matrix whose judgements contain a random tree."""
    n = draw(st.integers(3, 8))
    logs = np.zeros((n, n))
    judged = np.eye(n, dtype=bool)
    for i in range(1, n):
        for j in range(i):
            if draw(st.booleans()):
                judged[i, j] = judged[j, i] = True
        j = draw(st.integers(0, i - 1))
        judged[i, j] = judged[j, i] = True
    rows, columns = np.triu_indices(n, 1)
    steps = st.floats(-np.log(9), np.log(9), allow_nan=False)
    logs[rows, columns] = draw(st.lists(steps, min_size=len(rows), max_size=len(rows)))
    return np.where(judged, np.exp(logs - logs.T), NAN)


def test_published_completion():
    result = priorities(BOZOKI, completion="smallest-eigenvalue")
    assert result.weights.round(4).tolist() == [0.3738, 0.3920, 0.0985, 0.1357]
    assert round(result.ci / DONEGAN_DODD_RI_4, 4) == 0.0372
    # AHPy's search ends within 1e-6 of the optimum.
    assert smallest_eigenvalue_completion(BOZOKI)[2, 3] == pytest.approx(0.730297, abs=1e-6)
    assert result.missing == 1
    # One of three judgements beyond a tree is missing: two thirds of RI are left.
    assert result.ri == pytest.approx(0.90 * 2 / 3)


def test_the_case_is_the_one_of_the_reference_file(cases):
    import json

    published = json.loads((cases / "ahp" / "ahp_cases.json").read_text(encoding="utf-8"))
    case = next(case for case in published if case["id"] == "bozoki2010_incomplete4")
    np.testing.assert_array_equal(np.array(case["matrix"], dtype=float), BOZOKI)


@given(incomplete_matrices())
def test_least_squares_solves_the_regression(matrix):
    """numpy's least squares of ln a_ij = y_i - y_j over the judged pairs."""
    n = len(matrix)
    rows, columns = np.nonzero(np.triu(~np.isnan(matrix), 1))
    design = np.zeros((len(rows), n))
    design[np.arange(len(rows)), rows] = 1
    design[np.arange(len(rows)), columns] = -1
    y = np.linalg.lstsq(design, np.log(matrix[rows, columns]), rcond=None)[0]
    np.testing.assert_allclose(least_squares_priorities(matrix), np.exp(y) / np.exp(y).sum(), rtol=1e-8)
    np.testing.assert_allclose(
        priorities(matrix, "geometric-mean").weights, np.exp(y) / np.exp(y).sum(), rtol=1e-8
    )


@given(incomplete_matrices())
def test_harkers_eigenvector_completes_its_own_gaps(matrix):
    """Harker (1987): w is the principal eigenvector of the matrix completed with w_i / w_j."""
    result = priorities(matrix)
    completed = np.where(np.isnan(matrix), result.weights[:, None] / result.weights, matrix)
    np.testing.assert_allclose(
        completed @ result.weights, result.lambda_max * result.weights, rtol=1e-7, atol=1e-12
    )


@given(incomplete_matrices())
def test_no_completion_has_a_smaller_eigenvalue(matrix):
    completed = smallest_eigenvalue_completion(matrix)
    smallest = np.linalg.eigvals(completed).real.max()
    np.testing.assert_allclose(completed * completed.T, 1)
    gaps = np.argwhere(np.triu(np.isnan(matrix)))
    for i, j in gaps[:6]:
        for factor in (0.8, 0.99, 1.01, 1.25):
            other = completed.copy()
            other[i, j] *= factor
            other[j, i] /= factor
            assert np.linalg.eigvals(other).real.max() >= smallest - 1e-9


def test_the_smallest_eigenvalue_is_the_one_scipy_finds():
    """A chain of 15 elements and six more judgements: 85 gaps, minimised by BFGS."""
    optimize = pytest.importorskip("scipy.optimize")
    generator = np.random.default_rng(3)
    matrix = np.full((15, 15), NAN)
    np.fill_diagonal(matrix, 1)
    pairs = [(i, i + 1) for i in range(14)] + [(0, 7), (3, 12), (1, 14), (5, 9), (2, 6), (8, 13)]
    for i, j in pairs:
        matrix[i, j] = np.exp(generator.uniform(-2, 2))
        matrix[j, i] = 1 / matrix[i, j]
    rows, columns = np.nonzero(np.triu(np.isnan(matrix)))

    def eigenvalue(logs):
        completed = matrix.copy()
        completed[rows, columns], completed[columns, rows] = np.exp(logs), np.exp(-logs)
        return np.linalg.eigvals(completed).real.max()

    found = optimize.minimize(eigenvalue, np.zeros(len(rows)), method="BFGS")
    ours = np.linalg.eigvals(smallest_eigenvalue_completion(matrix)).real.max()
    assert ours == pytest.approx(found.fun, rel=1e-8)


@pytest.mark.parametrize("completion", COMPLETIONS)
@pytest.mark.parametrize("method", METHODS)
@given(matrix=incomplete_matrices(), vector=st.lists(st.floats(0.1, 10), min_size=8, max_size=8))
def test_gaps_of_a_consistent_matrix_change_nothing(method, completion, matrix, vector):
    weights = np.array(vector[: len(matrix)])
    consistent = np.where(np.isnan(matrix), NAN, weights[:, None] / weights)
    result = priorities(consistent, method, completion=completion)
    np.testing.assert_allclose(result.weights, weights / weights.sum(), rtol=1e-6)
    assert 0 <= result.cr < 1e-9


@pytest.mark.parametrize("completion", COMPLETIONS)
@pytest.mark.parametrize("method", METHODS)
def test_a_tree_is_consistent_by_construction_and_says_so(method, completion):
    chain = [[1, 2, NAN, NAN], [NAN, 1, 3, NAN], [NAN, NAN, 1, 1 / 4], [NAN] * 3 + [1]]
    result = priorities(chain, method, completion=completion)
    assert result.weights == pytest.approx(np.array([6, 3, 1, 4]) / 14)
    assert (result.cr, result.gci, result.missing, result.checked) == (0, 0, 3, False)


def test_one_triangle_is_enough():
    full = priorities([[1, 2, 5], [1 / 2, 1, 3], [1 / 5, 1 / 3, 1]])
    half = priorities([[1, 2, NAN], [NAN, 1, 3], [1 / 5, NAN, 1]])
    np.testing.assert_allclose(half.weights, full.weights)
    assert (half.missing, half.checked) == (0, True)


def test_unconnected_parts_are_named():
    matrix = np.full((5, 5), NAN)
    np.fill_diagonal(matrix, 1)
    matrix[0, 1] = 2
    matrix[2, 4] = 3
    with pytest.raises(ParcelDataError) as error:
        priorities(matrix, names=("output", "tax", "far", "giant", "talent"), node="effic")
    assert str(error.value) == (
        "Node effic: no judgement connects output, tax | far, talent | giant; "
        "compare an element of each part with one of another."
    )


def test_connected_parts():
    assert connected_parts(np.eye(3, dtype=bool)) == [[0], [1], [2]]
    assert connected_parts(np.ones((3, 3), dtype=bool)) == [[0, 1, 2]]


@pytest.mark.parametrize("method", METHODS)
def test_gci_is_the_residual_variance_of_least_squares(method):
    """Aguaron and Moreno-Jimenez (2003), three elements: 2 / 2 sum e^2 with e = ln(a12 a23 a31) / 3 each."""
    result = priorities([[1, 2, 4], [1 / 2, 1, 3], [1 / 4, 1 / 3, 1]], method)
    assert result.gci == pytest.approx(3 * (np.log(2 * 3 / 4) / 3) ** 2)


def test_gci_of_an_incomplete_matrix_counts_the_judgements_beyond_a_tree():
    """A square of four judgements: one is beyond a tree, each residual is a quarter of the circle's sum."""
    square = [[1, 2, NAN, NAN], [NAN, 1, 3, NAN], [NAN, NAN, 1, 4], [1, NAN, NAN, 1]]
    assert priorities(square).gci == pytest.approx(4 * (np.log(2 * 3 * 4 * 1) / 4) ** 2)
