"""Moran's I by PySAL (esda, libpysal), for those who must cite it or reproduce its figures.

Both engines take the same arguments, get the same weights and leave the same things undefined:
esda itself gives sites without neighbours and columns of one value the smallest p-value.
"""

import inspect
import math
import warnings
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from ..errors import ParcelDataError
from ..optional_packages import optional_package
from . import global_moran as built_in
from ._arrays import part, report
from .bivariate_moran import bivariate_moran as built_in_bivariate
from .conditional_permutations import TIE, absolute_sums
from .geary import geary as built_in_geary
from .global_moran import check_permutations, deviations, pseudo_p
from .incremental_moran import incremental_moran as built_in_incremental
from .incremental_moran import peaks
from .local_moran import LocalMoran
from .nearest_neighbours import distance_band


def global_moran(
    values,
    weights,
    permutations=0,
    seed=1,
    alternative="two-sided",
    progress=None,
    *,
    sums=None,
    permuted=None,
):
    """Moran's I and its moments as ``esda.Moran`` gives them.

    Parameters
    ----------
    values, weights, permutations, seed, alternative, progress, sums
        As for the built-in ``global_moran``. ``progress`` is called at the end alone: esda
        cannot be interrupted. ``permuted`` is not used: esda permutes itself.

    Returns
    -------
    GlobalMoran
        ``p_sim`` is esda's, doubled (but at most 1) when two-sided: its permutations that tie
        with the observed I count in the upper tail only.

    Raises
    ------
    ParcelDataError
        As the built-in one, and without esda and libpysal.
    """
    esda = optional_package("esda")
    check_permutations(permutations, 0, seed, alternative)
    # Raises for what no engine can use, and tells what is not defined.
    closed_form = built_in.global_moran(values, weights, sums=sums)
    if math.isnan(closed_form.i):
        return replace(closed_form, p_sim=math.nan if permutations else None, permutations=permutations)

    with _seeded(seed):
        theirs = esda.Moran(
            np.asarray(values, dtype=np.float64),
            libpysal_weights(weights),
            transformation="O",
            permutations=permutations,
        )
    found = {
        name: float(getattr(theirs, name))
        for name in ("z_norm", "z_rand", "p_norm", "p_rand")
        if not math.isnan(getattr(closed_form, name))
    }
    p_sim = None
    if permutations:
        fixed = math.isnan(closed_form.z_rand)
        tail = permutations if fixed else _smaller_tail(theirs.p_sim, permutations)
        p_sim = float(pseudo_p(tail, permutations, alternative))
    report(progress, 1.0)
    return replace(
        closed_form,
        i=float(theirs.I),
        expected=float(theirs.EI),
        variance_norm=float(theirs.VI_norm),
        variance_rand=float(theirs.VI_rand),
        p_sim=p_sim,
        permutations=permutations,
        **found,
    )


def geary(
    values,
    weights,
    permutations=0,
    seed=1,
    alternative="two-sided",
    progress=None,
    *,
    sums=None,
    permuted=None,
):
    """Geary's C and its moments as ``esda.Geary`` gives them.

    Parameters
    ----------
    values, weights, permutations, seed, alternative, progress, sums, permuted
        As for `global_moran`.

    Returns
    -------
    Geary
        p is twice esda's, which is one-sided; ``p_sim`` as for `global_moran`.

    Raises
    ------
    ParcelDataError
        As the built-in one, and without esda and libpysal.
    """
    esda = optional_package("esda")
    check_permutations(permutations, 0, seed, alternative)
    closed_form = built_in_geary(values, weights, sums=sums)
    if math.isnan(closed_form.c):
        return replace(closed_form, p_sim=math.nan if permutations else None, permutations=permutations)

    with _seeded(seed):
        theirs = esda.Geary(
            np.asarray(values, dtype=np.float64),
            libpysal_weights(weights),
            transformation="O",
            permutations=permutations,
        )
    fixed = math.isnan(closed_form.z_rand)
    found = {} if fixed else {"z_norm": float(theirs.z_norm), "z_rand": float(theirs.z_rand)}
    tests = {} if fixed else {"p_norm": 2 * float(theirs.p_norm), "p_rand": 2 * float(theirs.p_rand)}
    p_sim = None
    if permutations:
        tail = permutations if fixed else _smaller_tail(theirs.p_sim, permutations)
        p_sim = float(pseudo_p(tail, permutations, alternative))
    report(progress, 1.0)
    return replace(
        closed_form,
        c=float(theirs.C),
        variance_norm=float(theirs.VC_norm),
        variance_rand=float(theirs.VC_rand),
        p_sim=p_sim,
        permutations=permutations,
        **found,
        **tests,
    )


