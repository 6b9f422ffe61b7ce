"""The menu in QGIS' window: it comes, it goes, and the model opens for editing."""

import re
from pathlib import Path

import pytest
from qgis import utils
from qgis.core import (
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingParameterEnum,
    QgsProject,
    QgsSettings,
)
from qgis.PyQt.QtWidgets import QMenu, QMessageBox

MODELS = Path(__file__).resolve().parents[2] / "resources" / "models"


@pytest.fixture
def window(qgis_iface, qgis_processing, monkeypatch):
    """QGIS' interface with a plugin menu that records what is added to it."""
    menu = QMenu("Plugins")
    monkeypatch.setattr(qgis_iface, "pluginMenu", lambda: menu, raising=False)
    monkeypatch.setattr(qgis_iface, "removeToolBarIcon", lambda action: None, raising=False)
    blockers = []
    monkeypatch.setattr(qgis_iface, "registerApplicationExitBlocker", blockers.append, raising=False)
    monkeypatch.setattr(qgis_iface, "unregisterApplicationExitBlocker", blockers.remove, raising=False)
    qgis_iface.blockers = blockers
    return qgis_iface


@pytest.fixture
def plugin(window):
    from parcel_agglomeration import classFactory

    loaded = utils.plugins.get("parcel_agglomeration")
    if loaded is not None:
        loaded.unload()
    plugin = classFactory(window)
    plugin.initGui()
    yield plugin
    plugin.unload()
    if loaded is not None:
        loaded.initProcessing()


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The user's models folder, for the test elsewhere."""
    from processing.modeler.ModelerUtils import ModelerUtils

    monkeypatch.setattr(ModelerUtils, "modelsFolders", staticmethod(lambda: [str(tmp_path)]))
    return tmp_path


def test_the_menu_has_its_actions_and_goes_with_the_plugin(window, plugin):
    menu = window.pluginMenu().actions()[0].menu()
    assert [action.text() for action in menu.actions()] == [
        "Evaluate parcels…",
        "AHP weights…",
        "Judgements…",
        "Edit a copy of the evaluation model",
        "Edit a copy of the model from raw layers",
    ]
    plugin.unload()
    assert not window.pluginMenu().actions()
    assert QgsApplication.processingRegistry().providerById("agglomeration") is None


def test_the_model_is_copied_beside_earlier_copies(plugin, models):
    from parcel_agglomeration.ui.menu import copy_model

    first, second = copy_model("evaluatemodel"), copy_model("evaluatemodel")
    assert (first.name, second.name) == ("evaluatemodel.model3", "evaluatemodel_2.model3")
    assert first.parent == second.parent == models
    listed = QgsApplication.processingRegistry().providerById("model").algorithms()
    names = {model.displayName() for model in listed if Path(model.sourceFilePath()).parent == models}
    assert names == {"Evaluation model", "Evaluation model 2"}


def texts(model):
    """What a user reads in the Modeler, beside the names of outputs."""
    described = [p for p in model.parameterDefinitions() if not p.isDestination()]
    steps = model.childAlgorithms().values()
    options = [o for p in described if isinstance(p, QgsProcessingParameterEnum) for o in p.options()]
    helped = model.helpContent().values()
    return [model.name(), model.group(), *(d.description() for d in (*described, *steps)), *options, *helped]


@pytest.mark.parametrize("name", ["evaluatemodel", "rawmodel"])
@pytest.mark.parametrize("language", ["en_US", "zh-Hans"])
def test_the_copy_of_a_model_is_in_the_users_language_with_the_same_ids(window, models, language, name):
    from parcel_agglomeration import classFactory
    from parcel_agglomeration.ui.menu import copy_model

    loaded = utils.plugins.get("parcel_agglomeration")
    if loaded is not None:
        loaded.unload()
    QgsSettings().setValue("locale/overrideFlag", True)
    QgsSettings().setValue("locale/userLocale", language)
    plugin = classFactory(window)
    try:
        plugin.initProcessing()
        if language != "en_US" and plugin.translator is None:
            pytest.skip("the catalogue is not compiled: lrelease is missing")
        copy, file = QgsProcessingModelAlgorithm(), QgsProcessingModelAlgorithm()
        assert copy.fromFile(str(copy_model(name)))
        assert file.fromFile(str(MODELS / f"{name}.model3"))
        chinese = [bool(re.search("[\u4e00-\u9fff]", text)) for text in texts(copy)]
        outputs = [p.description() for p in copy.parameterDefinitions() if p.isDestination()]
        assert all(chinese) if language == "zh-Hans" else not any(chinese)
        assert all(re.search("[\u4e00-\u9fff]", text) for text in outputs) == (language == "zh-Hans")
        assert {p.name() for p in copy.parameterDefinitions()} == {
            p.name() for p in file.parameterDefinitions()
        }
        assert copy.helpContent().keys() == file.helpContent().keys()
        assert copy.canExecute()[0]
    finally:
        QgsSettings().remove("locale/overrideFlag")
        QgsSettings().remove("locale/userLocale")
        plugin.unload()
        if loaded is not None:
            loaded.initProcessing()


@pytest.mark.parametrize(("name", "steps"), [("evaluatemodel", 14), ("rawmodel", 5)])
def test_the_copy_opens_in_the_modeler_with_every_step(plugin, models, monkeypatch, name, steps):
    from parcel_agglomeration.ui.menu import copy_model, open_model

    # The window's interface of the tests has no icon sizes; without one the Modeler takes its own.
    monkeypatch.setattr("processing.modeler.ModelerDialog.iface", None)
    dialog = open_model(copy_model(name))
    children = dialog.model().childAlgorithms()
    assert len(children) == steps
    assert all(child.algorithm() is not None for child in children.values())
    dialog.setDirty(False)
    dialog.close()


def test_weights_open_their_dialog(plugin, monkeypatch):
    import processing

    opened = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda name, parameters: opened.append(name))
    plugin.menu.weights.trigger()
    assert opened == ["agglomeration:ahpweights"]


def test_the_guided_evaluation_opens_once_and_goes_with_the_plugin(plugin):
    plugin.menu.evaluate.trigger()
    dialog = plugin.menu._evaluation
    plugin.menu.evaluate.trigger()
    assert plugin.menu._evaluation is dialog and dialog.isVisible()
    assert dialog.note.text() == "Choose a layer of polygons." and not dialog.next.isEnabled()
    dialog.close()
    assert not dialog.isVisible()


def test_the_judgement_editor_opens_once_and_goes_with_the_plugin(window, plugin, monkeypatch):
    import processing

    opened = []
    monkeypatch.setattr(processing, "execAlgorithmDialog", lambda *arguments: opened.append(arguments))
    plugin.menu.judgements.trigger()
    dialog = plugin.menu._editor
    plugin.menu.judgements.trigger()
    assert plugin.menu._editor is dialog and dialog.isVisible()
    dialog.weigh.click()
    (layer,) = QgsProject.instance().mapLayers()
    assert opened == [("agglomeration:ahpweights", {"JUDGEMENTS": layer})]
    (blocker,) = window.blockers
    assert blocker.allowExit()
    dialog.editor.model.judge(0, "output", "tax", 3)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    assert not blocker.allowExit(), "unsaved judgements keep QGIS open"
    plugin.unload()
    assert not dialog.isVisible() and not window.blockers
    QgsProject.instance().clear()
