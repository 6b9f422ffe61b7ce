"""The editor of an index system: fields, targets and weights of its indicators in one table."""

from pathlib import Path

from qgis.core import QgsApplication, QgsFields, QgsProject
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QFontMetrics, QIcon, QKeySequence
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QAction,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..algorithms.checks import sentence
from ..algorithms.errors import ParcelDataError
from ..algorithms.fields import INDEX_SYSTEM as FIELDS
from ..algorithms.indicators.index_system import DIRECTIONS, preset, read_index_system
from ..algorithms.parcel_algorithm import tr
from .index_system_model import COLUMNS, EDITABLE, IndexSystemModel, direction_name
from .judgement_files import layer_rows, project_tables, read_file, write_csv

PAGES = {
    "fields": ("dimension", "indicator", "field", "values", "missing"),
    "targets": (
        "dimension",
        "indicator",
        "unit",
        "direction",
        "target",
        "lower",
        "upper",
        "target_src",
    ),
    "weights": ("dimension", "indicator", "weight_local", "weight_dim", "weight"),
}
_SPANNED = ("dimension", "weight_dim")
_CHOSEN = ("field", "direction", "target_src")
_WIDE = ("indicator", "field", "values", "target_src")
_ARROW = 14
_TOLD = 4
_CHARACTERS = {
    "dimension": 8,
    "indicator": 17,
    "field": 12,
    "values": 13,
    "unit": 8,
    "target_src": 18,
    "direction": 15,
}
"""What columns need; others 7."""
_LONGEST = 26
"""Characters of a dimension's or layer's name that its column grows to."""


