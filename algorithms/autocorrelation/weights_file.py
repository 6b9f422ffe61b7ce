"""Weights files: .gal (neighbours) and .gwt (neighbours with weights).

The formats are those of SpaceStat and GeoDa (Anselin 1995): a header with the number of sites,
then for each site its id, the number of its neighbours and, on the next line, their ids (.gal),
or one line with site, neighbour and weight for each link (.gwt).
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import ParcelDataError
from .spatial_weights import SpatialWeights


def read_weights(path, ids):
    """Weights from a .gal or .gwt file.

    Parameters
    ----------
    path : str or Path
        UTF-8 text with or without header. Weights need not be symmetric; of a link given twice
        the first counts, a link of a site to itself is left out.
    ids : sequence of str
        What the file calls each site, in the order of the sites.

    Returns
    -------
    SpatialWeights
        Weights of a .gal file are 1. A site without a line in a .gwt file, which lists links
        only, has no neighbours.

    Raises
    ------
    ParcelDataError
        If the file cannot be read as such, or does not fit the ids; names line and id.
    """
    path = Path(path)
    read = {".gal": _read_gal, ".gwt": _read_gwt}.get(path.suffix.lower())
    if read is None:
        raise ParcelDataError("Weights file “{}” is neither .gal nor .gwt: choose one of these.", path.name)
    site = _numbered(ids, path)
    lines = _lines(path)
    if not lines:
        raise ParcelDataError("Weights file “{}” is empty: choose another one.", path.name)
    return read(lines, site, path.name)


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
        here = _site(tokens[0], site, number, file)
        if here in listed:
            raise ParcelDataError(
                "Line {} of weights file “{}” lists id “{}” for the second time: correct the file.",
                number,
                file,
                tokens[0],
            )
        listed.add(here)
        count = _count(tokens[1], number, file)
        found = []
        if count and at < len(lines):
            number, names = lines[at]
            found = [_site(name, site, number, file) for name in names]
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
    for name, here in site.items():
        if here not in listed:
            raise ParcelDataError(
                "Weights file “{}” does not list id “{}” of the layer: choose the id field and the file that "
                "belong together.",
                file,
                name,
            )
    return SpatialWeights.from_pairs(i, j, len(site))


def _read_gwt(lines, site, file):
    first = lines[0][1]
    if len(first) != 3 or first[0] not in site or first[1] not in site:
        _check_count(lines[0], site, file)
        lines = lines[1:]
    i, j, weight = [], [], []
    for number, tokens in lines:
        if len(tokens) != 3:
            raise ParcelDataError(
                "Line {} of weights file “{}” should be an id, a neighbour's id and a weight, but is “{}”: "
                "correct the file.",
                number,
                file,
                " ".join(tokens),
            )
        i.append(_site(tokens[0], site, number, file))
        j.append(_site(tokens[1], site, number, file))
        weight.append(_weight(tokens, number, file))
    return SpatialWeights.from_pairs(i, j, len(site), weight)


def _lines(path):
    """(line number, words) of the lines that are not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ParcelDataError("Weights file “{}” is not UTF-8 text: save it as such.", path.name) from None
    except OSError as error:
        raise ParcelDataError(
            "Weights file “{}” cannot be read ({}): check the path.", path.name, error.strerror
        ) from error
    words = [line.split() for line in text.split("\n")]
    return [(number, tokens) for number, tokens in enumerate(words, 1) if tokens]


def _numbered(ids, path):
    """Site of each id."""
    site = {}
    for number, name in enumerate(ids):
        if name in site:
            raise ParcelDataError(
                "Two parcels have the id “{}”, so weights file “{}” cannot tell them apart: choose an id "
                "field without repeated values.",
                name,
                path.name,
            )
        site[name] = number
    return site


def _writable(ids, path):
    names = list(_numbered(ids, path))
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
    count = _count(tokens[min(1, len(tokens) - 1)], number, file)
    if count != len(site):
        raise ParcelDataError(
            "Line {} of weights file “{}” announces {} sites, but the layer has {}: choose the layer that "
            "the file was made from.",
            number,
            file,
            count,
            len(site),
        )


def _count(token, number, file):
    if not (token.isascii() and token.isdigit()):
        raise ParcelDataError(
            "Line {} of weights file “{}”: “{}” is not a whole number; correct the file.", number, file, token
        )
    return int(token)


def _site(token, site, number, file):
    here = site.get(token)
    if here is None:
        raise ParcelDataError(
            "Line {} of weights file “{}” names id “{}”, which the layer does not have: choose the id field "
            "and the layer that the file was made from.",
            number,
            file,
            token,
        )
    return here


def _weight(tokens, number, file):
    try:
        weight = float(tokens[2])
    except ValueError:
        weight = np.nan
    if not (np.isfinite(weight) and weight >= 0):
        raise ParcelDataError(
            "Line {} of weights file “{}”: the weight “{}” of id “{}” is not a number of at least 0; correct "
            "the file.",
            number,
            file,
            tokens[2],
            tokens[0],
        )
    return weight


def _header(weights, name):
    return f"0 {weights.n} {'_'.join(name.split()) or 'layer'} id"


def _write(path, lines):
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ParcelDataError(
            "Weights file “{}” cannot be written ({}): choose another path.", path.name, error.strerror
        ) from error
