"""The JUDGEMENTS parameter in the dialog of an algorithm: the usual choice of a table, and the editor."""

from ..algorithms.checks import sentence
from ..algorithms.errors import ParcelDataError
from ..algorithms.fields import JUDGEMENTS
from ..algorithms.parcel_algorithm import tr
from .judgement_files import OWN_TABLE, layer_rows, read_layer
from .table_widget import TableWidgetWrapper


class JudgementWidgetWrapper(TableWidgetWrapper):
    """A choice of tables with a button that opens the judgement editor."""

    TABLE = JUDGEMENTS, OWN_TABLE
    OTHER = "INDEX_SYSTEM"

    @staticmethod
    def texts():
        """Name of a new table, and tool tip of the button."""
        return tr("Judgements"), tr("Compare pairs in the judgement editor")

    def ask(self, dialog, layer):
        """Open the editor on the chosen table, or on the index system where there is none."""
        from .judgement_dialog import JudgementDialog

        window = JudgementDialog(dialog)
        self._fill(window.editor, layer)
        given = window.editor.model.state
        accepted = window.exec() and (layer is None or window.editor.model.state != given)
        rows = window.editor.rows() if accepted else None
        window.deleteLater()
        return rows

    def _fill(self, editor, layer):
        from ..algorithms.indicators.index_system import preset, read_index_system

        try:
            system_layer = self.other_layer()
            if system_layer is None:
                system = preset()
            else:
                system = read_index_system(layer_rows(system_layer), need_weights=False)
            editor.load_system(system)
            if layer is not None:
                editor.load(read_layer(layer), editor.model.labels)
        except ParcelDataError as error:
            editor.messages.pushWarning("", sentence(error))
