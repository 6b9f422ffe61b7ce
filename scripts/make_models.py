"""Write the models in resources/models. Run in the environment of `make env`:

    QT_HASH_SEED=0 python3 scripts/make_models.py

The seed keeps the attributes of the files in one order.

The evaluation model chains the single algorithms as `evaluate` does in one pass. Its fields are
those of the paper's index system: five dimensions, two layers, the composite. The raw model
computes the 18 indicators from raw layers, one algorithm after the other, and evaluates them.
"""

import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
)
from qgis.PyQt.QtCore import QPointF

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "build" / "plugins"))

from parcel_agglomeration import classFactory  # noqa: E402
from parcel_agglomeration.algorithms.fields import (  # noqa: E402
    COMPOSITE,
    DIMENSION_CLASSES,
    DIMENSIONS,
    LAYER_CLASSES,
    LAYERS,
    LOCAL_CLUSTER,
    ZONE,
    dimension_score,
    layer_score,
    level_field,
)

SCORES = (
    *((dimension_score(term.code).name, DIMENSION_CLASSES) for term in DIMENSIONS),
    *((layer_score(term.code).name, LAYER_CLASSES) for term in LAYERS),
    (COMPOSITE, LAYER_CLASSES),
)
ENTERPRISE_FIELDS = {
    "output_field": "Output (10^4 CNY)",
    "tax_field": "Tax (10^4 CNY)",
    "investment_field": "Investment (10^4 CNY)",
    "talent_field": "Skilled talent (persons)",
    "electricity_field": "Electricity (10^4 kWh)",
    "water_field": "Water (10^4 t)",
    "scale_field": "Above scale",
    "giant_field": "Specialised “little giant”",
    "hightech_field": "High-tech enterprise",
}
STEP = 130
TABLE = QgsProcessing.SourceType.TypeVector
POLYGONS = QgsProcessing.SourceType.TypeVectorPolygon
LINES = QgsProcessing.SourceType.TypeVectorLine
ANYTHING = QgsProcessing.SourceType.TypeVectorAnyGeometry


class ModelWriter:
    """Lays out a model: parameters in a row above, algorithms in a column below."""

    def __init__(self, name, group):
        self.model = QgsProcessingModelAlgorithm(name, group)
        self._children = 0
        self._parameters = []

    def parameter(self, definition):
        """Add a parameter of the model."""
        component = QgsProcessingModelParameter(definition.name())
        component.setPosition(QPointF(150 + 230 * len(self._parameters), 60))
        self.model.addModelParameter(definition, component)
        self._parameters.append(definition.name())

    def source(self, name, label, kind, optional=False):
        """Add a layer or table as parameter of the model."""
        self.parameter(QgsProcessingParameterFeatureSource(name, label, [kind], optional=optional))

    def field(self, name, label, parent, optional=True):
        """Add a field of a layer as parameter of the model."""
        self.parameter(
            QgsProcessingParameterField(name, label, parentLayerParameterName=parent, optional=optional)
        )

    def child(self, algorithm, label, outputs=None, **parameters):
        """Add an algorithm; values are sources or plain values. Returns its id."""
        child = QgsProcessingModelChildAlgorithm(f"agglomeration:{algorithm}")
        child.setDescription(label)
        # Ids of its own: QGIS takes the steps of a model inside a model for its own where ids are equal.
        child.setChildId(f"{self.model.name()}_{algorithm}_{self._children + 1}")
        child.setPosition(QPointF(400 + 60 * (self._children % 2), 60 + STEP * (self._children + 1)))
        self._children += 1
        for name, value in parameters.items():
            is_source = isinstance(value, QgsProcessingModelChildParameterSource)
            source = value if is_source else QgsProcessingModelChildParameterSource.fromStaticValue(value)
            child.addParameterSources(name, [source])
        model_outputs = {}
        for child_output, name in (outputs or {}).items():
            # QGIS makes the parameter's id from this name: "Output" becomes "output".
            output = QgsProcessingModelOutput(name, name)
            output.setChildId(child.childId())
            output.setChildOutputName(child_output)
            output.setPosition(child.position() + QPointF(300, 40 + 50 * len(model_outputs)))
            model_outputs[name] = output
        child.setModelOutputs(model_outputs)
        return self.model.addChildAlgorithm(child)

    def write(self, path):
        """Write the model file; its dialog asks in the order of the parameters, not of their names."""
        self.model.setParameterOrder(self._parameters)
        if not self.model.toFile(str(path)):
            sys.exit(f"{path} cannot be written")


