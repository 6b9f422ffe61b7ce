"""Charts of the reports: SVG elements whose texts are escaped, drawn without scripts or libraries.

`report.figure` puts one on the page.
"""

import math
from dataclasses import dataclass
from html import escape

import numpy as np

from .report import number

_INK, _MARK = "#4878a8", "#b35900"
_LEFT, _PLOT_WIDTH, _PLOT_HEIGHT = 64, 460, 240
_LARGE, _SMALL = 1e6, 1e-3
_LIGHT, _DARK = "#a9b3bc", "#12283d"
_HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="3" stroke-linejoin="round"'
_MANY = 3000
_REACHES = (5, 16, 28, 42)
_SQUARE = 10
_MOST_COLUMNS = 60
_PAIR = 32
_SHADES = ("#dbe5ef", "#a9c2da", "#7199c0", "#41709d", "#1c4064")
_BINS = 20
_BULK = (1, 99)
_FAR = 4.0
"""So many widths of the bulk a value may lie beyond it before the axis of a histogram is cut."""
_ROW = 22
_BAR = 320
_PANEL = 130
_INDENT = 18
_DEPTHS = ("#8fb0cf", "#4878a8", "#2f5579")
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
            f'<rect x="{left}" y="{y + 4}" width="{length:.1f}" height="{_ROW - 8}" fill="{_INK}"/>'
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
        Least and largest value of the axis; those of the column by default. Values beyond are counted in
        the outermost bars, and told.
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
    limits = _divisible(*(limits or (known.min(), known.max())))
    counts, edges = np.histogram(np.clip(known, *limits), _BINS, limits)
    ends = [
        f"{sign} {end:.4g}: {beyond}" if beyond else f"{end:.4g}"
        for sign, end, beyond in zip("<>", limits, _beyond(known, limits), strict=True)
    ]
    step = width / _BINS
    base = height + 16
    bars = "".join(
        f'<rect x="{left + step * k:.1f}" y="{base - height * count / counts.max():.1f}" '
        f'width="{step - 1:.1f}" height="{height * count / counts.max():.1f}" fill="{colour}"/>'
        for k, count in enumerate(counts.tolist())
    )
    places = [left + width * (value - edges[0]) / (edges[-1] - edges[0]) for value in breaks]
    lines, end = [], -math.inf
    for x, value in sorted(zip(places, breaks, strict=True)):
        text = f"{value:.4g}"
        middle = max(x, end + 4 + _width(text) / 2)  # beside the one before, where they are close
        end = middle + _width(text) / 2
        lines.append(
            f'<line x1="{x:.1f}" y1="14" x2="{x:.1f}" y2="{base}" stroke="{_MARK}" stroke-width="1.5"/>'
            + svg_text(middle, base + 25, text, "middle")
        )
    return (
        f'<text x="{left}" y="11">{escape(name)}</text>{bars}{"".join(lines)}'
        f'<text x="{left}" y="{base + 13}">{escape(ends[0])}</text>'
        f'<text x="{left + width}" y="{base + 13}" text-anchor="end">{escape(ends[1])}</text>'
    )


def small_histogram(column, limits, name, breaks):
    """A histogram of 480 pixels with breaks marked, as an SVG element.

    Parameters
    ----------
    column : (n,) float
        NaN where missing; not all.
    limits : (float, float) or None
        As of `histogram`.
    name : str
        What is counted, unescaped.
    breaks : sequence of float
        Those off the axis are left out.

    Returns
    -------
    str
    """
    low, high = limits or (np.nanmin(column), np.nanmax(column))
    inside = [value for value in breaks if low <= value <= high]
    return drawing(480, 60 + 46, histogram(column, limits, (0, 480, 60), name, _INK, inside))


def bulk(column):
    """Ends of an axis that shows most values where a few lie so far out that all others would be one bar.

    Parameters
    ----------
    column : (n,) float
        NaN where missing.

    Returns
    -------
    (float, float) or None
        Least and largest of the values that lie within four widths of the range from the 1st to the 99th
        percentile around it; None where all do.
    """
    known = column[np.isfinite(column)]
    if not known.size:
        return None
    low, high = np.percentile(known, _BULK)
    room = _FAR * (high - low)
    near = known[(known >= low - room) & (known <= high + room)]
    if near.size == known.size or not room:
        return None
    return float(near.min()), float(near.max())


