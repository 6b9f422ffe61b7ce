"""An index system as a table to edit, its fields matched to a layer."""

import math
from dataclasses import replace

from qgis.PyQt.QtCore import QAbstractTableModel, QMetaType, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QFont

from ..algorithms.checks import sentence
from ..algorithms.errors import ParcelDataError
from ..algorithms.fields import TERMS
from ..algorithms.indicators.field_matching import Match
from ..algorithms.indicators.index_system import (
    DIRECTIONS,
    TOLERANCE,
    IndexSystem,
    preset,
    read_index_system,
)
from ..algorithms.indicators.index_system_parameters import indicator_name, match_layer
from ..algorithms.parcel_algorithm import tr
from ..algorithms.parsing import parse_number, parse_ratio
from ..algorithms.presentation import user_language
from ..algorithms.scoring.target_scores import check_target
from .field_values import FieldReader

COLUMNS = (
    "dimension",
    "indicator",
    "field",
    "values",
    "missing",
    "unit",
    "direction",
    "target",
    "lower",
    "upper",
    "target_src",
    "weight_local",
    "weight_dim",
    "weight",
)
EDITABLE = ("field", "direction", "target", "lower", "upper", "target_src", "weight_local", "weight_dim")
TARGETS = ("target", "lower", "upper")
WEIGHTS = ("weight_local", "weight_dim", "weight")

_FAULT = QColor("#b3261e")
_ASSUMED = QColor("#7a6a00")


