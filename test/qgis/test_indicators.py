"""The diagnostics of indicators as the toolbox runs them."""

import re

import pytest
from parcel_agglomeration.algorithms.fields import INDICATORS
from parcel_agglomeration.algorithms.indicators.parcel_indicators import NO_OUTPUT
from qgis.core import QgsFeatureRequest, QgsProcessingException, QgsVectorLayer, edit

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


def test_the_report_shows_what_overlaps_by_design(run, parcels, system, tmp_path):
    path = tmp_path / "diagnostics.html"
    done = run("indicatordiagnostics", INPUT=parcels, INDEX_SYSTEM=system, SAMPLES=20, REPORT=str(path))
    assert done["REPORT"] == str(path)
    page = path.read_text(encoding="utf-8")
    designed = page[page.index("What overlaps by design") : page.index("What overlaps in these parcels")]
    pairs = {(row["first"], row["second"]): row for row in done.rows("CORRELATIONS")}
    inflation = {row["indicator"]: row["vif"] for row in done.rows()}
    assert designed.count("<tr") == 1 + 5
    for first, second in (("output", "out_mu"), ("tax", "tax_mu")):
        assert f"{pairs[first, second]['spearman']:.4f}" in designed
        assert f"{inflation[first]:.4f}" in designed
        # more than half of what the ranks of the one tell is told by the other
        assert pairs[first, second]["spearman"] ** 2 > 0.5
    assert any("output and out_mu overlap by design: Pearson 0.43" in text for text in done.log.info)
    # the correlations, and histograms of 18 indicators, of two layers and of the composite
    assert page.count("<svg") == 1 + 21
    matrix = page[page.index("<svg") : page.index("</svg>")]
    shown = re.findall(r'text-anchor="middle">(-?[\d.]*)</text>', matrix)[18:]
    codes = [row["indicator"] for row in done.rows()]
    for (first, second), row in pairs.items():
        a, b = codes.index(first), codes.index(second)
        assert shown[18 * b + a] == f"{row['pearson']:.2f}", (first, second)
        assert shown[18 * a + b] == f"{row['spearman']:.2f}", (first, second)
    assert "Stability of breaks" in page and "Over 20 samples" in page


