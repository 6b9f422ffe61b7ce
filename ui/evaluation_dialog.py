"""The guided evaluation: from a parcel layer to zones on the map, page by page."""

from collections import Counter
from html import escape

from qgis.core import (
    NULL,
    Qgis,
    QgsApplication,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsSettings,
    QgsVectorLayer,
)
from qgis.gui import (
    QgsCollapsibleGroupBox,
    QgsFileWidget,
    QgsProcessingContextGenerator,
    QgsProcessingParameterWidgetContext,
)
from qgis.PyQt.QtCore import Qt, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QFrame,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ..algorithms.indicators.index_system import preset
from ..algorithms.parcel_algorithm import tr
from ..algorithms.presentation import user_language
from ..algorithms.report import paragraph, table
from .evaluation_choices import TABLES, EvaluationChoices
from .evaluation_run import EvaluationRun
from .first_rows import FirstRows
from .index_system import IndexSystemEditor
from .table_widget import layer_of
from .zone_matrix import ZoneMatrixWidget

PARCELS, FIELDS, TARGETS, WEIGHTS, ZONES, RUN = range(6)
EDITOR_PAGES = {FIELDS: "fields", TARGETS: "targets", WEIGHTS: "weights"}
PARAMETERS = {
    PARCELS: ("INPUT", "ID_FIELD", "DISTRICT_FIELD"),
    FIELDS: ("DROP_MISSING", "MISSING_VALUES"),
    TARGETS: (),
    WEIGHTS: ("JUDGEMENTS",),
    ZONES: ("NEIGHBOURS", "K"),
    RUN: ("QUANTITIES", "LANGUAGE"),
}
"""Parameters of `evaluate` whose own widgets stand on a page."""
MORE = {
    TARGETS: ("CAP", "COST_FORM", "RATING_FORM", "FIXED_BREAKS"),
    WEIGHTS: ("NORMALISE_WEIGHTS", "PRIORITY_METHOD"),
    ZONES: ("DISTANCE", "TOLERANCE", "PERMUTATIONS", "SIGNIFICANCE", "CORRECTION", "SEED"),
}
"""Those that most users leave as they are, in a group that is closed at first."""
_TABLES_IN_ROW = 2
_GEOMETRY = "parcel_agglomeration/evaluation_dialog"


def steps():
    """Names of the pages, with what each asks."""
    return (
        (tr("Parcels"), tr("Which layer holds the parcels?")),
        (tr("Fields"), tr("Which field holds which indicator?")),
        (tr("Targets"), tr("Which value is worth the full score? Empty targets are derived from the data.")),
        (tr("Weights"), tr("How much does each indicator count?")),
        (tr("Zones"), tr("Which levels make which zone? Who neighbours whom?")),
        (tr("Run"), tr("Where do the results go?")),
    )


