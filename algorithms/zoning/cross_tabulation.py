"""Agglomeration zones from the cross-tabulation of economic level and land-value level.

Levels and zones count up with quality. Tables are oriented as the paper prints them: rows are the
economic level from high to low, columns the land-value level from high to low.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError, Phrase


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
    cell : (n,) int64
        Position of the parcel's cell in the raveled table, its size where a level is missing.
    """

    zone: np.ndarray
    source: np.ndarray
    counts: np.ndarray
    undefined: np.ndarray
    cell: np.ndarray

    def sums(self, values):
        """Sum of values (n,) per cell, (r, c); what is not finite is left out."""
        values = np.where(np.isfinite(values), values, 0.0)
        return np.bincount(self.cell, values, self.counts.size + 1)[:-1].reshape(self.counts.shape)


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
    economy = _levels(economy, rows, Phrase("Economic level"))
    land = _levels(land, columns, Phrase("Land-value level"))
    present = (economy > 0) & (land > 0)
    # The cell past the last one collects the parcels without a level.
    cell = np.where(present, (rows - economy) * columns + columns - land, rows * columns)
    zone = np.append(matrix.cells.ravel(), 0)[cell]
    return CrossTabulation(
        zone=zone,
        source=np.append(matrix.sources.ravel(), "")[cell],
        counts=np.bincount(cell, minlength=rows * columns + 1)[:-1].reshape(rows, columns),
        undefined=present & (zone == 0),
        cell=cell,
    )


def zone_table(matrix):
    """Zones (r + 1, c + 1) int64 by economic and land-value level, low first; level 0 is none, zone 0 too."""
    rows, columns = (size + 1 for size in matrix.cells.shape)
    economy, land = np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
    return cross_tabulate(economy, land, matrix).zone.reshape(rows, columns)


def _levels(levels, highest, name):
    levels = np.asarray(levels)
    outside = ~np.isin(levels, np.arange(highest + 1))
    if outside.any():
        first = int(np.argmax(outside))
        raise ParcelDataError(
            "{} {} of parcel no. {} is outside the matrix; levels go from 1 to {}.",
            name,
            levels[first].item(),
            first + 1,
            highest,
        )
    return levels.astype(np.int64)
