"""Global Moran's I: figures of the method, spdep and esda, exact permutation distribution."""

import csv
import itertools
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation.global_moran import global_moran, weight_sums
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.errors import ParcelDataError


def lattice(rows, columns, diagonal=False):
    """Binary rook (or queen) weights of a grid, cells counted row by row."""
    cells = [divmod(cell, columns) for cell in range(rows * columns)]
    pairs = [
        (a, b)
        for a, (r, c) in enumerate(cells)
        for b, (s, d) in enumerate(cells)
        if a != b and (max(abs(r - s), abs(c - d)) if diagonal else abs(r - s) + abs(c - d)) == 1
    ]
    i, j = zip(*pairs, strict=True)
    return SpatialWeights.from_pairs(i, j, len(cells))


LINE = lattice(1, 4)
ROOK = lattice(4, 4)
CHECKERBOARD = np.indices((4, 4)).sum(axis=0).ravel() % 2
HALVES = np.repeat([0.0, 1.0], 8)
RAMP = np.arange(1.0, 17.0)


def test_line_of_four():
    moran = global_moran([1, 2, 3, 4], LINE)
    assert moran.i == pytest.approx(1 / 3, abs=1e-15)
    assert moran.expected == -1 / 3
    assert moran.variance_norm == pytest.approx(4 / 27, abs=1e-15)
    assert moran.variance_rand == pytest.approx(8 / 45, abs=1e-15)
    assert moran.z_rand == pytest.approx((2 / 3) / math.sqrt(8 / 45))
    assert (moran.n, moran.islands, moran.p_sim, moran.permutations) == (4, 0, None, 0)
    assert global_moran([1, 2, 3, 4], LINE.row_standardised()).i == pytest.approx(0.4, abs=1e-15)


def test_checkerboard_is_perfectly_negative():
    assert global_moran(CHECKERBOARD, ROOK).i == pytest.approx(-1, abs=1e-15)


def test_two_halves():
    assert global_moran(HALVES, ROOK.row_standardised()).i == pytest.approx(0.708333, abs=5e-7)
    queen = lattice(4, 4, diagonal=True).row_standardised()
    assert global_moran(HALVES, queen).i == pytest.approx(0.6125, abs=1e-15)


def test_ramp():
    moran = global_moran(RAMP, ROOK.row_standardised())
    assert moran.i == pytest.approx(0.75, abs=1e-15)
    assert moran.z_rand == pytest.approx(4.220652, abs=5e-7)


def test_p_is_both_tails_of_the_normal_distribution():
    moran = global_moran(RAMP, ROOK.row_standardised())
    assert moran.p_rand == pytest.approx(2 * NormalDist().cdf(-4.220652), rel=1e-5)


@pytest.mark.parametrize("style", ["W", "B"])
def test_as_spdep(cases, read_gal, read_table, style):
    """I, moments, z and p of spdep's moran.test; sites without neighbours stay (adjust.n FALSE)."""
    checked = 0
    for table in sorted(cases.glob("sa_*/expected/spdep_*_global.csv")):
        gal = table.with_name(table.name.replace("_global.csv", ".gal"))
        with open(table, newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["style"] == style]
        for row in rows:
            if int(row["islands"]) and row["adjust_n"] == "TRUE":
                continue
            column = table.with_name(table.name.replace("_global.csv", f"_{row['variable']}_local.csv"))
            if not column.exists():
                continue
            values = read_table(column)["value"]
            weights = read_gal(gal, values.size)
            moran = global_moran(values, weights.row_standardised() if style == "W" else weights)
            assert (moran.n, moran.islands) == (int(row["n_used"]), int(row["islands"]))
            found = (moran.i, moran.expected, moran.variance_rand, moran.z_rand, moran.p_rand)
            expected = [float(row[name]) for name in ("I", "E_I", "Var_rand", "z_rand", "p_rand_two")]
            np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=f"{row['case']} {row['variable']}")
            found = (moran.variance_norm, moran.z_norm, moran.p_norm)
            expected = [float(row[name]) for name in ("Var_norm", "z_norm", "p_norm_two")]
            np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=f"{row['case']} {row['variable']}")
            checked += 1
    assert checked >= 20


