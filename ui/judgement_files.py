"""Tables of the editors as files, and as layers of the project: judgements, where nothing else is said."""

import csv
import io
from pathlib import Path

from qgis.core import (
    QgsFeature,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProject,
    QgsProviderRegistry,
    QgsVectorLayer,
)

from ..algorithms.errors import ParcelDataError
from ..algorithms.fields import JUDGEMENTS
from ..algorithms.parsing import guarded, without_guard
from ..algorithms.presentation import user_language

COLUMNS = tuple(field.name for field in JUDGEMENTS)
OWN_TABLE = "parcel_agglomeration/judgements"
"""Property of the scratch layers that the judgement editor has made, and which it may change."""


def read_file(path):
    """Tables of a CSV, XLSX, GeoPackage or other file that QGIS reads: rows by name.

    CSV is read as UTF-8, or else as GB 18030, which Chinese spreadsheets write; cells may be parted by
    commas, semicolons or tabs. A workbook may have a table per sheet.

    Raises
    ------
    ParcelDataError
        The file is no table that can be read.
    """
    path = Path(path)
    if path.suffix.lower() in (".csv", ".txt"):
        return {path.stem: _read_csv(path)}
    found = QgsProviderRegistry.instance().querySublayers(str(path))
    layers = [QgsVectorLayer(table.uri(), table.name(), "ogr") for table in found]
    tables = {layer.name(): layer_rows(layer) for layer in layers if layer.isValid() and layer.featureCount()}
    if not tables:
        raise ParcelDataError("{} cannot be read as a table.", path.name)
    return tables


def read_layer(layer):
    """Tables of a layer: its rows by its name, or all sheets of a workbook that was loaded as a whole."""
    from ..algorithms.features import sheets_of, table_name

    return {table_name(sheet): layer_rows(sheet) for sheet in sheets_of(layer)}


def _read_csv(path):
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ParcelDataError("{} cannot be read: {}", path.name, error.strerror) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ParcelDataError("{} is neither UTF-8 nor GB 18030 text; save it as UTF-8.", path.name)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    return [
        {name: without_guard(cell) for name, cell in row.items() if name is not None}
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    ]


def write_csv(path, rows, columns=COLUMNS):
    """Write rows of a table as CSV, in UTF-8 with a mark by which spreadsheets know it.

    Values are decimals: a spreadsheet would take 1/3 for a date.

    Raises
    ------
    ParcelDataError
        The file cannot be written.
    """
    try:
        with Path(path).open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    except OSError as error:
        raise ParcelDataError("{} cannot be written: {}", Path(path).name, error.strerror) from None


def _cell(value):
    return repr(value).removesuffix(".0") if isinstance(value, float) else guarded(value)


def layer_rows(layer):
    """Rows of a vector layer or table."""
    from ..algorithms.features import table_rows

    return table_rows(QgsProcessingFeatureSource(layer, QgsProcessingContext()))


def project_tables():
    """Layers of the project that may be tables, those without geometry first, by name."""
    layers = [
        layer for layer in QgsProject.instance().mapLayers().values() if isinstance(layer, QgsVectorLayer)
    ]
    return sorted(
        (layer for layer in layers if layer.isValid()), key=lambda layer: (layer.isSpatial(), layer.name())
    )


def table_layer(rows, name, layer=None, fields=JUDGEMENTS, own=OWN_TABLE):
    """Scratch layer of a table.

    Parameters
    ----------
    rows : list of dict
    name : str
        Name of a new layer.
    layer : QgsVectorLayer, optional
        A layer that this function has made: it gets the rows, and no new one is made.
    fields : tuple of fields.Field
    own : str
        Property that tells which editor has made it.
    """
    from ..algorithms.features import qgis_fields

    if layer is None:
        layer = QgsVectorLayer("NoGeometry", name, "memory")
        layer.dataProvider().addAttributes(qgis_fields(fields).toList())
        layer.updateFields()
        layer.setCustomProperty(own, True)
        for position, field in enumerate(fields):
            layer.setFieldAlias(position, field.alias(user_language()))
    provider = layer.dataProvider()
    provider.truncate()
    features = []
    for row in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([row[field.name] for field in fields])
        features.append(feature)
    provider.addFeatures(features)
    layer.reload()
    return layer


def is_own_table(layer, own=OWN_TABLE):
    """Whether a layer is a scratch layer that the editor has made."""
    return isinstance(layer, QgsVectorLayer) and bool(layer.customProperty(own, False))
