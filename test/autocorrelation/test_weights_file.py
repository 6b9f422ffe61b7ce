"""Weights files: what is written is read back, and what is wrong is named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.autocorrelation.spatial_weights import SpatialWeights
from parcel_agglomeration.algorithms.autocorrelation.weights_file import (
    read_weights,
    write_gal,
    write_gwt,
)
from parcel_agglomeration.algorithms.errors import ParcelDataError

LINE_GAL = "a 1\nb\nb 2\na c\nc 1\nb\n"


@pytest.fixture
def file(tmp_path):
    """Write text or bytes to a file of the given name and return its path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def links(weights):
    return list(zip(weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True))


LINE = [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 1, 1.0)]


@pytest.mark.parametrize("header", ["", "3\n", "0 3 parcels id\n", "0 3 two words id\n", "0 3\n"])
def test_gal_is_read_with_any_header_or_none(file, header):
    assert links(read_weights(file("line.gal", header + LINE_GAL), "abc")) == LINE


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + LINE_GAL.encode(),
        LINE_GAL.replace("\n", "\r\n").encode(),
        LINE_GAL.replace("\n", "\n\n").encode(),
        LINE_GAL.rstrip().encode(),
    ],
    ids=["BOM", "CRLF", "blank lines", "no newline at the end"],
)
def test_gal_of_other_editors_is_read(file, content):
    assert links(read_weights(file("line.GAL", content), "abc")) == LINE


def test_ids_are_text_matched_to_the_order_of_the_layer(file):
    path = file("zhuzhou.gal", "0 2 地块 id\n地块1 1\n007\n007 0\n\n")

    assert links(read_weights(path, ["007", "地块1"])) == [(1, 0, 1.0)]


def test_an_id_0_in_the_first_line_is_a_site_not_a_header(file):
    path = file("zero.gal", "0 1\n1\n1 1\n0\n")

    assert links(read_weights(path, ["0", "1"])) == [(0, 1, 1.0), (1, 0, 1.0)]


@pytest.mark.parametrize("header", ["", "0 3 parcels id\n", "3\n"])
def test_gwt_is_read_with_its_weights(file, header):
    path = file("links.gwt", header + "a b 0.25\nc a 1e-3\n")

    assert links(read_weights(path, "abc")) == [(0, 1, 0.25), (2, 0, 0.001)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("w.gal", "a 1\nx\nb 0\nc 0\n", ["Line 2", "“x”"]),
        ("w.gal", "a 0\nx 0\nb 0\nc 0\n", ["Line 2", "“x”"]),
        ("w.gal", "a 1\nb\nb 1\na\n", ["“c”"]),
        ("w.gal", "a 2\nb\nb 1\na\nc 0\n", ["Line 2", "“a”", "2", "1"]),
        ("w.gal", "a 1\nb\nb 0\nc 2\nb\n", ["Line 5", "“c”", "2", "1"]),
        ("w.gal", "a one\nb\n", ["Line 1", "“one”"]),
        ("w.gal", "a -1\nb\n", ["Line 1", "“-1”"]),
        ("w.gal", "a 1\nb\na 0\nb 0\nc 0\n", ["Line 3", "“a”"]),
        ("w.gal", "a 0\nb c a\n", ["Line 2", "“b c a”"]),
        ("w.gal", "4\n" + LINE_GAL, ["Line 1", "4", "3"]),
        ("w.gal", "0 many parcels id\n" + LINE_GAL, ["Line 1", "“many”"]),
        ("w.gwt", "0 3 parcels id\na x 1\n", ["Line 2", "“x”"]),
        ("w.gwt", "0 3 parcels id\na b 1\nb a 1,5\n", ["Line 3", "“1,5”", "“b”"]),
        ("w.gwt", "0 3 parcels id\na b nan\n", ["Line 2", "“nan”"]),
        ("w.gwt", "0 3 parcels id\na b -1\n", ["Line 2", "“-1”"]),
        ("w.gwt", "0 3 parcels id\na b\n", ["Line 2", "“a b”"]),
        ("w.gwt", "0 4 parcels id\na b 1\n", ["Line 1", "4", "3"]),
        ("w.gal", "", ["empty"]),
        ("w.gal", b"\xb5\xd8 0\n", ["UTF-8"]),
        ("w.csv", LINE_GAL, ["w.csv", ".gal", ".gwt"]),
    ],
)
def test_what_is_wrong_in_a_file_is_named(file, name, content, said):
    with pytest.raises(ParcelDataError) as error:
        read_weights(file(name, content), "abc")

    for words in said:
        assert words in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ParcelDataError, match=r"none\.gal"):
        read_weights(tmp_path / "none.gal", "abc")


