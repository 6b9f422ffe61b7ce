"""Scores by target values: what holds for every column and every index system."""

import math
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from parcel_agglomeration.algorithms.indicators.index_system import IndexSystem, Indicator
from parcel_agglomeration.algorithms.indicators.parcel_indicators import NO_OUTPUT
from parcel_agglomeration.algorithms.scoring.target_scores import (
    MISSING,
    Scale,
    derive_targets,
    score_indicator,
    target_scores,
)

NAN = math.nan
RISING = ("benefit", "flag", "rating")
UNBOUNDED = ("benefit", "cost", "interval")

amounts = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-6)
scales = st.builds(Scale, st.sampled_from([1.0, 1.2, 2.0]), st.booleans(), st.booleans())


@st.composite
def indicators(draw, directions=("benefit", "cost", "interval", "flag", "rating"), code="x"):
    """An indicator with a target or limits that its direction allows."""
    direction = draw(st.sampled_from(directions))
    target = lower = upper = NAN
    if direction == "rating":
        target = draw(st.floats(1.5, 10))
    elif direction == "interval":
        lower = draw(st.integers(0, 100)) / 10
        upper = lower + draw(st.floats(0.5, 100))
        lower, upper = draw(st.sampled_from([(lower, upper), (NAN, upper), (lower, NAN)]))
    elif direction != "flag":
        target = draw(st.floats(1e-3, 1e3))
    return Indicator(
        code, code, "", "econ", "d", code, "", direction, target, lower, upper, "given", 1.0, 1.0, 1.0
    )


def values_for(row, missing=True):
    """Values that an indicator may have, many of them near its target or limits, NaN among them."""
    aims = [aim for aim in (row.target, row.lower, row.upper) if aim > 0] or [1.0]
    near = st.builds(lambda aim, eighths: aim * eighths / 8, st.sampled_from(aims), st.integers(0, 20))
    known = {"flag": st.floats(0, 1), "rating": st.floats(1, 10)}.get(row.direction, amounts | near)
    return known | st.just(NAN) if missing else known


def column_for(row, missing=True):
    return st.lists(values_for(row, missing), min_size=1, max_size=20).map(np.array)


@given(st.data(), indicators(), scales)
def test_scores_lie_between_0_and_100_times_the_cap(data, row, scale):
    scores = score_indicator(data.draw(column_for(row)), row, scale)
    known = scores[~np.isnan(scores)]
    top = 100 * scale.cap if row.direction in ("benefit", "cost") else 100
    assert (known >= 0).all()
    assert (known <= top).all()


@given(st.data(), indicators(), scales)
def test_scores_are_missing_where_the_value_is_or_a_cost_is_negative(data, row, scale):
    values = data.draw(column_for(row))
    lacking = np.isnan(values) | ((values < 0) & (row.direction == "cost"))
    np.testing.assert_array_equal(np.isnan(score_indicator(values, row, scale)), lacking)


@given(st.data(), indicators(), scales, st.randoms(use_true_random=False))
def test_a_parcel_has_its_score_wherever_it_stands(data, row, scale, random):
    values = data.draw(column_for(row))
    order = list(range(values.size))
    random.shuffle(order)
    np.testing.assert_array_equal(
        score_indicator(values[order], row, scale), score_indicator(values, row, scale)[order]
    )


@given(st.data(), indicators(UNBOUNDED), scales, st.integers(-20, 20), st.floats(0.01, 100))
def test_the_unit_does_not_matter(data, row, scale, exponent, factor):
    values = data.draw(column_for(row))

    def in_another_unit(unit):
        scaled = replace(row, target=row.target * unit, lower=row.lower * unit, upper=row.upper * unit)
        return score_indicator(values * unit, scaled, scale)

    scores = score_indicator(values, row, scale)
    np.testing.assert_array_equal(in_another_unit(2.0**exponent), scores)
    np.testing.assert_allclose(in_another_unit(factor), scores, rtol=1e-12, atol=1e-10)


@given(st.data(), indicators(), scales)
def test_better_values_never_score_less(data, row, scale):
    """Rising for benefits, flags and ratings, falling for costs, up and down again for intervals."""
    values = np.sort(data.draw(column_for(row, missing=False)))
    values = values[values >= 0]
    steps = np.diff(score_indicator(values, row, scale))
    if row.direction in RISING:
        assert (steps >= 0).all()
    elif row.direction == "cost":
        assert (steps <= 0).all()
    else:
        # NaN limits compare as false: a side without limit has no slope.
        assert (steps[values[1:] <= row.lower] >= 0).all()
        assert (steps[values[:-1] >= row.upper] <= 0).all()
        inside = ~((values < row.lower) | (values > row.upper))
        assert (score_indicator(values[inside], row, scale) == 100).all()


@given(st.data(), indicators(("benefit", "cost")), scales, st.sampled_from([1.2, 2.0]))
def test_a_cap_adds_only_to_what_reaches_the_target(data, row, scale, cap):
    values = data.draw(column_for(row))
    plain, raised = (score_indicator(values, row, replace(scale, cap=c)) for c in (1.0, cap))
    short = plain < 100
    np.testing.assert_array_equal(raised[short], plain[short])
    assert (raised[~short & ~np.isnan(plain)] >= 100).all()
    at_target = score_indicator(np.array([row.target]), row, replace(scale, cap=cap))
    assert at_target.tolist() == [100]


@given(indicators(("cost",)), scales)
def test_nothing_consumed_is_best_and_no_output_worst(row, scale):
    none_consumed, no_output = score_indicator(np.array([0.0, NO_OUTPUT]), row, scale)
    linear_top = min(2.0, scale.cap)
    assert none_consumed == 100 * (linear_top if scale.linear_cost else scale.cap)
    assert no_output == 0


