"""The real qgis_process, as a script calls it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "resources" / "demo" / "demo.gpkg"


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
    """Call qgis_process in the environment of `make env`."""
    lines = subprocess.run(
        [ROOT / "scripts" / "env.sh"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    settings = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    environment = os.environ | {name: value.strip("'") for name, value in settings.items()}

    def call(*arguments):
        return Answer(
            subprocess.run(
                ["qgis_process", *map(str, arguments)],
                capture_output=True,
                text=True,
                env=environment,
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
