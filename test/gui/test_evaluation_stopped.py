"""The guided evaluation in a real QGIS window, closed or cancelled while its run goes on."""

from pathlib import Path

from parcel_agglomeration.ui.evaluation_choices import EvaluationChoices
from parcel_agglomeration.ui.judgement_files import layer_rows
from qgis.core import QgsFeature, QgsGeometry, QgsProject, QgsVectorFileWriter, QgsVectorLayer

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.gpkg"
COPIES = 1000
IN_ROW = 32
APART = 10_000
"""Metres between copies of the demonstration's parcels, in rows."""
PERMUTATIONS = 9_999_999
"""The most that there can be: they give a hand the time to stop the run."""


def repeated(parcels):
    """Features of a layer again and again, side by side."""
    for copy in range(COPIES):
        for feature in parcels.getFeatures():
            moved, geometry = QgsFeature(feature), QgsGeometry(feature.geometry())
            geometry.translate(APART * (copy % IN_ROW), APART * (copy // IN_ROW))
            moved.setGeometry(geometry)
            moved.setAttribute("fid", None)
            yield moved


def project(folder):
    """A project with many parcels and with few, and with choices that write into the folder."""
    parcels = QgsVectorLayer(f"{DEMO}|layername=parcels_partly_synthetic", "few", "ogr")
    system = QgsVectorLayer(f"{DEMO}|layername=index_system_synthetic_fields", "system", "ogr")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "many"
    writer = QgsVectorFileWriter.create(
        str(folder / "many.gpkg"), parcels.fields(), parcels.wkbType(), parcels.crs(),
        QgsProject.instance().transformContext(), options,
    )  # fmt: skip
    assert writer.addFeatures(list(repeated(parcels))), writer.errorMessage()
    del writer
    made = QgsProject()
    many = QgsVectorLayer(str(folder / "many.gpkg"), "many", "ogr")
    assert many.featureCount() == COPIES * parcels.featureCount()
    made.addMapLayers([many, parcels])
    EvaluationChoices(
        {"INPUT": many.id(), "PERMUTATIONS": PERMUTATIONS},
        rows=layer_rows(system),
        geopackage=str(folder / "results.gpkg"),
        report=str(folder / "report.html"),
    ).save(made)
    assert made.write(str(folder / "project.qgz"))
    return [folder / "project.qgz"]


LAYERS = project


def going_on(told):
    return told["runs"] == 1


def written(window):
    """What a run has left: files, and layers of the project."""
    files = {path.name for path in window.folder.glob("re*.*")}
    return files | set(window.state()["layers"]) - {"many", "few"}


def start(window):
    window.press("Evaluate")
    window.until(going_on)
    window.until(lambda told: window.say("Cancel the run") in told["buttons"])


def test_a_run_that_is_cancelled_by_a_click_leaves_nothing(window):
    window.press("Evaluate parcels…")
    window.until(lambda told: told["evaluation"] and str(COPIES * 117) in told["evaluation"]["about"])
    start(window)
    window.press("Cancel the run")
    told = window.until(lambda told: told["evaluation"]["note"])
    assert told["evaluation"]["note"] == window.say("The run was cancelled; nothing was written.")
    assert not told["runs"] and written(window) == set()
    assert {window.say("Evaluate"), window.say("Close")} <= window.state()["buttons"].keys()
    window.picture("stopped_1_cancelled")


def test_the_dialog_asks_before_it_leaves_a_run_alone_and_finds_it_again(window):
    start(window)
    question = window.say("The evaluation is still running. Let it go on without this window?")
    window.press("Close")
    window.until(lambda told: told["questions"] == [question])
    window.picture("stopped_2_question")
    window.keys("Escape")
    told = window.until(lambda told: not told["questions"])
    assert told["evaluation"] and going_on(told), "the dialog stays"
    window.press("Close")
    window.until(lambda told: told["questions"] == [question])
    window.keys("Return")
    told = window.until(lambda told: not told["questions"] and not told["evaluation"])
    assert going_on(told)
    window.press("Evaluate parcels…")
    told = window.until(lambda told: told["evaluation"])
    assert going_on(told)
    window.press("Cancel the run")
    window.until(lambda told: told["evaluation"]["note"] and not told["runs"])
    assert written(window) == set()


def test_a_run_whose_dialog_is_closed_ends_with_its_results_in_the_project(window):
    for page in (4, 3, 2, 1, 0):
        window.press("Back")
        window.until(lambda told, page=page: told["evaluation"]["page"] == page)
    window.choose("Parcels", "few")
    window.until(lambda told: "117" in told["evaluation"]["about"])
    start(window)
    window.press("Close")
    window.until(lambda told: told["questions"])
    window.keys("Return")
    window.until(lambda told: not told["evaluation"] and going_on(told))
    told = window.until(lambda told: not told["runs"])
    assert told["evaluation"] is None
    window.until(lambda told: window.say("Evaluated parcels") in told["layers"])
    assert {"results.gpkg", "report.html", window.say("Statistics")} <= written(window)


def test_the_dialog_opens_again_and_runs(window):
    window.press("Evaluate parcels…")
    window.until(lambda told: told["evaluation"] and told["evaluation"]["summary"])
    report = window.folder / "report.html"
    layers = window.state()["layers"]
    report.unlink()
    start(window)
    told = window.until(lambda told: not told["runs"] and told["evaluation"]["page"] > 5)
    assert report.is_file() and sorted(told["layers"]) == sorted(layers), "layers of the file stand once"
    assert {"56", "22", "21", "15"} <= set(told["evaluation"]["summary"].split())
    assert all(tag not in ("Python error", "Python") for tag, _ in told["messages"])
    window.picture("stopped_3_again")
