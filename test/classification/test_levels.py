"""Quality levels: natural or fixed, in all or by group, as METHOD section 4 states them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.classification.levels import (
    fixed_limits,
    printable_limit,
    quality_levels,
)
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.fields import BREAKS

NAN = math.nan
# Four clear classes: 1 2 | 10 11 | 20 21 | 30 31.
SCORES = np.array([31.0, 1, 2, 10, NAN, 11, 20, 21, 30])


def breaks_table(*uppers, **more):
    """A table of fixed breaks for levels 1, 2, ... ."""
    return [{"level": level, "upper": upper, **more} for level, upper in enumerate(uppers, start=1)]


def message_of(rows, field="d_effic"):
    with pytest.raises(ParcelDataError) as error:
        fixed_limits(rows, field)
    return str(error.value)


class TestNaturalBreaks:
    def test_levels_count_up_with_the_values_and_null_has_none(self):
        levels = quality_levels(SCORES, 4)
        assert levels.level.tolist() == [4, 1, 1, 2, 0, 2, 3, 3, 4]
        assert levels.level_or_null()[4] is None
        assert levels.excluded == 1

    def test_infinity_is_no_value(self):
        assert quality_levels(np.array([1.0, 2, math.inf, -math.inf]), 2).level.tolist() == [1, 2, 0, 0]

    def test_fewer_values_than_classes_give_fewer_levels_and_say_so(self):
        levels = quality_levels(np.array([5.0, 5, 7, NAN]), 4)
        assert levels.level.tolist() == [1, 1, 2, 0]
        assert levels.short_groups(4) == [("", 2)]
        assert levels.short_groups(2) == []

    def test_a_column_of_nulls_is_an_error(self):
        with pytest.raises(ParcelDataError, match="every parcel is NULL"):
            quality_levels(np.full(3, NAN), 4)

    def test_labels_follow_the_number_of_classes_and_the_language(self):
        four = quality_levels(SCORES, 4)
        assert four.labels("en")[:5] == ["high", "low", "low", "general", ""]
        assert four.labels("zh")[:5] == ["高质量", "低质量", "低质量", "一般质量", ""]
        assert quality_levels(SCORES, 3).labels("zh")[0] == "高值区"
        assert quality_levels(SCORES, 2).labels("en")[0] == "2"

    def test_rows_of_the_breaks_table(self):
        rows = quality_levels(SCORES, 4).rows("l_econ", "en")
        named = [dict(zip((field.name for field in BREAKS), row, strict=True)) for row in rows]
        assert [row["level"] for row in named] == [1, 2, 3, 4]
        assert [row["label"] for row in named] == ["low", "general", "relatively high", "high"]
        assert [row["lower"] for row in named] == [None, 2, 11, 21]
        assert [row["upper"] for row in named] == [2, 11, 21, 31]
        assert [row["parcels"] for row in named] == [2, 2, 2, 2]
        assert [row["share"] for row in named] == [0.25] * 4
        assert {(row["field"], row["grp"], row["source"]) for row in named} == {("l_econ", "", "natural")}
        # Within: four pairs one apart, 4 x 0.5. Total: 2928 - 126^2 / 8.
        assert named[0]["gvf"] == pytest.approx(1 - 2 / 943.5)


class TestGroups:
    VALUES = np.array([1.0, 2, 100, 1000, 1010, 2000, NAN])
    GROUPS = np.array([0, 0, 0, 1, 1, 1, 2])
    NAMES = ("A", "B", "C")

    def levels(self, **more):
        return quality_levels(self.VALUES, 2, self.GROUPS, self.NAMES, **more)

    def test_each_has_breaks_of_its_own_and_one_without_values_has_none(self):
        levels = self.levels()
        assert levels.level.tolist() == [1, 1, 2, 1, 1, 2, 0]
        assert [(group.group, group.breaks.upper.tolist()) for group in levels.groups] == [
            ("A", [2, 100]),
            ("B", [1010, 2000]),
        ]
        assert [row[1] for row in levels.rows("x", "en")] == ["A", "A", "B", "B"]
        assert [row[7] for row in levels.rows("x", "en")] == pytest.approx([2 / 3, 1 / 3] * 2)

    def test_the_fit_is_that_of_the_worst_group(self):
        # A: within 0.5, total 10005 - 103^2 / 3. B: within 50, total 6020100 - 4010^2 / 3.
        fits = [1 - 0.5 / (10005 - 103**2 / 3), 1 - 50 / (6020100 - 4010**2 / 3)]
        levels = self.levels()
        assert [group.breaks.gvf for group in levels.groups] == pytest.approx(fits, abs=1e-12)
        assert levels.gvf == pytest.approx(min(fits), abs=1e-12)

    def test_may_have_different_numbers_of_classes_and_then_other_labels(self):
        levels = quality_levels(np.array([1.0, 5, 9, 1, 2]), 3, np.array([0, 0, 0, 1, 1]), ("A", "B"))
        assert levels.labels("en") == ["low", "medium", "high", "1", "2"]
        assert levels.short_groups(3) == [("B", 2)]

    def test_have_fixed_breaks_of_their_own_or_share_those_without_a_group(self):
        rows = [*breaks_table(1, 100, grp="A"), *breaks_table(1005, 3000, grp="")]
        assert self.levels(fixed=fixed_limits(rows, "x")).level.tolist() == [1, 2, 2, 1, 2, 2, 0]

    def test_a_group_without_fixed_breaks_is_named(self):
        with pytest.raises(ParcelDataError, match="fixed breaks of x have no rows for group “B”"):
            self.levels(fixed=fixed_limits(breaks_table(1, 100, grp="A"), "x"))
        with pytest.raises(ParcelDataError, match="fixed breaks of x have rows for the groups A only"):
            quality_levels(self.VALUES, 2, fixed=fixed_limits(breaks_table(1, 100, grp="A"), "x"))

    def test_a_group_called_by_a_number_is_found_in_a_column_of_numbers(self):
        limits = fixed_limits([*breaks_table(1, 2, grp=0.0), *breaks_table(3, 4, grp=1)], "x")
        assert {group: uppers.tolist() for group, uppers in limits.by_group.items()} == {
            "0": [1, 2],
            "1": [3, 4],
        }


class TestFixedBreaks:
    def test_are_used_whatever_the_values(self):
        levels = quality_levels(SCORES, 4, fixed=fixed_limits(breaks_table(10, 20, 30), "x"))
        assert levels.level.tolist() == [3, 1, 1, 1, 0, 2, 2, 3, 3]
        assert levels.short_groups(4) == []
        assert {row[-1] for row in levels.rows("x", "en")} == {"fixed"}

    def test_of_one_run_give_its_levels_again(self):
        levels = quality_levels(SCORES, 4)
        names = [field.name for field in BREAKS]
        table = [dict(zip(names, row, strict=True)) for row in levels.rows("l_econ", "zh")]
        again = quality_levels(SCORES, 4, fixed=fixed_limits(table, "l_econ"), exact=True)
        assert again.level.tolist() == levels.level.tolist()
        assert again.gvf == levels.gvf

    def test_must_have_as_many_levels_as_asked_for_where_that_is_asked_for(self):
        limits = fixed_limits(breaks_table(10, 20, 30), "l_econ")
        assert quality_levels(SCORES, 3, fixed=limits, exact=True).level.max() == 3
        with pytest.raises(ParcelDataError) as error:
            quality_levels(SCORES, 4, fixed=limits, exact=True)
        assert str(error.value) == "The fixed breaks of l_econ have 3 levels, not 4."

    def test_belong_to_a_field_or_to_all(self):
        rows = [*breaks_table(1, 2, field="a"), *breaks_table(3, 4, field="b")]
        assert fixed_limits(rows, "b").of("").tolist() == [3, 4]
        assert fixed_limits(breaks_table(5, 6, field=None), "b").of("").tolist() == [5, 6]
        assert message_of(rows, "c") == "The table of fixed breaks has no rows for field “c”."

    def test_may_be_text_in_any_order_with_empty_rows_between(self):
        rows = [
            {"level": "2", "upper": "1,234.5"},
            {"level": None, "upper": " "},
            {"level": "１", "upper": "7"},
        ]
        assert fixed_limits(rows, "x").of("").tolist() == [7, 1234.5]

    def test_a_decimal_comma_holds_for_all_limits(self):
        assert fixed_limits(breaks_table("0,5", "1,234", "12,5"), "x").of("").tolist() == [0.5, 1.234, 12.5]
        message = message_of(breaks_table("0,5", "1,234.5"))
        assert message.startswith("The fixed breaks of d_effic: The column holds “0,5”")

    @pytest.mark.parametrize("rows", [[], [{"level": 1}], [{"upper": 1}]])
    def test_need_level_and_upper(self, rows):
        assert message_of(rows) == "The table of fixed breaks needs the columns level and upper."

    @pytest.mark.parametrize(
        ("levels", "uppers", "sentence"),
        [
            ((1, 2, 4), (1, 2, 4), "no level 3, but a level 4: give every level from 1 up"),
            ((2, 3), (1, 2), "no level 1, but a level 3"),
            ((1, 2, 2), (1, 2, 3), "level 2 twice: keep one of the rows"),
            ((0, 1, 2), (0, 1, 2), "the level “0”: levels are 1, 2, 3 and so on"),
            ((1, 1.5, 2), (1, 2, 3), "the level “1.5”: levels are 1"),
            ((1, "low"), (1, 2), "the level “low”: levels are 1"),
            ((1, None), (1, 2), "the level “”: levels are 1"),
            ((1, 2, 3), (1, 3, 2), "upper limit 2 at level 3, not above the 3 of level 2"),
            ((1, 2), (5, 5), "upper limit 5 at level 2, not above the 5 of level 1"),
            ((1, 2), (1, "many"), "upper limit “many” at level 2, which is not a finite number"),
            ((1, 2), (1, None), "upper limit “” at level 2, which is not a finite number"),
            ((1, 2), (1, math.inf), "upper limit “inf” at level 2, which is not a finite number"),
        ],
    )
    @pytest.mark.parametrize("group", ["", "North"])
    def test_each_fault_names_field_group_and_level(self, levels, uppers, sentence, group):
        rows = [
            *breaks_table(1, 2, grp="South"),
            *({"level": a, "upper": b, "grp": group} for a, b in zip(levels, uppers, strict=True)),
        ]
        message = message_of(rows)
        assert message.startswith(
            "The fixed breaks of d_effic (North) " if group else "The fixed breaks of d_effic "
        )
        assert sentence in message


@given(st.floats(-1e12, 1e12))
def test_a_limit_survives_text_of_fifteen_digits(limit):
    printed = printable_limit(limit)
    assert printed >= limit
    assert float(f"{printed:.15g}") == printed
    assert printed == pytest.approx(limit, rel=1e-14, abs=1e-300)


def test_limits_of_a_table_in_text_make_the_same_levels():
    values = np.random.default_rng(5).lognormal(0, 2, 300)
    levels = quality_levels(values, 4)
    text = [{"level": row[2], "upper": f"{row[5]:.15g}"} for row in levels.rows("v", "en")]
    again = quality_levels(values, 4, fixed=fixed_limits(text, "v"))
    assert (again.level == levels.level).all() and again.above == 0
