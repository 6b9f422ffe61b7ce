"""Faults of the machine, injected into the real qgis_process: an output is whole or is not there."""

import os
import random
import shlex
import sqlite3
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ..conftest import DEMO, ROOT

EARLIER = b"what an earlier run has made"


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of some KiB: small_disk(kib), or one that is read-only."""
    mounted = []

    def mount(kib, made=None):
        folder = tmp_path / f"disk {len(mounted)}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("only root may mount a small file system here")
        mounted.append(folder)
        for name, content in (made or {}).items():
            (folder / name).write_bytes(content)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def unchanged(path):
    """The bytes of a file are the same after as before."""
    before = Path(path).read_bytes()
    yield
    assert Path(path).read_bytes() == before


def features(path):
    """Number of parcels in a GeoPackage that passes SQLite's check and says how it was made."""
    with closing(sqlite3.connect(path)) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (table,) = store.execute("SELECT table_name FROM gpkg_metadata_reference").fetchone()
        return store.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608


def assert_refused(answer, sentence=""):
    """The run ended with one sentence, the last thing that is said, and with an exit code."""
    said = answer.out + answer.err
    assert answer.code != 0, said
    assert "Traceback" not in said and "Errno" not in said
    errors = {line.removeprefix("ERROR:").strip() for line in said.splitlines() if "ERROR:" in line}
    assert len(errors) == 1, said
    assert sentence in errors.pop()


class TestFullDisk:
    @pytest.mark.parametrize(
        ("ending", "kib"),
        [
            *[("gpkg", 4), ("gpkg", 60), ("gpkg", 148), ("csv", 16), ("csv", 32)],
            *[("xlsx", 16), ("ods", 16), ("geojson", 60), ("shp", 40), ("fgb", 40)],
        ],
    )
    def test_a_layer_is_whole_or_is_not_there(self, qgis_process, demo, small_disk, ending, kib):
        folder = small_disk(kib)
        with unchanged(DEMO):
            answer = qgis_process(
                "run", "agglomeration:naturalbreaks", "--",
                f"INPUT={demo()}", "FIELD=syn_output", f"OUTPUT={folder / 'levels'}.{ending}",
            )  # fmt: skip
        assert_refused(answer, "free some space")
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize(
        ("algorithm", "given", "kib"),
        [
            ("naturalbreaks", ["FIELD=syn_output", "OUTPUT=TEMPORARY_OUTPUT", "REPORT={}.html"], 8),
            ("mapsheet", ["FIELD=syn_output", "OUTPUT={}.pdf"], 16),
            ("mapsheet", ["FIELD=syn_output", "PICTURES={}", "DPI=50"], 16),
            ("spatialweights", ["OUTPUT={}.gpkg", "WEIGHTS={}.gal"], 160),
        ],
    )
    def test_so_is_every_other_file(self, qgis_process, demo, small_disk, algorithm, given, kib):
        folder = small_disk(kib)
        given = [text.format(folder / "made") for text in given]
        answer = qgis_process("run", f"agglomeration:{algorithm}", "--", f"INPUT={demo()}", *given)
        assert_refused(answer)
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("kib", [60, 148])
    def test_a_table_in_a_store_is_whole_or_is_not_there(self, qgis_process, demo, small_disk, kib):
        folder = small_disk(kib)
        answer = qgis_process(
            "run", "agglomeration:naturalbreaks", "--", f"INPUT={demo()}", "FIELD=syn_output",
            f"OUTPUT=ogr:dbname='{folder / 'store.gpkg'}' table=\"levels\" (geom)",
        )  # fmt: skip
        assert_refused(answer)
        assert list(folder.iterdir()) == []

    def test_what_an_earlier_run_has_made_stays(self, qgis_process, demo, small_disk):
        folder = small_disk(100, {"levels.gpkg": EARLIER, "breaks.csv": EARLIER})
        answer = qgis_process(
            "run", "agglomeration:naturalbreaks", "--", f"INPUT={demo()}", "FIELD=syn_output",
            f"OUTPUT={folder / 'levels.gpkg'}", f"BREAKS={folder / 'breaks.csv'}",
        )  # fmt: skip
        assert_refused(answer, "free some space")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            "levels.gpkg": EARLIER,
            "breaks.csv": EARLIER,
        }


