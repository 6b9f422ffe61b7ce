"""How much levels and zones depend on the weights: random draws of weights and judgements, one at a time."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from ..classification.score_limits import natural_score_limits
from ..classification.similar_columns import breaks_of_similar_columns
from ..errors import ParcelDataError
from ..fields import ECONOMY, LAND
from ..ranks import spearman
from ..threads import run_blocks
from ..zoning.cross_tabulation import zone_table
from .ahp import priorities

SCALE_STEPS = 8
"""Steps of Saaty's scale from equal (1) to extreme importance (9)."""

STABILITY_LIMITS = (0.5, 0.8, 0.95)
"""Shares of draws with which the stability of a zone is 2, 3 and 4."""

# Scores of 0 to 100 that differ by less are equal.
_ROUNDING = 1e-9
# Numbers of a block of draws: some megabytes, and less than a second.
_CELLS = 1 << 19
# Draws of a block: as many columns as `breaks_of_similar_columns` takes at a time.
_DRAWS = 32
# Parcels from which on threads gain more than they wait for each other.
_WORTH_THREADS = 2000
_MATRICES = 500
_PERCENTILES = (5, 95)


@dataclass(frozen=True)
class Stability:
    """What becomes of n parcels in r draws of the weights.

    Parameters
    ----------
    composite : ndarray, shape (n,)
        Composite score by the undisturbed weights; NaN where a parcel is not scored.
    level, zone : ndarray of int, shape (n,)
        Level of the composite and zone by the undisturbed weights, 0 where there is none.
    level_kept, zone_kept : ndarray, shape (n,)
        Share of the draws in which the parcel has the same one; NaN where it has none.
    other_zone : ndarray of int, shape (n,)
        The most frequent other zone, the lower of equals, 0 where there is none.
    mean, low, high : ndarray, shape (n,)
        Mean, 5th and 95th percentile of the composite score over the draws.
    level_changed, zone_changed : ndarray, shape (r,)
        Share of the parcels, of those with a level or zone, that change it in a draw; NaN where the draw
        was left out.
    moved : ndarray, shape (r,)
        Mean absolute change of the composite score in a draw.
    left_out : int
        Draws that leave a score fewer distinct values than levels, which are then not comparable.
    """

    composite: np.ndarray
    level: np.ndarray
    zone: np.ndarray
    level_kept: np.ndarray
    zone_kept: np.ndarray
    other_zone: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level_changed: np.ndarray
    zone_changed: np.ndarray
    moved: np.ndarray
    left_out: int


@dataclass(frozen=True)
class Influence:
    """What one indicator's weight does.

    Parameters
    ----------
    indicator : str
        Its code.
    weight : float
        Undisturbed composite weight.
    mean, low, high : float
        Mean, 5th and 95th percentile of the drawn weights.
    fewer, more : (float, float, float)
        With this weight alone lowered, and raised: share of the parcels that change their zone, share that
        change their level, mean absolute change of the composite.
    correlation : float
        Spearman's correlation, over the draws, of how far the weight is off and how many parcels change
        their zone; NaN where one of them does not vary.
    """

    indicator: str
    weight: float
    mean: float
    low: float
    high: float
    fewer: tuple
    more: tuple
    correlation: float

    @property
    def swings(self):
        """What to rank by: the larger of either side, 0 for NaN; zones first, then levels, then scores."""
        return tuple(np.nan_to_num(np.maximum(self.fewer, self.more)).tolist())


def stability_class(kept):
    """Class 1 to 4 (``fields.STABILITIES``) of shares of draws (n,), 0 where NaN."""
    return np.where(np.isnan(kept), 0, np.searchsorted(STABILITY_LIMITS, kept, side="right") + 1)


