"""Layers beside the parcels (roads, facilities, buildings), in metres and in one CRS with them."""

import numpy as np
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsGeometry,
    QgsSpatialIndex,
)

from .errors import ParcelDataError
from .features import is_null

WEB_MERCATOR = "EPSG:3857"
_METRES = Qgis.DistanceUnit.Meters
_BLOCK = 500
_FARTHEST = 20.0
"""Degrees: at 10 from the middle, lengths of a transverse Mercator projection are 1.5 % too long."""


def metric_crs(parcels, context):
    """CRS in which distances around the parcels are metres.

    That of the parcels if it is projected in metres; else, and for EPSG:3857, a transverse Mercator
    projection around the middle of the layer, true to scale there.

    Raises
    ------
    ParcelDataError
        The layer has no CRS, or reaches too far for one projection.
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
        geometry.transform(transform)
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
    index = QgsSpatialIndex()
    for number, geometry in enumerate(others):
        index.addFeature(number, geometry.boundingBox())
    nearest = np.full(len(shapes), np.inf)
    for number, shape in enumerate(shapes):
        if progress and number % _BLOCK == 0:
            progress(number / len(shapes))
        if shape.isNull() or shape.isEmpty():
            continue
        candidates = index.intersects(shape.boundingBox().buffered(limit))
        if candidates:
            engine = QgsGeometry.createGeometryEngine(shape.constGet())
            engine.prepareGeometry()
            distance = min(engine.distance(others[candidate].constGet()) for candidate in candidates)
            if distance <= limit:
                nearest[number] = distance
    return nearest
