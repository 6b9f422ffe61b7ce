"""Build the demonstration GeoPackage from an OpenStreetMap extract and synthetic enterprises.

Usage: python3 scripts/make_demo_data.py SOURCE_FOLDER OUTPUT.gpkg

SOURCE_FOLDER holds ``data/landuse.shp``, ``buildings.shp``, ``points.shp`` and ``roads.shp`` (EPSG:4326).
Needs PyQGIS, no display. Random values come from one seed, so that every run gives the same file. What is
real and what is synthetic: resources/demo/README.md.
"""

import argparse
import csv
import os
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from osgeo import gdal
from qgis.core import (
    NULL,
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsDistanceArea,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsLayerMetadata,
    QgsPointXY,
    QgsRectangle,
    QgsSpatialIndex,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType

PRESET = Path(__file__).resolve().parents[1] / "resources" / "index_systems" / "zhuzhou_2024.csv"

# Chosen so that every level and zone occurs, and all but one of the cells the paper leaves open.
SEED = 13
DATE = "2024-07-01T00:00:00.000Z"  # recorded as last change, so that a second run gives the same file
CRS = "EPSG:32637"
LICENCE = "Open Database License (ODbL) 1.0"
ATTRIBUTION = "(c) OpenStreetMap contributors"
OPENSTREETMAP = "OpenStreetMap, south-west of Moscow (BBBike shapefile extract)"
SYNTHETIC = "synthetic, made by scripts/make_demo_data.py"
BOTH = f"{OPENSTREETMAP}; {SYNTHETIC}"
PAPER = "weights printed in Planners 2024(7): 65-73, table 1"

LAND_USES = ("industrial", "commercial", "retail")
SURROUNDINGS = 1300.0  # m: a walk of 15 min (1000 m) with room for detours and for the search of stops
MU = 10000 / 15  # m2
ABOVE_SCALE = 2000.0  # 10^4 CNY a year, the customary threshold of industry

# Read as a whole in network analysis; its index would be a fifth of the file.
WITHOUT_INDEX = ("roads",)

# Neither built nor open to walking or driving.
ROADS_LEFT_OUT = ("proposed", "construction", "crossing", "corridor", "raceway")
MAJOR_ROADS = ("trunk", "primary", "trunk_link", "primary_link")
MIDDLE_ROADS = ("secondary", "tertiary", "secondary_link", "tertiary_link")
STATIONS = ("station", "halt", "subway_entrance")
STOPS = ("bus_stop", "bus_station")

# Present accessibility: 1, plus per kind the points of the first distance (m) that holds; 10 at most.
ACCESS_RUBRIC = (
    ("major_road", ((200, 3), (500, 2), (1000, 1))),
    ("middle_road", ((200, 1),)),
    ("stop", ((200, 2), (500, 1))),
    ("station", ((300, 3), (600, 2), (1000, 1))),
)

FACILITY_CLASSES = {
    "commerce": (
        "bar",
        "cafe",
        "fast_food",
        "ice_cream",
        "marketplace",
        "pub",
        "restaurant",
        "vending_machine",
    ),
    "finance": ("atm", "bank", "bureau_de_change", "payment_terminal"),
    "medical": ("clinic", "dentist", "doctors", "hospital", "pharmacy"),
    "daily": (
        "arts_centre",
        "childcare",
        "community_centre",
        "kindergarten",
        "library",
        "parcel_locker",
        "police",
        "post_box",
        "post_office",
        "public_service",
        "school",
        "social_facility",
        "townhall",
    ),
}
FACILITY_REACH = 100.0  # m around the parcel in which present facilities are counted
WALK_REACH = 1000 / 1.3  # m: 15 minutes on foot as the crow flies, detour factor 1.3

# Divisions of GB/T 4754-2017 by land use.
INDUSTRIES = {
    "industrial": (
        "14 Food manufacturing",
        "26 Chemical raw materials and products",
        "29 Rubber and plastic products",
        "30 Non-metallic mineral products",
        "33 Metal products",
        "34 General equipment",
        "35 Special equipment",
        "36 Automobiles",
        "37 Railway, ship, aerospace and other transport equipment",
        "38 Electrical machinery",
        "39 Computers, communication and other electronic equipment",
    ),
    "commercial": (
        "51 Wholesale",
        "65 Software and information technology services",
        "72 Business services",
        "73 Research and experimental development",
    ),
    "retail": ("51 Wholesale", "52 Retail", "62 Catering"),
}

DISTRICTS = (
    "Synthetic district A",
    "Synthetic district B",
    "Synthetic district C",
    "Synthetic district D",
    "Synthetic district E",
)

INTEGER = QMetaType.Type.Int
LONG = QMetaType.Type.LongLong
NUMBER = QMetaType.Type.Double
TEXT = QMetaType.Type.QString
TABLE = "NoGeometry"

# What happens to parcels until the next year; a construction site of OpenStreetMap becomes a parcel.
SPLIT = 1044
MERGED = (1047, 1048)
GONE = 1116
NEW_OSM_ID = 714477221
# Parcels that clearly fall and rise, chosen so that alerts are raised.
FALLING = (1025, 1035, 1060, 1082, 1106)
RISING = (1011, 1038, 1070, 1101)
STAGES = {"admission": 0.06, "supply": 0.06, "use": 0.6, "supervision": 0.2, "exit": 0.08}

# Fields of the parcels before any indicator is computed.
RAW_FIELDS = ("parcel_id", "osm_id", "landuse", "syn_distr")

# Fields of the demonstration layer that are not named like their indicator, since their values are synthetic.
SYNTHETIC_FIELDS = {
    "output": "syn_output",
    "tax": "syn_tax",
    "scale": "syn_scale",
    "out_mu": "syn_out_mu",
    "tax_mu": "syn_tax_mu",
    "inv_mu": "syn_inv_mu",
    "far": "syn_far",
    "grn_rat": "syn_grnrat",
    "giant": "syn_giant",
    "talent": "syn_talent",
    "hightech": "syn_hitech",
    "elec_out": "syn_elec",
    "wat_out": "syn_water",
    "fac_plan": "syn_facpl",
    "acc_plan": "syn_accpl",
}


@dataclass(frozen=True)
class Shapes:
    """Features of one source layer in the metric CRS: attributes by name and geometries, in source order."""

    attributes: dict
    geometries: list

    def take(self, keep):
        """Return the features at the positions ``keep``."""
        columns = {name: [values[i] for i in keep] for name, values in self.attributes.items()}
        return Shapes(columns, [self.geometries[i] for i in keep])

    def of_type(self, types):
        """Return the geometries whose OSM type is one of ``types``."""
        return [g for g, kind in zip(self.geometries, self.attributes["type"], strict=True) if kind in types]


def read_layer(path, columns, types=None):
    """Read a shapefile into the metric CRS; keep the OSM ``types`` given."""
    layer = QgsVectorLayer(str(path), path.stem, "ogr")
    if not layer.isValid():
        raise SystemExit(f"Cannot read {path}")
    to_metric = QgsCoordinateTransform(
        layer.crs(), QgsCoordinateReferenceSystem(CRS), QgsCoordinateTransformContext()
    )
    attributes = {name: [] for name in columns}
    geometries = []
    for feature in layer.getFeatures():
        if types and feature["type"] not in types:
            continue
        geometry = feature.geometry()
        geometry.transform(to_metric)
        geometries.append(geometry)
        for name in columns:
            value = feature[name]
            attributes[name].append(None if value == NULL else value)
    return Shapes(attributes, geometries)


def repaired(shapes):
    """Repair invalid polygons (GEOS MakeValid, structure method) and mark them."""
    valid = [g.isGeosValid() for g in shapes.geometries]
    geometries = [
        g if ok else g.makeValid(Qgis.MakeValidMethod.Structure)
        for g, ok in zip(shapes.geometries, valid, strict=True)
    ]
    return Shapes(shapes.attributes | {"repaired": [int(not ok) for ok in valid]}, geometries)


def touching(shapes, area):
    """Return the features that intersect ``area``."""
    engine = QgsGeometry.createGeometryEngine(area.constGet())
    engine.prepareGeometry()
    return shapes.take([i for i, g in enumerate(shapes.geometries) if engine.intersects(g.constGet())])


# Measures of the real layers


def indexed(geometries):
    """Build a spatial index whose ids are positions in ``geometries``."""
    index = QgsSpatialIndex()
    for i, geometry in enumerate(geometries):
        feature = QgsFeature(i)
        feature.setGeometry(geometry)
        index.addFeature(feature)
    return index


def pieces_inside(parcel, geometries, index):
    """Return (position, part inside the parcel) of each geometry that shares area with it."""
    inside = []
    for i in sorted(index.intersects(parcel.boundingBox())):
        part = geometries[i].intersection(parcel)
        if part.area() > 0:
            inside.append((i, part))
    return inside


def covered_share(parcels, areas, geometries, measure):
    """Percent of each parcel's ellipsoidal area under ``geometries``, overlaps counted once."""
    index = indexed(geometries)
    shares = []
    for parcel, area in zip(parcels, areas, strict=True):
        parts = [part for _, part in pieces_inside(parcel, geometries, index)]
        shares.append(100 * measure.measureArea(QgsGeometry.unaryUnion(parts)) / area if parts else 0.0)
    return np.array(shares)


def nearest_distance(parcels, geometries):
    """Distance in metres from each parcel (0 inside it) to the nearest of ``geometries``."""
    index = indexed(geometries)
    nearest = []
    for parcel in parcels:
        box = parcel.boundingBox().buffered(SURROUNDINGS)
        distances = [parcel.distance(geometries[i]) for i in index.intersects(box)]
        nearest.append(min(distances, default=np.inf))
    return np.array(nearest)


def accessibility_rating(parcels, roads, points):
    """Rate present accessibility from 1 to 10 by ACCESS_RUBRIC."""
    targets = {
        "major_road": roads.of_type(MAJOR_ROADS),
        "middle_road": roads.of_type(MIDDLE_ROADS),
        "stop": points.of_type(STOPS),
        "station": points.of_type(STATIONS),
    }
    rating = np.ones(len(parcels), dtype=int)
    for kind, steps in ACCESS_RUBRIC:
        distance = nearest_distance(parcels, targets[kind])
        gained = np.zeros(len(parcels), dtype=int)
        for limit, points_gained in steps:
            gained = np.maximum(gained, np.where(distance <= limit, points_gained, 0))
        rating += gained
    return rating


def facility_density(parcels, facilities, measure):
    """Facilities within FACILITY_REACH of each parcel per hm2 of that same area (parcel and surroundings)."""
    index = indexed(facilities)
    density = []
    for parcel in parcels:
        box = parcel.boundingBox().buffered(FACILITY_REACH)
        count = sum(parcel.distance(facilities[i]) <= FACILITY_REACH for i in index.intersects(box))
        density.append(count / (measure.measureArea(parcel.buffer(FACILITY_REACH, 16)) / 10000))
    return np.array(density)


# Synthetic values


def smooth_field(rng, xy, length):
    """Draw a random field of mean 0 and deviation 1 over points, smooth over ``length`` metres."""
    distance = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    covariance = np.exp(-((distance / length) ** 2)) + 1e-6 * np.eye(len(xy))
    field = np.linalg.cholesky(covariance) @ rng.standard_normal(len(xy))
    return (field - field.mean()) / field.std()


def k_means(xy, k):
    """Split points into ``k`` compact groups (Lloyd), started from the points farthest apart."""
    centres = [xy[np.argmin(xy.sum(axis=1))]]
    while len(centres) < k:
        distance = np.min([np.hypot(*(xy - centre).T) for centre in centres], axis=0)
        centres.append(xy[np.argmax(distance)])
    centres = np.array(centres)
    for _ in range(100):
        group = np.argmin(np.hypot(*(xy[:, None, :] - centres[None, :, :]).transpose(2, 0, 1)), axis=1)
        moved = np.array([xy[group == i].mean(axis=0) for i in range(k)])
        if np.array_equal(moved, centres):
            break
        centres = moved
    return group


def make_enterprises(rng, parcel_ids, land_uses, areas, strength):
    """Invent the enterprises of each parcel.

    Parameters
    ----------
    rng : numpy.random.Generator
    parcel_ids, land_uses : sequences, shape (n,)
    areas : float array, shape (n,), m2
    strength : float array, shape (n,)
        Economic strength of the parcel in standard deviations; output per mu grows exponentially with it.

    Returns
    -------
    list of dict
        Rows of the enterprise table, quantities in 10^4 CNY, persons, 10^4 kWh and 10^4 t a year.
    """
    mu = areas / MU
    output = mu * 32 * np.exp(1.5 * strength)
    investment = mu * 160 * np.exp(0.6 * strength + 0.5 * rng.standard_normal(len(mu)))
    skilled = areas / 10000 * 9 * np.exp(0.7 * strength + 0.5 * rng.standard_normal(len(mu)))
    # Nearly idle land: what a renovation list has to find.
    ordinary = np.flatnonzero((areas > 8000) & (areas < 40000) & (strength < 0))
    output[ordinary[:2]] = 0.02 * mu[ordinary[:2]]

    rows = []
    for i, parcel_id in enumerate(parcel_ids):
        count = 1 + min(int(rng.poisson(mu[i] / 40)), 5)
        shares = rng.dirichlet(np.full(count, 2.0))
        for share in shares:
            own = strength[i] + 0.35 * rng.standard_normal()
            made = round(output[i] * share, 2)
            technology = 1 / (1 + np.exp(3.4 - 1.5 * own))
            high_tech = int(rng.random() < technology)
            giant = int(rng.random() < (0.5 if high_tech else 0.02))
            # A base load that comes with the land makes nearly idle parcels the least efficient.
            energy = made * 0.06 * np.exp(0.5 * rng.standard_normal() - 0.35 * own) + 0.02 * mu[i] * share
            water = made * 0.002 * np.exp(0.6 * rng.standard_normal() - 0.3 * own) + 0.001 * mu[i] * share
            rows.append(
                {
                    "enterprise_id": 50001 + len(rows),
                    "name": f"Synthetic enterprise {len(rows) + 1:03d}",
                    "parcel_id": parcel_id,
                    "output": made,
                    "tax": round(made * 0.045 * np.exp(0.45 * rng.standard_normal()), 2),
                    "investment": round(investment[i] * share, 2),
                    "staff_skilled": round(skilled[i] * share),
                    "electricity": round(energy, 4),
                    "water": round(water, 5),
                    "above_scale": int(made >= ABOVE_SCALE),
                    "little_giant": giant,
                    "high_tech": high_tech,
                    "industry": str(rng.choice(INDUSTRIES[land_uses[i]])),
                }
            )

    alone = [row for row in rows if sum(other["parcel_id"] == row["parcel_id"] for other in rows) == 1]
    for row, missing in zip(alone[4::9], ("output", "staff_skilled", "water"), strict=False):
        row[missing] = None
    return rows


def from_enterprises(enterprises, parcel_ids, areas):
    """Sum the enterprises of each parcel into its indicators; a missing quantity makes the sum missing.

    Returns
    -------
    dict of list
        Demonstration field -> value per parcel, None where missing.
    """
    by_parcel = {parcel_id: [] for parcel_id in parcel_ids}
    for row in enterprises:
        by_parcel[row["parcel_id"]].append(row)

    def total(rows, name):
        values = [row[name] for row in rows]
        return None if None in values else sum(values)

    def ratio(value, by):
        return None if value is None or by is None else value / by

    indicators = []
    for parcel_id, area in zip(parcel_ids, areas, strict=True):
        rows = by_parcel[parcel_id]
        output, tax = total(rows, "output"), total(rows, "tax")
        indicators.append(
            {
                "syn_output": output,
                "syn_tax": tax,
                "syn_scale": max(row["above_scale"] for row in rows),
                "syn_out_mu": ratio(output, area / MU),
                "syn_tax_mu": ratio(tax, area / MU),
                "syn_inv_mu": ratio(total(rows, "investment"), area / MU),
                "syn_giant": max(row["little_giant"] for row in rows),
                "syn_talent": ratio(total(rows, "staff_skilled"), area / 10000),
                "syn_hitech": max(row["high_tech"] for row in rows),
                "syn_elec": ratio(total(rows, "electricity"), output),
                "syn_water": ratio(total(rows, "water"), output),
                "syn_indust": max(rows, key=lambda row: row["output"] or 0)["industry"],
            }
        )
    return {name: [row[name] for row in indicators] for name in indicators[0]}


def make_storeys(rng, types):
    """Invent the storeys of each building from its OSM type."""
    high = {"apartments": 9, "commercial": 4, "office": 6, "hotel": 6, "school": 3, "dormitory": 5}
    usual = np.array([high.get(kind, 2) for kind in types])
    return np.maximum(1, np.round(usual * np.exp(0.45 * rng.standard_normal(len(usual))))).astype(int)


def industry_performance(industries, areas, outputs, flags):
    """Invent the year's performance of each industry, from the parcels it has and chance.

    One industry of the parcels is left out and one that no parcel has is added, as happens between
    two offices. A generator of its own leaves the other layers as they are.

    Parameters
    ----------
    industries : sequence of n str
    areas : (n,) float
    outputs : sequence of n float or None
        Output per mu.
    flags : sequence of n int
        How many of the three flags the parcel has.
    """
    rng = np.random.default_rng([SEED, 1])
    by_industry = {"40 Instruments and meters": [(6.0, 1.0)]}
    for industry, area, output, flag in zip(industries, areas, outputs, flags, strict=True):
        by_industry.setdefault(industry, []).append((np.log1p(output or 0) + flag, area))
    del by_industry["62 Catering"]
    rows = []
    for industry, parcels in sorted(by_industry.items()):
        strengths, weights = np.transpose(parcels)
        strength = np.average(strengths, weights=weights)
        rows.append(
            {
                "industry": industry,
                "growth": round(float(2 * strength - 6 + rng.normal(0, 1.5)), 1),
                "profit": round(float(strength + 1 + rng.normal(0, 0.8)), 1),
                "energy": round(float(0.08 * np.exp(rng.normal(0, 0.15) - 0.15 * strength)), 4),
            }
        )
    return rows


def next_parcels(ids, geometries, new):
    """Split one parcel, merge two, drop one and add one; what changed gets new ids.

    Parameters
    ----------
    ids : sequence of n int
    geometries : sequence of n QgsGeometry
    new : QgsGeometry
        The parcel to add.

    Returns
    -------
    list of (int, QgsGeometry, list of int)
        Id, geometry and the ids that the parcel comes from.
    """
    by_id = dict(zip(ids, geometries, strict=True))
    kept = [(i, by_id[i], [i]) for i in ids if i not in (SPLIT, *MERGED, GONE)]
    changed = (
        *((half, [SPLIT]) for half in halves(by_id[SPLIT])),
        (QgsGeometry.unaryUnion([by_id[i] for i in MERGED]), list(MERGED)),
        (new, []),
    )
    return [*kept, *((i, *rest) for i, rest in enumerate(changed, start=ids[-1] + 1))]


def halves(geometry):
    """Return the parts of a geometry west and east of the middle of its centroid."""
    box, middle = geometry.boundingBox(), geometry.centroid().asPoint().x()
    west = QgsRectangle(box.xMinimum(), box.yMinimum(), middle, box.yMaximum())
    east = QgsRectangle(middle, box.yMinimum(), box.xMaximum(), box.yMaximum())
    return [geometry.intersection(QgsGeometry.fromRect(half)) for half in (west, east)]


def next_enterprises(rng, enterprises, heirs):
    """Invent the next year of enterprises: a moderate drift, clear falls and rises of a few parcels.

    Parameters
    ----------
    rng : numpy.random.Generator
    enterprises : list of dict
        Rows of the enterprise table of this year.
    heirs : dict
        Ids of the parcels that come from a parcel, by its id; the enterprises of a split parcel
        are dealt out in turn, those of a parcel without heirs are gone.

    Returns
    -------
    list of dict
    """
    growth = {parcel_id: rng.normal(0.03, 0.15) for parcel_id in heirs}
    growth |= dict.fromkeys(FALLING, -3.0) | dict.fromkeys(RISING, 2.5)
    rows, turn = [], dict.fromkeys(heirs, 0)
    for row in enterprises:
        parcel_id = row["parcel_id"]
        own = dict(row)
        for name in ("output", "tax", "electricity", "water"):
            factor = np.exp(growth[parcel_id] + 0.08 * rng.standard_normal())
            own[name] = None if row[name] is None else row[name] * factor
        for name in ("investment", "staff_skilled"):
            factor = np.exp(0.05 * rng.standard_normal())
            own[name] = None if row[name] is None else row[name] * factor
        own["above_scale"] = int((own["output"] or 0) >= ABOVE_SCALE)
        own["high_tech"] = int(bool(row["high_tech"]) != (rng.random() < 0.02))
        if parcel_id in FALLING:
            own["high_tech"] = own["little_giant"] = 0
        if parcel_id in RISING:
            own["high_tech"] = 1
        if heirs[parcel_id]:
            own["parcel_id"] = heirs[parcel_id][turn[parcel_id] % len(heirs[parcel_id])]
            turn[parcel_id] += 1
            rows.append(own)
    return rows


def floor_area_ratio(parcels, areas, buildings, storeys, measure):
    """Footprint inside the parcel times storeys, summed, per m2 of parcel."""
    index = indexed(buildings)
    ratios = []
    for parcel, area in zip(parcels, areas, strict=True):
        floor = sum(measure.measureArea(p) * storeys[i] for i, p in pieces_inside(parcel, buildings, index))
        ratios.append(floor / area)
    return np.array(ratios)


def make_green_and_yards(rng, parcels, land_uses, buildings):
    """Invent green areas and open yards from square cells of the unbuilt part of each parcel.

    Returns
    -------
    green : list of (int, QgsGeometry)
        Position of the parcel and its green area.
    yards : list of (int, str, QgsGeometry)
        Position, kind (storage or operation) and yard.
    """
    index = indexed(buildings)
    green, yards = [], []
    for i, (parcel, land_use) in enumerate(zip(parcels, land_uses, strict=True)):
        green_share = min(0.45, 0.11 * np.exp(0.8 * rng.standard_normal()))
        yard_share = rng.uniform(0.03, 0.2)
        angle = rng.uniform(0, 2 * np.pi)
        has_yard = land_use == "industrial" and rng.random() < 0.6
        kind = "storage" if rng.random() < 0.6 else "operation"

        # A few parcels overlap: what stands on the earlier one is taken on the later one too.
        taken = [g for *_, g in (*green, *yards) if g.intersects(parcel)]
        cells = free_cells(parcel, [part for _, part in pieces_inside(parcel, buildings, index)] + taken)
        if not cells:
            continue
        # Green grows from one side of the parcel, the yard from the other.
        centres = np.array([(cell.center().x(), cell.center().y()) for cell in cells])
        cells = [cells[j] for j in np.argsort(centres @ [np.cos(angle), np.sin(angle)], kind="stable")]
        per_cell = parcel.area() / cells[0].area()
        n_green = min(int(green_share * per_cell), len(cells))
        n_yard = min(int(yard_share * per_cell), len(cells) - n_green) if has_yard else 0
        if n_green:
            green.append((i, merged(cells[:n_green])))
        if n_yard:
            yards.append((i, kind, merged(cells[-n_yard:])))
    return green, yards


def free_cells(parcel, taken):
    """Return the squares of a grid over the parcel that lie inside it and clear of what is ``taken``."""
    free = parcel.difference(QgsGeometry.unaryUnion(taken)) if taken else parcel
    size = float(np.clip(np.sqrt(parcel.area()) / 14, 2, 25))
    engine = QgsGeometry.createGeometryEngine(free.constGet())
    engine.prepareGeometry()
    box = parcel.boundingBox()
    cells = []
    for x in np.arange(np.floor(box.xMinimum()), box.xMaximum(), size):
        for y in np.arange(np.floor(box.yMinimum()), box.yMaximum(), size):
            cell = QgsRectangle(x, y, x + size, y + size)
            square = QgsGeometry.fromRect(cell)
            if engine.contains(square.constGet()):
                cells.append(cell)
    return cells


def merged(cells):
    """Union rectangles; vertices that bend nothing are left out."""
    return QgsGeometry.unaryUnion([QgsGeometry.fromRect(cell) for cell in cells]).simplify(0.001)


def make_planned_facilities(rng, xy):
    """Invent planned facilities near random parcels: rows of (class, x, y)."""
    rows = []
    for name in FACILITY_CLASSES:
        for x, y in xy[rng.choice(len(xy), 11, replace=False)] + rng.normal(0, 350, (11, 2)):
            rows.append((name, round(float(x), 1), round(float(y), 1)))
    return rows


def make_planned_places(rng, xy, improvement):
    """Invent planned stops and stations near parcels whose access improves."""
    types, points = [], []
    for kind, count, spread in (("bus_stop", 12, 120), ("station", 6, 250)):
        chosen = rng.choice(len(xy), count, replace=False, p=improvement / improvement.sum())
        for x, y in xy[chosen] + rng.normal(0, spread, (count, 2)):
            types.append(kind)
            points.append(QgsGeometry.fromPointXY(QgsPointXY(round(float(x), 1), round(float(y), 1))))
    return Shapes({"type": types}, points)


def walk_coverage(parcels, areas, planned, measure):
    """Mean over classes of the percent of the parcel within WALK_REACH of a planned facility of the class."""
    coverage = np.zeros(len(parcels))
    for name in FACILITY_CLASSES:
        reach = [
            QgsGeometry.fromPointXY(QgsPointXY(x, y)).buffer(WALK_REACH, 32)
            for kind, x, y in planned
            if kind == name
        ]
        coverage += covered_share(parcels, areas, reach, measure)
    return np.minimum(coverage / len(FACILITY_CLASSES), 100.0)


# Indicators


@dataclass(frozen=True)
class Ground:
    """Layers that the indicators of parcels are measured from."""

    buildings: list
    storeys: np.ndarray
    green: list
    roads: Shapes
    points: Shapes
    facilities: list
    planned: list


def indicator_columns(ids, geometries, areas, enterprises, ground, improvement, measure):
    """Compute the columns of all indicators, demonstration field -> value per parcel.

    ``improvement`` is by how many points planned access is better than the present one.
    """
    access = accessibility_rating(geometries, ground.roads, ground.points)
    return (
        from_enterprises(enterprises, ids, areas)
        | column("syn_far", floor_area_ratio(geometries, areas, ground.buildings, ground.storeys, measure))
        | column("bld_coef", covered_share(geometries, areas, ground.buildings, measure))
        | column("syn_grnrat", covered_share(geometries, areas, ground.green, measure))
        | column("acc_now", access)
        | column("fac_dens", facility_density(geometries, ground.facilities, measure))
        | column("syn_facpl", walk_coverage(geometries, areas, ground.planned, measure))
        | column("syn_accpl", np.minimum(access + improvement, 10))
    )


# Tables of the method


def index_system_rows():
    """Preset of the paper's table 1, with the fields of the demonstration layer."""
    with PRESET.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["field"] = SYNTHETIC_FIELDS.get(row["indicator"], row["indicator"])
        row["target_src"] = row["target_src"] or None
        for name in ("target", "lower", "upper", "weight_local", "weight_dim"):
            row[name] = float(row[name]) if row[name] else None
        row["weight"] = row["weight_local"] * row["weight_dim"]
    return rows


def judgement_rows(index_system):
    """Pairwise judgements w_i / w_j of the printed weights: consistent by construction."""
    nodes = {"goal": {row["dimension"]: row["weight_dim"] for row in index_system}}
    for row in index_system:
        nodes.setdefault(row["dimension"], {})[row["indicator"]] = row["weight_local"]
    return [
        {
            "parent": parent,
            "a": a,
            "b": b,
            "value": children[a] / children[b],
            "expert": "illustrative",
            "expert_weight": 1.0,
        }
        for parent, children in nodes.items()
        for a, b in combinations(children, 2)
    ]


# Writing


class GeoPackage:
    """A GeoPackage under construction; each layer carries licence and attribution in its metadata."""

    def __init__(self, path):
        self.path = path
        self.about = []

    def add(self, name, abstract, columns, rows, *, geometries=None, geometry_type=TABLE, source):
        """Append a layer.

        Parameters
        ----------
        name, abstract : str
        columns : dict of str to QMetaType.Type
        rows : list of dict
        geometries : list of QgsGeometry, optional
        geometry_type : str
            Name of the WKB type, TABLE without geometry.
        source : str
            Where the layer comes from, for the attribution table.
        """
        is_table = geometry_type == TABLE
        layer = QgsVectorLayer(geometry_type if is_table else f"{geometry_type}?crs={CRS}", name, "memory")
        provider = layer.dataProvider()
        provider.addAttributes([QgsField(column, kind) for column, kind in columns.items()])
        layer.updateFields()
        features = []
        for i, row in enumerate(rows):
            feature = QgsFeature(layer.fields())
            feature.setAttributes([NULL if row[c] is None else row[c] for c in columns])
            if geometries:
                geometry = QgsGeometry(geometries[i])
                if geometry_type.startswith("Multi"):
                    geometry.convertToMultiType()
                else:
                    geometry.convertToSingleType()
                feature.setGeometry(geometry)
            features.append(feature)
        provider.addFeatures(features)

        metadata = QgsLayerMetadata()
        metadata.setTitle(name)
        metadata.setAbstract(f"{abstract} {ATTRIBUTION}, {LICENCE}.")
        metadata.setRights([ATTRIBUTION])
        metadata.setLicenses([LICENCE])
        metadata.setCrs(layer.crs())

        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName = "GPKG"
        options.layerName = name
        options.layerMetadata = metadata
        options.saveMetadata = True
        options.layerOptions = [f"SPATIAL_INDEX={'NO' if is_table or name in WITHOUT_INDEX else 'YES'}"]
        options.actionOnExistingFile = (
            QgsVectorFileWriter.CreateOrOverwriteLayer
            if self.about
            else QgsVectorFileWriter.CreateOrOverwriteFile
        )
        error, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
            layer, str(self.path), QgsCoordinateTransformContext(), options
        )
        if error != QgsVectorFileWriter.NoError:
            raise SystemExit(f"Cannot write {name}: {message}")
        self.about.append(
            {
                "layer": name,
                "content": abstract,
                "source": source,
                "attribution": ATTRIBUTION,
                "licence": LICENCE,
            }
        )

    def finish(self):
        """Write the attribution table, fix the recorded dates and drop unused pages."""
        rows = list(self.about)
        self.add(
            "attribution",
            "Source, licence and attribution of each layer.",
            dict.fromkeys(rows[0], TEXT),
            rows,
            source="",
        )
        dataset = gdal.OpenEx(str(self.path), gdal.OF_UPDATE)
        dataset.ExecuteSQL(
            "UPDATE gpkg_metadata_reference SET timestamp = (SELECT max(last_change) FROM gpkg_contents)"
        )
        dataset.ExecuteSQL("VACUUM")


