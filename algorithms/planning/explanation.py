"""Why a parcel is in its zone: what made its scores, how far its levels reach, what would move it.

Everything but the one indicator in question is held: targets, weights, breaks and the other parcels.
"""

from dataclasses import dataclass

import numpy as np

from ..classification.natural_breaks import classify
from ..scoring.target_scores import Scale, TargetScores, score_indicator
from ..zoning.cross_tabulation import cross_tabulate, zone_table

_FULL = 100.0


@dataclass(frozen=True)
class Contributions:
    """What each of m indicators adds to the scores of n parcels; NaN where a parcel is not scored.

    Attributes
    ----------
    layer_share, composite_share : (n, m) float
        Weight of the indicator in the score of its layer and in the composite; 0 where its value is
        missing and the other weights were renormalised.
    points, lost : (n, m) float
        Points that it adds to the composite, and points that a full score would add besides.
    """

    layer_share: np.ndarray
    composite_share: np.ndarray
    points: np.ndarray
    lost: np.ndarray


@dataclass(frozen=True)
class Reach:
    """Points of a score (n,) to the next level up and down, NaN where there is none.

    A score must rise by more than ``up``, since levels are closed above; falling by ``down`` is enough.
    """

    up: np.ndarray
    down: np.ndarray


@dataclass(frozen=True)
class ZoneMoves:
    """Smallest change of each of m indicators alone that moves n parcels to a better, or worse, zone.

    Attributes
    ----------
    zone : (n, m) int64
        Zone that the change leads to, 0 where no value of the indicator does.
    score, value : (n, m) float
        Score and raw value at which the zone changes, NaN where it cannot.
    change : (n, m) float
        From the present score to that one. Rising, the score must pass it; falling, it must reach it;
        a flag must become ``value``.
    """

    zone: np.ndarray
    score: np.ndarray
    value: np.ndarray
    change: np.ndarray

    @property
    def best(self):
        """Position of the indicator whose score must change least, (n,), -1 where none alone suffices."""
        size = np.where(np.isnan(self.change), np.inf, np.abs(self.change))
        return np.where(np.isfinite(size).any(axis=1), size.argmin(axis=1), -1)

    def ranked(self, parcel):
        """Positions of the indicators that can move a parcel, the smallest change of score first."""
        size = np.abs(self.change[parcel])
        return [p for p in np.argsort(size, kind="stable").tolist() if not np.isnan(size[p])]

    def relation(self, parcel, position, row):
        """How the raw value must compare with ``value``: above, below, at least, at most, or equal."""
        if row.direction == "flag":
            return "equal"
        value = self.value[parcel, position]
        more_is_better = row.direction in ("benefit", "rating") or (
            row.direction == "interval" and value < row.lower
        )
        if self.change[parcel, position] >= 0:
            return "above" if more_is_better else "below"
        return "at most" if more_is_better else "at least"


@dataclass(frozen=True)
class Explanation:
    """Why n parcels are in their zones.

    Attributes
    ----------
    values : (n, m) float
        Raw values of the indicators.
    scores : TargetScores
    contributions : Contributions
    levels : tuple of three (n,) int
        Levels of economy, land value and composite, 0 where there is none.
    limits : tuple of three (k,) float
        Upper limits of these levels.
    reaches : tuple of three Reach
    zone, source : (n,)
        Zone, 0 where there is none, and where its cell comes from; see `CrossTabulation`.
    better, worse : ZoneMoves
    """

    values: np.ndarray
    scores: TargetScores
    contributions: Contributions
    levels: tuple
    limits: tuple
    reaches: tuple
    zone: np.ndarray
    source: np.ndarray
    better: ZoneMoves
    worse: ZoneMoves


