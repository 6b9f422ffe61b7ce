"""Whether two tools gave the same answer: python -m benchmarks.agreement TASK FOLDER OURS OTHER.

Prints {"agrees": true or false, "text": what was compared}. Knows neither the plugin nor the peers:
numpy judges both.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

SAME = 1e-9


def within_ss(ordered, upper, side):
    """Sum of squares within the classes that upper limits make of sorted values, in long double."""
    edges = np.concatenate(([0], np.searchsorted(ordered, upper[:-1], side), [ordered.size]))
    total = np.longdouble(0)
    for start, end in pairwise(edges):
        part = ordered[start:end].astype(np.longdouble)
        if part.size:
            part -= part.mean()
            total += np.sum(part * part)
    return total


def breaks(folder, ours, other):
    ordered = np.sort(np.load(folder / "values.npy"))
    least = within_ss(ordered, ours["upper"], "right")
    # Some close their classes on the left: what is better counts.
    found = min(within_ss(ordered, other["upper"], side) for side in ("right", "left"))
    excess = float(found / least) - 1
    if abs(excess) <= SAME:
        return True, "same sum of squares"
    size = f"{1 + excess:.3g} times the" if abs(excess) > 0.01 else f"{excess:+.0e} of the"
    return False, f"{'not optimal' if excess > 0 else 'BETTER THAN OURS'}: {size} sum of squares"


def local(folder, ours, other):
    scale = np.abs(ours["i"]).max()
    apart = float(np.abs(ours["i"] - other["i"]).max() / scale)
    text = f"I to {apart:.0e}" if apart else "I equal"
    draws, many = int(other["permutations"]), int(ours["permutations"])
    p = np.clip((ours["p"] * (many + 1) - 1) / many, 0, 0.5)
    expected = (draws * p + 1) / (draws + 1)
    error = np.sqrt(p * (1 - p) * (1 / draws + 1 / many) + 1 / draws**2)
    off = (other["p"] - expected) / error
    # The draws are shared between sites: the errors of a run lean to one side together.
    outside = float(np.mean(np.abs(off) > 4))
    text += f", p {np.sqrt(np.mean(off**2)):.2f} sampling errors apart (rms), {outside:.2%} of sites over 4"
    return apart < SAME and outside < 0.001, text


def moran(folder, ours, other):
    apart = max(abs(float(other[name]) / float(ours[name]) - 1) for name in ("i", "z"))
    p = float(ours["p"])
    error = np.sqrt(2 * max(p * (1 - p), 1e-3) / int(ours["permutations"]))
    off = abs(float(other["p"]) - p) / error
    text = f"I and z to {apart:.0e}, p {p:.3f} and {float(other['p']):.3f}"
    return apart < 1e-7 and off < 4, text


def pairs(folder, ours, other):
    mine, theirs = ours["pairs"], other["pairs"]
    if np.array_equal(mine, theirs):
        return True, f"same {mine.size:,} links"
    lost = np.setdiff1d(mine, theirs, assume_unique=True).size
    more = np.setdiff1d(theirs, mine, assume_unique=True).size
    return False, f"{lost:,} of {mine.size:,} links missing, {more:,} others"


JUDGES = {"breaks": breaks, "local": local, "global": moran, "contiguity": pairs, "nearest": pairs}

if __name__ == "__main__":
    task, folder, ours, other = sys.argv[1:]
    with np.load(ours) as mine, np.load(other) as theirs:
        agrees, text = JUDGES[task](Path(folder), mine, theirs)
    print(json.dumps({"agrees": bool(agrees), "text": text}))
