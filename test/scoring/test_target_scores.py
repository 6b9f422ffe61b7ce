"""Scores by target values, as METHOD section 3 states them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.indicators.index_system import (
    IndexSystem,
    Indicator,
    preset,
    read_index_system,
)
from parcel_agglomeration.algorithms.indicators.parcel_indicators import NO_OUTPUT
from parcel_agglomeration.algorithms.scoring.target_scores import (
    Scale,
    derive_targets,
    indicator_fields,
    lacking,
    score_indicator,
    target_scores,
    targets_note,
)

NAN = math.nan
PRESET = preset()
FLAGS = ("scale", "giant", "hightech")
LAND = ("acc_now", "fac_dens", "fac_plan", "acc_plan")


def indicator(direction, target=NAN, lower=NAN, upper=NAN):
    return Indicator("x", "x", "", "econ", "d", "x", "", direction, target, lower, upper, "", 1.0, 1.0, 1.0)


def scores_of(values, row, **scale):
    return score_indicator(np.array(values, dtype=float), row, Scale(**scale)).tolist()


def with_every_target_met(**changed):
    """One parcel that meets every target, but for the indicators changed."""
    system = derive_targets(PRESET, np.tile([1.0] * 18, (3, 1)))
    best = {"benefit": 1.0, "cost": 1.0, "interval": 10.0, "flag": 1.0, "rating": 10.0}
    values = [changed.get(row.indicator, best[row.direction]) for row in system.indicators]
    return target_scores(np.array([values]), system)


def test_every_target_met_gives_100():
    scores = with_every_target_met()
    assert scores.composite[0] == pytest.approx(100, abs=1e-12)
    assert scores.dimensions[0] == pytest.approx([100] * 5)
    assert scores.layers[0] == pytest.approx([100] * 2)


def test_only_the_three_flags_give_21_039():
    # METHOD section 10: .06045 + .04896 + .10098, with unrounded weights.
    changed = {row.indicator: 0.0 for row in PRESET.indicators if row.indicator not in FLAGS}
    system = derive_targets(PRESET, np.ones((2, 18)))
    values = np.array([[1.0 if row.direction == "flag" else 0.0 for row in system.indicators]])
    scores = target_scores(values[:, : len(changed) + 3], _without_ratings_and_costs(system), "zero")
    assert scores.composite[0] == pytest.approx(21.039, abs=1e-9)


def _without_ratings_and_costs(system):
    """Ratings cannot be 0 and a cost of 0 is the best: score them as benefits to test the weights alone."""
    from dataclasses import replace

    rows = [
        replace(row, direction="benefit", target=1.0) if row.direction != "flag" else row
        for row in system.indicators
    ]
    return IndexSystem(tuple(rows))


def test_every_land_indicator_at_its_worst_leaves_at_most_89_and_the_ratings_floor():
    scores = with_every_target_met(acc_now=1.0, fac_dens=0.0, fac_plan=0.0, acc_plan=1.0)
    assert scores.layers[0, 0] == pytest.approx(100)
    assert scores.composite[0] == pytest.approx(89 + 10 * (0.02497 + 0.02002))
    from_zero = target_scores(
        np.array([[1.0] * 14 + [1.0, 0.0, 0.0, 1.0]]),
        derive_targets(PRESET, np.tile([1.0] * 18, (3, 1))),
        scale=Scale(rating_from_zero=True),
    )
    assert from_zero.composite[0] == pytest.approx(89)


@pytest.mark.parametrize(
    ("row", "values", "expected"),
    [
        (indicator("benefit", 50), [0, 25, 50, 80, -3, NAN], [0, 50, 100, 100, 0, NAN]),
        (indicator("cost", 50), [0, 25, 50, 100, 200], [100, 100, 100, 50, 25]),
        (indicator("interval", lower=10, upper=20), [5, 10, 15, 20, 40, 0], [50, 100, 100, 100, 50, 0]),
        (indicator("interval", upper=20), [0, 20, 40, -1], [100, 100, 50, 0]),
        (indicator("interval", lower=10), [5, 10, 1e9], [50, 100, 100]),
        (indicator("flag"), [0, 1, 0.4], [0, 100, 40]),
        (indicator("rating", 10), [1, 5, 10], [10, 50, 100]),
        (indicator("rating", 8), [4, 8, 10], [50, 100, 100]),
    ],
)
def test_score_of_each_direction(row, values, expected):
    assert scores_of(values, row) == pytest.approx(expected, nan_ok=True)


def test_cost_below_zero_is_no_value():
    assert np.isnan(scores_of([-1.0], indicator("cost", 50)))[0]


def test_linear_cost_and_rating_from_zero():
    assert scores_of([0, 25, 50, 75, 100, 300], indicator("cost", 50), linear_cost=True) == [
        100, 100, 100, 50, 0, 0,
    ]  # fmt: skip
    assert scores_of([1, 5.5, 10], indicator("rating", 10), rating_from_zero=True) == [0, 50, 100]


def test_a_cap_lets_benefit_and_cost_pass_100():
    assert scores_of([50, 80], indicator("benefit", 50), cap=1.2) == pytest.approx([100, 120])
    assert scores_of([50, 25, 0], indicator("cost", 50), cap=1.5) == pytest.approx([100, 150, 150])
    assert targets_note(PRESET, Scale(cap=1.2)).endswith(", cap 1.2")
    assert targets_note(PRESET, Scale(cap=1.2), "zh").endswith("；封顶系数 1.2")


def test_empty_targets_are_derived_and_marked():
    values = np.ones((101, 18))
    values[:, 0] = np.arange(101)  # output: 95th percentile 95
    values[:, 12] = np.r_[0, 0, np.arange(1, 100)]  # electricity: 5th percentile of 1..99 is 5.9
    system = derive_targets(PRESET, values)
    by_code = {row.indicator: row for row in system.indicators}
    assert by_code["output"].target == pytest.approx(95)
    assert by_code["elec_out"].target == pytest.approx(5.9)
    assert by_code["acc_now"].target == 10
    assert all(by_code[code].target_src.startswith("derived") for code in ("output", "elec_out", "acc_now"))
    assert math.isnan(by_code["grn_rat"].target) and by_code["grn_rat"].target_src.startswith("assumed")
    assert targets_note(system) == "0 given, 14 derived, 1 assumed"
    assert targets_note(system, language="zh") == "给定 0，由数据推导 14，暂定 1"


def test_idle_land_does_not_lower_what_others_aim_at():
    """Costs 1 to 101 give 6 as 5th percentile; a thousand parcels without output leave it so, and score 0."""
    row = next(row for row in PRESET.indicators if row.direction == "cost")
    costs = np.concatenate((np.arange(1.0, 102.0), np.full(1000, NO_OUTPUT)))
    derived = derive_targets(IndexSystem((row,)), costs[:, None]).indicators[0]
    assert derived.target == 6
    assert score_indicator(costs, derived)[-1] == pytest.approx(0, abs=1e-6)
    with pytest.raises(ParcelDataError, match="no positive values"):
        derive_targets(IndexSystem((row,)), np.full((3, 1), NO_OUTPUT))


def test_a_derived_target_of_zero_names_the_indicator():
    with pytest.raises(ParcelDataError, match="output"):
        derive_targets(PRESET, np.zeros((5, 18)))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"target": 0}, "target"),
        ({"target": -5}, "target"),
        ({"direction": "interval"}, "limits"),
        ({"direction": "interval", "lower": 5, "upper": 1}, "limits"),
        ({"direction": "interval", "upper": 0}, "limits"),
        ({"direction": "rating", "target": 1}, "above 1"),
    ],
)
def test_unusable_targets_are_named(changes, word):
    row = {"indicator": "x", "layer": "econ", "dimension": "d", "direction": "benefit", "weight": 1} | changes
    with pytest.raises(ParcelDataError, match=word):
        derive_targets(read_index_system([row]), np.ones((3, 1)))


@pytest.mark.parametrize(("direction", "value"), [("flag", 2), ("flag", -1), ("rating", 0), ("rating", 11)])
def test_values_off_the_scale_are_named(direction, value):
    with pytest.raises(ParcelDataError, match=f"holds {value}"):
        score_indicator(np.array([1.0, value]), indicator(direction, 10))


class TestMissingValues:
    @pytest.fixture
    def values(self):
        values = np.tile([1.0] * 18, (2, 1))
        values[0, 1] = NAN  # tax: local weight .421 of the dimension .31
        return values

    @pytest.fixture
    def system(self):
        return derive_targets(PRESET, np.tile([1.0] * 18, (2, 1)))

    def test_are_left_unscored(self, values, system):
        scores = target_scores(values, system)
        assert np.isnan(scores.composite[0]) and np.isnan(scores.dimensions[0]).all()
        assert scores.indicators[0, 0] == 100
        assert not np.isnan(scores.composite[1])
        assert lacking(scores, system, values) == ["tax", ""]

    def test_or_their_weight_goes_to_the_others(self, values, system):
        scores = target_scores(values, system, "renormalise")
        assert scores.dimensions[0, 0] == pytest.approx(100)
        assert scores.weight_used == pytest.approx([1 - 0.421 * 0.31, 1])

    def test_or_a_whole_dimension_is_passed_over(self, values, system):
        values[0, 12:14] = NAN
        scores = target_scores(values, system, "renormalise")
        assert np.isnan(scores.dimensions[0, 3])
        assert scores.composite[0] == pytest.approx(
            np.nansum(np.array([31, 30, 18, 10, 11]) * scores.dimensions[0]) / 90
        )

    def test_or_score_zero(self, values, system):
        scores = target_scores(values, system, "zero")
        assert scores.dimensions[0, 0] == pytest.approx(100 * (1 - 0.421))

    def test_a_negative_cost_is_marked(self, values, system):
        values[1, 12] = -1
        scores = target_scores(values, system)
        assert lacking(scores, system, values)[1] == "elec_out (negative)"


def test_layers_and_composite_are_weighted_means_of_dimensions():
    generator = np.random.default_rng(3)
    values = generator.lognormal(size=(50, 18))
    for p, row in enumerate(PRESET.indicators):
        if row.direction in ("flag", "rating"):
            values[:, p] = generator.integers(0, 2, 50) if row.direction == "flag" else 5
    scores = target_scores(values, derive_targets(PRESET, values))
    weights = np.array([0.31, 0.30, 0.18, 0.10, 0.11])
    assert scores.composite == pytest.approx(scores.dimensions @ weights)
    assert scores.layers[:, 0] == pytest.approx(scores.dimensions[:, :4] @ weights[:4] / 0.89)
    assert scores.layers[:, 1] == pytest.approx(scores.dimensions[:, 4])


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30), st.floats(1e-3, 1e3))
def test_scores_stay_between_0_and_100_and_do_not_depend_on_the_unit(values, unit):
    values = np.array(values)
    row, scaled = indicator("benefit", 10.0), indicator("benefit", 10.0 * unit)
    scores = score_indicator(values, row)
    assert ((scores >= 0) & (scores <= 100)).all()
    assert score_indicator(values * unit, scaled) == pytest.approx(scores, abs=1e-9)


def test_field_names_are_ascii_unique_and_short():
    names = [field.name for field in indicator_fields(PRESET)]
    assert len(set(names)) == 18
    assert all(name.isascii() and len(name) <= 10 for name in names)
