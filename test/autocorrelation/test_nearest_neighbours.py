"""Neighbours of points, against figures, all pairs, and with scipy against without."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation import nearest_neighbours as module
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import (
    distance_band,
    k_nearest,
    smallest_band,
    smallest_bands,
)
from parcel_agglomeration.algorithms.errors import ParcelDataError


@pytest.fixture(params=["scipy", "numpy alone"])
def engine(request, monkeypatch):
    """Run with scipy, and with scipy hidden."""
    if request.param == "scipy":
        pytest.importorskip("scipy.spatial")
    else:
        hide_scipy(monkeypatch)


def hide_scipy(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("scipy.")] + ["scipy", "scipy.spatial"]:
        monkeypatch.setitem(sys.modules, name, None)


def neighbours(weights):
    """Neighbours of each site, a list of lists."""
    return [row.tolist() for row in np.split(weights.indices, weights.indptr[1:-1])]


def test_two_nearest_on_a_line(engine):
    weights = k_nearest([[0, 0], [1, 0], [3, 0], [7, 0]], 2)

    assert neighbours(weights) == [[1, 2], [0, 2], [0, 1], [1, 2]]
    assert (weights.data == 1).all()


def test_ties_go_to_the_first_in_feature_order(engine):
    # the four ends of a cross are all 1 from its centre
    cross = [[0, 0], [0, 1], [1, 0], [0, -1], [-1, 0]]

    assert k_nearest(cross, 1).indices[0] == 1
    assert k_nearest(cross, 3).indices[:3].tolist() == [1, 2, 3]
    assert k_nearest(cross[::-1], 2).indices[-2:].tolist() == [0, 1]


@pytest.mark.parametrize("offset", [0.1, 4.0e5 + 0.1, 38_500_000.3])
def test_ties_stay_ties_after_rounding(engine, offset):
    step = 0.1 * np.arange(12)
    xy = np.array([(x, y) for y in step for x in step])
    exact = np.round(xy * 10)

    for k in (1, 2, 3, 5, 6, 8):
        np.testing.assert_array_equal(k_nearest(xy + offset, k).indices, k_nearest(exact, k).indices)


def test_coincident_sites_are_neighbours_but_no_site_of_itself(engine):
    weights = k_nearest([[5, 5]] * 6 + [[9, 9]], 3)

    assert neighbours(weights) == [
        [1, 2, 3],
        [0, 2, 3],
        [0, 1, 3],
        [0, 1, 2],
        [0, 1, 2],
        [0, 1, 2],
        [0, 1, 2],
    ]


def test_a_site_without_location_has_no_neighbours_and_is_none(engine):
    xy = [[0, 0], [np.nan, np.nan], [1, 0], [2, 0]]

    assert k_nearest(xy, 1).cardinality.tolist() == [1, 0, 1, 1]
    assert neighbours(distance_band(xy, 1)) == [[2], [], [0, 3], [2]]
    assert smallest_band(xy) == 1


def test_neighbours_are_of_the_same_group(engine):
    xy = [[0, 0], [1, 0], [2, 0], [3, 0], [9, 0], [9, 1]]
    groups = [7, 3, 7, 3, 5, 5]

    assert k_nearest(xy, 1, groups).indices.tolist() == [2, 3, 0, 1, 5, 4]
    assert neighbours(distance_band(xy, 2, groups)) == [[2], [3], [0], [1], [5], [4]]
    assert smallest_band(xy, groups) == 2


def test_in_a_small_group_all_others_are_neighbours(engine):
    xy = [[0, 0], [1, 0], [2, 0], [9, 0], [9, 1], [50, 50]]

    weights = k_nearest(xy, 2, [4, 4, 4, 0, 0, 7])

    assert neighbours(weights) == [[1, 2], [0, 2], [0, 1], [4], [3], []]
    assert k_nearest(xy, 2, range(6)).islands.all()


def test_each_group_has_its_own_smallest_band(engine):
    xy = [[0, 0], [1, 0], [3, 0], [9, 0], [9, 9], [5, 5], [np.nan, 0]]
    groups = np.array([2, 2, 2, 5, 5, 8, 5])

    bands = smallest_bands(xy, groups)

    assert (bands.group.tolist(), bands.distance.tolist()) == ([2, 5], [2, 9])
    assert bands.typical.tolist() == [1, 9]
    np.testing.assert_array_equal(bands.of_site, [2, 2, 2, 9, 9, np.nan, np.nan])
    assert neighbours(distance_band(xy, bands.of_site, groups)) == [[1], [0, 2], [1], [4], [3], [], []]
    assert smallest_band(xy, groups) == 9


def test_a_group_at_one_place_has_a_band_of_0(engine):
    xy, groups = [[0, 0], [0, 0], [1, 1], [4, 5]], np.array([0, 0, 1, 1])

    bands = smallest_bands(xy, groups)

    assert bands.distance.tolist() == [0, 5]
    assert neighbours(distance_band(xy, bands.of_site, groups)) == [[1], [0], [3], [2]]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2)), min_size=2, max_size=40))
def test_neighbours_in_groups_are_those_of_each_group_alone(points):
    x, y, groups = np.array(points).T
    xy = np.column_stack((x, y)) * 0.5
    found = [neighbours(k_nearest(xy, 3, groups)), neighbours(distance_band(xy, 1, groups))]

    for group in np.unique(groups):
        sites = np.flatnonzero(groups == group)
        alone = [[[]], [[]]]
        if sites.size > 1:
            alone = [
                neighbours(weights)
                for weights in (k_nearest(xy[sites], min(3, sites.size - 1)), distance_band(xy[sites], 1))
            ]
        for whole, part in zip(found, alone, strict=True):
            assert [whole[i] for i in sites] == [sites[row].tolist() for row in part]


def test_a_group_of_one_does_not_count_for_the_smallest_band():
    assert smallest_band([[0, 0], [3, 4], [100, 100]], [1, 1, 2]) == 5


def test_too_large_a_k_is_named_with_the_number_of_sites():
    square = [[0, 0], [1, 0], [0, 1], [1, 1]]

    with pytest.raises(ParcelDataError, match=r"^4 .* only 4 sites"):
        k_nearest(square, 4)
    with pytest.raises(ParcelDataError, match=r"^2 .* no site"):
        k_nearest(np.full((4, 2), np.nan), 2, [7, 7, 9, 9])


def test_settings_that_mean_nothing_are_named():
    xy = [[0, 0], [1, 1]]

    with pytest.raises(ParcelDataError, match="is 0"):
        k_nearest(xy, 0)
    for distance in (0, -1, np.nan, np.inf):
        with pytest.raises(ParcelDataError, match=str(distance)):
            distance_band(xy, distance)
    with pytest.raises(ParcelDataError, match="No two sites"):
        smallest_band([[0, 0], [np.nan, 0]])


def test_a_band_with_too_many_links_is_an_error(monkeypatch, engine):
    monkeypatch.setattr(module, "LINK_LIMIT", 1000)

    with pytest.raises(ParcelDataError, match="more than 1000 links"):
        distance_band(np.random.default_rng(0).random((40, 2)), 2.0)


def test_the_band_is_closed(engine):
    assert neighbours(distance_band([[0, 0], [3, 4], [9, 4]], 5)) == [[1], [0], []]
    assert neighbours(distance_band([[0, 0], [0.3, 0], [0.6, 0]], 0.3)) == [[1], [0, 2], [1]]


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_band_leaves_no_site_alone_and_a_smaller_one_does(engine, seed):
    xy = np.random.default_rng(seed).normal(size=(300, 2)) * 1000 + 5e6
    band = smallest_band(xy)

    assert not distance_band(xy, band).islands.any()
    assert distance_band(xy, band * (1 - 1e-9)).islands.any()


def brute_nearest(xy, k):
    distance = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    return np.sort(np.argsort(distance, axis=1, kind="stable")[:, :k], axis=1)


@pytest.mark.parametrize("k", [1, 4, 8, 30])
@pytest.mark.parametrize(
    "make",
    [
        lambda rng: rng.random((400, 2)),
        lambda rng: rng.integers(0, 12, (400, 2)).astype(float),
        lambda rng: np.repeat(rng.random((20, 2)), 20, axis=0),
        lambda rng: np.vstack([rng.normal(size=(399, 2)), [[1e7, 1e7]]]),
        lambda rng: np.column_stack([rng.random(400) ** 6, np.zeros(400)]),
    ],
    ids=["random", "lattice with repeats", "twenty at each place", "one remote", "on a line"],
)
def test_nearest_are_those_of_all_pairs(engine, make, k):
    xy = make(np.random.default_rng(k))

    np.testing.assert_array_equal(k_nearest(xy, k).indices.reshape(-1, k), brute_nearest(xy, k))


@pytest.mark.parametrize("distance", [0.02, 0.1, 0.5, 3.0])
def test_a_band_has_all_pairs_within_it(engine, distance):
    xy = np.random.default_rng(1).random((400, 2)) ** 3
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)

    expected = [np.flatnonzero(row <= distance).tolist() for row in apart]
    assert neighbours(distance_band(xy, distance)) == expected


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=40), st.integers(1, 3))
def test_scipy_and_numpy_agree(points, k):
    xy = np.array(points) * 0.1
    with_scipy = [k_nearest(xy, k), distance_band(xy, 0.2)]
    with pytest.MonkeyPatch.context() as patch:
        hide_scipy(patch)
        assert module._kd_tree() is None
        without = [k_nearest(xy, k), distance_band(xy, 0.2)]

    for one, other in zip(with_scipy, without, strict=True):
        np.testing.assert_array_equal(one.indptr, other.indptr)
        np.testing.assert_array_equal(one.indices, other.indices)


@pytest.mark.parametrize(
    "find",
    [
        lambda xy, **more: k_nearest(xy, 3, **more),
        lambda xy, **more: distance_band(xy, 0.1, **more),
        smallest_bands,
    ],
    ids=["k nearest", "band", "smallest bands"],
)
@pytest.mark.parametrize("groups", [None, np.arange(5000) % 3])
def test_progress_moves_from_0_to_1(engine, find, groups, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 10_000)
    seen = []
    find(np.random.default_rng(0).random((5000, 2)), groups=groups, progress=seen.append)

    assert seen == sorted(seen)
    assert seen[0] == 0 and seen[-1] == pytest.approx(1)
    assert len(set(seen)) >= 3


def test_a_run_can_be_cancelled_before_the_first_neighbour_is_found(engine, monkeypatch):
    # building the tree tells progress, too
    def cancel(fraction):
        raise InterruptedError(fraction)

    with pytest.raises(InterruptedError, match=r"0\.0"):
        k_nearest(np.random.default_rng(0).random((500, 2)), 3, progress=cancel)
