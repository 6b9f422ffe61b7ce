"""Weights by distance, against libpysal's on the same points."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.distance_weights import (
    KERNELS,
    RIM,
    inverse_distance,
    kernel_weights,
    link_distances,
)
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import distance_band, k_nearest
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.errors import ParcelDataError

LIBPYSAL = {
    "triangular": "triangular",
    "epanechnikov": "quadratic",
    "quartic": "quartic",
    "gaussian": "gaussian",
}


@pytest.fixture
def xy():
    return np.random.default_rng(7).random((120, 2)) * 1000 + [4e5, 6e6]


def links(weights):
    return {
        (i, j): weight
        for i, j, weight in zip(
            weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True
        )
    }


def libpysal_links(w):
    """Links of a libpysal W without its diagonal."""
    return {
        (i, j): weight
        for i, near in w.neighbors.items()
        for j, weight in zip(near, w.weights[i], strict=True)
        if i != j
    }


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_of_a_fixed_band_are_libpysals(xy, kernel):
    weights = pytest.importorskip("libpysal").weights
    band = distance_band(xy, 150)

    ours = kernel_weights(band, link_distances(band, xy), kernel, 150)

    theirs = weights.Kernel(xy, bandwidth=150 * RIM, function=LIBPYSAL[kernel])
    assert links(ours) == pytest.approx(libpysal_links(theirs), rel=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_adaptive_kernels_are_libpysals(xy, kernel):
    weights = pytest.importorskip("libpysal").weights
    nearest = k_nearest(xy, 6)

    ours = kernel_weights(nearest, link_distances(nearest, xy), kernel)

    theirs = weights.Kernel(xy, fixed=False, k=6, function=LIBPYSAL[kernel])
    assert links(ours) == pytest.approx(libpysal_links(theirs), rel=1e-9)


@pytest.mark.parametrize("power", [1, 2])
def test_inverse_distance_of_a_band_is_libpysals(xy, power):
    weights = pytest.importorskip("libpysal").weights
    band = distance_band(xy, 150)

    ours = inverse_distance(band, link_distances(band, xy), power)

    theirs = weights.DistanceBand(xy, 150, binary=False, alpha=-float(power), silence_warnings=True)
    assert links(ours) == pytest.approx(libpysal_links(theirs), rel=1e-12)


@pytest.mark.parametrize(
    ("kernel", "at_0", "at_half"),
    [
        ("triangular", 1, 1 / 2),
        ("epanechnikov", 3 / 4, 9 / 16),
        ("quartic", 15 / 16, 135 / 256),
        ("gaussian", 1 / np.sqrt(2 * np.pi), np.exp(-1 / 8) / np.sqrt(2 * np.pi)),
    ],
)
def test_kernels_at_known_places(kernel, at_0, at_half):
    # Anselin and Rey 2014, table 5.4, worked out by hand.
    pairs = SpatialWeights.from_pairs([0, 0], [1, 2], 3)

    weights = kernel_weights(pairs, np.array([0.0, 50.0]), kernel, 100)

    assert weights.data == pytest.approx([at_0, at_half], rel=2e-7)


def test_a_coincident_neighbour_counts_as_the_nearest_at_another_place():
    xy = [[0, 0], [0, 0], [2, 0], [4, 0]]
    all_pairs = k_nearest(xy, 3)
    distance = link_distances(all_pairs, xy)

    weights = inverse_distance(all_pairs, distance, 1)

    assert distance.tolist() == [0, 2, 4, 0, 2, 4, 2, 2, 2, 4, 4, 2]
    assert weights.data[:6].tolist() == [1 / 2, 1 / 2, 1 / 4, 1 / 2, 1 / 2, 1 / 4]
    assert weights.data[6:].tolist() == [1 / 2, 1 / 2, 1 / 2, 1 / 4, 1 / 4, 1 / 2]


def test_where_all_neighbours_coincide_they_count_equally():
    xy = [[5, 5]] * 3 + [[9, 9]]
    two = k_nearest(xy, 2)
    distance = link_distances(two, xy)

    for weights in (inverse_distance(two, distance, 2), kernel_weights(two, distance, "triangular")):
        standardised = weights.row_standardised()
        assert standardised.data[:6].tolist() == [0.5] * 6
        assert np.isfinite(standardised.data).all()


def test_places_that_differ_by_rounding_coincide():
    xy = np.array(
        [[38_500_000.1, 3_000_000.1], [38_500_000.1 + 7.5e-9, 3_000_000.1], [38_500_009, 3_000_000]]
    )

    assert link_distances(k_nearest(xy, 1), xy)[:2].tolist() == [0, 0]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_neighbour_at_the_rim_alone_has_all_the_weight(kernel):
    # 0 has no other neighbour than that at exactly the band distance
    xy = [[0, 0], [100, 0], [150, 0]]
    band = distance_band(xy, 100)

    weights = kernel_weights(band, link_distances(band, xy), kernel, 100).row_standardised()

    assert links(weights)[0, 1] == 1
    assert links(weights)[1, 0] < links(weights)[1, 2]


def test_weights_fall_with_distance_faster_for_a_higher_power(xy):
    nearest = k_nearest(xy, 5)
    distance = link_distances(nearest, xy)

    first, second = (inverse_distance(nearest, distance, power).row_standardised() for power in (1, 2))

    closest = np.array([row.argmin() for row in np.split(distance, nearest.indptr[1:-1])])
    at = nearest.indptr[:-1] + closest
    assert (second.data[at] > first.data[at]).all()


def test_settings_that_mean_nothing_are_named():
    pair = SpatialWeights.from_pairs([0], [1], 2)

    for power in (0, -1, np.nan, np.inf):
        with pytest.raises(ParcelDataError, match=str(power)):
            inverse_distance(pair, np.ones(1), power)
    with pytest.raises(ParcelDataError, match=r"“cosine”.*gaussian"):
        kernel_weights(pair, np.ones(1), "cosine", 1)


def test_islands_stay_islands():
    xy = [[0, 0], [1, 0], [9, 9]]
    band = distance_band(xy, 2)

    distance = link_distances(band, xy)

    assert inverse_distance(band, distance).islands.tolist() == [False, False, True]
    assert kernel_weights(band, distance, "gaussian").islands.tolist() == [False, False, True]
    empty = SpatialWeights.from_pairs([], [], 2)
    assert kernel_weights(empty, link_distances(empty, xy[:2]), "quartic").data.size == 0
