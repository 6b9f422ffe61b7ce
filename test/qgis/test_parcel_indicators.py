"""Indicators from raw layers as the toolbox runs them."""

import csv

import pytest
from parcel_agglomeration.algorithms.fields import INDICATORS
from parcel_agglomeration.algorithms.indicators.parcel_indicators import NO_OUTPUT
from qgis.core import QgsFeatureRequest, QgsProcessingContext, QgsProcessingException, QgsVectorLayer

# In a transverse Mercator projection with scale 1 in its middle, 100 m are 100 m on the ground.
TRUE_TO_SCALE = "PROJ:+proj=tmerc +lat_0=56 +lon_0=37 +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"


def box(west, south, width, height):
    east, north = west + width, south + height
    return f"Polygon (({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


@pytest.fixture
def two(layer):
    """A: 100 m x 100 m = 1 hm2 = 15 mu; B beside it: 200 m x 100 m = 2 hm2 = 30 mu; fields in m2."""
    rows = [(box(0, 0, 100, 100), "A", 10000.0, 8000.0), (box(100, 0, 200, 100), "B", 22000.0, 20000.0)]
    return layer("Polygon", "id:string deed:double built:double", rows, TRUE_TO_SCALE)


@pytest.fixture
def table(layer):
    """Make an enterprise table: table("parcel:string output:double", ("A", 3.0), ...)."""
    return lambda fields, *rows: layer("None", fields, [(None, *row) for row in rows])


