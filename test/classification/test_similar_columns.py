"""Breaks of many similar columns at once: always those of ``natural_breaks``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.classification import similar_columns
from parcel_agglomeration.algorithms.classification.natural_breaks import natural_breaks
from parcel_agglomeration.algorithms.classification.similar_columns import breaks_of_similar_columns
from parcel_agglomeration.algorithms.errors import ParcelDataError


def assert_natural(columns, guess):
    for column, upper in zip(columns, breaks_of_similar_columns(columns, guess), strict=True):
        np.testing.assert_array_equal(upper, natural_breaks(column, guess.size).upper)


def scores(generator, n, m):
    """Scores as target values make them: skewed, many at 100, some flags."""
    values = np.minimum(100, generator.lognormal(3.5, 1, (n, m)))
    values[:, ::5] = 100.0 * (generator.random((n, values[:, ::5].shape[1])) < 0.2)
    return values


@pytest.mark.parametrize("classes", [2, 3, 4, 7])
@pytest.mark.parametrize("n", [60, 1_000, 6_000])
def test_weighted_scores_in_draws_of_the_weights(n, classes):
    generator = np.random.default_rng(n + classes)
    values = scores(generator, n, 18)
    guess = natural_breaks(values.mean(axis=1), classes).upper
    assert_natural(generator.dirichlet(np.full(18, 20.0), 40) @ values.T, guess)


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=9, max_size=9), min_size=1, max_size=4),
    st.integers(2, 5),
)
def test_few_values_with_many_ties(columns, classes):
    columns = np.array(columns, dtype=float)
    assert_natural(columns, np.linspace(1, 12, classes))


def test_a_guess_that_has_nothing_to_do_with_the_column():
    generator = np.random.default_rng(5)
    columns = np.concatenate([generator.normal(mean, 1, (5, 100)) for mean in (0, 50, 51, 200)], axis=1)
    for guess in ([-9.0, -8, -7, -6], [900.0, 901, 902, 903], [0.0, 1, 2, 199]):
        assert_natural(columns, np.array(guess))


def test_two_divisions_that_cost_the_same_are_settled_by_natural_breaks():
    # {0} {1, 2} {9} {10, 11} costs as much as {0, 1} {2} {9} {10, 11} and others: the lowest limits count.
    columns = np.array([[0.0, 1, 2, 9, 10, 11], [0.0, 1, 2, 9, 10, 11.5]])
    assert_natural(columns, np.array([0.0, 2, 9, 11]))


def test_values_far_from_zero():
    columns = 1e9 + np.random.default_rng(2).random((4, 500))
    assert_natural(columns, natural_breaks(columns[0], 4).upper)


def test_the_bound_proves_nearly_all_columns_by_itself(monkeypatch):
    """Else the answers would be right, but no faster than one by one."""
    generator = np.random.default_rng(11)
    values = scores(generator, 5_000, 18)
    guess = natural_breaks(values.mean(axis=1), 4).upper
    columns = generator.dirichlet(np.full(18, 20.0), 60) @ values.T
    left = []
    monkeypatch.setattr(
        similar_columns, "natural_breaks", lambda *given: left.append(given) or natural_breaks(*given)
    )
    assert_natural(columns, guess)
    assert len(left) <= 3


def test_the_bound_is_below_the_cost_of_every_division():
    """Brute force over all divisions with breaks in given intervals."""
    generator = np.random.default_rng(8)
    ordered = np.sort(generator.exponential(10, (3, 14)), axis=1)
    sums = similar_columns._Sums(ordered, 3)
    low = [np.tile([1, 3, 6, 10], (3, 1)), np.tile([2, 5, 7, 11], (3, 1))]
    high = [np.tile([2, 5, 9, 12], (3, 1)), np.tile([4, 6, 10, 13], (3, 1))]
    bounds = similar_columns._bounds(
        sums, [similar_columns._Node(sums, a, b) for a, b in zip(low, high, strict=True)]
    )

    def cost(row, *breaks):
        return sum(part.size * part.var() for part in np.split(ordered[row], breaks))

    for row in range(3):
        least = np.full((2, 4), np.inf)
        for i, j in np.ndindex(4, 4):
            inside = [
                cost(row, p, q)
                for p in range(low[0][row, i], high[0][row, i] + 1)
                for q in range(low[1][row, j], high[1][row, j] + 1)
                if p < q
            ]
            least[0, i] = min([least[0, i], *inside])
            least[1, j] = min([least[1, j], *inside])
        for bound, true in zip((bounds[0][row], bounds[1][row]), least, strict=True):
            assert (bound <= true + 1e-9).all()
            assert (bound > 0).all()


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ParcelDataError, match="finite"):
        breaks_of_similar_columns(np.array([[1.0, np.nan, 2.0]]), np.array([1.0, 2.0]))


def test_the_bound_of_single_positions_is_the_cost_itself():
    ordered = np.sort(np.random.default_rng(8).exponential(10, (1, 9)), axis=1)
    sums = similar_columns._Sums(ordered, 2)
    at = np.arange(1, 9)[None]
    (bound,) = similar_columns._bounds(sums, [similar_columns._Node(sums, at, at)])
    costs = [sum(part.size * part.var() for part in np.split(ordered[0], [p])) for p in range(1, 9)]
    assert bound[0] == pytest.approx(costs)
