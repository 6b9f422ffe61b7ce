"""Spatial weights: who neighbours whom, and how much it counts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._arrays import differs_from_previous, row_starts


@dataclass(frozen=True, eq=False)
class SpatialWeights:
    """Weights of n sites as a sparse matrix in row form.

    The neighbours of site i are ``indices[indptr[i]:indptr[i + 1]]``, ascending and never i
    itself; their weights stand at the same places of ``data``.

    Parameters
    ----------
    indptr : (n + 1,) int64
        Start of each row.
    indices : (m,) int64
        Neighbours, row after row.
    data : (m,) float64
        Weights.
    """

    indptr: np.ndarray
    indices: np.ndarray
    data: np.ndarray

    @property
    def n(self):
        """Number of sites."""
        return self.indptr.size - 1

    @property
    def cardinality(self):
        """(n,) int64: number of neighbours of each site."""
        return np.diff(self.indptr)

    @property
    def islands(self):
        """(n,) bool: sites without neighbours."""
        return self.cardinality == 0

    @property
    def rows(self):
        """(m,) int64: the site that each entry of ``indices`` is a neighbour of."""
        return np.repeat(np.arange(self.n, dtype=np.int64), self.cardinality)

    @property
    def equal_rows(self):
        """Whether all weights within each row are equal."""
        return self.row_weight is not None

    @cached_property
    def row_weight(self):
        """(n,) float64: the weight of all entries of a row, 0 for empty rows; None where they differ."""
        weight = np.zeros(self.n)
        filled = self.cardinality > 0
        weight[filled] = self.data[self.indptr[:-1][filled]]
        return weight if np.array_equal(np.repeat(weight, self.cardinality), self.data) else None

    def lag(self, z):
        """Spatial lag sum_j w_ij z_j.

        Parameters
        ----------
        z : (n,) array
            Value of each site.

        Returns
        -------
        (n,) float64
            0 where a site has no neighbour.
        """
        return self.row_sums(self.data * np.asarray(z, dtype=np.float64)[self.indices])

    def row_standardised(self):
        """The same neighbours with weights that sum to 1 in each row.

        Returns
        -------
        SpatialWeights
            Empty rows stay empty; a row whose weights sum to 0 stays as it is.
        """
        sums = self.row_sums(self.data)
        sums[sums == 0] = 1.0
        return SpatialWeights(self.indptr, self.indices, self.data / np.repeat(sums, self.cardinality))

    def binary(self):
        """The same neighbours with weights of 1."""
        return SpatialWeights(self.indptr, self.indices, np.ones(self.data.size))

    def subset(self, keep):
        """The weights among some of the sites, renumbered in their order.

        Parameters
        ----------
        keep : (n,) bool
            The sites that stay.

        Returns
        -------
        SpatialWeights
            Weights as they were: standardise again where rows shall sum to 1.
        """
        keep = np.asarray(keep, dtype=bool)
        rows = self.rows
        stays = keep[rows] & keep[self.indices]
        number = np.cumsum(keep, dtype=np.int64) - 1
        counts = np.bincount(rows[stays], minlength=self.n)[keep]
        return SpatialWeights(row_starts(counts), number[self.indices[stays]], self.data[stays])

    def within(self, groups):
        """The links between sites of the same group.

        Parameters
        ----------
        groups : (n,) int
            Group of each site.

        Returns
        -------
        SpatialWeights
            Weights as they were.
        """
        rows = self.rows
        stays = groups[rows] == groups[self.indices]
        counts = np.bincount(rows[stays], minlength=self.n)
        return SpatialWeights(row_starts(counts), self.indices[stays], self.data[stays])

    @staticmethod
    def from_pairs(i, j, n, weight=None):
        """Weights from directed pairs in any order.

        Parameters
        ----------
        i, j : (p,) int
            Site and its neighbour; a pair of a site with itself is left out. Of a repeated
            pair the first counts.
        n : int
            Number of sites.
        weight : (p,) float, optional
            Weight of each pair; 1 by default.

        Returns
        -------
        SpatialWeights
        """
        i = np.asarray(i, dtype=np.int64)
        j = np.asarray(j, dtype=np.int64)
        other = i != j
        key = i[other] * n + j[other]
        if weight is None:
            key = np.sort(key)
            fresh = differs_from_previous(key)
            data = np.ones(np.count_nonzero(fresh))
        else:
            order = np.argsort(key, kind="stable")
            key = key[order]
            fresh = differs_from_previous(key)
            data = np.asarray(weight, dtype=np.float64)[other][order][fresh]
        key = key[fresh]
        rows = key // n
        return SpatialWeights(row_starts(np.bincount(rows, minlength=n)), key - rows * n, data)

    def row_sums(self, values):
        """Sum in each row, (n,) float64, of values (m,) that belong to the entries; 0 for empty rows."""
        sums = np.zeros(self.n)
        # reduceat alone would fail on empty rows
        filled = self.cardinality > 0
        if values.size:
            sums[filled] = np.add.reduceat(values, self.indptr[:-1][filled])
        return sums
