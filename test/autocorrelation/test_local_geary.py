"""Local Geary's c: GeoDa and esda, spdep's global C, exact enumeration, edges."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.local_geary import local_geary
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.errors import ParcelDataError

GEODA = Path(__file__).parent / "data" / "geoda_columbus_queen_local.csv"


def random_neighbours(n, cardinality, seed=0):
    rng = np.random.default_rng(seed)
    counts = np.broadcast_to(cardinality, n)
    i = np.repeat(np.arange(n), counts)
    j = np.concatenate([rng.choice(np.delete(np.arange(n), k), counts[k], replace=False) for k in range(n)])
    return SpatialWeights.from_pairs(i, j, n).row_standardised()


def nearly_equal(weights):
    """The same weights but for one in its last digit, which asks for the blocked product."""
    data = weights.data.copy()
    last = weights.indptr[np.argmax(weights.cardinality) + 1] - 1
    data[last] = np.nextafter(data[last], 2)
    return SpatialWeights(weights.indptr, weights.indices, data)


def five_errors(p, draws):
    return 5 * np.sqrt(p * (1 - p) / draws) + 2 / draws


def test_as_geoda(cases, read_gal, read_table):
    """c is n / (n - 1) times GeoDa's; its draws are a little off for 49 sites, so p to .04."""
    folder = cases / "sa_columbus" / "expected"
    crime = read_table(folder / "spdep_queen_crime_local.csv")["value"]
    geoda = read_table(GEODA)
    local = local_geary(
        crime, read_gal(folder / "spdep_queen.gal", 49).row_standardised(), alternative="directed"
    )
    np.testing.assert_allclose(local.c * 48 / 49, geoda["geary"], rtol=1e-12)
    assert np.abs(local.p - geoda["geary_p"]).max() < 0.04
    found = geoda["geary_cluster"] > 0
    assert np.count_nonzero(found) == 19
    np.testing.assert_array_equal(local.kind[found], geoda["geary_cluster"][found])


def test_mean_is_spdeps_global_c(cases, read_gal, read_table):
    """Row-standardised, every site with neighbours: the mean of c is 2 n / (n - 1) times Geary's C."""
    for case, n in (("sa_columbus", 49), ("sa_boston", 506)):
        folder = cases / case / "expected"
        table = read_table(folder / "spdep_queen_global.csv")
        weights = read_gal(folder / "spdep_queen.gal", n).row_standardised()
        assert not weights.islands.any()
        checked = 0
        for name, weighting, style, c in zip(
            table["variable"], table["weights"], table["style"], table["geary_C"], strict=True
        ):
            path = folder / f"spdep_queen_{name}_local.csv"
            if style == "W" and path.exists() and "queen" in weighting:
                local = local_geary(read_table(path)["value"], weights, 9)
                assert local.c.mean() == pytest.approx(2 * n / (n - 1) * c, rel=1e-9)
                checked += 1
        assert checked


def test_as_esda():
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal")
    weights = random_neighbours(80, np.arange(80) % 6 + 1, seed=2)
    rows = np.split(weights.indices, weights.indptr[1:-1])
    shared = libpysal.weights.W({i: row.tolist() for i, row in enumerate(rows)}, silence_warnings=True)
    values = np.random.default_rng(3).gamma(0.7, size=80)
    theirs = esda.Geary_Local(connectivity=shared, permutations=0).fit(values)
    np.testing.assert_allclose(local_geary(values, weights, 9).c, theirs.localG, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kernel", ["equal", "unequal"])
def test_p_and_expected_against_all_subsets(kernel):
    """Every way to choose c of the other n - 1 values, listed; 9 of 9 others have one way."""
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0])
    weights = random_neighbours(10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 4])
    local = local_geary(
        values, weights if kernel == "equal" else nearly_equal(weights), alternative="directed"
    )
    z = (values - values.mean()) / values.std()
    for site in range(10):
        c = int(weights.cardinality[site])
        others = np.delete(z, site)
        every = np.array([np.mean((z[site] - others[list(s)]) ** 2) for s in combinations(range(9), c)])
        exact = min(np.mean(every >= local.c[site] - 1e-9), np.mean(every <= local.c[site] + 1e-9))
        assert abs(local.p[site] - exact) <= five_errors(exact, 99_999), site
        assert local.expected[site] == pytest.approx(every.mean())


@pytest.mark.parametrize("column", ["normal", "skewed", "flags", "one decimal"])
def test_shared_orders_count_as_the_blocked_product(column):
    """The same draws, counted at shared slopes and one by one: equal to the last permutation."""
    rng = np.random.default_rng(4)
    values = {
        "normal": rng.normal(size=700),
        "skewed": np.exp(2 * rng.normal(size=700)),
        "flags": 100.0 * (rng.random(700) < 0.2),
        "one decimal": np.round(rng.gamma(1, size=700), 1),
    }[column]
    weights = random_neighbours(700, np.arange(700) % 7 + 1, seed=5)
    equal, unequal = local_geary(values, weights, 9999), local_geary(values, nearly_equal(weights), 9999)
    np.testing.assert_array_equal(equal.p, unequal.p)
    np.testing.assert_array_equal(equal.kind, unequal.kind)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("permutations", [1, 2, 100, 200, 201])
def test_few_draws_count_alike_and_quietly(permutations):
    values = np.random.default_rng(6).normal(size=80)
    weights = random_neighbours(80, np.arange(80) % 5 + 1, seed=7)
    equal = local_geary(values, weights, permutations)
    unequal = local_geary(values, nearly_equal(weights), permutations)
    np.testing.assert_array_equal(equal.p, unequal.p)


def test_kinds():
    """High beside high, low beside low, high beside low; a middle one beside middle ones is another."""
    values = np.array([9.0, 9.0, -9.0, -9.0, 9.0, -9.0, 0.2, -0.3])
    weights = SpatialWeights.from_pairs(np.arange(8), [1, 0, 3, 2, 5, 4, 7, 6], 8)
    assert local_geary(values, weights, 9).kind.tolist() == [1, 1, 2, 2, 4, 4, 3, 3]


def test_sites_alone_and_constant_columns_have_no_result():
    weights = SpatialWeights.from_pairs([0, 1, 2, 1], [1, 0, 1, 2], 4)
    alone = local_geary([1.0, 2.0, 5.0, 9.0], weights, 99)
    assert np.isnan([alone.c[3], alone.p[3], alone.expected[3], alone.lag[3]]).all() and alone.kind[3] == 0
    assert not np.isnan(alone.p[:3]).any()
    constant = local_geary(np.ones(4), weights, 99)
    assert np.isnan(constant.c).all() and np.isnan(constant.p).all() and not constant.kind.any()


def test_bad_values_are_named_and_progress_can_cancel():
    weights = random_neighbours(50, 3)
    with pytest.raises(ParcelDataError, match="49 values but 50"):
        local_geary(np.ones(49), weights)
    seen = []
    local_geary(np.arange(50.0), weights, 999, progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1

    def cancel(fraction):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        local_geary(np.arange(50.0), weights, 999, progress=cancel)
