"""planningresponse as the toolbox runs it, on parcels drawn by hand: one sign is a square of 20 m."""

from collections import Counter

import pytest
from parcel_agglomeration.algorithms.fields import PLAN_LISTS
from parcel_agglomeration.algorithms.indicators.parcel_indicators import NO_OUTPUT
from qgis.core import (
    QgsDistanceArea,
    QgsGeometry,
    QgsProcessingException,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)

SIGN = 20
WEST, SOUTH = 400_000, 6_170_000
FIELDS = "id:string district:string zone:integer land_lvl:integer composite:double tax_mu:double land:string"
# A and B of zone 4 with a road between them, C of zone 4 alone, the others elsewhere.
PICTURE = """
AA.BB.....CC
AA.BB.....CC
D...........
............
E.F.G.H.I...
"""
ROWS = {
    "A": ("a", "north", 4, 4, 80.0, 30.0, "industrial"),
    "B": ("b", "north", 4, 3, 60.0, 10.0, "industrial"),
    "C": ("c", "south", 4, 4, 50.0, 20.0, "industrial"),
    "D": ("d", "south", 3, 4, 40.0, 9.0, "industrial"),
    "E": ("e", "south", 2, 3, 30.0, 8.0, "shop"),
    "F": ("f", "south", 1, 4, 10.0, 1.0, "industrial"),
    "G": ("g", "south", 1, 3, 15.0, 1.0, "industrial"),
    "H": ("h", "south", 1, 1, 12.0, 1.0, "industrial"),
    "I": ("i", None, None, 2, None, None, "industrial"),
}


def squares(picture, sign):
    """Union of the squares with a sign."""
    return QgsGeometry.unaryUnion(
        [
            QgsGeometry.fromRect(
                QgsRectangle(WEST + SIGN * x, SOUTH - SIGN * (y + 1), WEST + SIGN * (x + 1), SOUTH - SIGN * y)
            )
            for y, line in enumerate(picture.strip("\n").splitlines())
            for x, other in enumerate(line)
            if other == sign
        ]
    )


def expected(layer, *geometries):
    """Assert that a layer has these geometries, in this order."""
    found = [feature.geometry() for feature in layer.getFeatures()]
    assert len(found) == len(geometries)
    for one, other in zip(found, geometries, strict=True):
        assert one.symDifference(other).area() == pytest.approx(0, abs=1e-4)


@pytest.fixture
def parcels(layer):
    def make(rows=ROWS, picture=PICTURE):
        return layer(
            "Polygon", FIELDS, [(squares(picture, sign).asWkt(), *row) for sign, row in rows.items()]
        )

    return make


@pytest.fixture
def respond(run, parcels):
    """Run planningresponse; small areas count, unless the test says otherwise."""

    def call(layer=None, **settings):
        defaults = {"ID_FIELD": "id", "DISTRICT_FIELD": "district", "GAP": 20, "LEAST_AREA": 0.0,
                    "LEAST_RESERVE": 0.0, "NEAR_RING": 20, "FAR_RING": 0}  # fmt: skip
        return run("planningresponse", INPUT=parcels() if layer is None else layer, **defaults | settings)

    return call


def test_lead_areas_are_delimited_graded_and_get_standards(respond):
    done = respond(STANDARD_FIELDS=["tax_mu"])
    expected(
        done.layer("LEAD_AREAS"),
        squares("XXXXX\nXXXXX", "X"),
        squares(PICTURE, "C"),
    )
    first, second = done.rows("LEAD_AREAS")
    assert (first["lead_area"], first["parcels"], first["others"], first["districts"]) == (
        "L1",
        2,
        0,
        "north",
    )
    # A and B are equally large; the tertiles of 80, 60, 50 are 66.7 and 56.7.
    assert (first["score"], first["grade"]) == (pytest.approx(70), "A")
    assert (second["score"], second["grade"], second["grade_lbl"]) == (50, "C", "nurturing")
    assert done["LEAD_HM2"] == pytest.approx(0.40 + 0.16, rel=1e-3)
    thresholds = [row for row in done.rows("STANDARDS") if row["field"]]
    assert [(row["lead_area"], row["parcels"], row["proposed"]) for row in thresholds] == [
        ("L1", 2, 20),
        ("L2", 1, 20),
        ("all lead areas", 3, 20),
    ]
    facilities = [
        row["item"] for row in done.rows("STANDARDS") if row["lead_area"] == "L1" and not row["field"]
    ]
    assert any("5G" in name for name in facilities) and any("computing" in name for name in facilities)


