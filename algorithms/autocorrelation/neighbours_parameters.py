"""The parameters by which algorithms choose neighbours, and the weights they give."""

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsProcessingParameterDistance,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterNumber,
    QgsWkbTypes,
)

from ..errors import ParcelDataError
from ..parcel_algorithm import ID_FIELD, INPUT, tr

NEIGHBOURS = "NEIGHBOURS"
K = "K"
DISTANCE = "DISTANCE"
TOLERANCE = "TOLERANCE"
WEIGHTS_FILE = "WEIGHTS_FILE"

KNN, BAND, CONTIGUITY, ROOK, FILE = range(5)

_METRES, _DEGREES = Qgis.DistanceUnit.Meters, Qgis.DistanceUnit.Degrees
WEB_MERCATOR = "EPSG:3857"
MANY_ISLANDS = 0.05
STRETCHED_BAND = 5.0
"""A band is stretched where it is so many times the median distance to the nearest neighbour."""
_TOLERANCES = (0.1, 0.5, 1, 2, 5, 10, 20, 50)


def add_neighbours(algorithm, with_file=True):
    """Add NEIGHBOURS and what each choice needs."""
    choices = [
        tr("k nearest"),
        tr("Distance band"),
        tr("Contiguity within a tolerance"),
        tr("Shared boundary (rook)"),
    ]
    if with_file:
        choices.append(tr("Weights file"))
    algorithm.add(
        QgsProcessingParameterEnum(NEIGHBOURS, tr("Neighbours"), choices, defaultValue=KNN),
        tr(
            "Who neighbours whom. k nearest and bands measure between centroids. Roads separate parcels, so "
            "plain contiguity (tolerance 0) leaves most of them alone: give a tolerance, or use k nearest."
        ),
    )
    algorithm.add(
        QgsProcessingParameterNumber(K, tr("k nearest neighbours"), defaultValue=8, minValue=1),
        tr("Number of neighbours for “k nearest”. Equal distances: the parcel that comes first."),
    )
    algorithm.add(
        QgsProcessingParameterDistance(
            DISTANCE, tr("Band distance"), parentParameterName=INPUT, optional=True, minValue=0
        ),
        tr("For “Distance band”. Empty: the smallest distance at which every parcel has a neighbour."),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterDistance(
            TOLERANCE,
            tr("Contiguity tolerance"),
            parentParameterName=INPUT,
            defaultValue=0.0,
            minValue=0,
        ),
        tr("Parcels whose boundaries are this close are contiguous. 0: they touch."),
        advanced=True,
    )
    if with_file:
        algorithm.add(
            QgsProcessingParameterFile(
                WEIGHTS_FILE,
                tr("Weights file"),
                optional=True,
                fileFilter=tr("Spatial weights (*.gal *.gwt)"),
            ),
            tr("For “Weights file”: .gal or .gwt with the ids of the field that names the parcels."),
            advanced=True,
        )


