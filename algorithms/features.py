"""QGIS features to numpy columns and back: the only place that loops over features."""

import math
import sys
from copy import copy
from dataclasses import dataclass

import numpy as np
from qgis.core import (
    NULL,
    Qgis,
    QgsCoordinateTransform,
    QgsDistanceArea,
    QgsExpression,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsPointXY,
    QgsProviderRegistry,
    QgsSpatialIndex,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QMetaType, Qt, QTime, QVariant

from .autocorrelation._arrays import part
from .autocorrelation.outlines import Boundaries
from .checks import encoding_hint, no_field
from .errors import ParcelDataError
from .fields import INTEGER, MAX_NAME, NUMBER, TEXT
from .parsing import guarded, has_decimal_comma, parse_number, without_guard

_TYPES = {
    INTEGER: QMetaType.Type.Int,
    NUMBER: QMetaType.Type.Double,
    TEXT: QMetaType.Type.QString,
}
# In well-known binary these are a polygon, or a list of polygons.
_SINGLE = (Qgis.WkbType.Polygon, Qgis.WkbType.Triangle)
_POLYGONS = (*_SINGLE, Qgis.WkbType.MultiPolygon, Qgis.WkbType.PolyhedralSurface, Qgis.WkbType.TIN)
_SAMPLE = 100
_BLOCK = 2000
_WORKBOOKS = (".xlsx", ".xlsm", ".ods", ".xls")
SQUARE_METRES_PER_HECTARE = 10_000.0
OVERLAP = 0.001
"""Share of the smaller parcel from which on parcels overlap; less is noise of the digitising."""


def is_null(value):
    """Whether an attribute is NULL, as None or as Qt's null variant."""
    return value is None or isinstance(value, QVariant) or value == NULL


@dataclass(frozen=True)
class Faults:
    """How many parcels have a geometry that is not as one expects it.

    Parameters
    ----------
    empty, multipart, invalid : int
        Without geometry; of more than one part; not valid by GEOS.
    duplicate : int
        With exactly the geometry of an earlier one.
    overlapping : int
        That share more than a thousandth of the smaller one's area with another one, duplicates
        aside.
    """

    empty: int
    multipart: int
    invalid: int
    duplicate: int
    overlapping: int


class Parcels:
    """The parcels of a source, read once, in order.

    Parameters
    ----------
    source : QgsProcessingFeatureSource
    progress : callable, optional
        Takes a fraction from 0 to 1.
    check : callable, optional
        Called between blocks of a column that is read later; raises where the run is cancelled.

    Raises
    ------
    ParcelDataError
        The source has no features.
    """

    def __init__(self, source, progress=None, check=None):
        self._check = check
        self.fields = source.fields()
        self.crs = source.sourceCrs()
        self.wkb_type = source.wkbType()
        self.name = source.sourceName()
        self.features = []
        expected = max(source.featureCount(), 1)
        iterator = source.getFeatures(
            QgsFeatureRequest(), Qgis.ProcessingFeatureSourceFlag.SkipGeometryValidityChecks
        )
        for feature in iterator:
            self.features.append(feature)
            if progress and len(self.features) % _BLOCK == 0:
                progress(min(len(self.features) / expected, 1.0))
        if not self.features:
            raise ParcelDataError("Layer “{}” has no features.", self.name)
        # A selection comes in no order, but equal distances and draws go by it.
        self.features.sort(key=QgsFeature.id)

    def __len__(self):
        return len(self.features)

    def encoding_hint(self):
        """A sentence where names of fields, or texts of the first parcels, were decoded wrongly, else ""."""
        first = (value for feature in self.features[:_SAMPLE] for value in feature.attributes())
        return encoding_hint([*self.fields.names(), *(value for value in first if isinstance(value, str))])

    def position(self, field):
        """Position of a field, whatever its case.

        Raises
        ------
        ParcelDataError
            The layer has no such field.
        """
        position = self.fields.lookupField(field)
        if position < 0:
            raise no_field(self.name, field, self.fields.names())
        return position

    def column(self, field):
        """Attribute values of a field as they are, a list of n."""
        return self._attributes(self.position(field))

    def _attributes(self, position):
        values = []
        for start in self._blocks():
            values += [feature.attribute(position) for feature in self.features[start : start + _BLOCK]]
        return values

    def _blocks(self):
        """Where blocks of features start, in each of which a run can be cancelled."""
        for start in range(0, len(self), _BLOCK):
            if self._check:
                self._check()
            yield start

    def numbers(self, field):
        """Numbers of a field, (n,) float; see ``matrix``."""
        return self.matrix([field])[:, 0]

    def matrix(self, fields):
        """Numbers of fields, (n, m) float, NaN where NULL or not finite; text is parsed.

        Raises
        ------
        ParcelDataError
            A text is not a number; the message names the feature.
        """
        positions = [self.position(field) for field in fields]
        decimal = {
            k: self._decimal_comma(fields[k]) for k in range(len(fields)) if self._is_text(positions[k])
        }
        values = np.empty((len(self), len(fields)))
        for start in self._blocks():
            rows = [feature.attributes() for feature in self.features[start : start + _BLOCK]]
            for k, position in enumerate(positions):
                column = [row[position] for row in rows]
                try:
                    values[start : start + len(rows), k] = column
                except (TypeError, ValueError):
                    values[start : start + len(rows), k] = [
                        self._number(fields[k], start + i, value, decimal.get(k, False))
                        for i, value in enumerate(column)
                    ]
        values[~np.isfinite(values)] = np.nan
        return values

    def _is_text(self, position):
        return self.fields.at(position).type() == QMetaType.Type.QString

    def _decimal_comma(self, field):
        """Whether commas in a text field mark decimals; the whole column tells."""
        try:
            return has_decimal_comma([value for value in self.column(field) if not is_null(value)])
        except ParcelDataError as error:
            raise ParcelDataError("Field {}: {}", field, error) from None

    def _number(self, field, position, value, decimal_comma):
        try:
            return math.nan if is_null(value) else parse_number(value, decimal_comma)
        except ParcelDataError:
            raise ParcelDataError(
                "Field {} holds “{}” in feature {}, which is not a number.",
                field,
                value,
                self.features[position].id(),
            ) from None

    def matches(self, expression, context):
        """Whether an expression of QGIS is true for each parcel, (n,) bool; NULL is not.

        Raises
        ------
        ParcelDataError
            The expression is wrong, or gives something else than yes or no.
        """
        parsed = QgsExpression(expression)
        scope = context.expressionContext()
        scope.setFields(self.fields)
        if parsed.hasParserError() or not parsed.prepare(scope):
            raise _unusable(expression, parsed.parserErrorString() or parsed.evalErrorString())
        matches = np.zeros(len(self), dtype=bool)
        for i, feature in self._enumerated(None):
            scope.setFeature(feature)
            value = parsed.evaluate(scope)
            if parsed.hasEvalError():
                raise _unusable(expression, parsed.evalErrorString())
            if not is_null(value):
                if not isinstance(value, (bool, int, float)):
                    raise ParcelDataError(
                        "The expression “{}” gives “{}” for feature {}; it must give yes or no.",
                        expression,
                        value,
                        feature.id(),
                    )
                matches[i] = bool(value)
        return matches

    def texts(self, field):
        """Text of a field, a list of n, "" where NULL."""
        column, texts = self.column(field), []
        for start in self._blocks():
            block = column[start : start + _BLOCK]
            texts += ["" if is_null(value) else _plain_text(value) for value in block]
        return texts

    def names(self, field=None):
        """What parcels are called: the text of a field, else the feature id."""
        if field:
            return self.texts(field)
        return [str(feature.id()) for feature in self.features]

    def groups(self, field):
        """Group numbers (n,) int64 and their names in order; NULL is a group of its own."""
        texts = self.texts(field)
        names = sorted(set(texts))
        number = {name: i for i, name in enumerate(names)}
        return np.array([number[text] for text in texts], dtype=np.int64), names

    def districts(self, field):
        """District codes (n,) int64 from 0 and their names in order; -1 where the field is NULL."""
        numbers, names = self.groups(field)
        if names[0] == "":
            return numbers - 1, names[1:]
        return numbers, names

    def centroids(self, progress=None):
        """Centroids in the layer's CRS, (n, 2) float, NaN where there is no geometry."""
        return self._points(QgsGeometry.centroid, progress)

    def representative_points(self, progress=None):
        """A point inside each parcel, (n, 2) float, NaN where there is no geometry."""
        return self._points(QgsGeometry.pointOnSurface, progress)

    def _points(self, of, progress):
        xy = np.full((len(self), 2), np.nan)
        for i, feature in self._enumerated(progress):
            geometry = feature.geometry()
            if geometry.isNull() or geometry.isEmpty():
                continue
            found = of(geometry)
            if not found.isNull():
                point = found.asPoint()
                xy[i] = point.x(), point.y()
        return xy

    def hectares(self, context, shapes=None, crs=None):
        """Ellipsoidal areas in hectares, (n,) float, NaN where there is no geometry.

        Parameters
        ----------
        context : QgsProcessingContext
        shapes : list of QgsGeometry, optional
            Shapes of the parcels, where they are not those of the features, repaired where invalid.
        crs : QgsCoordinateReferenceSystem, optional
            CRS of these shapes.

        Raises
        ------
        ParcelDataError
            The layer has no CRS, so that its units are not known.
        """
        if not self.crs.isValid():
            raise ParcelDataError(
                "Layer “{}” has no CRS, so its areas are not known: set its CRS, or give an area field.",
                self.name,
            )
        if shapes is None:
            # A ring that crosses itself turns round: its parts would cancel out.
            shapes = [_measurable(feature.geometry()) for feature in self.features]
        return ellipsoidal_hectares(shapes, crs or self.crs, context, self.crs.ellipsoidAcronym())

    def boundaries(self, progress=None, crs=None, context=None):
        """Rings of all polygons, as ``Boundaries`` in the layer's CRS, or in ``crs``."""
        transform = None
        if crs is not None and crs != self.crs:
            transform = QgsCoordinateTransform(self.crs, crs, context.transformContext())
        rings, sites = [], []
        for i, feature in self._enumerated(progress):
            geometry = feature.geometry()
            if transform is not None and not geometry.isNull():
                geometry.transform(transform)
            for ring in _rings(geometry):
                rings.append(ring)
                sites.append(i)
        starts = np.concatenate(([0], np.cumsum([len(ring) for ring in rings]))).astype(np.int64)
        xy = np.concatenate(rings) if rings else np.empty((0, 2))
        if progress:
            progress(1.0)
        return Boundaries(xy=xy, ring_start=starts, site=np.array(sites, dtype=np.int64), n=len(self))

    def faults(self, progress=None):
        """Count faulty geometries, as ``Faults``."""
        shapes, seen = [], set()
        empty = multipart = invalid = duplicate = 0
        for _, feature in self._enumerated(part(progress, 0.0, 0.3)):
            geometry = feature.geometry()
            if geometry.isNull() or geometry.isEmpty():
                empty += 1
                continue
            multipart += geometry.constGet().partCount() > 1
            valid = geometry.isGeosValid()
            invalid += not valid
            wkb = geometry.asWkb().data()
            if wkb in seen:
                duplicate += 1
            elif valid and geometry.type() == Qgis.GeometryType.Polygon:
                shapes.append(geometry)
            seen.add(wkb)
        overlapping = _overlapping(shapes, part(progress, 0.3, 1.0))
        return Faults(empty, multipart, invalid, duplicate, overlapping)

    def _enumerated(self, progress):
        """Position and feature of each parcel, in blocks between which ``progress`` is told."""
        for start in range(0, len(self), _BLOCK):
            if progress:
                progress(start / len(self))
            yield from enumerate(self.features[start : start + _BLOCK], start)

    def only(self, positions):
        """The parcels at some positions, as parcels of their own."""
        chosen = copy(self)
        chosen.features = [self.features[position] for position in positions]
        return chosen

    def rebuilt(self, order, columns, points=None):
        """Parcels made anew, with nothing of these but what is given: no feature id, no other field.

        Parameters
        ----------
        order : (n,) sequence of int
            Position here of each parcel there.
        columns : dict
            Values (n,) by the position of the field they stand in; arrays become fields of numbers.
        points : (n, 2) or empty sequence, optional
            Points instead of the geometries; none at all where empty.
        """
        made = copy(self)
        made.fields, made.features = QgsFields(), []
        for position, values in columns.items():
            field = QgsField(self.fields[position])
            if isinstance(values, np.ndarray):
                field = QgsField(field.name(), QMetaType.Type.Double, "", 0, 0, field.comment())
                field.setAlias(self.fields[position].alias())
            made.fields.append(field)
        if points is not None:
            made.wkb_type = Qgis.WkbType.Point if len(points) else Qgis.WkbType.NoGeometry
        rows = zip(*(as_attributes(values) for values in columns.values()), strict=True)
        rows = list(rows) or [()] * len(self)
        for place in order:
            feature = QgsFeature(made.fields)
            feature.setAttributes(list(rows[place]))
            if points is None:
                feature.setGeometry(self.features[place].geometry())
            elif len(points) and np.isfinite(points[place]).all():
                feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(*points[place])))
            made.features.append(feature)
        return made

    def repeated(self):
        """Number of features that equal an earlier one in every field but “fid”."""
        fid = self.fields.lookupField("fid")
        rows = set()
        for feature in self.features:
            values = ("" if is_null(value) else str(value) for value in feature.attributes())
            rows.add(tuple(value for position, value in enumerate(values) if position != fid))
        return len(self) - len(rows)

    def has_valid_fid(self):
        """Whether a field “fid” could serve as one: whole numbers, each once. True without the field."""
        position = self.fields.lookupField("fid")
        if position < 0:
            return True
        values = set(self._attributes(position))
        return len(values) == len(self) and all(isinstance(value, int) for value in values)

    def write(self, sink, columns, progress=None):
        """Write every parcel with its attributes and new ones appended.

        Parameters
        ----------
        sink : QgsFeatureSink
        columns : sequence of (n,) arrays or lists
            New values, a column per new field; NaN, None and "" become NULL.

        Returns
        -------
        bool
            False where the sink refused a feature.
        """
        for start in range(0, len(self), _BLOCK):
            features = self.features[start : start + _BLOCK]
            new = [as_attributes(column[start : start + _BLOCK]) for column in columns]
            for feature, *values in zip(features, *new, strict=True):
                feature.setAttributes([*feature.attributes(), *values])
                if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
                    return False
            if progress:
                progress(start / len(self))
        return True


