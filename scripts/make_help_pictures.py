"""Draw the pictures of the help pages, in both languages: python3 scripts/make_help_pictures.py [ID ...]

Runs in the environment of `make env`, after `make translations`. A picture is one entry of PICTURES: what to
run on the demonstration data, and a function that paints the outputs with words of a language.
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
from qgis.PyQt.QtCore import QLocale, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter, QPen, QTextOption

# Processing is a plugin of QGIS, not on the path of a plain Python; only an application knows where it is.
application = QgsApplication([], True)
sys.path.append(str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))

import processing  # noqa: E402
from processing.core.Processing import Processing  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "build" / "plugins"))

from parcel_agglomeration.algorithms.fields import (  # noqa: E402
    ALIKE,
    CLUSTERS,
    HOT_SPOTS,
    JOIN_COUNTS,
    LANGUAGES,
    LEVELS_4,
    PLAN_LISTS,
    STABILITIES,
    ZONES,
    Term,
    change_terms,
    term_label,
)
from parcel_agglomeration.algorithms.planning.map_sheet import chinese_font  # noqa: E402
from parcel_agglomeration.algorithms.presentation import apply_style  # noqa: E402
from parcel_agglomeration.algorithms.report_maps import class_colours  # noqa: E402
from parcel_agglomeration.plugin import ParcelAgglomerationPlugin  # noqa: E402

IMAGES = ROOT / "resources" / "help" / "images"
DEMO = f"{ROOT / 'resources' / 'demo' / 'demo.gpkg'}|layername="
LOCALES = {"en": "en_US", "zh": "zh_CN"}
WIDTH, HEIGHT = 900, 520
SHEET = QSize(1400, 990)  # an A3 page whose small print can be read
LEGEND = 310
LONG_LEGEND = 350
ROW = 24
PALETTE = 256
DARK = 128  # lightness below which text is white
INK = QColor("#222222")
BAR = QColor("#225ea8")
PALE_BAR = QColor("#bdbdbd")

INDICATOR_NAMES = {"en": "name", "zh": "name_zh"}
LAND_USES = (
    Term("commercial", "commercial", "商务"),
    Term("industrial", "industrial", "工业"),
    Term("retail", "retail", "零售"),
)
# Divisions of GB/T 4754-2017, the standard's own names in Chinese.
INDUSTRIES = (
    Term("14", "Food manufacturing", "食品制造业"),
    Term("26", "Chemical raw materials and products", "化学原料和化学制品制造业"),
    Term("29", "Rubber and plastic products", "橡胶和塑料制品业"),
    Term("30", "Non-metallic mineral products", "非金属矿物制品业"),
    Term("33", "Metal products", "金属制品业"),
    Term("34", "General equipment", "通用设备制造业"),
    Term("35", "Special equipment", "专用设备制造业"),
    Term("36", "Automobiles", "汽车制造业"),
    Term("37", "Railway, ship, aerospace, other transport", "铁路、船舶、航空航天和其他运输设备制造业"),
    Term("38", "Electrical machinery", "电气机械和器材制造业"),
    Term("39", "Computers, communication, electronics", "计算机、通信和其他电子设备制造业"),
    Term("51", "Wholesale", "批发业"),
    Term("52", "Retail", "零售业"),
    Term("62", "Catering", "餐饮业"),
    Term("65", "Software and information services", "软件和信息技术服务业"),
    Term("72", "Business services", "商务服务业"),
    Term("73", "Research and experimental development", "研究和试验发展"),
)
ALL_DIFFERENT = {"en": "all different classes", "zh": "全部异类连接"}
METRES = {"en": "{:,.1f} m", "zh": "{:,.1f} 米"}
CELL = {"en": "zone {zone}\n{parcels} parcels", "zh": "分区 {zone}\n{parcels} 个地块"}
ECONOMY = {"en": "economic\nperformance {}", "zh": "经济效益\n{} 级"}
LAND_VALUE = {"en": "land value {}", "zh": "土地价值 {} 级"}
SOURCES = {
    "en": "© OpenStreetMap contributors (ODbL); enterprise figures synthetic",
    "zh": "© OpenStreetMap contributors（ODbL）；企业数据为合成数据",
}

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


def opened(source):
    """The layer or table of a file or of a source string."""
    return QgsVectorLayer(str(source), "drawn", "ogr")


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


def draw_map(style, field, terms, legend=LEGEND, unused=()):
    """A function that paints out.gpkg with a style of the plugin and its legend on the right.

    ``unused`` are codes that keep their colour from the others but are not in the legend.
    """

    def draw(painter, folder, language):
        layer = opened(folder / "out.gpkg")
        apply_style(layer, style, field, terms, language)
        for code in unused:
            layer.renderer().deleteCategory(layer.renderer().categoryIndexForValue(code))
        paint_layer(painter, layer, legend)

    return draw


def draw_shades(field, classes=5):
    """A function that paints a numeric column of out.gpkg in shades, classes of equal count.

    Features without a value are left out.
    """

    def draw(painter, folder, language):
        layer = opened(folder / "out.gpkg")
        # The classification would count a missing value as 0.
        layer.setSubsetString(f'"{field}" IS NOT NULL')
        renderer = QgsGraduatedSymbolRenderer(field)
        renderer.setSourceSymbol(QgsSymbol.defaultSymbol(layer.geometryType()))
        renderer.setSourceColorRamp(QgsGradientColorRamp(QColor("#ffffcc"), BAR))
        method = QgsClassificationQuantile()
        method.setLabelPrecision(1)
        method.setLabelTrimTrailingZeroes(False)
        renderer.setClassificationMethod(method)
        renderer.updateClasses(layer, classes)
        layer.setRenderer(renderer)
        paint_layer(painter, layer)

    return draw


def paint_layer(painter, layer, legend=LEGEND):
    """Paint a styled layer and its legend on the right."""
    paint_layers(painter, [layer], WIDTH - legend)
    painter.setPen(INK)
    for row, item in enumerate(layer.renderer().legendSymbolItems()):
        y = 30 + row * ROW
        painter.drawImage(WIDTH - legend, y, item.symbol().asImage(QSize(24, 16)))
        painter.drawText(QRectF(WIDTH - legend + 32, y - 3, legend - 32, 21), 0, item.label())


def draw_bars(table, name, value, chosen="", label=None):
    """A function that paints a column of a table as bars, one per row, or per row that fits an expression.

    Parameters
    ----------
    table : str
        File of the table.
    name, value : str or dict, str
        Columns of the names, or one for each language, and of the numbers.
    chosen : str
        Expression that picks the rows.
    label : callable, optional
        Text beside a bar, of the name and the language; the name itself if not given.
    """

    def draw(painter, folder, language):
        rows = opened(folder / table)
        rows.setSubsetString(chosen)
        column = name if isinstance(name, str) else name[language]
        bars = [(row[column], float(row[value])) for row in rows.getFeatures()]
        longest = max(number for _, number in bars)
        for position, (text, number) in enumerate(bars):
            y = 14 + position * (HEIGHT - 28) / len(bars)
            length = (WIDTH - 420) * number / longest
            painter.setPen(INK)
            paint_name(painter, y, label(text, language) if label else text)
            painter.fillRect(QRectF(330, y + 2, length, 16), BAR)
            painter.drawText(QRectF(338 + length, y, 70, 20), 0, f"{number:.3f}")

    return draw


def paint_name(painter, y, text):
    """Paint the name of a bar on its left; one too long for its place is an error."""
    if painter.fontMetrics().horizontalAdvance(text) > 310:
        sys.exit(f"too long for a picture: {text}")
    painter.drawText(QRectF(10, y, 310, 20), text, QTextOption(Qt.AlignmentFlag.AlignRight))


def metres(distance, language):
    """A distance with its unit."""
    return METRES[language].format(distance)


def indicator_of_field(field, language):
    """Name of the indicator that the demonstration's index system reads from a field."""
    (row,) = opened(DEMO + "index_system_synthetic_fields").getFeatures(f"\"field\" = '{field}'")
    return row[INDICATOR_NAMES[language]]


