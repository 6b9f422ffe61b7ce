"""Weights files: .gal (neighbours) and .gwt (neighbours with weights), and those of other programs.

The formats are those of SpaceStat and GeoDa (Anselin 1995): a header with the number of sites,
then for each site its id, the number of its neighbours and, on the next line, their ids (.gal),
or one line with site, neighbour and weight for each link (.gwt, and .kwt for kernel weights).
"""

from itertools import pairwise
from pathlib import Path

from ..errors import ParcelDataError
from ._file_sites import (
    check_listed,
    check_number,
    lines_of,
    links_of,
    numbered,
    site_of,
    whole_number,
)
from .foreign_weights import FOREIGN
from .spatial_weights import SpatialWeights


def read_weights(path, ids):
    """Weights from a file.

    Parameters
    ----------
    path : str or Path
        .gal, .gwt or .kwt as UTF-8 text with or without header, or one of ``FOREIGN``. Weights
        need not be symmetric; of a link given twice the first counts, a link of a site to
        itself is left out.
    ids : sequence of str
        What the file calls each site, in the order of the sites. Files that number their sites
        (.mtx, .mat, .wk1, .txt of GeoBUGS, mostly .dat) mean that order.

    Returns
    -------
    SpatialWeights
        Weights of a .gal file are 1. A site without a line in a file that lists links only
        (.gwt, .kwt, .txt, .dbf, .dat) has no neighbours.

    Raises
    ------
    ParcelDataError
        If the file cannot be read as such, or does not fit the ids; names line and id.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending in FOREIGN:
        return FOREIGN[ending](path, ids)
    read = {".gal": _read_gal, ".gwt": _read_gwt, ".kwt": _read_gwt}.get(ending)
    if read is None:
        raise ParcelDataError(
            "Weights file “{}” is of a kind that is not read: choose one that ends in {}.",
            path.name,
            ", ".join((".gal", ".gwt", ".kwt", *FOREIGN)),
        )
    site = numbered(ids, path)
    return read(lines_of(path), site, path.name)


def write_gal(path, weights, ids, name):
    """Write the neighbours of each site, without weights, to a .gal file.

    Parameters
    ----------
    path : str or Path
        File to write.
    weights : SpatialWeights
        Neighbours.
    ids : sequence of str
        What the file calls each site, in the order of the sites.
    name : str
        Name of the layer, for the header.

    Raises
    ------
    ParcelDataError
        If an id occurs twice, is empty or has a space in it, or the file cannot be written.
    """
    path = Path(path)
    ids = _writable(ids, path)
    neighbours = [ids[j] for j in weights.indices.tolist()]
    starts = weights.indptr.tolist()
    lines = [_header(weights, name)]
    for i, (start, stop) in enumerate(pairwise(starts)):
        lines.append(f"{ids[i]} {stop - start}")
        lines.append(" ".join(neighbours[start:stop]))
    _write(path, lines)


def write_gwt(path, weights, ids, name):
    """Write each link with its weight to a .gwt file.

    Parameters
    ----------
    path : str or Path
        File to write.
    weights : SpatialWeights
        Neighbours and weights; written so that reading gives the same numbers.
    ids : sequence of str
        What the file calls each site, in the order of the sites.
    name : str
        Name of the layer, for the header.

    Raises
    ------
    ParcelDataError
        If an id occurs twice, is empty or has a space in it, or the file cannot be written.
    """
    path = Path(path)
    ids = _writable(ids, path)
    links = zip(weights.rows.tolist(), weights.indices.tolist(), weights.data.tolist(), strict=True)
    _write(path, [_header(weights, name), *(f"{ids[i]} {ids[j]} {weight!r}" for i, j, weight in links)])


def _read_gal(lines, site, file):
    first = lines[0][1]
    if len(first) != 2 or (first[0] == "0" and "0" not in site):
        _check_count(lines[0], site, file)
        lines = lines[1:]
    i, j, listed = [], [], set()
    at = 0
    while at < len(lines):
        number, tokens = lines[at]
        at += 1
        if len(tokens) != 2:
            raise ParcelDataError(
                "Line {} of weights file “{}” should be an id and its number of neighbours, but is “{}”: "
                "correct the file.",
                number,
                file,
                " ".join(tokens),
            )
        here = site_of(tokens[0], site, number, file)
        if here in listed:
            raise ParcelDataError(
                "Line {} of weights file “{}” lists id “{}” for the second time: correct the file.",
                number,
                file,
                tokens[0],
            )
        listed.add(here)
        count = whole_number(tokens[1], number, file)
        found = []
        if count and at < len(lines):
            number, names = lines[at]
            found = [site_of(name, site, number, file) for name in names]
            at += 1
        if len(found) != count:
            raise ParcelDataError(
                "Line {} of weights file “{}”: id “{}” should have {} neighbours, but {} are listed; correct "
                "the file.",
                number,
                file,
                tokens[0],
                count,
                len(found),
            )
        i.extend([here] * count)
        j.extend(found)
    check_listed(listed, site, file)
    return SpatialWeights.from_pairs(i, j, len(site))


def _read_gwt(lines, site, file):
    first = lines[0][1]
    if len(first) != 3 or first[0] not in site or first[1] not in site:
        _check_count(lines[0], site, file)
        lines = lines[1:]
    return links_of(lines, site, file)


def _writable(ids, path):
    names = list(numbered(ids, path))
    for name in names:
        if name.split() != [name]:
            raise ParcelDataError(
                "The id “{}” is empty or has a space in it, which weights file “{}” cannot hold: choose an "
                "id field without spaces.",
                name,
                path.name,
            )
    return names


def _check_count(line, site, file):
    """The header is ``n`` or ``0 n layer id_field``."""
    number, tokens = line
    check_number(whole_number(tokens[min(1, len(tokens) - 1)], number, file), site, number, file)


def _header(weights, name):
    return f"0 {weights.n} {'_'.join(name.split()) or 'layer'} id"


def _write(path, lines):
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ParcelDataError(
            "Weights file “{}” cannot be written ({}): choose another path.", path.name, error.strerror
        ) from error
