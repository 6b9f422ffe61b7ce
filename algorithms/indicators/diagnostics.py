"""What the columns of indicators look like, and how far they repeat each other."""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ..ranks import mean_ranks

FENCE = 1.5
"""Outliers lie so many interquartile ranges outside the quartiles (Tukey 1977)."""
FEWEST = 3
"""Rows with both values that a correlation needs."""
OVERLAP_BY_DESIGN = (
    ("output", "out_mu"),
    ("tax", "tax_mu"),
    ("scale", "giant"),
    ("scale", "hightech"),
    ("giant", "hightech"),
)
"""Indicators of the paper that count one thing twice: totals and per-mu figures, flags of enterprises."""


@dataclass(frozen=True)
class Distribution:
    """A column in numbers; quantiles are interpolated linearly (Hyndman and Fan 1996, type 7).

    ``values``, ``missing``, ``no_output``, ``zeros``, ``negative``, ``distinct``, ``low`` and ``high``
    are counts; the last two of outliers beyond Tukey's fences. ``sd`` has the divisor n - 1, ``skewness`` is
    m3 / m2^1.5. All but the counts are NaN without a value, ``sd`` and ``skewness`` also where
    they are not defined.
    """

    values: int
    missing: int
    no_output: int
    zeros: int
    negative: int
    distinct: int
    low: int
    high: int
    minimum: float
    p05: float
    q1: float
    median: float
    mean: float
    q3: float
    p95: float
    maximum: float
    sd: float
    skewness: float


@dataclass(frozen=True)
class Correlations:
    """Correlations of m columns, each (m, m), over the rows that have both values.

    ``pairs`` counts these rows; ``pearson`` and ``spearman`` are NaN where a column is constant there
    or fewer than three rows have both.
    """

    pairs: np.ndarray
    pearson: np.ndarray
    spearman: np.ndarray


def distribution(values, no_output=False):
    """Describe a column.

    Parameters
    ----------
    values : (n,) float
        In any unit, NaN where missing.
    no_output : (n,) bool, optional
        Parcels that count by themselves and enter nothing else; see `parcel_indicators.without_output`.

    Returns
    -------
    Distribution
    """
    values = np.asarray(values, dtype=np.float64)
    apart = np.broadcast_to(no_output, values.shape)
    known = values[np.isfinite(values) & ~apart]
    n, idle = known.size, int(np.count_nonzero(apart))
    if n == 0:
        return Distribution(0, len(values) - idle, idle, 0, 0, 0, 0, 0, *[math.nan] * 10)
    quantiles = np.quantile(known, [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0])
    minimum, p05, q1, median, q3, p95, maximum = quantiles.tolist()
    reach = FENCE * (q3 - q1)
    mean = float(known.mean())
    deviation = known - mean
    largest = float(np.abs(deviation).max())
    constant = minimum == maximum
    # In units of the largest deviation, so that no power overflows.
    unit = deviation / largest if largest > 0 else deviation
    m2 = float(np.mean(unit**2))
    return Distribution(
        values=n,
        missing=len(values) - n - idle,
        no_output=idle,
        zeros=int(np.count_nonzero(known == 0)),
        negative=int(np.count_nonzero(known < 0)),
        distinct=int(np.unique(known).size),
        low=int(np.count_nonzero(known < q1 - reach)),
        high=int(np.count_nonzero(known > q3 + reach)),
        minimum=minimum,
        p05=p05,
        q1=q1,
        median=median,
        mean=mean,
        q3=q3,
        p95=p95,
        maximum=maximum,
        sd=math.nan if n < 2 else 0.0 if constant else largest * math.sqrt(m2 * n / (n - 1)),
        skewness=math.nan if constant else float(np.mean(unit**3)) / m2**1.5,
    )


