"""Enterprises on parcels, and the indicators that come of their figures and of areas."""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ..parsing import identifiers

MU_PER_HECTARE = 15
"""1 mu is 10,000/15 square metres."""
NO_OUTPUT = 1e9
"""Consumption per output where there is no output: so high that every cost form scores it 0."""
DEVIATION = 5.0
"""Per cent from which on a deed area and the measured one disagree."""


@dataclass(frozen=True)
class Holdings:
    """Which enterprise is on which parcel, a pair each.

    enterprise, parcel : (p,) int numbers
    share : (p,) float, share of the enterprise that is on this parcel
    held : (p,) float, weight of the enterprise among those on the parcel: land that it holds, or 1
    parcels : number of parcels
    """

    enterprise: np.ndarray
    parcel: np.ndarray
    share: np.ndarray
    held: np.ndarray
    parcels: int

    @property
    def counts(self):
        """Enterprises on each parcel, (n,) int."""
        return np.bincount(self.parcel, minlength=self.parcels)


def named_parcels(cells, names, separators):
    """Parcels that cells name.

    Parameters
    ----------
    cells : list of str
        One identifier or several, by row.
    names : list of str
        Identifiers of the parcels; parcels of the same name are all meant by it.
    separators : str
        See `identifiers`.

    Returns
    -------
    places : list of lists of int
        Parcels, by row.
    unknown : list of (int, str)
        Row and identifier that no parcel has; "" for a row without any.
    """
    known = {}
    for parcel, text in enumerate(names):
        for name in identifiers(text):
            known.setdefault(name, []).append(parcel)
    places, unknown = [], []
    for row, cell in enumerate(cells):
        found = identifiers(cell, separators)
        places.append([parcel for name in found for parcel in known.get(name, ())])
        unknown += [(row, name) for name in found or [""] if name not in known]
    return places, unknown


def numbered(texts):
    """Number of the enterprise of each row, (r,) int, and their names; a row without one stays apart."""
    keys = ["".join(identifiers(text)) or row for row, text in enumerate(texts)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64), [str(key) for key in numbers]


def known_storeys(storeys, heights, storey_height):
    """Storeys, or height over storey height where they are not above 0; NaN where neither is, (m,) float."""
    counts = np.where(storeys > 0, storeys, heights / storey_height)
    return np.where(counts > 0, counts, np.nan)


def holdings(places, enterprise, areas, held=None):
    """Pair enterprises with parcels and apportion each among its parcels by area.

    Parameters
    ----------
    places : list of lists of int
        Parcels that each row of the table names.
    enterprise : (r,) int
        Enterprise of each row, from 0.
    areas : (n,) float
        Areas of the parcels.
    held : (r,) float, optional
        Land that the enterprise holds by that row, in any unit; apportions in place of the areas
        of the parcels, among which a row with several is divided by their areas.

    Returns
    -------
    Holdings
        A pair stands once, however often the table has it.
    """
    weights = {}
    for row, members in enumerate(places):
        members = sorted(set(members))  # noqa: PLW2901
        parts = _shares(areas[members])
        for parcel, part in zip(members, parts.tolist(), strict=True):
            weight = areas[parcel] if held is None else held[row] * part
            weights.setdefault((int(enterprise[row]), parcel), weight)
    pairs = np.array(list(weights), dtype=np.int64).reshape(-1, 2)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    weight = np.array(list(weights.values()), dtype=float)[order]
    number, parcel = pairs[order].T
    share = np.empty(len(weight))
    for members in np.split(np.arange(len(weight)), np.flatnonzero(np.diff(number)) + 1):
        share[members] = _shares(weight[members])
    return Holdings(number, parcel, share, np.ones(len(weight)) if held is None else weight, len(areas))


def _shares(weights):
    """Shares of a whole; a single one is the whole, whatever its weight."""
    if len(weights) == 1:
        return np.ones(1)
    with np.errstate(invalid="ignore"):
        return weights / weights.sum()


