"""Change lines of the kernels and see whether the tests notice: make mutation SAMPLE=30 SEED=1 ROOMS='ahp'.

Runs with cosmic-ray in build/mutation-venv on copies of the project in build/mutation. A sample of the
changes of each group is tried against the tests of the group, up to the first that fails. Prints each change
that survives, and the share that was killed.
"""

import argparse
import random
import shutil
import subprocess
import sys
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).resolve().parents[1]
COPIES = ROOT / "build" / "mutation"
PARTS = ("algorithms", "ui", "test", "resources", "plugin.py", "__init__.py", "metadata.txt",
         "pyproject.toml")  # fmt: skip
LIMIT = 240
"""Seconds after which the tests of a change are ended; it counts as killed, as it would not be missed."""

# Group: modules of algorithms/, and tests, the quick ones first.
GROUPS = {
    "breaks": (
        "classification: natural_breaks break_search break_bounds binned_search histogram levels "
        "score_limits",
        "classification/test_levels.py classification/test_histogram.py "
        "classification/test_classification_properties.py "
        "classification/test_natural_breaks.py",
    ),
    "moran": (
        "autocorrelation: local_moran conditional_permutations global_moran permuted multiple_testing",
        "autocorrelation/test_multiple_testing.py autocorrelation/test_permuted.py "
        "autocorrelation/test_global_moran.py autocorrelation/test_local_moran.py "
        "autocorrelation/test_local_geary.py autocorrelation/test_autocorrelation_properties.py",
    ),
    "neighbours": (
        "autocorrelation: contiguity nearest_neighbours distance_weights spatial_weights outlines "
        "polygon_distance connectivity",
        "autocorrelation/test_spatial_weights.py autocorrelation/test_connectivity.py "
        "autocorrelation/test_distance_weights.py autocorrelation/test_nearest_neighbours.py "
        "autocorrelation/test_contiguity.py autocorrelation/test_polygon_distance.py "
        "autocorrelation/test_autocorrelation_properties.py",
    ),
    "ahp": (
        "weighting: ahp group incomplete judgements judgement_review objective_weights combine_weights "
        "weight_sensitivity",
        "weighting",
    ),
    "scores": ("scoring: target_scores", "scoring"),
    "zones": (
        "zoning: cross_tabulation zone_statistics association zone_matrix statistics_table",
        "zoning",
    ),
    "indicators": (
        "indicators: diagnostics walk_coverage parcel_indicators facility_density accessibility "
        "chinese_coordinates",
        "indicators",
    ),
    "planning": (
        "planning: industry_check zone_change explanation planning_response microaggregation",
        "planning",
    ),
}


def copied(group):
    """A copy of the project that may be changed, with its modules and tests."""
    folder = COPIES / group
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / part)
    (folder / "build" / "plugins").mkdir(parents=True)
    (folder / "build" / "plugins" / "parcel_agglomeration").symlink_to("../..")
    room, names = GROUPS[group][0].split(": ")
    return folder, [f"algorithms/{room}/{name}.py" for name in names.split()]


def configure(folder, modules, tests):
    """Write the settings of cosmic-ray; returns their path."""
    command = [
        ROOT / "build" / "venv" / "bin" / "python", "-B", "-m", "pytest", "-x", "-q",
        "-p", "no:cacheprovider", "-p", "no:pytest_qgis", *(f"test/{test}" for test in tests.split()),
    ]  # fmt: skip
    listed = ", ".join(f'"{module}"' for module in modules)
    settings = folder / "cosmic-ray.toml"
    settings.write_text(
        "[cosmic-ray]\n"
        f"module-path = [{listed}]\n"
        f"timeout = {LIMIT}.0\n"
        "excluded-modules = []\n"
        f'test-command = "{" ".join(map(str, command))}"\n'
        "[cosmic-ray.distributor]\n"
        'name = "local"\n',
        encoding="utf-8",
    )
    return settings


def ran(*command, folder):
    """Run a command of the environment in a folder."""
    program = Path(sys.executable).with_name(command[0])
    return subprocess.run([program, *map(str, command[1:])], cwd=folder, check=True)  # noqa: S603


def sampled(session, size, seed):
    """Leave all but a sample of the changes of a session out."""
    with use_db(session, WorkDB.Mode.open) as database:
        jobs = sorted(
            (str(m.module_path), m.operator_name, m.occurrence, item.job_id)
            for item in database.pending_work_items
            for m in item.mutations
        )
        kept = {job[-1] for job in random.Random(seed).sample(jobs, min(size, len(jobs)))}  # noqa: S311
        skipped = WorkResult(worker_outcome=WorkerOutcome.SKIPPED)
        for *_, job in jobs:
            if job not in kept:
                database.set_result(job, skipped)
    return len(jobs)


def told(session):
    """Print the changes that survived; returns how many were killed and tried."""
    killed = tried = 0
    with use_db(session, WorkDB.Mode.open) as database:
        for _, result in database.results:
            if result.worker_outcome == WorkerOutcome.SKIPPED:
                continue
            tried += 1
            if result.test_outcome == TestOutcome.SURVIVED:
                changed = [line for line in (result.diff or "").splitlines() if line[:1] in "@+-"]
                print("survived:", *changed, sep="\n  ", flush=True)
            else:
                killed += 1
    return killed, tried


def main():
    """Try the groups and print the shares."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("groups", nargs="*", default=list(GROUPS), choices=[*GROUPS, []])
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines, sums = [], [0, 0]
    for group in options.groups:
        folder, modules = copied(group)
        settings = configure(folder, modules, GROUPS[group][1])
        session = folder / "session.sqlite"
        ran("cosmic-ray", "init", settings, session, folder=folder)
        every = sampled(session, options.sample, options.seed)
        ran("cosmic-ray", "baseline", settings, folder=folder)
        ran("cosmic-ray", "exec", settings, session, folder=folder)
        killed, tried = told(session)
        sums = [sums[0] + killed, sums[1] + tried]
        lines.append(f"{group:11} {killed:4} of {tried} killed, {every} changes possible")
    print(*lines, f"together    {sums[0]:4} of {sums[1]} killed: {sums[0] / sums[1]:.1%}", sep="\n")


if __name__ == "__main__":
    main()
