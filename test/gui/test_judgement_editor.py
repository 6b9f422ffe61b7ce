"""The widgets of the judgement editor, by the keys and clicks of Qt's own test tool."""

import subprocess
import sys
from pathlib import Path

import pytest
from osgeo import ogr
from qgis.core import QgsApplication, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QKeyEvent, QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QFileDialog, QInputDialog, QMessageBox

ROOT = Path(__file__).resolve().parents[2]
KEY, LEFT = Qt.Key, Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def english(qgis_app, monkeypatch):
    from parcel_agglomeration.ui import judgement_editor

    monkeypatch.setattr(judgement_editor, "user_language", lambda: "en")


@pytest.fixture
def dialog(qgis_app, english):
    """The editor's window with the paper's index system, at the node “effic”: output, tax, scale."""
    from parcel_agglomeration.algorithms.indicators.index_system import preset
    from parcel_agglomeration.ui.judgement_dialog import JudgementDialog

    dialog = JudgementDialog(run=lambda layer: None)
    dialog.editor.load_system(preset())
    dialog.editor.select_node("effic")
    dialog.show()
    QTest.qWaitForWindowExposed(dialog)
    dialog.activateWindow()
    dialog.editor.pairs.focus_row(0)
    QgsApplication.processEvents()
    yield dialog
    dialog.editor.model.saved()
    dialog.close()
    dialog.deleteLater()


@pytest.fixture
def editor(dialog):
    return dialog.editor


def values(editor):
    return list(editor.model.judgements(editor.expert, editor.node).values())


def write(edit, text):
    """Type text of any script."""
    for character in text:
        event = QKeyEvent(QEvent.Type.KeyPress, 0, NONE, character)
        QgsApplication.sendEvent(edit, event)


def focused(editor):
    return QgsApplication.focusWidget()


# Keys


def test_keys_on_the_slider_judge(editor):
    slider = editor.pairs.rows[0].slider
    assert focused(editor) is slider
    for key, value in (
        (KEY.Key_Left, 2),
        (KEY.Key_Left, 3),
        (KEY.Key_Right, 2),
        (KEY.Key_5, 5),
        (KEY.Key_Minus, 1 / 5),
        (KEY.Key_Right, 1 / 6),
        (KEY.Key_Home, 9),
        (KEY.Key_Left, 9),
        (KEY.Key_End, 1 / 9),
        (KEY.Key_Space, 1),
        (KEY.Key_Delete, None),
    ):
        QTest.keyClick(slider, key)
        assert values(editor)[0] == (pytest.approx(value) if value else None)
        assert slider.judgement() == values(editor)[0]


def test_up_and_down_go_from_pair_to_pair(editor):
    rows = editor.pairs.rows
    QTest.keyClick(focused(editor), KEY.Key_Down)
    assert focused(editor) is rows[1].slider
    QTest.keyClick(focused(editor), KEY.Key_Tab)
    assert focused(editor) is rows[1].edit
    QTest.keyClick(focused(editor), KEY.Key_Down)
    assert focused(editor) is rows[2].edit
    QTest.keyClick(focused(editor), KEY.Key_Down)
    assert focused(editor) is rows[2].edit
    QTest.keyClick(focused(editor), KEY.Key_Up)
    QTest.keyClick(focused(editor), KEY.Key_Tab, SHIFT)
    assert focused(editor) is rows[1].slider


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("1/3", 1 / 3), ("1.5", 1.5), ("0,5", 0.5), ("３", 3), ("20", 20)]
)
def test_exact_values_are_typed(editor, text, value):
    edit = editor.pairs.rows[0].edit
    edit.setFocus()
    write(edit, text)
    assert values(editor)[0] == pytest.approx(value), "before Enter"
    QTest.keyClick(edit, KEY.Key_Return)
    assert values(editor)[0] == pytest.approx(value)
    editor.undo.trigger()
    assert values(editor)[0] is None, "typing is one step"


