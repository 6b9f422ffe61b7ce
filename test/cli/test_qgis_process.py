"""The real qgis_process: what scripts rely on."""

import csv
import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCORES = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_lists_the_provider(qgis_process):
    answer = qgis_process("list")
    assert "agglomeration:evaluate\t" in answer.out
    assert "agglomeration:evaluatemodel" in answer.out


def speak(folder, language):
    """Write a profile of QGIS in a language; that of the system where it is empty."""
    settings = "[PythonPlugins]\nparcel_agglomeration=true\n"
    if language:
        settings += f"[locale]\noverrideFlag=true\nuserLocale={language}\n"
    profile = folder / "profiles" / "default" / "QGIS"
    profile.mkdir(parents=True)
    for ini in ("QGIS3.ini", "QGIS4.ini"):
        (profile / ini).write_text(settings, encoding="utf-8")


@pytest.mark.skipif(not list((ROOT / "resources/i18n").glob("*.qm")), reason="lrelease is missing")
@pytest.mark.parametrize(
    ("language", "system", "name"),
    [
        ("zh-Hans", "C.UTF-8", "评价地块"),
        ("", "zh_CN.UTF-8", "评价地块"),
        ("en_US", "zh_CN.UTF-8", "Evaluate parcels"),
    ],
)
def test_speaks_chinese_by_the_profile_or_else_the_system(qgis_process, tmp_path, language, system, name):
    speak(tmp_path, language)
    answer = qgis_process("--json", "list", QGIS_CUSTOM_CONFIG_PATH=str(tmp_path), LC_ALL=system)
    algorithms = json.loads(answer.out)["providers"]["agglomeration"]["algorithms"]
    assert algorithms["agglomeration:evaluate"]["name"] == name
    if name == "评价地块":
        profile = {"QGIS_CUSTOM_CONFIG_PATH": str(tmp_path), "LC_ALL": system}
        help_ = qgis_process("help", "agglomeration:rawmodel", **profile).out
        for text in ("由原始图层开始的评价模型", "现状设施的坐标", "建筑基底"):
            assert text in help_
        assert "Coordinates" not in help_ and "Footprints" not in help_
        assert "\ncoordinates:" in help_ and "\nfacility_density:" in help_


@pytest.mark.skipif(not list((ROOT / "resources/i18n").glob("*.qm")), reason="lrelease is missing")
@pytest.mark.parametrize(
    ("language", "caption", "names"),
    [
        (
            "en_US",
            "Agglomeration zones",
            ["high-quality agglomeration: 15", "more is better", "low among low"],
        ),
        ("zh-Hans", "集聚分区", ["高质量集聚区: 15", "效益型（越大越优）", "低-低集聚"]),
    ],
)
def test_a_report_has_its_maps_and_names_in_the_language_of_qgis(
    qgis_process, demo, tmp_path, language, caption, names
):
    speak(tmp_path, language)
    report = tmp_path / "report.html"
    answer = qgis_process(
        "run",
        "agglomeration:evaluate",
        "--",
        f"INPUT={demo()}",
        f"INDEX_SYSTEM={demo('index_system_synthetic_fields')}",
        f"OUTPUT={tmp_path / 'zones.gpkg'}",
        f"REPORT={report}",
        QGIS_CUSTOM_CONFIG_PATH=str(tmp_path),
    )
    assert answer.code == 0, answer.err
    page = report.read_text(encoding="utf-8")
    assert page.count('<image width="760"') == 3
    assert f"<figcaption>{caption}</figcaption>" in page
    assert [name for name in names if name not in page] == []
    for code in ("benefit", "cost", "interval", "flag", "rating"):
        assert f"<td>{code}</td>" not in page


def test_help_names_every_parameter(qgis_process):
    out = qgis_process("help", "agglomeration:evaluate").out
    for name in ("INPUT", "INDEX_SYSTEM", "JUDGEMENTS", "DISTRICT_FIELD", "PRESET", "SEED", "STATISTICS"):
        assert f"\n{name}:" in out


