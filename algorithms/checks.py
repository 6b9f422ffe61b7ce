"""What can be wrong with the parameters of any algorithm, before it runs."""

import os
import re
from pathlib import Path

from qgis.core import (
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsProviderRegistry,
)
from qgis.PyQt.QtCore import QCoreApplication

# "ogr:dbname=…" and the like name a table in a store; "C:" is a drive.
_STORE = re.compile(r"[a-zA-Z]{2,}:")
_TEMPORARY = ("TEMPORARY_OUTPUT", "memory:")


def tr(text):
    """Translate a user-visible string of the plugin."""
    return QCoreApplication.translate("ParcelAgglomeration", text)


def parameter_problem(algorithm, parameters, context):
    """What is wrong with the parameters, as a sentence; "" where nothing is.

    Whole numbers that are not whole, outputs that would overwrite an input or one another,
    and outputs that cannot be written.
    """
    return _number_problem(algorithm, parameters) or _file_problem(algorithm, parameters, context)


def destination_path(value):
    """Path of the file that a destination parameter names, or None for a temporary one or a table."""
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink.staticValue()
    text = str(value or "")
    if not text or text.startswith(_TEMPORARY) or _STORE.match(text):
        return None
    return Path(text.split("|", maxsplit=1)[0]).absolute()


def _number_problem(algorithm, parameters):
    for definition in algorithm.parameterDefinitions():
        whole = (
            isinstance(definition, QgsProcessingParameterNumber)
            and definition.dataType() == QgsProcessingParameterNumber.Type.Integer
        )
        value = parameters.get(definition.name())
        if whole and isinstance(value, (float, str)):
            try:
                number = float(value)
            except ValueError:
                continue  # an expression or a variable: QGIS evaluates it
            if not number.is_integer():
                return tr("{} is {}; it must be a whole number.").format(definition.name(), value)
    return ""


def _file_problem(algorithm, parameters, context):
    read = {}
    for name, path in _input_paths(algorithm, parameters, context):
        read.setdefault(_same(path), name)
    written = {}
    for definition in algorithm.destinationParameterDefinitions():
        name = definition.name()
        path = destination_path(parameters.get(name))
        if path is None:
            continue
        if _same(path) in read:
            return tr("{} would overwrite {} ({}): choose another file.").format(
                name, read[_same(path)], path.name
            )
        if _same(path) in written:
            return tr("{} and {} would be written to the same file ({}): give each its own.").format(
                written[_same(path)], name, path.name
            )
        written[_same(path)] = name
        if not path.parent.is_dir():
            return tr("{} cannot be written: the folder {} does not exist.").format(name, path.parent)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            return tr("{} cannot be written: {} is read-only.").format(name, path)
    return ""


def _input_paths(algorithm, parameters, context):
    registry = QgsProviderRegistry.instance()
    for definition in algorithm.parameterDefinitions():
        name = definition.name()
        if not parameters.get(name):
            continue
        if isinstance(definition, QgsProcessingParameterFile):
            yield name, Path(algorithm.parameterAsFile(parameters, name, context)).absolute()
        elif isinstance(definition, QgsProcessingParameterFeatureSource):
            layer = algorithm.parameterAsLayer(parameters, name, context)
            path = registry.decodeUri(layer.providerType(), layer.source()).get("path") if layer else None
            if path:
                yield name, Path(path).absolute()


def _same(path):
    return os.path.normcase(os.path.realpath(path))