@pytest.mark.parametrize("text", ["much", "0", "-3", "1/", "1,234"])
def test_what_is_no_judgement_is_told_and_judges_nothing(editor, text):
    edit = editor.pairs.rows[0].edit
    editor.model.judge(0, "output", "tax", 4)
    edit.setFocus()
    edit.selectAll()
    write(edit, text)
    QTest.keyClick(edit, KEY.Key_Return)
    assert values(editor)[0] == 4
    assert "annual output" in editor.said.text()
    assert "border" in edit.styleSheet()
    QTest.keyClick(edit, KEY.Key_Escape)
    assert edit.text() == "4" and not edit.styleSheet()
    editor.undo.trigger()
    assert values(editor)[0] is None, "nothing but the 4 to undo"


def test_an_emptied_value_leaves_the_pair_open(editor):
    editor.model.judge(0, "output", "tax", 4)
    edit = editor.pairs.rows[0].edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClick(edit, KEY.Key_Delete)
    QTest.keyClick(edit, KEY.Key_Return)
    assert values(editor)[0] is None


def test_enter_does_not_close_the_window(dialog, editor):
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_Return)
    assert dialog.isVisible()


def test_shortcuts_undo_redo_and_go_on(editor):
    QTest.keyClick(focused(editor), KEY.Key_7)
    QTest.keyClick(focused(editor), KEY.Key_Z, CONTROL)
    assert values(editor)[0] is None
    QTest.keyClick(focused(editor), KEY.Key_Z, CONTROL | SHIFT)
    assert values(editor)[0] == 7
    QTest.keyClick(focused(editor), KEY.Key_Tab)
    QTest.keyClick(focused(editor), KEY.Key_Z, CONTROL)
    assert values(editor)[0] is None, "from the value as well"
    QTest.keyClick(focused(editor), KEY.Key_PageDown, CONTROL)
    assert editor.node == "intens" and len(editor.pairs.rows) == 15
    editor.redo.trigger()
    assert editor.node == "effic", "redo shows where it changes something"


# Mouse


def test_clicking_and_dragging_a_slider(editor):
    slider = editor.pairs.rows[0].slider
    middle = slider.height() // 2
    QTest.mouseClick(slider, LEFT, NONE, QPoint(round(slider._x(-40)), middle))
    assert values(editor)[0] == 5
    QTest.mousePress(slider, LEFT, NONE, QPoint(round(slider._x(-20)), middle))
    for place in (0, 20, 43):
        point = QPointF(slider._x(place), middle)
        seen = QPointF(slider.mapToGlobal(point.toPoint()))
        event = QMouseEvent(QEvent.Type.MouseMove, point, seen, Qt.MouseButton.NoButton, LEFT, NONE)
        QgsApplication.sendEvent(slider, event)
    assert values(editor)[0] == pytest.approx(1 / 5)
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(round(slider._x(43)), middle))
    editor.undo.trigger()
    assert values(editor)[0] == 5, "a drag is one step"


def test_showing_a_value_does_not_round_it(editor):
    editor.model.judge(0, "output", "tax", 1.7)
    editor.model.judge(0, "output", "scale", 12)
    assert values(editor)[:2] == [1.7, 12]
    assert [row.edit.text() for row in editor.pairs.rows[:2]] == ["1.7", "12"]


def test_the_cross_leaves_a_pair_open(editor):
    editor.model.judge(0, "output", "tax", 4)
    QTest.mouseClick(editor.pairs.rows[0].clear, LEFT)
    assert values(editor)[0] is None


# What is shown


def test_weights_and_consistency_follow_each_judgement(editor):
    assert editor.verdict.text() == "No weights yet"
    assert editor.open_pairs.text() == "3 of 3 pairs open"
    for row, value in zip(editor.pairs.rows, (KEY.Key_2, KEY.Key_5, KEY.Key_3), strict=True):
        QTest.keyClick(row.slider, value)
    assert editor.verdict.text() == "✓ CR 0.003 passes: below 0.10"
    assert [round(weight, 4) for _, weight in editor.bars._bars] == [0.5816, 0.3090, 0.1095]
    assert editor.open_pairs.text() == "3 pairs, all judged"
    QTest.keyClick(editor.pairs.rows[2].slider, KEY.Key_Minus)
    assert editor.verdict.text().startswith("✗ CR ")
    assert editor._items["effic"].text(2).startswith("✗ 0.")


