"""The report of a sensitivity analysis: how stable the zones are, and which weights move them."""

import numpy as np

from .. import charts, report
from ..fields import STABILITIES

_ROW = 22
_HALF = 170
_CHARACTER = 7.5
_LOWERED, _RAISED = "#7b9fc4", "#c46a4a"


def sensitivity_report(stability, classes, zones, influences, names, notes, tr, language, drawn=""):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    stability : Stability
    classes : (n,) int
        Stability class of each parcel's zone, 0 where it has no zone.
    zones : sequence of Term
        Codes and names of the zones, low first.
    influences : sequence of Influence
        The most influential first.
    names : dict
        Name of each indicator by its code.
    notes : sequence of str
        How it was done.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".
    drawn : str, optional
        HTML of the map of the stability.

    Returns
    -------
    list of str
    """
    zoned = int((stability.zone > 0).sum())
    return [
        *(report.paragraph(note) for note in notes),
        report.heading(tr("Stability of the zones")),
        report.definitions(
            (
                (
                    tr("kept"),
                    tr(
                        "Share of the draws in which a parcel has the zone that it has by the weights of the "
                        "index system."
                    ),
                ),
                (
                    tr("5-95 % of the draws"),
                    tr("Weights between which nine tenths of the draws of an indicator's weight lie."),
                ),
            )
        ),
        drawn,
        report.table(
            (tr("The zone is kept in"), tr("parcels"), tr("share")),
            [
                (
                    term.label(language),
                    int((classes == int(term.code)).sum()),
                    _percent((classes == int(term.code)).sum() / zoned) if zoned else "",
                )
                for term in reversed(STABILITIES)
            ],
        ),
        report.table(
            (tr("zone"), tr("parcels"), tr("kept, mean"), tr("kept, lowest")),
            [
                (
                    term.label(language),
                    int((stability.zone == int(term.code)).sum()),
                    *_mean_and_lowest(stability.zone_kept[stability.zone == int(term.code)]),
                )
                for term in reversed(zones)
            ],
        ),
        report.heading(tr("Influence of the weights")),
        report.figure(
            tornado(
                [names[one.indicator] for one in influences],
                [one.fewer[0] for one in influences],
                [one.more[0] for one in influences],
                tr("weight lowered"),
                tr("weight raised"),
            ),
            tr("Share of the parcels whose zone changes when one weight alone is changed."),
        ),
        report.table(
            (
                tr("indicator"),
                tr("weight"),
                tr("5-95 % of the draws"),
                tr("zone, lowered"),
                tr("zone, raised"),
                tr("level, lowered"),
                tr("level, raised"),
                tr("correlation"),
            ),
            [
                (
                    names[one.indicator],
                    one.weight,
                    f"{one.low:.4f} - {one.high:.4f}",
                    _percent(one.fewer[0]),
                    _percent(one.more[0]),
                    _percent(one.fewer[1]),
                    _percent(one.more[1]),
                    report.number(one.correlation, 2),
                )
                for one in influences
            ],
            tr(
                "Shares of parcels that change zone or level when the weight alone is lowered or raised. "
                "Correlation: Spearman's, over the draws, of how far a weight is off and how many parcels "
                "change their zone."
            ),
        ),
    ]


def tornado(labels, lowered, raised, lowered_name, raised_name):
    """Tornado chart as an SVG element: bars to the left and to the right of a middle line.

    Parameters
    ----------
    labels : sequence of str
        Names of the rows, the widest bars first.
    lowered, raised : sequence of float
        Shares from 0 to 1 for the bars to the left and to the right; NaN is an empty bar.
    lowered_name, raised_name : str
        What the two sides mean.

    Returns
    -------
    str
    """
    largest = max([share for share in (*lowered, *raised) if share == share], default=0.0) or 1.0  # noqa: PLR0124
    left = 12 + _CHARACTER * max([_width(label) for label in labels], default=0)
    middle = left + 50 + _HALF
    height = _ROW * (len(labels) + 1) + 6
    parts = [
        charts.svg_text(middle - 8, 15, lowered_name, "end"),
        charts.svg_text(middle + 8, 15, raised_name, "start"),
    ]
    for row, (label, less, more) in enumerate(zip(labels, lowered, raised, strict=True), start=1):
        y = _ROW * row
        parts.append(charts.svg_text(left, y + 15, label, "end"))
        for share, sign, colour in ((less, -1, _LOWERED), (more, 1, _RAISED)):
            length = _HALF * np.nan_to_num(share) / largest
            start = middle - length if sign < 0 else middle
            parts.append(
                f'<rect x="{start:.1f}" y="{y + 4}" width="{length:.1f}" height="{_ROW - 8}" '
                f'fill="{colour}"/>'
            )
            anchor = "end" if sign < 0 else "start"
            parts.append(charts.svg_text(middle + sign * (length + 5), y + 15, _percent(share), anchor))
    parts.append(
        f'<line x1="{middle:.1f}" y1="{_ROW}" x2="{middle:.1f}" y2="{height - 4}" stroke="#1d2329"/>'
    )
    width = middle + _HALF + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" font-size="12" fill="#1d2329" role="img">{"".join(parts)}</svg>'
    )


def _width(text):
    """Width of a text in Latin characters; a Chinese one counts for nearly two."""
    return sum(1.8 if ord(character) > 0x2E7F else 0.9 for character in text)


def _percent(share):
    return "" if share != share else f"{100 * share:.1f} %"  # noqa: PLR0124 - NaN


def _mean_and_lowest(kept):
    return (_percent(kept.mean()), _percent(kept.min())) if kept.size else ("", "")
