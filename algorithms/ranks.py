"""Ranks and rank correlation.

Sources: Spearman (1904), American Journal of Psychology 15: 72-101; Kendall (1945), Biometrika 33: 239-251.
"""

import math

import numpy as np


def mean_ranks(values):
    """Ranks (n,) from 1 for the smallest, equal values having their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def spearman(a, b):
    """Spearman's rank correlation of two columns (n,), NaN where one of them does not vary."""
    if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(np.corrcoef(mean_ranks(a), mean_ranks(b))[0, 1])


def kendall(a, b):
    """Kendall's tau-b of two columns (n,), NaN where one of them does not vary.

    Concordant less discordant pairs over the geometric mean of the pairs that are not tied in a
    and those that are not tied in b. Every pair is looked at, in memory of n x n bytes.
    """
    if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    first, second = (np.sign(np.subtract.outer(column, column)).astype(np.int8) for column in (a, b))
    # Each pair counts twice, above and below the line.
    balance = int(np.sum(first * second, dtype=np.int64))
    return balance / math.sqrt(int(np.count_nonzero(first)) * int(np.count_nonzero(second)))
