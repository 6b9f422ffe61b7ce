"""Agglomeration zones from the cross-tabulation of economic level and land-value level.

Levels and zones count up with quality, 1 to 4. Tables are oriented as the paper prints them:
rows are the economic level from high to low, columns the land-value level from high to low.
"""

import math
import unicodedata
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ..errors import ParcelDataError

PRESETS = ("completed", "strict", "printed")

PRINTED = "printed"
COMPLETED = "completed"
USER = "user"

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
    """

    cells: np.ndarray
    printed: np.ndarray
    origin: str

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
    for name in PRESETS:
        preset = preset_matrix(name)
        if np.array_equal(cells, preset.cells):
            return preset
    return ZoneMatrix(cells=cells, printed=np.zeros(cells.shape, dtype=bool), origin=USER)


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


@dataclass(frozen=True)
class CrossTabulation:
    """Zones of the parcels and the table they come from.

    Attributes
    ----------
    zone : (n,) int64
        Zone, 0 where a level is missing or the cell is undefined.
    source : (n,) str
        "printed", "completed" or "user" cell; "" where there is no zone.
    counts : (r, c) int64
        Parcels per cell that have both levels, undefined cells included, oriented as the matrix.
    undefined : (n,) bool
        Both levels are there, but the matrix gives their cell no zone.
    """

    zone: np.ndarray
    source: np.ndarray
    counts: np.ndarray
    undefined: np.ndarray


def cross_tabulate(economy, land, matrix):
    """Zone of each parcel from its economic level and its land-value level.

    Parameters
    ----------
    economy, land : (n,) int
        Levels from 1 (low) to the size of the matrix (high), 0 = NULL.
    matrix : ZoneMatrix

    Returns
    -------
    CrossTabulation

    Raises
    ------
    ParcelDataError
        If a level lies outside the matrix; names the value and the parcel's position.

    Notes
    -----
    Source: Yu, Wang, Wang, Bai and Xu (2024), Planners 2024(7): 65-73.
    """
    rows, columns = matrix.cells.shape
    economy = _levels(
        economy, rows, "Economic level {} of parcel no. {} is outside the matrix; levels go from 1 to {}."
    )
    land = _levels(
        land, columns, "Land-value level {} of parcel no. {} is outside the matrix; levels go from 1 to {}."
    )
    present = (economy > 0) & (land > 0)
    # The cell past the last one collects the parcels without a level.
    cell = np.where(present, (rows - economy) * columns + columns - land, rows * columns)
    zone = np.append(matrix.cells.ravel(), 0)[cell]
    return CrossTabulation(
        zone=zone,
        source=np.append(matrix.sources.ravel(), "")[cell],
        counts=np.bincount(cell, minlength=rows * columns + 1)[:-1].reshape(rows, columns),
        undefined=present & (zone == 0),
    )


def _levels(levels, highest, message):
    levels = np.asarray(levels)
    outside = ~np.isin(levels, np.arange(highest + 1))
    if outside.any():
        first = int(np.argmax(outside))
        raise ParcelDataError(message, levels[first].item(), first + 1, highest)
    return levels.astype(np.int64)


@dataclass(frozen=True)
class Association:
    """How strongly rows and columns of a contingency table depend on each other.

    Attributes
    ----------
    chi2 : float
        Pearson's chi-square.
    dof : int
        Degrees of freedom.
    p : float
        Probability of a larger chi-square under independence.
    cramers_v : float
        Cramer's V, from 0 (independent) to 1 (one determines the other).
    """

    chi2: float
    dof: int
    p: float
    cramers_v: float


def association(counts):
    """Pearson's chi-square test and Cramer's V of a contingency table.

    Empty rows and columns are left out. With a single row or column left nothing can depend on
    anything, and the figures are NaN.

    Parameters
    ----------
    counts : (r, c) array_like
        Parcels per cell.

    Returns
    -------
    Association

    Notes
    -----
    Source: Pearson (1900); Cramer (1946), Mathematical Methods of Statistics, section 21.9.
    """
    counts = np.asarray(counts, dtype=float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = counts.shape
    dof = max(rows - 1, 0) * max(columns - 1, 0)
    if dof == 0:
        return Association(chi2=math.nan, dof=0, p=math.nan, cramers_v=math.nan)
    n = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    return Association(
        chi2=chi2,
        dof=dof,
        p=_chi2_tail(chi2, dof),
        cramers_v=math.sqrt(chi2 / (n * (min(rows, columns) - 1))),
    )


def _chi2_tail(chi2, dof):
    """Upper tail of the chi-square distribution, a finite sum (Abramowitz and Stegun 1964, 26.4.4-5)."""
    x = chi2 / 2
    if x == 0:
        return 1.0
    first = 0.5 * (dof % 2)
    tail = math.erfc(math.sqrt(x)) if dof % 2 else 0.0
    for term in range(dof // 2):
        power = first + term
        tail += math.exp(power * math.log(x) - x - math.lgamma(power + 1))
    return min(tail, 1.0)


@dataclass(frozen=True)
class Agreement:
    """How far two gradings of the same parcels agree.

    Attributes
    ----------
    agreement : float
        Share of parcels with the same grade in both.
    kappa : float
        Cohen's kappa: agreement beyond chance.
    kappa_linear, kappa_quadratic : float
        Weighted kappa, a disagreement counted by its number of grades or by the square of it.
    """

    agreement: float
    kappa: float
    kappa_linear: float
    kappa_quadratic: float


def agreement(counts):
    """Agreement and Cohen's kappa of a confusion table.

    A kappa is NaN where chance alone gives full agreement, and all figures are NaN for an empty table.

    Parameters
    ----------
    counts : (k, k) array_like
        Parcels, or their area, per pair of grades; rows and columns in the same order.

    Returns
    -------
    Agreement

    Raises
    ------
    ParcelDataError
        If the table is not square.

    Notes
    -----
    Source: Cohen (1960), Educational and Psychological Measurement 20: 37-46; Cohen (1968),
    Psychological Bulletin 70: 213-220.
    """
    counts = np.asarray(counts, dtype=float)
    rows, columns = counts.shape
    if rows != columns:
        raise ParcelDataError(
            "The confusion table has {} rows and {} columns; agreement needs the same grades in both.",
            rows,
            columns,
        )
    n = counts.sum()
    if n == 0:
        return Agreement(math.nan, math.nan, math.nan, math.nan)
    observed = counts / n
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0))
    distance = np.abs(np.subtract.outer(np.arange(rows), np.arange(rows)))

    def kappa(disagreement):
        by_chance = float((disagreement * expected).sum())
        return 1 - float((disagreement * observed).sum()) / by_chance if by_chance > 0 else math.nan

    return Agreement(
        agreement=float(np.trace(observed)),
        kappa=kappa(distance > 0),
        kappa_linear=kappa(distance),
        kappa_quadratic=kappa(distance**2),
    )