def ellipsoidal_hectares(geometries, crs, context, ellipsoid=None):
    """Areas of geometries on an ellipsoid, else that of their CRS, in hectares, (n,) float, NaN for none."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(crs, context.transformContext())
    measure.setEllipsoid(ellipsoid or crs.ellipsoidAcronym())
    areas = [math.nan if geometry.isNull() else measure.measureArea(geometry) for geometry in geometries]
    return np.array(areas, dtype=float) / SQUARE_METRES_PER_HECTARE


def _measurable(geometry):
    """A polygon as it is where valid, else as makeValid, by structure, makes it."""
    if geometry.type() != Qgis.GeometryType.Polygon or geometry.isNull() or geometry.isGeosValid():
        return geometry
    return geometry.makeValid(Qgis.MakeValidMethod.Structure)


def as_attributes(column):
    """Values as QGIS takes them: plain Python objects, None for NaN and empty text."""
    if isinstance(column, np.ndarray):
        values = column.tolist()
        if column.dtype.kind != "f":
            return values if column.dtype.kind in "iu" else [value or None for value in values]
        return [None if missing else value for value, missing in zip(values, np.isnan(column), strict=True)]
    return [None if value == "" or value != value else value for value in column]  # noqa: PLR0124 - NaN


def write_rows(sink, rows):
    """Write the rows (sequences of values) of a table; False where the sink refused one."""
    for row in rows:
        feature = QgsFeature()
        feature.setAttributes(as_attributes(row))
        if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
            return False
    return True


def with_value(field, values):
    """Mask (n,) bool of the parcels that have a value.

    Raises
    ------
    ParcelDataError
        None has; the message names the field.
    """
    keep = np.isfinite(values)
    if not keep.any():
        raise ParcelDataError("Field {} has no value in any parcel.", field)
    return keep


class SpreadsheetSink(QgsFeatureSink):
    """Passes features on to a file that spreadsheets open, texts that they would take for formulas guarded.

    Parameters
    ----------
    sink : QgsFeatureSink
    """

    def __init__(self, sink):
        super().__init__()
        self._sink = sink

    def addFeature(self, feature, flags=None):
        """Pass a feature on."""
        safe = QgsFeature(feature)
        safe.setAttributes([guarded(value) for value in feature.attributes()])
        return self._sink.addFeature(safe, QgsFeatureSink.Flag.FastInsert)

    def flushBuffer(self):
        """Write what waits."""
        return self._sink.flushBuffer()

    def finalize(self):
        """Close the file, from QGIS 3.42 on; before, it is closed when Python drops the sink."""
        if hasattr(self._sink, "finalize"):
            self._sink.finalize()

    def lastError(self):
        """What went wrong last."""
        return self._sink.lastError()


def guarded_fields(fields):
    """Fields whose names a spreadsheet takes for no formula."""
    result = QgsFields()
    for field in fields:
        safe = QgsField(field)
        safe.setName(guarded(field.name()))
        result.append(safe)
    return result


def table_rows(source):
    """Rows of a table as dictionaries by column name, None where NULL."""
    names = source.fields().names()
    return [
        {
            name: None if is_null(value) else without_guard(value)
            for name, value in zip(names, feature.attributes(), strict=True)
        }
        for feature in source.getFeatures(
            QgsFeatureRequest(), Qgis.ProcessingFeatureSourceFlag.SkipGeometryValidityChecks
        )
    ]


def sheets_of(layer):
    """The layer alone, or of a workbook that was given as a whole all sheets that have rows."""
    registry = QgsProviderRegistry.instance()
    parts = registry.decodeUri(layer.providerType(), layer.source())
    path = str(parts.get("path") or "")
    if parts.get("layerName") or not path.lower().endswith(_WORKBOOKS):
        return [layer]
    tables = registry.querySublayers(path)
    if len(tables) < 2:
        return [layer]
    sheets = [QgsVectorLayer(table.uri(), table.name(), "ogr") for table in tables]
    return [sheet for sheet in sheets if sheet.featureCount() > 0] or [layer]


def table_name(layer):
    """Name of a layer's table in its file, or of the layer where the file has no others."""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    return parts.get("layerName") or layer.name()


