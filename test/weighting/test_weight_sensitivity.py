"""Draws of weights and judgements, and what becomes of levels and zones, against single evaluations."""

import math
import os
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from parcel_agglomeration.algorithms.classification.natural_breaks import classify, natural_breaks
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.indicators.index_system import IndexSystem, preset
from parcel_agglomeration.algorithms.scoring.target_scores import derive_targets, target_scores
from parcel_agglomeration.algorithms.weighting import weight_sensitivity
from parcel_agglomeration.algorithms.weighting.ahp import priorities
from parcel_agglomeration.algorithms.weighting.judgements import read_judgements
from parcel_agglomeration.algorithms.weighting.sensitivity_report import tornado
from parcel_agglomeration.algorithms.weighting.weight_sensitivity import (
    ScoredIndicators,
    dirichlet_weights,
    influences,
    judgement_weights,
    moved_matrix,
    one_at_a_time,
    stability,
    stability_class,
)
from parcel_agglomeration.algorithms.zoning.cross_tabulation import cross_tabulate
from parcel_agglomeration.algorithms.zoning.zone_matrix import ZoneMatrix, preset_matrix

NAN = math.nan
PRESET = preset()
WEIGHTS = np.array([row.weight for row in PRESET.indicators])
COMPLETED = preset_matrix("completed")
N = 250


def raw_values(n=N, gaps=0, seed=1):
    """Skewed quantities, flags and ratings, with some values missing."""
    generator = np.random.default_rng(seed)
    values = generator.lognormal(2, 1, (n, 18))
    for position, row in enumerate(PRESET.indicators):
        if row.direction == "flag":
            values[:, position] = generator.random(n) < 0.2
        if row.direction == "rating":
            values[:, position] = generator.integers(1, 11, n)
    if gaps:
        values[generator.integers(0, n, gaps), generator.integers(0, 18, gaps)] = NAN
        values[3, 14:] = NAN  # nothing of the land layer
    return values


def system_and_values(gaps=0):
    values = raw_values(gaps=gaps)
    return derive_targets(PRESET, values), values


def evaluated(values, system, weights, missing="exclude", matrix=COMPLETED):
    """Composite, its level, and zone by the public steps of an evaluation."""
    system = system.with_weights(dict(zip(system.codes, weights, strict=True)))
    scores = target_scores(values, system, missing)
    economy, land, level = (
        classify(column, natural_breaks(column, 4).upper) for column in (*scores.layers.T, scores.composite)
    )
    return scores.composite, level, cross_tabulate(economy, land, matrix).zone


def stable(values, system, draws, missing="exclude", weights=WEIGHTS, **settings):
    scored = ScoredIndicators(target_scores(values, system, missing), system)
    settings.setdefault("matrix", COMPLETED)
    return stability(scored, weights, draws, parcels=len(values), **settings)


@pytest.mark.parametrize(
    ("missing", "gaps"), [("exclude", 0), ("exclude", 30), ("renormalise", 30), ("zero", 30)]
)
@pytest.mark.parametrize("matrix", ["completed", "printed"])
def test_shares_and_spread_are_those_of_single_evaluations(missing, gaps, matrix):
    system, values = system_and_values(gaps)
    matrix = preset_matrix(matrix)
    draws = dirichlet_weights(WEIGHTS, 0.3, 70, seed=4)
    result = stable(values, system, draws, missing, matrix=matrix)

    composite, level, zone = evaluated(values, system, WEIGHTS, missing, matrix)
    single = [evaluated(values, system, row, missing, matrix) for row in draws]
    composites, levels, zones = (np.array(part) for part in zip(*single, strict=True))
    np.testing.assert_array_equal(result.level, level)
    np.testing.assert_array_equal(result.zone, zone)
    assert result.composite == pytest.approx(composite, abs=1e-10, nan_ok=True)
    kept = np.where(level > 0, (levels == level).mean(axis=0), NAN)
    np.testing.assert_allclose(result.level_kept, kept, atol=1e-14)
    kept = np.where(zone > 0, (zones == zone).mean(axis=0), NAN)
    np.testing.assert_allclose(result.zone_kept, kept, atol=1e-14)
    for parcel in range(N):
        others = Counter(z for z in zones[:, parcel].tolist() if z not in (0, zone[parcel]))
        most = min(others, key=lambda z: (-others[z], z)) if others and zone[parcel] else 0
        assert result.other_zone[parcel] == most
    assert result.mean == pytest.approx(composites.mean(axis=0), abs=1e-10, nan_ok=True)
    low, high = np.percentile(composites, (5, 95), axis=0)
    assert result.low == pytest.approx(low, abs=1e-10, nan_ok=True)
    assert result.high == pytest.approx(high, abs=1e-10, nan_ok=True)
    has = zone > 0
    assert result.zone_changed == pytest.approx((zones != zone)[:, has].mean(axis=1))
    assert result.moved == pytest.approx(np.nanmean(np.abs(composites - composite), axis=1))
    assert result.left_out == 0


