"""What can be wrong with the parameters of any algorithm, before it runs."""

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProviderConnectionException,
    QgsProviderRegistry,
)
from qgis.PyQt.QtCore import QCoreApplication

from .errors import ParcelDataError, Phrase
from .optional_packages import missing_packages

# "ogr:dbname=…" and the like name a table in a store; "C:" is a drive.
_STORE = re.compile(r"[a-zA-Z]{2,}:")
_TABLE = re.compile(r"ogr:dbname='(?P<path>[^']+)'\s+table=\"(?P<table>[^\"]+)\"")
_FOLDERS = (".gdb",)
"""Data sets that are a folder."""
_JOURNALS = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite keeps beside one that is open."""
_TEMPORARY = ("TEMPORARY_OUTPUT", "memory:")


def tr(text):
    """Translate a user-visible string of the plugin."""
    return translated(text)


def translated(text):
    """Translate a text that a file of the plugin brings, as ``tr`` does one of the code."""
    return QCoreApplication.translate("ParcelAgglomeration", text)


def sentence(phrase):
    """Message of a ParcelDataError, or another phrase, in the user's language."""
    values = [sentence(value) if isinstance(value, Phrase) else value for value in phrase.values]
    return QCoreApplication.translate("ParcelDataError", phrase.template).format(*values)


def parameter_problem(algorithm, parameters, context):
    """What is wrong with the parameters, as a sentence; "" where nothing is.

    Whole numbers that are not whole, packages that are not installed, fields that have no name or that
    their layer does not have, outputs that would overwrite an input or one another, and outputs that
    cannot be written.
    """
    return (
        _number_problem(algorithm, parameters)
        or _package_problem(algorithm, parameters, context)
        or _field_problem(algorithm, parameters, context)
        or _file_problem(algorithm, parameters, context)
    )


@dataclass(frozen=True)
class Target:
    """Where an output goes: a file, or a table inside one.

    ``new`` is whether the file was not there before the run.
    """

    path: Path
    table: str | None = None
    new: bool = False

    def remove(self):
        """Remove the table that a failed run has written, with its store where the run has made that."""
        if not self.new:
            _drop_table(self)
            return
        for beside in ("", *_JOURNALS):
            self.path.with_name(self.path.name + beside).unlink(missing_ok=True)


def target_of(value):
    """Target that a destination parameter names, or None for a temporary output or another store."""
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        value = value.sink.staticValue()
    text = str(value or "")
    table = _TABLE.match(text)
    if table:
        return Target(Path(table["path"]).absolute(), table["table"])
    if not text or text.startswith(_TEMPORARY) or _STORE.match(text):
        return None
    return Target(Path(text.split("|", maxsplit=1)[0]).absolute())


def _number_problem(algorithm, parameters):
    for definition in algorithm.parameterDefinitions():
        value = parameters.get(definition.name())
        if not isinstance(definition, QgsProcessingParameterNumber) or not isinstance(value, (float, str)):
            continue
        try:
            number = float(value)
        except ValueError:
            continue  # an expression or a variable: QGIS evaluates it
        if not math.isfinite(number):
            return tr("{} is {}; it must be a number.").format(definition.name(), value)
        whole = definition.dataType() == QgsProcessingParameterNumber.Type.Integer
        if whole and not number.is_integer():
            return tr("{} is {}; it must be a whole number.").format(definition.name(), value)
    return ""


def _package_problem(algorithm, parameters, context):
    problem = missing_packages(algorithm.needed_packages(parameters, context))
    return sentence(problem) if problem else ""


def _field_problem(algorithm, parameters, context):
    for definition in algorithm.parameterDefinitions():
        name, parent = definition.name(), ""
        if isinstance(definition, QgsProcessingParameterField):
            parent = definition.parentLayerParameterName()
        if not parent or not parameters.get(name):
            continue
        if isinstance(parameters[name], (list, tuple)) and "" in parameters[name]:
            # QGIS takes a list that begins with it for no field at all.
            return tr("{} holds an empty name: leave it out, or name a field.").format(name)
        source = algorithm.parameterAsSource(parameters, parent, context)
        for field in algorithm.parameterAsStrings(parameters, name, context) if source else ():
            if field and source.fields().lookupField(field) < 0:
                return sentence(no_field(source.sourceName(), field, source.fields().names()))
    return ""


