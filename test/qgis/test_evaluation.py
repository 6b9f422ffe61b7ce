"""targetscores, evaluate and evaluatemodel as the toolbox runs them."""

from collections import Counter

import pytest
from parcel_agglomeration.algorithms.fields import CLUSTERS, LEVELS_4, ZONES
from qgis.core import QgsFeatureRequest, QgsProcessingException, QgsVectorLayer

ZONED = ("zone", "zone_src", "econ_lvl", "land_lvl", "compos_lvl", "composite", "lm_p", "lm_cluster")
MAPS = {
    "Quality levels of the composite": ("compos_lvl", LEVELS_4),
    "Local clusters of the composite": ("lm_cluster", CLUSTERS),
    "Agglomeration zones": ("zone", ZONES),
}


@pytest.fixture
def parcels(demo):
    made = QgsVectorLayer(demo(), "parcels", "ogr")
    assert made.isValid()
    return made


@pytest.fixture
def system(demo):
    return QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")


@pytest.fixture
def judgements(demo):
    return QgsVectorLayer(demo("judgements_illustrative"), "judgements", "ogr")


def edited(table, changes):
    """A copy of a table in memory with some values changed: {(row, column): value}."""
    copy = table.materialize(QgsFeatureRequest())
    provider = copy.dataProvider()
    features = list(copy.getFeatures())
    for (row, column), value in changes.items():
        provider.changeAttributeValues({features[row].id(): {copy.fields().lookupField(column): value}})
    return copy


def test_zones_of_the_demonstration(run, parcels, system):
    result = run(
        "evaluate", INPUT=parcels, INDEX_SYSTEM=system, ID_FIELD="parcel_id", DISTRICT_FIELD="syn_distr"
    )
    assert result["EXCLUDED"] == 3
    assert result.rows("EXCLUDED_PARCELS") == [
        {"parcel": "1010", "lacks": "output, out_mu, elec_out, wat_out"},
        {"parcel": "1034", "lacks": "talent"},
        {"parcel": "1057", "lacks": "wat_out"},
    ]
    assert len(result.rows("MORAN")) == 8
    assert {row["field"] for row in result.rows("BREAKS")} == {row["field"] for row in result.rows("MORAN")}
    assert [row["level"] for row in result.rows("BREAKS")] == [1, 2, 3] * 5 + [1, 2, 3, 4] * 3
    assert sum(row["parcels"] for row in result.rows("CELLS")) == 114
    sections = {row["section"] for row in result.rows("STATISTICS")}
    assert sections == {"zone", "effic_lvl", "intens_lvl", "innov_lvl", "green_lvl", "access_lvl", "econ_lvl",
                        "land_lvl", "compos_lvl"}  # fmt: skip
    assert set(result.column("targets")) == {"0 given, 14 derived, 1 assumed"}
    assert all(row["target_src"] for row in result.rows("TARGETS") if row["direction"] != "flag")
    said = "\n".join(result.log.info)
    assert "Parcel 1034 lacks talent" in said and "Parcels by zone" in said and "HH clusters" in said


def test_the_model_gives_every_parcel_the_same(run, parcels, system, judgements):
    import processing

    evaluated = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, JUDGEMENTS=judgements)
    modelled = processing.run(
        "agglomeration:evaluatemodel",
        {
            "input": parcels,
            "index_system": system,
            "judgements": judgements,
            "output": "TEMPORARY_OUTPUT",
        },
    )["output"]
    theirs = {f["parcel_id"]: [f[name] for name in ZONED] for f in modelled.getFeatures()}
    ours = {row["parcel_id"]: [row[name] for name in ZONED] for row in evaluated.rows()}
    assert len(ours) == 117
    for parcel, values in ours.items():
        assert [None if value is None else value for value in values] == [
            None if not value and not isinstance(value, (int, float)) else value for value in theirs[parcel]
        ]


def test_the_model_works_inside_a_model(provider, parcels, system):
    from qgis.core import (
        QgsProcessingContext,
        QgsProcessingFeedback,
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildAlgorithm,
        QgsProcessingModelChildParameterSource,
    )

    outer = QgsProcessingModelAlgorithm("outer", "test")
    inner = QgsProcessingModelChildAlgorithm("agglomeration:evaluatemodel")
    inner.generateChildId(outer)
    value = QgsProcessingModelChildParameterSource.fromStaticValue
    inner.addParameterSources("input", [value(parcels.source())])
    inner.addParameterSources("index_system", [value(system.source())])
    first = outer.addChildAlgorithm(inner)
    after = QgsProcessingModelChildAlgorithm("agglomeration:zonestatistics")
    after.generateChildId(outer)
    result = QgsProcessingModelChildParameterSource.fromChildOutput(first, "output")
    after.addParameterSources("INPUT", [result])
    second = outer.addChildAlgorithm(after)
    context = QgsProcessingContext()
    results, done = outer.run({}, context, QgsProcessingFeedback(False))
    assert done
    assert results["CHILD_RESULTS"][second]["EXCLUDED"] == 3


