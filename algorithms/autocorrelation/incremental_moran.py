"""Moran's I over a range of distances, and the distances at which clustering peaks."""

import math
from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError, Phrase
from ._arrays import part, report
from .global_moran import WeightSums, deviations, moran_variances, standard_score, two_sided_p
from .nearest_neighbours import k_nearest, pairs_within, smallest_band
from .spatial_weights import SpatialWeights

# Pairs kept for the second look at them, 9 bytes each. More are searched for again.
KEPT = 30_000_000


@dataclass(frozen=True, eq=False)
class IncrementalMoran:
    """Moran's I of one column at d distances, row-standardised bands.

    Parameters
    ----------
    n : int
        Sites.
    distances : (d,) float64
        Rising.
    links, islands : (d,) int64
        Links of the band, each pair twice, and sites without neighbours.
    i, variance, z, p : (d,) float64
        Moran's I, its variance under randomisation, z and two-sided p; NaN where they are not
        defined: no links, equal values, everyone a neighbour of everyone.
    expected : float
    first_peak, max_peak : int or None
        Position of the first peak of z, and of the highest.
    """

    n: int
    distances: np.ndarray
    links: np.ndarray
    islands: np.ndarray
    i: np.ndarray
    expected: float
    variance: np.ndarray
    z: np.ndarray
    p: np.ndarray
    first_peak: int | None
    max_peak: int | None

    def rows(self):
        """A row per distance, as ``fields.INCREMENTAL``."""
        positions = range(self.distances.size)
        return list(
            zip(
                self.distances.tolist(),
                self.links.tolist(),
                (self.links / self.n).tolist(),
                self.islands.tolist(),
                self.i.tolist(),
                [self.expected] * self.distances.size,
                self.variance.tolist(),
                self.z.tolist(),
                self.p.tolist(),
                [int(position == self.first_peak) for position in positions],
                [int(position == self.max_peak) for position in positions],
                strict=True,
            )
        )


def band_distances(xy, count, first=None, increment=None):
    """Distances to look at.

    Parameters
    ----------
    xy : (n, 2) float
    count : int
        How many, 2 or more.
    first : float, optional
        The smallest one; the smallest band that leaves no site alone by default.
    increment : float, optional
        From one to the next; the mean distance to the nearest neighbour by default.

    Returns
    -------
    (count,) float64

    Raises
    ------
    ParcelDataError
        A count below 2, a distance that is not positive, all sites at one place.
    """
    if count < 2:
        raise ParcelDataError("The number of distances is {}; give at least 2.", count)
    if first is None:
        first = smallest_band(xy)
    if increment is None:
        located = np.asarray(xy)[np.isfinite(xy).all(axis=1)]
        nearest = k_nearest(located, 1)
        increment = float(np.mean(np.hypot(*(located[nearest.indices] - located[nearest.rows]).T)))
    for name, distance in ((Phrase("first distance"), first), (Phrase("increment"), increment)):
        if not (math.isfinite(distance) and distance > 0):
            raise ParcelDataError("The {} is {}: give a positive distance.", name, distance)
    return first + increment * np.arange(count)


