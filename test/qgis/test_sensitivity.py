"""objectiveweights, combineweights and weightsensitivity as the toolbox runs them."""

from collections import Counter
from functools import partial

import pytest
from parcel_agglomeration.algorithms.fields import STABILITIES
from qgis.core import QgsFeature, QgsFeatureRequest, QgsProcessingException, QgsVectorLayer


@pytest.fixture
def parcels(demo):
    return QgsVectorLayer(demo(), "parcels", "ogr")


@pytest.fixture
def system(demo):
    return QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")


@pytest.fixture
def judgements(demo):
    return QgsVectorLayer(demo("judgements_illustrative"), "judgements", "ogr")


def assert_adds_up(rows):
    dimensions = {}
    for row in rows:
        dimensions.setdefault(row["dimension"], []).append(row)
    for members in dimensions.values():
        assert sum(row["weight_local"] for row in members) == pytest.approx(1)
    assert sum(members[0]["weight_dim"] for members in dimensions.values()) == pytest.approx(1)
    assert sum(row["weight"] for row in rows) == pytest.approx(1)


@pytest.mark.parametrize("method", [0, 1, 2])
@pytest.mark.parametrize("values", [0, 1])
@pytest.mark.parametrize("scope", [0, 1])
def test_objective_weights_of_the_demonstration(run, parcels, system, method, values, scope):
    result = run(
        "objectiveweights", INPUT=parcels, INDEX_SYSTEM=system, METHOD=method, VALUES=values, SCOPE=scope
    )
    rows = result.rows()
    assert_adds_up(rows)
    assert result["EXCLUDED"] == 3
    if scope == 1:
        assert next(row["weight_dim"] for row in rows if row["dimension"] == "effic") == pytest.approx(0.31)
    information = result.rows("INFORMATION")
    assert [row["weight"] for row in information] == [row["weight"] for row in rows]
    assert {row["parcels"] for row in information} == {114}
    # The rest of the table is as it was: targets are not filled in.
    assert all(row["target"] is None for row in rows)


def test_the_preset_serves_where_no_index_system_is_given(run, parcels):
    named = QgsVectorLayer("Polygon?crs=EPSG:32637", "named", "memory")
    named.dataProvider().addAttributes(
        [field for field in parcels.fields() if field.name() in ("bld_coef", "fac_dens", "acc_now")]
    )
    named.updateFields()
    features = []
    for given in parcels.getFeatures():
        feature = QgsFeature(named.fields())
        for field in named.fields().names():
            feature[field] = given[field]
        features.append(feature)
    named.dataProvider().addFeatures(features)
    result = run("objectiveweights", INPUT=named, DROP_MISSING=True)
    assert_adds_up(result.rows())
    assert {row["indicator"] for row in result.rows()} == {"bld_coef", "fac_dens", "acc_now"}


def test_a_constant_indicator_is_warned_of(run, layer, system):
    copy = system.materialize(QgsFeatureRequest())
    ids = [feature.id() for feature in copy.getFeatures()]
    copy.dataProvider().deleteFeatures(ids[2:])
    for number, name in enumerate(("a", "b")):
        position = copy.fields().lookupField("field")
        copy.dataProvider().changeAttributeValues({ids[number]: {position: name}})
    flat = layer("Point", "a:double b:double", [("Point (0 0)", value, 5.0) for value in (1.0, 2.0, 4.0)])
    result = run("objectiveweights", INPUT=flat, INDEX_SYSTEM=copy)
    assert any("tax" in line and "without weight" in line for line in result.log.warnings)
    assert result.column("weight") == [1, 0]


def test_combined_weights_feed_the_evaluation(run, parcels, system):
    objective = run("objectiveweights", INPUT=parcels, INDEX_SYSTEM=system, METHOD=1)
    combined = run("combineweights", INDEX_SYSTEM=system, OBJECTIVE=objective.layer())
    rows = combined.rows()
    assert_adds_up(rows)
    ours = [row["weight"] for row in run("indexsystem", INDEX_SYSTEM=system, INPUT=parcels).rows()]
    products = [a * b for a, b in zip(ours, objective.column("weight"), strict=True)]
    assert [row["weight"] for row in rows] == pytest.approx([p / sum(products) for p in products])
    evaluated = run("targetscores", INPUT=parcels, INDEX_SYSTEM=combined.layer())
    assert evaluated["EXCLUDED"] == 3
    half = run("combineweights", INDEX_SYSTEM=system, OBJECTIVE=objective.layer(), METHOD=1, ALPHA=1.0)
    assert half.column("weight") == pytest.approx(ours)


def test_weighing_chains_in_a_model(provider, parcels, system, judgements, add_step):
    """AHP weights, combined with objective ones, into the sensitivity analysis."""
    from qgis.core import (
        QgsProcessingContext,
        QgsProcessingFeedback,
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildParameterSource,
    )

    value = QgsProcessingModelChildParameterSource.fromStaticValue
    output = QgsProcessingModelChildParameterSource.fromChildOutput
    model = QgsProcessingModelAlgorithm("weighing", "test")

    step = partial(add_step, model)
    layer, table = value(parcels.source()), value(system.source())
    judged = step("ahpweights", INDEX_SYSTEM=table, JUDGEMENTS=value(judgements.source()))
    objective = step("objectiveweights", INPUT=layer, INDEX_SYSTEM=table)
    both = {"INDEX_SYSTEM": output(judged, "OUTPUT"), "OBJECTIVE": output(objective, "OUTPUT")}
    combined = step("combineweights", **both)
    last = step("weightsensitivity", INPUT=layer, INDEX_SYSTEM=output(combined, "OUTPUT"), DRAWS=value(20))
    results, done = model.run({}, QgsProcessingContext(), QgsProcessingFeedback(False))
    assert done
    assert results["CHILD_RESULTS"][judged]["MAX_CR"] < 1e-9
    assert 0.5 < results["CHILD_RESULTS"][last]["ZONES_KEPT"] <= 1


