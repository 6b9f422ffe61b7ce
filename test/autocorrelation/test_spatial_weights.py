"""Spatial weights as sparse rows: lag, standardisation, subset, pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights


@pytest.fixture
def line_and_island():
    """0 - 1 - 2 in a line, 3 alone."""
    return SpatialWeights.from_pairs([0, 1, 1, 2], [1, 0, 2, 1], 4)


@st.composite
def weights_of_any_shape(draw):
    n = draw(st.integers(1, 12))
    site = st.integers(0, n - 1)
    links = draw(st.lists(st.tuples(site, site, st.floats(0.1, 10)), max_size=40))
    i, j, weight = (list(column) for column in zip(*links, strict=True)) if links else ([], [], [])
    return SpatialWeights.from_pairs(i, j, n, weight)


def dense(weights):
    matrix = np.zeros((weights.n, weights.n))
    matrix[weights.rows, weights.indices] = weights.data
    return matrix


def test_rows_list_neighbours_in_ascending_order():
    weights = SpatialWeights.from_pairs([2, 0, 2, 0], [1, 2, 0, 1], 3)

    assert weights.indptr.tolist() == [0, 2, 2, 4]
    assert weights.indices.tolist() == [1, 2, 0, 1]
    assert weights.data.tolist() == [1, 1, 1, 1]
    assert (weights.indptr.dtype, weights.indices.dtype, weights.data.dtype) == (
        np.int64,
        np.int64,
        np.float64,
    )


def test_a_site_is_no_neighbour_of_itself_and_the_first_of_repeated_pairs_counts():
    weights = SpatialWeights.from_pairs([1, 0, 1, 1], [1, 1, 0, 0], 2, [9.0, 2.0, 3.0, 4.0])

    assert weights.rows.tolist() == [0, 1]
    assert weights.indices.tolist() == [1, 0]
    assert weights.data.tolist() == [2.0, 3.0]


def test_the_first_of_many_repeated_pairs_counts():
    i, j = np.random.default_rng(0).integers(0, 8, (2, 5000))
    first = {}
    for order, pair in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        first.setdefault(pair, float(order))

    weights = SpatialWeights.from_pairs(i, j, 8, np.arange(5000.0))

    found = zip(weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True)
    assert {(a, b): weight for a, b, weight in found} == {(a, b): w for (a, b), w in first.items() if a != b}


def test_islands_have_no_neighbours(line_and_island):
    assert line_and_island.n == 4
    assert line_and_island.cardinality.tolist() == [1, 2, 1, 0]
    assert line_and_island.islands.tolist() == [False, False, False, True]


def test_lag_sums_the_neighbours_and_is_0_for_an_island(line_and_island):
    assert line_and_island.lag([1, 2, 3, 100]).tolist() == [2, 4, 2, 0]


def test_row_standardised_lag_is_the_mean_of_the_neighbours(line_and_island):
    standardised = line_and_island.row_standardised()

    assert standardised.data.tolist() == [1, 0.5, 0.5, 1]
    assert standardised.lag([1, 2, 5, 100]).tolist() == [2, 3, 2, 0]


@pytest.mark.parametrize("empty", [[0], [2], [5], [0, 1], [2, 3], [4, 5], [0, 3, 5], list(range(6))])
def test_empty_rows_anywhere_do_not_disturb_the_others(empty):
    i = np.array([row for row in range(6) if row not in empty], dtype=int)
    weights = SpatialWeights.from_pairs(i, (i + 1) % 6, 6)

    expected = [0 if row in empty else (row + 1) % 6 + 10 for row in range(6)]
    assert weights.lag(np.arange(6) + 10).tolist() == expected


def test_without_sites_or_links_everything_is_empty():
    nothing = SpatialWeights.from_pairs([], [], 0)
    unlinked = SpatialWeights.from_pairs([], [], 2)

    assert nothing.n == 0
    assert nothing.lag([]).size == 0
    assert unlinked.lag([1, 2]).tolist() == [0, 0]
    assert unlinked.row_standardised().data.size == 0
    assert unlinked.equal_rows


def test_weights_that_sum_to_0_stay_as_they_are():
    weights = SpatialWeights.from_pairs([0, 1], [1, 0], 2, [0.0, 2.0])

    assert weights.row_standardised().data.tolist() == [0.0, 1.0]


def test_subset_keeps_the_links_among_the_kept_and_renumbers_them(line_and_island):
    middle_gone = line_and_island.subset([True, False, True, True])
    end_gone = line_and_island.subset([False, True, True, True])

    assert middle_gone.cardinality.tolist() == [0, 0, 0]
    assert end_gone.indptr.tolist() == [0, 1, 2, 2]
    assert end_gone.indices.tolist() == [1, 0]


def test_equal_rows_tells_whether_weights_differ_within_a_row():
    i, j = [0, 0, 1, 1], [1, 2, 0, 2]

    assert SpatialWeights.from_pairs(i, j, 3, [0.5, 0.5, 2, 2]).equal_rows
    assert not SpatialWeights.from_pairs(i, j, 3, [0.5, 0.5, 2, 3]).equal_rows


def test_row_weight_is_what_the_entries_of_a_row_have(line_and_island):
    assert line_and_island.row_standardised().row_weight.tolist() == [1, 0.5, 1, 0]
    assert SpatialWeights.from_pairs([0, 0], [1, 2], 3, [1, 2]).row_weight is None


def test_standardising_keeps_equal_rows_equal():
    i, j = np.nonzero(~np.eye(50, dtype=bool))

    assert SpatialWeights.from_pairs(i, j, 50).row_standardised().equal_rows


@given(weights_of_any_shape(), st.data())
def test_sparse_rows_agree_with_a_dense_matrix(weights, data):
    matrix = dense(weights)
    z = np.array(data.draw(st.lists(st.floats(-100, 100), min_size=weights.n, max_size=weights.n)))
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=weights.n, max_size=weights.n)))
    sums = matrix.sum(axis=1, keepdims=True)

    np.testing.assert_allclose(weights.lag(z), matrix @ z, atol=1e-9)
    np.testing.assert_array_equal(dense(weights.subset(keep)), matrix[np.ix_(keep, keep)])
    np.testing.assert_allclose(dense(weights.row_standardised()), matrix / np.where(sums > 0, sums, 1))
