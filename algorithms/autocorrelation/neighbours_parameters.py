"""The parameters by which algorithms choose neighbours, and the weights they give."""

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsProcessingParameterDistance,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
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
BETWEEN = "BETWEEN"
WEIGHTING = "WEIGHTING"
POWER = "POWER"
DISTRICT = "DISTRICT"

KNN, BAND, CONTIGUITY, ROOK, FILE = range(5)
CENTROIDS, POINTS, POLYGONS = range(3)
EQUAL, INVERSE = range(2)
_KERNELS = {2: "triangular", 3: "epanechnikov", 4: "quartic", 5: "gaussian"}

_METRES, _DEGREES = Qgis.DistanceUnit.Meters, Qgis.DistanceUnit.Degrees
WEB_MERCATOR = "EPSG:3857"
MANY_ISLANDS = 0.05
STRETCHED_BAND = 5.0
"""A band is stretched where it is so many times the median distance to the nearest neighbour."""
_ROOK_TOLERANCES = (0.1, 0.5, 1, 2, 5, 10, 20, 50)
_MOST_NAMES = 5
# Of the progress of finding neighbours.
READING = 0.3
_FILES = "*.gal *.gwt *.kwt *.swm *.txt *.dbf *.mtx *.dat *.mat *.wk1"


def add_neighbours(algorithm):
    """Add NEIGHBOURS and what each choice needs."""
    algorithm.add(
        QgsProcessingParameterEnum(
            NEIGHBOURS,
            tr("Neighbours"),
            [
                tr("k nearest"),
                tr("Distance band"),
                tr("Contiguity within a tolerance"),
                tr("Shared boundary (rook)"),
                tr("Weights file"),
            ],
            defaultValue=KNN,
        ),
        tr(
            "Who neighbours whom. k nearest and bands measure between centroids, if not chosen otherwise. "
            "Roads separate parcels, so plain contiguity (tolerance 0) leaves most of them alone: give a "
            "tolerance, or use k nearest."
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
        tr(
            "For “Distance band”. Empty: the smallest distance at which every parcel has a neighbour, of "
            "each district by itself."
        ),
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
    algorithm.add(
        QgsProcessingParameterEnum(
            BETWEEN,
            tr("Measure distances between"),
            [tr("Centroids"), tr("Representative points"), tr("Polygons")],
            defaultValue=CENTROIDS,
        ),
        tr(
            "For k nearest and bands. Centroids of bent parcels may lie outside of them, representative "
            "points lie inside. Between polygons, parcels that touch are at distance 0, and a band is "
            "contiguity with that tolerance."
        ),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterEnum(
            WEIGHTING,
            tr("Weights"),
            [
                tr("Equal (uniform kernel)"),
                tr("Inverse distance"),
                tr("Triangular kernel"),
                tr("Epanechnikov (quadratic) kernel"),
                tr("Quartic kernel"),
                tr("Gaussian kernel"),
            ],
            defaultValue=EQUAL,
        ),
        tr(
            "How much each neighbour counts; the weights of a parcel then add up to 1. The bandwidth of a "
            "kernel is the band distance; for other neighbours it is each parcel's distance to its farthest "
            "one (the k-th: adaptive). Distances are those between centroids or representative points. By "
            "inverse distance, a neighbour at the same place counts as much as the nearest one at another "
            "place. A weights file has its own weights. Unequal weights make permutations slower."
        ),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterNumber(
            POWER,
            tr("Power of the inverse distance"),
            QgsProcessingParameterNumber.Type.Double,
            defaultValue=1.0,
            minValue=0.01,
            maxValue=10.0,
        ),
        tr("For inverse distance: 1, or 2 to let near parcels count more."),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterField(
            DISTRICT,
            tr("Neighbours only within a district"),
            parentLayerParameterName=INPUT,
            optional=True,
        ),
        tr(
            "Field of parks or districts: a parcel's neighbours are of its own, whatever the choice of "
            "neighbours. In a district of k parcels or fewer all others are neighbours. A parcel without a "
            "district has no neighbours."
        ),
        advanced=True,
    )
    algorithm.add(
        QgsProcessingParameterFile(
            WEIGHTS_FILE,
            tr("Weights file"),
            optional=True,
            fileFilter=tr("Spatial weights ({})").format(_FILES),
        ),
        tr(
            "For “Weights file”, with the ids of the field that names the parcels: .gal, .gwt, .kwt; .swm, "
            ".txt and .dbf of ArcGIS; .dat. Through libpysal, where it is installed: .mat, .wk1, .txt of "
            "Stata or GeoBUGS. Without ids (.mtx, .mat, .wk1, GeoBUGS) parcels are in the layer's order."
        ),
        advanced=True,
    )


def check_distance_crs(algorithm, feedback, parcels, metric):
    """Check that a layer's coordinates measure distances, in metres where ``metric``.

    Raises
    ------
    ParcelDataError
        Metres are needed, and the CRS is geographic or missing.
    """
    crs = parcels.crs
    if metric and crs.isValid() and crs.mapUnits() not in (_METRES, _DEGREES):
        algorithm.warn(
            feedback,
            tr("Distances are in the units of {}, which are not metres.").format(crs.authid()),
        )
    if metric and (not crs.isValid() or crs.isGeographic()):
        raise ParcelDataError(
            "The distance is in metres, but layer “{}” is in {}: reproject it to a projected CRS.",
            parcels.name,
            crs.authid() if crs.isValid() else tr("no CRS"),
        )
    if not crs.isValid() or crs.isGeographic():
        algorithm.warn(
            feedback,
            tr("Layer “{}” {}: distances between parcels are taken as planar.").format(
                parcels.name, tr("is in degrees") if crs.isValid() else tr("has no CRS")
            ),
        )
    elif metric and crs.authid() == WEB_MERCATOR:
        algorithm.warn(
            feedback,
            tr("EPSG:3857 inflates distances away from the equator: reproject to a local CRS."),
        )


class Neighbours:
    """The neighbours that a user chose for a parcel layer.

    Weights are row-standardised. ``among`` builds them for the parcels that have a value,
    anew for distances, as a part of the whole for contiguity and files. ``districts`` is the
    code of each parcel's district, (n,) from 0 and -1 where it has none, and the list of their
    names; None where neighbours may be of any district.
    """

    def __init__(self, algorithm, parameters, context, feedback, parcels):
        self._algorithm = algorithm
        self._feedback = feedback
        self._parcels = parcels
        self._kind = algorithm.parameterAsEnum(parameters, NEIGHBOURS, context)
        self._k = algorithm.parameterAsInt(parameters, K, context)
        self._tolerance = algorithm.parameterAsDouble(parameters, TOLERANCE, context)
        given = parameters.get(DISTANCE) is not None and parameters[DISTANCE] != ""
        self._distance = algorithm.parameterAsDouble(parameters, DISTANCE, context) if given else None
        self._between = algorithm.parameterAsEnum(parameters, BETWEEN, context)
        self._weighting = algorithm.parameterAsEnum(parameters, WEIGHTING, context)
        self._power = algorithm.parameterAsDouble(parameters, POWER, context)
        self._whole = None
        self._xy = None
        self._rings = None
        self._weights = self._sums = (None, None)
        self._check_geometry()
        self._check_crs()
        self.districts = self._read_districts(parameters, context)
        if self._kind == FILE:
            self._whole = self._from_file(parameters, context)

    def among(self, keep, progress=None):
        """Row-standardised weights among the parcels of ``keep``, an (n,) bool mask; the log tells of them.

        Kept until other parcels are asked for, since columns mostly miss the same ones.
        """
        from ._arrays import part, report

        key = keep.tobytes()
        if self._weights[0] != key:
            self._read_geometry(part(progress, 0.0, READING))
            progress = part(progress, READING, 1.0)
            if self._kind == KNN:
                weights, bandwidth = self._k_nearest(keep, progress), None
            elif self._kind == BAND and self._between != POLYGONS:
                weights, bandwidth = self._band(keep, progress)
            else:
                weights, bandwidth = self._all(progress).subset(keep), None
            weights = self._weighted(weights, keep, bandwidth)
            still = part(progress, 1.0, 1.0)
            report(still, 1.0)
            self._weights = (key, weights.row_standardised())
            self._describe(weights, keep, still)
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

    def points(self, progress=None):
        """The points that stand for the parcels, (n, 2), NaN where there is no geometry.

        Centroids, or representative points where distances are measured between these.
        """
        if self._xy is None:
            inside = self._between == POINTS
            read = self._parcels.representative_points if inside else self._parcels.centroids
            self._xy = read(progress)
        return self._xy

    def _read_geometry(self, progress):
        """Read what the chosen neighbours and weights need, with progress."""
        from ._arrays import part

        if self._kind == FILE:
            return
        between_points = self._kind in (KNN, BAND) and self._between != POLYGONS
        if between_points or self._weighting != EQUAL:
            self.points(part(progress, 0.0, 0.5))
        if not between_points and self._whole is None:
            self._boundaries(part(progress, 0.5, 1.0))

    def _describe(self, weights, keep, still):
        """Tell the user how many links and islands there are; ``still`` lets a run be cancelled."""
        islands = int(weights.islands.sum())
        self._algorithm.note(
            self._feedback,
            tr("Neighbours: {} parcels, {} links, {:.2f} on average, {} without neighbours.").format(
                weights.n, weights.indices.size, weights.indices.size / max(weights.n, 1), islands
            ),
        )
        if self._kind in (CONTIGUITY, ROOK) and islands > MANY_ISLANDS * weights.n:
            self._suggest_tolerance(weights, keep, still)

    def _read_districts(self, parameters, context):
        field = self._algorithm.optional_field(parameters, DISTRICT, context)
        if not field:
            return None
        codes, names = self._parcels.districts(field)
        without = int((codes < 0).sum())
        if not names:
            raise ParcelDataError(
                "No parcel has a district in field {}: choose another field, or none.", field
            )
        self._algorithm.note(
            self._feedback, tr("Neighbours are of the same district: {} districts.").format(len(names))
        )
        if without:
            self._algorithm.warn(
                self._feedback,
                tr("{} parcels have no district in field {}: they have no neighbours.").format(
                    without, field
                ),
            )
        return codes, names

    def _groups(self):
        """Districts for the kernels, a parcel without one being its own; None where there are none."""
        import numpy as np

        if self.districts is None:
            return None
        codes, names = self.districts
        return np.where(codes < 0, len(names) + np.arange(codes.size), codes)

    def _groups_of(self, keep):
        groups = self._groups()
        return None if groups is None else groups[keep]

    def _k_nearest(self, keep, progress):
        groups = self._groups_of(keep)
        if self._between == POLYGONS:
            from .polygon_distance import k_nearest_polygons

            weights = k_nearest_polygons(self._boundaries().subset(keep), self._k, groups, progress)
        else:
            from .nearest_neighbours import k_nearest

            weights = k_nearest(self.points()[keep], self._k, groups, progress)
        if groups is not None:
            small = sorted(set(groups[weights.cardinality < self._k].tolist()))
            named = self._names(small)
            if named:
                self._algorithm.warn(
                    self._feedback,
                    tr("Districts of {} parcels or fewer, where all others are neighbours: {}.").format(
                        self._k, named
                    ),
                )
        return weights

    def _band(self, keep, progress):
        """Weights of a band, and its distance: one number, or that of each parcel's district."""
        from ._arrays import part
        from .nearest_neighbours import distance_band, smallest_bands

        xy, groups = self.points()[keep], self._groups_of(keep)
        if self._distance is not None:
            return distance_band(xy, self._distance, groups, progress), self._distance
        bands = smallest_bands(xy, groups, part(progress, 0.0, 0.5))
        distance = float(bands.distance.max()) if groups is None else bands.of_site
        weights = distance_band(xy, distance, groups, part(progress, 0.5, 1.0))
        self._tell_bands(bands, weights, groups)
        return weights, distance

    def _tell_bands(self, bands, weights, groups):
        stretched = bands.distance > STRETCHED_BAND * bands.typical
        if groups is None:
            self._algorithm.note(
                self._feedback,
                tr("Distance band: {:.6g}, the smallest at which no parcel is alone.").format(
                    bands.distance[0]
                ),
            )
            if stretched.any():
                self._algorithm.warn(
                    self._feedback,
                    tr(
                        "A remote parcel stretches the distance band: it gives up to {} neighbours. "
                        "Set the band distance, or use k nearest."
                    ).format(int(weights.cardinality.max())),
                )
            return
        self._algorithm.note(
            self._feedback,
            tr("Distance bands, the smallest at which no parcel of the district is alone: {}.").format(
                self._names(bands.group, bands.distance)
            ),
        )
        for group in bands.group[stretched]:
            self._algorithm.warn(
                self._feedback,
                tr(
                    "A remote parcel stretches the distance band of district “{}”: it gives up to {} "
                    "neighbours. Set the band distance, or use k nearest."
                ).format(self.districts[1][group], int(weights.cardinality[groups == group].max())),
            )

    def _names(self, groups, values=None):
        """Names of districts, the first few, with a value each where there are any."""
        names = self.districts[1]
        known = [(names[group], i) for i, group in enumerate(groups) if group < len(names)]
        texts = [name if values is None else f"{name} {values[i]:.6g}" for name, i in known[:_MOST_NAMES]]
        if len(known) > _MOST_NAMES:
            texts.append(tr("and {} more").format(len(known) - _MOST_NAMES))
        return ", ".join(texts)

    def _weighted(self, weights, keep, bandwidth):
        """The same neighbours with the chosen weights; ``bandwidth`` None: each parcel's own."""
        if self._weighting == EQUAL:
            return weights
        if self._kind == FILE:
            self._algorithm.warn(self._feedback, tr("The weights of the file count, not those chosen."))
            return weights
        from .distance_weights import inverse_distance, kernel_weights, link_distances

        distance = link_distances(weights, self.points()[keep])
        if self._weighting != INVERSE:
            return kernel_weights(weights, distance, _KERNELS[self._weighting], bandwidth)
        coincident = int((distance == 0).sum())
        if coincident:
            self._algorithm.warn(
                self._feedback,
                tr(
                    "{} links join parcels at the same place: these count as much as the nearest neighbour "
                    "at another place."
                ).format(coincident),
            )
        return inverse_distance(weights, distance, self._power)

    def _boundaries(self, progress=None):
        if self._rings is None:
            self._rings = self._parcels.boundaries(progress)
        return self._rings

    def _all(self, progress):
        if self._whole is None:
            tolerance = self._distance if self._kind == BAND else self._tolerance
            self._whole = self._within(tolerance, progress)
        return self._whole

    def _within(self, tolerance, progress):
        from .contiguity import contiguity, rook

        find = rook if self._kind == ROOK else contiguity
        return find(self._boundaries(), tolerance, self._groups(), progress)

    def _from_file(self, parameters, context):
        from .weights_file import read_weights

        path = self._algorithm.parameterAsFile(parameters, WEIGHTS_FILE, context)
        if not path:
            raise ParcelDataError("Neighbours come from a weights file, but no file is given.")
        if not Path(path).is_file():
            raise ParcelDataError("The weights file “{}” cannot be found.", Path(path).name)
        id_field = self._algorithm.optional_field(parameters, ID_FIELD, context)
        weights = read_weights(path, self._parcels.names(id_field))
        groups = self._groups()
        return weights if groups is None else weights.within(groups)

    def _check_geometry(self):
        polygon = QgsWkbTypes.geometryType(self._parcels.wkb_type) == Qgis.GeometryType.Polygon
        if self._kind in (CONTIGUITY, ROOK) and not polygon:
            raise ParcelDataError(
                "Contiguity needs polygons, and layer “{}” has none: use k nearest, or a distance band.",
                self._parcels.name,
            )
        if self._kind not in (KNN, BAND) or self._between != POLYGONS:
            return
        if not polygon:
            raise ParcelDataError(
                "Distances between polygons need polygons, and layer “{}” has none: measure between "
                "centroids.",
                self._parcels.name,
            )
        if self._kind == BAND and self._distance is None:
            raise ParcelDataError(
                "A band between polygons needs a band distance: give one, or measure between centroids."
            )

    def _check_crs(self):
        contiguous = self._kind in (CONTIGUITY, ROOK)
        metric = (self._kind == BAND and self._distance is not None) or (contiguous and self._tolerance > 0)
        if self._kind == FILE or (contiguous and not metric and self._weighting == EQUAL):
            return
        check_distance_crs(self._algorithm, self._feedback, self._parcels, metric)

    def _suggest_tolerance(self, weights, keep, still):
        """Say which tolerance would leave fewer than 5 % of the parcels alone."""
        crs = self._parcels.crs
        hint = tr("Use k nearest, or a larger tolerance.")
        if crs.isValid() and not crs.isGeographic():
            for tolerance, alone in self._larger_tolerances(keep, still):
                if alone < MANY_ISLANDS * weights.n:
                    hint = tr("A tolerance of {:g} would leave {} alone.").format(tolerance, alone)
                    break
        self._algorithm.warn(
            self._feedback,
            tr("{} of {} parcels have no neighbour. {}").format(int(weights.islands.sum()), weights.n, hint),
        )

    def _larger_tolerances(self, keep, still):
        """Pairs of a tolerance and the number of parcels it leaves alone: the one that will do, or a few."""
        if self._kind == CONTIGUITY:
            from .polygon_distance import tolerance_for

            boundaries = self._boundaries().subset(keep)
            yield tolerance_for(boundaries, MANY_ISLANDS, self._groups_of(keep), still)
            return
        for tolerance in (t for t in _ROOK_TOLERANCES if t > self._tolerance):
            yield tolerance, int(self._within(tolerance, still).subset(keep).islands.sum())