def incremental_moran(values, xy, distances, progress=None):
    """Moran's I of row-standardised distance bands, one band wider than the other.

    All bands are counted in one search for the pairs of the widest. Their sums need a second
    look, since a weight 1 / neighbours is known only when all neighbours are: at the pairs that
    were kept, or, where they are too many for memory, by a second search.

    Parameters
    ----------
    values : (n,) float
        Finite values, one per site.
    xy : (n, 2) float
        Location of each site; NaN where there is none: such a site has no neighbours.
    distances : (d,) float
        Rising, positive.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    IncrementalMoran

    Raises
    ------
    ParcelDataError
        Fewer than 4 values, a value that is not finite.

    Notes
    -----
    Moments: Cliff and Ord (1981), p. 42-46. Peaks: `peaks`.
    """
    distances = np.asarray(distances, dtype=np.float64)
    n = len(xy)
    z = deviations(values, SpatialWeights(np.zeros(n + 1, dtype=np.int64), *np.zeros((2, 0), dtype=np.int64)))
    if n < 4:
        raise ParcelDataError("Moran's I needs at least 4 parcels with a value, but there are {}.", n)
    # Neighbours of each site and the sums of their values, band by band.
    counts, lags = np.zeros((2, distances.size, n))
    kept, size = [], 0
    for fraction, block in _blocks(xy, distances, part(progress, 0.0, 0.5)):
        size += block.other.size
        if size <= KEPT:
            kept.append(block)
        else:
            kept.clear()
        counts[:, block.sites] = block.sums_by_band()
        lags[:, block.sites] = block.sums_by_band(z)
        report(progress, fraction / 2)
    np.cumsum(counts, axis=0, out=counts)
    np.cumsum(lags, axis=0, out=lags)
    shares = np.divide(1.0, counts, out=np.zeros_like(counts), where=counts > 0)
    connected = np.count_nonzero(counts, axis=1)
    products = np.sum(lags * shares * z, axis=1)

    s1, s2 = np.sum(shares, axis=1), np.zeros(distances.size)
    again = (
        (((number + 1) / len(kept), block) for number, block in enumerate(kept))
        if size <= KEPT
        else _blocks(xy, distances, part(progress, 0.5, 1.0))
    )
    for fraction, block in again:
        for band, share in enumerate(shares):
            columns = block.sums_within(band, share)
            own = share[block.sites]
            s1[band] += np.sum(own * columns)
            s2[band] += np.sum(((own > 0) + columns) ** 2)
        report(progress, (1 + fraction) / 2)

    expected = -1 / (n - 1)
    i, variance, score, p = np.full((4, distances.size), np.nan)
    for band in np.flatnonzero(connected) if z.any() else ():
        s0 = float(connected[band])
        i[band] = n / s0 * products[band] / np.sum(z**2)
        variance[band] = moran_variances(z, WeightSums(s0, float(s1[band]), float(s2[band])))[1]
        score[band] = standard_score(i[band], expected, variance[band])
        p[band] = two_sided_p(score[band])
    return IncrementalMoran(
        n,
        distances,
        counts.sum(axis=1).astype(np.int64),
        n - connected,
        i,
        expected,
        variance,
        score,
        p,
        *peaks(score),
    )


def peaks(z):
    """First and highest peak of z over rising distances.

    A peak is higher than what comes before and after it, so that the first and the last
    distance are none; of equal scores in a row, as bands without new neighbours have, the
    first distance counts. Undefined scores are passed over.

    Parameters
    ----------
    z : (d,) float

    Returns
    -------
    tuple of int or None
        Position of the first peak, and of the highest; None where z only rises or falls.
    """
    known = np.flatnonzero(~np.isnan(z))
    known = known[np.diff(z[known], prepend=np.nan) != 0]
    steps = np.sign(np.diff(z[known]))
    found = known[1:-1][(steps[:-1] > 0) & (steps[1:] < 0)]
    if not found.size:
        return None, None
    return int(found[0]), int(found[np.argmax(z[found])])


@dataclass(frozen=True, eq=False)
class _Block:
    """All pairs of some sites, by rising band: (s,) ``sites``, (m,) place of the pair's site
    among them and other site, (d,) pairs up to the end of each band.
    """

    sites: np.ndarray
    place: np.ndarray
    other: np.ndarray
    ends: np.ndarray

    def sums_by_band(self, values=None):
        """(d, s) sum of the values of the others in each band alone; without values their number."""
        bands = np.repeat(np.arange(self.ends.size), np.diff(self.ends, prepend=0))
        keys = bands * self.sites.size + self.place
        weights = None if values is None else values[self.other]
        sums = np.bincount(keys, weights, self.ends.size * self.sites.size)
        return sums.reshape(self.ends.size, -1)

    def sums_within(self, band, values):
        """(s,) sum of the values of the others up to a band."""
        end = self.ends[band]
        return np.bincount(self.place[:end], values[self.other[:end]], self.sites.size)


def _blocks(xy, distances, progress):
    """Fractions done and blocks of pairs; ``progress`` is called before the first."""
    rank = np.empty(len(xy), dtype=np.int32)
    for fraction, i, j, band in pairs_within(xy, distances, progress):
        present = np.zeros(len(xy), dtype=bool)
        present[i] = True
        sites = np.flatnonzero(present)
        rank[sites] = np.arange(sites.size)
        order = np.argsort(band.astype(np.uint16), kind="stable")
        ends = np.cumsum(np.bincount(band, minlength=len(distances)))
        yield fraction, _Block(sites, rank[i[order]], j[order].astype(np.int32), ends)