def industry(name, language):
    """Short name of the industry of a code."""
    return term_label(INDUSTRIES, str(name), language)


def draw_links(parcels):
    """A function that paints lines between neighbours over the outlines of a layer of the demonstration."""

    def draw(painter, folder, language):
        links = opened(folder / "out.gpkg")
        outlines = opened(DEMO + parcels)
        links.renderer().symbol().setColor(QColor("#c0392b"))
        outlines.renderer().symbol().setColor(QColor("#d9d9d9"))
        paint_layers(painter, [links, outlines], WIDTH, smooth=False)

    return draw


def draw_joins(painter, folder, language):
    """Paint counted joins beside expected ones, a pair of bars per row of the table."""
    aliases = {field.name: field.alias(language) for field in JOIN_COUNTS}
    rows = list(opened(folder / "out.gpkg").getFeatures())
    longest = max(row[name] for row in rows for name in ("joins", "expected"))
    for position, row in enumerate(rows):
        y = 14 + position * (HEIGHT - 28) / len(rows)
        classes = [term_label(LAND_USES, row[name], language) for name in ("class_a", "class_b")]
        painter.setPen(INK)
        paint_name(painter, y + 10, " - ".join(classes) if row["class_a"] else ALL_DIFFERENT[language])
        for offset, name, colour in ((2, "joins", BAR), (24, "expected", PALE_BAR)):
            length = (WIDTH - 520) * row[name] / longest
            painter.fillRect(QRectF(330, y + offset, length, 16), colour)
            shown = f"{aliases[name]} {row[name]:.1f}"
            painter.drawText(QRectF(338 + length, y + offset - 2, 180, 20), 0, shown)


