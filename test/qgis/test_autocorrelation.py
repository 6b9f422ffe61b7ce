"""globalmoran, localmoran, localgeary, hotspots and spatialweights as the toolbox runs them."""

import re
from collections import Counter

import numpy as np
import pytest
from parcel_agglomeration.algorithms.fields import CLUSTERS
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingException, QgsProcessingFeedback

KNN, BAND, CONTIGUITY, ROOK, FILE = range(5)
RAMP = np.arange(1.0, 17).reshape(4, 4).tolist()
CHECKERBOARD = [[(x + y) % 2 for x in range(4)] for y in range(4)]


def test_checkerboard_is_minus_one(run, grid):
    # METHOD section 10.
    result = run("globalmoran", INPUT=grid(CHECKERBOARD), FIELD="value", NEIGHBOURS=ROOK)
    assert result["MORAN_I"] == pytest.approx(-1)
    assert result["EXPECTED_I"] == pytest.approx(-1 / 15)


def test_ramp(run, grid):
    # METHOD section 10: 4x4 ramp, rook, row-standardised.
    result = run("globalmoran", INPUT=grid(RAMP), FIELD="value", NEIGHBOURS=ROOK)
    assert result["MORAN_I"] == pytest.approx(0.75)
    assert result["Z"] == pytest.approx(4.220652, abs=1e-6)
    assert result["P_SIM"] is None


@pytest.mark.parametrize(("neighbours", "expected"), [(ROOK, 0.708333), (CONTIGUITY, 0.6125)])
def test_halves(run, grid, neighbours, expected):
    # METHOD section 10: 4x4 half/half, row-standardised.
    halves = [[0, 0, 1, 1]] * 4
    result = run("globalmoran", INPUT=grid(halves), FIELD="value", NEIGHBOURS=neighbours)
    assert result["MORAN_I"] == pytest.approx(expected, abs=1e-6)


def test_permutations_give_a_pseudo_p(run, grid):
    result = run("globalmoran", INPUT=grid(RAMP), FIELD="value", NEIGHBOURS=ROOK, PERMUTATIONS=999, SEED=3)
    assert 0 < result["P_SIM"] <= 0.01
    again = run("globalmoran", INPUT=grid(RAMP), FIELD="value", NEIGHBOURS=ROOK, PERMUTATIONS=999, SEED=3)
    assert again["P_SIM"] == result["P_SIM"]
    directed = run(
        "globalmoran",
        INPUT=grid(RAMP),
        FIELD="value",
        NEIGHBOURS=ROOK,
        PERMUTATIONS=999,
        SEED=3,
        ALTERNATIVE=1,
    )
    assert directed["P_SIM"] == pytest.approx(result["P_SIM"] / 2)


def test_parcels_without_a_value_are_left_out_and_counted(run, grid):
    values = [row[:] for row in RAMP]
    values[0][0] = None
    result = run("globalmoran", INPUT=grid(values), FIELD="value", NEIGHBOURS=ROOK)
    assert result["EXCLUDED"] == 1
    row = result.rows()[0]
    assert (row["parcels"], row["excluded"], row["islands"]) == (15, 1, 0)


def test_the_mean_of_the_local_ones_is_the_global_one(run, grid):
    result = run("localmoran", INPUT=grid(RAMP), FIELD="value", NEIGHBOURS=ROOK, PERMUTATIONS=999)
    assert np.mean(result.column("lm_i")) == pytest.approx(0.75)
    assert result.column("lm_n")[:2] == [2, 3]
    assert any("16 parcels, 48 links, 3.00 on average, 0 without" in line for line in result.log.info)
    assert result.column("lm_quad")[0] == "LL" and result.column("lm_quad")[-1] == "HH"


def test_corrections_never_find_more(run, grid):
    rng = np.random.default_rng(5)
    values = (np.add.outer(np.arange(12), np.arange(12)) + rng.normal(0, 2, (12, 12))).tolist()
    found = [
        sum(
            code in ("HH", "LL", "HL", "LH")
            for code in run(
                "localmoran", INPUT=grid(values), FIELD="value", CORRECTION=correction, PERMUTATIONS=9999
            ).column("lm_cluster")
        )
        for correction in (0, 1, 2)
    ]
    assert found[0] >= found[1] >= found[2]
    assert found[0] > found[2] > 0