def test_the_worst_judgement_is_marked_and_its_suggestion_taken(editor):
    editor.select_node("access")
    weight = {"acc_now": 8, "fac_dens": 4, "fac_plan": 2, "acc_plan": 1}
    for a, b in editor.model.pairs("access"):
        editor.model.judge(0, a, b, weight[a] / weight[b])
    assert [row.property("worst") for row in editor.pairs.rows] == ["no"] * 6
    editor.model.judge(0, "acc_now", "acc_plan", 1 / 8)
    marks = {(row.a, row.b): row.property("worst") for row in editor.pairs.rows}
    assert [pair for pair, mark in marks.items() if mark == "bad"] == [("acc_now", "acc_plan")]
    row = editor.pairs.rows[2]
    suggested = editor.model.result(0, "access").worst[3]
    assert row.note.text() == f"⚠ → {suggested:.3g}"
    QTest.mouseClick(row.note, LEFT)
    assert values(editor)[2] == suggested


def test_the_repair_is_shown_and_applied_only_on_confirmation(editor, monkeypatch):
    from parcel_agglomeration.ui.repair_dialog import RepairDialog

    for (a, b), value in zip(editor.model.pairs("effic"), (5, 1 / 5, 5), strict=True):
        editor.model.judge(0, a, b, value)
    before = values(editor)
    tables = []

    def answer(accepted):
        def shown(dialog):
            tables.append(
                [[dialog.table.item(r, c).text() for c in range(4)] for r in range(dialog.table.rowCount())]
            )
            return accepted

        monkeypatch.setattr(RepairDialog, "exec", shown)
        editor.repair.trigger()

    answer(0)
    assert values(editor) == before
    assert {tuple(row[:3]) for row in tables[0]} == {
        ("annual output", "annual tax", "5"),
        ("annual output", "above-scale enterprise", "1/5"),
        ("annual tax", "above-scale enterprise", "5"),
    }
    answer(1)
    assert editor.verdict.text().startswith("✓ CR 0.09")
    editor.undo.trigger()
    assert values(editor) == before


def test_names_are_chinese_in_a_chinese_qgis(editor, monkeypatch):
    from parcel_agglomeration.ui import judgement_editor

    monkeypatch.setattr(judgement_editor, "user_language", lambda: "zh")
    editor.refresh()
    assert editor._items["tax"].text(0) == "用地年总税收"
    assert editor.title.text() == "经济高效"
    assert editor.pairs.rows[0].names == ["用地年总产值", "用地年总税收"]


def test_names_of_an_index_system_of_ones_own(editor, monkeypatch):
    from parcel_agglomeration.algorithms.indicators.index_system import read_index_system
    from parcel_agglomeration.ui import judgement_editor

    rows = [
        {
            "indicator": code,
            "name": name,
            "name_zh": zh,
            "layer": "econ",
            "dimension": "own",
            "direction": "cost",
        }
        for code, name, zh in (("noise", "noise", "噪声"), ("dust", "dust", ""))
    ]
    monkeypatch.setattr(judgement_editor, "user_language", lambda: "zh")
    editor.load_system(read_index_system(rows, need_weights=False))
    assert [editor._items[name].text(0) for name in ("noise", "dust")] == ["噪声", "dust"]


def test_judgements_are_put_into_words(editor):
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_3)
    assert editor.said.text() == "annual output matters 3 times as much as annual tax: moderately more."
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_Minus)
    assert editor.said.text().startswith("annual tax matters 3 times as much as annual output")
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_Space)
    assert editor.said.text() == "annual output and annual tax matter equally."


def test_everything_fits_a_small_screen(dialog):
    assert dialog.width() <= 1366 and dialog.height() <= 700
    least = dialog.minimumSizeHint()
    assert least.width() <= 1366 and least.height() <= 700


# Hierarchy and experts


