"""Numbers as people type them."""

import math

import numpy as np
import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.parsing import (
    guarded,
    has_decimal_comma,
    parse_number,
    parse_ratio,
    without_guard,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 1,234 ", 1234),
        ("1,234,567.5", 1234567.5),
        ("0,5", 0.5),
        ("0,333", 0.333),
        ("1.234,5", 1234.5),
        ("1.234", 1.234),
        ("12 %", 12),
        ("１２．５", 12.5),
        ("1e3", 1000),
        ("-7", -7),
        ("1 234", 1234),
        (3, 3),
        (True, 1),
        ("是", 1),
        ("No", 0),
    ],
)
def test_is_read(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize("empty", [None, "", "  ", "NULL", "nan", math.nan, math.inf, "inf"])
def test_is_no_value(empty):
    assert math.isnan(parse_number(empty))


@pytest.mark.parametrize(
    "text", ["many", "12 km", "1-2", "#DIV/0!", "3²", "1½", "1/3", "12.5,3", "12,34,567", "12,"]
)
def test_is_named_where_it_is_not_a_number(text):
    with pytest.raises(ParcelDataError, match="not a number"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0,5", 0.5),
        ("1,234", 1.234),
        ("-1.234,5", -1234.5),
        ("1.234", 1234),
        ("1.234.567", 1234567),
        ("1 234,5", 1234.5),
        ("１，２３４", 1.234),
        ("12,5 %", 12.5),
        ("1,5e3", 1500),
        ("1.5", 1.5),
        ("1234.567", 1234.567),
        ("12", 12),
        (1.5, 1.5),
        ("是", 1),
    ],
)
def test_a_comma_marks_decimals_where_the_column_says_so(text, number):
    assert parse_number(text, decimal_comma=True) == number


@pytest.mark.parametrize("text", ["1,234.5", "1,234,567", "12.5,3"])
def test_then_a_thousands_comma_is_no_number(text):
    with pytest.raises(ParcelDataError, match="not a number"):
        parse_number(text, decimal_comma=True)


@pytest.mark.parametrize(
    ("column", "decimal"),
    [
        (["0,5", "12,34", "1,234"], True),
        (["1,234", "０，５"], True),
        (["1.234,5"], True),
        (["1234,567"], True),
        (["0,333", "1,333"], True),
        (["12,5 %", "1,234 %"], True),
        (["0,5", "2.5"], True),
        (["0,5", "1.234"], True),
        (["0,5", "many, or few", None, 3.5, ""], True),
        (["1,234", "2,345"], False),
        (["1,234.5", "1,234"], False),
        (["1.234", "2.5"], False),
        (["many, or few", None, 3.5], False),
        ([], False),
    ],
)
def test_a_column_tells_what_its_commas_mean(column, decimal):
    assert has_decimal_comma(column) is decimal


@pytest.mark.parametrize("other", ["1,234.5", "1,234,567", "１，２３４，５６７"])
def test_commas_of_two_meanings_in_one_column_are_named(other):
    for column in (["0,5", other], [other, "1", "0,5"]):
        with pytest.raises(ParcelDataError) as error:
            has_decimal_comma(column)
        assert f"“0,5” with a decimal comma and “{other}” with thousands commas" in str(error.value)


@pytest.mark.parametrize("either", ["1,234", "1.234"])
def test_decimals_of_two_kinds_leave_no_room_for_a_value_that_may_be_either(either):
    with pytest.raises(ParcelDataError) as error:
        has_decimal_comma(["0,5", "2.5", either])
    assert f"“0,5” with a decimal comma and “2.5” with a decimal point, so that “{either}”" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (3, 3),
        (np.float32(0.5), 0.5),
        ("3", 3),
        (" 3 ", 3),
        ("-3", -3),
        ("1/3", 1 / 3),
        (" 1 / 3 ", 1 / 3),
        ("2.5/0.5", 5),
        ("0/3", 0),
        ("0.333", 0.333),
        (".5", 0.5),
        ("5.", 5),
        ("0,333", 0.333),
        ("1,5", 1.5),
        ("1,2345", 1.2345),
        ("3e-1", 0.3),
        ("３", 3),
        ("１／３", 1 / 3),
        ("０．５", 0.5),
        ("１，５", 1.5),
        ("\u3000３\u3000", 3),
        (math.inf, math.inf),
        ("1e999", math.inf),
    ],
)
def test_a_ratio_is_a_number_or_a_fraction(text, number):
    assert parse_ratio(text) == number


@pytest.mark.parametrize("empty", [None, "", "   ", math.nan])
def test_is_no_ratio(empty):
    assert math.isnan(parse_ratio(empty))


@pytest.mark.parametrize(
    "text",
    ["much more", "1:3", "3²", "1½", "12 %", "1 2", "yes", "nan", "1/0", "1/2/3", "1/", "/3", [3]],
)
def test_is_named_where_it_is_not_a_ratio(text):
    with pytest.raises(ParcelDataError) as error:
        parse_ratio(text)
    assert str(error.value) == f"“{text}” is not a number; write it like 3, 1/3 or 0.333."


@pytest.mark.parametrize("text", ["1,234", "1/1,000", "１，２３４", "1,234.5"])
def test_a_ratio_has_no_comma_of_two_meanings(text):
    with pytest.raises(ParcelDataError, match=f"“{text}” has a comma that may mark decimals or thousands"):
        parse_ratio(text)


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", '=HYPERLINK("x")']
)
def test_what_a_spreadsheet_takes_for_a_formula_is_guarded_and_read_back(text):
    assert guarded(text) == "'" + text
    assert without_guard(guarded(text)) == text


@pytest.mark.parametrize(
    "value", ["高新区", "-5", "+3.2", "-1e-3", "-", "", "a=b", "'quoted'", None, -5.0, 7]
)
def test_other_values_stay_as_they_are(value):
    assert guarded(value) == value
    assert without_guard(value) == value
