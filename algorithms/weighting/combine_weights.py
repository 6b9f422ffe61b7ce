"""Subjective and objective weights combined."""

import numpy as np

from ..errors import ParcelDataError
from .objective_weights import weighed_system

METHODS = ("product", "linear")


def combined_weights(first, second, method="product", exponents=(1.0, 1.0), alpha=0.5):
    """Combine two sets of weights.

    - product: w_j ~ a_j^p b_j^q, which lets a weight of 0 in either set decide; p = q = 1 is the normalised
      product, p = q = 1/2 the geometric mean;
    - linear: w_j = alpha a_j + (1 - alpha) b_j.

    Parameters
    ----------
    first, second : ndarray, shape (m,)
        Weights a and b of the same indicators; each is scaled to add up to 1.
    method : {"product", "linear"}, optional
    exponents : (float, float), optional
        p and q, 0 or more; 0 takes a set out.
    alpha : float, optional
        Share of the first set, 0..1.

    Returns
    -------
    ndarray, shape (m,)
        Sum 1.

    Raises
    ------
    ParcelDataError
        Unknown method, weights without a sum, parameters out of range, or a product that is 0 throughout.
    """
    if method not in METHODS:
        raise ParcelDataError("Combination {} is unknown; use one of {}.", method, ", ".join(METHODS))
    if min(exponents) < 0 or not 0 <= alpha <= 1:
        raise ParcelDataError(
            "Exponents are 0 or more and alpha lies between 0 and 1, not {:g}, {:g} and {:g}.",
            *exponents,
            alpha,
        )
    first, second = (_scaled(weights) for weights in (first, second))
    if method == "linear":
        return alpha * first + (1 - alpha) * second
    # The largest factor being 1, no exponent brings all products below the smallest double.
    with np.errstate(divide="ignore"):
        logs = sum(
            exponent * np.log(weights)
            for exponent, weights in zip(exponents, (first, second), strict=True)
            if exponent > 0
        ) + np.zeros(first.size)
    if not logs.max() > -np.inf:
        raise ParcelDataError(
            "No indicator has weight in both index systems, so their product is 0: combine them linearly."
        )
    return _scaled(np.exp(logs - logs.max()))


def combined_systems(
    first, second, method="product", exponents=(1.0, 1.0), alpha=0.5, within_dimensions=False
):
    """Index system with the weights of two combined; everything else is that of the first.

    Parameters
    ----------
    first, second : IndexSystem
        With the same indicators and dimensions, in any order.
    method, exponents, alpha : optional
        As in `combined_weights`.
    within_dimensions : bool, optional
        Combine the local weights; the dimensions keep the weights of the first.

    Returns
    -------
    IndexSystem

    Raises
    ------
    ParcelDataError
        An indicator is in one of them only or lies in another dimension, or as `combined_weights`.
    """
    order = _same_indicators(first, second)
    weights = [
        np.array([row.weight_local if within_dimensions else row.weight for row in rows])
        for rows in (first.indicators, [second.indicators[position] for position in order])
    ]
    return weighed_system(first, combined_weights(*weights, method, exponents, alpha), within_dimensions)


def _same_indicators(first, second):
    """Positions in the second index system of the indicators of the first."""
    positions = {code: position for position, code in enumerate(second.codes)}
    alone = [code for code in first.codes if code not in positions]
    alone += [code for code in second.codes if code not in first.codes]
    if alone:
        raise ParcelDataError(
            "The indicator(s) {} are in one of the two index systems only: give both the same indicators.",
            ", ".join(alone),
        )
    for row in first.indicators:
        other = second.indicators[positions[row.indicator]]
        if other.dimension != row.dimension:
            raise ParcelDataError(
                "Indicator “{}” lies in dimension “{}” of one index system and “{}” of the other: "
                "give both the same dimensions.",
                row.indicator,
                row.dimension,
                other.dimension,
            )
    return [positions[code] for code in first.codes]


def _scaled(weights):
    total = weights.sum()
    if not total > 0:
        raise ParcelDataError("The weights of an index system add up to 0: give weights above 0.")
    return weights / total
