"""p-values adjusted for many tests at once."""

import numpy as np

from ..errors import ParcelDataError

CORRECTIONS = ("none", "fdr", "bonferroni")


def benjamini_hochberg(p):
    """Adjusted p-values that control the false discovery rate.

    Parameters
    ----------
    p : (n,) float
        p-values; NaN marks a test that was not made.

    Returns
    -------
    (n,) float64
        min over the p-values p_(k) not below p of m p_(k) / k, at most 1, with m the number
        of p-values that are not NaN. NaN stays NaN.

    Notes
    -----
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    p = np.asarray(p, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    falling = tested[np.argsort(-p[tested], kind="stable")]
    rank = np.arange(tested.size, 0, -1)
    adjusted[falling] = np.minimum.accumulate(np.minimum(p[falling] * tested.size / rank, 1.0))
    return adjusted


def bonferroni(p):
    """Adjusted p-values that control the probability of a single false positive.

    Parameters
    ----------
    p : (n,) float
        p-values; NaN marks a test that was not made.

    Returns
    -------
    (n,) float64
        min(1, m p) with m the number of p-values that are not NaN. NaN stays NaN.

    Notes
    -----
    Dunn (1961), Journal of the American Statistical Association 56, 52-64.
    """
    p = np.asarray(p, dtype=np.float64)
    return np.minimum(p * np.count_nonzero(~np.isnan(p)), 1.0)


def adjust(p, correction):
    """Adjusted p-values by the name of the correction.

    Parameters
    ----------
    p : (n,) float
        p-values; NaN marks a test that was not made.
    correction : {"none", "fdr", "bonferroni"}

    Returns
    -------
    (n,) float64

    Raises
    ------
    ParcelDataError
        For another name.
    """
    if correction == "fdr":
        return benjamini_hochberg(p)
    if correction == "bonferroni":
        return bonferroni(p)
    if correction == "none":
        return np.array(p, dtype=np.float64)
    raise ParcelDataError("The correction is {}; give one of {}.", correction, ", ".join(CORRECTIONS))