def by_enterprise(values, enterprise, field, names):
    """One value per enterprise of the values of its rows; NaN where none of them has one.

    Parameters
    ----------
    values : (r,) float
    enterprise : (r,) int
    field : str
        What the values are called in messages.
    names : list of str
        Names of the enterprises.

    Raises
    ------
    ParcelDataError
        Rows of one enterprise differ: then they are not the total of the enterprise.
    """
    result = np.full(len(names), np.nan)
    for value, number in zip(values.tolist(), enterprise.tolist(), strict=True):
        if np.isnan(value):
            continue
        if not np.isnan(result[number]) and result[number] != value:
            raise ParcelDataError(
                "Field {} holds both {:.12g} and {:.12g} for enterprise “{}”: each of its rows must have its "
                "total, or leave the enterprise field empty so that each row counts for its own parcel.",
                field,
                result[number],
                value,
                names[number],
            )
        result[number] = value
    return result


def totals(values, held_by, without=0.0):
    """Sum of the enterprises of each parcel, (n,) float.

    NaN where an enterprise of the parcel has no value; ``without`` where there is no enterprise.

    Parameters
    ----------
    values : (e,) float
    held_by : Holdings
    without : float, optional
    """
    parts = values[held_by.enterprise] * held_by.share
    sums = np.bincount(held_by.parcel, parts, minlength=held_by.parcels)
    return np.where(held_by.counts > 0, sums, without)


def any_flag(flags, held_by, without=0.0):
    """1 where an enterprise of the parcel has the flag, 0 where none has, (n,) float.

    NaN where none is known to have it and one is not known; ``without`` where there is no
    enterprise.
    """
    on_pair = flags[held_by.enterprise]
    yes = np.bincount(held_by.parcel, on_pair == 1, minlength=held_by.parcels) > 0
    unknown = np.bincount(held_by.parcel, np.isnan(on_pair), minlength=held_by.parcels) > 0
    result = np.where(yes, 1.0, np.where(unknown, np.nan, 0.0))
    return np.where(held_by.counts > 0, result, without)


def flag_share(flags, held_by, without=0.0):
    """Share of the land on each parcel that is held by enterprises with the flag, (n,) float.

    NaN where a flag, or the land held, is not known; ``without`` where there is no enterprise.
    """
    n = held_by.parcels
    yes = np.bincount(held_by.parcel, flags[held_by.enterprise] * held_by.held, minlength=n)
    land = np.bincount(held_by.parcel, held_by.held, minlength=n)
    return np.where(held_by.counts > 0, ratio(yes, land), without)


def per_mu(amounts, hectares):
    """Amounts per mu, (n,) float; NaN where the area is not above 0."""
    return ratio(amounts, hectares * MU_PER_HECTARE)


def per_output(amounts, output):
    """Consumption per output, (n,) float.

    ``NO_OUTPUT`` where the output is 0, whatever is consumed, so that idle land scores 0 and does
    not drop out; NaN where the output is missing or below 0.
    """
    return np.where(output == 0, NO_OUTPUT, ratio(amounts, output))


def without_output(values, directions):
    """Where ``NO_OUTPUT`` stands in the columns of cost indicators, (n, m) bool.

    It says that there was no output to divide by: no amount to average or to correlate.

    Parameters
    ----------
    values : (n, m) float
    directions : sequence of m str
        As in the index system.
    """
    return (values == NO_OUTPUT) & (np.array(directions, dtype=str) == "cost")


def building_coefficient(covered, land):
    """Covered area in per cent of land, (n,) float; 0 where nothing is covered on land of 0."""
    return np.where((covered == 0) & (land == 0), 0.0, 100 * ratio(covered, land))


def area_deviation(deed, measured):
    """How far a deed area lies above the measured one, per cent of the latter, (n,) float."""
    return 100 * ratio(deed - measured, measured)


def ratio(part, whole):
    """Part over whole, (n,) float; NaN where the whole is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
