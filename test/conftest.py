"""Fixtures that every room shares, the real qgis_process among them."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The tests read what the plugin says in English, whatever the language of this machine.
os.environ["LC_ALL"] = "C.UTF-8"

# A machine that does other work is no failure; what is drawn is the same every time.
settings.register_profile(
    "parcels", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# For long runs: other examples every time, and ten times as many.
settings.register_profile(
    "thorough", settings.get_profile("parcels"), derandomize=False, max_examples=1000, print_blob=True
)
settings.load_profile(os.environ.get("PARCEL_PROFILE", "parcels"))

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "resources" / "demo" / "demo.gpkg"


@pytest.fixture(scope="session")
def cases():
    """Folder of the reference cases; the test is skipped where it is absent."""
    folder = Path(os.environ.get("PARCEL_CASES", ROOT.parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip(f"reference cases not found at {folder}; set PARCEL_CASES to their folder")
    return folder


class Answer:
    """What qgis_process printed and returned."""

    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def results(self):
        """Results of a run with --json."""
        return json.loads(self.out)["results"]


@pytest.fixture(scope="session")
def qgis_process():
    """Call qgis_process in the environment of `make env`, changed by keywords; ``given`` is its input."""
    lines = subprocess.run(
        [ROOT / "scripts" / "env.sh"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    exports = dict(shlex.split(line)[1].split("=", 1) for line in lines)

    def call(*arguments, given=None, **environment):
        return Answer(
            subprocess.run(
                ["qgis_process", *map(str, arguments)],
                capture_output=True,
                text=True,
                input=given,
                env=os.environ | exports | environment,
                cwd=ROOT,
                timeout=300,
                check=False,
            )
        )

    return call


@pytest.fixture(scope="session")
def run_json(qgis_process):
    """Run an algorithm with --json: run_json("naturalbreaks", INPUT=..., ...)."""

    def run(algorithm, **parameters):
        return qgis_process(
            "--json",
            "run",
            f"agglomeration:{algorithm}",
            "--",
            *(f"{name}={value}" for name, value in parameters.items()),
        )

    return run


@pytest.fixture(scope="session")
def demo():
    """Source string of a layer of the demonstration data."""
    return lambda name="parcels_partly_synthetic": f"{DEMO}|layername={name}"
