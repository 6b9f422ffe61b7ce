"""crosstabulate and zonestatistics as the toolbox runs them."""

from collections import Counter

import pytest
from parcel_agglomeration.algorithms.fields import ZONES
from qgis.core import QgsProcessingException, QgsVectorLayer

POINT = "Point (0 0)"
CELLS = [(economy, land) for economy in (4, 3, 2, 1) for land in (4, 3, 2, 1)]
# Planners 2024(7): rows economy 4 to 1, columns land 4 to 1; None where the paper prints nothing.
PRINTED = [4, 4, 3, None, 4, 4, 3, None, 2, 2, None, None, 1, 1, 1, 1]
TRUE_TO_SCALE = "PROJ:+proj=tmerc +lat_0=56 +lon_0=37 +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m"
COMPLETED = [4, 4, 3, 3, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1]
STRICT = [4, 4, 3, 3, 4, 4, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1]


@pytest.fixture
def every_cell(layer):
    return layer("Point", "econ_lvl:integer land_lvl:integer", [(POINT, *cell) for cell in CELLS])


@pytest.mark.parametrize(("preset", "zones"), [(0, COMPLETED), (1, STRICT), (2, PRINTED)])
def test_every_cell_of_every_preset(run, every_cell, preset, zones):
    result = run("crosstabulate", INPUT=every_cell, PRESET=preset)
    assert result.column("zone") == zones
    marks = [None if zone is None else ("printed" if cell else "completed")
             for zone, cell in zip(zones, PRINTED, strict=True)]  # fmt: skip
    assert result.column("zone_src") == marks
    assert result["UNDEFINED"] == zones.count(None)
    assert result.column("zone", "CELLS") == zones


def test_a_matrix_of_the_user_is_row_by_row_from_the_best(run, every_cell):
    own = [4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1]
    result = run("crosstabulate", INPUT=every_cell, MATRIX=own)
    assert result.column("zone") == own
    assert result.column("zone_src")[3] == "user"


def test_a_matrix_that_is_not_monotone_is_warned_of_by_its_cells(run, every_cell):
    own = [1, *COMPLETED[1:]]
    result = run("crosstabulate", INPUT=every_cell, MATRIX=own)
    assert any("economy 4, land 4" in line for line in result.log.warnings)


@pytest.mark.parametrize("matrix", [[4] * 15, [5] * 16, ["x"] * 16])
def test_an_unusable_matrix_is_one_sentence(run, every_cell, matrix):
    with pytest.raises(QgsProcessingException, match="matrix"):
        run("crosstabulate", INPUT=every_cell, MATRIX=matrix)


def test_a_matrix_of_another_size_comes_as_a_table_with_names(run, layer):
    levels = [(economy, land) for economy in (1, 2, 3) for land in (1, 2)]
    table = layer(
        "None",
        "econ_lvl:integer land_lvl:integer zone:integer zone_lbl:string",
        [(None, e, d, e + d - 1, f"ring {e + d - 1}") for e, d in levels],
    )
    parcels = layer("Point", "econ_lvl:integer land_lvl:integer", [(POINT, *cell) for cell in levels])
    result = run("crosstabulate", INPUT=parcels, MATRIX_TABLE=table)
    assert result.column("zone") == [1, 2, 2, 3, 3, 4]
    assert result.column("zone_lbl")[-1] == "ring 4"
    assert set(result.column("zone_src")) == {"user"}


def test_the_contingency_table_of_a_run_is_the_matrix_of_the_next(run, every_cell):
    own = [4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1]
    first = run("crosstabulate", INPUT=every_cell, MATRIX=own)
    second = run("crosstabulate", INPUT=every_cell, MATRIX_TABLE=first.layer("CELLS"))
    assert second.column("zone") == own
    assert second.column("zone_lbl") == first.column("zone_lbl")


