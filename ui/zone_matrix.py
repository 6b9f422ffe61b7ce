"""The zone matrix as a coloured grid to click and to type in."""

from dataclasses import replace
from functools import lru_cache
from itertools import takewhile

from qgis.core import QgsVectorLayer
from qgis.PyQt.QtCore import QAbstractTableModel, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QPalette, QPen, QTextOption
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ..algorithms.checks import sentence
from ..algorithms.errors import ParcelDataError
from ..algorithms.fields import LEVELS_4, ZONES
from ..algorithms.parcel_algorithm import tr
from ..algorithms.presentation import STYLES, user_language
from ..algorithms.zoning.zone_matrix import (
    COMPLETED,
    MOST,
    PRESETS,
    USER,
    matrix_of_rows,
    preset_matrix,
    user_matrix,
)
from ..algorithms.zoning.zoning_parameters import preset_names, violation_sentence, zone_terms

_SIZE = len(LEVELS_4)
_FAULT = QColor("#b3261e")
_MARGIN = 4
_SMALLER = 0.85
"""Size of names against numbers."""
_NAMES, _LINES, _NUMBERS = range(3)
_TOLD = 2
"""Faults that the line below the matrix tells; its tool tip has all."""


@lru_cache(maxsize=1)
def zone_colours():
    """Colours of the zones as resources/styles/zones.qml has them, by zone."""
    layer = QgsVectorLayer("Polygon?field=zone:integer", "zones", "memory")
    layer.loadNamedStyle(str(STYLES / "zones.qml"))
    colours = {}
    for category in layer.renderer().categories():
        text = str(category.value())
        if text.isdigit():
            colours[int(text)] = category.symbol().color()
    return colours


def zone_colour(zone, highest):
    """Colour of a zone where ``highest`` zones are; those of more than four lie between the style's."""
    colours = zone_colours()
    if highest <= len(ZONES):
        return colours[zone]
    place = 1 + (zone - 1) * (len(ZONES) - 1) / (highest - 1)
    low = min(int(place), len(ZONES) - 1)
    parts = zip(colours[low].getRgb(), colours[low + 1].getRgb(), strict=True)
    return QColor(*(round(a + (place - low) * (b - a)) for a, b in parts))


