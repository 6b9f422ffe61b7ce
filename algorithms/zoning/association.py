"""Association and agreement of two gradings of the same parcels."""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError


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
