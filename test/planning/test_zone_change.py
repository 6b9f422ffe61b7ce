"""Succession, transitions and alerts by hand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.charts import shade
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.fields import Term
from parcel_agglomeration.algorithms.planning.zone_change import (
    default_rules,
    match_names,
    read_rules,
    stage_code,
    succession,
    transitions,
)
from parcel_agglomeration.algorithms.planning.zone_change_report import transition_matrix

NAN = np.nan
NONE = (np.array([], dtype=np.int64), np.array([], dtype=np.int64), np.array([]))


def test_names_match_once():
    """b stands twice this year, d twice in the base year; "" is no name; e is new, f gone."""
    partner, repeated = match_names(["a", "b", "b", "c", "d", "", "e"], ["c", "d", "d", "a", "b", "", "f"])
    assert partner.tolist() == [3, -1, -1, 0, -1, -1, -1]
    assert repeated == ["b", "d"]


def shared_land():
    """0 stays; 1 and 2 are halves of the base year's 1; 3 is made of 2 (30) and 3 (10); 4 is new, 4 is gone.

    base year   | 0 | 1    | 2       | 3   |        | 4 |
    this year   | 0 | 1| 2 | 3             | 4 |
    """
    partner = np.array([0, 1, -1, 2, -1])
    now, base, area = (np.array(column) for column in ((1, 2, 3, 3), (1, 1, 2, 3), (20.0, 20.0, 30.0, 10.0)))
    return succession(5, 5, partner, (now, base, area))


def test_split_and_merged_parcels():
    links = shared_land()
    assert links.match == ["id", "split", "split", "merged", "new"]
    assert list(zip(links.now.tolist(), links.base.tolist(), links.share.tolist(), strict=True)) == [
        (0, 0, 1),
        (1, 1, 1),
        (2, 1, 1),
        (3, 2, 0.75),
        (3, 3, 0.25),
    ]
    assert links.gone.tolist() == [4] and links.main.tolist() == [0, 1, 1, 2, -1]
    means = links.means(np.array([50.0, 40.0, 80.0, 40.0, 10.0]))
    np.testing.assert_array_equal(means, [50, 40, 40, 70, NAN])
    # What is not known in the base year has no weight.
    np.testing.assert_array_equal(links.means(np.array([NAN, 40, NAN, 40, 10])), [NAN, 40, 40, 40, NAN])


def test_transitions_are_shared_out():
    """Zones before 4 3 2 1 4, now 4 2 0 3 1; parcel 3 comes by three quarters from zone 2, by one from 1."""
    moved = transitions(
        shared_land(),
        np.array([4, 2, 0, 3, 1]),
        np.array([4, 3, 2, 1, 4]),
        4,
        np.array([1.0, 2.0, 2.0, 4.0, 5.0]),
        np.array([1.0, 4.0, 3.0, 1.0, 7.0]),
    )
    expected = np.zeros((6, 6))
    expected[4, 4], expected[3, 2], expected[3, 0] = 1, 1, 1
    expected[2, 3], expected[1, 3] = 0.75, 0.25
    expected[5, 1] = 1  # new
    expected[4, 5] = 1  # gone
    np.testing.assert_array_equal(moved.parcels, expected)
    assert moved.area[2, 3] == 3 and moved.area[1, 3] == 1 and moved.area[5, 1] == 5 and moved.area[4, 5] == 7
    assert moved.area.sum() == 14 + 7


@given(st.integers(1, 30), st.integers(1, 30), st.randoms(use_true_random=False))
def test_nothing_is_lost(n, bases, random):
    """Every parcel of this year counts once, every one of the base year has an heir or is gone."""
    generator = np.random.default_rng(random.randrange(2**31))
    partner = np.full(n, -1)
    named = min(n, bases) // 2
    partner[:named] = generator.permutation(bases)[:named]
    pairs = np.argwhere(generator.random((n, bases)) < 0.1)
    links = succession(n, bases, partner, (pairs[:, 0], pairs[:, 1], generator.random(len(pairs)) + 0.1))
    total = np.bincount(links.now, links.share, n)
    new = np.array([match == "new" for match in links.match])
    np.testing.assert_allclose(total, ~new)
    assert set(links.base) | set(links.gone) == set(range(bases)) and not set(links.base) & set(links.gone)
    moved = transitions(
        links, generator.integers(0, 5, n), generator.integers(0, 5, bases), 4, np.ones(n), np.ones(bases)
    )
    assert moved.parcels.sum() == pytest.approx(n + links.gone.size)
    assert moved.parcels[:, :-1].sum() == pytest.approx(n)


def test_the_drawn_matrix_has_the_transitions_and_is_darker_for_more_of_a_row():
    cells = np.zeros((4, 4))
    cells[2] = 0, 1, 3, 0
    cells[1] = 0, 2, 0, 0
    cells[0, 2] = 0.5
    cells[3, 1] = 1
    terms = (Term("1", "<low>", "低"), Term("2", "high", "高"))
    svg = transition_matrix(cells, terms, lambda text: text, "en")
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg)
    assert texts[1:5] == ["zone 2", "zone 1", "no zone", "gone"]
    assert texts[5:] == [
        *("2 high", "3.0", "1.0", "", ""),
        *("1 &lt;low&gt;", "", "2.0", "", ""),
        *("no zone", "0.5", "", "", ""),
        *("new", "", "1.0", "", ""),
    ]
    shades = re.findall(r'fill="(#\w{6})"/>', svg)
    assert shades[:4] == [shade(0.75), shade(0.25), shade(0), shade(0)]
    assert shades[5] == shades[8] == shades[13] == shade(1)


def test_shipped_rules_by_hand():
    rules = {rule.name: rule for rule in default_rules()}
    base, now = np.array([4, 4, 4, 3, NAN, 2.0, 4]), np.array([3, 2, 4, 1, 1, 1, NAN])
    left = rules["left zone 4"].raised(base, now)
    assert left.tolist() == [True, True, False, False, False, False, False]
    assert rules["fell two zones"].raised(base, now).tolist() == [False, True, False, True] + 3 * [False]
    assert rules["into zone 1"].raised(base, now).tolist() == 3 * [False] + [True, False, True, False]
    texts = {rules["left zone 4"].text(stage, "en") for stage in ("", "admission", "use", "exit")}
    assert len(texts) == 4
    assert rules["into zone 1"].text("use", "en") == rules["into zone 1"].text("", "en")
    assert "整治" in rules["into zone 1"].text("", "zh")


def test_a_rule_on_scores():
    (rule,) = read_rules([{"rule": "weak", "field": "composite", "fall": "12,5", "text": "look"}])
    assert rule.raised(np.array([60.0, 60.0]), np.array([47.5, 48.0])).tolist() == [True, False]
    assert rule.text("exit", "zh") == "look"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "is empty"),
        ([{"field": "zone"}], "no column rule"),
        ([{"rule": " ", "field": "zone", "fall": 1}], "Row 1 of the alert rules has no rule"),
        ([{"rule": "a", "field": "colour", "fall": 1}], "Rule “a” looks at “colour”"),
        ([{"rule": "a", "field": "zone"}], "has no condition"),
        ([{"rule": "a", "field": "zone", "fall": "two"}], "has “two” in fall"),
        ([{"rule": "a", "field": "zone", "fall": 1, "stage": "birth"}], "names the stage “birth”"),
        ([{"rule": "a", "field": "zone", "fall": 1}] * 2, "has the stage “-” twice"),
        (
            [
                {"rule": "a", "field": "zone", "fall": 1},
                {"rule": "a", "field": "zone", "fall": 2, "stage": "use"},
            ],
            "different conditions",
        ),
    ],
)
def test_faulty_rules(rows, message):
    with pytest.raises(ParcelDataError, match=message):
        read_rules(rows)


def test_stages_in_both_languages():
    assert [stage_code(text) for text in ("Use", " 准入 ", "exit", "", "none")] == [
        "use", "admission", "exit", "", None,
    ]  # fmt: skip