def test_the_contingency_table_counts_parcels_and_hectares(run, layer):
    deed = layer(
        "Point",
        "econ_lvl:integer land_lvl:integer area:double",
        [(POINT, 4, 4, 10_000), (POINT, 4, 4, 30_000), (POINT, 3, 1, 40_000), (POINT, 2, 2, None)],
    )
    cells = run("crosstabulate", INPUT=deed, FIXED_LEVELS=True, AREA_FIELD="area").rows("CELLS")
    by_cell = {(row["econ_lvl"], row["land_lvl"]): row for row in cells}
    assert (by_cell[4, 4]["parcels"], by_cell[4, 4]["area_hm2"], by_cell[4, 4]["share_area"]) == (2, 4, 0.5)
    assert (by_cell[2, 2]["parcels"], by_cell[2, 2]["area_hm2"]) == (1, 0)
    assert sum(row["share"] for row in cells) == pytest.approx(1)


def test_zone_and_composite_level_are_compared(run, layer):
    rows = [(POINT, e, d, c) for (e, d), c in zip(CELLS, [4] * 4 + [3] * 4 + [2] * 4 + [1] * 4, strict=True)]
    parcels = layer("Point", "econ_lvl:integer land_lvl:integer compos_lvl:integer", rows)
    result = run("crosstabulate", INPUT=parcels, COMPOSITE_FIELD="compos_lvl")
    confusion = {(row["zone"], row["compos_lvl"]): row["parcels"] for row in result.rows("CONFUSION")}
    assert (confusion[4, 4], confusion[3, 4], confusion[4, 3], confusion[3, 3]) == (2, 2, 2, 2)
    assert confusion[2, 2] == confusion[1, 1] == 4
    levels, zones = (row for row in result.rows("AGREEMENT") if row["measure"] == "parcels")
    # All 16 cells once: levels independent of each other.
    assert (levels["chi2"], levels["cramers_v"], levels["kappa"]) == (0, 0, 0)
    # 12 of 16 agree, a quarter by chance.
    assert zones["agreement"] == 0.75 and zones["kappa"] == pytest.approx((0.75 - 0.25) / 0.75)


def test_gradings_of_different_size_depend_but_cannot_agree(run, layer):
    stats = pytest.importorskip("scipy.stats")
    levels = [(economy, land) for economy in (1, 2, 3) for land in (1, 2)]
    table = layer(
        "None", "econ_lvl:integer land_lvl:integer zone:integer", [(None, e, d, min(e, 2)) for e, d in levels]
    )
    rows = [(POINT, e, d, e + d - 1) for e, d in [*levels, (1, 1), (3, 2)]]
    parcels = layer("Point", "econ_lvl:integer land_lvl:integer compos_lvl:integer", rows)
    result = run("crosstabulate", INPUT=parcels, MATRIX_TABLE=table, COMPOSITE_FIELD="compos_lvl")
    levels, zones = (row for row in result.rows("AGREEMENT") if row["measure"] == "parcels")
    chi2, p, dof, _ = stats.chi2_contingency([[1, 2], [1, 1], [2, 1]], correction=False)
    assert (levels["chi2"], levels["p"], levels["dof"]) == (pytest.approx(chi2), pytest.approx(p), dof)
    for row in (levels, zones):
        assert row["cramers_v"] > 0 and row["total"] == 8
        assert row["agreement"] is None and row["kappa"] is None and row["kappa_quad"] is None
    # Two zones against the four levels of the composite score; no zone is invented.
    pairs = [(row["zone"], row["compos_lvl"]) for row in result.rows("CONFUSION")]
    assert pairs == [(zone, level) for zone in (2, 1) for level in (4, 3, 2, 1)]


@pytest.mark.parametrize("size", [2, 9])
def test_the_smallest_and_the_largest_matrix(run, layer, size):
    levels = [(economy, land) for economy in range(1, size + 1) for land in range(1, size + 1)]
    table = layer(
        "None",
        "econ_lvl:integer land_lvl:integer zone:integer zone_lbl:string",
        [(None, *cell, min(cell), f"ring {min(cell)}") for cell in levels],
    )
    parcels = layer("Point", "econ_lvl:integer land_lvl:integer", [(POINT, *cell) for cell in levels])
    result = run("crosstabulate", INPUT=parcels, MATRIX_TABLE=table)
    assert result.column("zone_lbl") == [f"ring {min(cell)}" for cell in levels]
    assert not result.log.warnings
    assert len(result.rows("CELLS")) == size**2