def given(name):
    """Value of a parameter of the model."""
    return QgsProcessingModelChildParameterSource.fromModelParameter(name)


def result(child, output="OUTPUT"):
    """Output of an algorithm of the model."""
    return QgsProcessingModelChildParameterSource.fromChildOutput(child, output)


def evaluation_model():
    """The chain of `evaluate`, algorithm by algorithm."""
    writer = ModelWriter("evaluatemodel", "Evaluation")
    writer.source("input", "Parcels", POLYGONS)
    writer.field("id_field", "Field that names the parcels", "input")
    writer.source("index_system", "Index system", TABLE, optional=True)
    writer.source("judgements", "Judgements", TABLE, optional=True)
    writer.field("district_field", "District field", "input")
    writer.parameter(
        QgsProcessingParameterField(
            "quantities",
            "Quantities to sum",
            parentLayerParameterName="input",
            allowMultiple=True,
            optional=True,
        )
    )
    writer.parameter(QgsProcessingParameterNumber("k", "Nearest neighbours", defaultValue=8, minValue=1))

    weighed = writer.child(
        "ahpweights", "Weights", JUDGEMENTS=given("judgements"), INDEX_SYSTEM=given("index_system")
    )
    scored = writer.child(
        "targetscores",
        "Scores",
        {"TARGETS": "Targets", "EXCLUDED_PARCELS": "Excluded"},
        INPUT=given("input"),
        ID_FIELD=given("id_field"),
        INDEX_SYSTEM=result(weighed),
    )
    writer.child(
        "globalmoran",
        "Global Moran's I of all scores",
        {"OUTPUT": "Moran"},
        INPUT=result(scored),
        FIELD=[field for field, _ in SCORES],
        K=given("k"),
    )
    layer = scored
    for field, classes in SCORES:
        layer = writer.child(
            "naturalbreaks", f"Levels of {field}", INPUT=result(layer), FIELD=field, CLASSES=classes
        )
    layer = writer.child("localmoran", "Local clusters", INPUT=result(layer), FIELD=COMPOSITE, K=given("k"))
    layer = writer.child("crosstabulate", "Zones", {"OUTPUT": "Output"}, INPUT=result(layer))
    writer.child(
        "zonestatistics",
        "Statistics",
        {"OUTPUT": "Statistics"},
        INPUT=result(layer),
        CLASS_FIELDS=[ZONE.name, *(level_field(field).name for field, _ in SCORES)],
        DISTRICT_FIELD=given("district_field"),
        QUANTITIES=given("quantities"),
        CROSS_FIELD=LOCAL_CLUSTER.name,
    )
    writer.model.setHelpContent(
        {
            "ALG_DESC": "The evaluation step by step: weights, scores, levels, autocorrelation, zones, "
            "statistics. It gives the zones that “Evaluate parcels” gives in one pass. To change it, take a "
            "copy by the menu Plugins, Parcel Agglomeration.",
            "input": "Layer of parcels.",
            "id_field": "Parcels are called by this field in messages and tables.",
            "index_system": "Table with one row per indicator. Empty: the 18 indicators of the paper.",
            "judgements": "Pairwise judgements. Empty: the weights of the index system are kept.",
            "district_field": "Park or district: the statistics are given for each as well.",
            "quantities": "Fields to sum in the statistics, such as output and tax. Empty: none.",
            "k": "Number of nearest neighbours of the Moran statistics.",
            "output": "The input with scores, levels, clusters and zones.",
            "statistics": "Per zone, level and district: parcels, area, quantities, shares, ratios.",
            "moran": "Global Moran's I of all scores.",
            "targets": "The index system with the weights and targets that were used.",
            "excluded": "Parcels that are not scored, and what they lack.",
        }
    )
    return writer


