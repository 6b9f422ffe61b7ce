"""Weights files of ArcGIS (.swm, .txt, .dbf), Matrix Market (.mtx), LeSage's toolbox (.dat), libpysal.

The layouts are those that libpysal documents and its example files show; .mat and .wk1, and the
.txt of Stata and GeoBUGS, are left to libpysal itself.
"""

import re
import struct
import warnings

import numpy as np

from ..errors import ParcelDataError
from ..optional_packages import optional_package
from ._file_sites import (
    bytes_of,
    check_listed,
    check_number,
    lines_of,
    links_of,
    numbered,
    site_of,
    weight_of,
    whole_number,
)
from .spatial_weights import SpatialWeights

_POINT_ZERO = re.compile(r"(?<=[0-9])\.0+$")


def _read_swm(path, ids):
    """ArcGIS: a line of text, then little-endian binary.

    Number of sites and a flag; for each site its id, the number of its neighbours, their ids,
    their weights (one for all where FIXEDWEIGHTS is true) and the sum of these.
    """
    data = bytes_of(path)
    site = numbered(ids, path)
    head = data.find(b"\n") + 1
    fixed = b"FIXEDWEIGHTS@TRUE" in data[:head].upper()
    try:
        count, _ = struct.unpack_from("<2i", data, head)
        # ArcGIS writes no sum for a site without neighbours, libpysal does
        rows = _swm_rows(data, head + 8, count, fixed, 0) or _swm_rows(data, head + 8, count, fixed, 8)
    except (struct.error, ValueError):
        rows = None
    if not head or rows is None:
        raise ParcelDataError(
            "Weights file “{}” is not a complete .swm file of ArcGIS: write it anew.", path.name
        )
    check_number(count, site, None, path.name)
    listed, i, j, weight = set(), [], [], []
    for origin, neighbours, weights in rows:
        here = site_of(str(origin), site, None, path.name)
        if here in listed:
            raise ParcelDataError(
                "Weights file “{}” lists id “{}” for the second time: write it anew.", path.name, origin
            )
        listed.add(here)
        i.extend([here] * len(neighbours))
        j.extend(site_of(str(near), site, None, path.name) for near in neighbours)
        weight.extend(
            weight_of((origin, near, value), None, path.name)
            for near, value in zip(neighbours, weights, strict=True)
        )
    check_listed(listed, site, path.name)
    return SpatialWeights.from_pairs(i, j, len(site), weight)


def _swm_rows(data, at, count, fixed, empty_sum):
    """(id, neighbours, weights) of each site, or None where the layout does not end with the file."""
    rows = []
    for _ in range(count):
        origin, size = struct.unpack_from("<2i", data, at)
        at += 8
        if size < 0:
            return None
        if size == 0:
            rows.append((origin, (), ()))
            at += empty_sum
            continue
        neighbours = struct.unpack_from(f"<{size}i", data, at)
        at += 4 * size
        values = 1 if fixed else size
        weights = struct.unpack_from(f"<{values}d", data, at)
        rows.append((origin, neighbours, weights * size if fixed else weights))
        at += 8 * values + 8
    return rows if at == len(data) else None


def _read_txt(path, ids):
    """ArcGIS: the name of the id field, then site, neighbour and weight. Numbers first: Stata."""
    lines = lines_of(path)
    first = lines[0][1]
    if first[0].startswith("list("):
        return _by_libpysal(path, _positions(ids), "geobugs_text")
    site = numbered(ids, path)
    if first[0].isdigit():
        return _by_libpysal(path, site, "stata_text")
    return links_of(lines[1:], site, path.name)


def _read_dbf(path, ids):
    """ArcGIS: columns of site, NID and WEIGHT, before which may stand one that means nothing."""
    site = numbered(ids, path)
    columns = _dbf_columns(bytes_of(path))
    names = list(columns or {})
    if [name.upper() for name in names[-2:]] != ["NID", "WEIGHT"] or len(names) not in (3, 4):
        raise ParcelDataError(
            "Table “{}” is no weights table of ArcGIS, whose columns are an id, NID and WEIGHT: choose "
            "another file.",
            path.name,
        )
    origins, neighbours, weights = (columns[name] for name in names[-3:])
    lines = enumerate(zip(origins, neighbours, weights, strict=True), 1)
    return links_of(list(lines), site, path.name)


