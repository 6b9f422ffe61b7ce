"""Weights files of other programs: the links that libpysal reads from its own example files."""

import struct
import sys
import warnings

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.weights_file import read_weights
from parcel_agglomeration.algorithms.errors import ParcelDataError


def links(weights, names):
    """Weight by the names of site and neighbour."""
    triples = zip(weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True)
    return {(names[i], names[j]): weight for i, j, weight in triples}


def libpysal_links(w, text):
    return {
        (text(i), text(j)): weight
        for i, near in w.neighbors.items()
        for j, weight in zip(near, w.weights[i], strict=True)
        if i != j
    }


def read_by_libpysal(path, layout=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = pytest.importorskip("libpysal").io.open(str(path), "r", layout)
        try:
            return file.read()
        finally:
            file.close()


@pytest.mark.parametrize(
    ("example", "layout", "first", "count"),
    [
        ("ohio.swm", None, None, 462),
        ("us48_CONTIGUITY_EDGES_ONLY.swm", None, None, 210),
        ("us48_INVERSE_DISTANCE.swm", None, None, 210),
        ("arcgis_txt.txt", "arcgis_text", None, 6),
        ("arcgis_ohio.dbf", "arcgis_dbf", None, 462),
        ("virginia_queen.dbf", "arcgis_dbf", None, 586),
        ("wmat.mtx", None, 1, 232),
        ("wmat.dat", None, 1, 232),
        ("virginia_queen.dat", None, None, 586),
        ("baltim.tri.k12.kwt", None, None, 2532),
        ("spat-sym-us.mat", None, 0, 188),
        ("spat-sym-us.wk1", None, 0, 188),
        ("stata_full.txt", "stata_text", None, 224),
        ("stata_sparse.txt", "stata_text", None, 224),
        ("geobugs_scot", "geobugs_text", 1, 234),
    ],
)
def test_example_files_of_libpysal_are_read_as_it_reads_them(tmp_path, example, layout, first, count):
    path = pytest.importorskip("libpysal").examples.get_path(example)
    theirs = read_by_libpysal(path, layout)
    if example == "geobugs_scot":
        copy = tmp_path / "geobugs.txt"
        with open(path, encoding="utf-8") as file:
            copy.write_text(file.read(), encoding="utf-8")
        path = copy

    def text(name):
        return str(int(name)) if isinstance(name, float) else str(name)

    # the order of the layer must not matter to a file with ids
    names = sorted(map(text, theirs.id_order), key=int, reverse=first is None)
    ids = names if first is None else [f"P{name}" for name in names]

    found = links(read_weights(path, ids), names)

    assert len(found) == count
    assert found == libpysal_links(theirs, text)


@pytest.mark.parametrize(
    ("ending", "layout"),
    [(".swm", None), (".txt", "arcgis_text"), (".dbf", "arcgis_dbf"), (".mtx", None), (".dat", None)],
)
def test_files_that_libpysal_writes_are_read(tmp_path, ending, layout):
    libpysal = pytest.importorskip("libpysal")
    w = libpysal.weights.W(
        {1: [2, 3], 2: [1], 3: [2]}, {1: [0.25, 0.125], 2: [1.5], 3: [2.0]}, id_order=[1, 2, 3]
    )
    path = tmp_path / f"w{ending}"
    file = libpysal.io.open(str(path), "w", layout)
    file.write(w)
    file.close()

    assert links(read_weights(path, "123"), "123") == {
        ("1", "2"): 0.25, ("1", "3"): 0.125, ("2", "1"): 1.5, ("3", "2"): 2.0,
    }  # fmt: skip


def swm(rows, head=b"ID;Unknown\n", count=None, empty_sum=b""):
    """A .swm file of (id, neighbours, weights)."""
    data = head + struct.pack("<2i", len(rows) if count is None else count, 0)
    for origin, near, weights in rows:
        data += struct.pack(f"<2i{len(near)}i", origin, len(near), *near)
        data += struct.pack(f"<{len(weights)}d", *weights)
        data += struct.pack("<d", sum(weights)) if near else empty_sum
    return data


@pytest.mark.parametrize("empty_sum", [b"", struct.pack("<d", 0)], ids=["ArcGIS", "libpysal"])
def test_an_island_in_a_swm_may_have_a_sum_or_none(tmp_path, empty_sum):
    path = tmp_path / "w.swm"
    path.write_bytes(swm([(7, [9], [0.5]), (8, [], []), (9, [7], [2.0])], empty_sum=empty_sum))

    assert links(read_weights(path, "789"), "789") == {("7", "9"): 0.5, ("9", "7"): 2.0}


def dbf(columns, rows):
    """A dBase III table of columns (name, kind, width) and rows of text."""
    width = 1 + sum(size for _, _, size in columns)
    data = struct.pack("<4BIHH20x", 3, 126, 1, 1, len(rows), 33 + 32 * len(columns), width)
    for name, kind, size in columns:
        data += struct.pack("<11scIB15x", name.encode(), kind.encode(), 0, size)
    data += b"\r"
    for flag, *texts in rows:
        data += flag + b"".join(t.encode().rjust(c[2]) for t, c in zip(texts, columns, strict=True))
    return data


COLUMNS = [("PARCEL", "N", 9), ("NID", "N", 9), ("WEIGHT", "N", 19)]


def test_deleted_rows_of_a_dbf_do_not_count_and_whole_numbers_may_have_decimals(tmp_path):
    path = tmp_path / "w.dbf"
    path.write_bytes(dbf(COLUMNS, [(b" ", "7.00", "10", "5.0e-001"), (b"*", "10", "7", "1")]))

    assert links(read_weights(path, ["7", "10"]), ["7", "10"]) == {("7", "10"): 0.5}


def test_a_symmetric_pattern_of_matrix_market_means_both_directions(tmp_path):
    path = tmp_path / "w.mtx"
    path.write_text("%%MatrixMarket matrix coordinate pattern symmetric\n% note\n3 3 2\n2 1\n3 1\n")

    assert set(links(read_weights(path, "abc"), "abc")) == {("a", "b"), ("a", "c"), ("b", "a"), ("c", "a")}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("w.swm", swm([(1, [2], [1.0]), (5, [1], [1.0]), (3, [], [])]), ["“5”", "does not have"]),
        ("w.swm", swm([(1, [2], [1.0]), (2, [5], [1.0]), (3, [], [])]), ["“5”", "does not have"]),
        ("w.swm", swm([(1, [2], [1.0]), (2, [1], [1.0])]), ["announces 2 sites", "layer has 3"]),
        ("w.swm", swm([(1, [2], [1.0]), (2, [1], [1.0]), (2, [1], [1.0])]), ["“2”", "second time"]),
        ("w.swm", swm([(1, [2], [-1.0]), (2, [], []), (3, [], [])]), ["“1”", "“-1.0”"]),
        ("w.swm", swm([(1, [2], [1.0])])[:-4], ["not a complete .swm"]),
        ("w.swm", swm([(1, [2], [1.0])], count=2**30), ["not a complete .swm"]),
        ("w.swm", b"", ["not a complete .swm"]),
        ("w.txt", b"ID\n1 2 1\n1 9 1\n", ["Line 3", "“9”"]),
        ("w.txt", b"ID\n1 2\n", ["Line 2", "“1 2”"]),
        ("w.dbf", b"no table", ["w.dbf", "NID and WEIGHT"]),
        ("w.dbf", dbf([("A", "C", 3)], [(b" ", "1")]), ["w.dbf", "NID and WEIGHT"]),
        ("w.dbf", dbf(COLUMNS, [(b" ", "1", "9", "1")]), ["“9”"]),
        ("w.dbf", dbf(COLUMNS, [(b" ", "1", "2", "much")]), ["“1”", "“much”"]),
        ("w.mtx", b"%%MatrixMarket matrix coordinate real general\n4 4 1\n1 2 1\n", ["Line 2", "4", "3"]),
        ("w.mtx", b"%%MatrixMarket matrix coordinate real general\n3 3 2\n1 2 1\n", ["2 links, but has 1"]),
        ("w.mtx", b"%%MatrixMarket matrix array real general\n3 3\n", ["no Matrix Market file"]),
        ("w.mtx", b"%%MatrixMarket matrix coordinate real general\n", ["no Matrix Market file"]),
        ("w.mtx", b"1 2 1\n", ["no Matrix Market file"]),
        ("w.dat", b"1 2 0.5\n1 4 0.5\n", ["Line 2", "“4”"]),
        ("w.shp", b"", ["w.shp", ".gal", ".swm", ".wk1"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_named(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ParcelDataError) as error:
        read_weights(path, "123")

    for words in said:
        assert words in str(error.value)


@pytest.mark.parametrize("ending", [".swm", ".txt", ".dbf", ".gwt"])
def test_ids_that_occur_twice_are_named(tmp_path, ending):
    path = tmp_path / f"w{ending}"
    path.write_text("ID\n")
    with pytest.raises(ParcelDataError, match=r"Two parcels have the id “2”"):
        read_weights(path, "122")


def test_a_damaged_file_for_libpysal_is_one_sentence(tmp_path):
    pytest.importorskip("libpysal")
    (tmp_path / "w.wk1").write_bytes(b"nothing")
    with pytest.raises(ParcelDataError, match=r"w\.wk1.*cannot be read by libpysal"):
        read_weights(tmp_path / "w.wk1", "123")


def test_without_libpysal_its_formats_name_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "libpysal", None)
    (tmp_path / "w.mat").write_bytes(b"")
    with pytest.raises(ParcelDataError, match=r"“w\.mat” needs libpysal, not installed .* as \.gal or \.gwt"):
        read_weights(tmp_path / "w.mat", "123")
    (tmp_path / "w.mtx").write_text("%%MatrixMarket matrix coordinate integer general\n2 2 1\n1 2 3\n")
    np.testing.assert_array_equal(read_weights(tmp_path / "w.mtx", "ab").data, [3])
