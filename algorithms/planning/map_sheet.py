"""Map sheets on paper: layouts from a template, filled in and exported, in a project of their own."""

import re
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsAbstractLayoutIterator,
    QgsCategorizedSymbolRenderer,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFillSymbol,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutUtils,
    QgsLegendStyle,
    QgsPrintLayout,
    QgsProject,
    QgsProviderRegistry,
    QgsReadWriteContext,
    QgsRectangle,
    QgsRendererCategory,
    QgsSingleSymbolRenderer,
    QgsTextFormat,
    QgsTextRenderer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QT_VERSION
from qgis.PyQt.QtGui import QFontDatabase
from qgis.PyQt.QtXml import QDomDocument

from ..errors import ParcelDataError
from ..features import qgis_fields
from ..fields import INTEGER, TEXT, Field
from ..presentation import apply_style
from .sheet_texts import is_chinese, pieces, unevaluated

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "DengXian",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimSun",
)
PAGE = "page"
CODE = "code"
OTHERS = -1
"""Page of the parcels that are on none."""
_FIELDS = (Field(PAGE, INTEGER, "page", "页码"), Field(CODE, TEXT, "class", "类别"))
_MARGIN = 1.06
_LEAST, _SMALLER = 0.5, 0.05
"""Share of their size to which letters may shrink, and the step."""
_FAINT = 0.4
_QT_6 = 0x060000
_METRES_PER_KILOMETRE = 1000
_LEGEND = (
    QgsLegendStyle.Style.Title,
    QgsLegendStyle.Style.Group,
    QgsLegendStyle.Style.Subgroup,
    QgsLegendStyle.Style.SymbolLabel,
)
_PALETTE = (
    "#ffffd9",
    "#edf8b1",
    "#c7e9b4",
    "#7fcdbb",
    "#41b6c4",
    "#1d91c0",
    "#225ea8",
    "#253494",
    "#081d58",
)
MOST_CLASSES = len(_PALETTE)
_REMOTE = re.compile(r"(?:https?|ftp|wss?)(?:://|%3a)|/vsi(?:curl|s3|gs|az|oss|swift)", re.IGNORECASE)


def chinese_font():
    """Family of an installed font with Simplified Chinese, "" where there is none."""
    families = _font_database().families(QFontDatabase.WritingSystem.SimplifiedChinese)
    known = [family for family in CHINESE_FONTS if family in families]
    return (known or families or [""])[0]


def _font_database():
    """The fonts, on an object in Qt 5 and on the class in Qt 6."""
    return QFontDatabase if QT_VERSION >= _QT_6 else QFontDatabase()


def layer_name(layer):
    """Name of a layer; Processing calls one by its file, whatever the table in it."""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    table = parts.get("layerName")
    return table if table and Path(parts.get("path", "")).stem == layer.name() else layer.name()


def is_remote(layer):
    """Whether drawing a layer would ask the network for its data."""
    return bool(_REMOTE.search(layer.source()))


def crs_name(crs):
    """Name and code of a CRS, "" for one that has none."""
    return f"{crs.description()} ({crs.authid()})" if crs.authid() else ""


def drawn_extent(parcels, crs, context):
    """Extent of the parcels in another CRS."""
    box = QgsRectangle()
    for feature in parcels.features:
        if feature.hasGeometry():
            box.combineExtentWith(feature.geometry().boundingBox())
    if box.isNull():
        raise ParcelDataError("Layer “{}” has no geometry.", parcels.name)
    return QgsCoordinateTransform(parcels.crs, crs, context.transformContext()).transformBoundingBox(box)


