"""Weights: what holds for every comparison matrix, every column and every draw."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from parcel_agglomeration.algorithms.indicators.index_system import preset
from parcel_agglomeration.algorithms.scoring.target_scores import derive_targets, target_scores
from parcel_agglomeration.algorithms.weighting.ahp import (
    COMPLETIONS,
    METHODS,
    hierarchy_weights,
    priorities,
    reciprocal_matrix,
)
from parcel_agglomeration.algorithms.weighting.combine_weights import METHODS as COMBINATIONS
from parcel_agglomeration.algorithms.weighting.combine_weights import combined_weights
from parcel_agglomeration.algorithms.weighting.group import aggregate_judgements, group_consensus
from parcel_agglomeration.algorithms.weighting.judgements import matrix_to_rows, read_judgements
from parcel_agglomeration.algorithms.weighting.objective_weights import METHODS as OBJECTIVE
from parcel_agglomeration.algorithms.weighting.objective_weights import objective_weights
from parcel_agglomeration.algorithms.weighting.random_index import SAATY_RI
from parcel_agglomeration.algorithms.weighting.weight_sensitivity import (
    ScoredIndicators,
    dirichlet_weights,
    moved_matrix,
    one_at_a_time,
    stability,
)
from parcel_agglomeration.algorithms.zoning.zone_matrix import preset_matrix

HALF = settings(max_examples=settings.default.max_examples // 2)
SAATY = st.sampled_from([1 / 9, 1 / 7, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 1, 2, 3, 4, 5, 7, 9])

methods = st.sampled_from(METHODS)


@st.composite
def judged(draw, fewest=2, most=8, judgement=SAATY):
    """Reciprocal matrices of any consistency."""
    n = draw(st.integers(fewest, most))
    matrix = np.eye(n)
    upper = np.triu_indices(n, 1)
    matrix[upper] = draw(st.lists(judgement, min_size=upper[0].size, max_size=upper[0].size))
    matrix.T[upper] = 1 / matrix[upper]
    return matrix


def weight_lists(fewest=2, most=8):
    """Weights with sum 1, some of them 0."""
    parts = st.lists(st.one_of(st.floats(0.01, 10), st.just(0.0)), min_size=fewest, max_size=most)
    return parts.map(np.array).filter(lambda p: np.count_nonzero(p) > 1).map(lambda p: p / p.sum())


# Comparison matrices


@given(judged(), methods)
def test_priorities_are_those_of_their_definition(matrix, method):
    n = len(matrix)
    result = priorities(matrix, method)
    assert result.weights.sum() == pytest.approx(1, abs=1e-12)
    assert (result.weights > 0).all()
    product = matrix @ result.weights / result.weights
    if method == "eigenvector":
        np.testing.assert_allclose(product, result.lambda_max, rtol=1e-8)
    else:
        assert result.lambda_max == pytest.approx(max(product.mean(), n), rel=1e-12)
    assert result.ci == pytest.approx((result.lambda_max - n) / (n - 1) if n > 2 else 0, abs=1e-12)
    assert result.cr == pytest.approx(result.ci / SAATY_RI[n - 1] if n > 2 else 0, abs=1e-12)
    assert result.consistent == (result.cr < 0.1)


@given(judged(fewest=3), methods)
def test_no_other_matrix_of_ratios_is_nearer_than_that_of_the_geometric_mean(matrix, method):
    """The geometric mean minimises the squared logarithms, and GCI is their least sum per judgement."""

    def squares(weights):
        residuals = np.log(matrix * weights / weights[:, None])[np.triu_indices(len(matrix), 1)]
        return float((residuals**2).sum())

    n = len(matrix)
    least = squares(priorities(matrix, "geometric-mean").weights)
    assert least <= squares(priorities(matrix, method).weights) + 1e-9
    gci = priorities(matrix, method).gci
    assert gci == pytest.approx(2 * least / ((n - 1) * (n - 2)), rel=1e-9, abs=1e-12)


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=9), methods, st.floats(0.01, 100))
def test_consistent_judgements_return_the_ratios_and_no_inconsistency(vector, method, factor):
    weights = np.array(vector) * factor
    matrix = weights[:, None] / weights
    assume(matrix.max() <= 1e4)
    result = priorities(matrix, method)
    np.testing.assert_allclose(result.weights[:, None] / result.weights, matrix, rtol=1e-9)
    assert (result.cr, result.gci) == pytest.approx((0, 0), abs=1e-9)
    assert result.cr >= 0


@given(judged(), methods, st.data())
def test_a_reordered_matrix_has_reordered_weights(matrix, method, data):
    order = data.draw(st.permutations(range(len(matrix))))
    plain, other = priorities(matrix, method), priorities(matrix[np.ix_(order, order)], method)
    np.testing.assert_allclose(other.weights, plain.weights[order], rtol=1e-7)
    assert (other.cr, other.gci) == pytest.approx((plain.cr, plain.gci), abs=1e-8)


@given(judged(judgement=st.floats(1 / 9, 9)))
def test_turned_judgements_turn_the_ranking_and_keep_the_inconsistency(matrix):
    plain, turned = priorities(matrix, "geometric-mean"), priorities(matrix.T, "geometric-mean")
    products = plain.weights * turned.weights
    np.testing.assert_allclose(products, products[0], rtol=1e-10)
    assert turned.gci == pytest.approx(plain.gci, rel=1e-9, abs=1e-12)
    assert priorities(matrix.T).lambda_max == pytest.approx(priorities(matrix).lambda_max, rel=1e-9)


@given(judged(judgement=st.floats(1 / 9, 9)), st.data())
def test_one_side_of_the_diagonal_is_enough(matrix, data):
    n = len(matrix)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))).reshape(n, n)
    half = np.where(np.triu(kept, 1) | np.triu(~kept, 1).T, matrix, np.nan)
    full = reciprocal_matrix(half)
    off = ~np.eye(n, dtype=bool)
    np.testing.assert_allclose(full[off], matrix[off], rtol=1e-12)
    np.testing.assert_array_equal(reciprocal_matrix(full), full)


@HALF
@given(st.lists(st.floats(0.1, 10), min_size=3, max_size=7), methods, st.sampled_from(COMPLETIONS), st.data())
def test_any_judgements_that_connect_give_the_consistent_weights(vector, method, completion, data):
    weights = np.array(vector)
    n = weights.size
    given_ = np.eye(n, dtype=bool)
    for i in range(1, n):
        j = data.draw(st.integers(0, i - 1))
        given_[i, j] = True
    given_ |= np.array(data.draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))).reshape(n, n)
    matrix = np.where(given_ | given_.T, weights[:, None] / weights, np.nan)
    result = priorities(matrix, method, completion=completion)
    np.testing.assert_allclose(result.weights, weights / weights.sum(), rtol=1e-6)
    assert result.cr == pytest.approx(0, abs=1e-8)


@HALF
@given(st.lists(judged(fewest=2, most=4), min_size=3, max_size=3), methods)
def test_weights_of_a_hierarchy_multiply_and_sum_to_1(matrices, method):
    names = ["left", "right"]
    top = np.array([[1, matrices[0][0, 1]], [matrices[0][1, 0], 1]])
    leaves = [[f"{name}{k}" for k in range(len(m))] for name, m in zip(names, matrices[1:], strict=True)]
    rows = matrix_to_rows("goal", names, top.tolist())
    for name, matrix, children in zip(names, matrices[1:], leaves, strict=True):
        rows += matrix_to_rows(name, children, matrix.tolist())
    result = hierarchy_weights(read_judgements(rows), method)
    found = dict(zip(result.leaves, result.weights.tolist(), strict=True))
    above = priorities(top, method).weights
    for share, matrix, children in zip(above, matrices[1:], leaves, strict=True):
        local = priorities(matrix, method).weights
        np.testing.assert_allclose([found[name] for name in children], share * local, rtol=1e-12)
    assert sum(found.values()) == pytest.approx(1, abs=1e-12)
    assert result.max_cr == max(node.result.cr for node in result.nodes)


@given(st.lists(judged(fewest=4, most=4), min_size=1, max_size=4), st.data())
def test_judgements_of_a_group_stay_reciprocal_and_between_its_experts(matrices, data):
    count = len(matrices)
    shares = data.draw(st.lists(st.floats(0.1, 10), min_size=count, max_size=count))
    result = aggregate_judgements(matrices, shares)
    np.testing.assert_allclose(result * result.T, 1, rtol=1e-12)
    assert (result >= np.min(matrices, axis=0) * (1 - 1e-12)).all()
    assert (result <= np.max(matrices, axis=0) * (1 + 1e-12)).all()
    alike = aggregate_judgements([matrices[0]] * count, shares)
    np.testing.assert_allclose(alike, matrices[0], rtol=1e-12)


@given(st.lists(judged(fewest=4, most=4), min_size=2, max_size=4))
def test_consensus_is_full_among_the_like_minded_alone(matrices):
    opinions = [priorities(matrix).weights for matrix in matrices]
    found = group_consensus(opinions)
    assert 0 <= found <= 1
    assert group_consensus([opinions[0]] * 3) == pytest.approx(1, abs=1e-9)
    if np.ptp(opinions, axis=0).max() > 0.01:
        assert found < 1 - 1e-9
    assert group_consensus(opinions[::-1]) == pytest.approx(found, abs=1e-12)


# Objective and combined weights

tables = arrays(float, st.tuples(st.integers(2, 12), st.integers(2, 5)), elements=st.floats(0, 1, width=32))


@given(tables, st.sampled_from(OBJECTIVE), st.randoms(use_true_random=False))
def test_objective_weights_sum_to_1_whatever_the_order(values, method, random):
    values = np.round(values, 3)
    assume((np.ptp(values, axis=0) > 0).sum() > 1)
    # All correlate by 1: no conflict to weigh by.
    varying = values[:, np.ptp(values, axis=0) > 0]
    assume(method != "critic" or np.corrcoef(varying, rowvar=False).min() < 0.999)
    result = objective_weights(values, method)
    assert result.weights.sum() == pytest.approx(1, abs=1e-12)
    assert (result.weights >= 0).all()
    assert not result.weights[np.ptp(values, axis=0) == 0].any()
    rows, columns = list(range(len(values))), list(range(values.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    other = objective_weights(values[np.ix_(rows, columns)], method)
    np.testing.assert_allclose(other.weights, result.weights[columns], atol=1e-9)
    scaled = objective_weights(values * 100, method)
    np.testing.assert_allclose(scaled.weights, result.weights, atol=1e-9)
    if method != "entropy":
        # The evenness of entropy depends on ln n; spread and correlation do not.
        twice = objective_weights(np.vstack([values, values]), method)
        np.testing.assert_allclose(twice.weights, result.weights, atol=1e-9)


@given(tables, st.sampled_from(OBJECTIVE), st.data())
def test_parcels_with_a_gap_do_not_count(values, method, data):
    values = np.round(values, 3)
    assume((np.ptp(values, axis=0) > 0).all() and (values.sum(axis=0) > 0).all())
    assume(method != "critic" or np.corrcoef(values, rowvar=False).min() < 0.999)
    gap = np.full((1, values.shape[1]), 0.7)
    gap[0, data.draw(st.integers(0, values.shape[1] - 1))] = np.nan
    result = objective_weights(np.vstack([gap, values, gap]), method)
    np.testing.assert_array_equal(result.weights, objective_weights(values, method).weights)
    assert result.parcels == len(values)


@given(arrays(float, st.tuples(st.integers(3, 12), st.integers(2, 4)), elements=st.integers(0, 9)))
def test_objective_measures_are_those_of_their_formulas(values):
    assume((np.ptp(values, axis=0) > 0).all())
    n = len(values)
    found = objective_weights(values, "deviation")
    shares = values / values.sum(axis=0)
    entropy = [-sum(p * math.log(p) for p in column if p > 0) / math.log(n) for column in shares.T]
    np.testing.assert_allclose(found.entropy, entropy, rtol=1e-12, atol=1e-12)
    assert ((found.entropy >= 0) & (found.entropy <= 1)).all()
    np.testing.assert_allclose(found.conflict, (1 - np.corrcoef(values.T)).sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(found.weights, values.std(axis=0) / values.std(axis=0).sum(), rtol=1e-12)


@given(st.data(), st.sampled_from(COMBINATIONS), st.floats(0, 1), st.tuples(*[st.floats(0, 3)] * 2))
def test_combined_weights_sum_to_1_and_do_not_know_the_order(data, method, alpha, exponents):
    first = data.draw(weight_lists(3, 6))
    second = data.draw(weight_lists(first.size, first.size))
    assume((first * second).any())

    def combined(a, b, of=method, powers=exponents, share=alpha):
        return combined_weights(a, b, of, powers, share)

    result = combined(first, second)
    assert result.sum() == pytest.approx(1, abs=1e-12)
    assert (result >= 0).all()
    order = data.draw(st.permutations(range(first.size)))
    np.testing.assert_allclose(combined(first[order], second[order]), result[order], rtol=1e-12)
    np.testing.assert_allclose(combined(first * 7, second / 3), result, rtol=1e-9)
    turned = combined(second, first, method, exponents[::-1], 1 - alpha)
    np.testing.assert_allclose(turned, result, rtol=1e-9, atol=1e-15)
    # One set alone is what it was; equal sets are their own mean.
    np.testing.assert_allclose(combined(first, second, method, (1, 0), 1), first, rtol=1e-9)
    np.testing.assert_allclose(combined(first, first, method, (0.5, 0.5)), first, rtol=1e-9)
    if method == "linear":
        assert (result <= np.maximum(first, second) + 1e-12).all()
        assert (result >= np.minimum(first, second) - 1e-12).all()


# Sensitivity


@given(weight_lists(), st.floats(0.01, 0.9))
def test_one_weight_moves_and_the_others_keep_their_proportions(weights, change):
    rows = one_at_a_time(weights, change)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)
    assert (rows >= 0).all()
    for j, (fewer, more) in enumerate(rows.reshape(-1, 2, weights.size)):
        assert fewer[j] == pytest.approx(weights[j] * (1 - change))
        assert more[j] == pytest.approx(min(1, weights[j] * (1 + change)))
        for row in (fewer, more):
            # w_a / w_b stays for all but j, without dividing.
            cross = np.outer(row, weights) - np.outer(weights, row)
            others = np.delete(np.delete(cross, j, axis=0), j, axis=1)
            np.testing.assert_allclose(others, 0, atol=1e-12)


@given(weight_lists(3), st.floats(0.05, 0.5), st.integers(0, 2**31))
def test_drawn_weights_sum_to_1_and_keep_their_zeros(weights, spread, seed):
    drawn = dirichlet_weights(weights, spread, 2000, seed)
    np.testing.assert_allclose(drawn.sum(axis=1), 1, rtol=1e-12)
    assert (drawn >= 0).all()
    assert not drawn[:, weights == 0].any()
    used = np.count_nonzero(weights)
    deviation = np.sqrt(weights * (1 - weights)) * spread / math.sqrt(used - 1)
    # Six standard errors of a mean; the deviation of skewed weights, near 0 or 1, is known less well.
    assert (np.abs(drawn.mean(axis=0) - weights) <= 6 * deviation / math.sqrt(2000) + 1e-15).all()
    usual = (weights * used > 0.5) & (weights < 0.9)
    np.testing.assert_allclose(drawn.std(axis=0)[usual], deviation[usual], rtol=0.2)


@given(judged(), st.data())
def test_moved_judgements_stay_reciprocal_on_the_scale_and_come_back(matrix, data):
    pairs = len(matrix) * (len(matrix) - 1) // 2
    steps = np.array(data.draw(st.lists(st.integers(-1, 1), min_size=pairs, max_size=pairs)))
    moved = moved_matrix(matrix, steps)
    np.testing.assert_allclose(moved * moved.T, 1, rtol=1e-12)
    assert moved.max() <= 9 + 1e-9
    upper = np.triu_indices(len(matrix), 1)
    difference = np.sign(np.round(moved[upper] - matrix[upper], 9))
    at_end = np.isclose(np.abs(np.log(matrix[upper])), math.log(9))
    np.testing.assert_array_equal(difference[~at_end], steps[~at_end])
    inner = np.where(at_end, 0, steps)
    np.testing.assert_allclose(moved_matrix(moved_matrix(matrix, inner), -inner), matrix, rtol=1e-12)


PRESET = preset()


@HALF
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.5), st.booleans(), st.booleans())
def test_shares_of_draws_are_shares(seed, spread, gaps, keep_breaks):
    generator = np.random.default_rng(seed)
    values = np.column_stack(
        [
            generator.integers(0, 2, 40) if row.direction == "flag" else generator.uniform(1, 10, 40)
            for row in PRESET.indicators
        ]
    ).astype(float)
    if gaps:
        values[generator.integers(0, 40, 5), generator.integers(0, 18, 5)] = np.nan
    system = derive_targets(PRESET, values)
    scores = target_scores(values, system, "renormalise")
    scored = ScoredIndicators(scores, system)
    weights = np.array([row.weight for row in system.indicators])
    whole = scored.under(weights[None])
    for found, expected in zip(whole, (*scores.layers.T, scores.composite), strict=True):
        np.testing.assert_allclose(found[0], expected[scored.parcels], rtol=1e-12)

    draws = dirichlet_weights(weights, spread, 15, seed)
    result = stability(scored, weights, draws, preset_matrix("completed"), 40, keep_breaks=keep_breaks)
    for shares in (result.level_kept, result.zone_kept, result.level_changed, result.zone_changed):
        known = shares[~np.isnan(shares)]
        assert ((known >= 0) & (known <= 1)).all()
    # What the parcels keep and what the draws change is one count from two sides.
    assert np.nanmean(result.level_kept) == pytest.approx(1 - np.nanmean(result.level_changed))
    assert np.nanmean(result.zone_kept) == pytest.approx(1 - np.nanmean(result.zone_changed))
    known = ~np.isnan(result.mean)
    assert (result.low[known] <= result.mean[known] + 1e-9).all()
    assert (result.mean[known] <= result.high[known] + 1e-9).all()
    still = stability(scored, weights, np.repeat(weights[None], 3, axis=0), preset_matrix("completed"), 40)
    assert (still.level_kept[known] == 1).all() and not still.moved.any()
    assert not still.level_changed.any() and not still.zone_changed.any()
