"""Layers beside the parcels (roads, facilities, buildings), in metres and in one CRS with them."""

import numpy as np
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPoint,
    QgsSpatialIndex,
)

from .errors import ParcelDataError
from .features import is_null

WEB_MERCATOR = "EPSG:3857"
_METRES = Qgis.DistanceUnit.Meters
_BLOCK = 500
_FARTHEST = 20.0
"""Degrees: at 10 from the middle, lengths of a transverse Mercator projection are 1.5 % too long."""
_POLE = 90.0


def metric_crs(parcels, context):
    """CRS in which distances around the parcels are metres.

    That of the parcels if it is projected in metres; else, and for EPSG:3857, a transverse Mercator
    projection around the middle of the layer, true to scale there.

    Raises
    ------
    ParcelDataError
        The layer has no CRS, or reaches too far for one projection.
    QgsCsException
        Its coordinates do not fit its CRS.
    """
    crs = parcels.crs
    if not crs.isValid():
        raise ParcelDataError("Layer “{}” has no CRS, so distances are not known: set its CRS.", parcels.name)
    if not crs.isGeographic() and crs.mapUnits() == _METRES and crs.authid() != WEB_MERCATOR:
        return crs
    shapes = (feature.geometry() for feature in parcels.features if feature.hasGeometry())
    box = next(shapes, None)
    if box is None:
        raise ParcelDataError("Layer “{}” has no geometry.", parcels.name)
    box = box.boundingBox()
    for shape in shapes:
        box.combineExtentWith(shape.boundingBox())
    geographic = QgsCoordinateReferenceSystem("EPSG:4326")
    box = QgsCoordinateTransform(crs, geographic, context.transformContext()).transformBoundingBox(box)
    if max(box.width(), box.height()) > _FARTHEST:
        raise ParcelDataError(
            "Layer “{}” reaches over {:.0f} degrees, too far for distances in one plane: divide it, or bring "
            "it into a projected CRS in metres.",
            parcels.name,
            max(box.width(), box.height()),
        )
    middle = box.center()
    if abs(middle.y()) > _POLE:
        raise QgsCsException(f"latitude {middle.y():g}")
    return QgsCoordinateReferenceSystem.fromProj(
        f"+proj=tmerc +lat_0={middle.y():.6f} +lon_0={middle.x():.6f} +k=1 +x_0=0 +y_0=0 +ellps=WGS84 "
        "+units=m +no_defs"
    )


def transformed(geometries, crs, target, context, progress=None):
    """The geometries in another CRS; what cannot be transformed becomes empty.

    Parameters
    ----------
    geometries : list of QgsGeometry
        Changed in place.
    crs, target : QgsCoordinateReferenceSystem

    Raises
    ------
    ParcelDataError
        The geometries have no CRS.
    """
    if not crs.isValid():
        raise ParcelDataError("A layer beside the parcels has no CRS: set it.")
    if crs == target:
        return geometries
    transform = QgsCoordinateTransform(crs, target, context.transformContext())
    for position, geometry in enumerate(geometries):
        if progress and position % _BLOCK == 0:
            progress(position / len(geometries))
        try:
            geometry.transform(transform)
        except QgsCsException:  # no such place, as a latitude above 90
            geometries[position] = QgsGeometry()
    return geometries


def read_layer(source, target, context, field=None, progress=None):
    """Geometries of a source in a CRS, and the text of a field.

    Parameters
    ----------
    source : QgsProcessingFeatureSource
    target : QgsCoordinateReferenceSystem
    field : str, optional
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    geometries : list of QgsGeometry
        Features without a geometry are left out.
    texts : list of str
        "" where NULL or without a field.

    Raises
    ------
    ParcelDataError
        The source has no CRS.
    """
    if not source.sourceCrs().isValid():
        raise ParcelDataError("Layer “{}” has no CRS: set it.", source.sourceName())
    geometries, texts = [], []
    position = source.fields().lookupField(field) if field else -1
    expected = max(source.featureCount(), 1)
    iterator = source.getFeatures(
        QgsFeatureRequest(), Qgis.ProcessingFeatureSourceFlag.SkipGeometryValidityChecks
    )
    for number, feature in enumerate(iterator):
        if progress and number % _BLOCK == 0:
            progress(0.5 * min(number / expected, 1.0))
        geometry = feature.geometry()
        if geometry.isNull() or geometry.isEmpty():
            continue
        value = feature.attribute(position) if position >= 0 else None
        geometries.append(geometry)
        texts.append("" if is_null(value) else str(value).strip())
    half = None if progress is None else lambda fraction: progress(0.5 + 0.5 * fraction)
    return transformed(geometries, source.sourceCrs(), target, context, half), texts