def draw_sheet(painter, folder, language):
    """Paint the first sheet of the folder of pictures, scaled down."""
    sheet = QImage(str(min((folder / "pictures").glob("*.png"))))
    mode = Qt.TransformationMode.SmoothTransformation
    painter.drawImage(0, 0, sheet.scaled(SHEET, Qt.AspectRatioMode.KeepAspectRatio, mode))


def draw_matrix(painter, folder, language):
    """Paint the cells of the zone matrix, high levels first, with their zones and parcels."""
    colours = class_colours("zones", ZONES)
    centre = QTextOption(Qt.AlignmentFlag.AlignCenter)
    for cell in opened(folder / "table.gpkg").getFeatures():
        row, column = 4 - cell["econ_lvl"], 4 - cell["land_lvl"]
        box = QRectF(150 + 180 * column, 50 + 112 * row, 170, 102)
        completed = cell["zone_src"] == "completed"
        painter.setPen(QPen(INK, 2, Qt.PenStyle.DashLine if completed else Qt.PenStyle.SolidLine))
        colour = QColor(colours[str(cell["zone"])])
        painter.setBrush(colour)
        painter.drawRect(box)
        painter.setPen(QColor("white") if colour.lightness() < DARK else INK)
        shown = CELL[language].format(zone=cell["zone"], parcels=cell["parcels"])
        painter.drawText(box, shown, centre)
        painter.setPen(INK)
        painter.drawText(QRectF(0, box.y(), 145, 102), ECONOMY[language].format(cell["econ_lvl"]), centre)
        painter.drawText(QRectF(box.x(), 10, 170, 40), LAND_VALUE[language].format(cell["land_lvl"]), centre)


