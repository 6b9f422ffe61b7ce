"""The report on indicators: what repeats what, how values and scores spread, how firm the breaks are."""

import numpy as np

from .. import charts, report
from ..fields import level_label

_WIDTH, _HEIGHT, _GAP = 200, 54, 30
_VALUES, _SCORES = "#4878a8", "#6c9a5b"
_IDENTITY = "#e8e8e8"


def diagnostics_report(rows, names, columns, pairs, known, stability, limit, tr, language):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    rows : sequence of dict
        One per indicator, by the names of ``fields.DIAGNOSTICS``.
    names : dict
        Name of each indicator and score by its code.
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
    language : str
        "en" or "zh".

    Returns
    -------
    list of str
    """
    pieces = [_definitions(tr)]
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
        report.figure(
            correlation_matrix([row["indicator"] for row in rows], names, by_pair),
            tr(
                "All correlations: Pearson's below the diagonal, Spearman's above it; columns are numbered "
                "as the rows. Red: above 0, blue: below; empty: no variation or too few parcels."
            ),
        )
        if len(rows) > 1
        else "",
        report.heading(tr("Values and scores")),
        report.table(
            (
                tr("indicator"),
                tr("missing"),
                tr("no output"),
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
                    row["no_output"],
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
            tr(
                "Outliers lie beyond Tukey's fences, 1.5 interquartile ranges from the quartiles. Parcels "
                "without output have no consumption per output: they enter no column but their own and those "
                "of scores."
            ),
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
                [
                    (names[row[0]], row[1], _level(row, stability, language), *row[3:6], 100 * row[6])
                    for row in stability
                ],
                tr("Over {} samples of the parcels, drawn with replacement.").format(stability[0][7]),
            ),
        ]
    return pieces


def _definitions(tr):
    return report.definitions(
        (
            (
                tr("Pearson, Spearman"),
                tr(
                    "Correlation of the values and of their ranks, over the parcels with both: -1 opposed, 0 "
                    "unrelated, 1 alike."
                ),
            ),
            (
                tr("variance inflation"),
                tr(
                    "1/(1 - R²), R² of the indicator by all others: 1 where they tell nothing of it; above "
                    "10 they tell almost all."
                ),
            ),
            (
                tr("skewness"),
                tr("Third standardised moment: 0 for symmetry, above 0 for few large values."),
            ),
            (
                tr("parcels that keep it, %"),
                tr("Of the level's parcels, mean over the samples, each with breaks of its own."),
            ),
        )
    )


def _level(row, stability, language):
    """Name of a level, of as many as its score has."""
    return level_label(row[1], sum(other[0] == row[0] for other in stability), language)


def correlation_matrix(codes, names, by_pair):
    """Correlations as an SVG element: Pearson's below the diagonal, Spearman's above.

    Parameters
    ----------
    codes : sequence of str
        The indicators in order.
    names : dict
        Name of each indicator by its code.
    by_pair : dict
        Rows of ``fields.CORRELATIONS`` by two codes in order.

    Returns
    -------
    str
    """
    places = range(len(codes))
    known = {}
    for a in places:
        for b in range(a + 1, len(codes)):
            *_, known[b, a], known[a, b], _ = by_pair[codes[a], codes[b]]
    return charts.matrix(
        [f"{place + 1} {names[code]}" for place, code in enumerate(codes)],
        [str(place + 1) for place in places],
        [[report.number(known.get((a, b)), 2) for b in places] for a in places],
        [[_IDENTITY if a == b else charts.diverging(known[a, b]) for b in places] for a in places],
        cell=(38, 22),
    )


def histograms(values, scores, values_name, scores_name):
    """Histograms of values, far ones in the outermost bars, and of scores from 0, as an SVG element.

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
        parts.append(
            charts.histogram(values, charts.bulk(values), (0, _WIDTH, _HEIGHT), values_name, _VALUES)
        )
    top = max(100.0, float(np.nanmax(scores, initial=0.0)))
    box = _WIDTH + _GAP, _WIDTH, _HEIGHT
    parts.append(charts.histogram(scores, (0.0, top), box, scores_name, _SCORES))
    return charts.drawing(2 * _WIDTH + _GAP, _HEIGHT + 34, parts)
