"""Scores by target values (目标值法), from indicators to the composite.

Source: Yu, Wang, Wang, Bai, Xu, Planners (规划师) 2024(7): 65-73, section 2. The forms for
cost, interval and rating indicators and the derived targets are ours (see the README).
"""

import math
import re
from dataclasses import dataclass, fields, replace

import numpy as np

from ..errors import ParcelDataError, Phrase
from ..fields import indicator_score
from ..indicators.index_system import IndexSystem
from ..indicators.parcel_indicators import NO_OUTPUT

MISSING = ("exclude", "renormalise", "zero")
DERIVED = {
    "benefit": "derived: 95th percentile",
    "cost": "derived: 5th percentile of the positive values",
    "rating": "derived: top of the 1-10 scale",
}
RATING_TOP = 10.0
_NEGATIVE = " (negative)"

_NOTES = {
    "en": ("{} given, {} derived, {} assumed", ", cap {:g}"),
    "zh": ("给定 {}，由数据推导 {}，暂定 {}", "；封顶系数 {:g}"),
}


@dataclass(frozen=True)
class Scale:
    """Choices of the scoring forms.

    cap : how far scores may pass 100, as a factor (1 = not at all).
    linear_cost : score cost indicators 100 (2 - x/T) instead of 100 T/x.
    rating_from_zero : score a rating of 1 as 0, 100 (x - 1)/(T - 1), instead of 100 x/T.
    """

    cap: float = 1.0
    linear_cost: bool = False
    rating_from_zero: bool = False


@dataclass(frozen=True)
class TargetScores:
    """Scores of n parcels; NaN where a parcel is not scored.

    indicators : (n, m), dimensions : (n, d), layers : (n, l), composite : (n,), all 0..100 cap.
    missing : (n, m) bool, where an indicator has no usable value.
    weight_used : (n,) share of the weights that had values.
    """

    indicators: np.ndarray
    dimensions: np.ndarray
    layers: np.ndarray
    composite: np.ndarray
    missing: np.ndarray
    weight_used: np.ndarray

    def at(self, positions):
        """Scores of the parcels at some positions."""
        return TargetScores(*(getattr(self, part.name)[positions] for part in fields(self)))


def derive_targets(system, values):
    """Return the index system with empty targets derived from the data and marked so.

    Benefit indicators get the 95th percentile, cost indicators the 5th percentile of the
    positive values (both interpolated linearly, Hyndman and Fan 1996, type 7), ratings 10.
    ``NO_OUTPUT``, which stands where there is no output to divide by, is no value to aim at.
    Limits of intervals and flags are never derived.

    Parameters
    ----------
    system : IndexSystem
    values : (n, m) float, a column per indicator, NaN where missing

    Raises
    ------
    ParcelDataError
        A target, given or derived, is not above 0, or an interval has no limits.
    """
    rows = []
    for position, given in enumerate(system.indicators):
        row = given
        if row.direction in DERIVED and math.isnan(row.target):
            row = replace(
                row,
                target=_derived_target(row, values[:, position]),
                target_src=DERIVED[row.direction],
            )
        elif row.direction in DERIVED and not row.target_src:
            row = replace(row, target_src="given")
        check_target(row)
        rows.append(row)
    return IndexSystem(tuple(rows))


def check_target(row):
    """Check the target or limits of an indicator; an empty target, to be derived, is none to check.

    Parameters
    ----------
    row : Indicator

    Raises
    ------
    ParcelDataError
        The target is not above 0 (1 for ratings), or an interval has no limits or wrong ones.
    """
    if row.direction in DERIVED and row.target <= (1 if row.direction == "rating" else 0):
        raise ParcelDataError(
            "Indicator “{}” has the target {:.6g}; a target must be above {}.",
            row.indicator,
            row.target,
            1 if row.direction == "rating" else 0,
        )
    if row.direction == "interval":
        if math.isnan(row.lower) and math.isnan(row.upper):
            raise ParcelDataError(
                "Indicator “{}” is an interval without limits: give lower or upper in the index system.",
                row.indicator,
            )
        if row.lower < 0 or row.upper <= 0 or row.lower > row.upper:
            raise ParcelDataError(
                "Indicator “{}” has the limits {:.6g} and {:.6g}; they must be 0 or more, the lower first.",
                row.indicator,
                row.lower,
                row.upper,
            )


