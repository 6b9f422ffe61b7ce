"""The judgement editor as the widget of the parameter JUDGEMENTS, made as QGIS' dialogs make it."""

import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProject,
    QgsVectorLayer,
)
from qgis.gui import QgsProcessingParameterWidgetContext
from qgis.PyQt.QtWidgets import QDialog


@pytest.fixture
def context():
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    return context


@pytest.fixture
def parameters(plugin, context, monkeypatch):
    """Make the wrappers of JUDGEMENTS and INDEX_SYSTEM, by name."""
    from parcel_agglomeration.ui import judgement_editor
    from processing.gui.wrappers import WidgetWrapperFactory

    monkeypatch.setattr(judgement_editor, "user_language", lambda: "en")
    kept = []

    def make(name="ahpweights"):
        algorithm = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{name}")
        dialog, of_dialog = QDialog(), QgsProcessingParameterWidgetContext()
        of_dialog.setProject(QgsProject.instance())
        wrappers = {}
        for parameter in ("JUDGEMENTS", "INDEX_SYSTEM"):
            wrapper = WidgetWrapperFactory.create_wrapper(algorithm.parameterDefinition(parameter), dialog)
            wrapper.setWidgetContext(of_dialog)
            kept.append(wrapper.createWrappedWidget(context))
            wrappers[parameter] = wrapper
        for wrapper in wrappers.values():
            wrapper.postInitialize(list(wrappers.values()))
        kept.extend((dialog, wrappers))
        return wrappers

    return make


@pytest.fixture
def answer(monkeypatch):
    """Stand for the user: change the model of the editor, and say OK or Cancel. Returns the editors seen."""
    from parcel_agglomeration.ui.judgement_dialog import JudgementDialog

    def prepare(change=lambda model: None, accepted=True):
        seen = []

        def run(dialog):
            seen.append(dialog.editor.model.state)
            change(dialog.editor.model)
            return accepted

        monkeypatch.setattr(JudgementDialog, "exec", run)
        return seen

    return prepare


def tables():
    return list(QgsProject.instance().mapLayers())


@pytest.mark.parametrize("algorithm", ["ahpweights", "evaluate", "weightsensitivity"])
def test_the_button_makes_a_table_and_chooses_it(parameters, answer, context, algorithm):
    wrapper = parameters(algorithm)["JUDGEMENTS"]
    assert not wrapper.parameterValue()
    seen = answer(lambda model: model.judge(0, "output", "tax", 3))
    wrapper.button.click()
    (layer,) = QgsProject.instance().mapLayers().values()
    assert seen[0].children["econ"] == ("effic", "intens", "innov", "green")
    assert layer.name() == "Judgements"
    assert layer.fields().names() == ["parent", "a", "b", "value", "expert", "expert_weight"]
    assert wrapper.parameterValue() in (layer.id(), layer.source())

    seen = answer(lambda model: model.judge(0, "output", "tax", 5))
    wrapper.button.click()
    assert seen[0].experts[0].values == {("output", "tax"): 3}, "it begins where it ended"
    assert tables() == [layer.id()], "its own table is changed"
    assert [f["value"] for f in layer.getFeatures() if f["a"] == "output" and f["b"] == "tax"] == [5]


def test_cancel_changes_nothing(parameters, answer):
    wrapper = parameters()["JUDGEMENTS"]
    answer(lambda model: model.judge(0, "output", "tax", 3), accepted=False)
    wrapper.button.click()
    assert not tables() and not wrapper.parameterValue()


def test_a_table_of_the_user_is_read_and_not_changed(parameters, answer, context, demo):
    given = QgsVectorLayer(demo("judgements_illustrative"), "given", "ogr")
    QgsProject.instance().addMapLayer(given)
    wrapper = parameters()["JUDGEMENTS"]
    wrapper.setParameterValue(given.id(), context)
    before = [feature.attributes() for feature in given.getFeatures()]
    seen = answer()
    wrapper.button.click()
    assert seen[0].experts[0].name == "illustrative"
    assert tables() == [given.id()], "OK without a change makes no table"
    answer(lambda model: model.judge(0, "output", "tax", 3))
    wrapper.button.click()
    assert len(tables()) == 2
    assert wrapper.parameterValue() not in (given.id(), given.source())
    assert [feature.attributes() for feature in given.getFeatures()] == before


