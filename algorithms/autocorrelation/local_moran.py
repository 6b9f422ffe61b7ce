"""Local Moran's I of every site with conditional permutations shared between sites."""

from dataclasses import dataclass

import numpy as np

from ._arrays import ranges
from .global_moran import check_permutations, deviations, pseudo_p
from .spatial_weights import SpatialWeights

# Sums of c deviations closer than this times c times the largest deviation are ties.
TIE = 1e-12
# Ids drawn at once: with their sums and the self-draws among them about 100 MB.
DRAWN = 2**20
# Sites looked up between two calls of progress.
LOOKED_UP = 2**20
# Sites and draws whose products with unequal weights are counted at once: 2 MB, near the cache.
PRODUCT_SITES = 64
PRODUCT_DRAWS = 4096

HIGH_HIGH, LOW_HIGH, LOW_LOW, HIGH_LOW = 1, 2, 3, 4
QUADRANTS = {0: "", HIGH_HIGH: "HH", LOW_HIGH: "LH", LOW_LOW: "LL", HIGH_LOW: "HL"}


@dataclass(frozen=True, eq=False)
class LocalMoran:
    """Local Moran's I of n sites.

    Parameters
    ----------
    i : (n,) float64
        Local Moran's I; the mean of row-standardised ones is the global I where every site
        has neighbours.
    lag : (n,) float64
        Spatial lag of the values in their own unit: with row-standardised weights the mean
        of the neighbours.
    z : (n,) float64
        Standardised values: deviation from the mean / standard deviation (divisor n).
    p : (n,) float64
        Pseudo p-value.
    quadrant : (n,) int8
        1 high among high, 2 low among high, 3 low among low, 4 high among low (a value or
        lag at the mean counts as low); 0 where I is not defined.
    permutations : int
        Number of reference draws behind ``p``.
    """

    i: np.ndarray
    lag: np.ndarray
    z: np.ndarray
    p: np.ndarray
    quadrant: np.ndarray
    permutations: int


def local_moran(values, weights, permutations=99_999, seed=1, alternative="two-sided", progress=None):
    """Local Moran's I_i = z_i sum_j w_ij z_j / m2 with m2 = sum z^2 / n, and its pseudo p-value.

    Parameters
    ----------
    values : (n,) float
        Finite values, one per site.
    weights : SpatialWeights
        Neighbours of the n sites, row-standardised or not.
    permutations : int
        Number R of conditional permutations, at least 1.
    seed : int
        Seed of the permutations, 0 or more.
    alternative : {"two-sided", "directed"}
        p is min(1, 2 (smaller tail + 1) / (R + 1)), or without the 2 when directed.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    LocalMoran
        ``i`` and ``p`` are NaN and ``quadrant`` is 0 at sites without neighbours and, when
        all values are equal, everywhere. ``lag`` is NaN without neighbours, ``z`` when all
        values are equal. A site exactly at the mean has I = 0 under every permutation: p = 1.

    Raises
    ------
    ParcelDataError
        A value that is not finite, another number of values than sites, unusable settings.

    Notes
    -----
    Anselin (1995), Geographical Analysis 27, 93-115, with the scaling of Bivand and Wong
    (2018), TEST 27, 716-748; esda and GeoDa give (n - 1) / n times this I.
    """
    check_permutations(permutations, 1, seed, alternative)
    z = deviations(values, weights)
    n = z.size
    total = absolute_sums(weights)
    connected = total > 0
    lag = np.where(connected, weights.lag(values), np.nan)
    if not z.any():
        unknown = np.full(n, np.nan)
        return LocalMoran(unknown, lag, unknown, unknown, np.zeros(n, dtype=np.int8), permutations)

    m2 = np.mean(z**2)
    z_lag = weights.lag(z)
    i = np.where(connected, z * z_lag / m2, np.nan)
    tail = smaller_tail(z, weights, permutations, seed, progress)
    # z is in units of the largest deviation: what is left of a site at the mean is rounding.
    tail[np.abs(z) <= TIE] = permutations
    p = np.where(connected, pseudo_p(tail, permutations, alternative), np.nan)

    high, high_lag = z > TIE, z_lag > TIE * total
    quadrant = np.select(
        [~connected, high & high_lag, high_lag, ~high], [0, HIGH_HIGH, LOW_HIGH, LOW_LOW], HIGH_LOW
    ).astype(np.int8)
    return LocalMoran(i, lag, z / np.sqrt(m2), p, quadrant, permutations)


