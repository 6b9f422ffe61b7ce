"""Univariate microaggregation: numbers that stand for a group of parcels, never for one."""

import numpy as np

LEAST_SIZE = 3


def microaggregate(values, size):
    """Replace numbers by the means of groups of neighbouring ones.

    Sorted numbers are cut into groups of at least ``size``; equal numbers are never parted, and what
    is left at the top joins the last group. The sum and the order of the numbers stay, but for ties.

    Parameters
    ----------
    values : (n,) array_like of float
        NaN where there is none; stays NaN.
    size : int
        Least number of members of a group, 3 or more.

    Returns
    -------
    means : (n,) float
    kept : float
        Share of the variance that the means keep, from 0 to 1; 1 for constant numbers.

    Raises
    ------
    ValueError
        ``size`` is below 3, or there are fewer numbers than ``size``.

    Notes
    -----
    Fixed-size microaggregation of one variable after Defays, D. and Nanopoulos, P. (1993), Panels of
    enterprises and confidentiality: the small aggregates method.
    """
    values = np.asarray(values, dtype=float)
    if size < LEAST_SIZE:
        raise ValueError(f"groups of {size}; they must have at least {LEAST_SIZE} members")
    finite = np.isfinite(values)
    numbers, inverse, counts = np.unique(values[finite], return_inverse=True, return_counts=True)
    if inverse.size < size:
        raise ValueError(f"{inverse.size} numbers, fewer than the {size} of a group")
    starts = _group_starts(np.cumsum(counts), size)
    group = np.repeat(np.arange(starts.size), np.diff(np.append(starts, numbers.size)))
    # Sums of differences from the least of a group keep their digits where the numbers are far from 0.
    least = numbers[starts]
    above = np.add.reduceat((numbers - least[group]) * counts, starts)
    means_of_groups = least + above / np.add.reduceat(counts, starts)
    means = np.full(values.shape, np.nan)
    means[finite] = means_of_groups[group[inverse]]
    variance = values[finite].var()
    return means, float(means[finite].var() / variance) if variance > 0 else 1.0


def _group_starts(reached, size):
    """Where groups of distinct numbers start, by how many numbers there are up to each."""
    starts, end, before = [], 0, 0
    while reached[-1] - before >= size:
        starts.append(end)
        end = int(np.searchsorted(reached, before + size)) + 1
        before = reached[end - 1]
    return np.array(starts)
