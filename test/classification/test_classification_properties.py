"""Natural breaks and levels: what holds for every column."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.classification import natural_breaks as kernel
from parcel_agglomeration.algorithms.classification.jenkspy_engine import natural_breaks as by_jenkspy
from parcel_agglomeration.algorithms.classification.levels import (
    fixed_limits,
    gvf_curve,
    quality_levels,
)
from parcel_agglomeration.algorithms.classification.natural_breaks import (
    classify,
    fixed_breaks,
    natural_breaks,
)

# Skewed and tied, as counts and money of parcels are.
amounts = st.one_of(st.integers(-50, 50).map(float), st.floats(-1e6, 1e6, allow_subnormal=False))
columns = st.lists(amounts, min_size=1, max_size=30).map(np.array)
small_columns = st.lists(
    st.one_of(st.integers(-9, 9).map(float), st.floats(-1e9, 1e9)), min_size=1, max_size=14
).map(np.array)
classes_asked = st.integers(1, 6)


def assert_same_breaks(one, other):
    assert one.upper.tolist() == other.upper.tolist()
    assert one.counts.tolist() == other.counts.tolist()


def exact_cost(values):
    numbers = [Fraction(value) for value in values]
    return sum(x * x for x in numbers) - sum(numbers) ** 2 / len(numbers)


def optimal_cost(values, classes):
    """Least within-class sum of squares by dynamic programming in rational arithmetic (Fisher 1958)."""
    ordered = sorted(values)
    n = len(ordered)
    cost = {(a, b): exact_cost(ordered[a:b]) for a in range(n) for b in range(a + 1, n + 1)}
    best = [cost[0, b] for b in range(1, n + 1)]
    for _ in range(classes - 1):
        best = [min([best[b - 1], *(best[a - 1] + cost[a, b] for a in range(1, b))]) for b in range(1, n + 1)]
    return best[-1]


@given(small_columns, classes_asked)
def test_the_classes_cost_what_dynamic_programming_in_fractions_finds(values, classes):
    result = natural_breaks(values, classes)
    edges = [0, *np.cumsum(result.counts).tolist()]
    ordered = np.sort(values)
    found = sum(exact_cost(ordered[a:b]) for a, b in pairwise(edges))
    assert found == optimal_cost(values.tolist(), classes)
    total = exact_cost(ordered)
    assert result.within_ss == pytest.approx(float(found), rel=1e-12)
    assert result.gvf == pytest.approx(float(1 - found / total) if total else 1.0, abs=1e-12)


@given(columns, classes_asked, st.integers(1, 4), st.randoms(use_true_random=False))
def test_repeating_the_whole_column_in_any_order_moves_no_break(values, classes, times, random):
    once = natural_breaks(values, classes)
    repeated = np.tile(values, times).tolist()
    random.shuffle(repeated)
    more = natural_breaks(repeated, classes)
    assert more.upper.tolist() == once.upper.tolist()
    assert more.counts.tolist() == (times * once.counts).tolist()
    assert more.gvf == pytest.approx(once.gvf, abs=1e-12)


@given(columns, classes_asked, st.integers(-300, 300))
def test_powers_of_two_scale_the_limits_exactly(values, classes, exponent):
    moved = np.ldexp(values, exponent)
    assume((np.ldexp(moved, -exponent) == values).all())
    plain, scaled = natural_breaks(values, classes), natural_breaks(moved, classes)
    assert scaled.upper.tolist() == np.ldexp(plain.upper, exponent).tolist()
    assert scaled.counts.tolist() == plain.counts.tolist()


@given(
    st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=30),
    classes_asked,
    st.integers(-(2**50), 2**50),
)
def test_shifts_without_rounding_shift_the_limits_exactly(values, classes, shift):
    values = np.array(values, dtype=float)
    plain, moved = natural_breaks(values, classes), natural_breaks(values + shift, classes)
    assert moved.upper.tolist() == (plain.upper + shift).tolist()
    assert moved.counts.tolist() == plain.counts.tolist()


@given(columns, classes_asked)
def test_the_mirror_image_costs_the_same(values, classes):
    """Not the same breaks: of equally good divisions both times the lowest limits are taken."""
    plain, mirrored = natural_breaks(values, classes), natural_breaks(-values, classes)
    assert mirrored.within_ss == pytest.approx(plain.within_ss, rel=1e-12)
    assert mirrored.gvf == pytest.approx(plain.gvf, abs=1e-12)


@given(columns)
def test_each_further_class_fits_better(values):
    assume(np.unique(values).size > 1)
    fits = [natural_breaks(values, classes).gvf for classes in range(1, 8)]
    assert fits[0] == pytest.approx(0, abs=1e-12)
    assert all(0 <= fit <= 1 for fit in fits[1:])
    assert (np.diff(fits) >= -1e-12).all()
    curve = gvf_curve(values, 7)
    assert [row[0] for row in curve] == list(range(2, min(7, np.unique(values).size) + 1))
    assert [row[1] for row in curve] == fits[1 : len(curve) + 1]
    assert sum(row[2] for row in curve) == pytest.approx(curve[-1][1])


@given(columns, classes_asked)
def test_one_class_per_distinct_value_fits_exactly(values, classes):
    distinct = np.unique(values)
    result = natural_breaks(values, max(classes, min(distinct.size, kernel.MAX_CLASSES)))
    assert result.upper.tolist() == distinct.tolist()
    assert (result.within_ss, result.gvf) == (0, 1)


@given(columns, classes_asked)
def test_own_limits_as_fixed_ones_give_the_same_levels(values, classes):
    own = natural_breaks(values, classes)
    fixed = fixed_breaks(values, own.upper)
    assert_same_breaks(fixed, own)
    assert fixed.gvf == pytest.approx(own.gvf, abs=1e-12)
    levels = quality_levels(values, classes)
    rows = [
        {"field": "f", "level": level, "upper": repr(upper)}
        for level, upper in enumerate(own.upper.tolist(), start=1)
    ]
    again = quality_levels(values, classes, fixed=fixed_limits(rows, "f"))
    np.testing.assert_array_equal(again.level, levels.level)
    np.testing.assert_array_equal(levels.level, classify(values, own.upper))
    assert again.above == 0


@given(columns, st.lists(amounts, min_size=1, max_size=6, unique=True).map(sorted))
def test_a_level_is_one_more_than_the_limits_below(values, upper):
    level = classify(values, upper)
    below = sum(np.where(values > limit, 1, 0) for limit in upper)
    np.testing.assert_array_equal(level, np.minimum(below + 1, len(upper)))
    counts = fixed_breaks(values, upper).counts
    np.testing.assert_array_equal(np.bincount(level, minlength=len(upper) + 1)[1:], counts)


@given(st.lists(st.tuples(st.one_of(amounts, st.just(np.nan)), st.integers(0, 2)), min_size=1), classes_asked)
def test_groups_are_classified_each_alone(rows, classes):
    values, groups = np.array([value for value, _ in rows]), np.array([group for _, group in rows])
    assume(np.isfinite(values).any())
    together = quality_levels(values, classes, groups, ("a", "b", "c"))
    for group in range(3):
        own = values[groups == group]
        if np.isfinite(own).any():
            alone = quality_levels(own, classes)
            np.testing.assert_array_equal(together.level[groups == group], alone.level)
        else:
            assert not together.level[groups == group].any()
    assert together.excluded == np.count_nonzero(np.isnan(values))


@st.composite
def long_columns(draw):
    """Columns long enough to be counted in bins: continuous, tied or in clusters, with outliers and gaps."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(500, 3000))
    values = draw(
        st.sampled_from(
            [
                generator.normal(size=n),
                generator.lognormal(0, 1, n),
                generator.integers(0, 300, n).astype(float),
                generator.integers(0, 5, n) * 10 + generator.normal(size=n),
            ]
        )
    )
    values += draw(st.sampled_from([0.0, -1e6, 1e9]))
    for odd in draw(st.lists(st.sampled_from([1e4, -1e15, np.nan, np.inf]), max_size=4)):
        values[generator.integers(n)] = odd
    return values


@settings(max_examples=settings.default.max_examples // 2)
@given(long_columns(), st.integers(2, 6), st.sampled_from([256, 2048, 8192]))
def test_counting_in_bins_finds_the_same_as_sorting(values, classes, bins):
    by_sorting = natural_breaks(values, classes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "_MANY", 1)
        patch.setattr(kernel, "_BINS", bins)
        by_counting = natural_breaks(values, classes)
    assert_same_breaks(by_counting, by_sorting)
    assert by_counting.within_ss == pytest.approx(by_sorting.within_ss, rel=1e-9, abs=1e-9)
    assert by_counting.gvf == pytest.approx(by_sorting.gvf, abs=1e-12)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=30), st.integers(2, 6))
def test_jenkspy_costs_the_same_where_nothing_is_rounded_away(values, classes):
    pytest.importorskip("jenkspy")
    values = np.array(values, dtype=float)
    ours, theirs = natural_breaks(values, classes), by_jenkspy(values, classes)
    assert theirs.within_ss == pytest.approx(ours.within_ss, rel=1e-9, abs=1e-6)
    assert theirs.gvf == pytest.approx(ours.gvf, abs=1e-9)
