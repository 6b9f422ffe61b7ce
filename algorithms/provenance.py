"""What made an output: algorithm, version, settings, sources and counts, kept in its metadata."""

from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsBox3D,
    QgsDataSourceUri,
    QgsLayerMetadata,
    QgsNotSupportedException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProviderRegistry,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime

from .checks import source_layer, tr
from .presentation import user_language


@dataclass(frozen=True)
class Source:
    """A layer that a run has read: its name, "" if untold, the rights and licences its metadata state."""

    parameter: str
    name: str
    rights: tuple
    licences: tuple


@dataclass(frozen=True)
class Output:
    """What is known of an output until its metadata are written, after its sink is closed."""

    settings: dict
    sources: tuple
    fields: tuple
    styles: tuple
    style_language: str
    """Language of the styles to be saved with the data, "" where they are not."""
    count: int
    """Number of features written."""


def settings_of(algorithm, parameters, context):
    """Settings of a run by parameter id: names of layers and files, never paths; none it must not tell."""
    settings = {}
    for definition in algorithm.parameterDefinitions():
        name = definition.name()
        value = parameters.get(name)
        if value is None:
            value = definition.defaultValue()
        if definition.isDestination() or value is None:
            continue
        if definition.name() in algorithm.UNTOLD:
            continue
        if isinstance(definition, QgsProcessingParameterFeatureSource):
            value = _source_text(algorithm, parameters, name, context)
        elif isinstance(definition, QgsProcessingParameterMultipleLayers):
            layers = algorithm.parameterAsLayerList(parameters, name, context)
            value = ", ".join(_layer_name(layer) for layer in layers)
        elif isinstance(definition, QgsProcessingParameterFile):
            value = Path(algorithm.parameterAsFile(parameters, name, context)).name
        elif isinstance(definition, QgsProcessingParameterEnum):
            value = algorithm.parameterAsInts(parameters, name, context)
        elif isinstance(definition, QgsProcessingParameterBoolean):
            value = algorithm.parameterAsBool(parameters, name, context)
        settings[name] = value
    return settings


def sources_of(algorithm, parameters, context):
    """Layers and tables that a run reads, as a tuple of `Source`."""
    sources = []
    for definition in algorithm.parameterDefinitions():
        name = definition.name()
        if not parameters.get(name):
            continue
        layers = []
        if isinstance(definition, QgsProcessingParameterFeatureSource):
            layers = [source_layer(algorithm, parameters, name, context)]
        elif isinstance(definition, QgsProcessingParameterMultipleLayers):
            layers = algorithm.parameterAsLayerList(parameters, name, context)
        for layer in filter(None, layers):
            told = layer.metadata()
            shown = "" if name in algorithm.UNTOLD else _layer_name(layer)
            sources.append(Source(name, shown, tuple(told.rights()), tuple(told.licenses())))
    return tuple(sources)


def provenance_of(algorithm, version, parameters, context, notes):
    """What made a report, for its reader and for scripts.

    Returns
    -------
    list of (str, str, str)
        Name and text in the user's language, and "ID = value" of a setting, "" of anything else:
        algorithm, version, settings, what was said.
    """
    made_by = [
        (tr("Algorithm"), algorithm.displayName(), f"agglomeration:{algorithm.name()}"),
        ("Parcel Agglomeration", version, ""),
        ("QGIS", Qgis.QGIS_VERSION, ""),
    ]
    settings = [
        (definition.description(), _in_words(definition, value), f"{name} = {value}")
        for name, value in settings_of(algorithm, parameters, context).items()
        for definition in [algorithm.parameterDefinition(name)]
    ]
    said = [(tr("Log"), note, "") for note in dict.fromkeys(notes)]
    return [*made_by, *settings, *said]


def _in_words(definition, value):
    """A setting as the dialog shows it."""
    if isinstance(definition, QgsProcessingParameterEnum):
        options = definition.options()
        return "; ".join(options[choice] for choice in value if choice in range(len(options)))
    if isinstance(definition, QgsProcessingParameterBoolean):
        return tr("yes") if value else tr("no")
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _source_text(algorithm, parameters, name, context):
    """Name of a source, and what of it is used where that is not all."""
    text = _layer_name(source_layer(algorithm, parameters, name, context))
    given = parameters.get(name)
    if isinstance(given, QgsProcessingFeatureSourceDefinition):
        if given.selectedFeaturesOnly:
            text += tr(" (selected features only)")
        if given.filterExpression:
            text += tr(" (where {})").format(given.filterExpression)
    return text