def absolute_sums(weights):
    """Sum of the absolute weights of each site, (n,) float64; 0 where it has no neighbour that counts."""
    return SpatialWeights(weights.indptr, weights.indices, np.abs(weights.data)).lag(np.ones(weights.n))


def smaller_tail(z, weights, permutations, seed=1, progress=None):
    """Conditional permutations with a lag at least, or at most, the observed: the fewer of both.

    Each site keeps its value, and its c neighbours take c values drawn without replacement
    from the other n - 1. The draws are shared between sites. With equal weights in each row
    the permuted sum then depends on c and the draw alone: the sums are sorted once for each
    c, and every site finds its place by binary search. A draw that contains the site itself
    has one element more to put in its place, which leaves the distribution exact. The price:
    Monte Carlo errors of different sites are correlated.

    Parameters
    ----------
    z : (n,) float64
        Deviations from the mean, in units of the largest one.
    weights : SpatialWeights
        Neighbours of the n sites.
    permutations : int
        Number R of draws.
    seed : int
        Seed of the draws.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    (n,) int64
        Ties count in both tails; R at sites without neighbours.
    """
    count = _tail_of_equal_weights if weights.equal_rows else _tail_of_unequal_weights
    return count(z, weights, permutations, seed, progress or (lambda fraction: None))