def _dbf_columns(data):
    """Columns of a dBase III table as text by name; None where it is none."""
    try:
        count, start, width = struct.unpack_from("<IHH", data, 4)
        layout = [("deleted", "S1")]
        for at in range(32, start - 1, 32):
            layout.append((data[at : at + 11].split(b"\0")[0].decode("latin-1"), f"S{data[at + 16]}"))
        records = np.frombuffer(data, np.dtype(layout), count, start)
        if records.itemsize != width:
            return None
        records = records[records["deleted"] != b"*"]
        return {
            name: [_plain(text) for text in np.char.decode(records[name], "utf-8").tolist()]
            for name, _ in layout[1:]
        }
    except (struct.error, ValueError, IndexError):
        return None


def _plain(text):
    """Text without the blanks that fill the field; 72.000 is 72."""
    return _POINT_ZERO.sub("", text.strip())


def _read_mtx(path, ids):
    """Matrix Market (Boisvert, Pozo and Remington 1996): coordinates, sites numbered from 1."""
    site, file = _positions(ids), path.name
    first, *lines = lines_of(path)
    header = [word.lower() for word in first[1]]
    lines = [line for line in lines if not line[1][0].startswith("%")]
    real = header[:3] == ["%%matrixmarket", "matrix", "coordinate"] and "complex" not in header
    if not real or not lines or len(lines[0][1]) != 3:
        raise ParcelDataError(
            "Weights file “{}” is no Matrix Market file of coordinates and real numbers: write it as such.",
            file,
        )
    (number, sizes), *lines = lines
    rows, columns, count = (whole_number(size, number, file) for size in sizes)
    check_number(rows, site, number, file)
    check_number(columns, site, number, file)
    if len(lines) != count:
        raise ParcelDataError(
            "Weights file “{}” announces {} links, but has {}: write it anew.", file, count, len(lines)
        )
    if "pattern" in header:
        lines = [(number, [*tokens, "1"]) for number, tokens in lines]
    if "symmetric" in header:
        lines += [(number, [*tokens[1::-1], *tokens[2:]]) for number, tokens in lines]
    return links_of(lines, site, file)


def _read_dat(path, ids):
    """Site, neighbour and weight in each line.

    Sites go by their ids where the layer has all of these, as libpysal writes them; else they are
    numbered from 1, as in the toolbox that the format is from. Either may stand as 1 or 1.0000.
    """
    lines = [
        (number, [*(_plain(text) for text in tokens[:2]), *tokens[2:]]) for number, tokens in lines_of(path)
    ]
    named = {token for _, tokens in lines for token in tokens[:2]}
    site = numbered(ids, path) if named <= set(ids) else _positions(ids)
    return links_of(lines, site, path.name)


def _positions(ids, first=1):
    """Sites of a file that numbers them."""
    return {str(site + first): site for site in range(len(ids))}


def _read_matrix(path, ids):
    """MATLAB and Lotus: a matrix, whose rows libpysal numbers from 0."""
    return _by_libpysal(path, _positions(ids, first=0), None)


def _by_libpysal(path, site, layout):
    """What libpysal reads; ``layout`` names the format where the ending does not."""
    libpysal = optional_package("libpysal", to_read=path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = libpysal.io.open(str(path), "r", layout) if layout else libpysal.io.open(str(path))
            theirs = file.read()
            file.close()
    except Exception as error:  # whatever its readers meet in a file that is none
        raise ParcelDataError(
            "Weights file “{}” cannot be read by libpysal ({}): choose another file.", path.name, error
        ) from error
    check_number(theirs.n, site, None, path.name)
    i, j, weight = [], [], []
    for origin, neighbours in theirs.neighbors.items():
        here = site_of(str(origin), site, None, path.name)
        for near, value in zip(neighbours, theirs.weights[origin], strict=True):
            i.append(here)
            j.append(site_of(str(near), site, None, path.name))
            weight.append(weight_of((origin, near, value), None, path.name))
    return SpatialWeights.from_pairs(i, j, len(site), weight)


FOREIGN = {
    ".swm": _read_swm,
    ".txt": _read_txt,
    ".dbf": _read_dbf,
    ".mtx": _read_mtx,
    ".dat": _read_dat,
    ".mat": _read_matrix,
    ".wk1": _read_matrix,
}
"""Reader of each ending: takes the path and the ids, gives ``SpatialWeights``."""
