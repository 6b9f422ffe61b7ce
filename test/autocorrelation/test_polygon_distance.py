"""Nearest neighbours of polygons, against figures, all pairs and the distances of GEOS."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation.contiguity import contiguity
from parcel_agglomeration.algorithms.autocorrelation.outlines import Boundaries
from parcel_agglomeration.algorithms.autocorrelation.polygon_distance import (
    k_nearest_polygons,
    tolerance_for,
)
from parcel_agglomeration.algorithms.errors import ParcelDataError

CADASTRES = ["parcels_ebelsbach_de", "parcels_bubenec_cz", "parcels_edigeo_fr"]


def boxes(*corners_and_sizes):
    """One rectangle (x, y, width, height) per site."""
    x, y, width, height = np.array(corners_and_sizes, dtype=float).T
    xy = np.stack(((x, y), (x + width, y), (x + width, y + height), (x, y + height))).transpose(2, 0, 1)
    n = len(corners_and_sizes)
    return Boundaries(xy.reshape(-1, 2), 4 * np.arange(n + 1), np.arange(n), n)


def neighbours(weights):
    return [row.tolist() for row in np.split(weights.indices, weights.indptr[1:-1])]


def ranked(distance, middle_distance, near, k):
    """The k nearest: by distance, middles and feature order, in ascending order."""
    order = np.lexsort((near, np.round(middle_distance, 7), np.round(distance, 7)))[:k]
    return sorted(near[order].tolist())


def geos_nearest(parcels, k):
    """The k nearest by the distances of GEOS, looked for within radii that double."""
    shapely = pytest.importorskip("shapely", minversion="2.0")
    bounds = shapely.bounds(parcels)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    tree = shapely.STRtree(parcels)
    found, left, radius = [[] for _ in parcels], np.flatnonzero(~shapely.is_empty(parcels)), 5.0
    while left.size:
        at, near = tree.query(parcels[left], predicate="dwithin", distance=radius)
        at, near = left[at[left[at] != near]], near[left[at] != near]
        enough = np.bincount(at, minlength=len(parcels)) >= k
        at, near = at[enough[at]], near[enough[at]]
        distance = shapely.distance(parcels[at], parcels[near])
        apart = np.hypot(*(middle[at] - middle[near]).T)
        order = np.argsort(at, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(at[order])) + 1):
            if rows.size:
                found[at[rows[0]]] = ranked(distance[rows], apart[rows], near[rows], k)
        left, radius = left[~enough[left]], 2 * radius
    return found


def test_the_gap_counts_and_not_the_centre():
    # the long parcel is 1 away, its centre 51; the square is 3 away
    weights = k_nearest_polygons(boxes((0, 0, 1, 1), (2, 0, 100, 1), (-4, 0, 1, 1)), 1)

    assert neighbours(weights) == [[1], [0], [0]]
    assert (weights.data == 1).all()


def test_polygons_that_touch_overlap_or_contain_are_at_distance_0():
    # 0 contains 1, overlaps 2, touches 3 in a corner; 4 is .5 away
    weights = k_nearest_polygons(
        boxes((0, 0, 9, 9), (4, 4, 1, 1), (8, 0, 2, 2), (9, 9, 1, 1), (9.5, 4, 1, 1)), 3
    )

    assert neighbours(weights)[0] == [1, 2, 3]
    assert 0 in neighbours(weights)[1]


def test_of_equally_near_polygons_the_nearer_middle_counts_then_feature_order():
    row = [(-9, 0, 9, 1), (1, 0, 1, 1), (0, 0, 1, 1), (0, 1, 1, 1), (0, -1, 1, 1)]

    # all touch the square in the middle of the cross, and 0 is the longest
    assert neighbours(k_nearest_polygons(boxes(*row), 3))[2] == [1, 3, 4]
    assert neighbours(k_nearest_polygons(boxes(*row), 2))[2] == [1, 3]
    assert neighbours(k_nearest_polygons(boxes(*row[::-1]), 2))[2] == [0, 1]


@pytest.mark.parametrize("offset", [0.1, 38_500_000.3])
def test_ties_stay_ties_after_rounding(offset):
    squares = [(0.3 * x, 0.3 * y, 0.2, 0.2) for y in range(6) for x in range(6)]
    exact = k_nearest_polygons(boxes(*(np.round(np.array(square) * 10) for square in squares)), 5)
    shifted = boxes(*squares)
    shifted.xy[:] += offset

    assert neighbours(k_nearest_polygons(shifted, 5)) == neighbours(exact)


def test_an_empty_geometry_has_no_neighbours_and_is_none():
    given = boxes((0, 0, 1, 1), (5, 0, 1, 1), (9, 0, 1, 1))
    with_empty = Boundaries(given.xy, given.ring_start, np.array([0, 2, 3]), 5)

    assert neighbours(k_nearest_polygons(with_empty, 1)) == [[2], [], [3], [2], []]


def test_the_order_of_rings_does_not_matter():
    given = boxes((0, 0, 1, 1), (20, 0, 1, 1), (5, 0, 1, 1), (9, 0, 1, 1))
    # the first site has the first and the last ring
    two_parts = Boundaries(given.xy, given.ring_start, np.array([0, 2, 1, 0]), 3)

    assert neighbours(k_nearest_polygons(two_parts, 1)) == [[1], [0], [0]]


def test_neighbours_are_of_the_same_group():
    groups = np.array([1, 2, 1, 2, 1, 2])
    row = boxes(*((x, 0, 1, 1) for x in range(6)))

    assert neighbours(k_nearest_polygons(row, 1, groups)) == [[2], [3], [0], [1], [2], [3]]
    assert neighbours(k_nearest_polygons(row, 2, groups))[0] == [2, 4]


@pytest.mark.parametrize("k", [0, 3])
def test_a_number_of_neighbours_that_cannot_be_is_named(k):
    with pytest.raises(ParcelDataError, match=str(k)):
        k_nearest_polygons(boxes((0, 0, 1, 1), (2, 0, 1, 1), (4, 0, 1, 1)), k)


def test_duplicates_are_neighbours_of_each_other():
    assert neighbours(k_nearest_polygons(boxes(*[(0, 0, 1, 1)] * 3, (7, 7, 1, 1)), 2)) == [
        [1, 2],
        [0, 2],
        [0, 1],
        [0, 1],
    ]


def test_progress_moves_from_0_to_1_and_may_cancel():
    row = boxes(*((2 * x, 0, 1, 1) for x in range(50)))
    seen = []
    k_nearest_polygons(row, 3, progress=seen.append)

    assert seen == sorted(seen)
    assert 0 <= seen[0] < 1
    assert seen[-1] == 1

    def cancel(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        k_nearest_polygons(row, 3, progress=cancel)


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 6), st.integers(1, 6)),
        min_size=2,
        max_size=14,
    ),
    st.integers(1, 9),
)
def test_neighbours_of_boxes_are_those_with_the_smallest_gaps(sites, k):
    k = min(k, len(sites) - 1)
    x, y, width, height = np.array(sites, dtype=float).T
    gap_x = np.maximum(0, np.maximum.outer(x, x) - np.minimum.outer(x + width, x + width))
    gap_y = np.maximum(0, np.maximum.outer(y, y) - np.minimum.outer(y + height, y + height))
    gap = np.hypot(gap_x, gap_y)
    middle_x, middle_y = x + width / 2, y + height / 2
    apart = np.hypot(np.subtract.outer(middle_x, middle_x), np.subtract.outer(middle_y, middle_y))
    others = [np.delete(np.arange(len(sites)), site) for site in range(len(sites))]

    expected = [ranked(gap[site, near], apart[site, near], near, k) for site, near in enumerate(others)]
    assert neighbours(k_nearest_polygons(boxes(*sites), k)) == expected


@pytest.mark.parametrize("k", [1, 8])
@pytest.mark.parametrize("name", CADASTRES)
def test_nearest_parcels_of_cadastres_are_those_of_geos(cases, cadastre, boundaries_of, name, k):
    parcels = cadastre(cases / name)

    assert neighbours(k_nearest_polygons(boundaries_of(parcels), k)) == geos_nearest(parcels, k)


@pytest.mark.parametrize("seed", range(2))
def test_nearest_of_any_polygons_are_those_of_geos(boundaries_of, seed):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    rng = np.random.default_rng(seed)
    centres = shapely.points(rng.uniform(0, 60, (150, 2)))
    discs = shapely.buffer(centres, rng.uniform(0.2, 4, 150), quad_segs=9)
    discs[::5] = shapely.difference(discs[::5], shapely.buffer(centres[::5], 0.15))
    discs[1::7] = shapely.union(discs[1::7], shapely.transform(discs[1::7], lambda xy: xy + 9))
    discs[10] = discs[11]
    discs[3::50] = shapely.Polygon()
    # a street that touches many, and one parcel far away
    discs[20] = shapely.buffer(shapely.LineString([(-5, -5), (70, 60)]), 0.3)
    discs[21] = shapely.transform(discs[21], lambda xy: xy + 5000)

    for k in (1, 6, 146):
        assert neighbours(k_nearest_polygons(boundaries_of(discs), k)) == geos_nearest(discs, k)


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_a_tolerance_leaves_fewer_than_a_share_alone(boundaries_of, share):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    rng = np.random.default_rng(3)
    discs = shapely.buffer(
        shapely.points(rng.uniform(0, 3000, (200, 2))), rng.uniform(1, 60, 200), quad_segs=3
    )
    discs[7] = shapely.Polygon()
    boundaries = boundaries_of(discs)

    tolerance, alone = tolerance_for(boundaries, share)

    assert alone == contiguity(boundaries, tolerance).islands.sum() < share * 200
    if tolerance:
        assert contiguity(boundaries, 0.89 * tolerance).islands.sum() >= share * 200


def test_no_tolerance_helps_a_single_polygon(boundaries_of):
    shapely = pytest.importorskip("shapely", minversion="2.0")

    assert tolerance_for(boundaries_of(np.array([shapely.box(0, 0, 1, 1)])), 0.05) == (np.inf, 1)


@pytest.mark.parametrize(("share", "expected"), [(0.3, (64, 2)), (0.1, (260, 0)), (1.0, (1, 8))])
def test_the_smallest_such_tolerance_is_rounded_up_to_two_digits(share, expected):
    # ten squares in a row with gaps of 1, 2, 4, ... 256 between them
    gaps = [0, *(2**k for k in range(9))]
    row = boxes(*((k + sum(gaps[: k + 1]), 0, 1, 1) for k in range(10)))

    assert tolerance_for(row, share) == expected