def explain(values, scores, system, limits, matrix, missing="exclude", scale=None):
    """Explain the zones of n parcels.

    Parameters
    ----------
    values : (n, m) float
        Raw values, NaN where missing.
    scores : TargetScores
        Of these values.
    system : IndexSystem
        With targets; its first layer is the economy, its second the land value.
    limits : sequence of three (k,) float
        Upper limits of the levels of economy, land value and composite.
    matrix : ZoneMatrix
    missing, scale
        As the values were scored; see `target_scores`.

    Returns
    -------
    Explanation
    """
    columns = (*scores.layers.T, scores.composite)
    levels = tuple(classify(column, upper) for column, upper in zip(columns, limits, strict=True))
    zones = cross_tabulate(*levels[:2], matrix)
    parts = contributions(scores, system, missing, scale)
    held = (values, scores, system, parts.layer_share, levels[:2], limits[:2], matrix, scale)
    return Explanation(
        values,
        scores,
        parts,
        levels,
        tuple(limits),
        tuple(reach(*one) for one in zip(columns, levels, limits, strict=True)),
        zones.zone,
        zones.source,
        zone_moves(True, *held),
        zone_moves(False, *held),
    )


def contributions(scores, system, missing="exclude", scale=None):
    """Take scores apart into what each indicator adds.

    Parameters
    ----------
    scores : TargetScores
    system : IndexSystem
        The same that was scored.
    missing : str
        What was done with missing values; see `target_scores`.
    scale : Scale, optional

    Returns
    -------
    Contributions
        Points add up to the composite.
    """
    present = np.ones(scores.missing.shape) if missing == "zero" else (~scores.missing).astype(float)
    weighted = np.zeros_like(present)
    for dimension, members in system.dimensions.items():
        local = np.array([system.indicators[p].weight_local for p in members]) * present[:, members]
        weighted[:, members] = system.dimension_weight(dimension) * _shares(local)
    in_layer = np.zeros_like(present)
    for positions in layer_positions(system):
        in_layer[:, positions] = _shares(weighted[:, positions])
    in_all = _shares(weighted)
    unscored = np.isnan(scores.composite)
    in_layer[unscored] = in_all[unscored] = np.nan
    known = np.nan_to_num(scores.indicators)
    full = np.array([_highest(row, scale or Scale()) for row in system.indicators])
    return Contributions(in_layer, in_all, in_all * known, in_all * (full - known))


def layer_positions(system):
    """Positions of the indicators of each layer, in the order of ``system.layers``."""
    return [
        [p for dimension in dimensions for p in system.dimensions[dimension]]
        for dimensions in system.layers.values()
    ]


def reach(score, level, upper):
    """Points from scores to the next levels.

    Parameters
    ----------
    score : (n,) float
    level : (n,) int
        From 1, 0 where there is none.
    upper : (k,) float
        Upper limits of the levels, closed.

    Returns
    -------
    Reach
    """
    limits = np.concatenate(([np.nan], upper[:-1], [np.nan]))
    return Reach(limits[level] - score, score - limits[np.maximum(level - 1, 0)])


def zone_moves(better, values, scores, system, shares, levels, limits, matrix, scale=None):
    """Find the smallest change of each indicator alone that moves each parcel to another zone.

    Parameters
    ----------
    better : bool
        Look for a higher zone, else for a lower one.
    values : (n, m) float
        Raw values, NaN where missing.
    scores : TargetScores
    system : IndexSystem
        With targets; its first layer is the economy, its second the land value.
    shares : (n, m) float
        ``Contributions.layer_share``.
    levels : sequence of two (n,) int
        Economic and land-value level, 0 where there is none.
    limits : sequence of two (k,) float
        Upper limits of these levels, held.
    matrix : ZoneMatrix
    scale : Scale, optional

    Returns
    -------
    ZoneMoves
    """
    scale = scale or Scale()
    table = zone_table(matrix)
    zone = np.zeros(values.shape, dtype=np.int64)
    needed = np.full(values.shape, np.nan)
    for layer, positions in enumerate(layer_positions(system)):
        zones = (table if layer == 0 else table.T)[:, levels[1 - layer]]
        present = zones[levels[layer], np.arange(len(values))]
        leads = (present > 0) & ((zones > present) if better else (zones < present))
        zones = np.where(leads, zones, 0)
        own = scores.layers[:, layer]
        crossings = [_crossing(rises, levels[layer], zones, limits[layer]) for rises in (True, False)]
        for p in positions:
            row, score, share = system.indicators[p], scores.indicators[:, p], shares[:, p]
            if row.direction == "flag":
                zone[:, p], needed[:, p] = _flip(score, share, own, zones, limits[layer])
            else:
                zone[:, p], needed[:, p] = _move(row, score, share, own, crossings, scale)
    value = np.column_stack(
        [value_of_score(needed[:, p], row, values[:, p], scale) for p, row in enumerate(system.indicators)]
    )
    return ZoneMoves(zone, needed, value, needed - np.nan_to_num(scores.indicators))