def test_judgements_of_the_printed_weights_give_the_same_scores(run, parcels, system, judgements):
    preset = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system)
    judged = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, JUDGEMENTS=judgements)
    assert judged["MAX_CR"] == pytest.approx(0, abs=1e-12) and judged["MAX_CR"] >= 0
    assert preset["MAX_CR"] is None
    assert judged.column("composite")[0] == pytest.approx(preset.column("composite")[0], abs=1e-9)


def test_missing_fields_are_listed_or_dropped_on_request(run, parcels, system):
    lacking = edited(system, {(0, "field"): "nowhere", (2, "field"): "nowhere"})
    with pytest.raises(QgsProcessingException, match=r"2 indicator.*output.*scale"):
        run("evaluate", INPUT=parcels, INDEX_SYSTEM=lacking)
    result = run("evaluate", INPUT=parcels, INDEX_SYSTEM=lacking, DROP_MISSING=True, QUANTITIES=["syn_tax"])
    assert any("output" in line and "scale" in line for line in result.log.warnings)
    weights = {row["indicator"]: row["weight"] for row in result.rows("TARGETS")}
    assert "output" not in weights
    assert weights["tax"] == pytest.approx(0.31)
    assert sum(weights.values()) == pytest.approx(1)


def test_a_layer_with_none_of_the_fields_is_told_how(run, grid):
    with pytest.raises(QgsProcessingException, match="none of the indicators' fields"):
        run("evaluate", INPUT=grid([[1, 2], [3, 4]]))


def test_weights_that_do_not_add_up_are_an_error_or_scaled(run, parcels, system):
    heavy = edited(system, {(0, "weight_local"): 0.5})
    with pytest.raises(QgsProcessingException, match="effic"):
        run("targetscores", INPUT=parcels, INDEX_SYSTEM=heavy)
    result = run("targetscores", INPUT=parcels, INDEX_SYSTEM=heavy, NORMALISE_WEIGHTS=True)
    assert max(value for value in result.column("composite") if value is not None) <= 100


def test_missing_values_may_be_renormalised(run, parcels, system):
    result = run("targetscores", INPUT=parcels, INDEX_SYSTEM=system, MISSING_VALUES=1)
    by_id = {row["parcel_id"]: row for row in result.rows()}
    assert by_id[1034]["composite"] is not None
    assert by_id[1034]["lacks"] == "talent" and by_id[1034]["excluded"] == 0
    assert by_id[1034]["wgt_used"] == pytest.approx(1 - 0.167 * 0.18)
    assert result["EXCLUDED"] == 0


def test_breaks_of_a_base_year_hold_for_every_score(run, parcels, system):
    base = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system)
    again = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, FIXED_BREAKS=base.layer("BREAKS"))
    assert again.column("zone") == base.column("zone")
    assert {row["source"] for row in again.rows("BREAKS")} == {"fixed"}


def test_fixed_breaks_must_have_every_level(run, parcels, system):
    breaks = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system).layer("BREAKS")
    assert any(
        "targets are derived" in line
        for line in run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, FIXED_BREAKS=breaks).log.warnings
    )
    kept = breaks.materialize(QgsFeatureRequest().setFilterExpression("NOT (field = 'l_econ' AND level = 1)"))
    with pytest.raises(QgsProcessingException, match=r"l_econ.*level 1"):
        run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, FIXED_BREAKS=kept)
    fewer = breaks.materialize(
        QgsFeatureRequest().setFilterExpression("NOT (field = 'l_econ' AND level = 4)")
    )
    with pytest.raises(QgsProcessingException, match=r"l_econ have 3 levels, not 4"):
        run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, FIXED_BREAKS=fewer)


