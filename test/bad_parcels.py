"""The table of bad parcels: what a sound layer is made into, for tests in QGIS and through qgis_process."""

import math

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsField,
    QgsGeometry,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType

from .sound_runs import RUNS

WITH_INPUT = [name for name, given in RUNS.items() if "INPUT" in given]
# They use no number of the parcels, or take text for what it is.
NO_NUMBERS = {
    "spatialweights",
    "joincounts",
    "indexsystem",
    "parcelindicators",
    "facilitydensity",
    "walkcoverage",
    "accessibilityscore",
    "zonestatistics",
}


def numeric(layer):
    """Positions of the fields of numbers that are no key."""
    return [
        k
        for k, field in enumerate(layer.fields())
        if field.isNumeric() and field.name() not in ("fid", "parcel_id")
    ]


def with_values(layer, value):
    """Every number, or only the decimal ones by a decimal, replaced by value(position of the feature)."""
    positions = numeric(layer)
    if isinstance(value(0), float):
        positions = [k for k in positions if layer.fields()[k].type() == QMetaType.Type.Double]
    changes = {f.id(): dict.fromkeys(positions, value(k)) for k, f in enumerate(layer.getFeatures())}
    assert layer.dataProvider().changeAttributeValues(changes)
    return layer


def with_texts(layer, text):
    """The fields of numbers made texts."""
    fields = layer.fields()
    made = QgsVectorLayer("MultiPolygon", layer.name(), "memory")
    made.setCrs(layer.crs())
    numbers = set(numeric(layer))
    made.dataProvider().addAttributes(
        [QgsField(f.name(), QMetaType.Type.QString) if k in numbers else f for k, f in enumerate(fields)]
    )
    made.updateFields()
    features = list(layer.getFeatures())
    for row, feature in enumerate(features):
        feature.setAttributes(
            [text(row, v) if k in numbers else v for k, v in enumerate(feature.attributes())]
        )
    assert made.dataProvider().addFeatures(features)[0]
    return made


def with_geometries(layer, shape):
    """Every geometry replaced by shape(position, geometry)."""
    changes = {f.id(): shape(k, f.geometry()) for k, f in enumerate(layer.getFeatures())}
    assert layer.dataProvider().changeGeometryValues(changes)
    return layer


def only(layer, count):
    """The first features alone."""
    layer.dataProvider().deleteFeatures([f.id() for f in layer.getFeatures()][count:])
    return layer


def in_crs(layer, crs):
    """The same coordinates said to be of another CRS."""
    layer.setCrs(QgsCoordinateReferenceSystem(crs))
    return layer


def with_fid(layer, value):
    """The field “fid” filled by value(position of the feature)."""
    position = layer.fields().lookupField("fid")
    changes = {f.id(): {position: value(k)} for k, f in enumerate(layer.getFeatures())}
    assert layer.dataProvider().changeAttributeValues(changes)
    return layer


def with_names_of_outputs(layer):
    """Texts in fields that are called as those which the algorithms add."""
    names = ("composite", "zone", "lm_i", "lg_c", "gi_z", "nb_n", "fac_dens", "plan_list", "zone_chg", "why")
    own = set(layer.fields().names())
    fields = [QgsField(name, QMetaType.Type.QString) for name in names if name not in own]
    assert layer.dataProvider().addAttributes(fields)
    layer.updateFields()
    return layer


BOW_TIE = "MultiPolygon (((398000 6168000, 398100 6168100, 398100 6168000, 398000 6168100, 398000 6168000)))"
ROWS = {
    "no features": lambda layer: only(layer, 0),
    "one feature": lambda layer: only(layer, 1),
    "two features": lambda layer: only(layer, 2),
    "all NULL": lambda layer: with_values(layer, lambda k: None),
    "constant": lambda layer: with_values(layer, lambda k: 1),
    "two values": lambda layer: with_values(layer, lambda k: 1 + k % 2),
    "not finite": lambda layer: with_values(layer, lambda k: math.nan if k % 2 else math.inf),
    "negative": lambda layer: with_values(layer, lambda k: -1 - k),
    "huge": lambda layer: with_values(layer, lambda k: 10**9 + k % 7),
    "no text is a number": lambda layer: with_texts(layer, lambda k, v: "unknown"),
    "numbers as text": lambda layer: with_texts(layer, lambda k, v: "" if v is None else str(v)),
    "full-width digits": lambda layer: with_texts(layer, lambda k, v: f"１{k % 10}．５"),
    "no geometry": lambda layer: with_geometries(layer, lambda k, g: QgsGeometry()),
    "one empty geometry": lambda layer: with_geometries(
        layer, lambda k, g: QgsGeometry.fromWkt("MultiPolygon EMPTY") if k == 3 else g
    ),
    "invalid geometry": lambda layer: with_geometries(
        layer, lambda k, g: QgsGeometry.fromWkt(BOW_TIE) if k == 3 else g
    ),
    "all at one place": lambda layer: with_geometries(layer, lambda k, g: QgsGeometry.fromWkt(
        "MultiPolygon (((398000 6168000, 398100 6168000, 398100 6168100, 398000 6168000)))")),
    "a fid that stands twice": lambda layer: with_fid(layer, lambda k: k // 2),
    "names of outputs": with_names_of_outputs,
    "no CRS": lambda layer: in_crs(layer, ""),
    "wrong CRS in degrees": lambda layer: in_crs(layer, "EPSG:4490"),
}  # fmt: skip
REFUSED = {
    "no features": set(WITH_INPUT) - {"indexsystem"},  # which looks at fields alone
    # `zonechange` tells of parcels that were not scored this year: a change as well.
    "all NULL": set(WITH_INPUT) - NO_NUMBERS - {"zonechange"},
    "no text is a number": set(WITH_INPUT) - NO_NUMBERS,
}
