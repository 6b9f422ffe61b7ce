"""Runs inside QGIS (qgis --code): tells a test where things are and what the editor holds, as a file.

It only looks; clicks and keys come from outside.
"""

import json
import os
from pathlib import Path

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QPoint, QTimer
from qgis.PyQt.QtWidgets import (
    QApplication,
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
            if text and widget.isEnabled():
                found[text.replace("&", "")] = place(widget)
        elif isinstance(widget, QMenu):
            left, top, *_ = place(widget)
            for action in widget.actions():
                spot = widget.actionGeometry(action)
                if action.text() and action.isEnabled():
                    where = [left + spot.x(), top + spot.y(), spot.width(), spot.height()]
                    found[action.text().replace("&", "")] = where
    return found


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


def tell():
    """Write what is there."""
    from parcel_agglomeration.ui.judgement_editor import JudgementEditor

    shown = [w for w in QApplication.allWidgets() if isinstance(w, JudgementEditor) and w.isVisible()]
    dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    active = QApplication.activeWindow()
    state = {
        "loaded": PLUGIN in plugins and plugins[PLUGIN].menu is not None,
        "maximised": iface.mainWindow().isMaximized(),
        "active": active.windowTitle() if active else "",
        "modal": QApplication.activeModalWidget() is not None,
        "dialogs": [w.windowTitle() for w in dialogs],
        "questions": [w.text() for w in dialogs if isinstance(w, QMessageBox)],
        "texts": [label.text() for w in dialogs for label in w.findChildren(QLabel) if label.isVisible()],
        "buttons": buttons(),
        "layers": [layer.name() for layer in QgsProject.instance().mapLayers().values()],
        "editor": editor_state(shown[0]) if shown else None,
    }
    part = TOLD.with_suffix(".part")
    part.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    part.replace(TOLD)


iface.mainWindow().showMaximized()
timer = QTimer()
timer.timeout.connect(tell)
timer.start(50)