class IndexSystemEditor(QWidget):
    """Edits an index system: a row per indicator, grouped by dimension.

    Enter or F2 edits a cell, Ctrl+V pastes a column that was copied from a spreadsheet, Ctrl+Z takes
    changes back.

    Parameters
    ----------
    parent : QWidget, optional
    files : bool
        Whether there are buttons to open and save tables.
    """

    changed = pyqtSignal()

    def __init__(self, parent=None, files=True):
        super().__init__(parent)
        self._columns = COLUMNS
        self.model = IndexSystemModel(self)
        self.messages = QgsMessageBar()
        self.messages.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.view = IndexSystemView(self.model)
        self._make_actions()
        self.notes = QLabel()
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._tool_bar(files))
        layout.addWidget(self.messages)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.notes)
        self.setFocusProxy(self.view)
        self.model.edited.connect(self._show)
        self.model.failed.connect(lambda text: self.messages.pushWarning("", text))
        self.view.pasted.connect(self._paste)
        self.showColumns(COLUMNS)

    # What is edited

    def setLayer(self, layer):
        """Match the indicators to the fields of a parcel layer, and read what they hold; None for none."""
        self.model.set_layer(layer)

    def setSystem(self, system):
        """Begin anew with an index system."""
        self.messages.clearWidgets()
        self.model.set_system(system)

    def system(self):
        """The index system as it is, with the fields that the layer has for it."""
        return self.model.system()

    def rows(self):
        """Rows of the index system table, by column."""
        return self.system().rows()

    def problems(self):
        """What stands in the way of an evaluation, a sentence each, as far as the shown columns have it."""
        return self.model.problems(self._columns)

    def showColumns(self, names):
        """Show some columns: a page, "fields", "targets" or "weights", or names of columns."""
        self._columns = PAGES.get(names, names) if isinstance(names, str) else tuple(names)
        self.view.show_columns(self._columns)
        self._show()

    def setRows(self, rows):
        """Begin anew with the rows of a table; one that cannot be read is told.

        Returns
        -------
        bool
            Whether it could be read.
        """
        try:
            self.setSystem(read_index_system(rows, need_weights=False))
        except ParcelDataError as error:
            self.messages.pushWarning("", sentence(error))
            return False
        return True

    # Building

    def _make_actions(self):
        def action(text, icon, slot, keys=None, tip=None):
            made = QAction(QgsApplication.getThemeIcon(icon) if icon else QIcon(), text, self)
            made.triggered.connect(lambda _: slot())
            if keys:
                made.setShortcuts([QKeySequence(key) for key in keys])
                made.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shown = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                made.setToolTip(f"{tip or text} ({shown})")
            elif tip:
                made.setToolTip(tip)
            self.addAction(made)
            return made

        self.open = action(tr("Open…"), "/mActionFileOpen.svg", self._open)
        self.save = action(tr("Save as…"), "/mActionFileSaveAs.svg", self._save)
        self.undo = action(tr("Undo"), "/mActionUndo.svg", self.model.undo, ["Ctrl+Z"])
        self.redo = action(tr("Redo"), "/mActionRedo.svg", self.model.redo, ["Ctrl+Shift+Z", "Ctrl+Y"])
        self.paper = action(tr("Index system of the paper"), None, lambda: self.setSystem(preset()))
        self.remove = action(
            tr("Remove"), "/symbologyRemove.svg", self._remove, ["Ctrl+Del"], tr("Remove the indicator")
        )
        self.normalise = action(
            tr("Scale weights"),
            None,
            self.model.normalise,
            tip=tr("Scale the weights so that they add up to 1 in each dimension and in all"),
        )

    def _tool_bar(self, files):
        bar = QToolBar()
        bar.setIconSize(QSize(18, 18))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        if files:
            menu = QMenu(self)
            menu.aboutToShow.connect(lambda: self._list_layers(menu))
            button = QToolButton()
            button.setText(tr("From project"))
            button.setIcon(QgsApplication.getThemeIcon("/mActionOpenTable.svg"))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            bar.addAction(self.paper)
            bar.addAction(self.open)
            bar.addWidget(button)
            bar.addAction(self.save)
            bar.addSeparator()
        bar.addActions([self.undo, self.redo, self.remove, self.normalise])
        for button in bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return bar

    def _show(self):
        self.undo.setEnabled(self.model.can_undo())
        self.redo.setEnabled(self.model.can_redo())
        self.normalise.setEnabled(self.model.unbalanced())
        self.normalise.setVisible("weight_local" in self._columns)
        self.view.group()
        problems = self.problems()
        texts = problems[:_TOLD]
        if len(problems) > _TOLD:
            texts.append(tr("And {} more.").format(len(problems) - _TOLD))
        self.notes.setText("\n".join(texts))
        self.notes.setToolTip("\n".join(problems))
        self.notes.setVisible(bool(texts))
        self.changed.emit()

    # Doing

    def _remove(self):
        self.model.remove({index.row() for index in self.view.selectionModel().selectedIndexes()})

    def _paste(self, text):
        """Put lines and cells of the clipboard where the cursor is, in one step."""
        index = self.view.currentIndex()
        if not index.isValid() or not text.strip():
            return
        shown = [name for name in COLUMNS if name in self._columns]
        if COLUMNS[index.column()] not in shown:
            return
        first = shown.index(COLUMNS[index.column()])
        changes = []
        for offset, line in enumerate(text.rstrip("\r\n").splitlines()):
            row = index.row() + offset
            if row >= self.model.rowCount():
                break
            for column, cell in zip(shown[first:], line.split("\t"), strict=False):
                place = self.model.index(row, COLUMNS.index(column))
                if column in EDITABLE and self.model.flags(place) & Qt.ItemFlag.ItemIsEditable:
                    changes.append((row, column, cell))
        self.messages.clearWidgets()
        self.model.change(changes)

    def _list_layers(self, menu):
        menu.clear()
        for layer in project_tables():
            menu.addAction(
                layer.name().replace("&", "&&"), lambda layer=layer: self.setRows(layer_rows(layer))
            )
        if menu.isEmpty():
            menu.addAction(tr("The project has no tables")).setEnabled(False)

    def _open(self):
        path, _ = QFileDialog.getOpenFileName(
            self,
            tr("Open index system"),
            _folder(),
            tr("Tables (*.csv *.txt *.xlsx *.xls *.ods *.gpkg);;All files (*)"),
        )
        if path:
            self.open_file(path)

    def open_file(self, path):
        """Begin anew with the first table of a file; whether it could be read."""
        try:
            rows = next(iter(read_file(path).values()))
        except ParcelDataError as error:
            self.messages.pushWarning("", sentence(error))
            return False
        return self.setRows(rows)

    def _save(self):
        path = ask_for_file(self)
        if path:
            self.write(path)

    def write(self, path):
        """Write the table as CSV; whether that went well."""
        try:
            write_csv(path, self.rows(), [field.name for field in FIELDS])
        except ParcelDataError as error:
            self.messages.pushWarning("", sentence(error))
            return False
        return True


