"""Write geoda_columbus_queen_local.csv with pygeoda 0.1.3: python make_geoda.py CASES

Local Geary of crime and bivariate local Moran of crime against the neighbours' income, 49 districts of
Columbus, queen weights of sa_columbus, 99,999 permutations.
"""

import csv
import sys
import tempfile
from pathlib import Path

import pygeoda

expected = Path(sys.argv[1]) / "sa_columbus" / "expected"


def column(name):
    """Values of a variable."""
    with (expected / f"spdep_queen_{name}_local.csv").open(newline="") as stream:
        return [float(row["value"]) for row in csv.DictReader(stream)]


lines = (expected / "spdep_queen.gal").read_text().splitlines()
with tempfile.NamedTemporaryFile("w", suffix=".gal") as gal:
    gal.write("\n".join(["0 49 columbus id", *lines[1:], ""]))
    gal.flush()
    weights = pygeoda.weights.read_gal(gal.name, [str(i) for i in range(1, 50)])
results = [
    pygeoda.local_geary(weights, column("crime"), permutations=99_999, seed=7),
    pygeoda.local_bimoran(weights, column("crime"), column("inc"), permutations=99_999, seed=7),
]
with Path(__file__).with_name("geoda_columbus_queen_local.csv").open("w", newline="") as stream:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([f"{name}{what}" for name in ("geary", "bimoran") for what in ("", "_p", "_cluster")])
    columns = [each() for r in results for each in (r.lisa_values, r.lisa_pvalues, r.lisa_clusters)]
    writer.writerows(zip(*columns, strict=True))
