"""Reports of spatial autocorrelation: what they show is what the kernels found."""

import re

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.connectivity import connectivity
from parcel_agglomeration.algorithms.autocorrelation.connectivity_report import connectivity_report
from parcel_agglomeration.algorithms.autocorrelation.global_moran import global_moran
from parcel_agglomeration.algorithms.autocorrelation.global_moran_report import global_moran_report
from parcel_agglomeration.algorithms.autocorrelation.hot_spots_report import hot_spots_report
from parcel_agglomeration.algorithms.autocorrelation.incremental_moran import incremental_moran
from parcel_agglomeration.algorithms.autocorrelation.incremental_moran_report import (
    incremental_moran_report,
)
from parcel_agglomeration.algorithms.autocorrelation.join_counts_report import join_counts_report
from parcel_agglomeration.algorithms.autocorrelation.local_geary import KINDS, local_geary
from parcel_agglomeration.algorithms.autocorrelation.local_geary_report import local_geary_report
from parcel_agglomeration.algorithms.autocorrelation.local_moran import QUADRANTS, local_moran
from parcel_agglomeration.algorithms.autocorrelation.local_moran_report import local_moran_report
from parcel_agglomeration.algorithms.autocorrelation.moran_scatter import moran_scatter
from parcel_agglomeration.algorithms.autocorrelation.multiple_testing import adjust
from parcel_agglomeration.algorithms.autocorrelation.nearest_neighbours import k_nearest
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.charts import scatter, whole_numbers
from parcel_agglomeration.algorithms.fields import JOIN_COUNTS, MORAN

EVIL = "<b>&"
CORNERS = ("HH", "LL", "LH", "HL")


@pytest.fixture(scope="module")
def case():
    """Values that cluster by a trend among 200 random sites with five neighbours each."""
    draw = np.random.default_rng(7)
    xy = draw.random((200, 2))
    return xy[:, 0] + 0.2 * draw.standard_normal(200), k_nearest(xy, 5).row_standardised()


def alone(weights, sites):
    """The same weights with some sites made islands."""
    keep = np.ones(weights.n, dtype=bool)
    keep[sites] = False
    rows = keep[weights.rows]
    counts = np.bincount(weights.rows[rows], minlength=weights.n)
    indptr = np.concatenate(([0], np.cumsum(counts)))
    return type(weights)(indptr, weights.indices[rows], weights.data[rows])


def line_of(svg, colour="#b35900"):
    found = re.search(rf'<line x1="([^"]*)" y1="([^"]*)" x2="([^"]*)" y2="([^"]*)" stroke="{colour}"', svg)
    return tuple(map(float, found.groups()))


def points_of(svg):
    return np.array([(float(x), float(y)) for x, y in re.findall(r"M([\d.]+) ([\d.]+)h0", svg)])


class TestScatter:
    def test_the_slope_is_the_global_i(self, case):
        values, weights = case
        assert moran_scatter(values, weights).slope == pytest.approx(global_moran(values, weights).i)

    def test_the_slope_is_the_global_i_with_islands_which_have_no_point(self, case):
        values, weights = case
        weights = alone(weights, [3, 4])
        found = moran_scatter(values, weights)
        assert found.slope == pytest.approx(global_moran(values, weights).i)
        assert np.flatnonzero(np.isnan(found.lag)).tolist() == [3, 4]

    def test_the_slope_is_that_of_least_squares(self, case):
        found = moran_scatter(*case)
        assert np.polyfit(found.z, found.lag, 1)[0] == pytest.approx(found.slope)

    def test_the_bivariate_slope_is_the_mean_of_the_local_ones(self, case):
        values, weights = case
        other = np.roll(values, 1) ** 2
        local = local_moran(values, weights, 1, neighbour_values=other)
        assert moran_scatter(values, weights, other).slope == pytest.approx(local.i.mean())

    def test_equal_values_have_no_plot(self, case):
        assert moran_scatter(np.ones(200), case[1]) is None
        assert moran_scatter(case[0], alone(case[1], range(200))) is None

    def test_points_and_line_stand_where_the_axes_say(self):
        svg = scatter(np.array([-1.0, 1.0, 2.0]), np.array([-1.0, 1.0, 0.0]), 0.5, ("x", "y"), CORNERS)
        (x1, y1), (x2, y2), (x3, y3) = points_of(svg)
        assert (x3 - x2) * 2 == pytest.approx(x2 - x1, abs=0.2) and y3 * 2 == pytest.approx(y1 + y2, abs=0.2)
        left, low, right, high = line_of(svg)
        per_x, per_y = (x2 - x1) / 2, (y1 - y2) / 2
        assert (low - high) / per_y == pytest.approx(0.5 * (right - left) / per_x, abs=0.01)

    def test_a_steep_line_stays_inside_the_axes(self):
        svg = scatter(np.array([-1.0, 1.0]), np.array([-1.0, 1.0]), 50.0, ("x", "y"), CORNERS)
        left, low, right, high = line_of(svg)
        assert 10 <= high < low <= 250 and 64 <= left < right <= 524

    def test_thousands_of_points_are_counted_in_squares(self):
        draw = np.random.default_rng(1)
        x, y = draw.standard_normal((2, 100_000))
        svg = scatter(x, y, 0.0, ("x", "y"), CORNERS, labels=[(0, "first")])
        assert len(points_of(svg)) == 1 and len(svg) < 60_000
        assert "first" in svg and len(re.findall(r'<rect [^>]*y="6"', svg)) == 5

    def test_labels_do_not_overlap_and_are_escaped(self):
        x = np.r_[np.linspace(0.5, 0.52, 8), -1.0, 1.5]
        svg = scatter(x, x, 1.0, ("x", EVIL), CORNERS, labels=[(k, f"{EVIL}{k}") for k in range(8)])
        places = [
            (float(a), float(b))
            for a, b in re.findall(r'x="([\d.]+)" y="([\d.]+)"[^>]*>&lt;b&gt;&amp;\d', svg)
        ]
        assert len(places) == 8 and EVIL not in svg
        for position, (x1, y1) in enumerate(places):
            for x2, y2 in places[position + 1 :]:
                assert abs(y1 - y2) >= 12 or abs(x1 - x2) >= 30


