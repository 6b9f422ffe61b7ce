"""Menu and toolbar of the plugin in QGIS' window."""

from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsMessageLog
from qgis.gui import QgsApplicationExitBlockerInterface
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu

from ..algorithms.parcel_algorithm import ROOT, tr


class PluginMenu:
    """Menu “Parcel Agglomeration” below Plugins, and a toolbar button.

    Parameters
    ----------
    iface : QgisInterface
    """

    def __init__(self, iface):
        self._iface = iface
        icon = QIcon(str(ROOT / "resources" / "icons" / "icon.svg"))
        window = iface.mainWindow()
        self.evaluate = QAction(icon, tr("Evaluate parcels…"), window)
        self.evaluate.setToolTip(tr("Evaluate parcels, page by page"))
        self.evaluate.triggered.connect(self._evaluate)
        self._evaluation = None
        self.weights = QAction(tr("AHP weights…"), window)
        self.weights.triggered.connect(lambda: open_algorithm("agglomeration:ahpweights"))
        self.judgements = QAction(
            QIcon(str(ROOT / "resources" / "icons" / "judgements.svg")), tr("Judgements…"), window
        )
        self.judgements.setToolTip(tr("Judgements: weigh indicators by comparing pairs"))
        self.judgements.triggered.connect(self._edit_judgements)
        self._editor = self._blocker = None
        self.model = QAction(tr("Edit a copy of the evaluation model"), window)
        self.model.triggered.connect(lambda: self._edit_model("evaluatemodel"))
        self.raw_model = QAction(tr("Edit a copy of the model from raw layers"), window)
        self.raw_model.triggered.connect(lambda: self._edit_model("rawmodel"))
        self.menu = QMenu(tr("Parcel Agglomeration"), window)
        self.menu.setIcon(icon)
        self.menu.addActions(self._actions())
        iface.pluginMenu().addMenu(self.menu)
        iface.addToolBarIcon(self.evaluate)
        iface.addToolBarIcon(self.judgements)

    def remove(self):
        """Take menu and toolbar button away."""
        self._iface.removeToolBarIcon(self.evaluate)
        self._iface.removeToolBarIcon(self.judgements)
        if self._evaluation is not None:
            self._evaluation.stop()
            self._evaluation.hide()
            self._evaluation.deleteLater()
            self._evaluation = None
        if self._editor is not None:
            self._iface.unregisterApplicationExitBlocker(self._blocker)
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = self._blocker = None
        self._iface.pluginMenu().removeAction(self.menu.menuAction())
        self.menu.deleteLater()
        for action in self._actions():
            action.deleteLater()

    def _actions(self):
        return [self.evaluate, self.weights, self.judgements, self.model, self.raw_model]

    def _evaluate(self):
        from .evaluation_dialog import EvaluationDialog

        if self._evaluation is None:
            self._evaluation = EvaluationDialog(self._iface)
        _show(self._evaluation)

    def _edit_judgements(self):
        from ..algorithms.indicators.index_system import preset
        from .judgement_dialog import JudgementDialog

        if self._editor is None:
            self._editor = JudgementDialog(
                self._iface.mainWindow(),
                run=lambda layer: open_algorithm("agglomeration:ahpweights", {"JUDGEMENTS": layer.id()}),
            )
            self._editor.editor.load_system(preset())
            self._blocker = ExitBlocker(self._editor)
            self._iface.registerApplicationExitBlocker(self._blocker)
        _show(self._editor)

    def _edit_model(self, name):
        try:
            path = copy_model(name)
            open_model(path)
        except OSError as error:
            QgsMessageLog.logMessage(str(error), tr("Parcel Agglomeration"), Qgis.MessageLevel.Warning)
            self._iface.messageBar().pushWarning(
                tr("Parcel Agglomeration"), tr("The model cannot be copied: {}").format(error)
            )


class ExitBlocker(QgsApplicationExitBlockerInterface):
    """Asks about unsaved judgements before QGIS is closed.

    Parameters
    ----------
    dialog : JudgementDialog
    """

    def __init__(self, dialog):
        super().__init__()
        self._dialog = dialog

    def allowExit(self):
        """Whether QGIS may be closed."""
        return not self._dialog.isVisible() or self._dialog.editor.may_go()


def _show(window):
    """Show a window, and bring one that is shown to the front."""
    window.show()
    window.raise_()
    window.activateWindow()


def open_algorithm(algorithm, parameters=None):
    """Open the dialog of an algorithm with some of its parameters filled in."""
    from processing import execAlgorithmDialog

    execAlgorithmDialog(algorithm, parameters or {})


def copy_model(name):
    """Copy a shipped model into the user's models, beside what is there, and return the path.

    QGIS opens only models of the user or the project for editing. The copy is in the user's language.

    Raises
    ------
    OSError
        The copy cannot be written.
    """
    from processing.modeler.ModelerUtils import ModelerUtils

    folder = Path(ModelerUtils.modelsFolders()[0])
    folder.mkdir(parents=True, exist_ok=True)
    path, copy = folder / f"{name}.model3", 1
    while path.exists():
        copy += 1
        path = folder / f"{name}_{copy}.model3"
    model = QgsApplication.processingRegistry().createAlgorithmById(f"agglomeration:{name}")
    if not model.editable_copy(copy).toFile(str(path)):
        raise OSError(str(path))
    QgsApplication.processingRegistry().providerById("model").refreshAlgorithms()
    return path


def open_model(path):
    """Open a model file in the Graphical Modeler and return its window."""
    from processing.modeler.ModelerDialog import ModelerDialog

    dialog = ModelerDialog.create()
    dialog.loadModel(str(path))
    dialog.show()
    dialog.activate()
    return dialog
