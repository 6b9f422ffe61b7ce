"""The first parcels of a layer as the evaluation will read them, what is missing marked."""

import math

from qgis.core import Qgis, QgsApplication, QgsFeatureRequest, QgsTask, QgsVectorLayerFeatureSource
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableWidget, QTableWidgetItem

from ..algorithms.errors import ParcelDataError
from ..algorithms.features import is_null
from ..algorithms.parcel_algorithm import tr
from ..algorithms.parsing import has_decimal_comma, parse_number

SHOWN = 5
"""Rows that are read and shown, however many the layer has."""
VALUE, MISSING, WRONG = range(3)
_GROUND = {MISSING: QColor("#ffe3a3"), WRONG: QColor("#f6c1bb")}
_INK = QColor("#3c2a00")


def states(values):
    """What each value of a column is to the algorithms: VALUE, MISSING, or WRONG, a text that is no number.

    Parameters
    ----------
    values : list
        Numbers and texts, None where NULL.
    """
    try:
        comma = has_decimal_comma([value for value in values if isinstance(value, str)])
    except ParcelDataError:
        comma = False
    return [_state(value, comma) for value in values]


def _state(value, comma):
    try:
        return MISSING if math.isnan(parse_number(value, comma)) else VALUE
    except ParcelDataError:
        return WRONG


class FirstRows(QTableWidget):
    """A table of the first features of a layer, some of its fields side by side.

    They are read in a task of QGIS and no further than they are shown.

    Parameters
    ----------
    parent : QWidget, optional
    """

    def __init__(self, parent=None):
        super().__init__(SHOWN, 0, parent)
        self._asked = self._task = None
        self.setAccessibleName(tr("First parcels"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self._fit()

    def ask(self, layer, columns, name_field=None):
        """Show the first rows of a layer; what is shown already is not read again.

        Parameters
        ----------
        layer : QgsVectorLayer or None
        columns : dict {str: str}
            Fields of the layer, with what they stand for.
        name_field : str, optional
            Field that names the rows, which are numbered without.
        """
        asked = (layer.id(), tuple(columns.items()), name_field) if layer is not None and columns else None
        if asked == self._asked:
            return
        self._asked = asked
        self.setColumnCount(0)
        if self._task is not None:
            self._task.cancel()
        self._task = None
        if asked is not None:
            self._task = _HeadTask(layer, tuple(columns), name_field, self._show)
            QgsApplication.taskManager().addTask(self._task)

    @property
    def busy(self):
        """Whether it reads."""
        return self._task is not None

    def _fit(self):
        """Be as high as header, rows and scroll bar are."""
        parts = (self.horizontalHeader().sizeHint(), self.horizontalScrollBar().sizeHint())
        rows = SHOWN * self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(sum(part.height() for part in parts) + rows + 2 * self.frameWidth())

    def _show(self, task):
        if task is not self._task or sip.isdeleted(self):
            return
        self._task = None
        meanings = dict(self._asked[1])
        self.setRowCount(len(task.names))
        self.setColumnCount(len(task.columns))
        self.setVerticalHeaderLabels(task.names)
        for position, (field, values) in enumerate(task.columns.items()):
            header = QTableWidgetItem(field)
            header.setToolTip(meanings[field])
            self.setHorizontalHeaderItem(position, header)
            for row, (value, state) in enumerate(zip(values, states(values), strict=True)):
                self.setItem(row, position, _cell(value, state))
        self._fit()


def _cell(value, state):
    """Item of a value: figures as they are, words for what is none."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    item = QTableWidgetItem(tr("missing") if state == MISSING else text)
    if state != VALUE:
        item.setBackground(_GROUND[state])
        item.setForeground(_INK)
        item.setToolTip(tr("No value") if state == MISSING else tr("“{}” is no number").format(value))
    return item


class _HeadTask(QgsTask):
    """Reads the first features of a layer."""

    def __init__(self, layer, fields, name_field, done):
        super().__init__(tr("Reading fields of {}").format(layer.name()), QgsTask.Flag.CanCancel)
        self.names, self.columns = [], {}
        self._fields, self._name_field = fields, name_field
        self._layer_fields = layer.fields()
        self._source = QgsVectorLayerFeatureSource(layer)
        self._done = done

    def run(self):
        """Read in a thread of its own."""
        request = QgsFeatureRequest().setFlags(Qgis.FeatureRequestFlag.NoGeometry).setLimit(SHOWN)
        request.setSubsetOfAttributes([*self._fields, *filter(None, [self._name_field])], self._layer_fields)
        features = list(self._source.getFeatures(request))
        for field in self._fields:
            values = [feature[field] for feature in features]
            self.columns[field] = [None if is_null(value) else value for value in values]
        self.names = [
            str(feature[self._name_field]) if self._name_field else str(number)
            for number, feature in enumerate(features, start=1)
        ]
        return not self.isCanceled()

    def finished(self, _):
        """Hand the result over, in the thread of the window."""
        self._done(self)
