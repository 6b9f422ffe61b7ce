"""Means of groups in place of numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.planning.microaggregation import microaggregate

NUMBERS = st.lists(st.integers(-50, 50) | st.floats(-1e6, 1e6), min_size=3, max_size=60)


def test_neighbouring_numbers_share_their_mean():
    means, kept = microaggregate([7, 1, math.nan, 2, 9, 3, 8, 10], 3)
    assert means.tolist()[:2] + means.tolist()[3:] == [8.5, 2, 2, 8.5, 2, 8.5, 8.5]
    assert math.isnan(means[2])
    # Variance between 2 x 3 and 8.5 x 4 over that of the numbers, both about the mean 40 / 7.
    between = 3 * (2 - 40 / 7) ** 2 + 4 * (8.5 - 40 / 7) ** 2
    whole = sum((x - 40 / 7) ** 2 for x in (7, 1, 2, 9, 3, 8, 10))
    assert kept == pytest.approx(between / whole, rel=1e-12)


def test_equal_numbers_stay_together():
    means, _ = microaggregate([0, 0, 0, 0, 5, 6, 7, 7, 7], 3)
    assert means.tolist() == [0, 0, 0, 0, 6.4, 6.4, 6.4, 6.4, 6.4]


def test_numbers_far_from_zero_keep_their_digits():
    assert microaggregate(1e9 + np.arange(6) / 8, 3)[0].tolist() == [1e9 + 1 / 8] * 3 + [1e9 + 4 / 8] * 3


def test_constant_numbers_stay():
    means, kept = microaggregate([2.5] * 4, 4)
    assert means.tolist() == [2.5] * 4 and kept == 1


@given(NUMBERS, st.integers(3, 9))
def test_no_mean_stands_for_fewer_and_the_order_stays(numbers, size):
    if len(numbers) < size:
        with pytest.raises(ValueError, match="fewer than"):
            microaggregate(numbers, size)
        return
    means, kept = microaggregate(numbers, size)
    assert np.unique(means, return_counts=True)[1].min() >= size
    assert math.fsum(means) == pytest.approx(math.fsum(numbers), abs=1e-8 * max(map(abs, numbers), default=1))
    assert (np.diff(means[np.argsort(numbers, kind="stable")]) >= 0).all()
    assert 0 <= kept <= 1 + 1e-9


@given(NUMBERS, st.randoms(use_true_random=False))
def test_the_order_of_the_parcels_does_not_matter(numbers, dice):
    order = list(range(len(numbers)))
    dice.shuffle(order)
    shuffled, _ = microaggregate([numbers[i] for i in order], 3)
    assert shuffled.tolist() == microaggregate(numbers, 3)[0][order].tolist()


def test_small_groups_are_refused():
    with pytest.raises(ValueError, match="at least 3"):
        microaggregate([1, 2, 3], 2)
