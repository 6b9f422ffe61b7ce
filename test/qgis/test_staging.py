"""Outputs written beside their place: what counts as complete, and how it is moved."""

import zipfile

import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.staging import StagingFolder, check_complete, check_table
from qgis.core import QgsCoordinateTransformContext, QgsVectorFileWriter


@pytest.fixture
def store(plugin, layer, tmp_path):
    """A GeoPackage of two points."""
    made = layer("Point", "a:integer", [("Point (0 0)", 1), ("Point (1 1)", 2)])
    path = tmp_path / "points.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "points"
    QgsVectorFileWriter.writeAsVectorFormatV3(made, str(path), QgsCoordinateTransformContext(), options)
    return path


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sheet.xml", "x" * 5000)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "whole", "cut"),
    [
        ("rows.csv", b"a,b\n1,2\n3,4\n", b"a,b\n1,2\n"),
        ("line.csv", b"a,b\n1,2\n3,4\n", b"a,b\n1,2\n3,"),
        ("sheet.pdf", b"%PDF-1.4 body\n%%EOF\n", b"%PDF-1.4 body\n"),
        ("map.png", b"\x89PNG pixels IEND\xaeB`\x82", b"\x89PNG pix"),
        ("page.html", b"<html>", b""),
    ],
)
def test_a_cut_file_is_not_complete(plugin, tmp_path, name, whole, cut):
    path = tmp_path / name
    count = 2 if path.suffix == ".csv" else 0
    path.write_bytes(whole)
    check_complete(path, count)
    path.write_bytes(cut)
    with pytest.raises(ParcelDataError, match="could not be written in full"):
        check_complete(path, count)


def test_a_cut_workbook_is_not_complete(plugin, tmp_path):
    path = tmp_path / "book.xlsx"
    whole = zipped(path)
    check_complete(path)
    for cut in (whole[:-30], whole[:3000], whole[:40] + b"\0" * 9 + whole[49:]):
        path.write_bytes(cut)
        with pytest.raises(ParcelDataError, match="could not be written in full"):
            check_complete(path)


def test_a_store_that_lacks_features_is_not_complete(store):
    check_complete(store, 2)
    check_table(store, "points", 2)
    for check in (lambda: check_complete(store, 3), lambda: check_table(store, "points", 3)):
        with pytest.raises(ParcelDataError, match="could not be written in full"):
            check()
    store.write_bytes(store.read_bytes()[:5000])
    with pytest.raises(ParcelDataError, match="could not be written in full"):
        check_complete(store, 2)


def test_outputs_take_the_place_of_earlier_ones_with_what_belonged_to_them(tmp_path):
    (tmp_path / "zones.gpkg").write_bytes(b"old")
    (tmp_path / "zones.gpkg-wal").write_bytes(b"changes of the old one")
    (tmp_path / "other.txt").write_bytes(b"stays")
    staging = StagingFolder(tmp_path)
    (staging.path / "zones.gpkg").write_bytes(b"new")
    staging.publish()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "zones.gpkg": b"new",
        "other.txt": b"stays",
    }


def test_what_is_not_published_leaves_no_trace(tmp_path):
    staging = StagingFolder(tmp_path / "pictures")
    (staging.path / "a.png").write_bytes(b"x")
    staging.remove()
    assert list(tmp_path.iterdir()) == []
