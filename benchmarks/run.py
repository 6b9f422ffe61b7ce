"""Measure every tool on every case, alternately, and write the tables: python -m benchmarks.run --help."""

import argparse
import json
import os
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import data, report, tools

# No further round for a tool whose later calls have taken so long together, in seconds.
ENOUGH = 15
# A tool that compiles nothing is called once only if that takes so long, in seconds.
ONCE = 30
# Seconds to compile in, beside the limit.
COMPILING = 60
PREPARATION_LIMIT = 300
GRIDS = {
    "breaks": "lognormal",
    "local": "grid",
    "global": "grid",
    "contiguity": "grid",
    "nearest": "random points",
}


class TimeUpError(Exception):
    """A tool did not answer in time."""


class Worker:
    """A tool in its own process; only the one that is called works, the others wait."""

    def __init__(self, task, tool, folder, number):
        self.answer_path = folder / f"answer{number}.npz"
        self.log = (folder / f"log{number}.txt").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", task, tool, folder, self.answer_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=data.ROOT,
        )
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def reply(self, limit):
        if not self.selector.select(limit):
            raise TimeUpError
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise RuntimeError((self.log.read().strip().splitlines() or ["it ended without a word"])[-1])
        return json.loads(line)

    def ask(self, what, limit):
        self.process.stdin.write(f"{what}\n".encode())
        self.process.stdin.flush()
        return self.reply(limit)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()


def cases(tasks, sizes):
    """Yield (task, name of the data, size), each task by rising size."""
    real = data.real_data()
    if real is None:
        print("No real data: ../shared/cases is absent; set PARCEL_CASES to a folder of reference cases.")
    for task in tasks:
        found = [(n, GRIDS[task]) for n in sizes]
        if task == "breaks":
            found += [(10_000, "lognormal + 1e9")]
            found += [(10 * max(sizes), "lognormal")] if max(sizes) >= 1_000_000 else []
        if real is not None:
            found += [(n, name) for name, n in data.REAL[task] if n <= max(sizes) * 1.1]
        yield from ((task, name, n) for n, name in sorted(found))


def choose(task, name, n, limit, slow):
    """Rows of all tools of a case, and those of the tools that can do it in time."""
    rows, chosen = [], []
    for tool, kind in tools.TOOLS[task].items():
        if not kind.smallest <= n <= kind.largest:
            continue
        row = {"task": task, "data": name, "n": n, "tool": tool, "note": ""}
        rows.append(row)
        size, taken = slow.get((task, tool), (n, 0))
        # None of them takes less than ten times as long for ten times as many.
        if n > size and taken * n / size > limit:
            row["note"] = f"left out: {report.seconds(taken)} at {size:,}"
        else:
            chosen.append(row)
    return rows, chosen


def measure(task, name, n, folder, rounds, limit, slow):
    """Rows of one case; ``slow`` has the size that a tool did last and its seconds."""
    rows, chosen = choose(task, name, n, limit, slow)
    if all(tools.TOOLS[task][row["tool"]].package == tools.OURS for row in chosen):
        return []
    subprocess.run(
        [sys.executable, "-m", "benchmarks.data", task, name, str(n), folder], cwd=data.ROOT, check=True
    )
    workers = {}
    for number, row in enumerate(chosen):
        tool = row["tool"]
        kind = tools.TOOLS[task][tool]
        worker = Worker(task, tool, folder, number)
        patience = limit + COMPILING * kind.compiles
        try:
            ready = worker.reply(PREPARATION_LIMIT)
            row.update(version=ready["version"], import_s=ready["imported"], prepare_s=ready["prepared"])
            cold = worker.ask("call", patience)
        except TimeUpError:
            slow[task, tool] = n, patience
            row["note"] = f"over {patience:g} s"
            worker.close()
            continue
        except RuntimeError as error:
            row["note"] = f"failed: {error}"
            worker.close()
            continue
        row.update(cold_s=cold["seconds"], before_mb=ready["before"], peak_mb=cold["peak"])
        row["warm"] = []
        workers[tool] = worker, row
        if cold["seconds"] > ONCE and not kind.compiles:
            row["warm"] = [cold["seconds"]]
            row["note"] = "called once"
    for _ in range(rounds):
        for worker, row in workers.values():
            if sum(row["warm"]) > ENOUGH:
                continue
            reply = worker.ask("call", None)
            row["warm"].append(reply["seconds"])
            row["peak_mb"] = reply["peak"]
    finish(task, folder, workers)
    for row in rows:
        if "warm_s" in row:
            slow[task, row["tool"]] = n, row["warm_s"]
    return rows


def finish(task, folder, workers):
    """Medians, ratios and agreement with the first tool; ends the workers."""
    (first, reference), *_ = workers.values()
    for worker, row in workers.values():
        warm = row.pop("warm")
        row["rounds"] = len(warm)
        row["warm_s"] = statistics.median(warm)
        row["ratio"] = row["warm_s"] / reference["warm_s"]
        row["growth_mb"] = row["peak_mb"] - row["before_mb"]
        worker.ask("answer", None)
        if worker is not first:
            judged = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.agreement",
                    task,
                    folder,
                    first.answer_path,
                    worker.answer_path,
                ],
                cwd=data.ROOT,
                check=True,
                capture_output=True,
                text=True,
            )
            judged = json.loads(judged.stdout)
            row["agrees"] = "yes" if judged["agrees"] else "no"
            row["agreement"] = judged["text"]
            worker.close()
    first.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes",
        default="1000 10000 100000 1000000",
        help="numbers of sites; from a million on, breaks also of ten times as many",
    )
    parser.add_argument("--rounds", type=int, default=3, help="warm calls per tool")
    parser.add_argument("--limit", type=float, default=60, help="seconds that a tool's first call may take")
    parser.add_argument("--tasks", default=" ".join(tools.TOOLS), help="which of the tasks")
    parser.add_argument("--output", type=Path, default=data.ROOT / "build" / "benchmark")
    options = parser.parse_args()
    sizes = [int(float(size)) for size in options.sizes.split()]
    options.output.mkdir(parents=True, exist_ok=True)
    # A tool that uses threads uses all cores, whatever the caller's environment says.
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.pop(name, None)
    rows, slow, start = [], {}, time.monotonic()
    for task, name, n in cases(options.tasks.split(), sizes):
        with tempfile.TemporaryDirectory() as folder:
            found = measure(task, name, n, Path(folder), options.rounds, options.limit, slow)
        rows += found
        if not found:
            print(f"\n{report.TITLES[task]}: {name}, {n:,}: no peer can do this in time")
            continue
        print(f"\n{report.TITLES[task]}: {name}, {n:,} ({time.monotonic() - start:.0f} s)", flush=True)
        print(report.text_table(found), flush=True)
        # What there is stays when the run is broken off.
        report.write_csv(rows, options.output / "kernels.csv")
    report.write(rows, options.output)


if __name__ == "__main__":
    main()