class TestLocalMoran:
    @pytest.fixture
    def found(self, case):
        values, weights = case
        weights = alone(weights, [3])
        result = local_moran(values, weights, 999)
        quadrant = [QUADRANTS.get(code) for code in result.quadrant.tolist()]
        flags = {name: adjust(result.p, name) <= 0.05 for name in ("fdr", "bonferroni")}
        cluster = [
            "none" if island else code if flag else "ns"
            for island, code, flag in zip(weights.islands, quadrant, flags["fdr"], strict=True)
        ]
        columns = [
            result.i,
            result.lag,
            weights.cardinality,
            result.p,
            quadrant,
            flags["fdr"].astype(int).tolist(),
            flags["bonferroni"].astype(int).tolist(),
            cluster,
            cluster,
        ]
        names = [f"{EVIL}{number}" for number in range(values.size)]
        pieces = local_moran_report(
            ("score", values),
            None,
            columns,
            moran_scatter(values, weights),
            names,
            0.05,
            "fdr",
            str,
            "en",
        )
        return "\n".join(pieces), result, quadrant, flags, cluster

    def test_counts_before_and_after_correction_are_those_of_the_tests(self, found):
        page, result, quadrant, flags, _ = found
        for code in CORNERS:
            inside = np.array([one == code for one in quadrant])
            row = re.search(rf"<tr[^>]*><td>{code}</td>(.*?)</tr>", page)[1]
            assert [int(cell) for cell in re.findall(r'"number">(\d+)<', row)] == [
                int((inside & flag).sum())
                for flag in (inside, result.p <= 0.05, flags["fdr"], flags["bonferroni"])
            ]

    def test_the_bars_are_the_clusters_of_the_result(self, found):
        page, *_, cluster = found
        bars = re.findall(r'text-anchor="end">(\w+) [^<]*</text><rect[^>]*width="([\d.]+)"', page)
        lengths = {code: float(width) for code, width in bars if code in CORNERS}
        largest = max(cluster.count(code) for code in (*CORNERS, "ns"))
        assert set(lengths) == set(CORNERS)
        for code, length in lengths.items():
            assert length == pytest.approx(320 * cluster.count(code) / largest, abs=0.06)

    def test_the_clearest_parcels_come_first(self, found):
        page, result, *_ = found
        listed = [int(number) for number in re.findall(r"<td>&lt;b&gt;&amp;(\d+)</td>", page)]
        assert len(listed) == 25 and EVIL not in page
        p = result.p[listed]
        assert (np.diff(p) >= 0).all() and p[-1] <= np.sort(result.p[np.isfinite(result.p)])[25]

    def test_an_island_is_told_and_has_no_point(self, found):
        page, *_ = found
        assert "0 parcels without a value and 1 without neighbours" in page
        assert len(points_of(page)) >= 199