def score_indicator(values, row, scale=None):
    """Score one indicator against its target.

    Parameters
    ----------
    values : (n,) float
        Raw values in the indicator's unit, NaN where missing.
    row : Indicator
        With its target or limits.
    scale : Scale, optional

    Returns
    -------
    (n,) float
        Scores from 0 to 100 (100 cap for benefit and cost), 0 for ``NO_OUTPUT`` as a cost; NaN
        where the value is missing, or below 0 for a cost indicator.

    Raises
    ------
    ParcelDataError
        A flag outside 0..1 or a rating outside 1..10.
    """
    scale = scale or Scale()
    return _FORMS[row.direction](values, row, scale)


def score_indicators(values, system, scale=None):
    """Score every indicator against its target, (n, m) float; see `score_indicator`."""
    return np.column_stack(
        [score_indicator(values[:, p], row, scale) for p, row in enumerate(system.indicators)]
    )


def target_scores(values, system, missing="exclude", scale=None):
    """Score parcels against targets: indicators, dimensions, layers, composite.

    D = sum of local weight x score; a layer is the weighted mean of its dimensions; the
    composite is the weighted mean of all dimensions.

    Parameters
    ----------
    values : (n, m) float
        A column per indicator of ``system``, NaN where missing.
    system : IndexSystem
        With targets (see ``derive_targets``) and weights that add up.
    missing : str
        "exclude" leaves a parcel with any missing indicator unscored, "renormalise" scales the
        weights of the others, within the dimension and then among dimensions, "zero" scores 0.
    scale : Scale, optional

    Returns
    -------
    TargetScores
    """
    scores = score_indicators(values, system, scale)
    absent = np.isnan(scores)
    filled = np.where(absent, 0.0, scores)
    weights = np.array([row.weight for row in system.indicators])
    local = np.array([row.weight_local for row in system.indicators])
    present = np.ones_like(filled) if missing == "zero" else (~absent).astype(float)

    dimensions = np.column_stack(
        [
            _weighted_mean(filled[:, members], present[:, members], local[members])
            for members in system.dimensions.values()
        ]
    )
    names = list(system.dimensions)
    dimension_weights = np.array([system.dimension_weight(name) for name in names])
    has_dimension = (~np.isnan(dimensions)).astype(float)
    known = np.nan_to_num(dimensions)
    layers = np.column_stack(
        [
            _weighted_mean(known[:, members], has_dimension[:, members], dimension_weights[members])
            for members in ([names.index(name) for name in group] for group in system.layers.values())
        ]
    )
    composite = _weighted_mean(known, has_dimension, dimension_weights)
    weight_used = (~absent).astype(float) @ weights / weights.sum()
    if missing == "exclude":
        incomplete = absent.any(axis=1)
        dimensions[incomplete] = np.nan
        layers[incomplete] = np.nan
        composite[incomplete] = np.nan
    if missing == "zero":
        scores = filled
    return TargetScores(scores, dimensions, layers, composite, absent, weight_used)


def lacking(scores, system, values):
    """What each parcel lacks: the codes of indicators without a usable value, or "".

    A cost indicator below 0 counts as lacking and is marked "(negative)".

    Parameters
    ----------
    scores : TargetScores
    system : IndexSystem
    values : (n, m) float, as scored

    Returns
    -------
    list of str, one per parcel
    """
    texts = [""] * scores.composite.size
    for parcel in np.flatnonzero(scores.missing.any(axis=1)).tolist():
        texts[parcel] = ", ".join(
            system.codes[p] + ("" if math.isnan(values[parcel, p]) else _NEGATIVE)
            for p in np.flatnonzero(scores.missing[parcel])
        )
    return texts


def lacking_in_words(text, names, tr):
    """What a parcel lacks, as `lacking` tells it, for readers: names in place of codes.

    Parameters
    ----------
    text : str
    names : dict
        Name of each indicator by its code.
    tr : callable
        Translates a sentence.

    Returns
    -------
    str
    """
    words = []
    for code in text.split(", "):
        bare = code.removesuffix(_NEGATIVE)
        name = names.get(bare, bare)
        words.append(name if bare == code else tr("{} (negative)").format(name))
    return ", ".join(words)


