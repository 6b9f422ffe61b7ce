"""A run of `evaluate` in the background: progress, messages, results in the project."""

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsProject,
)
from qgis.PyQt.QtCore import QEventLoop, QObject, QTimer, pyqtSignal

from ..algorithms.parcel_algorithm import tr

_LONGEST = 60_000
"""Milliseconds: cancelling is heard within seconds."""


class EvaluationRun(QObject):
    """Runs `evaluate` as a task of QGIS.

    It lives until the task has ended, whatever becomes of the window that has started it.

    Parameters
    ----------
    parameters : dict
        As `EvaluationChoices.parameters` makes them.
    """

    # The task holds context and feedback without owning them.
    _going = set()

    progressed = pyqtSignal(float)
    """Per cent."""
    told = pyqtSignal(str, bool)
    """A message, and whether it is a warning."""
    ended = pyqtSignal(bool)
    """Whether there are results; a run that failed or was cancelled has none."""

    def __init__(self, parameters):
        super().__init__()
        self.parameters = parameters
        self.results = {}
        self.warnings = []
        self.cancelled = False
        self.algorithm = QgsApplication.processingRegistry().createAlgorithmById("agglomeration:evaluate")
        self._feedback = _Feedback(self)
        self.context = QgsProcessingContext()
        self.context.setProject(QgsProject.instance())
        self.context.setFeedback(self._feedback)
        self._feedback.progressChanged.connect(self.progressed)
        self.told.connect(self._keep)
        self._task = None

    def problem(self):
        """What the algorithm says is wrong with the parameters, "" where nothing is."""
        fine, message = self.algorithm.checkParameterValues(self.parameters, self.context)
        return "" if fine else message

    def start(self):
        """Hand the run to QGIS' tasks."""
        self._task = QgsProcessingAlgRunnerTask(self.algorithm, self.parameters, self.context, self._feedback)
        self._task.setDescription(tr("Evaluate parcels"))
        self._task.executed.connect(self._executed)
        self._going.add(self)
        QgsApplication.taskManager().addTask(self._task)

    def cancel(self):
        """End the run as soon as it looks up."""
        self.cancelled = True
        if self._task is not None:
            self._task.cancel()
        self._feedback.cancel()

    def wait(self):
        """Wait for the end of a run that was cancelled: before the plugin goes, say."""
        if self in self._going:
            loop = QEventLoop()
            self.ended.connect(loop.quit)
            QTimer.singleShot(_LONGEST, loop.quit)
            loop.exec()

    def layer(self, name):
        """A layer of the results, or None."""
        result = self.results.get(name)
        return QgsProcessingUtils.mapLayerFromString(str(result), self.context) if result else None

    def _executed(self, successful, results):
        self._task = None
        self._going.discard(self)
        self.results = dict(results) if successful else {}
        if successful:
            from processing.gui.Postprocessing import handleAlgorithmResults

            handleAlgorithmResults(self.algorithm, self.context, self._feedback, self.parameters)
        self.ended.emit(bool(successful))

    def _keep(self, text, is_warning):
        if is_warning:
            self.warnings.append(text)


class _Feedback(QgsProcessingFeedback):
    """Passes messages from the thread of the run on as signals."""

    def __init__(self, run):
        super().__init__(False)
        self._run = run

    def pushInfo(self, info):
        self._run.told.emit(info, False)

    def pushWarning(self, warning):
        self._run.told.emit(warning, True)

    def reportError(self, error, fatalError=False):
        self._run.told.emit(error, True)