def test_evaluate_as_text_tells_the_zones(qgis_process, demo, folder):
    answer = qgis_process(
        "run",
        "agglomeration:evaluate",
        "--",
        f"INPUT={demo()}",
        f"INDEX_SYSTEM={demo('index_system_synthetic_fields')}",
        f"OUTPUT={folder / 'text.gpkg'}",
    )
    assert answer.code == 0
    assert "Parcels by zone" in answer.out and "MORAN_I:" in answer.out
    assert (folder / "text.gpkg").is_file()
    assert "Traceback" not in answer.out + answer.err


def test_evaluate_as_json_returns_numbers(run_json, demo, folder):
    answer = run_json(
        "evaluate",
        INPUT=demo(),
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        OUTPUT=folder / "json.gpkg",
        MORAN=folder / "moran.csv",
        LANGUAGE=1,
    )
    assert answer.code == 0
    assert answer.results["EXCLUDED"] == 3
    assert 0 < answer.results["MORAN_I"] < 1
    assert len(rows(folder / "moran.csv")) == SCORES


def test_a_layer_with_other_field_names_runs_through_its_index_system(run_json, qgis_process, demo, folder):
    # The user's way: write the table, correct the column "field", evaluate.
    renamed = folder / "渌口 parcels.gpkg"
    assert (
        qgis_process(
            "run", "native:renametablefield", "--", f"INPUT={demo()}", "FIELD=syn_output",
            "NEW_NAME=工业贡献",
            f"OUTPUT={renamed}",
        ).code
        == 0
    )  # fmt: skip
    table = folder / "system.csv"
    answer = run_json(
        "indexsystem", INPUT=renamed, INDEX_SYSTEM=demo("index_system_synthetic_fields"), OUTPUT=table
    )
    assert answer.results["MATCHED"] == 17
    lines = rows(table)
    lines[0]["field"] = "工业贡献"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    answer = run_json(
        "evaluate",
        INPUT=renamed,
        INDEX_SYSTEM=table,
        OUTPUT=folder / "renamed.gpkg",
        STATISTICS=folder / "s.csv",
    )
    assert answer.code == 0, answer.err
    assert "工业贡献_sum" in rows(folder / "s.csv")[0]


def test_the_model_runs_with_input_and_output_alone(run_json, demo, folder):
    answer = run_json(
        "evaluatemodel",
        input=demo(),
        index_system=demo("index_system_synthetic_fields"),
        output=folder / "model.gpkg",
    )
    assert answer.code == 0, answer.err
    assert (folder / "model.gpkg").is_file()


def test_the_model_from_raw_layers_runs_as_in_the_demonstration(run_json, folder):
    # the parameters are those of the script, so that it stays true
    script = (Path(__file__).resolve().parents[2] / "scripts" / "demo.sh").read_text(encoding="utf-8")
    given = dict(re.findall(r'^    (\w+)="?([^"\n]+?)"?(?: \\)?$', script, re.MULTILINE))
    assert len(given) == script.count("\n    ")
    texts = {
        name: text.replace("$data", "resources/demo/demo.gpkg").replace("$results", str(folder / "raw"))
        for name, text in given.items()
    }
    (folder / "raw").mkdir()
    answer = run_json("rawmodel", **texts)
    assert answer.code == 0, answer.err
    zones = [row for row in rows(folder / "raw" / "statistics.csv") if row["section"] == "zone"]
    city = {row["class"]: int(row["parcels"]) for row in zones if not row["district"] and not row["cross"]}
    assert city == {"1": 56, "2": 22, "3": 18, "4": 18}
    assert len(rows(folder / "raw" / "access_points.csv")) == 11


def test_a_fault_is_one_sentence_and_leaves_nothing(run_json, demo, folder):
    path = folder / "none.gpkg"
    answer = run_json("evaluate", INPUT=demo("buildings"), OUTPUT=path)
    assert answer.code != 0
    assert "none of the indicators' fields" in answer.err + answer.out
    assert "Traceback" not in answer.err + answer.out
    assert not path.exists()


