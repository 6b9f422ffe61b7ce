"""HTML reports: one file without scripts or links, light, that prints on A4.

Every function returns HTML in which the texts it was given are escaped; `document` puts such pieces
together.
"""

import math
from html import escape
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).resolve().parents[1] / "resources" / "report"


def document(title, pieces, provenance, language="en"):
    """Put a report together.

    Parameters
    ----------
    title : str
        Title of the page.
    pieces : iterable of str
        HTML from the other functions of this module.
    provenance : iterable of (str, str, str)
        What made the report: names, values, and how scripts write them, shown at its end.
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


def definitions(pairs):
    """What terms mean: a list of a term and its definition each.

    Parameters
    ----------
    pairs : iterable of (str, str)
    """
    items = "".join(f"<dt>{escape(term)}</dt><dd>{escape(meaning)}</dd>" for term, meaning in pairs)
    return f'<dl class="definitions">{items}</dl>'


def number(value, digits=4):
    """A number as text, empty where there is none."""
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:.{digits}f}"


def cut_axis(column, limits, marks, tr):
    """What to say below a histogram whose axis `charts.bulk` has cut.

    Parameters
    ----------
    column : (n,) float
        NaN where missing.
    limits : (float, float) or None
        Ends of the axis; None where it is whole.
    marks : sequence of float
        Values of lines; those beyond the axis are named.
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
        Sentences, none where the axis is whole.
    """
    if limits is None:
        return []
    known = [value for value in column.tolist() if math.isfinite(value)]
    said = [
        tr(
            "The axis is cut, as few values lie far out: they reach from {:.4g} to {:.4g}, and the outermost "
            "bars hold those beyond."
        ).format(min(known), max(known))
    ]
    beyond = [value for value in marks if not limits[0] <= value <= limits[1]]
    if beyond:
        said.append(tr("Lines beyond the axis: {}.").format(", ".join(f"{value:.4g}" for value in beyond)))
    return said


def _cell(value):
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else str(value)
