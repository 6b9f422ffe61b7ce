"""The one base class of the algorithms: parameters with help, errors, sinks, provenance."""

import configparser
import re
import traceback
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCsException,
    QgsFeatureSink,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingUtils,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QIcon

from .checks import parameter_problem, sentence, target_of, tr
from .errors import ParcelDataError
from .fields import LANGUAGES
from .optional_packages import packages_in_use
from .presentation import LayerPresentation, save_styles, styles_of, user_language
from .provenance import Output, provenance_of, settings_of, sources_of, stored_layer, write_metadata
from .staging import StagingFolder, check_complete, staged_sink

ROOT = Path(__file__).resolve().parents[1]
INPUT = "INPUT"
OUTPUT = "OUTPUT"
ID_FIELD = "ID_FIELD"
LANGUAGE = "LANGUAGE"
ENGINE = "ENGINE"
SEED = "SEED"
REPORT = "REPORT"
SPREADSHEETS = (".csv", ".xlsx", ".ods")
SAVE_STYLE = "SAVE_STYLE"

_TABLE, _PARCELS, _DRAWN = range(1, 4)
"""Order of outputs in the layer tree, from below: what is drawn over parcels is on top."""


@lru_cache(maxsize=1)
def plugin_version():
    """Version of the plugin as metadata.txt states it."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    return metadata["general"]["version"]


def help_url(algorithm):
    """Address of the help page of an algorithm in the user's language, English where there is none."""
    for language in (user_language(), "en"):
        page = ROOT / "resources" / "help" / language / f"{algorithm}.html"
        if page.is_file():
            return page.as_uri()
    return ""


def rooms():
    """Toolbox groups by room, in the order of the method."""
    return {
        "indicators": tr("1 Indicators"),
        "weighting": tr("2 Weighting"),
        "scoring": tr("3 Scoring"),
        "classification": tr("4 Classification"),
        "autocorrelation": tr("5 Spatial autocorrelation"),
        "zoning": tr("6 Zoning"),
        "planning": tr("7 Planning"),
        "evaluation": tr("Evaluation"),
    }


