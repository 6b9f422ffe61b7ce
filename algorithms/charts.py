"""Charts of the reports: SVG elements whose texts are escaped, drawn without scripts or libraries.

`report.figure` puts one on the page.
"""

import math
from html import escape

import numpy as np

from .report import number

_BINS = 20
_ROW = 22
_BAR = 320
_CHARACTER = 8


def bars(labels, values, digits=3):
    """Horizontal bars as an SVG element.

    Parameters
    ----------
    labels : sequence of str
        Names of the bars.
    values : sequence of float
        Not negative; the largest fills the width.
    digits : int, optional
        Decimals of the values beside the bars.
    """
    largest = max([value for value in values if math.isfinite(value)], default=0.0) or 1.0
    left = 8 + max([_width(label) for label in labels], default=0)
    parts = []
    for row, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = row * _ROW
        length = _BAR * max(value, 0.0) / largest if math.isfinite(value) else 0.0
        parts.append(
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{left}" y="{y + 4}" width="{length:.1f}" height="{_ROW - 8}" fill="#4878a8"/>'
            f'<text x="{left + length + 6:.1f}" y="{y + 15}">{number(value, digits)}</text>'
        )
    width, height = left + _BAR + 80, _ROW * len(labels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-size="12" fill="#1d2329" role="img">{"".join(parts)}</svg>'
    )


def histogram(column, limits, box, name, colour, breaks=()):
    """Parts of an SVG element: a histogram with its least and largest value, and breaks marked.

    Parameters
    ----------
    column : (n,) float
        NaN where missing; without any value there is nothing to draw.
    limits : (float, float) or None
        Least and largest value of the axis; those of the column by default.
    box : (float, float, float)
        Left, width and height of the bars in pixels; the texts above and below take 34 more, and
        those of breaks another 12.
    name : str
        What stands above, unescaped.
    colour : str
        Of the bars.
    breaks : sequence of float, optional
        Values inside the axis that get a line.

    Returns
    -------
    str
    """
    known = column[np.isfinite(column)]
    if not known.size:
        return ""
    left, width, height = box
    counts, edges = np.histogram(known, _BINS, limits)
    step = width / _BINS
    base = height + 16
    bars = "".join(
        f'<rect x="{left + step * k:.1f}" y="{base - height * count / counts.max():.1f}" '
        f'width="{step - 1:.1f}" height="{height * count / counts.max():.1f}" fill="{colour}"/>'
        for k, count in enumerate(counts.tolist())
    )
    places = [left + width * (value - edges[0]) / (edges[-1] - edges[0]) for value in breaks]
    lines = "".join(
        f'<line x1="{x:.1f}" y1="14" x2="{x:.1f}" y2="{base}" stroke="#b35900" stroke-width="1.5"/>'
        + svg_text(x, base + 25, f"{value:.4g}", "middle")
        for x, value in zip(places, breaks, strict=True)
    )
    return (
        f'<text x="{left}" y="11">{escape(name)}</text>{bars}{lines}'
        f'<text x="{left}" y="{base + 13}">{edges[0]:.4g}</text>'
        f'<text x="{left + width}" y="{base + 13}" text-anchor="end">{edges[-1]:.4g}</text>'
    )


def drawing(width, height, parts):
    """An SVG element of a size in pixels, with small texts, around its parts."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-size="11" fill="#1d2329" role="img">{"".join(parts)}</svg>'
    )


def svg_text(x, y, text, anchor="start"):
    """A text inside an SVG element, at a position in pixels, escaped."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _width(text):
    """Rough width of a text in pixels; Chinese characters count twice."""
    return _CHARACTER * sum(1.6 if ord(character) > 0x2E7F else 0.85 for character in text)
