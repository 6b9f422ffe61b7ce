"""Nothing in a layer is run, and nothing of the machine leaves with a result."""

import ast
import csv
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from qgis.core import (
    QgsApplication,
    QgsField,
    QgsFields,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QMetaType

from .. import sound_runs
from ..sound_runs import RUNS, SCORE, sound_run

ROOT = Path(__file__).resolve().parents[2]
# QGIS cuts names of fields at semicolons.
EVIL_FIELD = """=x" ') DROP TABLE t --<script>alert(1)</script>"""
EVIL = """=cmd|' /C calc'!A0"><img src=x onerror=alert(1)>[% env('HOME') %]{0}%s'; DROP TABLE t; --"""
# Texts that are keys of the method rather than words of the user.
KEYS = {
    "indicator", "layer", "dimension", "field", "direction", "target_src",
    "parent", "a", "b", "type", "class", "zone_src", "zone_lbl",
}  # fmt: skip
FOLDER = "geheim_7391"
VOID = {"br", "col", "hr", "img", "input", "link", "meta"}


def hostile_text(column, text):
    """The text behind the hostile one; the name of the hostile field where a column names fields."""
    if column == "field":
        return EVIL_FIELD if text == SCORE else text
    return text if column in KEYS else EVIL + text


def hostile(layer):
    """A copy of a layer with hostile words in front of its texts, and a hostile name for its score."""
    fields = QgsFields(layer.fields())
    made = QgsVectorLayer(QgsWkbTypes.displayString(layer.wkbType()), EVIL, "memory")
    made.setCrs(layer.crs())
    made.dataProvider().addAttributes(
        [QgsField(EVIL_FIELD, field.type()) if field.name() == SCORE else _wide(field) for field in fields]
    )
    made.updateFields()
    features = list(layer.getFeatures())
    for feature in features:
        values = zip(fields.names(), feature.attributes(), strict=True)
        feature.setAttributes([hostile_text(n, v) if isinstance(v, str) else v for n, v in values])
    assert made.dataProvider().addFeatures(features)[0]
    return made


def _wide(field):
    return QgsField(field.name(), field.type()) if field.type() == QMetaType.Type.QString else field


def hostile_run(algorithm):
    """A sound run over hostile layers."""
    return {
        name: hostile(value) if isinstance(value, QgsVectorLayer) else EVIL_FIELD if value == SCORE else value
        for name, value in sound_run(algorithm).items()
    }


class Page(HTMLParser):
    """Elements and attributes of a page; what is open where it ends."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.words = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements |= {(tag, name) for name, _ in attributes} | {(tag, "")}
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def outputs(provider):
    """Run an algorithm with every destination in a folder; paths of what it made."""
    import processing

    def run(algorithm, parameters, folder, ending):
        folder.mkdir()
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        layers = [value for value in parameters.values() if isinstance(value, QgsVectorLayer)]
        QgsProject.instance().addMapLayers(layers, False)
        definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}")
        for output in definition.destinationParameterDefinitions():
            if output.type() == "folderDestination":
                continue
            own = output.type() != "sink"
            suffix = output.defaultFileExtension() if own else ending
            parameters[output.name()] = str(folder / f"{output.name()}.{suffix}")
        if definition.parameterDefinition("SAVE_STYLE") is not None:
            parameters["SAVE_STYLE"] = True
        processing.run(definition, parameters, context=context, feedback=QgsProcessingFeedback(False))
        return sorted(path for path in folder.iterdir() if path.is_file())

    return run


@pytest.mark.parametrize("ending", ["csv", "gpkg"])
@pytest.mark.parametrize("algorithm", RUNS)
def test_names_and_values_are_words_alone(outputs, tmp_path, algorithm, ending):
    made = outputs(algorithm, hostile_run(algorithm), tmp_path / "hostile", ending)
    plain = outputs(algorithm, sound_run(algorithm), tmp_path / "plain", ending)
    assert [path.name for path in made] == [path.name for path in plain]
    for path, other in zip(made, plain, strict=True):
        if path.suffix == ".html":
            page, expected = (Page(one.read_text(encoding="utf-8")) for one in (path, other))
            assert page.elements <= expected.elements | {("text", "textlength")}
            assert page.open == expected.open == []
        elif path.suffix == ".csv":
            assert_no_formula(path)
        elif path.suffix == ".gpkg":
            rows, expected = (QgsVectorLayer(str(one), "", "ogr") for one in (path, other))
            assert rows.isValid() and rows.featureCount() == expected.featureCount()


def assert_no_formula(path):
    """No cell of a table is a formula."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.reader(stream):
            assert not [cell for cell in row if is_formula(cell)]


def is_formula(cell):
    """Whether a spreadsheet would compute a cell."""
    try:
        float(cell)
    except ValueError:
        return len(cell) > 1 and cell[0] in "=+-@\t\r"
    return False


def unpacked(path):
    """Bytes of a file, and of the compressed streams of a PDF."""
    whole = path.read_bytes()
    for stream in (
        re.findall(rb"stream\r?\n(.*?)endstream", whole, re.DOTALL) if path.suffix == ".pdf" else ()
    ):
        try:
            whole += zlib.decompress(stream)
        except zlib.error:
            whole += stream
    return whole


@pytest.mark.parametrize("algorithm", RUNS)
def test_no_path_and_no_user_leaves_with_a_result(outputs, tmp_path, monkeypatch, algorithm):
    home = tmp_path / FOLDER
    home.mkdir()
    (home / "demo.gpkg").write_bytes(sound_runs.DEMO.read_bytes())
    monkeypatch.setattr(sound_runs, "DEMO", home / "demo.gpkg")
    monkeypatch.setattr(QgsApplication, "userFullName", lambda: FOLDER)
    for path in outputs(algorithm, sound_run(algorithm), home / "made", "gpkg"):
        assert FOLDER.encode() not in unpacked(path), path.name


FORBIDDEN_MODULES = {
    "socket", "http", "urllib", "ftplib", "smtplib", "requests", "asyncio", "subprocess", "pickle",
    "marshal", "shelve", "ctypes", "webbrowser",
}  # fmt: skip
FORBIDDEN_NAMES = {
    "eval", "exec", "compile", "__import__", "QProcess", "QNetworkAccessManager", "QTcpSocket",
    "QgsNetworkAccessManager", "QgsBlockingNetworkRequest", "QgsFileDownloader", "QgsNetworkContentFetcher",
}  # fmt: skip


def reaches_out(source):
    """Names in a module that would run text or reach the network or the shell."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] in FORBIDDEN_MODULES}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = {name.name for name in node.names} & FORBIDDEN_NAMES
            found |= names | ({node.module} if node.module.split(".")[0] in FORBIDDEN_MODULES else set())
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & FORBIDDEN_NAMES
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found |= {"os.system"} if ast.unparse(node.func) in ("os.system", "os.popen") else set()
    return found


@pytest.mark.parametrize(
    "source",
    ["import urllib.request", "from http import client", "eval('1')", "import os\nos.system('ls')",
     "from qgis.PyQt.QtCore import QProcess"],
)  # fmt: skip
def test_what_would_reach_out_is_seen(source):
    assert reaches_out(source)


def test_no_module_of_the_plugin_reaches_out_or_runs_text():
    modules = [ROOT / "plugin.py", *(ROOT / "algorithms").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]
    assert len(modules) > 100
    assert [path.name for path in modules if reaches_out(path.read_text(encoding="utf-8"))] == []
