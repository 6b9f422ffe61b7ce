"""The evaluation as a task in the background."""

import gc
import time

import pytest
from parcel_agglomeration.ui.evaluation_choices import TABLES, EvaluationChoices
from parcel_agglomeration.ui.evaluation_run import EvaluationRun
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QEventLoop, QTimer


@pytest.fixture
def evaluation(provider, demo, without_window):
    """Run to the end: evaluation(change of parameters, what is done once it runs)."""

    def run(change=None, meanwhile=None, wait=True):
        parcels = QgsVectorLayer(demo(), "parcels", "ogr")
        system = QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")
        QgsProject.instance().addMapLayers([parcels, system])
        chosen = EvaluationChoices({"INPUT": parcels.id(), "PERMUTATIONS": 999})
        run = EvaluationRun(chosen.parameters(system.id(), QgsProject.instance()) | (change or {}))
        ended, loop = [], QEventLoop()
        run.ended.connect(lambda successful: (ended.append(successful), loop.quit()))
        run.start()
        if meanwhile:
            meanwhile(run)
        if wait and not ended:
            QTimer.singleShot(60_000, loop.quit)
            loop.exec()
        return run, ended

    return run


def test_results_are_those_of_the_algorithm_and_in_the_project(evaluation, run, demo):
    messages, progress = [], []

    def listen(task):
        task.told.connect(lambda text, is_warning: messages.append(text))
        task.progressed.connect(progress.append)

    task, ended = evaluation(meanwhile=listen)
    assert ended == [True]
    layer = QgsProject.instance().mapLayersByName("Evaluated parcels")[0]
    expected = run(
        "evaluate",
        INPUT=demo(),
        INDEX_SYSTEM=demo("index_system_synthetic_fields"),
        PERMUTATIONS=999,
    )
    assert [feature["zone"] or None for feature in layer.getFeatures()] == expected.column("zone")
    assert task.layer("STATISTICS").featureCount() == len(expected.rows("STATISTICS"))
    assert any("Parcels by zone" in text for text in messages)
    assert max(progress) > 50


def test_a_run_that_is_cancelled_has_no_results(evaluation):
    task, ended = evaluation(meanwhile=EvaluationRun.cancel)
    assert ended == [False] and task.cancelled and task.results == {}
    assert QgsProject.instance().mapLayersByName("Evaluated parcels") == []


def test_a_run_that_fails_says_why_in_one_sentence(evaluation):
    task, ended = evaluation({"INDEX_SYSTEM": None})  # the fields have other names
    assert ended == [False]
    assert "has no field for 15 indicator(s)" in task.warnings[-1] and "Traceback" not in task.warnings[-1], (
        task.warnings
    )


def test_wrong_parameters_are_told_before_the_run(provider, demo):
    chosen = EvaluationChoices({"INPUT": demo(), "K": 2.5})
    assert "whole number" in EvaluationRun(chosen.parameters(None, QgsProject.instance())).problem()


def test_a_run_outlives_the_window_that_has_started_it(provider, demo, without_window):
    parcels = QgsVectorLayer(demo(), "parcels", "ogr")
    system = QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")
    QgsProject.instance().addMapLayers([parcels, system])
    chosen = EvaluationChoices({"INPUT": parcels.id(), "PERMUTATIONS": 999})
    EvaluationRun(chosen.parameters(system.id(), QgsProject.instance())).start()
    gc.collect()
    (left,) = EvaluationRun._going
    loop = QEventLoop()
    left.ended.connect(loop.quit)
    QTimer.singleShot(60_000, loop.quit)
    loop.exec()
    assert QgsProject.instance().mapLayersByName("Evaluated parcels")


def test_a_run_ends_before_the_plugin_goes(evaluation):
    def stop(run):
        run.cancel()
        run.wait()
        assert not EvaluationRun._going

    start = time.monotonic()
    evaluation({"PERMUTATIONS": 99_999}, meanwhile=stop, wait=False)
    assert time.monotonic() - start < 30


def test_every_table_of_the_algorithm_can_be_chosen(provider):
    tables = {
        sink.name()
        for sink in provider.algorithm("evaluate").destinationParameterDefinitions()
        if sink.type() == "sink" and sink.name() != "OUTPUT"
    }
    assert tables == TABLES.keys() and len(set(TABLES.values())) == len(TABLES)
