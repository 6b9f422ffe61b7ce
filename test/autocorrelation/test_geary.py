"""Geary's C: arithmetic, spdep's C, esda, and the distribution over all permutations."""

import csv
import itertools
import math

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.geary import geary
from parcel_agglomeration.algorithms.autocorrelation.global_moran import (
    deviations,
    global_moran,
    permuted_sums,
    weight_sums,
)
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.errors import ParcelDataError

LINE = SpatialWeights.from_pairs([0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2], 4)
# One-sided pairs, unequal weights, a site without neighbours.
UNEVEN = SpatialWeights.from_pairs([0, 1, 3, 3, 2], [1, 2, 1, 0, 1], 6, [0.5, 2.0, 1.0, 0.25, 3.0])
VALUES = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])


def test_line_of_four():
    # (n - 1) / (2 S0) * 6 steps of 1 / 5 = 3 / 12 * 6 / 5
    assert geary([1, 2, 3, 4], LINE).c == pytest.approx(0.3, abs=1e-15)


def test_c_is_the_only_one_expected_where_nothing_is_near():
    result = geary(VALUES, UNEVEN)
    assert result.expected == 1.0
    everything = [geary(p, UNEVEN).c for p in set(itertools.permutations(VALUES))]
    assert np.mean(everything) == pytest.approx(1.0, abs=1e-14)
    assert np.var(everything) == pytest.approx(result.variance_rand, rel=1e-12)


@pytest.mark.parametrize("style", ["W", "B"])
def test_as_spdep(cases, read_gal, read_table, style):
    """C of spdep's geary; sites without neighbours stay (adjust.n FALSE)."""
    checked = 0
    for table in sorted(cases.glob("sa_*/expected/spdep_*_global.csv")):
        with open(table, newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["style"] == style and row["geary_C"] != "NA"]
        for row in rows:
            column = table.with_name(table.name.replace("_global.csv", f"_{row['variable']}_local.csv"))
            if (int(row["islands"]) and row["adjust_n"] == "TRUE") or not column.exists():
                continue
            values = read_table(column)["value"]
            weights = read_gal(table.with_name(table.name.replace("_global.csv", ".gal")), values.size)
            found = geary(values, weights.row_standardised() if style == "W" else weights)
            assert found.c == pytest.approx(float(row["geary_C"]), rel=1e-9), (row["case"], row["variable"])
            checked += 1
    assert checked >= 15


def test_as_esda():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal")
    rng = np.random.default_rng(11)
    near = [rng.choice(np.delete(np.arange(200), i), 6, replace=False) for i in range(200)]
    shared = libpysal.weights.W({i: row.tolist() for i, row in enumerate(near)}, silence_warnings=True)
    weights = SpatialWeights.from_pairs(np.repeat(np.arange(200), 6), np.concatenate(near), 200)
    values = rng.gamma(1.0, size=200)
    np.random.seed(1)
    theirs = esda.Geary(values, shared, permutations=9999)
    ours = geary(values, weights.row_standardised(), 9999, alternative="directed")
    assert ours.c == pytest.approx(theirs.C, abs=1e-12)
    assert ours.variance_norm == pytest.approx(theirs.VC_norm, rel=1e-12)
    assert ours.variance_rand == pytest.approx(theirs.VC_rand, rel=1e-12)
    assert (ours.z_norm, ours.z_rand) == pytest.approx((theirs.z_norm, theirs.z_rand), rel=1e-9)
    # esda's p are those of one tail.
    assert (ours.p_norm, ours.p_rand) == pytest.approx((2 * theirs.p_norm, 2 * theirs.p_rand), rel=1e-9)
    assert abs(ours.p_sim - theirs.p_sim) < 5 * math.sqrt(2 * theirs.p_sim * (1 - theirs.p_sim) / 9999)


@pytest.mark.parametrize("weights", [UNEVEN, UNEVEN.row_standardised()])
def test_pseudo_p_against_all_permutations(weights):
    everything = np.array([geary(np.array(p), weights).c for p in itertools.permutations(VALUES)])
    observed = geary(VALUES, weights).c
    exact = min((everything >= observed - 1e-9).mean(), (everything <= observed + 1e-9).mean())
    found = geary(VALUES, weights, 20_000, alternative="directed").p_sim
    assert abs(found - exact) < 5 * math.sqrt(exact * (1 - exact) / 20_000) + 1e-4


def test_shared_permutations_give_the_numbers_of_own_ones():
    permuted = permuted_sums(deviations(VALUES, UNEVEN), UNEVEN, 999, 5)
    sums = weight_sums(UNEVEN)
    for statistic in (global_moran, geary):
        shared = statistic(VALUES, UNEVEN, 999, 5, sums=sums, permuted=permuted)
        assert shared == statistic(VALUES, UNEVEN, 999, 5)


def test_unit_and_origin_do_not_matter():
    far = geary(VALUES * 1e-7 + 1e3, UNEVEN)
    assert far.c == pytest.approx(geary(VALUES, UNEVEN).c, rel=1e-5)


def test_equal_values_have_no_statistic():
    result = geary(np.full(4, 0.1), LINE, 99)
    assert result.expected == 1.0 and result.permutations == 99
    assert np.isnan([result.c, result.variance_rand, result.z_rand, result.p_rand, result.p_sim]).all()


def test_everyone_a_neighbour_of_everyone_leaves_nothing_to_test():
    i, j = np.nonzero(~np.eye(6, dtype=bool))
    result = geary(VALUES, SpatialWeights.from_pairs(i, j, 6), 99)
    assert result.c == pytest.approx(1.0, abs=1e-14) and math.isnan(result.z_rand)
    assert result.p_sim == 1.0


@pytest.mark.parametrize(
    "values, weights, named",
    [
        ([1, 2, np.nan, 4], LINE, "1 of 4 values .* position 2; exclude"),
        ([1, 2, 3], SpatialWeights.from_pairs([0], [1], 3), "at least 4 parcels"),
        ([1, 2, 3, 4], SpatialWeights.from_pairs([], [], 4), "None of the 4 parcels has a neighbour"),
    ],
)
def test_unusable_input_is_named(values, weights, named):
    with pytest.raises(ParcelDataError, match=named):
        geary(values, weights)
