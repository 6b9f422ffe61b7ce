"""G_i and G_i*: R spdep's figures, exact enumeration, and the edges."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation.getis_ord import confidence_bins, getis_ord
from parcel_agglomeration.algorithms.autocorrelation.local_moran import local_moran
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights

CASES = [
    ("sa_columbus", "crime", 49),
    ("sa_columbus", "inc", 49),
    ("sa_guerry", "Crm_prs", 85),
    ("sa_boston", "NOX", 506),
    ("sa_nc", "SIDR74", 100),
]


@pytest.mark.parametrize(("case", "variable", "n"), CASES)
@pytest.mark.parametrize(("star", "column"), [(False, "localG"), (True, "localGstar")])
def test_scores_are_spdeps(cases, read_gal, read_table, case, variable, n, star, column):
    # R spdep localG, without and with the site itself: expected/spdep_queen_*_local.csv
    expected = read_table(cases / case / "expected" / f"spdep_queen_{variable}_local.csv")
    weights = read_gal(cases / case / "expected" / "spdep_queen.gal", n).row_standardised()
    result = getis_ord(expected["value"], weights, star, permutations=99)
    np.testing.assert_allclose(result.z, expected[column], rtol=0, atol=1e-9)


def test_p_is_the_share_of_arrangements_at_least_as_extreme():
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    weights = SpatialWeights.from_pairs([0, 0, 1, 2, 3, 4, 5], [1, 5, 0, 3, 2, 5, 4], 6)
    result = getis_ord(values, weights, permutations=99_999)
    observed = values[1] + values[5]
    sums = np.array([sum(pair) for pair in combinations(values[1:], 2)])
    share = min((sums >= observed).mean(), (sums <= observed).mean())
    error = np.sqrt(share * (1 - share) / 99_999)
    assert result.p[0] == pytest.approx(2 * share, abs=2 * 5 * error)


def test_p_is_that_of_local_moran_since_both_permute_the_neighbours():
    rng = np.random.default_rng(4)
    values = rng.normal(size=60)
    weights = SpatialWeights.from_pairs(np.repeat(np.arange(60), 4), (np.arange(240) * 7 + 1) % 60, 60)
    moran = local_moran(values, weights, 999, seed=3)
    for star in (True, False):
        assert np.array_equal(getis_ord(values, weights, star, 999, seed=3).p, moran.p)


def test_sites_alone_and_constant_columns_have_no_result():
    weights = SpatialWeights.from_pairs([0, 1, 2, 1], [1, 0, 1, 2], 4)
    alone = getis_ord(np.array([1.0, 2.0, 5.0, 9.0]), weights, permutations=99)
    assert np.isnan(alone.z[3]) and np.isnan(alone.p[3])
    assert not np.isnan(alone.z[:3]).any()
    constant = getis_ord(np.ones(4), weights, permutations=99)
    assert np.isnan(constant.z).all() and np.isnan(constant.p).all()


def test_with_every_other_site_a_neighbour_nothing_varies():
    i, j = np.nonzero(~np.eye(5, dtype=bool))
    weights = SpatialWeights.from_pairs(i, j, 5)
    values = np.array([1.0, 2.0, 3.0, 4.0, 10.0])
    assert np.isnan(getis_ord(values, weights, star=False, permutations=99).z).all()
    assert np.isnan(getis_ord(values, weights, star=True, permutations=99).z).all()


def test_bins_by_confidence():
    z = np.array([3.0, 2.0, 1.7, 0.5, -2.0, -3.0, np.nan])
    p = np.array([0.001, 0.05, 0.09, 0.6, 0.03, 0.01, np.nan])
    assert confidence_bins(z, p).tolist() == [3, 2, 1, 0, -2, -3, 0]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_neither_shift_nor_unit_changes_the_score(shift, unit):
    rng = np.random.default_rng(8)
    values = rng.normal(size=20)
    weights = SpatialWeights.from_pairs(np.repeat(np.arange(20), 3), (np.arange(60) * 3 + 1) % 20, 20)
    for star in (True, False):
        plain = getis_ord(values, weights, star, 99)
        moved = getis_ord(unit * values + shift, weights, star, 99)
        np.testing.assert_allclose(moved.z, plain.z, rtol=1e-5, atol=1e-6)
