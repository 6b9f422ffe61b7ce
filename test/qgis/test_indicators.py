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
