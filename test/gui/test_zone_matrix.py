"""The zone matrix as a grid, by the keys and clicks of Qt's own test tool."""

import pytest
from qgis.core import QgsApplication, QgsProperty
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

KEY, LEFT, RIGHT = Qt.Key, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture
def language(qgis_app, monkeypatch):
    """Set the language of the widget: language("zh")."""
    from parcel_agglomeration.ui import zone_matrix

    def choose(code):
        monkeypatch.setattr(zone_matrix, "user_language", lambda: code)

    choose("en")
    return choose


@pytest.fixture
def widget(language):
    from parcel_agglomeration.ui.zone_matrix import ZoneMatrixWidget

    made = ZoneMatrixWidget()
    made.resize(700, 330)
    made.show()
    QTest.qWaitForWindowExposed(made)
    made.activateWindow()
    made.view.setFocus()
    QgsApplication.processEvents()
    yield made
    made.deleteLater()


@pytest.fixture
def told(widget):
    """The values that the widget had when it told of a change."""
    values = []
    widget.changed.connect(lambda: values.append(widget.value()))
    return values


def cells(widget):
    return widget.matrix().cells.tolist()


def click(widget, row, column, button=LEFT):
    spot = widget.view.visualRect(widget.model.index(row, column)).center()
    QTest.mouseClick(widget.view.viewport(), button, pos=spot)


def said(widget, row, column):
    return widget.model.data(widget.model.index(row, column), ACCESSIBLE)


def test_it_begins_with_the_paper_s_matrix_completed(widget):
    assert cells(widget) == [[4, 4, 3, 3], [4, 4, 3, 3], [2, 2, 2, 2], [1, 1, 1, 1]]
    assert (widget.preset(), widget.value()) == (0, None)
    assert widget.warning.isHidden()


def test_a_click_gives_the_next_zone_and_the_right_button_the_previous_one(widget, told):
    click(widget, 2, 3)
    assert cells(widget)[2][3] == 3
    click(widget, 2, 3, RIGHT)
    click(widget, 2, 3, RIGHT)
    assert told == [
        "4,4,3,3,4,4,3,3,2,2,2,3,1,1,1,1",
        "4,4,3,3,4,4,3,3,2,2,2,2,1,1,1,1",
        "4,4,3,3,4,4,3,3,2,2,2,1,1,1,1,1",
    ]
    assert widget.value() == told[-1]
    click(widget, 0, 0)
    assert cells(widget)[0][0] == 1, "after the highest zone comes the lowest"
    click(widget, 0, 0, RIGHT)
    assert cells(widget)[0][0] == 4


def test_it_works_by_keys_alone(widget):
    for key in (KEY.Key_Down, KEY.Key_Down, KEY.Key_Right, KEY.Key_3):
        QTest.keyClick(widget.view, key)
    assert cells(widget)[2] == [2, 3, 2, 2]
    QTest.keyClick(widget.view, KEY.Key_Space)
    assert cells(widget)[2][1] == 4
    QTest.keyClick(widget.view, KEY.Key_Space, SHIFT)
    assert cells(widget)[2][1] == 3
    QTest.keyClick(widget.view, KEY.Key_Delete)
    assert cells(widget)[2][1] == 0
    assert widget.value() == "4,4,3,3,4,4,3,3,2,0,2,2,1,1,1,1"
    QTest.keyClick(widget.view, KEY.Key_7)
    assert cells(widget)[2][1] == 0, "there is no zone 7 in a matrix of four"


def test_the_last_zone_cannot_be_taken_away(widget):
    widget.setValue("0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2")
    widget.view.setCurrentIndex(widget.model.index(3, 3))
    QTest.keyClick(widget.view, KEY.Key_Delete)
    assert cells(widget)[3][3] == 2


@pytest.mark.parametrize(
    "value",
    [
        "4,4,3,0,4,4,3,0,2,2,0,0,1,1,1,2",
        [4, 4, 3, "", 4, 4, 3, None, 2, 2, 0, 0, 1, 1, 1, 2],
        "4,4,3,3,4,4,3,3,2,2,2,2,1,1,1,1",
    ],
)
def test_a_value_that_is_not_changed_is_returned_as_it_was_given(widget, value):
    widget.setValue(value)
    assert widget.value() == value
    assert cells(widget)[1][:3] == [4, 4, 3]
    assert widget.presets.currentText() == "Matrix of your own"


def test_a_value_that_only_qgis_can_evaluate_is_kept(widget):
    value = QgsProperty.fromExpression("@own")
    widget.setValue(value)
    assert widget.value() is value
    assert widget.warning.text()


