"""What made an output: algorithm, version, settings and counts, kept in its metadata."""

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsNotSupportedException,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProviderRegistry,
)

from .checks import tr


def settings_of(algorithm, parameters, context):
    """Settings of a run by parameter id: names of layers and files, never paths."""
    settings = {}
    for definition in algorithm.parameterDefinitions():
        name = definition.name()
        value = parameters.get(name)
        if value is None:
            value = definition.defaultValue()
        if definition.isDestination() or value is None:
            continue
        if isinstance(definition, QgsProcessingParameterFeatureSource):
            value = _layer_name(algorithm.parameterAsLayer(parameters, name, context))
        elif isinstance(definition, QgsProcessingParameterMultipleLayers):
            layers = algorithm.parameterAsLayerList(parameters, name, context)
            value = ", ".join(_layer_name(layer) for layer in layers)
        elif isinstance(definition, QgsProcessingParameterFile):
            value = Path(algorithm.parameterAsFile(parameters, name, context)).name
        elif isinstance(definition, QgsProcessingParameterEnum):
            value = algorithm.parameterAsInts(parameters, name, context)
        settings[name] = value
    return settings


def provenance_of(algorithm, version, parameters, context, notes):
    """What made a report, as pairs of a name and a text: algorithm, version, settings, what was said."""
    made_by = [
        (tr("Algorithm"), f"agglomeration:{algorithm.name()}"),
        ("Parcel Agglomeration", version),
        ("QGIS", Qgis.QGIS_VERSION),
    ]
    settings = settings_of(algorithm, parameters, context)
    said = [(tr("Log"), note) for note in dict.fromkeys(notes)]
    return [*made_by, *((name, str(value)) for name, value in settings.items()), *said]


def _layer_name(layer):
    """Name of a layer and, where its file has several, of its table."""
    if layer is None:
        return ""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    table = parts.get("layerName")
    return f"{layer.name()} ({table})" if table and table != layer.name() else layer.name()


def write_metadata(layer, algorithm, version, settings, notes):
    """Describe a layer and save that where its provider keeps such.

    Inside a GeoPackage, in a file beside other formats, in the layer itself in memory.
    """
    metadata = layer.metadata()
    metadata.setTitle(algorithm.displayName())
    metadata.setAbstract(
        tr("Made by Parcel Agglomeration {}, algorithm agglomeration:{}, QGIS {}.").format(
            version, algorithm.name(), Qgis.QGIS_VERSION
        )
    )
    metadata.setHistory([*(f"{name} = {value}" for name, value in settings.items()), *dict.fromkeys(notes)])
    layer.setMetadata(metadata)

    registry = QgsProviderRegistry.instance()
    uri = layer.source()
    parts = registry.decodeUri(layer.providerType(), uri)
    if str(parts.get("path", "")).endswith(".gpkg") and not parts.get("layerName"):
        # A sink calls the one layer of its GeoPackage like the file.
        parts["layerName"] = Path(parts["path"]).stem
        uri = registry.encodeUri(layer.providerType(), parts)
    try:
        registry.saveLayerMetadata(layer.providerType(), uri, metadata)
    except QgsNotSupportedException:
        return  # memory layers keep it themselves; some databases have no place for it
