"""The zone matrix: which zone each pair of economic level and land-value level gives.

Levels and zones count up with quality. Tables are oriented as the paper prints them: rows are the
economic level from high to low, columns the land-value level from high to low.
"""

import math
import unicodedata
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from ..errors import ParcelDataError
from ..parsing import parse_number

PRESETS = ("completed", "strict", "printed")

PRINTED = "printed"
COMPLETED = "completed"
USER = "user"

FEWEST, MOST = 2, 9
"""Levels that a matrix of a table may have, and the highest zone."""

_LEVELS = 4
_PRINTED_CELLS = (
    (4, 4, 3, 0),
    (4, 4, 3, 0),
    (2, 2, 0, 0),
    (1, 1, 1, 1),
)
_COMPLETED_CELLS = (
    (4, 4, 3, 3),
    (4, 4, 3, 3),
    (2, 2, 2, 2),
    (1, 1, 1, 1),
)
_STRICT_CELLS = (*_COMPLETED_CELLS[:2], (2, 2, 2, 1), _COMPLETED_CELLS[3])
_PRESET_CELLS = {"completed": _COMPLETED_CELLS, "strict": _STRICT_CELLS, "printed": _PRINTED_CELLS}


@dataclass(frozen=True)
class ZoneMatrix:
    """Which zone each pair of levels gives.

    Attributes
    ----------
    cells : (r, c) int64
        Zone of each cell, 0 where undefined; rows economic level, columns land-value level, high to low.
    printed : (r, c) bool
        Cells that the paper prints; all False for a user's matrix.
    origin : str
        "paper" or "user".
    names : dict
        Names that a user gives to zones, by zone.
    """

    cells: np.ndarray
    printed: np.ndarray
    origin: str
    names: dict = field(default_factory=dict)

    @property
    def sources(self):
        """Where each cell comes from, (r, c) str: "printed", "completed", "user", "" where undefined."""
        defined = self.cells > 0
        if self.origin == USER:
            return np.where(defined, USER, "")
        return np.where(defined, np.where(self.printed, PRINTED, COMPLETED), "")

    def violations(self):
        """Pairs of cells where a better level gives a lower zone.

        A pair is listed when no defined cell lies between its two, so that a fault appears once
        and not again for every better or worse cell; the matrix is monotone if the list is empty.

        Returns
        -------
        list of ((economy, land), (economy, land))
            Levels of the better cell, which has the lower zone, and of the worse cell.
        """
        rows, columns = self.cells.shape
        zones = {
            (rows - row, columns - column): int(self.cells[row, column])
            for row, column in np.argwhere(self.cells > 0).tolist()
        }
        return [
            (better, worse)
            for better, worse in permutations(zones, 2)
            if zones[better] < zones[worse]
            and _dominates(better, worse)
            and not any(
                _dominates(better, between) and _dominates(between, worse)
                for between in zones
                if between not in (better, worse)
            )
        ]


def _dominates(better, worse):
    return better[0] >= worse[0] and better[1] >= worse[1]


def preset_matrix(name):
    """Matrix of a preset.

    Parameters
    ----------
    name : str
        "completed": the paper's twelve printed cells with the least severe monotone completion;
        "strict": the same, but a general economic level on low land value falls into the low zone;
        "printed": the printed cells alone, the other four stay undefined.

    Returns
    -------
    ZoneMatrix

    Raises
    ------
    ParcelDataError
        If there is no such preset.

    Notes
    -----
    Source: Yu, Wang, Wang, Bai and Xu (2024), Planners 2024(7): 65-73; the completion is ours.
    """
    if name not in _PRESET_CELLS:
        raise ParcelDataError("There is no zone matrix {}; choose one of {}.", name, ", ".join(PRESETS))
    return ZoneMatrix(
        cells=np.array(_PRESET_CELLS[name], dtype=np.int64),
        printed=np.array(_PRINTED_CELLS) > 0,
        origin="paper",
    )


