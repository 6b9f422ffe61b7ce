"""Bivariate Moran's I: esda, Moran's I as its special case, and all permutations."""

import itertools
import math

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.bivariate_moran import bivariate_moran
from parcel_agglomeration.algorithms.autocorrelation.global_moran import global_moran
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import distance_band, k_nearest
from parcel_agglomeration.algorithms.autocorrelation.pysal_engine import libpysal_weights
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights

UNEVEN = SpatialWeights.from_pairs([0, 1, 3, 3, 2], [1, 2, 1, 0, 1], 6, [0.5, 2.0, 1.0, 0.25, 3.0])
X = np.array([2.0, 7.0, 1.0, 8.0, 2.0, 8.0])
Y = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])


@pytest.mark.parametrize("weights", [UNEVEN, UNEVEN.row_standardised()])
def test_moran_is_the_case_of_one_column(weights):
    assert bivariate_moran(X, X, weights).i == pytest.approx(global_moran(X, weights).i, abs=1e-15)


@pytest.mark.parametrize("weights", [UNEVEN, UNEVEN.row_standardised()])
def test_moments_and_pseudo_p_are_those_of_all_permutations_of_the_second_column(weights):
    result = bivariate_moran(X, Y, weights)
    everything = np.array([bivariate_moran(X, np.array(p), weights).i for p in itertools.permutations(Y)])
    assert result.expected == 0.0
    assert everything.mean() == pytest.approx(0.0, abs=1e-14)
    assert everything.var() == pytest.approx(result.variance_rand, rel=1e-12)
    assert result.z_rand == pytest.approx(result.i / everything.std(), rel=1e-12)
    exact = min((everything >= result.i - 1e-9).mean(), (everything <= result.i + 1e-9).mean())
    found = bivariate_moran(X, Y, weights, 20_000, alternative="directed").p_sim
    assert abs(found - exact) < 5 * math.sqrt(exact * (1 - exact) / 20_000) + 1e-4


def test_the_order_of_the_columns_matters():
    assert bivariate_moran(X, Y, UNEVEN).i != pytest.approx(bivariate_moran(Y, X, UNEVEN).i, abs=0.01)


@pytest.mark.parametrize("islands", [False, True])
def test_as_esda(islands):
    """esda leaves out n / S0, which differs from 1 where sites have no neighbours."""
    esda = pytest.importorskip("esda")
    rng = np.random.default_rng(5)
    places = rng.uniform(0, 1000, (250, 2))
    weights = (distance_band(places, 60) if islands else k_nearest(places, 6)).row_standardised()
    assert weights.islands.any() == islands
    x = rng.gamma(1.0, size=250) + places[:, 0] / 3000
    y = rng.normal(size=250) + places[:, 0] / 900
    np.random.seed(1)
    theirs = esda.Moran_BV(x, y, libpysal_weights(weights), transformation="O", permutations=9999)
    ours = bivariate_moran(x, y, weights, 9999, alternative="directed")
    scale = 250 / (250 - weights.islands.sum())
    assert ours.i == pytest.approx(theirs.I * scale, abs=1e-12)
    assert abs(ours.p_sim - theirs.p_sim) < 5 * math.sqrt(2 * theirs.p_sim * (1 - theirs.p_sim) / 9999)
    # The variance of 9,999 draws is off by 1.4 % at one standard error.
    assert theirs.VI_sim * scale**2 == pytest.approx(ours.variance_rand, rel=0.07)


@pytest.mark.parametrize("x, y", [(np.full(6, 0.1), Y), (X, np.full(6, 0.1))])
def test_equal_values_have_no_statistic(x, y):
    result = bivariate_moran(x, y, UNEVEN, 99)
    assert (result.expected, result.permutations, result.n, result.islands) == (0.0, 99, 6, 2)
    assert np.isnan([result.i, result.variance_rand, result.z_rand, result.p_rand, result.p_sim]).all()
