"""zonechange as the toolbox runs it, on drawn parcels and on the demonstration changed by hand."""

import pytest
from parcel_agglomeration.algorithms.fields import change_terms
from qgis.core import QgsFeatureRequest, QgsProcessingException, QgsVectorLayer


def square(west, east, south=0, north=100):
    return (
        f"Polygon (({400000 + west} {6170000 + south},{400000 + east} {6170000 + south},"
        f"{400000 + east} {6170000 + north},{400000 + west} {6170000 + north},"
        f"{400000 + west} {6170000 + south}))"
    )


FIELDS = "name:string money:double place:double stage:string"
BREAKS = [
    (field, level, 25.0 * level) for field in ("l_econ", "l_land", "composite") for level in (1, 2, 3, 4)
]


@pytest.fixture
def system(layer):
    """One indicator for the economy, one for the land value, both with target 100: scores are values."""
    names = "indicator name layer dimension field direction target weight_local weight_dim weight"
    kinds = {"target": "double", "weight_local": "double", "weight_dim": "double", "weight": "double"}
    fields = " ".join(f"{name}:{kinds.get(name, 'string')}" for name in names.split())
    return layer(
        "NoGeometry",
        fields,
        [
            ("", "money", "money", "econ", "form", "money", "benefit", 100.0, 1.0, 0.5, 0.5),
            ("", "place", "place", "land", "spot", "place", "benefit", 100.0, 1.0, 0.5, 0.5),
        ],
    )


@pytest.fixture
def breaks(layer):
    return layer("NoGeometry", "field:string level:integer upper:double", [("", *row) for row in BREAKS])


@pytest.fixture
def compare(run, layer, system, breaks):
    def call(now, base, crs=("EPSG:32637", "EPSG:32637"), **parameters):
        return run(
            "zonechange",
            INPUT=layer("Polygon", FIELDS, now, crs[0]),
            BASE=layer("Polygon", FIELDS, base, crs[1]),
            INDEX_SYSTEM=system,
            FIXED_BREAKS=breaks,
            **{"ID_FIELD": "name", "STAGE_FIELD": "stage"} | parameters,
        )

    return call


# Base year, 100 m high:    | a  zone 4 | b  zone 3 | c  zone 1 | d 2 |          | e 4 |
# West to east:             0         100         200         300   350        500    600
BASE_YEAR = [
    (square(0, 100), "a", 90.0, 90.0, ""),
    (square(100, 200), "b", 80.0, 30.0, ""),
    (square(200, 300), "c", 10.0, 10.0, ""),
    (square(300, 350), "d", 30.0, 10.0, ""),
    (square(500, 600), "e", 90.0, 60.0, ""),
]
# This year: a fell to zone 2; b is cut into b1 and b2; c and d are one, c; f is new; e is gone.
THIS_YEAR = [
    (square(0, 100), "a", 40.0, 90.0, "监管"),
    (square(100, 150), "b1", 80.0, 30.0, "use"),
    (square(150, 200), "b2", 20.0, 30.0, ""),
    (square(200, 350), "c", 60.0, 60.0, "birth"),
    (square(700, 800), "f", 30.0, 30.0, ""),
]


def test_by_id_and_by_location(compare, tmp_path, map_legend):
    result = compare(THIS_YEAR, BASE_YEAR, REPORT=str(tmp_path / "change.html"))
    rows = {row["name"]: row for row in result.rows()}
    assert {name: (row["match"], row["base_id"]) for name, row in rows.items()} == {
        "a": ("id", "a"),
        "b1": ("split", "b"),
        "b2": ("split", "b"),
        "c": ("merged", "c, d"),
        "f": ("new", None),
    }
    zones = {name: (row["zone_base"], row["zone"], row["zone_chg"]) for name, row in rows.items()}
    assert zones == {"a": (4, 2, -2), "b1": (3, 3, 0), "b2": (3, 1, -2), "c": (1, 4, 3), "f": (None, 2, None)}
    assert rows["a"]["econ_chg"] == -2 and rows["a"]["land_chg"] == 0 and rows["a"]["compos_chg"] == -1
    # c: two thirds of the land scored 10, one third (30 + 10)/2 = 20.
    assert rows["c"]["score_base"] == pytest.approx(2 / 3 * 10 + 1 / 3 * 20)
    assert rows["a"]["alerts"] == "left zone 4; fell two zones"
    assert "Review the performance agreement" in rows["a"]["alert_txt"]
    assert rows["b2"]["alerts"] == "fell two zones; fell two levels; into zone 1"
    assert rows["b1"]["alerts"] is None
    assert (result["ALERTED"], result["CHANGED"], result["NEW"], result["LOST"]) == (2, 3, 1, 1)
    assert any("birth" in line for line in result.log.warnings)
    assert result.rows("GONE")[0]["parcel"] == "e"
    moves = {(row["zone_base"], row["zone"]): row for row in result.rows("TRANSITIONS")}
    assert moves[1, 4]["parcels"] == pytest.approx(2 / 3) and moves[2, 4]["parcels"] == pytest.approx(1 / 3)
    assert moves[3, 3]["share_n"] == pytest.approx(0.5) and moves[None, 2]["from_lbl"] == "new parcel"
    assert moves[4, None]["to_lbl"] == "gone" and moves[4, None]["share_area"] == pytest.approx(0.5, abs=1e-3)
    # 100 m x 100 m; the projection's scale here is 0.9996 squared and a little.
    assert moves[4, 2]["area_hm2"] == pytest.approx(1, abs=2e-3)
    assert {row["parcel"] for row in result.rows("ALERTS")} == {"a", "b2"}
    page = (tmp_path / "change.html").read_text(encoding="utf-8")
    assert "From zone to zone" in page and "left zone 4" in page
    assert map_legend(page, "Change of the zone", change_terms(4)) == {"-2": 2, "0": 1, "3": 1}


