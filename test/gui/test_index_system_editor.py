"""The index system editor: fields, targets and weights, by its model and by keys."""

import csv
import gc
import importlib
import math
import sys

import pytest
from qgis.core import QgsApplication, QgsFeature, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QFont, QFontMetrics
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QComboBox, QLineEdit

KEY, LEFT = Qt.Key, Qt.MouseButton.LeftButton
TIP, EDIT = Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.EditRole
WAIT = 5000


@pytest.fixture
def language(qgis_app, monkeypatch):
    """Set the language of the editor: language("zh")."""
    from parcel_agglomeration.algorithms.indicators import index_system_parameters
    from parcel_agglomeration.ui import index_system_model

    def choose(code):
        for module in (index_system_parameters, index_system_model):
            monkeypatch.setattr(module, "user_language", lambda: code)

    choose("en")
    return choose


@pytest.fixture
def editor(language):
    """The editor with the paper's index system."""
    from parcel_agglomeration.ui.index_system import IndexSystemEditor

    made = IndexSystemEditor()
    made.resize(1100, 600)
    made.show()
    QTest.qWaitForWindowExposed(made)
    made.activateWindow()
    made.view.setFocus()
    yield made
    made.setLayer(None)
    made.deleteLater()


@pytest.fixture
def layer(qgis_app):
    """Make a layer of columns: layer({"tax": ("double", [1, None])})."""

    def make(columns):
        fields = "&".join(f"field={name}:{kind}" for name, (kind, _) in columns.items())
        made = QgsVectorLayer(f"NoGeometry?{fields}", "parcels", "memory")
        features = []
        for values in zip(*(values for _, values in columns.values()), strict=True):
            features.append(QgsFeature(made.fields()))
            features[-1].setAttributes(list(values))
        assert made.dataProvider().addFeatures(features)[0]
        return made

    return make


def read(editor):
    """Wait until the fields are read."""
    for _ in range(WAIT):
        if not editor.model.reader.busy:
            break
        QTest.qWait(1)
    assert not editor.model.reader.busy


def cell(editor, indicator, column, role=Qt.ItemDataRole.DisplayRole):
    return editor.model.data(place(editor, indicator, column), role)


def place(editor, indicator, column):
    from parcel_agglomeration.ui.index_system_model import COLUMNS

    return editor.model.index(editor.system().codes.index(indicator), COLUMNS.index(column))


def row(editor, indicator):
    return next(row for row in editor.rows() if row["indicator"] == indicator)


def test_the_paper_s_system_comes_back_as_it_was_given(editor):
    from parcel_agglomeration.algorithms.indicators.index_system import COLUMNS, preset

    assert editor.rows() == preset().rows()
    assert list(editor.rows()[0]) == list(COLUMNS)
    assert editor.problems() == []


def test_fields_are_matched_by_name_alias_and_synonym_and_say_why(editor, layer):
    made = layer({"tax": ("double", [1.0]), "产值": ("double", [2.0]), "x": ("double", [3.0])})
    made.setFieldAlias(2, "floor area ratio")
    editor.setLayer(made)
    assert cell(editor, "tax", "field") == "tax"
    assert "field of the index system" in cell(editor, "tax", "field", TIP)
    assert row(editor, "far")["field"] == "x"
    assert "alias" in cell(editor, "far", "field", TIP)
    assert cell(editor, "grn_rat", "field") == "–"
    assert any("“green ratio” has no field in the layer" in text for text in editor.problems())


def test_values_are_read_in_the_background_and_missing_ones_counted(editor, layer):
    editor.setLayer(
        layer(
            {
                "tax": ("double", [1.5, None, 30.0, None]),
                "output": ("string", ["1,234.5", "", "12 %", "n/a"]),
                "far": ("double", [None] * 4),
            }
        )
    )
    assert cell(editor, "tax", "missing") == "…", "nothing is known before it is read"
    read(editor)
    assert (cell(editor, "tax", "values"), cell(editor, "tax", "missing")) == ("1.5; 30", "2")
    assert "from 1.5 to 30" in cell(editor, "tax", "values", TIP)
    assert cell(editor, "output", "missing") == "2"
    problems = editor.problems()
    assert "Field output of “annual output” holds “n/a”, which is no number." in problems
    assert "Field far of “floor area ratio” has no values." in problems


def test_another_layer_ends_the_reading(editor, layer):
    many = layer({"tax": ("double", [1.0] * 60_000)})
    few = layer({"tax": ("double", [7.0, None])})
    editor.setLayer(many)
    first = editor.model.reader._task
    editor.setLayer(few)
    assert first.isCanceled()
    read(editor)
    QgsApplication.processEvents()
    assert (cell(editor, "tax", "values"), cell(editor, "tax", "missing")) == ("7", "1")


def test_a_layer_that_goes_is_forgotten(editor, layer):
    made = layer({"tax": ("double", [1.0])})
    editor.setLayer(made)
    del made
    gc.collect()
    editor.setLayer(None)
    assert editor.rows()[1]["field"] == "tax"
    assert editor.problems() == []