# Whole index systems


@st.composite
def evaluations(draw):
    """Values (n, m), with gaps, and an index system of two layers whose weights add up."""
    m, n = draw(st.integers(2, 6)), draw(st.integers(1, 8))
    rows = [draw(indicators(code=f"i{number}")) for number in range(m)]
    # A dimension belongs to one layer.
    dimension = [draw(st.integers(0, 3)) for _ in rows]
    parts = np.array(draw(st.lists(st.integers(1, 20), min_size=m, max_size=m)), dtype=float)
    placed = IndexSystem(
        tuple(
            replace(row, dimension=f"d{d}", layer=("econ", "land")[d % 2])
            for row, d in zip(rows, dimension, strict=True)
        )
    )
    system = placed.with_weights(dict(zip(placed.codes, parts / parts.sum(), strict=True)))
    columns = [draw(st.lists(values_for(row), min_size=n, max_size=n)) for row in rows]
    return np.array(columns).T, system


ROUNDING = 1e-9


@given(evaluations(), st.sampled_from(MISSING), scales)
def test_wholes_lie_between_their_parts(evaluation, missing, scale):
    values, system = evaluation
    result = target_scores(values, system, missing, scale)
    dimensions = list(system.dimensions)
    wholes = [
        (result.dimensions[:, k], result.indicators[:, members])
        for k, members in enumerate(system.dimensions.values())
    ]
    wholes += [
        (result.layers[:, k], result.dimensions[:, [dimensions.index(name) for name in members]])
        for k, members in enumerate(system.layers.values())
    ]
    wholes.append((result.composite, result.layers))
    for whole, parts in wholes:
        known = ~np.isnan(whole)
        assert (whole[known] >= np.nanmin(parts[known], axis=1, initial=np.inf) - ROUNDING).all()
        assert (whole[known] <= np.nanmax(parts[known], axis=1, initial=-np.inf) + ROUNDING).all()


@given(evaluations(), scales)
def test_weights_of_an_index_system_are_normalised(evaluation, scale):
    values, system = evaluation
    for members in system.dimensions.values():
        assert math.isclose(sum(system.indicators[p].weight_local for p in members), 1, rel_tol=1e-12)
    assert math.isclose(sum(map(system.dimension_weight, system.dimensions)), 1, rel_tol=1e-12)
    result = target_scores(values, system, "exclude", scale)
    assert ((result.weight_used >= -ROUNDING) & (result.weight_used <= 1 + ROUNDING)).all()
    complete = ~result.missing.any(axis=1)
    np.testing.assert_allclose(result.weight_used[complete], 1, rtol=1e-12)
    # The composite is also the sum over all indicators by their composite weights.
    weights = np.array([row.weight for row in system.indicators])
    np.testing.assert_allclose(
        result.composite[complete], result.indicators[complete] @ weights, rtol=1e-12, atol=1e-12
    )


@given(evaluations(), scales)
def test_how_gaps_are_treated_only_matters_where_there_are_gaps(evaluation, scale):
    values, system = evaluation
    exclude, renormalise, zero = (target_scores(values, system, missing, scale) for missing in MISSING)
    gaps = exclude.missing.any(axis=1)
    assert np.isnan(exclude.composite[gaps]).all()
    for other in (renormalise, zero):
        np.testing.assert_array_equal(other.composite[~gaps], exclude.composite[~gaps])
    every = exclude.missing.all(axis=1)
    np.testing.assert_array_equal(np.isnan(renormalise.composite), every)
    # Zero is the worst score: it never helps.
    assert (zero.composite[~every] <= renormalise.composite[~every] + ROUNDING).all()


@given(evaluations(), scales, st.sampled_from(MISSING), st.randoms(use_true_random=False))
def test_neither_the_order_of_parcels_nor_of_indicators_matters(evaluation, scale, missing, random):
    values, system = evaluation
    parcels, columns = list(range(len(values))), list(range(len(system.indicators)))
    random.shuffle(parcels)
    random.shuffle(columns)
    plain = target_scores(values, system, missing, scale)
    shuffled = IndexSystem(tuple(system.indicators[p] for p in columns))
    other = target_scores(values[np.ix_(parcels, columns)], shuffled, missing, scale)
    np.testing.assert_array_equal(other.indicators, plain.indicators[np.ix_(parcels, columns)])
    np.testing.assert_allclose(other.composite, plain.composite[parcels], rtol=1e-12, atol=1e-12)


@given(arrays(float, st.integers(1, 30), elements=st.floats(1e-3, 1e6)), st.integers(-20, 9))
def test_derived_targets_lie_among_the_values_and_follow_their_unit(values, exponent):
    rows = [
        Indicator(code, code, "", "econ", "d", code, "", code, NAN, NAN, NAN, "", 0.5, 1.0, 0.5)
        for code in ("benefit", "cost")
    ]
    columns = np.column_stack([values, values])

    def targets(scale):
        return [row.target for row in derive_targets(IndexSystem(tuple(rows)), columns * scale).indicators]

    high, low = targets(1.0)
    assert values.min() <= low <= high <= values.max()
    # Of n - 1 steps between values a twentieth lies beyond; the value at its end does, too.
    beyond = 0.05 * (values.size - 1) + 1
    assert np.count_nonzero(values > high) <= beyond
    assert np.count_nonzero(values < low) <= beyond
    assert targets(2.0**exponent) == [high * 2.0**exponent, low * 2.0**exponent]