@pytest.mark.parametrize(
    ("algorithm", "settings", "number"),
    [
        ("naturalbreaks", {"FIELD": "area", "CLASSES": 5}, "GVF"),
        ("globalmoran", {"FIELD": "area", "NEIGHBOURS": 2}, "MORAN_I"),
        ("joincounts", {"FIELD": "kind", "NEIGHBOURS": 2, "PERMUTATIONS": 99}, "P_SIM"),
        ("incrementalmoran", {"FIELD": "area", "FIRST_DISTANCE": 50, "INCREMENT": 10}, "EXCLUDED"),
        ("localmoran", {"FIELD": "area"}, "EXCLUDED"),
        ("localmoran", {"FIELD": "area", "METHOD": 1, "NEIGHBOURS": 2}, "ISLANDS"),
        ("localgeary", {"FIELD": "area"}, "ISLANDS"),
        ("spatialweights", {"NEIGHBOURS": 2, "TOLERANCE": 1}, "LINKS"),
        ("spatialweights", {"WEIGHTING": 5, "BETWEEN": 2, "DISTRICT": "kind"}, "COMPONENTS"),
        ("zonestatistics", {"CLASS_FIELDS": "kind"}, "EXCLUDED"),
    ],
)
def test_single_algorithms_on_a_real_cadastre(
    run_json, bavarian_parcels, folder, algorithm, settings, number
):
    answer = run_json(algorithm, INPUT=bavarian_parcels, OUTPUT=folder / f"{algorithm}.gpkg", **settings)
    assert answer.code == 0, answer.err
    assert answer.results[number] is not None


@pytest.mark.parametrize("kind", ["csv", "xlsx", "gpkg"])
def test_statistics_of_dimensions_per_park_in_every_format(qgis_process, run_json, demo, folder, kind):
    """The paper's section 3.2.1: park x dimension x high, medium, low; read back by GDAL."""
    ogr = pytest.importorskip("osgeo.ogr")
    zones = folder / "statistics_of.gpkg"
    if not zones.exists():
        system = demo("index_system_synthetic_fields")
        assert run_json("evaluate", INPUT=demo(), INDEX_SYSTEM=system, OUTPUT=zones).code == 0
    dimensions = ("effic", "intens", "innov", "green", "access")
    answer = qgis_process(
        *("run", "agglomeration:zonestatistics", "--", f"INPUT={zones}", "DISTRICT_FIELD=syn_distr"),
        *(f"CLASS_FIELDS={name}_lvl" for name in dimensions),
        *("QUANTITIES=syn_output", "QUANTITIES=syn_tax"),
        *(f"OUTPUT={folder / f'dimensions.{kind}'}", f"DISTRICTS={folder / f'districts.{kind}'}"),
    )
    assert answer.code == 0, answer.err
    # A data set owns its layers and has to outlive them.
    opened = [ogr.Open(str(folder / f"{name}.{kind}")) for name in ("dimensions", "districts")]
    table, districts = (data.GetLayer(0) for data in opened)
    # 5 dimensions of 3 levels in total and in 5 parks.
    assert table.GetFeatureCount() == 5 * 3 * 6 and districts.GetFeatureCount() == 6
    best = [row for row in table if row["section"] == "effic_lvl" and not row["district"]][-1]
    assert best["label"] == "high" and int(best["parcels"]) == 7
    assert best["syn_tax_ratios"] == "53 : 7.5 : 1" and best["of_what"] == "parcels with effic_lvl"
    assert float(best["syn_output_share"]) == pytest.approx(0.61178, abs=1e-5)


def test_ahp_weights_of_a_group_with_a_report(run_json, folder):
    table = folder / "judgements.csv"
    lines = [f"goal,{pair},{expert}" for expert in ("Li,2", "王,1") for pair in ("x,y,2", "x,z,1/5", "y,z,3")]
    table.write_text("parent,a,b,value,expert,expert_weight\n" + "\n".join(lines) + "\n", encoding="utf-8")
    system = folder / "three.csv"
    system.write_text(
        "indicator,layer,dimension,direction,weight\nx,econ,one,benefit,\ny,econ,one,benefit,\n"
        "z,land,two,benefit,\n"
    )
    settings = {"JUDGEMENTS": table, "INDEX_SYSTEM": system, "OUTPUT": folder / "weighed.csv"}
    report = folder / "ahp.html"
    answer = run_json("ahpweights", **settings, EXPERTS=folder / "experts.csv", REPORT=report)
    assert answer.code == 0, answer.err
    assert answer.results["MAX_CR"] > 0.10
    assert sum(float(row["weight"]) for row in rows(folder / "weighed.csv")) == pytest.approx(1)
    assert [row["expert"] for row in rows(folder / "experts.csv")] == ["Li"] * 3 + ["王"] * 3
    assert "王" in report.read_text(encoding="utf-8")
    report.unlink()
    answer = run_json("ahpweights", **settings, STRICT=True, REPORT=report)
    assert answer.code != 0 and "goal (CR " in answer.out + answer.err
    assert not report.exists()