def user_matrix(numbers):
    """Matrix from the sixteen zones that a user gives.

    Parameters
    ----------
    numbers : sequence of 16 int, str or None
        Zones 1 to 4 row by row, economic level 4 to 1, in each row land-value level 4 to 1; empty, None,
        NaN or 0 leaves a cell undefined. Text may have full-width digits.

    Returns
    -------
    ZoneMatrix
        The preset itself, with its printed cells, if the numbers are those of a preset.

    Raises
    ------
    ParcelDataError
        If the count is not 16, a value is no zone (names the cell), or no cell is defined.
    """
    numbers = np.array(numbers, dtype=object).ravel()
    if numbers.size != _LEVELS**2:
        raise ParcelDataError(
            "The zone matrix has {} values, not 16; give four rows for economic level 4 to 1, "
            "each with four zones for land-value level 4 to 1.",
            numbers.size,
        )
    zones = [_zone(number, *divmod(position, _LEVELS)) for position, number in enumerate(numbers)]
    cells = np.array(zones, dtype=np.int64).reshape(_LEVELS, _LEVELS)
    if not cells.any():
        raise ParcelDataError("The zone matrix is empty; give at least one cell a zone from 1 to 4.")
    return ZoneMatrix(*_recognised(cells))


def matrix_of_rows(rows):
    """Matrix from a table with a row per cell, of any size from 2 x 2 to 9 x 9.

    Parameters
    ----------
    rows : sequence of dict
        ``econ_lvl`` and ``land_lvl`` from 1 (low), ``zone`` from 1 to 9 or empty for an undefined
        cell, and optionally ``zone_lbl``, the name of the zone. Cells that are not listed are
        undefined. The highest levels give the size.

    Returns
    -------
    ZoneMatrix
        Its printed cells are those of a preset that has the same zones.

    Raises
    ------
    ParcelDataError
        A column is missing, a level or zone is none, a cell or a zone's name stands twice with
        different content, the size is out of range, or no cell is defined.
    """
    zones, names = {}, {}
    for number, row in enumerate(rows, start=1):
        missing = [name for name in ("econ_lvl", "land_lvl", "zone") if name not in row]
        if missing:
            raise ParcelDataError(
                "The table of the zone matrix has no column {}; it needs econ_lvl, land_lvl and zone.",
                ", ".join(missing),
            )
        cell = tuple(_whole(row[name], name, number) for name in ("econ_lvl", "land_lvl"))
        if None in cell:
            raise ParcelDataError("Row {} of the zone matrix has no level.", number)
        zone = _whole(row["zone"], "zone", number)
        if zones.setdefault(cell, zone) != zone:
            raise ParcelDataError(
                "The zone matrix has economic level {} and land-value level {} twice, with different zones.",
                *cell,
            )
        name = str(row.get("zone_lbl") or "").strip()
        if zone and name and names.setdefault(zone, name) != name:
            raise ParcelDataError(
                "Zone {} of the zone matrix has two names, “{}” and “{}”.", zone, names[zone], name
            )
    if not any(zones.values()):
        raise ParcelDataError("The zone matrix is empty; give at least one cell a zone from 1 to 9.")
    shape = tuple(max(cell[axis] for cell in zones) for axis in (0, 1))
    if min(shape) < FEWEST:
        raise ParcelDataError(
            "The zone matrix has {} economic and {} land-value levels; it needs at least 2 of each.", *shape
        )
    cells = np.zeros(shape, dtype=np.int64)
    for (economy, land), zone in zones.items():
        cells[shape[0] - economy, shape[1] - land] = zone or 0
    return ZoneMatrix(*_recognised(cells), names)


def _whole(value, column, number):
    """Whole number from 1 to 9 of a table, None where empty."""
    try:
        whole = parse_number(value)
    except ParcelDataError:
        whole = 0
    if math.isnan(whole):
        return None
    if whole not in range(1, MOST + 1):
        raise ParcelDataError(
            "Column {} of the zone matrix holds “{}” in row {}; give a whole number from 1 to 9.",
            column,
            value,
            number,
        )
    return int(whole)


def _recognised(cells):
    """Cells, which of them are printed, and origin; those of the preset that has the same zones."""
    for name in PRESETS:
        preset = preset_matrix(name)
        if np.array_equal(cells, preset.cells):
            return preset.cells, preset.printed, preset.origin
    return cells, np.zeros(cells.shape, dtype=bool), USER


def _zone(number, row, column):
    # QGIS writes its own null as NULL when it is turned into text.
    text = unicodedata.normalize("NFKC", str(number)).strip()
    if number is None or text.lower() in ("", "null", "nan"):
        return 0
    try:
        zone = float(text)
    except ValueError:
        zone = math.nan
    if zone not in range(_LEVELS + 1):
        raise ParcelDataError(
            'The zone matrix has "{}" at economic level {} and land-value level {}; '
            "give a zone from 1 to 4 or leave the cell empty.",
            text,
            _LEVELS - row,
            _LEVELS - column,
        )
    return int(zone)
