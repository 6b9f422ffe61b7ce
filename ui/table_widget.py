"""Parameters that are tables, in the dialogs of algorithms: the usual choice, and an editor."""

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingModelChildParameterSource,
    QgsProcessingUtils,
    QgsProject,
)
from qgis.gui import (
    QgsAbstractProcessingParameterWidgetWrapper,
    QgsGui,
    QgsProcessingGui,
    QgsProcessingMapLayerComboBox,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ..algorithms.parcel_algorithm import tr
from .judgement_files import is_own_table, table_layer


def modeler_widget(parameter, dialog):
    """QGIS' own widget of a parameter in the dialog of the Modeler, None in other dialogs."""
    if type(dialog).__name__ != "ModelerParametersDialog":
        return None
    return QgsGui.processingGuiRegistry().createModelerParameterWidget(
        dialog.model, dialog.childId, parameter, dialog.context
    )


def batch_widget(parameter, dialog):
    """QGIS' own widget of a parameter in the dialog of batch runs, None in other dialogs."""
    if type(dialog).__name__ != "BatchAlgorithmDialog":
        return None
    wrapper = QgsGui.processingGuiRegistry().createParameterWidgetWrapper(
        parameter, QgsProcessingGui.WidgetType.Batch
    )
    wrapper.setDialog(dialog)
    return wrapper


def layer_of(value):
    """Layer that the value of a source parameter names, or None."""
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        value = value.source.staticValue()
    if not value:
        return None
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    layer = QgsProcessingUtils.mapLayerFromString(str(value), context)
    if layer is not None and context.temporaryLayerStore().mapLayer(layer.id()) is not None:
        context.takeResultLayer(layer.id())
    return layer


def is_static(source):
    """Whether the source of a value in the Modeler is a fixed value."""
    return (
        isinstance(source, QgsProcessingModelChildParameterSource)
        and source.source() == Qgis.ProcessingModelChildParameterSource.StaticValue
    )


class TableWidgetWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """A choice of tables with a button that opens an editor.

    What the editor returns is put into the project as a scratch layer and chosen. In batch runs, and in
    the Modeler where a subclass does not say otherwise, the parameter keeps the widget that QGIS has for
    tables. A subclass gives ``TABLE`` (fields of the table, property of its scratch layers), ``OTHER``
    (a parameter that the editor begins with), ``texts`` and ``ask``.

    Parameters
    ----------
    parameter : QgsProcessingParameterDefinition
    dialog : QWidget
        The dialog of the algorithm.
    """

    TABLE = ((), "")
    OTHER = ""

    def __new__(cls, parameter, dialog=None, row=0, column=0, **_):
        """Give the Modeler and batch runs QGIS' own widget."""
        in_modeler = modeler_widget(parameter, dialog)
        if in_modeler is not None:
            return cls.in_modeler(in_modeler)
        return batch_widget(parameter, dialog) or super().__new__(cls)

    def __init__(self, parameter, dialog=None, row=0, column=0, **_):
        super().__init__(parameter, QgsProcessingGui.WidgetType.Standard)
        self._dialog = dialog
        self._widget = self._combo = None
        self._other = None

    @classmethod
    def in_modeler(cls, widget):
        """The widget in the Modeler, from QGIS' own."""
        return widget

    @staticmethod
    def texts():
        """Name of a new table, and tool tip of the button."""
        raise NotImplementedError

    def ask(self, dialog, layer):
        """Let the user edit a table, or begin one where there is no layer; its rows, None for no change."""
        raise NotImplementedError

    def createWidget(self):
        """Put the button beside the choice of tables."""
        widget = self._widget = frame()
        self._combo = QgsProcessingMapLayerComboBox(self.parameterDefinition())
        self._combo.setWidgetContext(self.widgetContext())
        self._combo.valueChanged.connect(self._tell)
        self.button = edit_button(self.texts()[1])
        self.button.setObjectName(f"edit_{self.parameterDefinition().name()}")
        self.button.clicked.connect(self.edit)
        layout = widget.layout()
        layout.addWidget(self._combo, 1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        return widget

    def setWidgetContext(self, context):
        """Pass project and map on to the choice of tables."""
        super().setWidgetContext(context)
        if self._combo is not None:
            self._combo.setWidgetContext(context)

    def setWidgetValue(self, value, context):
        """Choose a table."""
        self._combo.setValue(value, context)

    def widgetValue(self):
        """The table that is chosen."""
        return self._combo.value()

    def postInitialize(self, wrappers):
        """Find the parameter of the same dialog that the editor begins with."""
        super().postInitialize(wrappers)
        self._other = next(
            (w for w in wrappers if w.parameterDefinition().name().upper() == self.OTHER), None
        )

    def other_layer(self):
        """Layer of the parameter OTHER of the same dialog, or None."""
        return layer_of(self._other.parameterValue()) if self._other is not None else None

    def edit(self):
        """Open the editor, and choose the table that it makes."""
        layer = layer_of(self.parameterValue())
        rows = self.ask(self._dialog, layer)
        if rows is None:
            return
        fields, own = self.TABLE
        known = is_own_table(layer, own)
        made = table_layer(rows, self.texts()[0], layer if known else None, fields, own)
        if not known:
            QgsProject.instance().addMapLayer(made)
        self._combo.setLayer(made)

    def _tell(self):
        self.widgetValueHasChanged.emit(self)


def frame():
    """An empty widget with a layout, for ``createWidget`` of a wrapper to return.

    QGIS parts what that returns from its Python half (3.40): it must not be of a class of ours, and has
    to be kept, or it crashes when the dialog is gone.
    """
    widget = QWidget()
    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    return widget


def edit_button(tip):
    """The button that opens an editor."""
    button = QPushButton(tr("Edit…"))
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