def test_objective_and_combined_weights_and_how_stable_the_zones_are(run_json, demo, folder):
    """AHP's weights of the demonstration, entropy's of its parcels, their product, and its zones in draws."""
    system = demo("index_system_synthetic_fields")
    objective, combined = folder / "objective.csv", folder / "combined.csv"
    answer = run_json("objectiveweights", INPUT=demo(), INDEX_SYSTEM=system, OUTPUT=objective)
    assert answer.code == 0 and answer.results["EXCLUDED"] == 3, answer.err
    answer = run_json("combineweights", INDEX_SYSTEM=system, OBJECTIVE=objective, OUTPUT=combined)
    assert answer.code == 0, answer.err
    assert sum(float(row["weight"]) for row in rows(combined)) == pytest.approx(1)
    answer = run_json(
        "weightsensitivity",
        INPUT=demo(),
        INDEX_SYSTEM=combined,
        DRAWS=100,
        OUTPUT=folder / "stability.csv",
        INFLUENCE=folder / "influence.csv",
        REPORT=folder / "sensitivity.html",
    )
    assert answer.code == 0, answer.err
    assert 0.5 < answer.results["ZONES_KEPT"] <= 1
    assert len(rows(folder / "stability.csv")) == 117 and len(rows(folder / "influence.csv")) == 18
    assert "</html>" in (folder / "sensitivity.html").read_text(encoding="utf-8")


OWN_SYSTEM = """indicator,name,layer,dimension,field,direction,target,lower,upper,weight
size,parcel area,econ,form,area,benefit,,,,0.5
edge,perimeter,econ,form,edge,cost,,,,0.2
corners,corners,land,shape,corners,interval,,4,12,0.1
compact,compactness,land,shape,compact,benefit,1,,,0.2
"""


def test_evaluate_by_an_index_system_of_ones_own(run_json, qgis_process, bavarian_parcels, folder):
    """Other indicators than the paper's, on 5,030 real parcels; then the zones once more, step by step."""
    layer = bavarian_parcels
    for name, formula in (
        ("edge", "perimeter($geometry)"),
        ("corners", "num_points($geometry)"),
        ("compact", "4 * pi() * area($geometry) / perimeter($geometry)^2"),
    ):
        made = folder / f"with_{name}.gpkg"
        qgis_process(
            "run", "native:fieldcalculator", "--", f"INPUT={layer}", f"FIELD_NAME={name}",
            f"FORMULA={formula}", "FIELD_TYPE=0", f"OUTPUT={made}",
        )  # fmt: skip
        layer = made
    table = folder / "own_system.csv"
    table.write_text(OWN_SYSTEM, encoding="utf-8-sig")
    answer = run_json(
        "evaluate",
        INPUT=layer,
        INDEX_SYSTEM=table,
        QUANTITIES="area",
        OUTPUT=folder / "cadastre_zones.csv",
        STATISTICS=folder / "cadastre_statistics.csv",
    )
    assert answer.code == 0, answer.err
    assert answer.results["EXCLUDED"] == 0
    parcels = rows(folder / "cadastre_zones.csv")
    assert len(parcels) == 5030
    zones = [row["zone"] for row in parcels]
    assert set(zones) <= {"1", "2", "3", "4"}
    total = [row for row in rows(folder / "cadastre_statistics.csv") if row["section"] == "zone"]
    whole = [row for row in total if not row["cross"]]
    assert [int(row["parcels"]) for row in whole] == [zones.count(code) for code in "1234"]
    assert sum(float(row["area_sum"]) for row in whole) == pytest.approx(
        sum(float(row["area"]) for row in parcels)
    )
    again = run_json(
        "crosstabulate",
        INPUT=folder / "cadastre_zones.csv",
        OUTPUT=folder / "cadastre_again.csv",
    )
    assert again.code == 0, again.err
    assert [row["zone"] for row in rows(folder / "cadastre_again.csv")] == zones


