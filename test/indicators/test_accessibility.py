"""The rating of access by points for what is near."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.indicators.accessibility import (
    default_rubric,
    points_gained,
    rating,
    read_rubric,
)

ROW = {"kind": "stop", "layer": "places", "types": "bus_stop; Tram", "distance": "200", "points": 2}


def test_the_nearest_of_a_kind_gives_the_points_of_its_distance():
    (kind,) = read_rubric([{**ROW, "distance": 500, "points": 1}, ROW])
    assert kind.types == ("bus_stop", "tram") and kind.steps == ((200, 2), (500, 1)) and kind.reach == 500
    assert points_gained(np.array([0, 200, 200.1, 500, 501, np.inf]), kind).tolist() == [2, 2, 1, 1, 0, 0]


def test_the_rating_begins_at_1_and_ends_at_10():
    assert rating([[0, 0], [3, 1], [7, 5]]).tolist() == [1, 5, 10]


def test_the_shipped_table_reaches_the_top_and_names_each_kind_in_chinese():
    kinds = default_rubric()
    assert 1 + sum(max(points for _, points in kind.steps) for kind in kinds) >= 10
    assert all(not kind.name_zh.isascii() for kind in kinds)
    assert {kind.layer for kind in kinds} == {"roads", "places"}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "no rows"),
        ([{"kind": "a", "layer": "roads"}], "no column types, distance, points"),
        ([{**ROW, "layer": "rivers"}], "“rivers”; use roads or places"),
        ([{**ROW, "types": " ; "}], "Row 1 .* no kind or no types"),
        ([{**ROW, "points": -1}], "points .* “-1” in row 1"),
        ([ROW, {**ROW, "distance": "far"}], "distance .* “far” in row 2"),
        ([ROW, {**ROW, "types": "tram"}], "“stop” .* different layers or types"),
    ],
)
def test_each_fault_of_a_table_has_its_sentence(rows, sentence):
    with pytest.raises(ParcelDataError, match=sentence):
        read_rubric(rows)