@pytest.mark.parametrize("name", ["boston_CMEDV_x_CRIM", "guerry_Crm_prp_x_Litercy"])
def test_reference_classes_have_the_figures_of_independent_programs(run, layer, cases, name):
    stats, metrics = pytest.importorskip("scipy.stats"), pytest.importorskip("sklearn.metrics")
    path = cases / "cross_tabulation" / f"{name}_classes.csv"
    with path.open(encoding="utf-8") as stream:
        pairs = [tuple(int(code) for code in line.split(",")[3:5]) for line in list(stream)[1:]]
    parcels = layer("Point", "econ_lvl:integer land_lvl:integer", [(POINT, *pair) for pair in pairs])
    row = run("crosstabulate", INPUT=parcels).rows("AGREEMENT")[0]
    economy, land = zip(*pairs, strict=True)
    counts = stats.contingency.crosstab(economy, land).count
    chi2, p, dof, _ = stats.chi2_contingency(counts, correction=False)
    assert (row["chi2"], row["p"], row["dof"]) == (pytest.approx(chi2), pytest.approx(p), dof)
    assert row["cramers_v"] == pytest.approx(stats.contingency.association(counts, "cramer"))
    for column, weights in (("kappa", None), ("kappa_lin", "linear"), ("kappa_quad", "quadratic")):
        assert row[column] == pytest.approx(metrics.cohen_kappa_score(economy, land, weights=weights))


def test_levels_that_do_not_reach_four_are_refused_unless_breaks_are_fixed(run, layer):
    parcels = layer(
        "Point",
        "econ_lvl:integer land_lvl:integer",
        [(POINT, economy, min(land, 3)) for economy, land in CELLS],
    )
    with pytest.raises(QgsProcessingException, match="land_lvl"):
        run("crosstabulate", INPUT=parcels)
    assert run("crosstabulate", INPUT=parcels, FIXED_LEVELS=True)["EXCLUDED"] == 0


def test_a_missing_level_gives_no_zone_and_a_wrong_one_is_named(run, layer):
    fields = "econ_lvl:integer land_lvl:integer"
    result = run(
        "crosstabulate", INPUT=layer("Point", fields, [(POINT, *c) for c in CELLS] + [(POINT, None, 4)])
    )
    assert result.column("zone")[-1] is None
    assert result["EXCLUDED"] == 1
    with pytest.raises(QgsProcessingException, match="econ_lvl holds 5"):
        run("crosstabulate", INPUT=layer("Point", fields, [(POINT, *c) for c in CELLS] + [(POINT, 5, 4)]))


def test_labels_are_chinese_on_request(run, every_cell):
    assert run("crosstabulate", INPUT=every_cell, LANGUAGE=1).column("zone_lbl")[0] == "高质量集聚区"


