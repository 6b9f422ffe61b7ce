"""Formats and stores that parcels and tables come in and go out by, each really written and read."""

import sqlite3

import pytest
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsField,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
)
from qgis.PyQt.QtCore import QMetaType

from . import postgis_server

DISTRICTS = ("天元区", "荷塘区")
DISTRICT = "片区"
DRIVERS = {
    "gpkg": "GPKG",
    "shp": "ESRI Shapefile",
    "geojson": "GeoJSON",
    "fgb": "FlatGeobuf",
    "csv": "CSV",
    "xlsx": "XLSX",
}


@pytest.fixture
def parcels(demo):
    """The demonstration's parcels in memory, with a Chinese field of Chinese names."""
    from qgis.core import QgsFeatureRequest

    made = QgsVectorLayer(demo(), "parcels", "ogr").materialize(QgsFeatureRequest())
    provider = made.dataProvider()
    provider.addAttributes([QgsField(DISTRICT, QMetaType.Type.QString, "", 20)])
    made.updateFields()
    position = made.fields().lookupField(DISTRICT)
    provider.changeAttributeValues(
        {feature.id(): {position: DISTRICTS[k % 2]} for k, feature in enumerate(made.getFeatures())}
    )
    return made


@pytest.fixture
def system(demo):
    return QgsVectorLayer(demo("index_system_synthetic_fields"), "system", "ogr")


@pytest.fixture
def zones(run, system):
    """Zones by parcel, its name as text: zones(parcels), with further parameters of `evaluate`."""

    def of(source, **parameters):
        done = run(
            "evaluate",
            **{"INPUT": source, "INDEX_SYSTEM": system, "ID_FIELD": "parcel_id", "PERMUTATIONS": 99}
            | parameters,
        )
        return zones_by_parcel(done.layer()), done

    return of


def zones_by_parcel(layer):
    """Zones by name, None where there is none; a text format hands out texts."""
    found = {str(feature["parcel_id"]): str(feature["zone"]) for feature in layer.getFeatures()}
    return {name: None if zone in ("NULL", "") else int(zone) for name, zone in found.items()}


@pytest.fixture
def expected(zones, parcels):
    found, _ = zones(parcels)
    assert sum(zone is not None for zone in found.values()) == 114
    return found


def save(layer, path, encoding="UTF-8", **settings):
    """Write a layer to a file in the format of its ending."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = DRIVERS[path.suffix[1:]]
    options.fileEncoding = encoding
    for name, value in settings.items():
        setattr(options, name, value)
    code, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, str(path), QgsCoordinateTransformContext(), options
    )
    assert code == QgsVectorFileWriter.WriterError.NoError, message
    return path


@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson", "fgb"])
def test_parcels_come_from_files(zones, parcels, expected, tmp_path, ending):
    path = save(parcels, tmp_path / f"地 块.{ending}")
    found, done = zones(str(path), DISTRICT_FIELD=DISTRICT)
    assert found == expected
    districts = {row["district"] for row in done.rows("STATISTICS")}
    assert set(DISTRICTS) <= districts


class TestShapefilesOfChineseWindows:
    """Attributes in GBK, with and without the file that says so."""

    def test_with_a_cpg_names_are_read(self, zones, parcels, expected, tmp_path):
        path = save(parcels, tmp_path / "parcels.shp", "GBK")
        assert (tmp_path / "parcels.cpg").read_text().strip() in ("GBK", "936")
        found, done = zones(str(path), DISTRICT_FIELD=DISTRICT)
        assert found == expected
        assert set(DISTRICTS) <= {row["district"] for row in done.rows("STATISTICS")}

    def test_without_it_numbers_are_the_same_and_names_are_told_of(self, zones, parcels, expected, tmp_path):
        path = save(parcels, tmp_path / "parcels.shp", "GBK")
        (tmp_path / "parcels.cpg").unlink()
        garbled = QgsVectorLayer(str(path), "parcels", "ogr").fields().names()[-1]
        assert garbled != DISTRICT
        found, done = zones(str(path), DISTRICT_FIELD=garbled)
        assert found == expected
        assert any("encoding" in warning for warning in done.log.warnings)


@pytest.mark.parametrize("ending", list(DRIVERS))
def test_results_go_to_files(zones, parcels, expected, tmp_path, ending):
    path = tmp_path / f"结果 out.{ending}"
    zones_read, _ = zones(parcels, OUTPUT=str(path), DISTRICT_FIELD=DISTRICT)
    assert zones_read == expected
    again = QgsVectorLayer(str(path), "again", "ogr")
    assert again.isValid() and again.featureCount() == 117
    names = again.fields().names()
    assert DISTRICT in names
    assert zones_by_parcel(again) == expected


FORMULAS = ("=cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "+高新区")


@pytest.fixture
def formula_parcels(parcels):
    """Parcels whose districts and one field's name are formulas to a spreadsheet."""
    provider = parcels.dataProvider()
    position = parcels.fields().lookupField(DISTRICT)
    provider.changeAttributeValues(
        {f.id(): {position: FORMULAS[k % len(FORMULAS)]} for k, f in enumerate(parcels.getFeatures())}
    )
    provider.addAttributes([QgsField("=1+1", QMetaType.Type.QString, "", 20)])
    parcels.updateFields()
    return parcels


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_spreadsheets_get_no_formulas(zones, formula_parcels, tmp_path, ending):
    path, statistics = tmp_path / f"zones.{ending}", tmp_path / f"statistics.{ending}"
    zones(formula_parcels, OUTPUT=str(path), STATISTICS=str(statistics), DISTRICT_FIELD=DISTRICT)
    for file, field in ((path, DISTRICT), (statistics, "district")):
        layer = QgsVectorLayer(str(file), "again", "ogr")
        found = {feature[field] for feature in layer.getFeatures()}
        assert {"'" + formula for formula in FORMULAS} <= found
        assert not found & set(FORMULAS)
    assert "'=1+1" in QgsVectorLayer(str(path), "again", "ogr").fields().names()