def qgis_fields(fields):
    """``QgsFields`` of our field definitions."""
    result = QgsFields()
    for field in fields:
        result.append(QgsField(field.name, _TYPES[field.kind]))
    return result


def combine_fields(present, new, reserved=()):
    """Fields of an output: those of the input, then the new ones.

    A new field keeps its name; an input field of the same name, or of a reserved one, gets a suffix.

    Returns
    -------
    fields : QgsFields
    renamed : dict
        Old to new name of input fields that had to give way.
    """
    taken = {field.name.lower() for field in new} | set(reserved)
    own = {name.lower() for name in present.names()}
    result, renamed = QgsFields(), {}
    for given in present:
        field = QgsField(given)
        if field.name().lower() in taken:
            suffix = 1
            name = field.name()
            while name.lower() in taken or name.lower() in own:
                name = field.name()[: MAX_NAME - len(str(suffix)) - 1] + f"_{suffix}"
                suffix += 1
            own.add(name.lower())
            renamed[field.name()] = name
            field.setName(name)
        result.append(field)
    for field in qgis_fields(new):
        result.append(field)
    return result, renamed


def _unusable(expression, reason):
    return ParcelDataError("The expression “{}” cannot be used: {}", expression, reason.strip())


def _plain_text(value):
    if isinstance(value, (QDate, QDateTime, QTime)):
        return value.toString(Qt.DateFormat.ISODate)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else without_guard(str(value))