PICTURES = {
    "evaluate": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        draw_map("zones", "zone", ZONES),
    ),
    "crosstabulate": (
        {"INPUT": "zones.gpkg", "OUTPUT": "out.gpkg", "CELLS": "table.gpkg"},
        draw_matrix,
    ),
    "zonestatistics": (
        {
            "INPUT": "zones.gpkg",
            "CLASS_FIELDS": ["zone"],
            "QUANTITIES": ["syn_output"],
            "OUTPUT": "table.gpkg",
        },
        draw_bars("table.gpkg", "label", "syn_output_share"),
    ),
    "naturalbreaks": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "FIELD": "syn_out_mu",
            "CLASSES": 4,
            "OUTPUT": "out.gpkg",
        },
        draw_map("levels", "syn_ou_lvl", LEVELS_4),
    ),
    "ahpweights": (
        {
            "JUDGEMENTS": DEMO + "judgements_illustrative",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        draw_bars("out.gpkg", INDICATOR_NAMES, "weight"),
    ),
    "indexsystem": (
        {"OUTPUT": "out.gpkg"},
        draw_bars("out.gpkg", INDICATOR_NAMES, "weight"),
    ),
    "objectiveweights": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        draw_bars("out.gpkg", INDICATOR_NAMES, "weight"),
    ),
    "combineweights": (
        {
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OBJECTIVE": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        draw_bars("out.gpkg", INDICATOR_NAMES, "weight"),
    ),
    "weightsensitivity": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "ID_FIELD": "parcel_id",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        draw_map("stability", "zone_stab", STABILITIES, legend=250),
    ),
    "targetscores": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        draw_shades("composite"),
    ),
    "localmoran": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        draw_map("clusters", "lm_cluster", CLUSTERS),
    ),
    "globalmoran": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "FIELD": ["syn_out_mu", "syn_tax_mu", "syn_inv_mu", "syn_talent", "bld_coef", "acc_now"],
            "OUTPUT": "out.gpkg",
        },
        draw_bars("out.gpkg", "field", "moran_i", label=indicator_of_field),
    ),
    "spatialweights": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "OUTPUT": "out.gpkg"},
        draw_links("parcels_partly_synthetic"),
    ),
    "hotspots": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        draw_map("hot_spots", "gi_bin", HOT_SPOTS, LONG_LEGEND),
    ),
    "incrementalmoran": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        draw_bars("out.gpkg", "distance", "z", label=metres),
    ),
    "joincounts": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "landuse", "OUTPUT": "out.gpkg"},
        draw_joins,
    ),
    "localgeary": (
        {"INPUT": DEMO + "parcels_partly_synthetic", "FIELD": "syn_out_mu", "OUTPUT": "out.gpkg"},
        draw_map("local_geary", "lg_cluster", ALIKE, LONG_LEGEND),
    ),
    "indicatordiagnostics": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        draw_bars("out.gpkg", "name", "vif"),
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
        draw_shades("acc_plan", classes=4),
    ),
    "mapsheet": (
        {
            "INPUT": "zones.gpkg",
            "FIELD": "zone",
            "DATE": "2026",
            "SOURCES": SOURCES,
            "DPI": 108,
            "PICTURES": "pictures",
        },
        draw_sheet,
    ),
    "anonymise": (
        {"INPUT": "zones.gpkg", "MEANS": ["syn_output"], "OUTPUT": "out.gpkg"},
        draw_shades("syn_output"),
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
        draw_map(
            "planning_lists",
            "plan_list",
            PLAN_LISTS,
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
        draw_map(
            "zones",
            "up_zone",
            [Term(zone, f"zone {zone} within reach", f"可升至分区 {zone}") for zone in "1234"],
            unused=(1,),
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
        draw_map("changes", "zone_chg", change_terms(len(ZONES))),
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
        draw_bars("table.gpkg", "industry", "score", '"score" IS NOT NULL', industry),
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
        draw_shades("fac_plan"),
    ),
    "facilitydensity": (
        {
            "INPUT": DEMO + "parcels_raw_partly_synthetic",
            "FACILITIES": DEMO + "pois",
            "CLASS_FIELD": "class",
            "DISTANCE": 100,
            "OUTPUT": "out.gpkg",
        },
        draw_shades("fac_dens", 3),
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
        draw_shades("out_mu"),
    ),
    "evaluatemodel": (
        {
            "input": DEMO + "parcels_partly_synthetic",
            "index_system": DEMO + "index_system_synthetic_fields",
            "id_field": "parcel_id",
            "output": "out.gpkg",
        },
        draw_map("zones", "zone", ZONES),
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
        draw_map("zones", "zone", ZONES),
    ),
}
SIZES = {"mapsheet": SHEET}


def run(algorithm, parameters, folder, language):
    """Run an algorithm; bare names of files stand for those in a folder."""
    own = {*EVALUATED, "out.gpkg", "table.gpkg", "pictures"}
    given = {}
    for name, value in parameters.items():
        chosen = value[language] if isinstance(value, dict) else value
        given[name] = str(folder / chosen) if isinstance(chosen, str) and chosen in own else chosen
    identifier = f"agglomeration:{algorithm}"
    if QgsApplication.processingRegistry().algorithmById(identifier).parameterDefinition("LANGUAGE"):
        given["LANGUAGE"] = LANGUAGES.index(language)
    processing.run(identifier, given)


def make_picture(algorithm, folder, language):
    """Run an algorithm and save the picture of its result as a PNG with a palette."""
    parameters, draw = PICTURES[algorithm]
    if EVALUATED & set(map(str, parameters.values())):
        run("evaluate", EVALUATION, folder, language)
    run(algorithm, parameters, folder, language)
    image = QImage(SIZES.get(algorithm, QSize(WIDTH, HEIGHT)), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setFont(QFont(chinese_font() if language == "zh" else "DejaVu Sans", 10))
    draw(painter, folder, language)
    painter.end()
    # The commonest colours, not a fixed cube: those of the styles stay as they are.
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    colours = [colour for colour, _ in Counter(array("I", bytes(bits))).most_common(PALETTE)]
    threshold = Qt.ImageConversionFlag.ThresholdDither
    flat = image.convertToFormat(QImage.Format.Format_Indexed8, colours, threshold)
    target = IMAGES / language / f"{algorithm}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    if not flat.save(str(target)):
        sys.exit(f"the picture of {algorithm} cannot be written")


def make_pictures(algorithms, language):
    """Make the pictures of algorithms with the plugin in a language."""
    QLocale.setDefault(QLocale(LOCALES[language]))
    plugin = ParcelAgglomerationPlugin(None)
    plugin.initProcessing()
    if language == "zh" and plugin.translator is None:
        sys.exit("the Chinese translation is not compiled: run make translations")
    for algorithm in algorithms:
        with tempfile.TemporaryDirectory() as scratch:
            make_picture(algorithm, Path(scratch), language)
    plugin.unload()


if __name__ == "__main__":
    application.initQgis()
    Processing.initialize()
    for spoken in LANGUAGES:
        make_pictures(sys.argv[1:] or PICTURES, spoken)
