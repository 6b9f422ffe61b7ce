"""Rows of the tables of planning responses; their columns stand in ``fields``."""

from dataclasses import dataclass

import numpy as np

from ..fields import AREA_GRADES, ZONES
from ..zoning.zone_statistics import cross_counts
from .planning_response import entry_threshold, list_order

WORDS = {
    "en": {
        "all": "all lead areas",
        "none": "(no district)",
        "threshold": "entry threshold",
        "facility": "new facility",
        "least": "at least",
        "most": "at most",
    },
    "zh": {
        "all": "全部引领示范区",
        "none": "（无片区）",
        "threshold": "准入门槛",
        "facility": "新型设施",
        "least": "不低于",
        "most": "不高于",
    },
}


@dataclass(frozen=True)
class Plots:
    """The zoned parcels as columns.

    name, district : lists of n texts, "" where NULL
    zone, land : (n,) int, 0 where NULL
    score, hectares : (n,) float, NaN where missing
    """

    name: list
    district: list
    zone: np.ndarray
    land: np.ndarray
    score: np.ndarray
    hectares: np.ndarray


@dataclass(frozen=True)
class Item:
    """A field that gets entry thresholds: its name, unit, and whether less is better."""

    name: str
    field: str
    unit: str
    at_most: bool


@dataclass(frozen=True)
class ResponseTables:
    """Rows of the tables, each as its columns in ``fields`` tell."""

    lead: list
    reserve: list
    standards: list
    revitalisation: list
    renovation: list
    strategy: list


@dataclass(frozen=True)
class LeadAreas:
    """Lead demonstration areas, the largest first.

    ids : list of str; grade : list of str, "" for none; score : (a,) float, NaN for none;
    hectares : (a,) float; of : (n,) int, the area that each parcel lies in, -1 for none;
    members : (n,) int, the same of the parcels of zone 4, -1 for all others.
    """

    ids: list
    grade: list
    score: np.ndarray
    hectares: np.ndarray
    of: np.ndarray
    members: np.ndarray


def lead_rows(lead, plots, language):
    """Rows of ``fields.LEAD_AREAS``."""
    names = {term.code: term.label(language) for term in AREA_GRADES}
    rows = []
    for number, area in enumerate(lead.ids):
        inside = np.flatnonzero(lead.members == number)
        rows.append(
            (
                area,
                lead.grade[number],
                names.get(lead.grade[number], ""),
                float(lead.score[number]),
                float(lead.hectares[number]),
                float(np.nansum(plots.hectares[inside])),
                inside.size,
                int((lead.of == number).sum()) - inside.size,
                ", ".join(sorted({plots.district[i] for i in inside} - {""})),
            )
        )
    return rows


def reserve_rows(rings, hectares, nearest, lead, distances):
    """Rows of ``fields.RESERVE_LAND``.

    Parameters
    ----------
    rings : (p,) int
        Ring of each piece from 0.
    hectares : (p,) float
    nearest : (p,) int
        Nearest lead area, -1 for none.
    lead : LeadAreas
    distances : sequence of float
        Where the rings end, in metres.
    """
    limits = (0.0, *distances)
    return [
        (
            f"R{number}",
            ring + 1,
            limits[ring],
            limits[ring + 1],
            lead.ids[area] if area >= 0 else "",
            size,
        )
        for number, (ring, size, area) in enumerate(
            zip(rings.tolist(), hectares.tolist(), nearest.tolist(), strict=True), start=1
        )
    ]


def standard_rows(lead, plots, items, values, facilities, quantile, language):
    """Rows of ``fields.STANDARDS``: of every lead area, and of all where there are several.

    Parameters
    ----------
    lead : LeadAreas
    plots : Plots
    items : sequence of Item
    values : (n, len(items)) float
        NaN where missing.
    facilities : sequence of (str, str)
        New facilities and their units.
    quantile : float
        See `entry_threshold`.
    language : str
    """
    words = WORDS[language]
    groups = [(area, lead.grade[n], lead.members == n) for n, area in enumerate(lead.ids)]
    if len(groups) > 1:
        groups.append((words["all"], "", lead.members >= 0))
    rows = []
    for area, grade, inside in groups:
        for column, item in enumerate(items):
            found = entry_threshold(values[inside, column], quantile, item.at_most)
            rows.append(
                (
                    area,
                    grade,
                    words["threshold"],
                    item.name,
                    item.field,
                    item.unit,
                    words["most" if item.at_most else "least"],
                    found.parcels,
                    int(found.few),
                    found.q1,
                    found.median,
                    found.q3,
                    found.proposed,
                    None,
                )
            )
        empty = (None,) * 8
        rows += [(area, grade, words["facility"], name, "", unit, *empty) for name, unit in facilities]
    return rows


def revitalisation_rows(plots, lists, language):
    """Rows of ``fields.REVITALISATION``."""
    return _list_rows(plots, lists.revitalise, lists.priority, language)


def renovation_rows(plots, lists, departments, language):
    """Rows of ``fields.RENOVATION``; ``departments`` are pairs of a name and what it checks."""
    joint = "; ".join(name for name, _ in departments)
    return [(*row, joint, None) for row in _list_rows(plots, lists.renovate, lists.priority, language)]


def _list_rows(plots, listed, priority, language):
    return [
        (
            plots.name[i],
            plots.district[i],
            int(priority[i]) or None,
            int(plots.zone[i]),
            ZONES[plots.zone[i] - 1].label(language),
            int(plots.land[i]) or None,
            float(plots.score[i]),
            float(plots.hectares[i]),
        )
        for i in list_order(listed, priority, plots.land, plots.hectares).tolist()
    ]


def strategy_rows(plots, strategies, language):
    """Rows of ``fields.STRATEGIES``: every district by every zone, best zone first.

    A zone without parcels in the district has no strategy there. Without any district the whole layer is
    one; else parcels without a district come last, under a name of their own.
    """
    zones = range(len(ZONES), 0, -1)
    districts = sorted(set(plots.district) - {""}) + ([""] if "" in plots.district else [])
    counts = cross_counts(plots.district, plots.zone, districts, zones)
    hectares = cross_counts(plots.district, plots.zone, districts, zones, plots.hectares)
    rows = []
    for row, column in np.ndindex(counts.shape):
        district, zone = districts[row], zones[column]
        name = district or (WORDS[language]["none"] if len(districts) > 1 else "")
        strategy = strategies.get((zone, district)) or strategies[zone, ""]
        whole = hectares[row].sum()
        there = counts[row, column] > 0
        rows.append(
            (
                name,
                zone,
                ZONES[zone - 1].label(language),
                int(counts[row, column]),
                float(hectares[row, column]),
                float(hectares[row, column] / whole) if whole else None,
                strategy.title if there else None,
                strategy.text if there else None,
            )
        )
    return rows