def test_other_formats_keep_them(zones, formula_parcels, tmp_path):
    path = tmp_path / "zones.gpkg"
    zones(formula_parcels, OUTPUT=str(path), DISTRICT_FIELD=DISTRICT)
    layer = QgsVectorLayer(str(path), "again", "ogr")
    assert {feature[DISTRICT] for feature in layer.getFeatures()} == set(FORMULAS)


def test_guarded_names_are_read_as_they_were(zones, formula_parcels, run, tmp_path):
    path = tmp_path / "zones.csv"
    zones(formula_parcels, OUTPUT=str(path), DISTRICT_FIELD=DISTRICT)
    again = run(
        "zonestatistics",
        INPUT=str(path),
        DISTRICT_FIELD=DISTRICT,
        CLASS_FIELDS=["zone"],
        AREA_FIELD="composite",
    )
    assert set(FORMULAS) <= set(again.column("district"))


@pytest.mark.parametrize("ending", ["csv", "xlsx", "gpkg"])
def test_tables_come_and_go_as_spreadsheets(zones, parcels, system, expected, tmp_path, ending):
    given = save(system, tmp_path / f"指标体系.{ending}")
    breaks = tmp_path / f"breaks.{ending}"
    found, _ = zones(parcels, INDEX_SYSTEM=str(given), BREAKS=str(breaks))
    assert found == expected
    # The breaks of one year are the fixed breaks of the next: read back from the same format.
    again, _ = zones(parcels, INDEX_SYSTEM=str(given), FIXED_BREAKS=str(breaks))
    assert again == expected


def test_a_table_from_windows_notepad(zones, parcels, system, expected, tmp_path):
    text = save(system, tmp_path / "system.csv").read_text(encoding="utf-8-sig")
    path = tmp_path / "windows.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8"))
    assert zones(parcels, INDEX_SYSTEM=str(path))[0] == expected


def test_selected_parcels_alone(zones, parcels):
    QgsProject.instance().addMapLayer(parcels, False)
    chosen = [f.id() for f in parcels.getFeatures() if int(f["parcel_id"]) % 3]
    parcels.selectByIds(chosen)
    found, _ = zones(QgsProcessingFeatureSourceDefinition(parcels.id(), True))
    assert len(found) == len(chosen) < 117


def test_a_view_of_a_geopackage(zones, parcels, expected, tmp_path):
    path = save(parcels, tmp_path / "parcels.gpkg", layerName="parcels")
    with sqlite3.connect(path) as database:
        database.execute("CREATE VIEW seen AS SELECT * FROM parcels")
        database.execute(
            "INSERT INTO gpkg_contents (table_name, identifier, data_type, srs_id) "
            "SELECT 'seen', 'seen', data_type, srs_id FROM gpkg_contents WHERE table_name = 'parcels'"
        )
        database.execute(
            "INSERT INTO gpkg_geometry_columns SELECT 'seen', column_name, geometry_type_name, srs_id, z, m "
            "FROM gpkg_geometry_columns WHERE table_name = 'parcels'"
        )
    database.close()
    assert zones(f"{path}|layername=seen")[0] == expected


def test_a_virtual_layer(zones, parcels, expected):
    QgsProject.instance().addMapLayer(parcels, False)
    virtual = QgsVectorLayer(f'?query=SELECT * FROM "{parcels.id()}"', "virtual", "virtual")  # noqa: S608
    assert virtual.isValid()
    assert zones(virtual)[0] == expected


