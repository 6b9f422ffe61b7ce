"""Codes of GB/T 4754, the Chinese classification of industries, and what they are cut to."""

import re
import unicodedata
from dataclasses import dataclass

AS_GIVEN, SECTION, DIVISION, GROUP, CLASS = range(5)
"""What codes are cut to: nothing, a letter, or 2, 3 or 4 digits."""

_DIGITS = {DIVISION: 2, GROUP: 3, CLASS: 4}
_CODE = re.compile(r"(?P<section>[A-Ta-t])?\s*(?P<digits>\d{2,4})(?!\d)(?P<name>.*)", re.ASCII)
_LETTER = re.compile(r"(?P<section>[A-Ta-t])(?=$|[\s.:,、]|[\u4e00-\u9fff])(?P<name>.*)")
_PUNCTUATION = " \t-–—_.:;,、，。：；/"

# GB/T 4754-2017: the last division of each section.
_LAST_DIVISION = {
    "A": 5, "B": 12, "C": 43, "D": 46, "E": 50, "F": 52, "G": 60, "H": 62, "I": 65, "J": 69,
    "K": 70, "L": 72, "M": 75, "N": 79, "O": 82, "P": 83, "Q": 85, "R": 90, "S": 96, "T": 97,
}  # fmt: skip


@dataclass(frozen=True)
class IndustryKeys:
    """Industries of a column of texts.

    Attributes
    ----------
    keys : list of n str
        Code cut to the level, or the text itself where it is none or is to stay; "" for none.
    names : dict
        Name beside a code that is exactly a key, by key.
    uncut : int
        Texts that hold no code, or one that is coarser than the level, and so stay as they are.
    """

    keys: list
    names: dict
    uncut: int


def industry_keys(texts, level):
    """Industries of a column, cut to a level of GB/T 4754.

    A code is two to four digits, with or without the letter of its section before and a name
    behind it: "C3610", "36", "36 Automobiles". Blanks and full-width digits do not count.

    Parameters
    ----------
    texts : sequence of n str
        "" for none.
    level : int
        AS_GIVEN, SECTION, DIVISION, GROUP or CLASS.

    Returns
    -------
    IndustryKeys

    Notes
    -----
    Source: GB/T 4754-2017, Industrial classification for national economic activities.
    """
    keys, names, uncut = [], {}, 0
    for text in texts:
        plain = " ".join(unicodedata.normalize("NFKC", text).split())
        key, name, cut = (plain, "", True) if level == AS_GIVEN else _cut(plain, level)
        keys.append(key)
        uncut += bool(plain) and not cut
        if name:
            names.setdefault(key, name)
    return IndustryKeys(keys, names, uncut)


def _cut(text, level):
    """Key, the name beside it, and whether the text has a code of the level."""
    code = _CODE.fullmatch(text)
    if code is None:
        letter = _LETTER.fullmatch(text)
        if letter is None or level != SECTION:
            return text, "", False
        return letter["section"].upper(), letter["name"].strip(_PUNCTUATION), True
    digits = code["digits"]
    if level == SECTION:
        section = _section(int(digits[:2]))
        return (section, "", True) if section else (text, "", False)
    wanted = _DIGITS[level]
    if len(digits) < wanted:
        return text, "", False
    return digits[:wanted], code["name"].strip(_PUNCTUATION) if len(digits) == wanted else "", True


def _section(division):
    """Letter of the section of a division; "" for a number that is none."""
    if division == 0:
        return ""
    return next((section for section, last in _LAST_DIVISION.items() if division <= last), "")
