"""Plugin of pytest for Qt 6 without QGIS: modules that stand in for QGIS, as far as the editors need them.

Its PyQt is PyQt6. Names of qgis.core and qgis.gui that nothing here defines are empty classes: code may name
them, derive from them and read their enumerations; a test that calls one needs QGIS and is skipped.
"""

import sys
from types import ModuleType
from xml.etree import ElementTree

import pytest
from PyQt6 import QtCore, QtGui, QtTest, QtWidgets, QtXml, sip

FEWEST = 300
"""Tests that must pass: skipping is for a few."""


class _Empty(type):
    """Class whose attributes that it lacks are empty classes too."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = _Empty(name, (), {})
        setattr(cls, name, made)
        return made

    def __call__(cls, *arguments, **named):
        if cls.__module__ == __name__ and not cls.__dict__.get("__init__"):
            pytest.skip(f"{cls.__name__} needs QGIS")
        return super().__call__(*arguments, **named)


class QgsApplication(QtWidgets.QApplication):
    """The application, with what the editors ask of it besides."""

    @staticmethod
    def getThemeIcon(name):
        return QtGui.QIcon()

    @staticmethod
    def locale():
        return "en"


class QgsProject:
    """A project without layers."""

    _only = None

    @classmethod
    def instance(cls):
        cls._only = cls._only or cls()
        return cls._only

    def mapLayers(self):
        return {}

    def homePath(self):
        return ""

    def __getattr__(self, name):
        pytest.skip("layers of a project need QGIS")


class QgsMessageBar(QtWidgets.QWidget):
    """Keeps the warnings that it is to show."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._texts = []

    def pushWarning(self, title, text):
        self._texts.append(text)

    def currentItem(self):
        return self if self._texts else None

    def text(self):
        return self._texts[-1]

    def clearWidgets(self):
        self._texts.clear()
        return True


class QgsVectorLayer(metaclass=_Empty):
    """A layer that can take the colours of categories from a style, and nothing else."""

    def __init__(self, *_):
        self._colours = []

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        pytest.skip("layers need QGIS")

    def loadNamedStyle(self, path):
        style = ElementTree.parse(path).getroot()  # noqa: S314 (our own file)
        symbols = {symbol.get("name"): symbol for symbol in style.iter("symbol")}
        for category in style.iter("category"):
            colour = symbols[category.get("symbol")].find(".//Option[@name='color']").get("value")
            rgb = map(int, colour.split(",")[:3])
            self._colours.append((category.get("value"), QtGui.QColor(*rgb)))

    def renderer(self):
        return self

    def categories(self):
        return [_Category(code, colour) for code, colour in self._colours]


class _Category:
    def __init__(self, code, colour):
        self._code, self._colour = code, colour

    def value(self):
        return self._code

    def symbol(self):
        return self

    def color(self):
        return self._colour


def _module(name, given, source=None):
    module = ModuleType(name)
    if source is not None:
        module.__dict__.update(
            {key: value for key, value in vars(source).items() if not key.startswith("__")}
        )
    module.__dict__.update(given)
    sys.modules[name] = module
    return module


def _with_empty_classes(module):
    def make(name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = _Empty(name, (), {})
        setattr(module, name, made)
        return made

    module.__getattr__ = make


def _install():
    """Put the modules where imports find them."""
    qgis = _module("qgis", {"__path__": []})
    # QGIS too leaves the actions among the widgets, where Qt 5 has them.
    moved = {name: getattr(QtGui, name) for name in ("QAction", "QActionGroup", "QShortcut")}
    pyqt = {
        "QtCore": _module("qgis.PyQt.QtCore", {}, QtCore),
        "QtGui": _module("qgis.PyQt.QtGui", {}, QtGui),
        "QtTest": _module("qgis.PyQt.QtTest", {}, QtTest),
        "QtWidgets": _module("qgis.PyQt.QtWidgets", moved, QtWidgets),
        "QtXml": _module("qgis.PyQt.QtXml", {}, QtXml),
        "sip": _module("qgis.PyQt.sip", {}, sip),
    }
    qgis.PyQt = _module("qgis.PyQt", pyqt | {"__path__": []})
    core = {one.__name__: one for one in (QgsApplication, QgsProject, QgsVectorLayer)}
    qgis.core = _module("qgis.core", core | {"NULL": None})
    qgis.gui = _module("qgis.gui", {"QgsMessageBar": QgsMessageBar})
    osgeo = _module("osgeo", {})
    for module in (qgis.core, qgis.gui, osgeo):
        _with_empty_classes(module)
    qgis.utils = _module("qgis.utils", {"iface": None, "plugins": {}})


_install()


@pytest.fixture(scope="session")
def qgis_app():
    """The one application of Qt."""
    return QgsApplication.instance() or QgsApplication([])


@pytest.fixture(autouse=True)
def slots_raise_nothing(monkeypatch):
    """An error in a slot, which Qt swallows, fails the test."""
    raised = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: raised.append(error))
    yield
    for error in raised:
        raise error


def pytest_sessionfinish(session):
    """Fail where too few tests could do without QGIS."""
    passed = session.testscollected - session.testsfailed - _skipped(session)
    if passed < FEWEST and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", []))