class EvaluationDialog(QDialog):
    """Asks page by page what an evaluation needs, runs it in the background and shows the zones.

    Choices are kept with the project. The window does not block QGIS; nor does the run.

    Parameters
    ----------
    iface : QgisInterface
    """

    def __init__(self, iface):
        super().__init__(iface.mainWindow())
        self._iface = iface
        self._run = self._chosen = self._finished = self._layer_id = None
        self._wrappers = {}
        self._context = QgsProcessingContext()
        self._context.setProject(QgsProject.instance())
        self._generator = _ContextGenerator(self._context)
        self._algorithm = QgsApplication.processingRegistry().createAlgorithmById("agglomeration:evaluate")
        self.setObjectName("evaluation")
        self.setWindowTitle(tr("Evaluate parcels"))
        self.setWindowFlags(
            self.windowFlags()
            | Qt.WindowType.WindowMaximizeButtonHint
            | Qt.WindowType.WindowMinimizeButtonHint
        )
        self.index_system = IndexSystemEditor()
        self.first_rows = FirstRows()
        self.matrix = ZoneMatrixWidget()
        self._build()
        self._restore()
        self.steps.setCurrentRow(PARCELS)
        QgsProject.instance().readProject.connect(self._restore)
        QgsProject.instance().cleared.connect(self._restore)
        self.resize(960, 620)
        geometry = QgsSettings().value(_GEOMETRY)
        if geometry is not None:
            self.restoreGeometry(geometry)

    # Building

    def _build(self):
        self.steps = QListWidget()
        self.steps.setObjectName("steps")
        self.steps.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.pages = QStackedWidget()
        self._editor_places = {}
        for number, (name, question) in enumerate(steps()):
            self.steps.addItem(f"{number + 1}  {name}")
            self.pages.addWidget(self._page(number, question))
        self.steps.setFixedWidth(self.steps.sizeHintForColumn(0) + 40)
        self.summary = QTextBrowser()
        self.summary.setOpenLinks(False)
        self.summary.document().setDefaultStyleSheet("th, td { padding: 3px 12px 3px 0; }")
        self.pages.addWidget(self.summary)
        self.steps.currentRowChanged.connect(self._show_page)

        self.note = QLabel()
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.back = self._button(tr("Back"), lambda: self.steps.setCurrentRow(self.steps.currentRow() - 1))
        self.next = self._button(tr("Next"), lambda: self.steps.setCurrentRow(self.steps.currentRow() + 1))
        self.run_button = self._button(tr("Evaluate"), self.evaluate)
        self.cancel = self._button(tr("Cancel the run"), self._cancel)
        self.copy = self._button(tr("Copy as qgis_process command"), self._copy)
        self.open_report = self._button(tr("Open report"), self._open_report)
        self.open_statistics = self._button(tr("Open statistics"), self._open_statistics)
        close = self._button(tr("Close"), self.close)
        self.bar = QProgressBar()
        buttons = QHBoxLayout()
        buttons.addWidget(self.bar, 2)
        buttons.addStretch(1)
        finished = (self.copy, self.open_statistics, self.open_report)
        for button in (*finished, self.back, self.next, self.run_button, self.cancel, close):
            buttons.addWidget(button)
        sides = QHBoxLayout()
        sides.addWidget(self.steps)
        sides.addWidget(self.pages, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(sides, 1)
        layout.addWidget(self.note)
        layout.addLayout(buttons)
        for wrapper in self._wrappers.values():
            wrapper.postInitialize(list(self._wrappers.values()))
            wrapper.widgetValueHasChanged.connect(self._changed)
        self.index_system.changed.connect(self._changed)
        self.matrix.changed.connect(self._changed)
        self._busy(False)

    def _button(self, text, slot):
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _page(self, number, question):
        page = QWidget()
        layout = QVBoxLayout(page)
        heading = QLabel(question)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        heading.setWordWrap(True)
        layout.addWidget(heading)
        if number in EDITOR_PAGES:
            self._editor_places[number] = QVBoxLayout()
            layout.addLayout(self._editor_places[number], 1)
        if number == FIELDS:
            layout.addWidget(QLabel(tr("First parcels of the layer, as far as fields are matched:")))
            layout.addWidget(self.first_rows)
        if number == ZONES:
            layout.addWidget(self.matrix)
        if number == RUN:
            layout.addWidget(self._destinations())
        for name in PARAMETERS[number]:
            self._add_parameter(name, layout)
        if number in MORE:
            more = QgsCollapsibleGroupBox(tr("More choices"))
            inside = QVBoxLayout(more)
            for name in MORE[number]:
                self._add_parameter(name, inside)
            more.setCollapsed(True)
            layout.addWidget(more)
        if number == PARCELS:
            self.about = QLabel()
            self.about.setWordWrap(True)
            self.about.setObjectName("about")
            layout.addWidget(self.about)
        if number == RUN:
            self.log = QTextBrowser()
            layout.addWidget(self.log, 1)
        elif number not in EDITOR_PAGES:
            layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(page)
        return area

    def _add_parameter(self, name, layout):
        """Put QGIS' own widget of a parameter, or ours where the parameter names one, on a page."""
        from processing.gui.wrappers import WidgetWrapperFactory

        wrapper = WidgetWrapperFactory.create_wrapper(self._algorithm.parameterDefinition(name), self)
        context = QgsProcessingParameterWidgetContext()
        context.setProject(QgsProject.instance())
        context.setMapCanvas(self._iface.mapCanvas())
        context.setMessageBar(self._iface.messageBar())
        context.setActiveLayer(self._iface.activeLayer())
        wrapper.setWidgetContext(context)
        wrapper.registerProcessingContextGenerator(self._generator)
        widget = wrapper.createWrappedWidget(self._context)
        label = wrapper.createWrappedLabel()
        if label is not None:
            layout.addWidget(label)
        layout.addWidget(widget)
        self._wrappers[name] = wrapper

    def _destinations(self):
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        self.temporary = QRadioButton(tr("Temporary layers"))
        self.temporary.setChecked(True)
        self.stored = QRadioButton(tr("A GeoPackage"))
        self.geopackage = self._file_widget("GeoPackage (*.gpkg)")
        self.geopackage.setEnabled(False)
        self.stored.toggled.connect(self.geopackage.setEnabled)
        self.with_report = QCheckBox(tr("Report (HTML)"))
        self.report = self._file_widget("HTML (*.html)")
        self.report.setEnabled(False)
        self.with_report.toggled.connect(self.report.setEnabled)
        layout.addWidget(self.temporary)
        layout.addLayout(_beside(self.stored, self.geopackage))
        layout.addLayout(_beside(self.with_report, self.report))
        layout.addWidget(self._table_choices())
        for changed in (self.stored.toggled, self.geopackage.fileChanged, self.with_report.toggled,
                        self.report.fileChanged):  # fmt: skip
            changed.connect(self._changed)
        return box

    def _table_choices(self):
        """A tick for each table that can be written beside the zones."""
        box = QGroupBox(tr("Tables beside the zones"))
        layout = QGridLayout(box)
        self.tables = {}
        for number, name in enumerate(TABLES):
            definition = self._algorithm.parameterDefinition(name)
            tick = QCheckBox(definition.description())
            tick.setObjectName(f"table_{name}")
            tick.setToolTip(definition.help())
            tick.toggled.connect(self._changed)
            self.tables[name] = tick
            layout.addWidget(tick, *divmod(number, _TABLES_IN_ROW))
        return box

    def _file_widget(self, kinds):
        widget = QgsFileWidget()
        widget.setStorageMode(QgsFileWidget.StorageMode.SaveFile)
        widget.setFilter(kinds)
        return widget

    # Choices

    def choices(self):
        """What is chosen on all pages."""
        return EvaluationChoices(
            values={name: _value(wrapper) for name, wrapper in self._wrappers.items()},
            rows=self.index_system.rows(),
            preset=self.matrix.preset(),
            matrix=self.matrix.value(),
            geopackage=_with_ending(self.geopackage.filePath(), ".gpkg") if self.stored.isChecked() else "",
            report=_with_ending(self.report.filePath(), ".html") if self.with_report.isChecked() else "",
            tables=tuple(name for name, tick in self.tables.items() if tick.isChecked()),
        )

    def _restore(self, *_):
        """Show what the project keeps."""
        kept = EvaluationChoices.of(QgsProject.instance())
        for name, wrapper in self._wrappers.items():
            definition = self._algorithm.parameterDefinition(name)
            value = kept.values.get(name, definition.defaultValue())
            if name == "LANGUAGE" and name not in kept.values:
                value = int(user_language() == "zh")
            if name == "INPUT" and layer_of(value) is None:
                value = self._first_layer()
            if value is not None:
                wrapper.setParameterValue(value, self._context)
        if not (kept.rows and self.index_system.setRows(kept.rows)):
            self.index_system.setSystem(preset())
        self.matrix.setPreset(kept.preset)
        if kept.matrix:
            self.matrix.setValue(kept.matrix)
        self.stored.setChecked(bool(kept.geopackage))
        self.geopackage.setFilePath(kept.geopackage)
        self.with_report.setChecked(bool(kept.report))
        self.report.setFilePath(kept.report)
        for name, tick in self.tables.items():
            tick.setChecked(name in kept.tables)
        self._layer_id = None
        self._changed()

    def _first_layer(self):
        """The active layer, or another one of polygons."""
        layers = [self._iface.activeLayer(), *QgsProject.instance().mapLayers().values()]
        return next((layer.id() for layer in layers if _is_polygons(layer)), None)

    def layer(self):
        """The parcel layer that is chosen, or None."""
        return layer_of(self._wrappers["INPUT"].parameterValue())

    # Pages

    def _show_page(self, number):
        if number in EDITOR_PAGES:
            self._editor_places[number].addWidget(self.index_system)
            self.index_system.showColumns(EDITOR_PAGES[number])
        self.pages.setCurrentIndex(number)
        self._changed()

    def problems(self, number):
        """What stands in the way on a page, a sentence each."""
        if number == PARCELS:
            return self._layer_problems()
        if number in EDITOR_PAGES and number == self.steps.currentRow():
            on = {name for name, wrapper in self._wrappers.items() if wrapper.parameterValue()}
            drops = number == FIELDS and "DROP_MISSING" in on
            scales = number == WEIGHTS and on & {"NORMALISE_WEIGHTS", "JUDGEMENTS"}
            return [] if drops or scales else self.index_system.problems()
        if number == RUN and self.stored.isChecked() and not self.geopackage.filePath():
            return [tr("Name the GeoPackage that the results are saved to.")]
        if number == RUN and self.with_report.isChecked() and not self.report.filePath():
            return [tr("Name the file of the report.")]
        return []

    def _layer_problems(self):
        layer = self.layer()
        if layer is None:
            return [tr("Choose a layer of polygons.")]
        if layer.featureCount() == 0:
            return [tr("Layer “{}” has no features.").format(layer.name())]
        return []

    def _changed(self, *_):
        """Tell what is wrong on this page, and which buttons work."""
        layer = self.layer()
        if (layer.id() if layer is not None else "") != self._layer_id:
            self._layer_id = layer.id() if layer is not None else ""
            self.index_system.setLayer(layer)
            self.about.setText(_about(layer))
        number = self.steps.currentRow()
        if number == FIELDS:
            id_field = self._wrappers["ID_FIELD"].parameterValue()
            self.first_rows.ask(layer, self.index_system.model.matched_fields(), _first_field(id_field))
        of_layer, of_page = self._layer_problems(), self.problems(number) if number >= 0 else []
        # The editor tells its own, and they keep nobody on the page.
        found = of_layer or (of_page if number not in EDITOR_PAGES else [])
        self._note(found[0] if found else "")
        running = self._run is not None
        self.back.setEnabled(number > PARCELS and not running)
        self.next.setEnabled(number < RUN and not of_layer)
        self.run_button.setEnabled(not running and not of_layer and not (number == RUN and of_page))

    def _note(self, text):
        """Say below the pages why a button does not work, or what became of a run."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    # Running

    def evaluate(self):
        """Run with what is chosen."""
        chosen = self.choices()
        chosen.save(QgsProject.instance())
        QgsProject.instance().setDirty(True)
        run = EvaluationRun(chosen.parameters(self._index_system_layer(chosen.rows), QgsProject.instance()))
        problem = run.problem()
        if problem:
            self._note(problem)
            return
        self._run, self._chosen = run, chosen
        self.steps.setCurrentRow(RUN)
        self.log.clear()
        run.told.connect(self._tell)
        run.progressed.connect(self._progress)
        run.ended.connect(self._ended)
        self._busy(True)
        run.start()

    def _index_system_layer(self, rows):
        """A scratch layer, outside the project, that holds the index system as it is."""
        from ..algorithms.fields import INDEX_SYSTEM
        from .judgement_files import table_layer

        self._table = table_layer(rows, tr("Index system"), None, INDEX_SYSTEM, "")
        return self._table

    def _busy(self, running):
        self.bar.setVisible(running)
        self.bar.setValue(0)
        self.cancel.setVisible(running)
        self.run_button.setVisible(not running)
        for button in (self.copy, self.open_statistics, self.open_report):
            button.setVisible(False)

    def _progress(self, share):
        self.bar.setValue(round(share))

    def _tell(self, text, is_warning):
        colour = "#a04000" if is_warning else ""
        style = f' style="color: {colour}"' if colour else ""
        self.log.append(f"<span{style}>{escape(text)}</span>")

    def _cancel(self):
        if self._run is not None:
            self._run.cancel()
            self.cancel.setEnabled(False)

    def stop(self):
        """End a run and wait for its end: the plugin goes."""
        self.first_rows.ask(None, {})
        run, self._run = self._run, None
        if run is not None:
            run.cancel()
            run.wait()

    def _ended(self, successful):
        run, self._run = self._run, None
        self._busy(False)
        self.cancel.setEnabled(True)
        self._changed()
        if not successful:
            self._note(
                tr("The run was cancelled; nothing was written.") if run.cancelled
                else tr("The run failed: {}").format(run.warnings[-1] if run.warnings else "")
            )  # fmt: skip
            return
        layer = run.layer("OUTPUT")
        if layer is not None:
            self._iface.setActiveLayer(layer)
            self._iface.zoomToActiveLayer()
        self.summary.setHtml(_summary(run))
        self.pages.setCurrentWidget(self.summary)
        why = self._no_command()
        self.copy.setEnabled(not why)
        self.copy.setToolTip(why)
        self.copy.setVisible(True)
        self.open_statistics.setVisible("STATISTICS" in self._chosen.tables)
        self.open_report.setVisible(bool(self._chosen.report))
        self._finished = run

    def _no_command(self):
        """Why no command repeats the last run, "" where one does."""
        if not self._chosen.geopackage:
            return tr("Only with a GeoPackage: temporary layers are in no command.")
        if "TARGETS" not in self._chosen.tables:
            return tr("Only with the table “Index system as used”: the command reads it.")
        source = self._chosen.values["INPUT"]
        if isinstance(source, QgsProcessingFeatureSourceDefinition) and source.selectedFeaturesOnly:
            return tr("A command takes all features of a layer, not the selected ones.")
        return ""

    def command(self):
        """The last run as a qgis_process command, with the index system that it has saved."""
        chosen = self._chosen
        given = chosen.parameters(f"{chosen.geopackage}|layername=index_system", None)
        text, _ = self._algorithm.asQgisProcessCommand(given, self._context)
        return text

    def _copy(self):
        QApplication.clipboard().setText(self.command())

    def _open_statistics(self):
        self._iface.showAttributeTable(self._finished.layer("STATISTICS"))

    def _open_report(self):
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._chosen.report))

    # Closing

    def keyPressEvent(self, event):
        """Enter belongs to the cells of the table, not to a button."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return
        super().keyPressEvent(event)

    def reject(self):
        """Close and keep the choices with the project; a run goes on unless the user ends it first."""
        if self._run is not None and not self._may_close():
            return
        self.choices().save(QgsProject.instance())
        QgsSettings().setValue(_GEOMETRY, self.saveGeometry())
        super().reject()

    def _may_close(self):
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            tr("Evaluate parcels"),
            tr("The evaluation is still running. Let it go on without this window?"),
            buttons.Yes | buttons.No,
        )
        return answer == buttons.Yes