def value_of_score(score, row, value, scale=None):
    """Raw value that has a score: the inverse of `score_indicator`.

    Parameters
    ----------
    score : (n,) float
    row : Indicator
        With its target or limits.
    value : (n,) float
        Present raw values: of two values of an interval with that score, the nearer one is taken.
    scale : Scale, optional

    Returns
    -------
    (n,) float
    """
    scale = scale or Scale()
    share = score / _FULL
    with np.errstate(divide="ignore", invalid="ignore"):
        if row.direction == "benefit":
            return row.target * share
        if row.direction == "cost":
            return row.target * (2 - share) if scale.linear_cost else row.target / share
        if row.direction == "rating":
            return 1 + share * (row.target - 1) if scale.rating_from_zero else row.target * share
        if row.direction == "flag":
            return share
        # Below a lower limit of 0 there is nothing that scores less than full.
        below, above = (row.lower if row.lower > 0 else np.nan) * share, row.upper / share
    distances = np.abs(np.column_stack((below, above)) - value[:, None])
    nearer = np.where(np.isnan(distances), np.inf, distances)
    return np.where(np.isnan(above) | (nearer[:, 0] < nearer[:, 1]), below, above)


def _crossing(rises, level, zones, upper):
    """Nearest score of a layer above (``rises``) or below that leads to one of the zones.

    ``zones`` (k + 1, n) are those of each level of the layer, 0 where they are not wanted. Returns the
    scores to pass, or to fall to, (n,), NaN where there is none, and the zones behind them.
    """
    at, reached = np.full(level.size, np.nan), np.zeros(level.size, dtype=np.int64)
    others = range(1, zones.shape[0])
    for other in reversed(others) if rises else others:  # the nearest last
        leads = (zones[other] > 0) & ((other > level) if rises else (other < level))
        at = np.where(leads, upper[other - 2] if rises else upper[other - 1], at)
        reached = np.where(leads, zones[other], reached)
    return at, reached


def _move(row, score, share, own, crossings, scale):
    """Zone and score of the smallest change of an indicator that is not a flag, each (n,)."""
    now = np.nan_to_num(score)
    (above, zone_above), (below, zone_below) = crossings
    low = _lowest(row, scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        up, down = (now + (crossing - own) / share for crossing in (above, below))
        rises = np.isfinite(up) & (up < _highest(row, scale))
        falls = np.isfinite(down) & ((down > low) if low == 0 and _never_zero(row, scale) else (down >= low))
    falls &= ~rises | (now - down < up - now)
    zone = np.where(falls, zone_below, np.where(rises, zone_above, 0))
    return zone, np.where(falls, down, np.where(rises, up, np.nan))


def _flip(score, share, own, zones, upper):
    """The same of a flag, which is 0 or 1 afterwards, however far that takes the layer."""
    now = np.nan_to_num(score)
    zone, needed = np.zeros(now.size, dtype=np.int64), np.full(now.size, np.nan)
    for flipped in (0.0, _FULL):
        level = classify(own + share * (flipped - now), upper)
        reached = np.where(now == flipped, 0, zones[level, np.arange(now.size)])
        zone, needed = np.where(reached > 0, reached, zone), np.where(reached > 0, flipped, needed)
    return zone, needed


def _highest(row, scale):
    if row.direction == "rating":
        return float(score_indicator(np.array([10.0]), row, scale)[0])
    if row.direction == "cost" and scale.linear_cost:
        return _FULL * min(2.0, scale.cap)
    return _FULL * (scale.cap if row.direction in ("benefit", "cost") else 1.0)


def _lowest(row, scale):
    return float(score_indicator(np.array([1.0]), row, scale)[0]) if row.direction == "rating" else 0.0


def _never_zero(row, scale):
    """Whether the score nears 0 for large values without reaching it."""
    if row.direction == "interval":
        return not row.lower > 0
    return row.direction == "cost" and not scale.linear_cost


def _shares(weights):
    """Weights (n, m) as shares of their sum, 0 where all are 0."""
    total = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
