"""Draw a map of zones: python3 scripts/draw_zones.py zones.gpkg zones.png

Runs in the environment of `make env`.
"""

import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsFillSymbol,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLineSymbol,
    QgsPrintLayout,
    QgsProject,
    QgsSingleSymbolRenderer,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "build" / "plugins"))

from parcel_agglomeration.algorithms.fields import ZONES  # noqa: E402
from parcel_agglomeration.algorithms.presentation import apply_style  # noqa: E402

DEMO = ROOT / "resources" / "demo" / "demo.gpkg"
DPI = 110
MILLIMETRES = QgsUnitTypes.LayoutUnit.LayoutMillimeters


def draw_zones(zones, picture):
    """Render the zones over the demonstration's roads, with legend, scale bar and sources."""
    project = QgsProject.instance()
    parcels = QgsVectorLayer(str(zones), "Agglomeration zones", "ogr")
    apply_style(parcels, "zones", "zone", ZONES)
    roads = QgsVectorLayer(f"{DEMO}|layername=roads", "Roads", "ogr")
    roads.setRenderer(
        QgsSingleSymbolRenderer(QgsLineSymbol.createSimple({"color": "#c9c9c9", "width": "0.12"}))
    )
    buildings = QgsVectorLayer(f"{DEMO}|layername=buildings", "Buildings", "ogr")
    buildings.setRenderer(
        QgsSingleSymbolRenderer(QgsFillSymbol.createSimple({"color": "0,0,0,45", "outline_style": "no"}))
    )
    project.addMapLayers([parcels, buildings, roads])
    project.setCrs(parcels.crs())

    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    page = layout.pageCollection().page(0).pageSize()
    sheet = QgsLayoutItemMap(layout)
    _place(layout, sheet, 6, 18, page.width() - 12, page.height() - 30)
    sheet.setLayers([buildings, parcels, roads])
    extent = parcels.extent()
    extent.scale(1.05)
    sheet.zoomToExtent(extent)
    sheet.setFrameEnabled(True)

    _label(layout, "Agglomeration zones of the demonstration parcels", 6, 5, 18)
    _label(
        layout,
        "Parcels, buildings and roads © OpenStreetMap contributors, ODbL. Enterprise figures are synthetic: "
        "the zones say nothing about these places.",
        6,
        page.height() - 9,
        8,
    )
    legend = QgsLayoutItemLegend(layout)
    legend.setLinkedMap(sheet)
    legend.setAutoUpdateModel(False)
    group = legend.model().rootGroup()
    for layer in (buildings, roads):
        group.removeLayer(layer)
    _place(layout, legend, 10, 22, 60, 40)
    scale = QgsLayoutItemScaleBar(layout)
    scale.setStyle("Single Box")
    scale.setLinkedMap(sheet)
    scale.applyDefaultSize()
    _place(layout, scale, page.width() - 80, page.height() - 28, 60, 12)

    if not QgsLayoutExporter(layout).renderPageToImage(0, dpi=DPI).save(str(picture)):
        sys.exit(f"{picture} cannot be written")


def _place(layout, item, x, y, width, height):
    layout.addLayoutItem(item)
    item.attemptMove(QgsLayoutPoint(x, y, MILLIMETRES))
    item.attemptResize(QgsLayoutSize(width, height, MILLIMETRES))


def _label(layout, text, x, y, size):
    label = QgsLayoutItemLabel(layout)
    label.setText(text)
    style = QgsTextFormat()
    style.setFont(QFont("DejaVu Sans"))
    style.setSize(size)
    label.setTextFormat(style)
    _place(layout, label, x, y, 280, 10)


if __name__ == "__main__":
    application = QgsApplication([], True)
    application.initQgis()
    draw_zones(Path(sys.argv[1]), Path(sys.argv[2]))