class TestGlobalMoran:
    ROW = dict.fromkeys(column.name for column in MORAN)

    def row(self, found, **more):
        return self.ROW | {
            "field": "score",
            "parcels": found.n,
            "islands": found.islands,
            "excluded": 2,
            "moran_i": found.i,
            "expected": found.expected,
            "var_norm": found.variance_norm,
            "var_rand": found.variance_rand,
            "z_norm": found.z_norm,
            "z": found.z_rand,
            "p": found.p_rand,
            **more,
        }

    def test_both_assumptions_have_the_figures_of_the_kernel(self, case):
        found = global_moran(*case)
        page = "\n".join(
            global_moran_report([self.row(found)], {("score", None): moran_scatter(*case)}, 0, str)
        )
        for name, variance, z, p in (
            ("normality", found.variance_norm, found.z_norm, found.p_norm),
            ("randomisation", found.variance_rand, found.z_rand, found.p_rand),
        ):
            row = re.search(rf"<td>{name}</td>(.*?)</tr>", page)[1]
            assert re.findall(r">([^<>]+)<", row) == [f"{variance:.3g}", f"{z:.2f}", f"{p:.3g}"]
        assert f"I = {found.i:.4f}" in page and "2 without a value left out" in page

    def test_districts_have_bars_as_long_as_their_i_and_none_without_a_result(self, case):
        found = global_moran(*case)
        districts = [("a", 0.5), (EVIL, -0.25), ("c", None)]
        rows = [
            self.row(found),
            *(self.ROW | {"field": "score", "district": name, "moran_i": i} for name, i in districts),
        ]
        page = "\n".join(global_moran_report(rows, {}, 99, str))
        bars = [
            (float(x), float(width))
            for x, width in re.findall(r'<rect x="([\d.]+)" y="\d+" width="(.*?)"', page)
        ]
        (plus, long), (minus, short) = bars
        assert long == pytest.approx(2 * short, abs=0.1) and minus + short == pytest.approx(plus, abs=0.1)
        assert EVIL not in page and "From 99 random permutations" in page


class TestIncrementalMoran:
    def test_both_curves_pass_the_values_of_the_kernel_and_ring_the_peaks(self):
        draw = np.random.default_rng(3)
        xy = draw.random((300, 2))
        values = np.sin(12 * xy[:, 0]) + 0.3 * draw.standard_normal(300)
        result = incremental_moran(values, xy, np.linspace(0.02, 0.4, 12))
        assert result.first_peak is not None
        page = "\n".join(incremental_moran_report(result, 1, str))
        figures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
        for svg, column in zip(figures, (result.z, result.i), strict=True):
            height = points_of(svg)[:, 1]
            top, bottom = int(column.argmax()), int(column.argmin())
            share = (height - height[bottom]) / (height[top] - height[bottom])
            assert share == pytest.approx((column - column.min()) / (column.max() - column.min()), abs=0.01)
            ring = re.search(r'<circle cx="(.*?)" cy="(.*?)"', svg).groups()
            assert tuple(map(float, ring)) == pytest.approx(points_of(svg)[result.first_peak])
        assert f"{result.islands[0]} parcels have no neighbour" in page

    def test_equal_values_have_no_curve(self):
        xy = np.random.default_rng(3).random((30, 2))
        page = "\n".join(incremental_moran_report(incremental_moran(np.ones(30), xy, [0.3, 0.4]), 0, str))
        assert "<svg" not in page and "not defined" in page


class TestHotSpots:
    COLUMNS = (
        np.array([3.0, 2.9, 0.1, -2.0, np.nan, np.nan]),
        np.array([0.001, 0.001, 0.9, 0.04, np.nan, np.nan]),
        [3, 3, 0, -2, None, None],
        [""] * 6,
    )

    def test_counts_and_gaps_are_those_of_the_columns(self):
        page = "\n".join(hot_spots_report(self.COLUMNS, 1, True, "fdr", str, "en"))
        bars = re.findall(r"\((-?\d)\)</text><rect[^>]*/><text[^>]*>(\d+)<", page)
        assert dict(bars) == {"3": "2", "2": "0", "1": "0", "0": "1", "-1": "0", "-2": "1", "-3": "0"}
        assert "1 parcels without a value and 1 without neighbours" in page

    def test_labels_are_in_the_language(self):
        assert "热点，99 % 置信" in "\n".join(hot_spots_report(self.COLUMNS, 1, True, "fdr", str, "zh"))

    def test_no_score_has_no_chart(self):
        columns = (np.full(2, np.nan), np.full(2, np.nan), [None, None], ["", ""])
        assert "<svg" not in "\n".join(hot_spots_report(columns, 0, True, "fdr", str, "en"))


