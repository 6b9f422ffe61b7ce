"""The industry check: means, ranks, conflicts and shifts; by hand, by pandas and by scipy."""

import builtins
import math

import numpy as np
import pytest
from parcel_agglomeration.algorithms.planning.industry_check import (
    check_industries,
    rank_correlation,
    shifted_levels,
)

NAN = math.nan

# Five industries: mean scores a 80, b 60, c 40, d 20, e none; performance a 1, b 3, c 2, d none, f 9.
KEYS = ["a", "a", "b", "c", "c", "d", "e", ""]
SCORE = np.array([100, 70, 60, 40, 40, 20, NAN, 50])
AREA = np.array([1, 2, 3, 1, NAN, 4, 1, 1])
OUTPUT = np.array([5, 5, 1, NAN, NAN, 7, 1, 2])
PERFORMANCE = {"a": [1.0], "b": [3.0], "c": [2.0], "e": [4.0], "f": [9.0]}


def checked(keys=KEYS, score=SCORE, area=AREA, performance=PERFORMANCE, lower=(False,), limit=2):
    return check_industries(keys, score, area, OUTPUT[: len(keys)], performance, lower, limit)


def column(check, name):
    return {one.key: getattr(one, name) for one in check.industries}


class TestIndustries:
    def test_are_summed_and_ranked_by_their_mean_weighted_by_area(self):
        check = checked()
        assert [one.key for one in check.industries] == ["a", "b", "c", "d", "e", "f"]
        assert column(check, "parcels") == {"a": 2, "b": 1, "c": 2, "d": 1, "e": 1, "f": 0}
        assert column(check, "scored") == {"a": 2, "b": 1, "c": 1, "d": 1, "e": 0, "f": 0}
        assert column(check, "area") == {"a": 3, "b": 3, "c": 1, "d": 4, "e": 1, "f": 0}
        assert column(check, "score")["a"] == 80
        assert column(check, "output")["a"] == 10
        assert math.isnan(column(check, "output")["c"])
        assert [one.rank for one in check.industries][:4] == [1, 2, 3, 4]
        assert math.isnan(column(check, "rank")["e"])

    def test_are_compared_where_both_sides_have_them(self):
        check = checked()
        assert check.joint.n == 3
        ranks = {
            one.key: (one.compared_rank, one.performance_rank, one.difference) for one in check.industries
        }
        assert [ranks[key] for key in "abc"] == [(1, 3, -2), (2, 1, 1), (3, 2, 1)]
        assert all(math.isnan(value) for key in "def" for value in ranks[key])

    def test_have_a_finding(self):
        findings = {
            "a": "over",
            "b": "single",
            "c": "single",
            "d": "no_perf",
            "e": "no_score",
            "f": "no_parcel",
        }
        assert column(checked(), "finding") == findings
        # Among two industries a difference of 1 is all there can be; c now performs better than it scores.
        two = checked(["a", "a", "c", "c"], SCORE[[0, 1, 3, 3]], np.ones(4), limit=1)
        assert column(two, "finding")["a"] == "over" and column(two, "finding")["c"] == "under"
        assert [one.key for one in two.industries if one.conflicts] == ["a", "c"]
        assert column(checked(limit=3), "finding")["a"] == "agrees"

    def test_of_which_lower_is_better_rank_the_other_way_round(self):
        check = checked(lower=(True,))
        assert column(check, "performance_rank") == pytest.approx(
            {"a": 1, "b": 3, "c": 2, "d": NAN, "e": NAN, "f": NAN}, nan_ok=True
        )
        assert check.joint.spearman == -checked().joint.spearman

    def test_with_several_measures_rank_by_the_mean_of_their_ranks(self):
        performance = {"a": [10, 5], "b": [8, 1], "c": [9, 7], "d": [7, NAN]}
        check = checked(performance=performance, lower=(False, True))
        # Ranks 1 3 2 and 2 1 3: means 1.5 2 2.5. An industry that lacks a measure is not compared.
        assert [column(check, "performance_rank")[key] for key in "abc"] == [1, 2, 3]
        assert [one.n for one in check.measures] == [3, 3] and check.joint.n == 3
        assert column(check, "finding")["d"] == "no_perf"

    def test_that_differ_by_rounding_alone_share_a_rank(self):
        check = checked(["a", "a", "a", "b"], np.full(4, 33.3), np.array([0.1, 0.2, 0.3, 0.7]))
        scores = column(check, "score")
        assert scores["a"] != scores["b"] and scores["a"] == pytest.approx(scores["b"], rel=1e-15)
        assert column(check, "rank")["a"] == column(check, "rank")["b"] == 1.5
        assert math.isnan(check.joint.spearman)

    def test_of_no_parcel_at_all_leave_everything_open(self):
        check = checked(["", ""], SCORE[:2], AREA[:2])
        assert check.joint.n == 0 and math.isnan(check.joint.kendall)
        assert set(column(check, "finding").values()) == {"no_parcel"}
        assert check.finding == ["no_ind"] * 2

    def test_are_as_pandas_and_scipy_find_them(self):
        pd, stats = pytest.importorskip("pandas"), pytest.importorskip("scipy.stats")
        generator = np.random.default_rng(4)
        n = 3000
        frame = pd.DataFrame(
            {
                "key": generator.choice([f"{code}" for code in range(10, 50)], n),
                "score": generator.uniform(0, 100, n),
                "area": generator.lognormal(size=n),
                "output": generator.lognormal(size=n),
            }
        )
        frame.loc[generator.random(n) < 0.1, "score"] = NAN
        measures = pd.DataFrame(
            {"growth": generator.integers(0, 12, 40), "energy": generator.random(40)},
            index=[f"{code}" for code in range(12, 52)],
        )
        check = check_industries(
            frame["key"].tolist(),
            *(frame[name].to_numpy() for name in ("score", "area", "output")),
            {key: list(row) for key, row in zip(measures.index, measures.to_numpy(), strict=True)},
            (False, True),
            5,
        )
        scored = frame.dropna(subset="score")
        mean = (scored["score"] * scored["area"]).groupby(scored["key"]).sum() / scored.groupby("key")[
            "area"
        ].sum()
        found = pd.DataFrame([vars(one) for one in check.industries]).set_index("key")
        pd.testing.assert_series_equal(found["score"].dropna().sort_index(), mean, check_names=False)
        sums = frame.groupby("key")[["area", "output"]].sum()
        pd.testing.assert_frame_equal(found.loc[sums.index, ["area", "output"]], sums, check_names=False)
        both = mean.to_frame("mean").join(measures, how="inner")
        ranks = both["growth"].rank(ascending=False) + both["energy"].rank()
        expected = both["mean"].rank(ascending=False) - ranks.rank()
        pd.testing.assert_series_equal(found.loc[both.index, "difference"], expected, check_names=False)
        assert set(found.index[found["finding"].isin(["over", "under"])]) == set(
            expected.index[expected.abs() >= 5]
        )
        for result, values in (
            (check.joint, -ranks),
            (check.measures[0], both["growth"]),
            (check.measures[1], -both["energy"]),
        ):
            rho, tau = stats.spearmanr(both["mean"], values), stats.kendalltau(both["mean"], values)
            assert result.n == len(both) == 38
            assert (result.spearman, result.spearman_p) == pytest.approx((rho[0], rho[1]))
            assert (result.kendall, result.kendall_p) == pytest.approx((tau[0], tau[1]))


