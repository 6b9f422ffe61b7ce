"""Areas drawn around and between parcels: merged, gaps closed, rings, cut and cleared. All by GEOS.

Geometries are polygons in one CRS in metres, see ``auxiliary_layers.metric_crs``.
"""

from dataclasses import dataclass

import numpy as np
from qgis.core import Qgis, QgsFeature, QgsGeometry, QgsSpatialIndex

from .auxiliary_layers import polygons_of, spatial_index
from .errors import ParcelDataError
from .features import as_attributes, ellipsoidal_hectares

_SEGMENTS = 16
"""Segments of a quarter circle: a ring is at most 0.2 % too small."""
_MITRE_LIMIT = 2.0


@dataclass(frozen=True)
class Areas:
    """Single polygons that are large enough, the largest first.

    shapes : list of QgsGeometry
    hectares : (a,) float, on the ellipsoid
    group : (a,) int, of which of the geometries it is a piece
    dropped : int, pieces that were too small
    """

    shapes: list
    hectares: np.ndarray
    group: np.ndarray
    dropped: int


def large_pieces(geometries, least, crs, context):
    """The single polygons of geometries that have at least ``least`` hectares, as ``Areas``."""
    shapes, group = [], []
    for number, geometry in enumerate(geometries):
        for piece in [] if geometry.isEmpty() else geometry.asGeometryCollection():
            shapes.append(piece)
            group.append(number)
    hectares = ellipsoidal_hectares(shapes, crs, context)
    order = [number for number in np.argsort(-hectares, kind="stable") if hectares[number] >= least]
    return Areas(
        [shapes[number] for number in order],
        hectares[order],
        np.array(group, dtype=np.int64)[order],
        len(shapes) - len(order),
    )


def merged(geometries):
    """All of the geometries as one, empty where there are none."""
    full = [geometry for geometry in geometries if not geometry.isEmpty()]
    return _sound(QgsGeometry.unaryUnion(full)) if full else QgsGeometry()


def closed(geometry, gap):
    """The geometry with gaps and holes of up to ``gap`` metres between facing edges closed.

    Widened by half the gap and narrowed again with mitred corners, so that straight edges come back
    where they were; what stands in an acute notch and is lost by that is put back.
    """
    if geometry.isEmpty() or gap <= 0:
        return geometry
    widened = _offset(geometry, gap / 2)
    return merged([_sound(_offset(widened, -gap / 2)), geometry])


def rings(geometry, distances):
    """Rings around a geometry, from each distance to the next.

    Parameters
    ----------
    geometry : QgsGeometry
    distances : sequence of float
        Metres, ascending.

    Returns
    -------
    list of QgsGeometry
        The first begins at the edge.
    """
    result, inner = [], geometry
    pieces = geometry.asGeometryCollection()
    for distance in distances:
        # GEOS takes ten times as long to buffer a thousand pieces at once
        outer = merged([_sound(piece.buffer(distance, _SEGMENTS)) for piece in pieces])
        result.append(less(outer, inner))
        inner = outer
    return result


def cut(geometry, other):
    """What of a geometry lies in another one."""
    return polygons_of(_sound(geometry.intersection(other)))


def less(geometry, other):
    """A geometry without another one."""
    return geometry if other.isEmpty() else polygons_of(_sound(geometry.difference(other)))


def containing(areas, geometries):
    """Position of the area in which each geometry lies, by a point inside it.

    Parameters
    ----------
    areas, geometries : list of QgsGeometry
        The areas do not overlap.

    Returns
    -------
    (n,) int64
        -1 for a geometry outside all areas and for an empty one.
    """
    index, engines = spatial_index(areas), []
    for area in areas:
        engines.append(QgsGeometry.createGeometryEngine(area.constGet()))
        engines[-1].prepareGeometry()
    found = np.full(len(geometries), -1, dtype=np.int64)
    for number, geometry in enumerate(geometries):
        if geometry.isEmpty():
            continue
        point = geometry.pointOnSurface()
        for candidate in index.intersects(point.boundingBox()):
            if engines[candidate].intersects(point.constGet()):
                found[number] = candidate
    return found


def nearest(areas, geometries):
    """Position of the area nearest to a point inside each geometry, (n,) int64, -1 without areas.

    Of areas that are equally near, the first counts. The edge would not do: rings are near to many areas,
    and have too many vertices to be asked for all of them.
    """
    index = QgsSpatialIndex(QgsSpatialIndex.Flag.FlagStoreFeatureGeometries)
    for number, area in enumerate(areas):
        feature = QgsFeature(number)
        feature.setGeometry(area)
        index.addFeature(feature)
    points = (geometry.pointOnSurface().asPoint() for geometry in geometries)
    return np.array([min(index.nearestNeighbor(point, 1), default=-1) for point in points], dtype=np.int64)


def area_features(geometries, rows):
    """Features with attributes, as `ParcelAlgorithm.write_features` takes them."""
    for number, (geometry, row) in enumerate(zip(geometries, rows, strict=True)):
        feature = QgsFeature()
        made = QgsGeometry(geometry)
        made.convertToMultiType()
        feature.setGeometry(made)
        feature.setAttributes(as_attributes(row))
        yield number / len(geometries), feature


def _offset(geometry, distance):
    return geometry.buffer(distance, _SEGMENTS, Qgis.EndCapStyle.Flat, Qgis.JoinStyle.Miter, _MITRE_LIMIT)


def _sound(geometry):
    """The result of an operation of GEOS, unless it failed."""
    if geometry.isNull() and geometry.lastError():
        raise ParcelDataError(
            "The areas cannot be drawn ({}): repair the geometries of the parcels and layers beside them, "
            "for example with “Fix geometries”.",
            geometry.lastError(),
        )
    return geometry
