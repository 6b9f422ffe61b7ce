"""The report of an evaluation: every section, by hand-made results whose figures are known."""

import re

import numpy as np
import pytest
from parcel_agglomeration.algorithms import fields
from parcel_agglomeration.algorithms.classification.levels import FixedLimits, quality_levels
from parcel_agglomeration.algorithms.evaluation.evaluation_report import (
    Evaluation,
    Score,
    evaluation_report,
    score_histogram,
)
from parcel_agglomeration.algorithms.fields import AGREEMENT_TABLE, COMPOSITE_SCORE, MORAN, ZONES
from parcel_agglomeration.algorithms.indicators.index_system import (
    COLUMNS,
    DIRECTIONS,
    IndexSystem,
    Indicator,
)
from parcel_agglomeration.algorithms.report import document
from parcel_agglomeration.algorithms.scoring.target_scores import DERIVED
from parcel_agglomeration.algorithms.zoning.cross_tabulation import cross_tabulate
from parcel_agglomeration.algorithms.zoning.zone_matrix import preset_matrix

NAN = float("nan")
EVIL = "<b>north</b> & south"


def indicator(code, **settings):
    empty = dict.fromkeys(COLUMNS, "") | dict.fromkeys(("target", "lower", "upper"), NAN)
    weights = {"weight_local": 0.5, "weight_dim": 1.0, "weight": 0.5}
    return Indicator(**(empty | weights | {"indicator": code, "name": code, "dimension": "effic"} | settings))


def row_of(fields, **figures):
    return tuple(figures.get(field.name) for field in fields)


@pytest.fixture
def found():
    """Six parcels: the fourth and fifth by completed cells, the last not scored."""
    economy, land = np.array([4, 4, 3, 3, 2, 0]), np.array([4, 3, 2, 1, 1, 0])
    matrix = preset_matrix("completed")
    values = np.array([90.0, 80.0, 60.0, 55.0, 20.0, NAN])
    return {
        "parcels": 6,
        "excluded": [(EVIL, "tax")],
        "system": IndexSystem(
            (
                indicator("output", name=EVIL, direction="benefit", target=120.0, target_src="derived: P95"),
                indicator("green", direction="interval", lower=0.0, upper=20.0, target_src="plan"),
            )
        ),
        "targets": "1 given, 1 derived, 0 assumed",
        "scores": (Score(COMPOSITE_SCORE, values, quality_levels(values, 4)),),
        "moran": [
            row_of(
                MORAN, field="composite", parcels=5, islands=1, moran_i=0.25, expected=-0.25, z=1.5, p=0.1336,
                geary_c=0.7, c_z=-1.2,
            )
        ],
        "clusters": ["HH", "ns", "HH", "ns", "LL", None],
        "zones": cross_tabulate(economy, land, matrix),
        "matrix": matrix,
        "terms": ZONES,
        "area": np.array([1.0, 2.0, 3.0, NAN, 4.0, 5.0]),
        "districts": [EVIL, EVIL, "east", "east", "east", ""],
        "confusion": [(4, 4, 1, 0.2, 1.0, 0.1), (4, 3, 1, 0.2, 2.0, 0.2), (3, 4, 0, 0.0, 0.0, 0.0),
                      (3, 3, 2, 0.4, 3.0, 0.3)],
        "agreement": [
            row_of(AGREEMENT_TABLE, first="zone", second="compos_lvl", measure="parcels", agreement=0.75,
                   kappa=0.6, kappa_lin=0.61, kappa_quad=0.62, cramers_v=0.8)
        ],
    }  # fmt: skip


def page(found):
    return "\n".join(evaluation_report(Evaluation(**found), lambda text: text, "en"))


def cells(html, caption):
    """Rows of the table whose caption begins with a text."""
    (table,) = (part for part in re.findall(r"<table>.*?</table>", html, re.DOTALL) if caption in part)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr.*?</tr>", table)][1:]


def test_every_section_is_there_in_order(found):
    headings = re.findall(r"<h2>(.*?)</h2>", page(found))
    assert headings == [
        "What was evaluated",
        "Weights",
        "Targets",
        "Scores and levels",
        "Spatial autocorrelation",
        "Local clusters of the composite",
        "Zone matrix",
        "Zones",
        "Zone and composite level",
    ]


def test_excluded_parcels_are_counted_and_named(found):
    html = page(found)
    assert '<td>Evaluated parcels</td><td class="number">5</td>' in html
    assert cells(html, "Not scored") == [["&lt;b&gt;north&lt;/b&gt; &amp; south", "tax"]]
    found["excluded"] = [(str(number), "tax") for number in range(101)]
    html = page(found)
    assert "The first 100;" in html and len(cells(html, "Not scored")) == 100


