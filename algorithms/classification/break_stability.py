"""How far natural breaks depend on which parcels happen to be there."""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from .natural_breaks import classify, natural_breaks

SPREAD = (0.05, 0.95)


@dataclass(frozen=True)
class BreakStability:
    """Natural breaks of a column beside those of its bootstrap samples.

    upper : (k,) float, upper limits of the classes, the unit of the values
    low, high : (k,) float, 5th and 95th percentile of each limit over the samples
    kept : (k,) float, mean share of a class's values that samples put into the same class; what
        lies between two classes of a sample goes to the nearer one
    draws : int, samples that had k classes
    """

    upper: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kept: np.ndarray
    draws: int


def break_stability(values, classes, draws=200, seed=1, progress=None):
    """Find the breaks of many samples of n values drawn with replacement.

    Parameters
    ----------
    values : (n,) float
        In any unit, NaN where missing.
    classes : int
        Number of classes k, 1 to 64.
    draws : int
        Number of bootstrap samples, at least 1.
    seed : int
        Seed of the samples, 0 or more.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    BreakStability
        Samples with fewer than k distinct values are left out; without any, limits and shares are NaN.

    Raises
    ------
    ParcelDataError
        No value, or unusable numbers of classes or draws.

    Notes
    -----
    Efron (1979), Annals of Statistics 7, 1-26. Each sample's breaks are the true optimum.
    """
    if draws < 1:
        raise ParcelDataError("The number of bootstrap samples is {}: give 1 or more.", draws)
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    upper = natural_breaks(known, classes).upper
    level = classify(known, upper)
    members = np.bincount(level, minlength=upper.size + 1)[1:]
    generator = np.random.Generator(np.random.SFC64(seed))
    limits, shares = [], []
    for draw in range(draws):
        sample = known[generator.integers(0, known.size, known.size)]
        found = natural_breaks(sample, upper.size).upper
        if found.size == upper.size:
            same = classify(known, _midway(sample, found)) == level
            limits.append(found)
            shares.append(np.bincount(level[same], minlength=upper.size + 1)[1:] / members)
        if progress:
            progress((draw + 1) / draws)
    if not limits:
        unknown = np.full(upper.size, np.nan)
        return BreakStability(upper, unknown, unknown, unknown, 0)
    low, high = np.quantile(limits, SPREAD, axis=0)
    return BreakStability(upper, low, high, np.mean(shares, axis=0), len(limits))


def _midway(values, upper):
    """Limits halfway from the highest value of each class to the lowest of the next."""
    ordered = np.sort(values)
    following = ordered[np.searchsorted(ordered, upper[:-1], side="right")]
    return np.append(upper[:-1] + (following - upper[:-1]) / 2, upper[-1])
