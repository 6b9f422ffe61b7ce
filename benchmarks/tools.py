"""The tools that are compared, each with the settings that serve it best.

A tool is a class with the package it is from: ``__init__(folder)`` reads the data of a case into
the form that the tool takes and is not timed, ``call()`` is, ``answer(result)`` turns what it
returned into arrays to compare and is not timed either.
"""

import os
from pathlib import Path

import numpy as np

CLASSES = 4
NEIGHBOURS = 8
PERMUTATIONS = 999
SEED = 1
OURS = "parcel_agglomeration"


class Tool:
    """Sizes that a tool is run at, and whether its first call compiles."""

    smallest = 0
    largest = 10**9
    compiles = False


class _Breaks(Tool):
    def __init__(self, folder):
        self.values = np.load(folder / "values.npy")


class OurBreaks(_Breaks):
    package = OURS

    def call(self):
        from algorithms.classification.natural_breaks import natural_breaks

        return natural_breaks(self.values, CLASSES)

    def answer(self, result):
        return {"upper": result.upper}


class Ckmeans(_Breaks):
    package = "ckmeans"

    def call(self):
        from ckmeans import ckmeans

        # Not its breaks(), which rounds them for legends and takes as long.
        return ckmeans(self.values, CLASSES)

    def answer(self, result):
        return {"upper": np.array([cluster.max() for cluster in result])}


class Kmeans1d(_Breaks):
    package = "kmeans1d"

    def call(self):
        import kmeans1d

        return kmeans1d.cluster(self.values, CLASSES)

    def answer(self, result):
        classes = np.array(result.clusters)
        return {"upper": np.sort([self.values[classes == i].max() for i in np.unique(classes)])}


class Jenkspy(_Breaks):
    package = "jenkspy"

    def call(self):
        import jenkspy

        return jenkspy.jenks_breaks(self.values, n_classes=CLASSES)

    def answer(self, result):
        return {"upper": np.array(result[1:])}


class Mapclassify(_Breaks):
    package = "mapclassify"

    def call(self):
        import mapclassify

        # With numba, which is installed, its fast path.
        return mapclassify.FisherJenks(self.values, CLASSES)

    def answer(self, result):
        return {"upper": np.asarray(result.bins, dtype=float)}


class PygeodaBreaks(_Breaks):
    package = "pygeoda"

    def __init__(self, folder):
        super().__init__(folder)
        self.given = tuple(self.values.tolist())

    def call(self):
        import pygeoda

        return pygeoda.natural_breaks(CLASSES, self.given)

    def answer(self, result):
        return {"upper": np.append(result, self.values.max())}


class _Moran(Tool):
    def __init__(self, folder):
        self.values = np.load(folder / "values.npy")
        with np.load(folder / "weights.npz") as arrays:
            self.indptr, self.indices = arrays["indptr"], arrays["indices"]

    def our_weights(self):
        from algorithms.autocorrelation.spatial_weights import SpatialWeights

        ones = np.ones(self.indices.size)
        return SpatialWeights(self.indptr, self.indices, ones).row_standardised()

    def graph(self):
        from libpysal.graph import Graph

        focal = np.repeat(np.arange(self.values.size), np.diff(self.indptr))
        return Graph.from_arrays(focal, self.indices, np.ones(self.indices.size)).transform("r")


class OurLocal(_Moran):
    package = OURS
    permutations = 99_999

    def __init__(self, folder):
        super().__init__(folder)
        self.weights = self.our_weights()

    def call(self):
        from algorithms.autocorrelation.local_moran import local_moran

        return local_moran(self.values, self.weights, self.permutations, SEED, "directed")

    def answer(self, result):
        return {"i": result.i, "p": result.p, "permutations": self.permutations}


class OurLocal999(OurLocal):
    permutations = PERMUTATIONS


