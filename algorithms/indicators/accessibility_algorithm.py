"""The rating of access by traffic as a Processing algorithm."""

from qgis.core import QgsProcessing, QgsProcessingParameterFeatureSource, QgsProcessingParameterField

from ..errors import ParcelDataError
from ..fields import ACCESS_POINTS, ACCESS_REASON, ACCESSIBILITY
from ..parcel_algorithm import OUTPUT, ParcelAlgorithm, tr

RUBRIC = "RUBRIC"
ROADS = "ROADS"
PLACES = "PLACES"
PLANNED_ROADS = "PLANNED_ROADS"
PLANNED_PLACES = "PLANNED_PLACES"
RUBRIC_USED = "RUBRIC_USED"
_TYPE = "_TYPE"


class AccessibilityScoreAlgorithm(ParcelAlgorithm):
    """Rates present and planned access from 1 to 10."""

    ID = "accessibilityscore"
    ROOM = "indicators"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Accessibility rating")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Rates access by traffic from 1 to 10, by points for roads, junctions, stops and stations "
            "nearby, in place of a rating by eye: 1 and, for each kind, the points of the nearest one, 10 at "
            "most. Distances are straight from the edge of the parcel. The table of points is ours and yours "
            "to change. With planned roads or places, planned access is rated too, by present and planned "
            "ones together."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVectorPolygon])
        line, anything = (
            QgsProcessing.SourceType.TypeVectorLine,
            QgsProcessing.SourceType.TypeVectorAnyGeometry,
        )
        for name, label, kind, help_text in (
            (ROADS, tr("Roads"), line, tr("Present roads.")),
            (PLACES, tr("Stops, stations, junctions"), anything, tr("Present places.")),
            (PLANNED_ROADS, tr("Planned roads"), line, tr("Roads to come, beside the present ones.")),
            (PLANNED_PLACES, tr("Planned places"), anything, tr("Places to come, beside the present ones.")),
        ):
            planned = name.startswith("PLANNED")
            self.add(
                QgsProcessingParameterFeatureSource(name, label, [kind], optional=True),
                help_text,
                advanced=planned,
            )
            self.add(
                QgsProcessingParameterField(
                    name + _TYPE,
                    tr("Type: {}").format(label),
                    parentLayerParameterName=name,
                    optional=True,
                ),
                tr("Field with the types that the table of points names, as OpenStreetMap's “type”."),
                advanced=planned,
            )
        self.add(
            QgsProcessingParameterFeatureSource(
                RUBRIC, tr("Table of points"), [QgsProcessing.SourceType.TypeVector], optional=True
            ),
            tr(
                "kind, layer (roads or places), types (separated by semicolons), distance (m), points: a row "
                "per kind and distance. Empty: the table of the plugin, for types of OpenStreetMap; “Table "
                "of points as used” gives it to you, to edit and put in here."
            ),
        )
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Rated parcels"),
            tr("The input with acc_now and acc_plan (where planned layers are given) and the points behind."),
        )
        self.add_sink(
            RUBRIC_USED,
            tr("Table of points as used"),
            tr("The table of points with where each comes from; edit it and give it as table of points."),
            optional=True,
            table=True,
        )
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a geometry."))

    def compute(self, parameters, context, feedback):
        """Measure, rate and write."""
        import numpy as np

        from ..auxiliary_layers import metric_crs, nearest_distances, transformed
        from ..features import table_rows
        from .accessibility import default_rubric, points_gained, rating, read_rubric, rubric_rows

        table = self.parameterAsSource(parameters, RUBRIC, context)
        kinds = read_rubric(table_rows(table)) if table else default_rubric()
        if table is None:
            self.note(feedback, tr("Table of points: {}.").format(kinds[0].source))
        parcels = self.parcels(parameters, context, feedback, end=10)
        crs = metric_crs(parcels, context)
        shapes = transformed([f.geometry() for f in parcels.features], parcels.crs, crs, context)
        layers = {
            name: self._layer(name, crs, parameters, context, feedback)
            for name in (ROADS, PLACES, PLANNED_ROADS, PLANNED_PLACES)
        }
        if layers[ROADS] is None and layers[PLACES] is None:
            raise ParcelDataError("There is nothing to rate access by: give roads, or stops and stations.")
        distances = {}
        for number, kind in enumerate(kinds):
            for turn, planned in enumerate(("", "PLANNED_")):
                start = 20 + 60 * (2 * number + turn) / (2 * len(kinds))
                layer = layers[planned + kind.layer.upper()]
                chosen = [geometry for geometry, text in layer or () if text.lower() in kind.types]
                distances[kind, planned] = nearest_distances(
                    shapes, chosen, kind.reach, self.progress(feedback, start, start + 30 / len(kinds))
                )
                if layer is not None and not chosen:
                    self.note(
                        feedback,
                        tr("No {} among the {} features of {}.").format(
                            kind.name, len(layer), planned + kind.layer.upper()
                        ),
                    )
        present = np.column_stack([points_gained(distances[kind, ""], kind) for kind in kinds])
        nearest = {kind: np.minimum(distances[kind, ""], distances[kind, "PLANNED_"]) for kind in kinds}
        future = np.column_stack([points_gained(nearest[kind], kind) for kind in kinds])
        without = np.array([shape.isNull() or shape.isEmpty() for shape in shapes])
        planned = layers[PLANNED_ROADS] is not None or layers[PLANNED_PLACES] is not None
        gained = [present, future] if planned else [present]
        columns = [np.where(without, np.nan, rating(points)) for points in gained]
        reason = _reasons(kinds, nearest if planned else {k: distances[k, ""] for k in kinds}, gained[-1],
                          self.language(parameters, context))  # fmt: skip
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                (*ACCESSIBILITY[: len(columns)], ACCESS_REASON),
                (*columns, ["" if lacking else text for lacking, text in zip(without, reason, strict=True)]),
            ),
            RUBRIC_USED: self.write_table(
                parameters, RUBRIC_USED, context, ACCESS_POINTS, rubric_rows(kinds)
            ),
            "EXCLUDED": int(without.sum()),
        }

    def _layer(self, name, crs, parameters, context, feedback):
        """Pairs of geometry and type of a layer, None where it is not given."""
        from ..auxiliary_layers import read_layer

        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            return None
        field = self.optional_field(parameters, name + _TYPE, context)
        if not field:
            raise ParcelDataError(
                "Layer “{}” needs the field with the types of its features ({}).",
                source.sourceName(),
                name + _TYPE,
            )
        read = read_layer(source, crs, context, field, self.progress(feedback, 10, 20))
        return list(zip(*read, strict=True))


def _reasons(kinds, nearest, gained, language):
    """What gave points to each parcel, with the distance: "main road 3 (120 m); bus stop 1 (430 m)"."""
    columns = []
    for kind, points in zip(kinds, gained.T, strict=True):
        name = kind.name_zh if language == "zh" else kind.name
        columns.append(
            [
                f"{name} {worth:g} ({metres:.0f} m)" if worth else ""
                for worth, metres in zip(points.tolist(), nearest[kind].tolist(), strict=True)
            ]
        )
    return ["; ".join(text for text in texts if text) for texts in zip(*columns, strict=True)]
