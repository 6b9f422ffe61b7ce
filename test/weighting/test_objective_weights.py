"""Objective and combined weights against publications, other programs and their formulas."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.indicators.index_system import IndexSystem, preset
from parcel_agglomeration.algorithms.weighting.combine_weights import combined_systems, combined_weights
from parcel_agglomeration.algorithms.weighting.objective_weights import (
    METHODS,
    dimension_numbers,
    objective_weights,
    unit_values,
    weighed_system,
)

NAN = math.nan
PRESET = preset()

# Diakoulaki, Mavrotas and Papayannakis (1995), Computers & Operations Research 22(7), 763-770: eight
# pharmaceutical firms by profitability, market share and productivity.
FIRMS = np.array(
    [
        [61, 1.08, 4.33],
        [20.7, 0.26, 4.34],
        [16.3, 1.98, 2.53],
        [9.0, 3.29, 1.65],
        [5.4, 2.77, 2.33],
        [4.0, 4.12, 1.21],
        [-6.1, 3.52, 2.10],
        [-34.6, 3.31, 0.98],
    ]
)
# What pymcdm 1.4.0 (critic_weights) makes of them; scikit-criteria's tests have the same digits.
FIRM_WEIGHTS = [0.20222554, 0.48090173, 0.31687273]

SMALL = np.array([[0.9, 0.2, 0.5], [0.4, 0.6, 0.5], [0.7, 0.1, 0.6], [0.2, 0.8, 0.4], [0.5, 0.5, 0.7]])


def system_of(*directions, dimension="effic"):
    """An index system of three or more indicators of one dimension."""
    rows = [
        replace(
            PRESET.indicators[p], direction=direction, dimension=dimension, layer="econ", lower=NAN, upper=NAN
        )
        for p, direction in enumerate(directions)
    ]
    return IndexSystem(tuple(rows))


def test_critic_of_the_published_example():
    values = unit_values(FIRMS, system_of("benefit", "benefit", "benefit"))
    assert objective_weights(values, "critic").weights == pytest.approx(FIRM_WEIGHTS, abs=5e-9)


def test_a_cost_is_a_benefit_of_the_negated_values():
    turned = FIRMS * [1, -1, 1]
    values = unit_values(turned, system_of("benefit", "cost", "benefit"))
    assert objective_weights(values, "critic").weights == pytest.approx(FIRM_WEIGHTS, abs=5e-9)


@pytest.mark.parametrize(
    ("method", "expected"),
    # pymcdm 1.4.0, entropy_weights and standard_deviation_weights
    [
        ("entropy", [0.334176560841, 0.609539592144, 0.056283847016]),
        ("deviation", [0.401881859210, 0.428524857214, 0.169593283577]),
    ],
)
def test_entropy_and_deviation_as_another_program_has_them(method, expected):
    assert objective_weights(SMALL, method).weights == pytest.approx(expected, abs=1e-11)


def test_entropy_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(4).random((50, 6))
    values[:30, 2] = 0
    assert objective_weights(values).entropy == pytest.approx(stats.entropy(values) / math.log(50), abs=1e-12)


def test_a_flag_counts_by_how_rare_it_is():
    # p is even over the k flagged of n parcels, so e = ln k / ln n: 1 of 16 gives 0, 4 of 16 gives 1/2.
    flags = np.zeros((16, 2))
    flags[0, 0] = flags[:4, 1] = 1
    result = objective_weights(flags)
    assert result.entropy == pytest.approx([0, 0.5], abs=1e-15)
    assert result.weights == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize("method", METHODS)
def test_an_indicator_that_is_the_same_everywhere_has_no_weight_and_changes_no_other(method):
    constant = np.column_stack([SMALL, np.full(5, 0.3), np.zeros(5)])
    result = objective_weights(constant, method)
    assert result.weights[3:].tolist() == [0, 0]
    assert result.weights[:3] == pytest.approx(objective_weights(SMALL, method).weights)
    assert result.constant.tolist() == [False] * 3 + [True] * 2


@pytest.mark.parametrize("method", METHODS)
def test_parcels_that_lack_an_indicator_are_left_out_and_counted(method):
    holes = np.vstack([SMALL, [[NAN, 9, 9], [9, 9, NAN]]])
    result = objective_weights(holes, method)
    assert result.parcels == 5
    assert result.weights == pytest.approx(objective_weights(SMALL, method).weights)


def test_an_indicator_that_repeats_another_weighs_less_by_critic():
    generator = np.random.default_rng(1)
    columns = generator.random((200, 2))
    twice = np.column_stack([columns, columns[:, 0]])
    weights = objective_weights(twice, "critic").weights
    assert weights[0] == pytest.approx(weights[2])
    assert weights[1] > 1.5 * weights[0]


@given(st.integers(0, 2**32 - 1), st.sampled_from(METHODS), st.floats(0.01, 100))
def test_weights_do_not_depend_on_order_or_common_scale_and_add_up(seed, method, scale):
    generator = np.random.default_rng(seed)
    values = generator.random((12, 5))
    weights = objective_weights(values, method).weights
    assert weights.sum() == pytest.approx(1, abs=1e-12) and (weights > 0).all()
    order, columns = generator.permutation(12), generator.permutation(5)
    assert objective_weights(scale * values[order][:, columns], method).weights == pytest.approx(
        weights[columns], abs=1e-10
    )


@pytest.mark.parametrize("method", METHODS)
def test_weights_of_the_preset_add_up_in_every_dimension(method):
    values = np.random.default_rng(3).random((40, 18))
    system = weighed_system(PRESET.without_weights(), objective_weights(values, method).weights)
    system.check_weights()
    assert sum(row.weight for row in system.indicators) == pytest.approx(1)


@pytest.mark.parametrize("method", METHODS)
def test_within_the_dimensions_these_keep_their_weights(method):
    values = np.random.default_rng(3).random((40, 18))
    values[:, 12:14] = 0.5  # the whole of green development
    result = objective_weights(values, method, dimension_numbers(PRESET))
    system = weighed_system(PRESET, result.weights, within_dimensions=True)
    system.check_weights()
    for dimension in PRESET.dimensions:
        assert system.dimension_weight(dimension) == pytest.approx(PRESET.dimension_weight(dimension))
    green = [row.weight_local for row in system.indicators if row.dimension == "green"]
    assert green == pytest.approx([0.5, 0.5])
    # Correlations outside the dimension do not count.
    own = objective_weights(values[:, :3], method).weights
    assert [row.weight_local for row in system.indicators[:3]] == pytest.approx(own.tolist())


def test_a_dimension_without_information_has_weight_0_and_even_local_weights():
    values = np.random.default_rng(3).random((40, 18))
    values[:, 12:14] = 0.5
    system = weighed_system(PRESET.without_weights(), objective_weights(values).weights)
    system.check_weights()
    green = [(row.weight_local, row.weight_dim) for row in system.indicators if row.dimension == "green"]
    assert green == [(0.5, 0.0)] * 2


def test_raw_values_of_every_direction_lie_between_the_worst_and_the_best_parcel():
    system = system_of("benefit", "cost", "flag", "rating", "interval")
    system = IndexSystem((*system.indicators[:4], replace(system.indicators[4], lower=2.0, upper=4.0)))
    values = np.array([[-5, -5, 0, 1, 1], [0, 0, 1, 4, 3], [5, 5, 1, 10, 8], [NAN, 1, 0, 1, 4]], dtype=float)
    assert unit_values(values, system) == pytest.approx(
        np.array([[0, 1, 0, 0, 0.75], [0.5, 0.5, 1, 1 / 3, 1], [1, 0, 1, 1, 0], [NAN, 0.4, 0, 0, 1]]),
        nan_ok=True,
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.full((5, 3), 0.4), "no information"),
        (np.tile([[1.0, NAN]], (5, 1)), "Only 0 of 5 parcels"),
        (np.array([[0.1, 0.2], [NAN, 0.3]]), "Only 1 of 2 parcels"),
        (np.array([[-0.1, 0.2], [0.4, 0.3]]), "-0.1"),
    ],
)
def test_values_that_cannot_weigh_are_named(values, sentence):
    with pytest.raises(ParcelDataError, match=sentence):
        objective_weights(values)


def test_two_indicators_that_rise_and_fall_together_have_no_conflict():
    column = np.arange(5.0)
    with pytest.raises(ParcelDataError, match="rise and fall together"):
        objective_weights(np.column_stack([column, 2 * column]), "critic")


def test_an_interval_needs_limits_and_an_indicator_values():
    with pytest.raises(ParcelDataError, match="without limits"):
        unit_values(SMALL, system_of("benefit", "benefit", "interval"))
    with pytest.raises(ParcelDataError, match="no values"):
        unit_values(np.full((3, 3), NAN), system_of("benefit", "benefit", "benefit"))


def test_products_powers_and_shares_by_hand():
    first, second = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])
    assert combined_weights(first, second) == pytest.approx(np.array([10, 6, 12]) / 28)
    root = np.sqrt([10, 6, 12])
    assert combined_weights(first, second, exponents=(0.5, 0.5)) == pytest.approx(root / root.sum())
    assert combined_weights(first, second, exponents=(1, 0)) == pytest.approx(first)
    assert combined_weights(first, second, exponents=(0, 0)) == pytest.approx([1 / 3] * 3)
    assert combined_weights(first, second, "linear", alpha=0.25) == pytest.approx([0.275, 0.225, 0.5])
    assert combined_weights(first, second, "linear", alpha=1) == pytest.approx(first)


def test_weights_of_any_sum_are_shares_and_a_0_decides_the_product_only():
    first, second = np.array([5.0, 3, 2]), np.array([0.0, 0.5, 0.5])
    assert combined_weights(first, second) == pytest.approx([0, 0.6, 0.4])
    assert combined_weights(first, second, "linear") == pytest.approx([0.25, 0.4, 0.35])
    assert combined_weights(first, second, exponents=(60, 60)).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("first", "second", "settings", "sentence"),
    [
        ([1, 0], [0, 1], {}, "product is 0"),
        ([0, 0], [0, 1], {}, "add up to 0"),
        ([1, 0], [1, 1], {"exponents": (-1, 1)}, "Exponents"),
        ([1, 0], [1, 1], {"method": "linear", "alpha": 1.5}, "alpha"),
        ([1, 0], [1, 1], {"method": "mean"}, "mean is unknown"),
    ],
)
def test_combinations_that_cannot_be_are_named(first, second, settings, sentence):
    with pytest.raises(ParcelDataError, match=sentence):
        combined_weights(np.array(first, float), np.array(second, float), **settings)


def test_systems_are_combined_by_code_and_keep_everything_else_of_the_first():
    other = IndexSystem(tuple(reversed(weighed_system(PRESET, np.arange(1.0, 19)).indicators)))
    combined = combined_systems(PRESET, other)
    expected = np.array([row.weight for row in PRESET.indicators]) * np.arange(1, 19)
    assert [row.weight for row in combined.indicators] == pytest.approx((expected / expected.sum()).tolist())
    assert [row.unit for row in combined.indicators] == [row.unit for row in PRESET.indicators]
    combined.check_weights()


@pytest.mark.parametrize("method", ["product", "linear"])
def test_combined_within_the_dimensions_these_keep_their_weights(method):
    other = weighed_system(PRESET, np.arange(1.0, 19))
    combined = combined_systems(PRESET, other, method, within_dimensions=True)
    combined.check_weights()
    mine, theirs = np.array([0.384, 0.421, 0.195]), np.arange(1, 4) / 6
    local = mine * theirs / (mine * theirs).sum() if method == "product" else (mine + theirs) / 2
    assert [row.weight_local for row in combined.indicators[:3]] == pytest.approx(local.tolist())
    assert combined.dimension_weight("effic") == pytest.approx(0.31)


def test_systems_with_other_indicators_or_dimensions_are_named():
    fewer = PRESET.without(["tax"])
    with pytest.raises(ParcelDataError, match="tax"):
        combined_systems(PRESET, fewer)
    moved = IndexSystem((replace(PRESET.indicators[0], dimension="intens"), *PRESET.indicators[1:]))
    with pytest.raises(ParcelDataError, match=r"“output”.*“effic”.*“intens”"):
        combined_systems(PRESET, moved)
