"""How a set of neighbours hangs together: numbers of neighbours, components, symmetry."""

from dataclasses import dataclass

import numpy as np

from ._arrays import report


@dataclass(frozen=True, eq=False)
class Connectivity:
    """Summary of spatial weights.

    Parameters
    ----------
    neighbours : (c,) int64
        The numbers of neighbours that occur, ascending.
    sites : (c,) int64
        How many sites have so many neighbours.
    component : (n,) int64
        Component of each site, from 1, the largest (of equal ones the one that comes first);
        a site without neighbours that is nobody's neighbour is a component of its own.
    components : int
        Number of components.
    symmetric : float
        Share of the links whose reverse is a link as well; NaN without links.
    """

    neighbours: np.ndarray
    sites: np.ndarray
    component: np.ndarray
    components: int
    symmetric: float


def connectivity(weights, progress=None):
    """Numbers of neighbours, components and share of symmetric links.

    Parameters
    ----------
    weights : SpatialWeights
        Links; for components their direction and weight do not matter.
    progress : callable, optional
        Called with the fraction done.

    Returns
    -------
    Connectivity
    """
    neighbours, sites = np.unique(weights.cardinality, return_counts=True)
    report(progress, 0.0)
    label = _connected(weights)
    report(progress, 0.4)
    component = _by_size(label)
    report(progress, 0.6)
    symmetric = _symmetric_share(weights)
    report(progress, 1.0)
    return Connectivity(neighbours, sites, component, int(component.max(initial=0)), symmetric)


def _symmetric_share(weights):
    rows = weights.rows
    if rows.size == 0:
        return np.nan
    links = rows * weights.n + weights.indices
    reverse = np.sort(weights.indices * weights.n + rows)
    at = np.minimum(np.searchsorted(links, reverse), links.size - 1)
    return float(np.mean(links[at] == reverse))


def _connected(weights):
    """(n,) label of each site's component."""
    try:
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components
    except Exception:  # a scipy built for another numpy fails in many ways
        return _hooked(weights)
    graph = csr_matrix(
        (np.ones(weights.indices.size, dtype=np.int8), weights.indices, weights.indptr),
        shape=(weights.n, weights.n),
    )
    return connected_components(graph, directed=False)[1]


def _hooked(weights):
    """Label of each component: one of its sites.

    Each round hooks the roots of linked trees to a lesser one, then halves the paths until
    every tree is a star (Shiloach and Vishkin 1982).
    """
    root = np.arange(weights.n)
    i, j = weights.rows, weights.indices
    while i.size:
        low, high = np.minimum(root[i], root[j]), np.maximum(root[i], root[j])
        apart = low != high
        i, j, low, high = i[apart], j[apart], low[apart], high[apart]
        root[high] = low
        while not np.array_equal(root, root[root]):
            root = root[root]
    return root


def _by_size(label):
    """Labels from 1, the largest component first, of equal ones the one with the first site."""
    _, first, inverse, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(size.size, dtype=np.int64)
    rank[np.lexsort((first, -size))] = np.arange(1, size.size + 1)
    return rank[inverse.reshape(-1)]
