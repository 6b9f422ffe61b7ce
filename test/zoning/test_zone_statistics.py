"""Zone statistics: counts, areas, sums, shares, means and mean ratios per class of parcels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from parcel_agglomeration.algorithms.zoning.zone_statistics import (
    cross_counts,
    group_statistics,
    ratio_text,
)


@pytest.fixture(scope="module")
def parcels():
    """Zones, areas and two quantities of 5000 parcels, some without a zone or a value."""
    rng = np.random.default_rng(2024)
    n = 5000
    zone = rng.choice(5, n, p=[0.03, 0.5, 0.22, 0.1, 0.15])
    area = rng.lognormal(9, 1, n)
    quantities = rng.lognormal(3, 2, (n, 2)) * (1 + zone[:, None])
    quantities[rng.random((n, 2)) < 0.1] = np.nan
    return zone, area, quantities


# Figures per class


def test_a_small_layer_by_hand():
    result = group_statistics(
        [1, 1, 2, 4, 0],
        [100, 300, 400, 200, 999],
        [[1], [3], [np.nan], [20], [999]],
        classes=[1, 2, 3, 4],
    )
    assert result.classes.tolist() == [1, 2, 3, 4]
    assert result.parcels.tolist() == [2, 1, 0, 1]
    assert result.parcels_share.tolist() == [0.5, 0.25, 0, 0.25]
    assert result.area.tolist() == [400, 400, 0, 200]
    assert result.area_share.tolist() == [0.4, 0.4, 0, 0.2]
    assert result.total[:, 0].tolist() == [4, 0, 0, 20]
    np.testing.assert_allclose(result.share[:, 0], [1 / 6, 0, 0, 5 / 6])
    np.testing.assert_array_equal(result.mean[:, 0], [2, np.nan, np.nan, 20])
    np.testing.assert_array_equal(result.median[:, 0], [2, np.nan, np.nan, 20])
    np.testing.assert_array_equal(result.ratio[:, 0], [1, np.nan, np.nan, 10])
    assert result.missing[:, 0].tolist() == [0, 1, 0, 0]
    assert (result.denominator_parcels, result.denominator_area, result.unclassified) == (4, 1000, 1)


def test_figures_as_in_pandas(parcels):
    pd = pytest.importorskip("pandas")
    zone, area, quantities = parcels
    frame = pd.DataFrame({"zone": zone, "area": area, "output": quantities[:, 0], "tax": quantities[:, 1]})
    frame = frame[frame.zone > 0]
    groups = frame.groupby("zone")
    columns = ["output", "tax"]

    result = group_statistics(*parcels)
    assert result.classes.tolist() == list(groups.groups)
    np.testing.assert_array_equal(result.parcels, groups.size())
    np.testing.assert_allclose(result.parcels_share, groups.size() / len(frame))
    np.testing.assert_allclose(result.area, groups.area.sum())
    np.testing.assert_allclose(result.area_share, groups.area.sum() / frame.area.sum())
    np.testing.assert_allclose(result.total, groups[columns].sum())
    np.testing.assert_allclose(result.share, groups[columns].sum() / frame[columns].sum())
    np.testing.assert_allclose(result.mean, groups[columns].mean())
    np.testing.assert_allclose(result.median, groups[columns].median())
    np.testing.assert_allclose(result.denominator_total, frame[columns].sum())
    np.testing.assert_allclose(result.ratio, groups[columns].mean() / groups[columns].mean().loc[1])
    np.testing.assert_array_equal(
        result.missing, groups.size().to_numpy()[:, None] - groups[columns].count().to_numpy()
    )
    assert result.unclassified == (zone == 0).sum()


@pytest.mark.parametrize(
    "percent",
    [
        (55.42, 21.90, 10.01, 12.67),
        (33.30, 29.57, 18.69, 18.44),
        (69.02, 15.38, 15.60),
        (64.74, 12.83, 22.43),
        (55.97, 29.88, 14.15),
    ],
)
def test_a_layer_with_the_printed_shares_gives_them_back(percent):
    classes = np.arange(1, len(percent) + 1)
    zone = np.repeat(classes, np.rint(np.multiply(percent, 100)).astype(int))
    assert zone.size == 10_000
    area = np.full(zone.size, 6666.7)
    result = group_statistics(zone, area, np.empty((zone.size, 0)))
    np.testing.assert_allclose(result.parcels_share * 100, percent)
    np.testing.assert_allclose(result.area_share * 100, percent)


def test_parcels_of_other_classes_stay_in_the_denominator(parcels):
    everything = group_statistics(*parcels)
    top = group_statistics(*parcels, classes=[4, 3])
    assert top.classes.tolist() == [3, 4]
    for figure in (
        "parcels",
        "parcels_share",
        "area",
        "area_share",
        "total",
        "share",
        "mean",
        "median",
        "missing",
    ):
        np.testing.assert_allclose(getattr(top, figure), getattr(everything, figure)[2:])
    assert top.denominator_parcels == everything.denominator_parcels
    assert top.denominator_area == pytest.approx(everything.denominator_area)
    assert top.unclassified == everything.unclassified
    np.testing.assert_allclose(top.ratio[0], 1)


def test_ratios_start_at_the_lowest_class_with_a_positive_mean():
    quantities = np.array([[0, -5, 0], [2, 0, 0], [8, 4, 0]], dtype=float)
    ratio = group_statistics([1, 2, 3], np.ones(3), quantities).ratio
    np.testing.assert_array_equal(ratio[:, 0], [0, 1, 4])
    np.testing.assert_array_equal(ratio[:, 1], [-1.25, 0, 1])
    np.testing.assert_array_equal(ratio[:, 2], [np.nan] * 3)


@pytest.mark.parametrize("gap", [np.nan, np.inf, -np.inf])
def test_missing_values_are_left_out_and_counted(gap):
    result = group_statistics([1, 1, 2], [10, gap, 30], [[gap], [4], [6]])
    assert result.area.tolist() == [10, 30]
    assert result.area_share.tolist() == [0.25, 0.75]
    assert result.missing_area.tolist() == [1, 0]
    assert result.total[:, 0].tolist() == [4, 6]
    assert result.mean[:, 0].tolist() == [4, 6]
    assert result.missing[:, 0].tolist() == [1, 0]


@pytest.mark.parametrize("classes_of", [[], [0, 0]])
def test_without_classified_parcels_shares_are_open(classes_of):
    n = len(classes_of)
    result = group_statistics(classes_of, np.ones(n), np.ones((n, 1)), classes=[1, 2])
    assert result.parcels.tolist() == [0, 0]
    assert result.unclassified == n
    for figure in (
        result.parcels_share,
        result.area_share,
        result.share,
        result.mean,
        result.median,
        result.ratio,
    ):
        assert np.isnan(figure).all()
    assert group_statistics(classes_of, np.ones(n), np.ones((n, 1))).classes.size == 0


layers = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.int64, n, elements=st.integers(0, 4)),
        arrays.arrays(float, n, elements=st.floats(1, 1e6)),
        arrays.arrays(float, (n, 2), elements=st.one_of(st.floats(1e-3, 1e6), st.sampled_from([0, np.nan]))),
    )
)


@given(layers, st.randoms(use_true_random=False))
def test_shares_add_up_in_any_order(layer, random):
    zone, area, quantities = layer
    result = group_statistics(zone, area, quantities)
    assert result.parcels.sum() + result.unclassified == zone.size
    assert result.denominator_parcels == result.parcels.sum()
    if result.classes.size:
        assert result.parcels_share.sum() == pytest.approx(1)
        assert result.area_share.sum() == pytest.approx(1)
        for column in np.flatnonzero(result.total.sum(axis=0)):
            assert result.share[:, column].sum() == pytest.approx(1)

    order = list(range(zone.size))
    random.shuffle(order)
    shuffled = group_statistics(zone[order], area[order], quantities[order])
    for figure in ("classes", "parcels", "area", "total", "mean", "median", "ratio", "missing"):
        np.testing.assert_allclose(getattr(shuffled, figure), getattr(result, figure), rtol=1e-9)


# The paper's form of ratios


@pytest.mark.parametrize(
    ("ratios", "text"),
    [
        ([1, 38.2, 2786.7], "2787 : 38 : 1"),
        ([1, 2.5, 9.996], "10 : 2.5 : 1"),
        ([1, 1.254, 9.8765], "9.88 : 1.25 : 1"),
        ([0, 1, 100], "100 : 1 : 0"),
        ([1, np.nan, 3], "3 : - : 1"),
        ([0.0004, 1, 0.05], "0.05 : 1 : <0.01"),
        ([-0.001, -0.5, -12.4], "-12 : -0.5 : 0"),
        ([1, 20, 1000], "1000 : 20 : 1"),
        ([], ""),
    ],
)
def test_ratios_read_from_the_highest_class_down(ratios, text):
    assert ratio_text(ratios) == text
    assert ratio_text(np.array(ratios)) == text


# Two gradings of the same parcels


def test_zone_by_cluster():
    zone = [4, 4, 4, 3, 1, 0]
    cluster = ["HH", "HH", "ns", "HL", "LL", "HH"]
    table = cross_counts(zone, cluster, [4, 3, 2, 1], ["HH", "LL", "ns"])
    assert table.tolist() == [[2, 0, 1], [0, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert np.issubdtype(table.dtype, np.integer)


def test_area_of_zone_by_level():
    table = cross_counts([2, 2, 1, 1], [1, 1, 2, 1], [1, 2], [1, 2], weights=[10, 5, 7, np.nan])
    assert table.tolist() == [[0, 7], [15, 0]]


def test_cross_counts_as_in_pandas(parcels):
    pd = pytest.importorskip("pandas")
    zone, area, _ = parcels
    level = np.random.default_rng(7).integers(0, 5, zone.size)
    order = [4, 2, 3, 1]
    counts = pd.crosstab(zone, level).loc[order, [1, 2, 3, 4]]
    areas = pd.crosstab(zone, level, values=area, aggfunc="sum").loc[order, [1, 2, 3, 4]]
    np.testing.assert_array_equal(cross_counts(zone, level, order, [1, 2, 3, 4]), counts)
    np.testing.assert_allclose(cross_counts(zone, level, order, [1, 2, 3, 4], area), areas)


def test_the_reference_classes(cases, reference_table):
    folder = cases / "cross_tabulation"
    data = np.genfromtxt(folder / "hair_eye_592.csv", delimiter=",", dtype=str, skip_header=1)
    hair, eye = np.char.strip(data, '"').T
    rows, columns = ["Black", "Brown", "Red", "Blond"], ["Brown", "Blue", "Hazel", "Green"]
    np.testing.assert_array_equal(cross_counts(hair, eye, rows, columns), reference_table("hair_eye"))

    # Shares within a row are the statistics of that row's parcels.
    percent = np.genfromtxt(folder / "hair_eye_rowpct.csv", delimiter=",", skip_header=1)[:, 1:]
    for row, name in enumerate(rows):
        colour = np.array([columns.index(value) + 1 for value in eye[hair == name]])
        result = group_statistics(colour, np.ones(colour.size), np.empty((colour.size, 0)))
        np.testing.assert_allclose(result.parcels_share, percent[row], rtol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3))))
def test_cross_counts_keep_every_listed_parcel(pairs):
    a, b = np.array(pairs, dtype=int).reshape(-1, 2).T
    counts = cross_counts(a, b, [1, 2, 3], [1, 2, 3])
    assert counts.sum() == np.count_nonzero((a > 0) & (b > 0))
    np.testing.assert_array_equal(cross_counts(b, a, [1, 2, 3], [1, 2, 3]), counts.T)