class EsdaLocal(_Moran):
    package = "esda"
    compiles = True
    jobs = 1

    def __init__(self, folder):
        super().__init__(folder)
        self.weights = self.graph()

    def call(self):
        from esda import Moran_Local

        # Without the simulated values, which take n x 999 numbers of memory.
        return Moran_Local(
            self.values,
            self.weights,
            permutations=PERMUTATIONS,
            n_jobs=self.jobs,
            keep_simulations=False,
            seed=SEED,
        )

    def answer(self, result):
        n = self.values.size
        return {"i": result.Is * n / (n - 1), "p": result.p_sim, "permutations": PERMUTATIONS}


class EsdaLocalAllCores(EsdaLocal):
    # Each core compiles for itself, about a minute: only where it can pay.
    smallest = largest = 100_000
    jobs = -1


class PygeodaLocal(_Moran):
    package = "pygeoda"
    method = "lookup-table"

    def __init__(self, folder):
        import pygeoda

        super().__init__(folder)
        n = self.values.size
        self.weights = pygeoda.weights.read_gal(str(folder / "weights.gal"), [str(i) for i in range(n)])
        self.given = self.values.tolist()

    def call(self):
        import pygeoda

        return pygeoda.local_moran(
            self.weights,
            self.given,
            permutations=PERMUTATIONS,
            permutation_method=self.method,
            cpu_threads=os.cpu_count(),
        )

    def answer(self, result):
        n = self.values.size
        return {
            "i": np.array(result.lisa_values()) * n / (n - 1),
            "p": np.array(result.lisa_pvalues()),
            "permutations": PERMUTATIONS,
        }


class PygeodaLocalComplete(PygeodaLocal):
    # Its default; at 100,000 sites it takes minutes.
    largest = 10_000
    method = "complete"


class OurGlobal(_Moran):
    package = OURS

    def __init__(self, folder):
        super().__init__(folder)
        self.weights = self.our_weights()

    def call(self):
        from algorithms.autocorrelation.global_moran import global_moran

        return global_moran(self.values, self.weights, PERMUTATIONS, SEED, "directed")

    def answer(self, result):
        return {"i": result.i, "z": result.z_rand, "p": result.p_sim, "permutations": PERMUTATIONS}


class EsdaGlobal(_Moran):
    package = "esda"

    def __init__(self, folder):
        super().__init__(folder)
        self.weights = self.graph()

    def call(self):
        from esda import Moran

        return Moran(self.values, self.weights, permutations=PERMUTATIONS)

    def answer(self, result):
        return {"i": result.I, "z": result.z_rand, "p": result.p_sim, "permutations": PERMUTATIONS}


def _keys(focal, neighbour, n):
    return {"pairs": np.unique(np.asarray(focal, dtype=np.int64) * n + np.asarray(neighbour, dtype=np.int64))}


def _graph_keys(graph):
    """Pairs of a libpysal Graph, which marks a site without neighbours by a pair with itself."""
    table = graph.adjacency
    focal = table.index.get_level_values("focal").to_numpy()
    neighbour = table.index.get_level_values("neighbor").to_numpy()
    proper = focal != neighbour
    return _keys(focal[proper], neighbour[proper], graph.n)


def _pygeoda_keys(weights):
    found = [weights.get_neighbors(i) for i in range(weights.num_obs)]
    focal = np.repeat(np.arange(len(found)), [len(each) for each in found])
    return _keys(focal, np.array([j for each in found for j in each], dtype=np.int64), weights.num_obs)


class OurContiguity(Tool):
    package = OURS

    def __init__(self, folder):
        from algorithms.autocorrelation.outlines import Boundaries

        with np.load(folder / "boundaries.npz") as arrays:
            n = len(np.load(folder / "wkb.npy", allow_pickle=True))
            self.boundaries = Boundaries(arrays["xy"], arrays["ring_start"], arrays["site"], n)

    def call(self):
        from algorithms.autocorrelation.contiguity import contiguity

        return contiguity(self.boundaries)

    def answer(self, result):
        return _keys(result.rows, result.indices, result.n)


class _Polygons(Tool):
    def __init__(self, folder):
        import geopandas
        import shapely

        wkb = np.load(folder / "wkb.npy", allow_pickle=True)
        self.frame = geopandas.GeoDataFrame(geometry=shapely.from_wkb(wkb))


