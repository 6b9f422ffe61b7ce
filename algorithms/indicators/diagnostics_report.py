"""The report on indicators: what repeats what, how values and scores spread, how firm the breaks are."""

from html import escape

import numpy as np

from .. import report

_BINS = 20
_WIDTH, _HEIGHT, _GAP = 200, 54, 30
_VALUES, _SCORES = "#4878a8", "#6c9a5b"


def diagnostics_report(rows, names, columns, pairs, known, stability, limit, tr):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    rows : sequence of dict
        One per indicator, by the names of ``fields.DIAGNOSTICS``.
    names : dict
        Name of each indicator by its code.
    columns : dict
        Values (n,) and scores (n,) of each indicator by its code, None for values of a whole score,
        NaN where missing.
    pairs : sequence of tuple
        Rows of ``fields.CORRELATIONS``, the strongest first.
    known : sequence of (str, str)
        Pairs of indicators that overlap by design.
    stability : sequence of tuple
        Rows of ``fields.BREAK_STABILITY``.
    limit : float
        Correlation that counts as overlap.
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
    """
    pieces = []
    by_pair = {pair[:2]: pair for pair in pairs}
    inflation = {row["indicator"]: row["vif"] for row in rows}
    header = (tr("indicator"), tr("indicator"), tr("parcels"), tr("Pearson"), tr("Spearman"))
    designed = [by_pair[pair] for pair in known if pair in by_pair]
    if designed:
        pieces += [
            report.heading(tr("What overlaps by design")),
            report.paragraph(
                tr(
                    "A total and the same figure per mu differ by the area of the parcel alone, and flags of "
                    "good enterprises go together: what they measure counts twice in the composite."
                )
            ),
            report.table(
                (*header, tr("inflation of the first"), tr("inflation of the second")),
                [
                    (names[a], names[b], count, pearson, spearman, inflation[a], inflation[b])
                    for a, b, count, pearson, spearman, _ in designed
                ],
                tr("Correlation and variance inflation factor."),
            ),
        ]
    overlapping = [pair for pair in pairs if pair[-1]]
    pieces += [
        report.heading(tr("What overlaps in these parcels")),
        report.table(
            header,
            [(names[a], names[b], *rest) for a, b, *rest, _ in overlapping],
            tr("Pairs whose Pearson or Spearman correlation is {:g} or more.").format(limit),
        )
        if overlapping
        else report.paragraph(tr("No pair has a correlation of {:g} or more.").format(limit)),
        report.heading(tr("Values and scores")),
        report.table(
            (
                tr("indicator"),
                tr("missing"),
                tr("zero"),
                tr("below 0"),
                tr("outliers"),
                tr("median"),
                tr("maximum"),
                tr("skewness"),
                tr("mean score"),
                tr("score below 10, %"),
                tr("variance inflation"),
            ),
            [
                (
                    names[row["indicator"]],
                    row["missing"],
                    row["zeros"],
                    row["negative"],
                    None if row["out_low"] is None else row["out_low"] + row["out_high"],
                    row["median"],
                    row["maximum"],
                    row["skewness"],
                    row["score_mean"],
                    None if row["score_10"] is None else 100 * row["score_10"],
                    row["vif"],
                )
                for row in rows
            ],
            tr("Outliers lie beyond Tukey's fences, 1.5 interquartile ranges from the quartiles."),
        ),
        *(
            report.figure(histograms(values, scores, tr("values"), tr("scores")), names.get(code, code))
            for code, (values, scores) in columns.items()
        ),
    ]
    if stability:
        pieces += [
            report.heading(tr("Stability of breaks")),
            report.table(
                (
                    tr("score"),
                    tr("level"),
                    tr("name"),
                    tr("upper limit"),
                    tr("5th percentile"),
                    tr("95th percentile"),
                    tr("parcels that keep it, %"),
                ),
                [(*row[:6], 100 * row[6]) for row in stability],
                tr("Over {} samples of the parcels, drawn with replacement.").format(stability[0][7]),
            ),
        ]
    return pieces


def histograms(values, scores, values_name, scores_name):
    """Histograms of values, from their least to their largest, and of scores from 0, as an SVG element.

    Parameters
    ----------
    values : (n,) float or None
        NaN where missing; None leaves the left half empty.
    scores : (n,) float
    values_name, scores_name : str
        What the halves show.

    Returns
    -------
    str
    """
    parts = []
    if values is not None:
        parts.append(_histogram(values, None, 0, values_name, _VALUES))
    top = max(100.0, float(np.nanmax(scores, initial=0.0)))
    parts.append(_histogram(scores, (0.0, top), _WIDTH + _GAP, scores_name, _SCORES))
    width, height = 2 * _WIDTH + _GAP, _HEIGHT + 34
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-size="11" fill="#1d2329" role="img">{"".join(parts)}</svg>'
    )


def _histogram(column, limits, left, name, colour):
    known = column[np.isfinite(column)]
    if not known.size:
        return ""
    counts, edges = np.histogram(known, _BINS, limits)
    step = _WIDTH / _BINS
    base = _HEIGHT + 16
    bars = "".join(
        f'<rect x="{left + step * k:.1f}" y="{base - _HEIGHT * count / counts.max():.1f}" '
        f'width="{step - 1:.1f}" height="{_HEIGHT * count / counts.max():.1f}" fill="{colour}"/>'
        for k, count in enumerate(counts.tolist())
    )
    return (
        f'<text x="{left}" y="11">{escape(name)}</text>{bars}'
        f'<text x="{left}" y="{base + 13}">{edges[0]:.4g}</text>'
        f'<text x="{left + _WIDTH}" y="{base + 13}" text-anchor="end">{edges[-1]:.4g}</text>'
    )
