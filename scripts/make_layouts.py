"""Write the layout templates in resources/layouts. Run in the environment of `make env`:
QT_HASH_SEED=0 QT_QPA_PLATFORM=offscreen python3 scripts/make_layouts.py. Without the seed, Qt orders
attributes by chance.

`mapsheet` fills the items by their ids; everything else of a template is the user's to change.
"""

import base64

from make_styles import STYLES, with_lasting_ids
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsFillSymbol,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemMapOverview,
    QgsLayoutItemPage,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutItemShape,
    QgsLayoutMeasurement,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsPrintLayout,
    QgsProject,
    QgsReadWriteContext,
    QgsRectangle,
    QgsTextFormat,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QFont
from qgis.PyQt.QtXml import QDomDocument

LAYOUTS = STYLES.parent / "layouts"
FONT = "Arial"
INK = "#222222"
GREY = "#5a5a5a"
NORTH = """<svg xmlns="http://www.w3.org/2000/svg" width="40" height="60" viewBox="0 0 40 60">
<path d="M20 16 L31 56 L20 48 Z" fill="#222222" stroke="#222222" stroke-width="1" stroke-linejoin="round"/>
<path d="M20 16 L9 56 L20 48 Z" fill="#ffffff" stroke="#222222" stroke-width="1" stroke-linejoin="round"/>
<path d="M15 12 L15 2 L25 12 L25 2" fill="none" stroke="#222222" stroke-width="2"/>
</svg>"""
PANELS = ("effic", "intens", "innov", "green", "access", "ind_conf", "zone")


class Template:
    """A layout of one A3 page, landscape, with a frame."""

    def __init__(self, name):
        self._project = QgsProject()
        self.layout = QgsPrintLayout(self._project)
        self.layout.initializeDefaults()
        self.layout.setName(name)
        page = self.layout.pageCollection().page(0)
        page.setPageSize("A3", QgsLayoutItemPage.Orientation.Landscape)
        frame = QgsLayoutItemShape(self.layout)
        frame.setShapeType(QgsLayoutItemShape.Shape.Rectangle)
        frame.setSymbol(
            QgsFillSymbol.createSimple({"style": "no", "outline_color": INK, "outline_width": "0.5"})
        )
        self.place(frame, "frame", 8, 8, 404, 281)

    def place(self, item, name, x, y, width, height):
        """Put an item on the page, in millimetres."""
        item.setId(name)
        self.layout.addLayoutItem(item)
        item.attemptMove(QgsLayoutPoint(x, y))
        item.attemptResize(QgsLayoutSize(width, height))
        return item

    def label(self, name, x, y, width, height, size, bold=False, align="left", colour=INK, middle=True):
        """Add a label; what it says is filled in."""
        item = QgsLayoutItemLabel(self.layout)
        item.setText(f"[{name}]")
        item.setTextFormat(_format(size, bold, colour))
        item.setMarginX(0)
        item.setMarginY(0)
        sides = {"left": "AlignLeft", "centre": "AlignHCenter", "right": "AlignRight"}
        item.setHAlign(getattr(Qt.AlignmentFlag, sides[align]))
        item.setVAlign(Qt.AlignmentFlag.AlignVCenter if middle else Qt.AlignmentFlag.AlignTop)
        return self.place(item, name, x, y, width, height)

    def map(self, name, x, y, width, height, thin=False):
        """Add a framed map."""
        item = QgsLayoutItemMap(self.layout)
        self.place(item, name, x, y, width, height)
        item.setExtent(QgsRectangle(0, 0, width, height))  # a map without one loses its size
        item.setFrameEnabled(True)
        item.setFrameStrokeColor(QColor(INK))
        item.setFrameStrokeWidth(QgsLayoutMeasurement(0.2 if thin else 0.3))
        item.setBackgroundColor(QColor("#ffffff"))
        item.setKeepLayerSet(True)
        return item

    def inset(self, of, x, y, width, height):
        """Add the map of the whole layer that marks what another map shows."""
        item = self.map("inset", x, y, width, height, thin=True)
        overview = QgsLayoutItemMapOverview("shown", item)
        overview.setLinkedMap(of)
        overview.setFrameSymbol(
            QgsFillSymbol.createSimple({"style": "no", "outline_color": "#b2182b", "outline_width": "0.5"})
        )
        item.overviews().addOverview(overview)

    def legend(self, name, of, x, y, width, height, size, spacing=1.2):
        """Add a legend; its size is the room that it may take."""
        item = QgsLayoutItemLegend(self.layout)
        item.setLinkedMap(of)
        item.setAutoUpdateModel(False)
        item.setWrapString("\n")
        item.setSymbolWidth(0.8 * size)
        item.setSymbolHeight(0.4 * size)
        item.setBoxSpace(0)
        for style, bold in (
            (QgsLegendStyle.Style.Title, True),
            (QgsLegendStyle.Style.Group, True),
            (QgsLegendStyle.Style.Subgroup, True),
            (QgsLegendStyle.Style.SymbolLabel, False),
        ):
            made = QgsLegendStyle(item.style(style))
            made.setTextFormat(_format(size + 0.5 if bold else size, bold))
            item.setStyle(style, made)
        symbol = QgsLegendStyle(item.style(QgsLegendStyle.Style.Symbol))
        symbol.setMargin(QgsLegendStyle.Side.Top, spacing)
        item.setStyle(QgsLegendStyle.Style.Symbol, symbol)
        item.setResizeToContents(False)
        self.place(item, name, x, y, width, height)

    def north(self, of, x, y, width, height):
        """Add the north arrow."""
        item = QgsLayoutItemPicture(self.layout)
        item.setPicturePath("base64:" + base64.b64encode(NORTH.encode()).decode())
        item.setLinkedMap(of)
        item.setNorthMode(QgsLayoutItemPicture.NorthMode.TrueNorth)
        item.setResizeMode(QgsLayoutItemPicture.ResizeMode.Zoom)
        item.setPictureAnchor(QgsLayoutItemPage.ReferencePoint.Middle)
        self.place(item, "north", x, y, width, height)

    def scale_bar(self, of, x, y, width, size):
        """Add the scale bar."""
        item = QgsLayoutItemScaleBar(self.layout)
        item.setLinkedMap(of)
        item.setStyle("Single Box")
        item.setHeight(2)
        item.setBoxContentSpace(0)
        item.setTextFormat(_format(size))
        self.place(item, "scale_bar", x, y, width, 9)

    def save(self, name):
        """Write the template."""
        document = QDomDocument()
        document.appendChild(self.layout.writeXml(document, QgsReadWriteContext()))
        (LAYOUTS / f"{name}.qpt").write_text(with_lasting_ids(document.toString(1)), encoding="utf-8")


