"""The 1-10 rating of access by traffic, from distances and a table of points.

The paper rates by eye; this table (``resources/rubrics``) is ours, for a user to change.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ParcelDataError
from ..parsing import parse_number

RUBRIC = Path(__file__).resolve().parents[2] / "resources" / "rubrics" / "accessibility.csv"
ROADS, PLACES = "roads", "places"
LOWEST, HIGHEST = 1, 10


@dataclass(frozen=True)
class Kind:
    """Something that gives access, and what it is worth.

    name, name_zh : what it is called
    layer : "roads" or "places", the layer it is looked for in
    types : tuple of str, its types there in lower case
    steps : tuple of (metres, points), nearest first
    source : where the points come from
    """

    name: str
    name_zh: str
    layer: str
    types: tuple
    steps: tuple
    source: str = ""

    @property
    def reach(self):
        """Metres beyond which it gives nothing."""
        return max(metres for metres, _ in self.steps)


def default_rubric():
    """Kinds of the shipped table."""
    with RUBRIC.open(encoding="utf-8", newline="") as stream:
        return read_rubric(list(csv.DictReader(stream)))


def read_rubric(rows):
    """Kinds of access of a table with a row per kind and distance.

    Parameters
    ----------
    rows : sequence of dict
        ``kind``; ``layer``, "roads" or "places"; ``types`` separated by semicolons; ``distance`` in
        metres; ``points``; optionally ``kind_zh`` and ``source``.

    Returns
    -------
    tuple of Kind
        In the order of the table.

    Raises
    ------
    ParcelDataError
        A column is missing, a cell unusable, a kind stands in two layers or has two lists of types.
    """
    if not rows:
        raise ParcelDataError("The table of access points has no rows.")
    missing = [name for name in ("kind", "layer", "types", "distance", "points") if name not in rows[0]]
    if missing:
        raise ParcelDataError("The table of access points has no column {}.", ", ".join(missing))
    kinds = {}
    for number, row in enumerate(rows, start=1):
        name = str(row["kind"] or "").strip()
        layer = str(row["layer"] or "").strip().lower()
        types = tuple(text.strip().lower() for text in str(row["types"] or "").split(";") if text.strip())
        if not name or not types:
            raise ParcelDataError("Row {} of the table of access points has no kind or no types.", number)
        if layer not in (ROADS, PLACES):
            raise ParcelDataError(
                "Row {} of the table of access points has the layer “{}”; use roads or places.", number, layer
            )
        step = tuple(_number(row[column], column, number) for column in ("distance", "points"))
        source = str(row.get("source") or "")
        known = kinds.setdefault(name, (layer, types, str(row.get("kind_zh") or name), source, []))
        if known[:2] != (layer, types):
            raise ParcelDataError(
                "“{}” of the table of access points has different layers or types in its rows.", name
            )
        known[4].append(step)
    return tuple(
        Kind(name, chinese, layer, types, tuple(sorted(steps)), source)
        for name, (layer, types, chinese, source, steps) in kinds.items()
    )


def rubric_rows(kinds):
    """Rows of ``fields.ACCESS_POINTS``: the table that ``read_rubric`` reads."""
    return [
        (kind.name, kind.name_zh, kind.layer, ";".join(kind.types), metres, points, kind.source)
        for kind in kinds
        for metres, points in kind.steps
    ]


def points_gained(distance, kind):
    """Points that distances to the nearest of a kind are worth.

    Parameters
    ----------
    distance : (n,) float
        Metres, infinite where there is none.
    kind : Kind

    Returns
    -------
    (n,) float
        The most points of the steps that reach so far, else 0.
    """
    gained = np.zeros(len(distance))
    for metres, points in kind.steps:
        gained = np.maximum(gained, np.where(distance <= metres, points, 0.0))
    return gained


def rating(gained):
    """Rating from 1 to 10: 1 and the points of all kinds, 10 at most.

    Parameters
    ----------
    gained : (n, k) float
        Points by kind.

    Returns
    -------
    (n,) float
    """
    return np.clip(LOWEST + np.asarray(gained).sum(axis=1), LOWEST, HIGHEST)


def _number(value, column, row):
    try:
        number = parse_number(value)
    except ParcelDataError:
        number = math.nan
    if not number >= 0:
        raise ParcelDataError(
            "Column {} of the table of access points holds “{}” in row {}; give a number, 0 or more.",
            column,
            value,
            row,
        )
    return number
