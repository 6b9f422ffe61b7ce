"""Runs inside QGIS (qgis --code): tells a test where things are and what the editor holds, as a file.

It only looks; clicks and keys come from outside.
"""

import json
import os
import time
from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.gui import QgsProcessingToolboxTreeView
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QToolButton,
)
from qgis.utils import iface, plugins

TOLD = Path(os.environ["WINDOW_PROBE"])
PLUGIN = "parcel_agglomeration"


def place(widget):
    """Left, top, width and height on the screen."""
    corner = widget.mapToGlobal(QPoint(0, 0))
    return [corner.x(), corner.y(), widget.width(), widget.height()]


def buttons():
    """Places of visible buttons and menu entries by their text."""
    found = {}
    for widget in QApplication.allWidgets():
        if not widget.isVisible():
            continue
        if isinstance(widget, (QPushButton, QToolButton)):
            text = widget.text() or (widget.defaultAction().text() if widget.defaultAction() else "")
            if widget.isEnabled():
                for name in {text.replace("&", ""), widget.objectName()} - {""}:
                    found[name] = place(widget)
        elif isinstance(widget, QMenu):
            left, top, *_ = place(widget)
            for action in widget.actions():
                spot = widget.actionGeometry(action)
                if action.text() and action.isEnabled():
                    where = [left + spot.x(), top + spot.y(), spot.width(), spot.height()]
                    found[action.text().replace("&", "")] = where
    return found


def layer_tree():
    """Layers as they stand in the tree: groups above, name, and the texts of the legend."""
    found = []
    for node in QgsProject.instance().layerTreeRoot().findLayers():
        groups, parent = [], node.parent()
        while parent is not None and parent.parent() is not None:
            groups.insert(0, parent.name())
            parent = parent.parent()
        legend = iface.layerTreeView().layerTreeModel().layerLegendNodes(node)
        texts = [str(item.data(Qt.ItemDataRole.DisplayRole) or "") for item in legend]
        found.append({"groups": groups, "name": node.name(), "legend": texts})
    return found


def toolbox():
    """Groups of the plugin in the toolbox with the names of their algorithms; empty until it is shown."""
    found = []
    for view in shown_in([iface.mainWindow()], QgsProcessingToolboxTreeView):
        model = view.model()
        for row in range(model.rowCount()):
            provider = model.index(row, 0)
            if provider.data() not in ("Parcel Agglomeration", "地块集聚评价"):
                continue
            for group in range(model.rowCount(provider)):
                parent = model.index(group, 0, provider)
                rows = range(model.rowCount(parent))
                found.append([parent.data(), [model.index(k, 0, parent).data() for k in rows]])
    return found


def choice(combo):
    """Place, text and entries of a choice."""
    return [place(combo), combo.currentText(), [combo.itemText(k) for k in range(combo.count())]]


def shown_in(dialogs, kind):
    """Visible widgets of a kind in dialogs."""
    return [widget for dialog in dialogs for widget in dialog.findChildren(kind) if widget.isVisible()]


def accept_button(dialog):
    """Place of the button that accepts a dialog, whatever it is called in the language of QGIS."""
    for box in dialog.findChildren(QDialogButtonBox):
        for button in box.buttons():
            if box.buttonRole(button) == QDialogButtonBox.ButtonRole.AcceptRole:
                return place(button)
    return None


def editor_state(editor):
    """What the editor shows and holds."""
    focused = next(
        (k for k, row in enumerate(editor.pairs.rows) if row.slider.hasFocus() or row.edit.hasFocus()), None
    )
    return {
        "place": place(editor),
        "node": editor.node,
        "title": editor.title.text(),
        "tree": [editor._items[name].text(0) for name in editor.model.names()],
        "pairs": [
            {
                "pair": [row.a, row.b],
                "names": list(row.names),
                "value": row.slider.judgement(),
                "text": row.edit.text(),
                "worst": row.property("worst"),
                "slider": place(row.slider),
                "edit": place(row.edit),
            }
            for row in editor.pairs.rows
            if editor.pairs.isVisible()
        ],
        "focused": focused,
        "typing": focused is not None and editor.pairs.rows[focused].edit.hasFocus(),
        "verdict": editor.verdict.text(),
        "said": editor.said.text(),
        "weights": dict(editor.bars._bars),
        "tabs": [editor.tabs.tabText(k) for k in range(editor.tabs.count())],
        "undo": editor.undo.isEnabled(),
        "redo": editor.redo.isEnabled(),
        "modified": editor.model.modified,
        "path": str(editor.path or ""),
        "rows": editor.rows(),
        "ok": accept_button(editor.window()),
    }


def evaluation_state():
    """What the guided evaluation shows."""
    dialog = iface.mainWindow().findChild(QDialog, "evaluation")
    if dialog is None or not dialog.isVisible():
        return None
    return {
        "page": dialog.pages.currentIndex(),
        "steps": [dialog.steps.item(k).text() for k in range(dialog.steps.count())],
        "about": dialog.about.text(),
        "note": dialog.note.text(),
        "problems": dialog.problems(dialog.steps.currentRow()),
        "summary": dialog.summary.toPlainText(),
        "log": dialog.log.toPlainText(),
    }


def tell():
    """Write what is there."""
    from parcel_agglomeration.ui.evaluation_run import EvaluationRun
    from parcel_agglomeration.ui.judgement_editor import JudgementEditor

    shown = [w for w in QApplication.allWidgets() if isinstance(w, JudgementEditor) and w.isVisible()]
    dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    active = QApplication.activeWindow()
    state = {
        "loaded": PLUGIN in plugins and plugins[PLUGIN].menu is not None,
        "maximised": iface.mainWindow().isMaximized(),
        "active": active.windowTitle() if active else "",
        "popup": QApplication.activePopupWidget() is not None,
        "modal": QApplication.activeModalWidget() is not None,
        "dialogs": [w.windowTitle() for w in dialogs],
        "questions": [w.text() for w in dialogs if isinstance(w, QMessageBox)],
        "texts": [label.text() for label in shown_in(dialogs, QLabel)],
        "buttons": buttons(),
        "layers": [layer.name() for layer in QgsProject.instance().mapLayers().values()],
        "labels": [[label.text(), place(label)] for label in shown_in(dialogs, QLabel)],
        "combos": [choice(combo) for combo in shown_in(dialogs, QComboBox)],
        "messages": messages,
        "tree": layer_tree(),
        "toolbox": toolbox(),
        "drawing": iface.mapCanvas().isDrawing(),
        "extent": iface.mapCanvas().extent().toString(0),
        "evaluation": evaluation_state(),
        "runs": len(EvaluationRun._going),
        "editor": editor_state(shown[0]) if shown else None,
    }
    part = TOLD.with_suffix(".part")
    part.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    part.replace(TOLD)


messages = []
QgsApplication.messageLog().messageReceived.connect(
    lambda text, tag, level: messages.append([tag, text]) if level != Qgis.MessageLevel.Info else None
)
iface.mainWindow().showMaximized()


def tell_again():
    """Tell, then leave QGIS the time of four: a run in the background needs the interpreter too."""
    start = time.monotonic()
    tell()
    QTimer.singleShot(max(50, round(4000 * (time.monotonic() - start))), tell_again)


tell_again()