def map_sheet():
    """One map with legend, notes and imprint."""
    template = Template("map sheet")
    template.label("title", 14, 11, 392, 13, 24, bold=True, align="centre")
    template.label("subtitle", 14, 24, 392, 7, 12, align="centre", colour=GREY)
    main = template.map("map", 14, 34, 304, 236)
    template.inset(main, 323, 34, 83, 56)
    template.north(main, 326, 93, 12, 18)
    template.label("scale", 344, 93, 62, 6, 11, bold=True)
    template.scale_bar(main, 344, 100, 60, 8)
    template.legend("legend", main, 323, 117, 83, 76, 9.5, spacing=2.5)
    template.label("notes", 323, 196, 83, 50, 8, middle=False, colour=GREY)
    template.label("unit", 323, 248, 83, 6, 10, bold=True)
    template.label("date", 323, 254, 83, 6, 10)
    template.label("sources", 323, 261, 83, 24, 8, middle=False)
    template.label("crs", 14, 273, 304, 6, 8, colour=GREY)
    template.label("made_by", 14, 279, 304, 6, 8, colour=GREY)
    template.save("map_sheet")


def district_sheet():
    """Five dimensions, the industry check and the zones of a district side by side."""
    template = Template("district sheet")
    template.label("title", 14, 11, 392, 12, 22, bold=True, align="centre")
    template.label("subtitle", 14, 23, 392, 7, 11, align="centre", colour=GREY)
    width, height, left, top, gap, pitch = 95, 95, 14, 32, 4, 119
    maps = []
    for number, panel in enumerate(PANELS):
        x = left + number % 4 * (width + gap)
        y = top + number // 4 * pitch
        template.label(f"caption_{panel}", x, y, width, 7, 11, bold=True)
        maps.append(template.map(f"map_{panel}", x, y + 7, width, height, thin=True))
        template.label(f"counts_{panel}", x, y + height + 8, width, 8, 7, colour=GREY, middle=False)
    zones = maps[-1]
    x, y = left + 3 * (width + gap), top + pitch
    template.inset(zones, x, y + 7, width, 30)
    template.north(zones, x, y + 40, 9, 14)
    template.label("scale", x + 14, y + 40, 60, 5, 9, bold=True)
    template.scale_bar(zones, x + 14, y + 46, 60, 7)
    template.legend("legend_levels", maps[0], x, y + 57, 46, 24, 7.5)
    template.legend("legend_ind_conf", maps[5], x + 49, y + 57, 46, 24, 7.5)
    template.label("not_given", x + 49, y + 60, 46, 10, 7.5, colour=GREY, middle=False)
    template.legend("legend_zone", zones, x, y + 82, width, 34, 7.5)
    template.label("notes", 14, 268, 194, 19, 7, colour=GREY, middle=False)
    template.label("sources", 212, 268, 95, 19, 7, colour=GREY, middle=False)
    template.label("unit", 311, 268, 95, 6, 9, bold=True)
    template.label("date", 311, 274, 95, 5, 8)
    template.label("crs", 311, 279, 95, 8, 7, colour=GREY, middle=False)
    template.save("district_sheet")


def _format(size, bold=False, colour=INK):
    text = QgsTextFormat()
    font = QFont(FONT)
    font.setBold(bold)
    text.setFont(font)
    text.setSize(size)
    text.setSizeUnit(Qgis.RenderUnit.Points)
    text.setColor(QColor(colour))
    return text


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    LAYOUTS.mkdir(exist_ok=True)
    map_sheet()
    district_sheet()
