"""Join counts: all permutations of small cases, spdep's printed figures, esda for two classes."""

import itertools
import math
import os

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation import permuted
from parcel_agglomeration.algorithms.autocorrelation.join_counts import TOTAL, join_counts
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import k_nearest
from parcel_agglomeration.algorithms.autocorrelation.pysal_engine import libpysal_weights
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.errors import ParcelDataError

RING = SpatialWeights.from_pairs(
    np.tile(np.arange(7), 2), np.r_[np.roll(np.arange(7), 1), np.roll(np.arange(7), -1)], 7
)
# One-sided pairs, unequal weights, a site without neighbours.
UNEVEN = SpatialWeights.from_pairs([0, 1, 3, 3, 2, 4], [1, 2, 1, 0, 1, 5], 7, [0.5, 2, 1, 0.25, 3, 1])
CODES = np.array([0, 0, 1, 2, 1, 1, 0])


def rook(rows, columns):
    cells = np.arange(rows * columns).reshape(rows, columns)
    i = np.r_[cells[1:].ravel(), cells[:, 1:].ravel()]
    j = np.r_[cells[:-1].ravel(), cells[:, :-1].ravel()]
    return SpatialWeights.from_pairs(np.r_[i, j], np.r_[j, i], cells.size)


def test_joins_are_counted_once():
    result = join_counts(CODES, 3, RING)
    # The ring 0 0 1 2 1 1 0, closed.
    pairs = list(zip(result.first.tolist(), result.second.tolist(), result.joins.tolist(), strict=True))
    assert pairs == [(0, 0, 2), (0, 1, 2), (0, 2, 0), (1, 1, 1), (1, 2, 2), (2, 2, 0), (TOTAL, TOTAL, 4)]
    assert result.members.tolist() == [3, 3, 1]


@pytest.mark.parametrize("weights", [RING, UNEVEN, UNEVEN.row_standardised()])
@pytest.mark.parametrize("codes", [CODES, np.array([0, 1, 0, 1, 0, 1, 1]), np.array([0, 1, 2, 3, 3, 3, 3])])
def test_moments_are_those_of_all_permutations(weights, codes):
    classes = codes.max() + 1
    result = join_counts(codes, classes, weights)
    everything = np.array(
        [
            join_counts(np.array(p), classes, weights).joins
            for p in set(itertools.permutations(codes.tolist()))
        ]
    )
    np.testing.assert_allclose(result.expected, everything.mean(axis=0), atol=1e-13)
    np.testing.assert_allclose(result.variance, everything.var(axis=0), atol=1e-12)
    varies = everything.var(axis=0) > 1e-9
    np.testing.assert_array_equal(np.isnan(result.z), ~varies)
    score = (result.joins - everything.mean(axis=0))[varies] / everything.std(axis=0)[varies]
    np.testing.assert_allclose(result.z[varies], score, rtol=1e-9)


def test_pseudo_p_against_all_permutations():
    everything = np.array([join_counts(np.array(p), 3, UNEVEN).joins for p in itertools.permutations(CODES)])
    observed = join_counts(CODES, 3, UNEVEN).joins
    exact = np.minimum(
        (everything >= observed - 1e-9).mean(axis=0), (everything <= observed + 1e-9).mean(axis=0)
    )
    found = join_counts(CODES, 3, UNEVEN, 20_000, alternative="directed").p_sim
    assert (np.abs(found - exact) < 5 * np.sqrt(exact * (1 - exact) / 20_000) + 1e-4).all()
    both = join_counts(CODES, 3, UNEVEN, 20_000).p_sim
    np.testing.assert_allclose(both, np.minimum(1, 2 * found))


def test_many_classes_and_blocks_give_the_same_in_any_number_of_threads(monkeypatch):
    codes = np.random.default_rng(4).integers(0, 20, 10_000)
    monkeypatch.setattr(permuted, "BLOCK", 500_000)
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        found.append(join_counts(codes, 20, rook(100, 100), 29).p_sim)
    np.testing.assert_array_equal(*found)
    assert found[0].size == 211 and 0.3 < found[0].mean() < 0.9


def test_checkerboard_and_halves():
    """esda's documented example: 4 x 4 cells, half of them black: 10, 4 and 10 joins."""
    halves = join_counts(np.repeat([0, 1], 8), 2, rook(4, 4))
    assert halves.joins.tolist() == [10, 4, 10, 4]
    checkerboard = join_counts(np.indices((4, 4)).sum(axis=0).ravel() % 2, 2, rook(4, 4))
    assert checkerboard.joins.tolist() == [0, 24, 0, 24]
    assert checkerboard.z[1] == checkerboard.z[3] > 4