def _layer_name(layer):
    """Name of a layer and, where its file has several, of its table."""
    if layer is None:
        return ""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    table = parts.get("layerName")
    return f"{layer.name()} ({table})" if table and table != layer.name() else layer.name()


def stored_layer(layer):
    """File of an output, None where it is in no file, and the output opened anew by its own name there."""
    path, uri = _own_uri(layer)
    options = QgsVectorLayer.LayerOptions(False)
    return path, QgsVectorLayer(uri, layer.name(), layer.providerType(), options)


def _own_uri(layer):
    registry = QgsProviderRegistry.instance()
    uri = layer.source()
    parts = registry.decodeUri(layer.providerType(), uri)
    path = Path(parts["path"]) if parts.get("path") else None
    if path is not None and path.suffix == ".gpkg" and not parts.get("layerName"):
        # A sink calls the one layer of its GeoPackage like the file, up to the first dot.
        parts["layerName"] = path.name.split(".", maxsplit=1)[0]
        uri = registry.encodeUri(layer.providerType(), parts)
    if layer.providerType() == "postgres":
        uri = _typed_uri(uri, layer.wkbType())
    return path, uri


def _typed_uri(uri, wkb_type):
    """Address of a table in PostGIS with its type: styles are kept by it, and found by it again."""
    source = QgsDataSourceUri(uri)
    source.setWkbType(wkb_type)
    return source.uri(False)


def write_metadata(layer, algorithm, version, output, notes):
    """Describe a layer and save that where its provider keeps such.

    Inside a GeoPackage, in a file beside other formats, in the layer itself in memory.

    Parameters
    ----------
    layer : QgsVectorLayer
        The output.
    algorithm : ParcelAlgorithm
        What made it.
    version : str
        Version of the plugin.
    output : Output
        Settings and sources of the run.
    notes : sequence of str
        What the run has told: what was excluded, derived, completed, repaired.

    Returns
    -------
    str
        What went wrong, in words of QGIS; "" where nothing did.
    """
    named = [source.name for source in output.sources if source.name]
    metadata = layer.metadata()
    metadata.setType("dataset")
    metadata.setLanguage({"en": "en-GB", "zh": "zh-CN"}[user_language()])
    metadata.setTitle(algorithm.displayName())
    metadata.setAbstract(
        " ".join(
            [
                tr("Made by Parcel Agglomeration {}, algorithm agglomeration:{}, QGIS {}.").format(
                    version, algorithm.name(), Qgis.QGIS_VERSION
                ),
                algorithm.shortDescription().rstrip(".") + {"en": ".", "zh": "。"}[user_language()],
                *([tr("Sources: {}.").format(", ".join(named))] if named else []),
            ]
        )
    )
    metadata.setKeywords(
        {"Parcel Agglomeration": [algorithm.name(), algorithm.displayName(), algorithm.group()]}
    )
    metadata.setRights(_united(source.rights for source in output.sources))
    metadata.setLicenses(_united(source.licences for source in output.sources))
    metadata.setDateTime(Qgis.MetadataDateType.Created, QDateTime.currentDateTimeUtc())
    if layer.isSpatial():
        metadata.setCrs(layer.crs())
        extent = QgsLayerMetadata.SpatialExtent()
        extent.extentCrs, extent.bounds = layer.crs(), QgsBox3D(layer.extent())
        whole = QgsLayerMetadata.Extent()
        whole.setSpatialExtents([extent])
        metadata.setExtent(whole)
    metadata.setHistory(
        [*(f"{name} = {value}" for name, value in output.settings.items()), *dict.fromkeys(notes)]
    )
    layer.setMetadata(metadata)

    try:
        saved, problem = QgsProviderRegistry.instance().saveLayerMetadata(
            layer.providerType(), _own_uri(layer)[1], metadata
        )
    except QgsNotSupportedException:
        return ""  # memory layers keep it themselves; some databases have no place for it
    return "" if saved else problem


def _united(lists):
    return list(dict.fromkeys(entry for entries in lists for entry in entries))
