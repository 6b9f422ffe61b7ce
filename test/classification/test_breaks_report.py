"""The report of natural breaks: its charts and tables show what the kernels found."""

import re

import numpy as np
import pytest
from parcel_agglomeration.algorithms.charts import Frame, bulk, curve, distribution, nice_ticks
from parcel_agglomeration.algorithms.classification.breaks_report import breaks_report
from parcel_agglomeration.algorithms.classification.levels import gvf_curve, quality_levels
from parcel_agglomeration.algorithms.classification.natural_breaks import natural_breaks

EVIL = "<b>&"
VALUES = np.r_[np.repeat([1.0, 2, 10, 11, 20, 21], [3, 4, 5, 6, 7, 8]), np.nan]


def page(values, groups=None, names=("",), classes=3):
    levels = quality_levels(values, classes, groups, names)
    pieces = breaks_report("score", values, levels, gvf_curve(values), str, "en", members=groups, names=names)
    return "\n".join(pieces), levels


def rectangles(svg):
    return [
        tuple(map(float, found))
        for found in re.findall(r'<rect x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', svg)
    ]


def test_bars_are_as_high_as_their_counts():
    svg = distribution(VALUES, "x", "y")
    heights = [height for *_, height in rectangles(svg)]
    assert np.array(heights) / heights[0] * 3 == pytest.approx(np.array([3, 4, 5, 6, 7, 8]), rel=0.01)


def test_breaks_are_marked_where_they_lie():
    svg = distribution(VALUES, "x", "y", [(11.0, "break"), (2.0, EVIL)])
    lines = [float(x) for x in re.findall(r'<line x1="(.*?)"', svg)]
    frame = Frame((1.0, 21.0), (0.0, 1.0))
    assert lines == pytest.approx([frame.x(2.0), frame.x(11.0)], abs=0.1)
    assert EVIL not in svg and "&lt;b&gt;&amp;" in svg


def test_texts_of_close_breaks_stand_above_each_other():
    svg = distribution(np.array([0.0, 100.0]), "x", "y", [(50.0, "50.001"), (50.1, "50.101"), (90.0, "90.5")])
    rows = {text: float(y) for y, text in re.findall(r'y="([\d.]+)" text-anchor="middle">([\d.]+)<', svg)}
    assert rows["50.001"] != rows["50.101"] and rows["50.001"] == rows["90.5"]


def test_the_curve_passes_the_fit_of_the_kernel_and_rings_the_chosen_number():
    rows = gvf_curve(VALUES)
    svg = curve([row[:2] for row in rows], "k", "GVF", [(1, "chosen")], 0.0)
    places = re.findall(r"M([\d.]+) ([\d.]+)h0", svg)
    heights = np.array([float(y) for _, y in places])
    fits = np.array([natural_breaks(VALUES, k).gvf for k in range(2, 7)])
    assert len(places) == 5
    assert (heights - heights[-1]) / (heights[0] - heights[-1]) == pytest.approx(
        (fits - fits[-1]) / (fits[0] - fits[-1]), abs=0.01
    )
    ring = re.search(r'<circle cx="(.*?)" cy="(.*?)"', svg)
    assert ring.groups() == places[1]


def test_a_curve_leaves_a_gap_where_there_is_no_value():
    svg = curve([(1.0, 1.0), (2.0, 2.0), (3.0, np.nan), (4.0, 1.0), (5.0, 3.0)], "x", "y")
    line = re.search(r'<path d="([^"h]*)" stroke="#4878a8"', svg)[1]
    assert line.count("M") == 2 and line.count("L") == 2
    assert curve([(1.0, np.nan)], "x", "y") == ""


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 100, ["0", "20", "40", "60", "80", "100"]),
        (-0.31, 0.29, ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2"]),
        (0.93, 1.0, ["0.94", "0.96", "0.98", "1.00"]),
        (2e6, 8e6, ["2e+06", "3e+06", "4e+06", "5e+06", "6e+06", "7e+06", "8e+06"]),
    ],
)
def test_ticks_are_round_and_inside_the_axis(low, high, texts):
    ticks = nice_ticks(low, high)
    assert [text for _, text in ticks] == texts
    assert all(low - 1e-9 <= value <= high + 1e-9 for value, _ in ticks)


