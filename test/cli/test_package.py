"""The zip of the plugin: by the rules of the plugin repository, installed, run and taken away again."""

import importlib.util
import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "parcel_agglomeration"


@pytest.fixture(scope="module")
def package():
    specification = importlib.util.spec_from_file_location("package", ROOT / "scripts" / "package.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built(package):
    if not (ROOT / package.TRANSLATION).is_file():
        pytest.skip("lrelease is missing: no package without the Chinese translation")
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a clone: a package is made of the files that git knows")
    return package.build()


def changed(path, change):
    """The zip of `path` after a change of its entries, as bytes."""
    with zipfile.ZipFile(path) as package:
        entries = {name: package.read(name) for name in package.namelist()}
    change(entries)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, data in entries.items():
            package.writestr(name, data)
    return stream.getvalue()


def set_metadata(old, new):
    def change(entries):
        name = f"{PLUGIN}/metadata.txt"
        text = entries[name].decode("utf-8")
        assert old in text
        entries[name] = text.replace(old, new).encode("utf-8")

    return change


def test_the_repository_would_take_it(package, built):
    assert list(package.problems(built.read_bytes())) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda entries: entries.pop(f"{PLUGIN}/LICENSE"), "LICENSE is missing"),
        (lambda entries: entries.update({"other/x.py": b""}), "one folder"),
        (lambda entries: entries.update({f"{PLUGIN}/.git/config": b""}), "hidden"),
        (lambda entries: entries.update({f"{PLUGIN}/ui/__pycache__/a.py": b""}), "made by a machine"),
        (lambda entries: entries.update({f"{PLUGIN}/fast.SO": b""}), "compiled"),
        (lambda entries: entries.update({f"{PLUGIN}/../x.py": b""}), "leaves the folder"),
        (set_metadata("version=0.1.0", "version=0.1.0-beta"), "version of metadata.txt is no version"),
        (set_metadata("repository=https", "repository=git"), "repository of metadata.txt is no address"),
        (set_metadata("license=", "licence="), "lacks license"),
        (set_metadata("icon=", "icon=no/"), "icon"),
    ],
)
def test_what_it_would_refuse_is_named(package, built, change, said):
    found = list(package.problems(changed(built, change)))
    assert len(found) == 1 and said in found[0]


def test_holds_what_a_user_needs_and_nothing_else(built):
    with zipfile.ZipFile(built) as package:
        names = {name.removeprefix(f"{PLUGIN}/") for name in package.namelist()}
    assert {"plugin.py", "algorithms/provider.py", "ui/menu.py", "resources/demo/demo.gpkg"} <= names
    assert "resources/i18n/parcel_agglomeration_zh_CN.qm" in names
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"test", "benchmarks", "scripts", "build", "Makefile", ".ci"}


def test_the_same_files_make_the_same_bytes(package, built):
    first = built.read_bytes()
    assert package.build().read_bytes() == first


def test_installs_runs_and_leaves_without_a_trace(built, qgis_process, demo, tmp_path):
    profile = tmp_path / "config" / "profiles" / "default"
    plugins = profile / "python" / "plugins"
    plugins.mkdir(parents=True)
    # The plugin is found in the profile alone, not in the folder of `make env`.
    clean = {"QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "config"), "QGIS_PLUGINPATH": str(tmp_path / "none")}
    before = qgis_process("list", **clean)
    assert "agglomeration:" not in before.out

    with zipfile.ZipFile(built) as package:
        package.extractall(plugins)
    enabled = qgis_process("plugins", "enable", PLUGIN, **clean)
    assert enabled.code == 0, enabled.err
    target = tmp_path / "levels.gpkg"
    ran = qgis_process(
        "run",
        "agglomeration:naturalbreaks",
        "--",
        f"INPUT={demo()}",
        "FIELD=syn_output",
        f"OUTPUT={target}",
        **clean,
    )
    assert ran.code == 0, ran.err
    assert target.stat().st_size > 0
    assert "agglomeration:rawmodel" in qgis_process("list", **clean).out

    qgis_process("plugins", "disable", PLUGIN, **clean)
    shutil.rmtree(plugins / PLUGIN)
    assert qgis_process("list", **clean).out == before.out
    left = [
        os.path.join(folder, name)
        for folder, folders, files in os.walk(tmp_path / "config")
        for name in (*folders, *files)
        if "agglomeration" in name.lower()
    ]
    assert left == []