class TestAreas:
    #       A (1 hm2)          B (2 hm2)
    #  +---------------+-------------------------------+   b1: 40 x 50 = 2,000 m2, 3 storeys, in A
    #  |  +----+       |                               |   b2: 40 x 20, half in A and half in B,
    #  |  | b1 |    +--+--+                            |       400 m2 each, 2 storeys
    #  |  |    |    | b2  |                            |   A: floors 2000 x 3 + 400 x 2 = 6,800 m2
    #  |  +----+    +--+--+                            |      footprints 2,400 m2
    #  +---------------+-------------------------------+   B: floors 800 m2, footprints 400 m2
    B1, B2 = box(10, 20, 40, 50), box(80, 20, 40, 20)

    def buildings(self, layer, *more):
        rows = [(self.B1, 3.0, None), (self.B2, None, 6.0), *more]
        return layer("Polygon", "storeys:double height:double", rows, TRUE_TO_SCALE)

    def test_buildings_are_cut_at_the_border(self, run, two, layer):
        done = run(
            "parcelindicators",
            INPUT=two,
            BUILDINGS=self.buildings(layer),
            STOREYS_FIELD="storeys",
            HEIGHT_FIELD="height",
        )
        assert done.column("area_hm2") == pytest.approx([1, 2], rel=1e-6)
        assert done.column("far") == pytest.approx([0.68, 0.04], rel=1e-6)
        assert done.column("bld_coef") == pytest.approx([24, 2], rel=1e-6)
        assert done["INCOMPLETE"] == 0 and done["REPAIRED"] == 0

    def test_overlaps_count_once_and_the_higher_one_gives_the_floors(self, run, two, layer):
        # b3 lies on the left half of b1 (20 x 50 = 1,000 m2) with 5 storeys.
        over = self.buildings(layer, (box(10, 20, 20, 50), 5.0, None))
        done = run(
            "parcelindicators", INPUT=two, BUILDINGS=over, STOREYS_FIELD="storeys", HEIGHT_FIELD="height"
        )
        assert done.column("bld_coef")[0] == pytest.approx(24, rel=1e-6)
        assert done.column("far")[0] == pytest.approx(0.1 * 5 + 0.1 * 3 + 0.04 * 2, rel=1e-6)

    def test_yards_count_beside_buildings_on_built_land(self, run, two, layer):
        # A yard of 50 x 50 m, whose left 10 m lie under b1: 2,000 of its 2,500 m2 are added in A.
        yard = layer("Polygon", "", [(box(40, 20, 50, 50),)], TRUE_TO_SCALE)
        buildings = layer("Polygon", "", [(self.B1,)], TRUE_TO_SCALE)
        done = run("parcelindicators", INPUT=two, BUILDINGS=buildings, YARDS=yard, BUILT_FIELD="built")
        assert done.column("bld_coef") == pytest.approx([100 * 4000 / 8000, 0], rel=1e-6)
        assert "far" not in done.layer().fields().names()
        assert any("floor area ratio is left out" in text for text in done.log.warnings)

    def test_no_building_gives_0_and_no_geometry_gives_null(self, run, layer):
        parcels = layer("Polygon", "id:string", [(box(0, 0, 9, 9), "A"), (None, "B")], TRUE_TO_SCALE)
        far_away = layer("Polygon", "storeys:int", [(box(900, 900, 9, 9), 2)], TRUE_TO_SCALE)
        done = run(
            "parcelindicators", INPUT=parcels, BUILDINGS=far_away, STOREYS_FIELD="storeys", GREEN=far_away
        )
        for name in ("far", "bld_coef", "grn_rat"):
            assert done.column(name) == [0, None]
        assert done["INCOMPLETE"] == 1
        assert any("meets a parcel" in text for text in done.log.warnings)

    def test_unknown_storeys_leave_the_ratio_open_but_not_the_coefficient(self, run, two, layer):
        buildings = self.buildings(layer, (box(120, 60, 10, 10), None, None))
        done = run(
            "parcelindicators", INPUT=two, BUILDINGS=buildings, STOREYS_FIELD="storeys", HEIGHT_FIELD="height"
        )
        assert done.column("far")[1] is None and done.column("far")[0] == pytest.approx(0.68, rel=1e-6)
        assert done.column("bld_coef")[1] == pytest.approx(2.5, rel=1e-6)
        assert any("1 buildings have no storeys" in text for text in done.log.warnings)

    def test_green_areas_that_overlap_count_once(self, run, two, layer):
        # 30 x 100 and 20 x 100 m that share 10 x 100 m: 4,000 m2.
        strips = layer("Polygon", "", [(box(0, 0, 30, 100),), (box(20, 0, 20, 100),)], TRUE_TO_SCALE)
        assert run("parcelindicators", INPUT=two, GREEN=strips).column("grn_rat") == pytest.approx([40, 0])

    def test_deed_areas_divide_and_are_compared(self, run, two, layer):
        # The deed of B says 2.2 hm2, 10 % more than measured.
        strip = layer("Polygon", "", [(box(0, 0, 300, 10),)], TRUE_TO_SCALE)
        done = run("parcelindicators", INPUT=two, GREEN=strip, AREA_FIELD="deed")
        assert done.column("area_hm2") == [1, 2.2]
        assert done.column("area_dev") == pytest.approx([0, 10], abs=1e-4)
        assert done.column("area_flag") == [0, 1] and done["DEVIATIONS"] == 1
        assert done.column("grn_rat") == pytest.approx([10, 100 * 2000 / 22000], rel=1e-6)

    def test_a_missing_deed_area_gives_null(self, run, layer):
        rows = [(box(0, 0, 100, 100), None), (box(100, 0, 100, 100), 15.0), (box(200, 0, 100, 100), 0.0)]
        parcels = layer("Polygon", "mu:double", rows, TRUE_TO_SCALE)
        strip = layer("Polygon", "", [(box(0, 0, 300, 10),)], TRUE_TO_SCALE)
        done = run("parcelindicators", INPUT=parcels, GREEN=strip, AREA_FIELD="mu", AREA_UNIT=2)
        assert done.column("grn_rat") == [None, pytest.approx(10, rel=1e-6), None]
        assert any("2 parcels have no area in mu" in text for text in done.log.warnings)

    def test_invalid_polygons_are_repaired_and_counted(self, run, two, layer):
        # A bow tie of two triangles of 20 x 10 / 2 = 100 m2 each, in A.
        tie = layer("Polygon", "", [("Polygon ((10 10,10 30,30 10,30 30,10 10))",)], TRUE_TO_SCALE)
        done = run("parcelindicators", INPUT=two, BUILDINGS=tie)
        assert done["REPAIRED"] == 1
        assert done.column("bld_coef") == pytest.approx([2, 0], rel=1e-6)

    def test_layers_may_have_another_crs(self, run, two, layer):
        import processing

        buildings = processing.run(
            "native:reprojectlayer",
            {"INPUT": self.buildings(layer), "TARGET_CRS": "EPSG:4490", "OUTPUT": "TEMPORARY_OUTPUT"},
        )["OUTPUT"]
        done = run("parcelindicators", INPUT=two, BUILDINGS=buildings)
        assert done.column("bld_coef") == pytest.approx([24, 2], rel=1e-6)


