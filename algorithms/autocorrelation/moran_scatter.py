"""The Moran scatter plot: each site's value against the mean of its neighbours."""

from dataclasses import dataclass

import numpy as np

from .global_moran import deviations


@dataclass(frozen=True, eq=False)
class MoranScatter:
    """Points of the plot and the slope of the line through the origin.

    Parameters
    ----------
    z : (n,) float64
        Standardised values: deviation from the mean / standard deviation (divisor n).
    lag : (n,) float64
        Spatial lag of the neighbours' standardised values; NaN without neighbours.
    slope : float
        Global Moran's I, n / S0 * z'Wz / z'z; bivariate with the neighbours' other values.
    """

    z: np.ndarray
    lag: np.ndarray
    slope: float


def moran_scatter(values, weights, neighbour_values=None):
    """Points and slope of the Moran scatter plot.

    Parameters
    ----------
    values : (n,) float
        Finite values, one per site.
    weights : SpatialWeights
        Neighbours of the n sites, row-standardised.
    neighbour_values : (n,) float, optional
        The column that the neighbours' values are taken from, for the bivariate plot.

    Returns
    -------
    MoranScatter or None
        None where all values of a column are equal, or no site has a neighbour.

    Raises
    ------
    ParcelDataError
        A value that is not finite, or another number of values than sites.

    Notes
    -----
    Anselin (1996), The Moran scatterplot as an ESDA tool, in Spatial Analytical Perspectives on GIS.
    """
    z = deviations(values, weights)
    y = z if neighbour_values is None else deviations(neighbour_values, weights)
    total = weights.data.sum()
    if not z.any() or not y.any() or not total > 0:
        return None
    z, y = z / np.sqrt(np.mean(z**2)), y / np.sqrt(np.mean(y**2))
    lag = weights.lag(y)
    slope = float(z @ lag / total)
    return MoranScatter(z, np.where(weights.islands, np.nan, lag), slope)
