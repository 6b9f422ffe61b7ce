"""Facilities per hectare as a Processing algorithm."""

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingParameterEnum,
    QgsProcessingParameterNumber,
)

from ..fields import FACILITY_CLASSES, FACILITY_DENSITY
from ..parcel_algorithm import OUTPUT, ParcelAlgorithm, tr
from .facility_parameters import add_facilities, read_facilities

DISTANCE = "DISTANCE"
AREA = "AREA"
COORDINATES = "COORDINATES"
DENSITY = "DENSITY"

_READINGS = ("WGS 84", "GCJ-02", "BD-09")
_ARC_SEGMENTS = 16


class FacilityDensityAlgorithm(ParcelAlgorithm):
    """Facilities per hectare of each parcel or its surroundings, by class."""

    ID = "facilitydensity"
    ROOM = "indicators"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Facility density")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Present facility density: points of interest in each parcel, or within a distance of it, per "
            "hectare, in total and by class. Areas are ellipsoidal. Points of Chinese map services, which "
            "are shifted by some hundred metres, are brought back on request; a warning is given where the "
            "points fall on parcels much oftener in another of the three readings of their coordinates."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels([QgsProcessing.SourceType.TypeVectorPolygon])
        self.add_id_field()
        add_facilities(
            self, tr("Present facilities, such as POI; lines and polygons count by a point on them.")
        )
        self.add(
            QgsProcessingParameterNumber(
                DISTANCE,
                tr("Distance from the parcel (m)"),
                QgsProcessingParameterNumber.Type.Double,
                0.0,
                minValue=0.0,
            ),
            tr(
                "Facilities within this distance of the edge count too. 0: those in the parcel. A facility "
                "near several parcels counts for each."
            ),
        )
        self.add(
            QgsProcessingParameterEnum(
                COORDINATES,
                tr("Coordinates of the facilities"),
                [tr("As their CRS says"), tr("GCJ-02 (Amap, Tencent)"), tr("BD-09 (Baidu)")],
                defaultValue=0,
            ),
            tr(
                "GCJ-02 and BD-09 have no CRS of their own: their degrees come as WGS 84 or CGCS2000. They "
                "are brought back by the published formula, to 1e-11 degrees of it; outside the rectangle "
                "72.004-137.8347 E, 0.8293-55.8271 N nothing moves."
            ),
        )
        self.add(
            QgsProcessingParameterEnum(
                AREA,
                tr("Divided by"),
                [tr("Area in which facilities are counted"), tr("Area of the parcel alone")],
                defaultValue=0,
            ),
            tr("Differs where a distance is given: the parcel with its surroundings, or the parcel alone."),
            advanced=True,
        )
        self.add_sink(
            OUTPUT,
            tr("Parcels with facility density"),
            tr("The input with fac_dens (POI/hm2), the number of facilities and the area in hm2."),
        )
        self.add_sink(
            DENSITY,
            tr("Density by class"),
            tr("One row per parcel and class, with number and density."),
            optional=True,
            table=True,
        )
        self.add_number("COUNTED", tr("Facilities counted"), tr("Facilities that count for a parcel."))
        self.add_number(
            "EXCLUDED", tr("Excluded parcels"), tr("Parcels without a geometry that has an area.")
        )

    def compute(self, parameters, context, feedback):
        """Count, divide and write."""
        import numpy as np

        from ..auxiliary_layers import metric_crs, points_within, repaired, transformed
        from .facility_density import facility_density

        parcels = self.parcels(parameters, context, feedback, end=10)
        crs = metric_crs(parcels, context)
        shapes = [feature.geometry() for feature in parcels.features]
        shapes, invalid = repaired(transformed(shapes, parcels.crs, crs, context))
        if invalid:
            self.note(
                feedback, tr("{} invalid parcels are repaired (GEOS, structure method).").format(invalid)
            )
        xy, kinds, classes = read_facilities(
            self, parameters, context, feedback, crs, self.progress(feedback, 10, 30)
        )
        xy = self._read(xy, shapes, crs, parameters, context, feedback)
        distance = self.parameterAsDouble(parameters, DISTANCE, context)
        site, point = points_within(shapes, xy, distance, self.progress(feedback, 50, 75))
        searched = shapes
        if distance > 0 and self.parameterAsEnum(parameters, AREA, context) == 0:
            searched = [shape.buffer(distance, _ARC_SEGMENTS) for shape in shapes]
        hectares = parcels.hectares(context, searched, crs)
        found = facility_density(site, kinds[point], hectares, len(classes))
        excluded = int(np.isnan(found.total).sum())
        if excluded:
            self.warn(feedback, tr("{} parcels have no area and get no density.").format(excluded))
        counted = len(np.unique(point))
        self.note(feedback, tr("{} of {} facilities count for a parcel.").format(counted, len(xy)))
        names = parcels.names(self.optional_field(parameters, "ID_FIELD", context))
        rows = [
            (name, *row)
            for name, counts, densities in zip(
                names, found.counts.tolist(), found.by_class.tolist(), strict=True
            )
            for row in zip(classes, counts, densities, strict=True)
        ]
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                FACILITY_DENSITY,
                (found.total, found.counts.sum(axis=1), hectares),
            ),
            DENSITY: self.write_table(parameters, DENSITY, context, FACILITY_CLASSES, rows),
            "COUNTED": counted,
            "EXCLUDED": excluded,
        }

    def _read(self, xy, shapes, crs, parameters, context, feedback):
        """The points in the chosen reading of their coordinates; warns where another fits better."""
        import numpy as np

        from ..auxiliary_layers import points_within, projected
        from .chinese_coordinates import in_china, wgs84_of_bd09, wgs84_of_gcj02
        from .facility_density import fits_better

        degrees = QgsCoordinateReferenceSystem("EPSG:4326")
        given = projected(xy, crs, degrees, context)
        chosen = self.parameterAsEnum(parameters, COORDINATES, context)
        within = in_china(given)
        if not within.any():
            if chosen:
                self.warn(feedback, tr("No facility lies in China: nothing is moved."))
            return xy
        readings = [xy, xy.copy(), xy.copy()]
        for reading, way_back in zip(readings[1:], (wgs84_of_gcj02, wgs84_of_bd09), strict=True):
            reading[within] = projected(way_back(given[within]), degrees, crs, context)
        inside = []
        for number, reading in enumerate(readings):
            step = self.progress(feedback, 30 + 6 * number, 36 + 6 * number)
            _, point = points_within(shapes, reading, 0.0, step)
            inside.append(np.bincount(point, minlength=len(xy)) > 0)
        best = int(np.argmax([mask.sum() for mask in inside]))
        if fits_better(inside[chosen], inside[best]):
            self.warn(
                feedback,
                tr(
                    "The facilities look as if their coordinates were {}, not {}: {} of them fall on parcels "
                    "then, {} now."
                ).format(
                    _READINGS[best], _READINGS[chosen], int(inside[best].sum()), int(inside[chosen].sum())
                ),
            )
        if chosen:
            self.note(
                feedback,
                tr("{} facilities brought from {} to WGS 84.").format(int(within.sum()), _READINGS[chosen]),
            )
        return readings[chosen]