class LibpysalContiguity(_Polygons):
    package = "libpysal"

    def call(self):
        from libpysal.graph import Graph

        return Graph.build_contiguity(self.frame, rook=False)

    def answer(self, result):
        return _graph_keys(result)


class LibpysalStrict(LibpysalContiguity):
    largest = 110_000

    def call(self):
        from libpysal.graph import Graph

        return Graph.build_contiguity(self.frame, rook=False, strict=True)


class PygeodaContiguity(_Polygons):
    package = "pygeoda"

    def __init__(self, folder):
        import pygeoda

        super().__init__(folder)
        self.given = pygeoda.open(self.frame)

    def call(self):
        import pygeoda

        return pygeoda.queen_weights(self.given)

    def answer(self, result):
        return _pygeoda_keys(result)


class _Points(Tool):
    def __init__(self, folder):
        self.xy = np.load(folder / "xy.npy")


class OurNearest(_Points):
    package = OURS

    def call(self):
        from algorithms.autocorrelation.nearest_neighbours import k_nearest

        return k_nearest(self.xy, NEIGHBOURS)

    def answer(self, result):
        return _keys(result.rows, result.indices, result.n)


class OurNearestNumpy(OurNearest):
    """Without scipy, as in a QGIS that has none."""

    def __init__(self, folder):
        from algorithms.autocorrelation import nearest_neighbours

        super().__init__(folder)
        nearest_neighbours._kd_tree = lambda: None


class ScipyNearest(_Points):
    package = "scipy"

    def call(self):
        from scipy.spatial import cKDTree

        # What any program built on scipy pays at least: no ties, no weights.
        return cKDTree(self.xy).query(self.xy, NEIGHBOURS + 1, workers=-1)[1]

    def answer(self, result):
        focal = np.repeat(np.arange(len(result)), NEIGHBOURS + 1)
        neighbour = result.ravel()
        proper = focal != neighbour
        return _keys(focal[proper], neighbour[proper], len(result))


class LibpysalNearest(_Points):
    package = "libpysal"

    def call(self):
        from libpysal.graph import Graph

        return Graph.build_knn(self.xy, NEIGHBOURS)

    def answer(self, result):
        return _graph_keys(result)


class PygeodaNearest(_Points):
    package = "pygeoda"

    def __init__(self, folder):
        import geopandas
        import pygeoda

        super().__init__(folder)
        self.given = pygeoda.open(
            geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(self.xy[:, 0], self.xy[:, 1]))
        )

    def call(self):
        import pygeoda

        return pygeoda.knn_weights(self.given, NEIGHBOURS)

    def answer(self, result):
        return _pygeoda_keys(result)


# The first of each task is what the others are compared with.
TOOLS = {
    "breaks": {
        "ours": OurBreaks,
        "ckmeans": Ckmeans,
        "kmeans1d": Kmeans1d,
        "pygeoda": PygeodaBreaks,
        "jenkspy": Jenkspy,
        "mapclassify": Mapclassify,
    },
    "local": {
        "ours, 99,999": OurLocal,
        "ours, 999": OurLocal999,
        "pygeoda lookup table, 999": PygeodaLocal,
        "pygeoda, 999": PygeodaLocalComplete,
        "esda, 999": EsdaLocal,
        "esda, all cores, 999": EsdaLocalAllCores,
    },
    "global": {"ours": OurGlobal, "esda": EsdaGlobal},
    "contiguity": {
        "ours": OurContiguity,
        "pygeoda": PygeodaContiguity,
        "libpysal": LibpysalContiguity,
        "libpysal strict": LibpysalStrict,
    },
    "nearest": {
        "ours": OurNearest,
        "ours without scipy": OurNearestNumpy,
        "scipy kd-tree alone": ScipyNearest,
        "pygeoda": PygeodaNearest,
        "libpysal": LibpysalNearest,
    },
}


def make(task, tool, folder):
    """The tool, its data read and its package imported."""
    return TOOLS[task][tool](Path(folder))