def test_a_field_is_chosen_from_the_list(editor, layer):
    editor.setLayer(layer({"tax": ("double", [1.0]), "duty": ("double", [2.0]), "when": ("date", [None])}))
    editor.view.edit(place(editor, "tax", "field"))
    box = editor.view.findChild(QComboBox)
    assert [box.itemText(k) for k in range(box.count())] == ["tax", "duty"], "dates are no numbers"
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert row(editor, "tax")["field"] == "duty"
    assert cell(editor, "tax", "field", TIP) == "Field duty, chosen here"
    read(editor)
    assert cell(editor, "tax", "values") == "2"
    editor.undo.trigger()
    assert row(editor, "tax")["field"] == "tax"


def test_targets_are_typed_and_are_then_no_longer_derived(editor):
    rows = editor.rows()
    rows[0] |= {"target": 100.0, "target_src": "derived: 95th percentile"}
    assert editor.setRows(rows)
    editor.view.setCurrentIndex(place(editor, "output", "target"))
    QTest.keyClick(editor.view, KEY.Key_F2)
    line = editor.view.findChild(QLineEdit)
    line.selectAll()
    QTest.keyClicks(line, "1,250.5")
    QTest.keyClick(line, KEY.Key_Return)
    QgsApplication.processEvents()
    assert row(editor, "output")["target"] == 1250.5
    assert row(editor, "output")["target_src"] == ""
    QTest.keyClick(editor.view, KEY.Key_Delete)
    assert row(editor, "output")["target"] is None
    QTest.keyClick(editor.view, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert row(editor, "output")["target"] == 1250.5


def test_what_cannot_be_a_target_is_told(editor):
    assert not editor.model.setData(place(editor, "output", "target"), "much")
    assert "is not a number" in editor.messages.currentItem().text()
    editor.model.setData(place(editor, "tax", "target"), "-1")
    assert any("a target must be above 0" in text for text in editor.problems())
    editor.model.setData(place(editor, "grn_rat", "upper"), "")
    editor.model.setData(place(editor, "grn_rat", "lower"), "")
    assert any("is an interval without limits" in text for text in editor.problems())


def test_limits_are_of_intervals_and_flags_have_no_target(editor):
    editable = Qt.ItemFlag.ItemIsEditable
    flags = editor.model.flags
    assert flags(place(editor, "grn_rat", "lower")) & editable
    assert not flags(place(editor, "tax", "lower")) & editable
    assert not flags(place(editor, "scale", "target")) & editable
    assert not flags(place(editor, "tax", "weight")) & editable
    editor.model.setData(place(editor, "tax", "direction"), "interval")
    assert flags(place(editor, "tax", "upper")) & editable


def test_the_composite_weight_is_local_times_dimension(editor):
    editor.model.setData(place(editor, "output", "weight_dim"), "0.5")
    for name in ("output", "tax", "scale"):
        made = row(editor, name)
        assert made["weight_dim"] == 0.5
        assert made["weight"] == pytest.approx(made["weight_local"] * 0.5)
    editor.model.setData(place(editor, "acc_now", "weight_local"), "1/4")
    assert row(editor, "acc_now")["weight"] == pytest.approx(0.25 * 0.11)


def test_weights_that_do_not_add_up_are_told_and_can_be_scaled(editor):
    assert not editor.normalise.isEnabled()
    editor.model.setData(place(editor, "output", "weight_local"), "0.5")
    assert "Σ = 1.116" in cell(editor, "output", "weight_dim")
    assert any("add up to 1.116, not 1" in text for text in editor.problems())
    editor.normalise.trigger()
    assert editor.problems() == []
    assert row(editor, "output")["weight_local"] == pytest.approx(0.5 / 1.116)
    editor.undo.trigger()
    editor.undo.trigger()
    assert row(editor, "output")["weight_local"] == 0.384


def test_a_cell_that_is_left_as_it_was_keeps_all_its_digits(editor):
    third = 1 / 3
    rows = editor.rows()
    rows[0]["target"] = third
    editor.setRows(rows)
    index = place(editor, "output", "target")
    editor.model.setData(index, editor.model.data(index, EDIT))
    assert row(editor, "output")["target"] == third


def test_a_column_is_pasted_from_a_spreadsheet_in_one_step(editor):
    QgsApplication.clipboard().setText("0.5\t0.4\r\n0.3\t0.4\r\n0.2\t0.4\r\n")
    editor.view.setCurrentIndex(place(editor, "output", "weight_local"))
    QTest.keyClick(editor.view, KEY.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [row(editor, name)["weight_local"] for name in ("output", "tax", "scale")] == [0.5, 0.3, 0.2]
    assert row(editor, "tax")["weight_dim"] == 0.4
    editor.undo.trigger()
    assert row(editor, "scale")["weight_local"] == 0.195
    QgsApplication.clipboard().setText("0.5\nmuch\n0.2")
    QTest.keyClick(editor.view, KEY.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert row(editor, "output")["weight_local"] == 0.384, "one wrong cell, and none is taken"
    assert editor.messages.currentItem() is not None


def test_an_indicator_can_be_removed_and_the_rest_scaled(editor):
    editor.view.setCurrentIndex(place(editor, "wat_out", "indicator"))
    editor.remove.trigger()
    assert "wat_out" not in editor.system().codes
    assert any("add up to" in text for text in editor.problems())
    editor.normalise.trigger()
    assert row(editor, "elec_out")["weight_local"] == 1
    assert editor.problems() == []


@pytest.mark.parametrize(
    ("page", "shown", "hidden"),
    [("fields", "field", "target"), ("targets", "target", "weight"), ("weights", "weight_local", "field")],
)
def test_a_page_shows_its_columns_and_their_problems(editor, layer, page, shown, hidden):
    from parcel_agglomeration.ui.index_system_model import COLUMNS

    editor.setLayer(layer({"tax": ("double", [1.0])}))
    editor.model.setData(place(editor, "output", "weight_local"), "0.5")
    editor.showColumns(page)
    assert not editor.view.isColumnHidden(COLUMNS.index(shown))
    assert editor.view.isColumnHidden(COLUMNS.index(hidden))
    text = " ".join(editor.problems())
    assert ("has no field" in text) == (page == "fields")
    assert ("add up to" in text) == (page == "weights")


def test_what_is_saved_is_read_back(editor, tmp_path):
    editor.model.setData(place(editor, "tax", "target"), "12.5")
    editor.model.setData(place(editor, "tax", "target_src"), "=plan 2035")
    given = editor.rows()
    assert editor.write(tmp_path / "system.csv")
    with (tmp_path / "system.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert next(csv.reader(stream)) == list(given[0])
    editor.setRows(editor.rows()[:2])
    assert editor.open_file(tmp_path / "system.csv")
    for before, after in zip(given, editor.rows(), strict=True):
        for name, value in before.items():
            assert after[name] == (pytest.approx(value) if isinstance(value, float) else value)


def test_a_table_that_is_no_index_system_is_told(editor, tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert not editor.open_file(tmp_path / "other.csv")
    assert "lacks the column(s)" in editor.messages.currentItem().text()
    assert len(editor.rows()) == 18


def test_weights_may_be_empty(editor):
    from parcel_agglomeration.algorithms.indicators.index_system import preset

    editor.setSystem(preset().without_weights())
    assert math.isnan(editor.system().indicators[0].weight)
    assert "Indicator “output” has no weight." in editor.problems()


def test_in_chinese_indicators_have_their_chinese_names(editor, language):
    language("zh")
    assert cell(editor, "tax", "indicator") == "用地年总税收"
    assert cell(editor, "tax", "dimension").startswith("经济高效")


@pytest.mark.parametrize(("module", "name"), [("field_values", "FieldReader"), ("first_rows", "FirstRows")])
def test_reading_that_outlives_its_reader_harms_nothing(layer, monkeypatch, module, name):
    from qgis.PyQt import sip

    raised = []
    monkeypatch.setattr(sys, "excepthook", lambda *problem: raised.append(problem))
    reader = getattr(importlib.import_module(f"parcel_agglomeration.ui.{module}"), name)()
    parcels = layer({"tax": ("double", [1.0, 2.0])})
    if name == "FirstRows":
        reader.ask(parcels, {"tax": "annual tax"})
    else:
        reader.set_layer(parcels)
        reader.ask(["tax"])
    task = reader._task
    sip.delete(reader)
    for _ in range(WAIT):
        if sip.isdeleted(task):
            break
        QTest.qWait(1)
    assert sip.isdeleted(task) and raised == []


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("page", ["fields", "targets", "weights"])
def test_names_of_dimensions_and_layers_are_shown_whole(editor, language, code, page):
    from parcel_agglomeration.algorithms.indicators.index_system import preset
    from parcel_agglomeration.ui.index_system_model import COLUMNS

    language(code)
    editor.resize(700, 500)
    editor.setSystem(preset())
    editor.showColumns(page)
    column = COLUMNS.index("dimension")
    for row in range(editor.model.rowCount()):
        index = editor.model.index(row, column)
        font = QFont(editor.view.font())
        font.setBold(True)
        widest = max(QFontMetrics(font).horizontalAdvance(line) for line in index.data().splitlines())
        assert widest + 6 <= editor.view.columnWidth(column), index.data()
        assert index.data(TIP) == index.data()


def test_a_very_long_name_of_a_dimension_leaves_room_for_the_others(editor):
    from parcel_agglomeration.algorithms.indicators.index_system import preset
    from parcel_agglomeration.ui.index_system_model import COLUMNS

    rows = preset().rows()
    for row in rows[:3]:
        row["dimension"] = "a dimension with a name that would fill the whole of the table and more"
    editor.resize(700, 500)
    assert editor.setRows(rows)
    editor.showColumns("fields")
    column = COLUMNS.index("dimension")
    assert editor.view.columnWidth(column) < 300
    assert editor.model.index(0, column).data(TIP).startswith(rows[0]["dimension"])
