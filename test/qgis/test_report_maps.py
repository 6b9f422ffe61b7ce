"""Maps of the reports show each parcel in the colour that the legend gives its class."""

import base64
import re
from types import SimpleNamespace

import pytest
from parcel_agglomeration.algorithms import fields, report_maps
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsRectangle,
)
from qgis.PyQt.QtGui import QImage


def grid(side, crs="EPSG:4547", size=100.0, origin=(0.0, 0.0)):
    """Square parcels in rows from the south-west, as the maps take them."""
    features = []
    for k in range(side * side):
        feature = QgsFeature()
        x, y = origin[0] + k % side * size, origin[1] + k // side * size
        feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(x, y, x + size, y + size)))
        features.append(feature)
    return SimpleNamespace(
        features=features, crs=QgsCoordinateReferenceSystem(crs), wkb_type=Qgis.WkbType.MultiPolygon
    )


def drawn(html):
    data = re.search(r"base64,([^\"]+)", html).group(1)
    return QImage.fromData(base64.b64decode(data), "PNG")


def colours(html):
    """Colours inside the symbol of each entry of the legend."""
    found = {}
    for data, name in re.findall(r'base64,([^"]+)"/></svg> ([^<]+)</span>', html):
        symbol = QImage.fromData(base64.b64decode(data), "PNG")
        inner = [(x, y) for x in range(2, symbol.width() - 2) for y in range(2, symbol.height() - 2)]
        found[name] = {symbol.pixelColor(*place).name() for place in inner}
    return found


@pytest.mark.parametrize(
    ("crs", "size", "origin"),
    [
        ("EPSG:4547", 100.0, (500000.0, 3080000.0)),
        ("", 100.0, (0.0, 0.0)),
        ("EPSG:4490", 0.001, (113.1, 27.8)),
    ],
)
def test_parcels_have_the_colour_of_their_class(plugin, crs, size, origin):
    html = report_maps.class_map(
        grid(2, crs, size, origin), [4, 3, 1, None], "zones", fields.ZONES, QgsProcessingContext()
    )
    legend = colours(html)
    assert [name.rsplit(" ", 1)[-1] for name in legend] == ["1", "1", "0", "1", "1"]
    found = list(legend.values())
    image = drawn(html)
    x, y, step = image.width() // 2, image.height() // 2, 100
    places = [(x - step, y + step), (x + step, y + step), (x - step, y - step), (x + step, y - step)]
    seen = [image.pixelColor(*place).name() for place in places]
    assert len(set(seen)) == 4
    for colour, symbol in zip(seen, (found[0], found[1], found[3], found[4]), strict=True):
        assert colour in symbol


def test_names_are_escaped(plugin):
    terms = (fields.Term("4", "<b>high</b>", "高"),)
    html = report_maps.class_map(grid(2), [4] * 4, "zones", terms, QgsProcessingContext(), "<i>")
    assert "&lt;b&gt;high&lt;/b&gt;: 4" in html
    assert "<i>" not in html


def test_many_parcels_stay_small(plugin):
    side = 100
    codes = [k % 4 + 1 for k in range(side * side)]
    html = report_maps.class_map(grid(side), codes, "zones", fields.ZONES, QgsProcessingContext())
    assert len(html) < 150_000
    assert ": 2500<" in html


def test_parcels_without_geometry_give_no_map(plugin):
    parcels = SimpleNamespace(
        features=[QgsFeature()], crs=QgsCoordinateReferenceSystem(), wkb_type=Qgis.WkbType.Polygon
    )
    assert report_maps.class_map(parcels, [4], "zones", fields.ZONES, QgsProcessingContext()) == ""


def test_outlines_are_drawn_above_the_parcels_and_named(plugin):
    square = QgsGeometry.fromRect(QgsRectangle(0, 0, 200, 200))
    inner = QgsGeometry.fromRect(QgsRectangle(50, 50, 150, 150))
    arguments = [4] * 4, "zones", fields.ZONES, QgsProcessingContext(), ""
    plain = report_maps.class_map(grid(2), *arguments)
    html = report_maps.class_map(grid(2), *arguments, [inner], "<b>lead</b>")
    assert "&lt;b&gt;lead&lt;/b&gt;" in html and "<b>" not in html
    before, after = drawn(plain), drawn(html)
    scale = after.height() / (1.06 * square.boundingBox().height())
    x, y = round(after.width() / 2 - 50 * scale), after.height() // 2 + 20
    assert after.pixelColor(x, y).name() == "#1d2329" != before.pixelColor(x, y).name()
    assert after.pixelColor(x + 20, y).name() == before.pixelColor(x + 20, y).name()


def test_colours_of_classes_are_those_of_the_legend(plugin):
    html = report_maps.class_map(grid(2), [4] * 4, "zones", fields.ZONES, QgsProcessingContext())
    shown = list(colours(html).values())[: len(fields.ZONES)]
    known = report_maps.class_colours("zones", fields.ZONES)
    for code, symbol in zip("4321", shown, strict=True):
        assert known[code] in symbol


def test_what_is_no_polygon_is_counted_and_not_drawn(plugin):
    alone = grid(2)
    mixed = grid(2)
    mixed.wkb_type = Qgis.WkbType.Unknown
    for wkt in ("Point (900 900)", "LineString (0 0, 900 900)", "MultiPolygon EMPTY", None):
        feature = QgsFeature()
        if wkt:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        mixed.features.insert(1, feature)
    context = QgsProcessingContext()
    first = report_maps.class_map(alone, [4, 3, 2, 1], "zones", fields.ZONES, context)
    second = report_maps.class_map(mixed, [4, 4, 4, 4, 4, 3, 2, 1], "zones", fields.ZONES, context)
    assert drawn(first) == drawn(second)
    assert "high-quality agglomeration: 1<" in first and "high-quality agglomeration: 5<" in second