class SheetLayers:
    """The parcels as layers of a project of their own, one for each field to show.

    Parameters
    ----------
    parcels : features.Parcels
    pages : sequence of int
        Page of each parcel; ``OTHERS`` for none.
    crs : QgsCoordinateReferenceSystem
        In which the maps are drawn.
    context : QgsProcessingContext
    """

    def __init__(self, parcels, pages, crs, context):
        self._parcels = parcels
        self._pages = pages
        self.project = QgsProject()
        self.project.setTransformContext(context.transformContext())
        self.project.setCrs(crs)

    def add(self, name, codes=None):
        """Add a layer of the parcels with a text field of their classes; returns it."""
        kind = QgsWkbTypes.displayString(self._parcels.wkb_type)
        layer = QgsVectorLayer(kind, name, "memory")
        layer.setCrs(self._parcels.crs)
        layer.dataProvider().addAttributes(qgis_fields(_FIELDS).toList())
        layer.updateFields()
        features = []
        for number, (feature, page) in enumerate(zip(self._parcels.features, self._pages, strict=True)):
            made = QgsFeature(layer.fields())
            made.setGeometry(feature.geometry())
            made.setAttributes([int(page), (codes[number] or None) if codes else None])
            features.append(made)
        layer.dataProvider().addFeatures(features)
        layer.updateExtents()
        self.project.addMapLayer(layer, False)
        return layer

    def add_background(self, layer):
        """Add a faint copy of another layer."""
        copy = layer.clone()
        copy.setName(unevaluated(layer_name(layer)))
        copy.setOpacity(_FAINT * layer.opacity())
        self.project.addMapLayer(copy, False)
        return copy


def show_page(layer, page, others=False):
    """Show the parcels of a page alone, or all but them."""
    layer.setSubsetString(f'"{PAGE}" {"<>" if others else "="} {page:d}')


def style_classes(layer, style, terms, language, no_result):
    """Colour a layer of ``SheetLayers`` by its classes; a shade per class where no style is named."""
    if style:
        apply_style(layer, style, CODE, terms, language)
        return
    step = (MOST_CLASSES - 1) / max(len(terms) - 1, 1)
    categories = [
        QgsRendererCategory(term.code, _fill(_PALETTE[round(number * step)]), term.label(language))
        for number, term in enumerate(terms)
    ]
    categories.append(QgsRendererCategory(None, _fill("#ffffff", "dot"), no_result))
    layer.setRenderer(QgsCategorizedSymbolRenderer(CODE, categories))


def relabel(layer, label):
    """Give the classes in a legend other names: ``label`` takes code, name; None leaves the class out."""
    renderer = layer.renderer().clone()
    categories = renderer.categories()  # the last one takes what has no class
    for position in reversed(range(len(categories))):
        code = "" if position == len(categories) - 1 else str(categories[position].value())
        made = label(code, categories[position].label())
        if made is None:
            renderer.deleteCategory(position)
        else:
            renderer.updateCategoryLabel(position, unevaluated(made))
    layer.setRenderer(renderer)


def style_faint(layer):
    """Draw a layer as ground for others."""
    layer.setRenderer(QgsSingleSymbolRenderer(_fill("#f2f2f2", outline="#c4c4c4")))


def _fill(colour, style="solid", outline="#5a5a5a"):
    return QgsFillSymbol.createSimple(
        {"color": colour, "outline_color": outline, "outline_width": "0.15", "outline_style": style}
    )