def _overlapping(shapes, progress):
    """Number of the polygons that overlap another one."""
    index = QgsSpatialIndex()
    boxes = [geometry.boundingBox() for geometry in shapes]
    areas = [geometry.area() for geometry in shapes]
    found = set()
    for i, (geometry, box) in enumerate(zip(shapes, boxes, strict=True)):
        if progress and i % (_BLOCK // 10) == 0:
            progress(i / len(shapes))
        for j in index.intersects(box):
            least = OVERLAP * min(areas[i], areas[j])
            # most neighbours' boxes overlap too little for the polygons to do so
            if box.intersect(boxes[j]).area() > least and geometry.intersection(shapes[j]).area() > least:
                found.update((i, j))
        if box.isFinite():
            index.addFeature(i, box)
    return len(found)


def _rings(geometry):
    """Rings of a polygon or multipolygon as (v, 2) arrays; curves are segmented."""
    if geometry.isNull() or geometry.isEmpty() or geometry.type() != Qgis.GeometryType.Polygon:
        return []
    if QgsWkbTypes.flatType(geometry.wkbType()) in _POLYGONS:
        return _wkb_rings(geometry.constGet())
    plain = geometry.coerceToType(Qgis.WkbType.MultiPolygon)
    return [ring for part in plain for ring in _wkb_rings(part.constGet())]


def _wkb_rings(shape):
    if shape.is3D() or shape.isMeasure():
        shape = shape.clone()
        shape.dropZValue()
        shape.dropMValue()
    wkb = shape.asWkb().data()
    # byte order and type take 5 bytes of every geometry, a count takes 4
    rings, offset, polygons = [], 0, 1
    if shape.wkbType() not in _SINGLE:
        polygons, offset = _count(wkb, 5), 9
    for _ in range(polygons):
        count, offset = _count(wkb, offset + 5), offset + 9
        for _ in range(count):
            vertices, offset = _count(wkb, offset), offset + 4
            rings.append(np.frombuffer(wkb, np.float64, 2 * vertices, offset).reshape(-1, 2))
            offset += 16 * vertices
    return rings


def _count(wkb, offset):
    return int.from_bytes(wkb[offset : offset + 4], sys.byteorder)
