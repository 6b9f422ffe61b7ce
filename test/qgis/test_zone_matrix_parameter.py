"""The coloured zone matrix as the widget of MATRIX: in the toolbox dialog, in the Modeler, in batch runs."""

import pytest
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterMatrix,
    QgsProject,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QComboBox

OWN = "4,4,3,3,4,4,3,3,2,2,2,3,1,1,1,1"
COMPLETED = [[4, 4, 3, 3], [4, 4, 3, 3], [2, 2, 2, 2], [1, 1, 1, 1]]
WITH_MATRIX = ["crosstabulate", "evaluate", "explain", "weightsensitivity", "zonechange"]
CELLS = [(economy, land) for economy in (4, 3, 2, 1) for land in (4, 3, 2, 1)]


def wrappers(dialog):
    return dialog.mainWidget().wrappers


def editor(dialog):
    return wrappers(dialog)["MATRIX"].editor


def click(widget, row, column):
    spot = widget.view.visualRect(widget.model.index(row, column)).center()
    QTest.mouseClick(widget.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def choose(dialog, preset):
    box = wrappers(dialog)["PRESET"].wrappedWidget()
    (box if isinstance(box, QComboBox) else box.findChild(QComboBox)).setCurrentIndex(preset)


def values(dialog):
    return dialog.mainWidget().createProcessingParameters()


def model_of(dialog):
    """The model with the step of a dialog, saved and loaded again, and its step."""
    model = dialog.model
    child = dialog.createAlgorithm()
    model.addChildAlgorithm(child)
    loaded = QgsProcessingModelAlgorithm()
    assert loaded.loadVariant(model.toVariant())
    return loaded, loaded.childAlgorithm(child.childId())


def source(child, name="MATRIX"):
    return child.parameterSources()[name][0]


@pytest.mark.parametrize("name", WITH_MATRIX)
def test_every_dialog_with_a_matrix_has_the_grid(dialog, layer, name):
    parcels = layer("Point", "a:integer", [("Point (0 0)", 1)])
    made = dialog(name, INPUT=QgsProject.instance().addMapLayer(parcels).id())
    assert editor(made).isVisible()
    assert editor(made).matrix().cells.tolist() == COMPLETED


def test_the_algorithms_with_a_matrix_are_those(provider):
    found = {a.name() for a in provider.algorithms() if a.parameterDefinition("MATRIX") is not None}
    assert found == set(WITH_MATRIX)


def test_a_preset_shows_its_matrix_and_a_click_makes_it_the_user_s(dialog, every_cell):
    made = dialog("crosstabulate", INPUT=every_cell)
    assert values(made)["MATRIX"] is None
    choose(made, 1)
    assert editor(made).matrix().cells.tolist()[2] == [2, 2, 2, 1]
    assert (values(made)["PRESET"], values(made)["MATRIX"]) == (1, None)
    choose(made, 0)
    click(editor(made), 2, 3)
    assert values(made)["MATRIX"] == OWN
    editor(made).reset.click()
    assert values(made)["MATRIX"] is None


@pytest.mark.parametrize("value", [OWN, [4, 4, 3, 3, 4, 4, 3, 3, 2, 2, 2, 3, 1, 1, 1, 1]])
def test_values_come_through_unchanged(dialog, every_cell, value):
    """As from the history, or another plugin that opens the dialog."""
    made = dialog("crosstabulate", INPUT=every_cell, PRESET=2, MATRIX=value)
    assert (values(made)["PRESET"], values(made)["MATRIX"]) == (2, value)
    assert editor(made).matrix().cells.tolist()[2] == [2, 2, 2, 3]


def test_a_clicked_matrix_is_copied_as_a_qgis_process_command(dialog, every_cell):
    made = dialog("crosstabulate", INPUT=every_cell)
    click(editor(made), 2, 3)
    command, complete = made.algorithm().asQgisProcessCommand(values(made), QgsProcessingContext())
    assert complete
    assert f"--MATRIX={OWN}" in command.replace("'", "")


def test_the_dialog_runs_with_the_clicked_matrix(dialog, every_cell):
    made = dialog("crosstabulate", INPUT=every_cell)
    click(editor(made), 2, 3)
    parameters = values(made) | {"OUTPUT": "memory:"}
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    from processing import run

    result = run(made.algorithm().create(), parameters, context=context)
    assert [f["zone"] for f in result["OUTPUT"].getFeatures()] == [int(zone) for zone in OWN.split(",")]


def test_the_run_button_runs_it(dialog, every_cell, without_window):
    made = dialog("crosstabulate", INPUT=every_cell)
    click(editor(made), 2, 3)
    ended = []
    made.algorithmFinished.connect(lambda fine, results: ended.append((fine, results)))
    made.runButton().click()
    for _ in range(2000):
        if ended:
            break
        QTest.qWait(5)
    assert ended and ended[0][0]
    zones = [
        [feature["zone"] for feature in found.getFeatures()]
        for found in QgsProject.instance().mapLayers().values()
        if found.isSpatial() and "zone_src" in found.fields().names()
    ]
    assert zones == [[int(zone) for zone in OWN.split(",")]]


def test_a_table_takes_the_place_of_the_matrix_and_gives_it_back(dialog, every_cell, layer):
    table = layer(
        "NoGeometry",
        "econ_lvl:integer land_lvl:integer zone:integer",
        [(None, e, d, e + d - 1) for e in (1, 2, 3) for d in (1, 2)],
        crs="",
    )
    QgsProject.instance().addMapLayer(table)
    made = dialog("crosstabulate", INPUT=every_cell, MATRIX=OWN)
    wrapper, context = wrappers(made)["MATRIX_TABLE"], QgsProcessingContext()
    wrapper.setParameterValue(table.id(), context)
    assert editor(made).matrix().cells.tolist() == [[4, 3], [3, 2], [2, 1]]
    click(editor(made), 0, 0)
    assert editor(made).matrix().cells[0, 0] == 4, "it is there to look at"
    assert values(made)["MATRIX"] == OWN
    box = wrapper.wrappedWidget().findChild(QComboBox)
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert not wrapper.parameterValue()
    assert editor(made).value() == OWN


def test_a_table_that_is_no_matrix_is_told(dialog, every_cell):
    made = dialog("crosstabulate", INPUT=every_cell)
    wrappers(made)["MATRIX_TABLE"].setParameterValue(every_cell, QgsProcessingContext())
    assert "no column zone" in editor(made).warning.text()
    assert not editor(made).warning.isHidden()


def test_a_big_layer_is_not_read_as_a_matrix(dialog, every_cell, layer):
    big = layer("NoGeometry", "econ_lvl:integer", [(None, 1)] * 1001, crs="")
    QgsProject.instance().addMapLayer(big)
    made = dialog("crosstabulate", INPUT=every_cell)
    wrappers(made)["MATRIX_TABLE"].setParameterValue(big.id(), QgsProcessingContext())
    assert editor(made).matrix().cells.tolist() == COMPLETED


def test_a_step_of_a_model_has_the_grid_for_a_fixed_value(step):
    made = step(QgsProcessingModelAlgorithm())
    grid = made.widget.widget.wrappers["MATRIX"].editor
    assert grid.isVisible()
    click(grid, 2, 3)
    model, child = model_of(made)
    assert source(child).source() == Qgis.ProcessingModelChildParameterSource.StaticValue
    assert source(child).staticValue() == OWN
    again = step(model, child=child.childId())
    assert again.widget.widget.wrappers["MATRIX"].editor.value() == OWN
    assert source(again.createAlgorithm()).staticValue() == OWN


def test_a_step_without_a_matrix_of_its_own_keeps_the_preset(step):
    made = step(QgsProcessingModelAlgorithm())
    preset = made.widget.widget.wrappers["PRESET"]
    preset.setWidgetValue(QgsProcessingModelChildParameterSource.fromStaticValue(1))
    assert made.widget.widget.wrappers["MATRIX"].editor.matrix().cells.tolist()[2] == [2, 2, 2, 1]
    _, child = model_of(made)
    assert (source(child, "PRESET").staticValue(), source(child).staticValue()) == (1, None)


@pytest.mark.parametrize("kind", ["fromModelParameter", "fromExpression"])
def test_inputs_of_a_model_and_expressions_stay_what_they_are(step, kind):
    model = QgsProcessingModelAlgorithm()
    model.addModelParameter(
        QgsProcessingParameterMatrix(
            "own", "own", numberRows=4, hasFixedNumberRows=True, headers=list("abcd")
        ),
        QgsProcessingModelParameter("own"),
    )
    given = getattr(QgsProcessingModelChildParameterSource, kind)("own")
    made = step(model)
    made.widget.widget.wrappers["MATRIX"].setWidgetValue(given)
    _, child = model_of(made)
    assert source(child).source() == given.source()
    assert (source(child).parameterName(), source(child).expression()) == (
        given.parameterName(),
        given.expression(),
    )


def test_batch_runs_keep_the_widget_of_qgis(plugin):
    from processing.gui.wrappers import WidgetWrapperFactory
    from qgis.PyQt.QtWidgets import QDialog

    class BatchAlgorithmDialog(QDialog):
        pass

    algorithm = QgsApplication.processingRegistry().algorithmById("agglomeration:crosstabulate")
    batch_dialog = BatchAlgorithmDialog()
    wrapper = WidgetWrapperFactory.create_wrapper(algorithm.parameterDefinition("MATRIX"), batch_dialog)
    assert type(wrapper).__name__ == "QgsAbstractProcessingParameterWidgetWrapper"
    assert wrapper.createWrappedWidget(QgsProcessingContext()) is not None


@pytest.fixture
def every_cell(layer):
    made = layer("Point", "econ_lvl:integer land_lvl:integer", [("Point (0 0)", *cell) for cell in CELLS])
    return QgsProject.instance().addMapLayer(made).id()