class Neighbours:
    """The neighbours that a user chose for a parcel layer.

    Weights are row-standardised. ``among`` builds them for the parcels that have a value,
    anew for distances, as a part of the whole for contiguity and files.
    """

    def __init__(self, algorithm, parameters, context, feedback, parcels):
        self._algorithm = algorithm
        self._feedback = feedback
        self._kind = algorithm.parameterAsEnum(parameters, NEIGHBOURS, context)
        self._k = algorithm.parameterAsInt(parameters, K, context)
        self._tolerance = algorithm.parameterAsDouble(parameters, TOLERANCE, context)
        given = parameters.get(DISTANCE) is not None and parameters[DISTANCE] != ""
        self._distance = algorithm.parameterAsDouble(parameters, DISTANCE, context) if given else None
        self._parcels = parcels
        self._whole = None
        self._xy = None
        self._weights = self._sums = (None, None)
        self._check_geometry()
        self._check_crs()
        if self._kind == FILE:
            self._whole = self._from_file(parameters, context)

    def among(self, keep, progress=None):
        """Row-standardised weights among the parcels of ``keep``, an (n,) bool mask; the log tells of them.

        Kept until other parcels are asked for, since columns mostly miss the same ones.
        """
        import numpy as np

        key = keep.tobytes()
        if self._weights[0] != key:
            if self._kind in (KNN, BAND):
                weights = self._by_distance(np.flatnonzero(keep), progress)
            else:
                weights = self._all(progress).subset(keep)
            self._weights = (key, weights.row_standardised())
            self._describe(weights)
        return self._weights[1]

    def sums(self, keep):
        """``WeightSums`` of these weights, kept in the same way.

        Raises
        ------
        ParcelDataError
            No parcel has a neighbour.
        """
        from .global_moran import weight_sums

        key = keep.tobytes()
        if self._sums[0] != key:
            self._sums = (key, weight_sums(self.among(keep)))
        return self._sums[1]

    def _describe(self, weights):
        """Tell the user how many links and islands there are."""
        islands = int(weights.islands.sum())
        self._algorithm.note(
            self._feedback,
            tr("Neighbours: {} parcels, {} links, {:.2f} on average, {} without neighbours.").format(
                weights.n, weights.indices.size, weights.indices.size / max(weights.n, 1), islands
            ),
        )
        if self._kind in (CONTIGUITY, ROOK) and islands > MANY_ISLANDS * weights.n:
            self._suggest_tolerance(weights)

    def centroids(self):
        """Centroids of all parcels, (n, 2), NaN where there is no geometry."""
        if self._xy is None:
            self._xy = self._parcels.centroids()
        return self._xy

    def _by_distance(self, kept, progress):
        from .nearest_neighbours import distance_band, k_nearest, smallest_band

        xy = self.centroids()[kept]
        if self._kind == KNN:
            return k_nearest(xy, self._k, progress=progress)
        distance = self._distance
        if distance is None:
            distance = smallest_band(xy)
            self._algorithm.note(
                self._feedback,
                tr("Distance band: {:.6g}, the smallest at which no parcel is alone.").format(distance),
            )
        weights = distance_band(xy, distance, progress=progress)
        if self._distance is None and self._stretched(xy, distance):
            self._algorithm.warn(
                self._feedback,
                tr(
                    "A remote parcel stretches the distance band: it gives up to {} neighbours. "
                    "Set the band distance, or use k nearest."
                ).format(int(weights.cardinality.max())),
            )
        return weights

    def _stretched(self, xy, distance):
        import numpy as np

        from .nearest_neighbours import k_nearest

        nearest = k_nearest(xy, 1)
        gaps = np.hypot(*(xy[nearest.indices] - xy[nearest.rows]).T)
        return distance > STRETCHED_BAND * float(np.median(gaps))

    def _all(self, progress):
        from .contiguity import contiguity, rook

        if self._whole is None:
            find = contiguity if self._kind == CONTIGUITY else rook
            self._whole = find(self._parcels.boundaries(), self._tolerance, progress=progress)
        return self._whole

    def _from_file(self, parameters, context):
        from .weights_file import read_weights

        path = self._algorithm.parameterAsFile(parameters, WEIGHTS_FILE, context)
        if not path:
            raise ParcelDataError("Neighbours come from a weights file, but no file is given.")
        if not Path(path).is_file():
            raise ParcelDataError("The weights file “{}” cannot be found.", Path(path).name)
        id_field = self._algorithm.optional_field(parameters, ID_FIELD, context)
        return read_weights(path, self._parcels.names(id_field))

    def _check_geometry(self):
        polygon = QgsWkbTypes.geometryType(self._parcels.wkb_type) == Qgis.GeometryType.Polygon
        if self._kind in (CONTIGUITY, ROOK) and not polygon:
            raise ParcelDataError(
                "Contiguity needs polygons, and layer “{}” has none: use k nearest, or a distance band.",
                self._parcels.name,
            )

    def _check_crs(self):
        crs = self._parcels.crs
        metric = (self._kind == BAND and self._distance is not None) or (
            self._kind in (CONTIGUITY, ROOK) and self._tolerance > 0
        )
        if self._kind == FILE or (self._kind in (CONTIGUITY, ROOK) and not metric):
            return
        if metric and crs.isValid() and crs.mapUnits() not in (_METRES, _DEGREES):
            self._algorithm.warn(
                self._feedback,
                tr("Distances are in the units of {}, which are not metres.").format(crs.authid()),
            )
        if metric and (not crs.isValid() or crs.isGeographic()):
            raise ParcelDataError(
                "The distance is in metres, but layer “{}” is in {}: reproject it to a projected CRS.",
                self._parcels.name,
                crs.authid() if crs.isValid() else tr("no CRS"),
            )
        if not crs.isValid() or crs.isGeographic():
            self._algorithm.warn(
                self._feedback,
                tr("Layer “{}” {}: distances between parcels are taken as planar.").format(
                    self._parcels.name, tr("is in degrees") if crs.isValid() else tr("has no CRS")
                ),
            )
        elif metric and crs.authid() == WEB_MERCATOR:
            self._algorithm.warn(
                self._feedback,
                tr("EPSG:3857 inflates distances away from the equator: reproject to a local CRS."),
            )

    def _suggest_tolerance(self, weights):
        """Say which tolerance would leave fewer than 5 % of the parcels alone."""
        from .contiguity import contiguity

        crs = self._parcels.crs
        hint = tr("Use k nearest, or a larger tolerance.")
        if crs.isValid() and not crs.isGeographic():
            boundaries = self._parcels.boundaries()
            for tolerance in (t for t in _TOLERANCES if t > self._tolerance):
                alone = int(contiguity(boundaries, tolerance).islands.sum())
                if alone < MANY_ISLANDS * weights.n:
                    hint = tr("A tolerance of {:g} would leave {} alone.").format(tolerance, alone)
                    break
        self._algorithm.warn(
            self._feedback,
            tr("{} of {} parcels have no neighbour. {}").format(int(weights.islands.sum()), weights.n, hint),
        )