def test_the_report_of_another_system_has_no_overlap_by_design(run, layer, tmp_path):
    path = tmp_path / "diagnostics.html"
    rows = [(None, float(k), float(k * k % 7)) for k in range(30)]
    table = "indicator,layer,dimension,field,direction,target,weight_local,weight_dim\n"
    table += "a,econ,effic,a,benefit,10,0.5,1\nb,econ,effic,b,benefit,10,0.5,1\n"
    (tmp_path / "system.csv").write_text(table)
    system = QgsVectorLayer(str(tmp_path / "system.csv"), "system", "ogr")
    points = layer("Point", "a:double b:double", rows)
    run("indicatordiagnostics", INPUT=points, INDEX_SYSTEM=system, SAMPLES=0, REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    assert "by design" not in page and "Stability of breaks" not in page
    assert "No pair has a correlation of 0.8" in page


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


def test_land_without_output_distorts_no_figure(run, parcels, system, tmp_path):
    """Idle land beside the parcels changes its own column and the scores, but no figure of elec_out."""
    path = tmp_path / "diagnostics.html"

    def electricity(layer, **options):
        done = run("indicatordiagnostics", INPUT=layer, INDEX_SYSTEM=system, SAMPLES=0, **options)
        return done, next(row for row in done.rows() if row["indicator"] == "elec_out")

    _, plain = electricity(parcels)
    idle = parcels.materialize(QgsFeatureRequest())
    position = idle.fields().lookupField("syn_elec")
    with edit(idle):
        for feature in list(idle.getFeatures())[-20:]:
            idle.changeAttributeValue(feature.id(), position, None)
    _, without = electricity(idle)
    with edit(idle):
        for feature in list(idle.getFeatures())[-20:]:
            idle.changeAttributeValue(feature.id(), position, NO_OUTPUT)
    done, row = electricity(idle, REPORT=str(path))
    assert plain["no_output"] == without["no_output"] == 0
    assert (row["no_output"], row["missing"]) == (20, plain["missing"])
    for name in ("parcels", "mean", "maximum", "out_high", "skewness", "vif", "spearman"):
        assert row[name] == without[name]
    assert row["mean"] < 1 and row["score_0"] > plain["score_0"]
    assert any("left out of these indicators: elec_out 20." in text for text in done.log.info)
    assert "no output" in path.read_text(encoding="utf-8")


def test_constant_indicators_are_named(run, layer):
    fields = " ".join(f"{name}:double" for name in CODES)
    square = "Polygon ((0 0,10 0,10 10,0 10,0 0))"
    parcels = layer("Polygon", fields, [(square, *[1.0] * 18) for _ in range(30)])
    done = run("indicatordiagnostics", INPUT=parcels, SAMPLES=5)
    assert done["MAX_VIF"] is None and done["OVERLAPS"] == 0
    assert any("Without variance inflation" in text for text in done.log.warnings)
    assert {row["sd"] for row in done.rows()} == {0}


def test_targets_are_proposed_from_the_data_and_marked_derived(run, parcels, system):
    done = run("indexsystem", INPUT=parcels, INDEX_SYSTEM=system, PROPOSE_TARGETS=True)
    proposed = {row["indicator"]: (row["target"], row["target_src"]) for row in done.rows()}
    used = run("targetscores", INPUT=parcels, INDEX_SYSTEM=system)
    assert proposed == {row["indicator"]: (row["target"], row["target_src"]) for row in used.rows("TARGETS")}
    assert proposed["acc_now"] == (10, "derived: top of the 1-10 scale")
    # Scored with the proposal, the parcels score the same.
    again = run("targetscores", INPUT=parcels, INDEX_SYSTEM=done.layer())
    assert again.column("composite") == used.column("composite")


def test_an_indicator_that_gives_no_target_is_named_and_stays_empty(run, layer):
    parcels = layer("Point", "output:double tax:double", [(None, 0.0, 5.0), (None, 0.0, 9.0)])
    done = run("indexsystem", INPUT=parcels, PROPOSE_TARGETS=True)
    targets = {row["indicator"]: row["target"] for row in done.rows()}
    assert targets["output"] is None and targets["tax"] == pytest.approx(8.8)
    assert any("“output”" in text and "not above 0" in text for text in done.log.warnings)


def test_the_log_says_what_matched_and_why(run, layer):
    parcels = layer("Point", "年产值:double 产业用地亩:double building_c:double", [(None, 1.0, 2.0, 3.0)])
    done = run("indexsystem", INPUT=parcels)
    assert done["MATCHED"] == 2
    assert "output: field 年产值 (synonym “年产值”)" in done.log.info
    assert any("building_c (“building coefficient”, cut)" in text for text in done.log.info)
    assert any("“产业用地亩” is cut" in text for text in done.log.warnings)


def test_names_of_a_wrong_encoding_are_told(run, layer):
    # as QGIS shows a shapefile in GBK without a .cpg
    parcels = layer("Point", "\ufffd\xf5\ufffd\u0732\ufffd:double", [(None, 1.0)])
    done = run("indexsystem", INPUT=parcels)
    assert done["MATCHED"] == 0
    assert any(text.startswith("Some names are not readable") for text in done.log.warnings)


class TestWalkCoverage:
    """Drawn in metres: a street from west to east at y = 0, the parcel a square of 100 m north of it."""

    PARCEL = "Polygon ((0 0,100 0,100 100,0 100,0 0))"

    @pytest.fixture
    def parcel(self, layer):
        return layer("Polygon", "parcel:string", [(self.PARCEL, "p")])

    #    100 +--------+  16 points, 25 m apart
    #        | .. . . |
    #        | . (x,y)|
    #      0 +----+---+-------------------+------ street
    #   y    0    x  100                 500
    #                                     S shop at (500, -10)
    # walk from (x, y): y down to the street, 500 - x along it, 10 to the shop
    def test_a_walk_goes_to_the_street_and_along_it(self, run, parcel, layer):
        street = layer("LineString", "type:string", [("LineString (-2000 0,2000 0)", "residential")])
        shop = layer("Point", "class:string", [("Point (500 -10)", "shop")])
        # From (x, y) it is y + (500 - x) + 10 metres: with 15 minutes, 480 m at most at 1.92 km/h.
        done = run(
            "walkcoverage", INPUT=parcel, FACILITIES=shop, NETWORK=street, TYPE_FIELD="type", SPEED=1.92
        )
        steps = [12.5, 37.5, 62.5, 87.5]
        expected = sum(y + (500 - x) + 10 <= 480 for x in steps for y in steps) / 16
        assert 0 < expected < 1
        assert done.column("fac_plan") == [pytest.approx(100 * expected)]
        assert done.column("walk_pts") == [16]

    def test_roads_may_be_excluded_and_must_meet(self, run, parcel, layer):
        shop = layer("Point", "class:string", [("Point (350 0)", "shop")])
        meeting = "LineString (-10 0,200 0)", "LineString (200 0,400 0)"
        parted = "LineString (-10 0,200 0)", "LineString (203 0,400 0)"
        for lines, kind, share in ((meeting, "path", 100), (parted, "path", 0), (meeting, "trunk", 0)):
            rows = [(lines[0], "path"), (lines[1], kind)]
            roads = layer("LineString", "type:string", rows)
            done = run(
                "walkcoverage",
                INPUT=parcel,
                FACILITIES=shop,
                NETWORK=roads,
                TYPE_FIELD="type",
                SNAPPING=105,
            )
            assert done.column("fac_plan") == [share], (lines, kind)

    def test_a_facility_on_the_parcels_own_street_needs_no_detour(self, run, parcel, layer):
        street = layer("LineString", "type:string", [("LineString (-5000 0,5000 0)", "path")])
        shop = layer("Point", "class:string", [("Point (50 0)", "shop")])
        done = run("walkcoverage", INPUT=parcel, FACILITIES=shop, NETWORK=street, SPEED=0.6)
        assert done.column("fac_plan") == [100]

    def test_the_mean_over_classes_counts_a_class_out_of_reach(self, run, parcel, layer):
        rows = [("Point (50 50)", "shop"), ("Point (90000 0)", "clinic"), ("Point (0 0)", None)]
        done = run(
            "walkcoverage",
            INPUT=parcel,
            ID_FIELD="parcel",
            FACILITIES=layer("Point", "class:string", rows),
            CLASS_FIELD="class",
        )
        assert done.column("fac_plan") == [50]
        assert [(r["parcel"], r["class"], r["share"]) for r in done.rows("COVERAGE")] == [
            ("p", "clinic", 0),
            ("p", "shop", 100),
        ]
        assert any("1 facilities have no class" in text for text in done.log.warnings)

    def test_a_class_costs_one_shortest_path_tree(self, run, layer, monkeypatch):
        # however many parcels and facilities there are
        from parcel_agglomeration.algorithms import street_network
        from qgis.analysis import QgsGraphAnalyzer

        trees = []

        class Counting:
            @staticmethod
            def dijkstra(*arguments):
                trees.append(arguments)
                return QgsGraphAnalyzer.dijkstra(*arguments)

        monkeypatch.setattr(street_network, "QgsGraphAnalyzer", Counting)
        parcels = layer("Polygon", "", [(self.PARCEL,)] * 5)
        rows = [(f"Point ({10 * x} 0)", kind) for x in range(7) for kind in ("shop", "clinic", "bank")]
        street = layer("LineString", "", [("LineString (-2000 0,2000 0)",)])
        shops = layer("Point", "class:string", rows)
        done = run("walkcoverage", INPUT=parcels, FACILITIES=shops, CLASS_FIELD="class", NETWORK=street)
        assert done.column("fac_plan") == [100] * 5
        assert len(trees) == 3

    def test_no_road_near_leaves_a_parcel_uncovered(self, run, parcel, layer):
        street = layer("LineString", "type:string", [("LineString (5000 0,6000 0)", "path")])
        shop = layer("Point", "class:string", [("Point (5500 0)", "shop")])
        done = run("walkcoverage", INPUT=parcel, FACILITIES=shop, NETWORK=street)
        assert done.column("fac_plan") == [0]
        assert any("16 points are farther than 200 m" in t and "1 parcels" in t for t in done.log.warnings)
        assert any("none is excluded" in text for text in done.log.info)

    def test_straight_lines_reproduce_the_demonstration(self, run, demo):
        # Its column is the share of the area within 1000/1.3 m, as resources/demo/README.md says.
        parcels = QgsVectorLayer(demo(), "parcels", "ogr")
        facilities = QgsVectorLayer(demo("facilities_planned_synthetic"), "facilities", "ogr")
        done = run("walkcoverage", INPUT=parcels, FACILITIES=facilities, CLASS_FIELD="class", SPACING=5)
        for row in done.rows():
            assert row["fac_plan"] == pytest.approx(row["syn_facpl"], abs=1.5)

    def test_degrees_and_web_mercator_are_brought_to_metres(self, run, demo):
        import processing

        parcels = QgsVectorLayer(demo(), "parcels", "ogr")
        facilities = QgsVectorLayer(demo("facilities_planned_synthetic"), "facilities", "ogr")
        expected = run("walkcoverage", INPUT=parcels, FACILITIES=facilities).column("fac_plan")
        for crs in ("EPSG:4326", "EPSG:3857"):
            moved = processing.run(
                "native:reprojectlayer", {"INPUT": parcels, "TARGET_CRS": crs, "OUTPUT": "memory:"}
            )["OUTPUT"]
            found = run("walkcoverage", INPUT=moved, FACILITIES=facilities).column("fac_plan")
            # another grid: large parcels differ little, small ones by a point
            assert found == pytest.approx(expected, abs=12)
            assert sum(found) / len(found) == pytest.approx(sum(expected) / len(expected), abs=0.5)

    def test_walks_are_those_of_scipy_on_the_demonstrations_streets(self, demo):
        import numpy as np

        sparse = pytest.importorskip("scipy.sparse")
        from parcel_agglomeration.algorithms.indicators.walk_coverage import nearest_segments
        from parcel_agglomeration.algorithms.street_network import StreetNetwork
        from scipy.sparse.csgraph import dijkstra

        network = StreetNetwork.of(QgsVectorLayer(demo("roads"), "roads", "ogr"), None)
        shops = QgsVectorLayer(demo("facilities_planned_synthetic"), "facilities", "ogr").getFeatures()
        x, y = np.array([(p.x(), p.y()) for p in (f.geometry().asPoint() for f in shops)]).T
        facilities = nearest_segments(x, y, network.segments, 200)
        found = network.from_facilities(facilities)
        n = found.size
        first, second = network.ends[facilities.segment].T
        along = facilities.share * network.lengths[facilities.segment]
        rest = network.lengths[facilities.segment] - along
        rows = np.concatenate((network.ends[:, 0], np.full(2 * x.size, n)))
        columns = np.concatenate((network.ends[:, 1], first, second))
        cost = np.concatenate((network.lengths, facilities.distance + along, facilities.distance + rest))
        # the least of several links between two vertices
        order = np.lexsort((cost, columns, rows))
        keep = np.unique(np.column_stack((rows, columns))[order], axis=0, return_index=True)[1]
        graph = sparse.csr_matrix(
            (cost[order][keep], (rows[order][keep], columns[order][keep])), shape=(n + 1, n + 1)
        )
        expected = dijkstra(graph, directed=False, indices=n)[:n]
        assert np.isfinite(found).sum() > 10_000
        # undirected, scipy may also pass the source: never shorter than from the source itself
        assert np.allclose(found, expected, rtol=1e-9)


class TestAccessibilityRating:
    def test_is_that_of_the_demonstration(self, run, demo):
        # resources/demo/README.md prints the points; the extract has no motorway junction.
        parcels = QgsVectorLayer(demo(), "parcels", "ogr")
        roads = QgsVectorLayer(demo("roads"), "roads", "ogr")
        pois = QgsVectorLayer(demo("pois"), "pois", "ogr")
        done = run(
            "accessibilityscore",
            INPUT=parcels,
            ROADS=roads,
            ROADS_TYPE="type",
            PLACES=pois,
            PLACES_TYPE="type",
        )
        assert done.column("acc_now") == done.column("acc_now_1")
        assert "acc_plan" not in done.rows()[0]

    #   y
    #   400 +--+ primary road: 390 m from the edge of the parcel, 2 points up to 500 m
    #       |
    #    10 +--+ . . . . . S station: 100 m, 3 points up to 300 m
    #     0 +--+           |
    #       0 10          110
    # present 1 + 2 = 3, planned 1 + 2 + 3 = 6
    def test_planned_places_add_to_present_ones(self, run, layer):
        parcels = layer("Polygon", "", [("Polygon ((0 0,10 0,10 10,0 10,0 0))",), (None,)])
        roads = layer("LineString", "type:string", [("LineString (0 400,10 400)", "Primary")])
        stations = layer("Point", "type:string", [("Point (110 10)", "station")])
        done = run(
            "accessibilityscore",
            INPUT=parcels,
            ROADS=roads,
            ROADS_TYPE="type",
            PLANNED_PLACES=stations,
            PLANNED_PLACES_TYPE="type",
        )
        first, second = done.rows()
        assert (first["acc_now"], first["acc_plan"]) == (3, 6)
        assert first["acc_why"] == "main road 2 (390 m); station 3 (100 m)"
        assert (second["acc_now"], second["acc_why"]) == (None, None) and done["EXCLUDED"] == 1

    def test_the_table_of_points_comes_out_marked_and_goes_in_again(self, run, layer, tmp_path):
        parcels = layer("Polygon", "", [("Polygon ((0 0,10 0,10 10,0 10,0 0))",)])
        stops = layer("Point", "type:string", [("Point (60 10)", "bus_stop")])
        settings = {"INPUT": parcels, "PLACES": stops, "PLACES_TYPE": "type"}
        done = run("accessibilityscore", **settings)
        assert done.column("acc_now") == [3]
        assert {row["source"] for row in done.rows("RUBRIC_USED")} == {
            "assumed by this plugin, not in the paper"
        }
        assert "Table of points: assumed by this plugin, not in the paper." in done.log.info
        table = done.layer("RUBRIC_USED")
        again = run("accessibilityscore", **settings, RUBRIC=table)
        assert again.rows("RUBRIC_USED") == done.rows("RUBRIC_USED")
        with edit(table):
            for feature in table.getFeatures("kind = 'bus stop'"):
                table.changeAttributeValue(feature.id(), table.fields().lookupField("points"), 5.0)
        assert run("accessibilityscore", **settings, RUBRIC=table).column("acc_now") == [6]

    def test_nothing_to_rate_by_is_said(self, run, layer):
        parcels = layer("Polygon", "", [("Polygon ((0 0,10 0,10 10,0 10,0 0))",)])
        with pytest.raises(QgsProcessingException, match="nothing to rate access by"):
            run("accessibilityscore", INPUT=parcels)