def test_stability_agrees_with_an_evaluation(run, parcels, system):
    evaluated = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system)
    result = run("weightsensitivity", INPUT=parcels, INDEX_SYSTEM=system, DRAWS=200)
    for field in ("zone", "zone_lbl", "compos_lvl"):
        assert result.column(field) == evaluated.column(field)
    assert result.column("composite")[0] == pytest.approx(evaluated.column("composite")[0])
    assert result["EXCLUDED"] == 3
    rows = result.rows()
    assert sum(row["zone_keep"] is None for row in rows) == 3
    scored = [row for row in rows if row["zone"]]
    assert all(row["comp_p05"] <= row["comp_mean"] <= row["comp_p95"] for row in scored)
    assert all((row["zone_other"] is None) == (row["zone_keep"] == 1) for row in scored)
    assert all(row["zone_other"] != row["zone"] for row in scored)
    assert result["ZONES_KEPT"] == pytest.approx(sum(row["zone_keep"] for row in scored) / 114)
    assert result["LEVELS_KEPT"] == pytest.approx(sum(row["lvl_keep"] for row in scored) / 114)
    assert result["UNSTABLE"] == sum(row["zone_keep"] < 0.5 for row in scored)
    influence = result.rows("INFLUENCE")
    assert len(influence) == 18
    swings = [max(row["zone_less"], row["zone_more"]) for row in influence]
    assert swings == sorted(swings, reverse=True)
    again = run("weightsensitivity", INPUT=parcels, INDEX_SYSTEM=system, DRAWS=200)
    assert again.column("zone_keep") == result.column("zone_keep")
    other = run("weightsensitivity", INPUT=parcels, INDEX_SYSTEM=system, DRAWS=200, SEED=2)
    assert other.column("zone_keep") != result.column("zone_keep")


def test_judgements_vary_and_need_to_be_there(run, parcels, system, judgements):
    settings = {"INPUT": parcels, "INDEX_SYSTEM": system, "METHOD": 1, "DRAWS": 50}
    result = run("weightsensitivity", JUDGEMENTS=judgements, **settings)
    assert any("one step up or down" in line for line in result.log.info)
    assert 0.5 < result["ZONES_KEPT"] < 1
    with pytest.raises(QgsProcessingException, match="none are given"):
        run("weightsensitivity", **settings)


def test_one_weight_at_a_time_takes_no_draws(run, parcels, system):
    result = run("weightsensitivity", INPUT=parcels, INDEX_SYSTEM=system, METHOD=2, CHANGE=50)
    assert any("36 runs" in line for line in result.log.info)
    assert all(abs(row["zone_keep"] * 36 - round(row["zone_keep"] * 36)) < 1e-9
               for row in result.rows() if row["zone_keep"] is not None)  # fmt: skip


def test_breaks_of_an_evaluation_may_be_kept(run, parcels, system):
    evaluated = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system)
    fixed = run(
        "weightsensitivity",
        INPUT=parcels,
        INDEX_SYSTEM=system,
        DRAWS=50,
        FIXED_BREAKS=evaluated.layer("BREAKS"),
    )
    kept = run("weightsensitivity", INPUT=parcels, INDEX_SYSTEM=system, DRAWS=50, KEEP_BREAKS=True)
    assert fixed.column("zone") == evaluated.column("zone")
    assert fixed.column("zone_keep") == kept.column("zone_keep")


def test_the_report_has_the_tornado_a_map_and_the_settings(run, parcels, system, tmp_path, map_legend):
    path = tmp_path / "report.html"
    result = run("weightsensitivity", INPUT=parcels, INDEX_SYSTEM=system, DRAWS=20, REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    assert "<svg" in page and "weight raised" in page and "planned facility coverage" in page
    assert "Seed 1" in page and "natural breaks found anew in each draw" in page
    kept = Counter(str(code) for code in result.column("zone_stab") if code is not None)
    assert map_legend(page, "How often the zone is kept", STABILITIES) == kept


def test_a_layer_of_zones_may_be_examined_again(run, parcels, system):
    """Fields of an earlier evaluation give way to the new ones."""
    evaluated = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system)
    result = run("weightsensitivity", INPUT=evaluated.layer(), INDEX_SYSTEM=system, DRAWS=20)
    assert result.column("zone") == result.column("zone_1")


def test_parcels_without_a_land_layer_are_refused(run, parcels, system):
    copy = system.materialize(QgsFeatureRequest())
    land = [feature.id() for feature in copy.getFeatures() if feature["layer"] == "land"]
    copy.dataProvider().deleteFeatures(land)
    with pytest.raises(QgsProcessingException, match="layer “land”"):
        run("weightsensitivity", INPUT=parcels, INDEX_SYSTEM=copy, DRAWS=20)
