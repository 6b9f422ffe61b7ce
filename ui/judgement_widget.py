"""The JUDGEMENTS parameter in the dialog of an algorithm: the usual choice of a table, and the editor."""

from qgis.core import QgsProcessingFeatureSourceDefinition, QgsProject
from qgis.gui import (
    QgsAbstractProcessingParameterWidgetWrapper,
    QgsGui,
    QgsProcessingGui,
    QgsProcessingMapLayerComboBox,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ..algorithms.checks import sentence
from ..algorithms.errors import ParcelDataError
from ..algorithms.parcel_algorithm import tr


class JudgementWidgetWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """A choice of tables with a button that opens the judgement editor.

    What the editor returns is put into the project as a scratch layer and chosen. In the Modeler and
    in batch runs the parameter keeps the widget that QGIS has for tables.

    Parameters
    ----------
    parameter : QgsProcessingParameterDefinition
    dialog : QWidget
        The dialog of the algorithm.
    """

    def __new__(cls, parameter, dialog=None, row=0, column=0, **_):
        """Give the Modeler and batch runs QGIS' own widget."""
        registry = QgsGui.processingGuiRegistry()
        kind = type(dialog).__name__
        if kind == "ModelerParametersDialog":
            return registry.createModelerParameterWidget(
                dialog.model, dialog.childId, parameter, dialog.context
            )
        if kind == "BatchAlgorithmDialog":
            wrapper = registry.createParameterWidgetWrapper(parameter, QgsProcessingGui.WidgetType.Batch)
            wrapper.setDialog(dialog)
            return wrapper
        return super().__new__(cls)

    def __init__(self, parameter, dialog=None, row=0, column=0, **_):
        super().__init__(parameter, QgsProcessingGui.WidgetType.Standard)
        self.setDialog(dialog)
        self._dialog = dialog
        self._system = None
        self._combo = None

    def createWidget(self):
        """Put the button beside the choice of tables."""
        widget = QWidget()
        self._combo = QgsProcessingMapLayerComboBox(self.parameterDefinition())
        self._combo.setWidgetContext(self.widgetContext())
        self._combo.valueChanged.connect(self._tell)
        self.button = QPushButton(tr("Edit…"))
        self.button.setToolTip(tr("Compare pairs in the judgement editor"))
        self.button.clicked.connect(self.edit)
        layout = QHBoxLayout(widget)
        layout.setContentsMargins(0, 0, 0, 0)
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
        """Find the index system of the same dialog: it has the hierarchy to begin with."""
        super().postInitialize(wrappers)
        for wrapper in wrappers:
            if wrapper.parameterDefinition().name() == "INDEX_SYSTEM":
                self._system = wrapper

    def edit(self):
        """Open the editor on the chosen table, or on the index system where there is none."""
        from .judgement_dialog import JudgementDialog
        from .judgement_files import is_own_table, table_layer

        dialog = JudgementDialog(self._dialog)
        layer = self._layer(self.parameterValue())
        self._fill(dialog.editor, layer)
        given = dialog.editor.model.state
        if dialog.exec() and (layer is None or dialog.editor.model.state != given):
            known = is_own_table(layer)
            made = table_layer(dialog.editor.rows(), tr("Judgements"), layer if known else None)
            if not known:
                QgsProject.instance().addMapLayer(made)
            self._combo.setLayer(made)
        dialog.deleteLater()

    def _fill(self, editor, layer):
        from ..algorithms.indicators.index_system import preset, read_index_system
        from .judgement_files import layer_rows, read_layer

        try:
            system_layer = self._layer(self._system.parameterValue()) if self._system is not None else None
            if system_layer is None:
                system = preset()
            else:
                system = read_index_system(layer_rows(system_layer), need_weights=False)
            editor.load_system(system)
            if layer is not None:
                editor.load(read_layer(layer), editor.model.labels)
        except ParcelDataError as error:
            editor.messages.pushWarning("", sentence(error))

    def _layer(self, value):
        from qgis.core import QgsProcessingContext, QgsProcessingUtils

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

    def _tell(self):
        self.widgetValueHasChanged.emit(self)
