"""Objective weights: how much the parcels themselves say that an indicator tells them apart.

Three measures of the information in a column: its divergence from even (Shannon's entropy), its
contrast and conflict with the other columns (CRITIC), and its standard deviation.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError

METHODS = ("entropy", "critic", "deviation")

# What rounding leaves of 1 - r where two columns are one.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class ObjectiveWeights:
    """Weights of m indicators and what they come from.

    Parameters
    ----------
    weights : ndarray, shape (m,)
        Sum 1; 0 for an indicator that is the same in all parcels.
    information : ndarray, shape (m,)
        What the weights are shares of: 1 - e, s c, or s.
    mean, deviation : ndarray, shape (m,)
        Mean and standard deviation s of the comparable values.
    entropy : ndarray, shape (m,)
        Normalised entropy e, 0..1; NaN where every value is 0.
    conflict : ndarray, shape (m,)
        c_j = sum_k (1 - r_jk) over the indicators that vary.
    parcels : int
        Parcels that have every indicator: the others are left out.
    """

    weights: np.ndarray
    information: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    entropy: np.ndarray
    conflict: np.ndarray
    parcels: int

    @property
    def constant(self):
        """Whether each indicator is the same in all parcels, shape (m,)."""
        return self.deviation == 0


def objective_weights(values, method="entropy", groups=None):
    """Weigh indicators by the information in their columns.

    With n parcels and comparable values x_ij >= 0 of indicator j:

    - entropy: p_ij = x_ij / sum_i x_ij, e_j = -sum_i p_ij ln p_ij / ln n with 0 ln 0 = 0, w_j ~ 1 - e_j;
    - CRITIC: w_j ~ s_j sum_k (1 - r_jk), with Pearson's correlations r;
    - standard deviation: w_j ~ s_j.

    An indicator that is the same in all parcels has weight 0 and no part in the conflict of others.

    Parameters
    ----------
    values : ndarray, shape (n, m)
        Comparable values, 0 the worst, more the better (`unit_values`, or scores / 100); NaN where missing.
    method : {"entropy", "critic", "deviation"}, optional
    groups : sequence of int, shape (m,), optional
        Group of each indicator. Weights then add up to 1 in each group, correlations count within it, and
        a group that holds no information is divided evenly.

    Returns
    -------
    ObjectiveWeights

    Raises
    ------
    ParcelDataError
        Unknown method, a negative value, fewer than two complete parcels, or no information at all.

    References
    ----------
    Shannon (1948), Bell System Technical Journal 27; as weights Zeleny (1982), Multiple Criteria Decision
    Making. Diakoulaki, Mavrotas and Papayannakis (1995), Computers & Operations Research 22(7), 763-770.
    """
    if method not in METHODS:
        raise ParcelDataError("Objective method {} is unknown; use one of {}.", method, ", ".join(METHODS))
    complete = values[~np.isnan(values).any(axis=1)]
    if len(complete) < 2:
        raise ParcelDataError(
            "Only {} of {} parcels have every indicator, and objective weights need two: fill in values, or "
            "take indicators out of the index system.",
            len(complete),
            len(values),
        )
    if complete.min() < 0:
        raise ParcelDataError(
            "A value to weigh by is {:.6g}; comparable values are 0 or more.", complete.min()
        )
    constant = np.ptp(complete, axis=0) == 0
    deviation = np.where(constant, 0.0, complete.std(axis=0))
    entropy = _entropy(complete)
    members = np.zeros(values.shape[1], dtype=np.int64) if groups is None else np.asarray(groups)
    conflict = _conflict(complete, constant, members)
    information = {
        "entropy": np.where(constant, 0.0, 1 - entropy),
        "critic": deviation * conflict,
        "deviation": deviation,
    }[method]
    if groups is None and values.shape[1] > 1 and not information.sum() > 0:
        raise ParcelDataError(
            "The indicators hold no information to weigh by: each is the same in all parcels, or all of them "
            "rise and fall together. Check the fields, or choose another method."
        )
    return ObjectiveWeights(
        _shares(information, members),
        information,
        complete.mean(axis=0),
        deviation,
        entropy,
        conflict,
        len(complete),
    )


def unit_values(values, system):
    """Raw values as comparable ones, 0 for the worst and 1 for the best parcel of each indicator.

    (x - min) / (max - min) for benefits, flags and ratings, (max - x) / (max - min) for costs, and for
    intervals the same of the distance from the interval. An indicator that is the same everywhere is 0.

    Parameters
    ----------
    values : ndarray, shape (n, m)
        A column per indicator in its unit, NaN where missing; negative values are values as others.
    system : IndexSystem

    Returns
    -------
    ndarray, shape (n, m)

    Raises
    ------
    ParcelDataError
        An indicator has no value at all, or an interval has no limits.

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis (1995), equation 1.
    """
    columns = []
    for column, row in zip(values.T, system.indicators, strict=True):
        if np.isnan(column).all():
            raise ParcelDataError("Indicator “{}” (field {}) has no values.", row.indicator, row.field)
        rising = _rising(column, row)
        low, high = np.nanmin(rising), np.nanmax(rising)
        columns.append(
            (rising - low) / (high - low) if high > low else np.where(np.isnan(rising), rising, 0.0)
        )
    return np.column_stack(columns)


def weighed_system(system, weights, within_dimensions=False):
    """Index system with weights filled in.

    Parameters
    ----------
    system : IndexSystem
    weights : ndarray, shape (m,)
        Positive or 0, in the order of the indicators.
    within_dimensions : bool, optional
        The weights are shares within the dimensions, which keep their own weights.

    Returns
    -------
    IndexSystem
        Local and dimension weights add up to 1; a dimension without weight is divided evenly.
    """
    if within_dimensions:
        members = dimension_numbers(system)
        own = np.array([system.dimension_weight(row.dimension) for row in system.indicators])
        weights = _shares(weights, members) * own
        if not weights.sum() > 0:
            raise ParcelDataError(
                "The dimensions of the index system have no weights: give them, or weigh all."
            )
    weights = weights / weights.sum()
    return system.with_weights(dict(zip(system.codes, weights.tolist(), strict=True)))


def dimension_numbers(system):
    """Number of the dimension of each indicator, shape (m,)."""
    numbers = {dimension: number for number, dimension in enumerate(system.dimensions)}
    return np.array([numbers[row.dimension] for row in system.indicators])


def _rising(column, row):
    """Values turned so that more is better."""
    if row.direction == "cost":
        return -column
    if row.direction == "interval":
        lower = -math.inf if math.isnan(row.lower) else row.lower
        upper = math.inf if math.isnan(row.upper) else row.upper
        if lower == -math.inf and upper == math.inf:
            raise ParcelDataError(
                "Indicator “{}” is an interval without limits: give lower or upper in the index system.",
                row.indicator,
            )
        return -np.maximum(np.maximum(lower - column, column - upper), 0.0)
    return column


def _entropy(values):
    totals = values.sum(axis=0)
    share = values / np.where(totals > 0, totals, np.nan)
    terms = share * np.log(np.where(share > 0, share, 1.0))
    # No distribution over n parcels has more than ln n: what exceeds 1 is rounding.
    return np.minimum(-terms.sum(axis=0) / math.log(len(values)), 1.0)


def _conflict(values, constant, members):
    """Sum of 1 - r with the varying indicators of the same group."""
    conflict = np.zeros(constant.size)
    for group in np.unique(members):
        varying = np.flatnonzero((members == group) & ~constant)
        if varying.size > 1:
            lack = 1 - np.corrcoef(values[:, varying], rowvar=False)
            lack[lack < _ROUNDING] = 0
            conflict[varying] = lack.sum(axis=1)
    return conflict


def _shares(information, members):
    """Shares that add up to 1 in each group; even ones where there is nothing to share."""
    total = np.bincount(members, information)
    count = np.bincount(members)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total[members] > 0, information / total[members], 1 / count[members])
