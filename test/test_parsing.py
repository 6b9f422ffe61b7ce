"""Numbers as people type them."""

import math

import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.parsing import parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 1,234 ", 1234),
        ("1,234,567.5", 1234567.5),
        ("0,5", 0.5),
        ("0,333", 0.333),
        ("1.234,5", 1234.5),
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


@pytest.mark.parametrize("text", ["many", "12 km", "1-2", "#DIV/0!"])
def test_is_named_where_it_is_not_a_number(text):
    with pytest.raises(ParcelDataError, match="not a number"):
        parse_number(text)