class ZoneMatrixWidget(QWidget):
    """A zone matrix: rows economic level, columns land-value level, both from high to low.

    A click gives a cell the next zone, the right button the previous one. Arrows go from cell to cell,
    digits set a zone, Space the next one, Delete leaves a cell undefined.

    Parameters
    ----------
    parent : QWidget, optional
    presets : bool
        Whether a list of presets stands above the matrix.
    """

    changed = pyqtSignal()

    def __init__(self, parent=None, presets=True):
        super().__init__(parent)
        self._preset = 0
        self._value = None
        self._own = False
        self.model = ZoneMatrixModel(preset_matrix(PRESETS[0]), self)
        self.model.edited.connect(self._edited)
        self.view = ZoneMatrixView(self.model)
        self.presets = QComboBox()
        self.presets.addItems([*preset_names(), tr("Matrix of your own")])
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.presets.setMinimumContentsLength(12)
        self.presets.setAccessibleName(tr("Zone matrix"))
        self.presets.activated.connect(self._choose)
        self.presets.setVisible(presets)
        self._listed = presets
        self.reset = QPushButton(tr("Back to the preset"))
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(lambda: self.setPreset(self._preset))
        self.note = _line()
        self.legend = _line()
        self.warning = _line()
        palette = self.warning.palette()
        palette.setColor(QPalette.ColorRole.WindowText, _FAULT)
        self.warning.setPalette(palette)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for part in (self.presets, self.note, self.view, self.legend, self.warning):
            layout.addWidget(part)
        layout.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.view)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._show()

    # What is shown

    def matrix(self):
        """The matrix that is shown, a ``ZoneMatrix``."""
        return self.model.matrix

    def value(self):
        """Value of the parameter MATRIX: None where a preset stands, else zones row by row, "4,4,3,…".

        As text, not as a list, it comes through the command line that QGIS makes of a run. A value that
        was given and not changed since is returned as it was given.
        """
        return self._value

    def setValue(self, value):
        """Show a value of the parameter MATRIX; an empty one brings the preset back.

        A value that is no matrix is told below the matrix of the preset, and kept.
        """
        numbers = value.split(",") if isinstance(value, str) else value
        if not isinstance(numbers, (list, tuple)):
            numbers = [numbers]  # None, or an expression that only QGIS can evaluate
        if all(str(number).strip() in ("", "NULL", "None") for number in numbers):
            self.setPreset(self._preset)
            return
        try:
            matrix, problem = user_matrix(numbers), ""
        except ParcelDataError as error:
            matrix, problem = preset_matrix(PRESETS[self._preset]), sentence(error)
        self._take(matrix, value, problem)

    def preset(self):
        """Number of the preset that is shown, or was before the matrix became the user's own."""
        return self._preset

    def setPreset(self, number):
        """Show a preset, numbered as in the parameter PRESET."""
        self._preset = number
        self._take(preset_matrix(PRESETS[number]), None, own=False)

    def setMatrix(self, matrix):
        """Show a matrix of any size from 2 x 2 to 9 x 9; only one of 4 x 4 levels and zones has a value."""
        self._take(matrix, _text(matrix))

    def setTable(self, rows):
        """Show the matrix of a table (see ``matrix_of_rows``); one that is none is told, and refused.

        Returns
        -------
        bool
            Whether it is one.
        """
        try:
            self.setMatrix(matrix_of_rows(rows))
        except ParcelDataError as error:
            self._show(sentence(error))
            return False
        return True

    def table(self):
        """Rows of the parameter MATRIX_TABLE: econ_lvl, land_lvl, zone, zone_lbl."""
        return self.model.rows()

    def setCounts(self, counts):
        """Show numbers of parcels in the cells, in the shape of the matrix; None takes them away."""
        self.model.set_counts(counts)

    def setReadOnly(self, read_only, reason=""):
        """Whether the matrix can only be looked at, and why."""
        self.model.read_only = read_only
        self.presets.setEnabled(not read_only)
        self.note.setText(reason)
        self._show()

    def resizeEvent(self, event):
        """Ask for the height that the lines below the matrix need at this width: scroll areas do not."""
        super().resizeEvent(event)
        self._ask_for_height()

    def _ask_for_height(self):
        layout = self.layout()
        least = layout.totalMinimumSize().height()
        self.setMinimumHeight(max(least, layout.totalHeightForWidth(self.width())))

    def _take(self, matrix, value, problem="", own=True):
        before = self._value, self._preset, self.model.matrix
        self._value, self._own = value, own
        self.model.set_matrix(matrix)
        self._show(problem)
        if before[:2] != (value, self._preset) or before[2].cells.tolist() != matrix.cells.tolist():
            self.changed.emit()

    def _edited(self):
        self._value, self._own = _text(self.model.matrix), True
        self._show()
        self.changed.emit()

    def _choose(self, number):
        if number < len(PRESETS):
            self.setPreset(number)
        elif not self._own:
            self._edited()

    def _show(self, problem=""):
        self.presets.setCurrentIndex(len(PRESETS) if self._own else self._preset)
        self.reset.setVisible(self._own and not self._listed and not self.model.read_only)
        self.note.setVisible(bool(self.note.text()))
        matrix = self.model.matrix
        self.view.fit()
        signs = []
        if (matrix.sources == COMPLETED).any():
            signs.append(tr("Hatched: completed by us, the paper prints no zone."))
        if (matrix.cells == 0).any():
            signs.append(tr("–: undefined, such parcels get no zone."))
        self.legend.setText(" ".join(signs))
        self.legend.setVisible(bool(signs))
        faults = [violation_sentence(violation) for violation in matrix.violations()]
        texts = [problem] if problem else faults[:_TOLD]
        if not problem and len(faults) > _TOLD:
            texts.append(tr("And {} more.").format(len(faults) - _TOLD))
        self.warning.setText("\n".join(texts))
        self.warning.setToolTip("\n".join(faults))
        self.warning.setVisible(bool(texts))
        self._ask_for_height()