class ScoredIndicators:
    """Scores of the indicators, from which any weights make layer scores and the composite.

    Parameters
    ----------
    scores : TargetScores
    system : IndexSystem
    """

    def __init__(self, scores, system):
        self.parcels = np.flatnonzero(~np.isnan(scores.composite))
        # A common order makes the columns of all draws almost sorted.
        self.parcels = self.parcels[np.argsort(scores.composite[self.parcels], kind="stable")]
        own = scores.indicators[self.parcels]
        self.columns = np.ascontiguousarray(np.nan_to_num(own).T)
        absent = np.isnan(own)
        self.gaps = np.flatnonzero(absent.any(axis=1))
        self.present = np.ascontiguousarray((~absent[self.gaps]).T.astype(float))
        self.dimensions = system.dimensions
        self.layers = [
            [(name, system.dimensions[name]) for name in system.layers[layer]] for layer in (ECONOMY, LAND)
        ]

    def under(self, weights):
        """Economic, land-value and composite scores, each (r, p), by composite weights (r, m).

        The same as `target_scores` but for rounding, here the same for equal parcels on every machine.
        """
        sums, totals = [], []
        filled_sums, filled_totals = [], []
        for layer in self.layers:
            members = [position for _, own in layer for position in own]
            sums.append(_weighted_sum(weights[:, members], self.columns[members]))
            totals.append(weights[:, members].sum(axis=1)[:, None])
            if self.gaps.size:
                filled = [self._dimension(weights[:, own], own) for _, own in layer]
                filled_sums.append(sum(part for part, _ in filled))
                filled_totals.append(sum(part for _, part in filled))
        scores = _means(sums, totals)
        if self.gaps.size:
            for whole, own in zip(scores, _means(filled_sums, filled_totals), strict=True):
                whole[:, self.gaps] = own
        return scores

    def some(self, start, stop):
        """The scores of some of the parcels, by their place in the common order."""
        part = copy(self)
        inside = (self.gaps >= start) & (self.gaps < stop)
        part.columns = self.columns[:, start:stop]
        part.gaps, part.present = self.gaps[inside] - start, self.present[:, inside]
        return part

    def _dimension(self, weights, members):
        """Weight times score, and weight, (r, g) of a dimension where some of its indicators lack."""
        present = self.present[members]
        used = _weighted_sum(weights, present)
        total = weights.sum(axis=1)[:, None] * (used > 0)
        sums = _weighted_sum(weights, self.columns[members][:, self.gaps] * present)
        return sums * total / np.where(used > 0, used, 1.0), total


def dirichlet_weights(weights, spread, draws, seed):
    """Draw weights around given ones from a Dirichlet distribution.

    Its concentration K makes a weight of mean size, 1/m, deviate by ``spread`` of itself: K = (m - 1) /
    spread^2 - 1. A weight w then has the mean w and the variance w (1 - w) / (K + 1): small weights deviate
    by more of themselves, large ones by less. Weights of 0 stay 0.

    Parameters
    ----------
    weights : ndarray, shape (m,)
        Sum 1.
    spread : float
        Relative standard deviation of a weight of mean size, above 0.
    draws, seed : int

    Returns
    -------
    ndarray, shape (draws, m)
        Each row with sum 1.

    Raises
    ------
    ParcelDataError
        One indicator alone, or a spread for which there is no distribution.
    """
    used = int((weights > 0).sum())
    concentration = (used - 1) / spread**2 - 1
    if used < 2:
        raise ParcelDataError("The index system has one indicator with weight: its weight cannot vary.")
    if concentration <= 0:
        raise ParcelDataError(
            "A spread of {:.0f} % is too wide for {} indicators: give less than {:.0f} %.",
            100 * spread,
            used,
            100 * np.sqrt(used - 1),
        )
    drawn = np.random.default_rng(seed).standard_gamma(concentration * weights, (draws, weights.size))
    return drawn / drawn.sum(axis=1, keepdims=True)