def _beyond(known, limits):
    """Numbers of values below and above the ends of an axis."""
    return int((known < limits[0]).sum()), int((known > limits[1]).sum())


def drawing(width, height, parts):
    """An SVG element of a size in pixels, with small texts, around its parts."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-size="11" fill="#1d2329" role="img">{"".join(parts)}</svg>'
    )


def svg_text(x, y, text, anchor="start"):
    """A text inside an SVG element, at a position in pixels, escaped."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


@dataclass(frozen=True)
class Frame:
    """The plane of a chart with two axes: where data stand in pixels.

    ``x_limits`` and ``y_limits`` are the ends of the axes, ``top`` the pixels kept free above, and
    ``whole`` tells of each axis whether its values are whole numbers.
    """

    x_limits: tuple
    y_limits: tuple
    top: int = 10
    whole: tuple = (False, False)

    def x(self, value):
        """Position of a value on the horizontal axis in pixels."""
        low, high = self.x_limits
        return _LEFT + _PLOT_WIDTH * (value - low) / (high - low)

    def y(self, value):
        """Position of a value on the vertical axis in pixels."""
        low, high = self.y_limits
        return self.top + _PLOT_HEIGHT * (high - value) / (high - low)

    def drawing(self, parts, x_name, y_name):
        """The chart as an SVG element: grid and axes with their names, unescaped, and the parts above."""
        base, right = self.top + _PLOT_HEIGHT, _LEFT + _PLOT_WIDTH
        lines, texts = [], []
        for value, text in _fitting_ticks(self.x_limits, self.whole[0]):
            lines.append(f"M{self.x(value):.1f} {self.top}V{base}")
            texts.append(svg_text(self.x(value), base + 15, text, "middle"))
        for value, text in nice_ticks(*self.y_limits, whole=self.whole[1]):
            lines.append(f"M{_LEFT} {self.y(value):.1f}H{right}")
            texts.append(svg_text(_LEFT - 6, self.y(value) + 4, text, "end"))
        grid = f'<path d="{"".join(lines)}" stroke="#d8dde2" fill="none"/>'
        edge = f'<path d="M{_LEFT} {self.top}V{base}H{right}" stroke="#57606a" fill="none"/>'
        middle = self.top + _PLOT_HEIGHT / 2
        names = svg_text(_LEFT + _PLOT_WIDTH / 2, base + 32, x_name, "middle") + (
            f'<g transform="rotate(-90 12 {middle:.1f})">{svg_text(12, middle, y_name, "middle")}</g>'
        )
        return drawing(right + 30, base + 38, [grid, *parts, edge, *texts, names])


