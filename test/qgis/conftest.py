"""The plugin loaded as QGIS loads it, and algorithms run as the toolbox runs them."""

import re
from collections import Counter
from pathlib import Path

import pytest
from qgis import utils
from qgis.core import (
    NULL,
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsProject,
    QgsVectorLayer,
)

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "parcel_agglomeration"


@pytest.fixture(scope="session")
def plugin(qgis_app, qgis_processing):
    """The plugin, found in the plugin path and started by QGIS' own loader."""
    plugins = str(ROOT / "build" / "plugins")
    if plugins not in utils.plugin_paths:
        utils.plugin_paths.append(plugins)
    utils.updateAvailablePlugins()
    assert utils.loadPlugin(PLUGIN)
    assert utils.startProcessingPlugin(PLUGIN)
    yield utils.plugins[PLUGIN]
    if PLUGIN in utils.plugins:
        utils.plugins[PLUGIN].unload()


@pytest.fixture
def provider(plugin):
    """The provider in QGIS' registry."""
    return QgsApplication.processingRegistry().providerById("agglomeration")


@pytest.fixture(autouse=True)
def layers_go_before_qgis(request):
    """Hand a test's layers to the project and clear it: a file layer that outlives QGIS crashes Python."""
    yield
    for value in request.node.funcargs.values():
        if isinstance(value, QgsVectorLayer):
            QgsProject.instance().addMapLayer(value, False)
    QgsProject.instance().clear()


@pytest.fixture
def without_window(monkeypatch):
    """Results are loaded as in a QGIS without a window: from 3.44 on, the mock of one is refused."""
    from processing.gui import Postprocessing

    monkeypatch.setattr(Postprocessing, "iface", None)


@pytest.fixture
def map_legend():
    """Parcels by the code of their class, as the legend of a map in a report counts them."""

    def legend(page, caption, terms):
        figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
        (figure,) = (one for one in figures if f"<figcaption>{caption}</figcaption>" in one)
        assert '<image width="760"' in figure
        entries = re.findall(r"</svg> ([^<]*): (\d+)</span>", figure)
        found = {}
        for term in terms:
            (count,) = (
                int(number) for name, number in entries if name in (term.en, f"{term.code} {term.en}")
            )
            found[term.code] = count
        return Counter(found) + Counter()

    return legend


class Log(QgsProcessingFeedback):
    """Feedback that keeps what an algorithm says."""

    def __init__(self):
        super().__init__(False)
        self.info = []
        self.warnings = []
        self.steps = []
        self.progressChanged.connect(self.steps.append)

    def pushInfo(self, info):
        self.info.append(info)

    def pushWarning(self, warning):
        self.warnings.append(warning)


class Run:
    """Results of a run: outputs by name, with layers opened, and what was said."""

    def __init__(self, results, context, log):
        self.results, self.context, self.log = results, context, log

    def __getitem__(self, name):
        return self.results[name]

    def layer(self, name="OUTPUT"):
        value = self.results[name]
        if isinstance(value, QgsVectorLayer):
            return value
        return QgsProcessingUtils.mapLayerFromString(value, self.context)

    def rows(self, name="OUTPUT"):
        layer = self.layer(name)
        names = layer.fields().names()
        return [
            {n: None if v == NULL else v for n, v in zip(names, feature.attributes(), strict=True)}
            for feature in layer.getFeatures()
        ]

    def column(self, field, name="OUTPUT"):
        return [row[field] for row in self.rows(name)]


@pytest.fixture
def run(provider):
    """Run an algorithm by id: checks the parameters first, as the toolbox does."""
    import processing

    def run_algorithm(algorithm, **parameters):
        context, log = QgsProcessingContext(), Log()
        context.setProject(QgsProject.instance())
        definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}")
        for output in definition.destinationParameterDefinitions():
            name = output.name()
            if name not in parameters and output.type() == "sink":
                parameters[name] = "TEMPORARY_OUTPUT"
        fine, message = definition.checkParameterValues(parameters, context)
        assert fine, message
        results = processing.run(definition, parameters, context=context, feedback=log)
        declared = {output.name() for output in definition.outputDefinitions()}
        assert declared == set(results), "every declared output is returned, and no other"
        return Run(results, context, log)

    return run_algorithm


@pytest.fixture
def add_step():
    """Add a step to a model: add_step(model, "evaluate", INPUT=source of a parameter); returns its id."""
    from qgis.core import QgsProcessingModelChildAlgorithm

    def add(model, algorithm, **sources):
        child = QgsProcessingModelChildAlgorithm(f"agglomeration:{algorithm}")
        child.generateChildId(model)
        for name, source in sources.items():
            child.addParameterSources(name, [source])
        return model.addChildAlgorithm(child)

    return add


@pytest.fixture
def layer():
    """Make a memory layer: layer("Polygon", "a:double", [(wkt, 1.0), ...])."""

    def make(geometry, fields, rows, crs="EPSG:32637"):
        definition = "&".join([f"{geometry}?crs={crs}", *(f"field={field}" for field in fields.split())])
        made = QgsVectorLayer(definition, "parcels", "memory")
        assert made.isValid()
        features = []
        for wkt, *values in rows:
            feature = QgsFeature(made.fields())
            if wkt:
                feature.setGeometry(QgsGeometry.fromWkt(wkt))
            feature.setAttributes(values)
            features.append(feature)
        assert made.dataProvider().addFeatures(features)[0]
        return made

    return make


@pytest.fixture
def grid(layer):
    """Square parcels of 100 m in rows and columns with a value each: grid([[1, 2], [3, 4]])."""

    def make(values, field="value:double", crs="EPSG:32637"):
        rows = []
        for y, line in enumerate(values):
            for x, value in enumerate(line):
                west, south = 400000 + 100 * x, 6170000 - 100 * y
                rows.append(
                    (
                        f"Polygon (({west} {south},{west + 100} {south},{west + 100} {south + 100},"
                        f"{west} {south + 100},{west} {south}))",
                        value,
                    )
                )
        return layer("Polygon", field, rows, crs)

    return make


@pytest.fixture
def dialog(plugin, monkeypatch):
    """Open the dialog of an algorithm: dialog("evaluate")."""
    from processing.gui import ParametersPanel
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    # The stand-in for QGIS' window has no browser.
    monkeypatch.setattr(ParametersPanel, "iface", None)
    opened = []

    def open_dialog(name, **parameters):
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"agglomeration:{name}")
        made = AlgorithmDialog(algorithm)
        opened.append(made)
        made.setParameters(parameters)
        made.show()
        QgsApplication.processEvents()
        return made

    yield open_dialog
    for made in opened:
        made.close()
        made.deleteLater()
    QgsApplication.processEvents()


@pytest.fixture
def step(plugin, monkeypatch):
    """Open the dialog of a step of a model: step(model, "crosstabulate", child id)."""
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    monkeypatch.setattr(f"{ModelerParametersDialog.__module__}.iface", None)
    opened = []

    def open_step(model, name="crosstabulate", child=None):
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"agglomeration:{name}")
        made = ModelerParametersDialog(algorithm, model, child)
        opened.append(made)
        made.show()
        QgsApplication.processEvents()
        return made

    yield open_step
    for made in opened:
        made.close()
        made.deleteLater()
    QgsApplication.processEvents()