class Sheet:
    """A layout made from a template; what a template lacks is left out.

    Parameters
    ----------
    project : QgsProject
    template : str or Path
        A .qpt.

    Raises
    ------
    ParcelDataError
        The template cannot be read, or has no map.
    """

    def __init__(self, project, template):
        self.layout = QgsPrintLayout(project)
        document = QDomDocument()
        try:
            content = Path(template).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ParcelDataError(
                "The template “{}” cannot be read: {}.", Path(template).name, error
            ) from None
        read = document.setContent(content)
        read = read[0] if isinstance(read, tuple) else bool(read)
        if not read or document.documentElement().tagName() != "Layout":
            raise ParcelDataError(
                "“{}” is no layout template: save one in the layout window of QGIS, as .qpt.",
                Path(template).name,
            )
        self.layout.loadFromTemplate(document, QgsReadWriteContext())
        self.missing, self.too_long = [], []
        self._formats, self._rooms = {}, {}
        self._font = chinese_font()
        self.chinese_without_font = False
        if not any(isinstance(item, QgsLayoutItemMap) for item in self.layout.items()):
            raise ParcelDataError(
                "The template “{}” has no map: add one with the id “map”.", Path(template).name
            )

    def item(self, name, kind):
        """The item of an id and class; None where the template lacks it, which is noted."""
        found = self.layout.itemById(name)
        if isinstance(found, kind):
            return found
        if name not in self.missing:
            self.missing.append(name)
        return None

    def main_map(self, name):
        """The map of an id; the largest one where the template names none so."""
        maps = [item for item in self.layout.items() if isinstance(item, QgsLayoutItemMap)]
        named = [item for item in maps if item.id() == name]
        if not named:
            self.missing.append(name)
        return (named or [self.layout.referenceMap()])[0]

    def write(self, name, words):
        """Fill in a label, in smaller letters where it has no room for them."""
        label = self.item(name, QgsLayoutItemLabel)
        if label is None:
            return
        words = unevaluated(words)
        text = self._formats.setdefault(name, QgsTextFormat(label.textFormat()))
        text = self._fit(QgsTextFormat(text), words)
        size, room = text.size(), _Room(label)
        lines, fits = room.lines(text, words)
        while not fits and text.size() > _LEAST * size:
            text.setSize(text.size() - _SMALLER * size)
            lines, fits = room.lines(text, words)
        if not fits and name not in self.too_long:
            self.too_long.append(name)
        label.setText("\n".join(lines))
        label.setTextFormat(text)
        label.update()

    def show(self, item, layers, extent):
        """Draw layers, the topmost first, in an extent."""
        item.setCrs(self.layout.project().crs())
        item.setKeepLayerSet(True)
        item.setLayers(layers)
        item.zoomToExtent(extent)
        item.invalidateCache()

    def legend(self, name, entries):
        """Fill a legend: pairs of a layer and its heading."""
        legend = self.item(name, QgsLayoutItemLegend)
        if legend is None:
            return
        room = self._rooms.setdefault(name, legend.rect().size())
        legend.setAutoUpdateModel(False)
        legend.setWrapString("\n")
        legend.setResizeToContents(True)
        root = legend.model().rootGroup()
        root.removeAllChildren()
        words = ""
        for layer, heading in entries:
            root.addLayer(layer).setCustomProperty("legend/title-label", unevaluated(heading))
            words += heading + _legend_words(layer)
        styles = self._formats.setdefault(name, {part: legend.style(part) for part in _LEGEND})
        symbol = self._rooms.setdefault(f"{name} symbol", legend.symbolHeight())
        share, fits = 1.0 + _SMALLER, False
        while not fits and share > _LEAST:
            share -= _SMALLER
            for part in _LEGEND:
                style = QgsLegendStyle(styles[part])
                text = self._fit(QgsTextFormat(style.textFormat()), words)
                text.setSize(share * text.size())
                style.setTextFormat(text)
                legend.setStyle(part, style)
            legend.setSymbolHeight(share * symbol)
            legend.adjustBoxSize()
            size = legend.rect().size()
            fits = size.height() <= room.height() and size.width() <= room.width()
        if not fits and name not in self.too_long:
            self.too_long.append(name)

    def remove(self, name):
        """Take an item off the page."""
        found = self.layout.itemById(name)
        if found is not None:
            self.layout.removeLayoutItem(found)

    def scale_bar(self, name, of, metres, units):
        """Set the scale bar of a map: metres of a segment; ``units`` names metre and kilometre."""
        bar = self.item(name, QgsLayoutItemScaleBar)
        if bar is None:
            return
        kilometres = metres >= _METRES_PER_KILOMETRE
        bar.setLinkedMap(of)
        bar.setUnits(Qgis.DistanceUnit.Kilometers if kilometres else Qgis.DistanceUnit.Meters)
        bar.setMapUnitsPerScaleBarUnit(1.0)
        bar.setNumberOfSegmentsLeft(0)
        bar.setNumberOfSegments(2)
        bar.setUnitsPerSegment(metres / _METRES_PER_KILOMETRE if kilometres else metres)
        bar.setUnitLabel(units[kilometres])
        bar.setTextFormat(self._fit(bar.textFormat(), units[kilometres]))
        bar.update()

    def _fit(self, text, words):
        """A text format with a font that has the signs of a text."""
        if not is_chinese(words):
            return text
        if not self._font:
            self.chinese_without_font = True
            return text
        font = text.font()
        systems = _font_database().writingSystems(font.family())
        if QFontDatabase.WritingSystem.SimplifiedChinese not in systems:
            font.setFamily(self._font)
            text.setFont(font)
        return text