def test_as_esda():
    esda = pytest.importorskip("esda")
    rng = np.random.default_rng(8)
    flags = (rng.random(100) < 0.4).astype(int)
    weights = rook(10, 10)
    np.random.seed(1)
    theirs = esda.Join_Counts(flags, libpysal_weights(weights), permutations=999)
    ours = join_counts(flags, 2, weights, 999, alternative="directed")
    assert ours.joins.tolist() == [theirs.ww, theirs.bw, theirs.bb, theirs.bw]
    for row, sample in ((2, theirs.sim_bb), (3, theirs.sim_bw)):
        # Five standard errors of a mean of 999; of a variance, sqrt(2 / 999) each.
        assert abs(ours.expected[row] - sample.mean()) < 5 * math.sqrt(ours.variance[row] / 999)
        assert sample.astype(float).var() == pytest.approx(ours.variance[row], rel=5 * math.sqrt(2 / 999))


def test_two_classes_are_one_test_of_difference():
    flags = (np.random.default_rng(8).random(100) < 0.4).astype(int)
    result = join_counts(flags, 2, k_nearest(np.indices((10, 10)).reshape(2, -1).T, 3))
    assert result.joins[1] == result.joins[-1]
    assert (result.expected[1], result.variance[1]) == pytest.approx((result.expected[3], result.variance[3]))


def test_a_rare_class_among_many_keeps_its_score():
    """Three neighbouring cells of a 300 x 300 grid: the variance is far below the square of all joins."""
    codes = np.zeros(90_000, dtype=int)
    codes[:3] = 1
    result = join_counts(codes, 2, rook(300, 300))
    # Two joins where about 3 pairs x (chance 4 / n of being neighbours) are expected, variance alike.
    assert result.joins[2] == 2
    assert result.z[2] == pytest.approx(2 / math.sqrt(3 * 4 / 90_000), rel=0.01)


def test_one_class_leaves_nothing_to_test():
    result = join_counts(np.zeros(7, dtype=int), 1, RING, 99)
    assert result.joins.tolist() == [7, 0] == result.expected.tolist()
    assert np.isnan(result.z).all() and result.p_sim.tolist() == [1, 1]


@pytest.mark.parametrize(
    "codes, weights, named",
    [
        (CODES[:-1], RING, "6 values but 7 parcels"),
        (CODES[:3], SpatialWeights.from_pairs([0], [1], 3), "at least 4 parcels"),
        (CODES, SpatialWeights.from_pairs([], [], 7), "None of the 7 parcels has a neighbour"),
    ],
)
def test_unusable_input_is_named(codes, weights, named):
    with pytest.raises(ParcelDataError, match=named):
        join_counts(codes, 3, weights)


def test_as_spdep(cases, read_gal, read_table):
    """joincount.multi of spdep for crime up to 35 and above, queen, style B, as its help page prints it."""
    folder = cases / "sa_columbus" / "expected"
    crime = read_table(folder / "spdep_queen_crime_local.csv")["value"]
    result = join_counts(crime > 35, 2, read_gal(folder / "spdep_queen.gal", crime.size))
    found = np.c_[result.joins, result.expected, result.variance, result.z][[0, 2, 1, 3]]
    printed = [
        [35.0, 30.102, 19.247, 1.1164],
        [54.0, 27.694, 18.219, 6.1630],
        [29.0, 60.204, 26.630, -6.0468],
        [29.0, 60.204, 26.630, -6.0468],
    ]
    np.testing.assert_allclose(found, printed, atol=0.0005)
    # joincount.test, two more digits of the variances.
    assert result.variance[[0, 2]] == pytest.approx([19.24708, 18.21936], abs=5e-6)


def test_as_spdep_where_not_every_neighbour_is_mutual():
    """Variances of one-sided weights are those of (W + W') / 2, as spdep's listw2U makes them."""
    weights = k_nearest(np.random.default_rng(2).uniform(size=(60, 2)), 4)
    both = SpatialWeights.from_pairs(
        np.r_[weights.rows, weights.indices], np.r_[weights.indices, weights.rows], 60
    )
    dense = np.zeros((60, 60))
    dense[weights.rows, weights.indices] = 0.5
    dense += dense.T
    halves = SpatialWeights(both.indptr, both.indices, dense[both.rows, both.indices])
    codes = np.random.default_rng(3).integers(0, 3, 60)
    one_sided, symmetric = (join_counts(codes, 3, given) for given in (weights, halves))
    for name in ("joins", "expected", "variance", "z"):
        np.testing.assert_allclose(getattr(one_sided, name), getattr(symmetric, name), rtol=1e-12)
