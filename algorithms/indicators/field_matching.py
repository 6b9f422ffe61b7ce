"""Which field of a layer holds which indicator, and why."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import Phrase
from ..fields import TERMS
from .index_system import PRESET, IndexSystem, spelling

SYNONYMS = Path(PRESET).with_name("synonyms.csv")
"""Other names of the preset's indicators, a row each, for anyone to extend."""

CUT_BYTES = (9, 10)
"""Bytes left of a name that a shapefile cut: 10, or 9 where the tenth would split a character."""
ENCODINGS = ("utf-8", "gbk")


@dataclass(frozen=True)
class Match:
    """How an indicator found its field: the field's name and the reason.

    Without a field, the name is None and the reason None, or says between which indicators a cut
    name is undecided.
    """

    indicator: str
    field: str | None
    reason: Phrase | None


def match_fields(system, names, aliases=None, only_named=False):
    """Match the fields of a layer to indicators.

    The field that the index system names comes first; then, each tried for all indicators
    before the next: a field named like the code, the English or the Chinese name; like a
    synonym; and a name that a shapefile cut, if it begins the names of one indicator only.
    Case, blanks, hyphens, underscores and full-width letters do not matter.

    Parameters
    ----------
    system : IndexSystem
    names : sequence of str
        Field names of the layer.
    aliases : sequence of str, optional
        Their aliases, compared in the same way.
    only_named : bool
        Take the fields that the index system names at their word: an indicator whose field is
        named but not there matches nothing else.

    Returns
    -------
    list of Match
        One per indicator. A field that is found by its name serves one indicator only; the index
        system may name a field more than once.
    """
    spellings = {}
    for name, alias in zip(names, aliases or [""] * len(names), strict=True):
        spellings.setdefault(spelling(name), (name, "name"))
        if alias:
            spellings.setdefault(spelling(alias), (name, "alias"))
    found = {}
    for row in system.indicators:
        if row.field and spelling(row.field) in spellings:
            found[row.indicator] = _match(
                row, spellings[spelling(row.field)], Phrase("field of the index system")
            )
    used = {match.field for match in found.values()}
    open_rows = [
        row for row in system.indicators if row.indicator not in found and not (only_named and row.field)
    ]
    known = {row.indicator: (_own_names(row), _synonyms().get(row.indicator, [])) for row in open_rows}
    for which in (0, 1):
        for row in open_rows:
            if row.indicator in found:
                continue
            for other, reason in known[row.indicator][which]:
                hit = spellings.get(spelling(other)) if other else None
                if hit is not None and hit[0] not in used:
                    used.add(hit[0])
                    found[row.indicator] = _match(row, hit, reason)
                    break
    left = [row for row in open_rows if row.indicator not in found]
    found.update(_cut_names(left, known, [name for name in names if name not in used]))
    return [found.get(row.indicator, Match(row.indicator, None, None)) for row in system.indicators]


def with_fields(system, matches):
    """Return the system with the matched field names filled in; unmatched ones become empty."""
    return IndexSystem(
        tuple(
            replace(row, field=match.field or "")
            for row, match in zip(system.indicators, matches, strict=True)
        )
    )


def _match(row, hit, reason):
    name, kind = hit
    return Match(row.indicator, name, reason if kind == "name" else Phrase("{} = alias", reason))


def _own_names(row):
    """Names by which the field of an indicator may go, and what they are."""
    term = TERMS.get(row.indicator)
    english, chinese = Phrase("English name"), Phrase("Chinese name")
    names = [(row.indicator, Phrase("indicator code")), (row.name, english), (row.name_zh, chinese)]
    return names + ([(term.en, english), (term.zh, chinese)] if term else [])


def _synonyms():
    names = {}
    with SYNONYMS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            reason = Phrase("synonym “{}”", row["synonym"])
            names.setdefault(row["indicator"], []).append((row["synonym"], reason))
    return names


def _cut_names(rows, known, names):
    """Matches of names that are the beginning of a longer one; undecided ones say so."""
    matches = {}
    claims = {}
    for name in names:
        begin = spelling(name)
        if not any(len(name.encode(encoding, "ignore")) in CUT_BYTES for encoding in ENCODINGS):
            continue
        fitting = [
            (row.indicator, other)
            for row in rows
            for other, _ in (*known[row.indicator][0], *known[row.indicator][1])
            if len(spelling(other)) > len(begin) and spelling(other).startswith(begin)
        ]
        indicators = sorted({indicator for indicator, _ in fitting})
        if len(indicators) == 1:
            claims.setdefault(indicators[0], []).append((name, fitting[0][1]))
        for indicator in indicators if len(indicators) > 1 else ():
            reason = Phrase("field “{}” is cut and could be any of {}", name, ", ".join(indicators))
            matches.setdefault(indicator, Match(indicator, None, reason))
    for indicator, fields in claims.items():
        name, whole = fields[0]
        if len(fields) == 1:
            matches[indicator] = Match(indicator, name, Phrase("“{}”, cut", whole))
        else:
            listed = ", ".join(field for field, _ in fields)
            reason = Phrase("several fields are cut and could be it: {}", listed)
            matches[indicator] = Match(indicator, None, reason)
    return matches
