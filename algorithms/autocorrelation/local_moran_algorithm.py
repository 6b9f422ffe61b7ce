"""Local Moran's I as a Processing algorithm."""

from collections import Counter

from qgis.core import QgsProcessingParameterField

from ..fields import CLUSTERS, LOCAL_CLUSTER, LOCAL_MORAN
from ..parcel_algorithm import ID_FIELD, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from .moran_parameters import (
    CORRECTION,
    DEFAULT_PERMUTATIONS,
    SIGNIFICANCE,
    add_correction,
    add_engine,
    add_method,
    add_permutations,
    add_significance,
    cluster_sentence,
    is_constant,
    local_columns,
    pysal_packages,
)
from .neighbours_parameters import Neighbours, add_neighbours

FIELD = "FIELD"
SECOND_FIELD = "SECOND_FIELD"


class LocalMoranAlgorithm(ParcelAlgorithm):
    """Clusters and outliers by local Moran's I."""

    ID = "localmoran"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Local Moran's I (LISA)")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Finds where values cluster: parcels that are high among high (HH) or low among low (LL), and "
            "outliers (HL, LH), by local Moran's I (Anselin 1995) with conditional permutations. The local I "
            "uses m2 = sum z^2/n, so that its mean is the global I. The reference draws are shared between "
            "parcels: that makes 99,999 permutations fast, and correlates the sampling errors of the "
            "p-values, each of which is right. Parcels without neighbours or without a value have no result. "
            "With a second field, the bivariate I (Anselin, Syabri and Smirnov 2002): a parcel's value "
            "against its neighbours' values of the other field."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add(
            QgsProcessingParameterField(FIELD, tr("Field"), parentLayerParameterName=INPUT),
            tr("Numeric field, for example the composite score."),
        )
        self.add(
            QgsProcessingParameterField(
                SECOND_FIELD,
                tr("Field of the neighbours (bivariate)"),
                parentLayerParameterName=INPUT,
                optional=True,
            ),
            tr(
                "Numeric field whose values the neighbours are compared by, for example the land-value score "
                "around a high economic score. HL then is a parcel that is high in the first field among "
                "neighbours that are low in this one. A parcel without one of the two values is left out. "
                "It tells nothing of how the two fields go together within a parcel."
            ),
        )
        self.add_id_field()
        add_neighbours(self)
        add_method(self)
        add_permutations(self, default=DEFAULT_PERMUTATIONS, fewest=1)
        add_significance(self)
        add_correction(self)
        add_engine(
            self,
            tr(
                "With numba installed, the first local Moran compiles for half a minute. 10,000 parcels "
                "take half a second with 999 permutations, minutes with 99,999. esda counts ties in one "
                "tail only: where many values are equal, its p can be far too small. I is given in the "
                "scale of the built-in engine and of R's spdep, n/(n - 1) times esda's; parcels without "
                "neighbours and constant fields have no p, where esda gives the smallest."
            ),
        )
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Parcels with clusters"),
            tr(
                "The input with local I, mean of the neighbours, number of neighbours, p, quadrant, flags of "
                "significance after FDR and Bonferroni, and the cluster by the chosen correction."
            ),
        )
        self.add_report()
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a value in a field."))
        self.add_number(
            "ISLANDS", tr("Parcels without neighbours"), tr("They stay in the mean, but have no result.")
        )

    def needed_packages(self, parameters, context):
        """Return those of PySAL where it is chosen."""
        return pysal_packages(self, parameters, context)

    def compute(self, parameters, context, feedback):
        """Compute and write."""
        field = self.optional_field(parameters, FIELD, context)
        parcels = self.parcels(parameters, context, feedback)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        values = parcels.numbers(field)
        name = self.optional_field(parameters, SECOND_FIELD, context)
        second = (name, parcels.numbers(name)) if name else None
        self.note_packages(feedback, parameters, context)
        columns = local_columns(
            self,
            field,
            values,
            neighbours,
            parameters,
            context,
            self.language(parameters, context),
            self.progress(feedback, 20, 60),
            second,
        )
        counts = Counter(columns[LOCAL_MORAN.index(LOCAL_CLUSTER)])
        self.note(feedback, cluster_sentence(counts))
        for constant, column in ((field, values), *([second] if second else [])):
            if is_constant(column):
                self.warn(
                    feedback,
                    tr("Field {} has the same value everywhere: no cluster is defined.").format(constant),
                )
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                LOCAL_MORAN,
                columns,
                style=("clusters", LOCAL_CLUSTER.name, CLUSTERS),
                start=60,
            ),
            REPORT: self._report(parameters, context, parcels, (field, values), second, neighbours, columns),
            "EXCLUDED": counts[None],
            "ISLANDS": counts["none"],
        }

    def _report(self, parameters, context, parcels, first, second, neighbours, columns):
        from ..report_maps import class_map
        from .local_moran_report import local_moran_report
        from .moran_parameters import scatter_of
        from .multiple_testing import CORRECTIONS

        if not self.wants(parameters, REPORT):
            return None
        id_field = self.optional_field(parameters, ID_FIELD, context)
        clusters = columns[LOCAL_MORAN.index(LOCAL_CLUSTER)]
        pieces = local_moran_report(
            first,
            second,
            columns,
            scatter_of(first, neighbours, second),
            parcels.names(id_field),
            self.parameterAsDouble(parameters, SIGNIFICANCE, context),
            CORRECTIONS[self.parameterAsEnum(parameters, CORRECTION, context)],
            tr,
            user_language(),
            class_map(parcels, clusters, "clusters", CLUSTERS, context, tr("Clusters and outliers")),
        )
        title = tr("{}, field {}").format(self.displayName(), first[0])
        return self.write_report(parameters, context, title, pieces)
