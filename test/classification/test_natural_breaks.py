"""Natural breaks: the true optimum for every column, against exact arithmetic and other programs."""

import csv
import json
import math
from fractions import Fraction
from functools import cache, partial
from itertools import accumulate, combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.classification import natural_breaks as kernel
from parcel_agglomeration.algorithms.classification.natural_breaks import (
    classify,
    fixed_breaks,
    goodness_of_variance_fit,
    natural_breaks,
)
from parcel_agglomeration.algorithms.errors import ParcelDataError


def exact_sum_of_squares(values):
    """Sum of squared deviations in rational arithmetic."""
    numbers = [Fraction(value) for value in values]
    if not numbers:
        return Fraction(0)
    return sum(number**2 for number in numbers) - sum(numbers) ** 2 / len(numbers)


def best_division(values, classes):
    """Upper limits and cost of the best division, found by trying all of them in rational arithmetic.

    Divisions are tried from the lowest breaks up, and an equal one never replaces an earlier one.
    """
    distinct = sorted(set(values))
    ordered = sorted(values)

    @cache
    def cost(low, high):
        return exact_sum_of_squares([v for v in ordered if distinct[low] <= v <= distinct[high - 1]])

    best = None
    for inner in combinations(range(1, len(distinct)), min(classes, len(distinct)) - 1):
        edges = (0, *inner, len(distinct))
        total = sum(cost(low, high) for low, high in pairwise(edges))
        if best is None or total < best[1]:
            best = [distinct[high - 1] for high in edges[1:]], total
    return best


def assert_optimal(values, classes):
    upper, cost = best_division(values, classes)
    result = natural_breaks(values, classes)
    assert result.upper.tolist() == upper
    assert abs(Fraction(result.within_ss) - cost) <= Fraction(1, 10**12) * cost
    total = exact_sum_of_squares(values)
    assert result.gvf == pytest.approx(float(1 - cost / total) if total else 1.0, rel=0, abs=1e-12)


# The optimum, against every division in exact arithmetic

COLUMNS = {
    "ties": lambda random, n: random.integers(0, 6, n),
    "skewed": lambda random, n: random.lognormal(0, 1, n),
    "very skewed": lambda random, n: random.lognormal(0, 6, n),
    "offset 1e9": lambda random, n: 1e9 + random.random(n),
    "offset 1e12": lambda random, n: 1e12 + random.integers(0, 50, n),
    "negative offset": lambda random, n: -1e9 - random.lognormal(0, 1, n),
    "flags": lambda random, n: random.choice([0, 100], n),
    "even": lambda random, n: random.permutation(n),
    "outlier": lambda random, n: np.append(random.random(n - 1), random.choice([-1e15, 1e6, 1e12, 1e18])),
    "no-data value": lambda random, n: np.append(random.random(n - 2), [-3.4028234663852886e38] * 2),
    "far clusters": lambda random, n: np.append(
        random.random(n // 2), 1e15 + random.integers(0, 9, n - n // 2)
    ),
    "tiny": lambda random, n: random.normal(size=n) * 1e-120,
    "huge": lambda random, n: random.normal(size=n) * 1e120,
}


@pytest.mark.parametrize("column", COLUMNS)
def test_no_division_is_better(column):
    random = np.random.default_rng(list(COLUMNS).index(column))
    for _ in range(60):
        values = COLUMNS[column](random, int(random.integers(3, 10))).astype(float).tolist()
        for classes in range(1, 7):
            assert_optimal(values, classes)


@settings(max_examples=150)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=9), st.integers(1, 6))
def test_no_division_of_integers_is_better(values, classes):
    assert_optimal([float(value) for value in values], classes)


@settings(max_examples=150)
@given(st.lists(st.floats(-1e140, 1e140), min_size=1, max_size=8), st.integers(1, 4))
def test_no_division_of_any_doubles_is_better(values, classes):
    upper, _ = best_division(values, classes)
    assert natural_breaks(values, classes).upper.tolist() == upper


def test_smallest_example():
    result = natural_breaks([0, 1, -2], 2)
    assert result.upper.tolist() == [-2, 1]
    assert result.counts.tolist() == [1, 2]
    assert result.within_ss == 0.5
    assert result.gvf == pytest.approx(1 - 0.5 / (14 / 3))
    assert result.classes == 2


def test_of_equal_divisions_the_one_with_the_lowest_limits_is_chosen():
    assert natural_breaks([0, 1, 2], 2).upper.tolist() == [0, 2]
    assert natural_breaks(np.arange(5), 3).upper.tolist() == [0, 2, 4]
    assert natural_breaks(np.arange(1000), 3).counts.tolist() == [333, 333, 334]


