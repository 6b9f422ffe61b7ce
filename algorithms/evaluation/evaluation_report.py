"""The report of an evaluation: what was evaluated, by which weights, levels, clusters and zones."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from .. import charts, report
from ..fields import CLUSTERS, DIRECTIONS, MORAN, TARGET_SOURCES, TERMS, UNITS, Field, term_label
from ..indicators.index_system import IndexSystem
from ..scoring.target_scores import lacking_in_words
from ..zoning.cross_tabulation import CrossTabulation
from ..zoning.zone_matrix import ZoneMatrix
from ..zoning.zone_statistics import cross_counts
from ..zoning.zoning_report import agreement_pieces, matrix_pieces, zone_pieces

LONGEST = 100
"""Excluded parcels that are shown; the table has them all."""

_HIGH_AMONG_HIGH = "HH"


@dataclass(frozen=True)
class Score:
    """A score of n parcels with its levels.

    field : Field; values : (n,) float, NaN where a parcel is not scored; levels : QualityLevels.
    """

    field: Field
    values: np.ndarray
    levels: object


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation of n parcels found, as its report tells it.

    Attributes
    ----------
    parcels : int
    excluded : list of (str, str)
        Parcels that are not scored and the indicators that they lack.
    system : IndexSystem
        With the weights and targets that were used.
    targets : str
        How many targets were given, derived and assumed.
    scores : sequence of Score
        The composite last.
    moran : sequence of tuple
        Rows of ``fields.MORAN``.
    clusters : list of n str or None
        Codes of ``fields.CLUSTERS`` by the composite.
    zones : CrossTabulation
    matrix : ZoneMatrix
    terms : sequence of Term
        The zones, low first.
    area : (n,) float
        Hectares, NaN where unknown.
    districts : list of n str or None
        "" where a parcel has none; None without districts.
    confusion, agreement : sequence of tuple
        Rows of ``fields.ZONE_CONFUSION`` and ``fields.AGREEMENT_TABLE``.
    maps : dict, optional
        HTML of the maps of "levels", "clusters" and "zones".
    colours : dict, optional
        Colour of each zone as #rrggbb by its number.
    """

    parcels: int
    excluded: list
    system: IndexSystem
    targets: str
    scores: tuple
    moran: list
    clusters: list
    zones: CrossTabulation
    matrix: ZoneMatrix
    terms: tuple
    area: np.ndarray
    districts: list | None
    confusion: list
    agreement: list
    maps: dict = field(default_factory=dict)
    colours: dict = field(default_factory=dict)


def evaluation_report(found, tr, language):
    """HTML pieces for `report.document`.

    Parameters
    ----------
    found : Evaluation
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".

    Returns
    -------
    list of str
    """
    return [
        *_evaluated(found, tr, language),
        *_weights(found.system, tr, language),
        *_levels(found.scores, tr, language),
        found.maps.get("levels", ""),
        *_moran(found, tr, language),
        *_clusters(found, tr, language),
        found.maps.get("clusters", ""),
        *matrix_pieces(found.matrix, found.zones, tr, found.colours),
        *zone_pieces(found.zones, found.terms, found.area, tr, language, found.maps.get("zones", "")),
        *_districts(found, tr, language),
        *agreement_pieces(found.confusion, found.agreement, tr, language),
    ]


def _evaluated(found, tr, language):
    pieces = [
        report.heading(tr("What was evaluated")),
        report.table(
            (),
            [
                (tr("Parcels of the layer"), found.parcels),
                (tr("Evaluated parcels"), found.parcels - len(found.excluded)),
                (tr("Excluded parcels"), len(found.excluded)),
                (tr("Indicators"), len(found.system.indicators)),
                (tr("Targets"), found.targets),
            ],
        ),
        report.paragraph(
            tr(
                "Given targets stand in the index system. Derived ones come from these parcels: the 95th "
                "percentile where more is better, the 5th of the positive values where less is better, 10 "
                "for ratings; scores against them compare the parcels with each other, not with a "
                "standard. Assumed ones are to be verified. Flags need none."
            )
        ),
    ]
    if not found.excluded:
        return pieces
    names = _names(found.system, language)
    if len(found.excluded) > LONGEST:
        pieces.append(report.paragraph(tr("The first {}; the table has them all.").format(LONGEST)))
    return [
        *pieces,
        report.table(
            (tr("excluded parcel"), tr("lacks")),
            [(parcel, lacking_in_words(lacks, names, tr)) for parcel, lacks in found.excluded[:LONGEST]],
            tr("Not scored, without level and zone; their other values stay in the layer."),
        ),
    ]