def nice_ticks(low, high, most=6, whole=False):
    """Round values within an axis, in steps of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    low, high : float
        Ends of the axis, low < high.
    most : int, optional
        Largest number of steps.
    whole : bool, optional
        No step is below 1.

    Returns
    -------
    list of (float, str)
        Values and their texts, with as many decimals as the step needs.
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * power for step in (1, 2, 5, 10) if step * power * most >= (high - low) * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    largest = max(abs(low), abs(high))
    if largest >= _LARGE or largest < _SMALL:
        return [(k * step, f"{k * step:.3g}") for k in range(first, last + 1)]
    decimals = max(0, -math.floor(math.log10(step * (1 + 1e-9))))
    return [(k * step, f"{k * step + 0.0:.{decimals}f}") for k in range(first, last + 1)]


def distribution(column, x_name, y_name, marks=(), limits=None):
    """A histogram with axes as an SVG element, with values marked by lines.

    Parameters
    ----------
    column : (n,) float
        NaN where missing; without any value there is nothing to draw.
    x_name, y_name : str
        Names of the axes, unescaped.
    marks : sequence of (float, str), optional
        Values that get a line, and what stands above it.
    limits : (float, float), optional
        Ends of the axis; those of the values and marks by default. Values beyond are counted in the
        outermost bars; marks beyond are left out.

    Returns
    -------
    str
    """
    known = column[np.isfinite(column)]
    if not known.size:
        return ""
    low, high = limits or padded([*known[[known.argmin(), known.argmax()]], *(value for value, _ in marks)])
    low, high = _divisible(low, high)
    counts, edges = np.histogram(np.clip(known, low, high), 2 * _BINS, (low, high))
    marks = [(value, text) for value, text in marks if low <= value <= high]
    rows, taken = [], []
    frame = Frame((low, high), (0.0, 1.05 * max(1, int(counts.max()))))
    for value, text in sorted(marks):
        start = frame.x(value) - _width(text) / 2
        row = next((row for row, end in enumerate(taken) if start > end + 4), len(taken))
        taken[row : row + 1] = [start + _width(text)]
        rows.append((value, text, row))
    frame = Frame(frame.x_limits, frame.y_limits, 10 + 13 * len(taken), (False, True))
    parts, texts = [_columns(frame, counts.tolist(), edges)], []
    for value, text, row in rows:
        x, y = frame.x(value), 13 * row + 11
        parts.append(_line(x, y + 3, x, frame.y(0), _MARK, "5 2"))
        texts.append(svg_text(x, y, text, "middle"))
    for sign, end, anchor, beyond in zip(
        "<>", (low, high), ("start", "end"), _beyond(known, (low, high)), strict=True
    ):
        if beyond:
            y = min(frame.y(int(counts[0 if anchor == "start" else -1])) - 4, frame.y(0) - 16)
            texts.append(svg_text(frame.x(end), y, f"{sign} {end:.4g}: {beyond}", anchor))
    parts.append(f"<g {_HALO}>{''.join(texts)}</g>")
    return frame.drawing(parts, x_name, y_name)


def curve(points, x_name, y_name, marked=(), level=None):
    """A line through points as an SVG element, some of them marked.

    Parameters
    ----------
    points : sequence of (float, float)
        From left to right; those without a value leave a gap.
    x_name, y_name : str
        Names of the axes, unescaped.
    marked : sequence of (int, str), optional
        Positions of points that are ringed, and what stands above them.
    level : float, optional
        Value of y that gets a dashed line.

    Returns
    -------
    str
        "" where no point has a value.
    """
    known = [point for point in points if all(map(math.isfinite, point))]
    if not known:
        return ""
    x_limits = padded([x for x, _ in known], 0.04)
    frame = Frame(x_limits, padded([y for _, y in known] + ([] if level is None else [level]), 0.12))
    path, pen = [], "M"
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            pen = "M"
            continue
        path.append(f"{pen}{frame.x(x):.1f} {frame.y(y):.1f}")
        pen = "L"
    parts = [f'<path d="{"".join(path)}" stroke="{_INK}" stroke-width="1.5" fill="none"/>']
    parts.append(_dots([(frame.x(x), frame.y(y)) for x, y in known], 5, _INK))
    if level is not None:
        ends = map(frame.x, x_limits)
        parts.append(_line(next(ends), frame.y(level), next(ends), frame.y(level), "#57606a", "4 3"))
    for position, text in marked:
        x, y = frame.x(points[position][0]), frame.y(points[position][1])
        half = _width(text) / 2
        middle = min(max(x, _LEFT + half), _LEFT + _PLOT_WIDTH - half)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" stroke="{_MARK}" stroke-width="2" fill="none"/>'
            f"<g {_HALO}>{svg_text(middle, y - 10, text, 'middle')}</g>"
        )
    return frame.drawing(parts, x_name, y_name)


def scatter(x, y, slope, names, corners, dark=None, labels=()):
    """Points around the origin with a line through it as an SVG element, as density where many.

    Parameters
    ----------
    x, y : (n,) float
        A point with NaN is not drawn.
    slope : float
        Of the line.
    names : (str, str)
        Names of the axes, unescaped.
    corners : (str, str, str, str)
        Names of the quadrants, unescaped: upper right, lower left, upper left, lower right.
    dark : (n,) bool, optional
        Points drawn dark above light ones; all by default.
    labels : sequence of (int, str), optional
        Positions of points and what stands beside them, the most important first; one that has no
        room is left out.

    Returns
    -------
    str
        "" where there is no point.
    """
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return ""
    many = is_dense(x, y)
    frame = Frame(
        padded([0.0, x[known].min(), x[known].max()], 0.06),
        padded([0.0, y[known].min(), y[known].max()], 0.12),
        28 if many else 10,
    )
    dark = known if dark is None else known & dark
    if many:
        parts = [_squares(frame, x[known], y[known])]
    else:
        places = [(frame.x(x[group]), frame.y(y[group])) for group in (known & ~dark, dark)]
        parts = [
            _dots(zip(*(axis.tolist() for axis in place), strict=True), 5, colour)
            for place, colour in zip(places, (_LIGHT, _INK), strict=True)
        ]
    (left, right), (low, high) = frame.x_limits, frame.y_limits
    parts += [
        _line(frame.x(0), frame.y(low), frame.x(0), frame.y(high), "#57606a", "4 3"),
        _line(frame.x(left), frame.y(0), frame.x(right), frame.y(0), "#57606a", "4 3"),
        _sloped(frame, slope),
    ]
    texts, taken = [], []
    for text, place, top in zip(corners, (right, left, left, right), (high, low, high, low), strict=True):
        at_right = place == right
        start = frame.x(place) + (-_width(text) - 4 if at_right else 6)
        base = frame.y(top) + (13 if top == high else -6)
        taken.append((start, base - 10, start + _width(text), base + 3))
        texts.append(
            svg_text(frame.x(place) + (-4 if at_right else 6), base, text, "end" if at_right else "start")
        )
    for position, text in labels:
        if known[position]:
            px, py = float(frame.x(x[position])), float(frame.y(y[position]))
            box = _free(px, py, _width(text), taken, frame)
            if box:
                taken.append(box)
                near = min(max(px, box[0]), box[2]), min(max(py, box[1]), box[3])
                parts.append(f'<path d="M{px:.1f} {py:.1f}L{near[0]:.1f} {near[1]:.1f}" stroke="{_DARK}"/>')
                parts.append(_dots([(px, py)], 5, _DARK))
                texts.append(svg_text(box[0], box[3] - 3, text))
    return frame.drawing([*parts, f"<g {_HALO}>{''.join(texts)}</g>"], *names)


def is_dense(x, y):
    """Whether `scatter` counts these points in squares instead of drawing each."""
    return int((np.isfinite(x) & np.isfinite(y)).sum()) > _MANY


def _squares(frame, x, y):
    """Counts of points in squares of some pixels, darker where more lie, and their legend."""
    columns, rows = _PLOT_WIDTH // _SQUARE, _PLOT_HEIGHT // _SQUARE
    column = np.clip((frame.x(x) - _LEFT) // _SQUARE, 0, columns - 1).astype(int)
    row = np.clip((frame.y(y) - frame.top) // _SQUARE, 0, rows - 1).astype(int)
    counts = np.bincount(row * columns + column, minlength=rows * columns)
    limits = np.unique(np.geomspace(1, counts.max(), len(_SHADES) + 1).round().astype(int)[1:])
    shade = np.searchsorted(limits, counts)
    parts, legend = [], _LEFT
    for place, limit in enumerate(limits.tolist()):
        colour = _SHADES[place]
        cells = np.flatnonzero((shade == place) & (counts > 0)).tolist()
        path = "".join(
            f"M{_LEFT + _SQUARE * (cell % columns)} {frame.top + _SQUARE * (cell // columns)}"
            f"h{_SQUARE}v{_SQUARE}h-{_SQUARE}z"
            for cell in cells
        )
        least = int(limits[place - 1]) + 1 if place else 1
        text = f"{least}" if least == limit else f"{least}\u2013{limit}"
        parts.append(f'<path d="{path}" fill="{colour}"/>')
        parts.append(f'<rect x="{legend:.1f}" y="6" width="10" height="10" fill="{colour}"/>')
        parts.append(svg_text(legend + 14, 15, text))
        legend += 26 + _width(text)
    return "".join(parts)


def _sloped(frame, slope):
    """A line through the origin, clipped to the axes."""
    (left, right), (low, high) = frame.x_limits, frame.y_limits
    ends = [
        min(max(x, min(low / slope, high / slope)), max(low / slope, high / slope)) if slope else x
        for x in (left, right)
    ]
    places = [(frame.x(end), frame.y(slope * end)) for end in ends]
    return _line(*places[0], *places[1], _MARK)


def _line(x1, y1, x2, y2, colour, dashes=""):
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="1.5"{dashed}/>'
    )


def _free(x, y, width, taken, frame):
    """A box near a point for a text of a width that meets no taken one, or None."""
    for reach in _REACHES:
        middle = x - width / 2
        for left, base in (
            (x + reach, y + 4),
            (x - width - reach, y + 4),
            (middle, y - reach - 1),
            (middle, y + reach + 10),
            (x + reach, y - reach),
            (x - width - reach, y - reach),
            (x + reach, y + reach + 8),
            (x - width - reach, y + reach + 8),
        ):
            box = left, base - 10, left + width, base + 3
            inside = box[0] >= _LEFT and box[2] <= _LEFT + _PLOT_WIDTH
            inside = inside and box[1] >= frame.top and box[3] <= frame.top + _PLOT_HEIGHT
            if inside and not any(_meet(box, other) for other in taken):
                return box
    return None


def _meet(box, other):
    return not (box[2] < other[0] or box[0] > other[2] or box[3] < other[1] or box[1] > other[3])


def whole_numbers(values, counts, x_name, y_name, mark=None):
    """How often whole numbers occur, as upright bars around them, as an SVG element.

    Parameters
    ----------
    values, counts : (c,) int
        Numbers that occur, ascending, and how often; where they spread wide, bars hold several.
    x_name, y_name : str
        Names of the axes, unescaped.
    mark : float, optional
        Value that gets a line.

    Returns
    -------
    str
    """
    low, high = int(values[0]), int(values[-1])
    step = -(-(high - low + 1) // _MOST_COLUMNS)
    edges = low - 0.5 + step * np.arange((high - low) // step + 2)
    heights, _ = np.histogram(values, edges, weights=counts)
    frame = Frame((edges[0] - 0.2, edges[-1] + 0.2), (0.0, 1.05 * float(heights.max())), whole=(True, True))
    parts = [_columns(frame, heights.tolist(), edges)]
    if mark is not None:
        x = frame.x(mark)
        parts.append(_line(x, frame.top, x, frame.y(0), _MARK, "5 2"))
    return frame.drawing(parts, x_name, y_name)


def paired_bars(labels, first, second, names, digits=1):
    """Two horizontal bars per row, dark and light, such as observed and expected, as an SVG element.

    Parameters
    ----------
    labels : sequence of str
        Names of the rows.
    first, second : sequence of float
        Not negative; the largest of all fills the width, and NaN has no bar.
    names : (str, str)
        What the dark and the light bars are.
    digits : int, optional
        Decimals of the values beside the bars.
    """
    largest = max([v for v in (*first, *second) if math.isfinite(v)], default=0.0) or 1.0
    left = 8 + max(map(_width, labels), default=0)
    parts, x = [], left
    for name, colour in zip(names, (_INK, _LIGHT), strict=True):
        parts.append(f'<rect x="{x:.1f}" y="4" width="12" height="10" fill="{colour}"/>')
        parts.append(svg_text(x + 17, 13, name))
        x += 34 + _width(name)
    for row, (label, *pair) in enumerate(zip(labels, first, second, strict=True)):
        y = _ROW + _PAIR * row
        parts.append(svg_text(left - 8, y + 17, label, "end"))
        for value, top, colour in zip(pair, (y + 2, y + 14), (_INK, _LIGHT), strict=True):
            if math.isfinite(value):
                length = _BAR * max(value, 0.0) / largest
                parts.append(
                    f'<rect x="{left:.1f}" y="{top}" width="{length:.1f}" height="11" fill="{colour}"/>'
                )
                parts.append(svg_text(left + length + 6, top + 10, number(value, digits)))
    return drawing(math.ceil(max(left + _BAR + 80, x)), _ROW + _PAIR * len(labels) + 4, parts)


def signed_bars(labels, values, digits=3):
    """Horizontal bars to the left and right of 0 as an SVG element.

    Parameters
    ----------
    labels : sequence of str
        Names of the bars.
    values : sequence of float
        The one farthest from 0 fills its side; NaN has no bar.
    digits : int, optional
        Decimals of the values beside the bars.
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    scale = _BAR / ((high - low) or 1.0)
    beside = 10 + max([_width(number(value, digits)) for value in known], default=0)
    zero = 8 + max(map(_width, labels), default=0) + (beside if low < 0 else 0) - scale * low
    left = max(map(_width, labels), default=0)
    height = _ROW * len(labels)
    parts = [_line(zero, 2, zero, height - 2, "#57606a")]
    for row, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = _ROW * row
        parts.append(svg_text(left, y + 15, label, "end"))
        if math.isfinite(value):
            length = scale * abs(value)
            x = zero - length if value < 0 else zero
            parts.append(
                f'<rect x="{x:.1f}" y="{y + 4}" width="{length:.1f}" height="{_ROW - 8}" '
                f'fill="{_INK if value >= 0 else _LIGHT}"/>'
            )
            end = zero - length - 6 if value < 0 else zero + length + 6
            parts.append(svg_text(end, y + 15, number(value, digits), "end" if value < 0 else "start"))
    return drawing(math.ceil(zero + scale * high + beside), height, parts)


