"""Fields found by name: codes, English and Chinese names, synonyms, names that a shapefile cut."""

import csv

import pytest
from parcel_agglomeration.algorithms.fields import INDICATORS
from parcel_agglomeration.algorithms.indicators.field_matching import SYNONYMS, match_fields, with_fields
from parcel_agglomeration.algorithms.indicators.index_system import preset, read_index_system, spelling

TABLE = [
    {"indicator": "a", "layer": "econ", "dimension": "d1", "direction": "benefit",
     "weight_local": 0.6, "weight_dim": 0.7},
    {"indicator": "b", "layer": "econ", "dimension": "d1", "direction": "cost",
     "weight_local": 0.4, "weight_dim": 0.7},
    {"indicator": "c", "layer": "land", "dimension": "d2", "direction": "rating",
     "weight_local": 1, "weight_dim": 0.3},
]  # fmt: skip


def rows(**changed):
    """A small index system of a user, its first row changed."""
    return [{**TABLE[0], **changed}, *(dict(row) for row in TABLE[1:])]


def found(*names, aliases=None):
    """What the preset's indicators find: field and reason by indicator."""
    return {m.indicator: (m.field, str(m.reason or "")) for m in match_fields(preset(), names, aliases)}


def test_by_code_english_and_chinese_names_whatever_the_case():
    names = ["OUTPUT", "Annual Tax", "产业用地容积率", "Output_per_mu", "other"]
    matches = found(*names)
    assert matches["output"][0] == "OUTPUT"
    assert matches["tax"] == ("Annual Tax", "English name")
    assert matches["far"] == ("产业用地容积率", "Chinese name")
    assert matches["out_mu"] == ("Output_per_mu", "English name")
    assert matches["giant"] == (None, "")


def test_by_alias():
    matches = match_fields(preset(), ["f1", "f2"], ["", "用地年总税收"])
    assert {m.indicator: m.field for m in matches}["tax"] == "f2"


def test_the_field_of_the_table_comes_first():
    system = read_index_system(rows(field="mine"))
    assert match_fields(system, ["a", "mine"])[0].field == "mine"


def test_a_named_field_that_is_not_there_matches_nothing_else_when_taken_at_its_word():
    system = read_index_system(rows(field="mine"))
    assert match_fields(system, ["a", "b", "c"])[0].field == "a"
    assert match_fields(system, ["a", "b", "c"], only_named=True)[0].field is None


def test_a_field_serves_one_indicator_only():
    system = read_index_system(rows(field="b"))
    fields = [match.field for match in match_fields(system, ["a", "b", "c"])]
    assert fields == ["b", None, "c"]
    assert with_fields(system, match_fields(system, ["a", "b", "c"])).indicators[1].field == ""


def test_unless_the_index_system_names_it_twice():
    table = rows(field="b")
    table[1]["field"] = "b"
    fields = [match.field for match in match_fields(read_index_system(table), ["a", "b", "c"])]
    assert fields == ["b", "b", "c"]


def synonyms():
    with SYNONYMS.open(encoding="utf-8", newline="") as stream:
        return [(row["indicator"], row["synonym"]) for row in csv.DictReader(stream)]


@pytest.mark.parametrize(("indicator", "synonym"), synonyms())
def test_by_synonym(indicator, synonym):
    field, reason = found(synonym.upper().replace(" ", "_"))[indicator]
    assert field is not None and "cut" not in reason


def test_a_synonym_belongs_to_one_indicator_of_the_preset():
    owners = {}
    names = [(term.code, name) for term in INDICATORS for name in (term.code, term.en, term.zh)]
    for indicator, name in (*synonyms(), *names):
        assert owners.setdefault(spelling(name), indicator) == indicator
    assert {indicator for indicator, _ in synonyms()} == {term.code for term in INDICATORS}


def test_a_name_of_ones_own_comes_before_a_synonym_of_another():
    matches = found("tax", "税收", "output")
    assert matches["tax"][0] == "tax"
    assert not [name for name, (field, _) in matches.items() if field == "税收"]


def test_a_name_cut_by_a_shapefile_is_the_beginning_of_one_indicators_name():
    # Ten bytes: five characters in GBK, three in UTF-8, ten in ASCII.
    assert found("用地年总产")["output"] == ("用地年总产", "“用地年总产值”, cut")
    assert found("building_c")["bld_coef"][0] == "building_c"
    assert found("高技能")["talent"][0] == "高技能"
    assert found("electricit")["elec_out"][0] == "electricit"


def test_a_cut_name_that_fits_several_indicators_is_left_and_said():
    matches = found("产业用地亩")
    assert [matches[name][0] for name in ("out_mu", "tax_mu", "inv_mu")] == [None] * 3
    assert matches["tax_mu"][1] == "field “产业用地亩” is cut and could be any of inv_mu, out_mu, tax_mu"


def test_two_cut_names_of_one_indicator_are_left_and_said():
    assert found("electricit", "power_per_")["elec_out"] == (
        None,
        "several fields are cut and could be it: electricit, power_per_",
    )


def test_short_names_are_not_taken_for_cut_ones():
    assert found("ann", "elec")["elec_out"] == (None, "")
    assert all(field is None for field, _ in found("年", "e", "用地").values())