def test_an_island_and_a_null_have_no_result_and_say_so(run, layer):
    def square(x, y=0):
        return f"Polygon (({x} {y},{x + 1} {y},{x + 1} {y + 1},{x} {y + 1},{x} {y}))"

    rows = [(square(x, y), float(x)) for x in range(3) for y in range(3)]
    rows += [(square(100), 5.0), (square(3), None)]
    parcels = layer("Polygon", "value:double", rows)
    result = run(
        "localmoran", INPUT=parcels, FIELD="value", NEIGHBOURS=CONTIGUITY, PERMUTATIONS=999, LANGUAGE=1
    )
    island, null = result.rows()[-2:]
    assert island["lm_i"] is None and island["lm_p"] is None
    assert island["lm_cluster"] == "none" and island["lm_lbl"] == "没有邻居"
    assert all(null[name] is None for name in null if name.startswith("lm_"))
    assert (result["EXCLUDED"], result["ISLANDS"]) == (1, 1)


def test_a_tolerance_bridges_a_road(run, layer):
    def square(x):
        return f"Polygon (({x} 0,{x + 10} 0,{x + 10} 10,{x} 10,{x} 0))"

    parcels = layer("Polygon", "value:double", [(square(x), x) for x in (0, 10.1, 20.2, 30.3)])
    alone = run("spatialweights", INPUT=parcels, NEIGHBOURS=CONTIGUITY)
    assert (alone["LINKS"], alone["ISLANDS"]) == (0, 4)
    assert any("A tolerance of 0.1" in line or "A tolerance of 0.5" in line for line in alone.log.warnings)
    with pytest.raises(QgsProcessingException, match="neighbour"):
        run("localmoran", INPUT=parcels, FIELD="value", NEIGHBOURS=CONTIGUITY)
    bridged = run("spatialweights", INPUT=parcels, NEIGHBOURS=CONTIGUITY, TOLERANCE=0.2)
    assert (bridged["LINKS"], bridged["ISLANDS"]) == (6, 0)
    assert bridged.layer().featureCount() == 6


@pytest.mark.parametrize("ending", ["gal", "gwt"])
def test_weights_of_a_file_give_the_same_statistic(run, layer, tmp_path, ending):
    rng = np.random.default_rng(2)
    rows = []
    for number in range(40):
        x, y = rng.uniform(0, 1000, 2)
        rows.append((f"Point ({x} {y})", f"P{number}", float(x + rng.normal(0, 100))))
    parcels = layer("Point", "code:string value:double", rows)
    path = tmp_path / f"weights.{ending}"
    run("spatialweights", INPUT=parcels, ID_FIELD="code", K=5, WEIGHTS=str(path))
    direct = run("globalmoran", INPUT=parcels, FIELD="value", K=5)
    by_file = run(
        "globalmoran", INPUT=parcels, FIELD="value", NEIGHBOURS=FILE, WEIGHTS_FILE=str(path), ID_FIELD="code"
    )
    assert by_file["MORAN_I"] == pytest.approx(direct["MORAN_I"], abs=1e-12)


def test_a_distance_in_degrees_is_refused_and_nearest_is_warned(run, grid):
    parcels = grid([[1, 2], [3, 4], [5, 6]], crs="EPSG:4490")
    with pytest.raises(QgsProcessingException, match="reproject"):
        run("globalmoran", INPUT=parcels, FIELD="value", NEIGHBOURS=BAND, DISTANCE=150)
    planar = run("globalmoran", INPUT=parcels, FIELD="value", NEIGHBOURS=KNN, K=2)
    assert any("planar" in line for line in planar.log.warnings)


def test_a_band_takes_the_smallest_distance_that_leaves_nobody_alone(run, grid):
    result = run("spatialweights", INPUT=grid(RAMP), NEIGHBOURS=BAND)
    assert result["ISLANDS"] == 0
    assert result["LINKS"] == 48  # the rook links of a 4 x 4 grid, both ways
    assert any("100" in line for line in result.log.info)


