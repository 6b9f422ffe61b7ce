"""The MATRIX parameter in the dialogs of algorithms and of the Modeler: the coloured grid."""

from qgis.core import QgsProcessingModelChildParameterSource
from qgis.gui import QgsAbstractProcessingParameterWidgetWrapper, QgsProcessingGui
from qgis.PyQt.QtCore import QEvent, QObject, Qt
from qgis.PyQt.QtWidgets import QComboBox, QWidget

from ..algorithms.parcel_algorithm import tr
from ..algorithms.zoning.zoning_parameters import MATRIX_TABLE, PRESET
from .table_widget import batch_widget, frame, is_static, layer_of, modeler_widget

_MOST_ROWS = 1000
"""A table with more rows is no zone matrix, and not read."""


class ZoneMatrixWidgetWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """The zone matrix to click.

    It shows the preset that the parameter PRESET has, until a cell is clicked: then it is the user's own.
    Where MATRIX_TABLE is given, it shows that one, to look at. Batch runs keep the widget of QGIS.

    Parameters
    ----------
    parameter : QgsProcessingParameterDefinition
    dialog : QWidget
        The dialog of the algorithm.
    """

    def __new__(cls, parameter, dialog=None, row=0, column=0, **_):
        """Give the Modeler its own widget, and batch runs that of QGIS."""
        in_modeler = modeler_widget(parameter, dialog)
        if in_modeler is not None:
            ModelerMatrix(in_modeler, dialog)
            return in_modeler
        return batch_widget(parameter, dialog) or super().__new__(cls)

    def __init__(self, parameter, dialog=None, row=0, column=0, **_):
        super().__init__(parameter, QgsProcessingGui.WidgetType.Standard)
        self.editor = self._widget = self._preset = self._table = None
        self._kept = None

    def createWidget(self):
        """Make the grid; the list of presets is a parameter of its own."""
        from .zone_matrix import ZoneMatrixWidget

        self.editor = ZoneMatrixWidget(presets=False)
        self.editor.changed.connect(self._tell)
        self._widget = frame()
        self._widget.layout().addWidget(self.editor)
        return self._widget

    def _tell(self):
        self.widgetValueHasChanged.emit(self)

    def setWidgetValue(self, value, context):
        """Show a value."""
        if self._kept is None:
            self.editor.setValue(value)
        else:
            self._kept = value, self._kept[1]

    def widgetValue(self):
        """The user's own matrix, None where the preset stands."""
        return self.editor.value() if self._kept is None else self._kept[0]

    def postInitialize(self, wrappers):
        """Follow the parameters PRESET and MATRIX_TABLE of the same dialog."""
        super().postInitialize(wrappers)
        others = {wrapper.parameterDefinition().name(): wrapper for wrapper in wrappers}
        self._preset, self._table = others.get(PRESET), others.get(MATRIX_TABLE)
        if self._preset is not None:
            self._preset.widgetValueHasChanged.connect(self._follow_preset)
            self._follow_preset()
        if self._table is not None:
            self._table.widgetValueHasChanged.connect(self._follow_table)

    def _follow_preset(self, *_):
        number = preset_number(self._preset.parameterValue())
        if number is None:
            return
        if self._kept is None:
            self.editor.setPreset(number)
        else:
            self._kept = None, number

    def _follow_table(self, *_):
        from .judgement_files import layer_rows

        layer = layer_of(self._table.parameterValue())
        if layer is None or not 0 <= layer.featureCount() <= _MOST_ROWS:
            if self._kept is not None:
                (value, number), self._kept = self._kept, None
                self.editor.setReadOnly(False)
                self.editor.setPreset(number)
                self.editor.setValue(value)
            return
        if self._kept is None:
            self._kept = self.editor.value(), self.editor.preset()
        self.editor.setReadOnly(True, tr("From the table “{}”.").format(layer.name()))
        self.editor.setTable(layer_rows(layer))


class ModelerMatrix(QObject):
    """The zone matrix in the place of the text that QGIS' widget in the Modeler has for a fixed value.

    QGIS makes the widget by the type of the parameter; what it has for inputs of the model, outputs of
    other steps and expressions stays.

    Parameters
    ----------
    widget : QgsProcessingModelerParameterWidget
    dialog : ModelerParametersDialog
    """

    def __init__(self, widget, dialog):
        from .zone_matrix import ZoneMatrixWidget

        super().__init__(widget)
        self._dialog, self._preset = dialog, None
        page = next((part for part in widget.findChildren(QWidget) if _is_matrix_panel(part)), None)
        if page is None:
            return  # another QGIS, with another widget: its own serves
        for part in page.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            part.hide()
        self.editor = ZoneMatrixWidget(presets=False)
        page.layout().addWidget(self.editor)
        self._set, self._get = widget.setWidgetValue, widget.value
        widget.setWidgetValue, widget.value = self.set_value, self.value
        widget.editor = self.editor
        self.editor.installEventFilter(self)

    def set_value(self, source):
        """Show a source of values, one or more."""
        self._set(source)
        if is_static(source):
            self.editor.setValue(source.staticValue())

    def value(self):
        """The source of values that is chosen."""
        source = self._get()
        if not is_static(source):
            return source
        return QgsProcessingModelChildParameterSource.fromStaticValue(self.editor.value())

    def eventFilter(self, watched, event):
        """Find PRESET once the dialog is complete: its widget tells of no changes, but its list does."""
        if event.type() == QEvent.Type.Show and self._preset is None:
            self._preset = self._dialog.widget.widget.wrappers.get(PRESET)
            if self._preset is not None:
                for box in self._preset.findChildren(QComboBox):
                    box.currentIndexChanged.connect(self._follow)
                if self.editor.value() is None:
                    self._follow()
        return super().eventFilter(watched, event)

    def _follow(self, *_):
        source = self._preset.value()
        number = preset_number(source.staticValue()) if is_static(source) else None
        if number is not None:
            self.editor.setPreset(number)


def preset_number(value):
    """Number of a preset, None for what an expression or a model gives."""
    return value if isinstance(value, int) else None


def _is_matrix_panel(widget):
    return widget.metaObject().className() == "QgsProcessingMatrixParameterPanel"
