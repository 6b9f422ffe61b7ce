"""Limits of the levels that zones come from: of the economy, the land value and the composite."""

from ..errors import ParcelDataError
from ..fields import COMPOSITE_SCORE, ECONOMY, LAND, LAYER_CLASSES, layer_score
from .levels import fixed_limits
from .natural_breaks import natural_breaks

SCORES = (layer_score(ECONOMY).name, layer_score(LAND).name, COMPOSITE_SCORE.name)
"""What makes zones and levels: economic performance, land value, composite."""


def score_classes(matrix):
    """Number of levels of `SCORES` under a zone matrix."""
    return (*matrix.cells.shape, LAYER_CLASSES)


def natural_score_limits(columns, matrix):
    """Upper limits of the natural breaks of `SCORES`.

    Parameters
    ----------
    columns : sequence of three (n,) float
        Scores, NaN where missing.
    matrix : ZoneMatrix

    Returns
    -------
    list of three (k,) float

    Raises
    ------
    ParcelDataError
        A score has fewer distinct values than levels.
    """
    limits = []
    for column, classes, name in zip(columns, score_classes(matrix), SCORES, strict=True):
        breaks = natural_breaks(column, classes)
        if breaks.classes < classes:
            raise ParcelDataError(
                "Score {} has only {} distinct values, too few for {} levels: its levels would mean "
                "something else. Give fixed breaks, or indicators that tell the parcels apart.",
                name,
                breaks.classes,
                classes,
            )
        limits.append(breaks.upper)
    return limits


def fixed_score_limits(rows, matrix):
    """Upper limits of `SCORES` from the rows of a breaks table.

    Parameters
    ----------
    rows : sequence of dict
        See `fixed_limits`.
    matrix : ZoneMatrix

    Returns
    -------
    list of three (k,) float

    Raises
    ------
    ParcelDataError
        The table is faulty, or has another number of levels than the matrix.
    """
    found = []
    for name, classes in zip(SCORES, score_classes(matrix), strict=True):
        limits = fixed_limits(rows, name).of("")
        if limits.size != classes:
            raise ParcelDataError(
                "The fixed breaks of {} have {} levels, not {}.", name, limits.size, classes
            )
        found.append(limits)
    return found
