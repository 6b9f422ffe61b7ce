"""The INDEX_SYSTEM parameter in the dialogs of algorithms and of the Modeler: a table, and the editor."""

from qgis.core import QgsProcessingModelChildParameterSource
from qgis.PyQt.QtWidgets import QMessageBox

from ..algorithms.checks import sentence
from ..algorithms.errors import ParcelDataError
from ..algorithms.fields import INDEX_SYSTEM
from ..algorithms.parcel_algorithm import INPUT, tr
from .table_widget import TableWidgetWrapper, edit_button, is_static, layer_of


class IndexSystemWidgetWrapper(TableWidgetWrapper):
    """A choice of tables with a button that opens the editor of index systems.

    The Modeler has the button as well: what is edited there is saved as a CSV file, since a model lasts
    longer than the scratch layers of a project.
    """

    TABLE = INDEX_SYSTEM, "parcel_agglomeration/index_system"
    OTHER = INPUT

    @classmethod
    def in_modeler(cls, widget):
        """Put the button beside QGIS' own widget."""
        widget.button = edit_button(_tip())
        widget.button.clicked.connect(lambda: edit_in_modeler(widget))
        widget.layout().addWidget(widget.button)
        return widget

    @staticmethod
    def texts():
        """Name of a new table, and tool tip of the button."""
        return tr("Index system"), _tip()

    def ask(self, dialog, layer):
        """Open the editor on the chosen table or the paper's, with the parcels of the same dialog."""
        return ask(dialog, layer, self.other_layer())


def ask(parent, layer, parcels=None):
    """Let the user edit an index system.

    Parameters
    ----------
    parent : QWidget
    layer : QgsVectorLayer or None
        Its table; None for the paper's.
    parcels : QgsVectorLayer, optional
        The layer whose fields are matched.

    Returns
    -------
    list of dict or None
        Rows of the table, None where nothing is changed.
    """
    from .index_system import IndexSystemDialog
    from .judgement_files import layer_rows

    window = IndexSystemDialog(parent)
    if layer is not None:
        window.editor.setRows(layer_rows(layer))
    window.editor.setLayer(parcels)
    given = window.editor.rows()
    rows = window.editor.rows() if window.exec() else None
    window.editor.setLayer(None)
    window.deleteLater()
    return None if rows == given else rows


def edit_in_modeler(widget):
    """Edit the table of a model's step, and save it as a file."""
    from .index_system import ask_for_file
    from .judgement_files import write_csv

    source = widget.value()
    layer = layer_of(source.staticValue()) if is_static(source) else None
    rows = ask(widget.window(), layer)
    path = ask_for_file(widget) if rows is not None else ""
    if not path:
        return
    try:
        write_csv(path, rows, [field.name for field in INDEX_SYSTEM])
    except ParcelDataError as error:
        QMessageBox.warning(widget, tr("Index system"), sentence(error))
        return
    widget.setWidgetValue(QgsProcessingModelChildParameterSource.fromStaticValue(path))


def _tip():
    return tr("Edit fields, targets and weights of the indicators")
