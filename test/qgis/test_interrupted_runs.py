"""Runs that are cancelled at any moment, and runs whose source is edited meanwhile."""

import time
from functools import partial

import pytest
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..sound_runs import RUNS, in_memory, sound_run

WITH_INPUT = [name for name, given in RUNS.items() if "INPUT" in given]
A_MOMENT = 2.0
"""Seconds within which a cancelled run of a hundred parcels ends on a busy machine."""
EARLIER = b"what an earlier run has made"


class CancelledAt(QgsProcessingFeedback):
    """Feedback that cancels when it is asked for the k-th time, k from 1; 0 for never."""

    def __init__(self, k):
        super().__init__(False)
        self.k, self.asked, self.at = k, 0, None

    def isCanceled(self):
        """Count the question; from the k-th on the answer is yes."""
        self.asked += 1
        if self.asked == self.k:
            self.at = time.monotonic()
            self.cancel()
        return super().isCanceled()


class Edits(QgsProcessingFeedback):
    """Feedback that edits a layer when it is told of progress for the k-th time."""

    def __init__(self, edit, k):
        super().__init__(False)
        self.edit, self.k, self.told = edit, k, 0
        self.done, self.problem = False, None
        self.progressChanged.connect(self.at_progress)

    def at_progress(self):
        """Edit the layer once."""
        self.told += 1
        if self.told != self.k:
            return
        try:
            self.edit()
            self.done = True
        except Exception as error:  # out of a slot it would end Python
            self.problem = error


@pytest.fixture
def start(provider, tmp_path):
    """Run an algorithm with every output a file in a folder: start(algorithm, parameters, feedback)."""

    def run(algorithm, parameters, feedback):
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        layers = [value for value in parameters.values() if isinstance(value, QgsVectorLayer)]
        QgsProject.instance().addMapLayers(layers, False)
        definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}").create()
        folder = tmp_path / "made"
        folder.mkdir(exist_ok=True)
        for output in definition.destinationParameterDefinitions():
            ending = output.defaultFileExtension() if output.type() == "fileDestination" else "gpkg"
            name = output.name() if output.type() == "folderDestination" else f"{output.name()}.{ending}"
            parameters.setdefault(output.name(), str(folder / name))
        results, fine = definition.run(parameters, context, feedback, {}, False)
        assert fine
        return folder, results

    return run


