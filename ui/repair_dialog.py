"""The proposal of a repaired node: present and proposed values side by side."""

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from ..algorithms.parcel_algorithm import tr
from .judgement_model import format_value


class RepairDialog(QDialog):
    """Shows a proposal; accepting it is up to the user.

    Parameters
    ----------
    node : str
        What the node is called.
    before, after : float
        Consistency ratios.
    changes : dict
        ``{(a, b): (present value, proposed value)}``.
    label : callable
        What an element is called.
    parent : QWidget, optional
    """

    def __init__(self, node, before, after, changes, label, parent=None):
        super().__init__(parent)
        self.setWindowTitle(tr("Proposed repair of “{}”").format(node))
        text = QLabel(
            tr(
                "Each judgement is moved towards the weights, as little as the test needs: CR {:.3f} becomes "
                "{:.3f}. Nothing changes unless you apply it, and it can be undone. Better still is to ask "
                "the expert again."
            ).format(before, after)
        )
        text.setWordWrap(True)
        self.table = QTableWidget(len(changes), 4)
        self.table.setHorizontalHeaderLabels([tr("Element"), tr("against"), tr("Present"), tr("Proposed")])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        largest = sorted(changes.items(), key=lambda item: -_factor(*item[1]))
        for row, ((a, b), (present, proposed)) in enumerate(largest):
            for column, cell in enumerate(
                (label(a), label(b), format_value(present), format_value(proposed))
            ):
                item = QTableWidgetItem(cell)
                if column > 1:
                    item.setTextAlignment(int(Qt.AlignmentFlag.AlignCenter))
                self.table.setItem(row, column, item)
        for column, mode in enumerate(("Stretch", "Stretch", "ResizeToContents", "ResizeToContents")):
            self.table.horizontalHeader().setSectionResizeMode(column, getattr(QHeaderView.ResizeMode, mode))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.apply = self.buttons.addButton(tr("Apply"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (text, self.table, self.buttons):
            layout.addWidget(widget)
        self.resize(560, min(200 + 30 * len(changes), 560))


def _factor(present, proposed):
    return max(present / proposed, proposed / present)
