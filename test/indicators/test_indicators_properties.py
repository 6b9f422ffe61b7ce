"""Indicators: what holds for every column, every walk and every place."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from parcel_agglomeration.algorithms.autocorrelation.outlines import Boundaries
from parcel_agglomeration.algorithms.indicators.accessibility import Kind, points_gained, rating
from parcel_agglomeration.algorithms.indicators.chinese_coordinates import (
    bd09_of_gcj02,
    gcj02_of_wgs84,
    in_china,
    wgs84_of_bd09,
    wgs84_of_gcj02,
)
from parcel_agglomeration.algorithms.indicators.diagnostics import (
    correlations,
    distribution,
    strongest_partner,
    variance_inflation,
)
from parcel_agglomeration.algorithms.indicators.facility_density import facility_density, fits_better
from parcel_agglomeration.algorithms.indicators.parcel_indicators import (
    NO_OUTPUT,
    any_flag,
    flag_share,
    holdings,
    per_mu,
    per_output,
    totals,
)
from parcel_agglomeration.algorithms.indicators.walk_coverage import (
    GridPoints,
    Snapped,
    covered_share,
    grid_points,
    nearest_segments,
    walk_distances,
)

NAN = math.nan

amounts = st.one_of(st.integers(-20, 20).map(float), st.floats(-1e3, 1e3).map(lambda x: round(x, 3)))
shapes = st.tuples(st.integers(3, 15), st.integers(2, 4))
columns = arrays(float, shapes, elements=amounts)
gappy = arrays(float, shapes, elements=st.one_of(amounts, amounts, st.just(NAN)))


# Diagnostics


@given(gappy, st.randoms(use_true_random=False))
def test_correlations_are_symmetric_bounded_and_those_of_complete_pairs(table, random):
    result = correlations(table)
    m = table.shape[1]
    for matrix in (result.pairs, result.pearson, result.spearman):
        np.testing.assert_array_equal(matrix, matrix.T)
    for a in range(m):
        for b in range(m):
            both = ~np.isnan(table[:, [a, b]]).any(axis=1)
            own, other = table[both][:, [a, b]].T
            assert result.pairs[a, b] == both.sum()
            if both.sum() < 3 or np.ptp(own) == 0 or np.ptp(other) == 0:
                assert np.isnan([result.pearson[a, b], result.spearman[a, b]]).all()
            else:
                assert result.pearson[a, b] == pytest.approx(np.corrcoef(own, other)[0, 1], abs=1e-9)
                assert abs(result.pearson[a, b]) <= 1 and abs(result.spearman[a, b]) <= 1
    order = list(range(len(table)))
    random.shuffle(order)
    shuffled = correlations(table[order])
    np.testing.assert_allclose(shuffled.pearson, result.pearson, atol=1e-12)
    np.testing.assert_allclose(shuffled.spearman, result.spearman, atol=1e-12)


@given(columns, st.floats(0.01, 100), st.floats(-100, 100))
def test_correlations_turn_with_a_column_and_know_no_unit(table, unit, shift):
    plain = correlations(table)
    changed = table.copy()
    changed[:, 0] = -unit * changed[:, 0] + shift
    assume(len(np.unique(changed[:, 0])) == len(np.unique(table[:, 0])))
    turned = correlations(changed)
    for figure in ("pearson", "spearman"):
        np.testing.assert_allclose(getattr(turned, figure)[0, 1:], -getattr(plain, figure)[0, 1:], atol=1e-9)


@given(columns)
def test_the_strongest_partner_has_the_largest_coefficient(table):
    coefficients = correlations(table).pearson
    for own, partner in enumerate(strongest_partner(coefficients)):
        others = np.delete(np.abs(coefficients[own]), own)
        if np.isnan(others).all():
            assert partner == -1
        else:
            assert partner != own
            assert abs(coefficients[own, partner]) == np.nanmax(others)


@given(columns)
def test_variance_inflation_is_that_of_the_regression_on_the_others(table):
    assume((np.ptp(table, axis=0) > 0).all() and len(table) > table.shape[1])
    centred = table - table.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=0)
    # Near collinearity leaves few digits to compare.
    assume(np.linalg.cond(centred) < 1e4)
    found = variance_inflation(table)
    for own in range(table.shape[1]):
        design = np.column_stack([np.ones(len(table)), np.delete(centred, own, axis=1)])
        y = centred[:, own]
        residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        assert found[own] == pytest.approx(1 / (residual @ residual), rel=1e-6)
    assert (found >= 1 - 1e-12).all()
    # The diagonal of the inverse correlation matrix (Belsley, Kuh and Welsch 1980).
    np.testing.assert_allclose(found, np.diag(np.linalg.inv(centred.T @ centred)), rtol=1e-6)
    np.testing.assert_allclose(variance_inflation(table * 1000 - 7), found, rtol=1e-6)


@given(columns, st.integers(1, 5))
def test_a_column_that_others_add_up_to_has_no_finite_inflation(table, factor):
    assume((np.ptp(table[:, :2], axis=0) > 0).all() and len(table) > 3)
    table = np.round(table[:, :2])
    assume((np.ptp(table, axis=0) > 0).all())
    centred = table - table.mean(axis=0)
    assume(abs(correlations(centred).pearson[0, 1]) < 0.99)
    total = factor * table[:, 0] - table[:, 1]
    assume(np.ptp(total) > 0)
    assert (variance_inflation(np.column_stack([table, total])) > 1e12).all()


@given(st.lists(st.one_of(amounts, st.just(NAN)), min_size=1, max_size=30), st.integers(-20, 20))
def test_a_distribution_counts_all_and_scales_with_the_unit(values, exponent):
    values = np.array(values)
    result = distribution(values)
    known = values[~np.isnan(values)]
    assert result.values + result.missing == values.size
    assume(known.size)
    quantiles = [result.minimum, result.p05, result.q1, result.median, result.q3, result.p95, result.maximum]
    assert quantiles == sorted(quantiles)
    assert result.minimum - 1e-9 <= result.mean <= result.maximum + 1e-9
    assert result.low + result.high <= known.size
    assert result.zeros + result.negative + np.count_nonzero(known > 0) == known.size
    if known.size > 1:
        assert result.sd == pytest.approx(known.std(ddof=1), rel=1e-9, abs=1e-9)
    scaled = distribution(values * 2.0**exponent)
    for figure in ("minimum", "q1", "median", "mean", "p95", "sd"):
        assert getattr(scaled, figure) == pytest.approx(getattr(result, figure) * 2.0**exponent, nan_ok=True)
    assert scaled.skewness == pytest.approx(result.skewness, nan_ok=True)
    assert (scaled.low, scaled.high) == (result.low, result.high)
    mirrored = distribution(-values)
    assert mirrored.skewness == pytest.approx(-result.skewness, nan_ok=True, abs=1e-9)


# Accessibility and density


@st.composite
def kinds(draw):
    steps = draw(st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 4)), min_size=1, max_size=4))
    return Kind("k", "k", "places", ("t",), tuple(sorted(steps)))


distances = st.lists(st.one_of(st.floats(0, 6000), st.just(math.inf)), min_size=2, max_size=20).map(np.array)


@given(st.lists(kinds(), min_size=1, max_size=4), distances)
def test_nearer_is_never_rated_lower(table, distance):
    distance = np.sort(distance)
    gained = np.column_stack([points_gained(distance, kind) for kind in table])
    assert (np.diff(gained, axis=0) <= 0).all()
    found = rating(gained)
    assert (np.diff(found) <= 0).all()
    assert ((found >= 1) & (found <= 10)).all()
    for kind, column in zip(table, gained.T, strict=True):
        assert not column[distance > kind.reach].any()
        nearest = points_gained(np.array([metres for metres, _ in kind.steps]), kind)
        assert (nearest >= [points for _, points in kind.steps]).all()
    # Another thing near by never takes points away.
    assert (rating(gained) >= rating(gained[:, 1:])).all()
    below_top = found < 10
    np.testing.assert_allclose(found[below_top], 1 + gained.sum(axis=1)[below_top])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=30),
    st.lists(st.one_of(st.floats(0.01, 1e3), st.sampled_from([0.0, NAN])), min_size=4, max_size=4),
    st.integers(-10, 10),
    st.integers(2, 5),
)
def test_density_grows_with_facilities_and_falls_with_the_area(rows, hectares, exponent, times):
    site, kind = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    hectares = np.array(hectares)
    found = facility_density(site, kind, hectares, 3)
    assert found.counts.sum() == len(rows)
    for parcel in range(4):
        for group in range(3):
            assert found.counts[parcel, group] == rows.count((parcel, group))
    np.testing.assert_allclose(found.by_class.sum(axis=1), found.total, rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(found.total), ~(hectares > 0))
    larger = facility_density(site, kind, hectares * 2.0**exponent, 3)
    np.testing.assert_array_equal(larger.total, found.total / 2.0**exponent)
    more = facility_density(np.tile(site, times), np.tile(kind, times), hectares, 3)
    np.testing.assert_allclose(more.by_class, times * found.by_class, rtol=1e-12)


@given(*[st.integers(0, 200)] * 4, st.integers(1, 50))
def test_of_two_readings_at_most_one_fits_better(both, one, other, neither, more):
    def better(one, other, neither):
        sizes = both, one, other, neither
        return fits_better(np.repeat([1, 1, 0, 0], sizes) > 0, np.repeat([1, 0, 1, 0], sizes) > 0)

    found = better(one, other, neither)
    assert not (found and better(other, one, neither))
    assert better(one, other, neither + more) == found
    # What speaks for a reading never turns the answer against it, nor the other way round.
    assert better(one, other + more, neither) >= found >= better(one + more, other, neither)
    assert better(0, 17 + both, 0) and not better(0, 16, 0)


# Walks


def walks():
    """Points and facilities on segments of a made-up network."""
    snapped = st.tuples(st.integers(-1, 3), st.floats(0, 1), st.floats(0, 50))
    return st.tuples(
        st.lists(snapped, min_size=1, max_size=12),
        st.lists(snapped, min_size=0, max_size=4),
        st.lists(st.floats(1, 500), min_size=4, max_size=4),
        st.lists(st.one_of(st.floats(0, 2000), st.just(math.inf)), min_size=5, max_size=5),
    )


def on_segments(rows):
    segment, share, distance = np.array(rows, dtype=float).reshape(-1, 3).T
    return Snapped(segment.astype(np.int64), share, np.where(segment < 0, np.inf, distance))


@given(walks(), st.floats(0, 500), st.floats(0, 1500))
def test_a_longer_walk_covers_no_less(walk, near, further):
    points, facilities, lengths, to_vertex = walk
    ends = np.column_stack([np.arange(4), np.arange(1, 5)])
    points, lengths, to_vertex = on_segments(points), np.array(lengths), np.array(to_vertex)
    found = walk_distances(points, on_segments(facilities), ends, lengths, to_vertex)
    assert np.isinf(found[points.segment < 0]).all()
    # Every way by either end or along the segment, one by one.
    for p, distance in enumerate(found):
        segment = points.segment[p]
        if segment < 0:
            continue
        ways = [
            points.share[p] * lengths[segment] + to_vertex[segment],
            (1 - points.share[p]) * lengths[segment] + to_vertex[segment + 1],
        ]
        ways += [
            abs(points.share[p] - share) * lengths[segment] + away
            for other, share, away in facilities
            if other == segment
        ]
        assert distance == pytest.approx(points.distance[p] + min(ways))
    grid = GridPoints(found, found, np.arange(found.size) % 3)
    shares = [covered_share(grid, found <= limit, 4) for limit in (near, near + further)]
    has_points = np.arange(4) < min(3, found.size)
    assert (shares[0] <= shares[1])[has_points].all()
    for share in shares:
        np.testing.assert_array_equal(np.isnan(share), ~has_points)
        assert ((share >= 0) & (share <= 1))[has_points].all()
    # One facility more never makes a way longer.
    more = walk_distances(points, on_segments([*facilities, (0, 0.5, 1.0)]), ends, lengths, to_vertex)
    assert (more <= found).all()


@given(
    st.lists(st.tuples(*[st.integers(0, 300)] * 4), min_size=1, max_size=12),
    st.lists(st.tuples(*[st.integers(-20, 320)] * 2), min_size=1, max_size=12),
    st.sampled_from([16.0, 64.0, 500.0]),
)
def test_nearest_segments_are_found_one_by_one(segments, points, limit):
    segments, (x, y) = np.array(segments, dtype=float), np.array(points, dtype=float).T
    found = nearest_segments(x, y, segments, limit)
    for p in range(x.size):
        ax, ay, bx, by = segments.T
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        along = (x[p] - ax) * dx + (y[p] - ay) * dy
        share = np.clip(np.where(square > 0, along / np.where(square > 0, square, 1), 0), 0, 1)
        apart = np.hypot(ax + share * dx - x[p], ay + share * dy - y[p])
        if apart.min() > limit + 1e-9:
            assert found.segment[p] == -1 and np.isinf(found.distance[p])
        elif apart.min() < limit - 1e-9:
            assert found.distance[p] == pytest.approx(apart.min(), abs=1e-9)
            assert apart[found.segment[p]] == pytest.approx(apart.min(), abs=1e-9)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(20, 400), st.integers(20, 400))
def test_grid_points_lie_inside_and_stand_for_the_area(west, south, width, height):
    east, north = west + width, south + height
    ring = np.array([(west, south), (east, south), (east, north), (west, north), (west, south)], dtype=float)
    points = grid_points(Boundaries(ring, np.array([0, 5]), np.array([0]), 1), 10.0)
    assert ((points.x >= west) & (points.x <= east)).all()
    assert ((points.y >= south) & (points.y <= north)).all()
    # As many rows and columns as steps fit, one more or less.
    across, down = np.unique(points.x).size, np.unique(points.y).size
    assert points.x.size == across * down
    step = np.diff(np.unique(points.x)).min() if across > 1 else 10.0
    assert abs(across - width / step) < 1 and abs(down - height / step) < 1


# Coordinates

places = st.tuples(st.floats(73.5, 135), st.floats(18, 53.5))


@given(st.lists(places, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_shifted_coordinates_come_back_in_any_company(found, random):
    degrees = np.array(found)
    assert in_china(degrees).all()
    shifted = gcj02_of_wgs84(degrees)
    assert (shifted != degrees).any(axis=1).all()
    np.testing.assert_allclose(wgs84_of_gcj02(shifted), degrees, rtol=0, atol=1e-11)
    np.testing.assert_allclose(wgs84_of_bd09(bd09_of_gcj02(shifted)), degrees, rtol=0, atol=1e-11)
    # Nobody is shifted by whom he is listed with.
    order = list(range(len(found)))
    random.shuffle(order)
    np.testing.assert_array_equal(gcj02_of_wgs84(degrees[order]), shifted[order])
    alone = np.concatenate([wgs84_of_gcj02(row[None]) for row in shifted])
    np.testing.assert_allclose(wgs84_of_gcj02(shifted), alone, rtol=0, atol=2e-12)


@given(
    st.tuples(
        st.one_of(st.floats(-180, 180), st.floats(71, 73), st.floats(137, 139)),
        st.one_of(st.floats(-90, 90), st.floats(0, 2), st.floats(55, 57)),
    )
)
def test_outside_the_rectangle_nothing_moves(place):
    degrees = np.array([place])
    inside = 72.004 <= place[0] <= 137.8347 and 0.8293 <= place[1] <= 55.8271
    assert in_china(degrees)[0] == inside
    assume(not inside)
    for function in (gcj02_of_wgs84, bd09_of_gcj02, wgs84_of_gcj02, wgs84_of_bd09):
        np.testing.assert_array_equal(function(degrees), degrees)


# Enterprises on parcels


@st.composite
def enterprises(draw):
    """Rows of a table that name parcels, one enterprise each, and the areas of five parcels."""
    rows = draw(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=1, max_size=8))
    areas = np.array(draw(st.lists(st.floats(0.1, 100), min_size=5, max_size=5)))
    values = np.array(
        draw(st.lists(st.integers(0, 10_000).map(lambda n: n / 8), min_size=len(rows), max_size=len(rows)))
    )
    return rows, areas, values


@given(enterprises())
def test_enterprises_are_divided_in_proportion_to_the_land(table):
    rows, areas, values = table
    pairs = holdings(rows, np.arange(len(rows)), areas)
    expected = np.zeros(5)
    for members, value in zip(rows, values, strict=True):
        own = sorted(set(members))
        expected[own] += value * areas[own] / areas[own].sum()
    found = totals(values, pairs)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.bincount(pairs.enterprise, pairs.share), 1, rtol=1e-12)
    np.testing.assert_allclose(totals(2 * values, pairs), 2 * found, rtol=1e-12)
    # Per mu and per output: what doubles above and below the line stays.
    np.testing.assert_allclose(per_mu(2 * found, 2 * areas), per_mu(found, areas), rtol=1e-12)
    np.testing.assert_allclose(per_mu(found, areas) * areas * 15, found, rtol=1e-9)
    idle = per_output(areas, found)
    np.testing.assert_array_equal(idle == NO_OUTPUT, found == 0)


@given(enterprises(), st.data())
def test_flags_of_parcels_are_shares(table, data):
    rows, areas, _ = table
    flags = np.array(data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=len(rows), max_size=len(rows))))
    pairs = holdings(rows, np.arange(len(rows)), areas)
    share, some = flag_share(flags, pairs), any_flag(flags, pairs)
    assert ((share >= 0) & (share <= 1)).all()
    np.testing.assert_array_equal(share > 0, some == 1)
    held = pairs.counts > 0
    np.testing.assert_allclose(share[held] + flag_share(1 - flags, pairs)[held], 1, rtol=1e-12)