def test_dimensions_may_have_their_chinese_names(run, parcels, system):
    chinese = edited(system, {(row, "dimension"): "经济高效" for row in range(3)})
    result = run("targetscores", INPUT=parcels, INDEX_SYSTEM=chinese, LANGUAGE=1)
    assert "d_effic" in result.rows()[0]
    assert set(result.column("targets")) == {"给定 0，由数据推导 14，暂定 1"}


def test_levels_of_a_users_dimension_are_labelled_by_three(run, parcels, system):
    own = edited(system, {(row, "dimension"): "mine" for row in range(3)})
    result = run("evaluate", INPUT=parcels, INDEX_SYSTEM=own)
    labels = [
        row["label"] for row in result.rows("STATISTICS") if row["section"] == "mine_lvl" and not row["cross"]
    ]
    assert labels == ["low", "medium", "high"]


def test_a_square_matrix_is_read_as_judgements(run, tmp_path):
    table = tmp_path / "matrix.csv"
    table.write_text("goal,output,tax,scale\noutput,1,1/2,3\ntax,2,1,5\nscale,1/3,1/5,1\n")
    system = tmp_path / "system.csv"
    system.write_text(
        "indicator,layer,dimension,direction,weight\noutput,econ,effic,benefit,\ntax,econ,effic,benefit,\n"
        "scale,land,access,flag,\n"
    )
    result = run("ahpweights", JUDGEMENTS=str(table), INDEX_SYSTEM=str(system))
    # METHOD section 10: [[1, 2, 5], [1/2, 1, 3], [1/5, 1/3, 1]] in another order.
    assert [row["weight"] for row in result.rows()] == pytest.approx([0.3090, 0.5816, 0.1095], abs=5e-5)


def test_a_score_with_too_few_values_for_its_levels_is_named(run, parcels, system):
    land = range(14, 18)
    flags = edited(
        system, {(row, "direction"): "flag" for row in land} | {(row, "field"): "syn_scale" for row in land}
    )
    with pytest.raises(QgsProcessingException, match=r"d_access has only 2 distinct values"):
        run("evaluate", INPUT=parcels, INDEX_SYSTEM=flags)


def test_the_index_system_matches_the_fields_of_a_layer(run, layer):
    parcels = layer(
        "Point", "OUTPUT:double 用地年总税收:double other:double", [("Point (0 0)", 1.0, 2.0, 3.0)]
    )
    result = run("indexsystem", INPUT=parcels)
    fields = {row["indicator"]: row["field"] for row in result.rows()}
    assert fields["output"] == "OUTPUT" and fields["tax"] == "用地年总税收"
    assert fields["far"] is None
    assert result["MATCHED"] == 2
    assert any("Chinese name" in line for line in result.log.info)


def test_the_index_system_without_weights_is_weighed_by_judgements(run, judgements):
    empty = run("indexsystem", EMPTY_WEIGHTS=True)
    assert {row["weight"] for row in empty.rows()} == {None}
    weighed = run("ahpweights", INDEX_SYSTEM=empty.layer(), JUDGEMENTS=judgements)
    printed = run("indexsystem")
    for ours, theirs in zip(weighed.rows(), printed.rows(), strict=True):
        assert ours["weight"] == pytest.approx(theirs["weight"], abs=1e-12)
        assert ours["weight_dim"] == pytest.approx(theirs["weight_dim"], abs=1e-12)
    assert weighed["MAX_CR"] == pytest.approx(0, abs=1e-12)
    assert len(weighed.rows("NODES")) == 5 + 18


def test_inconsistent_judgements_are_warned_of_by_their_node(run, judgements):
    row = next(i for i, f in enumerate(judgements.getFeatures()) if f["parent"] == "innov")
    result = run("ahpweights", JUDGEMENTS=edited(judgements, {(row, "value"): "9"}))
    assert result["MAX_CR"] > 0.1
    assert any("innov" in line and "not consistent" in line for line in result.log.warnings)


@pytest.mark.parametrize("value", ["0", "-2", "often", "1/0"])
def test_an_unusable_judgement_is_named_by_its_pair(run, layer, value):
    rows = [("Point (0 0)", "goal", "a", "b", value), ("Point (0 0)", "goal", "b", "c", "1/2"),
            ("Point (0 0)", "goal", "a", "c", "2")]  # fmt: skip
    table = layer("Point", "parent:string a:string b:string value:string", rows)
    with pytest.raises(QgsProcessingException, match=r"goal.*a.*b"):
        run("ahpweights", JUDGEMENTS=table)