class _ContextGenerator(QgsProcessingContextGenerator):
    """Hands the widgets the context of the dialog."""

    def __init__(self, context):
        super().__init__()
        self._context = context

    def processingContext(self):
        return self._context


def _value(wrapper):
    value = wrapper.parameterValue()
    return None if value == NULL else value


def _beside(choice, file):
    """A choice with the file that it needs."""
    row = QHBoxLayout()
    row.addWidget(choice)
    row.addWidget(file, 1)
    return row


def _first_field(value):
    """Field of the value of a field parameter, or None."""
    return (value[0] if isinstance(value, list) and value else value) or None


def _is_polygons(layer):
    return isinstance(layer, QgsVectorLayer) and layer.geometryType() == Qgis.GeometryType.Polygon


def _with_ending(path, ending):
    return path if not path or path.lower().endswith(ending) else path + ending


def _about(layer):
    """What a layer is, and what is notable about it."""
    if layer is None:
        return ""
    crs = layer.crs()
    count = layer.featureCount()  # negative where the store does not tell
    system = crs.userFriendlyIdentifier() or tr("no CRS")
    lines = [tr("{} parcels, {}.").format(count if count >= 0 else "?", system)]
    if not crs.isValid():
        lines.append(tr("The layer has no coordinate reference system: distances and areas need one."))
    elif crs.isGeographic():
        lines.append(tr("Coordinates are degrees: neighbours by distance need a projected system."))
    return " ".join(lines)


