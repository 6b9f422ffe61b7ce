"""Points in parcels, points on streets, and the way between them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation.outlines import Boundaries
from parcel_agglomeration.algorithms.indicators.walk_coverage import (
    FEWEST,
    GridPoints,
    Snapped,
    covered_share,
    grid_points,
    nearest_segments,
    walk_distances,
)


def boundaries(*polygons):
    """Boundaries of polygons, each a list of rings."""
    rings = [np.array(ring, dtype=float) for polygon in polygons for ring in polygon]
    sites = [number for number, polygon in enumerate(polygons) for _ in polygon]
    starts = np.concatenate(([0], np.cumsum([len(ring) for ring in rings]))).astype(np.int64)
    xy = np.concatenate(rings) if rings else np.empty((0, 2))
    return Boundaries(xy=xy, ring_start=starts, site=np.array(sites, dtype=np.int64), n=len(polygons))


def box(west, south, width, height):
    east, north = west + width, south + height
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def test_looking_for_segments_tells_how_far_it_is():
    x, y = np.random.default_rng(8).uniform(0, 1000, (2, 400))
    seen = []
    nearest_segments(x, y, np.array([[0.0, 500, 1000, 500]]), 600, seen.append)
    assert seen == sorted(seen) and len(seen) > 9 and seen[0] >= 0 and seen[-1] == 1


class TestGrid:
    def test_a_square_of_100_m_has_16_points_at_25_m(self):
        points = grid_points(boundaries([box(0, 0, 100, 100)]), 25)
        assert sorted(set(points.x.tolist())) == [12.5, 37.5, 62.5, 87.5]
        assert points.site.size == 16

    def test_a_hole_has_no_points(self):
        points = grid_points(boundaries([box(0, 0, 100, 100), box(25, 25, 50, 50)]), 25)
        assert points.site.size == 12
        assert not ((np.abs(points.x - 50) < 25) & (np.abs(points.y - 50) < 25)).any()

    def test_a_small_parcel_gets_a_denser_grid(self):
        points = grid_points(boundaries([box(3, 3, 10, 4)], [box(100, 0, 1000, 1000)]), 25)
        count = np.bincount(points.site)
        assert count[0] >= FEWEST and count[1] == 1600
        inside = points.site == 0
        assert (points.x[inside] > 3).all() and (points.x[inside] < 13).all()
        assert points.site.tolist() == sorted(points.site.tolist())

    def test_a_parcel_without_area_has_none(self):
        points = grid_points(boundaries([], [[(0, 0), (50, 0), (0, 0)]], [box(0, 0, 100, 100)]), 25)
        assert set(points.site.tolist()) == {2}

    def test_rings_may_be_open(self):
        points = grid_points(boundaries([box(0, 0, 100, 100)[:-1]]), 25)
        assert points.site.size == 16

    @given(st.lists(st.tuples(*[st.integers(0, 400)] * 2), min_size=3, max_size=9, unique=True))
    def test_the_points_are_those_inside_by_the_even_odd_rule(self, corners):
        ring = [(x + 0.3, y + 0.3) for x, y in corners]
        points = grid_points(boundaries([ring]), 25)
        middles = (np.arange(17) + 0.5) * 25
        expected = {
            (x, y)
            for x in middles
            for y in middles
            if sum(
                (ay <= y) != (by <= y) and x < ax + (y - ay) * (bx - ax) / (by - ay)
                for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True)
            )
            % 2
        }
        # With fewer the grid is denser.
        if len(expected) >= FEWEST:
            assert set(zip(points.x.tolist(), points.y.tolist(), strict=True)) == expected


class TestNearestSegments:
    def test_are_those_of_all_pairs(self):
        generator = np.random.default_rng(4)
        ends = generator.uniform(0, 2000, (300, 2))
        segments = np.column_stack((ends, ends + generator.normal(0, 80, (300, 2))))
        segments[:20, 2:] = segments[:20, :2]
        x, y = generator.uniform(-100, 2100, (2, 500))
        found = nearest_segments(x, y, segments, 120)
        ax, ay, bx, by = segments.T
        dx, dy = bx - ax, by - ay
        square = np.where(dx**2 + dy**2 > 0, dx**2 + dy**2, 1)
        share = np.clip(((x[:, None] - ax) * dx + (y[:, None] - ay) * dy) / square, 0, 1)
        distance = np.hypot(ax + share * dx - x[:, None], ay + share * dy - y[:, None])
        near = distance.min(axis=1) <= 120
        assert 0 < near.sum() < near.size
        assert np.array_equal(found.segment >= 0, near)
        assert np.allclose(found.distance[near], distance.min(axis=1)[near], rtol=1e-12)
        assert np.array_equal(found.segment[near], distance.argmin(axis=1)[near])
        assert np.isinf(found.distance[~near]).all()

    def test_without_segments_nothing_is_near(self):
        found = nearest_segments(np.zeros(3), np.zeros(3), np.empty((0, 4)), 10)
        assert found.segment.tolist() == [-1] * 3


class TestWalks:
    # A street of 100 m from vertex 0 to vertex 1, and one of 60 m on to vertex 2.
    ENDS = np.array([[0, 1], [1, 2]])
    LENGTHS = np.array([100.0, 60.0])

    def walks(self, points, facilities, to_vertex):
        return walk_distances(points, facilities, self.ENDS, self.LENGTHS, np.array(to_vertex)).tolist()

    def test_go_over_the_nearer_end_of_the_street(self):
        # The facility stands at vertex 2; the point 5 m beside the first street, 30 m from its start.
        point = Snapped(np.array([0]), np.array([0.3]), np.array([5.0]))
        facility = Snapped(np.array([1]), np.array([1.0]), np.array([0.0]))
        assert self.walks(point, facility, [160.0, 60.0, 0.0]) == [5 + 70 + 60]

    def test_need_not_pass_an_end_on_the_same_street(self):
        point = Snapped(np.array([0]), np.array([0.4]), np.array([3.0]))
        facility = Snapped(np.array([0]), np.array([0.5]), np.array([7.0]))
        assert self.walks(point, facility, [57.0, 57.0, 117.0]) == [pytest.approx(3 + 10 + 7)]

    def test_do_not_exist_away_from_the_network_or_without_a_way(self):
        points = Snapped(np.array([-1, 1]), np.zeros(2), np.array([np.inf, 0.0]))
        nowhere = Snapped(np.array([-1]), np.zeros(1), np.array([np.inf]))
        assert self.walks(points, nowhere, [0.0, np.inf, np.inf]) == [np.inf, np.inf]


def test_the_share_is_that_of_the_points():
    points = GridPoints(np.zeros(5), np.zeros(5), np.array([0, 0, 0, 0, 2]))
    shares = covered_share(points, np.array([True, False, False, False, True]), 3)
    assert shares[[0, 2]].tolist() == [0.25, 1.0] and np.isnan(shares[1])
