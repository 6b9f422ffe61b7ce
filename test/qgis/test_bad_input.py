"""Bad input, row by row of the table, for every algorithm it can reach.

A run either succeeds or ends with one sentence; it never ends with a traceback, changes its source or
leaves a file behind.
"""

import math

import pytest
from parcel_agglomeration.algorithms.auxiliary_layers import spatial_index
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..bad_parcels import REFUSED, ROWS, WITH_INPUT, in_crs, only, with_geometries
from ..sound_runs import RUNS, SCORE, in_memory, sound_run


@pytest.fixture
def outcome(provider, tmp_path):
    """Run with every destination a file: "" where it succeeded, else what was said."""
    import processing
    from qgis.core import QgsApplication

    def run(algorithm, parameters):
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        # What a traceback holds goes with the project: a file layer that outlives QGIS crashes Python.
        layers = [value for value in parameters.values() if isinstance(value, QgsVectorLayer)]
        QgsProject.instance().addMapLayers(layers, False)
        definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}")
        folder = tmp_path / "made"
        folder.mkdir(exist_ok=True)
        for output in definition.destinationParameterDefinitions():
            ending = {"sink": "gpkg", "fileDestination": output.defaultFileExtension()}.get(
                output.type(), "gpkg"
            )
            parameters.setdefault(output.name(), str(folder / f"{output.name()}.{ending}"))
        fine, message = definition.checkParameterValues(parameters, context)
        if fine:
            try:
                processing.run(definition, parameters, context=context, feedback=QgsProcessingFeedback(False))
                return ""
            except QgsProcessingException as error:
                message = str(error)
        assert message and "\n" not in message and "Traceback" not in message and "Error(" not in message
        assert message[-1] in ".?!…”)" or message[-1].isalnum(), message
        assert list(folder.iterdir()) == [], "a failed run leaves nothing behind"
        return message

    return run


@pytest.mark.parametrize("algorithm", RUNS)
def test_a_sound_run_succeeds(outcome, algorithm):
    assert outcome(algorithm, sound_run(algorithm)) == ""


def test_the_table_has_every_algorithm(provider):
    from qgis.core import QgsProcessingModelAlgorithm

    own = {a.name() for a in provider.algorithms() if not isinstance(a, QgsProcessingModelAlgorithm)}
    assert set(RUNS) == own


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("algorithm", WITH_INPUT)
def test_parcels(outcome, algorithm, row):
    parameters = sound_run(algorithm)
    layer = parameters["INPUT"] = ROWS[row](in_memory(parameters["INPUT"]))
    before = [(f.id(), f.attributes(), f.geometry().asWkb().data()) for f in layer.getFeatures()]
    said = outcome(algorithm, parameters)
    after = [(f.id(), f.attributes(), f.geometry().asWkb().data()) for f in layer.getFeatures()]
    assert repr(before) == repr(after), "the source is as it was"
    if algorithm in REFUSED.get(row, ()):
        assert said


def fields_given(algorithm):
    """Names of the parameters of the sound run that take one field."""
    given = RUNS[algorithm].items()
    return [name for name, value in given if name.endswith("FIELD") and isinstance(value, str)]


