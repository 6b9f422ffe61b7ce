"""Readers of the reference cases that the tests of this room share."""

import csv
import math
import sqlite3

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation.outlines import Boundaries
from parcel_agglomeration.algorithms.autocorrelation.weights_file import read_weights


@pytest.fixture(scope="session")
def read_gal():
    """Binary weights of a .gal file that numbers its n sites from 1: read_gal(path, n)."""
    return lambda path, n: read_weights(path, [str(number) for number in range(1, n + 1)])


@pytest.fixture(scope="session")
def boundaries_of():
    """Boundaries of an array of shapely geometries: boundaries_of(geometries)."""
    return _boundaries_of


@pytest.fixture(scope="session")
def cadastre():
    """Parcels of a reference case in metres, shapely geometries in file order: cadastre(folder)."""
    return _cadastre


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


def _boundaries_of(geometries):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    parts, part_site = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    starts = np.concatenate(([0], np.cumsum(shapely.get_num_coordinates(rings))))
    return Boundaries(shapely.get_coordinates(rings), starts, part_site[ring_part], len(geometries))


def _cadastre(folder):
    shapely = pytest.importorskip("shapely", minversion="2.0")
    path = folder / "expected" / "projected_for_reference.gpkg"
    database = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    table, column = database.execute("select table_name, column_name from gpkg_geometry_columns").fetchone()
    blobs = [row[0] for row in database.execute(f'select "{column}" from "{table}" order by fid')]  # noqa: S608
    database.close()
    # GeoPackage header: 8 bytes and an envelope whose size bits 1-3 of the flags tell
    envelope = (0, 32, 48, 48, 64)
    return shapely.from_wkb([blob[8 + envelope[(blob[3] >> 1) & 7] :] for blob in blobs])
