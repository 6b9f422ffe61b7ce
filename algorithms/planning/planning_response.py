"""Planning lists, grades of lead areas and entry thresholds.

Source: Yu, Wang, Wang, Bai, Xu, Planners (规划师) 2024(7): 65-73, section 2.4.2, which names the lists. The
rules of priority, grade and threshold are ours.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ..fields import LAYER_CLASSES

LEAD_ZONE = 4
RENOVATION_ZONE = 1
GOOD_LAND = 3
"""Land-value level from which on industrial land is worth revitalising."""
FEW = 5
"""Fewer parcels than this say little about what a new one should reach."""


@dataclass(frozen=True)
class Lists:
    """Which parcels stand in which list.

    revitalise, renovate : (n,) bool
    priority : (n,) int, 1 or 2 for parcels in both lists, 0 for others
    code : (n,) str, codes of ``fields.PLAN_LISTS``, "" for parcels without a zone
    """

    revitalise: np.ndarray
    renovate: np.ndarray
    priority: np.ndarray
    code: np.ndarray


def planning_lists(zone, land, industrial, lead):
    """Revitalisation list, renovation list, and the priority of parcels in both.

    Parameters
    ----------
    zone, land : (n,) int
        Zone and land-value level, 0 for none.
    industrial : (n,) bool
        Whether the parcel is existing industrial land.
    lead : (n,) bool
        Whether the parcel is in a lead demonstration area, of which it is of zone 4.

    Returns
    -------
    Lists
        Revitalised is industrial land outside zone 4 with a land-value level of 3 or 4; renovated is zone
        1. In both lists, land of level 4 has priority 1, land of level 3 priority 2.
    """
    revitalise = (zone > 0) & (zone != LEAD_ZONE) & (land >= GOOD_LAND) & industrial
    renovate = zone == RENOVATION_ZONE
    both = revitalise & renovate
    code = np.select(
        [zone == 0, both, revitalise, renovate, lead & (zone == LEAD_ZONE)],
        ["", "both", "revit", "renov", "lead"],
        "none",
    )
    return Lists(revitalise, renovate, np.where(both, LAYER_CLASSES + 1 - land, 0), code)


def list_order(listed, priority, land, area):
    """Positions of listed parcels: by priority, then better land first, then larger ones first."""
    inside = np.flatnonzero(listed)
    rank = np.where(priority > 0, priority, LAYER_CLASSES)[inside]
    return inside[np.lexsort((-np.nan_to_num(area[inside]), -land[inside], rank))]


def mean_scores(area_of, scores, hectares, count):
    """Mean score of each area's parcels, weighted by their hectares; NaN where no parcel has both.

    Parameters
    ----------
    area_of : (n,) int
        Area of each parcel from 0, -1 for none.
    scores, hectares : (n,) float
        NaN where missing.
    count : int
        Number of areas.

    Returns
    -------
    (count,) float
    """
    known = (area_of >= 0) & np.isfinite(scores) & np.isfinite(hectares)
    area, score, weight = area_of[known], scores[known], hectares[known]
    # Relative to a score of the area: the mean of equal scores is that score, not a bit less.
    base = np.full(count, np.nan)
    base[area] = score
    weights = np.bincount(area, weight, minlength=count)
    sums = np.bincount(area, weight * (score - base[area]), minlength=count)
    return base + np.divide(sums, weights, out=np.full(count, np.nan), where=weights > 0)


def grade_limits(scores, upper=np.nan, lower=np.nan):
    """Scores from which on an area has grade A, and grade B.

    Parameters
    ----------
    scores : (n,) float
        Scores of the parcels of zone 4, NaN where missing.
    upper, lower : float, optional
        Given limits; the upper and the lower tertile of the scores take the place of NaN.

    Returns
    -------
    (float, float)

    Raises
    ------
    ParcelDataError
        The limit of grade A is not above that of grade B.
    """
    known = scores[np.isfinite(scores)]
    tertiles = np.quantile(known, (2 / 3, 1 / 3)) if known.size else (np.nan, np.nan)
    upper, lower = (
        float(found if np.isnan(given) else given)
        for given, found in zip((upper, lower), tertiles, strict=True)
    )
    if upper < lower:
        raise ParcelDataError(
            "Grade A begins at {:g}, below grade B at {:g}: give grade A the higher score, or leave both "
            "empty.",
            upper,
            lower,
        )
    return upper, lower


def grades(means, limits):
    """Grade of each area by its mean score: "A", "B", "C", or "" where it has none."""
    upper, lower = limits
    return np.select([np.isnan(means), means >= upper, means >= lower], ["", "A", "B"], "C").tolist()


@dataclass(frozen=True)
class Threshold:
    """Quartiles of a field among some parcels, and the entry threshold that they propose.

    parcels : int, how many have a value; few : bool, too few to go by; the rest NaN where there is none.
    """

    parcels: int
    few: bool
    q1: float
    median: float
    q3: float
    proposed: float


def entry_threshold(values, quantile, at_most=False):
    """Entry threshold from the parcels that are there.

    Parameters
    ----------
    values : (n,) float
        NaN where missing.
    quantile : float
        Share of the parcels, 0 to 1, that a new parcel should at least equal.
    at_most : bool, optional
        Less is better: the threshold lies as far from the other end.

    Returns
    -------
    Threshold
        Quantiles by linear interpolation (Hyndman and Fan 1996, type 7).
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return Threshold(0, True, np.nan, np.nan, np.nan, np.nan)
    asked = 1 - quantile if at_most else quantile
    found = np.quantile(known, (0.25, 0.5, 0.75, asked)).tolist()
    return Threshold(known.size, known.size < FEW, *found)
