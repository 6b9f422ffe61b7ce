"""Weights that fall with distance: inverse distance and kernels.

They are given to neighbours that are known already, so that they serve k nearest, distance
bands and contiguity alike. A site is no neighbour of itself, unlike in libpysal's ``Kernel``.
"""

import numpy as np

from ..errors import ParcelDataError
from ._arrays import rounding_of
from .spatial_weights import SpatialWeights

KERNELS = {
    "triangular": lambda z: 1 - z,
    "epanechnikov": lambda z: 0.75 * (1 - z**2),
    "quartic": lambda z: 15 / 16 * (1 - z**2) ** 2,
    "gaussian": lambda z: np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
}
"""K(z) for z = distance / bandwidth up to 1 (Anselin and Rey 2014, table 5.4)."""

# The farthest neighbour still counts a little: else a row could have neighbours and no weight.
RIM = 1.0000001


def link_distances(neighbours, xy):
    """Distance along each link.

    Parameters
    ----------
    neighbours : SpatialWeights
        Links.
    xy : (n, 2) float
        Location of each site.

    Returns
    -------
    (m,) float64
        In units of ``xy``; exactly 0 between sites at the same place but for rounding.
    """
    xy = np.asarray(xy, dtype=np.float64)
    dx, dy = (
        axis[neighbours.indices] - np.repeat(axis, neighbours.cardinality)
        for axis in np.ascontiguousarray(xy.T)
    )
    distance = np.hypot(dx, dy)
    distance[distance <= rounding_of(xy)] = 0.0
    return distance


def inverse_distance(neighbours, distance, power=1.0):
    """Weights 1 / distance^power.

    A neighbour at distance 0 counts as much as the nearest one of the same site that is at
    another place: 1 / 0 has no value, and a fixed least distance would depend on the unit. Where
    all neighbours of a site are at its place, they count equally.

    Parameters
    ----------
    neighbours : SpatialWeights
        Links; their weights do not matter.
    distance : (m,) float
        Distance along each link.
    power : float
        1 and 2 are usual.

    Returns
    -------
    SpatialWeights
        Not standardised: the weights are those of libpysal's ``DistanceBand`` with
        ``binary=False`` and ``alpha=-power``, which leaves links of distance 0 out.

    Raises
    ------
    ParcelDataError
        If the power is not a positive number.
    """
    if not (np.isfinite(power) and power > 0):
        raise ParcelDataError("The power of the inverse distance is {}: choose a positive number.", power)
    nearest = _by_row(np.minimum, neighbours, np.where(distance > 0, distance, np.inf))
    nearest[np.isinf(nearest)] = 1.0
    away = np.where(distance > 0, distance, np.repeat(nearest, neighbours.cardinality))
    return SpatialWeights(neighbours.indptr, neighbours.indices, away**-power)


def kernel_weights(neighbours, distance, kernel, bandwidth=None):
    """Weights K(distance / bandwidth).

    Parameters
    ----------
    neighbours : SpatialWeights
        Links; their weights do not matter.
    distance : (m,) float
        Distance along each link.
    kernel : str
        Key of ``KERNELS``.
    bandwidth : float or (n,) float, optional
        Bandwidth, of all or of each site; distances above it count as equal to it. By default
        each site's own: the distance of its farthest neighbour (adaptive).

    Returns
    -------
    SpatialWeights
        Not standardised: the weights of libpysal's ``Kernel`` without its diagonal. As there,
        the bandwidth is enlarged by a ten-millionth.

    Raises
    ------
    ParcelDataError
        If there is no such kernel.
    """
    if kernel not in KERNELS:
        raise ParcelDataError("The kernel is “{}”: choose one of {}.", kernel, ", ".join(KERNELS))
    if bandwidth is None:
        bandwidth = _by_row(np.maximum, neighbours, distance)
    here = np.repeat(np.broadcast_to(bandwidth, neighbours.n), neighbours.cardinality)
    z = np.divide(distance, here * RIM, out=np.zeros(distance.size), where=here > 0)
    np.minimum(z, 1 / RIM, out=z)
    return SpatialWeights(neighbours.indptr, neighbours.indices, KERNELS[kernel](z))


def _by_row(reduce, neighbours, values):
    """``reduce`` of ``values`` (m,) in each row; 0 in empty ones."""
    result = np.zeros(neighbours.n)
    filled = neighbours.cardinality > 0
    if values.size:
        result[filled] = reduce.reduceat(values, neighbours.indptr[:-1][filled])
    return result