def bivariate_moran(
    x, y, weights, permutations=0, seed=1, alternative="two-sided", progress=None, *, sums=None
):
    """Bivariate Moran's I as ``esda.Moran_BV`` gives it, in our scale.

    Parameters
    ----------
    x, y, weights, permutations, seed, alternative, progress, sums
        As for the built-in ``bivariate_moran``; ``progress`` as for `global_moran`.

    Returns
    -------
    BivariateMoran
        ``i`` is esda's times n / S0, which is 1 where weights are row-standardised and every
        site has neighbours. Expectation, variance, z and p are the built-in ones: esda has
        none in closed form.

    Raises
    ------
    ParcelDataError
        As the built-in one, and without esda and libpysal.
    """
    esda = optional_package("esda")
    check_permutations(permutations, 0, seed, alternative)
    sums = sums or built_in.weight_sums(weights)
    closed_form = built_in_bivariate(x, y, weights, sums=sums)
    if math.isnan(closed_form.i):
        return replace(closed_form, p_sim=math.nan if permutations else None, permutations=permutations)

    with _seeded(seed):
        theirs = esda.Moran_BV(
            np.asarray(x, dtype=np.float64),
            np.asarray(y, dtype=np.float64),
            libpysal_weights(weights),
            transformation="O",
            permutations=permutations,
        )
    p_sim = None
    if permutations:
        p_sim = float(pseudo_p(_smaller_tail(theirs.p_sim, permutations), permutations, alternative))
    report(progress, 1.0)
    return replace(
        closed_form, i=float(theirs.I) * weights.n / sums.s0, p_sim=p_sim, permutations=permutations
    )


def incremental_moran(values, xy, distances, progress=None):
    """Moran's I over a range of distances, each as ``esda.Moran`` gives it.

    Parameters
    ----------
    values, xy, distances, progress
        As for the built-in ``incremental_moran``, which says what is not defined.

    Returns
    -------
    IncrementalMoran

    Raises
    ------
    ParcelDataError
        As the built-in one, and without esda and libpysal.
    """
    optional_package("esda")
    result = built_in_incremental(values, xy, distances, part(progress, 0.0, 0.5))
    i, variance, z, p = (column.copy() for column in (result.i, result.variance, result.z, result.p))
    for band in np.flatnonzero(~np.isnan(result.i)):
        weights = distance_band(xy, result.distances[band]).row_standardised()
        theirs = global_moran(values, weights)
        i[band], variance[band], z[band], p[band] = (
            theirs.i,
            theirs.variance_rand,
            theirs.z_rand,
            theirs.p_rand,
        )
        report(progress, 0.5 + (band + 1) / i.size / 2)
    report(progress, 1.0)
    first_peak, max_peak = peaks(z)
    return replace(result, i=i, variance=variance, z=z, p=p, first_peak=first_peak, max_peak=max_peak)