def repaired(geometries):
    """Polygons as GEOS needs them, and how many had to be repaired.

    Parameters
    ----------
    geometries : list of QgsGeometry

    Returns
    -------
    list of QgsGeometry
        What is no polygon, or has no area once repaired, is empty.
    int
        Number of the invalid ones.
    """
    faulty, result = 0, []
    for geometry in geometries:
        made = QgsGeometry(geometry)
        if not made.isNull() and not made.isGeosValid():
            faulty += 1
            made = made.makeValid(Qgis.MakeValidMethod.Structure)
        result.append(polygons_of(made))
    return result, faulty


def polygons_of(geometry):
    """The polygons of what an operation left: lines and points where shapes only touch have no area."""
    made = QgsGeometry(geometry)
    made.convertGeometryCollectionToSubclass(Qgis.GeometryType.Polygon)
    return made if made.type() == Qgis.GeometryType.Polygon else QgsGeometry()


def read_points(source, target, context, field=None, progress=None):
    """A point per feature of a source in a CRS, and the text of a field.

    Parameters
    ----------
    source : QgsProcessingFeatureSource
        Lines and polygons count by a point on them.
    target : QgsCoordinateReferenceSystem
    field : str, optional
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    xy : (p, 2) float
    texts : list of str
        "" where NULL or without a field.
    lost : int
        Features whose coordinates are no place in the CRS.

    Raises
    ------
    ParcelDataError
        The source has no CRS.
    """
    geometries, texts = read_layer(source, target, context, field, progress)
    xy, kept = [], []
    for geometry, text in zip(geometries, texts, strict=True):
        point = geometry.pointOnSurface()
        if not point.isNull():
            place = point.asPoint()
            if np.isfinite(place.x()) and np.isfinite(place.y()):
                xy.append((place.x(), place.y()))
                kept.append(text)
    return np.array(xy, dtype=np.float64).reshape(-1, 2), kept, len(geometries) - len(xy)


def projected(xy, crs, target, context):
    """Points in another CRS, (p, 2) float, NaN for what is no place there."""
    transform = QgsCoordinateTransform(crs, target, context.transformContext())
    result = np.full((len(xy), 2), np.nan)
    for number, (x, y) in enumerate(xy.tolist()):
        try:
            place = transform.transform(x, y)
        except QgsCsException:
            continue
        result[number] = place.x(), place.y()
    return result


def points_within(shapes, xy, distance, progress=None):
    """Which points lie in which shapes, or near them.

    Parameters
    ----------
    shapes : list of QgsGeometry
        Polygons in a metric CRS; null and empty ones have no points.
    xy : (p, 2) float
    distance : float
        Metres from the edge; 0 for the points in the shape and on its edge.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    shape, point : (m,) int64
        Positions of the pairs.
    """
    points = [QgsPoint(x, y) for x, y in xy.tolist()]
    pairs = []
    for number, engine, candidates in _near(shapes, points, distance, progress):
        for candidate in sorted(candidates):
            point = points[candidate]
            if engine.intersects(point) if distance == 0 else engine.distanceWithin(point, distance):
                pairs.append((number, candidate))
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def nearest_distances(shapes, others, limit, progress=None):
    """Distance from each shape to the nearest of other geometries, as far as a limit.

    Parameters
    ----------
    shapes, others : list of QgsGeometry
        In one metric CRS.
    limit : float
        Metres.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    (n,) float
        Metres from the edge, 0 where they meet; infinite beyond the limit and for an empty shape.
    """
    others = [geometry.constGet() for geometry in others]
    nearest = np.full(len(shapes), np.inf)
    for number, engine, candidates in _near(shapes, others, limit, progress):
        distance = min(engine.distance(others[candidate]) for candidate in candidates)
        if distance <= limit:
            nearest[number] = distance
    return nearest


def spatial_index(shapes):
    """Index of geometries by position, without those that are None or empty or have no finite box.

    A box that is not finite, such as a failed transformation leaves, crashes QGIS.
    """
    index = QgsSpatialIndex()
    for number, shape in enumerate(shapes):
        if shape is None or shape.isEmpty():
            continue
        box = shape.boundingBox()
        if box.isFinite():
            index.addFeature(number, box)
    return index


def _near(shapes, others, reach, progress):
    """Number and prepared engine of each shape, and the numbers of others whose boxes come within reach."""
    index = spatial_index(others)
    for number, shape in enumerate(shapes):
        if progress and number % _BLOCK == 0:
            progress(number / len(shapes))
        if shape.isNull() or shape.isEmpty():
            continue
        candidates = index.intersects(shape.boundingBox().buffered(reach))
        if candidates:
            engine = QgsGeometry.createGeometryEngine(shape.constGet())
            engine.prepareGeometry()
            yield number, engine, candidates
