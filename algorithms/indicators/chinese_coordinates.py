"""GCJ-02 and BD-09, the shifted coordinates of Chinese map services, and the way back.

GCJ-02 is the datum that maps published in China have to use (Amap, Tencent, Google in China): WGS 84
moved by some hundred metres. Its official formula is secret; the one here became public in 2013 and is
that of eviltransform (github.com/googollee/eviltransform), coordtransform
(github.com/wandergis/coordtransform) and geoChina (github.com/caijun/geoChina). BD-09 is what Baidu
makes of GCJ-02. Neither has a closed inverse: it is found by iteration.

All coordinates are degrees, longitude first.
"""

import numpy as np

# Of Krasovsky's ellipsoid of 1940.
_SEMI_MAJOR_AXIS = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
# The middle of the polynomials.
_LONGITUDE, _LATITUDE = 105.0, 35.0
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_BAIDU = np.array([0.0065, 0.006])
_BAIDU_FREQUENCY = np.pi * 3000 / 180

_CLOSE = 1e-12
_MOST = 50


def in_china(degrees):
    """Whether points lie in the rectangle in which coordinates are shifted.

    Parameters
    ----------
    degrees : (n, 2) float

    Returns
    -------
    (n,) bool
        The rectangle of the published formula, 72.004-137.8347 E and 0.8293-55.8271 N. It holds more
        than the mainland, whose maps alone are shifted.
    """
    x, y = np.asarray(degrees, dtype=np.float64).T
    return (x >= _WEST) & (x <= _EAST) & (y >= _SOUTH) & (y <= _NORTH)


def gcj02_of_wgs84(degrees):
    """GCJ-02 of WGS 84 (or CGCS2000); outside the rectangle of ``in_china`` unchanged.

    Parameters
    ----------
    degrees : (n, 2) float

    Returns
    -------
    (n, 2) float
    """
    degrees = np.asarray(degrees, dtype=np.float64)
    return np.where(in_china(degrees)[:, None], _shifted(degrees), degrees)


def bd09_of_gcj02(degrees):
    """BD-09 of GCJ-02; outside the rectangle of ``in_china`` unchanged.

    Parameters
    ----------
    degrees : (n, 2) float

    Returns
    -------
    (n, 2) float
    """
    degrees = np.asarray(degrees, dtype=np.float64)
    return np.where(in_china(degrees)[:, None], _turned(degrees), degrees)


def wgs84_of_gcj02(degrees):
    """WGS 84 of GCJ-02; outside the rectangle of ``in_china`` unchanged.

    Parameters
    ----------
    degrees : (n, 2) float

    Returns
    -------
    (n, 2) float
        Within 1e-11 degrees of what the formula gives ``degrees`` for.
    """
    return _inverse(_shifted, degrees)


def wgs84_of_bd09(degrees):
    """WGS 84 of BD-09; outside the rectangle of ``in_china`` unchanged.

    Parameters
    ----------
    degrees : (n, 2) float

    Returns
    -------
    (n, 2) float
        Within 1e-11 degrees of what both formulas give ``degrees`` for.
    """
    return _inverse(lambda wgs84: _turned(_shifted(wgs84)), degrees)


def _inverse(formula, degrees):
    """What a formula gives ``degrees`` for: corrected by the miss until that is nothing.

    The formula moves neighbours by nearly the same way (its slope is below 3 %), so each turn
    leaves a thirtieth of the miss.
    """
    degrees = np.asarray(degrees, dtype=np.float64)
    within = in_china(degrees)
    given = degrees[within]
    found = given.copy()
    for _ in range(_MOST):
        miss = given - formula(found)
        found += miss
        if not miss.size or np.abs(miss).max() < _CLOSE:
            break
    result = degrees.copy()
    result[within] = found
    return result


def _shifted(degrees):
    longitude, latitude = degrees.T
    x, y = longitude - _LONGITUDE, latitude - _LATITUDE
    root = np.sqrt(np.abs(x))
    waves = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    # metres to the east and to the north
    east = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
        + 2 / 3 * (waves + _waves(x, (20, 1), (40, 3), (150, 12), (300, 30)))
    )  # fmt: skip
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
        + 2 / 3 * (waves + _waves(y, (20, 1), (40, 3), (160, 12), (320, 30)))
    )  # fmt: skip
    radians = np.radians(latitude)
    squeeze = 1 - _ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    along_parallel = _SEMI_MAJOR_AXIS / np.sqrt(squeeze) * np.cos(radians)
    along_meridian = _SEMI_MAJOR_AXIS * (1 - _ECCENTRICITY_SQUARED) / squeeze**1.5
    return degrees + np.degrees(np.column_stack((east / along_parallel, north / along_meridian)))


def _waves(value, *terms):
    """Sum of sine waves, each of an amplitude and a half period."""
    return sum(amplitude * np.sin(np.pi / half * value) for amplitude, half in terms)


def _turned(degrees):
    x, y = degrees.T
    radius = np.hypot(x, y) + 2e-5 * np.sin(_BAIDU_FREQUENCY * y)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(_BAIDU_FREQUENCY * x)
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle))) + _BAIDU
