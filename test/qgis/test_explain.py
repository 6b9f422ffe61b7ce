"""explain as the toolbox runs it, on the evaluated demonstration."""

import re

import pytest
from qgis.core import QgsProcessingException, QgsVectorLayer


@pytest.fixture
def evaluated(run, demo):
    return run(
        "evaluate",
        INPUT=QgsVectorLayer(demo(), "parcels", "ogr"),
        INDEX_SYSTEM=QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr"),
        ID_FIELD="parcel_id",
        PERMUTATIONS=99,
    )


@pytest.fixture
def explained(run, evaluated):
    def call(**parameters):
        return run(
            "explain",
            INPUT=evaluated.layer(),
            ID_FIELD="parcel_id",
            INDEX_SYSTEM=evaluated.layer("TARGETS"),
            FIXED_BREAKS=evaluated.layer("BREAKS"),
            **parameters,
        )

    return call


def test_every_parcel_is_explained_as_it_was_evaluated(explained, evaluated, tmp_path):
    result = explained(REPORT=str(tmp_path / "why.html"))
    assert result["EXPLAINED"] == 117
    assert not any("another zone" in line for line in result.log.warnings)
    rows, points = {row["parcel_id"]: row for row in result.rows()}, result.rows("POINTS")
    for row in evaluated.rows():
        own = [one for one in points if one["parcel"] == str(row["parcel_id"])]
        why = rows[row["parcel_id"]]["why"]
        if row["composite"] is None:
            assert "not scored" in why and all(one["points"] is None for one in own)
            continue
        assert sum(one["points"] for one in own) == pytest.approx(row["composite"])
        assert f"economy {row['econ_lvl']} " in why and f"land {row['land_lvl']} " in why
        assert f"zone {row['zone']} ({row['zone_lbl']}), {row['zone_src']} cell" in why
    page = (tmp_path / "why.html").read_text(encoding="utf-8")
    assert page.count('class="sheet"') == 100 and "first 100 of 117" in page
    assert "Clusters never move a zone" in page and "<script" not in page


def test_the_smallest_move_moves_the_zone(run, explained, evaluated):
    """The value that `explain` ranks first, put into the layer, gives the zone that it names.

    A parcel whose score is a break itself need only pass its present value.
    """
    result = explained()
    first = {
        row["parcel"]: row
        for row in result.rows("MOVES")
        if row["rank"] == 1 and row["zone_to"] > row["zone_from"]
    }
    layer, fields = evaluated.layer(), {row["indicator"]: row["field"] for row in evaluated.rows("TARGETS")}
    past = {"above": 1 + 1e-9, "below": 1 - 1e-9}
    layer.startEditing()
    for feature in layer.getFeatures():
        move = first.get(str(feature["parcel_id"]))
        if move:
            value = move["limit"] * past.get(move["must_be"], 1)
            layer.changeAttributeValue(
                feature.id(), layer.fields().lookupField(fields[move["indicator"]]), value
            )
    layer.commitChanges()
    assert len(first) > 30
    best = {str(row["parcel_id"]): (row["up_zone"], row["up_by"], row["up_to"]) for row in result.rows()}
    assert {name: (move["zone_to"], move["indicator"], move["limit"]) for name, move in first.items()} == {
        name: move for name, move in best.items() if move[1]
    }
    again = run(
        "evaluate",
        INPUT=layer,
        INDEX_SYSTEM=evaluated.layer("TARGETS"),
        FIXED_BREAKS=evaluated.layer("BREAKS"),
        PERMUTATIONS=9,
    )
    zones = {str(row["parcel_id"]): row["zone"] for row in again.rows()}
    assert {name: zones[name] for name in first} == {name: move["zone_to"] for name, move in first.items()}


def test_chosen_parcels_in_chinese(explained, tmp_path):
    names = [row["parcel_id"] for row in explained().rows()][:2]
    result = explained(PARCELS="，".join(map(str, names)), LANGUAGE=1, REPORT=str(tmp_path / "one.html"))
    assert result["EXPLAINED"] == 2 and len(result.rows("POINTS")) == 36
    assert all(re.search("经济效益|未评价", row["why"]) for row in result.rows())
    assert {row["parcel"] for row in result.rows("MOVES")} <= set(map(str, names))
    with pytest.raises(QgsProcessingException, match="no parcel nobody: parcels are called by parcel_id"):
        explained(PARCELS="nobody")


def test_other_targets_are_warned_of(run, evaluated, demo):
    result = run(
        "explain",
        INPUT=evaluated.layer(),
        INDEX_SYSTEM=QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr"),
        PRESET=1,
        FIXED_BREAKS=evaluated.layer("BREAKS"),
    )
    strict = sum(
        row["zone_src"] == "completed" and (row["econ_lvl"], row["land_lvl"]) == (2, 1)
        for row in evaluated.rows()
    )
    assert strict and any(f"{strict} parcels have another zone" in line for line in result.log.warnings)
