"""Distribution, correlation and variance inflation of indicators."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.indicators.diagnostics import (
    correlations,
    distribution,
    strongest_partner,
    variance_inflation,
)
from parcel_agglomeration.algorithms.indicators.parcel_indicators import NO_OUTPUT, without_output

NAN = math.nan

# Longley (1967), Journal of the American Statistical Association 62, 819-841: price deflator, gross
# national product, unemployed, armed forces, population, year.
LONGLEY = np.array(
    [
        [83.0, 234.289, 235.6, 159.0, 107.608, 1947],
        [88.5, 259.426, 232.5, 145.6, 108.632, 1948],
        [88.2, 258.054, 368.2, 161.6, 109.773, 1949],
        [89.5, 284.599, 335.1, 165.0, 110.929, 1950],
        [96.2, 328.975, 209.9, 309.9, 112.075, 1951],
        [98.1, 346.999, 193.2, 359.4, 113.270, 1952],
        [99.0, 365.385, 187.0, 354.7, 115.094, 1953],
        [100.0, 363.112, 357.8, 335.0, 116.219, 1954],
        [101.2, 397.469, 290.4, 304.8, 117.388, 1955],
        [104.6, 419.180, 282.2, 285.7, 118.734, 1956],
        [108.4, 442.769, 293.6, 279.8, 120.445, 1957],
        [110.8, 444.546, 468.1, 263.7, 121.950, 1958],
        [112.6, 482.704, 381.3, 255.2, 123.366, 1959],
        [114.2, 502.601, 393.1, 251.4, 125.368, 1960],
        [115.7, 518.173, 480.6, 257.2, 127.852, 1961],
        [116.9, 554.894, 400.7, 282.7, 130.081, 1962],
    ]
)
# As R's car::vif prints them for datasets::longley.
LONGLEY_VIF = [135.53244, 1788.51348, 33.61889, 3.58893, 399.15102, 758.98060]


@pytest.fixture(scope="module")
def ragged():
    """Skewed columns, one with many ties, a tenth of the values missing."""
    generator = np.random.default_rng(1)
    columns = generator.lognormal(size=(300, 4))
    columns[:, 3] = np.round(columns[:, 3])
    columns[:, 1] += columns[:, 0]
    columns[generator.random(columns.shape) < 0.1] = NAN
    return columns


def test_correlations_are_those_of_pandas(ragged):
    found = correlations(ragged)
    frame = pd.DataFrame(ragged)
    assert np.allclose(found.pearson, frame.corr(), rtol=0, atol=1e-14)
    assert np.allclose(found.spearman, frame.corr("spearman"), rtol=0, atol=1e-14)
    both = np.isfinite(ragged[:, 0]) & np.isfinite(ragged[:, 2])
    assert found.pairs[0, 2] == both.sum()


def test_complete_columns_are_those_of_pandas(ragged):
    complete = ragged[np.isfinite(ragged).all(axis=1)]
    found = correlations(complete)
    assert np.allclose(found.spearman, pd.DataFrame(complete).corr("spearman"), rtol=0, atol=1e-14)


def test_distribution_is_that_of_scipy_and_pandas(ragged):
    stats = pytest.importorskip("scipy.stats")
    for column in ragged.T:
        known = pd.Series(column).dropna()
        found = distribution(column)
        assert found.skewness == pytest.approx(stats.skew(known), rel=1e-12)
        assert found.sd == pytest.approx(known.std(), rel=1e-12)
        assert (found.q1, found.median, found.p95) == pytest.approx(known.quantile([0.25, 0.5, 0.95]))
        assert found.values + found.missing == len(column)
        assert found.distinct == known.nunique()


def test_outliers_lie_beyond_tukeys_fences():
    # Quartiles 2 and 4, so the fences are -1 and 7.
    found = distribution([1, 2, 3, 4, 5.0])
    assert (found.q1, found.q3, found.low, found.high) == (2, 4, 0, 0)
    found = distribution([-9, 2, 2, 3, 4, 4, 7.5])
    assert (found.low, found.high) == (1, 1)


def test_variance_inflation_of_longleys_data():
    assert variance_inflation(LONGLEY) == pytest.approx(LONGLEY_VIF, abs=6e-6)


def test_variance_inflation_is_the_diagonal_of_the_inverse_correlation_matrix(ragged):
    complete = ragged[np.isfinite(ragged).all(axis=1)]
    inverse = np.linalg.inv(np.corrcoef(complete, rowvar=False))
    assert variance_inflation(ragged) == pytest.approx(np.diag(inverse), rel=1e-10)


def test_a_sum_of_others_has_infinite_inflation_and_a_constant_none():
    columns = np.column_stack([LONGLEY, LONGLEY[:, 2] + LONGLEY[:, 3], np.full(16, 7.0)])
    inflation = variance_inflation(columns)
    assert np.isinf(inflation[[2, 3, 6]]).all() and np.isnan(inflation[7])
    assert inflation[1] == pytest.approx(LONGLEY_VIF[1], abs=6e-6)


def test_too_few_complete_rows_have_no_inflation():
    assert np.isnan(variance_inflation(LONGLEY[:6])).all()
    assert np.isnan(variance_inflation(np.full((9, 2), NAN))).all()
    with pytest.raises(ParcelDataError, match="only one"):
        variance_inflation(LONGLEY[:, :1])


def test_empty_and_constant_columns_have_no_shape():
    assert distribution([NAN, NAN]).missing == 2
    assert math.isnan(distribution([NAN]).mean)
    constant = distribution([3.0, 3.0, NAN])
    assert (constant.sd, constant.values, constant.distinct) == (0, 2, 1)
    assert math.isnan(constant.skewness)
    assert math.isnan(distribution([3.0]).sd)
    found = correlations(np.array([[1, 5.0], [2, 5], [3, 5], [4, NAN]]))
    assert np.isnan(found.pearson[0, 1]) and np.isnan(found.spearman[1, 1])


def test_the_strongest_partner_may_be_negative():
    table = np.array([[1, 0.2, -0.9], [0.2, 1, NAN], [-0.9, NAN, 1]])
    assert strongest_partner(table).tolist() == [2, 0, 0]
    assert strongest_partner(np.full((2, 2), NAN)).tolist() == [-1, -1]


@given(st.lists(st.tuples(*[st.integers(-50, 50)] * 2), min_size=3, max_size=30), st.integers(1, 5))
def test_rank_correlation_ignores_increasing_transformations(points, factor):
    x, y = np.array(points, dtype=float).T
    before = correlations(np.column_stack([x, y])).spearman
    after = correlations(np.column_stack([np.exp(x / 50) * factor, y**3])).spearman
    assert np.allclose(before, after, atol=1e-12, equal_nan=True)
    assert not (np.abs(before) > 1).any()


def test_consumption_without_output_is_counted_apart():
    values = np.array([[NO_OUTPUT, NO_OUTPUT], [1.0, 1.0], [3.0, 3.0], [NAN, NAN]])
    idle = without_output(values, ["cost", "benefit"])
    assert idle.tolist() == [[True, False], [False, False], [False, False], [False, False]]
    found = distribution(values[:, 0], idle[:, 0])
    assert (found.values, found.missing, found.no_output) == (2, 1, 1)
    assert (found.mean, found.maximum, found.high) == (2, 3, 0)
    alone = distribution(values[:1, 0], idle[:1, 0])
    assert (alone.values, alone.missing, alone.no_output) == (0, 0, 1)
    assert math.isnan(alone.mean)