def test_a_file_that_is_no_layer_of_the_project_is_read(parameters, answer, context, tmp_path):
    path = tmp_path / "judgements.csv"
    path.write_text("parent,a,b,value\ngoal,x,y,1/3\n", encoding="utf-8")
    wrapper = parameters()["JUDGEMENTS"]
    wrapper.setParameterValue(str(path), context)
    seen = answer()
    wrapper.button.click()
    assert seen[0].experts[0].values == {("x", "y"): 1 / 3}


def test_the_editor_begins_with_the_index_system_of_the_dialog(parameters, answer, context, layer):
    own = layer(
        "NoGeometry",
        "indicator:string name_zh:string layer:string dimension:string direction:string",
        [(None, "noise", "噪声", "econ", "own", "cost"), (None, "dust", "粉尘", "econ", "own", "cost")],
        crs="",
    )
    QgsProject.instance().addMapLayer(own)
    wrappers = parameters()
    wrappers["INDEX_SYSTEM"].setParameterValue(own.id(), context)
    seen = answer()
    wrappers["JUDGEMENTS"].button.click()
    assert seen[0].children == {"goal": ("econ",), "econ": ("own",), "own": ("noise", "dust")}


def test_a_table_that_cannot_be_read_is_told_in_the_editor(parameters, context, layer, monkeypatch):
    from parcel_agglomeration.ui.judgement_dialog import JudgementDialog

    bad = layer("NoGeometry", "height:double", [(None, 3.0)], crs="")
    QgsProject.instance().addMapLayer(bad)
    told = []

    def run(dialog):
        told.append(dialog.editor.messages.currentItem().text())
        return False

    monkeypatch.setattr(JudgementDialog, "exec", run)
    wrapper = parameters()["JUDGEMENTS"]
    wrapper.setParameterValue(bad.id(), context)
    wrapper.button.click()
    assert "no column parent" in told[0]


def test_what_the_editor_makes_weighs_the_indicators(parameters, answer, run):
    """Equal judgements everywhere: each child has the same share of its node."""

    def judge(model):
        for node in model.names():
            model.judge_pairs(0, dict.fromkeys(model.pairs(node), 1.0), "repair", node)

    wrapper = parameters()["JUDGEMENTS"]
    answer(judge)
    wrapper.button.click()
    weighed = run("ahpweights", JUDGEMENTS=wrapper.parameterValue())
    weights = dict(zip(weighed.column("indicator"), weighed.column("weight"), strict=True))
    assert weights["tax"] == pytest.approx(1 / 2 / 4 / 3)
    assert weights["acc_now"] == pytest.approx(1 / 2 / 4)
    assert weighed["MAX_CR"] == pytest.approx(0, abs=1e-9)


def test_batch_runs_and_the_modeler_keep_the_widgets_of_qgis(plugin, context):
    from processing.gui.wrappers import WidgetWrapperFactory

    algorithm = QgsApplication.processingRegistry().algorithmById("agglomeration:ahpweights")
    parameter = algorithm.parameterDefinition("JUDGEMENTS")

    class BatchAlgorithmDialog(QDialog):
        pass

    class ModelerParametersDialog:
        pass

    batch_dialog = BatchAlgorithmDialog()
    batch = WidgetWrapperFactory.create_wrapper(parameter, batch_dialog)
    assert type(batch).__name__ == "QgsAbstractProcessingParameterWidgetWrapper"
    assert batch.createWrappedWidget(context) is not None
    dialog = ModelerParametersDialog()
    dialog.model, dialog.childId, dialog.context = QgsProcessingModelAlgorithm(), "1", context
    modeler = WidgetWrapperFactory.create_wrapper(parameter, dialog)
    assert type(modeler).__name__ == "QgsProcessingModelerParameterWidget"
