"""The report of natural breaks: how values spread, the breaks, and the fit by number of classes."""

import numpy as np

from .. import charts
from ..report import cut_axis, definitions, figure, heading, number, paragraph, table, warning
from .levels import FIXED

_SHOWN = 40
_DRAWN = 24
_PERCENT = 100


def breaks_report(field, values, levels, curve, tr, language, drawn="", members=None, names=()):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    field : str
        Name of the column.
    values : (n,) float
        NaN where missing.
    levels : QualityLevels
    curve : sequence of tuple
        Rows of `fields.GVF_CURVE`.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".
    drawn : str, optional
        Map of the levels, as HTML.
    members : (n,) int, optional
        Group of each parcel, as a position in ``names``.
    names : sequence of str, optional
        Names of the groups.

    Returns
    -------
    list of str
    """
    known = int(np.isfinite(values).sum())
    pieces = [
        table(
            (),
            [
                (tr("parcels"), values.size),
                (tr("with a value, classified"), known),
                (tr("excluded: without a value"), levels.excluded),
            ],
        )
    ]
    if levels.excluded:
        pieces.append(warning(tr("{} parcels have no value and get no level.").format(levels.excluded)))
    if levels.above:
        pieces.append(
            warning(
                tr("{} parcels lie above the highest fixed limit and get the highest level.").format(
                    levels.above
                )
            )
        )
    alone = levels.groups[0] if len(levels.groups) == 1 else None
    limits = charts.bulk(values)
    breaks = alone.breaks.upper[:-1].tolist() if alone else []
    marks = [(limit, f"{limit:.4g}") for limit in breaks]
    text = (
        tr("The lines are the breaks: upper limits of the levels but the highest, closed on the right.")
        if alone
        else tr("All groups together; each has breaks of its own, listed below.")
    )
    pieces += [
        heading(tr("Values and breaks")),
        figure(
            charts.distribution(values, field, tr("parcels"), marks, limits),
            " ".join([text, *cut_axis(values, limits, breaks, tr)]),
        ),
        *_tables(levels, tr, language, values, members, names),
        drawn,
        *_fit(levels, curve, alone, tr),
        definitions(
            (
                (tr("level"), tr("Counts up with the values: 1 is the lowest. Equal values share a level.")),
                (tr("share, %"), tr("Parcels of the level per 100 parcels with a value in the same group.")),
                (
                    tr("GVF, goodness of variance fit"),
                    tr(
                        "1 - SSW / SST: SSW is the sum of the squared deviations from the means of the "
                        "classes, SST that from the mean of all. 1 is a perfect fit, 0 is one class."
                    ),
                ),
                (tr("gain"), tr("GVF above that of one class fewer.")),
            )
        ),
    ]
    return pieces


def _tables(levels, tr, language, values, members, names):
    header = (
        tr("level"),
        tr("name"),
        tr("above"),
        tr("up to"),
        tr("parcels"),
        tr("share, %"),
    )
    rows = {}
    for _, group, level, label, lower, upper, count, share, *_ in levels.rows("", language):
        limits = ("" if lower is None else f"{lower:.6g}", f"{upper:.6g}")
        rows.setdefault(group, []).append((level, label, *limits, count, number(_PERCENT * share, 1)))
    ordered = sorted(levels.groups, key=lambda group: group.breaks.gvf)
    grouped = len(ordered) > 1 or bool(ordered[0].group)
    pieces = [heading(tr("Breaks"))]
    if grouped:
        worst = ordered[0]
        pieces += [
            paragraph(
                tr("Lowest goodness of variance fit: {:.4f}, group {}.").format(
                    worst.breaks.gvf, worst.group or tr("(no name)")
                )
            ),
        ]
    largest = sorted(ordered, key=lambda group: -int(group.breaks.counts.sum()))[:_DRAWN]
    if grouped and len(ordered) > _DRAWN:
        pieces.append(
            paragraph(tr("Histograms of the {} largest groups, of {}.").format(_DRAWN, len(ordered)))
        )
    for group in ordered[:_SHOWN]:
        fixed = tr("Fixed breaks") if group.source == FIXED else tr("Natural breaks")
        caption = tr("{}, {} parcels; goodness of variance fit {:.4f}").format(
            fixed, int(group.breaks.counts.sum()), group.breaks.gvf
        )
        if grouped:
            pieces.append(heading(group.group or tr("(no name)"), 3))
            if members is not None and group in largest:
                own = values[members == names.index(group.group)]
                pieces.append(_small_histogram(own, group.breaks.upper[:-1].tolist(), tr))
        pieces.append(table(header, rows[group.group], caption, right={2, 3, 5}))
    if len(ordered) > _SHOWN:
        pieces.append(
            paragraph(
                tr("The {} groups of the lowest fit, of {}; the table of breaks has all.").format(
                    _SHOWN, len(ordered)
                )
            )
        )
    return pieces


def _small_histogram(values, breaks, tr):
    """A histogram of one group with its breaks."""
    limits = charts.bulk(values)
    svg = charts.small_histogram(values, limits, tr("parcels"), breaks)
    return figure(svg, " ".join(cut_axis(values, limits, breaks, tr)))


def _fit(levels, curve, alone, tr):
    """Curve and table of the fit by number of classes; the chosen number is marked."""
    pieces = [heading(tr("Fit by number of classes"))]
    if not curve:
        return [*pieces, paragraph(tr("All values are equal: there is nothing to divide."))]
    marked = [
        (position, tr("chosen: {}").format(row[0]))
        for position, row in enumerate(curve)
        if row[0] == levels.classes
    ]
    text = tr("Natural breaks over all parcels. Look for where the gain becomes small.")
    if not alone or alone.source == FIXED:
        text += " " + tr("The breaks of this run are not those of the curve; the ring marks their number.")
    return [
        *pieces,
        figure(
            charts.curve(
                [(row[0], row[1]) for row in curve],
                tr("number of classes"),
                tr("GVF, goodness of variance fit"),
                marked,
            ),
            text,
        ),
        table(
            (tr("classes"), "GVF", tr("gain")),
            [row[:3] for row in curve],
            marked={position for position, _ in marked},
        ),
    ]
