"""What makes a score and what would move a zone, against evaluations with changed values."""

from dataclasses import replace

import numpy as np
import pytest
from parcel_agglomeration.algorithms.classification.natural_breaks import classify, natural_breaks
from parcel_agglomeration.algorithms.indicators.index_system import IndexSystem, preset
from parcel_agglomeration.algorithms.planning.explanation import (
    contributions,
    reach,
    value_of_score,
    zone_moves,
)
from parcel_agglomeration.algorithms.scoring.target_scores import (
    Scale,
    derive_targets,
    score_indicator,
    target_scores,
)
from parcel_agglomeration.algorithms.zoning.cross_tabulation import cross_tabulate
from parcel_agglomeration.algorithms.zoning.zone_matrix import matrix_of_rows, preset_matrix

NAN = np.nan
SCALES = (Scale(), Scale(cap=1.5), Scale(linear_cost=True, rating_from_zero=True))
N = 120


def raw_values(seed, gaps=0):
    """Skewed quantities, flags and ratings; `gaps` of them missing."""
    generator = np.random.default_rng(seed)
    system = preset()
    values = generator.lognormal(2, 1, (N, 18))
    for position, row in enumerate(system.indicators):
        if row.direction == "flag":
            values[:, position] = generator.random(N) < 0.3
        if row.direction == "rating":
            values[:, position] = generator.integers(1, 11, N)
    values[generator.integers(0, N, gaps), generator.integers(0, 18, gaps)] = NAN
    return derive_targets(system, values), values


@pytest.mark.parametrize("missing", ["exclude", "renormalise", "zero"])
@pytest.mark.parametrize("scale", SCALES)
def test_points_add_up_to_the_scores(missing, scale):
    system, values = raw_values(1, gaps=60)
    scores = target_scores(values, system, missing, scale)
    found = contributions(scores, system, missing, scale)
    scored = ~np.isnan(scores.composite)
    assert 0 < scored.sum() < N or missing != "exclude"
    np.testing.assert_allclose(found.points.sum(axis=1), scores.composite, atol=1e-9)
    known = np.nan_to_num(scores.indicators)
    economy = (found.layer_share * known)[:, :14].sum(axis=1)
    np.testing.assert_allclose(economy[scored], scores.layers[scored, 0], atol=1e-9)
    np.testing.assert_allclose(found.composite_share[scored].sum(axis=1), 1)
    # full scores: what is lost brings every scored parcel to the same top where nothing is missing
    whole = scored & ~scores.missing.any(axis=1)
    top = (found.points + found.lost)[whole].sum(axis=1)
    np.testing.assert_allclose(top, top[0])
    if scale.cap == 1:
        assert top[0] == pytest.approx(100)


def test_reach_by_hand():
    """Limits 10 | 20 | 40: 10 still belongs to level 1, 15 to level 2, 25 to level 3, the highest."""
    scores = np.array([10.0, 15.0, 25.0, NAN])
    found = reach(scores, np.array([1, 2, 3, 0]), np.array([10.0, 20.0, 40.0]))
    np.testing.assert_array_equal(found.up, [0, 5, NAN, NAN])
    np.testing.assert_array_equal(found.down, [NAN, 5, 5, NAN])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("direction", ["benefit", "cost", "rating", "interval", "flag"])
def test_values_are_those_of_their_scores(direction, scale):
    row = next(row for row in preset().indicators if row.direction == direction)
    row = replace(row, target=10.0 if direction == "rating" else 7.0, lower=2.0, upper=20.0)
    scores = np.array([12.0, 35.5, 80.0, 99.0])
    found = value_of_score(scores, row, np.full(4, 1.0), scale)
    np.testing.assert_allclose(score_indicator(found, row, scale), scores, rtol=1e-12)


def test_an_interval_takes_the_nearer_value():
    row = replace(preset().indicators[0], direction="interval", lower=2.0, upper=20.0)
    halves = value_of_score(np.full(3, 50.0), row, np.array([1.5, 19.0, 60.0]))
    np.testing.assert_array_equal(halves, [1, 1, 40])
    halves = value_of_score(np.full(1, 50.0), replace(row, lower=NAN), np.array([0.0]))
    np.testing.assert_array_equal(halves, [40])


