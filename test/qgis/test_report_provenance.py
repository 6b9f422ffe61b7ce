"""What a report says of its run."""

import re

import pytest
from qgis.core import QgsApplication, QgsField, QgsProcessingParameterFileDestination, QgsSettings
from qgis.PyQt.QtCore import QMetaType

from ..sound_runs import RUNS, in_memory, sound_run


@pytest.fixture
def chinese(plugin):
    """The plugin as QGIS in Chinese loads it; skipped where its catalogue is not compiled."""
    plugin.unload()
    QgsSettings().setValue("locale/overrideFlag", True)
    QgsSettings().setValue("locale/userLocale", "zh-Hans")
    plugin.initProcessing()
    if plugin.translator is None:
        pytest.skip("the catalogue is not compiled: lrelease is missing")
    yield
    QgsSettings().remove("locale/overrideFlag")
    QgsSettings().remove("locale/userLocale")
    plugin.unload()
    plugin.initProcessing()


def footer_rows(path):
    """Rows of the provenance of a report."""
    footer = path.read_text(encoding="utf-8").partition("<footer>")[2]
    return [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", footer)]


def run_with_report(run, algorithm, tmp_path, **more):
    path = tmp_path / "report.html"
    run(algorithm, **{**sound_run(algorithm), "REPORT": str(path), **more})
    return path


def test_settings_stand_in_words_and_as_scripts_write_them(run, tmp_path):
    path = run_with_report(run, "localmoran", tmp_path, METHOD=0, CORRECTION=1)
    rows = footer_rows(path)
    assert rows[0] == ["Algorithm", "Local Moran&#x27;s I (LISA)", "agglomeration:localmoran"]
    by_id = {row[2].partition(" = ")[0]: row for row in rows if row[2]}
    assert by_id["PERMUTATIONS"] == ["Permutations", "99", "PERMUTATIONS = 99"]
    method = QgsApplication.processingRegistry().algorithmById("agglomeration:localmoran")
    options = method.parameterDefinition("CORRECTION").options()
    assert by_id["CORRECTION"][1:] == [options[1], "CORRECTION = [1]"]
    assert by_id["SAVE_STYLE"][1:] == ["no", "SAVE_STYLE = False"]
    assert by_id["INPUT"][1].startswith("parcels_partly_synthetic")


def test_settings_and_units_are_in_chinese_where_qgis_is(chinese, run, tmp_path):
    page = run_with_report(run, "evaluate", tmp_path)
    rows = footer_rows(page)
    settings = [row for row in rows if " = " in row[2]]
    assert len(settings) > 10
    assert [row for row in settings if not re.search("[\u4e00-\u9fff]", row[0])] == []
    (style,) = (row for row in settings if row[2] == "SAVE_STYLE = False")
    assert style[1] == "否"
    text = page.read_text(encoding="utf-8").partition("<footer>")[0]
    assert "<td>万元/亩</td>" in text and "CNY" not in text


def writes_parcels_and_report(provider):
    """Algorithms with a report that keep the fields of their input in OUTPUT."""
    definitions = ((name, provider.algorithm(name)) for name in RUNS)
    for name, definition in definitions:
        report = definition.parameterDefinition("REPORT")
        kept = definition.parameterDefinition("SAVE_STYLE") and "INPUT" in RUNS[name]
        if kept and isinstance(report, QgsProcessingParameterFileDestination):
            yield name


def test_a_report_tells_which_fields_gave_way(run, provider, tmp_path):
    told = 0
    for name in writes_parcels_and_report(provider):
        plain = run(name, **sound_run(name))
        given = sound_run(name)
        layer = given["INPUT"]
        own = set(plain.layer().fields().names()) - set(layer.fields().names()) - {"fid"}
        if not own or name == "spatialweights":
            continue
        clash = sorted(own)[0]
        layer = in_memory(layer)
        layer.dataProvider().addAttributes([QgsField(clash, QMetaType.Type.QString)])
        layer.updateFields()
        path = run_with_report(run, name, tmp_path, INPUT=layer)
        assert "Fields of the input that give way" in path.read_text(encoding="utf-8"), name
        told += 1
    assert told >= 8
