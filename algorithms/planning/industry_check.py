"""The industry check: mean scores of industries against an external table of their performance.

Source: Yu, Wang, Wang, Bai, Xu, Planners (规划师) 2024(7): 65-73. The paper does not say how the check
changes the result, so that nothing is moved unless asked for; rule and limits are ours.
"""

import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from ..ranks import kendall, mean_ranks, spearman

AGREES, SINGLE, OVER, UNDER = "agrees", "single", "over", "under"
NO_PERFORMANCE, NO_SCORE, NO_INDUSTRY, NO_PARCEL = "no_perf", "no_score", "no_ind", "no_parcel"

_CONFIDENCE = {AGREES: 3, SINGLE: 2, OVER: 1, UNDER: 1}
_DECIMALS = 9
"""Means that differ by rounding errors alone share a rank."""
_FEWEST = 3
"""Industries from which on a p-value says anything."""


@dataclass(frozen=True)
class RankCorrelation:
    """Agreement of two rankings.

    Attributes
    ----------
    n : int
        Industries compared.
    spearman, kendall : float
        Spearman's correlation and Kendall's tau-b, NaN where one of the columns does not vary.
    spearman_p, kendall_p : float
        Their two-sided p-values by scipy; NaN without scipy or with fewer than 3 industries.
    """

    n: int
    spearman: float
    spearman_p: float
    kendall: float
    kendall_p: float


@dataclass(frozen=True)
class Industry:
    """One industry of the parcels, of the performance table, or of both.

    Attributes
    ----------
    key : str
    parcels : int
    scored : int
        Parcels with a score and an area.
    area : float
    output : float
        Sum of the known values, NaN where there is none.
    score : float
        Mean score weighted by area, NaN where no parcel is scored.
    rank : float
        Rank by score among the industries that have one, 1 is the best.
    compared_rank, performance_rank : float
        Ranks by score and by performance among the industries that have both.
    difference : float
        Rank by score less rank by performance: below 0 the industry scores better than it performs.
    finding : str
        Code of `fields.INDUSTRY_CHECKS`.
    """

    key: str
    parcels: int
    scored: int
    area: float
    output: float
    score: float
    rank: float
    compared_rank: float
    performance_rank: float
    difference: float
    finding: str

    @property
    def conflicts(self):
        """Whether the ranks lie too far apart."""
        return self.finding in (OVER, UNDER)


@dataclass(frozen=True)
class IndustryCheck:
    """Result of the check.

    Attributes
    ----------
    industries : list of Industry
        The best score first, those without one last.
    joint : RankCorrelation
        Of score and performance.
    measures : list of RankCorrelation
        Of score and each performance field alone.
    finding : list of n str
        Code of `fields.INDUSTRY_CHECKS` of each parcel.
    difference : (n,) float
        Rank difference of the parcel's industry, NaN where it is not compared.
    confidence : (n,) int64
        3 high, 2 medium, 1 low, 0 where nothing could be checked.
    """

    industries: list
    joint: RankCorrelation
    measures: list
    finding: list
    difference: np.ndarray
    confidence: np.ndarray

    @property
    def by_key(self):
        """Industries by their key."""
        return {industry.key: industry for industry in self.industries}

    def to_review(self, area):
        """Positions of the parcels to look at: widest conflict first, then those that cannot be checked.

        Within the same difference the largest parcels, by ``area`` (n,), come first.
        """
        open_cases = np.flatnonzero(self.confidence <= 1)
        difference = np.where(self.confidence == 1, np.abs(self.difference), -1.0)[open_cases]
        return open_cases[np.lexsort((-np.nan_to_num(area[open_cases]), -difference))]


def rank_correlation(a, b):
    """Spearman's and Kendall's correlation of two columns (n,) as `RankCorrelation`."""
    values = {"spearman": spearman(a, b), "kendall": kendall(a, b)}
    p = dict.fromkeys(values, math.nan)
    if a.size >= _FEWEST and not math.isnan(values["spearman"]):
        with suppress(Exception):  # scipy is absent, or built for another numpy, when it may raise anything
            from scipy.stats import kendalltau, spearmanr

            p = {"spearman": float(spearmanr(a, b).pvalue), "kendall": float(kendalltau(a, b).pvalue)}
    return RankCorrelation(int(a.size), values["spearman"], p["spearman"], values["kendall"], p["kendall"])


