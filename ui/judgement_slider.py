"""The slider of one pair, and bars for weights: what the judgement editor paints itself."""

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QSizePolicy, QSlider, QWidget

from ..algorithms.parcel_algorithm import tr
from .judgement_model import PER_STEP, SAATY_MAXIMUM, format_value, next_value, position_of, value_at

# Blue and orange stay apart for colour-blind eyes, on light and on dark themes.
FIRST_COLOUR = QColor("#2f74b5")
SECOND_COLOUR = QColor("#cc6a1a")

_LIMIT = PER_STEP * (SAATY_MAXIMUM - 1)
_MARGIN = 11
_HANDLE = 7


class JudgementSlider(QSlider):
    """A slider from 9 for the first of a pair over 1 to 9 for the second.

    Left and right move it by one step of the scale, digits set a value in favour of the first, minus turns
    the judgement round, Delete leaves the pair open. It shows values between and beyond the steps of the
    scale and changes them only when it is moved.
    """

    judged = pyqtSignal(object, bool)
    """New value, None where the pair is left open; and whether the slider is still being dragged."""
    released = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(-_LIMIT, _LIMIT)
        self.setSingleStep(PER_STEP)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._value = None

    def judgement(self):
        """The value that is shown, None where the pair is open."""
        return self._value

    def set_judgement(self, value):
        """Show a value without telling anyone."""
        self._value = value
        self.blockSignals(True)
        self.setValue(position_of(value))
        self.blockSignals(False)
        self.setAccessibleDescription(format_value(value) or tr("open"))
        self.update()

    def sizeHint(self):
        """Wide enough to hit each step."""
        return QSize(17 * 14 + 2 * _MARGIN, 26)

    def minimumSizeHint(self):
        """Half of that still works."""
        return QSize(110, 26)

    # Keys and mouse

    def keyPressEvent(self, event):
        """Move by steps of the scale."""
        key = event.key()
        keys = Qt.Key
        if key in (keys.Key_Left, keys.Key_Right):
            self._judge(next_value(self._value, -1 if key == keys.Key_Left else 1))
        elif key == keys.Key_Home:
            self._judge(float(SAATY_MAXIMUM))
        elif key == keys.Key_End:
            self._judge(1 / SAATY_MAXIMUM)
        elif key in (keys.Key_Delete, keys.Key_Backspace):
            self._judge(None)
        elif key == keys.Key_Space:
            self._judge(1.0)
        elif key == keys.Key_Minus and self._value is not None:
            self._judge(1 / self._value)
        elif event.text().isdecimal() and event.text() in "123456789":
            self._judge(float(event.text()))
        else:
            event.ignore()

    def wheelEvent(self, event):
        """Leave the wheel to the list: scrolling must not judge."""
        event.ignore()

    def mousePressEvent(self, event):
        """Take the step at the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._judge(self._value_under(event), dragging=True)
        else:
            event.ignore()

    def mouseMoveEvent(self, event):
        """Follow the mouse from step to step."""
        if self.isSliderDown():
            self._judge(self._value_under(event), dragging=True)

    def mouseReleaseEvent(self, event):
        """End a drag, which is one step to undo."""
        if self.isSliderDown():
            self.setSliderDown(False)
            self.released.emit()

    def _value_under(self, event):
        share = (event.pos().x() - _MARGIN) / max(self.width() - 2 * _MARGIN, 1)
        return value_at(round(_LIMIT * (2 * share - 1)))

    def _judge(self, value, dragging=False):
        if value != self._value:
            self.set_judgement(value)
            self.judged.emit(value, dragging)

    # Painting

    def paintEvent(self, event):
        """Paint the scale, the part in favour of one side, and the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        faint = _mixed(text, palette.color(QPalette.ColorRole.Window), 0.3)
        y = self.height() / 2
        centre, place = self._x(0), self._x(self.value())
        opened = self._value is None
        line = QPen(
            faint, 3, Qt.PenStyle.DotLine if opened else Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap
        )
        painter.setPen(line)
        painter.drawLine(QPointF(self._x(-_LIMIT), y), QPointF(self._x(_LIMIT), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint)
        for step in range(1 - SAATY_MAXIMUM, SAATY_MAXIMUM):
            radius = 2.6 if step % 2 == 0 else 1.8
            painter.drawEllipse(QPointF(self._x(step * PER_STEP), y), radius, radius)
        painter.setPen(QPen(_mixed(text, palette.color(QPalette.ColorRole.Window), 0.55), 1.5))
        painter.drawLine(QPointF(centre, y - 6), QPointF(centre, y + 6))
        colour = text if self.value() == 0 else FIRST_COLOUR if self.value() < 0 else SECOND_COLOUR
        if self.value() != 0:
            painter.setPen(QPen(colour, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(centre, y), QPointF(place, y))
        if self.hasFocus():
            ring = QColor(palette.color(QPalette.ColorRole.Highlight))
            ring.setAlpha(110)
            painter.setPen(QPen(ring, 4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(place, y), _HANDLE + 1.5, _HANDLE + 1.5)
        base = palette.color(QPalette.ColorRole.Base)
        painter.setPen(QPen(faint if opened else colour, 2))
        painter.setBrush(base if opened else colour)
        painter.drawEllipse(QPointF(place, y), _HANDLE, _HANDLE)
        painter.end()

    def _x(self, position):
        return _MARGIN + (position + _LIMIT) / (2 * _LIMIT) * (self.width() - 2 * _MARGIN)


class ScaleHeader(QWidget):
    """The numbers of the scale above a column of sliders."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.fontMetrics().height() + 2)

    def paintEvent(self, event):
        """Paint every second number of the scale: 9 7 5 3 1 3 5 7 9."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        for step in range(1 - SAATY_MAXIMUM, SAATY_MAXIMUM, 2):
            x = _MARGIN + (step + SAATY_MAXIMUM - 1) / (2 * (SAATY_MAXIMUM - 1)) * (
                self.width() - 2 * _MARGIN
            )
            where = QRectF(x - 12, 0, 24, self.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, str(1 + abs(step)))
        painter.end()


class WeightBars(QWidget):
    """Weights of the children of a node as bars with their names and percentages."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._bars = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_weights(self, bars):
        """Show pairs of a name and a weight, None where it is not known."""
        self._bars = list(bars)
        self.setFixedHeight(max(1, len(self._bars)) * self._row_height() + 4)
        self.setAccessibleName(tr("Weights"))
        self.setAccessibleDescription("; ".join(f"{name} {percent(weight)}" for name, weight in self._bars))
        self.setToolTip("\n".join(f"{name}: {percent(weight, 3)}" for name, weight in self._bars))
        self.update()

    def _row_height(self):
        return self.fontMetrics().height() + 7

    def paintEvent(self, event):
        """Paint name, bar and percentage in a line per child."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, width, height = self.fontMetrics(), self.width(), self._row_height()
        text = self.palette().color(QPalette.ColorRole.WindowText)
        track = _mixed(text, self.palette().color(QPalette.ColorRole.Window), 0.12)
        largest = max((weight for _, weight in self._bars if weight is not None), default=1) or 1
        figures = metrics.horizontalAdvance(percent(1.0)) + 4
        names = max((metrics.horizontalAdvance(name) for name, _ in self._bars), default=0) + 8
        names = min(names, (width - figures) * 3 // 5)
        for k, (name, weight) in enumerate(self._bars):
            line = QRectF(0, k * height + 2, width, height)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names - 6)
            painter.setPen(text)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, shown)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, percent(weight) or "–")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(track)
            bar = QRectF(names, line.top() + 5, width - names - figures - 4, height - 10)
            painter.drawRoundedRect(bar, 3, 3)
            if weight:
                painter.setBrush(FIRST_COLOUR)
                bar.setWidth(max(bar.width() * weight / largest, 2))
                painter.drawRoundedRect(bar, 3, 3)
        painter.end()


def percent(weight, digits=1):
    """A weight as people read it: 31.0 %; "" where it is not known."""
    return "" if weight is None else f"{100 * weight:.{digits}f} %"


def _mixed(colour, other, share):
    """A colour between two: ``share`` of the first."""
    return QColor(
        *(
            round(share * a + (1 - share) * b)
            for a, b in zip(colour.getRgb()[:3], other.getRgb()[:3], strict=True)
        )
    )
