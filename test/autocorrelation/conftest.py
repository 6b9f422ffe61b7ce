"""Readers of the reference cases that the tests of this room share."""

import csv
import math

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.weights_file import read_weights


@pytest.fixture(scope="session")
def read_gal():
    """Binary weights of a .gal file that numbers its n sites from 1: read_gal(path, n)."""
    return lambda path, n: read_weights(path, [str(number) for number in range(1, n + 1)])


@pytest.fixture(scope="session")
def read_table():
    """Columns of a csv file by name: numbers (NA is NaN) or texts."""

    def read(path):
        with open(path, newline="", encoding="utf-8") as file:
            names, *rows = csv.reader(file)
        return {name: _column(texts) for name, texts in zip(names, zip(*rows, strict=True), strict=True)}

    return read


def _column(texts):
    try:
        return np.array([math.nan if text == "NA" else float(text) for text in texts])
    except ValueError:
        return np.array(texts)
