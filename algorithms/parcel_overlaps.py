"""How much land the parcels of two layers share."""

from dataclasses import dataclass

import numpy as np
from qgis.core import QgsGeometry

from .auxiliary_layers import repaired, spatial_index

_BLOCK = 200


@dataclass(frozen=True)
class Overlaps:
    """Pairs of parcels that share land.

    Attributes
    ----------
    first, second : (q,) int64
        Positions in the two layers, in the order of ``first``.
    area : (q,) float
        Shared area, in square units of the CRS.
    repaired : int
        Geometries that were not valid and repaired for this.
    """

    first: np.ndarray
    second: np.ndarray
    area: np.ndarray
    repaired: int


def overlaps(shapes, others, least, progress=None):
    """Find the parcels of two layers that share land.

    Parameters
    ----------
    shapes, others : list of QgsGeometry
        In one CRS; empty ones share nothing. Those that are not valid are repaired, see `repaired`.
    least : float
        Least share, of the smaller of two parcels, that counts.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    Overlaps
    """
    (shapes, mended), (others, mended_too) = repaired(shapes), repaired(others)
    index = spatial_index(others)
    areas = [geometry.area() for geometry in others]
    found = []
    for number, shape in enumerate(shapes):
        if progress and number % _BLOCK == 0:
            progress(number / len(shapes))
        if shape.isEmpty():
            continue
        engine = QgsGeometry.createGeometryEngine(shape.constGet())
        engine.prepareGeometry()
        own = shape.area()
        for other in sorted(index.intersects(shape.boundingBox())):
            if engine.intersects(others[other].constGet()):
                area = shape.intersection(others[other]).area()
                if area > 0 and area >= least * min(own, areas[other]):
                    found.append((number, other, area))
    first, second, area = zip(*found, strict=True) if found else ((), (), ())
    return Overlaps(
        np.array(first, dtype=np.int64),
        np.array(second, dtype=np.int64),
        np.array(area, dtype=np.float64),
        mended + mended_too,
    )