class TestParameters:
    """What is wrong with the parameters is said before anything is read or written."""

    @pytest.mark.parametrize("algorithm", WITH_INPUT)
    def test_no_such_layer(self, outcome, algorithm):
        assert outcome(algorithm, sound_run(algorithm) | {"INPUT": "nothing.gpkg"})

    @pytest.mark.parametrize(
        ("algorithm", "name"), [(one, name) for one in WITH_INPUT for name in fields_given(one)]
    )
    def test_no_such_field(self, outcome, algorithm, name):
        said = outcome(algorithm, sound_run(algorithm) | {name: "no_such"})
        assert "no_such" in said

    @pytest.mark.parametrize("names", [["", SCORE], [SCORE, ""], [""]])
    def test_a_list_with_an_empty_field_name(self, outcome, names):
        said = outcome("globalmoran", sound_run("globalmoran") | {"FIELD": names})
        assert said.startswith("FIELD holds an empty name")

    @pytest.mark.parametrize("algorithm", RUNS)
    def test_no_such_folder(self, outcome, algorithm, tmp_path):
        target = str(tmp_path / "absent" / "out.gpkg")
        assert "absent does not exist" in outcome(algorithm, sound_run(algorithm) | {"OUTPUT": target})

    @pytest.mark.parametrize("algorithm", WITH_INPUT)
    def test_an_output_over_its_input(self, outcome, algorithm, tmp_path):
        path = tmp_path / "parcels.gpkg"
        parameters = sound_run(algorithm)
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName = "GPKG"
        QgsVectorFileWriter.writeAsVectorFormatV3(
            parameters["INPUT"], str(path), QgsCoordinateTransformContext(), options
        )
        before = path.read_bytes()
        said = outcome(algorithm, parameters | {"INPUT": str(path), "OUTPUT": str(path)})
        assert "would overwrite" in said
        assert path.read_bytes() == before

    def test_an_output_over_the_input_that_its_selected_features_are_of(self, outcome, tmp_path):
        path = tmp_path / "parcels.gpkg"
        parcels = sound_run("naturalbreaks")["INPUT"]
        options = QgsVectorFileWriter.SaveVectorOptions()
        QgsVectorFileWriter.writeAsVectorFormatV3(
            parcels, str(path), QgsCoordinateTransformContext(), options
        )
        stored = QgsVectorLayer(str(path), "stored", "ogr")
        QgsProject.instance().addMapLayer(stored, False)
        given = QgsProcessingFeatureSourceDefinition(stored.id(), True)
        said = outcome("naturalbreaks", {"INPUT": given, "FIELD": "syn_output", "OUTPUT": str(path)})
        assert "would overwrite" in said

    @pytest.mark.parametrize(
        "algorithm", ["indicatordiagnostics", "weightsensitivity", "globalmoran", "localmoran", "evaluate"]
    )
    @pytest.mark.parametrize("seed", [1.5, "abc", -1])
    def test_a_seed_that_is_no_whole_number(self, outcome, algorithm, seed):
        assert outcome(algorithm, sound_run(algorithm) | {"SEED": seed})

    @pytest.mark.parametrize(
        ("algorithm", "name"),
        [("planningresponse", "QUANTILE"), ("walkcoverage", "SPEED"), ("spatialweights", "K")],
    )
    @pytest.mark.parametrize("number", [math.nan, math.inf, "nan"])
    def test_a_number_that_is_none(self, outcome, algorithm, name, number):
        said = outcome(algorithm, sound_run(algorithm) | {name: number})
        assert f"{name} is {number}" in said or said == f"Incorrect parameter value for {name}"  # QGIS' own


class TestFoundByFuzzing:
    """Inputs that once ended in a traceback, ran out of memory, or crashed QGIS."""

    @pytest.mark.parametrize("algorithm", ["zonestatistics", "facilitydensity"])
    def test_coordinates_that_do_not_fit_their_crs(self, outcome, algorithm):
        parameters = sound_run(algorithm)
        parameters["INPUT"] = in_crs(in_memory(parameters["INPUT"]), "EPSG:4526")
        assert "coordinate reference system" in outcome(algorithm, parameters)

    @pytest.mark.parametrize(
        "algorithm", ["mapsheet", "walkcoverage", "facilitydensity", "accessibilityscore"]
    )
    def test_metres_said_to_be_degrees(self, outcome, algorithm):
        parameters = sound_run(algorithm)
        layer = with_geometries(
            in_memory(parameters["INPUT"]),
            lambda k, g: QgsGeometry.fromRect(QgsRectangle(398109 + k / 99, 6168392, 398110, 6168393)),
        )
        parameters["INPUT"] = in_crs(layer, "EPSG:4490")
        assert "coordinate reference system" in outcome(algorithm, parameters)

    def test_parcels_larger_than_a_country_are_not_filled_with_points(self, outcome):
        parameters = sound_run("walkcoverage")
        wide = "MultiPolygon (((0 0, 20000000 10000000, 20000000 0, 0 10000000, 0 0)))"
        layer = only(in_memory(parameters["INPUT"]), 2)
        parameters["INPUT"] = with_geometries(layer, lambda k, g: QgsGeometry.fromWkt(wide) if k else g)
        assert "million points" in outcome("walkcoverage", parameters)

    def test_places_that_have_no_place_on_the_map(self, outcome):
        parameters = sound_run("accessibilityscore")
        places = only(in_memory(parameters["PLACES"]), 1)
        parameters["PLACES"] = in_crs(places, "EPSG:4490")  # metres taken for degrees
        assert outcome("accessibilityscore", parameters) == ""

    @staticmethod
    def endless():
        """A triangle with corners at infinity, which well-known text cannot say."""
        corners = ((398000, 6168000), (math.inf, 6168000), (398100, math.inf))
        return QgsGeometry.fromPolygonXY([[QgsPointXY(x, y) for x, y in corners]])

    def test_an_index_holds_no_box_that_is_not_finite(self):
        sound = QgsGeometry.fromWkt("Polygon ((0 0, 1 0, 1 1, 0 0))")
        shapes = [self.endless(), sound, QgsGeometry.fromWkt("Polygon EMPTY"), None]
        assert spatial_index(shapes).intersects(QgsRectangle(-1e9, -1e9, 1e9, 1e9)) == [1]

    def test_geometries_beyond_every_number(self, outcome):
        parameters = sound_run("zonechange") | {"MATCHING": 0, "BASE_ID_FIELD": None}
        base = in_memory(parameters["BASE"])
        parameters["BASE"] = with_geometries(base, lambda k, g: self.endless() if k % 2 else g)
        outcome("zonechange", parameters)
