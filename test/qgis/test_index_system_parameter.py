"""The index system editor as a part of INDEX_SYSTEM: in the dialogs of algorithms and of the Modeler."""

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtWidgets import QDialog, QFileDialog, QMessageBox

WITH_SYSTEM = [
    "ahpweights",
    "combineweights",
    "evaluate",
    "explain",
    "indexsystem",
    "indicatordiagnostics",
    "objectiveweights",
    "planningresponse",
    "targetscores",
    "weightsensitivity",
    "zonechange",
]


@pytest.fixture
def answer(monkeypatch):
    """Stand for the user: change the model of the editor, and say OK or Cancel. Returns the systems seen."""
    from parcel_agglomeration.ui.index_system import IndexSystemDialog

    def prepare(change=lambda model: None, accepted=True):
        seen = []

        def run(dialog):
            seen.append(dialog.editor.system())
            change(dialog.editor.model)
            return accepted

        monkeypatch.setattr(IndexSystemDialog, "exec", run)
        return seen

    return prepare


@pytest.fixture
def parcels(demo):
    """The demonstration parcels in the project."""
    return QgsProject.instance().addMapLayer(QgsVectorLayer(demo(), "parcels", "ogr"))


def wrapper_of(dialog, name="INDEX_SYSTEM"):
    return dialog.mainWidget().wrappers[name]


def raise_target(model):
    assert model.change([(0, "target", "123")])


def made_tables():
    return [table for table in QgsProject.instance().mapLayers().values() if not table.isSpatial()]


def test_the_algorithms_with_an_index_system_are_those(provider):
    found = [
        algorithm.name()
        for algorithm in provider.algorithms()
        if any(parameter.name() == "INDEX_SYSTEM" for parameter in algorithm.parameterDefinitions())
    ]
    assert sorted(found) == WITH_SYSTEM


@pytest.mark.parametrize("name", WITH_SYSTEM)
def test_every_dialog_with_an_index_system_has_the_button(dialog, name):
    made = dialog(name)
    assert wrapper_of(made).button.text() == "Edit…"


def test_the_button_makes_a_table_and_chooses_it(dialog, parcels, answer):
    made = dialog("evaluate", INPUT=parcels.id())
    wrapper = wrapper_of(made)
    assert not wrapper.parameterValue()
    seen = answer(raise_target)
    wrapper.button.click()
    (table,) = made_tables()
    assert (table.name(), table.featureCount()) == ("Index system", 18)
    assert wrapper.parameterValue() in (table.id(), table.source())
    fields = {row.indicator: row.field for row in seen[0].indicators}
    assert fields["bld_coef"] == "bld_coef", "the fields of INPUT are matched"

    answer(lambda model: model.change([(0, "target", "456")]))
    wrapper.button.click()
    assert made_tables() == [table], "its own table is changed"
    assert next(table.getFeatures())["target"] == 456


@pytest.mark.parametrize("name", ["evaluatemodel", "rawmodel"])
def test_the_inputs_of_the_shipped_models_have_the_editors(dialog, answer, name):
    made = dialog(name)
    assert wrapper_of(made, "judgements").button.text() == "Edit…"
    answer(raise_target)
    wrapper_of(made, "index_system").button.click()
    assert [table.name() for table in made_tables()] == ["Index system"]


@pytest.mark.parametrize(("change", "accepted"), [(raise_target, False), (lambda model: None, True)])
def test_cancel_and_no_change_make_no_table(dialog, parcels, answer, change, accepted):
    made = dialog("evaluate", INPUT=parcels.id())
    answer(change, accepted)
    wrapper_of(made).button.click()
    assert not made_tables() and not wrapper_of(made).parameterValue()


def test_a_table_of_the_user_is_read_and_not_changed(dialog, parcels, answer, demo):
    given = QgsVectorLayer(demo("index_system_synthetic_fields"), "given", "ogr")
    QgsProject.instance().addMapLayer(given)
    before = [feature.attributes() for feature in given.getFeatures()]
    made = dialog("evaluate", INPUT=parcels.id(), INDEX_SYSTEM=given.id())
    seen = answer(raise_target)
    wrapper_of(made).button.click()
    assert seen[0].indicators[1].field == "syn_tax"
    assert len(made_tables()) == 2
    assert [feature.attributes() for feature in given.getFeatures()] == before


def test_scores_use_the_edited_targets(dialog, parcels, answer, demo, run):
    given = QgsVectorLayer(demo("index_system_synthetic_fields"), "given", "ogr")
    QgsProject.instance().addMapLayer(given)
    made = dialog("targetscores", INPUT=parcels.id(), INDEX_SYSTEM=given.id())
    answer(lambda model: model.change([(0, "target", "0.001")]))
    wrapper_of(made).button.click()
    scored = run("targetscores", INPUT=parcels, INDEX_SYSTEM=wrapper_of(made).parameterValue())
    outputs = [feature["syn_output"] for feature in parcels.getFeatures()]
    expected = [100 if value else 0 for value in outputs if isinstance(value, float)]
    assert [score for score in scored.column("s_output") if score is not None] == expected


def test_a_step_of_a_model_gets_a_file(step, answer, tmp_path, monkeypatch):
    """A scratch layer would be gone when the model runs."""
    path = tmp_path / "own.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    made = step(QgsProcessingModelAlgorithm(), "targetscores")
    widget = made.widget.widget.wrappers["INDEX_SYSTEM"]
    answer(raise_target)
    widget.button.click()
    child = made.createAlgorithm()
    assert child.parameterSources()["INDEX_SYSTEM"][0].staticValue() == str(path)
    assert "123" in path.read_text(encoding="utf-8-sig").splitlines()[1]
    seen = answer()
    widget.button.click()
    assert seen[0].indicators[0].target == 123
    assert not made_tables()


def test_a_file_that_cannot_be_written_is_told(step, answer, tmp_path, monkeypatch):
    path = tmp_path / "missing" / "own.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    made = step(QgsProcessingModelAlgorithm(), "targetscores")
    widget = made.widget.widget.wrappers["INDEX_SYSTEM"]
    told = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *arguments: told.append(arguments[2]))
    answer(raise_target)
    widget.button.click()
    assert "own.csv cannot be written" in told[0]
    assert not widget.value().staticValue()


def test_inputs_of_a_model_stay_what_they_are(step):
    model = QgsProcessingModelAlgorithm()
    model.addModelParameter(
        QgsProcessingParameterFeatureSource("system", types=[QgsProcessing.SourceType.TypeVector]),
        QgsProcessingModelParameter("system"),
    )
    made = step(model, "targetscores")
    given = QgsProcessingModelChildParameterSource.fromModelParameter("system")
    made.widget.widget.wrappers["INDEX_SYSTEM"].setWidgetValue(given)
    (kept,) = made.createAlgorithm().parameterSources()["INDEX_SYSTEM"]
    assert kept.parameterName() == "system"


def test_batch_runs_keep_the_widget_of_qgis(plugin):
    from processing.gui.wrappers import WidgetWrapperFactory

    class BatchAlgorithmDialog(QDialog):
        pass

    algorithm = QgsApplication.processingRegistry().algorithmById("agglomeration:evaluate")
    batch_dialog = BatchAlgorithmDialog()
    wrapper = WidgetWrapperFactory.create_wrapper(algorithm.parameterDefinition("INDEX_SYSTEM"), batch_dialog)
    assert type(wrapper).__name__ == "QgsAbstractProcessingParameterWidgetWrapper"
    assert wrapper.createWrappedWidget(QgsProcessingContext()) is not None
