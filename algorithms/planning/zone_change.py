"""What became of parcels between two years: who succeeds whom, transitions, alerts by rules.

Both years are scored against one set of targets and classified by one set of breaks: else a zone
that changes may mean nothing but other breaks.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ParcelDataError
from ..fields import LIFE_CYCLE, MATCHES
from ..parsing import parse_number

RULES = Path(__file__).resolve().parents[2] / "resources" / "rules" / "zone_alerts.csv"
BY_ID, BY_LOCATION, SPLIT, MERGED, NEW = (term.code for term in MATCHES)
RULE_FIELDS = ("zone", "econ_lvl", "land_lvl", "compos_lvl", "l_econ", "l_land", "composite")
"""What a rule may look at: the zone, the levels, the scores."""


@dataclass(frozen=True)
class Succession:
    """Which parcels of the base year each of n parcels of this year comes from.

    Attributes
    ----------
    now, base : (q,) int64
        Positions of parcels that share land, in the order of ``now``.
    share : (q,) float
        Part of the known land of the parcel of this year that comes from that of the base year; the
        shares of a parcel add up to 1.
    match : list of n str
        How the parcel was matched: one of the codes of ``fields.MATCHES``.
    gone : (g,) int64
        Positions of parcels of the base year that nothing succeeds.
    """

    now: np.ndarray
    base: np.ndarray
    share: np.ndarray
    match: list
    gone: np.ndarray

    @property
    def main(self):
        """Position of the base-year parcel with the largest share, (n,) int64, -1 for new parcels."""
        main = np.full(len(self.match), -1, dtype=np.int64)
        order = np.lexsort((-np.arange(self.share.size), self.share))  # the largest, then the first, last
        main[self.now[order]] = self.base[order]
        return main

    def means(self, values):
        """Means (n,), by share, of values (b,) of the base-year parcels; NaN where all are unknown."""
        n = len(self.match)
        known = np.isfinite(values[self.base])
        weights = np.where(known, self.share, 0.0)
        total = np.bincount(self.now, weights, n)
        sums = np.bincount(self.now, weights * np.where(known, values[self.base], 0.0), n)
        return np.divide(sums, total, out=np.full(n, np.nan), where=total > 0)


def match_names(now, base):
    """Match parcels by name.

    Parameters
    ----------
    now, base : sequence of str
        Names in this and in the base year; "" is none.

    Returns
    -------
    partner : (n,) int64
        Position in the base year, -1 where the name is missing there, empty, or not unique in one
        of the years.
    repeated : list of str
        Names that stand more than once in a year, in order.
    """
    once, repeated = {}, set()
    for names in (now, base):
        seen = set()
        for name in names:
            if name in seen and name:
                repeated.add(name)
            seen.add(name)
    for position, name in enumerate(base):
        if name and name not in repeated:
            once[name] = position
    partner = np.array([once.get(name, -1) for name in now], dtype=np.int64)
    return partner, sorted(repeated)


def succession(n, bases, partner, overlaps):
    """Join matches by name with those by location.

    Parameters
    ----------
    n, bases : int
        Number of parcels of this and of the base year.
    partner : (n,) int64
        See `match_names`; -1 where there is none.
    overlaps : tuple of (now, base, area)
        Shared land of the parcels that are matched by location, in any one unit; their partner by
        name is not used. Empty arrays without location.

    Returns
    -------
    Succession
    """
    by_location, base, area = overlaps
    named = np.flatnonzero((partner >= 0) & ~np.isin(np.arange(n), by_location))
    total = np.bincount(by_location, area, n)
    now = np.concatenate((named, by_location))
    order = np.argsort(now, kind="stable")
    now = now[order]
    base = np.concatenate((partner[named], base))[order]
    share = np.concatenate((np.ones(named.size), area / total[by_location]))[order]

    sources, heirs = np.bincount(now, minlength=n), np.bincount(base, minlength=bases)
    match = [NEW] * n
    for position, origin in zip(now.tolist(), base.tolist(), strict=True):
        if sources[position] > 1:
            match[position] = MERGED
        elif heirs[origin] > 1:
            match[position] = SPLIT
        else:
            match[position] = BY_ID if partner[position] == origin else BY_LOCATION
    return Succession(now, base, share, match, np.flatnonzero(heirs == 0))


@dataclass(frozen=True)
class Transitions:
    """From which zone of the base year to which of this year, zones 0 (none) to z.

    Attributes
    ----------
    parcels, area : (z + 2, z + 2) float
        Row: zone in the base year, the last row new parcels. Column: zone in this year, the last
        column parcels that are gone. Parcels of this year count once, shared out by land; those
        that are gone count as parcels of the base year. Area in the unit given.
    """

    parcels: np.ndarray
    area: np.ndarray


def transitions(links, now, base, zones, now_area, base_area):
    """Count the transitions.

    Parameters
    ----------
    links : Succession
    now, base : (n,) and (b,) int
        Zones of this and of the base year, 0 where there is none.
    zones : int
        Highest zone.
    now_area, base_area : (n,) and (b,) float
        Areas; NaN counts as 0.

    Returns
    -------
    Transitions
    """
    size = zones + 2
    new = np.flatnonzero([match == NEW for match in links.match])
    rows = np.concatenate((base[links.base], np.full(new.size, size - 1), base[links.gone]))
    columns = np.concatenate((now[links.now], now[new], np.full(links.gone.size, size - 1)))
    count = np.concatenate((links.share, np.ones(new.size + links.gone.size)))
    area = np.nan_to_num(
        np.concatenate((links.share * now_area[links.now], now_area[new], base_area[links.gone]))
    )
    cell = rows * size + columns
    return Transitions(
        *(np.bincount(cell, weights, size * size).reshape(size, size) for weights in (count, area))
    )


@dataclass(frozen=True)
class Rule:
    """A rule that raises an alert.

    Attributes
    ----------
    name, name_zh : str
    field : str
        One of `RULE_FIELDS`.
    base_from, now_to, fall : float
        The value in the base year is this or more, that of this year this or less, it fell by this or
        more; NaN where it does not matter.
    texts : dict
        What the alert means, (en, zh) by stage of the life cycle; "" for every other stage.
    """

    name: str
    name_zh: str
    field: str
    base_from: float
    now_to: float
    fall: float
    texts: dict

    def raised(self, base, now):
        """Where values of the base year (n,) and of this year (n,) raise the alert; never where NaN."""
        fine = np.isfinite(base) & np.isfinite(now) & (now < base)
        if not math.isnan(self.base_from):
            fine &= base >= self.base_from
        if not math.isnan(self.now_to):
            fine &= now <= self.now_to
        if not math.isnan(self.fall):
            fine &= base - now >= self.fall
        return fine

    def text(self, stage, language):
        """What the alert means at a stage, "en" or "zh"."""
        pair = self.texts.get(stage) or self.texts.get("") or ("", "")
        return pair[language == "zh"]


def default_rules():
    """Rules of the shipped table."""
    with RULES.open(encoding="utf-8", newline="") as stream:
        return read_rules(list(csv.DictReader(stream)))


def read_rules(rows):
    """Rules of a table with a row per rule and stage.

    Parameters
    ----------
    rows : sequence of dict
        ``rule``, ``field``, at least one of ``base_from``, ``now_to`` and ``fall``, and optionally
        ``rule_zh``, ``stage`` (empty: every stage without a row of its own), ``text``, ``text_zh``. Rows
        of one rule have the same conditions.

    Returns
    -------
    list of Rule

    Raises
    ------
    ParcelDataError
        A column is missing, a field or stage is unknown, a number is none, or rows of a rule contradict
        each other.
    """
    rules = {}
    for number, row in enumerate(rows, start=1):
        missing = [name for name in ("rule", "field") if name not in row]
        if missing:
            raise ParcelDataError(
                "The table of alert rules has no column {}; it needs rule and field.", ", ".join(missing)
            )
        name = _text(row, "rule")
        if not name:
            raise ParcelDataError("Row {} of the alert rules has no rule.", number)
        field = _text(row, "field")
        if field not in RULE_FIELDS:
            raise ParcelDataError(
                "Rule “{}” looks at “{}”; it can look at {}.", name, field, ", ".join(RULE_FIELDS)
            )
        numbers = tuple(_number(row, column, name) for column in ("base_from", "now_to", "fall"))
        if all(math.isnan(value) for value in numbers):
            raise ParcelDataError("Rule “{}” has no condition: give base_from, now_to or fall.", name)
        stage = stage_code(_text(row, "stage"))
        if stage is None:
            raise ParcelDataError(
                "Rule “{}” names the stage “{}”; stages are {}.",
                name,
                _text(row, "stage"),
                ", ".join(term.code for term in LIFE_CYCLE),
            )
        rule = rules.setdefault(name, Rule(name, _text(row, "rule_zh") or name, field, *numbers, {}))
        same = [rule.base_from, rule.now_to, rule.fall]
        if rule.field != field or not np.array_equal(same, numbers, equal_nan=True):
            raise ParcelDataError("The rows of rule “{}” have different conditions.", name)
        if stage in rule.texts:
            raise ParcelDataError("Rule “{}” has the stage “{}” twice.", name, stage or "-")
        english = _text(row, "text")
        rule.texts[stage] = english, _text(row, "text_zh") or english
    if not rules:
        raise ParcelDataError("The table of alert rules is empty.")
    return list(rules.values())


def stage_code(text):
    """Code of a life-cycle stage by its code or its name in either language; "" for "", None if unknown."""
    text = text.strip().casefold()
    if not text:
        return ""
    for term in LIFE_CYCLE:
        if text in (term.code, term.en, term.zh):
            return term.code
    return None


def _text(row, column):
    value = row.get(column)
    return "" if value is None else str(value).strip()


def _number(row, column, rule):
    try:
        return parse_number(row.get(column))
    except ParcelDataError:
        raise ParcelDataError(
            "Rule “{}” has “{}” in {}, which is not a number.", rule, row[column], column
        ) from None