class TestStatistics:
    @pytest.fixture
    def zones(self, layer):
        def square(x, side):
            return f"Polygon (({x} 0,{x + side} 0,{x + side} {side},{x} {side},{x} 0))"

        # zone, district, tax, deed area in square metres
        rows = [(4, "north", 300, 20000), (4, "south", 100, 10000), (1, "north", 1, 50000),
                (1, "south", 3, 10000), (2, "south", None, 10000), (None, "south", 7, 1)]  # fmt: skip
        return layer(
            "Polygon",
            "zone:integer district:string tax:double deed:double",
            [(square(100 * i, 50), *row) for i, row in enumerate(rows)],
        )

    def test_shares_sums_and_ratios(self, run, zones):
        result = run(
            "zonestatistics", INPUT=zones, QUANTITIES=["tax"], DISTRICT_FIELD="district", AREA_FIELD="deed"
        )
        whole = {row["class"]: row for row in result.rows() if row["district"] is None}
        assert list(whole) == ["1", "2", "3", "4"]
        best = whole["4"]
        assert (best["parcels"], best["share_n"]) == (2, 0.4)
        assert (best["area_hm2"], best["share_area"]) == (3, pytest.approx(0.3))
        assert best["tax_sum"] == 400 and best["tax_share"] == pytest.approx(400 / 404)
        assert best["tax_ratio"] == 100  # mean 200 against mean 2 of the lowest class
        assert (best["of_parcels"], best["of_hm2"]) == (5, 10)
        assert whole["3"]["parcels"] == 0
        north = {row["class"]: row for row in result.rows() if row["district"] == "north"}
        assert north["4"]["share_n"] == 0.5
        assert result["EXCLUDED"] == 1

    def test_areas_of_geometries_are_ellipsoidal(self, run, zones):
        result = run("zonestatistics", INPUT=zones)
        area = sum(row["area_hm2"] for row in result.rows())
        # 5 squares of 50 m in EPSG:32637 at its western edge are within a percent of planar.
        assert area == pytest.approx(5 * 0.25, rel=0.01)
        assert area != pytest.approx(5 * 0.25, rel=1e-6)

    def test_a_parcel_that_crosses_itself_has_the_area_of_its_parts(self, run, layer):
        # two triangles of 200 m x 100 m / 2 that meet in a point, one turned the other way
        bow = "Polygon ((0 0,200 200,200 0,0 200,0 0))"
        rows = [(bow, 1), ("Polygon ((300 0,400 0,400 200,300 200,300 0))", 1)]
        parcels = layer("Polygon", "zone:integer", rows, TRUE_TO_SCALE)
        done = run("zonestatistics", INPUT=parcels, CLASS_FIELDS=["zone"])
        assert done.rows()[0]["area_hm2"] == pytest.approx(2 + 2, rel=1e-6)

    def test_without_any_class_the_log_has_no_nan(self, run, layer):
        parcels = layer("Point", "zone:integer area:double", [(POINT, None, 1.0)] * 3)
        done = run("zonestatistics", INPUT=parcels, CLASS_FIELDS=["zone"], AREA_FIELD="area")
        assert not [text for text in (*done.log.info, *done.log.warnings) if "nan" in text]
        assert any("3 parcels have no zone" in text for text in done.log.info)

    def test_any_field_can_be_the_class(self, run, zones):
        result = run("zonestatistics", INPUT=zones, CLASS_FIELDS=["district"], CROSS_FIELD="zone")
        whole = [row for row in result.rows() if row["cross"] is None]
        assert [(row["class"], row["parcels"]) for row in whole] == [("north", 2), ("south", 4)]
        crossed = [row for row in result.rows() if row["cross"] == "4"]
        assert [row["parcels"] for row in crossed] == [1, 1]

    def test_medians_ratios_in_words_and_denominators(self, run, zones):
        result = run(
            "zonestatistics", INPUT=zones, QUANTITIES=["tax"], DISTRICT_FIELD="district", AREA_FIELD="deed"
        )
        best = next(row for row in result.rows() if row["class"] == "4" and row["district"] is None)
        assert (best["tax_mean"], best["tax_median"], best["tax_n"]) == (200, 200, 2)
        assert best["tax_ratios"] == "100 : - : - : 1"
        assert (best["tax_of"], best["of_what"]) == (404, "parcels with zone")
        north = next(row for row in result.rows() if row["district"] == "north")
        assert north["of_what"] == "parcels of north with zone"

    def test_districts_by_zone_are_a_pivot(self, run, zones):
        result = run(
            "zonestatistics", INPUT=zones, QUANTITIES=["tax"], DISTRICT_FIELD="district", AREA_FIELD="deed"
        )
        north, south, total = result.rows("DISTRICTS")
        assert [row["district"] for row in (north, south, total)] == ["north", "south", "all districts"]
        assert (north["of_parcels"], north["zone_4_n"], north["zone_4_share_n"], north["zone_4_hm2"]) == (
            *(2, 1, 0.5),
            2,
        )
        assert (south["zone_3_n"], south["zone_3_tax"], south["zone_3_tax_share"]) == (0, 0, 0)
        assert (total["zone_4_tax"], total["zone_4_tax_share"]) == (400, pytest.approx(400 / 404))

    def test_empty_zones_lone_districts_and_duplicated_names_are_told(self, run, layer):
        rows = [("a", 4, "north"), ("a", 4, "north"), ("b", 1, "south"), ("c", 2, None), ("d", None, "east")]
        parcels = layer(
            "Point",
            "name:string zone:integer district:string area:double",
            [(POINT, *row, 1) for row in rows],
        )
        result = run(
            "zonestatistics", INPUT=parcels, ID_FIELD="name", DISTRICT_FIELD="district", AREA_FIELD="area"
        )
        for text in (
            "No parcel has zone 3: its means and ratios stay empty.",
            "Districts with one parcel that has zone: south.",
            "1 parcels have no district and count in total only.",
            "1 parcels have no zone and enter no figure.",
        ):
            assert text in result.log.info, text
        assert any("“a” first" in line for line in result.log.warnings)
        assert [row["of_parcels"] for row in result.rows("DISTRICTS")] == [0, 2, 1, 4]


