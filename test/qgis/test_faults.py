"""Bad input gets one sentence, nothing is overwritten, and nothing half-written stays behind."""

import tempfile

import pytest
from qgis.core import (
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsProcessingException,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType

SQUARE = "Polygon ((0 0,10 0,10 10,0 10,0 0))"


@pytest.fixture
def refused(provider):
    """Sentence with which the parameters of an algorithm are refused, "" where they are not."""
    from qgis.core import QgsApplication, QgsProcessingContext

    def check(algorithm, **parameters):
        definition = QgsApplication.processingRegistry().algorithmById(f"agglomeration:{algorithm}")
        return definition.checkParameterValues(parameters, QgsProcessingContext())[1]

    return check


@pytest.fixture
def saved(grid, tmp_path):
    """A GeoPackage with one layer of six parcels."""
    path = tmp_path / "parcels.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    made = grid([[1, 2, 3], [4, 5, 6]])
    error, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(made, str(path), made.transformContext(), options)
    assert not error
    return path


class TestFilesAreSafe:
    def test_an_output_does_not_overwrite_its_input(self, refused, run, saved):
        before = saved.read_bytes()
        source = f"{saved}|layername=parcels"
        for path in (saved, saved.parent / "." / "parcels.gpkg"):
            message = refused("naturalbreaks", INPUT=source, FIELD="value", OUTPUT=str(path))
            assert "OUTPUT would overwrite INPUT" in message
        assert saved.read_bytes() == before

    def test_nor_another_table_that_is_read(self, refused, grid, tmp_path):
        table = tmp_path / "system.csv"
        table.write_text("indicator,layer\n")
        message = refused("indexsystem", INDEX_SYSTEM=str(table), OUTPUT=str(table))
        assert "OUTPUT would overwrite INDEX_SYSTEM" in message

    def test_two_outputs_need_two_files(self, refused, grid, tmp_path):
        path = str(tmp_path / "same.gpkg")
        message = refused("naturalbreaks", INPUT=grid([[1, 2]]), FIELD="value", OUTPUT=path, BREAKS=path)
        assert "OUTPUT and BREAKS would be written to the same file" in message

    def test_a_missing_folder_is_found_before_the_run(self, refused, grid, tmp_path):
        path = str(tmp_path / "nowhere" / "levels.gpkg")
        message = refused("naturalbreaks", INPUT=grid([[1, 2]]), FIELD="value", OUTPUT=path)
        assert "the folder" in message and "does not exist" in message

    def test_a_table_in_a_store_is_no_file(self, refused, grid, saved):
        target = f"ogr:dbname='{saved}' table=\"levels\" (geom)"
        assert not refused("naturalbreaks", INPUT=grid([[1, 2]]), FIELD="value", OUTPUT=target)

    def test_tables_of_one_geopackage_are_told_apart(self, refused, grid, saved):
        def table(name, path=saved):
            return f"ogr:dbname='{path}' table=\"{name}\" (geom)"

        settings = {"INPUT": str(saved), "FIELD": "value"}
        assert "OUTPUT would overwrite INPUT" in refused("naturalbreaks", **settings, OUTPUT=table("parcels"))
        assert not refused("naturalbreaks", **settings, OUTPUT=table("levels"), BREAKS=table("breaks"))
        assert "same file" in refused("naturalbreaks", **settings, OUTPUT=table("a"), BREAKS=table("a"))
        other = saved.parent / "other.gpkg"
        assert "same file" in refused(
            "naturalbreaks", **settings, OUTPUT=table("a", other), BREAKS=str(other)
        )
        assert "does not exist" in refused(
            "naturalbreaks", **settings, OUTPUT=table("a", saved.parent / "nowhere" / "x.gpkg")
        )

    def test_a_failed_shapefile_takes_only_its_own_files_with_it(self, run, saved, monkeypatch):
        from parcel_agglomeration.algorithms import parcel_algorithm

        def fail(*_):
            raise QgsProcessingException("the disk is full")

        (saved.parent / "parcels.txt").write_text("notes")
        monkeypatch.setattr(parcel_algorithm.ParcelAlgorithm, "_close", fail)
        with pytest.raises(QgsProcessingException, match="the disk is full"):
            run(
                "naturalbreaks",
                INPUT=f"{saved}|layername=parcels",
                FIELD="value",
                OUTPUT=str(saved.parent / "parcels.shp"),
            )
        kept = {path.name for path in saved.parent.iterdir()}
        assert kept - {"parcels.gpkg-wal", "parcels.gpkg-shm"} == {"parcels.gpkg", "parcels.txt"}

    def test_a_failed_table_leaves_the_others_of_its_file(self, run, grid, saved, monkeypatch):
        from parcel_agglomeration.algorithms import parcel_algorithm
        from qgis.core import QgsProviderRegistry

        def fail(*_):
            raise QgsProcessingException("the disk is full")

        monkeypatch.setattr(parcel_algorithm.ParcelAlgorithm, "_close", fail)
        with pytest.raises(QgsProcessingException, match="the disk is full"):
            run(
                "naturalbreaks",
                INPUT=grid([[1, 2, 3]]),
                FIELD="value",
                OUTPUT=f"ogr:dbname='{saved}' table=\"levels\" (geom)",
            )
        tables = [table.name() for table in QgsProviderRegistry.instance().querySublayers(str(saved))]
        assert tables == ["parcels"]

    def test_a_run_that_fails_while_writing_leaves_no_file(self, run, grid, tmp_path, monkeypatch):
        from parcel_agglomeration.algorithms import parcel_algorithm

        def fail(*_):
            raise QgsProcessingException("the disk is full")

        monkeypatch.setattr(parcel_algorithm.ParcelAlgorithm, "_close", fail)
        for name in ("levels.gpkg", "levels.shp"):
            with pytest.raises(QgsProcessingException, match="the disk is full"):
                run("naturalbreaks", INPUT=grid([[1, 2, 3]]), FIELD="value", OUTPUT=str(tmp_path / name))
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("values", "kind"), [((1, 1, 2), "integer"), (("a", "b", "c"), "string"), ((1, None, 3), "integer")]
)
def test_a_fid_that_is_none_gives_way(run, layer, tmp_path, values, kind):
    rows = [(SQUARE, fid, float(i)) for i, fid in enumerate(values)]
    parcels = layer("Polygon", f"fid:{kind} value:double", rows)
    result = run("naturalbreaks", INPUT=parcels, FIELD="value", CLASSES=2, OUTPUT=str(tmp_path / "fid.gpkg"))
    written = QgsVectorLayer(str(tmp_path / "fid.gpkg"), "written", "ogr")
    assert [f["fid_1"] or None for f in written.getFeatures()] == list(values)
    assert any("fid → fid_1" in line for line in result.log.warnings)


