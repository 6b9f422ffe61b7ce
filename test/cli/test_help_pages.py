"""The help pages: what they say runs, and they need nothing but themselves."""

import csv
import json
import re
import shlex
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
HELP = ROOT / "resources" / "help"
PAGES = sorted(page.stem for page in (HELP / "en").glob("*.html") if page.stem != "index")
FILES = sorted(HELP.glob("*/*.html"))
LARGEST_PICTURE = 100_000
LOCALES = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}
LANGUAGES = list(LOCALES)
# Parameters that the evaluated files are written to, never read from.
WRITTEN = ("OUTPUT", "STATISTICS", "TARGETS", "BREAKS")
FILE_NAME = re.compile(r"[a-z_]+\.[a-z]+")


def parsed(path):
    return ElementTree.parse(path).getroot()  # noqa: S314 - our own files


def page(language, algorithm):
    return parsed(HELP / language / f"{algorithm}.html")


def command(tree):
    (line,) = [e for e in tree.iter("pre") if e.get("class") == "command"]
    return line.text


def stated(tree):
    return {e.get("data-output"): e.get("value") for e in tree.iter("data")}


def as_precise_as(text):
    """Half a unit of the last digit of a number as written."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])


def number(results, output):
    """A number of a run: an output; of a table how many rows it has, or "TABLE row column" of a CSV file."""
    name, *cell = output.split()
    if not str(results[name]).endswith(".csv"):
        return float(results[name])
    with Path(results[name]).open(encoding="utf-8-sig", newline="") as table:
        lines = list(csv.DictReader(table))
    if not cell:
        return len(lines)
    row, column = cell
    return next(float(line[column]) for line in lines if row in line.values())


def test_both_languages_have_the_same_pages():
    assert PAGES
    assert {p.stem for p in (HELP / "zh").glob("*.html")} == {*PAGES, "index"}


@pytest.fixture(scope="session")
def evaluated(qgis_process, demo, tmp_path_factory):
    """Files that a page may begin with: what `evaluate` made, by the names that its own page gives them."""
    folder = tmp_path_factory.mktemp("evaluated")
    made = {
        "OUTPUT": "zones.gpkg",
        "STATISTICS": "statistics.csv",
        "TARGETS": "index_system.csv",
        "BREAKS": "breaks.csv",
    }
    given = {
        "INPUT": demo(),
        "INDEX_SYSTEM": demo("index_system_synthetic_fields"),
        "ID_FIELD": "parcel_id",
        "DISTRICT_FIELD": "syn_distr",
        **{name: folder / file for name, file in made.items()},
    }
    parameters = [f"{name}={value}" for name, value in given.items()]
    answer = qgis_process("run", "agglomeration:evaluate", "--", *parameters)
    assert answer.code == 0, answer.err
    return {file: folder / file for file in made.values()}


@pytest.mark.parametrize("algorithm", PAGES)
def test_the_command_of_a_page_gives_the_numbers_of_its_example(qgis_process, evaluated, algorithm, tmp_path):
    tree = page("en", algorithm)
    program, verb, name, dashes, *parameters = shlex.split(command(tree))
    assert [program, verb, name, dashes] == ["qgis_process", "run", f"agglomeration:{algorithm}", "--"]
    # A bare file name is what `evaluate` has written, or else goes to the folder of the test.
    redirected = []
    written = []
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if value in evaluated and key not in WRITTEN:
            value = evaluated[value]
        elif FILE_NAME.fullmatch(value):
            written.append(tmp_path / value)
            value = written[-1]
        redirected.append(f"{key}={value}")
    answer = qgis_process("--json", verb, name, dashes, *redirected)
    assert answer.code == 0, answer.err
    assert written
    assert all(path.stat().st_size > 0 for path in written)
    numbers = stated(tree)
    assert numbers
    for output, text in numbers.items():
        assert number(answer.results, output) == pytest.approx(float(text), rel=0, abs=as_precise_as(text))


@pytest.mark.parametrize("algorithm", PAGES)
def test_both_languages_say_the_same_command_numbers_and_formula(algorithm):
    english, chinese = page("en", algorithm), page("zh", algorithm)
    assert command(english) == command(chinese)
    assert stated(english) == stated(chinese)
    formulas = [["".join(e.itertext()) for e in tree.iter("math")] for tree in (english, chinese)]
    assert formulas[0]
    assert formulas[0] == formulas[1]


@pytest.mark.parametrize("algorithm", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_which_data_is_synthetic_and_is_in_the_index(language, algorithm):
    caption = "".join(next(page(language, algorithm).iter("figcaption")).itertext())
    assert re.search("synthetic|illustrative|合成|仅作演示", caption)
    assert f"{algorithm}.html" in [e.get("href") for e in page(language, "index").iter("a")]


@pytest.fixture(scope="session")
def toolbox(qgis_process):
    """Algorithms as the toolbox shows them in a language: by name, what `qgis_process list` tells of each."""

    def show(language):
        listed = qgis_process("--json", "list", LC_ALL=LOCALES[language])
        assert listed.code == 0, listed.err
        shown = json.loads(listed.out)["providers"]["agglomeration"]["algorithms"]
        return {name.partition(":")[2]: algorithm for name, algorithm in shown.items()}

    return lru_cache(show)


@pytest.fixture(params=LANGUAGES)
def language(request):
    """A language of the toolbox; skipped where the toolbox cannot speak it."""
    if request.param != "en" and not list((ROOT / "resources" / "i18n").glob("*.qm")):
        pytest.skip("lrelease is missing: the toolbox has no Chinese")
    return request.param


@pytest.mark.parametrize("algorithm", PAGES)
def test_a_page_is_called_as_its_algorithm_in_the_toolbox(toolbox, language, algorithm):
    tree = page(language, algorithm)
    name = toolbox(language)[algorithm]["name"]
    assert [tree.findtext("head/title"), tree.findtext("body/h1")] == [name, name]


def test_the_index_lists_every_algorithm_in_the_groups_of_the_toolbox(toolbox, language):
    listed = {}
    group = None
    for element in page(language, "index").find("body").iter():
        if element.tag == "h2":
            group = element.text
        elif element.tag == "a" and group:
            listed[Path(element.get("href")).stem] = (group, element.text)
    shown = toolbox(language)
    assert listed == {name: (algorithm["group"], algorithm["name"]) for name, algorithm in shown.items()}


@pytest.mark.parametrize("algorithm", PAGES)
def test_each_language_has_pictures_of_its_own(algorithm):
    for tree_language in LANGUAGES:
        for picture in page(tree_language, algorithm).iter("img"):
            assert tree_language in re.split(r"[/_.]", picture.get("src")), picture.get("src")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_page_loads_only_small_files_that_are_there(path):
    tree = parsed(path)
    assert tree.get("lang") == {"en": "en", "zh": "zh-Hans"}[path.parent.name]
    assert not list(tree.iter("script"))
    targets = [e.get(key) for e in tree.iter() for key in ("href", "src") if e.get(key)]
    for target in targets:
        assert ":" not in target
        assert (path.parent / target.partition("#")[0]).is_file(), target
    for picture in tree.iter("img"):
        assert picture.get("alt")
        assert (path.parent / picture.get("src")).stat().st_size < LARGEST_PICTURE
