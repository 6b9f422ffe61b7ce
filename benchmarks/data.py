"""The data of the benchmark, written as .npy files that every tool reads.

Run as a program of its own for each case, so that its memory is not counted with a tool's:
python -m benchmarks.data TASK NAME N FOLDER
"""

import os
import sys
from pathlib import Path

import numpy as np

from algorithms.autocorrelation.contiguity import contiguity
from algorithms.autocorrelation.outlines import Boundaries
from algorithms.autocorrelation.weights_file import write_gal

ROOT = Path(__file__).resolve().parents[1]
SEED = 20240701
CADASTRE_SIZE = 5030
COPIES = 20
# Cadastres and building footprints by their size; what is absent is skipped with a message.
REAL = {
    "breaks": [("county rates", 3085), ("parcel areas", CADASTRE_SIZE), ("building areas", 31_762)],
    "local": [("cadastre", CADASTRE_SIZE), ("cadastre", COPIES * CADASTRE_SIZE)],
    "global": [("cadastre", CADASTRE_SIZE), ("cadastre", COPIES * CADASTRE_SIZE)],
    "contiguity": [("cadastre", CADASTRE_SIZE), ("cadastre", COPIES * CADASTRE_SIZE)],
    "nearest": [("cadastre", CADASTRE_SIZE), ("cadastre", COPIES * CADASTRE_SIZE)],
}


def real_data():
    """Folder of the reference cases, or None."""
    folder = Path(os.environ.get("PARCEL_CASES", ROOT.parent / "shared" / "cases"))
    return folder if folder.is_dir() else None


def values(name, n):
    """Column to classify: lognormal, as output and tax per area are, or a real one."""
    generator = np.random.default_rng([SEED, n])
    if name == "lognormal":
        return generator.lognormal(size=n)
    if name == "lognormal + 1e9":
        return generator.lognormal(size=n) + 1e9
    cases = real_data()
    if name == "county rates":
        return np.loadtxt(cases / "natural_breaks" / "columns" / "natregimes_HR90.csv", skiprows=1)
    import shapely

    if name == "parcel areas":
        return shapely.area(cadastre())
    import geopandas

    areas = [
        geopandas.read_file(cases / folder / "data" / "buildings.shp", columns=[]).to_crs(crs).area
        for folder, crs in (("parcels_osm_moscow_sw", 32637), ("parcels_osm_kirovo_chepetsk", 32639))
    ]
    return np.concatenate(areas)


def grid(n):
    """n unit squares in the most nearly square grid of that many."""
    import shapely

    rows = next(rows for rows in range(int(np.sqrt(n)), 0, -1) if n % rows == 0)
    y, x = (axis.ravel().astype(float) for axis in np.indices((rows, n // rows)))
    return shapely.box(x, y, x + 1, y + 1)


def cadastre(n=CADASTRE_SIZE):
    """Parcels of a real cadastre (EPSG:25832), side by side as often as n asks for."""
    import pyogrio
    import shapely

    path = real_data() / "parcels_ebelsbach_de" / "data" / "ebelsbach.gpkg"
    parcels = shapely.from_wkb(pyogrio.raw.read(path, layer="parcels", columns=[])[2])
    west, _, east, _ = shapely.total_bounds(parcels)
    step = np.ceil(east - west) + 100
    east_of_each = np.arange(n // CADASTRE_SIZE)[:, None] * np.array([step, 0])
    return np.concatenate([shapely.transform(parcels, lambda xy, by=by: xy + by) for by in east_of_each])


def boundaries(polygons):
    """Polygons as the plugin reads them."""
    import shapely

    parts, part_site = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    starts = np.concatenate(([0], np.cumsum(shapely.get_num_coordinates(rings))))
    return Boundaries(shapely.get_coordinates(rings), starts, part_site[ring_part], len(polygons))


def clustered(weights, generator):
    """Skewed values of which neighbours have like ones."""
    noise = generator.normal(size=weights.n)
    return np.exp(noise + weights.row_standardised().lag(noise))


def write(task, name, n, folder):
    """Write the arrays of one case."""
    folder = Path(folder)
    if task == "breaks":
        np.save(folder / "values.npy", values(name, n))
        return
    generator = np.random.default_rng([SEED, n])
    if task == "nearest":
        import shapely

        if name == "cadastre":
            xy = shapely.get_coordinates(shapely.centroid(cadastre(n)))
        else:
            xy = generator.uniform(0, np.sqrt(n), (n, 2))
        np.save(folder / "xy.npy", xy)
        return
    import shapely

    polygons = cadastre(n) if name == "cadastre" else grid(n)
    if task == "contiguity":
        np.save(folder / "wkb.npy", shapely.to_wkb(polygons), allow_pickle=True)
        outlines = boundaries(polygons)
        arrays = {"xy": outlines.xy, "ring_start": outlines.ring_start, "site": outlines.site}
        np.savez(folder / "boundaries.npz", **arrays)
        return
    weights = contiguity(boundaries(polygons))
    if weights.islands.any():
        raise SystemExit("A peer cannot be given sites without neighbours")
    np.savez(folder / "weights.npz", indptr=weights.indptr, indices=weights.indices)
    write_gal(folder / "weights.gal", weights, np.arange(n).astype(str).tolist(), "parcels")
    column = shapely.area(polygons) if name == "cadastre" else clustered(weights, generator)
    np.save(folder / "values.npy", column)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
