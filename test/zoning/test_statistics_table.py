"""The table of statistics, as METHOD section 8 states it; figures by hand and by pandas."""

import numpy as np
import pandas as pd
import pytest
from parcel_agglomeration.algorithms.fields import (
    DISTRICTS,
    LEVELS_3,
    STATISTICS,
    district_class_fields,
    quantity_fields,
)
from parcel_agglomeration.algorithms.zoning.statistics_table import (
    Classes,
    class_names,
    district_rows,
    statistics_rows,
)

NAN = np.nan


def column(field, texts, language="en", **more):
    return Classes.of(field, texts, language, **more)


def table(columns, area, quantities=None, **more):
    """Statistics as a pandas table with the columns of the contract; one quantity "out"."""
    area = np.asarray(area, dtype=float)
    quantities = np.empty((area.size, 0)) if quantities is None else np.asarray(quantities, float)[:, None]
    fields = [*STATISTICS, *(quantity_fields("out") if quantities.size else ())]
    rows = statistics_rows(columns, area, quantities, **more)
    return pd.DataFrame(rows, columns=[field.name for field in fields])


class TestClasses:
    def test_of_a_scale_of_ours_are_all_there_low_first(self):
        zones = column("zone", ["4", "", "1"], "zh")
        assert zones.codes == ("1", "2", "3", "4")
        assert zones.position.tolist() == [4, 0, 1]
        assert zones.labels[3] == "高质量集聚区"
        assert zones.complete

    def test_that_a_scale_does_not_know_follow_it(self):
        assert column("zone", ["9", "1", "x"]).codes == ("1", "2", "3", "4", "9", "x")

    def test_may_have_a_scale_given(self):
        levels = column("mine_lvl", ["3"], terms=LEVELS_3)
        assert levels.labels == ("low", "medium", "high")
        assert levels.complete

    def test_of_other_fields_are_the_texts_that_occur(self):
        industries = column("industry", ["steel", "", "food", "steel"])
        assert industries.codes == industries.labels == ("food", "steel")
        assert industries.position.tolist() == [2, 0, 1, 2]
        assert not industries.complete

    def test_are_ordered_as_numbers_before_words(self):
        texts = ["10", "②", "9", "-1", "①", "²", "1.5", "b", "nan", "1e2", "C26", "-", "1-2", "01"]
        assert column("x", texts).codes == (
            *("-1", "01", "1.5", "9", "10", "1e2"),
            *("-", "1-2", "C26", "b", "nan", "²", "①", "②"),
        )

    def test_may_be_none(self):
        assert column("x", ["", ""]).codes == ()
        assert table([column("x", ["", ""])], [1, 2]).empty


# Six parcels: industry, district, area in hectares, output.
INDUSTRY = ["steel", "steel", "food", "food", "food", ""]
DISTRICT = ["N", "N", "N", "S", "", "S"]
AREA = [4.0, 6, 10, 20, 60, 100]
OUTPUT = [30.0, NAN, 5, 10, 0, 1000]