def test_a_move_by_hand():
    """Two indicators of weight .75 and .25 make the economy, one the land value; target 100 each.

        economy   0 .. 40 | 40 .. 60 | 60 .. 80 | 80 ..      levels 1 to 4
        parcel    a = 50, b = 30: economy 45, level 2; land 70, level 3; zone 2

    Zone 4 needs an economy above 60, 15 points more: a above 50 + 15/.75 = 70, or b above 30 + 15/.25
    = 90. Zone 1 needs 40 or less: a 50 - 5/.75 = 43.33, b 30 - 5/.25 = 10. Land alone moves nothing.
    """
    template = preset().indicators[0]
    rows = [
        replace(template, indicator=code, dimension=dimension, layer=layer, target=100.0)
        for code, dimension, layer in (("a", "d", "econ"), ("b", "d", "econ"), ("c", "e", "land"))
    ]
    weights = ((0.75, 0.5, 0.375), (0.25, 0.5, 0.125), (1.0, 0.5, 0.5))
    system = IndexSystem(
        tuple(
            replace(row, weight_local=local, weight_dim=dimension, weight=weight)
            for row, (local, dimension, weight) in zip(rows, weights, strict=True)
        )
    )
    values = np.array([[50.0, 30.0, 70.0]])
    scores = target_scores(values, system)
    limits = [np.array([40.0, 60.0, 80.0, 100.0])] * 2
    levels = [classify(scores.layers[:, k], limits[k]) for k in (0, 1)]
    shares = contributions(scores, system).layer_share
    given = (values, scores, system, shares, levels, limits, preset_matrix("completed"))
    up, down = (zone_moves(better, *given) for better in (True, False))
    np.testing.assert_array_equal(up.zone, [[4, 4, 0]])
    np.testing.assert_allclose(up.value, [[70, 90, NAN]])
    np.testing.assert_allclose(up.change, [[20, 60, NAN]])
    assert (up.best.tolist(), up.ranked(0)) == ([0], [0, 1])
    assert up.relation(0, 0, system.indicators[0]) == "above"
    np.testing.assert_array_equal(down.zone, [[1, 1, 0]])
    np.testing.assert_allclose(down.value, [[50 - 5 / 0.75, 10, NAN]])
    assert (down.best.tolist(), down.ranked(0)) == ([0], [0, 1])
    assert down.relation(0, 0, system.indicators[0]) == "at most"


ODD_CELLS = ((4, 1, 3, 2), (1, 4, "", 3), (2, 2, 3, 1), (3, 1, 1, 4))
ODD = matrix_of_rows(
    [
        {"econ_lvl": 4 - i, "land_lvl": 4 - j, "zone": zone}
        for i, row in enumerate(ODD_CELLS)
        for j, zone in enumerate(row)
    ]
)
"""Neither monotone nor complete."""


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("missing", ["exclude", "renormalise", "zero"])
@pytest.mark.parametrize("matrix", [preset_matrix("completed"), preset_matrix("printed"), ODD])
def test_moves_are_the_smallest_that_another_evaluation_confirms(scale, missing, matrix):
    """Just past the value the zone is the promised one; short of it, it stays on that side; a grid of other
    values finds no move where none is promised."""
    system, values = raw_values(3, gaps=40)
    scores = target_scores(values, system, missing, scale)
    limits = [natural_breaks(column, 4).upper for column in scores.layers.T]

    def zones(changed):
        layers = target_scores(changed, system, missing, scale).layers
        return cross_tabulate(*(classify(layers[:, k], limits[k]) for k in (0, 1)), matrix).zone

    def zones_with(p, score, members):
        """Zones where the members have another score of one indicator, as far as its values go."""
        row, changed = system.indicators[p], values.copy()
        changed[members, p] = value_of_score(np.maximum(score, 0), row, values[:, p], scale)[members]
        if row.direction == "rating":
            changed[members, p] = np.clip(changed[members, p], 1, 10)
        return zones(changed)[members]

    levels = [classify(scores.layers[:, k], limits[k]) for k in (0, 1)]
    shares = contributions(scores, system, missing, scale).layer_share
    now = zones(values)
    checked = 0
    for better in (True, False):
        found = zone_moves(better, values, scores, system, shares, levels, limits, matrix, scale)
        for p, row in enumerate(system.indicators):
            flag, moved = row.direction == "flag", found.zone[:, p] > 0
            checked += int(moved.sum())
            step = np.where(found.change[:, p] >= 0, 1e-9, -1e-9) * (not flag)
            reached = zones_with(p, found.score[:, p] + step, moved)
            np.testing.assert_array_equal(reached, found.zone[moved, p])
            if not flag:
                short = zones_with(p, found.score[:, p] - 1e3 * step, moved)
                assert not leads(better, short, now[moved]).any()
            still = ~moved & (now > 0) & (~np.isnan(values[:, p]) | (missing == "zero"))
            for score in (0, 100) if flag else (11, 50, 99.9):
                others = zones_with(p, np.full(N, score), still)
                assert not leads(better, others, now[still]).any()
        some = found.zone.any(axis=1)
        np.testing.assert_array_equal(found.best >= 0, some)
        change = np.abs(found.change)
        np.testing.assert_allclose(change[some, found.best[some]], np.nanmin(change[some], axis=1))
    assert checked > 100


def leads(better, zones, now):
    return (zones > now) if better else (zones > 0) & (zones < now)
