"""p-values adjusted for many tests: Benjamini-Hochberg and Bonferroni."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation.multiple_testing import (
    adjust,
    benjamini_hochberg,
    bonferroni,
)
from parcel_agglomeration.algorithms.errors import ParcelDataError

# Benjamini and Hochberg (1995), section 4.1: 15 comparisons of two treatments.
PUBLISHED = np.array(
    [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
)


def test_published_example_rejects_four_by_fdr_and_three_by_bonferroni():
    assert np.count_nonzero(benjamini_hochberg(PUBLISHED) <= 0.05) == 4
    assert np.count_nonzero(bonferroni(PUBLISHED) <= 0.05) == 3


def test_adjusted_by_hand():
    # 4 tests, by rank: 4 x .01 / 1, 4 x .02 / 2, 4 x .03 / 3, .9; the first two fall to .04.
    p = [0.03, 0.9, 0.01, 0.02]
    np.testing.assert_allclose(benjamini_hochberg(p), [0.04, 0.9, 0.04, 0.04], rtol=1e-15)
    np.testing.assert_allclose(bonferroni(p), [0.12, 1.0, 0.04, 0.08], rtol=1e-15)


@pytest.mark.parametrize(
    "p, adjusted",
    [
        ("p_cond_two", "p_cond_BH"),
        ("perm_p_sim_two", "perm_p_sim_two_BH"),
        ("perm_p_folded", "perm_p_folded_BH"),
    ],
)
def test_benjamini_hochberg_as_in_r(cases, read_table, p, adjusted):
    """R's p.adjust, in every local table that spdep wrote."""
    paths = sorted(cases.glob("sa_*/expected/spdep_*_local.csv"))
    assert paths
    for path in paths:
        table = read_table(path)
        found = benjamini_hochberg(table[p])
        np.testing.assert_allclose(found, table[adjusted], rtol=1e-12, err_msg=path.name)


def test_sites_without_a_test_do_not_count():
    p = np.array([0.01, np.nan, 0.04, np.nan])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.02, np.nan, 0.04, np.nan])
    np.testing.assert_allclose(bonferroni(p), [0.02, np.nan, 0.08, np.nan])
    assert np.isnan(benjamini_hochberg([np.nan, np.nan])).all()
    assert benjamini_hochberg([]).size == 0


def test_adjust_by_name():
    np.testing.assert_array_equal(adjust(PUBLISHED, "none"), PUBLISHED)
    np.testing.assert_array_equal(adjust(PUBLISHED, "fdr"), benjamini_hochberg(PUBLISHED))
    np.testing.assert_array_equal(adjust(PUBLISHED, "bonferroni"), bonferroni(PUBLISHED))
    with pytest.raises(ParcelDataError, match="holm"):
        adjust(PUBLISHED, "holm")


@given(st.lists(st.floats(0, 1), max_size=40))
def test_raw_p_below_fdr_below_bonferroni_in_the_same_order(values):
    p = np.array(values)
    fdr = benjamini_hochberg(p)
    # One rounding of m p / k may fall below p itself.
    assert (p <= fdr * (1 + 1e-15)).all()
    assert (fdr <= bonferroni(p)).all()
    assert (np.diff(fdr[np.argsort(p)]) >= 0).all()