def test_more_parcels_than_a_block_takes_at_a_time(monkeypatch):
    system, values = system_and_values(20)
    draws = dirichlet_weights(WEIGHTS, 0.3, 30, seed=4)
    whole = stable(values, system, draws, "renormalise")
    monkeypatch.setattr(weight_sensitivity, "_CELLS", 700)
    parts = stable(values, system, draws, "renormalise")
    for name in ("level_kept", "zone_kept", "mean", "low", "high", "zone_changed", "moved"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_threads_change_no_number(monkeypatch):
    monkeypatch.setattr(weight_sensitivity, "_WORTH_THREADS", 0)
    system, values = system_and_values(20)
    draws = dirichlet_weights(WEIGHTS, 0.3, 300, seed=4)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        result = stable(values, system, draws, "renormalise")
        found.append(b"".join(np.asarray(part).tobytes() for part in vars(result).values()))
    assert found[0] == found[1] == found[2]


def test_weights_that_do_not_move_change_nothing():
    system, values = system_and_values()
    values[100:200] = values[:100]  # equal parcels have equal scores, down to the last digit
    result = stable(values, system, np.tile(WEIGHTS, (20, 1)))
    assert set(result.level_kept) == set(result.zone_kept) == {1.0}
    assert not result.other_zone.any() and not result.zone_changed.any()
    assert result.low == pytest.approx(result.composite) and result.high == pytest.approx(result.composite)
    kept = stable(values, system, np.tile(WEIGHTS, (20, 1)), keep_breaks=True)
    assert set(kept.level_kept) == set(kept.zone_kept) == {1.0}


def test_kept_breaks_are_those_of_the_undisturbed_weights():
    system, values = system_and_values()
    draws = dirichlet_weights(WEIGHTS, 0.3, 40, seed=2)
    result = stable(values, system, draws, keep_breaks=True)
    base = target_scores(values, system)
    limits = [natural_breaks(c, 4).upper for c in (*base.layers.T, base.composite)]
    levels, zones = [], []
    for row in draws:
        scores = target_scores(values, system.with_weights(dict(zip(system.codes, row, strict=True))))
        economy, land, level = (
            classify(c, upper) for c, upper in zip((*scores.layers.T, scores.composite), limits, strict=True)
        )
        levels.append(level)
        zones.append(cross_tabulate(economy, land, COMPLETED).zone)
    assert result.level_kept == pytest.approx((np.array(levels) == result.level).mean(axis=0))
    assert result.zone_kept == pytest.approx((np.array(zones) == result.zone).mean(axis=0))


def test_fixed_breaks_hold_with_and_without_draws():
    system, values = system_and_values()
    fixed = [np.array([20.0, 40, 60, 100])] * 3
    result = stable(values, system, dirichlet_weights(WEIGHTS, 0.3, 5, seed=2), fixed=fixed)
    scores = target_scores(values, system)
    np.testing.assert_array_equal(result.level, classify(scores.composite, fixed[2]))


def test_dirichlet_weights_have_the_spread_that_is_stated():
    draws = dirichlet_weights(WEIGHTS, 0.2, 200_000, seed=7)
    assert draws.sum(axis=1) == pytest.approx(np.ones(len(draws)))
    concentration = 17 / 0.2**2 - 1
    assert draws.mean(axis=0) == pytest.approx(WEIGHTS, rel=5e-3)
    deviation = np.sqrt(WEIGHTS * (1 - WEIGHTS) / (concentration + 1))
    assert draws.std(axis=0) == pytest.approx(deviation, rel=1e-2)
    even = dirichlet_weights(np.full(18, 1 / 18), 0.2, 200_000, seed=7)
    assert (even.std(axis=0) * 18) == pytest.approx(np.full(18, 0.2), rel=1e-2)


def test_a_weight_of_0_stays_0_and_the_seed_decides():
    weights = np.array([0.5, 0.3, 0.2, 0.0])
    draws = dirichlet_weights(weights, 0.3, 50, seed=1)
    assert not draws[:, 3].any()
    np.testing.assert_array_equal(draws, dirichlet_weights(weights, 0.3, 50, seed=1))
    assert (draws != dirichlet_weights(weights, 0.3, 50, seed=2)).any()


def test_weights_that_cannot_vary_are_named():
    with pytest.raises(ParcelDataError, match="one indicator"):
        dirichlet_weights(np.array([1.0, 0.0]), 0.2, 10, 1)
    with pytest.raises(ParcelDataError, match="less than 100 %"):
        dirichlet_weights(np.array([0.5, 0.5]), 1.0, 10, 1)


def test_one_at_a_time_by_hand():
    rows = one_at_a_time(np.array([0.5, 0.3, 0.2]), 0.2)
    assert rows[0] == pytest.approx([0.4, 0.36, 0.24])
    assert rows[1] == pytest.approx([0.6, 0.24, 0.16])
    assert rows[3] == pytest.approx([0.5 * 0.64 / 0.7, 0.36, 0.2 * 0.64 / 0.7])
    assert rows.sum(axis=1) == pytest.approx(np.ones(6))
    np.testing.assert_array_equal(one_at_a_time(np.array([1.0, 0.0]), 0.2), [[1, 0]] * 4)


@pytest.mark.parametrize(
    ("value", "reached"),
    [
        (1, [1 / 2, 1, 2]),
        (3, [2, 3, 4]),
        (2, [1, 2, 3]),
        (1 / 3, [1 / 4, 1 / 3, 1 / 2]),
        (1 / 2, [1 / 3, 1 / 2, 1]),
        (9, [8, 9, 9]),
        (1 / 9, [1 / 9, 1 / 9, 1 / 8]),
        (12, [11, 12, 12]),
        (1.5, [1 / 1.5, 1.5, 2.5]),
    ],
)
def test_a_judgement_moves_one_step_of_saatys_scale(value, reached):
    matrix = np.array([[1, value], [1 / value, 1]])
    moved = [moved_matrix(matrix, np.array([step])) for step in (-1, 0, 1)]
    assert all(m[0, 0] == m[1, 1] == 1 and m[0, 1] * m[1, 0] == pytest.approx(1) for m in moved)
    assert [m[0, 1] for m in moved] == pytest.approx(reached)


def table(matrix=((1, 3, 5), (1 / 3, 1, 2), (1 / 5, 1 / 2, 1))):
    names = ("output", "tax", "scale")
    return read_judgements(
        {"parent": "goal", "a": names[i], "b": names[j], "value": matrix[i][j]}
        for i in range(3)
        for j in range(i + 1, 3)
    )


def test_drawn_judgements_are_all_27_neighbours_equally_often():
    codes = ("scale", "output", "tax")
    draws, cr = judgement_weights(table(), codes, 5400, seed=3)
    neighbours = []
    for steps in np.ndindex(3, 3, 3):
        result = priorities(moved_matrix(table().nodes[0].matrix, np.array(steps) - 1))
        neighbours.append((*result.weights[[2, 0, 1]].round(9), round(result.cr, 9)))
    drawn = Counter(map(tuple, np.column_stack([draws, cr]).round(9)))
    assert len(set(neighbours)) == 27 and set(drawn) == set(neighbours)
    assert all(140 < count < 260 for count in drawn.values())
    np.testing.assert_array_equal(judgement_weights(table(), codes, 5400, seed=3)[0], draws)


def test_drawn_judgements_multiply_down_the_hierarchy():
    rows = [
        {"parent": "goal", "a": "effic", "b": "access", "value": 4},
        {"parent": "effic", "a": "output", "b": "tax", "value": 2},
        {"parent": "access", "a": "acc_now", "b": "acc_plan", "value": 1},
    ]
    judgements, seen = read_judgements(rows), []
    codes = ("output", "tax", "acc_now", "acc_plan")
    draws, cr = judgement_weights(judgements, codes, 400, 1, seen.append)
    nodes = len(judgements.nodes)
    assert seen == pytest.approx([number / nodes for number in range(nodes)])
    assert draws.sum(axis=1) == pytest.approx(np.ones(400))
    assert not cr.any()
    effic = draws[:, :2].sum(axis=1)
    assert set(effic.round(9)) == {0.75, 0.8, round(5 / 6, 9)}
    assert set((draws[:, 0] / effic).round(9)) == {0.5, round(2 / 3, 9), 0.75}
    assert len(np.unique(draws.round(9), axis=0)) == 27, "nodes vary by themselves"


def test_pairs_that_nobody_judged_stay_open():
    matrix = np.array([[1, 3, np.nan], [1 / 3, 1, 2], [np.nan, 1 / 2, 1]])
    moved = moved_matrix(matrix, np.array([1, 1, -1]))
    np.testing.assert_array_equal(np.isnan(moved), np.isnan(matrix))


def test_influences_rank_the_weight_that_moves_zones_first():
    system, values = system_and_values()
    alone = one_at_a_time(WEIGHTS, 0.2)
    draws = dirichlet_weights(WEIGHTS, 0.2, 60, seed=1)
    drawn, changed = stable(values, system, draws), stable(values, system, alone)
    found = influences(system, WEIGHTS, draws, drawn, changed)
    assert sorted(one.indicator for one in found) == sorted(system.codes)
    swings = [max(one.fewer[0], one.more[0]) for one in found]
    assert swings == sorted(swings, reverse=True) and swings[0] > 0
    stats = pytest.importorskip("scipy.stats")
    for one in found:
        j = system.codes.index(one.indicator)
        assert one.fewer[0] == changed.zone_changed[2 * j] and one.more[0] == changed.zone_changed[2 * j + 1]
        rho = stats.spearmanr(np.abs(draws[:, j] - WEIGHTS[j]), drawn.zone_changed)[0]
        assert one.correlation == pytest.approx(rho)
        assert one.low < one.weight < one.high


def test_a_draw_with_fewer_values_than_levels_is_left_out():
    # Two flags of the land layer make four scores, but only three where they weigh the same.
    generator = np.random.default_rng(2)
    rows = [replace(PRESET.indicators[p], direction="benefit", target=1.0) for p in (0, 1, 15, 16)]
    system = IndexSystem(tuple(rows)).normalised()
    values = np.column_stack([generator.random((60, 2)), generator.integers(0, 2, (60, 2))])
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    draws = np.array([weights, [0.4, 0.3, 0.15, 0.15], [0.3, 0.4, 0.2, 0.1]])
    result = stable(values, system, draws, weights=weights)
    assert result.left_out == 1
    assert np.isnan(result.zone_changed).tolist() == [False, True, False]
    assert set(result.zone_kept) <= {0.5, 1.0}


def test_too_few_values_without_draws_are_an_error():
    system, values = system_and_values()
    with pytest.raises(ParcelDataError, match="l_land has only 1"):
        values[:, 14:] = values[0, 14:]
        stable(values, system, WEIGHTS[None])


def test_stability_has_four_classes():
    kept = np.array([0, 0.499, 0.5, 0.799, 0.8, 0.949, 0.95, 1, NAN])
    assert stability_class(kept).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 0]