class TestParcels:
    def test_have_the_finding_of_their_industry_or_of_their_own(self):
        check = checked()
        assert check.finding == [
            "over",
            "over",
            "single",
            "single",
            "no_score",
            "no_perf",
            "no_score",
            "no_ind",
        ]
        assert check.confidence.tolist() == [1, 1, 2, 2, 0, 0, 0, 0]
        np.testing.assert_array_equal(check.difference, [-2, -2, 1, 1, 1, NAN, NAN, NAN])

    def test_to_review_come_by_conflict_and_area_then_what_is_open(self):
        assert checked().to_review(AREA).tolist() == [1, 0, 5, 6, 7, 4]

    def test_with_high_confidence_are_not_listed(self):
        check = checked(["a", "a", "b", "b"], np.array([9, 8, 7, 6]), np.ones(4), {"a": [2], "b": [1]})
        assert check.confidence.tolist() == [3] * 4
        assert check.to_review(np.ones(4)).size == 0


class TestShift:
    # x scores best and performs worst, y the reverse; z has one parcel.
    KEYS = ["x", "x", "x", "y", "y", "y", "z", "w", "w"]
    SCORE = np.array([90, 90, 90, 20, 20, 20, 10, 50, 50])

    @pytest.fixture
    def check(self):
        performance = {"x": [1], "y": [9], "z": [8], "w": [5]}
        return check_industries(self.KEYS, self.SCORE, np.ones(9), np.ones(9), performance, (False,), limit=2)

    def test_is_one_level_towards_the_performance(self, check):
        moved, reasons = shifted_levels(np.array([4, 2, 1, 1, 4, 0, 2, 3, 3]), self.KEYS, check, 4)
        assert moved.tolist() == [3, 1, 1, 2, 4, 0, 2, 3, 3]
        assert reasons == ["down", "down", "end", "up", "end", "", "single", "", ""]

    def test_leaves_the_levels_it_was_given(self, check):
        level = np.array([4, 2, 1, 1, 4, 0, 2, 3, 3])
        shifted_levels(level, self.KEYS, check, 4)
        assert level.tolist() == [4, 2, 1, 1, 4, 0, 2, 3, 3]


class TestRankCorrelation:
    A, B = np.array([44.4, 45.9, 41.9, 53.3, 44.7]), np.array([2.6, 3.1, 2.5, 5.0, 3.6])

    def test_has_the_p_of_r(self):
        # R 4, help of cor.test: Kendall's rank correlation of 9 tuna, T = 26, p-value = 0.1194.
        lightness = np.array([44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1])
        panel = np.array([2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8])
        assert rank_correlation(lightness, panel).kendall_p == pytest.approx(0.1194, abs=5e-5)

    def test_without_scipy_is_the_same_but_for_p(self, monkeypatch):
        pytest.importorskip("scipy.stats")
        full = rank_correlation(self.A, self.B)
        assert full.spearman_p > 0 and full.kendall_p > 0
        load = builtins.__import__

        def without(name, *rest):
            if name.startswith("scipy"):
                raise ImportError(name)
            return load(name, *rest)

        monkeypatch.setattr(builtins, "__import__", without)
        bare = rank_correlation(self.A, self.B)
        assert (bare.spearman, bare.kendall) == (full.spearman, full.kendall)
        assert math.isnan(bare.spearman_p) and math.isnan(bare.kendall_p)

    def test_of_two_industries_has_no_p(self):
        result = rank_correlation(self.A[:2], self.B[:2])
        assert result.spearman == pytest.approx(1) and result.kendall == 1
        assert math.isnan(result.spearman_p) and math.isnan(result.kendall_p)