def test_another_zone_inside_a_lead_area_counts_apart_and_moves_neither_grade_nor_standard(respond, parcels):
    rows = {"A": ROWS["A"], "F": ROWS["F"], "B": ROWS["B"]}
    done = respond(parcels(rows, "AAFBB\nAA.BB"), STANDARD_FIELDS=["tax_mu"])
    (area,) = done.rows("LEAD_AREAS")
    assert (area["parcels"], area["others"], area["score"]) == (2, 1, pytest.approx(70))
    assert area["zone4_hm2"] == pytest.approx(0.32, rel=1e-3)
    assert done.rows("STANDARDS")[0]["median"] == 20
    inside = next(row for row in done.rows() if row["id"] == "f")
    assert (inside["plan_list"], inside["lead_area"]) == ("both", "L1")


def test_land_without_output_proposes_no_threshold(run, layer):
    rows = [
        (squares(PICTURE, sign).asWkt(), 4, 4, cost)
        for sign, cost in (("A", 0.2), ("B", NO_OUTPUT), ("C", NO_OUTPUT))
    ]
    parcels = layer("Polygon", "zone:integer land_lvl:integer elec_out:double", rows)
    done = run("planningresponse", INPUT=parcels, GAP=50, LEAST_AREA=0)
    first, second, together = (row for row in done.rows("STANDARDS") if row["field"] == "elec_out")
    assert (first["parcels"], first["median"], first["proposed"]) == (1, 0.2, 0.2)
    assert (second["parcels"], second["proposed"]) == (0, None)
    assert (together["parcels"], together["proposed"]) == (1, 0.2)


def test_small_lead_areas_are_dropped_and_counted_but_keep_their_zone(respond):
    done = respond(LEAST_AREA=0.2)
    assert len(done.rows("LEAD_AREAS")) == 1 and done["LEAD_DROPPED"] == 1
    by_id = {row["id"]: row for row in done.rows()}
    assert (by_id["c"]["zone"], by_id["c"]["plan_list"], by_id["c"]["lead_area"]) == (4, "none", None)
    assert by_id["a"]["lead_area"] == "L1"
    assert any("1 lead areas are smaller" in line for line in done.log.info)


def test_the_lists_and_their_priorities(respond):
    done = respond(INDUSTRIAL="\"land\" = 'industrial'")
    assert {row["id"]: (row["plan_list"], row["priority"]) for row in done.rows()} == {
        "a": ("lead", None),
        "b": ("lead", None),
        "c": ("lead", None),
        "d": ("revit", None),
        "e": ("none", None),  # a shop
        "f": ("both", 1),
        "g": ("both", 2),
        "h": ("renov", None),
        "i": (None, None),  # no zone
    }
    assert [row["parcel"] for row in done.rows("REVITALISE")] == ["f", "g", "d"]
    renovate = done.rows("RENOVATE")
    assert [row["parcel"] for row in renovate] == ["f", "g", "h"]
    assert "taxation" in renovate[0]["joint"] and renovate[0]["area_hm2"] == pytest.approx(0.04, rel=1e-3)
    assert (done["REVITALISED"], done["RENOVATED"], done["IN_BOTH"], done["EXCLUDED"]) == (3, 3, 2, 1)
    assert "8 of 9 parcels are existing industrial land." in done.log.info
    assert done.layer().fields().names()[-4:] == ["plan_list", "plan_lbl", "priority", "lead_area"]


def test_without_an_expression_every_parcel_is_industrial_and_that_is_said(respond):
    done = respond()
    assert {row["parcel"] for row in done.rows("REVITALISE")} == {"d", "e", "f", "g"}
    assert any("Every parcel counts as existing industrial land" in line for line in done.log.info)