@pytest.mark.parametrize(
    "wkt",
    [
        "CurvePolygon ((0 0,10 0,10 10,0 10,0 0))",
        "CurvePolygon (CompoundCurve ((0 0,10 0),CircularString (10 0,12 5,10 10),(10 10,0 10,0 0)))",
        "MultiSurface (((0 0,10 0,10 10,0 10,0 0)))",
        "PolygonZ ((0 0 1,10 0 1,10 10 1,0 10 1,0 0 1))",
        "MultiPolygonZM (((0 0 1 2,10 0 1 2,10 10 1 2,0 10 1 2,0 0 1 2)))",
        "PolyhedralSurfaceZ (((0 0 0,10 0 0,10 10 0,0 10 0,0 0 0)))",
    ],
)
def test_every_kind_of_surface_has_its_neighbours(run, wkt):
    geometry = QgsGeometry.fromWkt(wkt)
    assert not geometry.isNull()
    parcels = QgsVectorLayer("Polygon?crs=EPSG:32637&field=value:double", "parcels", "memory")
    beside = "Polygon ((20 0,10 0,10 10,20 10,20 0))"
    for shape in (wkt, beside):
        feature = QgsFeature(parcels.fields())
        feature.setGeometry(QgsGeometry.fromWkt(shape))
        feature["value"] = 1.0
        parcels.dataProvider().addFeatures([feature])
    from parcel_agglomeration.algorithms.autocorrelation.contiguity import contiguity
    from parcel_agglomeration.algorithms.features import Parcels
    from qgis.core import QgsProcessingContext, QgsProcessingFeatureSource

    source = QgsProcessingFeatureSource(parcels, QgsProcessingContext())
    read = Parcels(source)
    read.features[0].setGeometry(geometry)  # a memory layer would turn it into its own type
    assert contiguity(read.boundaries()).indices.size == 2


def test_dates_and_odd_digits_are_classes_like_any_other(run, layer):
    parcels = layer("Polygon", "kind:string", [(SQUARE, text) for text in ("①", "²", "-1", "10", "9")])
    classes = [row["class"] for row in run("zonestatistics", INPUT=parcels, CLASS_FIELDS=["kind"]).rows()]
    assert set(classes) == {"①", "²", "-1", "10", "9"}
    assert classes.index("-1") < classes.index("9") < classes.index("10")
    dated = layer("Polygon", "day:date", [(SQUARE, "2020-01-02")])
    assert run("zonestatistics", INPUT=dated, CLASS_FIELDS=["day"]).column("class") == ["2020-01-02"]


def test_a_parcel_without_geometry_has_no_area_and_is_told(run, layer):
    parcels = layer("Polygon", "zone:integer", [(SQUARE, 1), (None, 1)])
    result = run("zonestatistics", INPUT=parcels)
    row = next(row for row in result.rows() if row["class"] == "1")
    assert row["parcels"] == 2
    assert row["area_hm2"] == pytest.approx(0.01, rel=0.01)
    assert any("1 parcels have no area" in line for line in result.log.info)


