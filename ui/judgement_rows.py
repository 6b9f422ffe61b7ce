"""The pairs of a node in rows: two names, a slider between them, and the value."""

from qgis.PyQt.QtCore import QEvent, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..algorithms.errors import ParcelDataError
from ..algorithms.parcel_algorithm import tr
from .judgement_model import format_value
from .judgement_slider import JudgementSlider, ScaleHeader

VALUE_WIDTH = 64
NOTE_WIDTH = 78
BOLD = 1.12
"""How much wider bold text is; the name that matters more is bold."""
_LABEL_WIDTHS = (70, 180)


class ValueEdit(QLineEdit):
    """The value of one judgement as text; tells it while it is typed, where it can be read.

    Parameters
    ----------
    parse : callable
        Takes the text and returns a value or None, or raises ParcelDataError.
    """

    judged = pyqtSignal(object, bool)
    """Value, None where the text is empty; and whether it is still being typed."""
    failed = pyqtSignal(object)
    """ParcelDataError about the text, None once it can be read."""

    def __init__(self, parse, parent=None):
        super().__init__(parent)
        self._parse = parse
        self._before = None
        self._wrong = False
        self.setFixedWidth(VALUE_WIDTH)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setPlaceholderText(tr("open"))
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._finish)

    def set_judgement(self, value):
        """Show a value, unless this field is being typed in."""
        if not (self.hasFocus() and self.isModified()):
            self._before = value
            self.setText(format_value(value))
            self._tell(None)

    def event(self, event):
        """Leave undo and redo to the editor unless there is typing to take back."""
        if event.type() == QEvent.Type.ShortcutOverride and not self.isModified():
            for keys in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo):
                if event.matches(keys):
                    event.ignore()
                    return False
        return super().event(event)

    def focusInEvent(self, event):
        """Select the text, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.selectAll()

    def keyPressEvent(self, event):
        """Escape takes typing back; it closes the window only where there is none."""
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.setModified(False)
            self.judged.emit(self._before, True)
            self.set_judgement(self._before)
            self.selectAll()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
            self.selectAll()
        else:
            super().keyPressEvent(event)

    def _typed(self, text):
        try:
            value = self._parse(text)
        except ParcelDataError:
            return
        if value is not None:
            self.judged.emit(value, True)

    def _finish(self):
        if not self.isModified():
            return
        try:
            value = self._parse(self.text())
        except ParcelDataError as error:
            # The beginning of the text may have been a value.
            self.judged.emit(self._before, True)
            self._tell(error)
            return
        self.setModified(False)
        self._before = value
        self._tell(None)
        self.judged.emit(value, False)

    def _tell(self, error):
        if error is None and not self._wrong:
            return
        self._wrong = error is not None
        self.setStyleSheet("" if error is None else "QLineEdit { border: 2px solid #c0392b; }")
        self.failed.emit(error)


class PairRow(QFrame):
    """One pair: names, slider, value, and for the worst pair what would agree with the weights."""

    judged = pyqtSignal(str, str, object, bool)
    """a, b, value or None, whether more of the same step is to come."""
    entered = pyqtSignal(object)
    """This row, when one of its fields gets the focus."""
    left = pyqtSignal(object, int)
    """This row, and -1 for up or +1 for down."""
    step_ended = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, a, b, names, widths, parse, parent=None):
        super().__init__(parent)
        self.a, self.b = a, b
        self.names = names
        self._marked = ("no", None)
        self.setProperty("worst", "no")
        self.first, self.second = map(_name_label, names, (a, b), widths)
        self.first.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider = JudgementSlider()
        self.edit = ValueEdit(parse)
        self.clear = QToolButton()
        self.clear.setText("×")
        self.clear.setAutoRaise(True)
        self.clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.clear.setToolTip(tr("Leave this pair open (Delete)"))
        self.note = QToolButton()
        self.note.setFixedWidth(NOTE_WIDTH)
        self.note.setAutoRaise(True)
        self.note.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        pair = tr("{} against {}").format(*names)
        self.slider.setAccessibleName(pair)
        self.edit.setAccessibleName(pair)
        self.slider.setToolTip(
            tr("Left and right: one step. 1 to 9: in favour of {}. Minus: the other way round.").format(
                names[0]
            )
        )
        self.edit.setToolTip(tr("How many times {} matters more than {}: 3, 1.5 or 1/3").format(*names))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 2)
        layout.setSpacing(5)
        for widget in (self.first, self.slider, self.second, self.edit, self.clear, self.note):
            layout.addWidget(widget, 1 if widget is self.slider else 0)

        self.slider.judged.connect(lambda value, more: self.judged.emit(a, b, value, more))
        self.slider.released.connect(self.step_ended)
        self.edit.judged.connect(self._typed)
        self.edit.failed.connect(self.failed)
        self.clear.clicked.connect(lambda: self.judged.emit(a, b, None, False))
        self.note.clicked.connect(lambda: self.judged.emit(a, b, self._marked[1], False))
        for widget in (self.slider, self.edit):
            widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        """Tell when one of the fields gets the focus."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit(self)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event):
        """Up and down go to the next row."""
        offset = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(event.key())
        if offset is None:
            super().keyPressEvent(event)
        else:
            self.left.emit(self, offset)

    def show_judgement(self, value, worst, passes, enabled):
        """Show a value; ``worst`` is the value that would agree with the weights, None for other pairs."""
        self.slider.set_judgement(value)
        self.edit.set_judgement(value)
        self.slider.setEnabled(enabled)
        self.edit.setReadOnly(not enabled)
        self.clear.setEnabled(enabled and value is not None)
        for label, favoured in (
            (self.first, value is not None and value > 1),
            (self.second, value is not None and value < 1),
        ):
            font = label.font()
            if font.bold() != favoured:
                font.setBold(favoured)
                label.setFont(font)
        self.note.setEnabled(enabled)
        mark = "no" if worst is None else "mild" if passes else "bad"
        if (mark, worst) == self._marked:
            return
        self._marked = mark, worst
        suggested = format_value(worst, 3)
        self.note.setText({"no": "", "mild": f"→ {suggested}", "bad": f"⚠ → {suggested}"}[mark])
        tip = tr("Farthest from the weights of all pairs: {} would agree. Click to use it.")
        self.note.setToolTip(tip.format(suggested) if suggested else "")
        self.setProperty("worst", mark)
        self.style().unpolish(self)
        self.style().polish(self)

    def _typed(self, value, more):
        self.judged.emit(self.a, self.b, value, more)
        if not more:
            self.step_ended.emit()


