"""What map sheets say, their scales and file names."""

import math

import pytest
from parcel_agglomeration.algorithms.planning.sheet_texts import (
    _TEXTS,
    PANELS,
    caption_of,
    class_counts,
    class_text,
    counts_text,
    file_name,
    heading_of,
    is_chinese,
    notes_of,
    pieces,
    round_scale,
    title_of,
    unevaluated,
    wrapped,
)


def test_every_text_is_there_in_both_languages_with_the_same_places():
    assert _TEXTS["en"].keys() == _TEXTS["zh"].keys()
    for key, english in _TEXTS["en"].items():
        chinese = _TEXTS["zh"][key]
        if english.strip():
            assert any("\u3000" <= sign <= "\u9fff" for sign in chinese) or key in ("scale", "panel")
        assert english.count("{") == chinese.count("{"), key


@pytest.mark.parametrize(
    ("least", "scale"),
    [
        (1, 1),
        (4_100, 5_000),
        (5_000, 5_000),
        (5_001, 10_000),
        (12_000, 20_000),
        (20_001, 25_000),
        (99e3, 1e5),
    ],
)
def test_a_scale_is_round_and_shows_everything(least, scale):
    assert round_scale(least) == scale


def test_classes_are_counted_with_their_hectares():
    counts = class_counts(["4", "", "4", "1"], [1.5, 2.0, 2.25, math.nan])
    assert {code: (one.parcels, one.hectares) for code, one in counts.items()} == {
        "4": (2, 3.75),
        "": (1, 2.0),
        "1": (1, 0.0),
    }
    assert class_text("high", counts["4"], "en") == "high\n2 parcels, 3.8 ha"
    assert class_text("高", None, "zh") == "高\n0 宗地块，0.0 公顷"
    below = counts_text("zone", counts, "en")
    assert below == "zone 1: 1 (0.0 ha)   zone 4: 2 (3.8 ha)   no result: 1 (2.0 ha)"


def test_four_classes_below_a_map_go_into_two_lines():
    counts = class_counts(["1", "2", "3", ""], [1.0] * 4)
    lines = counts_text("effic_lvl", counts, "zh").split("\n")
    assert lines[0].startswith("低值区 1 宗") and lines[1].startswith("无结果 1 宗")


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b\\c", 'say "hi"', "经开区", "CON", "", ".", "x" * 300, "a:b*c?d<e>f|g", "\u202egpj.exe"],
)
def test_a_file_name_has_no_sign_that_a_file_system_minds(name):
    made = file_name(3, name, 12)
    assert made.startswith("03") and len(made) <= 70
    assert all(sign.isalnum() or sign == "_" for sign in made)


def test_file_names_tell_districts_apart_and_sort_by_page():
    assert file_name(1, "经开区", 2) == "01_经开区"
    assert file_name(7, "a/b", 120) == "007_a_b" != file_name(8, "a b", 120)


def test_notes_tell_what_is_completed_derived_excluded_and_synthetic():
    sources = ["printed", "completed", "completed", "user"]
    targets = ["0 given, 14 derived, 1 assumed"] * 4
    notes = notes_of(sources, targets, 1, ["zone", "syn_tax"], "en")
    assert len(notes) == 5
    assert notes[0].startswith("2 parcels") and "completed" in notes[0]
    assert notes[1].startswith("1 parcel ") and "user" in notes[1]
    assert "14 derived" in notes[2] and notes[3].startswith("1 parcel not evaluated")
    assert "syn_tax" in notes[4] and "Synthetic" in notes[4]
    chinese = notes_of(sources, targets, 1, ["zone", "syn_tax"], "zh")
    assert "给定 0，由数据推导 14，暂定 1。" in chinese[2] and all(map(is_chinese, chinese))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sheet_counts_derived_targets_whatever_language_the_parcels_are_labelled_in(language):
    english = notes_of([], ["0 given, 14 derived, 1 assumed, cap 1.2"], 0, [], language)
    assert len(english) == 1 and "14" in english[0] and "1.2" in english[0]
    assert notes_of([], ["给定 0，由数据推导 14，暂定 1；封顶系数 1.2"], 0, [], language) == english


def test_given_targets_and_printed_cells_need_no_note():
    assert notes_of(["printed"], ["15 given, 0 derived, 0 assumed"], 0, ["zone"], "en") == []
    assert notes_of(["printed"], ["给定 15，由数据推导 0，暂定 0"], 0, ["zone"], "zh") == []
    assert notes_of([], ["of the plan of 2020"], 0, [], "en") == []
    assert notes_of([], [], 0, [], "zh") == []


def test_titles_are_of_the_field_in_the_language():
    assert title_of("zone", "zh") == "产业用地集聚分区图"
    assert title_of("effic_lvl", "en") == "Quality levels: economic efficiency"
    assert title_of("compos_lvl", "zh") == "质量等级图：综合质量"
    assert title_of("landuse", "en") == "landuse"
    assert heading_of("zone", "en") == "Agglomeration zone"
    captions = [caption_of(number, panel, "en") for number, panel in enumerate(PANELS)]
    assert captions[0] == "(a) economic efficiency" and captions[-1] == "(g) agglomeration zones"


def test_chinese_breaks_anywhere_but_before_a_closing_sign():
    assert pieces("按补全，单元") == ["按", "补", "全，", "单", "元"]
    assert pieces("（zone 为）") == ["（zone ", "为）"]
    assert pieces("two words") == ["two ", "words"]
    assert "".join(pieces("1. 17 宗地块，zone_src")) == "1. 17 宗地块，zone_src"


def test_a_legend_breaks_long_names():
    assert wrapped("3 relatively high-quality agglomeration") == "3 relatively high-quality agglomeration"
    assert max(map(len, wrapped("word " * 30).split("\n"))) <= 42
    assert max(map(len, wrapped("区" * 50).split("\n"))) <= 21


def test_no_text_is_taken_for_an_expression():
    assert "[%" not in unevaluated("[% env('HOME') %]")
