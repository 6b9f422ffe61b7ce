"""Facility density as the toolbox runs it."""

import csv

import numpy as np
import pytest
from parcel_agglomeration.algorithms.indicators.chinese_coordinates import bd09_of_gcj02, gcj02_of_wgs84
from qgis.core import QgsProcessingException, QgsVectorLayer

LAND_USES = {"parcels_osm_moscow_sw": ("industrial", "commercial", "retail"),
             "parcels_osm_kirovo_chepetsk": ("industrial",)}  # fmt: skip

# Drawn in metres; EPSG:32637 is true to scale within 4 parts in 10,000, here it is too small by them.
#
#   y
#   200 +-------+             s           s shop, k kindergarten, - no class
#       |     s |       k                 parcel p: 100 m x 200 m = 2 hm2 on the map
#   100 |   -   |                         parcel q: 100 m x 100 m = 1 hm2 on the map
#       | s     +-------+                 s on the common edge x = 100 counts for both
#     0 +-------s   q   +
#       0      100     200
WEST, SOUTH = 500000, 6170000  # the central meridian: the scale is 0.9996
SCALE = 0.9996**2


def moved(x, y):
    return f"{WEST + x} {SOUTH + y}"


def polygon(*corners):
    return f"Polygon (({','.join(moved(*corner) for corner in (*corners, corners[0]))}))"


@pytest.fixture
def parcels(layer):
    p = polygon((0, 0), (100, 0), (100, 200), (0, 200))
    q = polygon((100, 0), (200, 0), (200, 100), (100, 100))
    return layer("Polygon", "parcel:string", [(p, "p"), (q, "q"), (None, "nowhere")])


@pytest.fixture
def shops(layer):
    places = (
        (20, 20, "s"),
        (80, 180, "s"),
        (100, 40, "s"),
        (150, 160, "k"),
        (190, 199, "s"),
        (50, 100, None),
    )
    return layer("Point", "class:string", [(f"Point ({moved(x, y)})", kind) for x, y, kind in places])


def density(done):
    return [(row["parcel"], row["fac_n"], row["fac_dens"]) for row in done.rows()]


def test_facilities_in_the_parcel_per_ellipsoidal_hectare(run, parcels, shops):
    done = run("facilitydensity", INPUT=parcels, ID_FIELD="parcel", FACILITIES=shops, CLASS_FIELD="class")
    assert density(done) == [
        ("p", 3, pytest.approx(3 / 2 * SCALE, rel=1e-4)),
        ("q", 1, pytest.approx(1 / 1 * SCALE, rel=1e-4)),
        ("nowhere", 0, None),
    ]
    assert done.column("fac_hm2")[0] == pytest.approx(2 / SCALE, rel=1e-4)
    by_class = [(row["parcel"], row["class"], row["fac_n"]) for row in done.rows("DENSITY")]
    assert by_class[:4] == [("p", "k", 0), ("p", "s", 3), ("q", "k", 0), ("q", "s", 1)]
    assert (done["COUNTED"], done["EXCLUDED"]) == (3, 1)
    assert "1 facilities have no class and are left out." in done.log.warnings


def test_within_a_distance_the_surroundings_count_with_their_area(run, parcels, shops):
    # 60 m around q, as large as a square of 100 m, four strips and four quarters of a circle; k lies
    # exactly 60 m to the north of it, and 50 m to the east of p.
    settings = {"INPUT": parcels, "FACILITIES": shops, "CLASS_FIELD": "class", "DISTANCE": 60}
    around = run("facilitydensity", **settings)
    assert around.column("fac_n") == [4, 2, 0]
    searched = 1 + 4 * 0.6 + np.pi * 0.36
    # circles are drawn with 64 sides
    assert around.column("fac_hm2")[1] == pytest.approx(searched / SCALE, rel=1e-3)
    assert around.column("fac_dens")[1] == pytest.approx(2 / searched * SCALE, rel=1e-3)
    alone = run("facilitydensity", **settings, AREA=1)
    assert alone.column("fac_dens")[1] == pytest.approx(2 * SCALE, rel=1e-4)


def test_no_facility_gives_zero(run, parcels, layer):
    far = layer("Point", "", [("Point (900000 6000000)",)])
    done = run("facilitydensity", INPUT=parcels, FACILITIES=far)
    assert done.column("fac_dens") == [0, 0, None]


def test_the_demonstrations_density_comes_out(run, demo):
    # resources/demo/README.md: facilities with a class within 100 m, by parcel and surroundings.
    parcels = QgsVectorLayer(demo(), "parcels", "ogr")
    pois = QgsVectorLayer(demo("pois"), "pois", "ogr")
    done = run("facilitydensity", INPUT=parcels, FACILITIES=pois, CLASS_FIELD="class", DISTANCE=100)
    # Ellipsoidal areas of QGIS 3.40 and 3.44 differ by 1e-10.
    assert done.column("fac_dens") == pytest.approx(done.column("fac_dens_1"), rel=1e-9)