class PairList(QWidget):
    """The pairs of one node below the numbers of the scale."""

    judged = pyqtSignal(str, str, object, bool)
    entered = pyqtSignal(object)
    step_ended = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.rows = []
        self._key = None
        self._header = QWidget()
        self._scale = ScaleHeader()
        self._before, self._after = QLabel(), QLabel()
        self._before.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header = QHBoxLayout(self._header)
        header.setSpacing(5)
        header.addWidget(self._before)
        header.addWidget(self._scale, 1)
        header.addWidget(self._after)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._header)
        layout.addWidget(self._area, 1)
        self.setStyleSheet(
            "PairRow { border: 1px solid transparent; border-radius: 4px; }"
            'PairRow[worst="bad"] { border: 1px solid #c0392b; background: rgba(224, 108, 60, 45); }'
            'PairRow[worst="mild"] { border: 1px dashed palette(mid); }'
        )

    def show_pairs(self, judgements, names, result, parse, enabled):
        """Show the pairs of a node.

        Parameters
        ----------
        judgements : dict
            ``{(a, b): value}``, None where open.
        names : dict
            What elements are called.
        result : NodeResult
        parse : callable
            Takes text, a and b and returns a value.
        enabled : bool
            Whether values may be changed.
        """
        key = [(pair, names[pair[0]], names[pair[1]]) for pair in judgements]
        if key != self._key:
            self._key = key
            self._build(key, parse)
        worst = {result.worst[:2]: result.worst[3]} if result.worst else {}
        for row in self.rows:
            value = judgements[row.a, row.b]
            row.show_judgement(value, worst.get((row.a, row.b)), result.consistent, enabled)

    def _build(self, key, parse):
        metrics = self.fontMetrics()
        widths = []
        for place in (1, 2):
            widest = max((metrics.horizontalAdvance(pair[place]) for pair in key), default=0)
            widths.append(min(max(round(BOLD * widest) + 6, _LABEL_WIDTHS[0]), _LABEL_WIDTHS[1]))
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        self.rows = []
        for (a, b), *names in key:
            row = PairRow(a, b, names, widths, lambda text, a=a, b=b: parse(text, a, b))
            row.judged.connect(self.judged)
            row.entered.connect(self._enter)
            row.step_ended.connect(self.step_ended)
            row.failed.connect(self.failed)
            row.left.connect(self._leave)
            column.addWidget(row)
            self.rows.append(row)
        column.addStretch(1)
        self._area.setWidget(inner)
        self._before.setFixedWidth(widths[0])
        spacing = self._header.layout().spacing()
        bar = self._area.verticalScrollBar().sizeHint().width()
        after = (
            widths[1]
            + VALUE_WIDTH
            + NOTE_WIDTH
            + 3 * spacing
            + (self.rows[0].clear.sizeHint().width() if key else 0)
        )
        self._after.setFixedWidth(after)
        self._header.layout().setContentsMargins(6, 2, 6 + bar, 0)
        self._header.setVisible(bool(key))
        self._before.setText(tr("◀ matters more"))
        self._after.setText(tr("matters more ▶"))

    def _enter(self, row):
        self._area.ensureWidgetVisible(row, 0, 8)
        self.entered.emit(row)

    def focus_row(self, number, typing=False):
        """Put the focus on the slider, or with ``typing`` the value, of a row."""
        if self.rows:
            row = self.rows[min(max(number, 0), len(self.rows) - 1)]
            (row.edit if typing else row.slider).setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave(self, row, offset):
        self.focus_row(self.rows.index(row) + offset, row.edit.hasFocus())


def _name_label(name, code, width):
    label = QLabel()
    label.setFixedWidth(width)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setToolTip(name if name == code else f"{name} ({code})")
    label.setText(label.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, round(width / BOLD)))
    return label
