"""How much of each parcel the polygons of another layer cover; all overlay of geometry is GEOS'."""

from dataclasses import dataclass

import numpy as np
from qgis.core import Qgis, QgsGeometry, QgsSpatialIndex

from .auxiliary_layers import transformed
from .features import OVERLAP

_BLOCK = 200
_ROUNDING = 1e-9
"""Share of an area by which a sum and a union may differ without any overlap."""


@dataclass(frozen=True)
class Piece:
    """What lies of a polygon inside a parcel: the polygon's number, the part itself, its planar area."""

    number: int
    geometry: QgsGeometry
    area: float


def repaired(geometries):
    """Geometries that are valid, and how many had to be repaired.

    The repair is ``makeValid`` by structure: rings that bound an area add it, holes take it away,
    and what has no area is dropped.

    Parameters
    ----------
    geometries : list of QgsGeometry
        Null and empty ones stay as they are.

    Returns
    -------
    list of QgsGeometry, int
    """
    result, count = [], 0
    for geometry in geometries:
        if not geometry.isNull() and not geometry.isGeosValid():
            geometry = geometry.makeValid(Qgis.MakeValidMethod.Structure, False)  # noqa: PLW2901
            count += 1
        result.append(geometry)
    return result, count


class ParcelCover:
    """Parcels to lay other layers over.

    Parameters
    ----------
    shapes : list of QgsGeometry
        Valid shapes of the parcels, in the CRS of their layer.
    crs : QgsCoordinateReferenceSystem
        That CRS.
    target : QgsCoordinateReferenceSystem
        Metric CRS in which parcels are cut and compared, see ``metric_crs``.
    context : QgsProcessingContext
    """

    def __init__(self, shapes, crs, target, context):
        self._crs, self._target, self._context = crs, target, context
        self._index = QgsSpatialIndex()
        for number, shape in enumerate(shapes):
            if not shape.isNull() and not shape.isEmpty():
                self._index.addFeature(number, shape.boundingBox())
        self.shapes = transformed([QgsGeometry(shape) for shape in shapes], crs, target, context)
        self.areas = np.array(
            [np.nan if shape.isNull() or shape.isEmpty() else shape.area() for shape in self.shapes]
        )

    def pieces(self, layer, progress=None):
        """Parts of a layer's polygons inside each parcel.

        Parameters
        ----------
        layer : Parcels
        progress : callable, optional
            Takes the fraction done; may raise to cancel.

        Returns
        -------
        pieces : list of lists of Piece
            By parcel.
        repaired : int
            Polygons near parcels that were not valid.
        """
        geometries, near = self._near(layer, progress)
        numbers = sorted({number for members in near for number in members})
        kept, invalid = repaired([geometries[number] for number in numbers])
        kept = transformed(kept, self._crs, self._target, self._context)
        others = dict(zip(numbers, kept, strict=True))
        areas = {number: geometry.area() for number, geometry in others.items()}
        result = []
        for number, shape in enumerate(self.shapes):
            if progress and number % _BLOCK == 0:
                progress(0.3 + 0.7 * number / len(self.shapes))
            result.append(_pieces(shape, near[number], others, areas) if near[number] else [])
        return result, invalid

    def parcels_at(self, layer, progress=None):
        """Numbers of the parcels in or on the edge of which each feature of a layer lies, lists."""
        geometries, near = self._near(layer, progress)
        found = [[] for _ in geometries]
        points = transformed(
            [geometry if geometry.isNull() else geometry.pointOnSurface() for geometry in geometries],
            self._crs,
            self._target,
            self._context,
        )
        for number, members in enumerate(near):
            if members:
                engine = _prepared(self.shapes[number])
                for member in members:
                    if engine.intersects(points[member].constGet()):
                        found[member].append(number)
        return found

    def _near(self, layer, progress):
        """Geometries of a layer in the parcels' CRS, and the numbers of those whose box meets each parcel's."""
        geometries = [feature.geometry() for feature in layer.features]
        if layer.crs != self._crs:
            geometries = transformed(geometries, layer.crs, self._crs, self._context)
        near = [[] for _ in self.shapes]
        for number, geometry in enumerate(geometries):
            if progress and number % _BLOCK == 0:
                progress(0.3 * number / len(geometries))
            if not geometry.isNull() and not geometry.isEmpty():
                for parcel in self._index.intersects(geometry.boundingBox()):
                    near[parcel].append(number)
        return geometries, near


def covered_areas(pieces):
    """Area that pieces cover in each parcel, (n,) float in planar m2; overlaps count once."""
    return np.array([_union_area(members) for members in pieces])


def floor_areas(pieces, storeys, areas):
    """Floor area in each parcel, (n,) float in planar m2: footprint times storeys.

    Where buildings overlap, the one with more storeys counts.

    Parameters
    ----------
    pieces : list of lists of Piece
        Buildings, by parcel.
    storeys : (m,) float
        By building, NaN where not known.
    areas : (n,) float
        Planar areas of the parcels.

    Returns
    -------
    (n,) float
        NaN where a building has no storeys, unless what lies of it in the parcel is less than a
        thousandth of the parcel.
    """
    result = np.zeros(len(pieces))
    for number, members in enumerate(pieces):
        known = [piece for piece in members if storeys[piece.number] >= 0]
        unknown = sum(piece.area for piece in members) - sum(piece.area for piece in known)
        result[number] = np.nan if unknown > OVERLAP * areas[number] else _floor_area(known, storeys)
    return result


def _pieces(shape, numbers, others, areas):
    engine = _prepared(shape)
    found = []
    for number in numbers:
        other = others[number]
        plain = other.constGet()
        if plain is None or not engine.intersects(plain):
            continue
        if engine.contains(plain):
            found.append(Piece(number, other, areas[number]))
            continue
        part = shape.intersection(other)
        area = part.area()
        if area > 0:
            found.append(Piece(number, part, area))
    return found


def _prepared(shape):
    engine = QgsGeometry.createGeometryEngine(shape.constGet())
    engine.prepareGeometry()
    return engine


def _union_area(members):
    total = sum(piece.area for piece in members)
    touching = _box_overlaps(members)
    if not touching:
        return total
    union = QgsGeometry.unaryUnion([piece.geometry for piece in touching])
    return total - sum(piece.area for piece in touching) + union.area()


def _floor_area(members, storeys):
    total = sum(piece.area * storeys[piece.number] for piece in members)
    footprint = sum(piece.area for piece in members)
    if footprint - _union_area(members) <= _ROUNDING * footprint:
        return total
    floors = covered = 0.0
    for height in sorted({storeys[piece.number] for piece in members}, reverse=True):
        higher = _union_area([piece for piece in members if storeys[piece.number] >= height])
        floors += height * (higher - covered)
        covered = higher
    return floors


def _box_overlaps(members):
    """Pieces whose box shares an area with that of another."""
    boxes = sorted(
        ((piece.geometry.boundingBox(), number) for number, piece in enumerate(members)),
        key=lambda pair: pair[0].xMinimum(),
    )
    found, active = set(), []
    for box, number in boxes:
        west, south, north = box.xMinimum(), box.yMinimum(), box.yMaximum()
        active = [(other, member) for other, member in active if other.xMaximum() > west]
        for other, member in active:
            if other.yMaximum() > south and other.yMinimum() < north:
                found.update((number, member))
        active.append((box, number))
    return [members[number] for number in sorted(found)]