def padded(values, part=0.0):
    """Ends of an axis that holds all values, with a part of its length free at both ends."""
    low, high = float(min(values)), float(max(values))
    if not high > low:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    return low - part * (high - low), high + part * (high - low)


def _fitting_ticks(limits, whole):
    """Ticks of the horizontal axis whose texts leave room between them."""
    for most in range(10, 1, -1):
        ticks = nice_ticks(*limits, most, whole)
        room = _PLOT_WIDTH / max(len(ticks), 1)
        if all(_width(text) + 6 < room for _, text in ticks):
            break
    return ticks


def _columns(frame, counts, edges):
    """Upright bars between edges."""
    return "".join(
        f'<rect x="{frame.x(low):.1f}" y="{frame.y(count):.1f}" '
        f'width="{max(frame.x(high) - frame.x(low) - 1, 0.5):.1f}" '
        f'height="{frame.y(0) - frame.y(count):.1f}" fill="{_INK}"/>'
        for count, low, high in zip(counts, edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if count
    )


def _dots(places, size, colour):
    """Round points at positions in pixels: one path, since thousands of circles would be heavy."""
    path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)
    return f'<path d="{path}" stroke="{colour}" stroke-width="{size}" stroke-linecap="round" fill="none"/>'


def _divisible(low, high):
    """Ends of an axis that numbers can divide into bars: values that are all but equal get some room."""
    room = 1e-9 * max(abs(low), abs(high), 1e-290)
    return (low, high) if high - low > room else (low - 1e3 * room, high + 1e3 * room)