class ZoneMatrixModel(QAbstractTableModel):
    """Cells of a zone matrix as a table.

    Parameters
    ----------
    matrix : ZoneMatrix
    """

    edited = pyqtSignal()

    def __init__(self, matrix, parent=None):
        super().__init__(parent)
        self.matrix = matrix
        self.read_only = False
        self.brief = _NAMES
        self._counts = None
        self._read()

    def set_matrix(self, matrix):
        """Show another matrix."""
        self.beginResetModel()
        if self._counts is not None and matrix.cells.shape != self.matrix.cells.shape:
            self._counts = None
        self.matrix = matrix
        self._read()
        self.endResetModel()

    def set_counts(self, counts):
        """Show numbers of parcels, or none."""
        self._counts = None if counts is None else [[int(count) for count in row] for row in counts]
        self._tell()

    def rows(self):
        """The matrix as a table with a row per cell."""
        rows, columns = self.matrix.cells.shape
        return [
            {
                "econ_lvl": rows - row,
                "land_lvl": columns - column,
                "zone": int(zone) or None,
                "zone_lbl": self.matrix.names.get(int(zone), ""),
            }
            for (row, column), zone in ((cell, self.matrix.cells[cell]) for cell in _cells(rows, columns))
        ]

    def set_brief(self, brief):
        """What the headers have room for: names of levels, levels in one line, or numbers."""
        if brief != self.brief:
            self.brief = brief
            for orientation in (Qt.Orientation.Horizontal, Qt.Orientation.Vertical):
                self.headerDataChanged.emit(orientation, 0, 0)

    @property
    def highest(self):
        """The highest zone that a cell can have."""
        return _SIZE if _text(self.matrix) else MOST

    def zone(self, index):
        """Zone of a cell, 0 where undefined."""
        return int(self.matrix.cells[index.row(), index.column()])

    def zone_name(self, zone):
        """What a zone is called in the user's language."""
        return self._names[zone - 1] if 0 < zone <= len(self._names) else ""

    def short_name(self, zone):
        """What a zone is called, without the end that the names of all zones share."""
        name = self.zone_name(zone)
        signs = zip(*(name[::-1] for name in self._names), strict=False)
        shared = sum(1 for _ in takewhile(lambda signs: len(set(signs)) == 1, signs))
        return name[: len(name) - shared].rstrip(" -") or name

    def colour(self, zone):
        """Colour of a zone."""
        return zone_colour(zone, max(len(self._names), zone))

    def completed(self, index):
        """Whether a cell completes what the paper prints."""
        return self.matrix.sources[index.row(), index.column()] == COMPLETED

    def faulty(self, index):
        """Whether a cell breaks monotony."""
        return (index.row(), index.column()) in self._faults

    def count(self, index):
        """Number of parcels in a cell, None where it is not known."""
        return None if self._counts is None else self._counts[index.row()][index.column()]

    def set_zone(self, index, zone):
        """Give a cell a zone, 0 for none; the last defined cell keeps its own."""
        if self.read_only or not index.isValid() or not 0 <= zone <= self.highest or zone == self.zone(index):
            return
        cells = self.matrix.cells.copy()
        cells[index.row(), index.column()] = zone
        if not cells.any():
            return
        # Edited back to a preset it is the preset again, with its printed and completed cells.
        self.matrix = (
            user_matrix(cells.ravel().tolist())
            if _text(self.matrix)
            else replace(self.matrix, cells=cells, printed=cells < 0, origin=USER)
        )
        self._read()
        self._tell()
        self.edited.emit()

    def step(self, index, offset):
        """Give a cell the next (1) or previous (-1) zone, round and round."""
        if index.isValid():
            zone = self.zone(index)
            self.set_zone(index, 1 + (zone - 1 + offset) % self.highest if zone else max(offset, 0) or _SIZE)

    def rowCount(self, parent=None):
        """Economic levels."""
        return 0 if parent is not None and parent.isValid() else self.matrix.cells.shape[0]

    def columnCount(self, parent=None):
        """Land-value levels."""
        return 0 if parent is not None and parent.isValid() else self.matrix.cells.shape[1]

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):
        """Level of a row or column, named where there are four."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        across = orientation == Qt.Orientation.Horizontal
        levels = self.matrix.cells.shape[int(across)]
        level = levels - section
        text = (tr("land {}") if across else tr("economy {}")).format(level)
        if self.brief and role == Qt.ItemDataRole.DisplayRole:
            return str(level) if across and self.brief == _NUMBERS else text
        return f"{text}\n{LEVELS_4[level - 1].label(user_language())}" if levels == _SIZE else text

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        """Number and name of a cell's zone, or all that is known of it for tool tips and screen readers."""
        if not index.isValid():
            return None
        zone = self.zone(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{zone} {self.zone_name(zone)}" if zone else "–"
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._describe(index, zone)
        return None

    def _describe(self, index, zone):
        rows, columns = self.matrix.cells.shape
        levels = rows - index.row(), columns - index.column()
        if zone:
            text = tr("Economy {}, land {}: zone {}, {}").format(*levels, zone, self.zone_name(zone))
        else:
            text = tr("Economy {}, land {}: undefined").format(*levels)
        notes = [text]
        if self.completed(index):
            notes.append(tr("completed by us, the paper prints no zone"))
        if self.faulty(index):
            notes.append(tr("breaks monotony"))
        count = self.count(index)
        if count is not None:
            notes.append(tr("{} parcels").format(count))
        return "; ".join(notes)

    def _read(self):
        rows, columns = self.matrix.cells.shape
        self._names = [term.label(user_language()) for term in zone_terms(self.matrix)]
        self._faults = {
            (rows - economy, columns - land)
            for violation in self.matrix.violations()
            for economy, land in violation
        }

    def _tell(self):
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))


