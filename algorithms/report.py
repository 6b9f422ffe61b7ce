"""HTML reports: one file without scripts or links, light, that prints on A4.

Every function returns HTML in which the texts it was given are escaped; `document` puts such pieces
together.
"""

import math
from html import escape
from pathlib import Path
from string import Template

import numpy as np

TEMPLATES = Path(__file__).resolve().parents[1] / "resources" / "report"

_BINS = 20
_ROW = 22
_BAR = 320
_CHARACTER = 8


def document(title, pieces, provenance, language="en"):
    """Put a report together.

    Parameters
    ----------
    title : str
        Title of the page.
    pieces : iterable of str
        HTML from the other functions of this module.
    provenance : iterable of (str, str)
        What made the report: names and values, shown at its end.
    language : str, optional
        Language of the texts, "en" or "zh".

    Returns
    -------
    str
        The whole page.
    """
    page = Template((TEMPLATES / "report.html").read_text(encoding="utf-8"))
    return page.substitute(
        language=escape(language),
        title=escape(title),
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8").strip(),
        body="\n".join(pieces),
        provenance=table((), provenance),
    )


def heading(text, level=2):
    """A heading of level 2 or 3."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text):
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def warning(text):
    """A paragraph that stands out."""
    return f'<p class="warning">{escape(text)}</p>'


def table(header, rows, caption="", marked=(), right=()):
    """A table; numbers stand right, and None is an empty cell.

    Parameters
    ----------
    header : sequence of str
        Names of the columns; without any there is no header.
    rows : iterable of sequences
        Texts and numbers; a float is shown with four decimals, or use `number`.
    caption : str, optional
        What the table shows.
    marked : container of int, optional
        Positions of rows that stand out.
    right : container of int, optional
        Positions of columns of texts that stand right, such as those of `number`.
    """
    lines = []
    numeric = set(right)
    for position, row in enumerate(rows):
        cells = []
        for column, value in enumerate(row):
            is_number = column in right or (isinstance(value, (int, float)) and not isinstance(value, bool))
            if is_number:
                numeric.add(column)
            kind = ' class="number"' if is_number else ""
            cells.append(f"<td{kind}>{escape(_cell(value))}</td>")
        kind = ' class="marked"' if position in marked else ""
        lines.append(f"<tr{kind}>{''.join(cells)}</tr>")
    names = "".join(
        f'<th class="number">{escape(name)}</th>' if column in numeric else f"<th>{escape(name)}</th>"
        for column, name in enumerate(header)
    )
    head = f"<thead><tr>{names}</tr></thead>" if names else ""
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "\n".join(lines)
    return f"<table>{title}{head}<tbody>\n{body}\n</tbody></table>"


def figure(svg, caption=""):
    """A drawing, given as an SVG element whose texts are escaped already."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{svg}{below}</figure>"


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


def number(value, digits=4):
    """A number as text, empty where there is none."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:.{digits}f}"


def _cell(value):
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)


def _width(text):
    """Rough width of a text in pixels; Chinese characters count twice."""
    return _CHARACTER * sum(1.6 if ord(character) > 0x2E7F else 0.85 for character in text)