def test_a_hierarchy_is_built_by_hand(editor, monkeypatch):
    answers = iter([("economy, land", True), ("tax, output, jobs", True), ("", True), ("land value", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: next(answers))
    editor.model.saved()
    editor.empty.trigger()
    editor.add.trigger()
    editor.select_node("economy")
    editor.add.trigger()
    assert editor.model.state.children == {"goal": ("economy", "land"), "economy": ("tax", "output", "jobs")}
    assert editor.node == "economy"
    editor.add.trigger()
    assert "no name" in editor.messages.currentItem().text()
    editor.select_node("land")
    editor.rename.trigger()
    assert editor.model.children("goal") == ("economy", "land value")
    editor.up.trigger()
    assert editor.model.children("goal") == ("land value", "economy")
    editor.remove.trigger()
    assert editor.model.children("goal") == ("economy",)


def test_the_hierarchy_has_keys_of_its_own(editor, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("jobs", True))
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_Delete)
    assert "effic" in editor.model.names(), "Delete on a slider leaves the hierarchy alone"
    editor.tree.setFocus()
    QTest.keyClick(editor.tree, KEY.Key_Insert)
    assert editor.model.children("effic") == ("output", "tax", "scale", "jobs")
    editor.select_node("tax")
    QTest.keyClick(editor.tree, KEY.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(editor.tree, KEY.Key_Delete)
    assert editor.model.children("effic") == ("output", "scale", "jobs")
    QTest.keyClick(editor.tree, KEY.Key_Z, CONTROL)
    assert editor.model.children("effic") == ("tax", "output", "scale", "jobs")
    QTest.keyClick(editor.tree, KEY.Key_U, CONTROL)
    assert editor.model.experts[0].values == {}, "nothing is suggested where nothing is judged"


def test_experts_have_tabs_and_weights(editor, monkeypatch):
    answers = iter([("Li", True), ("Li", True), ("王工", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: next(answers))
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_4)
    assert not editor.weight.isVisible()
    editor.copy_expert.trigger()
    assert editor.expert == 1 and values(editor)[0] == 4
    editor.add_expert.trigger()
    assert "already" in editor.messages.currentItem().text()
    editor.rename_expert.trigger()
    assert [editor.tabs.tabText(k) for k in range(3)] == ["Expert 1", "王工", "All experts"]
    editor.weight.setValue(3)
    assert [expert.weight for expert in editor.model.experts] == [1, 3]
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_Minus)
    assert [editor.model.value(k, "output", "tax") for k in range(2)] == [4, 1 / 4]
    editor.next_expert.trigger()
    assert editor.expert is None
    assert values(editor)[0] == pytest.approx(4 ** ((1 - 3) / 4))
    QTest.keyClick(editor.pairs.rows[0].slider, KEY.Key_9)
    assert [editor.model.value(k, "output", "tax") for k in range(2)] == [4, 1 / 4], "only to look at"
    editor.undo.trigger()
    assert editor.expert == 1 and values(editor)[0] == 4, "undo shows whose judgement it changes"
    editor.remove_expert.trigger()
    assert editor.tabs.count() == 1 and values(editor)[0] == 4


# Files and layers


def test_a_table_is_saved_and_opened(editor, tmp_path, monkeypatch):
    path = tmp_path / "judgements.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path.with_suffix("")), ""))
    editor.model.judge(0, "output", "tax", 1 / 3)
    editor.model.judge(0, "output", "scale", 1.5)
    editor.model.rename_expert(0, "=王工")
    editor.save.trigger()
    assert not editor.model.modified and editor.path == path
    text = path.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "parent,a,b,value,expert,expert_weight"
    assert "effic,output,tax,0.3333333333333333,'=王工,1" in text
    state = editor.model.state
    editor.new_hierarchy()
    assert editor.open_file(path)
    assert editor.model.state == state and not editor.model.modified
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_, **__: pytest.fail("asked for a file again")
    )
    editor.model.judge(0, "output", "tax", 2)
    editor.save.trigger()
    assert "effic,output,tax,2," in path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", ","), ("utf-8", "\t")]
)
def test_tables_of_other_programs_are_opened(editor, tmp_path, encoding, separator):
    path = tmp_path / "table.csv"
    lines = ("Parent,A,B,Value", "目标,经济,土地,1/3", "经济,甲,乙,5")
    path.write_bytes("\r\n".join(lines).replace(",", separator).encode(encoding))
    assert editor.open_file(path)
    assert editor.model.state.children == {"目标": ("经济", "土地"), "经济": ("甲", "乙")}
    assert editor.model.value(0, "经济", "土地") == pytest.approx(1 / 3)