class TestConnectivity:
    def test_bars_are_the_numbers_of_neighbours(self, case):
        weights = alone(case[1], [3, 4])
        summary = connectivity(weights)
        page = "\n".join(connectivity_report(weights, summary, [EVIL] * weights.n, str))
        svg = re.search(r"<svg.*?</svg>", page, re.DOTALL)[0]
        heights = [float(height) for height in re.findall(r'<rect [^>]*height="([\d.]+)"', svg)]
        shares = [height / max(heights) for height in heights]
        assert shares == pytest.approx(summary.sites / summary.sites.max(), abs=0.01)
        assert "2 parcels have no neighbour: 1.0 % of the parcels" in page
        assert EVIL not in page and page.count("&lt;b&gt;&amp;") == 2
        for neighbours, sites in zip(summary.neighbours, summary.sites, strict=True):
            assert f'<td class="number">{neighbours}</td><td class="number">{sites}</td>' in page

    def test_components_are_as_large_as_counted(self):
        ring = [[0, 1], [1, 0], [2, 3], [3, 2], [4, 2], [5]]
        pairs = np.array([pair for pair in ring if len(pair) == 2])
        indptr = np.array([0, 1, 2, 3, 4, 5, 5])
        weights = SpatialWeights(indptr, pairs[:, 1].copy(), np.ones(5))
        page = "\n".join(connectivity_report(weights, connectivity(weights), list("abcdef"), str))
        assert "3 components, 1 of them of one parcel alone" in page
        sizes = re.findall(r'text-anchor="end">(\d)</text><rect[^>]*/><text[^>]*>(\d)<', page)
        assert sizes == [("1", "3"), ("2", "2")]

    def test_many_numbers_of_neighbours_share_bars_and_none_is_lost(self):
        svg = whole_numbers(np.arange(0, 600), np.ones(600, dtype=int), "x", "y", 300.0)
        assert 50 <= svg.count("<rect") <= 60


class TestJoinCounts:
    NAMES = tuple(column.name for column in JOIN_COUNTS)

    def rows(self):
        def row(a, b, joins, expected, z):
            named = {"class_a": a, "class_b": b, "label_a": a, "label_b": b, "parcels_a": 4, "parcels_b": 5}
            return (
                dict.fromkeys(self.NAMES) | named | {"joins": joins, "expected": expected, "z": z, "p": 0.5}
            )

        total = dict.fromkeys(self.NAMES) | {"joins": 3.0, "expected": 6.0, "z": -2.0, "p": 0.04}
        return [
            row(EVIL, EVIL, 8.0, 4.0, 2.0),
            row("b", "b", 2.0, None, None),
            row(EVIL, "b", 3.0, 6.0, -2.0),
            total,
        ]

    def test_bars_are_as_long_as_observed_and_expected(self):
        page = "\n".join(join_counts_report(self.rows(), 9, 1, 2, 0, str))
        figures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
        lengths = [
            [float(width) for width in re.findall(r'width="([\d.]+)" height="11"', svg)] for svg in figures
        ]
        assert lengths == [[160.0, 320.0], [320.0, 160.0, 80.0], [160.0, 320.0]]
        assert "1 of them without neighbours; 2 without a class left out" in page
        assert EVIL not in page and "<td>&lt;b&gt;&amp; – b</td>" in page

    def test_of_many_pairs_the_most_extreme_are_shown(self):
        total = self.rows()[-1]
        pairs = [self.rows()[2] | {"label_a": f"class {k}", "class_a": k, "z": float(k)} for k in range(50)]
        page = "\n".join(join_counts_report([*pairs, total], 9, 0, 0, 9, str))
        assert "The 30 of 50" in page and "class 20 – b" in page and "class 19 – b" not in page


class TestLocalGeary:
    def test_observed_and_expected_c_are_means_of_the_kernel(self, case):
        values, weights = case
        found = local_geary(values, weights, 99)
        kind = [KINDS.get(code) for code in found.kind.tolist()]
        ones = [1] * weights.n
        columns = [
            found.c,
            found.expected,
            found.lag,
            weights.cardinality,
            found.p,
            kind,
            ones,
            ones,
            kind,
            kind,
        ]
        page = "\n".join(
            local_geary_report(EVIL, values, columns, [EVIL] * weights.n, 0.05, "none", str, "en")
        )
        for code in set(kind):
            members = np.array([one == code for one in kind])
            row = re.search(rf"<tr><td>{code} [^<]*</td>(.*?)</tr>", page)[1]
            cells = [float(cell) for cell in re.findall(r">([\d.]+)<", row)]
            expected = [members.sum(), found.c[members].mean(), found.expected[members].mean()]
            assert cells == pytest.approx(expected, abs=5e-5)
        assert EVIL not in page