def test_a_remote_parcel_that_stretches_the_band_is_warned_of(run, layer):
    rows = [(f"Point ({x} {y})", x) for x in range(5) for y in range(5)] + [("Point (500 0)", 1)]
    result = run("spatialweights", INPUT=layer("Point", "value:double", rows), NEIGHBOURS=BAND)
    assert any("stretches" in line for line in result.log.warnings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"K": 16}, "16"),
        ({"NEIGHBOURS": FILE}, "no file is given"),
        ({"NEIGHBOURS": FILE, "WEIGHTS_FILE": "nowhere.gal"}, "nowhere.gal"),
    ],
)
def test_unusable_neighbours_are_one_sentence(run, grid, settings, sentence):
    with pytest.raises(QgsProcessingException, match=sentence):
        run("globalmoran", INPUT=grid(RAMP), FIELD="value", **settings)


def test_no_neighbours_at_all_is_one_sentence(run, layer):
    rows = [(f"Polygon (({x} 0,{x + 1} 0,{x + 1} 1,{x} 0))", x) for x in range(0, 100, 10)]
    with pytest.raises(QgsProcessingException, match=r"Field value: .*neighbour"):
        run("localmoran", INPUT=layer("Polygon", "value:double", rows), FIELD="value", NEIGHBOURS=CONTIGUITY)


def test_a_constant_column_has_no_result(run, grid):
    result = run("localmoran", INPUT=grid([[1] * 4] * 4), FIELD="value", K=3, PERMUTATIONS=99)
    assert set(result.column("lm_p")) == {None}


def test_bivariate_leaves_out_who_misses_either_value_and_counts_them(run, layer):
    rng = np.random.default_rng(6)
    rows = [
        (f"Point ({x} {y})", float(x), None if x == y == 0 else float(y + rng.normal(0, 0.1)))
        for x in range(8)
        for y in range(8)
    ]
    rows[-1] = (rows[-1][0], None, 3.0)
    parcels = layer("Point", "econ:double land:double", rows)
    result = run("localmoran", INPUT=parcels, FIELD="econ", SECOND_FIELD="land", K=4, PERMUTATIONS=999)
    assert result["EXCLUDED"] == 2
    missing = [row for row in result.rows() if row["lm_i"] is None]
    assert len(missing) == 2 and all(row["lm_cluster"] is None for row in missing)
    # The neighbours' land value rises with y, whatever the parcel's own economic score.
    at = {divmod(number, 8): row for number, row in enumerate(result.rows())}
    assert at[7, 1]["lm_quad"] == "HL" and at[0, 6]["lm_quad"] == "LH"
    assert at[0, 6]["lm_lag"] == pytest.approx(6, abs=0.6)


def test_bivariate_by_pysal_is_the_same(run, layer):
    pytest.importorskip("esda")
    rng = np.random.default_rng(7)
    rows = [(f"Point ({x} {y})", float(x), float(rng.normal())) for x in range(8) for y in range(8)]
    parcels = layer("Point", "econ:double land:double", rows)
    settings = {"INPUT": parcels, "FIELD": "econ", "SECOND_FIELD": "land", "K": 4, "PERMUTATIONS": 99}
    ours, theirs = (run("localmoran", **settings, ENGINE=engine) for engine in (0, 1))
    assert theirs.column("lm_i") == pytest.approx(ours.column("lm_i"), abs=1e-12)
    assert theirs.column("lm_quad") == ours.column("lm_quad")


def test_the_analytic_p_needs_no_seed(run, grid):
    values = np.random.default_rng(8).gamma(1, size=(25, 25))
    values[:6, :6] += 3
    parcels = grid(values.tolist())
    first, second = (
        run("localmoran", INPUT=parcels, FIELD="value", METHOD=1, SEED=seed, PERMUTATIONS=9)
        for seed in (1, 2)
    )
    assert first.column("lm_p") == second.column("lm_p")
    drawn = run("localmoran", INPUT=parcels, FIELD="value")
    assert first.column("lm_p") == pytest.approx(drawn.column("lm_p"), abs=0.02)
    assert first.column("lm_cluster")[0] == "HH"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"METHOD": 1}, "Field value: .* at least 500 parcels"),
        ({"SECOND_FIELD": "nothing"}, "nothing"),
    ],
)
def test_what_local_moran_cannot_do_is_one_sentence(run, grid, settings, sentence):
    with pytest.raises((QgsProcessingException, AssertionError), match=sentence):
        run("localmoran", INPUT=grid(RAMP), FIELD="value", **settings)