def test_moran_of_the_cadastre_is_spdeps(run_json, bavarian_parcels, cases):
    # R spdep, queen, row-standardised: cases/parcels_ebelsbach_de/expected/spdep_global.csv
    expected = next(
        float(row["I"])
        for row in rows(cases / "parcels_ebelsbach_de" / "expected" / "spdep_global.csv")
        if row["weights"] == "queen_default" and row["variable"] == "geom_area"
    )
    answer = run_json("globalmoran", INPUT=bavarian_parcels, FIELD="area", NEIGHBOURS=2)
    assert answer.results["MORAN_I"] == pytest.approx(expected, abs=1e-9)


@pytest.fixture(scope="module")
def bavarian_parcels(cases, qgis_process, folder):
    """5,030 parcels of the Bavarian cadastre with their planar area and a made-up class."""
    source = cases / "parcels_ebelsbach_de" / "expected" / "projected_for_reference.gpkg"
    parcels = folder / "cadastre.gpkg"
    with_area = folder / "area.gpkg"
    for given, name, formula, kind, output in (
        (source, "area", "area($geometry)", 0, with_area),
        (with_area, "kind", "if(area > 1000, 'large', 'small')", 2, parcels),
    ):
        answer = qgis_process(
            "run", "native:fieldcalculator", "--", f"INPUT={given}", f"FIELD_NAME={name}",
            f"FORMULA={formula}",
            f"FIELD_TYPE={kind}", f"OUTPUT={output}",
        )  # fmt: skip
        assert answer.code == 0, answer.err
    return parcels


HIDDEN = (
    "scipy",
    "pandas",
    "jenkspy",
    "esda",
    "libpysal",
    "shapely",
    "geopandas",
    "numba",
    "matplotlib",
    "jinja2",
)


def test_nothing_but_numpy_is_needed_and_the_numbers_are_the_same(
    qgis_process, run_json, demo, folder, monkeypatch
):
    settings = {
        "INPUT": demo(),
        "INDEX_SYSTEM": demo("index_system_synthetic_fields"),
        "ID_FIELD": "parcel_id",
    }
    with_all = run_json("evaluate", **settings, OUTPUT=folder / "all.csv")
    bare = folder / "hidden"
    bare.mkdir()
    for name in HIDDEN:
        tried = bare / f"{name}.tried"
        (bare / f"{name}.py").write_text(
            f"open({str(tried)!r}, 'w').close()\nraise ModuleNotFoundError({name!r})"
        )
    monkeypatch.setenv("PYTHONPATH", str(bare))
    without = run_json("evaluate", **settings, OUTPUT=folder / "none.csv")
    assert without.code == 0, without.err
    assert (bare / "scipy.tried").exists(), "the run looked for scipy and did not get it"
    assert without.results["MORAN_I"] == with_all.results["MORAN_I"]
    ours, theirs = rows(folder / "all.csv"), rows(folder / "none.csv")
    assert len(ours) == 117
    for name in ("zone", "lm_cluster", "lm_i", "lm_p"):
        assert [row[name] for row in ours] == [row[name] for row in theirs]


def test_json_input_is_understood(qgis_process):
    answer = qgis_process("--json", "help", "agglomeration:naturalbreaks")
    assert json.loads(answer.out)["algorithm_details"]["id"] == "agglomeration:naturalbreaks"


