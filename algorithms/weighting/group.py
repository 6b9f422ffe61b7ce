"""Several experts: their judgements or priorities aggregated, and how far they agree."""

import numpy as np

from ..errors import ParcelDataError

LARGEST_SCALE_VALUE = 9
"""Strongest judgement of Saaty's scale, on which the least entropy of priorities rests."""


def aggregate_judgements(matrices, expert_weights=None):
    """Aggregate comparison matrices by the weighted geometric mean of each judgement (AIJ).

    A judgement that some experts have not given is the mean of those who have; one that nobody has
    given stays missing.

    Parameters
    ----------
    matrices : sequence of k array_like, each of shape (n, n)
        Comparison matrices of the experts over the same elements, NaN where a judgement is missing.
    expert_weights : sequence of k float, optional
        Positive; equal by default.

    Returns
    -------
    ndarray, shape (n, n)
        Reciprocal where the given ones are.

    References
    ----------
    Aczel and Saaty (1983), Journal of Mathematical Psychology 27, 93-102; Forman and Peniwati (1998),
    European Journal of Operational Research 108, 165-169.
    """
    logs = np.log(np.array(matrices, dtype=float))
    weights = _shares(expert_weights, len(logs))[:, None, None] * ~np.isnan(logs)
    total = weights.sum(axis=0)
    sums = (weights * np.nan_to_num(logs)).sum(axis=0)
    return np.where(total > 0, np.exp(sums / np.where(total > 0, total, 1.0)), np.nan)


def aggregate_priorities(priorities, expert_weights=None):
    """Aggregate priorities by their weighted geometric mean, scaled to sum 1 (AIP).

    Parameters
    ----------
    priorities : array_like, shape (k, n)
        Priorities of the k experts, positive.
    expert_weights : sequence of k float, optional
        Positive; equal by default.

    Returns
    -------
    ndarray, shape (n,)

    References
    ----------
    Forman and Peniwati (1998), European Journal of Operational Research 108, 165-169.
    """
    logs = np.log(np.asarray(priorities, dtype=float))
    means = _shares(expert_weights, len(logs)) @ logs
    weights = np.exp(means - means.max())
    return weights / weights.sum()


def group_consensus(priorities):
    """How far the priorities of experts agree: 1 fully, 0 not at all.

    With the mean Shannon entropy alpha of each expert's priorities and the entropy gamma of their mean,
    M = exp(alpha - gamma) is scaled between its least value on Saaty's scale and 1.

    Parameters
    ----------
    priorities : array_like, shape (k, n)
        Priorities of the k experts, each with sum 1. Experts count equally.

    Returns
    -------
    float
        From 0 to 1; NaN for fewer than two experts or elements.

    References
    ----------
    Goepel (2018), Implementation of an online software tool for the analytic hierarchy process (AHP-OS),
    International Journal of the Analytic Hierarchy Process 10(3), 469-487.
    """
    priorities = np.asarray(priorities, dtype=float)
    experts, n = priorities.shape
    if experts < 2 or n < 2:
        return np.nan
    alpha = np.mean([_entropy(row) for row in priorities])
    gamma = _entropy(priorities.mean(axis=0))
    strongest = np.ones(n)
    strongest[0] = LARGEST_SCALE_VALUE
    least = np.exp(_entropy(strongest / strongest.sum())) / n
    return float(np.clip((np.exp(alpha - gamma) - least) / (1 - least), 0.0, 1.0))


def _entropy(shares):
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _shares(expert_weights, count):
    if expert_weights is None:
        return np.full(count, 1 / count)
    weights = np.asarray(expert_weights, dtype=float)
    if len(weights) != count or not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ParcelDataError(
            "The weights of the experts are {}; give one positive number for each of the {} experts.",
            ", ".join(f"{weight:g}" for weight in weights),
            count,
        )
    return weights / weights.sum()
