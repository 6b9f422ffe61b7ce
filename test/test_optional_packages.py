"""Packages that a user may add: found, missing, broken."""

import shlex
import subprocess
import sys

import numpy as np
import pytest
from parcel_agglomeration.algorithms import optional_packages
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.optional_packages import (
    missing_packages,
    optional_package,
    packages_in_use,
    pip_command,
)


def test_a_package_that_is_there_is_imported():
    assert missing_packages(["numpy"]) is None
    assert optional_package("numpy") is np
    assert packages_in_use(["numpy"]) == f"numpy {np.__version__}"


def test_a_missing_one_is_named_with_the_python_and_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "esda", None)
    message = str(missing_packages(["esda", "numpy"]))
    assert message.startswith("The engine needs esda, not installed")
    assert ".".join(map(str, sys.version_info[:3])) in message and sys.prefix in message
    assert message.endswith(pip_command(["esda"]))
    with pytest.raises(ParcelDataError, match="needs esda, not installed"):
        optional_package("esda")


def test_the_command_runs_python_not_qgis_and_keeps_the_numpy_that_is_there(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/usr/bin/qgis_process")
    python, *rest = shlex.split(pip_command(["jenkspy"]))
    asked = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info[:2], sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == f"{sys.version_info[:2]} {sys.prefix}\n"
    assert rest[:3] == ["-m", "pip", "install"] and "jenkspy" in rest
    assert f"numpy=={np.__version__}" in rest


def test_a_python_managed_by_its_system_is_told_so(monkeypatch, tmp_path):
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr(optional_packages.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    assert "--break-system-packages" in pip_command(["esda"])


def test_a_broken_one_is_one_sentence(monkeypatch, tmp_path):
    (tmp_path / "brokenpackage.py").write_text("raise RuntimeError('built for another numpy')")
    monkeypatch.syspath_prepend(tmp_path)
    assert missing_packages(["brokenpackage"]) is None
    with pytest.raises(ParcelDataError, match=r"brokenpackage is installed but cannot .*another numpy"):
        optional_package("brokenpackage")
