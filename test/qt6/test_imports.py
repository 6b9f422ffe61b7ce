"""Every module of the plugin with Qt 6: it imports, and the names of Qt that it uses are there."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([ROOT / "plugin.py", *ROOT.glob("ui/*.py"), *ROOT.glob("algorithms/**/*.py")])
EDITORS = [path for path in FILES if path.parent.name == "ui"]
NAMES = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES}


def names_of_qt(tree):
    """Names that a file imports from Qt: {name: object of PyQt6}."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt"):
            module = importlib.import_module(node.module)
            found |= {alias.asname or alias.name: getattr(module, alias.name) for alias in node.names}
    return found


def chain(node):
    """Names of an attribute of an attribute of a name, outermost last; [] for other expressions."""
    if isinstance(node, ast.Name):
        return [node.id]
    inner = chain(node.value) if isinstance(node, ast.Attribute) else []
    return [*inner, node.attr] if inner else []


@pytest.mark.parametrize("path", FILES, ids=NAMES.values())
def test_names_of_qt_are_those_of_qt_6(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known, missing = names_of_qt(tree), set()
    for node in ast.walk(tree):
        names = chain(node) if isinstance(node, ast.Attribute) else []
        if not names or names[0] not in known:
            continue
        found = known[names[0]]
        for name in names[1:]:
            if not hasattr(found, name):
                missing.add(f"{'.'.join(names)}, line {node.lineno}")
                break
            found = getattr(found, name)
    assert not missing


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.parent.name == "ui"], ids=lambda path: path.stem
)
def test_modules_of_the_editors_import(path):
    importlib.import_module(f"parcel_agglomeration.{NAMES[path]}")
