"""Maps of the reports: polygons in a style of the plugin, drawn by QGIS as a picture inside the page.

Works in any thread, without a window, a basemap or the network.
"""

import base64
import math
from collections import Counter
from html import escape

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFillSymbol,
    QgsMapRendererCustomPainterJob,
    QgsMapSettings,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from qgis.PyQt.QtGui import QColor, QImage, QPainter

from .charts import drawing, svg_text
from .presentation import apply_style
from .report import figure

WIDTH = 760
HEIGHT = 620
_FOOT = 48
_MARGIN = 0.03
_LINE = "#1d2329"
_SWATCH = QSize(18, 13)
_MANY = 3000
"""From so many parcels on, outlines would hide the colours."""


def class_map(parcels, codes, style, terms, context, caption="", outlines=(), outlines_name=""):
    """A map of parcels in classes with legend, counts, scale bar and north arrow, as HTML.

    Parameters
    ----------
    parcels : features.Parcels
        Polygons; those without geometry, and other geometries, are counted, not drawn.
    codes : sequence of (n,)
        The class of each parcel, None where it has no result.
    style : str
        Name of a file in resources/styles without its ending.
    terms : tuple of fields.Term
        The classes and their names.
    context : QgsProcessingContext
        Gives the coordinate transforms.
    caption : str, optional
        What stands below, unescaped.
    outlines : sequence of QgsGeometry, optional
        Polygons in the CRS of the parcels, drawn above them as outlines.
    outlines_name : str, optional
        What the outlines are, unescaped.

    Returns
    -------
    str
        A ``<figure>``; "" where no parcel has a geometry.
    """
    known = {term.code for term in terms}
    texts = [str(code) if str(code) in known else None for code in codes]
    layer = QgsVectorLayer("MultiPolygon?field=code:string", "map", "memory")
    layer.setCrs(parcels.crs)
    polygons = QgsWkbTypes.geometryType(parcels.wkb_type) == Qgis.GeometryType.Polygon
    shown = []
    for feature, text in zip(parcels.features, texts, strict=True):
        if polygons or feature.geometry().type() == Qgis.GeometryType.Polygon:
            copy = QgsFeature(feature)
            copy.setAttributes([text])
            shown.append(copy)
    layer.dataProvider().addFeatures(shown)
    layer.updateExtents()
    if layer.extent().isNull() or not layer.extent().isFinite():
        return ""
    apply_style(layer, style, "code", terms)
    _outline(layer, len(shown))
    settings = _settings(layer, context)
    if outlines:
        above = _outlines(outlines, parcels.crs)
        settings.setLayers([above, layer])
    picture = _picture(settings)
    parts = [
        f'<image width="{WIDTH}" height="{HEIGHT}" href="data:image/png;base64,{picture}"/>',
        _north_arrow(),
        _scale_bar(settings),
    ]
    return figure(
        drawing(WIDTH, HEIGHT + _FOOT, parts)
        + _legend(layer.renderer(), Counter(texts), outlines_name if outlines else ""),
        caption,
    )


def _outlines(shapes, crs):
    """A layer of outlines alone."""
    layer = QgsVectorLayer("MultiPolygon", "outlines", "memory")
    layer.setCrs(crs)
    features = [QgsFeature() for _ in shapes]
    for feature, shape in zip(features, shapes, strict=True):
        feature.setGeometry(shape)
    layer.dataProvider().addFeatures(features)
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": _LINE, "outline_width": "0.6"})
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    return layer


def class_colours(style, terms):
    """Colour of each class of a style as #rrggbb by its code."""
    layer = QgsVectorLayer("MultiPolygon?field=code:string", "map", "memory")
    apply_style(layer, style, "code", terms)
    return {
        str(category.value()): category.symbol().color().name()
        for category in layer.renderer().categories()[:-1]
    }


def _outline(layer, count):
    """Hairlines in the colour of the class for many parcels, so that the smallest still show."""
    if count < _MANY:
        return
    renderer = layer.renderer().clone()
    for position, category in enumerate(renderer.categories()[:-1]):  # no result is outline alone
        symbol = category.symbol().clone()
        symbol.symbolLayer(0).setStrokeColor(symbol.color())
        symbol.symbolLayer(0).setStrokeWidth(0.0)
        renderer.updateCategorySymbol(position, symbol)
    layer.setRenderer(renderer)