class TestSections:
    def test_are_shares_of_the_parcels_with_a_class(self):
        rows = table([column("industry", INDUSTRY)], AREA, OUTPUT)
        assert rows["section"].tolist() == ["industry"] * 2
        assert rows["class"].tolist() == ["food", "steel"]
        assert rows["district"].tolist() == rows["cross_fld"].tolist() == rows["cross"].tolist() == [""] * 2
        assert rows["parcels"].tolist() == [3, 2]
        assert rows["share_n"].tolist() == [0.6, 0.4]
        assert rows["area_hm2"].tolist() == [90, 10]
        assert rows["share_area"].tolist() == [0.9, 0.1]
        assert rows["of_parcels"].tolist() == [5, 5]
        assert rows["of_hm2"].tolist() == [100, 100]

    def test_of_a_quantity_have_sum_share_mean_and_ratio_to_the_lowest_class(self):
        rows = table([column("industry", INDUSTRY)], AREA, OUTPUT)
        assert rows["out_sum"].tolist() == [15, 30]
        assert rows["out_share"].tolist() == pytest.approx([1 / 3, 2 / 3])
        # The missing output counts in no mean.
        assert rows["out_mean"].tolist() == [5, 30]
        assert rows["out_ratio"].tolist() == [1, 6]
        assert rows["out_median"].tolist() == [5, 30]
        assert rows["out_n"].tolist() == [3, 1]
        assert rows["out_of"].tolist() == [45, 45]

    def test_of_grades_tell_the_ratios_in_the_papers_form_and_others_do_not(self):
        # The form of Planners 2024(7), section 3.2.1: the highest class first, the lowest is 1.
        levels = column("effic_lvl", ["3", "2", "1", "1"])
        rows = table([levels], np.ones(4), [2787, 38, 1, 1])
        assert rows["out_ratios"].tolist() == ["2787 : 38 : 1"] * 3
        assert table([column("industry", INDUSTRY)], AREA, OUTPUT)["out_ratios"].tolist() == ["", ""]
        clusters = table([column("lm_cluster", ["HH", "LL"])], np.ones(2), [2, 1])
        assert set(clusters["out_ratios"]) == {""}

    def test_say_what_their_denominator_is(self):
        industries, zones = column("industry", INDUSTRY), column("zone", list("112234"), "zh")
        rows = table([industries, zones], AREA, districts=DISTRICT, cross=zones)
        said = rows.groupby(["section", "district", "class", "cross"])["of_what"].first()
        assert said["industry", "", "food", ""] == "parcels with industry"
        assert said["industry", "S", "food", ""] == "parcels of S with industry"
        assert said["industry", "", "food", "2"] == "parcels of industry food with zone"
        assert said["zone", "N", "1", ""] == "N 内有 zone 的地块"

    def test_stand_one_after_the_other(self):
        rows = table([column("zone", list("112234")), column("industry", INDUSTRY)], AREA)
        assert rows["section"].tolist() == ["zone"] * 4 + ["industry"] * 2

    def test_list_the_empty_classes_of_our_own_scales(self):
        rows = table([column("zone", ["4", "4", "1", "1", "1", ""])], AREA)
        assert rows["class"].tolist() == ["1", "2", "3", "4"]
        assert rows["parcels"].tolist() == [3, 0, 0, 2]
        assert rows["share_n"].tolist() == [0.6, 0, 0, 0.4]


class TestDistricts:
    def test_have_the_denominator_of_their_own_parcels(self):
        rows = table([column("industry", INDUSTRY)], AREA, OUTPUT, districts=DISTRICT)
        north = rows[rows["district"] == "N"].set_index("class")
        assert north["parcels"].to_dict() == {"food": 1, "steel": 2}
        assert north["share_n"].to_dict() == pytest.approx({"food": 1 / 3, "steel": 2 / 3})
        assert north["share_area"].to_dict() == {"food": 0.5, "steel": 0.5}
        assert (north["of_parcels"] == 3).all() and (north["of_hm2"] == 20).all()
        assert north["out_share"].to_dict() == pytest.approx({"food": 5 / 35, "steel": 30 / 35})

    def test_leave_out_their_empty_classes_and_parcels_without_a_district(self):
        rows = table([column("industry", INDUSTRY)], AREA, districts=DISTRICT)
        assert list(zip(rows["district"], rows["class"], strict=True)) == [
            ("", "food"), ("", "steel"), ("N", "food"), ("N", "steel"), ("S", "food"),
        ]  # fmt: skip
        # The parcel of S without an industry is in no denominator.
        assert rows.iloc[-1][["parcels", "share_n", "of_parcels", "of_hm2"]].tolist() == [1, 1, 1, 20]

    def test_list_the_empty_classes_of_our_own_scales(self):
        rows = table([column("zone", ["4", "4", "1", "1", "1", ""])], AREA, districts=DISTRICT)
        south = rows[rows["district"] == "S"]
        assert south["class"].tolist() == ["1", "2", "3", "4"]
        assert south["parcels"].tolist() == [1, 0, 0, 0]

    def test_many_with_many_classes_have_no_rows_for_nothing(self):
        names = [f"{k:03d}" for k in range(240)]
        rows = table([column("industry", names)], np.ones(240), districts=names)
        assert len(rows) == 240 + 240

    def test_add_up_as_pandas_adds_them_up(self):
        generator = np.random.default_rng(11)
        n = 2000
        frame = pd.DataFrame(
            {
                "class": generator.choice(["1", "2", "3", "4"], n),
                "district": generator.choice(list("ABCDE"), n),
                "area_hm2": generator.lognormal(size=n),
                "out": np.where(generator.random(n) < 0.1, NAN, generator.lognormal(size=n)),
            }
        )
        rows = table(
            [column("zone", frame["class"].tolist())],
            frame["area_hm2"],
            frame["out"],
            districts=frame["district"].tolist(),
        )
        found = rows[rows["district"] != ""].set_index(["district", "class"])
        groups = frame.groupby(["district", "class"])
        totals = frame.groupby("district")[["area_hm2", "out"]].transform("sum")
        frame["share_area"] = frame["area_hm2"] / totals["area_hm2"]
        frame["share_out"] = frame["out"] / totals["out"]
        expected = groups.agg(
            parcels=("area_hm2", "size"), area_hm2=("area_hm2", "sum"), out_sum=("out", "sum"),
            out_mean=("out", "mean"), out_median=("out", "median"), out_n=("out", "count"),
        )  # fmt: skip
        shares = frame.groupby(["district", "class"])[["share_area", "share_out"]].sum()
        for name in expected:
            assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy())
        assert found["share_area"].to_numpy() == pytest.approx(shares["share_area"].to_numpy())
        assert found["out_share"].to_numpy() == pytest.approx(shares["share_out"].to_numpy())
        lowest = found["out_mean"].groupby("district").transform("first")
        assert found["out_ratio"].to_numpy() == pytest.approx((found["out_mean"] / lowest).to_numpy())