def test_areas_need_a_crs_or_a_field(run, layer):
    parcels = layer("Polygon", "zone:integer deed:double", [(SQUARE, 1, 20000.0)], crs="")
    with pytest.raises(QgsProcessingException, match="no CRS"):
        run("zonestatistics", INPUT=parcels)
    row = next(r for r in run("zonestatistics", INPUT=parcels, AREA_FIELD="deed").rows() if r["class"] == "1")
    assert row["area_hm2"] == 2


def test_whole_numbers_are_whole(refused, grid):
    parcels = grid([[1, 2, 3], [4, 5, 6]])
    for name in ("SEED", "K", "PERMUTATIONS"):
        message = refused("localmoran", INPUT=parcels, FIELD="value", OUTPUT="memory:", **{name: 2.5})
        assert message == f"{name} is 2.5; it must be a whole number."


def test_contiguity_of_points_is_refused_with_the_way_out(run, layer):
    points = layer("Point", "value:double", [(f"Point ({x} 0)", x) for x in range(5)])
    with pytest.raises(QgsProcessingException, match="needs polygons"):
        run("globalmoran", INPUT=points, FIELD="value", NEIGHBOURS=2)


@pytest.mark.parametrize("algorithm", ["globalmoran", "localmoran"])
def test_a_constant_and_an_empty_column_are_said_to_be_so(run, grid, algorithm):
    same = run(algorithm, INPUT=grid([[7] * 4] * 4), FIELD="value", K=3)
    assert any("same value everywhere" in line for line in same.log.warnings)
    with pytest.raises(QgsProcessingException, match="no value in any parcel"):
        run(algorithm, INPUT=grid([[None] * 4] * 4), FIELD="value", K=3)


def test_names_in_a_wrong_encoding_are_told_of(run, layer):
    parcels = layer("Polygon", "value:double", [(SQUARE, 1.0)])
    parcels.dataProvider().addAttributes([QgsField("\ufffd\ufffd", QMetaType.Type.Double)])
    parcels.updateFields()
    with pytest.raises(QgsProcessingException, match="set the encoding"):
        run("evaluate", INPUT=parcels)


@pytest.mark.parametrize("at", [1, 20, 40, 50])
@pytest.mark.parametrize("output", ["{}", "ogr:dbname='{}' table=\"zones\" (geom)"])
def test_a_cancelled_run_stops_and_leaves_no_file(provider, demo, tmp_path, output, at):
    from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback

    feedback = QgsProcessingFeedback(False)
    feedback.progressChanged.connect(lambda progress: feedback.cancel() if progress >= at else None)
    definition = QgsApplication.processingRegistry().algorithmById("agglomeration:evaluate").create()
    settings = {
        "INPUT": demo(),
        "INDEX_SYSTEM": demo("index_system_synthetic_fields"),
        "OUTPUT": output.format(tmp_path / "zones.gpkg"),
        "STATISTICS": str(tmp_path / "statistics.csv"),
        "REPORT": str(tmp_path / "report.html"),
    }
    with pytest.raises(QgsProcessingException, match="Cancelled"):
        definition.run(settings, QgsProcessingContext(), feedback, {}, False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("written", [False, True])
def test_a_run_cancelled_while_or_after_it_writes_leaves_nothing(
    provider, grid, tmp_path, monkeypatch, written
):
    from parcel_agglomeration.algorithms.parcel_algorithm import ParcelAlgorithm
    from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback

    feedback = QgsProcessingFeedback(False)
    if written:
        write_table = ParcelAlgorithm.write_table

        def write_and_cancel(*arguments):
            destination = write_table(*arguments)
            feedback.cancel()
            return destination

        monkeypatch.setattr(ParcelAlgorithm, "write_table", write_and_cancel)
    else:
        feedback.progressChanged.connect(lambda progress: feedback.cancel() if progress >= 60 else None)
    definition = QgsApplication.processingRegistry().algorithmById("agglomeration:naturalbreaks").create()
    table = f"ogr:dbname='{tmp_path / 'levels.gpkg'}' table=\"{{}}\"{{}}"
    settings = {
        "INPUT": grid([[row * column for column in range(1, 101)] for row in range(1, 41)]),
        "FIELD": "value",
        "OUTPUT": table.format("levels", " (geom)"),
        "BREAKS": table.format("breaks", ""),
    }
    with pytest.raises(QgsProcessingException, match="Cancelled"):
        definition.run(settings, QgsProcessingContext(), feedback, {}, False)
    assert list(tmp_path.iterdir()) == []


def test_no_name_of_the_hidden_folder_keeps_metadata_away(run, grid, tmp_path, monkeypatch):
    """QGIS takes a folder with “.gz” or “.zip” in its name for an archive."""
    for unlucky in ("gz012345", "zip01234", "tar01234"):
        monkeypatch.setattr(tempfile, "_get_candidate_names", lambda name=unlucky: iter([name]))
        path = tmp_path / f"{unlucky}.csv"
        run("naturalbreaks", INPUT=grid([[1, 2], [3, 4]]), FIELD="value", CLASSES=2, OUTPUT=str(path))
        assert path.with_suffix(".qmd").is_file()
