"""Numbers are read and written the same where the system marks decimals with a comma."""

import shutil
import subprocess

import pytest

SYSTEM = (
    "indicator;layer;dimension;field;direction;target;lower;upper;weight\n"
    'a;econ;d;syn_output;benefit;"2,5";;;"0,75"\nb;econ;d;syn_tax;benefit;"1,5";;;"0,25"\n'
)
JUDGEMENTS = 'parent;a;b;value\ngoal;x;y;"1,5"\ngoal;x;z;"2,5"\ngoal;y;z;"1,25"\n'


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    """Environment of a system in German, compiled for the tests."""
    folder = tmp_path_factory.mktemp("locales")
    if not shutil.which("localedef"):
        pytest.skip("localedef is missing")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"], capture_output=True, check=False
    )
    if not (folder / "de_DE.UTF-8" / "LC_NUMERIC").is_file():
        pytest.skip(f"the German locale cannot be compiled: {made.stderr.decode()}")
    comma = subprocess.run(
        ["locale", "decimal_point"],
        env={"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert comma == ",\n"
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}


def profile(folder):
    """A profile of QGIS in English whose numbers are German."""
    place = folder / "profiles" / "default" / "QGIS"
    place.mkdir(parents=True)
    for name in ("QGIS3.ini", "QGIS4.ini"):
        (place / name).write_text(
            "[PythonPlugins]\nparcel_agglomeration=true\n"
            "[locale]\noverrideFlag=true\nuserLocale=en_US\nglobalLocale=de_DE\nshowGroupSeparator=true\n",
            encoding="utf-8",
        )
    return {"QGIS_CUSTOM_CONFIG_PATH": str(folder)}


@pytest.fixture
def everywhere(qgis_process, german, tmp_path):
    """Files that a run writes, by name, under a plain locale, a German one, and German numbers in QGIS."""

    def run(algorithm, given, names):
        made = []
        environments = {
            "C": {"LC_ALL": "C.UTF-8"} | english(tmp_path),
            "system": german | english(tmp_path),
            "QGIS": german | profile(tmp_path / "profile"),
        }
        for place, environment in environments.items():
            folder = tmp_path / place
            folder.mkdir()
            outputs = {name: str(folder / file) for name, file in names.items()}
            answer = qgis_process(
                "run", f"agglomeration:{algorithm}", "--",
                *(f"{name}={value}" for name, value in (given | outputs).items()),
                **environment,
            )  # fmt: skip
            assert answer.code == 0, answer.out + answer.err
            made.append({path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".qmd"})
        return made

    return run


def english(folder):
    """A profile of QGIS in English, whatever the system."""
    place = folder / "english" / "profiles" / "default" / "QGIS"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("QGIS3.ini", "QGIS4.ini"):
        (place / name).write_text(
            "[PythonPlugins]\nparcel_agglomeration=true\n[locale]\noverrideFlag=true\nuserLocale=en_US\n",
            encoding="utf-8",
        )
    return {"QGIS_CUSTOM_CONFIG_PATH": str(folder / "english")}


def test_an_evaluation_is_the_same(everywhere, demo):
    given = {"INPUT": demo(), "INDEX_SYSTEM": demo("index_system_synthetic_fields"), "PERMUTATIONS": 99}
    names = {
        "OUTPUT": "zones.csv",
        "STATISTICS": "statistics.csv",
        "TARGETS": "targets.csv",
        "REPORT": "report.html",
    }
    plain, system, qgis = everywhere("evaluate", given, names)
    assert plain.keys() == set(names.values())
    assert [name for name in plain if system[name] != plain[name] or qgis[name] != plain[name]] == []


def test_decimal_commas_in_an_index_system_are_understood(everywhere, demo, tmp_path):
    table = tmp_path / "system.csv"
    table.write_text(SYSTEM, encoding="utf-8")
    names = {"OUTPUT": "scores.csv", "TARGETS": "targets.csv"}
    plain, system, qgis = everywhere("targetscores", {"INPUT": demo(), "INDEX_SYSTEM": table}, names)
    assert plain == system == qgis
    assert b",2.5," in plain["targets.csv"] and b",0.75" in plain["targets.csv"]


def test_so_are_those_of_judgements(everywhere, tmp_path):
    table = tmp_path / "judgements.csv"
    table.write_text(JUDGEMENTS, encoding="utf-8")
    system_table = tmp_path / "system.csv"
    lines = ["indicator,layer,dimension,direction", *(f"{code},econ,d,benefit" for code in "xyz")]
    system_table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = {"OUTPUT": "weights.csv", "RANKED": "ranked.csv"}
    plain, system, qgis = everywhere("ahpweights", {"JUDGEMENTS": table, "INDEX_SYSTEM": system_table}, names)
    assert plain == system == qgis
    assert b"1.25" in plain["ranked.csv"]
