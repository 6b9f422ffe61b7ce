"""Hot and cold spots by Getis-Ord as a Processing algorithm."""

from collections import Counter

from qgis.core import QgsProcessingParameterBoolean, QgsProcessingParameterField

from ..fields import HOT_SPOT, HOT_SPOT_BIN, HOT_SPOTS
from ..parcel_algorithm import INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from .moran_parameters import (
    CORRECTION,
    DEFAULT_PERMUTATIONS,
    add_correction,
    add_permutations,
    hot_spot_columns,
    is_constant,
)
from .neighbours_parameters import Neighbours, add_neighbours

FIELD = "FIELD"
STAR = "STAR"


class HotSpotsAlgorithm(ParcelAlgorithm):
    """Hot and cold spots by Getis-Ord G_i* or G_i."""

    ID = "hotspots"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Hot spots (Getis-Ord Gi*)")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Finds where high values (hot spots) or low values (cold spots) come together, by Getis-Ord Gi* "
            "(the parcel counts as its own neighbour) or Gi (it does not; Ord and Getis 1995). Unlike "
            "local Moran's I it does not look for outliers. p-values come from conditional permutations; the "
            "bins are those of 90, 95 and 99 % confidence after the chosen correction."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add(
            QgsProcessingParameterField(FIELD, tr("Field"), parentLayerParameterName=INPUT),
            tr("Numeric field, for example the composite score."),
        )
        self.add_id_field()
        self.add(
            QgsProcessingParameterBoolean(
                STAR, tr("The parcel is its own neighbour (Gi*)"), defaultValue=True
            ),
            tr("Off: Gi, which compares the neighbours alone."),
        )
        add_neighbours(self)
        add_permutations(self, default=DEFAULT_PERMUTATIONS, fewest=1)
        add_correction(self)
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Parcels with hot spots"),
            tr("The input with the score, p, the bin from -3 (cold, 99 %) to 3 (hot, 99 %) and its name."),
        )
        self.add_report()
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a value."))
        self.add_number("HOT", tr("Hot spots"), tr("Parcels with 95 % confidence or more."))
        self.add_number("COLD", tr("Cold spots"), tr("Parcels with 95 % confidence or more."))

    def compute(self, parameters, context, feedback):
        """Compute and write."""
        import numpy as np

        field = self.optional_field(parameters, FIELD, context)
        parcels = self.parcels(parameters, context, feedback)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        values = parcels.numbers(field)
        columns = hot_spot_columns(
            self,
            field,
            values,
            neighbours,
            self.parameterAsBool(parameters, STAR, context),
            parameters,
            context,
            self.language(parameters, context),
            self.progress(feedback, 20, 60),
        )
        if is_constant(values):
            self.warn(
                feedback, tr("Field {} has the same value everywhere: no hot spot is defined.").format(field)
            )
        counts = Counter(columns[HOT_SPOT.index(HOT_SPOT_BIN)])
        self.note(
            feedback,
            tr("Hot and cold spots: {}.").format(
                ", ".join(f"{term.code} {counts[int(term.code)]}" for term in reversed(HOT_SPOTS))
            ),
        )
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                HOT_SPOT,
                columns,
                style=("hot_spots", HOT_SPOT_BIN.name, HOT_SPOTS),
                start=60,
            ),
            REPORT: self._report(parameters, context, parcels, field, columns, int(np.isnan(values).sum())),
            "EXCLUDED": int(np.isnan(values).sum()),
            "HOT": counts[2] + counts[3],
            "COLD": counts[-2] + counts[-3],
        }

    def _report(self, parameters, context, parcels, field, columns, excluded):
        from ..report_maps import class_map
        from .hot_spots_report import hot_spots_report
        from .multiple_testing import CORRECTIONS

        if not self.wants(parameters, REPORT):
            return None
        bins = columns[HOT_SPOT.index(HOT_SPOT_BIN)]
        pieces = hot_spots_report(
            columns,
            excluded,
            self.parameterAsBool(parameters, STAR, context),
            CORRECTIONS[self.parameterAsEnum(parameters, CORRECTION, context)],
            tr,
            user_language(),
            class_map(parcels, bins, "hot_spots", HOT_SPOTS, context, tr("Hot and cold spots")),
        )
        title = tr("{}, field {}").format(self.displayName(), field)
        return self.write_report(parameters, context, title, pieces)
