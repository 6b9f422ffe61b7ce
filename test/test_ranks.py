"""Rank correlation against R and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.ranks import kendall, mean_ranks, spearman

# Lightness and panel score of tuna (Hollander and Wolfe 1973, p. 187), the example of R's help of cor.test.
LIGHTNESS = np.array([44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1])
PANEL = np.array([2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8])

columns = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=40)


def test_tuna_as_in_r():
    # R 4: cor.test(x, y, method = "kendall") prints tau 0.4444444; method = "spearman" prints rho 0.6.
    assert kendall(LIGHTNESS, PANEL) == pytest.approx(0.4444444, abs=5e-8)
    assert spearman(LIGHTNESS, PANEL) == pytest.approx(0.6)


def test_equal_values_share_their_mean_rank():
    assert mean_ranks(np.array([5, 1, 5, 7])).tolist() == [2.5, 1, 2.5, 4]


@given(columns)
def test_coefficients_with_ties_as_in_scipy(pairs):
    stats = pytest.importorskip("scipy.stats")
    a, b = np.array(pairs, dtype=float).T
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert math.isnan(spearman(a, b)) and math.isnan(kendall(a, b))
    else:
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b)[0], abs=1e-12)
        assert kendall(a, b) == pytest.approx(stats.kendalltau(a, b)[0], abs=1e-12)


def test_crime_and_literacy_of_french_departments_as_in_scipy(cases):
    stats = pytest.importorskip("scipy.stats")
    path = cases / "cross_tabulation" / "guerry_Crm_prp_x_Litercy_classes.csv"
    a, b = np.genfromtxt(path, delimiter=",", skip_header=1)[:, 1:3].T
    assert a.size == 85
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b)[0], rel=1e-12)
    assert kendall(a, b) == pytest.approx(stats.kendalltau(a, b)[0], rel=1e-12)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_values_have_no_correlation(n):
    assert math.isnan(spearman(np.zeros(n), np.zeros(n))) and math.isnan(kendall(np.zeros(n), np.zeros(n)))
