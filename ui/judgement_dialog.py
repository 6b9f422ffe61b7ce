"""Windows of the judgement editor: on its own, and for a parameter."""

from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QSizePolicy,
    QVBoxLayout,
)

from ..algorithms.parcel_algorithm import tr
from .judgement_editor import JudgementEditor
from .judgement_files import table_layer


class JudgementDialog(QDialog):
    """The editor in a window.

    Parameters
    ----------
    parent : QWidget, optional
    run : callable, optional
        Called with a layer of the project that holds the judgements, to weigh with them. Without it the
        window returns judgements: it has OK and Cancel.
    """

    def __init__(self, parent=None, run=None):
        super().__init__(parent)
        self.setWindowFlags(
            self.windowFlags()
            | Qt.WindowType.WindowMaximizeButtonHint
            | Qt.WindowType.WindowMinimizeButtonHint
        )
        self.editor = JudgementEditor()
        self._run = run
        self._layer = None
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Close if run else kinds.Ok | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        if run:
            self.weigh = self.buttons.addButton(tr("AHP weights…"), QDialogButtonBox.ButtonRole.ActionRole)
            self.weigh.setToolTip(
                tr("Put the judgements into the project and weigh the indicators with them")
            )
            self.weigh.clicked.connect(self._weigh)
        for button in self.buttons.buttons():
            button.setAutoDefault(False)
            button.setDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addWidget(self.editor, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(_key_help(), 1)
        bottom.addWidget(self.buttons)
        layout.addLayout(bottom)
        self.editor.title_changed.connect(self._show_title)
        self._show_title()
        self.resize(1280, 660)

    def showEvent(self, event):
        """Begin at the first pair."""
        super().showEvent(event)
        self.editor.pairs.focus_row(0)

    def keyPressEvent(self, event):
        """Keep Enter, which ends typing, from closing the window."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def reject(self):
        """Close, but for changes that the user wants to keep."""
        if self._may_go():
            super().reject()

    def closeEvent(self, event):
        """The same for the window's own button."""
        if self._may_go():
            event.accept()
        else:
            event.ignore()

    def _may_go(self):
        if self._run or not self.editor.model.modified:
            return self.editor.may_go()
        buttons = QMessageBox.StandardButton
        text = tr("The judgements have changed. Discard the changes?")
        answer = QMessageBox.question(
            self, tr("Judgements"), text, buttons.Discard | buttons.Cancel, buttons.Cancel
        )
        return answer == buttons.Discard

    def _show_title(self):
        path = self.editor.path
        self.setWindowTitle(tr("Judgements") + (f" – {path.name}" if path else "") + "[*]")
        self.setWindowModified(self.editor.model.modified)

    def _weigh(self):
        project = QgsProject.instance()
        known = project.mapLayer(self._layer) if self._layer else None
        layer = table_layer(self.editor.rows(), tr("Judgements"), known)
        if known is None:
            self._layer = project.addMapLayer(layer).id()
        self._run(layer)


def _key_help():
    label = QLabel(
        tr(
            "←→ one step · 1-9 value · − turn round · Del leave open · ↑↓ pair · "
            "Ctrl+PgUp/PgDn node · Ctrl+Tab expert"
        )
    )
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    # Narrow windows cut it off instead of growing.
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
