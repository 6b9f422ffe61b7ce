"""Tables of strategies, departments and facilities."""

import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.planning.planning_tables import (
    DEPARTMENTS,
    FACILITIES,
    STRATEGIES,
    read_departments,
    read_facilities,
    read_strategies,
    shipped,
)


def strategies(*changed):
    rows = [{"zone": zone, "strategy": f"do {zone}", "strategy_zh": f"做{zone}"} for zone in (4, 3, 2, 1)]
    return [*rows, *changed]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_shipped_is_complete_in_both_languages(language):
    found = read_strategies(shipped(STRATEGIES), language)
    assert set(found) == {(zone, "") for zone in (1, 2, 3, 4)}
    texts = [strategy.text + strategy.title for strategy in found.values()]
    for read, name in ((read_departments, DEPARTMENTS), (read_facilities, FACILITIES)):
        pairs = read(shipped(name), language)
        assert len(pairs) >= 5 and all(all(pair) for pair in pairs)
        texts += [pair[0] for pair in pairs]
    is_chinese = [max(text) >= "\u4e00" for text in texts]
    assert all(is_chinese) if language == "zh" else not any(is_chinese)


def test_a_district_may_have_a_strategy_of_its_own():
    own = {"zone": "1", "district": " north ", "strategy": "wait", "strategy_zh": ""}
    found = read_strategies(strategies(own), "zh")
    assert found[1, "north"].text == "wait", "the other language serves where one is empty"
    assert found[1, ""].text == "做1"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows or no column zone, strategy, strategy_zh"),
        ([{"zone": 1, "strategy": "x"}], "no column strategy_zh"),
        (strategies({"zone": 5, "strategy": "x"}), "Row 5 .* zone “5”"),
        (strategies({"zone": "high", "strategy": "x"}), "Row 5 .* zone “high”"),
        (strategies({"zone": None, "strategy": "x"}), "Row 5 .* zone “None”"),
        (strategies({"zone": 1, "district": "a"}), "Row 5 .* has no text"),
        (strategies({"zone": 1, "strategy": "x"}), "two rows for zone 1 and district “”"),
        (strategies()[:3], "needs a row for zone 1"),
    ],
)
def test_an_unusable_table_of_strategies_is_one_sentence(rows, message):
    with pytest.raises(ParcelDataError, match=message):
        read_strategies(rows, "en")


def test_an_unusable_table_of_departments_or_facilities_is_one_sentence():
    with pytest.raises(ParcelDataError, match="table of departments has no rows or no column department_zh"):
        read_departments([{"department": "x"}], "en")
    with pytest.raises(ParcelDataError, match="Row 2 of the table of facilities has no name"):
        read_facilities([{"facility": "x", "facility_zh": ""}, {"facility": " ", "facility_zh": None}], "en")
