"""Tables and plot of what was measured; nothing here measures."""

import csv
import os
import platform
from pathlib import Path

FIELDS = [
    *("task", "data", "n", "tool", "version", "rounds"),
    *("import_s", "prepare_s", "cold_s", "warm_s", "ratio"),
    *("before_mb", "peak_mb", "growth_mb", "agrees", "agreement", "note"),
]
TITLES = {
    "breaks": "Natural breaks, 4 classes",
    "local": "Local Moran's I",
    "global": "Global Moran's I, 999 permutations",
    "contiguity": "Contiguity (queen)",
    "nearest": "8 nearest neighbours",
}
# task, tool, size, and how many times our time it is to take at least
TARGETS = (
    ("breaks", "ckmeans", 100_000, 2),
    ("breaks", "ckmeans", 1_000_000, 3),
    ("breaks", "ckmeans", 10_000_000, 8),
    ("breaks", "jenkspy", 100_000, 1000),
    ("local", "pygeoda lookup table, 999", 100_000, 10),
    ("local", "pygeoda lookup table, 999", 1_000_000, 50),
    ("local", "esda, 999", 100_000, 50),
    ("contiguity", "pygeoda", 100_000, 2),
    ("nearest", "pygeoda", 100_000, 2.5),
    ("global", "esda", 100_000, 1.5),
)


def machine():
    """The machine in one line, without its name."""
    model = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    path = Path("/proc/cpuinfo")
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    system = " ".join((platform.system(), platform.machine()))
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, {system}, Python {platform.python_version()}"


def seconds(value):
    """Seconds to two or three digits."""
    if value is None:
        return ""
    if value < 0.01:
        return f"{value * 1000:.2g} ms"
    return f"{value:.2g} s" if value < 9.95 else f"{value:.0f} s"


def factor(value):
    """A ratio to two digits."""
    return f"{value:.2g}" if value < 99.5 else f"{round(value, 1 - len(str(int(value))) + 1):,.0f}"


def cells(row):
    """One row for people."""
    if "warm_s" not in row:
        return [row["tool"], "", "", "", "", "", row["note"]]
    return [
        row["tool"],
        seconds(row["import_s"]) if row["version"] else "",
        seconds(row["cold_s"]),
        seconds(row["warm_s"]),
        factor(row["ratio"]),
        f"{row['peak_mb']:.0f} (+{row['growth_mb']:.0f})",
        ", ".join(filter(None, (row.get("agreement"), row["note"]))),
    ]


HEAD = ["tool", "import", "first call", "later calls", "times ours", "peak MB (+ by calls)", "answer"]


def text_table(rows):
    """Table for the terminal."""
    lines = [HEAD, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def markdown_table(head, lines):
    """Table in Markdown, numbers to the right."""
    ruler = ["---"] + ["---:"] * (len(head) - 2) + ["---"]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ruler, *lines])


def write_csv(rows, path):
    """Everything, unrounded."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def targets(rows):
    """Table of the targets and what came of them."""
    lines = []
    for task, tool, n, least in TARGETS:
        for row in rows:
            if (row["task"], row["tool"]) != (task, tool) or not n <= row["n"] < 1.1 * n:
                continue
            case = f"{TITLES[task]}, {row['data']}, {row['n']:,}"
            if "ratio" in row:
                verdict = "met" if row["ratio"] >= least else f"missed: {row['ratio'] / least:.0%} of it"
                lines.append([case, tool, f"{least:g}", factor(row["ratio"]), verdict])
            else:
                lines.append([case, tool, f"{least:g}", "", f"not measured: {row['note']}"])
    return markdown_table(["case", "against", "target, times", "measured, times", ""], lines)


def versions(rows):
    """Packages and releases in one line."""
    import numpy

    found = {(row["tool"].split(",")[0].split(" ")[0], row["version"]) for row in rows if row.get("version")}
    named = [f"{tool} {version}" for tool, version in sorted(found)]
    return ", ".join([*named, f"numpy {numpy.__version__}"])


def write(rows, folder):
    """kernels.csv, kernels.md and kernels.svg."""
    write_csv(rows, folder / "kernels.csv")
    parts = [f"{machine()}.\n{versions(rows)}.", "## Targets", targets(rows)]
    done = set()
    for row in rows:
        case = row["task"], row["data"], row["n"]
        if case in done:
            continue
        done.add(case)
        if row["task"] not in {task for task, *_ in done - {case}}:
            parts.append(f"## {TITLES[row['task']]}")
        parts.append(f"{row['data'].capitalize()}, n = {row['n']:,}")
        same = [other for other in rows if (other["task"], other["data"], other["n"]) == case]
        parts.append(markdown_table(HEAD, map(cells, same)))
    (folder / "kernels.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    plot(rows, folder / "kernels.svg")
    print(f"\n{parts[0]}\n\n{parts[2]}\n\nWritten: kernels.csv, kernels.md and kernels.svg in {folder}")


def plot(rows, path):
    """Warm times over size: synthetic data as lines, real data as open marks."""
    from matplotlib import rcParams
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    rcParams["svg.fonttype"] = "none"
    rcParams["svg.hashsalt"] = "parcel agglomeration"
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    figure = Figure(figsize=(4.6 * len(tasks), 4.2), layout="constrained")
    FigureCanvasSVG(figure)
    for axes, task in zip(figure.subplots(1, len(tasks), squeeze=False)[0], tasks, strict=True):
        timed = [row for row in rows if row["task"] == task and "warm_s" in row]
        synthetic = next(row["data"] for row in rows if row["task"] == task and row["data"] in _SYNTHETIC)
        for number, tool in enumerate(dict.fromkeys(row["tool"] for row in timed)):
            ours = [row for row in timed if row["tool"] == tool]
            line = [(row["n"], row["warm_s"]) for row in ours if row["data"] == synthetic]
            other = [(row["n"], row["warm_s"]) for row in ours if row["data"] not in _SYNTHETIC]
            style = {"color": f"C{number}", "linewidth": 2.5 if tool.startswith("ours") else 1.2}
            axes.plot(*zip(*line, strict=True), marker="o", markersize=4, label=tool, **style)
            if other:
                axes.plot(*zip(*other, strict=True), "o", mfc="none", color=f"C{number}")
        axes.set(xscale="log", yscale="log", title=TITLES[task], xlabel="sites", ylabel="seconds, warm")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    figure.suptitle("Lines: synthetic data; circles: real data", fontsize=9)
    figure.savefig(path, format="svg", metadata={"Date": None})


_SYNTHETIC = ("lognormal", "lognormal + 1e9", "grid", "random points")
