"""The report of the industry check: agreement of the ranks, conflicts, and what could not be checked."""

from html import escape

from .. import charts, report
from ..fields import INDUSTRY_CHECKS, LEVEL_SHIFTS
from .industry_check import AGREES, NO_PARCEL, NO_PERFORMANCE, SINGLE

_SIDE = 360
_MARGIN = 46
_AGREES, _CONFLICTS, _LINE = "#4878a8", "#c46a4a", "#1d2329"
_LONGEST = 24
LISTED = 50
"""Parcels of the review list that the report shows."""


def industry_report(check, names, limit, measures, review, shifts, tr, language):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    check : IndustryCheck
    names : dict
        Name of an industry by its key, where there is one.
    limit : float
        Rank difference from which on ranks conflict.
    measures : sequence of (str, bool)
        Performance fields, and whether lower values are better.
    review : sequence of rows of `fields.REVIEW_LIST`
    shifts : dict or None
        Parcels by code of `fields.LEVEL_SHIFTS`; None where levels are not to be moved.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".

    Returns
    -------
    list of str
    """
    words = {term.code: term.label(language) for term in (*INDUSTRY_CHECKS, *LEVEL_SHIFTS)}
    compared = [one for one in check.industries if one.finding in (AGREES, SINGLE) or one.conflicts]
    return [
        report.heading(tr("Agreement of score and performance")),
        _correlations(check, measures, tr),
        *(
            [
                report.figure(
                    rank_chart(compared, limit, tr("rank by performance"), tr("rank by score")),
                    tr(
                        "One point per industry, rank 1 is the best. Outside the dashed lines ranks "
                        "conflict: above, industries score better than they perform, below, they perform "
                        "better."
                    ),
                )
            ]
            if compared
            else []
        ),
        report.heading(tr("Industries")),
        report.table(
            (
                tr("industry"),
                tr("parcels"),
                tr("area (ha)"),
                tr("output"),
                tr("mean score"),
                tr("rank"),
                tr("rank, compared"),
                tr("rank by performance"),
                tr("difference"),
                tr("finding"),
            ),
            [
                (
                    " ".join(filter(None, (one.key, names.get(one.key)))),
                    one.parcels,
                    report.number(one.area, 1),
                    report.number(one.output, 1),
                    report.number(one.score, 2),
                    *(
                        report.number(rank, 1)
                        for rank in (one.rank, one.compared_rank, one.performance_rank, one.difference)
                    ),
                    words[one.finding],
                )
                for one in check.industries
            ],
            tr(
                "Mean score: weighted by area. Equal values share their mean rank. Difference: rank by score "
                "less rank by performance among the industries that have both; {:g} and more is a conflict."
            ).format(limit),
            marked=[row for row, one in enumerate(check.industries) if one.conflicts],
        ),
        report.heading(tr("On one side only, or with one parcel")),
        *_lists(check, names, tr),
        *_shifts(shifts, words, tr),
        report.heading(tr("Parcels to review")),
        report.paragraph(
            tr("{} parcels; the first {} are shown, the widest conflicts and largest parcels first.").format(
                len(review), min(len(review), LISTED)
            )
        ),
        *(
            [
                report.table(
                    (tr("parcel"), tr("industry"), tr("area (ha)"), tr("score"), tr("level"), tr("finding")),
                    [
                        (
                            row[0],
                            " ".join(filter(None, row[1:3])),
                            report.number(row[3], 2),
                            report.number(row[4], 2),
                            row[5],
                            words[row[10]],
                        )
                        for row in review[:LISTED]
                    ],
                )
            ]
            if review
            else []
        ),
    ]


def _correlations(check, measures, tr):
    rows = [(tr("all together"), "", check.joint)] if len(measures) > 1 else []
    rows += [
        (name, tr("lower is better") if lower else tr("higher is better"), one)
        for (name, lower), one in zip(measures, check.measures, strict=True)
    ]
    return report.table(
        (
            tr("performance"),
            tr("direction"),
            tr("industries"),
            tr("Spearman"),
            "p",
            tr("Kendall's tau-b"),
            "p",
        ),
        [
            (
                name,
                direction,
                one.n,
                report.number(one.spearman, 3),
                report.number(one.spearman_p),
                report.number(one.kendall, 3),
                report.number(one.kendall_p),
            )
            for name, direction, one in rows
        ],
        tr("Two-sided p-values. 1 means that industries score exactly in the order in which they perform."),
    )


def _lists(check, names, tr):
    for title, members in (
        (
            tr("On parcels, but without performance"),
            [one for one in check.industries if one.finding == NO_PERFORMANCE],
        ),
        (
            tr("With performance, but without parcels"),
            [one for one in check.industries if one.finding == NO_PARCEL],
        ),
        (tr("One parcel"), [one for one in check.industries if one.parcels == 1]),
    ):
        listed = "; ".join(" ".join(filter(None, (one.key, names.get(one.key)))) for one in members)
        yield report.paragraph(f"{title}: {listed or '-'}")


def _shifts(shifts, words, tr):
    if shifts is None:
        return
    yield report.heading(tr("Levels moved"))
    yield report.table(
        (tr("reason"), tr("parcels")),
        [(words[term.code], shifts.get(term.code, 0)) for term in LEVEL_SHIFTS],
        tr("The evaluated level stays in its own field beside the moved one."),
    )


def rank_chart(industries, limit, x_title, y_title):
    """Scatter chart of ranks by performance and by score as an SVG element.

    Parameters
    ----------
    industries : sequence of Industry
        With both ranks. Those that conflict are named, the others on pointing.
    limit : float
        Rank difference from which on ranks conflict.
    x_title, y_title : str

    Returns
    -------
    str
    """
    n = max(len(industries), 2)

    def at(rank):
        return _MARGIN + _SIDE * (rank - 1) / (n - 1)

    end = _MARGIN + _SIDE
    parts = [
        f'<rect x="{_MARGIN - 10}" y="{_MARGIN - 10}" width="{_SIDE + 20}" height="{_SIDE + 20}" '
        f'fill="none" stroke="#c9d1d9"/>',
        _line(_MARGIN, _MARGIN, end, end),
    ]
    if limit <= n - 1:
        parts.append(_line(at(1), at(1 + limit), at(n - limit), end, ' stroke-dasharray="4 4"'))
        parts.append(_line(at(1 + limit), at(1), end, at(n - limit), ' stroke-dasharray="4 4"'))
    for rank in (1, n):
        parts.append(charts.svg_text(at(rank), _MARGIN - 16, f"{rank}", "middle"))
        parts.append(charts.svg_text(_MARGIN - 16, at(rank) + 4, f"{rank}", "end"))
    parts.append(charts.svg_text(_MARGIN + _SIDE / 2, _MARGIN - 16, f"{x_title} →", "middle"))
    parts.append(
        f'<g transform="translate({_MARGIN - 20} {_MARGIN + _SIDE / 2}) rotate(-90)">'
        f"{charts.svg_text(0, 0, f'← {y_title}', 'middle')}</g>"
    )
    for one in industries:
        x, y = at(one.performance_rank), at(one.compared_rank)
        colour = _CONFLICTS if one.conflicts else _AGREES
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}">'
            f"<title>{escape(one.key)}</title></circle>"
        )
        if one.conflicts:
            # Names run towards the middle, so that none leaves the page.
            left = x > _MARGIN + _SIDE / 2
            label = one.key if len(one.key) <= _LONGEST else f"{one.key[: _LONGEST - 1]}…"
            parts.append(charts.svg_text(x + (-9 if left else 9), y + 4, label, "end" if left else "start"))
    size = 2 * _MARGIN + _SIDE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" '
        f'font-size="12" fill="{_LINE}" role="img">{"".join(parts)}</svg>'
    )


def _line(x1, y1, x2, y2, style=""):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#8c959f"{style}/>'