def test_geometry_may_be_null_empty_or_invalid(run, parcels, system):
    from qgis.core import QgsGeometry

    dirty = parcels.materialize(QgsFeatureRequest())
    provider = dirty.dataProvider()
    bow = QgsGeometry.fromWkt(
        "MultiPolygon (((383000 6170000,383100 6170100,383100 6170000,383000 6170100,383000 6170000)))"
    )
    provider.changeGeometryValues({1: QgsGeometry(), 2: QgsGeometry.fromWkt("MultiPolygon EMPTY"), 3: bow})
    result = run("evaluate", INPUT=dirty, INDEX_SYSTEM=system)
    rows = result.rows()
    assert [row["zone"] is not None for row in rows[:3]] == [True, True, True]
    assert [row["lm_cluster"] for row in rows[:2]] == ["none", "none"]


def test_agreement_of_the_demonstrations_levels_and_zones(run, parcels, system):
    done = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, PERMUTATIONS=99)
    zones = done.column("zone")
    confusion = done.rows("CONFUSION")
    assert sum(row["parcels"] for row in confusion) == sum(zone is not None for zone in zones)
    pairs = list(zip(zones, done.column("compos_lvl"), strict=True))
    assert {(row["zone"], row["compos_lvl"]): row["parcels"] for row in confusion if row["parcels"]} == {
        pair: pairs.count(pair) for pair in set(pairs) if None not in pair
    }
    agreement = [(row["first"], row["second"], row["measure"]) for row in done.rows("AGREEMENT")]
    assert agreement == [
        (first, second, measure)
        for first, second in (("econ_lvl", "land_lvl"), ("zone", "compos_lvl"))
        for measure in ("parcels", "area")
    ]
    assert sum(row["area_hm2"] for row in done.rows("CELLS")) == pytest.approx(
        sum(row["area_hm2"] for row in confusion)
    )


def test_evaluate_refuses_a_matrix_of_another_size(run, parcels, system, layer):
    table = layer(
        "None", "econ_lvl:integer land_lvl:integer zone:integer", [(None, 1, 1, 1), (None, 2, 2, 2)]
    )
    with pytest.raises(QgsProcessingException, match="2 economic and 2 land-value levels"):
        run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, MATRIX_TABLE=table)


def test_the_report_says_what_the_tables_say(run, parcels, system, tmp_path, map_legend):
    path = tmp_path / "evaluation.html"
    result = run(
        "evaluate",
        INPUT=parcels,
        INDEX_SYSTEM=system,
        ID_FIELD="parcel_id",
        DISTRICT_FIELD="syn_distr",
        REPORT=str(path),
    )
    assert result["REPORT"] == str(path)
    page = path.read_text(encoding="utf-8")
    assert page.count('font-size="11"') == len(result.rows("MORAN")) + len(("bars", "matrix", *MAPS)) == 13
    for caption, (field, terms) in MAPS.items():
        counts = Counter(str(code) for code in result.column(field) if code is not None)
        assert map_legend(page, caption, terms) == counts, caption
    for row in result.rows("CELLS"):
        star = "*" if row["zone_src"] == "completed" else ""
        assert f"<td>{row['zone']}{star} ({row['parcels']})</td>" in page
    for row in result.rows("BREAKS"):
        assert f'<td class="number">{row["upper"]:.2f}</td><td class="number">{row["parcels"]}</td>' in page
    zones = [row for row in result.rows("STATISTICS") if row["section"] == "zone" and not row["cross"]]
    assert {row["district"] for row in zones} == {None, *(f"Synthetic district {name}" for name in "ABCDE")}
    for row in zones:
        if row["district"]:
            assert f"<td>{row['parcels']} ({row['area_hm2']:.2f})</td>" in page
    zones_and_clusters = zip(result.column("zone"), result.column("lm_cluster"), strict=True)
    best = [cluster for zone, cluster in zones_and_clusters if zone == 4]
    assert f"{best.count('HH')} of the {len(best)} parcels of zone 4" in page
    assert "<td>1034</td><td>skilled-talent density</td>" in page and "agglomeration:evaluate" in page


def test_texts_of_the_layer_are_escaped_in_the_report(run, parcels, system, tmp_path):
    path = tmp_path / "evaluation.html"
    names = edited(parcels, {(0, "syn_distr"): "<b>north</b>"})
    run("evaluate", INPUT=names, INDEX_SYSTEM=system, DISTRICT_FIELD="syn_distr", REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    assert "<td>&lt;b&gt;north&lt;/b&gt;</td>" in page and "<b>" not in page