@pytest.mark.parametrize(
    ("expression", "listed"),
    [('"zone" > 1', {"d", "e"}), ('"tax_mu"', {"d", "e", "f", "g"}), ("NULL", set()), ("false", set())],
)
def test_any_expression_tells_what_is_industrial(respond, expression, listed):
    done = respond(INDUSTRIAL=expression)
    assert {row["parcel"] for row in done.rows("REVITALISE")} == listed


def test_strategies_by_district_and_zone_in_chinese(respond):
    done = respond(LANGUAGE=1)
    rows = {(row["district"], row["zone"]): row for row in done.rows("STRATEGY")}
    assert set(rows) == {(d, z) for d in ("north", "south", "（无片区）") for z in (1, 2, 3, 4)}
    assert rows["south", 1]["parcels"] == 3 and "会审" in rows["south", 1]["strategy"]
    assert rows["north", 1]["strategy"] is None
    assert done.column("plan_lbl")[0] == "引领示范区"
    assert "税务部门" in done.rows("RENOVATE")[0]["joint"]


class TestReserve:
    """Around a parcel of 40 m, with rings of 20 and 40 m."""

    ROW = {"A": ("a", "north", 4, 4, 80.0, 30.0, "industrial")}
    ALONE = "......\n......\n..AA..\n..AA.."
    CORNERS = 32 * 0.0980171403295606
    """Area of the polygon that stands for the unit circle: 64/2 sin(2 pi/64)."""

    def ellipsoidal(self, layer):
        measure = QgsDistanceArea()
        measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
        measure.setEllipsoid("EPSG:7030")
        return sum(measure.measureArea(f.geometry()) for f in layer.getFeatures()) / 10_000

    def test_whole_rings_where_nobody_says_what_land_there_is(self, respond, parcels):
        done = respond(parcels(self.ROW, self.ALONE), FAR_RING=40)
        areas = [feature.geometry().area() for feature in done.layer("RESERVE").getFeatures()]
        near, far = 160 * 20 + self.CORNERS * 20**2, 160 * 20 + self.CORNERS * (40**2 - 20**2)
        assert areas == pytest.approx([far, near]), "the largest first"
        rows = [
            (r["reserve"], r["ring"], r["from_m"], r["to_m"], r["lead_area"]) for r in done.rows("RESERVE")
        ]
        assert rows == [("R1", 2, 20, 40, "L1"), ("R2", 1, 0, 20, "L1")]
        assert done["RESERVE_HM2"] == pytest.approx(self.ellipsoidal(done.layer("RESERVE")))
        assert any("No candidate land is given" in line for line in done.log.warnings)

    def test_candidates_are_cut_and_red_lines_taken_out(self, respond, parcels, layer):
        # c is candidate land, x a red line over candidate land, e an eighth of a sign
        picture = "......\n.cccx.\n..AA..\n..AA.."
        candidates = layer("Polygon", "n:integer", [(squares(picture, sign).asWkt(), 1) for sign in "cx"])
        red = layer("Polygon", "n:integer", [(squares(picture, "x").asWkt(), 1)])
        farmland = layer("MultiPolygon", "n:integer", [(squares("......\n.c", "c").asWkt(), 1)])
        for added in (red, farmland):
            QgsProject.instance().addMapLayer(added, False)
        done = respond(parcels(self.ROW, self.ALONE), CANDIDATES=candidates, EXCLUSIONS=[red, farmland])
        expected(done.layer("RESERVE"), squares("......\n..cc", "c"))
        assert not any("candidate" in line for line in done.log.warnings)

    def test_slivers_are_dropped_and_counted(self, respond, parcels, layer):
        picture = "......\n..cc..\n..AA..\n.cAA.."
        candidates = layer("Polygon", "n:integer", [(squares(picture, "c").asWkt(), 1)])
        done = respond(parcels(self.ROW, self.ALONE), CANDIDATES=candidates, LEAST_RESERVE=0.05)
        expected(done.layer("RESERVE"), squares("......\n..cc..", "c"))
        assert done["RESERVE_DROPPED"] == 1

    def test_the_parcels_themselves_are_no_reserve_unless_asked_for(self, respond, parcels, layer):
        picture = "......\n..cc..\n..AA..\n..AA.."
        rows = self.ROW | {"c": ("c", "north", 1, 1, 1.0, 1.0, "industrial")}
        candidates = layer("Polygon", "n:integer", [(squares(picture, "c").asWkt(), 1)])
        assert respond(parcels(rows, picture), CANDIDATES=candidates)["RESERVE_HM2"] == 0
        done = respond(parcels(rows, picture), CANDIDATES=candidates, LESS_PARCELS=False)
        expected(done.layer("RESERVE"), squares(picture, "c"))

    def test_candidates_without_polygons_reserve_nothing_and_that_is_said(self, respond, parcels, layer):
        empty = layer("Polygon", "n:integer", [(None, 1)])
        done = respond(parcels(self.ROW, self.ALONE), CANDIDATES=empty)
        assert done["RESERVE_HM2"] == 0
        assert any("has no polygon, so nothing is reserved" in line for line in done.log.warnings)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:4490", "EPSG:4526"])