class IndexSystemView(QTableView):
    """The table: cells of one dimension joined, choices as lists."""

    pasted = pyqtSignal(str)

    def __init__(self, model, parent=None):
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_CellEditor(self))
        self.setAccessibleName(tr("Index system"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.DoubleClicked
            | triggers.SelectedClicked
            | triggers.EditKeyPressed
            | triggers.AnyKeyPressed
        )
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        line = self.fontMetrics().height()
        self.verticalHeader().setDefaultSectionSize(line + 8)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        self.clicked.connect(self._open_list)

    def show_columns(self, names):
        """Show columns by name."""
        for position, name in enumerate(COLUMNS):
            self.setColumnHidden(position, name not in names)
        self._share()

    def resizeEvent(self, event):
        """Share the room out."""
        super().resizeEvent(event)
        self._share()

    def _share(self):
        """Give each column what it needs, and the widest ones what is left."""
        metrics, widths = self.fontMetrics(), {}
        for position, name in enumerate(COLUMNS):
            title = self.model().headerData(position, Qt.Orientation.Horizontal)
            needed = max(
                _CHARACTERS.get(name, 7) * metrics.averageCharWidth(), metrics.horizontalAdvance(title)
            )
            if name == "dimension":
                needed = max(needed, self._names_width())
            if not self.isColumnHidden(position):
                widths[position] = needed + 16
        wide = [position for position in widths if COLUMNS[position] in _WIDE]
        spare = max(self.viewport().width() - sum(widths.values()), 0) // max(len(wide), 1)
        for position, width in widths.items():
            self.setColumnWidth(position, width + (spare if position in wide else 0))

    def _names_width(self):
        """What the names of dimensions and layers need, up to a limit."""
        column = COLUMNS.index("dimension")
        indexes = [self.model().index(row, column) for row in range(self.model().rowCount())]
        if not indexes:
            return 0
        metrics = QFontMetrics(indexes[0].data(Qt.ItemDataRole.FontRole).resolve(self.font()))
        lines = {line for index in indexes for line in index.data().splitlines()}
        longest = max(metrics.horizontalAdvance(line) for line in lines)
        return min(longest, _LONGEST * metrics.averageCharWidth())

    def group(self):
        """Join the cells that neighbouring indicators of a dimension share."""
        rows = self.model().system().indicators
        self.clearSpans()
        start = 0
        for end in range(1, len(rows) + 1):
            if end == len(rows) or rows[end].dimension != rows[start].dimension:
                if end - start > 1:
                    for name in _SPANNED:
                        self.setSpan(start, COLUMNS.index(name), end - start, 1)
                start = end
        line = self.verticalHeader().defaultSectionSize()
        for row in range(len(rows)):
            alone = all(
                not 0 <= other < len(rows) or rows[other].dimension != rows[row].dimension
                for other in (row - 1, row + 1)
            )
            self.setRowHeight(row, 2 * line - 8 if alone else line)
        self._share()

    def keyPressEvent(self, event):
        """Enter edits, Delete empties; copy and paste as in a spreadsheet."""
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QgsApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            # The key that ends editing passes through here as well.
            editing = self.state() == QAbstractItemView.State.EditingState
            if not editing and self.model().flags(index) & Qt.ItemFlag.ItemIsEditable:
                self.edit(index)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not event.modifiers():
            self._clear()
        else:
            super().keyPressEvent(event)

    def _clear(self):
        cells = [
            (index.row(), COLUMNS[index.column()], "")
            for index in self.selectionModel().selectedIndexes()
            if self.model().flags(index) & Qt.ItemFlag.ItemIsEditable
            and COLUMNS[index.column()] not in ("field", "direction")
        ]
        if cells:
            self.model().change(cells)

    def _copy(self):
        lines = {}
        for index in sorted(self.selectionModel().selectedIndexes()):
            if not self.isColumnHidden(index.column()):
                text = self.model().data(index, Qt.ItemDataRole.EditRole)
                lines.setdefault(index.row(), []).append("" if text is None else str(text))
        QgsApplication.clipboard().setText("\n".join("\t".join(cells) for cells in lines.values()))

    def _open_list(self, index):
        """A click on a list opens it."""
        if COLUMNS[index.column()] in ("field", "direction") and index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.edit(index)


class _CellEditor(QStyledItemDelegate):
    """Lists for fields, directions and sources, and a mark in the cells that have one."""

    def createEditor(self, parent, option, index):
        column = COLUMNS[index.column()]
        if column not in _CHOSEN:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        box.setFrame(False)
        if column == "field":
            self._list_fields(box, index.model())
        elif column == "direction":
            for direction in DIRECTIONS:
                box.addItem(direction_name(direction), direction)
        else:
            box.setEditable(True)
            box.addItems([tr("statutory"), tr("plan"), tr("benchmark park"), tr("expert")])
        if column != "target_src":
            box.activated.connect(lambda _: self._end(box))
        return box

    def _list_fields(self, box, model):
        fields = model.layer.fields()
        for name in model.field_names():
            position = fields.lookupField(name)
            alias = fields.at(position).alias()
            box.addItem(QgsFields.iconForFieldType(fields.at(position).type()), name, name)
            if alias:
                box.setItemData(box.count() - 1, alias, Qt.ItemDataRole.ToolTipRole)
        box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + 30)

    def setEditorData(self, editor, index):
        if not isinstance(editor, QComboBox):
            super().setEditorData(editor, index)
            return
        value = index.data(Qt.ItemDataRole.EditRole)
        if editor.isEditable():
            editor.setEditText(value)
        else:
            editor.setCurrentIndex(editor.findData(value))
            editor.showPopup()

    def setModelData(self, editor, model, index):
        if not isinstance(editor, QComboBox):
            super().setModelData(editor, model, index)
        elif editor.isEditable():
            model.setData(index, editor.currentText())
        elif editor.currentIndex() >= 0:
            model.setData(index, editor.currentData())

    def _end(self, box):
        self.commitData.emit(box)
        self.closeEditor.emit(box)

    def paint(self, painter, option, index):
        column = COLUMNS[index.column()]
        listed = column in ("field", "direction") and index.flags() & Qt.ItemFlag.ItemIsEditable
        super().paint(painter, option, index)
        if listed:
            arrow = QStyleOptionViewItem(option)
            arrow.rect = option.rect.adjusted(option.rect.width() - _ARROW, 4, -3, -4)
            style = option.widget.style()
            style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorArrowDown, arrow, painter, option.widget)


class IndexSystemDialog(QDialog):
    """The editor in a window that returns an index system.

    Parameters
    ----------
    parent : QWidget, optional
    """

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setWindowTitle(tr("Index system"))
        self.setWindowFlags(self.windowFlags() | Qt.WindowType.WindowMaximizeButtonHint)
        self.editor = IndexSystemEditor()
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setAutoDefault(False)
            button.setDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addWidget(self.editor, 1)
        layout.addWidget(buttons)
        self.resize(1180, 640)


def ask_for_file(parent):
    """Ask for a CSV file to save an index system to; "" where the user cancels."""
    path, _ = QFileDialog.getSaveFileName(
        parent, tr("Save index system"), str(Path(_folder()) / "index_system.csv"), tr("CSV (*.csv)")
    )
    return path if not path or Path(path).suffix else f"{path}.csv"


def _folder():
    return QgsProject.instance().homePath() or str(Path.home())
