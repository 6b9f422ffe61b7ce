"""AHP weights in QGIS: tables of every form, groups, reports, and what is refused."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from osgeo import ogr
from qgis.core import QgsProcessingException, QgsVectorLayer

MILD = {"x": {"y": "2", "z": "5"}, "y": {"z": "3"}, "z": {}}
CIRCULAR = {"x": {"y": "3", "z": "1/2"}, "y": {"z": "4"}, "z": {}}
PRESET = Path(__file__).resolve().parents[2] / "resources" / "index_systems" / "zhuzhou_2024.csv"


@pytest.fixture
def system(tmp_path):
    """Index system of the leaves x, y, z."""
    path = tmp_path / "system.csv"
    path.write_text(
        "indicator,layer,dimension,direction,weight\nx,econ,one,benefit,\ny,econ,one,benefit,\n"
        "z,land,two,benefit,\n"
    )
    return str(path)


@pytest.fixture
def long_table(tmp_path):
    """Write a long judgement table from lines of values; returns its path."""

    def write(*lines, header="parent,a,b,value", name="judgements"):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
        return str(path)

    return write


def write_matrices(path, driver, matrices):
    """Write square matrices, one table each: names in the first column and above the others."""
    store = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    for name, matrix in matrices.items():
        table = store.CreateLayer(name, None, ogr.wkbNone)
        for column in ("name", *matrix):
            table.CreateField(ogr.FieldDefn(column, ogr.OFTString))
        for row, cells in matrix.items():
            feature = ogr.Feature(table.GetLayerDefn())
            feature["name"] = row
            for column, value in cells.items():
                feature[column] = value
            table.CreateFeature(feature)
    store = None
    return str(path)


def preset_matrices():
    """Matrices w_i / w_j of the printed weights, as fractions, by node."""
    nodes = {"goal": {}}
    with PRESET.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            nodes["goal"][row["dimension"]] = row["weight_dim"]
            nodes.setdefault(row["dimension"], {})[row["indicator"]] = row["weight_local"]
    return {
        node: {a: {b: f"{x}/{y}" for b, y in children.items()} for a, x in children.items()}
        for node, children in nodes.items()
    }


def weights(result):
    return [row["weight"] for row in result.rows()]


# Forms of tables


@pytest.mark.parametrize(("suffix", "driver"), [("xlsx", "XLSX"), ("ods", "ODS")])
def test_a_workbook_has_a_matrix_per_sheet(run, tmp_path, suffix, driver):
    path = write_matrices(tmp_path / f"ahp.{suffix}", driver, preset_matrices())
    result = run("ahpweights", JUDGEMENTS=path)
    printed = {
        row["indicator"]: float(row["weight_local"]) * float(row["weight_dim"])
        for row in csv.DictReader(PRESET.open(encoding="utf-8-sig", newline=""))
    }
    assert {row["indicator"]: row["weight"] for row in result.rows()} == pytest.approx(printed, abs=1e-12)
    assert sum(weights(result)) == pytest.approx(1, abs=1e-12)
    assert 0 <= result["MAX_CR"] < 1e-12


def test_tables_of_a_geopackage_are_given_one_by_one(run, tmp_path):
    path = write_matrices(tmp_path / "ahp.gpkg", "GPKG", preset_matrices())
    tables = [f"{path}|layername={node}" for node in preset_matrices()]
    several = run("ahpweights", MATRICES=tables)
    mixed = run("ahpweights", JUDGEMENTS=tables[0], MATRICES=tables[1:])
    assert len(several.rows("NODES")) == 5 + 18
    assert weights(several) == pytest.approx(weights(mixed), abs=1e-15)
    assert weights(several) == pytest.approx(weights(run("indexsystem")), abs=1e-12)


def test_csv_files_are_named_by_their_node(run, tmp_path):
    paths = []
    for node, matrix in preset_matrices().items():
        path = tmp_path / f"{node}.csv"
        lines = [
            ",".join(["name", *matrix]),
            *(",".join([a, *cells.values()]) for a, cells in matrix.items()),
        ]
        path.write_text("\n".join(lines) + "\n")
        paths.append(str(path))
    assert weights(run("ahpweights", MATRICES=paths)) == pytest.approx(weights(run("indexsystem")), abs=1e-12)


def add_sheet(path, name, cell=None):
    """Add a sheet to a workbook, with a remark or empty."""
    store = ogr.Open(path, 1)
    sheet = store.CreateLayer(name, None, ogr.wkbNone)
    if cell:
        sheet.CreateField(ogr.FieldDefn("remark", ogr.OFTString))
        feature = ogr.Feature(sheet.GetLayerDefn())
        feature["remark"] = cell
        sheet.CreateFeature(feature)


def test_empty_sheets_are_passed_over_and_others_named(run, tmp_path):
    path = write_matrices(tmp_path / "ahp.xlsx", "XLSX", preset_matrices())
    add_sheet(path, "Sheet7")
    assert weights(run("ahpweights", JUDGEMENTS=path)) == pytest.approx(weights(run("indexsystem")))
    add_sheet(path, "notes", "asked Li")
    with pytest.raises(QgsProcessingException, match="Table “notes”: The judgement table has no column"):
        run("ahpweights", JUDGEMENTS=path)


# Groups and gaps


GROUP = "parent,a,b,value,expert,expert_weight"
LI = ("goal,x,y,2,Li,2", "goal,x,z,5,Li,2", "goal,y,z,3,Li,2")
WANG = ("goal,x,y,3,Wang,1", "goal,x,z,1/2,Wang,1", "goal,y,z,4,Wang,1")


def test_a_group_is_aggregated_and_each_expert_reported(run, system, long_table):
    table = long_table(*LI, *WANG, header=GROUP)
    result = run("ahpweights", JUDGEMENTS=table, INDEX_SYSTEM=system)
    a, b, c = (2**2 * 3) ** (1 / 3), (5**2 / 2) ** (1 / 3), (3**2 * 4) ** (1 / 3)
    means = np.array([(a * b) ** (1 / 3), (c / a) ** (1 / 3), (1 / (b * c)) ** (1 / 3)])
    assert weights(result) == pytest.approx(means / means.sum())
    rows = result.rows("EXPERTS")
    assert [(row["expert"], row["child"]) for row in rows] == [(e, c) for e in ("Li", "Wang") for c in "xyz"]
    assert [row["pass"] for row in rows] == [1, 1, 1, 0, 0, 0]
    assert {row["share"] for row in rows} == {2 / 3, 1 / 3}
    assert {row["excluded"] for row in rows} == {0}
    assert 0 < result.rows("NODES")[0]["consensus"] < 1
    assert any("expert “Wang” counts although not consistent" in line for line in result.log.warnings)
    ranked = result.rows("RANKED")
    assert {row["expert"] for row in ranked} == {None, "Li", "Wang"} and len(ranked) == 9


@pytest.mark.parametrize("aggregation", [0, 1])
def test_an_inconsistent_expert_is_left_out_on_request(run, system, long_table, aggregation):
    table = long_table(*LI, *WANG, header=GROUP)
    result = run("ahpweights", JUDGEMENTS=table, INDEX_SYSTEM=system, EXCLUSION=1, AGGREGATION=aggregation)
    alone = run("ahpweights", JUDGEMENTS=long_table(*LI, header=GROUP, name="li"), INDEX_SYSTEM=system)
    assert weights(result) == pytest.approx(weights(alone))
    assert result["LEFT_OUT"] == 1
    assert any("expert “Wang” is left out" in line for line in result.log.warnings)


@pytest.mark.parametrize("completion", [0, 1])
@pytest.mark.parametrize("method", [0, 1, 2])
def test_missing_judgements_are_counted_and_told(run, system, long_table, method, completion):
    table = long_table("goal,x,y,2", "goal,y,z,3")
    result = run(
        "ahpweights",
        JUDGEMENTS=table,
        INDEX_SYSTEM=system,
        PRIORITY_METHOD=method,
        COMPLETION=completion,
    )
    assert weights(result) == pytest.approx([0.6, 0.3, 0.1])
    assert result["MISSING"] == 1
    assert result.rows("NODES")[0]["missing"] == 1
    assert any("1 of 3 judgements are missing (x – z)" in line for line in result.log.warnings)
    assert any("too few to check one another" in line for line in result.log.warnings)


# Consistency


def test_strict_stops_and_names_the_node(run, system, long_table):
    table = long_table("goal,x,y,3", "goal,x,z,1/2", "goal,y,z,4")
    assert run("ahpweights", JUDGEMENTS=table, INDEX_SYSTEM=system)["MAX_CR"] > 0.10
    with pytest.raises(QgsProcessingException, match=r"Not consistent.*: goal \(CR 1\.061"):
        run("ahpweights", JUDGEMENTS=table, INDEX_SYSTEM=system, STRICT=True)


def test_a_proposal_is_written_beside_the_judgement_and_changes_no_weight(run, system, long_table):
    table = long_table("goal,x,y,3", "goal,x,z,1/2", "goal,y,z,4")
    result = run("ahpweights", JUDGEMENTS=table, INDEX_SYSTEM=system)
    share = weights(result)
    for row in result.rows("RANKED"):
        i, j = ("xyz".index(row[name]) for name in "ab")
        assert row["consistent"] == pytest.approx(share[i] / share[j])
        assert row["ratio"] == pytest.approx(row["value"] * share[j] / share[i])
        low, high = sorted((row["value"], row["consistent"]))
        assert low < row["proposed"] < high
    assert sorted(row["value"] for row in result.rows("RANKED")) == [0.5, 3, 4]
    proposed = {(row["a"], row["b"]): row["proposed"] for row in result.rows("RANKED")}
    again = run(
        "ahpweights",
        JUDGEMENTS=long_table(*(f"goal,{a},{b},{v!r}" for (a, b), v in proposed.items()), name="again"),
        INDEX_SYSTEM=system,
        STRICT=True,
    )
    assert again["MAX_CR"] < 0.10


@pytest.mark.parametrize(("choice", "ri"), [(0, 0.58), (1, 0.52), (2, 0.5261)])
def test_the_random_index_is_chosen(run, system, long_table, choice, ri):
    table = long_table("goal,x,y,2", "goal,x,z,5", "goal,y,z,3")
    result = run("ahpweights", JUDGEMENTS=table, INDEX_SYSTEM=system, RANDOM_INDEX=choice)
    assert {row["ri"] for row in result.rows("NODES")} == {ri}
    assert result["MAX_CR"] == pytest.approx((3.00369 - 3) / 2 / ri, abs=1e-5)


@pytest.mark.parametrize("count", [1, 2, 30])
def test_one_two_and_thirty_children(run, tmp_path, long_table, count):
    names = [f"i{k}" for k in range(count)]
    system = tmp_path / "many.csv"
    lines = [f"{name},{'econ' if k else 'land'},d{min(k, 1)},benefit," for k, name in enumerate(names)]
    system.write_text("indicator,layer,dimension,direction,weight\n" + "\n".join(lines) + "\n")
    pairs = [f"goal,{a},{b},{k + 1}/{m + 1}" for k, a in enumerate(names) for m, b in enumerate(names)]
    settings = {"JUDGEMENTS": long_table(*pairs), "INDEX_SYSTEM": str(system)}
    result = run("ahpweights", **settings, RANDOM_INDEX=2)
    expected = np.arange(1, count + 1) / (count * (count + 1) / 2)
    assert weights(result) == pytest.approx(expected.tolist())
    assert 0 <= result["MAX_CR"] < 1e-12 and 0 <= result["OVERALL_CR"] < 1e-12
    if count > 15:
        with pytest.raises(QgsProcessingException, match=r"goal compares 30 .* choose the simulated random"):
            run("ahpweights", **settings)


# What is refused


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["goal,x,y,0", "goal,y,z,3"], "x against y is 0; give a positive number"),
        (["goal,x,y,-2", "goal,y,z,3"], "x against y is -2, a negative number"),
        (["goal,x,y,much", "goal,y,z,3"], "x against y: “much” is not a number"),
        (["goal,x,y,2", "goal,y,z,3", "goal,x,y,4"], "x against y stands twice with contradicting values"),
        (["goal,x,y,2", "goal,y,z,3", "goal,z,z,2"], "z compared with itself is 2; it must be 1"),
        (["goal,x,y,2", "goal,z,z,1"], "Node goal: no judgement connects x, y | z; compare"),
        (
            ["goal,x,y,2", "goal,y,zz,3"],
            "weigh zz, which the index system does not have, and give no weight to the indicator(s) z:",
        ),
        (["goal,x,y,2", "goal,y,z,3", "goal,z,w,3"], "weigh w, which the index system does not have"),
        (["goal,x,y,2", "land,z,w,3"], "The parents goal, land are nobody's child"),
        (["goal,x,goal,2", "goal,y,z,3"], "goes round in a circle: goal < goal"),
        (["goal,x,y,2", "x,p,q,1", "y,p,z,3"], "p is a child of both x and y"),
    ],
)
def test_each_bad_judgement_has_its_own_sentence(run, system, long_table, lines, sentence):
    with pytest.raises(QgsProcessingException) as error:
        run("ahpweights", JUDGEMENTS=long_table(*lines), INDEX_SYSTEM=system)
    assert sentence in str(error.value)


def test_a_report_over_its_input_is_refused(provider, system, long_table):
    from qgis.core import QgsProcessingContext

    table = long_table("goal,x,y,2", "goal,y,z,3")
    algorithm = next(a for a in provider.algorithms() if a.name() == "ahpweights")
    settings = {"MATRICES": [table], "INDEX_SYSTEM": system, "OUTPUT": "memory:", "REPORT": table}
    fine, message = algorithm.checkParameterValues(settings, QgsProcessingContext())
    assert not fine and "REPORT would overwrite MATRICES" in message


# The report


def test_the_report_tells_all_of_it_and_escapes_names(run, system, long_table, tmp_path):
    report = tmp_path / "report.html"
    evil = "<b>Wang & Co</b>"
    rows = [line.replace("Wang", evil) for line in WANG]
    run(
        "ahpweights",
        JUDGEMENTS=long_table(*LI, *rows, header=GROUP),
        INDEX_SYSTEM=system,
        REPORT=str(report),
    )
    page = report.read_text(encoding="utf-8")
    assert "&lt;b&gt;Wang &amp; Co&lt;/b&gt;" in page and "<b>" not in page
    for text in ("Weights", "Consistency", "Experts", "Consensus", "Judgements", "Proposal: a", "Circles: x"):
        assert text in page
    assert "agglomeration:ahpweights" in page and "PRIORITY_METHOD" in page
    assert str(tmp_path) not in page and "<script" not in page


def test_the_tree_of_weights_has_every_element_below_its_parent(run, demo, tmp_path):
    report = tmp_path / "report.html"
    judgements = QgsVectorLayer(demo("judgements_illustrative"), "judgements", "ogr")
    result = run("ahpweights", JUDGEMENTS=judgements, REPORT=str(report))
    page = report.read_text(encoding="utf-8")
    tree = re.findall(r"<text[^>]*>([^<]*)</text>", page[page.index("<svg") : page.index("</svg>")])
    assert tree[2:4] == ["goal", "1.0000"]
    for row in result.rows():
        place = next(k for k, text in enumerate(tree) if text.endswith(f"({row['indicator']})"))
        assert tree[place + 1 : place + 3] == [f"{row['weight_local']:.4f}", f"{row['weight']:.4f}"]
        parent = max(k for k, text in enumerate(tree[:place]) if text.endswith(f"({row['dimension']})"))
        assert tree[parent + 1] == tree[parent + 2] == f"{row['weight_dim']:.4f}"


def test_a_failed_run_leaves_no_report(run, system, long_table, tmp_path):
    report = tmp_path / "report.html"
    with pytest.raises(QgsProcessingException):
        run(
            "ahpweights",
            JUDGEMENTS=long_table("goal,x,y,0", "goal,y,z,3"),
            INDEX_SYSTEM=system,
            REPORT=str(report),
        )
    assert not report.exists()


def test_without_judgements_the_tables_are_empty_and_the_weights_stay(run, tmp_path):
    report = tmp_path / "report.html"
    result = run("ahpweights", REPORT=str(report))
    assert weights(result) == weights(run("indexsystem"))
    assert [result.rows(name) for name in ("NODES", "EXPERTS", "RANKED")] == [[], [], []]
    assert result["MAX_CR"] is None and report.is_file()


def test_metadata_name_tables_and_never_paths(run, tmp_path):
    path = write_matrices(tmp_path / "ahp.gpkg", "GPKG", preset_matrices())
    tables = [f"{path}|layername={node}" for node in preset_matrices()]
    layer = run("ahpweights", MATRICES=tables).layer()
    history = "\n".join(layer.metadata().history())
    assert "MATRICES = " in history and "intens" in history
    assert str(tmp_path) not in history