def test_pseudo_p_as_spdep(cases, read_gal, read_table):
    """moran.mc of spdep with 9,999 permutations gives the greater tail, one-sided."""
    folder = cases / "sa_nc" / "expected"
    with open(folder / "spdep_queen_global.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["variable"] == "SIDR79" and row["style"] == "B"]
    expected = float(rows[0]["mc_p_greater"])
    values = read_table(folder / "spdep_queen_SIDR79_local.csv")["value"]
    weights = read_gal(folder / "spdep_queen.gal", values.size)
    moran = global_moran(values, weights, 9999, alternative="directed")
    assert abs(moran.p_sim - expected) < 5 * math.sqrt(2 * expected * (1 - expected) / 9999)


@pytest.mark.parametrize(
    "weights",
    [
        LINE,
        lattice(2, 3).row_standardised(),
        # A star, one-sided pairs, a site without neighbours, unequal weights.
        SpatialWeights.from_pairs([0, 0, 0, 0, 0], [1, 2, 3, 4, 5], 6),
        SpatialWeights.from_pairs([0, 1, 3, 3, 2], [1, 2, 1, 0, 1], 5, [0.5, 2.0, 1.0, 0.25, 3.0]),
    ],
)
def test_pseudo_p_against_all_permutations(weights):
    """With n! arrangements listed, the tail of the observed one is known exactly."""
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])[: weights.n]
    z = values - values.mean()
    product = np.array([np.dot(p, weights.lag(np.array(p))) for p in itertools.permutations(z)])
    observed = z @ weights.lag(z)
    exact = min((product >= observed - 1e-9).mean(), (product <= observed + 1e-9).mean())
    moran = global_moran(values, weights, 20_000, alternative="directed")
    assert abs(moran.p_sim - exact) < 5 * math.sqrt(exact * (1 - exact) / 20_000) + 1e-4


def test_variance_under_randomisation_is_that_of_all_permutations():
    weights = SpatialWeights.from_pairs([0, 1, 3, 3, 2], [1, 2, 1, 0, 1], 6, [0.5, 2.0, 1.0, 0.25, 3.0])
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])
    everything = [global_moran(p, weights).i for p in set(itertools.permutations(values))]
    moran = global_moran(values, weights)
    assert np.mean(everything) == pytest.approx(moran.expected, abs=1e-14)
    assert np.var(everything) == pytest.approx(moran.variance_rand, rel=1e-12)


def test_directed_p_is_half_the_two_sided():
    values = np.random.default_rng(4).normal(size=16)
    both = global_moran(values, ROOK, 199)
    one = global_moran(values, ROOK, 199, alternative="directed")
    assert both.p_sim == min(1.0, 2 * one.p_sim)


def test_tied_permutations_count_in_both_tails():
    """One flag among 16 cells of a ring: every arrangement has the same I, nothing is unusual."""
    ring = SpatialWeights.from_pairs(
        np.tile(np.arange(16), 2), np.r_[np.roll(np.arange(16), 1), np.roll(np.arange(16), -1)], 16
    )
    moran = global_moran(np.eye(16)[3] * 100, ring.row_standardised(), 499)
    assert moran.p_sim == 1.0


def test_same_seed_same_p_and_other_seed_other_p():
    values = np.random.default_rng(5).normal(size=64)
    weights = lattice(8, 8).row_standardised()
    first = global_moran(values, weights, 999, seed=7)
    assert first == global_moran(values, weights, 999, seed=7)
    assert first.p_sim != global_moran(values, weights, 999, seed=8).p_sim


def test_sums_computed_once_serve_every_column():
    weights = ROOK.row_standardised()
    assert global_moran(RAMP, weights, sums=weight_sums(weights)) == global_moran(RAMP, weights)


def test_as_esda():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal")
    rng = np.random.default_rng(11)
    near = [rng.choice(np.delete(np.arange(200), i), 6, replace=False) for i in range(200)]
    shared = libpysal.weights.W({i: row.tolist() for i, row in enumerate(near)}, silence_warnings=True)
    weights = SpatialWeights.from_pairs(np.repeat(np.arange(200), 6), np.concatenate(near), 200)
    values = rng.gamma(1.0, size=200)
    np.random.seed(1)
    theirs = esda.Moran(values, shared, permutations=9999)
    ours = global_moran(values, weights.row_standardised(), 9999, alternative="directed")
    assert ours.i == pytest.approx(theirs.I, abs=1e-12)
    assert ours.variance_norm == pytest.approx(theirs.VI_norm, rel=1e-12)
    assert ours.variance_rand == pytest.approx(theirs.VI_rand, rel=1e-10)
    assert (ours.p_rand, ours.p_norm) == pytest.approx((theirs.p_rand, theirs.p_norm), rel=1e-9)
    assert abs(ours.p_sim - theirs.p_sim) < 5 * math.sqrt(2 * theirs.p_sim * (1 - theirs.p_sim) / 9999)