@pytest.mark.parametrize("algorithm", RUNS)
def test_a_run_can_be_cancelled_at_any_moment(start, tmp_path, algorithm):
    counted = CancelledAt(0)
    folder, _ = start(algorithm, sound_run(algorithm), counted)
    for path in folder.iterdir():
        if path.is_dir():
            for picture in path.iterdir():
                picture.unlink()
            path.rmdir()
        elif path.suffix == ".gpkg":
            path.write_bytes(EARLIER)
        else:
            path.unlink()
    earlier = {path.name for path in folder.iterdir()}
    last = counted.asked
    assert last > 0
    for k in {1, 2, last // 3, last * 2 // 3, last - 1, last} & set(range(1, last + 1)):
        feedback = CancelledAt(k)
        with pytest.raises(QgsProcessingException, match="Cancelled"):
            start(algorithm, sound_run(algorithm), feedback)
        assert time.monotonic() - feedback.at < A_MOMENT, k
        assert {path.name for path in folder.iterdir()} == earlier, k
    assert all(path.read_bytes() == EARLIER for path in folder.iterdir())


def rows(path):
    """Attributes of the first table in a file, without ids, sorted."""
    layer = QgsVectorLayer(str(path), "made", "ogr")
    return sorted(repr(feature.attributes()[1:]) for feature in layer.getFeatures())


def delete_some(layer):
    """Delete every other feature for good."""
    assert layer.dataProvider().deleteFeatures([f.id() for f in layer.getFeatures()][::2])


def add_some(layer):
    """Add ten features again."""
    copies = [QgsFeature(feature) for feature in layer.getFeatures()][:10]
    for feature in copies:
        if feature.fields().at(0).name() == "fid":
            feature.setAttribute(0, None)
    assert layer.dataProvider().addFeatures(copies)[0]


def edit_some(layer):
    """Change, delete and add in an edit session that stays open."""
    assert layer.startEditing()
    ids = [feature.id() for feature in layer.getFeatures()]
    layer.deleteFeatures(ids[:5])
    for position, field in enumerate(layer.fields()):
        if field.isNumeric() and field.name() not in ("fid", "parcel_id"):
            for fid in ids[5:20]:
                layer.changeAttributeValue(fid, position, 1)
    layer.addFeature(QgsFeature(next(layer.getFeatures())))


def drop_a_field(layer):
    """Delete the last field."""
    layer.dataProvider().deleteAttributes([layer.fields().count() - 1])
    layer.updateFields()


EDITS = [(delete_some, 1), (add_some, 1), (edit_some, 1), (edit_some, 4), (drop_a_field, 1)]


@pytest.mark.parametrize("algorithm", WITH_INPUT)
def test_a_run_goes_by_the_source_as_it_was_when_it_was_read(start, algorithm):
    parameters = sound_run(algorithm)
    parameters["INPUT"] = in_memory(parameters["INPUT"])
    folder, _ = start(algorithm, dict(parameters), QgsProcessingFeedback(False))
    expected = {path.name: rows(path) for path in folder.glob("*.gpkg")}
    for edit, at in EDITS:
        layer = parameters["INPUT"] = in_memory(sound_run(algorithm)["INPUT"])
        feedback = Edits(partial(edit, layer), at)
        try:
            start(algorithm, dict(parameters), feedback)
        except QgsProcessingException as error:
            assert "\n" not in str(error) and "Traceback" not in str(error)
            continue
        finally:
            layer.rollBack()
        assert {path.name: rows(path) for path in folder.glob("*.gpkg")} == expected, (edit, at)
        assert feedback.done or at > 1, feedback.problem


@pytest.mark.parametrize("edit", [delete_some, add_some, edit_some, drop_a_field])
@pytest.mark.parametrize("stored", [False, True])
def test_an_edit_while_parcels_are_read_puts_no_value_into_another_row(start, tmp_path, edit, stored):
    layer = QgsVectorLayer("Point?crs=EPSG:4547&field=key:integer&field=value:double", "many", "memory")
    made = []
    for k in range(10_000):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([k, float(k)])
        made.append(feature)
    assert layer.dataProvider().addFeatures(made)[0]
    if stored:
        options = QgsVectorFileWriter.SaveVectorOptions()
        path = str(tmp_path / "many.gpkg")
        QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, layer.transformContext(), options)
        layer = QgsVectorLayer(path, "many", "ogr")
    feedback = Edits(partial(edit, layer), 1)
    given = {"INPUT": layer, "FIELD": "value", "CLASSES": 4}
    try:
        folder, _ = start("naturalbreaks", given, feedback)
    except QgsProcessingException as error:
        assert "\n" not in str(error) and "Traceback" not in str(error)
        return
    finally:
        layer.rollBack()
    levels = QgsVectorLayer(str(folder / "OUTPUT.gpkg"), "levels", "ogr")
    assert feedback.done, feedback.problem
    level = {f["key"]: (f["value"], f["value_lvl"]) for f in levels.getFeatures()}
    assert len(level) >= len(made) // 2
    ordered = sorted(level.values())
    assert [rank for _, rank in ordered] == sorted(rank for _, rank in ordered)


@pytest.mark.parametrize("algorithm", WITH_INPUT)
def test_uncommitted_edits_count_as_they_are_shown(start, algorithm):
    parameters = sound_run(algorithm)
    edited, saved = in_memory(parameters["INPUT"]), in_memory(parameters["INPUT"])
    ids = [feature.id() for feature in edited.getFeatures()]
    assert edited.startEditing() and edited.deleteFeatures(ids[:3])
    saved.dataProvider().deleteFeatures(ids[:3])
    made = {}
    for layer in (edited, saved):
        folder, _ = start(algorithm, parameters | {"INPUT": layer}, QgsProcessingFeedback(False))
        made[layer is edited] = {path.name: rows(path) for path in folder.glob("*.gpkg")}
    assert edited.isEditable() and edited.featureCount() == len(ids) - 3
    edited.rollBack()
    assert edited.featureCount() == len(ids)
    assert made[True] == made[False]