@pytest.mark.parametrize("case", LAND_USES)
def test_counts_are_those_of_the_reference(cases, run, case):
    """Reference: shapely and pyproj on the source (expected/building_coverage.csv)."""
    import processing

    folder = cases / case
    if not folder.is_dir():
        pytest.skip(f"{folder} not found")
    with (folder / "expected" / "building_coverage.csv").open() as stream:
        expected = {int(row["id"]): row for row in csv.DictReader(stream)}
    # Its area depends on how it is repaired.
    ambiguous = {93650751}
    crs = {"parcels_osm_moscow_sw": "EPSG:32637", "parcels_osm_kirovo_chepetsk": "EPSG:32639"}[case]
    kinds = ",".join(f"'{kind}'" for kind in LAND_USES[case])
    chosen = processing.run(
        "native:extractbyexpression",
        {
            "INPUT": str(folder / "data" / "landuse.shp"),
            "EXPRESSION": f'"type" IN ({kinds})',
            "OUTPUT": "memory:",
        },
    )["OUTPUT"]
    parcels = processing.run(
        "native:reprojectlayer", {"INPUT": chosen, "TARGET_CRS": crs, "OUTPUT": "memory:"}
    )["OUTPUT"]
    pois = QgsVectorLayer(str(folder / "data" / "points.shp"), "pois", "ogr")
    for distance, column in ((0, "poi_within"), (100, "poi_within_100m"), (500, "poi_within_500m")):
        done = run("facilitydensity", INPUT=parcels, FACILITIES=pois, DISTANCE=distance, AREA=1)
        compared = 0
        for row in done.rows():
            if int(row["osm_id"]) in ambiguous:
                continue
            theirs = expected[int(row["osm_id"])]
            assert row["fac_n"] == int(theirs[column]), row["osm_id"]
            hectares = float(theirs["parcel_area_geodesic"]) / 10000
            assert row["fac_dens"] == pytest.approx(int(theirs[column]) / hectares, rel=1e-6)
            compared += 1
        assert compared == len(expected) - len(ambiguous & expected.keys())


class TestShiftedCoordinates:
    """Synthetic: 100 parcels of 100 m in Beijing's Fengtai, one facility in each and 300 between."""

    WEST, SOUTH, SIDE = 116.28, 39.85, 0.002

    @pytest.fixture
    def beijing(self, layer):
        corners = [(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5), (0, 0)]
        rows = []
        for column in range(10):
            for row in range(10):
                west, south = self.WEST + self.SIDE * column, self.SOUTH + self.SIDE * row
                ring = ",".join(f"{west + self.SIDE * x} {south + self.SIDE * y}" for x, y in corners)
                rows.append((f"Polygon (({ring}))",))
        return layer("Polygon", "", rows, "EPSG:4490")

    @pytest.fixture
    def facilities(self, layer):
        """Facilities by reading: 0 true, 1 GCJ-02, 2 BD-09."""
        cells = np.array([(x, y) for x in range(10) for y in range(10)], dtype=float)
        places = [cells + at for at in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))]
        true = np.concatenate(places) * self.SIDE + [self.WEST, self.SOUTH]
        shifted = gcj02_of_wgs84(true)
        readings = (true, shifted, bd09_of_gcj02(shifted))
        return [
            layer("Point", "", [(f"Point ({x!r} {y!r})",) for x, y in xy.tolist()], "EPSG:4326")
            for xy in readings
        ]

    @pytest.mark.parametrize("reading", [0, 1, 2])
    def test_read_as_they_are_every_parcel_has_its_facility(self, run, beijing, facilities, reading):
        done = run("facilitydensity", INPUT=beijing, FACILITIES=facilities[reading], COORDINATES=reading)
        assert done.column("fac_n") == [1] * 100
        assert not done.log.warnings

    @pytest.mark.parametrize(
        ("true", "chosen", "names"),
        [(1, 0, ("GCJ-02", "WGS 84")), (2, 0, ("BD-09", "WGS 84")), (0, 1, ("WGS 84", "GCJ-02"))],
    )
    def test_read_otherwise_a_warning_says_so(self, run, layer, beijing, facilities, true, chosen, names):
        # Those between the parcels may fall on parcels when shifted, as regular as these are: left out.
        inner = [f for k, f in enumerate(facilities[true].getFeatures()) if k < 100]
        rows = [(f.geometry().asWkt(17),) for f in inner]
        done = run(
            "facilitydensity",
            INPUT=beijing,
            FACILITIES=layer("Point", "", rows, "EPSG:4326"),
            COORDINATES=chosen,
        )
        assert any(f"were {names[0]}, not {names[1]}: 100 of them" in text for text in done.log.warnings)

    def test_outside_china_nothing_is_moved_and_that_is_said(self, run, parcels, shops):
        asked = run("facilitydensity", INPUT=parcels, FACILITIES=shops, COORDINATES=1)
        assert any("nothing is moved" in text for text in asked.log.warnings)
        plain = run("facilitydensity", INPUT=parcels, FACILITIES=shops)
        assert asked.column("fac_n") == plain.column("fac_n") == [4, 1, 0]


class TestFaults:
    def test_swapped_coordinates_are_counted(self, run, parcels, layer):
        swapped = layer("Point", "", [("Point (39.9 116.4)",), ("Point (39.0 55.7)",)], "EPSG:4326")
        done = run("facilitydensity", INPUT=parcels, FACILITIES=swapped)
        assert any("1 facilities have coordinates that are no place" in text for text in done.log.warnings)

    @pytest.mark.parametrize(
        ("rows", "field", "sentence"),
        [
            ([], None, "no facility with a place and a class"),
            ([(None, "s")], None, "no facility with a place and a class"),
            ([("Point (0 0)", None)], "class", "no facility with a place and a class"),
        ],
    )
    def test_nothing_to_count_is_said(self, run, parcels, layer, rows, field, sentence):
        empty = layer("Point", "class:string", rows)
        with pytest.raises(QgsProcessingException, match=sentence):
            run("facilitydensity", INPUT=parcels, FACILITIES=empty, CLASS_FIELD=field)

    def test_a_layer_without_a_crs_is_named(self, run, parcels, layer):
        with pytest.raises(QgsProcessingException, match="has no CRS"):
            run("facilitydensity", INPUT=parcels, FACILITIES=layer("Point", "", [("Point (0 0)",)], ""))