def check_industries(keys, score, area, output, performance, lower, limit):
    """Compare industries by score and by performance.

    Parameters
    ----------
    keys : sequence of n str
        Industry of each parcel, "" for none.
    score : (n,) float
    area : (n,) float
        Weight of the score; parcels without score or area enter no mean.
    output : (n,) float
        Summed per industry.
    performance : dict of str to (m,) sequences of float
        Values by industry, NaN where missing. An industry that lacks one is not compared. With
        several, industries rank by the mean of their ranks.
    lower : (m,) sequence of bool
        Measures of which lower values are better.
    limit : float
        Rank difference from which on ranks conflict.

    Returns
    -------
    IndustryCheck
    """
    names = sorted((set(keys) | set(performance)) - {""})
    place = {name: number for number, name in enumerate(names)}
    position = np.array([place.get(key, len(names)) for key in keys], dtype=np.int64)

    def per_industry(weights=None):
        return np.bincount(position, weights, minlength=len(names) + 1)[: len(names)]

    usable = np.isfinite(score) & np.isfinite(area) & (area > 0)
    known = np.isfinite(output)
    parcels, scored, with_output = per_industry(), per_industry(usable), per_industry(known)
    weight = np.where(usable, area, 0.0)
    with np.errstate(invalid="ignore"):
        mean = per_industry(weight * np.where(usable, score, 0.0)) / per_industry(weight)
    total = np.where(with_output > 0, per_industry(np.where(known, output, 0.0)), np.nan)
    hectares = per_industry(np.where(np.isfinite(area), area, 0.0))

    good = np.array([performance.get(name, [math.nan] * len(lower)) for name in names], dtype=float).reshape(
        len(names), len(lower)
    ) * np.where(lower, -1.0, 1.0)
    has_performance = np.isfinite(good).all(axis=1)
    compared = np.isfinite(mean) & has_performance
    rounded = np.round(mean, _DECIMALS)
    own, against = np.full(len(names), np.nan), np.full(len(names), np.nan)
    joint = np.zeros(0)
    if compared.any():
        joint = np.mean([mean_ranks(-column) for column in good[compared].T], axis=0)
        own[compared] = mean_ranks(-rounded[compared])
        against[compared] = mean_ranks(joint)
    rank = np.full(len(names), np.nan)
    rank[np.isfinite(mean)] = mean_ranks(-rounded[np.isfinite(mean)])
    difference = own - against

    industries = [
        Industry(
            name,
            int(parcels[i]),
            int(scored[i]),
            float(hectares[i]),
            float(total[i]),
            float(mean[i]),
            float(rank[i]),
            float(own[i]),
            float(against[i]),
            float(difference[i]),
            _finding(parcels[i], scored[i], has_performance[i], difference[i], limit),
        )
        for i, name in enumerate(names)
    ]
    findings = [industry.finding for industry in industries]
    found = [
        NO_INDUSTRY if number == len(names) else findings[number] if fine else NO_SCORE
        for number, fine in zip(position.tolist(), usable.tolist(), strict=True)
    ]
    return IndustryCheck(
        industries=sorted(industries, key=lambda one: (math.isnan(one.rank), one.rank, one.key)),
        joint=rank_correlation(rounded[compared], -joint),
        measures=[rank_correlation(rounded[compared], column) for column in good[compared].T],
        finding=found,
        difference=np.append(difference, np.nan)[position],
        confidence=np.array([_CONFIDENCE.get(finding, 0) for finding in found], dtype=np.int64),
    )


def _finding(parcels, scored, has_performance, difference, limit):
    if not parcels:
        return NO_PARCEL
    if not scored:
        return NO_SCORE
    if not has_performance:
        return NO_PERFORMANCE
    if abs(difference) >= limit:
        return OVER if difference < 0 else UNDER
    return SINGLE if scored == 1 else AGREES


def shifted_levels(level, keys, check, highest):
    """Levels moved by one where ranks conflict, towards the performance of the industry.

    An industry that one parcel stands for moves nothing, and no level leaves the scale.

    Parameters
    ----------
    level : (n,) int
        From 1 (low), 0 for none.
    keys : sequence of n str
    check : IndustryCheck
    highest : int
        The best level.

    Returns
    -------
    level : (n,) int64
    reason : list of n str
        Code of `fields.LEVEL_SHIFTS`, "" where there is no conflict or no level.
    """
    industries = check.by_key
    step = {OVER: -1, UNDER: 1}
    moved, reasons = np.array(level, dtype=np.int64), []
    for i, (key, finding) in enumerate(zip(keys, check.finding, strict=True)):
        reason = ""
        if finding in step and level[i] > 0:
            target = level[i] + step[finding]
            if industries[key].scored == 1:
                reason = "single"
            elif not 1 <= target <= highest:
                reason = "end"
            else:
                moved[i] = target
                reason = "down" if target < level[i] else "up"
        reasons.append(reason)
    return moved, reasons
