"""Write the styles in resources/styles. Run in the environment of `make env`:
QT_HASH_SEED=0 python3 scripts/make_styles.py. Without the seed, Qt orders attributes by chance.

Sequences run from light to dark, so that they survive greyscale printing; hues are told apart
with colour blindness (sequences and diverging schemes after ColorBrewer, Brewer 2003). Where
lightness alone cannot tell two classes apart, a hatch or dots do. test/qgis/test_styles.py computes it.
"""

import re
import sys
import uuid
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsLinePatternFillSymbolLayer,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsPointPatternFillSymbolLayer,
    QgsRendererCategory,
    QgsRendererRange,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor

STYLES = Path(__file__).resolve().parents[1] / "resources" / "styles"
OPEN = 1e12
"""Limit of a class that is open at this end."""

# Second channel of a class beside its colour: lines rising or falling to the right, both, or dots.
RISING, FALLING, CROSS, DOTS = "rising", "falling", "cross", "dots"
_ANGLES = {RISING: (45,), FALLING: (135,), CROSS: (45, 135)}

ZONES = {4: "#225ea8", 3: "#41b6c4", 2: "#a1dab4", 1: "#ffffcc"}
LEVELS = {4: "#d94701", 3: "#fd8d3c", 2: "#fdbe85", 1: "#feedde"}
STABILITY = {4: "#54278f", 3: "#8c86bf", 2: "#bcbddc", 1: "#f2f0f7"}
CONFIDENCE = {3: "#006d2c", 2: "#66c2a4", 1: "#d8eedf"}
SOURCES = {"printed": "#bdd7e7", "completed": ("#fdae61", RISING), "user": ("#6a51a3", DOTS)}
CLUSTERS = {
    "HH": "#b2182b",
    "LL": ("#2166ac", RISING),
    "HL": "#f4a582",
    "LH": ("#92c5de", RISING),
    "ns": "#e8e8e8",
    "none": ("#ffffff", CROSS),
}
ALIKE = {
    "HH": "#b2182b",
    "LL": ("#2166ac", RISING),
    "OP": "#d8b365",
    "NEG": ("#7b3294", CROSS),
    "ns": "#e8e8e8",
    "none": ("#ffffff", CROSS),
}
HOT_SPOTS = {
    3: "#a50f20",
    2: "#ef8a62",
    1: "#fbcdb5",
    0: "#f7f7f7",
    -1: ("#bddaea", RISING),
    -2: ("#67a9cf", RISING),
    -3: ("#1f5c9e", RISING),
}
CHANGES = {
    3: "#01665e",
    2: "#4aa79d",
    1: "#b2ded7",
    0: "#f7f7f7",
    -1: ("#f0dcae", RISING),
    -2: ("#cf9a4c", RISING),
    -3: ("#8c510a", RISING),
}
MATCHES = {
    "id": "#d9e8f2",
    "location": "#7fb3d5",
    "split": ("#fdae61", RISING),
    "merged": ("#fdae61", CROSS),
    "new": ("#b2182b", DOTS),
}
FINDINGS = {
    "agrees": "#1b7837",
    "single": "#a6dba0",
    "over": ("#e08214", RISING),
    "under": ("#4575b4", FALLING),
    "no_perf": ("#d9d9d9", DOTS),
    "no_score": ("#bdbdbd", CROSS),
    "no_ind": ("#ffffff", FALLING),
}
# The hatch of both lists is that of one list over that of the other.
PLAN_LISTS = {
    "lead": "#225ea8",
    "both": ("#b2182b", CROSS),
    "revit": ("#fdae61", RISING),
    "renov": ("#d9a6c8", FALLING),
    "none": "#f0f0f0",
}
FLAGS = {1: ("#d94701", RISING), 0: "#eff3ff"}
# Areas over parcels or a map: light enough to read what is below.
LEAD_AREAS = {"A": "8,48,107,110", "B": "66,146,198,110", "C": "198,219,239,110"}
RESERVE_LAND = {1: "35,139,69,110", 2: "186,228,179,110"}

# Classes of numbers: lower and upper limit (closed), colour, label; the plugin puts words to lower limits.
SCORES = (
    (80, OPEN, "#006837", "80 - 100"),
    (60, 80, "#31a354", "60 - 80"),
    (40, 60, "#78c679", "40 - 60"),
    (20, 40, "#c2e699", "20 - 40"),
    (0, 20, "#ffffcc", "0 - 20"),
)
RATINGS = (
    (8, OPEN, "#006837", "8 - 10"),
    (6, 8, "#31a354", "6 - 8"),
    (4, 6, "#78c679", "4 - 6"),
    (2, 4, "#c2e699", "2 - 4"),
    (0, 2, "#ffffcc", "0 - 2"),
)
# Limits of these come from the data.
AMOUNTS = tuple(
    (limit, limit + 1, colour, f"{limit} - {limit + 1}")
    for limit, colour in ((4, "#045a8d"), (3, "#2b8cbe"), (2, "#74a9cf"), (1, "#bdc9e1"), (0, "#f1eef6"))
)
NEIGHBOURS = (
    (12, OPEN, "#08306b", "13 +"),
    (8, 12, "#2171b5", "9 - 12"),
    (4, 8, "#6baed6", "5 - 8"),
    (2, 4, "#bdd7e7", "3 - 4"),
    (0, 2, "#eff3ff", "1 - 2"),
    (-1, 0, ("#d7301f", CROSS), "0"),
)
COMPONENTS = ((1, OPEN, ("#e6550d", RISING), "2 +"), (0, 1, "#deebf7", "1"))
SIGNIFICANCE = (
    (0, 0.001, "#00441b", "p <= 0.001"),
    (0.001, 0.01, "#238b45", "p <= 0.01"),
    (0.01, 0.05, "#8fd18c", "p <= 0.05"),
    (0.05, 1, "#efefef", "p > 0.05"),
)


