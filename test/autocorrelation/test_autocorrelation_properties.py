"""Spatial weights and statistics of autocorrelation: what holds for every column and every map."""

import itertools
import math
import os
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation import (
    conditional_permutations,
    permuted,
    pysal_engine,
)
from parcel_agglomeration.algorithms.autocorrelation.bivariate_moran import bivariate_moran
from parcel_agglomeration.algorithms.autocorrelation.connectivity import connectivity
from parcel_agglomeration.algorithms.autocorrelation.contiguity import contiguity, rook
from parcel_agglomeration.algorithms.autocorrelation.distance_weights import (
    KERNELS,
    inverse_distance,
    kernel_weights,
    link_distances,
)
from parcel_agglomeration.algorithms.autocorrelation.geary import geary
from parcel_agglomeration.algorithms.autocorrelation.getis_ord import getis_ord
from parcel_agglomeration.algorithms.autocorrelation.global_moran import (
    deviations,
    global_moran,
    weight_sums,
)
from parcel_agglomeration.algorithms.autocorrelation.join_counts import TOTAL, join_counts
from parcel_agglomeration.algorithms.autocorrelation.local_geary import local_geary
from parcel_agglomeration.algorithms.autocorrelation.local_moran import local_moran
from parcel_agglomeration.algorithms.autocorrelation.multiple_testing import benjamini_hochberg
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import (
    distance_band,
    k_nearest,
    smallest_band,
)
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights

HALF = settings(max_examples=settings.default.max_examples // 2)
QUARTER = settings(max_examples=settings.default.max_examples // 4)

# Numbers that either are equal or differ by far more than rounding.
tenths = st.integers(1, 100).map(lambda n: n / 10)
hundredths = st.floats(-100, 100).map(lambda x: round(x, 2))

RING = SpatialWeights.from_pairs(range(5), [1, 2, 3, 4, 0], 5)


@st.composite
def weighted_links(draw, fewest=4, most=12, alone=True):
    """Weights of any shape: one-sided or unequal, rows summing to 1 or not, with lonely sites or without."""
    n = draw(st.integers(fewest, most))
    site = st.integers(0, n - 1)
    links = draw(st.lists(st.tuples(site, site).filter(lambda p: p[0] != p[1]), min_size=1, max_size=3 * n))
    if not alone:
        links += [(i, (i + 1) % n) for i in range(n)]
    i, j = np.array(links).T
    if draw(st.booleans()):
        i, j = np.concatenate((i, j)), np.concatenate((j, i))
    weight = None
    if draw(st.booleans()):
        weight = draw(st.lists(tenths, min_size=i.size, max_size=i.size))
    weights = SpatialWeights.from_pairs(i, j, n, weight)
    return weights.row_standardised() if draw(st.booleans()) else weights


def varied(n):
    """Columns of n values that are not all equal."""
    return (
        st.lists(st.one_of(st.integers(-9, 9).map(float), hundredths), min_size=n, max_size=n)
        .map(np.array)
        .filter(np.ptp)
    )


@st.composite
def maps(draw, **shape):
    """Weights and a column."""
    weights = draw(weighted_links(**shape))
    return draw(varied(weights.n)), weights


def dense(weights):
    matrix = np.zeros((weights.n, weights.n))
    matrix[weights.rows, weights.indices] = weights.data
    return matrix


def pairs(weights):
    return set(zip(weights.rows.tolist(), weights.indices.tolist(), strict=True))


def relabelled(weights, order):
    """The same links between sites in another order: new site k is the old order[k]."""
    place = np.argsort(order)
    return SpatialWeights.from_pairs(place[weights.rows], place[weights.indices], weights.n, weights.data)


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


# Weights


@given(weighted_links())
def test_standardised_rows_sum_to_1_and_keep_their_proportions(weights):
    standard = weights.row_standardised()
    close(dense(standard).sum(axis=1), np.where(weights.islands, 0, 1))
    close(dense(standard) * dense(weights).sum(axis=1)[:, None], dense(weights))
    again = standard.row_standardised()
    close(again.data, standard.data)


@given(weighted_links(), st.data())
def test_standard_sums_of_weights_are_those_of_the_matrix(weights, data):
    matrix = dense(weights)
    sums = weight_sums(weights)
    close(sums.s0, matrix.sum())
    close(sums.s1, ((matrix + matrix.T) ** 2).sum() / 2)
    close(sums.s2, ((matrix.sum(axis=0) + matrix.sum(axis=1)) ** 2).sum())
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=weights.n, max_size=weights.n)))
    np.testing.assert_array_equal(dense(weights.subset(keep)), matrix[np.ix_(keep, keep)])
    np.testing.assert_array_equal(dense(weights.within(keep)), matrix * np.equal.outer(keep, keep))
    assert connectivity(weights).symmetric == pytest.approx(np.mean((matrix.T > 0)[matrix > 0]))


points = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=3, max_size=25)


@given(points, st.integers(1, 6), st.data())
def test_k_nearest_are_the_first_in_order_of_distance(places, k, data):
    xy = np.array(places, dtype=float)
    n = len(xy)
    groups = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    k = min(k, n - 1)
    apart = ((xy[:, None] - xy) ** 2).sum(axis=2)

    def nearest(site, others):
        return {(site, j) for j in sorted(others, key=lambda j: (apart[site, j], j))[:k]}

    everyone = [set(range(n)) - {i} for i in range(n)]
    assert pairs(k_nearest(xy, k)) == set().union(*map(nearest, range(n), everyone))
    own = [{j for j in others if groups[j] == groups[i]} for i, others in enumerate(everyone)]
    assert pairs(k_nearest(xy, k, groups)) == set().union(*map(nearest, range(n), own))


@given(points)
def test_the_smallest_band_leaves_nobody_alone_and_a_smaller_one_does(places):
    xy = np.array(places, dtype=float)
    apart = np.sqrt(((xy[:, None] - xy) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    distance = smallest_band(xy)
    assert distance == pytest.approx(apart.min(axis=1).max(), rel=1e-12)
    # With a twin at every place any band will do.
    assume(distance > 0)
    band = distance_band(xy, distance)
    assert not band.islands.any()
    assert pairs(band) == {(j, i) for i, j in pairs(band)}
    assert distance_band(xy, distance * 0.999).islands.any()


@given(points, st.sampled_from(sorted(KERNELS)), st.sampled_from([1.0, 2.0]), st.integers(-20, 20))
def test_weights_fall_with_distance(places, kernel, power, exponent):
    xy = np.array(places, dtype=float)
    links = k_nearest(xy, len(xy) - 1)
    distance = link_distances(links, xy)
    close(distance, np.hypot(*(xy[links.rows] - xy[links.indices]).T))
    for weights in (inverse_distance(links, distance, power), kernel_weights(links, distance, kernel)):
        assert (weights.data > 0).all()
        for start, end in itertools.pairwise(weights.indptr):
            order = np.argsort(distance[start:end], kind="stable")
            assert (np.diff(weights.data[start:end][order]) <= 0).all()
    # With one bandwidth for all, both ends of a link give it the same weight; kernels know no unit.
    same = dense(kernel_weights(links, distance, kernel, 5.0))
    np.testing.assert_array_equal(same, same.T)
    unit = 2.0**exponent
    in_another_unit = kernel_weights(links, distance * unit, kernel, 5.0 * unit)
    close(dense(in_another_unit), same)


@st.composite
def divided_rectangles(draw):
    """A rectangle divided again and again: parcels whose corners lie on the sides of others."""
    left = [(0.0, 0.0, 16.0, 16.0)]
    for _ in range(draw(st.integers(2, 9))):
        west, south, east, north = left.pop(draw(st.integers(0, len(left) - 1)))
        share = draw(st.sampled_from([0.25, 1 / 3, 0.5, 0.7]))
        if draw(st.booleans()):
            middle = west + share * (east - west)
            left += [(west, south, middle, north), (middle, south, east, north)]
        else:
            middle = south + share * (north - south)
            left += [(west, south, east, middle), (west, middle, east, north)]
    return left


@HALF
@given(divided_rectangles(), st.data())
def test_contiguity_of_t_junctions_is_that_of_geos(boundaries_of, rectangles, data):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    missing = data.draw(st.sets(st.integers(0, len(rectangles) - 1), max_size=len(rectangles) - 2))
    parcels = shapely.box(*np.array([r for k, r in enumerate(rectangles) if k not in missing]).T)
    site, other = np.indices((len(parcels), len(parcels))).reshape(2, -1)
    site, other = site[site != other], other[site != other]
    # Corners that are not representable lie beside a side by their rounding.
    touching = shapely.dwithin(parcels[site], parcels[other], 1e-9)
    shared = shapely.length(
        shapely.intersection(shapely.buffer(parcels[site], 1e-9), shapely.boundary(parcels[other]))
    )
    boundaries = boundaries_of(parcels)
    assert pairs(contiguity(boundaries)) == set(
        zip(site[touching].tolist(), other[touching].tolist(), strict=True)
    )
    side = shared > 1e-6
    assert pairs(rook(boundaries)) == set(zip(site[side].tolist(), other[side].tolist(), strict=True))
    assert pairs(rook(boundaries)) <= pairs(contiguity(boundaries)) <= pairs(contiguity(boundaries, 1.0))


# Global statistics


@given(maps(), st.randoms(use_true_random=False))
def test_global_statistics_do_not_know_the_order_of_the_sites(column, random):
    values, weights = column
    order = list(range(weights.n))
    random.shuffle(order)
    other = relabelled(weights, order)
    for statistic in (global_moran, geary):
        close(
            np.array(astuple(statistic(values[order], other)), dtype=float),
            np.array(astuple(statistic(values, weights)), dtype=float),
        )
    second = np.roll(values, 1) * np.arange(weights.n)
    assume(np.ptp(second) > 1e-3)
    close(
        bivariate_moran(values[order], second[order], other).z_rand,
        bivariate_moran(values, second, weights).z_rand,
    )


@given(maps(), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.sampled_from([-1, 1]))
def test_neither_unit_nor_origin_changes_a_global_statistic(column, shift, unit, sign):
    values, weights = column
    for statistic in (global_moran, geary):
        plain, moved = statistic(values, weights), statistic(sign * unit * (values + shift), weights)
        np.testing.assert_allclose(
            [moved.z_norm, moved.z_rand], [plain.z_norm, plain.z_rand], rtol=1e-5, atol=1e-5
        )


@QUARTER
@given(maps(most=7))
def test_moments_are_those_of_all_permutations(column):
    values, weights = column
    matrix = dense(weights)
    n, s0 = weights.n, matrix.sum()
    z = values - values.mean()
    orders = np.array(list(itertools.permutations(range(n))))
    arranged = z[orders]
    moran = n / s0 * np.einsum("pi,ij,pj->p", arranged, matrix, arranged, optimize=True) / (z @ z)
    squares = np.einsum("pij,ij->p", (arranged[:, :, None] - arranged[:, None]) ** 2, matrix)
    contiguity_ratio = (n - 1) / (2 * s0) * squares / (z @ z)
    for found, statistic, every in (
        (global_moran(values, weights), "i", moran),
        (geary(values, weights), "c", contiguity_ratio),
    ):
        # The first permutation is the identity.
        close(getattr(found, statistic), every[0])
        close(found.expected, every.mean())
        close(found.variance_rand, every.var())
        if not math.isnan(found.z_rand):
            assert found.z_rand == pytest.approx((every[0] - every.mean()) / every.std(), rel=1e-5, abs=1e-6)
            assert 0 < found.p_rand <= 1


@QUARTER
@given(maps(most=6), st.data())
def test_bivariate_moments_are_those_of_all_permutations(column, data):
    x, weights = column
    y = data.draw(varied(weights.n))
    zx, zy = x - x.mean(), y - y.mean()
    matrix = dense(weights)
    arranged = zy[np.array(list(itertools.permutations(range(weights.n))))]
    scale = weights.n / matrix.sum() / math.sqrt((zx @ zx) * (zy @ zy))
    every = scale * arranged @ (matrix.T @ zx)
    found = bivariate_moran(x, y, weights)
    close(found.i, every[0])
    close([found.expected, found.variance_rand], [every.mean(), every.var()])


@given(maps())
def test_moran_lies_between_the_outer_eigenvalues(column):
    """n / S0 times those of (W + W') / 2 with rows and columns centred (de Jong et al. 1984)."""
    values, weights = column
    matrix = dense(weights)
    centre = np.eye(weights.n) - 1 / weights.n
    eigenvalues = np.linalg.eigvalsh(centre @ (matrix + matrix.T) @ centre / 2) * weights.n / matrix.sum()
    found = global_moran(values, weights).i
    assert eigenvalues[0] - 1e-9 <= found <= eigenvalues[-1] + 1e-9
    # The eigenvectors themselves reach them.
    lowest, highest = np.linalg.eigh(centre @ (matrix + matrix.T) @ centre / 2)[1][:, [0, -1]].T
    if np.ptp(lowest) > 1e-6 and np.ptp(highest) > 1e-6:
        close([global_moran(v, weights).i for v in (lowest, highest)], eigenvalues[[0, -1]])


@given(maps())
def test_moran_and_geary_share_their_squares(column):
    """C n / (n - 1) + I = n sum of (row sum + column sum) z^2 / (2 S0 z'z)."""
    values, weights = column
    n = weights.n
    z = deviations(values, weights)
    margins = dense(weights).sum(axis=0) + dense(weights).sum(axis=1)
    shared = n * (margins @ z**2) / (2 * weights.data.sum() * (z @ z))
    close(geary(values, weights).c * n / (n - 1) + global_moran(values, weights).i, shared)


@QUARTER
@given(maps(), st.integers(1, 60), st.integers(0, 99))
def test_pseudo_p_is_a_multiple_of_its_step_and_at_most_1(column, permutations, seed):
    values, weights = column
    for statistic in (global_moran, geary):
        directed = statistic(values, weights, permutations, seed, "directed").p_sim
        both = statistic(values, weights, permutations, seed).p_sim
        assert 1 / (permutations + 1) <= directed <= 1
        steps = directed * (permutations + 1)
        assert steps == pytest.approx(round(steps), abs=1e-9)
        assert both == min(1, 2 * directed)


# Local statistics


@given(maps())
def test_local_statistics_sum_to_the_global_ones(column):
    values, weights = column
    n, s0 = weights.n, weights.data.sum()
    local = local_moran(values, weights, 1)
    close(np.nansum(local.i), s0 * global_moran(values, weights).i)
    close(local.z.mean(), 0)
    close(local.z.std(), 1)
    close(np.nansum(local_geary(values, weights, 1).c), 2 * s0 * n / (n - 1) * geary(values, weights).c)


@given(maps())
def test_local_statistics_are_those_of_the_matrix(column):
    values, weights = column
    matrix = dense(weights)
    z = (values - values.mean()) / values.std()
    connected = ~weights.islands
    lisa, c = local_moran(values, weights, 1), local_geary(values, weights, 1)
    close(lisa.i[connected], (z * (matrix @ z))[connected])
    close(c.c[connected], (matrix * np.subtract.outer(z, z) ** 2).sum(axis=1)[connected])
    for found in (lisa.i, lisa.p, c.c, c.p, getis_ord(values, weights, True, 1).z):
        assert np.isnan(found[weights.islands]).all()
    assert (lisa.quadrant[connected] > 0).all() and (c.kind[connected] > 0).all()
    assert not lisa.quadrant[weights.islands].any() and not c.kind[weights.islands].any()


@QUARTER
@given(maps(most=6))
@example((np.array([0.0, 1.0, 0.0, 0.0]), SpatialWeights.from_pairs([1], [0], 4)))
def test_local_scores_standardise_all_conditional_permutations(column):
    """Means, variances and G_i by trying all orders of the other sites; G_i* keeps its own closed form."""
    values, weights = column
    matrix, n = dense(weights), weights.n
    z = (values - values.mean()) / values.std()
    expected = local_geary(values, weights, 1).expected
    score = getis_ord(values, weights, False, 1).z
    for site in np.flatnonzero(~weights.islands):
        others = np.delete(np.arange(n), site)
        arranged = z[np.array(list(itertools.permutations(others)))]
        row = matrix[site, others]
        close(expected[site], (((z[site] - arranged) ** 2) @ row).mean())
        sums = arranged @ row
        if sums.std() > 1e-9:
            assert score[site] == pytest.approx((sums[0] - sums.mean()) / sums.std(), rel=1e-5, abs=1e-5)
        else:
            assert math.isnan(score[site])


@given(maps())
def test_the_starred_score_is_that_of_ord_and_getis(column):
    """Equation 6 of Ord and Getis (1995), with the mean weight of the row as the site's own."""
    values, weights = column
    n = weights.n
    matrix = dense(weights)
    own = matrix.sum(axis=1) / np.maximum(weights.cardinality, 1)
    matrix[np.diag_indices(n)] = own
    total, squares = matrix.sum(axis=1), (matrix**2).sum(axis=1)
    mean, deviation = values.mean(), values.std()
    spread = np.sqrt(np.maximum((n * squares - total**2) / (n - 1), 0)) * deviation
    found = getis_ord(values, weights, True, 1).z
    known = ~np.isnan(found)
    close(found[known], (matrix @ values - total * mean)[known] / spread[known])


@HALF
@given(maps(), st.randoms(use_true_random=False))
def test_local_statistics_move_with_their_sites(column, random):
    values, weights = column
    order = list(range(weights.n))
    random.shuffle(order)
    other = relabelled(weights, order)
    for statistic, figures in (
        (local_moran, ("i", "lag", "z", "quadrant")),
        (local_geary, ("c", "expected", "lag", "kind")),
        (getis_ord, ("z",)),
    ):
        plain = statistic(values, weights, permutations=1)
        moved = statistic(values[order], other, permutations=1)
        for figure in figures:
            close(getattr(moved, figure), getattr(plain, figure)[order])


@QUARTER
@given(maps(fewest=5, most=7, alone=False), st.booleans())
@example((np.array([2.0, 1.0, 0.0, -1.0, -2.0]), RING), False)
def test_local_p_tends_to_the_share_of_all_conditional_permutations(column, squared):
    values, weights = column
    matrix, n = dense(weights), weights.n
    z = deviations(values, weights)
    draws = 4000
    if squared:
        p = local_geary(values, weights, draws, alternative="directed").p
    else:
        p = local_moran(values, weights, draws, alternative="directed").p
    for site in range(n):
        others = np.delete(np.arange(n), site)
        arranged = z[np.array(list(itertools.permutations(others)))]
        row = matrix[site, others]
        every = (z[site] - arranged) ** 2 @ row if squared else arranged @ row
        exact = min((every >= every[0] - 1e-9).mean(), (every <= every[0] + 1e-9).mean())
        if not squared and abs(z[site]) < 1e-9:
            exact = 1.0
        # Six standard errors of so many draws; a tie may fall to either side of 1e-9.
        assert abs(p[site] - exact) <= 6 * math.sqrt(exact * (1 - exact) / draws) + 1.5 / draws
        assert 1 / (draws + 1) <= p[site] <= 1


@QUARTER
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_number_of_threads_changes_no_byte(seed, equal):
    generator = np.random.default_rng(seed)
    n = 60
    xy = generator.random((n, 2))
    weights = k_nearest(xy, 4)
    if not equal:
        weights = inverse_distance(weights, link_distances(weights, xy))
    values = generator.integers(0, 9, n).astype(float)
    codes = generator.integers(0, 3, n)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(permuted, "BLOCK", 300_000)
        patch.setattr(permuted, "WORTH_THREADS", 0)
        patch.setattr(conditional_permutations, "PERMUTED", 500)
        for threads in (1, 2, 5):
            patch.setattr(os, "cpu_count", lambda threads=threads: threads)
            results = (
                np.array([global_moran(values, weights, 99, seed).p_sim]),
                np.array([geary(values, weights, 99, seed).p_sim]),
                join_counts(codes, 3, weights, 99, seed).p_sim,
                local_moran(values, weights, 99, seed).p,
                local_geary(values, weights, 99, seed).p,
                getis_ord(values, weights, True, 99, seed).p,
            )
            found.append([result.tobytes() for result in results])
    assert found[0] == found[1] == found[2]


# Join counts and corrections


@st.composite
def classes_on_maps(draw, **shape):
    weights = draw(weighted_links(**shape))
    k = draw(st.integers(1, 4))
    return np.array(draw(st.lists(st.integers(0, k - 1), min_size=weights.n, max_size=weights.n))), k, weights


@given(classes_on_maps(), st.randoms(use_true_random=False))
def test_join_counts_are_those_of_the_matrix_and_sum_to_all_joins(grid, random):
    codes, k, weights = grid
    result = join_counts(codes, k, weights)
    matrix = dense(weights)
    total = result.first == TOTAL
    for a, b, joins in zip(result.first[~total], result.second[~total], result.joins[~total], strict=True):
        ordered = matrix[np.ix_(codes == a, codes == b)].sum()
        reverse = matrix[np.ix_(codes == b, codes == a)].sum() if a != b else 0.0
        close(joins, (ordered + reverse) / 2)
    for figure in (result.joins, result.expected):
        close(figure[~total].sum(), weights.data.sum() / 2)
        close(figure[total].sum(), figure[~total][result.first[~total] != result.second[~total]].sum())
    order = list(range(weights.n))
    random.shuffle(order)
    moved = join_counts(codes[order], k, relabelled(weights, order))
    close(moved.joins, result.joins)
    close(moved.variance, result.variance)


@QUARTER
@given(classes_on_maps(most=6))
def test_moments_of_joins_are_those_of_all_permutations(grid):
    codes, k, weights = grid
    result = join_counts(codes, k, weights)
    matrix = (dense(weights) + dense(weights).T) / 2
    orders = codes[np.array(list(itertools.permutations(range(weights.n))))]
    for row, (a, b) in enumerate(zip(result.first, result.second, strict=True)):
        if a == TOTAL:
            joined = orders[:, :, None] != orders[:, None]
        else:
            joined = (orders == a)[:, :, None] & (orders == b)[:, None]
            joined |= joined.transpose(0, 2, 1)
        every = np.einsum("pij,ij->p", joined, matrix) / 2
        close(
            [result.joins[row], result.expected[row], result.variance[row]],
            [every[0], every.mean(), every.var()],
        )


p_values = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.01, 0.05, np.nan])), max_size=30)