def _reference_draws(n, size, permutations, seed):
    """Blocks (size, draws) of site ids; each column is drawn without replacement from all n.

    A draw is a piece of a random permutation of all sites, which serves n // size draws: no
    rejection, so any size up to n costs the same per id. Pieces of one permutation share no
    site: the variance of a counted tail is about half that of independent draws.
    """
    generator = np.random.Generator(np.random.SFC64(seed))
    pieces = n // size
    repeats = min(max(1, DRAWN // n), -(-permutations // pieces))
    sites = np.tile(np.arange(n), (repeats, 1))
    done = 0
    while done < permutations:
        generator.permuted(sites, axis=1, out=sites)
        draws = sites[:, : pieces * size].reshape(repeats, size, pieces).transpose(1, 0, 2)
        draws = draws.reshape(size, repeats * pieces)[:, : permutations - done]
        # Pieces of a large permutation can be more than fit in memory with their sums.
        width = max(1, DRAWN // size)
        for start in range(0, draws.shape[1], width):
            yield draws[:, start : start + width]
        done += draws.shape[1]


def _tail_of_equal_weights(z, weights, permutations, seed, progress):
    n = z.size
    cardinality = weights.cardinality
    observed = SpatialWeights(weights.indptr, weights.indices, np.ones_like(weights.data)).lag(z)
    tie = TIE * cardinality
    # Many neighbours are drawn by the few sites left out, whose sum is the rest of the total.
    left_out = n - 1 - cardinality
    most = cardinality > left_out
    drawn = np.where(most, left_out, cardinality)
    observed[most] = (z.sum() - z - observed)[most]
    size = int(drawn.max(initial=0)) + 1

    order = np.lexsort((observed, drawn))
    starts = np.searchsorted(drawn[order], np.arange(1, size + 1))
    groups = [(c, order[starts[c - 1] : starts[c]]) for c in range(1, size) if starts[c - 1] < starts[c]]
    at_least = np.zeros(n, dtype=np.int64)
    at_most = np.zeros(n, dtype=np.int64)
    # Nothing to draw: every arrangement has the same sum.
    at_least[drawn == 0] = at_most[drawn == 0] = permutations
    if not groups:
        return at_least

    done = 0
    for draws in _reference_draws(n, size, permutations, seed):
        width = draws.shape[1]
        sums = np.cumsum(z[draws], axis=0)
        for group, (c, sites) in enumerate(groups):
            reference = np.sort(sums[c - 1])
            for start in range(0, sites.size, LOOKED_UP):
                some = sites[start : start + LOOKED_UP]
                at_least[some] += width - np.searchsorted(reference, observed[some] - tie[some], "left")
                at_most[some] += np.searchsorted(reference, observed[some] + tie[some], "right")
                share = (group + (start + some.size) / sites.size) / len(groups)
                progress((done + width * share) / permutations)
        _, draw, site = _self_draws(draws, drawn)
        before = sums[drawn[site] - 1, draw]
        after = before - z[site] + z[draws[drawn[site], draw]]
        lowest, highest = observed[site] - tie[site], observed[site] + tie[site]
        _add(at_least, site, after >= lowest, before >= lowest)
        _add(at_most, site, after <= highest, before <= highest)
        done += width
        progress(done / permutations)
    return np.minimum(at_least, at_most)


def _tail_of_unequal_weights(z, weights, permutations, seed, progress):
    n = z.size
    cardinality = weights.cardinality
    # Sites of like cardinality share a dense block of weights without much padding.
    order = np.argsort(cardinality, kind="stable")[np.count_nonzero(weights.islands) :]
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(order.size)
    observed = weights.lag(z)[order]
    tie = TIE * absolute_sums(weights)[order]
    lowest, highest = (observed - tie)[:, None], (observed + tie)[:, None]
    at_least = np.zeros(order.size, dtype=np.int64)
    at_most = np.zeros(order.size, dtype=np.int64)
    starts = np.arange(0, order.size, PRODUCT_SITES)

    done = 0
    for block in _reference_draws(n, int(cardinality.max(initial=0)) + 1, permutations, seed):
        for left in range(0, block.shape[1], PRODUCT_DRAWS):
            draws = block[:, left : left + PRODUCT_DRAWS]
            width = draws.shape[1]
            drawn_z = z[draws]
            slot, draw, site = _self_draws(draws, cardinality)
            by_place = np.argsort(place[site], kind="stable")
            slot, draw, site = slot[by_place], draw[by_place], site[by_place]
            change = weights.data[weights.indptr[site] + slot] * (drawn_z[cardinality[site], draw] - z[site])
            ends = np.searchsorted(place[site], starts + PRODUCT_SITES)
            first = 0
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                some = slice(start, start + PRODUCT_SITES)
                rows = _dense_rows(weights, order[some], cardinality[order[some]])
                lags = rows @ drawn_z[: rows.shape[1]]
                lags[place[site[first:end]] - start, draw[first:end]] += change[first:end]
                at_least[some] += _count_rows(lags >= lowest[some])
                at_most[some] += _count_rows(lags <= highest[some])
                first = end
                progress((done + width * min(1, (start + PRODUCT_SITES) / order.size)) / permutations)
            done += width
    tail = np.full(n, permutations)
    tail[order] = np.minimum(at_least, at_most)
    return tail


def _self_draws(draws, drawn):
    """Slot, draw and site of each site that stands among the first ``drawn`` of a draw itself."""
    slots = np.arange(draws.shape[0] - 1)[:, None]
    slot, draw = np.nonzero(slots < drawn[draws[:-1]])
    return slot, draw, draws[slot, draw]


def _add(counts, site, now, before):
    """Add to the counts of the sites what a spare element in place of themselves changed."""
    change = now.astype(np.int8) - before.astype(np.int8)
    changed = np.flatnonzero(change)
    counts += np.bincount(site[changed], change[changed], counts.size).astype(np.int64)


def _dense_rows(weights, sites, cardinality):
    """Weights of some sites of rising cardinality as the rows of a matrix, padded with 0."""
    row = np.repeat(np.arange(sites.size), cardinality)
    slot = ranges(0, cardinality)
    dense = np.zeros((sites.size, cardinality[-1]))
    dense[row, slot] = weights.data[weights.indptr[sites][row] + slot]
    return dense


def _count_rows(matches):
    # Row by row: numpy counts a contiguous bool array many times faster than along an axis.
    return [np.count_nonzero(row) for row in matches]
