"""Local Geary's c as a Processing algorithm."""

from collections import Counter

from qgis.core import QgsProcessingParameterField

from ..fields import ALIKE, GEARY_CLUSTER, LOCAL_GEARY
from ..parcel_algorithm import ID_FIELD, INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from .moran_parameters import (
    CORRECTION,
    DEFAULT_PERMUTATIONS,
    SIGNIFICANCE,
    add_correction,
    add_permutations,
    add_significance,
    cluster_sentence,
    geary_columns,
    is_constant,
)
from .neighbours_parameters import Neighbours, add_neighbours

FIELD = "FIELD"


class LocalGearyAlgorithm(ParcelAlgorithm):
    """Parcels like and unlike their neighbours by local Geary's c."""

    ID = "localgeary"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Local Geary's c")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Finds parcels that are like their neighbours, or unlike them, by local Geary's c (Anselin 1995, "
            "2019): the mean squared difference between a parcel and its neighbours, in units of the "
            "variance (divisor n, as esda; GeoDa's is (n - 1)/n times it). Below the expected c they are "
            "alike: both high (HH), both low (LL), or another pair (OP), for example both near the mean; at "
            "or above it they differ (NEG). Local Moran's I finds clusters of extremes; this finds "
            "likeness at any level. p-values come from conditional permutations, as for local Moran's I."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add(
            QgsProcessingParameterField(FIELD, tr("Field"), parentLayerParameterName=INPUT),
            tr("Numeric field, for example the composite score."),
        )
        self.add_id_field()
        add_neighbours(self)
        add_permutations(self, default=DEFAULT_PERMUTATIONS, fewest=1)
        add_significance(self)
        add_correction(self)
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Parcels with local Geary's c"),
            tr(
                "The input with c, its expected value, mean and number of the neighbours, p, kind, flags of "
                "significance after FDR and Bonferroni, and the cluster by the chosen correction."
            ),
        )
        self.add_report()
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a value."))
        self.add_number(
            "ISLANDS", tr("Parcels without neighbours"), tr("They stay in the mean, but have no result.")
        )

    def compute(self, parameters, context, feedback):
        """Compute and write."""
        field = self.optional_field(parameters, FIELD, context)
        parcels = self.parcels(parameters, context, feedback)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        values = parcels.numbers(field)
        columns = geary_columns(
            self,
            field,
            values,
            neighbours,
            parameters,
            context,
            self.language(parameters, context),
            self.progress(feedback, 20, 60),
        )
        counts = Counter(columns[LOCAL_GEARY.index(GEARY_CLUSTER)])
        self.note(feedback, cluster_sentence(counts, ALIKE))
        if is_constant(values):
            self.warn(
                feedback,
                tr("Field {} has the same value everywhere: no cluster is defined.").format(field),
            )
        return {
            OUTPUT: self.write_parcels(
                parameters,
                context,
                feedback,
                parcels,
                LOCAL_GEARY,
                columns,
                style=("local_geary", GEARY_CLUSTER.name, ALIKE),
                start=60,
            ),
            REPORT: self._report(parameters, context, parcels, field, values, columns),
            "EXCLUDED": counts[None],
            "ISLANDS": counts["none"],
        }

    def _report(self, parameters, context, parcels, field, values, columns):
        from ..report_maps import class_map
        from .local_geary_report import local_geary_report
        from .multiple_testing import CORRECTIONS

        if not self.wants(parameters, REPORT):
            return None
        clusters = columns[LOCAL_GEARY.index(GEARY_CLUSTER)]
        pieces = local_geary_report(
            field,
            values,
            columns,
            parcels.names(self.optional_field(parameters, ID_FIELD, context)),
            self.parameterAsDouble(parameters, SIGNIFICANCE, context),
            CORRECTIONS[self.parameterAsEnum(parameters, CORRECTION, context)],
            tr,
            user_language(),
            class_map(parcels, clusters, "local_geary", ALIKE, context, tr("Clusters and outliers")),
        )
        title = tr("{}, field {}").format(self.displayName(), field)
        return self.write_report(parameters, context, title, pieces)
