"""Write the styles in resources/styles. Run in the environment of `make env`:
QT_HASH_SEED=0 python3 scripts/make_styles.py. Without the seed, Qt orders attributes by chance.

Sequences run from light to dark, so that they survive greyscale printing; hues are told apart
with colour blindness (sequences of ColorBrewer, Brewer 2003).
"""

import re
import sys
import uuid
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsFillSymbol,
    QgsRendererCategory,
    QgsVectorLayer,
)

STYLES = Path(__file__).resolve().parents[1] / "resources" / "styles"

ZONES = {4: "#225ea8", 3: "#41b6c4", 2: "#a1dab4", 1: "#ffffcc"}
LEVELS = {4: "#d94701", 3: "#fd8d3c", 2: "#fdbe85", 1: "#feedde"}
CLUSTERS = {
    "HH": "#b2182b",
    "LL": "#2166ac",
    "HL": "#f4a582",
    "LH": "#92c5de",
    "ns": "#e8e8e8",
    "none": "#ffffff",
}
ALIKE = {
    "HH": "#b2182b",
    "LL": "#2166ac",
    "OP": "#d8b365",
    "NEG": "#7b3294",
    "ns": "#e8e8e8",
    "none": "#ffffff",
}
HOT_SPOTS = {
    3: "#b2182b",
    2: "#ef8a62",
    1: "#fddbc7",
    0: "#f0f0f0",
    -1: "#d1e5f0",
    -2: "#67a9cf",
    -3: "#2166ac",
}
STABILITY = {1: "#d7191c", 2: "#fdae61", 3: "#abd9e9", 4: "#2c7bb6"}

PLAN_LISTS = {
    "lead": "#225ea8",
    "both": "#b2182b",
    "revit": "#fdae61",
    "renov": "#d9a6c8",
    "none": "#f0f0f0",
}
# Areas over parcels or a map: light enough to read what is below.
LEAD_AREAS = {"A": "8,48,107,110", "B": "66,146,198,110", "C": "198,219,239,110"}
RESERVE_LAND = {1: "35,139,69,110", 2: "186,228,179,110"}


def write_style(name, field, colours):
    """Write one categorised style; the catch-all shows parcels without a result."""
    layer = QgsVectorLayer("Polygon", name, "memory")
    categories = [
        QgsRendererCategory(value, _symbol(colour), str(value)) for value, colour in colours.items()
    ]
    categories.append(QgsRendererCategory(None, _symbol("#ffffff", "dot"), ""))
    layer.setRenderer(QgsCategorizedSymbolRenderer(field, categories))
    categories_only = layer.StyleCategory.Symbology
    path = STYLES / f"{name}.qml"
    message, done = layer.saveNamedStyle(str(path), categories_only)
    if not done:
        sys.exit(message)
    path.write_text(with_lasting_ids(path.read_text(encoding="utf-8")), encoding="utf-8")


def with_lasting_ids(style):
    """QGIS draws ids anew each time; counted ones change only where the style does."""
    ids = {}

    def lasting(drawn):
        return ids.setdefault(drawn[0], f"{{{uuid.UUID(int=len(ids) + 1)}}}")

    return re.sub(r"\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}", lasting, style)


def _symbol(colour, outline="solid"):
    return QgsFillSymbol.createSimple(
        {
            "color": colour,
            "outline_color": "#5a5a5a",
            "outline_width": "0.15",
            "outline_style": outline,
        }
    )


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    write_style("zones", "zone", ZONES)
    write_style("levels", "compos_lvl", LEVELS)
    write_style("clusters", "lm_cluster", CLUSTERS)
    write_style("local_geary", "lg_cluster", ALIKE)
    write_style("hot_spots", "gi_bin", HOT_SPOTS)
    write_style("stability", "zone_stab", STABILITY)
    write_style("planning_lists", "plan_list", PLAN_LISTS)
    write_style("lead_areas", "grade", LEAD_AREAS)
    write_style("reserve_land", "ring", RESERVE_LAND)