def _settings(layer, context):
    """How the map is laid out; degrees are drawn in a plane about the middle of the layer."""
    extent, crs = layer.extent(), layer.crs()
    if crs.isValid() and crs.isGeographic():
        middle = extent.center()
        datum = f"+proj=tmerc +lat_0={middle.y()} +lon_0={middle.x()} +ellps=GRS80 +units=m +no_defs"
        plane = QgsCoordinateReferenceSystem.fromProj(datum)
        transform = QgsCoordinateTransform(crs, plane, context.transformContext())
        extent, crs = transform.transformBoundingBox(extent), plane
    side = max(extent.width(), extent.height(), 1e-9)
    extent = QgsRectangle(extent)
    extent.grow(_MARGIN * side)
    settings = QgsMapSettings()
    settings.setDestinationCrs(crs)
    settings.setTransformContext(context.transformContext())
    settings.setLayers([layer])
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setExtent(extent)
    settings.setBackgroundColor(QColor("white"))
    # whole pixels of one colour each: as the legend has it, and a small file
    settings.setFlag(Qgis.MapSettingsFlag.Antialiasing, False)
    settings.setFlag(Qgis.MapSettingsFlag.UseRenderingOptimization, True)
    return settings


def _picture(settings):
    """The map as PNG with a palette, in base64."""
    image = QImage(settings.outputSize(), QImage.Format.Format_RGB32)
    image.fill(settings.backgroundColor())
    painter = QPainter(image)
    job = QgsMapRendererCustomPainterJob(settings, painter)
    job.renderSynchronously()
    painter.end()
    plain = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    image = image.convertToFormat(QImage.Format.Format_Indexed8, plain)
    return _base64(image)


def _swatch(symbol):
    """A symbol as it fills a parcel, hatches included."""
    return (
        f'<image width="{_SWATCH.width()}" height="{_SWATCH.height()}" '
        f'href="data:image/png;base64,{_base64(symbol.asImage(_SWATCH))}"/>'
    )


def _base64(image):
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", 20)
    buffer.close()
    return base64.b64encode(data.data()).decode("ascii")


def _legend(renderer, counts, outlines_name):
    named = {str(category.value()) for category in renderer.categories()[:-1]}
    rest = sum(count for code, count in counts.items() if code not in named)
    items = []
    for category in renderer.categories():
        code = str(category.value())
        count = counts.get(code, 0) if code in named else rest
        if not count and code not in named:
            continue
        items.append(
            '<span style="display:inline-block;margin-right:1.2em;white-space:nowrap">'
            f'<svg width="{_SWATCH.width()}" height="{_SWATCH.height()}">{_swatch(category.symbol())}</svg> '
            f"{escape(category.label())}: {count}</span>"
        )
    if outlines_name:
        items.append(
            '<span style="display:inline-block;white-space:nowrap"><svg width="14" height="12"><rect x="1" '
            f'y="1" width="12" height="10" stroke="{_LINE}" stroke-width="2" fill="none"/></svg> '
            f"{escape(outlines_name)}</span>"
        )
    return f'<div class="legend">{"".join(items)}</div>'


def _north_arrow():
    x = WIDTH - 24
    return f'<path d="M{x} {HEIGHT + 4} l8 24 l-8 -6 l-8 6 z" fill="#1d2329"/>' + svg_text(
        x, HEIGHT + 41, "N", "middle"
    )


def _scale_bar(settings):
    """A bar of a round length, in metres where the CRS tells, else in units of the layer without a name."""
    crs, known = settings.destinationCrs(), settings.destinationCrs().isValid()
    factor = QgsUnitTypes.fromUnitToUnitFactor(crs.mapUnits(), Qgis.DistanceUnit.Meters) if known else 1.0
    unit = settings.mapUnitsPerPixel() * factor
    power = 10 ** math.floor(math.log10(unit * WIDTH / 4))
    length = max(step * power for step in (1, 2, 5) if step * power <= unit * WIDTH / 4)
    pixels = length / unit
    name = f"{length:g}" if not known else f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    left, y = 12, HEIGHT + 36
    line = f'<path d="M{left} {y - 5} v5 h{pixels:.1f} v-5" fill="none" stroke="#1d2329" stroke-width="1.5"/>'
    return line + svg_text(left + pixels / 2, y - 7, name, "middle")