def test_ties_across_a_wide_gap_are_settled_too():
    values = [0, 1, 2, 1e12, 1e12 + 1, 1e12 + 2]
    assert natural_breaks(values, 3).upper.tolist() == [0, 2, 1e12 + 2]


def test_a_break_at_a_gap_narrowed_for_the_search_is_where_it_was():
    random = np.random.default_rng(5)
    low, high = random.random(1500), random.random(1500)
    far = natural_breaks(np.concatenate([low, 1e12 + np.floor(high * 2**12) / 2**12]), 24)
    near = natural_breaks(np.concatenate([low, 1e3 + np.floor(high * 2**12) / 2**12]), 24)
    assert far.counts.tolist() == near.counts.tolist()
    assert far.within_ss == pytest.approx(near.within_ss, rel=1e-9)


# Many values


def cost_by_rows(values, classes):
    """Least cost by divide and conquer over rows in extended precision, with no pruning."""
    ordered = np.sort(values).astype(np.longdouble)
    ordered -= ordered[ordered.size // 2]
    first = np.concatenate(([0], np.cumsum(ordered)))
    second = np.concatenate(([0], np.cumsum(ordered**2)))

    def cost(low, high):
        return second[high] - second[low] - (first[high] - first[low]) ** 2 / (high - low)

    n = ordered.size
    best = np.full(n + 1, np.inf, dtype=np.longdouble)
    best[1:] = cost(0, np.arange(1, n + 1))
    for number in range(2, classes):
        following = np.full(n + 1, np.inf, dtype=np.longdouble)
        pending = [(number, n, number - 1, n - 1)]
        while pending:
            low, high, left, right = pending.pop()
            if low > high:
                continue
            row = (low + high) // 2
            columns = np.arange(left, min(right, row - 1) + 1)
            totals = best[columns] + cost(columns, row)
            choice = left + int(totals.argmin())
            following[row] = totals[choice - left]
            pending += [(low, row - 1, left, choice), (row + 1, high, choice, right)]
        best = following
    columns = np.arange(classes - 1, n)
    return float((best[columns] + cost(columns, n)).min())


@pytest.mark.parametrize("shape", ["skewed", "even", "offset", "integers"])
@pytest.mark.parametrize(("n", "classes"), [(700, 6), (20_000, 4)])
def test_many_values_against_an_unpruned_search(shape, n, classes):
    random = np.random.default_rng(n)
    values = {
        "skewed": random.lognormal(0, 2, n),
        "even": random.random(n),
        "offset": 1e9 + random.lognormal(0, 1, n),
        "integers": random.integers(0, 500, n).astype(float),
    }[shape]
    assert natural_breaks(values, classes).within_ss == pytest.approx(
        cost_by_rows(values, classes), rel=1e-11
    )


def test_two_hundred_thousand_values_against_an_unpruned_search():
    values = 100 + np.random.default_rng(7).lognormal(0, 1, 200_000)
    result = natural_breaks(values, 3)
    assert result.counts.sum() == values.size
    assert result.within_ss == pytest.approx(cost_by_rows(values, 3), rel=1e-11)


def exact_cost_by_rows(values, classes):
    """Least cost by divide and conquer over rows in rational arithmetic, with no pruning."""
    ordered = sorted(map(Fraction, values))
    unit = math.lcm(*(value.denominator for value in ordered))
    first = [0, *accumulate(int(value * unit) for value in ordered)]
    n = len(ordered)

    def gain(low, high):
        return Fraction((first[high] - first[low]) ** 2, high - low)

    best = [0, *(gain(0, row) for row in range(1, n + 1))]
    for number in range(2, classes + 1):
        following = [-1] * (n + 1)
        pending = [(number, n, number - 1, n - 1)]
        while pending:
            low, high, left, right = pending.pop()
            if low <= high:
                row = (low + high) // 2
                totals = [best[column] + gain(column, row) for column in range(left, min(right, row - 1) + 1)]
                following[row] = max(totals)
                choice = left + totals.index(following[row])
                pending += [(low, row - 1, left, choice), (row + 1, high, choice, right)]
        best = following
    squares = sum(int(value * unit) ** 2 for value in ordered)
    return float((squares - best[n]) / unit**2)


HARD = {
    "heavy tail": lambda random, n: random.lognormal(0, 5, n),
    "clusters": lambda random, n: random.lognormal(0, 1, n) + random.choice([0, 1e3, 1e6, 1e12], n),
    "two clusters": lambda random, n: random.lognormal(0, 1, n) + 1e12 * (np.arange(n) < n // 3),
    "offset": lambda random, n: 1e12 + random.lognormal(0, 1, n),
    "ties": lambda random, n: np.round(random.lognormal(3, 1, n)),
    "both signs": lambda random, n: random.standard_cauchy(n),
    "ladder": lambda random, n: 1.05 ** np.arange(n) * random.choice([1.0, 1.0 + 1e-9], n),
}


@pytest.mark.parametrize("shape", HARD)
@pytest.mark.parametrize(("n", "classes"), [(600, 40), (1200, 16), (500, 64)])
def test_many_classes_of_hard_columns_against_exact_arithmetic(shape, n, classes):
    values = HARD[shape](np.random.default_rng([n, classes]), n)
    found = natural_breaks(values, classes)
    assert found.within_ss == pytest.approx(exact_cost_by_rows(values.tolist(), classes), rel=1e-9)
    assert found.classes == min(classes, np.unique(values).size)


# The search that sorts only the bins of a histogram where breaks may lie


@pytest.fixture(params=[2, 3, 8, 32])
def few_bins(request, monkeypatch):
    """Make small columns go through a histogram of so many bins."""
    monkeypatch.setattr(kernel, "_MANY", 2)
    monkeypatch.setattr(kernel, "_BINS", request.param)
    return request.param


@pytest.mark.parametrize("column", COLUMNS)
def test_no_division_is_better_by_a_coarse_histogram(column, few_bins):
    random = np.random.default_rng([few_bins, *column.encode()])
    for _ in range(20):
        values = COLUMNS[column](random, int(random.integers(3, 10))).astype(float).tolist()
        for classes in range(2, 6):
            assert_optimal(values, classes)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_histogram_changes_no_break(column, monkeypatch):
    random = np.random.default_rng([*column.encode()])
    found = 0
    for bins in (16, 64, 256):
        values = COLUMNS[column](random, 3000).astype(float)
        for classes in (2, 4, 7):
            sorted_all = natural_breaks(values, classes)
            with monkeypatch.context() as patched:
                patched.setattr(kernel, "_MANY", 2)
                patched.setattr(kernel, "_BINS", bins)
                binned = natural_breaks(values, classes)
                bins_served = kernel._from_histogram(values, classes, lambda fraction: None) is not None
            assert binned.upper.tolist() == sorted_all.upper.tolist()
            assert binned.counts.tolist() == sorted_all.counts.tolist()
            assert binned.within_ss == pytest.approx(sorted_all.within_ss, rel=1e-10)
            assert binned.gvf == pytest.approx(sorted_all.gvf, rel=0, abs=1e-10)
            found += bins_served
    if column in ("skewed", "even", "ties", "flags"):
        assert found, "the histogram served at least once"


MANY = {
    **{
        f"lognormal {s}": partial(lambda s, random: random.lognormal(0, s, 100_000), s)
        for s in (0.1, 1, 3, 5)
    },
    "even": lambda random: random.random(100_000),
    "both signs": lambda random: random.standard_cauchy(100_000),
    "offset": lambda random: 1e9 + random.lognormal(0, 1, 100_000),
    "two clusters": lambda random: random.lognormal(0, 1, 100_000) + 1e12 * (np.arange(100_000) < 50_000),
    "outliers": lambda random: np.append(random.normal(size=99_997), [1e6, 1e9, 1e12]),
}


@pytest.mark.parametrize("classes", [4, 16, 64])
@pytest.mark.parametrize("spread", MANY)
def test_memory_of_many_values_stays_below_50_bytes_each(classes, spread):
    import tracemalloc

    values = MANY[spread](np.random.default_rng(11))
    tracemalloc.start()
    natural_breaks(values, classes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * values.size


@pytest.mark.parametrize("no_data", [-1e15, -3.4028234663852886e38, -1.7976931348623157e308, 1e18])
def test_a_no_data_value_left_in_the_column_takes_one_class_and_spoils_no_other(no_data):
    values = np.random.default_rng(3).lognormal(0, 1, 30_000)
    alone = natural_breaks(values, 3)
    together = natural_breaks(np.append(values, [no_data] * 5), 4)
    limits = together.upper.tolist()
    limits.remove(no_data)
    assert limits == alone.upper.tolist()
    assert together.within_ss == pytest.approx(alone.within_ss, rel=1e-12)


@pytest.mark.parametrize("classes", [2, 4, 7])
def test_same_cost_as_jenkspy(classes):
    jenkspy = pytest.importorskip("jenkspy")
    random = np.random.default_rng(classes)
    for values in (random.random(3000), random.lognormal(0, 1, 3000), random.integers(0, 200, 3000) * 1.0):
        theirs = fixed_breaks(values, jenkspy.jenks_breaks(values, n_classes=classes)[1:])
        ours = natural_breaks(values, classes)
        assert ours.within_ss == pytest.approx(theirs.within_ss, rel=1e-12)


# Reference cases

FILES = {"calemp": ("calempdensity.csv", "emp/sq km")}


def column(cases, name):
    file, field = FILES.get(name, (f"{name}.csv", None))
    path = cases / "natural_breaks" / "columns" / file
    if not path.is_file():
        pytest.skip(f"column {name} not found at {path}")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return np.array([float(row[field or next(iter(row))]) for row in rows])


def test_columns_of_the_reference_table(cases):
    # natural_breaks_all_tools.csv: an exact DP that jenkspy, mapclassify and ckwrap agree with.
    with (cases / "natural_breaks" / "natural_breaks_all_tools.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        expected = [row for row in csv.DictReader(lines) if row["tool"] == "exact_dp_u"]
    assert len(expected) == 49
    for row in expected:
        result = natural_breaks(column(cases, row["column"]), int(row["k"]))
        where = f"{row['column']}, k = {row['k']}"
        assert result.upper.tolist() == pytest.approx(json.loads(row["breaks"]), rel=1e-12), where
        assert result.counts.tolist() == json.loads(row["class_counts"]), where
        assert result.within_ss == pytest.approx(float(row["sse"]), rel=1e-9, abs=1e-9), where
        assert result.gvf == pytest.approx(float(row["gvf"]), abs=1e-12), where


@pytest.mark.parametrize(
    ("name", "upper"),
    [
        ("calemp", [75.29, 192.05, 370.5, 722.85, 4111.45]),  # mapclassify
        ("jenkspy_data1", [2.0935481, 4.2054954, 6.1781483, 8.0917587, 9.997983]),  # jenkspy
        ("jenkspy_data2", [416, 767, 1083, 1424]),  # jenkspy
        ("qgis_simple", [-30, 16, 29, 57]),  # QGIS
    ],
)
def test_published_breaks(cases, name, upper):
    result = natural_breaks(column(cases, name), len(upper))
    assert result.upper.tolist() == pytest.approx(upper, rel=1e-7)


def test_published_counts(cases):
    assert natural_breaks(column(cases, "calemp"), 5).counts.tolist() == [49, 3, 4, 1, 1]  # mapclassify
    assert natural_breaks(column(cases, "ties_0_50"), 3).counts.tolist() == [3, 2, 1]  # Ckmeans.1d.dp


def test_published_mid_points_of_jenks71(cases):
    # classInt prints the mid-points between the classes.
    values = np.sort(column(cases, "jenks71"))
    upper = natural_breaks(values, 5).upper[:-1]
    following = values[np.searchsorted(values, upper, side="right")]
    assert ((upper + following) / 2).tolist() == pytest.approx([43.3, 61.36, 78.475, 105.95])


def test_published_within_sums_of_squares(cases):
    # Ckmeans.1d.dp prints 7.526666667, 13.52, 11 and 0 for the first four of eight classes.
    values = np.sort(column(cases, "ckmeans_n14"))
    counts = natural_breaks(values, 8).counts
    classes = np.split(values, np.cumsum(counts)[:-1])
    assert [((c - c.mean()) ** 2).sum() for c in classes[:4]] == pytest.approx([7.526666667, 13.52, 11, 0])


# Rules

INTEGERS = st.lists(st.integers(-1000, 1000), min_size=1, max_size=60)


@settings(max_examples=60)
@given(INTEGERS, st.integers(1, 8), st.integers(-(2**40), 2**40), st.integers(-300, 300), st.randoms())
def test_order_shift_and_scale_do_not_move_the_breaks(values, classes, shift, exponent, random):
    plain = natural_breaks(np.array(values, dtype=float), classes)
    shuffled = list(values)
    random.shuffle(shuffled)
    same = natural_breaks(np.array(shuffled, dtype=float), classes)
    assert same.upper.tolist() == plain.upper.tolist()
    assert (same.within_ss, same.gvf) == (plain.within_ss, plain.gvf)
    moved = natural_breaks(np.array(values, dtype=float) + shift, classes)
    assert moved.upper.tolist() == (plain.upper + shift).tolist()
    assert moved.within_ss == pytest.approx(plain.within_ss, rel=1e-9)
    scaled = natural_breaks(np.ldexp(np.array(values, dtype=float), exponent), classes)
    assert scaled.upper.tolist() == np.ldexp(plain.upper, exponent).tolist()
    assert scaled.gvf == pytest.approx(plain.gvf, abs=1e-12)


@settings(max_examples=60)
@given(INTEGERS, st.integers(1, 8))
def test_limits_occur_are_distinct_and_split_no_tie(values, classes):
    result = natural_breaks(values, classes)
    assert result.classes == min(classes, len(set(values)))
    assert set(result.upper) <= set(values)
    assert (np.diff(result.upper) > 0).all()
    assert result.upper[-1] == max(values)
    level = classify(values, result.upper)
    assert np.bincount(level, minlength=result.classes + 1)[1:].tolist() == result.counts.tolist()
    assert goodness_of_variance_fit(values, result.upper) == pytest.approx(result.gvf, abs=1e-12)


def test_values_that_are_not_finite_are_ignored():
    values = [3.0, np.nan, 1.0, np.inf, 2.0, -np.inf, 9.0, np.nan]
    result = natural_breaks(values, 2)
    assert result.upper.tolist() == [3, 9]
    assert result.counts.tolist() == [3, 1]
    assert classify(values, result.upper).tolist() == [1, 0, 1, 0, 1, 0, 2, 0]


def test_fewer_distinct_values_than_classes_give_a_class_each():
    result = natural_breaks([0, 100, 0, 100, 100], 4)
    assert result.upper.tolist() == [0, 100]
    assert result.counts.tolist() == [2, 3]
    assert (result.within_ss, result.gvf) == (0, 1)


def test_equal_values_are_one_class_that_fits_perfectly():
    result = natural_breaks([7.5] * 10, 4)
    assert (result.upper.tolist(), result.counts.tolist(), result.gvf) == ([7.5], [10], 1)


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf, np.nan]])
def test_no_finite_value_is_an_error(values):
    with pytest.raises(ParcelDataError, match="no finite value"):
        natural_breaks(values, 4)


@pytest.mark.parametrize("classes", [0, -1, 65, 2.5, None, "4"])
def test_number_of_classes_must_be_an_integer_from_1_to_64(classes):
    with pytest.raises(ParcelDataError, match="from 1 to 64"):
        natural_breaks([1, 2, 3], classes)


def test_sixty_four_classes():
    values = np.random.default_rng(1).random(400)
    result = natural_breaks(values, 64)
    assert result.classes == 64
    assert result.within_ss == pytest.approx(cost_by_rows(values, 64), rel=1e-10)


def test_progress_rises_and_may_cancel():
    done = []
    values = np.random.default_rng(1).random(20_000)
    natural_breaks(values, 4, done.append)
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 1)

    def cancel(fraction):
        if fraction > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        natural_breaks(values, 4, cancel)


