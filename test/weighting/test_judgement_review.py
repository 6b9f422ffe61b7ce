"""Worst judgements, circles and proposed repairs."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.weighting.ahp import METHODS, priorities
from parcel_agglomeration.algorithms.weighting.judgement_review import (
    intransitive_triples,
    proposed_repair,
    ranked_judgements,
)

NAN = np.nan
# Saaty (1990), How to make a decision, European Journal of Operational Research 48, 9-26: buying a house.
HOUSE_UPPER = """5 3 7 6 6 1/3 1/4
1/3 5 3 3 1/5 1/7
6 3 4 6 1/5
1/3 1/4 1/7 1/8
1/2 1/5 1/6
1/5 1/6
1/2"""


def number(text):
    numerator, _, denominator = text.partition("/")
    return float(numerator) / float(denominator or 1)


@pytest.fixture
def house():
    matrix = np.full((8, 8), NAN)
    np.fill_diagonal(matrix, 1)
    for row, line in enumerate(HOUSE_UPPER.splitlines()):
        matrix[row, row + 1 :] = [number(cell) for cell in line.split()]
    return matrix


@st.composite
def saaty_matrices(draw):
    """Judgements of 3 to 7 elements from 1/9 to 9, some missing."""
    n = draw(st.integers(3, 7))
    matrix = np.eye(n)
    cells = st.sampled_from([NAN, *(1 / k for k in range(9, 1, -1)), *range(1, 10)])
    for i in range(n):
        for j in range(i + 1, n):
            matrix[i, j] = draw(cells) if j > i + 1 else draw(cells.filter(np.isfinite))
            matrix[j, i] = 1 / matrix[i, j]
    return matrix


def test_saatys_house(house):
    result = priorities(house)
    assert result.weights.round(3).tolist() == [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    assert round(result.lambda_max, 3) == 9.669
    assert round(result.cr, 3) == 0.169


def test_the_worst_judgement_of_saatys_house(house):
    """Saaty (2003) revises a_37 = 6 first: the yard against the general condition."""
    weights = priorities(house).weights
    ranked = ranked_judgements(house, weights)
    assert len(ranked) == 28
    worst = ranked[0]
    assert (worst.i, worst.j, worst.value, worst.rank) == (2, 6, 6, 1)
    assert worst.consistent == pytest.approx(weights[2] / weights[6])
    assert worst.ratio == pytest.approx(6 * weights[6] / weights[2])
    assert [judged.rank for judged in ranked] == list(range(1, 29))
    distances = [abs(np.log(judged.ratio)) for judged in ranked]
    assert distances == sorted(distances, reverse=True)


def test_judgements_equally_far_keep_the_order_of_the_matrix():
    """With three elements all judgements are equally far from the least-squares weights."""
    circular = [[1, 3, 1 / 2], [NAN, 1, 4], [NAN, NAN, 1]]
    ranked = ranked_judgements(circular, priorities(circular, "geometric-mean").weights)
    assert [(judged.i, judged.j) for judged in ranked] == [(0, 1), (0, 2), (1, 2)]
    assert [round(abs(np.log(judged.ratio)), 12) for judged in ranked] == [round(np.log(24) / 3, 12)] * 3


def test_missing_judgements_are_not_ranked():
    chain = [[1, 2, NAN], [NAN, 1, 3], [NAN, NAN, 1]]
    ranked = ranked_judgements(chain, priorities(chain).weights)
    assert [(judged.i, judged.j, round(judged.ratio, 12)) for judged in ranked] == [(0, 1, 1), (1, 2, 1)]


# Circles


def test_a_circle_is_listed_in_its_direction():
    assert intransitive_triples([[1, 2, 1 / 3], [NAN, 1, 5], [NAN, NAN, 1]]) == [(0, 1, 2)]
    assert intransitive_triples([[1, 1 / 2, 3], [NAN, 1, 1 / 5], [NAN, NAN, 1]]) == [(0, 2, 1)]


@pytest.mark.parametrize(
    ("a12", "a13", "a23", "circular"),
    [
        (2, 5, 3, False),
        (1, 1, 1, False),
        (1, 2, 1, True),
        (1, 2, 2, False),
        (2, 2, 1, False),
        (2, 1, 1, True),
    ],
)
def test_ties_make_a_circle_unless_all_are_equal(a12, a13, a23, circular):
    assert bool(intransitive_triples([[1, a12, a13], [NAN, 1, a23], [NAN, NAN, 1]])) is circular


@given(saaty_matrices())
def test_circles_agree_with_trying_every_triple(matrix):
    found = set()
    for i, j, k in permutations(range(len(matrix)), 3):
        values = (matrix[i, j], matrix[j, k], matrix[k, i])
        if i < min(j, k) and all(value > 1 - 1e-9 for value in values) and max(values) > 1 + 1e-9:
            found.add((i, j, k))
    assert set(intransitive_triples(matrix)) == found


def test_a_consistent_matrix_has_no_circle():
    weights = np.array([0.384, 0.421, 0.195, 0.253, 0.351, 0.137])
    assert intransitive_triples(weights[:, None] / weights) == []


# Repair


def test_the_proposal_is_the_formula(house):
    given_weights = priorities(house).weights
    repair = proposed_repair(house, exponent=0.9)
    assert repair.matrix[2, 6] == pytest.approx(6**0.9 * (given_weights[2] / given_weights[6]) ** 0.1)
    np.testing.assert_allclose(repair.matrix * repair.matrix.T, 1)


def test_the_proposal_changes_as_little_as_passes(house):
    before = house.copy()
    repair = proposed_repair(house)
    assert repair.exponent == 0.79
    assert repair.result.cr < 0.10 <= proposed_repair(house, exponent=0.80).result.cr
    np.testing.assert_array_equal(house, before)


def test_how_much_a_proposal_changes(house):
    """Deviations of Xu and Wei (1999), cell by cell."""
    full = np.where(np.isnan(house), 1 / house.T, house)
    repair = proposed_repair(house)
    changes = [abs(repair.matrix[i, j] - full[i, j]) for i in range(8) for j in range(8)]
    assert repair.largest_change == pytest.approx(max(changes))
    assert repair.mean_change == pytest.approx(sum(change**2 for change in changes) ** 0.5 / 8)
    assert repair.largest_factor == pytest.approx((repair.matrix / full).max())


@pytest.mark.parametrize("method", METHODS)
def test_consistent_judgements_stay(method):
    mild = [[1, 2, 5], [1 / 2, 1, 3], [1 / 5, 1 / 3, 1]]
    repair = proposed_repair(mild, method)
    assert (repair.exponent, repair.largest_change, repair.largest_factor) == (1, 0, 1)
    np.testing.assert_array_equal(repair.matrix, mild)


@settings(max_examples=50)
@given(saaty_matrices(), st.sampled_from(METHODS))
def test_a_proposal_always_passes_and_leaves_gaps(matrix, method):
    repair = proposed_repair(matrix, method)
    assert repair.result.consistent
    np.testing.assert_array_equal(np.isnan(repair.matrix), np.isnan(matrix))


@given(saaty_matrices())
def test_cr_falls_with_the_exponent(matrix):
    ratios = [proposed_repair(matrix, exponent=exponent).result.cr for exponent in (1, 0.7, 0.4, 0)]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(ratios))
    assert ratios[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("exponent", [-0.1, 1.1])
def test_an_exponent_outside_0_to_1_is_refused(house, exponent):
    with pytest.raises(ParcelDataError, match="give a number from 0 to 1"):
        proposed_repair(house, exponent=exponent)
