"""The judgement editor: experts, hierarchy, pairs, weights and consistency in one widget."""

from dataclasses import replace
from itertools import count
from pathlib import Path

from qgis.core import QgsApplication
from qgis.gui import QgsMessageBar
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QIcon, QKeySequence
from qgis.PyQt.QtWidgets import (
    QAction,
    QDoubleSpinBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QTabBar,
    QToolBar,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..algorithms.checks import sentence
from ..algorithms.errors import ParcelDataError
from ..algorithms.parcel_algorithm import tr
from ..algorithms.presentation import user_language
from .judgement_files import layer_rows, project_tables, read_file, read_layer, write_csv
from .judgement_model import (
    GOAL,
    SAATY_REACHES,
    Expert,
    JudgementModel,
    State,
    format_value,
    read_state,
    state_of_system,
)
from .judgement_rows import PairList
from .judgement_slider import WeightBars, percent

PASS_COLOUR = QColor("#2e7d32")
FAIL_COLOUR = QColor("#b3261e")
OPEN_COLOUR = QColor("#7a6a00")

_NAME_ROLE = Qt.ItemDataRole.UserRole
_CIRCLES = 2


class JudgementEditor(QWidget):
    """Edits the judgements of experts over a hierarchy.

    Parameters
    ----------
    parent : QWidget, optional
    """

    title_changed = pyqtSignal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self.model = JudgementModel()
        self.path = None
        self._node = GOAL
        self._row = None
        self._shown = None
        self._make_actions()
        self._lay_out()
        self.model.changed = self.refresh
        self.new_hierarchy()

    # What is edited

    @property
    def expert(self):
        """Number of the expert whose tab is shown; None for all experts together."""
        number = self.tabs.currentIndex()
        return number if 0 <= number < len(self.model.experts) else None

    @property
    def node(self):
        """Name of the node whose pairs are shown."""
        return self._node

    def rows(self):
        """The judgement table."""
        return self.model.rows()

    def load(self, tables, labels=None):
        """Begin anew with judgement tables, rows by name.

        Raises
        ------
        ParcelDataError
            The table cannot be read.
        """
        state = read_state(tables)
        named = _free_name(state.experts)
        experts = tuple(expert if expert.name else replace(expert, name=named) for expert in state.experts)
        self._begin(replace(state, experts=experts), labels)

    def load_system(self, system):
        """Begin anew with the hierarchy of an index system, all pairs open."""
        labels = {row.indicator: (row.name, row.name_zh) for row in system.indicators}
        self._begin(state_of_system(system, _free_name()), labels)

    def new_hierarchy(self):
        """Begin anew with a goal alone."""
        self._begin(State(GOAL, {}, (Expert(_free_name()),)), {})

    def _begin(self, state, labels):
        self.path = None
        self._node = state.goal
        self.tabs.setCurrentIndex(0)
        self.messages.clearWidgets()
        self.model.reset(state, labels)
        self.select_node(next((n for n in self.model.names() if self.model.pairs(n)), state.goal))
        self.pairs.focus_row(0)

    def label(self, name):
        """What an element is called in the user's language."""
        return tr("Goal") if name == GOAL else self.model.label(name, user_language())

    # Building the window

    def _make_actions(self):
        in_window, in_tree = Qt.ShortcutContext.WindowShortcut, Qt.ShortcutContext.WidgetShortcut

        def action(text, icon, slot, keys=None, tip=None, context=in_window):
            made = QAction(QgsApplication.getThemeIcon(icon) if icon else QIcon(), text, self)
            made.triggered.connect(lambda _: slot())
            if keys:
                made.setShortcuts(keys if isinstance(keys, list) else [QKeySequence(keys)])
                made.setShortcutContext(context)
            shortcut = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            made.setToolTip(f"{tip or text} ({shortcut})" if shortcut else tip or text)
            self.addAction(made)
            return made

        standard = QKeySequence.StandardKey
        self.open = action(tr("Open…"), "/mActionFileOpen.svg", self._open, standard.Open)
        self.save = action(tr("Save"), "/mActionFileSave.svg", self.save_file, standard.Save)
        self.save_as = action(tr("Save as…"), "/mActionFileSaveAs.svg", self.save_file_as, "Ctrl+Shift+S")
        self.undo = action(tr("Undo"), "/mActionUndo.svg", self._undo, standard.Undo)
        redo_keys = [QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")]
        self.redo = action(tr("Redo"), "/mActionRedo.svg", self._redo, redo_keys)
        self.preset = action(
            tr("Index system of the paper"), None, self._preset, tip=tr("Goal, layer, dimension, indicator")
        )
        self.empty = action(tr("Empty hierarchy"), None, self._empty)
        self.add = action(
            tr("Add…"),
            "/symbologyAdd.svg",
            self._add,
            "Ins",
            tip=tr("Add elements below the chosen one"),
            context=in_tree,
        )
        self.remove = action(
            tr("Remove"), "/symbologyRemove.svg", self._remove, "Del", tr("Remove the element"), in_tree
        )
        self.rename = action(tr("Rename…"), "/mActionToggleEditing.svg", self._rename, "F2")
        self.up = action(tr("Move up"), "/mActionArrowUp.svg", lambda: self._move(-1), "Alt+Up")
        self.down = action(tr("Move down"), "/mActionArrowDown.svg", lambda: self._move(1), "Alt+Down")
        self.add_expert = action(tr("Add expert…"), "/symbologyAdd.svg", self._add_expert)
        self.copy_expert = action(tr("Copy expert…"), None, lambda: self._add_expert(copied=self.expert))
        self.rename_expert = action(tr("Rename expert…"), None, self._rename_expert)
        self.remove_expert = action(tr("Remove expert"), None, self._remove_expert)
        self.next_node = action(tr("Next node"), None, lambda: self._go(1), "Ctrl+PgDown")
        self.previous_node = action(tr("Previous node"), None, lambda: self._go(-1), "Ctrl+PgUp")
        self.next_expert = action(tr("Next expert"), None, self._next_expert, "Ctrl+Tab")
        self.repair = action(tr("Propose repair…"), None, self._repair, "Ctrl+R")
        self.suggest = action(tr("Use suggested value"), None, self._use_suggestion, "Ctrl+U")

    def _lay_out(self):
        self.messages = QgsMessageBar()
        self.messages.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self._hierarchy_panel())
        splitter.addWidget(self._pairs_panel())
        splitter.addWidget(self._result_panel())
        for place, (stretch, width) in enumerate(((2, 300), (5, 620), (0, 250))):
            splitter.setStretchFactor(place, stretch)
            splitter.widget(place).setMinimumWidth(min(width, 220))
        splitter.setSizes([310, 660, 260])
        splitter.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._tool_bar())
        layout.addWidget(self.messages)
        layout.addLayout(self._expert_line())
        layout.addWidget(splitter, 1)

    def _tool_bar(self):
        bar = QToolBar()
        bar.setIconSize(QSize(18, 18))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        new = QMenu(self)
        new.addActions([self.preset, self.empty])
        self._system_menu = new.addMenu(tr("Index system in the project"))
        self._system_menu.aboutToShow.connect(
            lambda: self._list_layers(self._system_menu, self._load_system_layer)
        )
        self._layer_menu = QMenu(self)
        self._layer_menu.aboutToShow.connect(lambda: self._list_layers(self._layer_menu, self._load_layer))
        self.new_button = _menu_button(tr("New hierarchy"), "/mActionFileNew.svg", new)
        self.layer_button = _menu_button(tr("From project"), "/mActionOpenTable.svg", self._layer_menu)
        bar.addWidget(self.new_button)
        bar.addAction(self.open)
        bar.addWidget(self.layer_button)
        bar.addSeparator()
        bar.addActions([self.save, self.save_as])
        bar.addSeparator()
        bar.addActions([self.undo, self.redo])
        for button in bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tool_bar = bar
        return bar

    def _expert_line(self):
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tabs.customContextMenuRequested.connect(self._expert_menu)
        self.tabs.tabBarDoubleClicked.connect(lambda _: self._rename_expert())
        self.tabs.currentChanged.connect(lambda _: self.refresh())
        menu = QMenu(self)
        menu.addActions([self.add_expert, self.copy_expert, self.rename_expert, self.remove_expert])
        self.experts_button = _menu_button(tr("Experts"), None, menu)
        self.weight = QDoubleSpinBox()
        self.weight.setRange(0.01, 100)
        self.weight.setDecimals(2)
        self.weight.setSingleStep(0.5)
        self.weight.setKeyboardTracking(False)
        self.weight.valueChanged.connect(self._weigh_expert)
        self._weight_label = QLabel(tr("&Weight of this expert:"))
        self._weight_label.setBuddy(self.weight)
        line = QHBoxLayout()
        line.addWidget(self.tabs, 1)
        line.addWidget(self.experts_button)
        line.addSpacing(12)
        line.addWidget(self._weight_label)
        line.addWidget(self.weight)
        return line

    def _hierarchy_panel(self):
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([tr("Hierarchy"), tr("Weight"), tr("CR")])
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            self.tree.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setIndentation(12)
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName(tr("Hierarchy"))
        self.tree.currentItemChanged.connect(self._choose_item)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.tree.addActions([self.add, self.rename, self.remove, self.up, self.down])
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for action in (self.add, self.rename, self.remove, self.up, self.down):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            buttons.addWidget(button)
        buttons.addStretch(1)
        return _panel(self.tree, buttons)

    def _pairs_panel(self):
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self.title.setFont(font)
        self.open_pairs = QLabel()
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.open_pairs)
        self.pairs = PairList()
        policy = self.pairs.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.pairs.setSizePolicy(policy)
        self.pairs.judged.connect(self._judge)
        self.pairs.step_ended.connect(self.model.close_step)
        self.pairs.entered.connect(self._enter_row)
        self.pairs.failed.connect(self._tell_typing)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(2 * self.said.fontMetrics().height() + 4)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        return _panel(head, self.pairs, self.said)

    def _result_panel(self):
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.details = QLabel()
        self.details.setWordWrap(True)
        self.details.setTextFormat(Qt.TextFormat.PlainText)
        self.suggest_button = _button(self.suggest)
        self.repair_button = _button(self.repair)
        self.bars = WeightBars()
        area = QScrollArea()
        area.setWidget(self.bars)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return _panel(
            _heading(tr("Consistency")),
            self.verdict,
            self.details,
            self.suggest_button,
            self.repair_button,
            _heading(tr("Weights in this node")),
            area,
        )

    # Showing

    def refresh(self):
        """Show the model as it is."""
        self._show_tabs()
        self._show_tree()
        self._show_node()
        for action, step in ((self.undo, self.model.undo_step), (self.redo, self.model.redo_step)):
            action.setEnabled(step is not None)
            name = tr("Undo") if action is self.undo else tr("Redo")
            text = name if step is None else f"{name}: {self._step_text(step)}"
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{text} ({keys})")
        self.title_changed.emit()

    def _step_text(self, step):
        """What a step does, in words."""
        known = set(self.model.names())
        texts = {
            "judge": tr("judge {} against {}"),
            "repair": tr("repair {}"),
            "add": tr("add {}"),
            "remove": tr("remove {}"),
            "rename": tr("rename {}"),
            "move": tr("move {}"),
            "add-expert": tr("add expert {}"),
            "remove-expert": tr("remove expert {}"),
            "rename-expert": tr("rename expert {}"),
            "weigh-expert": tr("weigh expert {}"),
        }
        return texts[step.kind].format(*(self.label(name) if name in known else name for name in step.names))

    def _show_tabs(self):
        names = [expert.name for expert in self.model.experts]
        if len(names) > 1:
            names.append(tr("All experts"))
        self.tabs.blockSignals(True)
        while self.tabs.count() > len(names):
            self.tabs.removeTab(self.tabs.count() - 1)
        for number, name in enumerate(names):
            if number == self.tabs.count():
                self.tabs.addTab("")
            self.tabs.setTabText(number, name.replace("&", "&&"))
        self.tabs.blockSignals(False)
        one = self.expert is not None
        self.weight.blockSignals(True)
        self.weight.setValue(self.model.experts[self.expert].weight if one else 1)
        self.weight.blockSignals(False)
        for widget in (self.weight, self._weight_label):
            widget.setVisible(len(self.model.experts) > 1)
            widget.setEnabled(one)
        for action in (self.copy_expert, self.rename_expert):
            action.setEnabled(one)
        self.remove_expert.setEnabled(one and len(self.model.experts) > 1)

    def _show_tree(self):
        structure = (self.model.goal, self.model.state.children, tuple(map(self.label, self.model.names())))
        if structure != self._shown:
            self._shown = structure
            self._build_tree()
        if self._node not in self._items:
            self._node = self.model.goal
        weights = self.model.weights(self.expert)
        for name, item in self._items.items():
            item.setText(1, percent(weights[name]))
            if self.model.children(name):
                text, colour, tip = self._state_of(name)
                item.setText(2, text)
                item.setForeground(2, colour)
                item.setToolTip(2, tip)
        chosen = self.tree.currentItem().data(0, _NAME_ROLE) if self.tree.currentItem() else None
        for action in (self.remove, self.up, self.down):
            action.setEnabled(chosen is not None and chosen != self.model.goal)

    def _build_tree(self):
        chosen = self.tree.currentItem().data(0, _NAME_ROLE) if self.tree.currentItem() else None
        self.tree.blockSignals(True)
        self.tree.clear()
        self._items = {}
        for name in self.model.names():
            parent = self.model.parent(name)
            item = QTreeWidgetItem(self.tree if parent is None else self._items[parent])
            item.setText(0, self.label(name))
            item.setToolTip(0, name if self.label(name) == name else f"{self.label(name)} ({name})")
            item.setData(0, _NAME_ROLE, name)
            item.setTextAlignment(1, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
            item.setExpanded(True)
            self._items[name] = item
        self.tree.setCurrentItem(
            self._items.get(chosen) or self._items.get(self._node) or self._items[self.model.goal]
        )
        self.tree.blockSignals(False)

    def _state_of(self, name):
        """Text, colour and tip about the consistency of a node."""
        result = self.model.result(self.expert, name)
        if result.weights is None:
            return tr("{} open").format(result.missing), OPEN_COLOUR, self._verdict(result)[0]
        if result.cr is None:
            return (
                ("", PASS_COLOUR, "")
                if not result.missing
                else (tr("{} open").format(result.missing), OPEN_COLOUR, tr("Nothing to check yet"))
            )
        mark, colour = ("✓", PASS_COLOUR) if result.consistent else ("✗", FAIL_COLOUR)
        return f"{mark} {result.cr:.3f}", colour, self._verdict(result)[0]

    def _verdict(self, result):
        """Sentence and colour about the consistency of a node's judgements."""
        if result.problem is not None:
            return sentence(result.problem), FAIL_COLOUR
        if result.weights is None:
            return tr("No weights yet"), OPEN_COLOUR
        if result.cr is None:
            return tr("Nothing to check: no judgement can contradict another"), PASS_COLOUR
        if result.consistent:
            return tr("✓ CR {:.3f} passes: below 0.10").format(result.cr), PASS_COLOUR
        return tr("✗ CR {:.3f} fails: must be below 0.10").format(result.cr), FAIL_COLOUR

    def _show_node(self):
        node, expert, model = self._node, self.expert, self.model
        children = model.children(node)
        names = {name: self.label(name) for name in children}
        self.title.setText(self.label(node))
        judgements = model.judgements(expert, node) if children else {}
        result = model.result(expert, node) if children else None
        opened = sum(value is None for value in judgements.values())
        if result is None:
            self.open_pairs.setText("")
        elif opened:
            self.open_pairs.setText(tr("{} of {} pairs open").format(opened, len(judgements)))
        else:
            self.open_pairs.setText(tr("{} pairs, all judged").format(len(judgements)))
        self.pairs.setVisible(bool(judgements))
        if result is not None:
            self.pairs.show_pairs(judgements, names, result, self._parse, expert is not None)
            self._show_result(result, names)
        else:
            self.verdict.clear()
            self.verdict.setStyleSheet("")
            self.details.clear()
        self.bars.set_weights(
            [(names[name], result.weights[k] if result.weights else None) for k, name in enumerate(children)]
        )
        worst = result.worst if result is not None and expert is not None else None
        self.suggest.setVisible(worst is not None)
        self.suggest_button.setVisible(worst is not None)
        if worst is not None:
            self.suggest.setText(tr("Use suggested value {}").format(format_value(worst[3], 3)))
        can_repair = worst is not None and not result.consistent
        self.repair.setEnabled(can_repair)
        self.repair_button.setVisible(can_repair)
        self._say(judgements)

    def _show_result(self, result, names):
        text, colour = self._verdict(result)
        self.verdict.setText(text)
        self.verdict.setStyleSheet(
            f"QLabel {{ background: {colour.name()}; color: white; border-radius: 4px; padding: 6px;"
            " font-weight: bold; }"
        )
        lines = []
        if result.parts:
            parts = " | ".join(", ".join(names[name] for name in part) for part in result.parts)
            lines.append(tr("No judgement connects {}.").format(parts))
        elif result.missing:
            lines.append(tr("Open pairs: {}. The weights come from the others.").format(result.missing))
        if result.worst:
            a, b, value, suggested = result.worst
            lines.append(
                tr("Farthest from the weights: {} against {} is {}; {} would agree.").format(
                    names[a], names[b], format_value(value), format_value(suggested, 3)
                )
            )
        for circle in result.circles[:_CIRCLES]:
            listed = " ≥ ".join(names[name] for name in (*circle, circle[0]))
            lines.append(tr("Circle: {}.").format(listed))
        if len(result.circles) > _CIRCLES:
            lines.append(tr("{} more circles.").format(len(result.circles) - _CIRCLES))
        if len(names) > SAATY_REACHES:
            lines.append(
                tr("With more than {} elements the random index is simulated.").format(SAATY_REACHES)
            )
        if self.expert is None:
            consensus = self.model.consensus(self._node)
            if consensus is not None:
                lines.append(tr("Consensus of the experts: {}.").format(percent(consensus, 0)))
        self.details.setText("\n".join(lines))
        self.details.setVisible(bool(lines))

    def _say(self, judgements):
        """Put the judgement of the current row into words."""
        self.said.setStyleSheet("")
        children = self.model.children(self._node)
        if not children:
            self.said.setText(
                tr("Add elements below “{}”, or begin with an index system (New hierarchy).").format(
                    self.label(self._node)
                )
            )
        elif not judgements:
            self.said.setText(tr("An only child has the whole weight of its node."))
        elif self.expert is None:
            self.said.setText(
                tr("Weighted geometric means of the experts' judgements. Change them in the experts' tabs.")
            )
        elif self._row is not None and self._row in judgements:
            a, b = self._row
            self.said.setText(self._in_words(self.label(a), self.label(b), judgements[self._row]))
        else:
            self.said.setText(tr("Move a slider towards what matters more, or type how many times it does."))

    def _in_words(self, a, b, value):
        if value is None:
            return tr("{} against {} is open: move the slider, or type a value; 1 is equal.").format(a, b)
        if value == 1:
            return tr("{} and {} matter equally.").format(a, b)
        more, less, times = (a, b, value) if value > 1 else (b, a, 1 / value)
        words = {
            2: tr("slightly more"),
            3: tr("moderately more"),
            4: tr("moderately to strongly more"),
            5: tr("strongly more"),
            6: tr("strongly to very strongly more"),
            7: tr("very strongly more"),
            8: tr("very strongly to extremely more"),
            9: tr("extremely more"),
        }
        word = words.get(round(times)) if abs(times - round(times)) < 1e-9 else None
        if word is None:
            return tr("{} matters {} times as much as {}.").format(more, format_value(times), less)
        return tr("{} matters {} times as much as {}: {}.").format(more, format_value(times), less, word)

    # Changing

    def select_node(self, name):
        """Show the pairs of a node."""
        self.tree.setCurrentItem(self._items[name])

    def _choose_item(self, item, _=None):
        if item is None:
            return
        name = item.data(0, _NAME_ROLE)
        node = name if self.model.children(name) or name == self.model.goal else self.model.parent(name)
        self.model.close_step()
        if node != self._node:
            self._node, self._row = node, None
        self.refresh()

    def _go(self, offset):
        nodes = [name for name in self.model.names() if self.model.pairs(name)]
        if nodes:
            place = nodes.index(self._node) if self._node in nodes else -1
            self.select_node(nodes[(place + offset) % len(nodes)])
            self.pairs.focus_row(0)

    def _next_expert(self):
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + 1) % self.tabs.count())

    def _enter_row(self, row):
        if self._row != (row.a, row.b):
            self.model.close_step()
            self._row = (row.a, row.b)
        self._say(self.model.judgements(self.expert, self._node))

    def _parse(self, text, a, b):
        from ..algorithms.weighting.judgements import parse_judgement

        return parse_judgement(text, self.label(self._node), self.label(a), self.label(b))

    def _tell_typing(self, error):
        if error is None:
            self._say(self.model.judgements(self.expert, self._node))
        else:
            self.said.setStyleSheet(f"QLabel {{ color: {FAIL_COLOUR.name()}; }}")
            self.said.setText(sentence(error))

    def _judge(self, a, b, value, more):
        if self.expert is not None:
            self._row = (a, b)
            self.model.judge(self.expert, a, b, value, step=(self.expert, a, b) if more else None)

    def _use_suggestion(self):
        worst = self.model.result(self.expert, self._node).worst if self.expert is not None else None
        if worst is not None:
            self._judge(worst[0], worst[1], worst[3], False)

    def _repair(self):
        from .repair_dialog import RepairDialog

        before, after, changes = self.model.repair(self.expert, self._node)
        dialog = RepairDialog(self.label(self._node), before, after, changes, self.label, self)
        if dialog.exec():
            proposed = {pair: value for pair, (_, value) in changes.items()}
            self.model.judge_pairs(self.expert, proposed, "repair", self._node)

    def _undo(self):
        self._travel(self.model.undo_step, self.model.undo)

    def _redo(self):
        self._travel(self.model.redo_step, self.model.redo)

    def _travel(self, step, go):
        """Undo or redo, and show where that has changed something."""
        before = self.model.experts
        go()
        if step is None:
            return
        after = self.model.experts
        if len(before) == len(after):
            changed = [k for k, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
            if len(changed) == 1:
                self.tabs.setCurrentIndex(changed[0])
        name = step.names[0]
        if step.kind in ("judge", "repair") and name in self._items:
            self.select_node(name if step.kind == "repair" else self.model.parent(name))

    def _try(self, change, *arguments):
        """Make a change; what is wrong with it is told in the message bar."""
        try:
            self.messages.clearWidgets()
            change(*arguments)
            return True
        except ParcelDataError as error:
            self.messages.pushWarning("", sentence(error))
            return False

    def _chosen(self):
        return self.tree.currentItem().data(0, _NAME_ROLE)

    def _add(self):
        parent = self._chosen()
        text, fine = QInputDialog.getText(
            self,
            tr("Add elements"),
            tr("Names of the elements below “{}”, parted by commas.\nThe lowest are indicator codes.").format(
                self.label(parent)
            ),
        )
        if fine and self._try(self.model.add_children, parent, text):
            self._choose_item(self._items[parent])

    def _rename(self):
        if self.tabs.hasFocus():
            self._rename_expert()
            return
        old = self._chosen()
        new, fine = QInputDialog.getText(
            self, tr("Rename"), tr("Name of “{}” in the table:").format(self.label(old)), text=old
        )
        if fine and self._try(self.model.rename, old, new):
            self.select_node(new.strip())

    def _remove(self):
        name = self._chosen()
        parent = self.model.parent(name)
        self.model.remove(name)
        if parent is not None:
            self.select_node(parent)

    def _move(self, offset):
        self.model.move(self._chosen(), offset)

    def _add_expert(self, copied=None):
        default = _free_name(self.model.experts)
        name, fine = QInputDialog.getText(self, tr("Add expert"), tr("Name of the expert:"), text=default)
        if fine and self._try(self.model.add_expert, name, copied):
            self.tabs.setCurrentIndex(len(self.model.experts) - 1)

    def _rename_expert(self):
        if self.expert is None:
            return
        old = self.model.experts[self.expert].name
        name, fine = QInputDialog.getText(self, tr("Rename expert"), tr("Name of the expert:"), text=old)
        if fine:
            self._try(self.model.rename_expert, self.expert, name)

    def _remove_expert(self):
        self.model.remove_expert(self.expert)

    def _weigh_expert(self, weight):
        if self.expert is not None:
            self.model.weigh_expert(self.expert, weight)

    def _expert_menu(self, point):
        number = self.tabs.tabAt(point)
        if number >= 0:
            self.tabs.setCurrentIndex(number)
        menu = QMenu(self)
        menu.addActions([self.add_expert, self.copy_expert, self.rename_expert, self.remove_expert])
        menu.exec(self.tabs.mapToGlobal(point))

    # Files and layers

    def may_go(self):
        """Ask whether unsaved judgements may go; True where they may, are saved, or there are none."""
        if not self.model.modified:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            tr("Judgements"),
            tr("The judgements have changed. Save them?"),
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        return answer == buttons.Discard or (answer == buttons.Save and self.save_file())

    def _preset(self):
        from ..algorithms.indicators.index_system import preset

        if self.may_go():
            self.load_system(preset())

    def _empty(self):
        if self.may_go():
            self.new_hierarchy()

    def _list_layers(self, menu, slot):
        menu.clear()
        for layer in project_tables():
            menu.addAction(layer.name().replace("&", "&&"), lambda layer=layer: slot(layer))
        if menu.isEmpty():
            menu.addAction(tr("The project has no tables")).setEnabled(False)

    def _load_layer(self, layer):
        if self.may_go():
            self._try(lambda: self.load(read_layer(layer)))

    def _load_system_layer(self, layer):
        from ..algorithms.indicators.index_system import read_index_system

        if self.may_go():
            self._try(lambda: self.load_system(read_index_system(layer_rows(layer), need_weights=False)))

    def _open(self):
        if not self.may_go():
            return
        path, _ = QFileDialog.getOpenFileName(
            self,
            tr("Open judgements"),
            self._folder(),
            tr("Tables (*.csv *.txt *.xlsx *.xls *.ods *.gpkg);;All files (*)"),
        )
        if path:
            self.open_file(path)

    def open_file(self, path):
        """Begin anew with the judgement table of a file."""

        def read():
            self.load(read_file(path))
            self.path = Path(path) if Path(path).suffix.lower() == ".csv" else None
            self.title_changed.emit()

        return self._try(read)

    def save_file(self):
        """Save to the file that was opened or saved last, else ask for one; whether it is saved."""
        return self.write(self.path) if self.path else self.save_file_as()

    def save_file_as(self):
        """Ask for a file and save; whether it is saved."""
        path, _ = QFileDialog.getSaveFileName(
            self,
            tr("Save judgements"),
            str(self.path or Path(self._folder()) / "judgements.csv"),
            tr("CSV (*.csv)"),
        )
        if not path:
            return False
        return self.write(Path(path if Path(path).suffix else f"{path}.csv"))

    def write(self, path):
        """Write the judgement table as CSV; whether that went well."""

        def write():
            write_csv(path, self.rows())
            self.path = Path(path)
            self.model.saved()
            self.title_changed.emit()

        return self._try(write)

    def _folder(self):
        from qgis.core import QgsProject

        return str(self.path.parent) if self.path else QgsProject.instance().homePath() or str(Path.home())


def _free_name(experts=()):
    """A name for one more expert."""
    taken = {expert.name for expert in experts}
    return next(name for k in count(1) if (name := tr("Expert {}").format(k)) not in taken)


def _menu_button(text, icon, menu):
    button = QToolButton()
    button.setText(text)
    if icon:
        button.setIcon(QgsApplication.getThemeIcon(icon))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _button(action):
    """A push button for an action, which follows its text and state."""
    button = QPushButton(action.text())
    button.setAutoDefault(False)
    button.clicked.connect(action.trigger)

    def follow():
        button.setText(action.text())
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    return button


def _heading(text):
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def _panel(*parts):
    panel = QWidget()
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(4, 2, 4, 2)
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part, 1 if isinstance(part, (QTreeWidget, PairList, QScrollArea)) else 0)
        else:
            layout.addLayout(part)
    return panel