@pytest.fixture(scope="module")
def readme_lines(folder):
    """Run the commands of a section of the README in a folder with the demonstration data."""
    root = Path(__file__).resolve().parents[2]
    readme = (root / "README.md").read_text(encoding="utf-8")
    (folder / "resources").symlink_to(root / "resources")
    environment = 'eval "$(make env)"\n'

    def run(heading):
        section = readme.split(f"## {heading}\n")[1].split("\n## ")[0]
        block = "\n".join(line for line in section.splitlines() if line.startswith("    "))
        commands = environment + textwrap.dedent(block).removeprefix(environment)
        done = subprocess.run(
            ["bash", "-e"],
            input=commands.replace("make env", f"make -s --no-print-directory --directory '{root}' env"),
            text=True,
            cwd=folder,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return run


def test_the_lines_of_the_readme_run(readme_lines, folder):
    readme_lines("On the command line")
    assert (folder / "zones.gpkg").is_file() and (folder / "statistics.csv").is_file()
    page = (folder / "evaluation.html").read_text(encoding="utf-8")
    assert "parcels of zone 4" in page and "Synthetic district E" in page
    assert page.count(">parcels</text>") == SCORES, "a histogram per score"
    assert (folder / "parks.xlsx").is_file() and (folder / "districts_by_zone.xlsx").is_file()
    industries = rows(folder / "industries.csv")
    assert len(industries) == 18 and sum(row["finding"] == "no_parcel" for row in industries) == 1
    assert "Spearman" in (folder / "industries.html").read_text(encoding="utf-8")
    assert (folder / "lead_areas.gpkg").is_file() and (folder / "reserve.gpkg").is_file()
    revitalise, renovate = rows(folder / "revitalise.csv"), rows(folder / "renovate.csv")
    # Zone 1 has 56 parcels, as `evaluate` tells; what is in both lists heads both.
    assert len(renovate) == 56 and {row["zone"] for row in renovate} == {"1"}
    both = [row["parcel"] for row in revitalise if row["priority"]]
    assert both == [row["parcel"] for row in renovate[: len(both)]] and len(both) < len(revitalise)
    assert {row["land_lvl"] for row in revitalise} == {"3", "4"}
    page = (folder / "responses.html").read_text(encoding="utf-8")
    assert "Synthetic district A" in page and "floor area ratio" in page
    alerted = rows(folder / "alerts.csv")
    # One alert at least for each of the five parcels that resources/demo/README.md lets fall.
    assert {row["parcel"] for row in alerted} == {"1025", "1035", "1060", "1082", "1106"}
    assert all(row["meaning"] for row in alerted)
    page = (folder / "change.html").read_text(encoding="utf-8")
    assert "made of several parcels of the base year" in page and "left zone 4" in page


def test_the_line_for_raw_layers_gives_the_prepared_columns(readme_lines, qgis_process, folder):
    """Those of the demonstration data come from its own script, with shapely."""
    readme_lines("In the toolbox")
    assert rows(folder / "unmatched.csv") == []
    table = folder / "indicators.csv"
    answer = qgis_process(
        "run", "native:savefeatures", "--", f"INPUT={folder / 'indicators.gpkg'}", f"OUTPUT={table}"
    )
    assert answer.code == 0
    prepared = {
        "output": "syn_output",
        "tax": "syn_tax",
        "scale": "syn_scale",
        "giant": "syn_giant",
        "hightech": "syn_hitech",
        "out_mu": "syn_out_mu",
        "tax_mu": "syn_tax_mu",
        "inv_mu": "syn_inv_mu",
        "talent": "syn_talent",
        "elec_out": "syn_elec",
        "wat_out": "syn_water",
        "grn_rat": "syn_grnrat",
        "bld_coef": "bld_coef_1",
    }
    found = rows(table)
    assert len(found) == 117
    for ours, theirs in prepared.items():
        for row in found:
            expected = pytest.approx(float(row[theirs]), rel=1e-4, abs=1e-4) if row[theirs] else ""
            assert (float(row[ours]) if row[ours] else "") == expected, (row["parcel_id"], ours)


@pytest.mark.parametrize(("algorithm", "package"), [("naturalbreaks", "jenkspy"), ("localmoran", "esda")])
def test_an_engine_that_does_not_run_is_one_sentence(run_json, demo, folder, monkeypatch, algorithm, package):
    bare = folder / "broken"
    bare.mkdir(exist_ok=True)
    for name in ("jenkspy", "esda", "libpysal"):
        (bare / f"{name}.py").write_text("raise RuntimeError('built for another numpy')")
    monkeypatch.setenv("PYTHONPATH", str(bare))
    path = folder / "engine.gpkg"
    answer = run_json(algorithm, INPUT=demo(), FIELD="area_m2", ENGINE=1, OUTPUT=path)
    assert answer.code != 0 and not path.exists()
    said = answer.out + answer.err
    assert "Traceback" not in said
    assert f"{package} is installed but cannot be imported (built for another numpy)" in said


def test_indicator_diagnostics_name_what_overlaps(qgis_process, demo, folder):
    answer = qgis_process(
        "run",
        "agglomeration:indicatordiagnostics",
        "--",
        f"INPUT={demo()}",
        f"INDEX_SYSTEM={demo('index_system_synthetic_fields')}",
        "SAMPLES=10",
        f"OUTPUT={folder / 'indicators.csv'}",
        f"BREAK_STABILITY={folder / 'stability.csv'}",
    )
    assert answer.code == 0
    assert "output and tax overlap" in answer.out + answer.err
    assert len(rows(folder / "indicators.csv")) == 18
    assert len(rows(folder / "stability.csv")) == 3 * 4


def test_walking_coverage_and_access_feed_the_evaluation(run_json, demo, folder):
    covered, rated = folder / "covered.gpkg", folder / "rated.gpkg"
    answer = run_json(
        "walkcoverage",
        INPUT=demo(),
        FACILITIES=demo("facilities_planned_synthetic"),
        CLASS_FIELD="class",
        NETWORK=demo("roads"),
        TYPE_FIELD="type",
        OUTPUT=covered,
    )
    assert answer.code == 0 and answer.results["EXCLUDED"] == 0
    answer = run_json(
        "accessibilityscore",
        INPUT=covered,
        ROADS=demo("roads"),
        ROADS_TYPE="type",
        PLACES=demo("pois"),
        PLACES_TYPE="type",
        OUTPUT=rated,
    )
    assert answer.code == 0
    answer = run_json(
        "evaluate",
        INPUT=rated,
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        PERMUTATIONS=99,
        OUTPUT=folder / "zones_of_access.gpkg",
    )
    assert answer.code == 0


def test_a_parcel_is_explained(run_json, demo, folder):
    """Evaluate, keep targets and breaks, ask why; the CSV tables of one run are the input of the next."""
    zones, targets, breaks = (folder / name for name in ("asked.gpkg", "targets.csv", "breaks.csv"))
    answer = run_json(
        "evaluate",
        INPUT=demo(),
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        PERMUTATIONS=99,
        OUTPUT=zones,
        TARGETS=targets,
        BREAKS=breaks,
    )
    assert answer.code == 0, answer.err
    question = {
        "INPUT": zones,
        "ID_FIELD": "parcel_id",
        "INDEX_SYSTEM": targets,
        "FIXED_BREAKS": breaks,
        "OUTPUT": folder / "why.csv",
        "REPORT": folder / "why.html",
    }
    answer = run_json("explain", **question, PARCELS="1043")
    assert answer.code == 0 and answer.results["EXPLAINED"] == 1, answer.err
    assert "another zone" not in answer.out + answer.err
    row = rows(folder / "why.csv")[0]
    assert f"zone {row['zone']} " in row["why"] and row["gives"] and row["econ_down"]
    assert "Parcel 1043 is in zone" in (folder / "why.html").read_text(encoding="utf-8")
    (folder / "why.csv").unlink()
    answer = run_json("explain", **question, PARCELS="1043, 9999")
    assert answer.code != 0 and "There is no parcel 9999" in answer.out + answer.err
    assert not (folder / "why.csv").exists()


def test_two_years_are_compared(run_json, demo, folder):
    """The demonstration against a copy of itself: nothing changes, and every parcel is counted once."""
    copy = folder / "this year.gpkg"
    copy.write_bytes(Path(demo().split("|")[0]).read_bytes())
    answer = run_json(
        "zonechange",
        INPUT=f"{copy}|layername=parcels_partly_synthetic",
        BASE=demo(),
        ID_FIELD="parcel_id",
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        OUTPUT=folder / "change.gpkg",
        TRANSITIONS=folder / "transitions.csv",
        REPORT=folder / "change.html",
    )
    assert answer.code == 0, answer.err
    numbers = answer.results
    assert (numbers["CHANGED"], numbers["ALERTED"], numbers["NEW"], numbers["LOST"]) == (0, 0, 0, 0)
    assert sum(float(row["parcels"]) for row in rows(folder / "transitions.csv")) == pytest.approx(117)
    assert "</html>" in (folder / "change.html").read_text(encoding="utf-8")


def test_the_demonstrations_next_year(run_json, demo, folder):
    """What happened to its parcels: resources/demo/README.md."""
    answer = run_json(
        "zonechange",
        INPUT=demo("parcels_next_year_partly_synthetic"),
        BASE=demo(),
        ID_FIELD="parcel_id",
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        STAGE_FIELD="syn_stage",
        OUTPUT=folder / "next_year.csv",
        GONE=folder / "gone.csv",
    )
    assert answer.code == 0, answer.err
    assert (answer.results["NEW"], answer.results["LOST"]) == (1, 1)
    assert [row["parcel"] for row in rows(folder / "gone.csv")] == ["1116"]
    parcels = {row["parcel_id"]: row for row in rows(folder / "next_year.csv")}
    origins = {name: (row["match"], row["base_id"]) for name, row in parcels.items() if row["match"] != "id"}
    assert origins == {
        "1118": ("split", "1044"),
        "1119": ("split", "1044"),
        "1120": ("merged", "1047, 1048"),
        "1121": ("new", ""),
    }
    changes = {name: int(row["zone_chg"]) for name, row in parcels.items() if row["zone_chg"]}
    assert all(changes[name] < 0 for name in ("1025", "1035", "1060", "1082", "1106"))
    assert all(changes[name] > 0 for name in ("1011", "1038", "1070", "1101"))
    assert {row["stage"] for row in parcels.values()} == {
        "admission",
        "supply",
        "use",
        "supervision",
        "exit",
    }


def test_facility_density_writes_parcels_and_classes(run_json, demo, folder):
    answer = run_json(
        "facilitydensity",
        INPUT=demo(),
        ID_FIELD="parcel_id",
        FACILITIES=demo("pois"),
        CLASS_FIELD="class",
        DISTANCE=100,
        OUTPUT=folder / "density.gpkg",
        DENSITY=folder / "density.csv",
    )
    assert answer.code == 0, answer.err
    assert answer.results["EXCLUDED"] == 0
    table = rows(folder / "density.csv")
    assert len(table) == 117 * 4
    assert {row["class"] for row in table} == {"commerce", "daily", "finance", "medical"}


def test_join_counts_come_back_as_numbers(run_json, demo, folder):
    """Joins of different land uses, as the last row of the table has them."""
    table = folder / "joins.csv"
    answer = run_json("joincounts", INPUT=demo(), FIELD="landuse", OUTPUT=table)
    assert answer.code == 0, answer.err
    total = rows(table)[-1]
    assert total["kind"] == "total"
    for name, column in (("DIFFERENT", "joins"), ("EXPECTED", "expected"), ("Z", "z"), ("P", "p")):
        assert answer.results[name] == pytest.approx(float(total[column])), name


def test_a_zone_matrix_is_a_text_on_the_command_line(qgis_process, folder):
    """As QGIS writes it when a clicked matrix is copied as a qgis_process command."""
    levels = [(economy, land) for economy in (4, 3, 2, 1) for land in (4, 3, 2, 1)]
    points = [
        {
            "type": "Feature",
            "properties": {"econ_lvl": economy, "land_lvl": land},
            "geometry": {"type": "Point", "coordinates": [land, economy]},
        }
        for economy, land in levels
    ]
    (folder / "cells.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": points}))
    matrix = "4,4,3,3,4,4,3,3,2,2,2,3,1,1,1,1"
    answer = qgis_process(
        "run",
        "agglomeration:crosstabulate",
        f"--INPUT={folder / 'cells.geojson'}",
        f"--MATRIX={matrix}",
        f"--OUTPUT={folder / 'cells.csv'}",
    )
    assert answer.code == 0, answer.err
    assert [row["zone"] for row in rows(folder / "cells.csv")] == matrix.split(",")
