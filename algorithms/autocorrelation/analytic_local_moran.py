"""Conditional permutation distribution of local Moran's I, computed instead of drawn."""

import numpy as np

from ..errors import ParcelDataError
from ._arrays import report
from .conditional_permutations import TIE

FEWEST_SITES = 500
"""Below so many sites the permutations are quick and their errors the smaller ones."""
LARGEST_SHARE = 10
"""A site may neighbour one in so many others."""
# Smallest tail told: what is left of sums of 2^21 rounded terms.
FLOOR = 1e-12

# Terms of Newton's identities, and of the recursion that leaves the site itself out.
TERMS = 4
# Share of the sites with the same value from which on sums are taken to tie.
TIED_SHARE = 0.01
# Steps that the values are rounded to, at most, and steps that the sums of the neighbours have.
VALUE_STEPS = 2**16
SUM_STEPS = 2**21


def analytic_tail(z, weights, progress=None):
    """Probability of a neighbours' sum at least, or at most, the observed: the smaller of both.

    The sum of c of n values without replacement has the generating function e_c / C(n, c), with
    the elementary symmetric polynomial e_c of exp(i t z_j). Newton's identities build it from the
    histogram's Fourier transforms at t, 2t, ... The site itself is left out by
    P_c = (1 - c/n) P_c(without it) + c/n P_{c-1}(without it, moved by its value).

    Both are cut off after four terms, of order (c/n)^4, and the values are rounded to at most
    65,536 steps. Against 10^7 permutations of 17 columns of 500 to 20,000 sites (rates, areas,
    flags, zeros with a tail, one decimal, normal, lognormal, Cauchy) it was at most .0015 off, and
    .0004 where p is below .05; for one lognormal column with sigma 2 .005 and .0013: its largest
    value is so far out that most others fall on a few steps.

    Parameters
    ----------
    z : (n,) float64
        Deviations from the mean, in units of the largest one, not all 0.
    weights : SpatialWeights
        Neighbours of the n sites, with equal weights in each row.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    (n,) float64
        Ties count in both tails; 1 at sites without neighbours. Never below 1e-12.

    Raises
    ------
    ParcelDataError
        Fewer than 500 sites, unequal weights within a row, or a site with more than a tenth of the
        others as neighbours.

    Notes
    -----
    The distribution is that of Anselin (1995), Geographical Analysis 27, 93-115. Newton's
    identities: Macdonald (1995), Symmetric Functions and Hall Polynomials, I.2.
    """
    n = z.size
    cardinality = weights.cardinality
    most = int(cardinality.max(initial=0))
    if n < FEWEST_SITES:
        raise ParcelDataError(
            "The analytic method needs at least {} parcels with a value, but there are {}; use permutations.",
            FEWEST_SITES,
            n,
        )
    if not weights.equal_rows:
        raise ParcelDataError(
            "The analytic method needs equal weights among the neighbours of a parcel, but the weights "
            "differ; use permutations."
        )
    if most * LARGEST_SHARE > n:
        raise ParcelDataError(
            "A parcel has {} neighbours; the analytic method takes up to {}, a tenth of the parcels. "
            "Use fewer neighbours, or permutations.",
            most,
            n // LARGEST_SHARE,
        )
    tail = np.ones(n)
    if not most:
        return tail
    steps, tied = _steps(z, min(VALUE_STEPS, SUM_STEPS // most))
    observed = weights.row_sums(steps[weights.indices])
    if tied:
        observed = np.rint(observed)
    groups = np.split(np.argsort(cardinality, kind="stable"), np.cumsum(np.bincount(cardinality))[:-1])

    length = 1 << int(int(steps.max() + 1) * most).bit_length()
    transforms = [np.fft.rfft(_histogram(k * steps, length)) / n for k in range(1, min(TERMS, most) + 1)]
    spectra = [np.ones(length // 2 + 1, dtype=complex)]
    cumulated = [np.ones(1)]
    for c in range(1, most + 1):
        spectra = [_next_spectrum(spectra, transforms, c, n), *spectra[: TERMS - 1]]
        if any(groups[d].size for d in range(c, min(c + TERMS, most + 1))):
            cumulated = [np.cumsum(np.fft.irfft(spectra[0], length)), *cumulated[: TERMS - 1]]
        else:
            cumulated = [None, *cumulated[: TERMS - 1]]
        sites = groups[c]
        if c == 1 and sites.size:
            tail[sites] = _tail_of_one(z, weights.indices[weights.indptr[sites]], sites)
        elif sites.size:
            given = cumulated, steps[sites], c, n, tied
            at_most = _without_itself(observed[sites], *given)
            below = _without_itself(observed[sites] - 1, *given) if tied else at_most
            tail[sites] = np.clip(np.minimum(at_most, 1 - below), FLOOR, 1.0)
        report(progress, c / most)
    return tail


def _tail_of_one(z, neighbour, sites):
    """Share of the other values at least, or at most, that of the one neighbour: counted."""
    ordered = np.sort(z)
    low, high = z[neighbour] - TIE, z[neighbour] + TIE
    at_most = np.searchsorted(ordered, high, "right") - (z[sites] <= high)
    at_least = z.size - np.searchsorted(ordered, low, "left") - (z[sites] >= low)
    return np.minimum(at_least, at_most) / (z.size - 1)


def _steps(z, most):
    """The values in steps, from 0 to below ``most``, and whether sums of them can tie.

    Values that are multiples of a unit, flags above all, become whole numbers exactly. Others with
    ties are rounded; those without keep their fraction of a step.
    """
    above = z - z.min()
    distinct, count = np.unique(above, return_counts=True)
    unit = np.diff(distinct).min()
    if above.max() < (most - 1) * unit:
        whole = np.rint(above / unit)
        if np.abs(above / unit - whole).max() < 1e-6:
            return whole, True
    above *= (most - 2) / above.max()
    tied = count.max() > TIED_SHARE * z.size
    return (np.rint(above) if tied else above), bool(tied)


def _histogram(steps, length):
    """Number of values at each whole step; a value between two counts for both by its distance."""
    whole = np.floor(steps).astype(np.int64)
    share = steps - whole
    return np.bincount(whole, 1 - share, length) + np.bincount(whole + 1, share, length)[:length]


def _next_spectrum(spectra, transforms, c, n):
    """Transform of the sum of c values without replacement from those of c - 1, c - 2, ... values."""
    factor = n / (n - c + 1)
    total = factor
    spectrum = factor * transforms[0] * spectra[0]
    for k in range(1, min(len(transforms), c)):
        factor *= -(c - k) / (n - c + k + 1)
        total += factor
        spectrum += factor * transforms[k] * spectra[k]
    return spectrum / total


def _without_itself(sums, cumulated, own, c, n, tied):
    """Probability of at most these sums of c values of the other n - 1 sites."""
    depth = min(len(cumulated), c + 1)
    result = _at(cumulated[depth - 1], sums - (depth - 1) * own, tied)
    for k in range(depth - 2, -1, -1):
        share = (c - k) / n
        result = (_at(cumulated[k], sums - k * own, tied) - share * result) / (1 - share)
    return result


def _at(cumulated, sums, tied):
    """Probability of at most these sums; between two steps, without ties, by interpolation."""
    below = np.floor(sums)
    place = np.clip(below, 0, cumulated.size - 1).astype(np.int64)
    if tied:
        return np.where(sums < 0, 0.0, cumulated[place])
    # Half of what stands at a step lies to either side of it.
    left, middle, right = (
        np.where(below + k < 0, 0.0, cumulated[np.clip(place + k, 0, cumulated.size - 1)]) for k in (-1, 0, 1)
    )
    return ((left + middle) + (sums - below) * (right - left)) / 2