def test_repeated_ids_of_the_layer_are_named(file, tmp_path):
    weights = SpatialWeights.from_pairs([0], [1], 3)

    with pytest.raises(ParcelDataError, match="“b”"):
        read_weights(file("line.gal", LINE_GAL), ["a", "b", "b"])
    with pytest.raises(ParcelDataError, match="“b”"):
        write_gal(tmp_path / "out.gal", weights, ["a", "b", "b"], "parcels")


@pytest.mark.parametrize("write", [write_gal, write_gwt])
@pytest.mark.parametrize("name", ["", "two words", " a"])
def test_ids_that_the_format_cannot_hold_are_named(tmp_path, write, name):
    with pytest.raises(ParcelDataError, match=f"“{name}”"):
        write(tmp_path / "out.gal", SpatialWeights.from_pairs([0], [1], 2), [name, "b"], "parcels")


def test_a_folder_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(ParcelDataError, match=r"out\.gal"):
        write_gal(tmp_path / "none" / "out.gal", SpatialWeights.from_pairs([0], [1], 2), "ab", "parcels")


def test_gal_text_is_that_of_the_format(tmp_path):
    write_gal(tmp_path / "line.gal", SpatialWeights.from_pairs([0, 1, 1], [1, 0, 2], 3), "abc", "my parcels")

    text = (tmp_path / "line.gal").read_bytes().decode()
    assert text == "0 3 my_parcels id\na 1\nb\nb 2\na c\nc 0\n\n"


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, allow_infinity=False)), max_size=20)
)
def test_a_round_trip_changes_nothing(tmp_path_factory, triples):
    folder = tmp_path_factory.mktemp("round_trip")
    ids = ["0", "地块", "c", "3", "1e5", "f"]
    i, j, weight = ([t[k] for t in triples] for k in range(3))
    weights = SpatialWeights.from_pairs(i, j, 6, weight)

    write_gwt(folder / "w.gwt", weights, ids, "parcels")
    write_gal(folder / "w.gal", weights, ids, "parcels")

    assert links(read_weights(folder / "w.gwt", ids)) == links(weights)
    neighbours = read_weights(folder / "w.gal", ids)
    np.testing.assert_array_equal(neighbours.indptr, weights.indptr)
    np.testing.assert_array_equal(neighbours.indices, weights.indices)
    assert (neighbours.data == 1).all()


@pytest.mark.parametrize(
    ("path", "ids", "expected"),
    [
        ("sa_columbus/data/columbus.gal", range(1, 50), 236),
        ("sa_columbus/expected/spdep_queen.gal", range(1, 50), 236),
        ("sa_natregimes/expected/spdep_queen.gal", range(1, 3086), 18168),
        ("sa_nc/data/ncCC89.gal", range(37001, 37200, 2), 394),
    ],
)
def test_published_files_have_their_published_number_of_links(cases, path, ids, expected):
    assert read_weights(cases / path, [str(number) for number in ids]).indices.size == expected


def test_libpysal_reads_what_is_written(tmp_path):
    libpysal = pytest.importorskip("libpysal")
    weights = SpatialWeights.from_pairs([0, 1, 2, 2], [1, 0, 0, 1], 3, [0.5, 0.1, 2.0, 1 / 3])
    write_gal(tmp_path / "w.gal", weights, "abc", "parcels")
    write_gwt(tmp_path / "w.gwt", weights, "abc", "parcels")

    gal = libpysal.io.open(str(tmp_path / "w.gal")).read()
    gwt = libpysal.io.open(str(tmp_path / "w.gwt")).read()

    assert gal.neighbors == {"a": ["b"], "b": ["a"], "c": ["a", "b"]}
    assert gwt["c"] == {"a": 2.0, "b": 1 / 3}
