"""Tests with Qt 6 are those of an environment of its own (`make test-qt6`)."""

from importlib.util import find_spec

if find_spec("PyQt6") is None:
    collect_ignore_glob = ["test_*.py"]