def test_the_input_is_not_changed():
    values = np.array([3.0, 1.0, np.nan, 2.0])
    natural_breaks(values, 2)
    assert np.array_equal(values, [3.0, 1.0, np.nan, 2.0], equal_nan=True)


# Given limits


def test_classes_are_closed_on_the_right_and_the_last_one_is_open_above():
    assert classify([-5, 1, 1.5, 2, 3, 99], [1, 2, 3]).tolist() == [1, 1, 2, 2, 3, 3]
    assert classify([5], [1]).tolist() == [1]
    assert classify(np.array([], dtype=float), [1]).dtype == np.int64


def test_fixed_breaks_count_and_fit_other_values():
    result = fixed_breaks([1, 2, 4, 6, 30, np.nan], [2, 3, 10])
    assert result.upper.tolist() == [2, 3, 10]
    assert result.counts.tolist() == [2, 0, 3]
    cost = exact_sum_of_squares([1, 2]) + exact_sum_of_squares([4, 6, 30])
    assert result.within_ss == pytest.approx(float(cost))
    assert result.gvf == pytest.approx(float(1 - cost / exact_sum_of_squares([1, 2, 4, 6, 30])))
    assert goodness_of_variance_fit([1, 2, 4, 6, 30, np.nan], [2, 3, 10]) == result.gvf


@pytest.mark.parametrize("upper", [[2, 1], [1, 1], [], [1, np.nan], [1, np.inf]])
def test_limits_must_be_finite_and_increase(upper):
    with pytest.raises(ParcelDataError, match="limit"):
        fixed_breaks([1, 2, 3], upper)
    with pytest.raises(ParcelDataError, match="limit"):
        classify([1, 2, 3], upper)


def test_fixed_breaks_of_no_finite_value_are_an_error():
    with pytest.raises(ParcelDataError, match="no finite value"):
        fixed_breaks([np.nan], [1, 2])