def _names(system, language):
    """Name of each indicator by its code."""
    return {
        row.indicator: row.name_zh if language == "zh" and row.name_zh else row.name
        for row in system.indicators
    }


def _weights(system, tr, language):
    names = _names(system, language).values()
    weights = [
        (
            name,
            TERMS[row.dimension].label(language) if row.dimension in TERMS else row.dimension,
            *(report.number(value, 4) for value in (row.weight_local, row.weight_dim, row.weight)),
        )
        for name, row in zip(names, system.indicators, strict=True)
    ]
    targets = [
        (
            name,
            term_label(DIRECTIONS, row.direction, language),
            term_label(UNITS, row.unit, language),
            _target(row),
            term_label(TARGET_SOURCES, row.target_src, language),
        )
        for name, row in zip(names, system.indicators, strict=True)
    ]
    return [
        report.heading(tr("Weights")),
        report.table(
            (tr("indicator"), tr("dimension"), tr("in the dimension"), tr("of the dimension"), tr("weight")),
            weights,
            tr(
                "Weight: that in the dimension times that of the dimension; all weights add up to 1, "
                "and so do those in each dimension."
            ),
            right=(2, 3, 4),
        ),
        report.heading(tr("Targets")),
        report.table(
            (tr("indicator"), tr("direction"), tr("unit"), tr("target"), tr("source of the target")),
            targets,
            tr(
                "An indicator scores 0 to 100 by how far it reaches its target, an interval by its limits, a "
                "flag 0 or 100. Marked: targets that are derived or assumed."
            ),
            marked=[
                position
                for position, row in enumerate(system.indicators)
                if row.target_src.startswith(("derived", "assumed"))
            ],
            right=(3,),
        ),
    ]


def _target(row):
    """Target of an indicator, or its limits, as text."""
    if np.isfinite(row.target):
        return f"{row.target:.6g}"
    return " - ".join(f"{limit:.6g}" for limit in (row.lower, row.upper) if np.isfinite(limit))


def _levels(scores, tr, language):
    pieces = [
        report.heading(tr("Scores and levels")),
        report.paragraph(
            tr(
                "Score of a dimension: sum of its indicators' scores by their weights in it; layers and "
                "composite are means of dimensions by the dimensions' weights. Natural breaks divide a score "
                "where the sum of squared deviations from the means of the levels is smallest. A level runs "
                "from above its lower limit up to and including its upper limit. GVF, goodness of variance "
                "fit: 1 less the squared deviations within the levels by those from the overall mean; 1 is "
                "perfect. Histograms count parcels, lines mark the breaks."
            )
        ),
    ]
    for score in scores:
        levels = score.levels.rows(score.field.name, language)
        (gvf,) = {row[8] for row in levels}
        name = f"{score.field.alias(language)} ({score.field.name})"
        pieces += [
            report.heading(name, level=3),
            report.figure(score_histogram(score.values, [row[5] for row in levels[:-1]], tr("parcels"))),
            report.table(
                (tr("level"), tr("above"), tr("up to"), tr("parcels"), tr("share")),
                [
                    (
                        f"{level} {label}",
                        report.number(lower, 2),
                        report.number(upper, 2),
                        count,
                        _percent(share),
                    )
                    for _, _, level, label, lower, upper, count, share, *_ in reversed(levels)
                ],
                tr("Fixed breaks, GVF {:.3f}.").format(gvf)
                if levels[0][9] == "fixed"
                else tr("Natural breaks, GVF {:.3f}.").format(gvf),
                right=(1, 2, 4),
            ),
        ]
    return pieces


