"""Coverage by planned facilities within a walk, as a Processing algorithm."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsVectorLayer,
)

from ..errors import ParcelDataError
from ..fields import FACILITY_COVERAGE, WALK_COVERAGE
from ..parcel_algorithm import OUTPUT, ParcelAlgorithm, tr
from .facility_parameters import add_facilities, read_facilities

NETWORK = "NETWORK"
TYPE_FIELD = "TYPE_FIELD"
EXCLUDED_TYPES = "EXCLUDED_TYPES"
MINUTES = "MINUTES"
SPEED = "SPEED"
DETOUR = "DETOUR"
SPACING = "SPACING"
SNAPPING = "SNAPPING"
COVERAGE = "COVERAGE"

_METRES_PER_MINUTE = 1000 / 60
"""Of one km/h."""
_NO_WALK = "motorway, motorway_link, trunk, trunk_link"


class WalkCoverageAlgorithm(ParcelAlgorithm):
    """Share of each parcel within a walk of the facilities of each class."""

    ID = "walkcoverage"
    ROOM = "indicators"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Coverage within a walk")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Planned facility coverage: the share of each parcel from which a facility is reached on foot "
            "in 15 minutes, for each class of facilities, and the mean over the classes. A grid of points "
            "stands for the parcel. On a street network a point walks straight to the nearest road, along "
            "the roads, and straight to the facility; roads are walked both ways. Without a network, "
            "straight lines count times a detour factor."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVectorPolygon])
        self.add_id_field()
        add_facilities(self, tr("Planned facilities; lines and polygons count by a point on them."))
        self.add(
            QgsProcessingParameterFeatureSource(
                NETWORK, tr("Street network"), [QgsProcessing.SourceType.TypeVectorLine], optional=True
            ),
            tr("Roads and paths that are joined where their vertices meet. Empty: straight lines."),
        )
        self.add(
            QgsProcessingParameterField(
                TYPE_FIELD, tr("Type of the road"), parentLayerParameterName=NETWORK, optional=True
            ),
            tr("Field by which roads are excluded."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterString(
                EXCLUDED_TYPES, tr("Types that nobody walks on"), defaultValue=_NO_WALK, optional=True
            ),
            tr("Separated by commas; whatever the case."),
            advanced=True,
        )
        for name, label, value, least, help_text in (
            (MINUTES, tr("Minutes"), 15.0, 0.1, tr("Time of the walk.")),
            (
                SPEED,
                tr("Walking speed (km/h)"),
                4.0,
                0.1,
                tr("4 km/h times 15 minutes are 1,000 m."),
            ),
            (DETOUR, tr("Detour factor"), 1.3, 1.0, tr("Of straight lines, where no network is given.")),
            (
                SPACING,
                tr("Spacing of the points (m)"),
                25.0,
                0.1,
                tr("Halved in a parcel until it has nine points."),
            ),
            (
                SNAPPING,
                tr("Way to the network (m)"),
                200.0,
                0.1,
                tr("Points and facilities farther from every road have no way."),
            ),
        ):
            self.add(
                QgsProcessingParameterNumber(
                    name,
                    label,
                    QgsProcessingParameterNumber.Type.Double,
                    defaultValue=value,
                    minValue=least,
                ),
                help_text,
                advanced=True,
            )
        self.add_sink(
            OUTPUT,
            tr("Parcels with coverage"),
            tr("The input with fac_plan, the mean share over the classes in %, and the number of points."),
        )
        self.add_sink(
            COVERAGE,
            tr("Coverage by class"),
            tr("One row per parcel and class, with the share in %."),
            optional=True,
            table=True,
        )
        self.add_number(
            "EXCLUDED", tr("Excluded parcels"), tr("Parcels without a geometry that has an area.")
        )

    def compute(self, parameters, context, feedback):
        """Lay points, walk and write."""
        import numpy as np

        from ..auxiliary_layers import metric_crs
        from .walk_coverage import covered_share, grid_points

        parcels = self.parcels(parameters, context, feedback, end=10)
        crs = metric_crs(parcels, context)
        points = grid_points(
            parcels.boundaries(self.progress(feedback, 10, 15), crs, context),
            self.parameterAsDouble(parameters, SPACING, context),
        )
        xy, kinds, names = read_facilities(
            self, parameters, context, feedback, crs, self.progress(feedback, 15, 20)
        )
        classes = {name: xy[kinds == number] for number, name in enumerate(names)}
        limit = (
            self.parameterAsDouble(parameters, MINUTES, context)
            * self.parameterAsDouble(parameters, SPEED, context)
            * _METRES_PER_MINUTE
        )
        self.note(
            feedback,
            tr("{} points, {} classes of facilities, {:.0f} m on foot.").format(
                points.x.size, len(classes), limit
            ),
        )
        network = self.parameterAsSource(parameters, NETWORK, context)
        if network is None:
            within = self._straight(points, classes, limit, parameters, context, feedback)
        else:
            within = self._along(network, points, classes, limit, crs, parameters, context, feedback)
        shares = 100 * np.column_stack([covered_share(points, mask, len(parcels)) for mask in within])
        mean = shares.mean(axis=1)
        excluded = int(np.isnan(mean).sum())
        if excluded:
            self.warn(feedback, tr("{} parcels have no area and get no coverage.").format(excluded))
        names = parcels.names(self.optional_field(parameters, "ID_FIELD", context))
        rows = [
            (name, code, share)
            for name, row in zip(names, shares.tolist(), strict=True)
            for code, share in zip(classes, row, strict=True)
        ]
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                WALK_COVERAGE,
                (mean, np.bincount(points.site, minlength=len(parcels))),
                start=85,
            ),
            COVERAGE: self.write_table(parameters, COVERAGE, context, FACILITY_COVERAGE, rows),
            "EXCLUDED": excluded,
        }

    def _straight(self, points, classes, limit, parameters, context, feedback):
        """Whether each point is within the walk of each class, by straight lines."""
        import numpy as np

        from .walk_coverage import nearest_segments

        reach = limit / self.parameterAsDouble(parameters, DETOUR, context)
        for number, xy in enumerate(classes.values()):
            step = self.progress(
                feedback, 20 + 65 * number / len(classes), 20 + 65 * (number + 1) / len(classes)
            )
            found = nearest_segments(points.x, points.y, np.column_stack((xy, xy)), reach, step)
            yield found.distance <= reach

    def _along(self, source, points, classes, limit, crs, parameters, context, feedback):
        """Whether each point is within the walk of each class, along the network."""
        import numpy as np

        from ..street_network import StreetNetwork
        from .walk_coverage import nearest_segments, walk_distances

        roads = self._roads(source, crs, parameters, context, feedback)
        network = StreetNetwork.of(roads, feedback)
        self.progress(feedback)(0.4)
        self.note(
            feedback,
            tr("Network: {} sides, {:.1f} km.").format(len(network.segments), network.lengths.sum() / 1000),
        )
        snapping = self.parameterAsDouble(parameters, SNAPPING, context)
        on_network = nearest_segments(
            points.x, points.y, network.segments, snapping, self.progress(feedback, 40, 65)
        )
        away = on_network.segment < 0
        if away.any():
            far = len(np.setdiff1d(points.site[away], points.site[~away]))
            self.warn(
                feedback,
                tr(
                    "{} points are farther than {:g} m from every road, and count as not covered; {} parcels "
                    "have no road near at all."
                ).format(int(away.sum()), snapping, far),
            )
        for number, (code, xy) in enumerate(classes.items()):
            self.progress(feedback, 65, 85)(number / len(classes))
            facilities = nearest_segments(*xy.T, network.segments, snapping)
            lost = int((facilities.segment < 0).sum())
            if lost:
                self.warn(
                    feedback,
                    tr("{} facilities of class “{}” are farther than {:g} m from every road.").format(
                        lost, code, snapping
                    ),
                )
            walk = walk_distances(
                on_network,
                facilities,
                network.ends,
                network.lengths,
                network.from_facilities(facilities),
            )
            # what rounding leaves of a distance that is exactly the limit
            yield walk <= limit + np.spacing(limit)

    def _roads(self, source, crs, parameters, context, feedback):
        """Memory layer of the roads that people walk on, in a metric CRS."""
        from qgis.core import QgsFeature

        from ..auxiliary_layers import read_layer

        field = self.optional_field(parameters, TYPE_FIELD, context)
        excluded = {
            text.strip().casefold()
            for text in self.parameterAsString(parameters, EXCLUDED_TYPES, context).split(",")
        } - {""}
        if excluded and not field:
            self.note(feedback, tr("No field with the types of the roads is given: none is excluded."))
        geometries, types = read_layer(source, crs, context, field, self.progress(feedback, 20, 30))
        layer = QgsVectorLayer("MultiLineString", "roads", "memory")
        layer.setCrs(crs)
        kept = []
        for geometry, kind in zip(geometries, types, strict=True):
            if kind.casefold() not in excluded:
                feature = QgsFeature()
                feature.setGeometry(geometry)
                kept.append(feature)
        if not kept:
            raise ParcelDataError("Layer “{}” has no road to walk on.", source.sourceName())
        if len(kept) < len(geometries):
            self.note(
                feedback,
                tr("{} of {} roads are excluded by their type.").format(
                    len(geometries) - len(kept), len(geometries)
                ),
            )
        layer.dataProvider().addFeatures(kept)
        return layer
