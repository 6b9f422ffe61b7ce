"""Facilities per hectare, in total and by class, and whether their coordinates look shifted."""

from dataclasses import dataclass

import numpy as np

_SIGMAS = 4.0
_RATIO = 1.5


@dataclass(frozen=True, eq=False)
class FacilityDensity:
    """Facilities of n parcels.

    counts : (n, c) int64, by class
    total : (n,) float, facilities per hectare, NaN without an area
    by_class : (n, c) float
    """

    counts: np.ndarray
    total: np.ndarray
    by_class: np.ndarray


def facility_density(site, kind, hectares, classes):
    """Count facilities by parcel and class, and divide by the area.

    Parameters
    ----------
    site, kind : (m,) int64
        Parcel and class of each facility that counts for a parcel; one facility may count for several.
    hectares : (n,) float
        Area of each parcel, or of what is searched around it; NaN or 0 where there is none.
    classes : int
        Number of classes.

    Returns
    -------
    FacilityDensity
    """
    n = len(hectares)
    counts = np.bincount(site * classes + kind, minlength=n * classes).reshape(n, classes)
    area = np.where(hectares > 0, hectares, np.nan)[:, None]
    return FacilityDensity(counts, counts.sum(axis=1) / area[:, 0], counts / area)


def fits_better(inside, inside_otherwise):
    """Whether points lie on parcels so much oftener when read otherwise that the reading looks wrong.

    Points that lie on parcels in both readings, or in neither, tell nothing. Of the others, chance
    would put as many in the one as in the other, with a deviation of the root of their number
    (McNemar). Since facilities come in groups, four deviations and half as many points again on
    parcels are asked for.

    Parameters
    ----------
    inside, inside_otherwise : (p,) bool
        Whether each point lies on a parcel.

    Returns
    -------
    bool
    """
    gained = int((inside_otherwise & ~inside).sum())
    lost = int((inside & ~inside_otherwise).sum())
    clearly = gained - lost > _SIGMAS * np.sqrt(gained + lost)
    return bool(clearly and inside_otherwise.sum() >= _RATIO * inside.sum())