def score_histogram(values, breaks, name):
    """Histogram of a score from 0 to 100, or to its largest value, with its breaks, as an SVG element.

    Parameters
    ----------
    values : (n,) float
        NaN where missing.
    breaks : sequence of float
        Those off the axis are left out.
    name : str
        What is counted.
    """
    top = max(100.0, float(np.nanmax(values, initial=0.0)))
    return charts.small_histogram(values, (0.0, top), name, breaks)


def _moran(found, tr, language):
    names = {score.field.name: score.field.alias(language) for score in found.scores}
    rows = [dict(zip((field.name for field in MORAN), row, strict=True)) for row in found.moran]
    return [
        report.heading(tr("Spatial autocorrelation")),
        report.table(
            (
                tr("score"),
                tr("parcels"),
                tr("without neighbours"),
                tr("Moran's I"),
                tr("expected"),
                tr("z"),
                tr("p"),
                tr("Geary's C"),
                tr("z of C"),
            ),
            [
                (
                    names[row["field"]],
                    row["parcels"],
                    row["islands"],
                    row["moran_i"],
                    row["expected"],
                    report.number(row["z"], 2),
                    f"{row['p']:.3g}",
                    row["geary_c"],
                    report.number(row["c_z"], 2),
                )
                for row in rows
            ],
            tr(
                "Moran's I above its expectation, -1/(n - 1): like parcels lie near each other. z: distance "
                "from the expectation in standard deviations under randomisation; p is two-sided. Geary's C "
                "is 1 by chance, and below 1 where neighbours are alike. The neighbours are those of the "
                "settings at the end."
            ),
            right=(5, 6, 8),
        ),
    ]


def _clusters(found, tr, language):
    best = len(found.terms)
    zones = range(best, 0, -1)
    counts = Counter(zip(found.clusters, found.zones.zone.tolist(), strict=True))
    of_best = int((found.zones.zone == best).sum())
    high = counts[_HIGH_AMONG_HIGH, best]
    pieces = [
        report.heading(tr("Local clusters of the composite")),
        report.table(
            (tr("cluster"), tr("parcels"), *(tr("zone {}").format(zone) for zone in zones)),
            [
                (
                    f"{term.code} {term.label(language)}",
                    sum(count for (code, _), count in counts.items() if code == term.code),
                    *(counts[term.code, zone] for zone in zones),
                )
                for term in CLUSTERS
            ],
            tr(
                "High or low: above or below the mean; the parcel first, then its neighbours' mean. Clusters "
                "are parcels whose local Moran's I is significant by the level and correction of the "
                "settings at the end. They never move a zone."
            ),
        ),
    ]
    if of_best:
        pieces.append(
            report.paragraph(
                tr("{} of the {} parcels of zone {} ({:.0f} %) lie in significant HH clusters.").format(
                    high, of_best, best, 100 * high / of_best
                )
            )
        )
    return pieces


def _districts(found, tr, language):
    """Zones by district."""
    if found.districts is None:
        return []
    best_first = range(len(found.terms), 0, -1)
    districts = sorted(set(found.districts))
    known = np.where(np.isfinite(found.area), found.area, 0.0)
    place = np.array([districts.index(district) for district in found.districts])
    tables = [
        cross_counts(place, found.zones.zone, range(len(districts)), best_first, weights)
        for weights in (None, known)
    ]
    return [
        report.table(
            (tr("district"), *(f"{zone} {found.terms[zone - 1].label(language)}" for zone in best_first)),
            [
                (district or tr("no district"), *(f"{int(n)} ({ha:.2f})" for n, ha in zip(*row, strict=True)))
                for district, *row in zip(districts, *tables, strict=True)
            ],
            tr("One zone, one policy: parcels and, in brackets, their hectares by district and zone."),
        ),
    ]


def _percent(share):
    return "" if share != share else f"{100 * share:.1f} %"  # noqa: PLR0124 - NaN