def test_equal_values_have_no_statistic():
    moran = global_moran(np.full(16, 0.1), ROOK, 99)
    assert (moran.n, moran.islands, moran.permutations, moran.expected) == (16, 0, 99, -1 / 15)
    assert all(math.isnan(number) for number in (moran.i, moran.z_rand, moran.p_rand, moran.p_sim))
    # .3 and .1 + .2 differ by rounding alone.
    assert math.isnan(global_moran([0.3, 0.1 + 0.2, 0.3, 0.3], LINE).i)


def test_everyone_a_neighbour_of_everyone_leaves_nothing_to_test():
    i, j = np.nonzero(~np.eye(6, dtype=bool))
    moran = global_moran([3, 1, 4, 1, 5, 9], SpatialWeights.from_pairs(i, j, 6).row_standardised(), 99)
    assert moran.i == pytest.approx(moran.expected, abs=1e-15)
    assert math.isnan(moran.z_norm) and math.isnan(moran.p_norm)
    assert math.isnan(moran.z_rand) and math.isnan(moran.p_rand)
    assert moran.p_sim == 1.0


@pytest.mark.parametrize(
    "values, weights, named",
    [
        ([1, 2, np.nan, 4], LINE, "1 of 4 values .* position 2; exclude"),
        ([1, np.inf, 3, 4], LINE, "position 1"),
        ([1, 2, 3], LINE, "3 values but 4 parcels"),
        ([1, 2, 3], lattice(1, 3), "at least 4 parcels"),
        ([1, 2, 3, 4], SpatialWeights.from_pairs([], [], 4), "None of the 4 parcels has a neighbour"),
    ],
)
def test_unusable_input_is_named(values, weights, named):
    with pytest.raises(ParcelDataError, match=named):
        global_moran(values, weights)


@pytest.mark.parametrize(
    "setting, named",
    [
        ({"permutations": -1}, "-1"),
        ({"seed": -5}, "-5"),
        ({"alternative": "greater"}, "greater.*two-sided, directed"),
    ],
)
def test_unusable_settings_are_named(setting, named):
    with pytest.raises(ParcelDataError, match=named):
        global_moran([1, 2, 3, 4], LINE, **setting)


@settings(max_examples=50)
@given(
    st.lists(st.integers(-1000, 1000), min_size=16, max_size=16).filter(lambda v: len(set(v)) > 1),
    st.integers(-(10**9), 10**9),
    st.sampled_from([1e-9, 0.1, 3.0, 1e12]),
)
def test_unit_and_origin_of_the_values_do_not_matter(values, shift, scale):
    values = np.array(values, dtype=float)
    first, second = global_moran(values, ROOK, 39), global_moran((values + shift) * scale, ROOK, 39)
    assert second.i == pytest.approx(first.i, abs=1e-7)
    assert second.z_rand == pytest.approx(first.z_rand, abs=1e-6)
    assert 0 < first.p_sim <= 1
    assert 0 < first.p_rand <= 1


def test_origin_far_from_the_values_costs_no_digits():
    values = np.random.default_rng(19).integers(0, 9, 49) / 4
    far = global_moran(values + 1e10, lattice(7, 7)).i
    assert far == pytest.approx(global_moran(values, lattice(7, 7)).i, abs=1e-13)


@settings(max_examples=25)
@given(st.permutations(range(16)))
def test_order_of_the_sites_does_not_matter(order):
    order = np.array(order)
    place = np.argsort(order)
    weights = ROOK.row_standardised()
    moved = SpatialWeights.from_pairs(place[weights.rows], place[weights.indices], 16, weights.data)
    first, second = global_moran(RAMP, weights), global_moran(RAMP[order], moved)
    assert second.i == pytest.approx(first.i, abs=1e-14)
    assert second.variance_rand == pytest.approx(first.variance_rand, rel=1e-12)
