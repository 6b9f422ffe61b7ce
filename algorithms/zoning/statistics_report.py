"""The report of zone statistics: classes in total, by district and crossed, with bars of every quantity."""

from .. import charts, report
from ..fields import STATISTICS, class_terms, quantity_fields


def statistics_report(rows, quantities, names, tr, language):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    rows : sequence of tuple
        As `statistics_table.statistics_rows` returns them.
    quantities : sequence of str
        Names of the fields that were summed.
    names : dict
        What to call fields and quantities, by their names; others go by the name itself.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh": of the names of zones, levels and clusters.

    Returns
    -------
    list of str
    """
    fields = [*STATISTICS, *(field for name in quantities for field in quantity_fields(name))]
    known = [dict(zip((field.name for field in fields), row, strict=True)) for row in rows]
    for row in known:
        row["label"] = _named(row["section"], row["class"], row["label"], language)
    pieces = [_definitions(quantities, tr)]
    for section in dict.fromkeys(row["section"] for row in known):
        own = [row for row in known if row["section"] == section]
        whole = [row for row in own if not row["district"] and not row["cross"]]
        pieces += [
            report.heading(names.get(section, section)),
            *_total(whole[::-1], quantities, names, tr),
            *_districts([row for row in own if row["district"]], whole[::-1], tr),
            *_crossed([row for row in own if row["cross"]], whole[::-1], names, tr, language),
        ]
    return pieces


def _definitions(quantities, tr):
    meanings = [
        (
            tr("share"),
            tr(
                "Of the parcels that have a class and of their area; the shares of a section add up to 100 "
                "%, and so do those of each row of a crossed table."
            ),
        )
    ]
    if quantities:
        meanings += [
            (tr("mean, median"), tr("Over the parcels of the class that have a value and an area.")),
            (
                tr("ratio of means"),
                tr("Mean of the class by that of the lowest class with a mean above 0, which has 1."),
            ),
        ]
    return report.definitions(meanings)


def _total(rows, quantities, names, tr):
    labels = [row["label"] for row in rows]
    panels = [
        (
            tr("parcels (share)"),
            [row["parcels"] for row in rows],
            [_with_share(row["parcels"], row["share_n"]) for row in rows],
        ),
        (
            tr("hm² (share of area)"),
            [row["area_hm2"] for row in rows],
            [_with_share(report.number(row["area_hm2"], 2), row["share_area"]) for row in rows],
        ),
    ]
    pieces = [
        report.figure(charts.bar_panels(labels, panels)),
        report.table(
            (
                tr("class"),
                tr("parcels"),
                tr("share"),
                tr("hm²"),
                tr("share of area"),
                tr("by completed cells"),
            ),
            [
                (
                    label,
                    row["parcels"],
                    _percent(row["share_n"]),
                    report.number(row["area_hm2"], 2),
                    _percent(row["share_area"]),
                    row["completed"],
                )
                for label, row in zip(labels, rows, strict=True)
            ],
            right=(2, 3, 4),
        ),
    ]
    for name in quantities:
        title = names.get(name, name)
        sums = [row[f"{name}_sum"] for row in rows]
        means = [row[f"{name}_mean"] for row in rows]
        pieces += [
            report.heading(title, level=3),
            report.figure(
                charts.bar_panels(
                    labels,
                    (
                        (
                            tr("sum (share)"),
                            sums,
                            [
                                _with_share(_figure(total), row[f"{name}_share"])
                                for total, row in zip(sums, rows, strict=True)
                            ],
                        ),
                        (tr("mean per parcel"), means, [_figure(mean) for mean in means]),
                    ),
                )
            ),
            report.table(
                (
                    tr("class"),
                    tr("parcels with a value"),
                    tr("sum"),
                    tr("share"),
                    tr("mean"),
                    tr("median"),
                    tr("ratio of means"),
                ),
                [
                    (
                        label,
                        row[f"{name}_n"],
                        _figure(row[f"{name}_sum"]),
                        _percent(row[f"{name}_share"]),
                        _figure(row[f"{name}_mean"]),
                        _figure(row[f"{name}_median"]),
                        report.number(row[f"{name}_ratio"], 2),
                    )
                    for label, row in zip(labels, rows, strict=True)
                ],
                right=range(2, 7),
            ),
        ]
    return pieces


def _districts(rows, whole, tr):
    if not rows:
        return []
    cells = {(row["district"], row["class"]): row for row in rows}
    return [
        report.heading(tr("By district"), level=3),
        report.table(
            (tr("district"), *(row["label"] for row in whole)),
            [
                (district, *(_cell(cells.get((district, row["class"]))) for row in whole))
                for district in dict.fromkeys(row["district"] for row in rows)
            ],
            tr("Parcels and, in brackets, their share of the row."),
        ),
    ]


def _crossed(rows, whole, names, tr, language):
    if not rows:
        return []
    field = rows[0]["cross_fld"]
    codes = dict.fromkeys(row["cross"] for row in rows)
    cells = {(row["class"], row["cross"]): row for row in rows}
    return [
        report.heading(tr("Crossed with {}").format(names.get(field, field)), level=3),
        report.table(
            (tr("class"), *(_named(field, code, code, language) for code in codes)),
            [(row["label"], *(_cell(cells.get((row["class"], code))) for code in codes)) for row in whole],
            tr("Parcels and, in brackets, their share of the row."),
        ),
    ]


def _cell(row):
    return "" if row is None else _with_share(row["parcels"], row["share_n"])


def _named(field, code, label, language):
    """Code and name of a class, that of ours in the language."""
    known = {term.code: term.label(language) for term in class_terms(field)}
    name = known.get(code, label)
    return name if name == code else f"{code} {name}"


def _with_share(value, share):
    shown = _percent(share)
    return f"{value} ({shown})" if shown else str(value)


def _percent(share):
    return f"{report.number(100 * share, 1)} %" if report.number(share) else ""


def _figure(value):
    """A sum or mean of any size, to four figures at least."""
    if abs(value) >= 1000:
        return report.number(value, 0)
    return f"{value:.4g}" if report.number(value) else ""