def no_field(layer, field, names):
    """What to say where a layer, by its name, has no such field but others, as a ParcelDataError."""
    return ParcelDataError(
        "Layer “{}” has no field “{}”; it has {}.{}", layer, field, ", ".join(names), encoding_hint(names)
    )


def encoding_hint(texts):
    """A sentence about names or texts that were decoded wrongly, else ""."""
    if any("\ufffd" in text for text in texts):
        return ParcelDataError(
            " Some names are not readable: set the encoding of the layer or table (GBK, say), or add a .cpg."
        )
    return ""


def _file_problem(algorithm, parameters, context):
    read = list(_inputs(algorithm, parameters, context))
    written = []
    for definition in algorithm.destinationParameterDefinitions():
        name = definition.name()
        target = target_of(parameters.get(name))
        if target is None:
            continue
        for other, source in read:
            if _clash(target, source):
                return tr("{} would overwrite {} ({}): choose another file.").format(
                    name, other, target.path.name
                )
        for other, earlier in written:
            if _clash(target, earlier):
                return tr("{} and {} would be written to the same file ({}): give each its own.").format(
                    other, name, target.path.name
                )
        written.append((name, target))
        path = target.path
        if not path.parent.is_dir():
            return tr("{} cannot be written: the folder {} does not exist.").format(name, path.parent)
        problem = _path_problem(definition, path, target.table)
        if problem:
            return problem
    return ""


def _path_problem(definition, path, table):
    """What is wrong with the path of an output whose folder exists, as a sentence; "" where nothing is."""
    name = definition.name()
    exists = True
    try:
        path.stat()  # newer Pythons' exists() says no where a name is impossible
    except (FileNotFoundError, NotADirectoryError):
        exists = False
    except OSError as error:
        return tr("{} cannot be written to {}: {}.").format(name, path.name, error.strerror)
    if exists and isinstance(definition, QgsProcessingParameterFolderDestination):
        if not path.is_dir():
            return tr("{} cannot be written: {} is a file, name a folder.").format(name, path)
    elif path.is_dir() and path.suffix.lower() not in _FOLDERS:
        return tr("{} cannot be written: {} is a folder, name a file in it.").format(name, path)
    written = [path] if table is not None else [path.parent, path]
    for one in written:
        if one.exists() and not os.access(one, os.W_OK):
            return tr("{} cannot be written: {} is read-only.").format(name, one)
    return ""


def _inputs(algorithm, parameters, context):
    registry = QgsProviderRegistry.instance()
    for definition in algorithm.parameterDefinitions():
        name = definition.name()
        if not parameters.get(name):
            continue
        if isinstance(definition, QgsProcessingParameterFile):
            yield name, Target(Path(algorithm.parameterAsFile(parameters, name, context)).absolute())
            continue
        layers = []
        if isinstance(definition, QgsProcessingParameterFeatureSource):
            layers = [source_layer(algorithm, parameters, name, context)]
        elif isinstance(definition, QgsProcessingParameterMultipleLayers):
            layers = algorithm.parameterAsLayerList(parameters, name, context)
        for layer in layers:
            parts = registry.decodeUri(layer.providerType(), layer.source()) if layer else {}
            if parts.get("path"):
                table = parts.get("layerName") or _first_table(parts["path"])
                yield name, Target(Path(parts["path"]).absolute(), table)


def source_layer(algorithm, parameters, name, context):
    """Layer of a source parameter, or None; QGIS itself has none where only selected features are used."""
    value = parameters.get(name)
    if isinstance(value, QgsProcessingFeatureSourceDefinition):
        parameters = {**parameters, name: value.source}
    return algorithm.parameterAsLayer(parameters, name, context)


def _clash(target, other):
    """Whether writing a target would overwrite another; a file takes all its tables with it."""
    same_file = _same(target.path) == _same(other.path)
    return same_file and (None in (target.table, other.table) or target.table == other.table)


def _same(path):
    return os.path.normcase(os.path.realpath(path))


def _first_table(path):
    tables = QgsProviderRegistry.instance().querySublayers(path)
    return tables[0].name() if tables else None


def _drop_table(target):
    try:
        store = QgsProviderRegistry.instance().providerMetadata("ogr").createConnection(str(target.path), {})
        store.dropVectorTable("", target.table)
    except QgsProviderConnectionException:
        return  # the table was not made