def test_progress_moves_and_may_cancel():
    system, values = system_and_values()
    seen = []
    stable(values, system, dirichlet_weights(WEIGHTS, 0.2, 300, 1), progress=seen.append)
    assert seen == sorted(seen) and len(seen) > 4 and seen[0] >= 0 and seen[-1] <= 1
    assert 0.9 in seen, "all draws are done before what is made of them"

    def cancel(fraction):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        stable(values, system, dirichlet_weights(WEIGHTS, 0.2, 300, 1), progress=cancel)


def test_a_tornado_escapes_its_labels_and_takes_gaps():
    svg = tornado(["<b>", "用地年总产值"], [0.2, NAN], [0.1, 0.0], "less", "more")
    assert "&lt;b&gt;" in svg and "<b>" not in svg and svg.count("<rect") == 4
    assert "20.0 %" in svg and "nan" not in svg


def test_a_parcel_at_a_fixed_limit_stays_there_however_its_score_is_rounded():
    system, values = system_and_values()
    scores = target_scores(values, system)
    columns = [np.sort(column) for column in (*scores.layers.T, scores.composite)]
    for first in range(10):
        fixed = [column[[first + 20, first + 90, first + 160, -1]] for column in columns]
        result = stable(values, system, WEIGHTS[None], fixed=fixed)
        np.testing.assert_array_equal(result.level, classify(scores.composite, fixed[2]))
        assert set(result.zone_kept) == {1.0}


def test_the_matrix_says_how_many_levels_there_are():
    cells = np.array([[5, 4, 3], [2, 1, 1]])
    matrix = ZoneMatrix(cells, np.zeros_like(cells, dtype=bool), "user")
    system, values = system_and_values()
    draws = dirichlet_weights(WEIGHTS, 0.3, 30, seed=4)
    result = stable(values, system, draws, matrix=matrix)
    zones = []
    for row in (WEIGHTS, *draws):
        scores = target_scores(values, system.with_weights(dict(zip(system.codes, row, strict=True))))
        economy, land = (
            classify(column, natural_breaks(column, classes).upper)
            for column, classes in zip(scores.layers.T, (2, 3), strict=True)
        )
        zones.append(cross_tabulate(economy, land, matrix).zone)
    np.testing.assert_array_equal(result.zone, zones[0])
    assert result.zone_kept == pytest.approx((np.array(zones[1:]) == zones[0]).mean(axis=0))