@pytest.fixture(scope="module")
def start():
    """Start qgis_process without waiting for it; what is left of it is killed."""
    lines = subprocess.run(
        [ROOT / "scripts" / "env.sh"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    exports = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    started = []

    def call(algorithm, **given):
        process = subprocess.Popen(
            ["qgis_process", "run", f"agglomeration:{algorithm}", "--"]
            + [f"{name}={value}" for name, value in given.items()],
            env=os.environ | exports,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def many_parcels(qgis_process, demo, tmp_path_factory):
    """The demonstration's parcels 200 times, so that writing takes a while."""
    path = tmp_path_factory.mktemp("many") / "many.gpkg"
    with closing(sqlite3.connect(DEMO)) as store:
        assert store.execute("SELECT count(*) FROM parcels_partly_synthetic").fetchone() == (PARCELS,)
    answer = qgis_process(
        "run", "native:arraytranslatedfeatures", "--",
        f"INPUT={demo()}", "COUNT=199", "DELTA_X=10000", f"OUTPUT={path}",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    return path


PARCELS = 117
MANY = PARCELS * 200


class TestKilled:
    @pytest.mark.parametrize("seed", range(8))
    def test_an_output_is_whole_or_is_not_there(self, start, many_parcels, tmp_path, seed):
        output = tmp_path / "levels.gpkg"
        process = start("naturalbreaks", INPUT=many_parcels, FIELD="syn_output", OUTPUT=output)
        deadline = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(random.Random(seed).uniform(0, 2))  # noqa: S311
        process.kill()
        process.wait()
        if output.exists():
            assert features(output) == MANY
        left = {path.name for path in tmp_path.iterdir()} - {"levels.gpkg"}
        assert all(name.startswith(".") and name.endswith(".part") for name in left)

    def test_an_earlier_output_is_as_it_was_and_the_next_run_replaces_it(self, start, many_parcels, tmp_path):
        output = tmp_path / "levels.gpkg"
        output.write_bytes(EARLIER)
        process = start("naturalbreaks", INPUT=many_parcels, FIELD="syn_output", OUTPUT=output)
        while len(list(tmp_path.iterdir())) < 2 and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        process.wait()
        assert output.read_bytes() == EARLIER
        process = start("naturalbreaks", INPUT=many_parcels, FIELD="syn_output", OUTPUT=output)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert features(output) == MANY


class TestTwoAtOnce:
    @pytest.mark.parametrize("names", [("one", "other"), ("same", "same")])
    def test_each_output_is_whole(self, start, many_parcels, tmp_path, names):
        outputs = [tmp_path / f"{name}.gpkg" for name in names]
        runs = [
            start("naturalbreaks", INPUT=many_parcels, FIELD="syn_output", CLASSES=3 + k, OUTPUT=output)
            for k, output in enumerate(outputs)
        ]
        for run in runs:
            said, _ = run.communicate(timeout=120)
            assert run.returncode == 0, said
        assert {path.name for path in tmp_path.iterdir()} == {f"{name}.gpkg" for name in names}
        for output in outputs:
            assert features(output) == MANY


class TestPlaces:
    @pytest.mark.parametrize(
        "name", ["渌口 区/地块 分级.gpkg", "it's 100 %/a+b & c.gpkg", "x.y/levels.v2.gpkg"]
    )
    def test_every_name_is_a_name(self, run_json, demo, tmp_path, name):
        output = tmp_path / name
        output.parent.mkdir()
        answer = run_json("naturalbreaks", INPUT=demo(), FIELD="syn_output", OUTPUT=output)
        assert answer.code == 0, answer.err
        assert answer.results["OUTPUT"] == str(output)
        assert [path.name for path in output.parent.iterdir()] == [output.name]
        assert features(output) == PARCELS

    def refused(self, qgis_process, demo, output, sentence):
        """Check what a run to an output says."""
        answer = qgis_process(
            "run",
            "agglomeration:naturalbreaks",
            "--",
            f"INPUT={demo()}",
            "FIELD=syn_output",
            f"OUTPUT={output}",
        )
        assert answer.code != 0
        assert sentence in answer.out + answer.err
        assert "Traceback" not in answer.out + answer.err

    def test_a_folder_is_no_file(self, qgis_process, demo, tmp_path):
        (tmp_path / "levels.gpkg").mkdir()
        self.refused(qgis_process, demo, tmp_path / "levels.gpkg", "is a folder, name a file in it")
        assert list((tmp_path / "levels.gpkg").iterdir()) == []

    def test_a_name_that_is_too_long(self, qgis_process, demo, tmp_path):
        self.refused(qgis_process, demo, tmp_path / f"{'x' * 300}.gpkg", "File name too long")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("earlier", [{}, {"levels.gpkg": EARLIER}])
    def test_a_folder_that_is_read_only(self, qgis_process, demo, small_disk, earlier):
        folder = small_disk(1000, earlier)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        self.refused(qgis_process, demo, folder / "levels.gpkg", "is read-only")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == earlier