def _width(text):
    """Rough width of a text in pixels; Chinese characters count twice."""
    return _CHARACTER * sum(1.6 if ord(character) > 0x2E7F else 0.85 for character in text)


def bar_panels(labels, panels):
    """Horizontal bars of several quantities side by side, one row per label, as an SVG element.

    Parameters
    ----------
    labels : sequence of str
        Names of the rows.
    panels : sequence of (str, sequence of float, sequence of str)
        Title, values and what stands beside the bars of each quantity; values are not negative, the
        largest fills the width of its panel, and NaN has no bar.
    """
    left = 8 + max(map(_width, labels), default=0)
    parts = [svg_text(left - 8, _ROW * (row + 1) + 15, label, "end") for row, label in enumerate(labels)]
    for title, values, texts in panels:
        beside = 14 + max(map(_width, texts), default=0)
        largest = max([value for value in values if math.isfinite(value)], default=0.0) or 1.0
        parts.append(svg_text(left, 15, title))
        for row, (value, text) in enumerate(zip(values, texts, strict=True), start=1):
            length = _PANEL * max(value, 0.0) / largest if math.isfinite(value) else 0.0
            parts.append(
                f'<rect x="{left:.1f}" y="{_ROW * row + 4}" width="{length:.1f}" height="{_ROW - 8}" '
                f'fill="{_INK}"/>'
            )
            parts.append(svg_text(left + length + 5, _ROW * row + 15, text))
        left += max(_PANEL + beside, _width(title) + 14)
    return drawing(round(left), _ROW * (len(labels) + 1), parts)