def test_local_geary_tells_alike_from_unlike(run, grid):
    values = np.random.default_rng(9).normal(0, 1, (12, 12))
    values[:4, :4] = 9 + 0.1 * values[:4, :4]
    values[-4:, -4:] = -9 + 0.1 * values[-4:, -4:]
    values[9, 9] = 9
    lines = values.tolist()
    lines[0][11] = None
    result = run("localgeary", INPUT=grid(lines), FIELD="value", LANGUAGE=1)
    cluster = np.array(result.column("lg_cluster"), dtype=object).reshape(12, 12)
    assert (cluster[:3, :3] == "HH").all() and cluster[11, 11] == "LL"
    assert cluster[9, 9] == "NEG" and cluster[0, 11] is None
    assert result["EXCLUDED"] == 1 and result["ISLANDS"] == 0
    assert result.column("lg_lbl")[0] == "高值相似"
    assert result.column("lg_c")[0] < result.column("lg_exp")[0]
    flags = [(row["lg_fdr"], row["lg_bonf"]) for row in result.rows() if row["lg_p"] is not None]
    assert set(flags) <= {(0, 0), (1, 0), (1, 1)} and (1, 1) in flags


@pytest.mark.parametrize("algorithm", ["localmoran", "localgeary", "hotspots"])
def test_a_run_stops_within_a_step_of_being_cancelled(provider, grid, algorithm):
    """Cancelled while it permutes: the next report of progress ends it, and nothing is written."""

    class Cancels(QgsProcessingFeedback):
        def __init__(self):
            super().__init__(False)
            self.after = 0

        def isCanceled(self):
            return self.after > 0

    feedback = Cancels()
    reports = []

    def listen(percent):
        reports.append(percent)
        if percent >= 45 or feedback.after:
            feedback.after += 1

    feedback.progressChanged.connect(listen)
    definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}").create()
    parameters = {"INPUT": grid(RAMP), "FIELD": "value", "K": 3, "PERMUTATIONS": 9_999_999}
    parameters["OUTPUT"] = "TEMPORARY_OUTPUT"
    context = QgsProcessingContext()
    definition.prepare(parameters, context, feedback)
    with pytest.raises(QgsProcessingException, match="Cancelled"):
        definition.processAlgorithm(parameters, context, feedback)
    assert feedback.after == 1
    assert reports[-1] < 50


def test_hot_and_cold_spots(run, grid):
    # A hot corner and a cold one in a plain of noise.
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, (12, 12))
    values[:4, :4] += 6
    values[-4:, -4:] -= 6
    result = run("hotspots", INPUT=grid(values.tolist()), FIELD="value", LANGUAGE=1)
    bins = np.array(result.column("gi_bin")).reshape(12, 12)
    assert (bins[:3, :3] == 3).all() and (bins[-3:, -3:] == -3).all()
    assert bins[0, -1] == 0
    assert result["HOT"] == (bins >= 2).sum() and result["COLD"] == (bins <= -2).sum()
    assert result.column("gi_lbl")[0] == "热点，99 % 置信"
    without = run("hotspots", INPUT=grid(values.tolist()), FIELD="value", STAR=False)
    assert without.column("gi_p") == result.column("gi_p")
    assert without.column("gi_z") != result.column("gi_z")


def test_the_report_has_the_slope_and_the_map_of_the_run(run, grid, tmp_path, map_legend):
    path = tmp_path / "lisa.html"
    halves = [[1, 1, 1, 9, 9, last] for last in (9, 10, 11, 12, None)]
    result = run("localmoran", INPUT=grid(halves), FIELD="value", K=4, PERMUTATIONS=99, REPORT=str(path))
    page = path.read_text(encoding="utf-8")
    local = [i for i in result.column("lm_i") if i is not None]
    assert f"I = {sum(local) / len(local):.4f}" in page
    assert page.count("<figure>") == 4 and "1 parcels without a value" in page
    clusters = Counter(cluster for cluster in result.column("lm_cluster") if cluster)
    assert map_legend(page, "Clusters and outliers", CLUSTERS) == clusters