def write_categories(name, field, classes, labelled=False):
    """Write a style by codes; the last category catches parcels without a result."""
    layer = QgsVectorLayer("Polygon", name, "memory")
    categories = [QgsRendererCategory(code, _fill(look), str(code)) for code, look in classes.items()]
    categories.append(QgsRendererCategory(None, _no_result(), ""))
    layer.setRenderer(QgsCategorizedSymbolRenderer(field, categories))
    if labelled:
        layer.setLabeling(_labels(field))
        layer.setLabelsEnabled(True)
    _save(layer, name, labelled)


def write_ranges(name, field, classes):
    """Write a style by classes of numbers."""
    layer = QgsVectorLayer("Polygon", name, "memory")
    ranges = [QgsRendererRange(lower, upper, _fill(look), label) for lower, upper, look, label in classes]
    layer.setRenderer(QgsGraduatedSymbolRenderer(field, ranges))
    _save(layer, name)


def write_single(name, geometry, symbol):
    """Write a style with one symbol."""
    layer = QgsVectorLayer(geometry, name, "memory")
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    _save(layer, name)


def _save(layer, name, labelled=False):
    categories = layer.StyleCategory.Symbology
    if labelled:
        categories |= layer.StyleCategory.Labeling
    path = STYLES / f"{name}.qml"
    message, done = layer.saveNamedStyle(str(path), categories)
    if not done:
        sys.exit(message)
    path.write_text(with_lasting_ids(path.read_text(encoding="utf-8")), encoding="utf-8")


def with_lasting_ids(style):
    """QGIS draws ids anew each time; counted ones change only where the style does."""
    ids = {}

    def lasting(drawn):
        return ids.setdefault(drawn[0], f"{{{uuid.UUID(int=len(ids) + 1)}}}")

    return re.sub(r"\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}", lasting, style)


def _fill(look, outline="solid"):
    colour, mark = (look, None) if isinstance(look, str) else look
    symbol = QgsFillSymbol.createSimple(
        {
            "color": colour,
            "outline_color": "#5a5a5a",
            "outline_width": "0.15",
            "outline_style": outline,
        }
    )
    ink = "#ffffff" if symbol.color().lightnessF() < 0.55 else "#4a4a4a"
    for angle in _ANGLES.get(mark, ()):
        lines = QgsLinePatternFillSymbolLayer()
        lines.setLineAngle(angle)
        lines.setDistance(1.3)
        lines.setSubSymbol(QgsLineSymbol.createSimple({"color": ink, "width": "0.2"}))
        symbol.appendSymbolLayer(lines)
    if mark == DOTS:
        dots = QgsPointPatternFillSymbolLayer()
        dots.setDistanceX(1.4)
        dots.setDistanceY(1.4)
        dots.setSubSymbol(
            QgsMarkerSymbol.createSimple(
                {"name": "circle", "color": ink, "outline_style": "no", "size": "0.55"}
            )
        )
        symbol.appendSymbolLayer(dots)
    return symbol


def _no_result():
    return _fill(("#ffffff", DOTS), "dot")


def _labels(field):
    settings = QgsPalLayerSettings()
    settings.fieldName = field
    text = QgsTextFormat()
    text.setSize(8)
    text.setColor(QColor("#1a1a1a"))
    buffer = QgsTextBufferSettings()
    buffer.setEnabled(True)
    buffer.setSize(0.7)
    text.setBuffer(buffer)
    settings.setFormat(text)
    return QgsVectorLayerSimpleLabeling(settings)


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    write_categories("zones", "zone", ZONES)
    write_categories("explained_zones", "zone", ZONES, labelled=True)
    write_categories("zone_sources", "zone_src", SOURCES)
    write_categories("levels", "compos_lvl", LEVELS)
    write_categories("clusters", "lm_cluster", CLUSTERS)
    write_categories("local_geary", "lg_cluster", ALIKE)
    write_categories("hot_spots", "gi_bin", HOT_SPOTS)
    write_categories("stability", "zone_stab", STABILITY)
    write_categories("confidence", "ind_conf", CONFIDENCE)
    write_categories("industry_findings", "ind_chk", FINDINGS)
    write_categories("changes", "zone_chg", CHANGES)
    write_categories("matches", "match", MATCHES)
    write_categories("planning_lists", "plan_list", PLAN_LISTS)
    write_categories("flags", "idle", FLAGS)
    write_categories("lead_areas", "grade", LEAD_AREAS)
    write_categories("reserve_land", "ring", RESERVE_LAND)
    write_ranges("scores", "composite", SCORES)
    write_ranges("ratings", "acc_now", RATINGS)
    write_ranges("amounts", "fac_dens", AMOUNTS)
    write_ranges("neighbours", "nb_n", NEIGHBOURS)
    write_ranges("components", "nb_comp", COMPONENTS)
    write_ranges("significance", "lm_p", SIGNIFICANCE)
    write_single("no_result", "Polygon", _no_result())
    write_single(
        "neighbour_links", "LineString", QgsLineSymbol.createSimple({"color": "53,66,82,200", "width": "0.3"})
    )