class IndexSystemModel(QAbstractTableModel):
    """The indicators of an index system, a row each, and the fields of a layer that hold them.

    Parameters
    ----------
    parent : QObject, optional
    """

    edited = pyqtSignal()
    """The system or what is known of its fields is another one."""
    failed = pyqtSignal(str)
    """A change that is none, in a sentence."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._system = preset()
        self._layer = None
        self._chosen = {}
        self._undo, self._redo = [], []
        self.reader = FieldReader(self)
        self.reader.read.connect(self._show_values)
        self._match()

    # What is edited

    @property
    def layer(self):
        """The parcel layer, or None."""
        return self._layer

    def set_layer(self, layer):
        """Match the indicators to the fields of a parcel layer, None for no layer."""
        if self._layer is not None:
            self._layer.willBeDeleted.disconnect(self._lose_layer)
        if layer is not None:
            layer.willBeDeleted.connect(self._lose_layer)
        self._layer = layer
        self._chosen = {}
        self.reader.set_layer(layer)
        self._renew()

    def _lose_layer(self):
        self._layer = None
        self.reader.forget()
        self._renew()

    def set_system(self, system):
        """Begin anew with an index system."""
        self._undo, self._redo = [], []
        self._chosen = {}
        self._system = system
        self._renew()

    def system(self):
        """The index system, with the fields that the layer has for it."""
        fields = [match.field or row.field for row, match in zip(self._rows, self.matches, strict=True)]
        return IndexSystem(
            tuple(replace(row, field=field) for row, field in zip(self._rows, fields, strict=True))
        )

    def field_names(self):
        """Fields of the layer that may hold an indicator: numbers, and texts that may be numbers."""
        if self._layer is None:
            return []
        return [
            field.name()
            for field in self._layer.fields()
            if field.isNumeric() or field.type() == QMetaType.Type.QString
        ]

    def matched_fields(self):
        """Fields of the layer that hold an indicator: dict of field and name of the indicator."""
        pairs = zip(self._rows, self.matches, strict=True)
        return {match.field: indicator_name(row) for row, match in pairs if match.field}

    @property
    def _rows(self):
        return self._system.indicators

    def _renew(self):
        self.beginResetModel()
        self._match()
        self.endResetModel()
        self.edited.emit()

    def _match(self):
        if self._layer is None:
            self.matches = [Match(code, None, None) for code in self._system.codes]
        else:
            self.matches = match_layer(self._system, self._layer.fields())
        self.reader.ask([match.field for match in self.matches if match.field])

    def _show_values(self):
        self.reader.ask([match.field for match in self.matches if match.field])
        self._tell()

    def _tell(self):
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(COLUMNS) - 1))
        self.edited.emit()

    # Changing, and undo

    def change(self, changes):
        """Change cells in one step; one that cannot be changed is told, and then none is.

        Parameters
        ----------
        changes : list of (int, str, str)
            Row, column, text.

        Returns
        -------
        bool
            Whether they are changed.
        """
        rows, chosen = list(self._rows), {}
        try:
            for number, column, text in changes:
                row = self._changed(rows[number], column, text)
                if column == "field":
                    chosen[row.indicator] = row.field
                if column == "weight_dim":
                    rows = [_weighed(r, row.weight_dim) if r.dimension == row.dimension else r for r in rows]
                else:
                    rows[number] = row
        except ParcelDataError as error:
            self.failed.emit(sentence(error))
            return False
        self._take(IndexSystem(tuple(rows)), chosen)
        return True

    def remove(self, positions):
        """Take indicators out, in one step; the last one stays."""
        kept = tuple(row for position, row in enumerate(self._rows) if position not in set(positions))
        if kept:
            self._take(IndexSystem(kept))

    def normalise(self):
        """Scale the weights so that they add up to 1, in one step."""
        try:
            self._take(read_index_system(self._system.rows()).normalised())
        except ParcelDataError as error:
            self.failed.emit(sentence(error))

    def can_undo(self):
        """Whether there is a step to take back."""
        return bool(self._undo)

    def can_redo(self):
        """Whether there is a step to take again."""
        return bool(self._redo)

    def undo(self):
        """Take the last step back."""
        self._step(self._undo, self._redo)

    def redo(self):
        """Take the step again that was taken back last."""
        self._step(self._redo, self._undo)

    def _step(self, source, target):
        if source:
            target.append((self._system, self._chosen))
            before = self._system.codes
            self._system, self._chosen = source.pop()
            self._refresh(before)

    def _take(self, system, chosen=None):
        if system.rows() == self._system.rows() and not chosen:
            return
        self._undo.append((self._system, self._chosen))
        self._redo.clear()
        before = self._system.codes
        self._system, self._chosen = system, self._chosen | (chosen or {})
        self._refresh(before)

    def _refresh(self, before):
        # A reset would end the editing of the next cell.
        if before != self._system.codes:
            self._renew()
        else:
            self._match()
            self._tell()

    def _changed(self, row, column, text):
        text = str(text).strip()
        read = {"field": self._field, "direction": _direction, "target_src": str}
        if column in read:
            return replace(row, **{column: read[column](text)})
        number = parse_number(text) if column in TARGETS else parse_ratio(text)
        row = replace(row, **{column: number})
        if column in WEIGHTS:
            return replace(row, weight=row.weight_local * row.weight_dim)
        # A number that somebody types is no longer what the data gave.
        return replace(row, target_src="") if row.target_src.startswith("derived") else row

    def _field(self, text):
        names = self.field_names()
        found = [name for name in names if text.lower() in (name.lower(), self._alias(name).lower())]
        if names and not found:
            raise ParcelDataError("The layer has no field “{}”.", text)
        return found[0] if found else text

    def _alias(self, name):
        return self._layer.fields().field(name).alias()

    # What is wrong

    def sums(self):
        """Sums of the local weights by dimension, and of the dimensions' weights."""
        local = {
            dimension: sum(self._rows[p].weight_local for p in members)
            for dimension, members in self._system.dimensions.items()
        }
        return local, sum(self._system.dimension_weight(dimension) for dimension in local)

    def unbalanced(self):
        """Whether there are weights that do not add up to 1."""
        local, total = self.sums()
        return any(not abs(value - 1) <= TOLERANCE for value in (*local.values(), total))

    def problems(self, columns=COLUMNS):
        """What stands in the way of an evaluation, a sentence each, as far as columns show it."""
        texts = []
        if "field" in columns and self._layer is not None:
            texts.extend(self._field_problems())
        if "target" in columns:
            texts.extend(_raised(lambda row=row: check_target(row)) for row in self._rows)
        if "weight" in columns:
            weighed = _raised(lambda: read_index_system(self._system.rows()))
            texts.append(weighed or _raised(self._system.check_weights))
            texts.append(_raised(self._system.check_layers))
        return [text for text in texts if text]

    def _field_problems(self):
        texts = []
        for row, match in zip(self._rows, self.matches, strict=True):
            name = indicator_name(row)
            known = self.reader.values(match.field) if match.field else None
            if not match.field:
                text = tr("“{}” has no field in the layer: choose one, or remove the indicator.").format(name)
                texts.append(f"{text} {_capital(sentence(match.reason))}." if match.reason else text)
            elif known is not None and known.wrong:
                texts.append(
                    tr("Field {} of “{}” holds “{}”, which is no number.").format(
                        match.field, name, known.wrong
                    )
                )
            elif known is not None and known.missing == known.count:
                texts.append(tr("Field {} of “{}” has no values.").format(match.field, name))
        return texts

    # Qt's model

    def rowCount(self, parent=None):
        """Indicators."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent=None):
        """What is known of an indicator."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):
        """Names of the columns."""
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return _titles()[COLUMNS[section]]

    def flags(self, index):
        """What can be edited."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if self._editable(index) else flags

    def _editable(self, index):
        column, direction = COLUMNS[index.column()], self._rows[index.row()].direction
        allowed = {
            "field": self._layer is not None,
            "lower": direction == "interval",
            "upper": direction == "interval",
            "target": direction not in ("interval", "flag"),
            "target_src": direction != "flag",
        }
        return column in EDITABLE and allowed.get(column, True)

    def setData(self, index, value, role=Qt.ItemDataRole.EditRole):
        """Change a cell."""
        if role != Qt.ItemDataRole.EditRole or not self._editable(index):
            return False
        # Leaving a cell as it was is no change, though it shows fewer digits than there are.
        if str(value) == str(self.data(index, Qt.ItemDataRole.EditRole)):
            return False
        return self.change([(index.row(), COLUMNS[index.column()], value)])

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        """What a cell shows, and what is to say about it."""
        if not index.isValid():
            return None
        column = COLUMNS[index.column()]
        make = {
            Qt.ItemDataRole.DisplayRole: self._display,
            Qt.ItemDataRole.EditRole: self._edit_text,
            Qt.ItemDataRole.ToolTipRole: self._tip,
            Qt.ItemDataRole.AccessibleDescriptionRole: self._tip,
            Qt.ItemDataRole.AccessibleTextRole: self._spoken,
            Qt.ItemDataRole.ForegroundRole: self._ink,
        }.get(role)
        if make is not None:
            return make(index.row(), self._rows[index.row()], column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in ("missing", *TARGETS, *WEIGHTS):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and column == "dimension":
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _known(self, number):
        """What the field of an indicator holds, None where it is not known."""
        field = self.matches[number].field
        return self.reader.values(field) if field else None

    def _display(self, number, row, column):
        known = self._known(number)
        reading = "…" if self.reader.busy and self.matches[number].field else ""
        texts = {
            "dimension": lambda: f"{_label(row.dimension)}\n{_label(row.layer)}",
            "indicator": lambda: indicator_name(row),
            "field": lambda: self.matches[number].field or ("–" if self._layer is not None else row.field),
            "values": lambda: reading if known is None else "; ".join(known.first),
            "missing": lambda: reading if known is None else str(known.missing),
            "direction": lambda: direction_name(row.direction),
            "weight_dim": lambda: f"{_number(row.weight_dim)}\nΣ = {_number(self.sums()[0][row.dimension])}",
        }
        return texts[column]() if column in texts else self._edit_text(number, row, column)

    def _edit_text(self, number, row, column):
        if column == "field":
            return self.matches[number].field or ""
        value = getattr(row, column, None)
        return _number(value) if isinstance(value, float) else value

    def _spoken(self, number, row, column):
        return f"{indicator_name(row)}, {_titles()[column]}: {self._display(number, row, column)}"

    def _tip(self, number, row, column):
        tips = {
            "dimension": lambda: self._display(number, row, column),
            "unit": lambda: row.unit or None,
            "target_src": lambda: row.target_src or None,
            "indicator": lambda: (
                f"{row.name} · {row.name_zh} ({row.indicator}{f', {row.unit}' if row.unit else ''})"
            ),
            "field": lambda: self._reason(row, self.matches[number]),
            "values": lambda: self._range(self._known(number)),
            "missing": lambda: self._range(self._known(number)),
            "target": lambda: (
                tr("Empty: derived from the data, and marked so in every output")
                if self._derives(row)
                else None
            ),
            "weight_local": lambda: self._sum_text(row),
            "weight_dim": lambda: self._sum_text(row),
        }
        return tips[column]() if column in tips else None

    def _reason(self, row, match):
        """Why an indicator is read from its field, or from none."""
        if not match.field:
            return sentence(match.reason) if match.reason else None
        if self._chosen.get(row.indicator) == match.field:
            return tr("Field {}, chosen here").format(match.field)
        return tr("Indicator “{}” is read from field {} (matched by {}).").format(
            row.indicator, match.field, sentence(match.reason)
        )

    @staticmethod
    def _range(known):
        if known is None:
            return None
        text = tr("{} of {} features have no value").format(known.missing, known.count)
        if known.lowest is None:
            return text
        return text + "\n" + tr("from {:.6g} to {:.6g}").format(known.lowest, known.highest)

    def _sum_text(self, row):
        local, total = self.sums()
        return tr("Within “{}”: {:.6g}; all dimensions: {:.6g}").format(
            _label(row.dimension), local[row.dimension], total
        )

    @staticmethod
    def _derives(row):
        return math.isnan(row.target) and row.direction not in ("interval", "flag")

    def _ink(self, number, row, column):
        known = self._known(number)
        local, total = self.sums()
        sums = {"weight_local": (local[row.dimension],), "weight_dim": (local[row.dimension], total)}
        empty = known is not None and (known.wrong or known.missing == known.count)
        if (
            (column == "field" and self._layer is not None and not self.matches[number].field)
            or (column in ("values", "missing") and empty)
            or any(not abs(value - 1) <= TOLERANCE for value in sums.get(column, ()))
        ):
            return _FAULT
        if column == "target_src" and row.target_src.startswith(("assumed", "derived")):
            return _ASSUMED
        return None


def direction_name(direction):
    """What a direction is called in the user's language."""
    return {
        "benefit": tr("more is better"),
        "cost": tr("less is better"),
        "interval": tr("within limits"),
        "flag": tr("yes or no"),
        "rating": tr("rating 1-10"),
    }[direction]