class TestDistrictsByClass:
    def pivot(self, classes, area, quantities, districts=None):
        rows = district_rows(classes, np.asarray(area, float), np.asarray(quantities, float), districts)
        names = zip(class_names(classes), classes.labels, strict=True)
        fields = [*DISTRICTS, *(f for name in names for f in district_class_fields(*name, ["out"]))]
        return pd.DataFrame(rows, columns=[field.name for field in fields]).set_index("district")

    def test_are_the_pivot_table_of_pandas(self):
        generator = np.random.default_rng(12)
        n = 1500
        frame = pd.DataFrame(
            {
                "zone": generator.choice(["", "1", "2", "3", "4"], n),
                "district": generator.choice(["", *"ABC"], n),
                "area": generator.lognormal(size=n),
                "out": np.where(generator.random(n) < 0.1, NAN, generator.lognormal(size=n)),
            }
        )
        zones = column("zone", frame["zone"].tolist())
        found = self.pivot(zones, frame["area"], frame[["out"]], frame["district"].tolist())
        assert found.index.tolist() == ["A", "B", "C", "all districts"]
        zoned = frame[frame["zone"] != ""]
        everywhere = pd.concat([zoned[zoned["district"] != ""], zoned.assign(district="all districts")])
        for name, value, how in (("n", "area", "size"), ("hm2", "area", "sum"), ("out", "out", "sum")):
            expected = everywhere.pivot_table(index="district", columns="zone", values=value, aggfunc=how)
            shares = expected.div(expected.sum(axis=1), axis=0)
            share = {"n": "share_n", "hm2": "share", "out": "out_share"}[name]
            for zone in "1234":
                assert found[f"zone_{zone}_{name}"].tolist() == pytest.approx(expected[zone].tolist())
                assert found[f"zone_{zone}_{share}"].tolist() == pytest.approx(shares[zone].tolist())
        assert found["of_parcels"].tolist() == everywhere.groupby("district").size().tolist()
        assert found["of_hm2"].tolist() == pytest.approx(
            everywhere.groupby("district")["area"].sum().tolist()
        )

    def test_agree_with_the_long_table(self):
        zones = column("zone", ["4", "4", "1", "2", "", "3"])
        long = table([zones], AREA, OUTPUT, districts=DISTRICT)
        wide = self.pivot(zones, AREA, np.array(OUTPUT)[:, None], DISTRICT)
        for row in long.to_dict("records"):
            place = wide.loc[row["district"] or "all districts"]
            assert place[f"zone_{row['class']}_n"] == row["parcels"]
            assert place[f"zone_{row['class']}_out"] == row["out_sum"]

    def test_with_a_district_of_one_parcel_or_none_with_a_class(self):
        found = self.pivot(column("zone", ["4", ""]), [2, 3], [[5], [6]], ["one", "none"])
        assert found.loc["one", ["of_parcels", "zone_4_n", "zone_4_share", "zone_1_n"]].tolist() == [
            1,
            1,
            1,
            0,
        ]
        assert found.loc["none", "of_parcels"] == 0 and np.isnan(found.loc["none", "zone_4_share"])

    def test_without_districts_are_one_row_for_all(self):
        found = self.pivot(column("zone", ["4", "1"], "zh"), [2, 3], [[5], [6]])
        assert found.index.tolist() == ["全部片区"]

    def test_have_a_column_name_for_each_class(self):
        # Fields of a table differ by more than case.
        assert class_names(column("x", ["a", "A", "A_2"])) == ["x_A", "x_A_2", "x_a_3"]


