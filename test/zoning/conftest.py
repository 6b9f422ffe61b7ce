"""Reference tables that the tests of this room share."""

import numpy as np
import pytest


@pytest.fixture
def reference_table(cases):
    """Parcels per pair of grades of a reference case by its name."""

    def read(name):
        path = cases / "cross_tabulation" / f"{name}_4x4.csv"
        return np.genfromtxt(path, delimiter=",", skip_header=1, dtype=str)[:, 1:].astype(int)

    return read