class TestEnterprises:
    FIELDS = (
        "parcel:string output:string tax:double invest:double staff:int power:double water:double "
        "big:string giant:string tech:string"
    )
    GIVEN = {
        "ID_FIELD": "id",
        "PARCEL_FIELD": "parcel",
        "OUTPUT_FIELD": "output",
        "TAX_FIELD": "tax",
        "INVESTMENT_FIELD": "invest",
        "TALENT_FIELD": "staff",
        "ELECTRICITY_FIELD": "power",
        "WATER_FIELD": "water",
        "SCALE_FIELD": "big",
        "GIANT_FIELD": "giant",
        "HIGHTECH_FIELD": "tech",
    }

    def test_every_indicator_by_hand(self, run, two, table):
        # The first is on A (1 hm2) and B (2 hm2): a third of all to A; the second is on B alone.
        rows = table(
            self.FIELDS,
            (" A；Ｂ ", "1,500", 30.0, 600.0, 9, 15.0, 3.0, "是", "N", "true"),
            ("B", "２00", 5.0, 50.0, 4, 1.0, 1.0, "否", "n", "0"),
        )
        done = run("parcelindicators", INPUT=two, ENTERPRISES=rows, **self.GIVEN)
        a, b = done.rows()
        expected = {
            "ent_n": (1, 2),
            "output": (500, 1200),
            "tax": (10, 25),
            "out_mu": (500 / 15, 1200 / 30),
            "tax_mu": (10 / 15, 25 / 30),
            "inv_mu": (200 / 15, 450 / 30),
            "talent": (3 / 1, 10 / 2),
            "elec_out": (5 / 500, 11 / 1200),
            "wat_out": (1 / 500, 3 / 1200),
            "scale": (1, 1),
            "giant": (0, 0),
            "hightech": (1, 1),
            "idle": (0, 0),
        }
        for name, values in expected.items():
            assert (a[name], b[name]) == pytest.approx(values, rel=1e-6), name
        assert done["UNMATCHED_COUNT"] == 0 and done["INCOMPLETE"] == 0

    def test_idle_land_does_not_drop_out(self, run, two, table):
        # A has no enterprise, B one without output.
        rows = table(self.FIELDS, ("B", "0", 1.0, 2.0, 3, 4.0, None, "0", "0", "0"))
        done = run("parcelindicators", INPUT=two, ENTERPRISES=rows, **self.GIVEN)
        assert done.column("idle") == [1, 1] and done["IDLE"] == 2 and done["WITHOUT"] == 1
        assert done.column("elec_out") == done.column("wat_out") == [NO_OUTPUT, NO_OUTPUT]
        assert done.column("output") == done.column("out_mu") == [0, 0]
        unknown = run("parcelindicators", INPUT=two, ENTERPRISES=rows, WITHOUT_ENTERPRISE=1, **self.GIVEN)
        assert unknown.column("idle") == [None, 1]
        assert unknown.column("output") == [None, 0] and unknown.column("scale") == [None, 0]
        assert unknown.column("elec_out") == [None, NO_OUTPUT]
        assert unknown["INCOMPLETE"] == 1 and unknown.column("ent_n") == [0, 1]

    def test_land_of_unknown_area_is_not_idle(self, run, layer, table):
        # One enterprise on both parcels, of which B has no area: what is on which is not known.
        sites = [(box(0, 0, 100, 100), "A", 1.0), (box(100, 0, 100, 100), "B", 0.0)]
        parcels = layer("Polygon", "id:string deed:double", sites, TRUE_TO_SCALE)
        done = run(
            "parcelindicators",
            INPUT=parcels,
            ENTERPRISES=table("parcel:string output:double", ("A;B", 6.0)),
            ID_FIELD="id",
            PARCEL_FIELD="parcel",
            OUTPUT_FIELD="output",
            AREA_FIELD="deed",
            AREA_UNIT=1,
        )
        assert done["IDLE"] == 0 and done.column("idle") == done.column("output") == [None, None]
        assert done.column("area_hm2") == [1, None] and done.column("area_dev")[1] == -100

    def test_a_missing_output_gives_null(self, run, two, table):
        rows = table(self.FIELDS, ("A", None, 1.0, 2.0, 3, 4.0, 5.0, None, "0", "1"))
        done = run("parcelindicators", INPUT=two, ENTERPRISES=rows, **self.GIVEN)
        first = done.rows()[0]
        assert [first[name] for name in ("output", "out_mu", "elec_out", "idle", "scale")] == [None] * 5
        assert first["tax"] == 1 and first["hightech"] == 1
        assert any("Parcels with NULL: scale 1, output 1" in text for text in done.log.warnings)

    def test_rows_without_a_parcel_are_listed(self, run, two, table):
        rows = table("parcel:string output:double", ("A", 1.0), ("X9; B", 2.0), (None, 4.0), (" ", 8.0))
        done = run(
            "parcelindicators",
            INPUT=two,
            ENTERPRISES=rows,
            ID_FIELD="id",
            PARCEL_FIELD="parcel",
            OUTPUT_FIELD="output",
        )
        assert done["UNMATCHED_COUNT"] == 3
        assert [(row["row"], row["parcel"], row["reason"]) for row in done.rows("UNMATCHED")] == [
            ("2", "X9", "not in the layer"),
            ("3", None, "no parcel id"),
            ("4", None, "no parcel id"),
        ]
        assert done.column("output") == [1, 2]
        assert any("3 without a parcel: X9, row 3, row 4." in text for text in done.log.warnings)

    def test_rows_of_a_pair_each_and_repeated_rows(self, run, two, table):
        fields = "name:string parcel:string output:double"
        rows = table(fields, ("E1", "A", 9.0), ("e2", "B", 1.0), ("E1 ", "B", None), ("E1", "A", 9.0))
        given = {"ID_FIELD": "id", "PARCEL_FIELD": "parcel", "OUTPUT_FIELD": "output"}
        done = run("parcelindicators", INPUT=two, ENTERPRISES=rows, ENTERPRISE_FIELD="name", **given)
        assert done.column("output") == pytest.approx([3, 7], rel=1e-6)
        assert any("1 rows repeat an enterprise" in text for text in done.log.warnings)
        apart = run("parcelindicators", INPUT=two, ENTERPRISES=rows, **given)
        assert apart.column("output") == [18, None]
        assert any("1 rows equal an earlier one" in text for text in apart.log.warnings)

    def test_points_are_joined_by_place(self, run, two, layer):
        # In A; on the border, 1 : 2; outside.
        rows = [("Point (50 50)", 5.0), ("Point (100 50)", 6.0), ("Point (50 500)", 7.0)]
        points = layer("Point", "output:double", rows, TRUE_TO_SCALE)
        done = run("parcelindicators", INPUT=two, ENTERPRISES=points, OUTPUT_FIELD="output")
        assert done.column("output") == pytest.approx([7, 4], rel=1e-6)
        assert [row["reason"] for row in done.rows("UNMATCHED")] == ["outside all parcels"]

    def test_numbers_as_ids_and_parcels_of_several_features(self, run, layer, table):
        rows = [(box(0, 0, 100, 100), 7), (box(100, 0, 300, 100), 7), (box(400, 0, 100, 100), 8)]
        parcels = layer("Polygon", "nr:int", rows, TRUE_TO_SCALE)
        enterprises = table("parcel:double output:double", (7.0, 8.0), (8.0, 1.0))
        done = run(
            "parcelindicators",
            INPUT=parcels,
            ENTERPRISES=enterprises,
            ID_FIELD="nr",
            PARCEL_FIELD="parcel",
            OUTPUT_FIELD="output",
        )
        assert done.column("output") == pytest.approx([2, 6, 1], rel=1e-6)

    def test_the_index_system_finds_the_fields_by_itself(self, run, two, layer, table):
        rows = table(self.FIELDS, ("A", "1", 1.0, 1.0, 1, 1.0, 1.0, "1", "1", "1"))
        buildings = layer("Polygon", "storeys:int", [(TestAreas.B1, 1)], TRUE_TO_SCALE)
        done = run(
            "parcelindicators",
            INPUT=two,
            ENTERPRISES=rows,
            BUILDINGS=buildings,
            STOREYS_FIELD="storeys",
            GREEN=buildings,
            **self.GIVEN,
        )
        system = run("indexsystem", INPUT=done.layer())
        elsewhere = {"acc_now", "fac_dens", "fac_plan", "acc_plan"}
        found = {row["indicator"]: row["field"] for row in system.rows() if row["field"]}
        assert found == {term.code: term.code for term in INDICATORS if term.code not in elsewhere}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "nothing to compute"),
        ({"YARDS": "two"}, "Yards count beside buildings"),
        ({"ENTERPRISES": "firms"}, "no field of theirs to sum up"),
        ({"ENTERPRISES": "firms", "ELECTRICITY_FIELD": "output"}, "divided by the output"),
        ({"ENTERPRISES": "firms", "OUTPUT_FIELD": "output"}, "has no places: give its field"),
        ({"ENTERPRISES": "firms", "OUTPUT_FIELD": "output", "PARCEL_FIELD": "parcel"}, "(ID_FIELD)"),
        (
            {"ENTERPRISES": "firms", "OUTPUT_FIELD": "text", "PARCEL_FIELD": "parcel", "ID_FIELD": "id"},
            "Field text holds “many” in feature 1",
        ),
        (
            {"ENTERPRISES": "firms", "SCALE_FIELD": "output", "PARCEL_FIELD": "parcel", "ID_FIELD": "id"},
            "Field output holds “3” in feature 1; a flag is yes or no",
        ),
    ],
)
def test_a_fault_is_one_sentence(run, two, table, given, message):
    layers = {"two": two, "firms": table("parcel:string output:double text:string", ("A", 3.0, "many"))}
    with pytest.raises(QgsProcessingException) as error:
        run(
            "parcelindicators", INPUT=two, **{name: layers.get(value, value) for name, value in given.items()}
        )
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_layer_without_crs_is_named(run, layer):
    parcels = layer("Polygon", "", [(box(0, 0, 9, 9),)], "")
    with pytest.raises(QgsProcessingException, match="has no CRS"):
        run("parcelindicators", INPUT=parcels, GREEN=parcels)