class ZoneMatrixView(QTableView):
    """The grid: as high as its cells, as wide as there is room."""

    def __init__(self, model, parent=None):
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_CellPainter(self))
        self.setAccessibleName(tr("Zone matrix: economic level by land-value level"))
        self.setToolTip(
            tr("Click: next zone. Right button: previous zone. Keys 1-{}: zone, Delete: undefined.").format(
                model.highest
            )
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
            header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
            header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.fit()

    def fit(self):
        """Give the rows room for two lines, and the grid for its rows."""
        small = self.model().rowCount() <= _SIZE
        line = self.fontMetrics().height()
        high = round(3 * _SMALLER * line) if small else line
        self.verticalHeader().setDefaultSectionSize(high + 2 * _MARGIN)
        self.horizontalHeader().setMinimumSectionSize(self.fontMetrics().averageCharWidth() * 3)
        self._shorten()
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.model().index(0, 0))

    def sizeHint(self):
        """All rows, and columns wide enough for names in two lines."""
        metrics = self.fontMetrics()
        header = self.verticalHeader().sizeHint().width()
        rows = self.model().rowCount() * self.verticalHeader().defaultSectionSize()
        frame = 2 * self.frameWidth()
        return QSize(
            header + self.model().columnCount() * 12 * metrics.averageCharWidth() + frame,
            self.horizontalHeader().sizeHint().height() + rows + frame,
        )

    def resizeEvent(self, event):
        """Shorten the headers where they have no room."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self):
        model = self.model()
        needed = [
            self._widest(Qt.Orientation.Vertical, model.rowCount(), part)
            + model.columnCount() * self._widest(Qt.Orientation.Horizontal, model.columnCount(), part)
            for part in (slice(None), slice(1))
        ]
        model.set_brief(sum(self.width() < width for width in needed))
        self.setFixedHeight(self.sizeHint().height())

    def _widest(self, orientation, sections, part):
        """Width of the widest of some lines of a header."""
        role = Qt.ItemDataRole.ToolTipRole
        texts = [self.model().headerData(section, orientation, role) for section in range(sections)]
        lines = [line for text in texts for line in text.splitlines()[part]]
        return max(map(self.fontMetrics().horizontalAdvance, lines)) + 3 * _MARGIN

    def minimumSizeHint(self):
        """Numbers can still be read."""
        columns = self.model().columnCount() * self.horizontalHeader().minimumSectionSize()
        width = self.verticalHeader().sizeHint().width() + columns
        return QSize(width, self.sizeHint().height())

    def mousePressEvent(self, event):
        """Next zone, or with the right button the previous one."""
        super().mousePressEvent(event)
        offset = {Qt.MouseButton.LeftButton: 1, Qt.MouseButton.RightButton: -1}.get(event.button())
        if offset:
            self.model().step(self.indexAt(event.pos()), offset)

    def mouseDoubleClickEvent(self, event):
        """The second of two quick clicks counts as well."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event):
        """Digits set a zone, Space the next and Backspace or Delete none."""
        key, index = event.key(), self.currentIndex()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        back = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if plain and event.text().isdecimal():
            self.model().set_zone(index, int(event.text()))
        elif plain and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.model().set_zone(index, 0)
        elif key == Qt.Key.Key_Space and (plain or back):
            self.model().step(index, -1 if back else 1)
        else:
            super().keyPressEvent(event)


