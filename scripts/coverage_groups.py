"""Say which lines the tests of `make coverage` did not reach, and fail below what the project asks for.

Numeric rooms, which are the modules of algorithms/ that import nothing of QGIS, to 98 %; the rest to 90 %.
"""

import ast
import sys
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]
LEAST = {"numeric rooms": 98.0, "the rest": 90.0}


def imports_qgis(path):
    """Whether a module imports QGIS anywhere, in functions too, by itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
        if any(name.split(".")[0] == "qgis" for name in names):
            return True
    return False


def group_of(path):
    """Name of the group of a module."""
    in_room = path.is_relative_to(ROOT / "algorithms")
    return "numeric rooms" if in_room and not imports_qgis(path) else "the rest"


def main():
    """Print the modules that are not whole, the worst first, and the share of each group."""
    coverage = Coverage(config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    rows = {name: [] for name in LEAST}
    modules = [ROOT / "plugin.py", *(ROOT / "algorithms").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]
    for path in modules:
        _, statements, _, missing, shown = coverage.analysis2(str(path))
        rows[group_of(path)].append((len(statements), len(missing), path.relative_to(ROOT), shown))
    fails = False
    for name, found in rows.items():
        statements, missing = (sum(row[column] for row in found) for column in (0, 1))
        share = 100 * (1 - missing / statements)
        for _, _, path, shown in sorted(found, key=lambda row: -row[1]):
            if shown:
                print(f"  {path}: {shown}")
        fails = fails or share < LEAST[name]
        print(f"{name}: {share:.2f} % of {statements} lines; at least {LEAST[name]:g} %")
    return fails


if __name__ == "__main__":
    sys.exit(main())