def judgement_weights(judgements, codes, draws, seed, report=None, **settings):
    """Draw weights from judgements of which each may be one step of Saaty's scale off.

    Each judgement stays, moves one step up or one step down, with equal chances. The scale counts steps
    from equal importance: 1/9 ... 1/2, 1, 2 ... 9 are -8 ... 8, and values between have their own place.
    Steps end at 9 and 1/9, or at the judgement itself where it lies beyond.

    Parameters
    ----------
    judgements : Judgements
    codes : sequence of m str
        Indicator codes, the leaves of the hierarchy, in the order wanted.
    draws, seed : int
    report : callable, optional
        Takes the fraction done; may raise to cancel.
    **settings
        Of `priorities`.

    Returns
    -------
    weights : ndarray, shape (draws, m)
    cr : ndarray, shape (draws,)
        Largest CR of a node in each draw.
    """
    report = report or (lambda fraction: None)
    generator = np.random.default_rng(seed)
    weight, cr = {judgements.goal: np.ones(draws)}, np.zeros(draws)
    for number, node in enumerate(judgements.nodes):
        n = len(node.children)
        steps = generator.integers(-1, 2, (draws, n * (n - 1) // 2))
        # Small nodes have few neighbours: each is weighed once.
        steps, which = np.unique(steps, axis=0, return_inverse=True)
        results = []
        for moved in steps:
            if len(results) % _MATRICES == 0:
                report((number + len(results) / len(steps)) / len(judgements.nodes))
            matrix = moved_matrix(node.matrix, moved)
            results.append(priorities(matrix, names=node.children, node=node.parent, **settings))
        local = np.array([result.weights for result in results])[which.ravel()]
        cr = np.maximum(cr, np.array([result.cr for result in results])[which.ravel()])
        for child, share in zip(node.children, local.T, strict=True):
            weight[child] = weight[node.parent] * share
    return np.stack([weight[code] for code in codes], axis=1), cr


def moved_matrix(matrix, steps):
    """Comparison matrix with its judgements moved on Saaty's scale.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        Reciprocal; NaN where nobody has judged.
    steps : ndarray of int, shape (n (n - 1) / 2,)
        By how many steps each judgement above the diagonal moves, row by row.

    Returns
    -------
    ndarray, shape (n, n)
    """
    upper = np.triu_indices(len(matrix), 1)
    values = matrix[upper]
    place = np.where(values >= 1, values - 1, 1 - 1 / values)
    limit = np.maximum(np.abs(place), SCALE_STEPS)
    place = np.clip(place + steps, -limit, limit)
    moved = np.ones_like(matrix)
    moved[upper] = np.where(place >= 0, place + 1, 1 / (1 - np.minimum(place, 0)))
    moved.T[upper] = 1 / moved[upper]
    return moved


def one_at_a_time(weights, change):
    """Weights with each one in turn lowered and raised, the others scaled so that all add up to 1.

    Parameters
    ----------
    weights : ndarray, shape (m,)
        Sum 1.
    change : float
        Relative change, 0..1; a raised weight ends at 1.

    Returns
    -------
    ndarray, shape (2 m, m)
        Row 2 j has weight j lowered, row 2 j + 1 raised.

    References
    ----------
    Chen, Yu and Khan (2010), Environmental Modelling & Software 25(12), 1582-1591.
    """
    m = weights.size
    rows = np.repeat(weights[None], 2 * m, axis=0)
    j = np.repeat(np.arange(m), 2)
    factor = np.tile([1 - change, 1 + change], m)
    changed = np.minimum(weights[j] * factor, 1.0)
    rest = 1 - weights[j]
    scale = np.divide(1 - changed, rest, out=np.ones(2 * m), where=rest > 0)
    rows *= scale[:, None]
    rows[np.arange(2 * m), j] = np.where(rest > 0, changed, weights[j])
    return rows


def stability(scored, weights, draws, matrix, parcels, fixed=None, keep_breaks=False, progress=None):
    """Levels and zones of the parcels under the undisturbed weights and under draws.

    Parameters
    ----------
    scored : ScoredIndicators
    weights : ndarray, shape (m,)
        Undisturbed composite weights.
    draws : ndarray, shape (r, m)
        Other weights.
    matrix : ZoneMatrix
    parcels : int
        Number n of all parcels.
    fixed : sequence of three ndarray (k,), optional
        Upper limits of the levels of a base year, see `score_limits`.
    keep_breaks : bool, optional
        Keep the natural breaks of the undisturbed weights in all draws, instead of new ones in each.
    progress : callable, optional
        Takes the fraction done; may raise to cancel.

    Returns
    -------
    Stability

    Raises
    ------
    ParcelDataError
        A score has fewer distinct values than levels.
    """
    report = progress or (lambda fraction: None)
    base = [column[0] for column in scored.under(weights[None])]
    known = [~np.isnan(column) for column in base]
    limits = fixed or natural_score_limits(base, matrix)
    stay = keep_breaks or fixed is not None
    table = zone_table(matrix).astype(np.int8)
    level, zone = (
        part[0]
        for part in _levels_and_zones([c[None] for c in base], known, [u[None] for u in limits], table, stay)
    )
    counts = _Counts(level, zone, int(table.max()), len(draws))
    block = max(1, min(_DRAWS, _CELLS // max(level.size, 1)))

    def work(start):
        columns = scored.under(draws[start : start + block])
        upper, comparable = _draw_limits(columns, known, limits, stay)
        return counts.of(
            *_levels_and_zones(columns, known, upper, table, stay),
            comparable,
            np.abs(columns[2] - base[2]).mean(axis=1),
        )

    def take(start, found):
        counts.add(slice(start, start + block), *found)
        report(0.9 * min(start + block, len(draws)) / len(draws))

    report(0.0)
    run_blocks(work, range(0, len(draws), block), take, worth_threads=level.size >= _WORTH_THREADS)
    mean, low, high = _spread(scored, draws, lambda fraction: report(0.9 + 0.1 * fraction))
    return counts.result(scored.parcels, parcels, base[2], mean, low, high)


def influences(system, weights, draws, drawn, changed):
    """What each indicator's weight does: alone, and among the draws.

    Parameters
    ----------
    system : IndexSystem
    weights : ndarray, shape (m,)
    draws : ndarray, shape (r, m)
    drawn : Stability
        Of the draws.
    changed : Stability
        Of the weights by `one_at_a_time`.

    Returns
    -------
    list of Influence
        The most influential first.
    """
    off = np.abs(draws - weights)
    usable = ~np.isnan(drawn.zone_changed)
    low, high = np.percentile(draws, _PERCENTILES, axis=0)
    alone = np.stack([changed.zone_changed, changed.level_changed, changed.moved], axis=1)
    found = [
        Influence(
            code,
            float(weights[j]),
            float(draws[:, j].mean()),
            float(low[j]),
            float(high[j]),
            tuple(alone[2 * j].tolist()),
            tuple(alone[2 * j + 1].tolist()),
            spearman(off[usable, j], drawn.zone_changed[usable]),
        )
        for j, code in enumerate(system.codes)
    ]
    return sorted(found, key=lambda one: one.swings, reverse=True)


def _weighted_sum(weights, columns):
    """Sums (r, n) of columns (m, n) by weights (r, m), one by one: a matrix product rounds by position."""
    total = weights[:, :1] * columns[0]
    term = np.empty_like(total)
    for j in range(1, len(columns)):
        np.multiply(weights[:, j, None], columns[j], out=term)
        total += term
    return total


def _means(sums, totals):
    """Means of both layers and of all, NaN where there is no weight."""
    whole = [*zip(sums, totals, strict=True), (sums[0] + sums[1], totals[0] + totals[1])]
    with np.errstate(invalid="ignore", divide="ignore"):
        return [part / total for part, total in whole]


def _draw_limits(columns, known, limits, stay):
    """Upper limits (r, k) by score, and in which draws every score has as many levels as it should."""
    rows = len(columns[0])
    comparable = np.ones(rows, dtype=bool)
    if stay:
        return [np.broadcast_to(own, (rows, own.size)) for own in limits], comparable
    found = []
    for column, has, own in zip(columns, known, limits, strict=True):
        uppers = breaks_of_similar_columns(column if has.all() else column[:, has], own)
        fine = np.array([upper.size == own.size for upper in uppers])
        found.append(np.array([upper if ok else own for upper, ok in zip(uppers, fine, strict=True)]))
        comparable &= fine
    return found, comparable


def _levels_and_zones(columns, known, upper, table, stay):
    """Levels of the composite and zones, (r, n) int8, 0 where there is none."""
    economy, land, composite = (
        _levels(column, limits + _ROUNDING if stay else limits) * has
        for column, limits, has in zip(columns, upper, known, strict=True)
    )
    return composite, table.ravel()[table.shape[1] * economy + land]


def _levels(columns, upper):
    """Levels (r, n) int8 from 1; kept limits come with the rounding of other weights, hence `_ROUNDING`."""
    with np.errstate(invalid="ignore"):
        level = (columns > upper[:, :1]).astype(np.int8)
        for limit in upper.T[1:-1]:
            level += columns > limit[:, None]
    level += 1
    return level


class _Counts:
    """Adds up, block of draws by block, how often the parcels keep level and zone."""

    def __init__(self, level, zone, zones, draws):
        self.level, self.zone = level, zone
        self.level_kept = np.zeros(level.size, dtype=np.int64)
        self.zones = np.zeros((zones + 1, level.size), dtype=np.int64)
        self.level_changed = np.full(draws, np.nan)
        self.zone_changed = np.full(draws, np.nan)
        self.moved = np.zeros(draws)

    def of(self, level, zone, comparable, moved):
        """What to add up of a block of draws: shares kept, zones, changes; may run in threads."""
        same_level = (level == self.level) & comparable[:, None]
        zones = [((zone == code) & comparable[:, None]).sum(axis=0) for code in range(len(self.zones))]
        shares = []
        for changed, has in ((level != self.level, self.level > 0), (zone != self.zone, self.zone > 0)):
            share = changed[:, has].mean(axis=1) if has.any() else np.nan
            shares.append(np.where(comparable, share, np.nan))
        return same_level.sum(axis=0), zones, *shares, moved

    def add(self, draws, level_kept, zones, level_changed, zone_changed, moved):
        """Add a block of draws, counted by `of`."""
        self.level_kept += level_kept
        self.zones += zones
        self.level_changed[draws] = level_changed
        self.zone_changed[draws] = zone_changed
        self.moved[draws] = moved

    def result(self, positions, parcels, composite, mean, low, high):
        """Return what was counted, spread out to all parcels."""

        def spread(values, nothing):
            column = np.full(parcels, nothing, dtype=np.result_type(values, type(nothing)))
            column[positions] = values
            return column

        used = int(self.zones.sum(axis=0).max(initial=0))
        own = self.zones[self.zone, np.arange(self.zone.size)]
        others = self.zones.copy()
        others[self.zone, np.arange(self.zone.size)] = 0
        others[0] = 0
        other = np.where((others.max(axis=0) > 0) & (self.zone > 0), others.argmax(axis=0), 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            level_kept = np.where(self.level > 0, self.level_kept / used, np.nan)
            zone_kept = np.where(self.zone > 0, own / used, np.nan)
        return Stability(
            composite=spread(composite, np.nan),
            level=spread(self.level, 0),
            zone=spread(self.zone, 0),
            level_kept=spread(level_kept, np.nan),
            zone_kept=spread(zone_kept, np.nan),
            other_zone=spread(other, 0),
            mean=spread(mean, np.nan),
            low=spread(low, np.nan),
            high=spread(high, np.nan),
            level_changed=self.level_changed,
            zone_changed=self.zone_changed,
            moved=self.moved,
            left_out=self.moved.size - used,
        )


def _spread(scored, draws, report):
    """Mean, 5th and 95th percentile (p,) of the composite over the draws, some parcels at a time."""
    parcels = scored.columns.shape[1]
    mean, low, high = np.empty((3, parcels))
    block = max(1, _CELLS // len(draws))

    def work(start):
        part = slice(start, start + block)
        composite = scored.some(start, start + block).under(draws)[2]
        mean[part] = composite.mean(axis=0)
        low[part], high[part] = np.percentile(composite, _PERCENTILES, axis=0)

    def take(start, _):
        report(min(start + block, parcels) / parcels)

    run_blocks(work, range(0, parcels, block), take)
    return mean, low, high
