"""The guided evaluation without a window of QGIS around it: its pages, and what a run of it writes."""

import pytest
from qgis.core import QgsFeature, QgsFeatureRequest, QgsLayerTreeModel, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from qgis.PyQt.QtTest import QTest

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


def test_the_legend_counts_what_the_last_run_has_written(opened, tmp_path):
    dialog = opened()
    dialog.stored.setChecked(True)
    dialog.geopackage.setFilePath(str(tmp_path / "results.gpkg"))
    tree = QgsLayerTreeModel(QgsProject.instance().layerTreeRoot())
    for preset, counts in ((0, (15, 21, 22, 56, 3)), (1, (15, 21, 16, 62, 3))):
        dialog.matrix.setPreset(preset)
        evaluated(dialog)
        (layer,) = QgsProject.instance().mapLayersByName("Evaluated parcels")
        expected = [f"[{count}]" for count in counts]
        for _ in range(3000):
            nodes = tree.layerLegendNodes(QgsProject.instance().layerTreeRoot().findLayer(layer))
            found = [node.data(Qt.ItemDataRole.DisplayRole).split()[-1] for node in nodes]
            if found == expected:
                break
            QTest.qWait(1)
        assert found == expected
        assert layer.featureCount() == 117


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


def shown_rows(dialog):
    """Texts of the first rows by field, once they are read."""
    rows = dialog.first_rows
    for _ in range(5000):
        if not rows.busy:
            break
        QTest.qWait(1)
    assert not rows.busy
    return {
        rows.horizontalHeaderItem(k).text(): [rows.item(n, k).text() for n in range(rows.rowCount())]
        for k in range(rows.columnCount())
    }


def test_the_page_of_fields_shows_the_first_rows_of_matched_fields(opened, parcels):
    dialog = opened()
    assert dialog.first_rows.columnCount() == 0 and not dialog.first_rows.busy, "not before it is looked at"
    dialog._wrappers["ID_FIELD"].setParameterValue("parcel_id", dialog._context)
    dialog.steps.setCurrentRow(FIELDS)
    shown = shown_rows(dialog)
    assert len(shown) == len(dialog.index_system.model.matched_fields()) == 18 and "area_m2" not in shown
    expected = [feature for _, feature in zip(range(5), parcels.getFeatures(), strict=False)]
    assert shown["syn_output"] == [f"{feature['syn_output']:.6g}" for feature in expected]
    names = [dialog.first_rows.verticalHeaderItem(row).text() for row in range(5)]
    assert names == [str(feature["parcel_id"]) for feature in expected]
    position = list(shown).index("syn_output")
    assert "output" in dialog.first_rows.horizontalHeaderItem(position).toolTip()


def test_missing_values_and_texts_that_are_no_numbers_stand_out(qgis_app):
    from parcel_agglomeration.ui.first_rows import FirstRows

    layer = QgsVectorLayer("NoGeometry?field=tax:string&field=talent:double", "parcels", "memory")
    rows = [("1,5", 3.0), (None, None), ("none", 0.0), ("many", 4.0), (" ", 5.0), ("7", 6.0)]
    for values in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(list(values))
        assert layer.dataProvider().addFeature(feature)
    table = FirstRows()
    table.ask(layer, {"tax": "annual tax", "talent": "talent"})
    for _ in range(5000):
        if not table.busy:
            break
        QTest.qWait(1)
    texts = [[table.item(row, column).text() for row in range(5)] for column in (0, 1)]
    assert texts == [["1,5", "missing", "missing", "many", "missing"], ["3", "missing", "0", "4", "5"]]
    plain = table.item(0, 0).background()
    marked = [[table.item(row, column).background() != plain for row in range(5)] for column in (0, 1)]
    assert marked == [[False, True, True, True, True], [False, True, False, False, False]]
    assert table.item(3, 0).background() != table.item(1, 0).background()


def test_no_more_than_the_first_rows_is_read(opened, parcels, monkeypatch):
    from parcel_agglomeration.ui import first_rows

    limits = []

    class Request(QgsFeatureRequest):
        def setLimit(self, limit):
            limits.append(limit)
            return super().setLimit(limit)

    monkeypatch.setattr(first_rows, "QgsFeatureRequest", Request)
    dialog = opened()
    dialog.steps.setCurrentRow(FIELDS)
    assert all(len(column) == 5 for column in shown_rows(dialog).values())
    dialog.steps.setCurrentRow(TARGETS)
    dialog.steps.setCurrentRow(FIELDS)
    shown_rows(dialog)
    assert limits == [5], "and what is known is not read again"


def test_another_field_for_an_indicator_is_shown(opened):
    dialog = opened()
    dialog.steps.setCurrentRow(FIELDS)
    assert "area_m2" not in shown_rows(dialog)
    assert dialog.index_system.model.change([(0, "field", "area_m2")])
    shown = shown_rows(dialog)
    assert "area_m2" in shown and "syn_output" not in shown and len(shown) == 18
    QgsProject.instance().clear()
    assert shown_rows(dialog) == {}
