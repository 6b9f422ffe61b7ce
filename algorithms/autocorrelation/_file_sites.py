"""Ids, lines and numbers of weights files, checked.

Of a file with lines the messages name the line; ``number`` is that line, or None for a file that
has none.
"""

import numpy as np

from ..errors import ParcelDataError
from .spatial_weights import SpatialWeights


def lines_of(path):
    """(line number, words) of the lines that are not blank; at least one."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ParcelDataError("Weights file “{}” is not UTF-8 text: save it as such.", path.name) from None
    except OSError as error:
        raise unreadable(path, error) from error
    words = [line.split() for line in text.split("\n")]
    lines = [(number, tokens) for number, tokens in enumerate(words, 1) if tokens]
    if not lines:
        raise ParcelDataError("Weights file “{}” is empty: choose another one.", path.name)
    return lines


def bytes_of(path):
    """Content of a binary file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path, error):
    """Error of a file that the system does not open."""
    return ParcelDataError(
        "Weights file “{}” cannot be read ({}): check the path.", path.name, error.strerror
    )


def numbered(ids, path):
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


def check_listed(listed, site, file):
    """Every site must be in the set ``listed``."""
    for name, here in site.items():
        if here not in listed:
            raise ParcelDataError(
                "Weights file “{}” does not list id “{}” of the layer: choose the id field and the file that "
                "belong together.",
                file,
                name,
            )


def check_number(count, site, number, file):
    """A file that tells the number of its sites must have those of the layer."""
    if count != len(site):
        raise _at(
            number,
            file,
            ParcelDataError(
                "announces {} sites, but the layer has {}: choose the layer that the file was made from.",
                count,
                len(site),
            ),
        )


def whole_number(token, number, file):
    """The number that a word is."""
    if not (token.isascii() and token.isdigit()):
        raise ParcelDataError(
            "Line {} of weights file “{}”: “{}” is not a whole number; correct the file.", number, file, token
        )
    return int(token)


def site_of(token, site, number, file):
    """The site that an id names."""
    here = site.get(token)
    if here is None:
        raise _at(
            number,
            file,
            ParcelDataError(
                "names id “{}”, which the layer does not have: choose the id field and the layer that the "
                "file was made from.",
                token,
            ),
        )
    return here


def weight_of(tokens, number, file):
    """The weight at the end of the words of a link."""
    try:
        weight = float(tokens[2])
    except ValueError:
        weight = np.nan
    if not (np.isfinite(weight) and weight >= 0):
        raise _at(
            number,
            file,
            ParcelDataError(
                "gives id “{}” the weight “{}”, which is not a number of at least 0: correct the file.",
                tokens[0],
                tokens[2],
            ),
        )
    return weight


def links_of(lines, site, file):
    """Weights from lines of site, neighbour and weight."""
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
        i.append(site_of(tokens[0], site, number, file))
        j.append(site_of(tokens[1], site, number, file))
        weight.append(weight_of(tokens, number, file))
    return SpatialWeights.from_pairs(i, j, len(site), weight)


def _at(number, file, what):
    """Error that says where in a file something is wrong."""
    if number is None:
        return ParcelDataError("Weights file “{}” {}", file, what)
    return ParcelDataError("Line {} of weights file “{}” {}", number, file, what)