def targets_note(system, scale=None, language="en"):
    """Where the targets come from, in one line for every output, with the cap where it is used.

    Parameters
    ----------
    system : IndexSystem
        With targets (see ``derive_targets``).
    scale : Scale, optional
    language : str
        "en" or "zh".

    Returns
    -------
    str
    """
    with_target = [row for row in system.indicators if row.direction != "flag"]
    derived = sum(row.target_src.startswith("derived") for row in with_target)
    assumed = sum(row.target_src.startswith("assumed") for row in with_target)
    counts = (len(with_target) - derived - assumed, derived, assumed)
    return _written_note(counts, (scale or Scale()).cap, language)


def _written_note(counts, cap, language):
    note, capped = _NOTES[language]
    return note.format(*counts) + (capped.format(cap) if cap != 1 else "")


def translate_targets_note(text, language):
    """A line of ``targets_note``, written in either language, in the language asked for.

    Parameters
    ----------
    text : str
    language : str
        "en" or "zh".

    Returns
    -------
    str
        The line in that language; "" where all targets are given or the text is no such line.
    """
    for note, capped in _NOTES.values():
        pattern = note.replace("{}", r"(\d+)") + "(?:" + capped.replace("{:g}", r"([\d.]+)") + ")?"
        found = re.fullmatch(pattern, text)
        if found:
            *counts, cap = found.groups()
            return _written_note(counts, float(cap or 1), language) if any(map(int, counts[1:])) else ""
    return ""


def indicator_fields(system):
    """Score field of every indicator, its name at most ten characters."""
    return tuple(
        indicator_score(row.indicator, (row.name, row.name_zh or row.name)) for row in system.indicators
    )


def _weighted_mean(values, present, weights):
    """Mean of columns by weight over those present; NaN where none is."""
    used = present @ weights
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(used > 0, (values * present) @ weights / used, np.nan)


def _derived_target(row, values):
    if row.direction == "rating":
        return RATING_TOP
    usable = values[np.isfinite(values)]
    if row.direction == "cost":
        usable = usable[(usable > 0) & (usable < NO_OUTPUT)]
    if not usable.size:
        raise ParcelDataError(
            "No target can be derived for indicator “{}” (field {}): it has no {} values; "
            "give its target in the index system.",
            row.indicator,
            row.field,
            Phrase("positive") if row.direction == "cost" else Phrase("usable"),
        )
    target = float(np.percentile(usable, 5 if row.direction == "cost" else 95))
    if target <= 0:
        raise ParcelDataError(
            "The target derived for indicator “{}” (field {}) is {:.6g}, which is not above 0; "
            "give its target in the index system.",
            row.indicator,
            row.field,
            target,
        )
    return target


def _benefit(values, row, scale):
    return 100 * np.clip(values / row.target, 0, scale.cap)


def _cost(values, row, scale):
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale.linear_cost:
            share = np.clip(2 - values / row.target, 0, scale.cap)
        else:
            share = np.minimum(row.target / values, scale.cap)
    share = np.where(values == 0, scale.cap if not scale.linear_cost else share, share)
    share = np.where(values == NO_OUTPUT, 0.0, share)
    return np.where(values < 0, np.nan, 100 * share)


def _interval(values, row, scale):
    lower = 0.0 if math.isnan(row.lower) else row.lower
    upper = math.inf if math.isnan(row.upper) else row.upper
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.maximum(values, 0) / lower if lower > 0 else np.where(values < 0, 0.0, 1.0)
        share = np.where(values < lower, below, np.where(values > upper, upper / values, 1.0))
    return np.where(np.isnan(values), np.nan, 100 * share)


def _flag(values, row, scale):
    _check_range(values, row, 0, 1, Phrase("a flag is 0 or 1, or a share between them"))
    return 100 * values


def _rating(values, row, scale):
    _check_range(values, row, 1, RATING_TOP, Phrase("a rating lies between 1 and 10"))
    if scale.rating_from_zero:
        return 100 * np.minimum((values - 1) / (row.target - 1), 1)
    return 100 * np.minimum(values / row.target, 1)


_FORMS = {"benefit": _benefit, "cost": _cost, "interval": _interval, "flag": _flag, "rating": _rating}


def _check_range(values, row, low, high, rule):
    outside = np.flatnonzero((values < low) | (values > high))
    if outside.size:
        raise ParcelDataError(
            "Field {} (indicator “{}”) holds {:.6g} in {} parcel(s), while {}.",
            row.field,
            row.indicator,
            float(values[outside[0]]),
            outside.size,
            rule,
        )
