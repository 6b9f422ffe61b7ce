"""Conditional permutations of all sites at once, with reference draws shared between the sites."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ._arrays import differs_from_previous, ranges, row_starts

# Sums of c deviations closer than this times c times the largest deviation are ties.
TIE = 1e-12
# The same for squared differences, which are small where the deviations are.
SQUARED_TIE = 4e-14
# Directions in which draws are cut from one permutation: with more of them it shows in the errors
# that all draws of a permutation take one site of each row.
MOST_DIRECTIONS = 32
# Sites that draws of two directions share at most.
MOST_SHARED = 4
# Draws whose sums are held at once.
DRAWS = 2**17
# Ids that the permutations of one block hold, unless a single one holds more.
PERMUTED = 2**20
# Pairs of a site and a draw looked at one by one at once: near the cache.
EXCHANGED = 2**16
# From so many sites on it pays to sort all draws.
MANY_SITES = 2**12
# Draws of the largest and the smallest sums that every site is compared with for squared differences.
FAR_DRAWS = 100
FAR_SITES = 1024
# Slopes that share an order of the draws: the square root of so many times the sites are taken.
SLOPE_SITES = 0.5
# Bins that draws are counted in for few sites: their numbers stay in the cache.
BINS = 2**13
# Every so many draws tell where most of the sums are.
SAMPLED = 61
# Values of a rough rank.
ROUGH = 2**16
# Sites and draws whose products with unequal weights are counted at once: 2 MB, near the cache.
PRODUCT_SITES = 64
PRODUCT_DRAWS = 4096


def absolute_sums(weights):
    """Sum of the absolute weights of each site, (n,) float64; 0 where it has no neighbour that counts."""
    if weights.equal_rows:
        return np.abs(weights.row_weight) * weights.cardinality
    return weights.row_sums(np.abs(weights.data))


def smaller_tail(
    z, weights, permutations, seed=1, progress=None, squared_differences=False, *, neighbour_sums=None
):
    """Conditional permutations with a statistic at least, or at most, the observed: the fewer of both.

    The statistic is the spatial lag sum_j w_ij z_j or, with ``squared_differences``, local Geary's
    sum_j w_ij (z_i - z_j)^2. Each site keeps its value, and its c neighbours take c values drawn
    without replacement from the other n - 1. The draws are shared between sites. With equal
    weights in each row the statistic then depends on the site only through its own value and c:
    the sums of the draws are put in order once for each c, and every site finds its place among
    them. A draw that contains the site itself has one element more to put in its place, which
    leaves the distribution exact. The price: Monte Carlo errors of different sites are correlated.

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
    squared_differences : bool
        Local Geary's statistic instead of the lag.
    neighbour_sums : (n,) float64, optional
        Unweighted sums of the neighbours' z, where they are known.

    Returns
    -------
    (n,) int64
        Ties count in both tails; R at sites without neighbours.
    """
    progress = progress or (lambda fraction: None)
    if not weights.equal_rows:
        return _tail_of_unequal_weights(z, weights, permutations, seed, squared_differences, progress)
    if neighbour_sums is None:
        neighbour_sums = weights.row_sums(z[weights.indices])
    return _tail_of_equal_weights(
        z, weights, neighbour_sums, permutations, seed, squared_differences, progress
    )


@dataclass(frozen=True)
class _Draws:
    """Draws cut from random permutations of the sites, each laid out as a table of rows and columns.

    Draw k of direction d takes from row r the site in column (k + d r) modulo the number of
    columns, a prime: so two draws of a permutation share one site at most, and up to four where
    there are more rows than columns. The rows of a direction are taken from ``first[d]`` on, so
    that all are taken about equally often, whatever the number of sites drawn. Both keep the
    sampling errors of counts no larger than those of independent draws, for the price of one
    permutation.

    ``sites`` is (rows, permutations, columns), ``first`` is (directions,); draws are counted
    by direction, permutation and column, and those from ``count`` on are left out.
    """

    sites: np.ndarray
    first: np.ndarray
    count: int

    def slot(self, values, number):
        """Value of the ``number``-th site of every draw, (count,), of the values by ``spread``."""
        row = (self.first + number) % self.sites.shape[0]
        shift = np.arange(self.first.size) * row % self.sites.shape[2]
        return values[row, :, shift].reshape(-1)[: self.count]

    def spread(self, z):
        """Values of the sites in the form that ``slot`` takes: each row once more behind itself."""
        columns = self.sites.shape[2]
        values = z[self.sites]
        if self.first.size == 1:
            return values[:, :, None, :]
        twice = np.concatenate((values, values), axis=2)
        return np.lib.stride_tricks.sliding_window_view(twice, columns, axis=2)

    def containing(self, positions, size):
        """Which of the draws of the first ``size`` sites contain the site at a position.

        Parameters
        ----------
        positions : (m,) int64
            Places in ``sites``, flattened.
        size : int

        Returns
        -------
        which, draw : (q,) int64
            Number of the position, ascending, and number of the draw.
        """
        rows, permutations, columns = self.sites.shape
        row, place = np.divmod(positions, permutations * columns)
        permutation, column = np.divmod(place, columns)
        every = np.arange(rows)
        owner, direction = np.nonzero((every[:, None] - self.first) % rows < size)
        shift = direction * owner % columns
        starts = row_starts(np.bincount(owner, minlength=rows))
        times = np.diff(starts)[row]
        which = np.repeat(np.arange(positions.size), times)
        pair = ranges(starts[row], times)
        moved = shift[pair]
        column = column[which]
        draw = (direction * (permutations * columns) - shift)[pair] + (permutation * columns)[which] + column
        draw += columns * (column < moved)
        inside = draw < self.count
        return (which, draw) if inside.all() else (which[inside], draw[inside])


def _reference_draws(n, size, permutations, seed, at_once):
    """Blocks of draws of ``size`` sites without replacement from all n, as `_Draws`.

    A permutation serves n // size draws at least: no rejection, so any size up to n costs the
    same per site.
    """
    generator = np.random.Generator(np.random.SFC64(seed))
    columns = min(n // size, at_once)
    prime = _prime_up_to(columns)
    most = 1
    if MOST_SHARED * prime >= size:
        columns, most = prime, max(1, min(prime // 4, MOST_DIRECTIONS, at_once // prime))
    left = permutations
    while left:
        directions = min(most, -(-left // columns))
        together = columns * directions
        repeats = min(max(1, PERMUTED // n), max(1, at_once // together), -(-left // together))
        sites = np.tile(np.arange(n, dtype=np.int32 if n < 2**31 else np.int64), (repeats, 1))
        generator.permuted(sites, axis=1, out=sites)
        table = sites[:, : size * columns].reshape(repeats, size, columns).transpose(1, 0, 2)
        count = min(left, repeats * together)
        first = np.arange(directions) * size // directions
        yield _Draws(np.ascontiguousarray(table), first, count)
        left -= count


def _prime_up_to(number):
    """Largest prime up to a number, 0 if there is none."""
    for candidate in range(number, 1, -1):
        if all(candidate % divisor for divisor in range(2, int(candidate**0.5) + 1)):
            return candidate
    return 0


def _tail_of_equal_weights(z, weights, neighbour_sums, permutations, seed, squared_differences, progress):
    n = z.size
    cardinality = weights.cardinality
    # Many neighbours are drawn by the few sites left out: the rest of the total.
    left_out = n - 1 - cardinality
    most = cardinality > left_out
    drawn = np.where(most, left_out, cardinality)
    observed = _sums_of_drawn(z, neighbour_sums, most)
    if squared_differences:
        # What z_i^2 adds is the same in every draw.
        squared = z * z
        square_sums = weights.row_sums(squared[weights.indices])
        observed = _sums_of_drawn(squared, square_sums, most) - 2 * z * observed
    size = int(drawn.max(initial=0)) + 1
    groups = _groups(drawn, size, observed)
    tolerance = (SQUARED_TIE if squared_differences else TIE) * cardinality
    # The rest of a total of n values is less exact.
    tolerance[most] = 4 * TIE * cardinality[most]
    ties = [tolerance[sites].max(initial=0) for sites in groups]
    at_least, at_most = ([np.zeros(sites.size, dtype=np.int64) for sites in groups] for _ in range(2))
    exchanged_least, exchanged_most = np.zeros((2, n), dtype=np.int64)

    done = 0
    for draws in _reference_draws(n, size, permutations, seed, DRAWS):
        values = draws.spread(z)
        positions = _groups(drawn[draws.sites.ravel()], size)
        more, fewer = np.zeros((2, draws.sites.size), dtype=np.int32)
        sums, squares = np.zeros((2, draws.count))
        seen = 0
        for c, (sites, tie) in enumerate(zip(groups, ties, strict=True)):
            spare = draws.slot(values, c)

            def step(share, already=seen, group=sites.size, before=done, count=draws.count):
                progress((before + count * (already + share * group) / n) / permutations)

            if c and sites.size:
                if squared_differences:
                    low, high = _count_squared(sums, squares, z[sites], observed[sites], tie, step)
                else:
                    low, high = _count(sums, observed[sites], tie)
                at_least[c] += low
                at_most[c] += high
                _exchange(
                    draws,
                    positions[c],
                    c,
                    (sums, squares if squared_differences else None),
                    spare,
                    z,
                    observed,
                    tie,
                    (more, fewer),
                )
            step(1)
            seen += sites.size
            sums += spare
            if squared_differences:
                squares += spare * spare
        exchanged_least += _by_site(draws, more, n)
        exchanged_most += _by_site(draws, fewer, n)
        done += draws.count
    # Nothing to draw: every arrangement has the same sum.
    tail = np.full(n, permutations)
    for sites, least, greatest in zip(groups[1:], at_least[1:], at_most[1:], strict=True):
        tail[sites] = np.minimum(least + exchanged_least[sites], greatest + exchanged_most[sites])
    progress(1.0)
    return tail


def _sums_of_drawn(values, sums, most):
    """The sums over the neighbours or, where these are ``most``, over the others without the site itself."""
    return np.where(most, values.sum() - values - sums, sums)


def _groups(drawn, size, values=None):
    """Places where ``drawn`` is 0, 1, ..., size - 1, each roughly by rising value, or else ascending.

    Numbers of 16 bits are sorted by their digits, several times as fast as others. A rough order
    is enough to make places found one after the other be near each other in memory.
    """
    key = drawn.astype(np.uint16 if size <= 2**16 else np.int64)
    if values is None:
        order = np.argsort(key, kind="stable")
    else:
        low, high = values.min(initial=0.0), values.max(initial=0.0)
        rough = ((values - low) * ((2**16 - 1) / max(high - low, TIE))).astype(np.uint16)
        order = np.argsort(rough, kind="stable")
        order = order[np.argsort(key[order], kind="stable")]
    return np.split(order, np.cumsum(np.bincount(drawn, minlength=size))[:-1])


def _count(sums, observed, tie):
    """How many sums are at least, and how many at most, the observed ones; ties count in both."""
    lowest, highest = observed - tie, observed + tie
    if observed.size > MANY_SITES:
        distances = _distances(sums, sums.mean())
        rough = _rough(*distances, int(distances[0].max()))
        # Nearly in order, which a stable sort puts in order quickly.
        reference = np.sort(sums[np.argsort(rough, kind="stable")], kind="stable")
        below = np.searchsorted(reference, lowest, "left")
        at_most = below.copy()
        tied = np.flatnonzero(reference[np.minimum(below, sums.size - 1)] <= highest)
        at_most[tied] = np.searchsorted(reference, highest[tied], "right")
        return sums.size - below, at_most
    # Only sums in the bin of one of the bounds need another look; of the others the number is enough.
    sample = np.sort(sums[::SAMPLED])
    tail = sample.size // 100
    first, last = sample[tail], sample[sample.size - 1 - tail]
    bins = _bins(sums, first, last)
    low, high = _bins(lowest, first, last), _bins(highest, first, last)
    close = np.zeros(BINS, dtype=bool)
    close[low] = close[high] = True
    number = np.bincount(bins, minlength=BINS)
    number[close] = 0
    number = np.cumsum(number)
    reference = np.sort(sums[close[bins]])
    below = number[low] + np.searchsorted(reference, lowest, "left")
    return sums.size - below, number[high] + np.searchsorted(reference, highest, "right")


def _bins(values, first, last):
    """Equal bins between two values, the first and the last bin without end; rising with the values."""
    # Room above the rounding of equal values, which may all be in one bin.
    scale = (BINS - 1) / max(last - first, TIE)
    return np.clip((values - first) * scale, 0, BINS - 1).astype(np.intp)


def _distances(values, centre):
    """Distance from the centre in steps, 2,048 for each power of two, and whether it is to the left."""
    bits = (values - centre).astype(np.float32).view(np.int32)
    return (bits & 0x7FFFFFFF) >> 12, bits < 0


def _rough(distance, left, top):
    """Rank of 16 bits that rises with the values; sorted by its digits in a tenth of their time."""
    half = ROUGH // 2
    distance = np.minimum(np.maximum(distance - (top - half + 1), 0), half - 1)
    return np.where(left, half - 1 - distance, half + distance).astype(np.uint16)


def _count_squared(sums, squares, own, observed, tie, progress):
    """As `_count`, of squares - 2 own sums: of each site at another slope.

    Sites of like value share a rough order of the draws at the slope in their middle. At the slope
    of a site, a draw moves by no more than its sum allows: only draws that near the observed
    statistic are looked at one by one, and those of the few largest or smallest sums.
    """
    # Equal arrangements are looked up once.
    observed = np.rint(observed / tie) * tie
    order = np.lexsort((observed, own))
    fresh = differs_from_previous(own[order]) | differs_from_previous(observed[order])
    site = np.empty(order.size, dtype=np.int64)
    site[order] = np.cumsum(fresh) - 1
    own, observed = own[order][fresh], observed[order][fresh]
    at_least, at_most = np.zeros((2, own.size), dtype=np.int64)

    rank = np.argsort(sums, kind="stable")
    tail = min(FAR_DRAWS, sums.size // 2)
    far = np.concatenate((rank[:tail], rank[sums.size - tail :]))
    near = rank[tail : sums.size - tail]
    middle = (sums[near].max(initial=0.0) + sums[near].min(initial=0.0)) / 2
    apart = np.abs(sums[near] - middle).max(initial=0.0)
    blocks = max(1, round(np.sqrt(own.size * SLOPE_SITES)))
    for number, some in enumerate(np.array_split(np.arange(own.size), blocks)):
        slopes, lowest, highest = own[some], observed[some] - tie, observed[some] + tie
        for start in range(0, some.size, FAR_SITES):
            part = slice(start, start + FAR_SITES)
            found = squares[far] - 2 * slopes[part, None] * sums[far]
            at_least[some[part]] += count_rows(found >= lowest[part, None])
            at_most[some[part]] += count_rows(found <= highest[part, None])
        centre = slopes[slopes.size // 2]
        there = squares[near] - 2 * centre * sums[near]
        mean = there.sum() / max(there.size, 1)  # few draws are all far
        distances = _distances(there, mean)
        top = int(distances[0].max(initial=0))
        rough = _rough(*distances, top)
        by_rank = np.argsort(rough, kind="stable")
        there, moved = there[by_rank], sums[near][by_rank] - middle
        starts = row_starts(np.bincount(rough, minlength=ROUGH))
        step = slopes - centre
        reach = 2 * np.abs(step) * apart * (1 + TIE) + 2 * tie
        shifted = observed[some] + 2 * step * middle
        first = starts[_rough(*_distances(shifted - reach, mean), top)]
        last = starts[_rough(*_distances(shifted + reach, mean), top).astype(np.int64) + 1]
        at_least[some] += near.size - last
        at_most[some] += first
        ends = np.cumsum(last - first)
        cuts = np.searchsorted(ends, np.arange(EXCHANGED, ends[-1] + EXCHANGED, EXCHANGED))
        for begin, end in pairwise(np.unique(np.concatenate(([0], cuts, [some.size]))).tolist()):
            part = slice(begin, end)
            length = (last - first)[part]
            which = np.repeat(np.arange(length.size), length)
            draw = ranges(first[part], length)
            found = there[draw] - (2 * step[part])[which] * moved[draw]
            low = (lowest + 2 * step * middle)[part][which]
            high = (highest + 2 * step * middle)[part][which]
            at_least[some[part]] += np.bincount(which[found >= low], minlength=length.size)
            at_most[some[part]] += np.bincount(which[found <= high], minlength=length.size)
        progress((number + 1) / blocks)
    return at_least[site], at_most[site]


def _exchange(draws, positions, size, drawn_sums, spare, z, observed, tie, counts):
    """What the counts of sites gain in the draws that contain them, when the spare site stands in.

    ``counts`` are two arrays by position, at least and at most the observed. ``drawn_sums`` are the
    sums of the draws and, for squared differences, of their squares.
    """
    sums, squares = drawn_sums
    sites = draws.sites.ravel()[positions]
    own, expected = z[sites], observed[sites]
    step = max(1, EXCHANGED // max(1, size * draws.first.size // draws.sites.shape[0]))
    for start in range(0, positions.size, step):
        some = positions[start : start + step]
        which, draw = draws.containing(some, size)
        before, instead, me = sums[draw], spare[draw], own[start : start + step][which]
        after = before + instead - me
        if squares is not None:
            before = squares[draw] - 2 * me * before
            after = squares[draw] + instead * instead - me * me - 2 * me * after
        seen = expected[start : start + step][which]
        low, high = seen - tie, seen + tie
        for count, now, then in (
            (counts[0], after >= low, before >= low),
            (counts[1], after <= high, before <= high),
        ):
            change = now.view(np.int8) - then.view(np.int8)
            changed = np.flatnonzero(change)
            count[some] = np.bincount(which[changed], change[changed], some.size)


def _by_site(draws, counts, n):
    """Sums by site, (n,) int64, of counts by position."""
    return np.bincount(draws.sites.ravel(), counts, n).astype(np.int64)


def _tail_of_unequal_weights(z, weights, permutations, seed, squared_differences, progress):
    n = z.size
    cardinality = weights.cardinality
    # Sites of like cardinality share a dense block of weights without much padding.
    order = np.argsort(cardinality, kind="stable")[np.count_nonzero(weights.islands) :]
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(order.size)
    observed = weights.lag(z)
    if squared_differences:
        observed = weights.lag(z * z) - 2 * z * observed
    observed = observed[order]
    tie = (SQUARED_TIE if squared_differences else TIE) * absolute_sums(weights)[order]
    lowest, highest = (observed - tie)[:, None], (observed + tie)[:, None]
    at_least = np.zeros(order.size, dtype=np.int64)
    at_most = np.zeros(order.size, dtype=np.int64)
    starts = np.arange(0, order.size, PRODUCT_SITES)

    done = 0
    size = int(cardinality.max(initial=0)) + 1
    at_once = min(DRAWS, max(PRODUCT_DRAWS, PERMUTED // size))
    for block in _reference_draws(n, size, permutations, seed, at_once):
        ids = block.spread(np.arange(n))
        ids = np.stack([block.slot(ids, number) for number in range(size)])
        for left in range(0, block.count, PRODUCT_DRAWS):
            draws = ids[:, left : left + PRODUCT_DRAWS]
            width = draws.shape[1]
            drawn_z = z[draws]
            drawn_squares = drawn_z * drawn_z if squared_differences else None
            slot, draw, site = _self_draws(draws, cardinality)
            by_place = np.argsort(place[site], kind="stable")
            slot, draw, site = slot[by_place], draw[by_place], site[by_place]
            spare = drawn_z[cardinality[site], draw]
            change = weights.data[weights.indptr[site] + slot] * (
                (spare - z[site]) ** 2 if squared_differences else spare - z[site]
            )
            ends = np.searchsorted(place[site], starts + PRODUCT_SITES)
            first = 0
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                some = slice(start, start + PRODUCT_SITES)
                rows = _dense_rows(weights, order[some], cardinality[order[some]])
                lags = rows @ drawn_z[: rows.shape[1]]
                if squared_differences:
                    lags *= -2 * z[order[some], None]
                    lags += rows @ drawn_squares[: rows.shape[1]]
                lags[place[site[first:end]] - start, draw[first:end]] += change[first:end]
                at_least[some] += count_rows(lags >= lowest[some])
                at_most[some] += count_rows(lags <= highest[some])
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


def _dense_rows(weights, sites, cardinality):
    """Weights of some sites of rising cardinality as the rows of a matrix, padded with 0."""
    row = np.repeat(np.arange(sites.size), cardinality)
    slot = ranges(0, cardinality)
    dense = np.zeros((sites.size, cardinality[-1]))
    dense[row, slot] = weights.data[weights.indptr[sites][row] + slot]
    return dense


def count_rows(matches):
    """Number of matches in each row of a matrix."""
    # Row by row: numpy counts a contiguous bool array many times faster than along an axis.
    return [np.count_nonzero(row) for row in matches]