def _direction(text):
    for direction in DIRECTIONS:
        if text.lower() in (direction, direction_name(direction).lower()):
            return direction
    raise ParcelDataError("“{}” is no direction: it is one of {}.", text, ", ".join(DIRECTIONS))


def _titles():
    return {
        "dimension": tr("Dimension"),
        "indicator": tr("Indicator"),
        "field": tr("Field"),
        "values": tr("First values"),
        "missing": tr("Missing"),
        "unit": tr("Unit"),
        "direction": tr("Direction"),
        "target": tr("Target"),
        "lower": tr("Lower"),
        "upper": tr("Upper"),
        "target_src": tr("Source of the target"),
        "weight_local": tr("Weight within"),
        "weight_dim": tr("Of dimension"),
        "weight": tr("Composite"),
    }


def _label(code):
    term = TERMS.get(code)
    return term.label(user_language()) if term else code


def _number(value):
    return "" if math.isnan(value) else f"{value:.6g}"


def _weighed(row, weight_dim):
    return replace(row, weight_dim=weight_dim, weight=row.weight_local * weight_dim)


def _raised(check):
    """The sentence that a check raises, "" where it raises none."""
    try:
        check()
    except ParcelDataError as error:
        return sentence(error)
    return ""


def _capital(text):
    return text[:1].upper() + text[1:]