@pytest.mark.parametrize("value", [None, "", [], [""] * 16])
def test_an_empty_value_brings_the_preset_back(widget, value):
    widget.setPreset(1)
    click(widget, 0, 0)
    widget.setValue(value)
    assert (widget.value(), widget.preset()) == (None, 1)
    assert cells(widget)[2] == [2, 2, 2, 1]


def test_a_value_that_is_no_matrix_is_told_and_kept(widget):
    widget.setValue("4,4,7")
    assert widget.value() == "4,4,7"
    assert "has 3 values, not 16" in widget.warning.text()
    click(widget, 0, 0)
    assert widget.warning.text().startswith("The matrix is not monotone")


def test_presets_are_chosen_from_a_list(widget, told):
    for number, last in ((1, [2, 2, 2, 1]), (2, [2, 2, 0, 0])):
        widget.presets.setCurrentIndex(number)
        widget.presets.activated.emit(number)
        assert (widget.preset(), widget.value()) == (number, None)
        assert cells(widget)[2] == last
    assert told == [None, None]
    widget.presets.activated.emit(3)
    assert widget.value() == "4,4,3,0,4,4,3,0,2,2,0,0,1,1,1,1"


def test_each_preset_of_the_parameter_is_one_of_the_widget(widget):
    from parcel_agglomeration.algorithms.zoning.zone_matrix import PRESETS, preset_matrix

    for number, name in enumerate(PRESETS):
        widget.setPreset(number)
        assert cells(widget) == preset_matrix(name).cells.tolist()


def test_cells_that_break_monotony_are_named_and_marked(widget):
    widget.setValue("4,4,3,3,4,4,3,3,2,2,2,2,1,1,1,3")
    warning = "The matrix is not monotone: economy 2, land 1 gives a lower zone than economy 1, land 1."
    assert warning in widget.warning.text()
    assert not widget.warning.isHidden()
    assert "breaks monotony" in said(widget, 3, 3) and "breaks monotony" in said(widget, 2, 3)
    assert "breaks monotony" not in said(widget, 0, 0)


def test_screen_readers_hear_levels_zone_origin_and_parcels(widget):
    assert said(widget, 0, 3) == (
        "Economy 4, land 1: zone 3, relatively high-quality agglomeration; "
        "completed by us, the paper prints no zone"
    )
    assert said(widget, 0, 0) == "Economy 4, land 4: zone 4, high-quality agglomeration"
    widget.setPreset(2)
    assert said(widget, 0, 3) == "Economy 4, land 1: undefined"
    widget.setCounts([[5, 6, 7, 8]] * 4)
    assert said(widget, 0, 0).endswith("; 5 parcels")
    assert widget.view.accessibleName()


def test_it_has_the_colours_of_the_zones_on_the_map(widget):
    shown = widget.grab().toImage()

    def colour(row, column):
        rect = widget.view.visualRect(widget.model.index(row, column))
        spot = widget.view.viewport().mapTo(widget, rect.topLeft())
        return shown.pixelColor(spot.x() + 3, spot.y() + 3).name()

    assert [colour(row, 0) for row in (1, 2, 3)] == ["#225ea8", "#a1dab4", "#ffffcc"]
    assert colour(1, 2) == "#41b6c4"


def test_in_chinese_levels_and_zones_have_chinese_names(language):
    language("zh")
    from parcel_agglomeration.ui.zone_matrix import ZoneMatrixWidget

    widget = ZoneMatrixWidget()
    widget.resize(900, 330)
    widget.show()
    assert widget.model.data(widget.model.index(0, 0)) == "4 高质量集聚区"
    assert "较高质量" in widget.model.headerData(1, Qt.Orientation.Vertical)
    widget.deleteLater()


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (3, 5), (9, 9)])
def test_other_sizes_come_from_a_table_and_go_into_one(widget, rows, columns):
    table = [
        {"econ_lvl": a, "land_lvl": b, "zone": min(a, b), "zone_lbl": ""}
        for a in range(rows, 0, -1)
        for b in range(columns, 0, -1)
    ]
    assert widget.setTable(table)
    assert widget.table() == table
    assert widget.value() is None
    assert widget.presets.currentText() == "Matrix of your own"
    QTest.keyClick(widget.view, KEY.Key_9)
    assert widget.table()[0]["zone"] == 9


def test_a_table_of_another_size_is_refused_with_the_reason(widget):
    before = cells(widget)
    assert not widget.setTable([{"econ_lvl": 1, "land_lvl": 12, "zone": 1}])
    assert "from 1 to 9" in widget.warning.text()
    assert cells(widget) == before


def test_read_only_it_can_be_looked_at(widget, told):
    widget.setReadOnly(True)
    click(widget, 0, 0)
    QTest.keyClick(widget.view, KEY.Key_1)
    assert not told and widget.value() is None
