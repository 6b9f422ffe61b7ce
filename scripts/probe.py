"""Tell what this Python offers to the plugin; run by scripts/setup.sh with the system's Python.

probe.py versions       what is installed, quickly: one "name==version" per line
probe.py missing TEST   Debian packages of what is missing; TEST is 1 when tests are to run, else 0
probe.py wished TEST    those of what is missing but can be done without
probe.py constraints    the numeric packages QGIS runs with, as a constraints file for pip
"""

import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from translations import lrelease

MINIMUM_QGIS = 34000
MODULES = {
    "numpy": "python3-numpy",
    "scipy": "python3-scipy",
    "pandas": "python3-pandas",
}
TEST_MODULES = {"ensurepip": "python3-venv", "venv": "python3-venv"}
# For the tests in a real QGIS window.
TEST_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox"}

# For the tests with a database server.
POSTGIS = ("postgresql", "postgresql-postgis")


def has_postgis():
    """Tell whether PostgreSQL with PostGIS is there, where Debian puts it."""
    return any(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))


def versions():
    """Yield what a change of which makes the earlier set-up stale."""
    yield f"python=={sys.version.split()[0]}"
    qgis = find_spec("qgis")
    # Importing QGIS takes half a second; the time of its package tells as well that it is another one.
    yield f"qgis=={Path(qgis.origin).stat().st_mtime_ns if qgis else None}"
    for module in MODULES:
        try:
            yield f"{module}=={version(module)}"
        except PackageNotFoundError:
            yield f"{module}==None"
    yield f"lrelease=={lrelease()}"
    for program in TEST_PROGRAMS:
        yield f"{program}=={shutil.which(program)}"
    yield f"postgis=={has_postgis()}"


def missing(with_tests):
    """Yield the Debian packages of what is not there or too old."""
    try:
        from qgis.core import Qgis

        qgis_version = Qgis.versionInt()
    except ImportError:
        qgis_version = 0
    if qgis_version < MINIMUM_QGIS or shutil.which("qgis_process") is None:
        # The font is for Chinese labels on maps: a machine without a desktop has none.
        yield from ("qgis", "python3-qgis", "qgis-providers", "fonts-wqy-microhei")
    wanted = MODULES | TEST_MODULES if with_tests else MODULES
    yield from sorted({package for module, package in wanted.items() if find_spec(module) is None})


def wished(with_tests):
    """Yield the Debian packages of what makes the plugin speak Chinese, and of what some tests need."""
    if lrelease() is None:
        yield "qttools5-dev-tools"
    if with_tests:
        yield from (package for name, package in TEST_PROGRAMS.items() if shutil.which(name) is None)
        if not has_postgis():
            yield from POSTGIS


if __name__ == "__main__":
    if sys.argv[1] in ("missing", "wished"):
        lines = (missing if sys.argv[1] == "missing" else wished)(sys.argv[2] == "1")
    elif sys.argv[1] == "constraints":
        lines = [line for line in versions() if line.startswith(("numpy", "scipy", "pandas"))]
    else:
        lines = versions()
    print("\n".join(lines))