class ParcelAlgorithm(QgsProcessingAlgorithm):
    """An algorithm of this plugin.

    A subclass gives ``ID`` and ``ROOM``, ``displayName``, ``description``, ``initAlgorithm``
    (with ``add`` and ``add_number``) and ``compute``, which does what ``processAlgorithm`` of
    QGIS does, but may raise ``ParcelDataError``.
    """

    ID = ""
    ROOM = ""
    UNTOLD = ()
    """Parameters that metadata and reports do not tell."""

    def __init__(self):
        super().__init__()
        self._output_help = {}
        self._written = {}
        self._written_files = {}
        self._staged = {}
        self._store_tables = []
        self._notes = []

    def name(self):
        """Id of the algorithm in scripts and models."""
        return self.ID

    def groupId(self):
        """Room of the algorithm."""
        return self.ROOM

    def group(self):
        """Toolbox group."""
        return rooms()[self.ROOM]

    def icon(self):
        """Icon of the plugin."""
        return QIcon(str(ROOT / "resources" / "icons" / "icon.svg"))

    def createInstance(self):
        """Return a fresh instance for a run."""
        return type(self)()

    def description(self):
        """What the algorithm does, for the help panel; may hold HTML."""
        return self.displayName()

    def helpUrl(self):
        """Page that the help button opens."""
        return help_url(self.ID)

    def shortDescription(self):
        """First sentence of the description, for tool tips."""
        return re.split(r"\. |。", self.description())[0]

    def shortHelpString(self):
        """Help panel: description, every parameter, every output."""
        texts = {"ALG_DESC": self.description(), "ALG_VERSION": plugin_version()}
        for parameter in self.parameterDefinitions():
            texts[parameter.name()] = parameter.help()
        texts.update(self._output_help)
        return QgsProcessingUtils.formatHelpMapAsHtml(texts, self)

    # Declaring

    def add(self, parameter, help_text, advanced=False):
        """Add a parameter with its help."""
        parameter.setHelp(help_text)
        if advanced:
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
        if parameter.isDestination():
            self._output_help[parameter.name()] = help_text
        self.addParameter(parameter)

    def add_number(self, name, label, help_text):
        """Add a number output with its help."""
        self._output_help[name] = help_text
        self.addOutput(QgsProcessingOutputNumber(name, label))

    def add_parcels(self, types=(QgsProcessing.SourceType.TypeVectorAnyGeometry,)):
        """Add the parcel layer INPUT."""
        self.add(
            QgsProcessingParameterFeatureSource(INPUT, tr("Parcels"), list(types)),
            tr("Layer of parcels. Only the selected parcels are used where that box is ticked."),
        )

    def add_id_field(self):
        """Add the optional field that names parcels."""
        self.add(
            QgsProcessingParameterField(
                ID_FIELD, tr("Field that names the parcels"), parentLayerParameterName=INPUT, optional=True
            ),
            tr("Parcels are called by this field in messages and tables; the feature id serves where empty."),
        )

    def add_language(self):
        """Add the language of labels inside the data."""
        self.add(
            QgsProcessingParameterEnum(
                LANGUAGE, tr("Language of labels"), [tr("English"), tr("Chinese")], defaultValue=0
            ),
            tr(
                "Language of the labels written into the data. It does not follow the language of QGIS, "
                "so that filters and scripts find the same text everywhere."
            ),
            advanced=True,
        )

    def add_engine(self, other, help_text):
        """Add the choice between the built-in engine, 0, and another one, 1."""
        self.add(
            QgsProcessingParameterEnum(ENGINE, tr("Engine"), [tr("Built-in"), other], defaultValue=0),
            help_text,
            advanced=True,
        )

    def add_seed(self):
        """Add the seed of random draws."""
        self.add(
            QgsProcessingParameterNumber(SEED, tr("Seed"), defaultValue=1, minValue=0, maxValue=2**31 - 1),
            tr("The same seed gives the same numbers on every machine."),
            advanced=True,
        )

    def add_sink(self, name, label, help_text, optional=False, table=False):
        """Add a sink for features or, with ``table``, for rows without geometry."""
        if not table and self.parameterDefinition(SAVE_STYLE) is None:
            self.add(
                QgsProcessingParameterBoolean(
                    SAVE_STYLE, tr("Save the style with the data"), defaultValue=False
                ),
                tr(
                    "Writes the styles into the GeoPackage or database of each layer, or beside another file "
                    "as .qml, so that whoever opens it sees colours and legend. Temporary layers need none. "
                    "The legend is in Chinese where QGIS or the labels are."
                ),
                advanced=True,
            )
        kind = (
            QgsProcessing.SourceType.TypeVector if table else QgsProcessing.SourceType.TypeVectorAnyGeometry
        )
        self.add(
            QgsProcessingParameterFeatureSink(name, label, kind, optional=optional),
            help_text,
        )

    def add_report(self):
        """Add the optional report."""
        self.add(
            QgsProcessingParameterFileDestination(
                REPORT, tr("Report"), "HTML (*.html)", optional=True, createByDefault=False
            ),
            tr("Page with tables, figures and how they were computed, to read and print. Needs no network."),
        )

    # Running

    def needed_packages(self, parameters, context):
        """Names of the packages beyond those of QGIS that a run with these parameters imports."""
        return ()

    def compute(self, parameters, context, feedback):
        """Run the algorithm and return its outputs by name."""
        raise NotImplementedError

    def checkParameterValues(self, parameters, context):
        """Check the parameters; the message names the one that is wrong and the way out."""
        fine, message = super().checkParameterValues(parameters, context)
        if fine:
            message = parameter_problem(self, parameters, context)
            fine = not message
        return fine, message

    def processAlgorithm(self, parameters, context, feedback):
        """Run ``compute``; data errors become QGIS' own, and a failed run leaves no file behind."""
        self._written = {}
        self._written_files = {}
        self._staged = {}
        self._store_tables = []
        self._notes = []
        # Models run their steps without checking them.
        problem = parameter_problem(self, parameters, context)
        if problem:
            raise QgsProcessingException(problem)
        try:
            found = self.compute(parameters, context, feedback)
            # qgis_process prints nothing for a number of numpy's.
            results = {
                name: value.item() if hasattr(value, "item") else value for name, value in found.items()
            }
            self._publish(feedback)
            return results
        except Exception as error:
            traceback.clear_frames(error.__traceback__)  # closes the sinks
            full = any(staging.is_full() for staging in self._staged.values())
            for made in (*self._staged.values(), *self._store_tables):
                made.remove()
            if full and not isinstance(error, ParcelDataError) and not feedback.isCanceled():
                error = ParcelDataError(
                    "The disk is full, so that nothing was written: free some space, or choose another "
                    "folder."
                )
            if isinstance(error, QgsCsException):
                error = ParcelDataError(
                    "Coordinates do not fit the coordinate reference system of their layer: set another."
                )
            if isinstance(error, ParcelDataError):
                raise QgsProcessingException(sentence(error)) from None
            raise

    def _publish(self, feedback):
        """Complete the outputs in files, whose sinks are closed now, and move them to their places."""
        for path, output in self._written_files.items():
            if output is not None:
                layer = QgsVectorLayer(str(path), path.stem, "ogr", QgsVectorLayer.LayerOptions(False))
                problem = self._describe(layer, output, feedback)
                if problem:
                    text = tr("The metadata of “{}” could not be written: {}").format(path.name, problem)
                    self.warn(feedback, text)
            check_complete(path, output.count if output else 0)
        self.check_cancelled(feedback)
        for staging in self._staged.values():
            staging.publish()

    def postProcessAlgorithm(self, context, feedback):
        """Describe each output that is in no file of its own; some databases have no place for metadata."""
        for destination, output in self._written.items():
            layer = QgsProcessingUtils.mapLayerFromString(destination, context)
            if layer is not None:
                self._describe(layer, output, feedback)
        return {}

    def _describe(self, layer, output, feedback):
        """Write styles, where asked for, and metadata to a closed layer; return what hindered the latter."""
        if output.style_language and output.styles:
            self._save_styles(layer, output, feedback)
        return write_metadata(layer, self, plugin_version(), output, self._notes)

    def _save_styles(self, layer, output, feedback):
        """Write the styles of an output; what cannot be written is told and harms nothing."""
        try:
            path, stored = stored_layer(layer)
            problem = save_styles(path, stored, output.fields, output.styles, output.style_language)
        except Exception as error:  # the result stands without its colours
            problem = str(error)
        if problem:
            self.warn(
                feedback, tr("The style of “{}” could not be written: {}").format(layer.name(), problem)
            )

    def progress(self, feedback, start=0, end=100):
        """Callable for the kernels: moves progress from ``start`` to ``end`` percent, and cancels."""

        def step(fraction):
            self.check_cancelled(feedback)
            feedback.setProgress(start + (end - start) * fraction)

        return step

    def check_cancelled(self, feedback):
        """End the run where the user has cancelled it."""
        if feedback.isCanceled():
            raise QgsProcessingException(tr("Cancelled."))

    def note(self, feedback, text):
        """Tell the user something and keep it for the output's metadata."""
        self._notes.append(text)
        feedback.pushInfo(text)

    def note_packages(self, feedback, parameters, context):
        """Tell and keep the versions of the packages that the run uses, for whoever cites them."""
        names = self.needed_packages(parameters, context)
        if names:
            self.note(feedback, tr("Engine: {}.").format(packages_in_use(names)))
            feedback.pushInfo(tr("While it computes, the run shows no progress and cannot be cancelled."))

    def warn(self, feedback, text):
        """Warn the user and keep the warning for the output's metadata."""
        self._notes.append(text)
        feedback.pushWarning(text)

    def parcels(self, parameters, context, feedback, end=20, name=INPUT, start=0):
        """Read the parcels, or other features, of a source parameter."""
        from .features import Parcels

        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, name))
        parcels = Parcels(source, self.progress(feedback, start, end), lambda: self.check_cancelled(feedback))
        hint = parcels.encoding_hint()
        if hint:
            self.warn(feedback, sentence(hint).strip())
        return parcels

    def warn_of_duplicates(self, feedback, names):
        """Warn of parcels that share a name; a nameless one shares with none."""
        twice = [name for name, count in Counter(names).items() if name and count > 1]
        if twice:
            self.warn(
                feedback,
                tr(
                    "{} parcel names stand more than once, “{}” first; each feature counts for itself."
                ).format(len(twice), twice[0]),
            )

    def language(self, parameters, context):
        """Chosen language of labels, "en" or "zh"."""
        return LANGUAGES[self.parameterAsEnum(parameters, LANGUAGE, context)]

    def optional_field(self, parameters, name, context):
        """Name of an optional field parameter, or None."""
        return next(iter(self.parameterAsStrings(parameters, name, context)), None) or None

    def write_parcels(
        self,
        parameters,
        context,
        feedback,
        parcels,
        new,
        columns,
        style=None,
        start=80,
        name=OUTPUT,
        more_styles=(),
        earlier=(),
    ):
        """Write the parcels with new fields to a sink; return its id, or None for one not asked for.

        ``new`` are field definitions, ``columns`` their values; ``style`` is what the layer shows (see
        ``apply_style``), ``more_styles`` what it offers beside, before those of the other new fields.
        ``earlier`` are field definitions of earlier steps: where the input has them, they get their names
        and styles too.
        """
        from .features import combine_fields

        if not self.wants(parameters, name):
            return None
        fields, renamed = combine_fields(parcels.fields, new, () if parcels.has_valid_fid() else ("fid",))
        if renamed:
            self.warn(
                feedback,
                tr("Fields of the input that give way to those of the output: {}.").format(
                    ", ".join(f"{old} → {name}" for old, name in renamed.items())
                ),
            )
        sink, destination = self._sink(parameters, name, context, fields, parcels.wkb_type, parcels.crs)
        if not parcels.write(sink, columns, self.progress(feedback, start, 100)):
            raise QgsProcessingException(self.writeFeatureError(sink, parameters, name))
        described = (*new, *(field for field in earlier if parcels.fields.lookupField(field.name) >= 0))
        styles = styles_of(described, style, more_styles)
        return self._close(
            sink, destination, len(parcels), name, parameters, context, described, styles, _PARCELS
        )

    def write_table(self, parameters, name, context, fields, rows):
        """Write a table to a sink parameter; return its id, or None for an optional one not asked for."""
        from .features import qgis_fields, write_rows

        if not self.wants(parameters, name):
            return None
        sink, destination = self._sink(
            parameters,
            name,
            context,
            qgis_fields(fields),
            Qgis.WkbType.NoGeometry,
            QgsCoordinateReferenceSystem(),
        )
        rows = list(rows)
        if not write_rows(sink, rows):
            raise QgsProcessingException(self.writeFeatureError(sink, parameters, name))
        return self._close(sink, destination, len(rows), name, parameters, context, fields, (), _TABLE)

    def write_features(
        self, parameters, name, context, fields, features, wkb_type, crs, progress, style=None
    ):
        """Write features, pairs of a fraction done and a feature, to a sink parameter; return its id.

        None is returned for an optional one not asked for; ``style`` is as of ``write_parcels``.
        """
        from .features import qgis_fields

        if not self.wants(parameters, name):
            return None
        sink, destination = self._sink(parameters, name, context, qgis_fields(fields), wkb_type, crs)
        count = 0
        for fraction, feature in features:
            if count % 1000 == 0:
                progress(fraction)
            count += 1
            if not sink.addFeature(feature, QgsFeatureSink.Flag.FastInsert):
                raise QgsProcessingException(self.writeFeatureError(sink, parameters, name))
        styles = styles_of(fields, style)
        return self._close(sink, destination, count, name, parameters, context, fields, styles, _DRAWN)

    def write_report(self, parameters, context, title, pieces):
        """Write the pieces of `report.document` to REPORT; return its path, or None where not asked for."""
        from .report import document

        path = self.parameterAsFileOutput(parameters, REPORT, context)
        if not path:
            return None
        page = document(
            title,
            pieces,
            provenance_of(self, plugin_version(), parameters, context, self._notes),
            user_language(),
        )
        try:
            self.staged_file(path).write_text(page, encoding="utf-8")
        except OSError as error:
            raise ParcelDataError(
                "The report “{}” cannot be written: {}.", Path(path).name, error.strerror
            ) from None
        return path

    def wants(self, parameters, name):
        """Whether an output is asked for; only optional ones may not be."""
        optional = self.parameterDefinition(name).flags() & QgsProcessingParameterDefinition.Flag.FlagOptional
        return not optional or bool(parameters.get(name))

    def staged_file(self, path):
        """Where to write a file until the run is complete; it is moved to its path then."""
        path = Path(path).absolute()
        staged = self.staging_folder(path.parent).path / path.name
        self._written_files[staged] = None
        return staged

    def staging_folder(self, destination):
        """Folder whose files are moved into a destination, a Path, when the run is complete."""
        if destination not in self._staged:
            self._staged[destination] = StagingFolder(destination)
        return self._staged[destination]

    def _sink(self, parameters, name, context, fields, wkb_type, crs):
        from .features import SpreadsheetSink, guarded_fields

        target = target_of(parameters.get(name))
        new = target is not None and not target.path.exists()
        spreadsheet = target is not None and target.path.suffix.lower() in SPREADSHEETS
        if spreadsheet:
            fields = guarded_fields(fields)
        if target is not None and target.table is None:
            staged = self.staging_folder(target.path.parent).path / target.path.name
            parameters = {**parameters, name: staged_sink(parameters[name], staged)}
        sink, destination = self.parameterAsSink(parameters, name, context, fields, wkb_type, crs)
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, name))
        if target is not None and target.table is not None:
            self._store_tables.append(replace(target, new=new))
        return SpreadsheetSink(sink) if spreadsheet else sink, destination

    def _close(self, sink, destination, count, name, parameters, context, fields, styles, rank):
        if not sink.flushBuffer():
            raise QgsProcessingException(tr("The output cannot be written: {}").format(sink.lastError()))
        if hasattr(sink, "finalize"):  # from QGIS 3.42 on; before, a sink is closed when Python drops it
            sink.finalize()
        output = Output(
            settings_of(self, parameters, context),
            sources_of(self, parameters, context),
            tuple(fields),
            styles,
            self._style_language(parameters, context),
            count,
        )
        written = Path(destination.split("|", maxsplit=1)[0])
        staging = next((one for one in self._staged.values() if one.path == written.parent), None)
        if staging is None:
            self._written[destination] = output
        else:
            self._written_files[written] = output
            destination = _renamed_result(context, destination, str(staging.path), str(staging.destination))
        if context.willLoadLayerOnCompletion(destination):
            details = context.layerToLoadOnCompletionDetails(destination)
            details.groupName = self.displayName()
            # QGIS puts the layer with the highest key on top; of one rank, the first output.
            outputs = [definition.name() for definition in self.destinationParameterDefinitions()]
            details.layerSortKey = rank * 100 + len(outputs) - outputs.index(name)
            details.setPostProcessor(LayerPresentation(fields, styles))
        return destination

    def _style_language(self, parameters, context):
        """Language of the styles to be saved, "" for none: Chinese where QGIS or the labels are."""
        if self.parameterDefinition(SAVE_STYLE) is None:
            return ""
        if not self.parameterAsBool(parameters, SAVE_STYLE, context):
            return ""
        if self.parameterDefinition(LANGUAGE) is not None and self.language(parameters, context) == "zh":
            return "zh"
        return user_language()


def _renamed_result(context, destination, staging, place):
    """Destination of an output when it is moved; it is loaded from there where it is to be loaded."""
    moved = destination.replace(staging, place, 1)
    if context.willLoadLayerOnCompletion(destination):
        loaded = context.layersToLoadOnCompletion()
        loaded[moved] = loaded.pop(destination)
        context.setLayersToLoadOnCompletion(loaded)
    return moved
