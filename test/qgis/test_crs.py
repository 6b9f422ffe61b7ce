"""Every algorithm in every kind of coordinate reference system, those of China's surveys first."""

import math

import pytest
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

from ..sound_runs import RUNS, in_memory, sound_run

ZHUZHOU = (412_000.0, 3_070_000.0)
"""Corner to which the demonstration is moved, in EPSG:4547 (CGCS2000, 3-degree belt around 114° E)."""
FALSE_EASTING = 38_000_000.0
"""By which EPSG:4526, the same belt with its number, differs from it."""
LOCAL = (
    'LOCAL_CS["Site grid",LOCAL_DATUM["Site",0],UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
)
SYSTEMS = ["EPSG:4526", "EPSG:4490", "EPSG:3857", "", "local"]
BELT = QgsCoordinateReferenceSystem("EPSG:4547")


def moved(layer):
    """The layer's features moved to Zhuzhou, in EPSG:4547."""
    made = in_memory(layer)
    corner = demo_corner()
    changes = {}
    for feature in made.getFeatures():
        geometry = feature.geometry()
        geometry.translate(ZHUZHOU[0] - corner[0], ZHUZHOU[1] - corner[1])
        changes[feature.id()] = geometry
    assert made.dataProvider().changeGeometryValues(changes)
    made.setCrs(BELT)
    made.updateExtents()
    return made


def demo_corner():
    """Lower left corner of the demonstration's parcels."""
    box = sound_run("naturalbreaks")["INPUT"].extent()
    return box.xMinimum(), box.yMinimum()


def in_system(layer, name):
    """A layer in EPSG:4547 in another system, its coordinates alone kept where that has no place on Earth."""
    if name in ("", "local"):
        layer.setCrs(QgsCoordinateReferenceSystem.fromWkt(LOCAL) if name else QgsCoordinateReferenceSystem())
        return layer
    system = QgsCoordinateReferenceSystem(name)
    transform = QgsCoordinateTransform(layer.crs(), system, QgsProject.instance())
    changes = {}
    for feature in layer.getFeatures():
        geometry = feature.geometry()
        geometry.transform(transform)
        changes[feature.id()] = geometry
    assert layer.dataProvider().changeGeometryValues(changes)
    layer.setCrs(system)
    layer.updateExtents()
    return layer


@pytest.fixture
def made_in(provider, tmp_path):
    """Numbers of a run in a system, by output, row and field, or the sentence with which it is refused."""

    def run(algorithm, system):
        parameters = sound_run(algorithm)
        for name, layer in parameters.items():
            if isinstance(layer, QgsVectorLayer) and layer.isSpatial():
                parameters[name] = moved(layer)
                if system != BELT.authid():
                    parameters[name] = in_system(parameters[name], system)
        layers = [value for value in parameters.values() if isinstance(value, QgsVectorLayer)]
        QgsProject.instance().addMapLayers(layers, False)
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}").create()
        folder = tmp_path / (system.replace(":", "") or "none")
        folder.mkdir()
        for output in definition.destinationParameterDefinitions():
            if output.type() == "sink":
                parameters[output.name()] = str(folder / f"{output.name()}.gpkg")
        if algorithm == "mapsheet":
            parameters["OUTPUT"] = str(folder / "sheet.pdf")
        fine, message = definition.checkParameterValues(parameters, context)
        try:
            assert fine, message
            results, fine = definition.run(parameters, context, QgsProcessingFeedback(False), {}, False)
            assert fine
        except QgsProcessingException as error:
            assert list(folder.iterdir()) == []
            return str(error)
        numbers = {name: value for name, value in results.items() if isinstance(value, (int, float))}
        for path in folder.glob("*.gpkg"):
            layer = QgsVectorLayer(str(path), "made", "ogr")
            for row, feature in enumerate(layer.getFeatures()):
                for field, value in zip(layer.fields().names(), feature.attributes(), strict=True):
                    if isinstance(value, (int, float)):
                        numbers[path.stem, row, field] = value
        return numbers

    return run


def with_geometry():
    """Algorithms that are given a layer with geometry."""
    return [name for name, given in RUNS.items() if "INPUT" in given]


@pytest.mark.parametrize("algorithm", with_geometry())
def test_results_are_the_same_in_both_forms_of_a_belt(made_in, algorithm):
    plain, numbered = made_in(algorithm, "EPSG:4547"), made_in(algorithm, "EPSG:4526")
    assert isinstance(plain, dict), plain
    assert isinstance(numbered, dict), numbered
    assert plain.keys() == numbered.keys()
    apart = {
        key: (value, numbered[key])
        for key, value in plain.items()
        if not math.isclose(value, numbered[key], rel_tol=1e-6, abs_tol=1e-9)
    }
    assert not apart


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("algorithm", with_geometry())
def test_a_run_in_any_system_ends_with_a_result_or_one_sentence(made_in, algorithm, system):
    said = made_in(algorithm, system)
    assert said
    if isinstance(said, str):
        assert "\n" not in said and "Traceback" not in said
        assert any(word in said for word in ("CRS", "coordinate", "metres")), said