def column(name, values):
    """Turn an array into plain Python values for one attribute."""
    return {name: [v.item() if isinstance(v, np.generic) else v for v in values]}


def as_rows(columns):
    """Turn a dict of columns into a list of rows."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def add_method_tables(package, index_system):
    """Add the index system and judgements that return its weights."""
    numbers = ("target", "lower", "upper", "weight_local", "weight_dim", "weight")
    package.add(
        "index_system_synthetic_fields",
        "Index system of the paper for the fields of parcels_partly_synthetic.",
        {name: NUMBER if name in numbers else TEXT for name in index_system[0]},
        index_system,
        source=PAPER,
    )
    package.add(
        "judgements_illustrative",
        "Pairwise judgements that return the printed weights; illustrative, not the authors' matrices.",
        {"parent": TEXT, "a": TEXT, "b": TEXT, "value": NUMBER, "expert": TEXT, "expert_weight": NUMBER},
        judgement_rows(index_system),
        source=PAPER,
    )


def add_invented_layers(package, ids, green, yards, planned, places):
    """Add green areas, yards, planned facilities, stops and stations."""
    package.add(
        "green_synthetic",
        "Invented green areas on unbuilt land of the parcels.",
        {"parcel_id": INTEGER},
        [{"parcel_id": ids[i]} for i, _ in green],
        geometries=[g for _, g in green],
        geometry_type="MultiPolygon",
        source=SYNTHETIC,
    )
    package.add(
        "yards_synthetic",
        "Invented open storage and operation yards on unbuilt land of industrial parcels.",
        {"parcel_id": INTEGER, "kind": TEXT},
        [{"parcel_id": ids[i], "kind": kind} for i, kind, _ in yards],
        geometries=[g for *_, g in yards],
        geometry_type="MultiPolygon",
        source=SYNTHETIC,
    )
    package.add(
        "facilities_planned_synthetic",
        "Invented planned public-service facilities; class is commerce, finance, medical or daily.",
        {"class": TEXT},
        [{"class": name} for name, *_ in planned],
        geometries=[QgsGeometry.fromPointXY(QgsPointXY(x, y)) for _, x, y in planned],
        geometry_type="Point",
        source=SYNTHETIC,
    )
    package.add(
        "places_planned_synthetic",
        "Invented planned bus stops and railway stations, by their OpenStreetMap type.",
        {"type": TEXT},
        as_rows({"type": places.attributes["type"]}),
        geometries=places.geometries,
        geometry_type="Point",
        source=SYNTHETIC,
    )


def next_year(columns, geometries, enterprises, improvement, ground, data, measure):
    """Rows and geometries of the parcels one year later.

    A generator of its own leaves the other layers as they are.

    Parameters
    ----------
    columns : dict of list
        Columns of this year's parcels.
    geometries : sequence of QgsGeometry
    enterprises : list of dict
    improvement : int array
        By how many points planned access is better than the present one.
    ground : Ground
    data : Path
        Folder of the shapefiles.
    measure : QgsDistanceArea
    """
    rng = np.random.default_rng([SEED, 2])
    ids = columns["parcel_id"]
    place = {parcel_id: i for i, parcel_id in enumerate(ids)}
    sites = read_layer(data / "landuse.shp", ("osm_id", "type"))
    site = sites.attributes["osm_id"].index(NEW_OSM_ID)
    new = sites.geometries[site]
    parcels = next_parcels(ids, geometries, new)
    heirs = {parcel_id: [] for parcel_id in ids}
    for parcel_id, _, origins in parcels:
        for origin in origins:
            heirs[origin].append(parcel_id)

    next_ids, shapes, origins = zip(*parcels, strict=True)
    areas = np.array([measure.measureArea(g) for g in shapes])
    # What a new parcel has no origin for, it shares with the parcel that is nearest.
    nearest = min(ids, key=lambda parcel_id: new.distance(geometries[place[parcel_id]]))
    first = [place[own[0] if own else nearest] for own in origins]
    rows = next_enterprises(rng, enterprises, heirs)
    rows += make_enterprises(rng, next_ids[-1:], ("industrial",), areas[-1:], np.array([0.6]))
    own = touching(repaired(read_layer(data / "buildings.shp", ("osm_id", "type"))), new)
    ground = replace(
        ground,
        buildings=ground.buildings + own.geometries,
        storeys=np.concatenate((ground.storeys, make_storeys(rng, own.attributes["type"]))),
    )
    land_uses = [columns["landuse"][i] for i in first[:-1]] + [sites.attributes["type"][site]]
    stages = rng.choice(list(STAGES), len(next_ids), p=list(STAGES.values()))
    found = (
        column("parcel_id", next_ids)
        | {"landuse": land_uses, "syn_distr": [columns["syn_distr"][i] for i in first]}
        | column("syn_stage", stages)
        | indicator_columns(next_ids, shapes, areas, rows, ground, improvement[first], measure)
    )
    del found["syn_indust"]
    return as_rows(found), shapes


def build(source, path):
    """Build the demonstration GeoPackage ``path`` from the shapefiles in ``source``/data."""
    data = Path(source) / "data"
    rng = np.random.default_rng(SEED)
    measure = QgsDistanceArea()
    measure.setSourceCrs(QgsCoordinateReferenceSystem(CRS), QgsCoordinateTransformContext())
    measure.setEllipsoid("WGS84")

    parcels = repaired(read_layer(data / "landuse.shp", ("osm_id", "type"), LAND_USES))
    geometries = parcels.geometries
    land_uses = parcels.attributes["type"]
    estate = QgsGeometry.unaryUnion(geometries)
    surroundings = estate.buffer(SURROUNDINGS, 16)
    buildings = touching(repaired(read_layer(data / "buildings.shp", ("osm_id", "type"))), estate)
    points = touching(read_layer(data / "points.shp", ("osm_id", "type")), surroundings)
    roads = touching(read_layer(data / "roads.shp", ("osm_id", "type", "oneway")), surroundings)
    roads = roads.take([i for i, t in enumerate(roads.attributes["type"]) if t not in ROADS_LEFT_OUT])

    ids = [1001 + i for i in range(len(geometries))]
    areas = np.array([measure.measureArea(g) for g in geometries])
    xy = np.array([(g.centroid().asPoint().x(), g.centroid().asPoint().y()) for g in geometries])
    class_of = {kind: name for name, kinds in FACILITY_CLASSES.items() for kind in kinds}
    point_classes = [class_of.get(kind) for kind in points.attributes["type"]]
    facilities = [g for g, name in zip(points.geometries, point_classes, strict=True) if name]
    access = accessibility_rating(geometries, roads, points)

    # Mostly a matter of the neighbourhood, a little of the traffic, the rest of the enterprise itself.
    strength = (
        smooth_field(rng, xy, 2600)
        + 0.25 * (access - access.mean()) / access.std()
        + 0.3 * rng.standard_normal(len(ids))
    )
    enterprises = make_enterprises(rng, ids, land_uses, areas, strength)
    storeys = make_storeys(rng, buildings.attributes["type"])
    green, yards = make_green_and_yards(rng, geometries, land_uses, buildings.geometries)
    planned = make_planned_facilities(rng, xy)
    improvement = np.clip(np.round(1 + smooth_field(rng, xy, 1800)), 0, 3).astype(int)

    ground = Ground(buildings.geometries, storeys, [g for _, g in green], roads, points, facilities, planned)
    columns = (
        column("parcel_id", ids)
        | {"osm_id": parcels.attributes["osm_id"], "landuse": land_uses}
        | column("area_m2", areas)
        | {"repaired": parcels.attributes["repaired"]}
        | column("syn_distr", [DISTRICTS[i] for i in k_means(xy, len(DISTRICTS))])
        | indicator_columns(ids, geometries, areas, enterprises, ground, improvement, measure)
    )
    index_system = index_system_rows()
    described = ("parcel_id", "osm_id", "landuse", "area_m2", "repaired", "syn_distr", "syn_indust")
    order = (*described, *(row["field"] for row in index_system))
    whole = ("parcel_id", "repaired", "acc_now", "syn_scale", "syn_giant", "syn_hitech", "syn_accpl")
    kinds = dict.fromkeys(order, NUMBER) | dict.fromkeys(whole, INTEGER)
    kinds |= dict.fromkeys(("landuse", "syn_distr", "syn_indust"), TEXT) | {"osm_id": LONG}

    package = GeoPackage(path)
    package.add(
        "parcels_partly_synthetic",
        "Industrial, commercial and retail land use as parcels. Real: geometry, osm_id, landuse, area_m2, "
        "repaired, bld_coef, acc_now, fac_dens. Synthetic: every field that starts with syn_.",
        kinds,
        as_rows(columns),
        geometries=geometries,
        geometry_type="MultiPolygon",
        source=BOTH,
    )
    package.add(
        "parcels_raw_partly_synthetic",
        "The same parcels before any indicator is computed. Synthetic: syn_distr.",
        {name: kinds[name] for name in RAW_FIELDS},
        as_rows({name: columns[name] for name in RAW_FIELDS}),
        geometries=geometries,
        geometry_type="MultiPolygon",
        source=BOTH,
    )
    rows, shapes = next_year(columns, geometries, enterprises, improvement, ground, data, measure)
    package.add(
        "parcels_next_year_partly_synthetic",
        "Parcels one year later: one split, two merged, one gone, one new (a construction site of "
        "OpenStreetMap). Real: outer geometry, landuse, bld_coef, acc_now, fac_dens. Synthetic: what "
        "happened to the parcels and every field that starts with syn_.",
        {name: kinds[name] for name in rows[0] if name in kinds} | {"syn_stage": TEXT},
        rows,
        geometries=shapes,
        geometry_type="MultiPolygon",
        source=BOTH,
    )
    package.add(
        "enterprises_synthetic",
        "Invented enterprises; no figure describes a real one. output, tax, investment: 10^4 CNY; "
        "electricity: 10^4 kWh; water: 10^4 t a year.",
        dict.fromkeys(("enterprise_id", "parcel_id", "staff_skilled"), INTEGER)
        | {"name": TEXT, "industry": TEXT}
        | dict.fromkeys(("output", "tax", "investment", "electricity", "water"), NUMBER)
        | dict.fromkeys(("above_scale", "little_giant", "high_tech"), INTEGER),
        enterprises,
        source=SYNTHETIC,
    )
    package.add(
        "industry_performance_synthetic",
        "Invented performance of industries (divisions of GB/T 4754-2017) in one year. growth, profit: %; "
        "energy: 10^4 kWh per 10^4 CNY of output.",
        {"industry": TEXT} | dict.fromkeys(("growth", "profit", "energy"), NUMBER),
        industry_performance(
            columns["syn_indust"],
            areas,
            columns["syn_out_mu"],
            np.sum([columns[name] for name in ("syn_scale", "syn_giant", "syn_hitech")], axis=0),
        ),
        source=SYNTHETIC,
    )
    add_method_tables(package, index_system)
    package.add(
        "buildings",
        "Buildings that intersect the parcels. Invented: syn_storey, storeys from which syn_far derives.",
        {"osm_id": LONG, "type": TEXT, "repaired": INTEGER, "syn_storey": INTEGER},
        as_rows(buildings.attributes | column("syn_storey", storeys)),
        geometries=buildings.geometries,
        geometry_type="MultiPolygon",
        source=OPENSTREETMAP,
    )
    package.add(
        "pois",
        "Points within 1300 m of the parcels; class is set for public-service facilities.",
        {"osm_id": LONG, "type": TEXT, "class": TEXT},
        as_rows({**points.attributes, "class": point_classes}),
        geometries=points.geometries,
        geometry_type="Point",
        source=OPENSTREETMAP,
    )
    package.add(
        "roads",
        "Roads and paths within 1300 m of the parcels, for walking and driving.",
        {"osm_id": LONG, "type": TEXT, "oneway": INTEGER},
        as_rows(roads.attributes),
        geometries=roads.geometries,
        geometry_type="LineString",
        source=OPENSTREETMAP,
    )
    add_invented_layers(package, ids, green, yards, planned, make_planned_places(rng, xy, improvement))
    package.finish()


def main():
    """Read the two arguments and build the GeoPackage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="folder of the OpenStreetMap case")
    parser.add_argument("output", type=Path, help="GeoPackage to write")
    arguments = parser.parse_args()
    gdal.UseExceptions()
    gdal.SetConfigOption("OGR_CURRENT_DATE", DATE)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QgsApplication([], False)
    application.initQgis()
    build(arguments.source, arguments.output)
    application.exitQgis()


if __name__ == "__main__":
    main()