def test_nothing_excluded_is_no_list(found):
    assert "excluded parcel" not in page(found | {"excluded": []})


def test_targets_that_are_not_given_stand_out(found):
    html = page(found)
    assert html.count('<tr class="marked">') == 1
    assert [row[3:] for row in cells(html, "An indicator scores")] == [
        ["120", "derived: P95"],
        ["0 - 20", "plan"],
    ]


def test_codes_have_names_in_the_language_of_the_reader(found):
    chinese = "\n".join(evaluation_report(Evaluation(**found), lambda text: text, "zh"))
    for code, name in (("benefit", "效益型（越大越优）"), ("interval", "区间型（区间内最优）")):
        assert f"<td>{name}</td>" in chinese and f"<td>{code}</td>" not in chinese
    assert [term.code for term in fields.DIRECTIONS] == list(DIRECTIONS)
    assert {*DERIVED.values(), "given"} < {term.code for term in fields.TARGET_SOURCES}


def test_what_a_parcel_lacks_is_told_by_name(found):
    found["excluded"] = [("7", "green, output (negative)")]
    evil = "&lt;b&gt;north&lt;/b&gt; &amp; south"
    assert cells(page(found), "Not scored") == [["7", f"green, {evil} (negative)"]]


def test_levels_have_limits_counts_and_fit(found):
    # Of 20, 55, 60, 80, 90 four levels join 55 and 60: GVF 1 - 12.5 / 3020.
    assert cells(page(found), "Natural breaks, GVF 0.996.") == [
        ["4 high", "80.00", "90.00", "1", "20.0 %"],
        ["3 relatively high", "60.00", "80.00", "1", "20.0 %"],
        ["2 general", "20.00", "60.00", "2", "40.0 %"],
        ["1 low", "", "20.00", "1", "20.0 %"],
    ]


def test_fixed_breaks_are_called_so(found):
    values = found["scores"][0].values
    fixed = FixedLimits("composite", {"": np.array([25.0, 50.0, 75.0, 100.0])})
    found["scores"] = (Score(COMPOSITE_SCORE, values, quality_levels(values, 4, fixed=fixed)),)
    html = page(found)
    assert "Fixed breaks, GVF" in html and "Natural breaks, GVF" not in html


def test_a_histogram_counts_every_score_and_marks_breaks_on_its_axis():
    svg = score_histogram(np.array([0.0, 4.9, 50.0, 100.0, NAN]), [25.0, 50.0, 130.0], "<parcels>")
    heights = [float(height) for height in re.findall(r'<rect [^>]*height="([\d.]+)"', svg)]
    assert len(heights) == 20 and heights[0] == 60 and sum(heights) == 60 + 2 * 30
    assert re.findall(r'<line x1="([\d.]+)"', svg) == ["120.0", "240.0"]
    assert "&lt;parcels&gt;" in svg and "130" not in svg


def test_global_moran_has_a_row_per_score(found):
    assert cells(page(found), "Moran's I above".replace("'", "&#x27;")) == [
        ["composite score", "5", "1", "0.2500", "-0.2500", "1.50", "0.134", "0.7000", "-1.20"]
    ]


def test_clusters_are_crossed_with_zones(found):
    html = page(found)
    table = {row[0][:2]: row[1:] for row in cells(html, "High or low: above")}
    assert table["HH"] == ["2", "1", "1", "0", "0"] and table["LL"] == ["1", "0", "0", "1", "0"]
    assert "1 of the 2 parcels of zone 4 (50 %) lie in significant HH clusters" in html


def test_without_zone_4_no_share_is_told(found):
    found["zones"] = cross_tabulate(np.array([1] * 5 + [0]), np.array([1] * 5 + [0]), found["matrix"])
    html = page(found)
    assert "lie in significant HH clusters" not in html and "nan" not in html.lower()


def test_completed_cells_of_the_matrix_are_marked_and_counted(found):
    html = page(found)
    assert cells(html, "Zone by economic level") == [
        ["economy 4", "4 (1)", "4 (1)", "3 (0)", "3* (0)"],
        ["economy 3", "4 (0)", "4 (0)", "3 (1)", "3* (1)"],
        ["economy 2", "2 (0)", "2 (0)", "2* (0)", "2* (1)"],
        ["economy 1", "1 (0)", "1 (0)", "1 (0)", "1 (0)"],
    ]
    assert "2 parcels have their zone by a completed cell." in html


