"""What the fields of a layer hold, read in the background."""

import math
from dataclasses import dataclass

from qgis.core import Qgis, QgsApplication, QgsFeatureRequest, QgsTask, QgsVectorLayerFeatureSource
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..algorithms.errors import ParcelDataError
from ..algorithms.parcel_algorithm import tr
from ..algorithms.parsing import has_decimal_comma, parse_number

SHOWN = 3
"""Values of a field that are kept to show."""
_BLOCK = 500


@dataclass(frozen=True)
class FieldValues:
    """What a field holds.

    count : features; missing : those without a number; first : the first values, as text;
    lowest, highest : of the numbers, None where there are none; wrong : the first text that is no
    number, "" where there is none.
    """

    count: int
    missing: int
    first: tuple
    lowest: float | None
    highest: float | None
    wrong: str


def summary(values):
    """`FieldValues` of a column; texts are read as the algorithms read them.

    Parameters
    ----------
    values : list
        Numbers and texts, None where NULL.
    """
    texts = [value for value in values if isinstance(value, str)]
    comma, wrong = False, ""
    try:
        comma = has_decimal_comma(texts) if texts else False
    except ParcelDataError as error:
        wrong = str(error)
    missing, numbers = 0, []
    for value in values:
        try:
            number = parse_number(value, comma)
        except ParcelDataError:
            wrong = wrong or str(value)
            number = math.nan
        if math.isnan(number):
            missing += 1
        else:
            numbers.append(number)
    first = [
        f"{value:.6g}" if isinstance(value, float) else str(value)
        for value in values[: 50 * SHOWN]
        if value is not None and str(value).strip()
    ]
    return FieldValues(
        len(values),
        missing,
        tuple(first[:SHOWN]),
        min(numbers, default=None),
        max(numbers, default=None),
        wrong,
    )


class FieldReader(QObject):
    """Reads fields of a layer in a task of QGIS; another layer cancels it."""

    read = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._layer = None
        self._known = {}
        self._task = None

    def set_layer(self, layer):
        """Forget what was read, and stop reading."""
        if self._layer is not None:
            self._layer.willBeDeleted.disconnect(self.forget)
        self.forget()
        self._layer = layer
        if layer is not None:
            layer.willBeDeleted.connect(self.forget)

    def values(self, field):
        """What a field holds, None where it is not read yet."""
        return self._known.get(field)

    def ask(self, fields):
        """Read fields that are not known yet."""
        if self._layer is None or self._task is not None:
            return  # when the task has ended, `ask` is called again
        positions = {name: self._layer.fields().lookupField(name) for name in fields}
        wanted = {name: p for name, p in positions.items() if p >= 0 and name not in self._known}
        if wanted:
            self._task = _ReadTask(self._layer, wanted, self._done)
            QgsApplication.taskManager().addTask(self._task)

    @property
    def busy(self):
        """Whether it reads."""
        return self._task is not None

    def forget(self):
        """Let go of a layer that is going to be deleted."""
        self._layer = None
        self._known = {}
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def _done(self, task):
        if task is self._task and not sip.isdeleted(self):
            self._task = None
            # What a cancelled task has not read stays unknown, and is not asked for again.
            self._known.update(dict.fromkeys(task.fields) | task.result)
            self.read.emit()


class _ReadTask(QgsTask):
    def __init__(self, layer, positions, done):
        super().__init__(tr("Reading fields of {}").format(layer.name()), QgsTask.Flag.CanCancel)
        self.fields = tuple(positions)
        self.result = {}
        self._source = QgsVectorLayerFeatureSource(layer)
        self._expected = max(layer.featureCount(), 1)
        self._positions = positions
        self._done = done

    def run(self):
        """Read in a thread of its own."""
        request = QgsFeatureRequest().setFlags(Qgis.FeatureRequestFlag.NoGeometry)
        request.setSubsetOfAttributes(list(self._positions.values()))
        columns = {name: [] for name in self._positions}
        for number, feature in enumerate(self._source.getFeatures(request)):
            if number % _BLOCK == 0:
                if self.isCanceled():
                    return False
                self.setProgress(100 * min(number / self._expected, 1))
            for name, position in self._positions.items():
                columns[name].append(_plain(feature[position]))
        for name, values in columns.items():
            if self.isCanceled():
                return False
            self.result[name] = summary(values)
        return True

    def finished(self, _):
        """Hand the result over, in the thread of the window."""
        self._done(self)


def _plain(value):
    from ..algorithms.features import is_null

    return None if is_null(value) else value