def matrix(rows, columns, texts, fills, corner="", cell=(86, 30)):
    """A matrix of coloured cells with texts as an SVG element.

    Parameters
    ----------
    rows, columns : sequence of str
        Names beside and above the cells.
    texts : sequence of sequences of str
        What stands in the cells.
    fills : sequence of sequences of str
        Colours of the cells as #rrggbb; the text is light on dark ones.
    corner : str, optional
        What rows and columns are, above the names of the rows.
    cell : (int, int), optional
        Width and height of a cell in pixels.
    """
    width, height = cell
    width = max(width, math.ceil(max(map(_width, columns), default=0)) + 8)
    left = 10 + math.ceil(max(map(_width, (*rows, corner)), default=0))
    parts = [svg_text(0, 15, corner)]
    parts += [
        svg_text(left + width * (place + 0.5), 15, name, "middle") for place, name in enumerate(columns)
    ]
    for row, (name, line, colours) in enumerate(zip(rows, texts, fills, strict=True)):
        y = _ROW + height * row
        parts.append(svg_text(left - 8, y + height / 2 + 4, name, "end"))
        for place, (text, colour) in enumerate(zip(line, colours, strict=True)):
            x = left + width * place
            ink = "#ffffff" if _is_dark(colour) else "#1d2329"
            parts.append(
                f'<rect x="{x}" y="{y}" width="{width - 1}" height="{height - 1}" fill="{colour}"/>'
                f'<g fill="{ink}">{svg_text(x + width / 2, y + height / 2 + 4, text, "middle")}</g>'
            )
    return drawing(left + width * len(columns), _ROW + height * len(rows), parts)