class _CellPainter(QStyledItemDelegate):
    """Paints a cell in the colour of its zone, hatched where it is completed, framed where it is at fault."""

    def paint(self, painter, option, index):
        model, rect = index.model(), option.rect
        zone = model.zone(index)
        fill = model.colour(zone) if zone else option.palette.color(QPalette.ColorRole.Base)
        ink = QColor(Qt.GlobalColor.white) if fill.lightnessF() < 0.5 else QColor(Qt.GlobalColor.black)
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, fill)
        if not zone:
            ink = option.palette.color(QPalette.ColorRole.Text)
        elif model.completed(index):
            hatch = QColor(ink)
            hatch.setAlpha(70)
            painter.fillRect(rect, QBrush(hatch, Qt.BrushStyle.BDiagPattern))
        self._frame(painter, option, rect, ink, model.faulty(index))
        painter.setPen(ink)
        self._write(painter, option, rect.adjusted(_MARGIN, 0, -1, 0), zone, model, index)
        painter.restore()

    def _frame(self, painter, option, rect, ink, faulty):
        if faulty:
            painter.setPen(QPen(_FAULT, 3, Qt.PenStyle.DashLine))
            painter.drawRect(rect.adjusted(2, 2, -2, -2))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(ink, 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _write(self, painter, option, rect, zone, model, index):
        font = QFont(option.font)
        font.setBold(True)
        painter.setFont(font)
        number = str(zone) if zone else "–"
        count = model.count(index)
        wide = painter.fontMetrics().horizontalAdvance(number) + 2 * _MARGIN
        rest = QRectF(rect.left() + wide, rect.top(), rect.width() - wide, rect.height())
        plain, wrapped = (
            QTextOption(Qt.AlignmentFlag.AlignVCenter),
            QTextOption(Qt.AlignmentFlag.AlignVCenter),
        )
        plain.setWrapMode(QTextOption.WrapMode.NoWrap)
        painter.drawText(QRectF(rect), number, plain)
        font.setBold(False)
        font.setPointSizeF(option.font.pointSizeF() * _SMALLER)
        painter.setFont(font)
        texts = [model.zone_name(zone), model.short_name(zone)] if count is None else [f"n={count}"]
        for text in texts:
            if rest.contains(painter.boundingRect(rest, text, wrapped)):
                painter.drawText(rest, text, wrapped)
                return
        metrics = painter.fontMetrics()
        if rest.width() >= metrics.horizontalAdvance("000"):
            cut = metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, int(rest.width()))
            painter.drawText(rest, cut, plain)


def _cells(rows, columns):
    return [(row, column) for row in range(rows) for column in range(columns)]


def _text(matrix):
    """Matrix as the parameter MATRIX takes it, None where it has another size, more zones or names."""
    if matrix.cells.shape != (_SIZE, _SIZE) or matrix.cells.max() > _SIZE or matrix.names:
        return None
    return ",".join(str(zone) for zone in matrix.cells.ravel().tolist())


def _line():
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 0.9)
    label.setFont(font)
    return label