class TestCrossed:
    ZONE = ["4", "4", "4", "1", "1", ""]
    CLUSTER = ["HH", "HH", "ns", "LL", "", "HH"]

    def crossed(self, first, second, **more):
        rows = table([first], AREA, cross=second, **more)
        return rows[rows["cross_fld"] != ""]

    def test_rows_are_shares_of_the_class(self):
        rows = self.crossed(column("zone", self.ZONE), column("lm_cluster", self.CLUSTER))
        assert (rows["section"] == "zone").all() and (rows["cross_fld"] == "lm_cluster").all()
        best = rows[rows["class"] == "4"].set_index("cross")
        assert best["parcels"].to_dict() == {"HH": 2, "LL": 0, "LH": 0, "HL": 0, "ns": 1, "none": 0}
        assert best["share_n"]["HH"] == pytest.approx(2 / 3)
        assert best["share_area"]["HH"] == pytest.approx(0.5)
        assert (best["of_parcels"] == 3).all() and (best["of_hm2"] == 20).all()
        # The parcel of zone 1 without a cluster is in no denominator.
        assert rows[rows["class"] == "1"]["of_parcels"].tolist() == [1] * 6

    def test_rows_of_two_scales_of_ours_are_all_there_without_shares_where_a_class_is_empty(self):
        rows = self.crossed(column("zone", self.ZONE), column("lm_cluster", self.CLUSTER))
        assert len(rows) == 4 * 6
        empty = rows[rows["class"] == "2"]
        assert (empty["of_parcels"] == 0).all() and empty["share_n"].isna().all()

    def test_rows_of_other_fields_leave_out_what_is_empty(self):
        for first, second in (
            (column("zone", self.ZONE), column("industry", INDUSTRY)),
            (column("industry", INDUSTRY), column("zone", self.ZONE)),
        ):
            rows = self.crossed(first, second)
            assert rows["parcels"].tolist() == [2, 1, 2]

    def test_a_field_is_not_crossed_with_itself(self):
        assert self.crossed(column("zone", self.ZONE), column("zone", self.ZONE)).empty


def test_completed_counts_the_parcels_zoned_by_completed_cells():
    sources = ["printed", "completed", "completed", "completed", "", ""]
    rows = table(
        [column("zone", ["4", "4", "3", "3", "", "1"])],
        AREA,
        districts=["N", "N", "N", "S", "S", "S"],
        cross=column("industry", INDUSTRY),
        sources=sources,
    )
    total = rows[(rows["district"] == "") & (rows["cross"] == "")]
    assert total["completed"].tolist() == [0, 0, 2, 1]
    assert rows[rows["district"] == "N"]["completed"].tolist() == [0, 0, 1, 1]
    assert rows[rows["cross"] == "food"]["completed"].tolist() == [2]
    assert (table([column("zone", ["1"] * 6)], AREA)["completed"] == 0).all()
