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
from qgis.PyQt.QtGui import QColor, QFont, QImage, QPainter, QTextOption

# Processing is a plugin of QGIS, not on the path of a plain Python.
sys.path.append("/usr/share/qgis/python/plugins")

import processing
from processing.core.Processing import Processing

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "build" / "plugins"))

from parcel_agglomeration.algorithms.fields import LEVELS_4  # noqa: E402
from parcel_agglomeration.algorithms.presentation import apply_style  # noqa: E402
from parcel_agglomeration.algorithms.provider import AgglomerationProvider  # noqa: E402

IMAGES = ROOT / "resources" / "help" / "images"
DEMO = f"{ROOT / 'resources' / 'demo' / 'demo.gpkg'}|layername="
WIDTH, HEIGHT = 900, 520
LEGEND = 190
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


def draw_map(painter, path, style, field, terms):
    """Paint a layer with a style of the plugin and its legend on the right."""
    layer = QgsVectorLayer(str(path), path.stem, "ogr")
    apply_style(layer, style, field, terms)
    paint_layer(painter, layer)


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


def paint_layer(painter, layer):
    """Paint a styled layer and its legend on the right."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(WIDTH - LEGEND, HEIGHT))
    extent = layer.extent()
    extent.scale(1.05)
    settings.setExtent(extent)
    job = QgsMapRendererCustomPainterJob(settings, painter)
    job.renderSynchronously()
    painter.setPen(QColor("#222222"))
    for row, item in enumerate(layer.renderer().legendSymbolItems()):
        y = 30 + row * ROW
        painter.fillRect(QRectF(WIDTH - LEGEND, y, 22, 15), item.symbol().color())
        painter.drawRect(QRectF(WIDTH - LEGEND, y, 22, 15))
        painter.drawText(QRectF(WIDTH - LEGEND + 30, y - 3, LEGEND - 30, 21), 0, item.label())


def draw_bars(painter, path, name, value):
    """Paint a column of a table as bars, one per row."""
    table = QgsVectorLayer(str(path), path.stem, "ogr")
    rows = [(str(row[name]), float(row[value])) for row in table.getFeatures()]
    longest = max(number for _, number in rows)
    for position, (label, number) in enumerate(rows):
        y = 14 + position * (HEIGHT - 28) / len(rows)
        length = (WIDTH - 420) * number / longest
        painter.setPen(QColor("#222222"))
        painter.drawText(QRectF(10, y, 310, 20), label, QTextOption(Qt.AlignmentFlag.AlignRight))
        painter.fillRect(QRectF(330, y + 2, length, 16), QColor("#225ea8"))
        painter.drawText(QRectF(338 + length, y, 70, 20), 0, f"{number:.3f}")


PICTURES = {
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
    "targetscores": (
        {
            "INPUT": DEMO + "parcels_partly_synthetic",
            "INDEX_SYSTEM": DEMO + "index_system_synthetic_fields",
            "OUTPUT": "out.gpkg",
        },
        lambda painter, folder: draw_shades(painter, folder / "out.gpkg", "composite"),
    ),
}


def run(algorithm, parameters, folder):
    """Run an algorithm; bare names of files stand for those in a folder."""
    own = {*EVALUATED, "out.gpkg", "table.gpkg"}
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
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
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
    application = QgsApplication([], True)
    application.initQgis()
    Processing.initialize()
    provider = AgglomerationProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    for wanted in sys.argv[1:] or PICTURES:
        with tempfile.TemporaryDirectory() as scratch:
            make_picture(wanted, Path(scratch))