def test_a_workbook_has_a_matrix_per_sheet(editor, tmp_path):
    path = tmp_path / "matrices.xlsx"
    book = ogr.GetDriverByName("XLSX").CreateDataSource(str(path))
    for node, names, value in (("goal", "xy", 3), ("x", "pq", 5)):
        sheet = book.CreateLayer(node)
        for name in (node, *names):
            sheet.CreateField(ogr.FieldDefn(name, ogr.OFTString))
        for name, row in zip(names, ((1, value), (None, 1)), strict=True):
            feature = ogr.Feature(sheet.GetLayerDefn())
            for column, cell in zip((node, *names), (name, *row), strict=True):
                if cell is not None:
                    feature.SetField(column, str(cell))
            sheet.CreateFeature(feature)
    del sheet, feature, book
    assert editor.open_file(path)
    assert editor.model.state.children == {"goal": ("x", "y"), "x": ("p", "q")}
    assert editor.model.experts[0].values == {("x", "y"): 3, ("p", "q"): 5}
    assert editor.path is None, "saving must not overwrite a workbook by CSV"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"parent,a,b,value\ngoal,x,y,-3\n", "a negative number"),
        (b"name,height\nx,3\n", "no column"),
        (b"\x81\x00\xff\xff\xfe", "neither UTF-8 nor GB 18030"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_judgement_table_is_told_and_nothing_is_lost(editor, tmp_path, content, message):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    state = editor.model.state
    assert not editor.open_file(path)
    assert message in editor.messages.currentItem().text()
    assert editor.model.state is state


def test_a_folder_that_cannot_be_written_is_told(editor, tmp_path):
    assert not editor.write(tmp_path / "nowhere" / "judgements.csv")
    assert "cannot be written" in editor.messages.currentItem().text()
    assert not editor.path


def test_layers_of_the_project_are_offered_and_read(editor, demo):
    layer = QgsVectorLayer(demo("judgements_illustrative"), "judgements & more", "ogr")
    QgsProject.instance().addMapLayer(layer)
    try:
        editor._layer_menu.aboutToShow.emit()
        (action,) = editor._layer_menu.actions()
        assert action.text() == "judgements && more"
        action.trigger()
        assert editor.tabs.tabText(0) == "illustrative"
        assert editor.model.value(0, "giant", "talent") == pytest.approx(0.272 / 0.167)
        assert editor.model.weights(0)["hightech"] == pytest.approx(0.561 * 0.18, abs=1e-9)
    finally:
        QgsProject.instance().clear()


@pytest.mark.parametrize(("answer", "goes"), [("Discard", True), ("Cancel", False)])
def test_unsaved_judgements_are_not_lost_unasked(editor, dialog, monkeypatch, answer, goes):
    asked = []

    def question(*_):
        asked.append(1)
        return getattr(QMessageBox.StandardButton, answer)

    monkeypatch.setattr(QMessageBox, "question", question)
    editor.model.judge(0, "output", "tax", 3)
    editor.empty.trigger()
    assert asked == [1]
    assert (editor.model.names() == ["goal"]) == goes
    if not goes:
        dialog.reject()
        assert asked == [1, 1] and dialog.isVisible()


# In QGIS


def test_the_window_weighs_with_a_layer_of_the_project(qgis_app, english):
    from parcel_agglomeration.algorithms.indicators.index_system import preset
    from parcel_agglomeration.ui.judgement_dialog import JudgementDialog

    layers = []
    dialog = JudgementDialog(run=layers.append)
    dialog.editor.load_system(preset())
    try:
        QTest.mouseClick(dialog.weigh, LEFT)
        dialog.editor.model.judge(0, "output", "tax", 3)
        QTest.mouseClick(dialog.weigh, LEFT)
        assert layers[0].id() == layers[1].id(), "one layer, not one per click"
        rows = [feature.attributes() for feature in layers[1].getFeatures()]
        assert ["effic", "output", "tax", 3.0, "Expert 1", 1.0] in rows
        assert len(rows) == len(dialog.editor.rows())
    finally:
        dialog.editor.model.saved()
        dialog.deleteLater()
        QgsProject.instance().clear()


def test_the_plugin_loads_without_the_editor():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'build' / 'plugins')!r})\n"
        "import qgis.core; before = set(sys.modules)\n"
        "import parcel_agglomeration.ui.menu\n"
        "late = [m for m in set(sys.modules) - before if 'judgement' in m or m == 'numpy']\n"
        "assert not late, late\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