def local_moran(
    values,
    weights,
    permutations=99_999,
    seed=1,
    alternative="two-sided",
    progress=None,
    *,
    neighbour_values=None,
    analytic=False,
):
    """Local Moran's I and its pseudo p-values as ``esda.Moran_Local`` gives them, in our scale.

    With ``neighbour_values``, those of ``esda.Moran_Local_BV``.

    Parameters
    ----------
    values, weights, permutations, seed, alternative, progress, neighbour_values
        As for the built-in ``local_moran``. ``progress`` is called at the end alone: esda
        cannot be interrupted.
    analytic : bool
        Refused: esda only draws permutations.

    Returns
    -------
    LocalMoran
        ``i`` is esda's times n / (n - 1): its m2 has the divisor n - 1, that of spdep and of
        the built-in engine n. ``p`` is esda's, doubled (but at most 1) when two-sided: draws
        that tie with the observed I count in the upper tail only, so that p is too small where
        many values are equal. ``quadrant`` is esda's, in which rounding may decide about a lag
        at the mean. At a site exactly at the mean p is 1, where esda gives the smallest.

    Raises
    ------
    ParcelDataError
        As the built-in one, and without esda and libpysal.
    """
    esda = optional_package("esda")
    check_permutations(permutations, 1, seed, alternative)
    if analytic:
        raise ParcelDataError("PySAL has no analytic p-value; use permutations, or the built-in engine.")
    z = deviations(values, weights)
    n = z.size
    columns = [np.asarray(values, dtype=np.float64)]
    varies = bool(z.any())
    statistic = esda.Moran_Local
    if neighbour_values is not None:
        columns.append(np.asarray(neighbour_values, dtype=np.float64))
        varies = varies and bool(deviations(columns[1], weights).any())
        statistic = esda.Moran_Local_BV
    connected = absolute_sums(weights) > 0
    lag = np.where(connected, weights.lag(columns[-1]), np.nan)
    i, p, standardised = np.full((3, n), np.nan)
    quadrant = np.zeros(n, dtype=np.int8)
    if varies:
        standardised = z / np.sqrt(np.mean(z**2))
    defined = connected & varies
    if defined.any():
        with _seeded(seed):
            # More jobs would start more copies of QGIS: it is what sys.executable names.
            theirs = statistic(
                *columns,
                libpysal_weights(weights),
                transformation="O",
                permutations=permutations,
                n_jobs=1,
                keep_simulations=False,
                seed=seed,
                **_directed(statistic),
            )
        tail = _smaller_tail(theirs.p_sim, permutations)
        tail[np.abs(z) <= TIE] = permutations
        i[defined] = theirs.Is[defined] * (n / (n - 1))
        p[defined] = pseudo_p(tail, permutations, alternative)[defined]
        quadrant[defined] = theirs.q[defined]
    report(progress, 1.0)
    return LocalMoran(i, lag, standardised, p, quadrant, permutations)


def libpysal_weights(weights):
    """The same weights as a ``libpysal.weights.W`` of the sites 0 to n - 1.

    Parameters
    ----------
    weights : SpatialWeights

    Returns
    -------
    libpysal.weights.W
        Not transformed: the weights are as they stand.
    """
    ends = weights.indptr[1:-1]
    return optional_package("libpysal").weights.W(
        {site: row.tolist() for site, row in enumerate(np.split(weights.indices, ends))},
        {site: row.tolist() for site, row in enumerate(np.split(weights.data, ends))},
        id_order=list(range(weights.n)),
        silence_warnings=True,
    )


@contextmanager
def _seeded(seed):
    """Seed numpy's global generator, which esda draws from, and leave it and the filters as they were."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)


def _directed(statistic):
    """Ask for the directed p-value where an esda has more than that (2.10 on)."""
    return {"alternative": "directed"} if "alternative" in inspect.signature(statistic).parameters else {}


def _smaller_tail(p_sim, permutations):
    """Permutations in the smaller tail behind a directed p-value of esda; 2.9 rounds it to 32 bits."""
    return np.rint(np.asarray(p_sim, dtype=np.float64) * (permutations + 1)) - 1