def test_every_level_is_listed_with_its_parcels_and_share():
    html, levels = page(VALUES)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html)
    for count in levels.groups[0].breaks.counts.tolist():
        position = cells.index(f"{100 * count / 33:.1f}")
        assert cells[position - 1] == str(count)
    assert "1 parcels have no value" in html and f"{levels.gvf:.4f}" in html


def test_groups_have_tables_of_their_own_and_the_lowest_fit_stands_first():
    groups = np.arange(VALUES.size) % 2
    html, levels = page(VALUES, groups, ("plain", EVIL))
    worst = min(levels.groups, key=lambda group: group.breaks.gvf)
    name = {"plain": "plain", EVIL: "&lt;b&gt;&amp;"}[worst.group]
    assert f"{levels.gvf:.4f}, group {name}" in html
    assert html.count("<h3>") == 2 and html.index(f"<h3>{name}</h3>") == html.index("<h3>")
    assert EVIL not in html


def test_a_column_of_one_value_has_no_curve():
    html, _ = page(np.array([5.0, 5.0]))
    assert "nothing to divide" in html


def test_counts_have_ticks_at_whole_numbers_only():
    assert [text for _, text in nice_ticks(0, 2.1, whole=True)] == ["0", "1", "2"]
    axis = re.findall(r'text-anchor="end">([\d.]+)<', distribution(np.array([1.0, 2.0, 2.0]), "x", "y"))
    assert axis == ["0", "1", "2"]


SKEWED = np.r_[np.linspace(1, 10, 500), 1e6, 2e6]


def test_a_few_far_values_do_not_press_all_others_into_one_bar():
    limits = bulk(SKEWED)
    assert limits == (1, 10)
    svg = distribution(SKEWED, "x", "y", [(5.0, "five"), (1.5e6, "far")], limits)
    bars = rectangles(svg)
    assert len(bars) == 40, "the bulk is spread over all bars"
    assert "&gt; 10: 2" in svg and "&lt;" not in svg
    assert "five" in svg and "far" not in svg
    mirrored = distribution(-SKEWED, "x", "y", limits=bulk(-SKEWED))
    assert "&lt; -10: 2" in mirrored and len(rectangles(mirrored)) == 40


@pytest.mark.parametrize(
    "values",
    [VALUES, np.full(9, 3.0), np.r_[np.zeros(200), 1.0], np.array([np.nan]), np.arange(100.0) ** 2],
)
def test_an_axis_that_shows_its_values_stays_whole(values):
    assert bulk(values) is None


def test_the_report_lists_the_breaks_beyond_a_cut_axis():
    text, levels = page(SKEWED)
    far = levels.groups[0].breaks.upper[:-1]
    assert "they reach from 1 to 2e+06" in text
    assert f"Lines beyond the axis: {', '.join(f'{value:.4g}' for value in far if value > 11)}." in text
    assert "The axis is cut" not in page(VALUES)[0]


def test_each_of_the_largest_groups_has_a_histogram_with_its_breaks():
    names = tuple(f"park {k:02}" for k in range(30))
    groups = np.repeat(np.arange(30), np.arange(10, 40))
    values = np.random.default_rng(3).gamma(2, size=groups.size)
    text, levels = page(values, groups, names)
    sections = re.split("<h3>", text)[1:]
    drawn = {section[:7] for section in sections if "<svg" in section.partition("<h2>")[0]}
    assert drawn == {f"park {k:02}" for k in range(6, 30)}
    assert "Histograms of the 24 largest groups, of 30." in text
    section = next(section for section in sections if section.startswith("park 29"))
    group = next(group for group in levels.groups if group.group == "park 29")
    shown = re.findall(r'text-anchor="middle">([\d.]+)<', section.partition("<table")[0])
    assert shown == [f"{value:.4g}" for value in group.breaks.upper[:-1]]
