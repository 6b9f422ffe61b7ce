"""The guided evaluation without a window of QGIS around it: its pages, and what a run of it writes."""

import pytest
from qgis.core import QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer

PARCELS, FIELDS, TARGETS, WEIGHTS, ZONES, RUN = range(6)


@pytest.fixture
def parcels(qgis_app, demo):
    made = QgsVectorLayer(demo(), "parcels", "ogr")
    QgsProject.instance().addMapLayer(made)
    yield made
    QgsProject.instance().clear()


@pytest.fixture
def opened(qgis_iface, parcels, demo, monkeypatch):
    """The dialog, its index system that of the demonstration: opened()."""
    from parcel_agglomeration import classFactory
    from parcel_agglomeration.ui.evaluation_dialog import EvaluationDialog
    from parcel_agglomeration.ui.judgement_files import layer_rows
    from processing.gui import Postprocessing
    from qgis import utils

    monkeypatch.setattr(Postprocessing, "iface", None)
    for name in ("setActiveLayer", "zoomToActiveLayer"):
        monkeypatch.setattr(qgis_iface, name, lambda *_: None, raising=False)
    loaded = utils.plugins.get("parcel_agglomeration")
    plugin = classFactory(qgis_iface)
    if loaded is None:
        plugin.initProcessing()
    dialogs = []

    def make():
        dialog = EvaluationDialog(qgis_iface)
        system = QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")
        assert dialog.index_system.setRows(layer_rows(system))
        dialog.show()
        dialogs.append(dialog)
        return dialog

    yield make
    for dialog in dialogs:
        dialog.stop()
        dialog.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    plugin.unload()


def evaluated(dialog):
    """Run to the end."""
    loop = QEventLoop()
    dialog.run_button.click()
    assert dialog._run is not None, dialog.note.text()
    dialog._run.ended.connect(loop.quit)
    QTimer.singleShot(60_000, loop.quit)
    loop.exec()
    return dialog


def choose_tables(dialog, names):
    for name, tick in dialog.tables.items():
        tick.setChecked(name in names)


def written():
    """Names of the layers that a run has put into the project."""
    return {layer.name() for layer in QgsProject.instance().mapLayers().values()} - {"parcels"}


def test_the_usual_tables_are_ticked_and_others_can_be(opened):
    dialog = opened()
    off = {name for name, tick in dialog.tables.items() if not tick.isChecked()}
    assert off == {"CONFUSION", "AGREEMENT"}
    choose_tables(dialog, ("MORAN", "AGREEMENT"))
    evaluated(dialog)
    assert written() == {"Evaluated parcels", "Global Moran's I", "Agreement"}
    assert opened().choices().tables == ("MORAN", "AGREEMENT"), "kept with the project"


def test_the_summary_is_the_same_without_the_table_of_statistics(opened):
    summaries = []
    for tables in (("STATISTICS", "TARGETS", "EXCLUDED_PARCELS"), ()):
        dialog = opened()
        choose_tables(dialog, tables)
        evaluated(dialog)
        assert dialog.open_statistics.isVisible() == bool(tables)
        summaries.append(dialog.summary.toPlainText().splitlines())
    whole, short = summaries
    assert "Hectares" in whole and "Hectares" not in short
    for text in ("4 high-quality agglomeration", "15", "13.2 %", "56", "49.1 %"):
        assert text in whole and text in short
    assert "3 parcels are not scored; the table “Excluded parcels” says why." in whole
    assert "3 parcels are not scored." in short


def test_a_command_needs_the_index_system_beside_the_zones(opened, tmp_path):
    dialog = opened()
    dialog.stored.setChecked(True)
    dialog.geopackage.setFilePath(str(tmp_path / "results.gpkg"))
    choose_tables(dialog, ("MORAN",))
    evaluated(dialog)
    assert not dialog.copy.isEnabled() and "Index system as used" in dialog.copy.toolTip()
    dialog.steps.setCurrentRow(RUN)
    choose_tables(dialog, ("TARGETS",))
    evaluated(dialog)
    assert dialog.copy.isEnabled() and "layername=index_system" in dialog.command()


def test_what_keeps_a_button_from_working_stands_on_every_page(opened, parcels):
    dialog = opened()
    assert dialog.next.isEnabled() and not dialog.note.isVisible()
    QgsProject.instance().removeMapLayer(parcels.id())
    for page in (PARCELS, FIELDS, TARGETS, WEIGHTS, ZONES, RUN):
        dialog.steps.setCurrentRow(page)
        assert dialog.note.isVisible() and dialog.note.text() == "Choose a layer of polygons.", page
        assert not dialog.next.isEnabled() and not dialog.run_button.isEnabled()


def test_the_last_page_says_which_file_is_missing(opened):
    dialog = opened()
    dialog.steps.setCurrentRow(RUN)
    dialog.with_report.setChecked(True)
    assert dialog.note.text() == "Name the file of the report." and dialog.note.isVisible()
    assert not dialog.run_button.isEnabled()
    dialog.with_report.setChecked(False)
    assert not dialog.note.isVisible() and dialog.run_button.isEnabled()
