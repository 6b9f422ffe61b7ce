"""Reports: one page, escaped, without scripts or links."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from parcel_agglomeration.algorithms import charts
from parcel_agglomeration.algorithms.charts import bars, distribution, histogram
from parcel_agglomeration.algorithms.report import (
    definitions,
    document,
    figure,
    heading,
    number,
    paragraph,
    table,
    warning,
)

EVIL = '<script>alert("1")</script> & "quoted"'
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Balance(HTMLParser):
    """Collects the tags of a page and whether each one is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(page):
    balance = Balance()
    balance.feed(page)
    balance.close()
    assert not balance.open
    return balance


def page(*pieces, title="Title"):
    return document(title, pieces, [("Algorithm", EVIL, "agglomeration:x")], "zh")


def test_a_page_has_title_body_provenance_and_language():
    read = parsed(page(paragraph("body text"), title="权重"))
    assert ("html", {"lang": "zh"}) in read.seen
    text = "".join(read.text)
    assert text.count("权重") == 2 and "body text" in text and "Algorithm" in text


def test_every_text_is_escaped():
    pieces = (
        heading(EVIL),
        paragraph(EVIL),
        warning(EVIL),
        table([EVIL], [[EVIL]], EVIL),
        figure(bars([EVIL], [1.0]), EVIL),
    )
    read = parsed(page(*pieces, title=EVIL))
    assert not [tag for tag, _ in read.seen if tag == "script"]
    # In title, heading 1 and 2, two paragraphs, header, cell, two captions, label and provenance.
    assert "".join(read.text).count(EVIL) == 11


def test_nothing_is_loaded_or_run():
    read = parsed(page(table(["a"], [[1]]), figure(bars(["a"], [1.0]))))
    for tag, attributes in read.seen:
        assert tag not in ("script", "link", "iframe", "object", "form")
        assert not {"src", "href", "onload", "onclick", "style"} & set(attributes)
    assert "@import" not in page() and "url(" not in page()
    assert "default-src 'none'" in page()


def test_it_is_light_and_prints_on_a4():
    assert re.search(r"@page \{ size: A4", page())
    assert "color-scheme: light" in page()
    assert len(page()) < 4000


def test_numbers_stand_right_and_empty_cells_are_empty():
    html = table(["name", "value"], [["a", 0.5], ["b", None], ["c", 3]])
    assert '<th>name</th><th class="number">value</th>' in html
    assert '<td class="number">0.5000</td>' in html
    assert '<td class="number">3</td>' in html
    assert "<tr><td>b</td><td></td></tr>" in html


def test_numbers_given_as_texts_stand_right_on_request():
    html = table(["name", "value"], [["a", "0.50"]], right=[1])
    assert '<th>name</th><th class="number">value</th>' in html
    assert '<td>a</td><td class="number">0.50</td>' in html


def test_rows_may_be_marked():
    assert table([], [["a"], ["b"]], marked=[1]).count('class="marked"') == 1


@pytest.mark.parametrize(
    ("value", "text"), [(1 / 3, "0.333"), (None, ""), (float("nan"), ""), (float("inf"), "")]
)
def test_a_number_as_text(value, text):
    assert number(value, 3) == text


def test_the_longest_bar_fills_the_width_and_none_is_negative():
    svg = bars(["a", "b", "c", "d"], [0.2, 0.4, 0.0, float("nan")])
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', svg)]
    assert widths == [160.0, 320.0, 0.0, 0.0]
    assert "</svg>" in bars([], [])


def test_definitions_pair_terms_with_meanings():
    read = parsed(page(definitions([("GVF", "1 - SSW/SST"), (EVIL, EVIL)])))
    assert [tag for tag, _ in read.seen if tag in ("dt", "dd")] == ["dt", "dd"] * 2
    assert "1 - SSW/SST" in read.text and "".join(read.text).count(EVIL) == 3


def test_charts_escape_their_texts_and_leave_out_what_is_missing():
    panels = charts.bar_panels([EVIL, "b"], [(EVIL, [2.0, float("nan")], ["2", ""])])
    cells = charts.matrix([EVIL], [EVIL], [[EVIL]], [["#000000"]], EVIL)
    tree = charts.weight_tree([EVIL, "leaf"], [0, 1], [1.0, 1.0], [1.0, 1.0], (EVIL, "whole"))
    for svg in (panels, cells, tree):
        parsed(page(figure(svg)))
        assert EVIL not in svg and "nan" not in svg.lower()
    assert 'width="0.0"' in panels and '<g fill="#ffffff">' in cells
    assert charts.shade(0) == charts.shade(float("nan")) == charts.diverging(0) == "#ffffff"
    assert charts.diverging(1) != charts.diverging(-1) and charts.shade(1) == charts.shade(2)


@pytest.mark.parametrize(
    "values", [[1.0, 1.0 + 2e-16], [3.0, 3.0], [0.0, 5e-324], [0.0, 0.0], [1e9, 1e9 + 1e-7]]
)
def test_values_that_are_all_but_equal_have_a_histogram(values):
    column = np.array(values)
    assert "<rect" in distribution(column, "x", "y")
    assert "<rect" in histogram(column, None, (0, 300, 60), "x", "#000000")


def test_texts_of_close_breaks_stand_beside_each_other():
    svg = histogram(np.array([0.0, 1000]), None, (0, 400, 60), "x", "#000000", (31.25, 30.0, 900.0))
    texts = re.findall(r'<text x="([\d.]+)" y="101.0" text-anchor="middle">([\d.]+)<', svg)
    assert [text for _, text in texts] == ["30", "31.25", "900"]
    places = [float(x) for x, _ in texts]
    assert places[1] - places[0] > 20 and places[2] == 360