def weight_tree(labels, depths, shares, weights, names):
    """A hierarchy as indented rows with bars of the weights in the whole, as an SVG element.

    Parameters
    ----------
    labels : sequence of str
        Names, parents before their children.
    depths : sequence of int
        Steps below the top; the top, 0, has no bar.
    shares, weights : sequence of float
        Weight among the children of the parent, and in the whole; the shares of the top are not shown.
    names : (str, str)
        What the two numbers are.
    """
    indented = [_INDENT * depth + _width(label) for depth, label in zip(depths, labels, strict=True)]
    middle = max(indented, default=0) + max(_width(names[0]), 60) + 12
    left = middle + 20
    largest = max([weight for depth, weight in zip(depths, weights, strict=True) if depth], default=0) or 1.0
    parts = [svg_text(middle, 15, names[0], "end"), svg_text(left, 15, names[1])]
    for row, (label, depth, share, weight) in enumerate(
        zip(labels, depths, shares, weights, strict=True), start=1
    ):
        y = _ROW * row
        parts.append(svg_text(_INDENT * depth, y + 15, label))
        length = 0.0
        if depth:
            length = _BAR * weight / largest
            colour = _DEPTHS[min(depth, len(_DEPTHS)) - 1]
            parts.append(svg_text(middle, y + 15, number(share), "end"))
            parts.append(
                f'<rect x="{left:.1f}" y="{y + 4}" width="{length:.1f}" height="{_ROW - 8}" fill="{colour}"/>'
            )
        parts.append(svg_text(left + length + (6 if depth else 0), y + 15, number(weight)))
    width = left + max(_BAR + 60, _width(names[1]))
    return drawing(math.ceil(width), _ROW * (len(labels) + 1), parts)


def shade(value, low="#ffffff", high="#3f6d9e"):
    """Colour between two, as #rrggbb, at a value from 0 to 1; that of 0 where the value is NaN."""
    part = min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0
    ends = zip(_channels(low), _channels(high), strict=True)
    return "#" + "".join(f"{round(a + part * (b - a)):02x}" for a, b in ends)


def diverging(value):
    """Colour from blue, -1, by white, 0, to red, 1, as #rrggbb; that of 0 where the value is NaN."""
    return shade(abs(value), high="#b2182b" if value > 0 else "#2166ac")


def _channels(colour):
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _is_dark(colour):
    red, green, blue = _channels(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