class _Room:
    """The room of a label; QGIS itself breaks lines at spaces alone, which Chinese has none of."""

    def __init__(self, label):
        self._context = QgsLayoutUtils.createRenderContextForLayout(label.layout(), None)
        self._context.setFlag(Qgis.RenderContextFlag.ApplyScalingWorkaroundForTextRendering, True)
        size = label.rect()
        self._width, self._height = (
            self._context.convertToPainterUnits(length, Qgis.RenderUnit.Millimeters)
            for length in (size.width() - 2 * label.marginX(), size.height() - 2 * label.marginY())
        )

    def lines(self, text, words):
        """Lines of a text in a format, and whether there is room for them."""
        lines = []
        for paragraph in words.split("\n"):
            line = ""
            for piece in pieces(paragraph):
                if line and self._wide(text, (line + piece).rstrip()) > self._width:
                    lines.append(line.rstrip())
                    line = ""
                line += piece
            lines.append(line.rstrip())
        height = QgsTextRenderer.textHeight(
            self._context, text, lines, Qgis.TextLayoutMode.RectangleCapHeightBased
        )
        widest = max(self._wide(text, line) for line in lines)
        return lines, height <= self._height and widest <= self._width

    def _wide(self, text, line):
        return QgsTextRenderer.textWidth(self._context, text, [line])


def _legend_words(layer):
    """Texts of the classes of a layer in a legend."""
    renderer = layer.renderer() if isinstance(layer, QgsVectorLayer) else None
    return "".join(item.label() for item in renderer.legendSymbolItems()) if renderer else layer.name()


def scale_to_show(item, extent):
    """Scale denominator at which a map just shows an extent in metres, with a margin."""
    size = item.rect()
    width, height = max(extent.width(), 1.0), max(extent.height(), 1.0)
    return _MARGIN * 1000 * max(width / size.width(), height / size.height())


def extent_at(item, centre, scale):
    """Extent in metres that a map shows at a scale."""
    size = item.rect()
    width, height = size.width() * scale / 1000, size.height() * scale / 1000
    return QgsRectangle.fromCenterAndSize(centre, width, height)


class Pages(QgsAbstractLayoutIterator):
    """Pages that one sheet shows one after the other, for the exporter of QGIS.

    Parameters
    ----------
    sheet : Sheet
    count : int
    fill : callable
        Takes the number of a page and fills the sheet; may raise.
    """

    def __init__(self, sheet, count, fill):
        super().__init__()
        self._sheet = sheet
        self._count = count
        self._fill = fill
        self._at = -1
        self.error = None

    def layout(self):
        """The layout of the page at hand."""
        return self._sheet.layout

    def beginRender(self):
        """Start before the first page."""
        self._at = -1
        return True

    def endRender(self):
        """Nothing is to be undone."""
        return True

    def count(self):
        """Number of pages."""
        return self._count

    def filePath(self, base, extension):
        """File of the page at hand, which only pictures would have."""
        return f"{base}{self._at}.{extension}"

    def run(self):
        """Go through all pages without a PDF.

        Raises
        ------
        Exception
            What ``fill`` raises.
        """
        while self.next():
            pass
        if self.error is not None:
            raise self.error

    def next(self):
        """Fill the next page; what goes wrong ends the pages and is kept in ``error``."""
        self._at += 1
        if self._at >= self._count:
            return False
        try:
            self._fill(self._at)
        except Exception as error:  # it must not pass through the exporter
            self.error = error
            return False
        return True


def write_pdf(pages, path, dpi):
    """Write pages into a PDF.

    Raises
    ------
    ParcelDataError
        It cannot be written.
    """
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = dpi
    settings.forceVectorOutput = True
    settings.appendGeoreference = False
    result, message = QgsLayoutExporter.exportToPdf(pages, str(path), settings)
    if pages.error is not None:
        raise pages.error
    if result != QgsLayoutExporter.ExportResult.Success:
        raise ParcelDataError("The sheet “{}” cannot be written: {}", Path(path).name, message)


def write_picture(sheet, path, dpi):
    """Write the sheet as it is into a PNG.

    Raises
    ------
    ParcelDataError
        It cannot be written.
    """
    settings = QgsLayoutExporter.ImageExportSettings()
    settings.dpi = dpi
    settings.generateWorldFile = False
    exporter = QgsLayoutExporter(sheet.layout)
    if exporter.exportToImage(str(path), settings) != QgsLayoutExporter.ExportResult.Success:
        raise ParcelDataError(
            "The picture “{}” cannot be written: {}", Path(path).name, exporter.errorMessage()
        )
