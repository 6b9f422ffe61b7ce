"""Draw the pictures of the help pages: python3 scripts/make_help_pictures.py [ID ...]

Runs in the environment of `make env`. A picture is one entry of PICTURES: what to run on the
demonstration data, and a function that paints the outputs.
"""

import sys
import tempfile
from array import array
from collections import Counter
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsClassificationQuantile,
    QgsGradientColorRamp,
    QgsGraduatedSymbolRenderer,
    QgsMapRendererCustomPainterJob,
    QgsMapSettings,
    QgsSymbol,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter, QPen, QTextOption

# Processing is a plugin of QGIS, not on the path of a plain Python; only an application knows where it is.
application = QgsApplication([], True)
sys.path.append(str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))

import processing  # noqa: E402
from processing.core.Processing import Processing  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "build" / "plugins"))

from parcel_agglomeration.algorithms.fields import (  # noqa: E402  # noqa: E402
    ALIKE,
    CLUSTERS,
    HOT_SPOTS,
    LEVELS_4,
    PLAN_LISTS,
    STABILITIES,
    ZONES,
    Term,
    change_terms,
)
from parcel_agglomeration.algorithms.presentation import apply_style  # noqa: E402
from parcel_agglomeration.algorithms.provider import AgglomerationProvider  # noqa: E402

IMAGES = ROOT / "resources" / "help" / "images"
DEMO = f"{ROOT / 'resources' / 'demo' / 'demo.gpkg'}|layername="
WIDTH, HEIGHT = 900, 520
SHEET_HEIGHT = 636  # of an A3 page of this width
LEGEND = 190
LONG_LEGEND = 340


LEGEND = 310
ROW = 24
PALETTE = 256

# What `evaluate` makes of the demonstration, for algorithms that begin with it.
EVALUATION = {
    "INPUT": DEMO + "parcels_partly_synthetic",
    "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
    "ID_FIELD": "parcel_id",
    "DISTRICT_FIELD": "syn_distr",
    "OUTPUT": "zones.gpkg",
    "TARGETS": "index_system.gpkg",
    "BREAKS": "breaks.gpkg",
}
EVALUATED = {"zones.gpkg", "index_system.gpkg", "breaks.gpkg"}