def test_the_report_of_a_cross_tabulation_says_what_its_tables_say(run, demo, tmp_path, map_legend):
    parcels = QgsVectorLayer(demo(), "parcels", "ogr")
    system = QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")
    levels = run("evaluate", INPUT=parcels, INDEX_SYSTEM=system).layer()
    path = tmp_path / "zones.html"
    done = run("crosstabulate", INPUT=levels, COMPOSITE_FIELD="compos_lvl", REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    zones = Counter(str(zone) for zone in done.column("zone") if zone is not None)
    assert map_legend(page, "Agglomeration zones", ZONES) == zones
    for row in done.rows("CELLS"):
        star = "*" if row["zone_src"] == "completed" else ""
        text = f"{row['zone']}{star} ({row['parcels']})"
        assert f">{text}</text>" in page and f"<td>{text}</td>" in page
    for row in done.rows("CONFUSION"):
        assert f"<td>{row['parcels']} ({row['area_hm2']:.2f})</td>" in page
    for row in done.rows("AGREEMENT"):
        if row["kappa"] is not None:
            assert f'<td class="number">{row["kappa"]:.3f}</td>' in page


def test_points_without_areas_have_a_report_without_a_map(run, every_cell, tmp_path):
    path = tmp_path / "zones.html"
    run("crosstabulate", INPUT=every_cell, REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    assert "base64" not in page and "Agreement of the levels" in page and "nan" not in page.lower()


def test_the_report_of_statistics_says_what_its_table_says(run, layer, tmp_path):
    path = tmp_path / "statistics.html"
    values = [(4, "<b>", 300.0, 1e4), (4, "b", 100.0, 2e4), (1, "b", 50.0, 1e4)]
    rows = [(POINT, *row) for row in values]
    parcels = layer("Point", "zone:integer park:string money:double m2:double", rows)
    settings = {"QUANTITIES": ["money"], "AREA_FIELD": "m2", "DISTRICT_FIELD": "park"}
    done = run("zonestatistics", INPUT=parcels, CLASS_FIELDS=["zone"], REPORT=str(path), **settings)
    page = path.read_text(encoding="utf-8")
    assert "<b>" not in page and "<td>&lt;b&gt;</td><td>1 (100.0 %)</td>" in page
    whole = {row["class"]: row for row in done.rows() if not row["district"]}
    assert (whole["4"]["money_sum"], whole["4"]["money_mean"], whole["1"]["money_sum"]) == (400, 200, 50)
    for text in ("2 (66.7 %)", "3.00 (75.0 %)", "400 (88.9 %)", "50 (11.1 %)", "200", "1 (33.3 %)"):
        assert f">{text}</text>" in page
    assert '<td class="number">200</td><td class="number">4.00</td>' in page  # median and ratio of the means


def test_more_zones_than_the_paper_has_are_reported(run, layer, tmp_path):
    levels = [(economy, land) for economy in (1, 2, 3) for land in (1, 2, 3)]
    fields = "econ_lvl:integer land_lvl:integer"
    table = layer("None", f"{fields} zone:integer", [(None, e, d, e + d - 1) for e, d in levels])
    square = "Polygon ((0 0,100 0,100 100,0 100,0 0))"
    parcels = layer("Polygon", fields, [(square, *cell) for cell in levels])
    path = tmp_path / "zones.html"
    run("crosstabulate", INPUT=parcels, MATRIX_TABLE=table, REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    assert ">5 (1)</text>" in page and "<td>1 (1)</td>" in page
