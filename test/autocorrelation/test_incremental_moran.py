"""Moran's I over distances: the same as band by band, peaks, and bounded memory."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation import incremental_moran as module
from parcel_agglomeration.algorithms.autocorrelation import nearest_neighbours
from parcel_agglomeration.algorithms.autocorrelation.global_moran import global_moran
from parcel_agglomeration.algorithms.autocorrelation.incremental_moran import (
    band_distances,
    incremental_moran,
    peaks,
)
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import distance_band
from parcel_agglomeration.algorithms.errors import ParcelDataError

rng = np.random.default_rng(0)
PLACES = rng.uniform(0, 1000, (300, 2))
PLACES[5] = np.nan
VALUES = rng.gamma(1.0, size=300) + np.sin(np.nan_to_num(PLACES[:, 0]) / 80)
DISTANCES = np.arange(1, 13) * 20.0


@pytest.mark.parametrize("kept", [10**9, 3000, 0])
@pytest.mark.parametrize("scipy", [True, False])
def test_as_band_by_band(monkeypatch, kept, scipy):
    """Whether all pairs are kept for the second look or searched for again, with and without scipy."""
    monkeypatch.setattr(module, "KEPT", kept)
    if not scipy:
        monkeypatch.setattr(nearest_neighbours, "_kd_tree", lambda: None)
    result = incremental_moran(VALUES, PLACES, DISTANCES)
    for k, distance in enumerate(DISTANCES):
        weights = distance_band(PLACES, distance).row_standardised()
        moran = global_moran(VALUES, weights)
        assert (result.links[k], result.islands[k]) == (weights.indices.size, moran.islands)
        np.testing.assert_allclose(
            (result.i[k], result.variance[k], result.z[k], result.p[k]),
            (moran.i, moran.variance_rand, moran.z_rand, moran.p_rand),
            rtol=1e-9,
        )
        assert result.expected == moran.expected
    assert result.islands[0] > result.islands[-1] >= 1


def test_distances_that_grid_neighbours_have_exactly_are_within():
    """Cells 100 m apart under an offset of millions: 100 m is the rook, 142 m the queen."""
    places = np.indices((8, 8)).reshape(2, -1).T * 100.1 + (4_500_000.7, 500_000.3)
    result = incremental_moran(np.arange(64.0), places, [100.1, 142.0])
    assert result.links.tolist() == [2 * 112, 2 * (112 + 98)]


def test_waves_peak_at_their_own_scale():
    """Plateaus of 200 x 200 with noise: z rises to about their size, then falls."""
    side = np.arange(0, 1000, 20)
    places = np.array([(x, y) for x in side for y in side], dtype=float)
    blocks = (places // 200).astype(int).sum(axis=1) % 2
    values = blocks + np.random.default_rng(1).normal(0, 0.5, len(places))
    result = incremental_moran(values, places, np.arange(20, 260, 20.0))
    assert result.first_peak is not None
    assert 60 <= result.distances[result.max_peak] <= 160
    assert result.z[result.max_peak] == np.nanmax(result.z)


@pytest.mark.parametrize(
    "z, found",
    [
        ([1, 3, 2, 5, 4], (1, 3)),
        ([1, 3, 2, 2.5, 1], (1, 1)),
        ([1, 2, 3, 4], (None, None)),
        ([4, 3, 2, 1], (None, None)),
        ([4, 3, 2, 5], (None, None)),
        ([1, 3, 3, 3, 2], (1, 1)),
        ([1, 3, 3, 4, 4], (None, None)),
        ([np.nan, 1, np.nan, 3, 2], (3, 3)),
        ([-5, -2, -3], (1, 1)),
        ([np.nan, np.nan], (None, None)),
        ([], (None, None)),
    ],
)
def test_peaks(z, found):
    assert peaks(np.array(z, dtype=float)) == found


def test_default_distances():
    # Nearest neighbours at 1, 1 and 4: nobody is alone at 4, their mean is 2.
    places = np.array([[0.0, 0], [1, 0], [5, 0]])
    assert band_distances(places, 3).tolist() == [4, 6, 8]
    assert band_distances(places, 3, first=1, increment=0.5).tolist() == [1, 1.5, 2]


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"count": 1}, "number of distances is 1"),
        ({"count": 3, "first": 0.0}, "first distance is 0"),
        ({"count": 3, "increment": -1.0}, "increment is -1"),
    ],
)
def test_unusable_distances_are_named(settings, named):
    with pytest.raises(ParcelDataError, match=named):
        band_distances(PLACES, **settings)


def test_bands_without_links_and_equal_values_have_no_statistic():
    result = incremental_moran(VALUES, PLACES, [1e-6, 50.0])
    assert np.isnan(result.z[0]) and result.links[0] == 0 and result.islands[0] == 300
    assert not np.isnan(result.z[1])
    constant = incremental_moran(np.full(300, 0.1), PLACES, DISTANCES)
    assert np.isnan(constant.i).all() and constant.expected == -1 / 299
    assert constant.links.tolist() == incremental_moran(VALUES, PLACES, DISTANCES).links.tolist()


@pytest.mark.parametrize("kept", [10**9, 0])
def test_progress_rises_to_one_and_can_cancel(monkeypatch, kept):
    monkeypatch.setattr(module, "KEPT", kept)
    seen = []
    incremental_moran(VALUES, PLACES, DISTANCES, seen.append)
    assert seen == sorted(seen) and seen[-1] == 1.0

    def cancel(fraction):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        incremental_moran(VALUES, PLACES, DISTANCES, cancel)
