"""Choices of the guided evaluation: parameters, and what a project keeps of them."""

import pytest
from parcel_agglomeration.ui.evaluation_choices import KEY, SCOPE, TABLES, USUAL, EvaluationChoices
from qgis.core import QgsProcessingFeatureSourceDefinition, QgsProject


@pytest.fixture
def project(qgis_app):
    return QgsProject()


def destination(parameters, name):
    return parameters[name].sink.staticValue()


def test_temporary_layers_unless_a_geopackage_is_named(project):
    given = EvaluationChoices({"INPUT": "parcels", "ID_FIELD": "", "K": None}).parameters(None, project)
    assert given["INPUT"] == "parcels" and given["PRESET"] == 0
    assert not {"ID_FIELD", "K", "MATRIX", "INDEX_SYSTEM", "REPORT"} & given.keys()
    assert {destination(given, name) for name in ("OUTPUT", *USUAL)} == {"TEMPORARY_OUTPUT"}
    assert not {"CONFUSION", "AGREEMENT"} & given.keys()


def test_only_the_tables_that_are_chosen_are_written(project):
    given = EvaluationChoices(tables=("AGREEMENT",)).parameters(None, project)
    assert given.keys() & {"OUTPUT", *TABLES} == {"OUTPUT", "AGREEMENT"}


def test_layers_and_tables_go_into_one_geopackage(project):
    given = EvaluationChoices(geopackage="/data/区 1.gpkg").parameters("system", project)
    assert destination(given, "OUTPUT") == "ogr:dbname='/data/区 1.gpkg' table=\"zones\" (geom)"
    assert destination(given, "BREAKS") == "ogr:dbname='/data/区 1.gpkg' table=\"breaks\""
    assert given["INDEX_SYSTEM"] == "system"


def test_a_project_keeps_them(project):
    selected = QgsProcessingFeatureSourceDefinition("parcels_id", True)
    chosen = EvaluationChoices(
        {"INPUT": selected, "K": 6, "DROP_MISSING": True},
        rows=[{"indicator": "output", "name_zh": "产值", "target": None}],
        preset=1,
        matrix="4,4,3,3,4,4,3,3,2,2,2,2,1,1,1,1",
        geopackage="a.gpkg",
        report="b.html",
        tables=("MORAN", "CONFUSION"),
    )
    chosen.save(project)
    kept = EvaluationChoices.of(project)
    source = kept.values.pop("INPUT")
    assert source.source.staticValue() == "parcels_id" and source.selectedFeaturesOnly
    chosen.values.pop("INPUT")
    assert kept == chosen


def test_a_project_of_an_earlier_version_gets_the_usual_tables(project):
    project.writeEntry(SCOPE, KEY, '{"values": {"K": 5}, "geopackage": "a.gpkg"}')
    kept = EvaluationChoices.of(project)
    assert kept.tables == USUAL and kept.geopackage == "a.gpkg"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"values": 1}', '{"values": {}, "other": 1}', '{"values": {}, "tables": 1}'],
)
def test_nonsense_in_a_project_is_no_choice(project, text):
    project.writeEntry(SCOPE, KEY, text)
    assert EvaluationChoices.of(project) == EvaluationChoices()