def test_any_crs_gives_the_same_areas(respond, parcels, crs):
    """The drawing moved to Zhuzhou, where CGCS2000 holds; Web Mercator inflates areas by 1.25 there."""
    import processing

    utm = parcels()
    utm.setCrs(utm.crs().fromOgcWmsCrs("EPSG:32649"))
    utm = processing.run(
        "native:translategeometry",
        {"INPUT": utm, "DELTA_X": 300_000, "DELTA_Y": 3_080_000 - SOUTH, "OUTPUT": "memory:"},
    )["OUTPUT"]
    moved = processing.run("native:reprojectlayer", {"INPUT": utm, "TARGET_CRS": crs, "OUTPUT": "memory:"})[
        "OUTPUT"
    ]
    here, there = respond(utm, GAP=21), respond(moved, GAP=21)
    assert len(there.rows("LEAD_AREAS")) == 2
    for number in ("LEAD_HM2", "RESERVE_HM2"):
        # UTM itself is off by 0.05 % in length, 0.1 % in area, at this distance from its meridian
        assert there[number] == pytest.approx(here[number], rel=2e-3)
    assert there.layer("LEAD_AREAS").crs() == moved.crs()
    box = there.layer("LEAD_AREAS").extent()
    box.grow(box.width() / 1000)
    assert box.contains(moved.getFeature(1).geometry().boundingBox())


class TestWhatMayBeMissing:
    def test_no_zone_4(self, respond, parcels):
        rows = {sign: row for sign, row in ROWS.items() if row[2] != 4}
        done = respond(parcels(rows), STANDARD_FIELDS=["tax_mu"])
        assert done.rows("LEAD_AREAS") == done.rows("RESERVE") == done.rows("STANDARDS") == []
        assert done["LEAD_HM2"] == done["RESERVE_HM2"] == 0
        assert done["RENOVATED"] == 3
        assert {"No parcel is in zone 4.", "There is no lead demonstration area."} <= set(done.log.warnings)

    def test_an_empty_zone_and_a_district_of_one_parcel(self, respond, parcels):
        rows = {sign: row for sign, row in ROWS.items() if sign not in "BD"}
        done = respond(parcels(rows))
        assert "No parcel is in zone 3." in done.log.warnings
        assert "Districts of a single parcel: north." in done.log.info
        north = next(row for row in done.rows("STRATEGY") if row["district"] == "north" and row["zone"] == 4)
        assert (north["parcels"], north["share_area"]) == (1, 1)

    def test_no_zone_no_district_no_land_level(self, respond, parcels):
        rows = ROWS | {"H": ("h", None, 1, None, None, 1.0, "industrial")}
        done = respond(parcels(rows))
        said = done.log.info
        assert "1 parcels have no zone and stand in no list." in said
        assert "1 parcels have no land-value level and are not revitalised." in said
        assert "2 parcels have no district and come under a heading of their own." in said
        last = next(row for row in done.rows("RENOVATE") if row["parcel"] == "h")
        assert (last["land_lvl"], last["district"], last["score"]) == (None, None, None)

    def test_ids_that_stand_more_than_once(self, respond, parcels):
        rows = ROWS | {"G": ("f", *ROWS["G"][1:])}
        done = respond(parcels(rows))
        assert [row["parcel"] for row in done.rows("RENOVATE")] == ["f", "f", "h"]
        assert any("1 parcel ids stand more than once, “f”" in line for line in done.log.warnings)

    def test_no_score_no_district_field_no_fields_for_standards(self, respond, run, layer):
        bare = layer("Polygon", "zone:integer land_lvl:integer", [(squares("A", "A").asWkt(), 4, 4)])
        done = respond(bare, ID_FIELD=None, DISTRICT_FIELD=None, SCORE_FIELD=None)
        assert (done.rows("LEAD_AREAS")[0]["grade"], done.rows("LEAD_AREAS")[0]["score"]) == (None, None)
        assert {row["kind"] for row in done.rows("STANDARDS")} == {"new facility"}
        assert any("No entry thresholds" in line for line in done.log.warnings)
        assert [row["district"] for row in done.rows("STRATEGY")] == [None] * 4

    def test_invalid_and_empty_geometries(self, respond, layer):
        bow_tie = "Polygon ((400000 6170000,400100 6170100,400100 6170000,400000 6170100,400000 6170000))"
        rows = [(bow_tie, *ROWS["A"]), (None, *ROWS["F"])]
        done = respond(layer("Polygon", FIELDS, rows))
        assert done["REPAIRED"] == 1
        assert any("1 invalid geometries were repaired" in line for line in done.log.info)
        assert done["LEAD_HM2"] == pytest.approx(0.5, rel=2e-2), (
            "two triangles of 0.25 hm², gap closed between"
        )
        assert done.column("plan_list") == ["lead", "both"]
        assert "1 parcels have no area and enter no sum of hectares." in done.log.info


