"""Moran's I over a range of distances as a Processing algorithm."""

from qgis.core import (
    QgsProcessingParameterDistance,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
)

from ..fields import INCREMENTAL
from ..parcel_algorithm import ENGINE, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from .moran_parameters import PYSAL, add_engine, is_constant, pysal_packages
from .neighbours_parameters import check_distance_crs

FIELD = "FIELD"
DISTANCES = "DISTANCES"
FIRST_DISTANCE = "FIRST_DISTANCE"
INCREMENT = "INCREMENT"


class IncrementalMoranAlgorithm(ParcelAlgorithm):
    """Moran's I over a range of distances."""

    ID = "incrementalmoran"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Incremental Moran's I")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Finds the distance at which values cluster most: Moran's I of row-standardised distance bands, "
            "one wider than the other, with z under randomisation. z peaks where clustering is most "
            "pronounced; a peak is often a good band distance for local Moran's I or hot spots. As in "
            "ArcGIS's Incremental Spatial Autocorrelation, the first peak and the highest one are told, and "
            "none where z only rises or only falls: the first and the last distance are never a peak. "
            "Distances are those between centroids. Parcels without a value are left out; parcels without "
            "neighbours stay in."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add(
            QgsProcessingParameterField(FIELD, tr("Field"), parentLayerParameterName=INPUT),
            tr("Numeric field, for example the composite score."),
        )
        self.add(
            QgsProcessingParameterNumber(
                DISTANCES, tr("Number of distances"), defaultValue=10, minValue=2, maxValue=100
            ),
            tr("How many distances are tried, the first one included."),
        )
        self.add(
            QgsProcessingParameterDistance(
                FIRST_DISTANCE, tr("First distance"), parentParameterName=INPUT, optional=True, minValue=0
            ),
            tr(
                "Empty: the smallest at which every parcel has a neighbour. Where a remote parcel stretches "
                "it, give a smaller one."
            ),
        )
        self.add(
            QgsProcessingParameterDistance(
                INCREMENT, tr("Increment"), parentParameterName=INPUT, optional=True, minValue=0
            ),
            tr(
                "From one distance to the next. Empty: the mean distance of the parcels to their nearest "
                "neighbour."
            ),
        )
        add_engine(self)
        self.add_sink(
            OUTPUT,
            tr("Moran's I by distance"),
            tr(
                "A row per distance: links, mean number of neighbours, I, variance, z, p, and the peaks of z."
            ),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number(
            "FIRST_PEAK", tr("First peak"), tr("Smallest distance at which z peaks; NULL without a peak.")
        )
        self.add_number(
            "MAX_PEAK", tr("Highest peak"), tr("Distance of the highest peak of z; NULL without a peak.")
        )
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a value."))

    def needed_packages(self, parameters, context):
        """Return those of PySAL where it is chosen."""
        return pysal_packages(self, parameters, context)

    def compute(self, parameters, context, feedback):
        """Compute and write."""
        from ..features import with_value
        from .incremental_moran import band_distances

        if self.parameterAsEnum(parameters, ENGINE, context) == PYSAL:
            from .pysal_engine import incremental_moran
        else:
            from .incremental_moran import incremental_moran

        field = self.optional_field(parameters, FIELD, context)
        parcels = self.parcels(parameters, context, feedback)
        check_distance_crs(self, feedback, parcels, metric=True)
        self.note_packages(feedback, parameters, context)
        values = parcels.numbers(field)
        keep = with_value(field, values)
        xy = parcels.centroids()[keep]
        distances = band_distances(
            xy,
            self.parameterAsInt(parameters, DISTANCES, context),
            self._given(parameters, FIRST_DISTANCE, context),
            self._given(parameters, INCREMENT, context),
        )
        self.note(
            feedback,
            tr("{} distances from {:.6g} to {:.6g}.").format(distances.size, distances[0], distances[-1]),
        )
        result = incremental_moran(values[keep], xy, distances, self.progress(feedback, 20, 95))
        peaks = [
            None if position is None else float(distances[position])
            for position in (result.first_peak, result.max_peak)
        ]
        if is_constant(values):
            self.warn(
                feedback,
                tr("Field {} has the same value everywhere: Moran's I is not defined.").format(field),
            )
        elif peaks[0] is None:
            self.note(feedback, tr("z has no peak within these distances: it only rises or only falls."))
        else:
            self.note(feedback, tr("First peak of z at {:.6g}, highest at {:.6g}.").format(*peaks))
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, INCREMENTAL, result.rows()),
            REPORT: self._report(parameters, context, field, result, int((~keep).sum())),
            "FIRST_PEAK": peaks[0],
            "MAX_PEAK": peaks[1],
            "EXCLUDED": int((~keep).sum()),
        }

    def _report(self, parameters, context, field, result, excluded):
        from .incremental_moran_report import incremental_moran_report

        if not self.wants(parameters, REPORT):
            return None
        pieces = incremental_moran_report(result, excluded, tr)
        title = tr("{}, field {}").format(self.displayName(), field)
        return self.write_report(parameters, context, title, pieces)

    def _given(self, parameters, name, context):
        """Value of a distance, or None where it is empty."""
        if parameters.get(name) in (None, ""):
            return None
        return self.parameterAsDouble(parameters, name, context)
