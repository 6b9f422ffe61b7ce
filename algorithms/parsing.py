"""Numbers as people type them, read the same under every locale."""

import math
import re
import unicodedata

from .errors import ParcelDataError

_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_TRUE = {"true", "t", "yes", "y", "是", "有"}
_FALSE = {"false", "f", "no", "n", "否", "无"}


def parse_number(value):
    """Return a value as a float, NaN where it is empty or not finite.

    Full-width digits, blanks, a trailing percent sign (kept in percent: "12 %" is 12),
    thousands commas ("1,234" is 1234), a decimal comma ("0,5") and yes/no words in
    English and Chinese are understood.

    Parameters
    ----------
    value : object
        Number, boolean, text or None.

    Raises
    ------
    ParcelDataError
        The text is not a number.
    """
    if value is None:
        return math.nan
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else math.nan
    text = unicodedata.normalize("NFKC", str(value)).strip().removesuffix("%").strip()
    if not text or text.lower() in {"null", "none", "nan", "inf", "+inf", "-inf", "infinity"}:
        return math.nan
    if text.lower() in _TRUE:
        return 1.0
    if text.lower() in _FALSE:
        return 0.0
    plain = re.sub(r"[\s'_]", "", text)
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif "," in plain and plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    else:
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        raise ParcelDataError("“{}” is not a number.", value) from None
    return number if math.isfinite(number) else math.nan


def format_number(number, digits=6):
    """Return a number as people read it: no trailing zeros, no exponent unless needed."""
    return "-" if number is None or math.isnan(number) else f"{number:.{digits}g}"
