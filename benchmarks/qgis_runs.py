"""Whole runs of qgis_process against QGIS' own field calculator: python -m benchmarks.qgis_runs --help.

Each run is a process of its own that starts QGIS, reads a GeoPackage and writes one. To be called in the
environment of `make env`; `make benchmark-qgis` does.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks import data, report

DEMO = data.ROOT / "resources" / "demo" / "demo.gpkg"
FIELD = "syn_output"
BASELINE = "native:fieldcalculator"
# Names, parameters beside INPUT and OUTPUT, and how many times the baseline's time they may take.
RUNS = {
    BASELINE: ({"FIELD_NAME": "twice", "FIELD_TYPE": 0, "FORMULA": f'"{FIELD}" * 2'}, None),
    "agglomeration:naturalbreaks": ({"FIELD": FIELD}, 2),
    "agglomeration:globalmoran": ({"FIELD": FIELD}, 2),
    "agglomeration:localmoran": ({"FIELD": FIELD}, 2),
    "agglomeration:crosstabulate": ({"ECONOMY_FIELD": "lv_econ", "LAND_FIELD": "lv_land"}, None),
    "agglomeration:targetscores": (
        {"INDEX_SYSTEM": f"{DEMO}|layername=index_system_synthetic_fields"},
        None,
    ),
    "agglomeration:evaluate": (
        {
            "INDEX_SYSTEM": f"{DEMO}|layername=index_system_synthetic_fields",
            "ID_FIELD": "parcel_id",
            "DISTRICT_FIELD": "syn_distr",
        },
        4,
    ),
}
# Nothing is written for the parcels.
WITHOUT_OUTPUT = ("agglomeration:globalmoran",)
LIST_LIMIT_MS = 50
HEAD = ["algorithm", "seconds", "CPU seconds", "peak MB", "times the field calculator", "target"]


def write_parcels(n, path, real):
    """Layer of n parcels with the fields of the demonstration, whose rows are drawn with noise."""
    import numpy as np
    import pyogrio
    import shapely

    generator = np.random.default_rng([data.SEED, n])
    meta, _, _, columns = pyogrio.raw.read(DEMO, layer="parcels_partly_synthetic", read_geometry=False)
    drawn = generator.integers(0, len(columns[0]), n)
    fields = {}
    for name, column in zip(meta["fields"], columns, strict=True):
        fields[name] = column[drawn]
        if column.dtype == np.float64:
            fields[name] = fields[name] * generator.lognormal(0, 0.2, n)
    fields["parcel_id"] = np.arange(n)
    fields["lv_econ"], fields["lv_land"] = generator.integers(1, 5, (2, n))
    if real:
        polygons = data.cadastre(n + data.CADASTRE_SIZE)[:n]
    else:
        squares = shapely.transform(data.grid(n), lambda xy: 100 * xy + np.array([400_000, 6_170_000]))
        polygons = shapely.multipolygons(squares[:, None])
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(polygons),
        field_data=list(fields.values()),
        fields=list(fields),
        layer="parcels",
        driver="GPKG",
        geometry_type="MultiPolygon",
        crs="EPSG:25832" if real else "EPSG:32637",
    )


def timed(command, environment=None):
    """Wall and CPU seconds and peak memory of a process that must succeed."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{' '.join(command)}\n{output.read()[-2000:]}")
    return {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}


def run(algorithm, parcels, folder):
    """One run on a layer."""
    parameters = {"INPUT": f"{parcels}|layername=parcels", **RUNS[algorithm][0]}
    output = folder / "output.gpkg"
    output.unlink(missing_ok=True)
    if algorithm not in WITHOUT_OUTPUT:
        parameters["OUTPUT"] = output
    given = [f"{name}={value}" for name, value in parameters.items()]
    return timed(["qgis_process", "run", algorithm, "--", *given])


def medians(runs):
    """Median of each figure."""
    return {name: statistics.median(each[name] for each in runs) for name in runs[0]}


def list_cost(rounds):
    """Cost of `qgis_process list` with the plugin and without it, alternately.

    Python's compiled files are kept, as they are for a user after the first start.
    """
    command = ["qgis_process", "list"]
    with tempfile.TemporaryDirectory() as cache:
        compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        compiled["PYTHONPYCACHEPREFIX"] = cache
        listed = subprocess.run(command, env=compiled, capture_output=True, text=True, check=True)
        if "agglomeration:" not in listed.stdout:
            raise SystemExit("qgis_process does not list the plugin")
        without = compiled | {"QGIS_PLUGINPATH": ""}
        pairs = [(timed(command, compiled), timed(command, without)) for _ in range(rounds + 1)]
    # The first pair fills the caches of the disk.
    return pairs[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000 100000 1000000", help="numbers of parcels")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each; one at a million parcels")
    parser.add_argument("--output", type=Path, default=data.ROOT / "build" / "benchmark")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    cases = [(int(float(size)), False) for size in options.sizes.split()]
    if data.real_data() is None:
        print("No real data: ../shared/cases is absent; set PARCEL_CASES to a folder of reference cases.")
    else:
        cases += [(n, True) for n, _ in cases if n == 100_000]
    version = subprocess.run(["qgis_process", "--version"], capture_output=True, text=True, check=True)
    parts = [f"{report.machine()}, {version.stdout.splitlines()[0]}."]
    print(parts[0])
    results = []
    for n, real in cases:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            parcels = folder / "parcels.gpkg"
            write_parcels(n, parcels, real)
            runs = {algorithm: [] for algorithm in RUNS}
            for _ in range(options.rounds if n < 1_000_000 else 1):
                for algorithm in RUNS:
                    runs[algorithm].append(run(algorithm, parcels, folder))
        found = {algorithm: medians(each) for algorithm, each in runs.items()}
        title = f"{'Parcels of a real cadastre' if real else 'Grid'}, n = {n:,}"
        results += [{"data": title, "algorithm": algorithm} | each for algorithm, each in found.items()]
        parts += [f"### {title}", report.markdown_table(HEAD, lines(found, n))]
        print("\n".join(("", *parts[-2:])), flush=True)
    pairs = list_cost(max(options.rounds, 15))
    wall, cpu = (1000 * statistics.median(a[of] - b[of] for a, b in pairs) for of in ("seconds", "cpu"))
    parts.append(
        f"The plugin adds {wall:.0f} ms to `qgis_process list` ({cpu:.0f} ms of CPU time), at most "
        f"{LIST_LIMIT_MS}: {'met' if wall <= LIST_LIMIT_MS else 'missed'}."
    )
    print(f"\n{parts[-1]}")
    (options.output / "qgis.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    (options.output / "qgis.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(f"\nWritten: qgis.md and qgis.json in {options.output}")


def lines(found, n):
    """Rows of the table of one layer; the targets are for 100,000 parcels."""
    for algorithm, figures in found.items():
        ratio = figures["seconds"] / found[BASELINE]["seconds"]
        most = RUNS[algorithm][1] if n == 100_000 else None
        verdict = "" if most is None else f"at most {most}: {'met' if ratio <= most else 'missed'}"
        yield [
            f"`{algorithm}`",
            f"{figures['seconds']:.1f}",
            f"{figures['cpu']:.1f}",
            f"{figures['peak']:.0f}",
            f"{ratio:.2f}",
            verdict,
        ]


if __name__ == "__main__":
    main()
