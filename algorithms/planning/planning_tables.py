"""The shipped tables of the planning responses, and those that a user puts in their place.

All of ``resources/planning`` is ours, in own words, for a user to change.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from ..errors import ParcelDataError
from ..fields import ZONES
from ..parsing import parse_number

TABLES = Path(__file__).resolve().parents[2] / "resources" / "planning"
STRATEGIES, DEPARTMENTS, FACILITIES = "strategies", "departments", "facilities"


def shipped(name):
    """Rows of a shipped table as dictionaries by column."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass(frozen=True)
class Strategy:
    """Aim and text of what to do in a zone."""

    title: str
    text: str


def read_strategies(rows, language):
    """Strategies by zone and district, "" for every district.

    Parameters
    ----------
    rows : sequence of dict
        ``zone``, ``strategy``, ``strategy_zh``; optionally ``district``, ``title``, ``title_zh``. A text
        that is empty in one language is taken from the other.
    language : str
        "en" or "zh".

    Returns
    -------
    dict of (int, str) to Strategy

    Raises
    ------
    ParcelDataError
        A column is missing, a zone is none of 1 to 4, a text is empty, a zone and district stand twice, or
        a zone has no row for every district.
    """
    _columns(rows, ("zone", "strategy", "strategy_zh"), STRATEGIES)
    strategies = {}
    for number, row in enumerate(rows, start=1):
        zone = _zone(row["zone"], number)
        district = _text(row.get("district"))
        text = _in_language(row, "strategy", language)
        if not text:
            raise ParcelDataError("Row {} of the table of strategies has no text.", number)
        if (zone, district) in strategies:
            raise ParcelDataError(
                "The table of strategies has two rows for zone {} and district “{}”.", zone, district
            )
        strategies[zone, district] = Strategy(_in_language(row, "title", language), text)
    for zone in range(1, len(ZONES) + 1):
        if (zone, "") not in strategies:
            raise ParcelDataError(
                "The table of strategies needs a row for zone {} without a district, which serves every "
                "district that has none of its own.",
                zone,
            )
    return strategies


def read_departments(rows, language):
    """Departments of the joint review and what each checks, as pairs of texts.

    Parameters
    ----------
    rows : sequence of dict
        ``department``, ``department_zh``; optionally ``checks``, ``checks_zh``.
    language : str
        "en" or "zh".

    Raises
    ------
    ParcelDataError
        A column is missing, or a row names no department.
    """
    return _pairs(rows, "department", "checks", DEPARTMENTS, language)


def read_facilities(rows, language):
    """New facilities for the standards and their units, as pairs of texts.

    Parameters
    ----------
    rows : sequence of dict
        ``facility``, ``facility_zh``; optionally ``unit``, ``unit_zh``.
    language : str
        "en" or "zh".

    Raises
    ------
    ParcelDataError
        A column is missing, or a row names no facility.
    """
    return _pairs(rows, "facility", "unit", FACILITIES, language)


def _pairs(rows, name, other, table, language):
    _columns(rows, (name, f"{name}_zh"), table)
    pairs = [(_in_language(row, name, language), _in_language(row, other, language)) for row in rows]
    for number, (text, _) in enumerate(pairs, start=1):
        if not text:
            raise ParcelDataError("Row {} of the table of {} has no name.", number, table)
    return pairs


def _columns(rows, needed, table):
    missing = [name for name in needed if not rows or name not in rows[0]]
    if missing:
        raise ParcelDataError(
            "The table of {} has no rows or no column {}: start from resources/planning/{}.csv of the "
            "plugin.",
            table,
            ", ".join(missing),
            table,
        )


def _zone(value, number):
    try:
        zone = parse_number(value)
    except ParcelDataError:
        zone = math.nan
    if zone not in range(1, len(ZONES) + 1):
        raise ParcelDataError(
            "Row {} of the table of strategies has the zone “{}”; zones are 1 to 4.", number, value
        )
    return int(zone)


def _in_language(row, column, language):
    own, other = (column, f"{column}_zh") if language == "en" else (f"{column}_zh", column)
    return _text(row.get(own)) or _text(row.get(other))


def _text(value):
    return "" if value is None else str(value).strip()