@given(p_values, st.floats(0.001, 1))
def test_false_discoveries_are_controlled_as_benjamini_and_hochberg_do(values, level):
    """Reject the k smallest for the largest k with p_(k) <= k level / m."""
    p = np.array(values, dtype=float)
    tested = p[~np.isnan(p)]
    m = tested.size
    adjusted = benjamini_hochberg(p)
    for own, found in zip(p, adjusted, strict=True):
        if math.isnan(own):
            assert math.isnan(found)
        else:
            larger = np.unique(tested[tested >= own])
            expected = min(m * q / np.count_nonzero(tested <= q) for q in larger)
            assert found == pytest.approx(min(1, expected), rel=1e-12)
    ordered = np.sort(tested)
    below = np.flatnonzero(ordered <= level * np.arange(1, m + 1) / m) if m else np.zeros(0, dtype=int)
    cut = ordered[below[-1]] if below.size else -1.0
    # Neither rule tells what rounding makes of p m / k = level.
    assume(not np.isclose(adjusted[~np.isnan(adjusted)], level, rtol=1e-9).any())
    np.testing.assert_array_equal(adjusted <= level, p <= cut)


# The other engine


@QUARTER
@given(maps(alone=False))
def test_both_engines_agree(column):
    pytest.importorskip("esda")
    values, weights = column
    ours, theirs = global_moran(values, weights), pysal_engine.global_moran(values, weights)
    for figure in ("i", "variance_norm", "variance_rand", "z_norm", "z_rand"):
        close(getattr(theirs, figure), getattr(ours, figure))
    ours, theirs = geary(values, weights), pysal_engine.geary(values, weights)
    close(
        [theirs.c, theirs.variance_norm, theirs.variance_rand],
        [ours.c, ours.variance_norm, ours.variance_rand],
    )
    ours, theirs = local_moran(values, weights, 9), pysal_engine.local_moran(values, weights, 9)
    close(theirs.i, ours.i)
    close(theirs.lag, ours.lag)