class TestFaults:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"INDUSTRIAL": '"nothing" = 1'}, "expression .*nothing.* cannot be used"),
            (
                {"INDUSTRIAL": "1 +"},
                "expression “1 \\+” cannot be used: (syntax error|Incomplete expression)",
            ),
            ({"INDUSTRIAL": "'yes'"}, "gives “yes” for feature 1; it must give yes or no"),
            ({"INDUSTRIAL": 'to_int("land")'}, "cannot be used: .*Cannot convert"),
            ({"GRADE_A": 40, "GRADE_B": 60}, "Grade A begins at 40, below grade B at 60"),
            (
                {"ZONE_FIELD": "composite"},
                "composite holds 80 in feature 1; levels are whole numbers from 1 to 4",
            ),
            ({"ZONE_FIELD": "land"}, "“industrial” in feature 1, which is not a number"),
            ({"STANDARD_FIELDS": ["land"]}, "land holds “industrial”"),
        ],
    )
    def test_settings_that_cannot_be_used_are_one_sentence(self, respond, settings, message):
        with pytest.raises(QgsProcessingException, match=message):
            respond(**settings)

    def test_a_table_of_ones_own_that_lacks_a_zone(self, respond, layer):
        table = layer("None", "zone:integer strategy:string strategy_zh:string", [(None, 4, "lead", "")])
        with pytest.raises(QgsProcessingException, match="needs a row for zone 1"):
            respond(STRATEGY_TABLE=table)

    def test_a_layer_that_reaches_around_the_world(self, respond, layer):
        rows = [(f"Polygon (({x} 0,{x + 1} 0,{x} 1,{x} 0))", *ROWS["A"]) for x in (-120, 100)]
        with pytest.raises(QgsProcessingException, match="reaches over 221 degrees, too far for distances"):
            respond(layer("Polygon", FIELDS, rows, crs="EPSG:4326"))

    def test_a_layer_without_a_crs(self, respond, layer):
        rows = [(squares("A", "A").asWkt(), *ROWS["A"])]
        with pytest.raises(QgsProcessingException, match="has no CRS"):
            respond(layer("Polygon", FIELDS, rows, crs=""))