def test_the_report_of_the_global_statistics_has_each_field_and_district(run, layer, tmp_path):
    path = tmp_path / "moran.html"
    rows = [(f"Point ({x} {y})", x + y % 3, y, "A" if x < 4 else "B") for x in range(8) for y in range(6)]
    parcels = layer("Point", "first:double second:double park:string", [*rows, ("Point (0 9)", None, 1, "A")])
    result = run(
        "globalmoran",
        INPUT=parcels,
        FIELD=["first"],
        SECOND_FIELD="second",
        DISTRICT="park",
        K=4,
        PERMUTATIONS=99,
        REPORT=str(path),
    )
    page = path.read_text(encoding="utf-8")
    assert f"I = {result['MORAN_I']:.4f}" in page and f"I = {result['BIVARIATE_I']:.4f}" in page
    assert f"{result['P_SIM']:.3g}" in page
    for row in result.rows():
        assert f"{row['moran_i']:.4f}" in page
    assert page.count("<h3>Districts</h3>") == 2 and "1 without a value left out" in page


@pytest.mark.parametrize(
    ("name", "settings", "charts"),
    [
        ("incrementalmoran", {"FIELD": "value", "DISTANCES": 5}, 2),
        ("hotspots", {"FIELD": "value", "PERMUTATIONS": 99, "K": 4}, 3),
        ("spatialweights", {"K": 4}, 2),
        ("joincounts", {"FIELD": "value", "K": 4}, 3),
        ("localgeary", {"FIELD": "value", "PERMUTATIONS": 99, "K": 4}, 5),
    ],
)
def test_every_report_has_its_charts_and_tells_of_gaps(run, grid, tmp_path, name, settings, charts):
    path = tmp_path / "report.html"
    values = [[1, 1, 1, 9, 9, last] for last in (9, 10, 11, 12, None)]
    result = run(name, INPUT=grid(values), REPORT=str(path), **settings)
    page = path.read_text(encoding="utf-8")
    assert page.count("<figure>") == charts
    if "EXCLUDED" in result.results:
        assert result["EXCLUDED"] == 1
        assert any(text in page for text in ("1 without a value", "1 parcels without a", "1 without a class"))


@pytest.mark.parametrize("values", [[[5, 5, 5]] * 3, [[1, None, 2], [2, 3, None], [None, None, 4]]])
@pytest.mark.parametrize(
    "name", ["globalmoran", "localmoran", "localgeary", "hotspots", "joincounts", "incrementalmoran"]
)
def test_reports_of_equal_values_and_of_gaps(run, grid, tmp_path, name, values):
    path = tmp_path / "report.html"
    near = {} if name == "incrementalmoran" else {"NEIGHBOURS": BAND, "DISTANCE": 100}
    result = run(name, INPUT=grid(values), FIELD="value", REPORT=str(path), **near)
    page = path.read_text(encoding="utf-8")
    assert "nan" not in re.sub('data:image[^"]*', "", page).lower().replace("nano", "")
    assert result["EXCLUDED"] == sum(value is None for row in values for value in row)


def test_the_report_of_two_fields_plots_one_against_the_other(run, layer, tmp_path):
    path = tmp_path / "report.html"
    rows = [(f"Point ({x} {y})", x + y % 3, x * y % 7) for x in range(6) for y in range(6)]
    result = run(
        "localmoran",
        INPUT=layer("Point", "first:double second:double", rows),
        FIELD="first",
        SECOND_FIELD="second",
        PERMUTATIONS=99,
        REPORT=str(path),
    )
    page = path.read_text(encoding="utf-8")
    assert "mean z of second" in page and "z of first" in page and "data:image" not in page
    assert f"I = {np.mean(result.column('lm_i')):.4f}" in page