def correlations(columns, progress=None):
    """Pearson's and Spearman's correlation of every two columns.

    Parameters
    ----------
    columns : (n, m) float
        NaN where missing.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    Correlations

    Notes
    -----
    Spearman's is Pearson's of the ranks, equal values having their mean rank; where values are
    missing, rows are ranked anew for each pair.
    """
    columns = np.asarray(columns, dtype=np.float64)
    n, m = columns.shape
    present = np.isfinite(columns)
    whole = present.all(axis=0)
    units = {k: _units(columns[:, k]) for k in np.flatnonzero(whole).tolist()}
    pairs = np.zeros((m, m), dtype=np.int64)
    pearson, spearman = np.full((m, m), np.nan), np.full((m, m), np.nan)
    for a in range(m):
        for b in range(a, m):
            if whole[a] and whole[b]:
                pairs[a, b] = n
                own, other = units[a], units[b]
            else:
                both = present[:, a] & present[:, b]
                pairs[a, b] = np.count_nonzero(both)
                own, other = _units(columns[both, a]), _units(columns[both, b])
            if pairs[a, b] >= FEWEST:
                pearson[a, b] = own[0] @ other[0]
                spearman[a, b] = own[1] @ other[1]
            if progress:
                progress((a * m + b + 1) / m**2)
    below = np.tril_indices(m, -1)
    for table in (pairs, pearson, spearman):
        table[below] = table.T[below]
    return Correlations(pairs, np.clip(pearson, -1.0, 1.0), np.clip(spearman, -1.0, 1.0))


def variance_inflation(columns):
    """Variance inflation factor 1 / (1 - R^2) of each column, R^2 from all the others.

    Parameters
    ----------
    columns : (n, m) float
        NaN where missing; only complete rows count.

    Returns
    -------
    (m,) float
        Infinite where the others give a column exactly; NaN for constant columns, which are left
        out, and everywhere if there are no more complete rows than columns left.

    Raises
    ------
    ParcelDataError
        Fewer than two columns.

    Notes
    -----
    Belsley, Kuh and Welsch (1980), Regression diagnostics.
    """
    columns = np.asarray(columns, dtype=np.float64)
    if columns.shape[1] < 2:
        raise ParcelDataError("Variance inflation compares indicators, but there is only one.")
    inflation = np.full(columns.shape[1], np.nan)
    complete = columns[np.isfinite(columns).all(axis=1)]
    if not len(complete):
        return inflation
    varied = np.flatnonzero(complete.min(axis=0) != complete.max(axis=0))
    if varied.size < 2 or len(complete) <= varied.size:
        return inflation
    centred = np.column_stack([_unit(column) for column in complete[:, varied].T])
    # Regressions on the triangular factor have the residuals of those on all rows.
    factor = np.linalg.qr(centred, mode="r")
    rounding = len(complete) * np.finfo(float).eps
    for position, column in enumerate(varied):
        others = np.delete(factor, position, axis=1)
        own = factor[:, position]
        residual = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
        left = float(residual @ residual)
        inflation[column] = 1 / left if left > rounding**2 else math.inf
    return inflation


def strongest_partner(coefficients):
    """Column with the largest absolute correlation to each column, -1 where there is none.

    Parameters
    ----------
    coefficients : (m, m) float
        As in ``Correlations``.

    Returns
    -------
    (m,) int64
    """
    strength = np.abs(np.nan_to_num(coefficients, nan=-1.0))
    strength[np.isnan(coefficients)] = -1.0
    np.fill_diagonal(strength, -1.0)
    partner = strength.argmax(axis=1)
    return np.where(strength[np.arange(len(partner)), partner] < 0, -1, partner)


def _units(values):
    """Deviations from the mean with length 1, of the values and of their ranks; NaN where constant."""
    return tuple(_unit(column) for column in (values, mean_ranks(values)))


def _unit(values):
    if values.size == 0 or values.min() == values.max():
        return np.full(values.size, np.nan)
    deviation = values - values.mean()
    deviation /= np.abs(deviation).max()
    return deviation / math.sqrt(deviation @ deviation)