def paint_layers(painter, layers, width, smooth=True):
    """Paint layers, the topmost first, to the extent of the last one; unsmoothed lines make a small file."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[0].crs())
    settings.setOutputSize(QSize(width, HEIGHT))
    extent = layers[-1].extent()
    extent.scale(1.05)
    settings.setExtent(extent)
    settings.setFlag(Qgis.MapSettingsFlag.Antialiasing, smooth)
    job = QgsMapRendererCustomPainterJob(settings, painter)
    job.renderSynchronously()


def draw_map(painter, path, style, field, terms, legend=LEGEND):
    """Paint a layer with a style of the plugin and its legend on the right."""
    layer = QgsVectorLayer(str(path), path.stem, "ogr")
    apply_style(layer, style, field, terms)
    paint_layer(painter, layer, legend)


def draw_shades(painter, path, field, classes=5):
    """Paint a numeric column in shades, classes of equal count; features without a value are left out."""
    layer = QgsVectorLayer(str(path), path.stem, "ogr")
    # The classification would count a missing value as 0.
    layer.setSubsetString(f'"{field}" IS NOT NULL')
    renderer = QgsGraduatedSymbolRenderer(field)
    renderer.setSourceSymbol(QgsSymbol.defaultSymbol(layer.geometryType()))
    renderer.setSourceColorRamp(QgsGradientColorRamp(QColor("#ffffcc"), QColor("#225ea8")))
    method = QgsClassificationQuantile()
    method.setLabelPrecision(1)
    method.setLabelTrimTrailingZeroes(False)
    renderer.setClassificationMethod(method)
    renderer.updateClasses(layer, classes)
    layer.setRenderer(renderer)
    paint_layer(painter, layer)


def paint_layer(painter, layer, legend=LEGEND):
    """Paint a styled layer and its legend on the right."""
    paint_layers(painter, [layer], WIDTH - legend)

    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(WIDTH - legend, HEIGHT))
    extent = layer.extent()
    extent.scale(1.05)
    settings.setExtent(extent)
    job = QgsMapRendererCustomPainterJob(settings, painter)
    job.renderSynchronously()
    painter.setPen(QColor("#222222"))
    for row, item in enumerate(layer.renderer().legendSymbolItems()):
        y = 30 + row * ROW
        painter.fillRect(QRectF(WIDTH - legend, y, 22, 15), item.symbol().color())
        painter.drawRect(QRectF(WIDTH - legend, y, 22, 15))
        painter.drawText(QRectF(WIDTH - legend + 30, y - 3, legend - 30, 21), 0, item.label())


def label_of(value):
    """Text of a value beside a bar: numbers to a tenth."""
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


def draw_bars(painter, path, name, value, chosen=""):
    """Paint a column of a table as bars, one per row, or per row that fits an expression."""
    table = QgsVectorLayer(str(path), path.stem, "ogr")
    rows = [(label_of(row[name]), float(row[value])) for row in table.getFeatures()]

    table.setSubsetString(chosen)
    rows = [(str(row[name]), float(row[value])) for row in table.getFeatures()]
    longest = max(number for _, number in rows)
    for position, (label, number) in enumerate(rows):
        y = 14 + position * (HEIGHT - 28) / len(rows)
        length = (WIDTH - 420) * number / longest
        painter.setPen(QColor("#222222"))
        shown = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, 310)
        painter.drawText(QRectF(10, y, 310, 20), shown, QTextOption(Qt.AlignmentFlag.AlignRight))
        painter.fillRect(QRectF(330, y + 2, length, 16), QColor("#225ea8"))
        painter.drawText(QRectF(338 + length, y, 70, 20), 0, f"{number:.3f}")


def draw_links(painter, path, parcels):
    """Paint lines between neighbours over the outlines of a layer of the demonstration data."""
    links = QgsVectorLayer(str(path), "links", "ogr")
    outlines = QgsVectorLayer(DEMO + parcels, parcels, "ogr")
    links.renderer().symbol().setColor(QColor("#c0392b"))
    outlines.renderer().symbol().setColor(QColor("#d9d9d9"))
    paint_layers(painter, [links, outlines], WIDTH, smooth=False)


def draw_joins(painter, path):
    """Paint counted joins beside expected ones, a pair of bars per row of a table."""
    rows = list(QgsVectorLayer(str(path), path.stem, "ogr").getFeatures())
    longest = max(row[name] for row in rows for name in ("joins", "expected"))
    for position, row in enumerate(rows):
        y = 14 + position * (HEIGHT - 28) / len(rows)
        pair = f"{row['label_a']} - {row['label_b']}" if row["class_a"] else "all different classes"
        painter.setPen(QColor("#222222"))
        painter.drawText(QRectF(10, y + 10, 310, 20), pair, QTextOption(Qt.AlignmentFlag.AlignRight))
        for offset, name, colour in ((2, "joins", "#225ea8"), (24, "expected", "#bdbdbd")):
            length = (WIDTH - 520) * row[name] / longest
            painter.fillRect(QRectF(330, y + offset, length, 16), QColor(colour))
            painter.drawText(QRectF(338 + length, y + offset - 2, 150, 20), 0, f"{row[name]:.1f} {name}")


def draw_sheet(painter, folder):
    """Paint the first sheet of a folder of pictures, scaled down."""
    sheet = QImage(str(min(folder.glob("*.png"))))
    size = QSize(WIDTH, SHEET_HEIGHT)
    mode = Qt.TransformationMode.SmoothTransformation
    painter.drawImage(0, 0, sheet.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, mode))


def draw_matrix(painter, path):
    """Paint the cells of the zone matrix, high levels first, with their zones and parcels."""
    colours = ("#ffffcc", "#a1dab4", "#41b6c4", "#7ba7d6")
    for cell in QgsVectorLayer(str(path), path.stem, "ogr").getFeatures():
        row, column = 4 - cell["econ_lvl"], 4 - cell["land_lvl"]
        box = QRectF(150 + 180 * column, 50 + 112 * row, 170, 102)
        completed = cell["zone_src"] == "completed"
        painter.setPen(
            QPen(QColor("#222222"), 2, Qt.PenStyle.DashLine if completed else Qt.PenStyle.SolidLine)
        )
        painter.setBrush(QColor(colours[cell["zone"] - 1]))
        painter.drawRect(box)
        centre = QTextOption(Qt.AlignmentFlag.AlignCenter)
        painter.drawText(box, f"zone {cell['zone']}\n{cell['parcels']} parcels", centre)
        painter.drawText(QRectF(0, box.y(), 145, 102), f"economy {cell['econ_lvl']}", centre)
        painter.drawText(QRectF(box.x(), 10, 170, 40), f"land value {cell['land_lvl']}", centre)


PICTURES = {
    "evaluate": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_map(painter, folder / "out.gpkg", "zones", "zone", ZONES),
    ),
    "crosstabulate": (
        {"INPUT": "zones.gpkg", "OUTPUT": "out.gpkg", "CELLS": "table.gpkg"},
        lambda painter, folder: draw_matrix(painter, folder / "table.gpkg"),
    ),
    "zonestatistics": (
        {
            "INPUT": "zones.gpkg",
            "CLASS_FIELDS": ["zone"],
            "QUANTITIES": ["syn_output"],
            "OUTPUT": "table.gpkg",
        },
        lambda painter, folder: draw_bars(painter, folder / "table.gpkg", "label", "syn_output_share"),
    ),
    "naturalbreaks": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "FIELD": "syn_out_mu",
            "CLASSES": 4,
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_map(painter, folder / "out.gpkg", "levels", "syn_ou_lvl", LEVELS_4),
    ),
    "ahpweights": (
        {
            "JUDGEMENTS": DEMO + "judgements_illustrative",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_bars(painter, folder / "out.gpkg", "name", "weight"),
    ),
    "indexsystem": (
        {"OUTPUT": "out.gpkg"},
        lambda painter, folder: draw_bars(painter, folder / "out.gpkg", "name", "weight"),
    ),
    "objectiveweights": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_bars(painter, folder / "out.gpkg", "name", "weight"),
    ),
    "combineweights": (
        {
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OBJECTIVE": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_bars(painter, folder / "out.gpkg", "name", "weight"),
    ),
    "weightsensitivity": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "ID_FIELD": "parcel_id",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_map(
            painter, folder / "out.gpkg", "stability", "zone_stab", STABILITIES, legend=250
        ),
    ),
    "targetscores": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_shades(painter, folder / "out.gpkg", "composite"),
    ),
    "localmoran": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        lambda painter, folder: draw_map(painter, folder / "out.gpkg", "clusters", "lm_cluster", CLUSTERS),
    ),
    "globalmoran": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "FIELD": ["syn_out_mu", "syn_tax_mu", "syn_inv_mu", "syn_talent", "bld_coef", "acc_now"],
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_bars(painter, folder / "out.gpkg", "field", "moran_i"),
    ),
    "spatialweights": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "OUTPUT": "out.gpkg"},
        lambda painter, folder: draw_links(painter, folder / "out.gpkg", "parcels_partly_synthetic"),
    ),
    "hotspots": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        lambda painter, folder: draw_map(
            painter, folder / "out.gpkg", "hot_spots", "gi_bin", HOT_SPOTS, LONG_LEGEND
        ),
    ),
    "incrementalmoran": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        lambda painter, folder: draw_bars(painter, folder / "out.gpkg", "distance", "z"),
    ),
    "joincounts": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "landuse", "OUTPUT": "out.gpkg"},
        lambda painter, folder: draw_joins(painter, folder / "out.gpkg"),
    ),
    "localgeary": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        lambda painter, folder: draw_map(
            painter, folder / "out.gpkg", "local_geary", "lg_cluster", ALIKE, LONG_LEGEND
        ),
    ),
    "indicatordiagnostics": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_bars(painter, folder / "out.gpkg", "name", "vif"),
    ),
    "accessibilityscore": (
        {
            "INPUT": DEMO + "parcels_raw_partly_synthetic",
            "ROADS": DEMO + "roads",
            "ROADS_TYPE": "type",
            "PLACES": DEMO + "pois",
            "PLACES_TYPE": "type",
            "PLANNED_PLACES": DEMO + "places_planned_synthetic",
            "PLANNED_PLACES_TYPE": "type",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_shades(painter, folder / "out.gpkg", "acc_plan", classes=4),
    ),
    "mapsheet": (
        {
            "INPUT": "zones.gpkg",
            "FIELD": "zone",
            "DATE": "2026",
            "SOURCES": "© OpenStreetMap contributors (ODbL); enterprise figures synthetic",
            "DPI": 108,
            "PICTURES": "pictures",
        },
        lambda painter, folder: draw_sheet(painter, folder / "pictures"),
    ),
    "planningresponse": (
        {
            "INPUT": "zones.gpkg",
            "ID_FIELD": "parcel_id",
            "DISTRICT_FIELD": "syn_distr",
            "INDUSTRIAL": "\"landuse\" = 'industrial'",
            "INDEX_SYSTEM": "index_system.gpkg",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_map(
            painter,
            folder / "out.gpkg",
            "planning_lists",
            "plan_list",
            (*PLAN_LISTS[:-1], Term("lead", "area", "")),
        ),
    ),
    "explain": (
        {
            "INPUT": "zones.gpkg",
            "ID_FIELD": "parcel_id",
            "INDEX_SYSTEM": "index_system.gpkg",
            "FIXED_BREAKS": "breaks.gpkg",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_map(
            painter,
            folder / "out.gpkg",
            "zones",
            "up_zone",
            [Term(zone, "within reach", "") for zone in "234"],
        ),
    ),
    "zonechange": (
        {
            "INPUT": DEMO + "parcels_next_year_partly_synthetic",
            "BASE": DEMO + "parcels_partly_synthetic",
            "ID_FIELD": "parcel_id",
            "INDEX_SYSTEM": "index_system.gpkg",
            "FIXED_BREAKS": "breaks.gpkg",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_map(
            painter, folder / "out.gpkg", "changes", "zone_chg", change_terms(len(ZONES))
        ),
    ),
    "industrycheck": (
        {
            "INPUT": "zones.gpkg",
            "ID_FIELD": "parcel_id",
            "INDUSTRY_FIELD": "syn_indust",
            "CODE_LEVEL": 2,
            "PERFORMANCE": DEMO + "industry_performance_synthetic",
            "KEY_FIELD": "industry",
            "HIGHER_FIELDS": ["growth", "profit"],
            "LOWER_FIELDS": ["energy"],
            "OUTPUT": "out.gpkg",
            "INDUSTRIES": "table.gpkg",
        },
        lambda painter, folder: draw_bars(
            painter, folder / "table.gpkg", "name", "score", '"score" IS NOT NULL'
        ),
    ),
    "walkcoverage": (
        {
            "INPUT": DEMO + "parcels_raw_partly_synthetic",
            "FACILITIES": DEMO + "facilities_planned_synthetic",
            "CLASS_FIELD": "class",
            "NETWORK": DEMO + "roads",
            "TYPE_FIELD": "type",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_shades(painter, folder / "out.gpkg", "fac_plan"),
    ),
    "facilitydensity": (
        {
            "INPUT": DEMO + "parcels_raw_partly_synthetic",
            "FACILITIES": DEMO + "pois",
            "CLASS_FIELD": "class",
            "DISTANCE": 100,
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_shades(painter, folder / "out.gpkg", "fac_dens", 3),
    ),
    "parcelindicators": (
        {
            "INPUT": DEMO + "parcels_raw_partly_synthetic",
            "ID_FIELD": "parcel_id",
            "ENTERPRISES": DEMO + "enterprises_synthetic",
            "PARCEL_FIELD": "parcel_id",
            "OUTPUT_FIELD": "output",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_shades(painter, folder / "out.gpkg", "out_mu"),
    ),
    "evaluatemodel": (
        {
            "input": DEMO + "parcels_partly_synthetic",
            "index_system": DEMO + "index_system_synthetic_fields",
            "id_field": "parcel_id",
            "output": "out.gpkg",
        },
        lambda painter, folder: draw_map(painter, folder / "out.gpkg", "zones", "zone", ZONES),
    ),
    "rawmodel": (
        {
            "input": DEMO + "parcels_raw_partly_synthetic",
            "id_field": "parcel_id",
            "district_field": "syn_distr",
            "enterprises": DEMO + "enterprises_synthetic",
            "parcel_field": "parcel_id",
            "output_field": "output",
            "tax_field": "tax",
            "investment_field": "investment",
            "talent_field": "staff_skilled",
            "electricity_field": "electricity",
            "water_field": "water",
            "scale_field": "above_scale",
            "giant_field": "little_giant",
            "hightech_field": "high_tech",
            "buildings": DEMO + "buildings",
            "storeys_field": "syn_storey",
            "yards": DEMO + "yards_synthetic",
            "green": DEMO + "green_synthetic",
            "facilities": DEMO + "pois",
            "facility_class": "class",
            "distance": 100,
            "planned_facilities": DEMO + "facilities_planned_synthetic",
            "planned_class": "class",
            "roads": DEMO + "roads",
            "road_type": "type",
            "places": DEMO + "pois",
            "place_type": "type",
            "planned_places": DEMO + "places_planned_synthetic",
            "planned_type": "type",
            "judgements": DEMO + "judgements_illustrative",
            "output": "out.gpkg",
        },
        lambda painter, folder: draw_map(painter, folder / "out.gpkg", "zones", "zone", ZONES),
    ),
}
HEIGHTS = {"mapsheet": SHEET_HEIGHT}


def run(algorithm, parameters, folder):
    """Run an algorithm; bare names of files stand for those in a folder."""
    own = {*EVALUATED, "out.gpkg", "table.gpkg", "pictures"}
    given = {
        name: str(folder / value) if isinstance(value, str) and value in own else value
        for name, value in parameters.items()
    }
    processing.run(f"agglomeration:{algorithm}", given)


def make_picture(algorithm, folder):
    """Run an algorithm and save the picture of its result as a PNG with a palette."""
    parameters, draw = PICTURES[algorithm]
    if EVALUATED & set(map(str, parameters.values())):
        run("evaluate", EVALUATION, folder)
    run(algorithm, parameters, folder)
    image = QImage(WIDTH, HEIGHTS.get(algorithm, HEIGHT), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setFont(QFont("DejaVu Sans", 10))
    draw(painter, folder)
    painter.end()
    # The commonest colours, not a fixed cube: those of the styles stay as they are.
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    colours = [colour for colour, _ in Counter(array("I", bytes(bits))).most_common(PALETTE)]
    threshold = Qt.ImageConversionFlag.ThresholdDither
    flat = image.convertToFormat(QImage.Format.Format_Indexed8, colours, threshold)
    IMAGES.mkdir(parents=True, exist_ok=True)
    if not flat.save(str(IMAGES / f"{algorithm}.png")):
        sys.exit(f"the picture of {algorithm} cannot be written")


if __name__ == "__main__":
    application.initQgis()
    Processing.initialize()
    provider = AgglomerationProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    provider.add_models()
    for wanted in sys.argv[1:] or PICTURES:
        with tempfile.TemporaryDirectory() as scratch:
            make_picture(wanted, Path(scratch))
