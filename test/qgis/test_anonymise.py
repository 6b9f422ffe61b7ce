"""anonymise as the toolbox runs it."""

import struct

import numpy as np
import pytest
from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingUtils,
    QgsProject,
    QgsVectorLayer,
)

from ..sound_runs import demo_layer, zoned

FIELDS = "firm:string zone:integer zone_lbl:string econ_lvl:integer tax:double park:string"
TAX = [1234.5625 + 17.125 * k * k for k in range(12)]
NAME = "ledger of the tax office"


@pytest.fixture
def parcels(layer):
    rows = [
        (f"Point ({100 + k} 7)", f"secret firm {k}", 1 + k % 2, "low" if k % 2 else "high", 4, tax, "A")
        for k, tax in enumerate(TAX)
    ]
    made = layer("Point", FIELDS, rows)
    made.setName(NAME)
    metadata = made.metadata()
    metadata.setRights(["City of Zhuzhou"])
    made.setMetadata(metadata)
    return made


@pytest.fixture
def anonymise(run, parcels):
    def done(**settings):
        return run("anonymise", **{"INPUT": parcels, "ID_FIELD": "firm", **settings})

    return done


def test_classes_stay_and_all_else_goes(anonymise):
    result = anonymise()
    rows = result.rows("OUTPUT")
    assert list(rows[0]) == ["zone", "zone_lbl", "econ_lvl", "anon_id"]
    assert [row["anon_id"] for row in rows] == list(range(1, 13))
    assert sorted(row["zone"] for row in rows) == [1] * 6 + [2] * 6
    assert all(row["zone_lbl"] == {1: "high", 2: "low"}[row["zone"]] for row in rows)
    assert (result["KEPT"], result["LEFT_OUT"], result["RARE"]) == (3, 3, 0)


def test_numbers_are_means_of_groups(anonymise):
    result = anonymise(KEEP=["park", "zone"], MEANS=["tax"], GROUP_SIZE=4)
    taxes = sorted(row["tax"] for row in result.rows("OUTPUT"))
    expected = np.repeat(np.reshape(TAX, (3, 4)).mean(axis=1), 4)
    assert taxes == pytest.approx(expected.tolist(), rel=1e-14)
    assert list(result.rows("OUTPUT")[0]) == ["zone", "tax", "park", "anon_id"]


def test_no_name_and_no_number_of_a_parcel_is_in_the_file(anonymise, tmp_path):
    path = tmp_path / "copy.gpkg"
    anonymise(MEANS=["tax"], GEOMETRY=2, OUTPUT=str(path))
    stored = path.read_bytes()
    for tax in TAX:
        assert struct.pack(">d", tax) not in stored and str(tax).encode() not in stored
    for words in ("secret firm", NAME, "firm", "park"):
        assert words.encode() not in stored
    assert b"City of Zhuzhou" in stored, "rights bind whoever uses the copy"
    layer = QgsVectorLayer(str(path), "copy", "ogr")
    assert layer.wkbType() == Qgis.WkbType.NoGeometry and layer.featureCount() == 12


def test_the_order_is_another_each_time_and_only_the_key_leads_back(anonymise, parcels):
    x_of = {feature["firm"]: feature.geometry().asPoint().x() for feature in parcels.getFeatures()}
    orders = set()
    for _ in range(3):
        result = anonymise(KEY="TEMPORARY_OUTPUT")
        firms = {row["anon_id"]: row["parcel"] for row in result.rows("KEY")}
        for feature in result.layer("OUTPUT").getFeatures():
            assert feature.geometry().asPoint().x() == x_of[firms[feature["anon_id"]]]
        orders.add(tuple(firms.values()))
    assert len(orders) == 3
    assert anonymise(KEY=None)["KEY"] is None


def test_a_point_lies_in_each_parcel(run):
    parcels = zoned()
    result = run("anonymise", INPUT=parcels, GEOMETRY=1, KEY="TEMPORARY_OUTPUT")
    shapes = {str(feature.id()): feature.geometry() for feature in parcels.getFeatures()}
    names = {row["anon_id"]: row["parcel"] for row in result.rows("KEY")}
    for feature in result.layer("OUTPUT").getFeatures():
        assert shapes[names[feature["anon_id"]]].contains(feature.geometry())


def test_rare_values_are_told(anonymise):
    result = anonymise(KEEP=["zone", "firm"], GROUP_SIZE=6)
    assert result["RARE"] == 12
    assert any("Field firm: 12 of 12 values stand for fewer than 6" in text for text in result.log.warnings)
    assert not any("Field zone" in text for text in result.log.warnings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"KEEP": ["tax"], "MEANS": ["tax"]}, "Field tax is to be kept and to be averaged: choose one."),
        ({"MEANS": ["tax"], "GROUP_SIZE": 13}, "Field tax has 12 numbers, fewer than the 13 of a group"),
    ],
)
def test_what_cannot_be_is_said(anonymise, settings, said):
    with pytest.raises(QgsProcessingException, match=said):
        anonymise(**settings)


def test_the_key_is_not_written_unless_asked_for(provider):
    assert not provider.algorithm("anonymise").parameterDefinition("KEY").createByDefault()


def test_a_layer_without_classes_needs_fields(run, layer):
    with pytest.raises(QgsProcessingException, match="has no field of classes that this plugin writes"):
        run("anonymise", INPUT=layer("Point", "tax:double", [("Point (0 0)", 1.0)]))


def test_it_follows_an_evaluation_in_a_model(plugin, add_step):
    given = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("public", "test")

    parcels, system = demo_layer("parcels_partly_synthetic"), demo_layer("index_system_synthetic_fields")
    zones = add_step(
        model,
        "evaluate",
        INPUT=given.fromStaticValue(parcels.source()),
        INDEX_SYSTEM=given.fromStaticValue(system.source()),
        PERMUTATIONS=given.fromStaticValue(99),
    )
    public = add_step(model, "anonymise", INPUT=given.fromChildOutput(zones, "OUTPUT"))
    assert model.validate()[0]
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    results, done = model.run({}, context, QgsProcessingFeedback(False))
    assert done
    found = results["CHILD_RESULTS"][public]
    layer = QgsProcessingUtils.mapLayerFromString(found["OUTPUT"], context)
    assert found["KEPT"] == 21 and layer.featureCount() == parcels.featureCount()
    assert {"zone", "zone_lbl", "lm_cluster", "anon_id"} <= set(layer.fields().names())


def test_the_toolbox_offers_it(dialog):
    made = dialog("anonymise", GROUP_SIZE=7)
    assert made.mainWidget().wrappers["GROUP_SIZE"].parameterValue() == 7
