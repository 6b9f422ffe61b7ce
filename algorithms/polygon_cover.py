"""How much of each parcel the polygons of another layer cover; all overlay of geometry is GEOS'."""

from dataclasses import dataclass

import numpy as np
from qgis.core import Qgis, QgsFeatureRequest, QgsGeometry, QgsSpatialIndex

from .auxiliary_layers import metric_crs, repaired, transformed
from .errors import ParcelDataError
from .features import OVERLAP

_BLOCK = 200
_ROUNDING = 1e-9
"""Share of an area by which a sum and a union may differ without any overlap."""


@dataclass(frozen=True)
class Piece:
    """What lies of a polygon inside a parcel: the polygon's feature id, the part itself, its planar area."""

    number: int
    geometry: QgsGeometry
    area: float


class ParcelCover:
    """Parcels to lay other layers over.

    Parameters
    ----------
    parcels : Parcels
    context : QgsProcessingContext

    Attributes
    ----------
    shapes : list of QgsGeometry
        Shapes of the parcels, repaired, in a metric CRS (see ``metric_crs``) where all is cut.
    areas : (n,) float
        Their planar areas in m2, NaN where there is none.
    hectares : (n,) float
        Their ellipsoidal areas.
    repaired : int
        Parcels that were not valid.

    Raises
    ------
    ParcelDataError
        The layer has no CRS or no geometry.
    """

    def __init__(self, parcels, context):
        self._crs, self._target, self._context = parcels.crs, metric_crs(parcels, context), context
        shapes = [feature.geometry() for feature in parcels.features]
        self._boxes = [None if shape.isNull() or shape.isEmpty() else shape.boundingBox() for shape in shapes]
        # What a repair makes of a shape depends on where its lines cross: so do it in this CRS.
        self.shapes, self.repaired = repaired(transformed(shapes, self._crs, self._target, context))
        self.areas = np.array(
            [
                np.nan if box is None else shape.area()
                for shape, box in zip(self.shapes, self._boxes, strict=True)
            ]
        )
        self.hectares = parcels.hectares(context, self.shapes, self._target)

    def pieces(self, source, feedback, progress=None):
        """Parts of a source's polygons inside each parcel.

        Parameters
        ----------
        source : QgsProcessingFeatureSource
        feedback : QgsFeedback
            Cancels the reading of the source.
        progress : callable, optional
            Takes the fraction done; may raise to cancel.

        Returns
        -------
        pieces : list of lists of Piece
            By parcel.
        repaired : int
            Polygons near parcels that were not valid.
        """
        index, near = self._near(source, feedback)
        numbers = sorted({number for members in near for number in members})
        kept = [index.geometry(number) for number in numbers]
        kept, invalid = repaired(transformed(kept, self._crs, self._target, self._context))
        others = {
            number: (geometry, geometry.constGet(), geometry.boundingBox(), geometry.area())
            for number, geometry in zip(numbers, kept, strict=True)
        }
        result = []
        for number, shape in enumerate(self.shapes):
            if progress and number % _BLOCK == 0:
                progress(number / len(self.shapes))
            result.append(_pieces(shape, near[number], others) if near[number] else [])
        return result, invalid

    def parcels_at(self, source, feedback):
        """Numbers of the parcels in, or on the edge of, which each feature lies, lists by feature id."""
        index, near = self._near(source, feedback)
        numbers = sorted({number for members in near for number in members})
        points = [index.geometry(number).pointOnSurface() for number in numbers]
        points = transformed(points, self._crs, self._target, self._context)
        points = dict(zip(numbers, points, strict=True))
        found = {}
        for number, members in enumerate(near):
            if members:
                engine = _prepared(self.shapes[number])
                for member in members:
                    if engine.intersects(points[member].constGet()):
                        found.setdefault(member, []).append(number)
        return found

    def _near(self, source, feedback):
        """Index of a source in the parcels' CRS, and by parcel the ids of features whose boxes meet it."""
        if not source.sourceCrs().isValid():
            raise ParcelDataError("Layer “{}” has no CRS: set it.", source.sourceName())
        request = QgsFeatureRequest()
        request.setDestinationCrs(self._crs, self._context.transformContext())
        request.setSubsetOfAttributes([])
        index = QgsSpatialIndex(
            source.getFeatures(request, Qgis.ProcessingFeatureSourceFlag.SkipGeometryValidityChecks),
            feedback,
            QgsSpatialIndex.Flag.FlagStoreFeatureGeometries,
        )
        return index, [[] if box is None else sorted(index.intersects(box)) for box in self._boxes]


def covered_areas(pieces, progress):
    """Area that pieces cover in each parcel, (n,) float in planar m2; overlaps count once."""
    return np.array([_union_area(members) for members in _in_blocks(pieces, progress)])


def floor_areas(pieces, storeys, areas, progress):
    """Floor area in each parcel, (n,) float in planar m2: footprint times storeys.

    Where buildings overlap, the one with more storeys counts.

    Parameters
    ----------
    pieces : list of lists of Piece
        Buildings, by parcel.
    storeys : dict
        Storeys by the number of the building, NaN where not known.
    areas : (n,) float
        Planar areas of the parcels.
    progress : callable
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    (n,) float
        NaN where a building has no storeys, unless what lies of it in the parcel is less than a
        thousandth of the parcel.
    """
    result = np.zeros(len(pieces))
    for number, members in enumerate(_in_blocks(pieces, progress)):
        known = [piece for piece in members if storeys[piece.number] >= 0]
        unknown = sum(piece.area for piece in members) - sum(piece.area for piece in known)
        result[number] = np.nan if unknown > OVERLAP * areas[number] else _floor_area(known, storeys)
    return result


def _in_blocks(pieces, progress):
    for number, members in enumerate(pieces):
        if number % _BLOCK == 0:
            progress(number / len(pieces))
        yield members


def _pieces(shape, numbers, others):
    engine, box = _prepared(shape), shape.boundingBox()
    found = []
    for number in numbers:
        whole, plain, its_box, area = others[number]
        if plain is None or not engine.intersects(plain):
            continue
        if box.contains(its_box) and engine.contains(plain):
            found.append(Piece(number, whole, area))
            continue
        cut = engine.intersection(plain)
        if cut is None:
            raise ParcelDataError("Feature {} cannot be cut at the border of a parcel: repair it.", number)
        part = QgsGeometry(cut)
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
    if union.isNull():
        raise ParcelDataError(
            "Features {} overlap and cannot be united: repair them.",
            ", ".join(str(piece.number) for piece in touching),
        )
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