def _summary(run):
    """The zones of a run, and what it warned of, as HTML."""
    from .judgement_files import layer_rows

    pieces = [_zone_table(run.layer("OUTPUT"), run.layer("STATISTICS"))]
    excluded = run.results.get("EXCLUDED")
    if excluded and run.layer("EXCLUDED_PARCELS") is not None:
        told = tr("{} parcels are not scored; the table “Excluded parcels” says why.")
        pieces.append(paragraph(told.format(excluded)))
    elif excluded:
        pieces.append(paragraph(tr("{} parcels are not scored.").format(excluded)))
    system = run.layer("TARGETS")
    targets = [str(row["target_src"] or "") for row in layer_rows(system)] if system is not None else []
    derived = sum(source.startswith("derived") for source in targets)
    if derived:
        said = tr("{} of {} targets are derived from the data.")
        pieces.append(paragraph(said.format(derived, len(targets))))
    pieces += [paragraph(text) for text in dict.fromkeys(run.warnings)]
    return "\n".join(pieces)


def _zone_table(parcels, statistics):
    """Parcels by zone, the best zone first; with areas where the statistics were made."""
    from .judgement_files import layer_rows

    if statistics is None:
        return _counted_zones(parcels)
    rows = [
        row
        for row in layer_rows(statistics)
        if row["section"] == "zone" and not row["district"] and not row["cross_fld"]
    ]
    header = (tr("Zone"), tr("Parcels"), tr("Share of parcels"), tr("Hectares"), tr("By completed cells"))
    body = [
        (
            f"{row['class']} {row['label'] or ''}",
            row["parcels"],
            _per_cent(row["share_n"] or 0),
            f"{row['area_hm2']:.2f}" if row["area_hm2"] is not None else "",
            row["completed"],
        )
        for row in reversed(rows)
    ]
    return table(header, body, tr("Agglomeration zones"), right=(2, 3))


def _counted_zones(parcels):
    from ..algorithms.features import is_null

    names, request = ("zone", "zone_lbl"), QgsFeatureRequest()
    request.setFlags(Qgis.FeatureRequestFlag.NoGeometry)
    request.setSubsetOfAttributes(names, parcels.fields())
    zones = Counter(
        (feature["zone"], feature["zone_lbl"])
        for feature in parcels.getFeatures(request)
        if not is_null(feature["zone"])
    )
    header = (tr("Zone"), tr("Parcels"), tr("Share of parcels"))
    body = [
        (f"{zone} {name}", count, _per_cent(count / zones.total()))
        for (zone, name), count in sorted(zones.items(), reverse=True)
    ]
    return table(header, body, tr("Agglomeration zones"), right=(2,))


def _per_cent(share):
    return f"{100 * share:.1f} %"