def test_by_id_only(compare):
    rows = {row["name"]: row for row in compare(THIS_YEAR, BASE_YEAR, MATCHING=1).rows()}
    assert [rows[name]["match"] for name in ("a", "b1", "b2", "c", "f")] == ["id", "new", "new", "id", "new"]
    with pytest.raises(QgsProcessingException, match="no field names them"):
        compare(THIS_YEAR, BASE_YEAR, MATCHING=1, ID_FIELD="")


def test_by_location_only_in_another_crs(compare, layer):
    """The base year in degrees of WGS 84: the same places, ids of no use."""
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsGeometry, QgsProject

    transform = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:32637"),
        QgsCoordinateReferenceSystem("EPSG:4326"),
        QgsProject.instance(),
    )
    base = []
    for wkt, *values in BASE_YEAR:
        shape = QgsGeometry.fromWkt(wkt)
        shape.transform(transform)
        base.append((shape.asWkt(12), *values))
    for parameters in ({"MATCHING": 2}, {"ID_FIELD": ""}):
        result = compare(THIS_YEAR, base, ("EPSG:32637", "EPSG:4326"), **parameters)
        matches = [row["match"] for row in result.rows()]
        assert matches == ["location", "split", "split", "merged", "new"]


def test_doubtful_ids_are_told_and_matched_by_place(compare):
    now = [(wkt, "a" if name in ("a", "f") else name, *rest) for wkt, name, *rest in THIS_YEAR]
    base = [(wkt, None if name == "c" else name, *rest) for wkt, name, *rest in BASE_YEAR]
    result = compare(now, base)
    assert any("stand twice in a year and match nothing: a" in line for line in result.log.warnings)
    assert [row["match"] for row in result.rows()] == ["location", "split", "split", "merged", "new"]


def test_noise_of_digitising_is_no_merger(compare):
    """Borders off by a metre: 1 % of a parcel. A least overlap of 0 would call it merged."""
    now = [(square(1, 101), "x", 90.0, 90.0, ""), (square(101, 201), "y", 80.0, 30.0, "")]
    base = BASE_YEAR[:2]
    assert compare(now, base).column("match") == ["location", "location"]
    assert compare(now, base, LEAST_OVERLAP=0).column("match") == ["merged", "split"]


def test_a_narrow_strip_of_a_parcel_is_part_of_it(compare):
    """3 m of 100 m: little of the base-year parcel, but all of the strip, so no noise."""
    now = [(square(0, 97), "x", 90.0, 90.0, ""), (square(97, 100), "y", 90.0, 90.0, "")]
    assert compare(now, BASE_YEAR[:1]).column("match") == ["split", "split"]


def test_faulty_geometry(compare):
    """A bow tie is repaired and counted; a parcel without geometry is new."""
    bow = "Polygon ((400000 6170000,400100 6170100,400100 6170000,400000 6170100,400000 6170000))"
    result = compare([(bow, "x", 50.0, 50.0, ""), (None, "y", 50.0, 50.0, "")], BASE_YEAR[:1])
    assert result.column("match") == ["location", "new"]
    assert any("1 invalid" in line for line in result.log.info)


def test_own_rules_in_chinese(compare, layer):
    rules = layer(
        "NoGeometry",
        "rule:string rule_zh:string field:string fall:double stage:string text:string text_zh:string",
        [("", "weak", "走弱", "composite", 20.0, "", "look", "关注")],
    )
    result = compare(THIS_YEAR, BASE_YEAR, RULES=rules, LANGUAGE=1)
    assert {row["parcel"]: (row["rule"], row["meaning"]) for row in result.rows("ALERTS")} == {
        "a": ("走弱", "关注"), "b2": ("走弱", "关注"),
    }  # fmt: skip


def test_a_score_missing_in_one_year(compare):
    now = [(square(0, 100), "a", None, 90.0, "")]
    row = compare(now, BASE_YEAR).rows()[0]
    assert (row["zone"], row["zone_base"], row["zone_chg"], row["alerts"]) == (None, 4, None, None)


def test_the_same_year_twice_changes_nothing(run, demo):
    """The demonstration against itself: the base year's natural breaks and derived targets serve both."""
    parcels = QgsVectorLayer(demo(), "parcels", "ogr")
    system = QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")
    result = run(
        "zonechange", INPUT=parcels, BASE=parcels.materialize(QgsFeatureRequest()), INDEX_SYSTEM=system
    )
    evaluated = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system, PERMUTATIONS=9)
    assert result.column("zone") == evaluated.column("zone") == result.column("zone_base")
    assert (result["ALERTED"], result["CHANGED"], result["NEW"], result["LOST"]) == (0, 0, 0, 0)


def test_years_with_other_indicators(compare, run, layer, system, breaks):
    now = layer("Polygon", "name:string place:double", [(square(0, 100), "a", 1.0)])
    base = layer("Polygon", FIELDS, BASE_YEAR)
    with pytest.raises(QgsProcessingException, match="has no field for 1 indicator"):
        run("zonechange", INPUT=now, BASE=base, INDEX_SYSTEM=system, FIXED_BREAKS=breaks)
