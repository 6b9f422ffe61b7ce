"""The diagnostics of indicators as the toolbox runs them."""

import pytest
from parcel_agglomeration.algorithms.fields import INDICATORS
from qgis.core import QgsVectorLayer

CODES = [term.code for term in INDICATORS]


@pytest.fixture
def parcels(demo):
    return QgsVectorLayer(demo(), "parcels", "ogr")


@pytest.fixture
def system(demo):
    return QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")


def test_diagnostics_of_the_demonstration(run, parcels, system):
    done = run("indicatordiagnostics", INPUT=parcels, INDEX_SYSTEM=system, SAMPLES=20)
    rows = {row["indicator"]: row for row in done.rows()}
    assert list(rows) == CODES
    assert rows["output"]["missing"] == 1 and rows["output"]["parcels"] == 116
    assert rows["output"]["partner"] == "tax" and rows["tax"]["partner"] == "output"
    assert rows["output"]["vif"] == pytest.approx(done["MAX_VIF"])
    assert rows["scale"]["out_high"] is None and rows["output"]["out_high"] == 13
    pairs = done.rows("CORRELATIONS")
    assert len(pairs) == 18 * 17 / 2
    assert done["OVERLAPS"] == sum(row["overlap"] for row in pairs) == 5
    assert (pairs[0]["first"], pairs[0]["second"]) == ("output", "tax")
    stability = done.rows("BREAK_STABILITY")
    assert [row["field"] for row in stability[::4]] == ["l_econ", "l_land", "composite"]
    assert all(0 < row["kept"] <= 1 and row["draws"] == 20 for row in stability)
    assert any("output and tax overlap" in text for text in done.log.warnings)


def test_breaks_of_the_diagnostics_are_those_of_the_evaluation(run, parcels, system):
    done = run("indicatordiagnostics", INPUT=parcels, INDEX_SYSTEM=system, SAMPLES=1)
    evaluated = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, PERMUTATIONS=99)
    limits = {(row["field"], row["level"]): row["upper"] for row in evaluated.rows("BREAKS")}
    for row in done.rows("BREAK_STABILITY"):
        assert limits[row["field"], row["level"]] == row["upper"]


def test_no_samples_give_an_empty_table_and_labels_follow_the_language(run, parcels, system):
    done = run("indicatordiagnostics", INPUT=parcels, INDEX_SYSTEM=system, SAMPLES=0, LANGUAGE=1)
    assert done.rows("BREAK_STABILITY") == []
    assert done.rows()[0]["name"] == "用地年总产值"


def test_constant_indicators_are_named(run, layer):
    fields = " ".join(f"{name}:double" for name in CODES)
    square = "Polygon ((0 0,10 0,10 10,0 10,0 0))"
    parcels = layer("Polygon", fields, [(square, *[1.0] * 18) for _ in range(30)])
    done = run("indicatordiagnostics", INPUT=parcels, SAMPLES=5)
    assert done["MAX_VIF"] is None and done["OVERLAPS"] == 0
    assert any("Without variance inflation" in text for text in done.log.warnings)
    assert {row["sd"] for row in done.rows()} == {0}


def test_targets_are_proposed_from_the_data_and_marked_derived(run, parcels, system):
    done = run("indexsystem", INPUT=parcels, INDEX_SYSTEM=system, PROPOSE_TARGETS=True)
    proposed = {row["indicator"]: (row["target"], row["target_src"]) for row in done.rows()}
    used = run("targetscores", INPUT=parcels, INDEX_SYSTEM=system)
    assert proposed == {row["indicator"]: (row["target"], row["target_src"]) for row in used.rows("TARGETS")}
    assert proposed["acc_now"] == (10, "derived: top of the 1-10 scale")
    # Scored with the proposal, the parcels score the same.
    again = run("targetscores", INPUT=parcels, INDEX_SYSTEM=done.layer())
    assert again.column("composite") == used.column("composite")


def test_an_indicator_that_gives_no_target_is_named_and_stays_empty(run, layer):
    parcels = layer("Point", "output:double tax:double", [(None, 0.0, 5.0), (None, 0.0, 9.0)])
    done = run("indexsystem", INPUT=parcels, PROPOSE_TARGETS=True)
    targets = {row["indicator"]: row["target"] for row in done.rows()}
    assert targets["output"] is None and targets["tax"] == pytest.approx(8.8)
    assert any("“output”" in text and "not above 0" in text for text in done.log.warnings)


def test_the_log_says_what_matched_and_why(run, layer):
    parcels = layer("Point", "年产值:double 产业用地亩:double building_c:double", [(None, 1.0, 2.0, 3.0)])
    done = run("indexsystem", INPUT=parcels)
    assert done["MATCHED"] == 2
    assert "output: field 年产值 (synonym “年产值”)" in done.log.info
    assert any("building_c (“building coefficient”, cut)" in text for text in done.log.info)
    assert any("“产业用地亩” is cut" in text for text in done.log.warnings)