def test_tables_of_ones_own_take_the_place_of_the_shipped_ones(respond, layer, tmp_path, map_legend):
    strategy = layer(
        "None",
        "zone:integer district:string strategy:string strategy_zh:string",
        [*((None, zone, None, f"do {zone}", "") for zone in (1, 2, 3, 4)), (None, 1, "west", "wait", "")],
    )
    departments = layer("None", "department:string department_zh:string", [(None, "fire brigade", "消防")])
    facilities = layer("None", "facility:string facility_zh:string", [(None, "6G", "6G")])
    report = tmp_path / "report.html"
    done = respond(
        STRATEGY_TABLE=strategy, DEPARTMENT_TABLE=departments, FACILITY_TABLE=facilities, REPORT=str(report)
    )
    assert {row["strategy"] for row in done.rows("STRATEGY")} == {None, "do 1", "do 2", "do 3", "do 4"}
    assert {row["joint"] for row in done.rows("RENOVATE")} == {"fire brigade"}
    assert {row["item"] for row in done.rows("STANDARDS")} >= {"6G"}
    assert any("districts that the layer does not have: west" in line for line in done.log.warnings)
    page = report.read_text(encoding="utf-8")
    assert "fire brigade" in page and "do 3" in page and "agglomeration:planningresponse" in page
    caption = "Planning lists and lead demonstration areas"
    assert map_legend(page, caption, PLAN_LISTS) == Counter(filter(None, done.column("plan_list")))
    assert "</svg> outline of a lead area</span>" in page


def test_lists_follow_the_evaluation_in_a_model(run, demo, provider):
    """Evaluate, then respond, as steps of a model on the demonstration."""
    import processing
    from qgis.core import (
        QgsProcessing,
        QgsProcessingModelAlgorithm,
        QgsProcessingModelChildAlgorithm,
        QgsProcessingModelChildParameterSource,
        QgsProcessingModelOutput,
        QgsProcessingModelParameter,
        QgsProcessingParameterFeatureSource,
    )

    def step(identifier, outputs, **parameters):
        child = QgsProcessingModelChildAlgorithm(f"agglomeration:{identifier}")
        child.setChildId(identifier)
        for name, value in parameters.items():
            is_source = isinstance(value, QgsProcessingModelChildParameterSource)
            source = value if is_source else QgsProcessingModelChildParameterSource.fromStaticValue(value)
            child.addParameterSources(name, [source])
        made = {}
        for name in outputs:
            made[name] = QgsProcessingModelOutput(name, name)
            made[name].setChildId(identifier)
            made[name].setChildOutputName(name)
        child.setModelOutputs(made)
        model.addChildAlgorithm(child)

    model = QgsProcessingModelAlgorithm("chain", "test")
    polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
    for name, kinds in (("parcels", polygons), ("system", [QgsProcessing.SourceType.TypeVector])):
        model.addModelParameter(
            QgsProcessingParameterFeatureSource(name, name, kinds), QgsProcessingModelParameter(name)
        )
    parcels, system = (
        QgsProcessingModelChildParameterSource.fromModelParameter(name) for name in ("parcels", "system")
    )
    step("evaluate", (), INPUT=parcels, INDEX_SYSTEM=system)
    step(
        "planningresponse",
        ("OUTPUT", "LEAD_AREAS", "STANDARDS", "RENOVATE"),
        INPUT=QgsProcessingModelChildParameterSource.fromChildOutput("evaluate", "OUTPUT"),
        INDEX_SYSTEM=system,
        ID_FIELD="parcel_id",
        DISTRICT_FIELD="syn_distr",
    )
    assert model.validate()[0]
    made = processing.run(
        model,
        {
            "parcels": QgsVectorLayer(demo(), "parcels", "ogr"),
            "system": QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr"),
            # of an output's name, QGIS makes a parameter in lower case
            **dict.fromkeys(("output", "lead_areas", "standards", "renovate"), "TEMPORARY_OUTPUT"),
        },
    )
    zones = [feature["zone"] for feature in made["output"].getFeatures()]
    lists = [feature["plan_list"] for feature in made["output"].getFeatures()]
    assert {z for z, listed in zip(zones, lists, strict=True) if listed == "lead"} == {4}
    assert made["renovate"].featureCount() == zones.count(1)
    rules = {row["field"]: row["rule"] for row in made["standards"].getFeatures() if row["field"]}
    assert rules["syn_elec"] == rules["syn_water"] == "at most"
    assert rules["syn_tax_mu"] == rules["syn_far"] == "at least"
    assert "syn_tax" not in rules and "syn_giant" not in rules, "no totals, no flags"
