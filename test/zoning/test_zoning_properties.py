"""Zones and their statistics: what holds for every layer and every table."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from parcel_agglomeration.algorithms.zoning.association import agreement, association
from parcel_agglomeration.algorithms.zoning.cross_tabulation import cross_tabulate, zone_table
from parcel_agglomeration.algorithms.zoning.zone_matrix import user_matrix
from parcel_agglomeration.algorithms.zoning.zone_statistics import cross_counts, group_statistics

NAN = math.nan
ADDING = ("parcels", "area", "total", "missing", "missing_area")
RELATIVE = ("parcels_share", "area_share", "share", "mean", "median", "ratio")

zones = st.integers(0, 4)
matrices = st.lists(zones, min_size=16, max_size=16).filter(any).map(user_matrix)
known = st.floats(0.01, 1e6)
layers = st.lists(
    st.tuples(
        zones,
        st.one_of(known, st.just(NAN)),
        st.one_of(known, st.sampled_from([0.0, NAN])),
        st.integers(-1000, 1000).map(float),
    ),
    min_size=1,
    max_size=40,
).map(lambda rows: np.array(rows, dtype=float))


def statistics(layer, classes=None):
    return group_statistics(layer[:, 0].astype(int), layer[:, 1], layer[:, 2:], classes)


def filled(shape):
    return arrays(np.int64, shape, elements=st.integers(0, 40)).filter(np.any)


tables = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(filled)
square_tables = st.integers(2, 4).flatmap(lambda k: filled((k, k)))


# Statistics by zone


@given(layers)
def test_figures_of_a_zone_are_those_of_its_parcels(layer):
    result = statistics(layer)
    for k, zone in enumerate(result.classes):
        own = layer[layer[:, 0] == zone]
        assert result.parcels[k] == len(own)
        assert result.area[k] == pytest.approx(np.nansum(own[:, 1]))
        assert result.missing_area[k] == np.isnan(own[:, 1]).sum()
        for q, column in enumerate(own[:, 2:].T):
            values = column[~np.isnan(column)]
            assert result.total[k, q] == pytest.approx(values.sum(), abs=1e-9)
            assert result.missing[k, q] == column.size - values.size
            if values.size:
                assert result.mean[k, q] == pytest.approx(values.mean(), abs=1e-9)
                assert result.median[k, q] == np.median(values)
            else:
                assert np.isnan([result.mean[k, q], result.median[k, q]]).all()


@given(layers)
def test_zones_add_up_to_the_whole_layer(layer):
    result, one_zone = statistics(layer), statistics(np.column_stack([layer[:, 0] > 0, layer[:, 1:]]))
    assume(result.classes.size)
    for figure in ADDING:
        np.testing.assert_allclose(
            getattr(result, figure).sum(axis=0), getattr(one_zone, figure)[0], rtol=1e-9, atol=1e-6
        )
    assert result.parcels_share.sum() == pytest.approx(1)
    assert result.area_share.sum() == pytest.approx(1) or not result.denominator_area
    assert result.unclassified + result.denominator_parcels == len(layer)
    some = result.denominator_total != 0
    shared_out = (result.share * result.denominator_total)[:, some]
    np.testing.assert_allclose(shared_out, result.total[:, some], rtol=1e-9)
    assert np.isnan(result.share[:, ~some]).all()


@given(layers, st.integers(2, 4))
def test_repeating_the_layer_multiplies_sums_and_keeps_shares_means_and_ratios(layer, times):
    once, more = statistics(layer), statistics(np.tile(layer, (times, 1)))
    for figure in ADDING:
        np.testing.assert_allclose(getattr(more, figure), times * getattr(once, figure), rtol=1e-9, atol=1e-6)
    for figure in RELATIVE:
        np.testing.assert_allclose(getattr(more, figure), getattr(once, figure), rtol=1e-7, atol=1e-9)


@given(layers, st.lists(st.integers(1, 6), unique=True, min_size=1))
def test_asking_for_some_zones_changes_no_figure(layer, asked):
    every, some = statistics(layer, range(1, 7)), statistics(layer, asked)
    assert some.classes.tolist() == sorted(asked)
    places = some.classes - 1
    for figure in (*ADDING, "parcels_share", "area_share", "share", "mean", "median"):
        np.testing.assert_allclose(getattr(some, figure), getattr(every, figure)[places], rtol=1e-12)


@given(layers, st.integers(-10, 10))
def test_units_scale_sums_and_means_alone(layer, exponent):
    unit = 2.0**exponent
    plain, scaled = statistics(layer), statistics(layer * [1, unit, unit, unit])
    for figure in ("area", "total", "mean", "median"):
        np.testing.assert_array_equal(getattr(scaled, figure), getattr(plain, figure) * unit)
    for figure in ("parcels", "parcels_share", "area_share", "share", "ratio"):
        np.testing.assert_array_equal(getattr(scaled, figure), getattr(plain, figure))


@given(layers)
def test_the_lowest_zone_with_a_positive_mean_has_the_ratio_1(layer):
    result = statistics(layer)
    for mean, ratio in zip(result.mean.T, result.ratio.T, strict=True):
        positive = np.flatnonzero(mean > 0)
        if positive.size:
            assert ratio[positive[0]] == 1
            np.testing.assert_allclose(ratio * mean[positive[0]], mean, rtol=1e-12)
        else:
            assert np.isnan(ratio).all()


# Cross-tabulation


@given(matrices, st.lists(st.tuples(zones, zones, st.one_of(known, st.just(NAN))), min_size=1))
def test_cells_count_and_sum_their_parcels(matrix, rows):
    economy, land, area = np.array(rows).T
    economy, land = economy.astype(int), land.astype(int)
    result = cross_tabulate(economy, land, matrix)
    sums = result.sums(area)
    for row in range(4):
        for column in range(4):
            own = (economy == 4 - row) & (land == 4 - column)
            assert result.counts[row, column] == own.sum()
            assert sums[row, column] == pytest.approx(np.nansum(area[own]), abs=1e-9)
            assert (result.zone[own] == matrix.cells[row, column]).all()
    assert not result.zone[(economy == 0) | (land == 0)].any()
    np.testing.assert_array_equal(result.undefined, (economy > 0) & (land > 0) & (result.zone == 0))
    np.testing.assert_array_equal(zone_table(matrix)[economy, land], result.zone)


@given(
    st.lists(st.tuples(zones, zones, st.one_of(known, st.just(NAN))), min_size=1), st.permutations([1, 2, 3])
)
def test_tables_count_every_pair_of_listed_classes(rows, order):
    a, b, weights = np.array(rows).T
    counts, sums = cross_counts(a, b, order, [4, 1]), cross_counts(a, b, order, [4, 1], weights)
    for row, first in enumerate(order):
        for column, second in enumerate([4, 1]):
            own = (a == first) & (b == second)
            assert counts[row, column] == own.sum()
            assert sums[row, column] == pytest.approx(np.nansum(weights[own]), abs=1e-9)


# Association and agreement


@given(tables, st.integers(2, 50))
def test_association_keeps_its_bounds_and_its_strength_in_larger_layers(counts, times):
    result = association(counts)
    assume(result.dof)
    assert -1e-12 <= result.cramers_v <= 1 + 1e-12
    assert 0 <= result.p <= 1
    n = counts.sum()
    observed = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0] / n
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0))
    # Pearson's mean square contingency, from shares.
    assert result.chi2 == pytest.approx(n * ((observed**2 / expected).sum() - 1), rel=1e-9, abs=1e-9)
    larger = association(times * counts)
    assert larger.chi2 == pytest.approx(times * result.chi2, rel=1e-9, abs=1e-9)
    assert larger.cramers_v == pytest.approx(result.cramers_v, rel=1e-9, abs=1e-9)
    assert larger.p <= result.p + 1e-12
    turned = association(counts.T)
    assert (turned.chi2, turned.cramers_v) == pytest.approx((result.chi2, result.cramers_v), abs=1e-9)


@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=5), st.lists(st.integers(1, 9), min_size=2, max_size=5)
)
def test_association_is_full_where_rows_tell_columns_and_none_where_they_do_not(sizes, others):
    assert association(np.diag(sizes)).cramers_v == pytest.approx(1)
    assert association(np.repeat(np.diag(sizes), 2, axis=0)).cramers_v == pytest.approx(1)
    independent = association(np.outer(sizes, others))
    assert (independent.chi2, independent.cramers_v) == pytest.approx((0, 0), abs=1e-6)
    assert independent.p == pytest.approx(1, abs=1e-6)


@given(tables)
def test_p_of_chi_square_is_that_of_scipy(counts):
    stats = pytest.importorskip("scipy.stats")
    result = association(counts)
    assume(result.dof)
    assert result.p == pytest.approx(stats.chi2.sf(result.chi2, result.dof), rel=1e-9, abs=1e-300)


@given(square_tables, st.integers(2, 50))
def test_agreement_is_symmetric_bounded_and_full_for_equal_gradings_alone(counts, times):
    result, turned, larger = agreement(counts), agreement(counts.T), agreement(times * counts)
    for figure in ("agreement", "kappa", "kappa_linear", "kappa_quadratic"):
        value = getattr(result, figure)
        for other in (turned, larger):
            np.testing.assert_allclose(getattr(other, figure), value, rtol=1e-9, atol=1e-12)
        if not math.isnan(value):
            assert -1 - 1e-12 <= value <= 1 + 1e-12
            diagonal = counts.sum() == np.trace(counts)
            assert (value > 1 - 1e-12) == diagonal
    assert result.agreement == pytest.approx(np.trace(counts) / counts.sum())


@given(square_tables)
def test_kappa_is_what_agreement_gains_over_chance(counts):
    result = agreement(counts)
    assume(not math.isnan(result.kappa))
    n = counts.sum()
    chance = counts.sum(axis=0) @ counts.sum(axis=1) / n**2
    assert result.kappa == pytest.approx((result.agreement - chance) / (1 - chance), rel=1e-9, abs=1e-9)
    # A disagreement by more grades weighs more: nearer tables have the higher weighted kappa.
    grades = np.arange(len(counts))
    for power, found in ((1, result.kappa_linear), (2, result.kappa_quadratic)):
        cost = np.abs(np.subtract.outer(grades, grades)) ** power
        expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
        assert found == pytest.approx(1 - (cost * counts).sum() / (cost * expected).sum(), abs=1e-9)