REFERENCES = {
    "parcels_edigeo_fr/building_coverage_luxiol": (
        "luxiol_25354.gpkg|parcelle",
        "luxiol_25354.gpkg|batiment",
    ),
    "parcels_edigeo_fr/building_coverage_13029": (
        "commune_13029_A.gpkg|parcelle",
        "commune_13029_A.gpkg|batiment",
    ),
    "parcels_ebelsbach_de/building_coverage": ("ebelsbach.gpkg|parcels", "ebelsbach.gpkg|buildings"),
    "parcels_bubenec_cz/building_coverage": ("bubenec.gpkg|plots", "bubenec.gpkg|buildings"),
    "parcels_osm_moscow_sw/building_coverage": ("landuse.shp|landuse", "buildings.shp|buildings"),
    "parcels_osm_kirovo_chepetsk/building_coverage": ("landuse.shp|landuse", "buildings.shp|buildings"),
}
AMBIGUOUS = "93650751"
"""Invalid parcel of Moscow: its area depends on the repair, 331,074 m2 or (as here) 337,088 m2."""


class TestReferences:
    """Coverage of every parcel of real cadastres and towns, by R's sf (``shared/cases``)."""

    @pytest.fixture(params=REFERENCES)
    def case(self, request, cases):
        folder, table = request.param.split("/")
        with (cases / folder / "expected" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            expected = list(csv.DictReader(stream))
        layers = []
        for name in REFERENCES[request.param]:
            file, table = name.split("|")
            layers.append(QgsVectorLayer(f"{cases / folder / 'data' / file}|layername={table}", table, "ogr"))
        if "osm" in folder:
            layers[0].setSubsetString(f"osm_id IN ({', '.join(repr(row['id']) for row in expected)})")
        return expected, *layers

    def test_coverage_and_area(self, run, case):
        expected, parcels, buildings = case
        found = run("parcelindicators", INPUT=parcels, BUILDINGS=buildings).rows()
        assert len(found) == len(expected)
        for row, reference in zip(found, expected, strict=True):
            if reference["id"] == AMBIGUOUS:
                continue
            coverage = float(reference["coverage_union"])
            assert row["bld_coef"] / 100 == pytest.approx(coverage, abs=1e-6), reference["id"]
            # Planar areas there, of projections that stretch by at most 4 in 1,000.
            planar = float(reference["parcel_area_planar"])
            assert 10_000 * row["area_hm2"] == pytest.approx(planar, rel=4e-3), reference["id"]

    def test_the_ambiguous_parcel_is_repaired_by_structure(self, run, cases):
        import processing

        folder = cases / "parcels_osm_moscow_sw" / "data"
        parcels = QgsVectorLayer(str(folder / "landuse.shp"), "landuse", "ogr")
        parcels.setSubsetString(f"osm_id = '{AMBIGUOUS}'")
        context = QgsProcessingContext()
        context.setInvalidGeometryCheck(QgsFeatureRequest.InvalidGeometryCheck.GeometryNoCheck)
        # In the plane in which R measured.
        parcels, buildings = (
            processing.run(
                "native:reprojectlayer",
                {"INPUT": given, "TARGET_CRS": "EPSG:32637", "OUTPUT": "TEMPORARY_OUTPUT"},
                context=context,
            )["OUTPUT"]
            for given in (parcels, QgsVectorLayer(str(folder / "buildings.shp"), "buildings", "ogr"))
        )
        done = run("parcelindicators", INPUT=parcels, BUILDINGS=buildings)
        # R_union / R_parcel_area of rows_ambiguous_invalid_geometry.csv
        assert done.column("bld_coef") == pytest.approx([100 * 184794.092181965 / 337087.868028518], abs=1e-4)
        assert done["REPAIRED"] == 4