def test_open_cells_are_told(found):
    found["matrix"] = preset_matrix("printed")
    found["zones"] = cross_tabulate(
        np.array([4, 4, 3, 3, 2, 0]), np.array([4, 3, 2, 1, 1, 0]), found["matrix"]
    )
    html = page(found)
    assert "2 parcels lie in cells without a zone and have none." in html
    assert cells(html, "Zone by economic level")[2][3:] == ["– (0)", "– (1)"]


def test_zones_by_parcels_area_and_district(found):
    html = page(found)
    # 10 known hectares of the five parcels that have a zone.
    assert [row[1:] for row in cells(html, "Shares are of the parcels")] == [
        ["2", "40.0 %", "3.00", "30.0 %", "0"],
        ["2", "40.0 %", "3.00", "30.0 %", "1"],
        ["1", "20.0 %", "4.00", "40.0 %", "1"],
        ["0", "0.0 %", "0.00", "0.0 %", "0"],
    ]
    assert cells(html, "One zone, one policy") == [
        ["no district", "0 (0.00)", "0 (0.00)", "0 (0.00)", "0 (0.00)"],
        ["&lt;b&gt;north&lt;/b&gt; &amp; south", "2 (3.00)", "0 (0.00)", "0 (0.00)", "0 (0.00)"],
        ["east", "0 (0.00)", "2 (3.00)", "1 (4.00)", "0 (0.00)"],
    ]
    assert "One zone, one policy" not in page(found | {"districts": None})


def test_areas_that_nobody_knows_stay_empty(found):
    html = page(found | {"area": np.full(6, NAN), "districts": None})
    assert cells(html, "Shares are of the parcels")[0][1:] == ["2", "40.0 %", "", "", "0"]
    assert "nan" not in html.lower()


def test_bars_of_zones_show_the_figures_of_their_table(found):
    html = page(found)
    (svg,) = (part for part in re.findall(r"<svg.*?</svg>", html, re.DOTALL) if "parcels (share)" in part)
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg)
    assert texts[4:] == [
        *("parcels (share)", "2 (40.0 %)", "2 (40.0 %)", "1 (20.0 %)", "0 (0.0 %)"),
        *("hm² (share of area)", "3.00 (30.0 %)", "3.00 (30.0 %)", "4.00 (40.0 %)", "0.00 (0.0 %)"),
    ]
    lengths = [float(length) for length in re.findall(r'<rect [^>]*width="([\d.]+)"', svg)]
    assert lengths == [130.0, 130.0, 65.0, 0.0, 97.5, 97.5, 130.0, 0.0]


def test_maps_stand_with_what_they_show(found):
    html = page(found | {"maps": {"zones": "<i>zones</i>", "levels": "<i>levels</i>"}})
    assert html.index("Scores and levels") < html.index("<i>levels") < html.index("Spatial autocorrelation")
    assert html.index("<h2>Zones</h2>") < html.index("<i>zones") < html.index("Zone and composite level")


def test_zone_and_composite_level_are_compared(found):
    html = page(found)
    assert cells(html, "off the diagonal") == [
        ["zone 4", "1 (1.00)", "1 (2.00)"],
        ["zone 3", "0 (0.00)", "2 (3.00)"],
    ]
    (row,) = cells(html, "Agreement: share")
    assert row[:2] == ["agglomeration zone × level: composite quality", "parcels"]
    assert row[2:] == ["0.750", "0.600", "0.610", "0.620", "0.800"]


def test_texts_of_the_data_are_escaped_and_it_prints_on_a4(found):
    whole = document("Evaluate", evaluation_report(Evaluation(**found), lambda text: text, "zh"), [], "zh")
    assert "<b>" not in whole and "&lt;b&gt;north&lt;/b&gt; &amp; south" in whole
    assert "size: A4" in whole and "<script" not in whole
    assert "高质量集聚区" in whole and "经济高效" in whole


def test_the_drawn_matrix_has_the_zones_and_parcels_of_its_table_in_the_colours_of_the_zones(found):
    colours = {1: "#ffffcc", 2: "#a1dab4", 3: "#41b6c4", 4: "#225ea8"}
    html = page(found | {"colours": colours})
    svg = html[html.index("<h2>Zone matrix") :]
    svg = svg[svg.index("<svg") : svg.index("</svg>")]
    shown = re.findall(r'fill="(#\w{6})"/><g fill="(#\w{6})"><text[^>]*>(.*?)</text>', svg)
    table = [cell for row in cells(html, "Zone by economic level") for cell in row[1:]]
    assert [text for *_, text in shown] == table
    assert [fill for fill, *_ in shown] == [colours[int(text[0])] for text in table]
    assert {ink for fill, ink, _ in shown if fill == colours[4]} == {"#ffffff"}