def raw_model():
    """From raw layers to zones: the indicators one after the other, then `evaluate`."""
    writer = ModelWriter("rawmodel", "Evaluation")
    writer.source("input", "Parcels", POLYGONS)
    writer.field("id_field", "Field that names the parcels", "input")
    writer.field("district_field", "District field", "input")
    writer.field("area_field", "Area of the parcel (m2)", "input")
    writer.source("enterprises", "Enterprises", TABLE)
    writer.field("parcel_field", "Parcel ids of the enterprise", "enterprises")
    for name, label in ENTERPRISE_FIELDS.items():
        writer.field(name, label, "enterprises")
    writer.source("buildings", "Buildings", POLYGONS)
    writer.field("storeys_field", "Storeys", "buildings")
    writer.field("height_field", "Height (m)", "buildings")
    writer.source("yards", "Yards", POLYGONS, optional=True)
    writer.source("green", "Green areas", POLYGONS)
    writer.source("facilities", "Present facilities", ANYTHING)
    writer.field("facility_class", "Class of the present facilities", "facilities")
    writer.parameter(
        QgsProcessingParameterEnum(
            "coordinates",
            "Coordinates of the present facilities",
            ["As their CRS says", "GCJ-02 (Amap, Tencent)", "BD-09 (Baidu)"],
            defaultValue=0,
        )
    )
    writer.parameter(
        QgsProcessingParameterNumber(
            "distance",
            "Distance within which present facilities count (m)",
            QgsProcessingParameterNumber.Type.Double,
            defaultValue=0,
            minValue=0,
        )
    )
    writer.source("planned_facilities", "Planned facilities", ANYTHING)
    writer.field("planned_class", "Class of the planned facilities", "planned_facilities")
    writer.source("roads", "Roads", LINES)
    writer.field("road_type", "Type of the roads", "roads", optional=False)
    writer.source("places", "Stops, stations, junctions", ANYTHING, optional=True)
    writer.field("place_type", "Type of the places", "places")
    writer.source("planned_places", "Planned stops, stations, junctions", ANYTHING)
    writer.field("planned_type", "Type of the planned places", "planned_places", optional=False)
    writer.source("rubric", "Table of access points", TABLE, optional=True)
    writer.source("index_system", "Index system", TABLE, optional=True)
    writer.source("judgements", "Judgements", TABLE, optional=True)

    summed = writer.child(
        "parcelindicators",
        "Enterprises, buildings, green areas",
        {"UNMATCHED": "Unmatched"},
        INPUT=given("input"),
        ID_FIELD=given("id_field"),
        AREA_FIELD=given("area_field"),
        ENTERPRISES=given("enterprises"),
        PARCEL_FIELD=given("parcel_field"),
        **{name.upper(): given(name) for name in ENTERPRISE_FIELDS},
        BUILDINGS=given("buildings"),
        STOREYS_FIELD=given("storeys_field"),
        HEIGHT_FIELD=given("height_field"),
        YARDS=given("yards"),
        GREEN=given("green"),
    )
    counted = writer.child(
        "facilitydensity",
        "Present facilities",
        {"DENSITY": "Facility density"},
        INPUT=result(summed),
        ID_FIELD=given("id_field"),
        FACILITIES=given("facilities"),
        CLASS_FIELD=given("facility_class"),
        COORDINATES=given("coordinates"),
        DISTANCE=given("distance"),
    )
    walked = writer.child(
        "walkcoverage",
        "Planned facilities",
        {"COVERAGE": "Walk coverage"},
        INPUT=result(counted),
        ID_FIELD=given("id_field"),
        FACILITIES=given("planned_facilities"),
        CLASS_FIELD=given("planned_class"),
        NETWORK=given("roads"),
        TYPE_FIELD=given("road_type"),
    )
    rated = writer.child(
        "accessibilityscore",
        "Access",
        {"RUBRIC_USED": "Access points"},
        INPUT=result(walked),
        ROADS=given("roads"),
        ROADS_TYPE=given("road_type"),
        PLACES=given("places"),
        PLACES_TYPE=given("place_type"),
        PLANNED_PLACES=given("planned_places"),
        PLANNED_PLACES_TYPE=given("planned_type"),
        RUBRIC=given("rubric"),
    )
    writer.child(
        "evaluate",
        "Evaluation",
        {
            "OUTPUT": "Output",
            "STATISTICS": "Statistics",
            "MORAN": "Moran",
            "BREAKS": "Breaks",
            "CELLS": "Cells",
            "TARGETS": "Targets",
            "EXCLUDED_PARCELS": "Excluded",
        },
        INPUT=result(rated),
        ID_FIELD=given("id_field"),
        INDEX_SYSTEM=given("index_system"),
        JUDGEMENTS=given("judgements"),
        DISTRICT_FIELD=given("district_field"),
    )
    writer.model.setHelpContent(
        {
            "ALG_DESC": "From raw layers to zones in one go: parcel indicators, facility density, coverage "
            "within a walk, accessibility, and the evaluation of all 18 indicators. Lengths and areas are "
            "metres and hectares. To change a step, take a copy by the menu Plugins, Parcel Agglomeration.",
            "input": "Layer of parcels.",
            "id_field": "Parcels are called by this field; enterprises name them by it.",
            "district_field": "Park or district: the statistics are given for each as well.",
            "area_field": "Deed area by which all is divided. Empty: the ellipsoidal area.",
            "enterprises": "Table or layer of enterprises, many on a parcel or one on several.",
            "parcel_field": "Field of the enterprises with their parcel ids. Empty: joined by place.",
            "output_field": "Annual output; NULL means unknown, not 0.",
            "tax_field": "Annual tax.",
            "investment_field": "Investment in fixed assets.",
            "talent_field": "Highly skilled employees.",
            "electricity_field": "Annual consumption.",
            "water_field": "Annual consumption.",
            "scale_field": "Enterprise above scale, yes or no.",
            "giant_field": "Specialised “little giant” enterprise, yes or no.",
            "hightech_field": "High-tech enterprise, yes or no.",
            "buildings": "Footprints of buildings.",
            "storeys_field": "Storeys of the buildings.",
            "height_field": "Height of the buildings, where storeys are missing.",
            "yards": "Open storage and operation yards: they count in the building coefficient.",
            "green": "Green areas.",
            "facilities": "Present public services, such as POI.",
            "facility_class": "Class of the present facilities; those without a class are left out.",
            "coordinates": "Whether the present facilities come from a Chinese map service.",
            "distance": "Facilities within this distance of the parcel count; 0 is in the parcel.",
            "planned_facilities": "Planned public services.",
            "planned_class": "Commerce, finance, medical, daily services: coverage is the mean over classes.",
            "roads": "Roads and paths, for walking and for the rating of access.",
            "road_type": "Type of the road, as OpenStreetMap's; nobody walks on motorways and trunk roads.",
            "places": "Stops, stations and junctions for the rating of access.",
            "place_type": "Their type, as the table of access points names it.",
            "planned_places": "Stops, stations and junctions to come.",
            "planned_type": "Their type.",
            "rubric": "Points by kind and distance. Empty: the table of the plugin.",
            "index_system": "Table with one row per indicator. Empty: the 18 indicators of the paper.",
            "judgements": "Pairwise judgements. Empty: the weights of the index system are kept.",
            "output": "The parcels with indicators, scores, levels, clusters and zones.",
            "unmatched": "Enterprises without a parcel.",
            "facility_density": "Facilities and density by parcel and class.",
            "walk_coverage": "Coverage by parcel and class.",
            "access_points": "The table of access points that was used, to edit.",
            "statistics": "Per zone, level and district: parcels, area, quantities, shares, ratios.",
            "moran": "Global Moran's I of all scores.",
            "breaks": "The breaks of all levels.",
            "cells": "Economic level by land-value level.",
            "targets": "The index system with the weights and targets that were used.",
            "excluded": "Parcels that are not scored, and what they lack.",
        }
    )
    return writer


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "resources" / "models"
    application = QgsApplication([], False)
    application.initQgis()
    plugin = classFactory(None)
    plugin.initProcessing()
    evaluation_model().write(folder / "evaluatemodel.model3")
    raw_model().write(folder / "rawmodel.model3")
