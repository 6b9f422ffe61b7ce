"""Industry codes cut to a level of GB/T 4754-2017."""

import pytest
from parcel_agglomeration.algorithms.planning.industry_codes import (
    AS_GIVEN,
    CLASS,
    DIVISION,
    GROUP,
    SECTION,
    industry_keys,
)


@pytest.mark.parametrize(
    ("text", "section", "division", "group", "class_"),
    [
        ("3610", "C", "36", "361", "3610"),
        ("C3610", "C", "36", "361", "3610"),
        ("c 36", "C", "36", "c 36", "c 36"),
        ("36 Automobiles", "C", "36", "36 Automobiles", "36 Automobiles"),
        ("３６１０ 汽车整车制造", "C", "36", "361", "3610"),
        ("C36汽车制造业", "C", "36", "C36汽车制造业", "C36汽车制造业"),
        ("0111", "A", "01", "011", "0111"),
        ("06", "B", "06", "06", "06"),
        ("43", "C", "43", "43", "43"),
        ("44", "D", "44", "44", "44"),
        ("97", "T", "97", "97", "97"),
        ("98", "98", "98", "98", "98"),
        ("C", "C", "C", "C", "C"),
        ("C 制造业", "C", "C 制造业", "C 制造业", "C 制造业"),
        ("Textiles", "Textiles", "Textiles", "Textiles", "Textiles"),
        ("12345", "12345", "12345", "12345", "12345"),
        ("", "", "", "", ""),
    ],
)
def test_codes_are_cut_and_names_are_kept(text, section, division, group, class_):
    levels = {SECTION: section, DIVISION: division, GROUP: group, CLASS: class_}
    assert {level: industry_keys([text], level).keys[0] for level in levels} == levels


@pytest.mark.parametrize(
    ("section", "divisions"),
    [("A", (1, 5)), ("B", (6, 12)), ("C", (13, 43)), ("F", (51, 52)), ("I", (63, 65)), ("M", (73, 75))],
)
def test_sections_have_the_divisions_of_the_standard(section, divisions):
    assert industry_keys([f"{division:02d}" for division in divisions], SECTION).keys == [section] * 2


def test_names_beside_a_code_are_kept_where_the_code_is_the_key():
    result = industry_keys(["36 Automobiles", "3610 Cars", "37、铁路", "36 Cars again"], DIVISION)
    assert result.keys == ["36", "36", "37", "36"]
    assert result.names == {"36": "Automobiles", "37": "铁路"}


def test_what_holds_no_code_of_the_level_is_counted():
    assert industry_keys(["36", "steel", "", "C"], DIVISION).uncut == 2
    assert industry_keys(["36", "steel", "", "C"], AS_GIVEN).uncut == 0


def test_blanks_and_full_width_digits_make_no_other_industry():
    assert industry_keys([" ３６ ", "36", "a  b", "a b"], AS_GIVEN).keys == ["36", "36", "a b", "a b"]
