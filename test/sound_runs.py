"""A sound run of every algorithm on the demonstration data, for tests of bad input to change."""

from functools import lru_cache
from pathlib import Path

from qgis.core import QgsFeatureRequest, QgsProcessingContext, QgsProject, QgsVectorLayer

DEMO = Path(__file__).resolve().parents[1] / "resources" / "demo" / "demo.gpkg"
SCORE = "syn_output"


def demo_layer(name):
    """A layer of the demonstration data, from its file."""
    layer = QgsVectorLayer(f"{DEMO}|layername={name}", name, "ogr")
    assert layer.isValid(), name
    return layer


def in_memory(layer):
    """A copy of a layer that may be changed."""
    return layer.materialize(QgsFeatureRequest())


@lru_cache(maxsize=1)
def _zoned_rows():
    """The evaluated demonstration: definition of its memory layer, and features."""
    import processing

    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    done = processing.run(
        "agglomeration:evaluate",
        {
            "INPUT": demo_layer("parcels_partly_synthetic"),
            "INDEX_SYSTEM": demo_layer("index_system_synthetic_fields"),
            "ID_FIELD": "parcel_id",
            "PERMUTATIONS": 99,
            "OUTPUT": "TEMPORARY_OUTPUT",
        },
        context=context,
    )
    layer = done["OUTPUT"]
    return layer.crs(), layer.fields(), list(layer.getFeatures())


def zoned():
    """The demonstration's parcels with zones, in memory."""
    crs, fields, features = _zoned_rows()
    layer = QgsVectorLayer("MultiPolygon", "zoned", "memory", QgsVectorLayer.LayerOptions())
    layer.setCrs(crs)
    layer.dataProvider().addAttributes(list(fields))
    layer.updateFields()
    layer.dataProvider().addFeatures(features)
    return layer


# What each algorithm is given beside INPUT; a text in angle brackets is a layer of the demonstration.
PARCELS = "<parcels_partly_synthetic>"
ZONED = "<zoned>"
SYSTEM = {"INDEX_SYSTEM": "<index_system_synthetic_fields>"}
FIELD = {"FIELD": SCORE}
RUNS = {
    "indexsystem": {"INPUT": PARCELS},
    "parcelindicators": {
        "INPUT": "<parcels_raw_partly_synthetic>",
        "ID_FIELD": "parcel_id",
        "ENTERPRISES": "<enterprises_synthetic>",
        "PARCEL_FIELD": "parcel_id",
        "OUTPUT_FIELD": "output",
        "BUILDINGS": "<buildings>",
    },
    "facilitydensity": {"INPUT": PARCELS, "FACILITIES": "<pois>", "CLASS_FIELD": "class"},
    "walkcoverage": {"INPUT": PARCELS, "FACILITIES": "<facilities_planned_synthetic>"},
    "accessibilityscore": {"INPUT": PARCELS, "PLACES": "<places_planned_synthetic>", "PLACES_TYPE": "type"},
    "indicatordiagnostics": {"INPUT": PARCELS, **SYSTEM, "SAMPLES": 20},
    "ahpweights": {"JUDGEMENTS": "<judgements_illustrative>"},
    "objectiveweights": {"INPUT": PARCELS, **SYSTEM},
    "combineweights": {"OBJECTIVE": "<index_system_synthetic_fields>"},
    "weightsensitivity": {"INPUT": PARCELS, **SYSTEM, "DRAWS": 20},
    "targetscores": {"INPUT": PARCELS, **SYSTEM},
    "naturalbreaks": {"INPUT": PARCELS, **FIELD},
    "spatialweights": {"INPUT": PARCELS},
    "globalmoran": {"INPUT": PARCELS, **FIELD},
    "joincounts": {"INPUT": PARCELS, "FIELD": "landuse"},
    "incrementalmoran": {"INPUT": PARCELS, **FIELD},
    "localmoran": {"INPUT": PARCELS, **FIELD, "PERMUTATIONS": 99},
    "localgeary": {"INPUT": PARCELS, **FIELD, "PERMUTATIONS": 99},
    "hotspots": {"INPUT": PARCELS, **FIELD},
    "crosstabulate": {"INPUT": ZONED},
    "zonestatistics": {"INPUT": ZONED},
    "industrycheck": {
        "INPUT": ZONED,
        "INDUSTRY_FIELD": "syn_indust",
        "CODE_LEVEL": 2,
        "PERFORMANCE": "<industry_performance_synthetic>",
        "KEY_FIELD": "industry",
        "HIGHER_FIELDS": ["growth"],
    },
    "planningresponse": {"INPUT": ZONED},
    "zonechange": {
        "INPUT": "<parcels_next_year_partly_synthetic>",
        "BASE": PARCELS,
        **SYSTEM,
        "ID_FIELD": "parcel_id",
    },
    "explain": {"INPUT": ZONED, **SYSTEM, "ID_FIELD": "parcel_id", "PARCELS": "1043"},
    "mapsheet": {"INPUT": ZONED},
    "anonymise": {"INPUT": ZONED, "ID_FIELD": "parcel_id", "MEANS": SCORE},
    "evaluate": {"INPUT": PARCELS, **SYSTEM, "PERMUTATIONS": 99},
}


def sound_run(algorithm):
    """Parameters of a sound run, with layers of its own."""

    def value(given):
        if given == ZONED:
            return zoned()
        return demo_layer(given[1:-1]) if isinstance(given, str) and given.startswith("<") else given

    return {name: value(given) for name, given in RUNS[algorithm].items()}
