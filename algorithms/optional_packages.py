"""Packages that QGIS does not bring and a user may add: jenkspy, esda, libpysal."""

import sys
import sysconfig
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from .errors import ParcelDataError

# QGIS' own GDAL and other plugins are compiled against these: pip must leave them as they are.
_KEPT = ("numpy", "scipy", "pandas")


def missing_packages(names, to_read=None):
    """Tell which packages are not installed, and how to install them.

    Parameters
    ----------
    names : sequence of str
        Packages by the name they are imported by.
    to_read : str, optional
        File that they are to read; by default they are to be an engine.

    Returns
    -------
    ParcelDataError or None
        Names the packages, this Python and the command of pip; None where nothing is missing.
    """
    absent = [name for name in names if find_spec(name) is None]
    if not absent:
        return None
    found = ", ".join(absent), _python_version(), sys.prefix, pip_command(absent)
    if to_read:
        return ParcelDataError(
            "Weights file “{}” needs {}, not installed for the Python {} of this QGIS ({}): write it as .gal "
            "or .gwt, or install with: {}",
            to_read,
            *found,
        )
    return ParcelDataError(
        "The engine needs {}, not installed for the Python {} of this QGIS ({}): choose the built-in "
        "engine, or install with: {}",
        *found,
    )


def optional_package(name, to_read=None):
    """Import a package that may be missing; ``to_read`` as for ``missing_packages``.

    Raises
    ------
    ParcelDataError
        It is not installed, or does not run with what it finds here.
    """
    problem = missing_packages([name], to_read)
    if problem:
        raise problem
    try:
        return import_module(name)
    except Exception as error:  # built for another numpy, a package may raise anything
        found = name, error, _python_version(), _version("numpy")
        if to_read:
            raise ParcelDataError(
                "Weights file “{}” needs the package {}, which is installed but cannot be imported ({}): "
                "write the file as .gal or .gwt, or install a release that fits Python {} and numpy {}.",
                to_read,
                *found,
            ) from error
        raise ParcelDataError(
            "The package {} is installed but cannot be imported ({}): choose the built-in engine, or "
            "install a release that fits Python {} and numpy {}.",
            *found,
        ) from error


def packages_in_use(names):
    """Names and versions of packages in words, for whoever cites them: "esda 2.7.0, libpysal 4.13.0"."""
    return ", ".join(f"{name} {_version(name)}" for name in names)


def pip_command(names):
    """Command that installs packages for this Python and keeps the numpy that QGIS runs with."""
    command = [_interpreter(), "-m", "pip", "install"]
    stdlib = Path(sysconfig.get_path("stdlib"))
    if sys.prefix == sys.base_prefix and (stdlib / "EXTERNALLY-MANAGED").exists():
        command.append("--break-system-packages")
    # To require the version that is there holds it as a constraint does, and needs no file.
    kept = [f"{name}=={_version(name)}" for name in _KEPT if _version(name)]
    return " ".join([*command, *names, *kept])


def _interpreter():
    """Path of Python's program; sys.executable is that of QGIS."""
    major, minor = sys.version_info[:2]
    programs = ("python.exe", f"bin/python{major}.{minor}", "bin/python3")
    path = next((p for p in (Path(sys.prefix, name) for name in programs) if p.is_file()), "python3")
    return f'"{path}"' if " " in str(path) else str(path)


def _python_version():
    return ".".join(map(str, sys.version_info[:3]))


def _version(name):
    # Imported here: with the mail and archive modules it brings, it takes as long as all else that loads.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""
