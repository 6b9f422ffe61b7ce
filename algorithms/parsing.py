"""Numbers as people type them, read the same under every locale."""

import math
import re
import unicodedata

from .errors import ParcelDataError

_FULL_WIDTH = re.compile("[\u3000\uff01-\uff60\uffe0-\uffe6]+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_POINT_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")
_DECIMAL_COMMA = re.compile(r"[+-]?(\d*|[1-9]\d{0,2}(\.\d{3})+),\d+(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_TRUE = {"true", "t", "yes", "y", "是", "有"}
_FALSE = {"false", "f", "no", "n", "否", "无"}


# A spreadsheet takes a text that begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_GUARD = "'"


def guarded(value):
    """A text that a spreadsheet would take for a formula behind an apostrophe; other values as they are.

    Numbers such as "-5", and a lone sign, are no formulas.
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA) or len(value.strip()) < 2:
        return value
    return value if _DECIMAL.fullmatch(value) else _GUARD + value


def without_guard(value):
    """The text that `guarded` was given; other values as they are."""
    if isinstance(value, str) and value.startswith(_GUARD) and value[1:].startswith(_FORMULA):
        return value[1:]
    return value


def parse_number(value, decimal_comma=False):
    """Return a value as a float, NaN where it is empty or not finite.

    Full-width digits, blanks, a trailing percent sign (kept in percent: "12 %" is 12),
    thousands commas ("1,234" is 1234), a decimal comma ("0,5") and yes/no words in
    English and Chinese are understood.

    Parameters
    ----------
    value : object
        Number, boolean, text or None.
    decimal_comma : bool
        The comma marks decimals and points mark thousands: "1,234" is 1.234 and "1.234" is 1234.
        Whether it does is a matter of the whole column, see `has_decimal_comma`.

    Raises
    ------
    ParcelDataError
        The text is not a number.
    """
    if value is None:
        return math.nan
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else math.nan
    text = _trimmed(str(value))
    if not text or text.lower() in {"null", "none", "nan", "inf", "+inf", "-inf", "infinity"}:
        return math.nan
    if text.lower() in _TRUE:
        return 1.0
    if text.lower() in _FALSE:
        return 0.0
    plain = _without_blanks(text)
    if not decimal_comma and _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(plain) or (decimal_comma and _POINT_THOUSANDS.fullmatch(plain)):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        raise ParcelDataError("“{}” is not a number.", value) from None
    return number if math.isfinite(number) else math.nan


def has_decimal_comma(values):
    """Whether the comma marks decimals in a column: some value's comma can mean nothing else.

    "0,5", "12,34" and "1.234,5" tell so, "1,234" alone does not.

    Parameters
    ----------
    values : iterable of object
        A column; what is not text is passed over, as are texts that are no numbers.

    Raises
    ------
    ParcelDataError
        Another value's comma can only mark thousands ("1,234.5"), or decimals are written both
        ways and a value ("1.234") may be either; the message names the values.
    """
    texts = [value for value in values if isinstance(value, str)]
    with_comma = [text for text in texts if "," in text or "，" in text]
    comma = thousands = None
    for text in with_comma:
        plain = _without_blanks(_trimmed(text))
        if not _THOUSANDS.fullmatch(plain):
            comma = comma or (_DECIMAL_COMMA.fullmatch(plain) and text)
        elif plain.count(",") > 1 or "." in plain:
            thousands = thousands or text
    if not comma:
        return False
    if thousands:
        raise ParcelDataError(
            "The column holds “{}” with a decimal comma and “{}” with thousands commas: write all its "
            "numbers one way.",
            comma,
            thousands,
        )
    point = either = None
    for text in texts:
        plain = _without_blanks(_trimmed(text))
        if _THOUSANDS.fullmatch(plain) or _POINT_THOUSANDS.fullmatch(plain):
            either = either or (plain.count(".") < 2 and text)
        else:
            point = point or (_DECIMAL_POINT.fullmatch(plain) and text)
    if point and either:
        raise ParcelDataError(
            "The column holds “{}” with a decimal comma and “{}” with a decimal point, so that “{}” may "
            "have decimals or thousands: write all its numbers one way.",
            comma,
            point,
            either,
        )
    return True


def parse_ratio(value):
    """Return a number or a fraction such as "1/3" as a float, NaN where it is empty.

    For what people judge rather than measure: of texts only plain decimal numbers count, with
    a point or a comma and perhaps full-width. Percent signs, words and blanks between digits
    do not, and a comma that may separate thousands ("1,234") is an error.

    Parameters
    ----------
    value : object
        Number, text or None.

    Raises
    ------
    ParcelDataError
        The text is neither a number nor a fraction, or its comma has two meanings.
    """
    if value is None:
        return math.nan
    if not isinstance(value, str):
        try:
            return float(value)
        except (TypeError, ValueError):
            raise _not_a_ratio(value) from None
    text = _half_width(value).strip()
    if not text:
        return math.nan
    terms = [term.strip() for term in text.split("/")]
    if any(_THOUSANDS.fullmatch(term) for term in terms):
        raise ParcelDataError(
            "“{}” has a comma that may mark decimals or thousands; write a decimal point or no comma.", value
        )
    if len(terms) > 2 or not all(_DECIMAL.fullmatch(term) for term in terms):
        raise _not_a_ratio(value)
    numbers = [float(term.replace(",", ".")) for term in terms]
    numerator, denominator = numbers if len(numbers) == 2 else (*numbers, 1.0)
    if denominator == 0:
        raise _not_a_ratio(value)
    return numerator / denominator


def identifiers(text, separators=""):
    """Identifiers in a cell, without blanks and in half-width letters, so that they compare.

    Parameters
    ----------
    text : str
    separators : str
        Each of its characters separates identifiers; full-width and half-width ones are the same.

    Returns
    -------
    list of str
        Each once, in order; empty where the cell is.
    """
    plain = _half_width(text)
    for separator in _half_width(separators):
        plain = plain.replace(separator, "\0")
    found = ("".join(part.split()) for part in plain.split("\0"))
    return [name for name in dict.fromkeys(found) if name]


def _not_a_ratio(value):
    return ParcelDataError("“{}” is not a number; write it like 3, 1/3 or 0.333.", value)


def _trimmed(text):
    return _half_width(text).strip().removesuffix("%").strip()


def _without_blanks(text):
    return re.sub(r"[\s'_]", "", text)


def _half_width(text):
    # NFKC on the whole text would also read 3² as 32.
    return _FULL_WIDTH.sub(lambda signs: unicodedata.normalize("NFKC", signs[0]), text)