def test_joined_fields(zones, parcels, system, expected, tmp_path):
    """Figures that stand in another table, joined by the parcel's number, count like the layer's own."""
    figures = QgsVectorLayer(str(save(parcels, tmp_path / "figures.csv")), "figures", "ogr")
    bare = QgsVectorLayer(str(save(parcels, tmp_path / "bare.gpkg", attributes=[
        parcels.fields().lookupField("parcel_id")])), "bare", "ogr")  # fmt: skip
    QgsProject.instance().addMapLayers([figures, bare], False)
    join = QgsVectorLayerJoinInfo()
    join.setJoinLayer(figures)
    join.setJoinFieldName("parcel_id")
    join.setTargetFieldName("parcel_id")
    join.setPrefix("")
    join.setUsingMemoryCache(True)
    assert bare.addJoin(join)
    assert bare.fields().lookupField("syn_output") >= 0
    assert zones(bare)[0] == expected


@pytest.fixture(scope="module")
def server():
    folder = postgis_server.programs()
    if folder is None:
        pytest.skip("PostgreSQL with PostGIS is not installed")
    server = postgis_server.Server(folder)
    yield server
    server.stop()


class TestPostgis:
    """A real server, for input and output."""

    def table(self, server, name, geometry="(geom)"):
        return f'{server.connection} key=\'id\' table="public"."{name}" {geometry}'

    @pytest.fixture
    def stored(self, server, parcels):
        """The parcels as a table, put there by QGIS itself."""
        from qgis.core import QgsVectorLayerExporter

        server.execute("DROP TABLE IF EXISTS parcels CASCADE")
        code, message = QgsVectorLayerExporter.exportLayer(
            parcels, self.table(server, "parcels"), "postgres", parcels.crs()
        )
        assert code == QgsVectorLayerExporter.ExportError.NoError, message
        return self.table(server, "parcels") + " type=MultiPolygon"

    def test_from_a_table_and_into_one(self, server, zones, stored, expected):
        source = QgsVectorLayer(stored, "parcels", "postgres")
        assert source.isValid()
        target = f'postgres://{server.connection} table="public"."zoned" (geom)'
        found, _ = zones(source, OUTPUT=target, DISTRICT_FIELD=DISTRICT)
        assert found == expected
        rows = server.execute("SELECT parcel_id, zone FROM zoned")
        assert {
            name: int(zone) if zone else None for name, zone in (row.split("|") for row in rows)
        } == expected
        assert server.execute('SELECT DISTINCT "片区" FROM zoned ORDER BY 1') == sorted(DISTRICTS)
        assert server.execute("SELECT count(*) FROM zoned WHERE ST_IsValid(geom)") == ["117"]

    def test_from_a_view(self, server, zones, stored, expected):
        server.execute("CREATE VIEW seen AS SELECT * FROM parcels WHERE parcel_id::int % 2 = 0")
        view = QgsVectorLayer(self.table(server, "seen") + " type=MultiPolygon", "seen", "postgres")
        assert view.isValid()
        assert set(zones(view)[0]) == {name for name in expected if int(name) % 2 == 0}

    def test_tables_into_one(self, server, zones, parcels):
        target = f'postgres://{server.connection} table="public"."breaks"'
        _, done = zones(parcels, BREAKS=target)
        assert server.execute("SELECT count(*) FROM breaks") == [str(len(done.rows("BREAKS")))]

    def test_the_source_is_as_before(self, server, zones, stored):
        before = server.execute("SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM parcels p")
        zones(QgsVectorLayer(stored, "parcels", "postgres"))
        assert server.execute("SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM parcels p") == before

    @pytest.mark.parametrize("schema", ["public", "分区 Zones"])
    def test_styles_into_the_database_that_open_with_the_table(self, server, zones, parcels, schema):
        server.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        target = f'postgres://{server.connection} table="{schema}"."styled" (geom)'
        for language in ("en", "zh"):  # a second run replaces what the first has stored
            _, done = zones(parcels, OUTPUT=target, SAVE_STYLE=True, LANGUAGE=int(language == "zh"))
            assert not [text for text in done.log.warnings if "style" in text]
        uri = f'{server.connection} key=\'id\' table="{schema}"."styled" (geom) type=MultiPolygon'
        opened = QgsVectorLayer(uri, "styled", "postgres")
        labels = [item.label() for item in opened.renderer().legendSymbolItems()]
        assert labels[0] == "4 高质量集聚区" and labels[-1] == "无结果"
        assert opened.attributeAlias(opened.fields().lookupField("zone")) == "集聚分区"
        found, _, names, *_ = opened.listStylesInDatabase()
        assert names[0] == "集聚分区" and len(set(names[:found])) == found > 15, "those of this table first"
        shown = server.execute("SELECT f_table_schema, stylename FROM layer_styles WHERE useasdefault")
        assert [row for row in shown if row.startswith(f"{schema}|")] == [f"{schema}|集聚分区"]
