"""Global Moran's I and Geary's C as a Processing algorithm."""

from qgis.core import QgsProcessingParameterField

from ..fields import MORAN
from ..parcel_algorithm import INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from .global_parameters import moran_rows, moran_sentence
from .moran_parameters import (
    PERMUTATIONS,
    add_engine,
    add_permutations,
    is_constant,
    pysal_packages,
    scatter_of,
)
from .neighbours_parameters import Neighbours, add_neighbours

FIELD = "FIELD"
SECOND_FIELD = "SECOND_FIELD"


class GlobalMoranAlgorithm(ParcelAlgorithm):
    """Global Moran's I and Geary's C of one or more columns."""

    ID = "globalmoran"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Global Moran's I and Geary's C")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Tells whether high values lie near high values in the whole city: Moran's I and Geary's C, "
            "row-standardised weights, their expectation and variance under normality and under "
            "randomisation (Cliff and Ord 1981), z and two-sided p; with permutations also a pseudo p-value. "
            "With a second field also the bivariate Moran's I of each field against the neighbours' values "
            "of the second. Where neighbours keep to districts, a row for all parcels and one per district. "
            "Parcels without a value are left out and the neighbours found anew among the rest; parcels "
            "without neighbours stay in. Moran's I is sensitive to extreme values, Geary's C to differences "
            "between neighbours; C is 1 at random and below 1 where like is near like, with a negative z "
            "(as in esda; R's spdep turns its sign)."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add(
            QgsProcessingParameterField(
                FIELD, tr("Field"), parentLayerParameterName=INPUT, allowMultiple=True
            ),
            tr("Numeric field, or several: one row each. The number outputs are those of the first."),
        )
        self.add(
            QgsProcessingParameterField(
                SECOND_FIELD,
                tr("Second field (bivariate)"),
                parentLayerParameterName=INPUT,
                optional=True,
            ),
            tr(
                "Bivariate Moran's I, a row more per field: whether parcels with high values have neighbours "
                "with a high second field, n / S0 times the sum of w_ij zx_i zy_j over n. Its expectation, "
                "variance and permutations leave the field in place and permute the second one over all "
                "parcels, so that what both share at the parcel itself counts neither for nor against."
            ),
            advanced=True,
        )
        self.add_id_field()
        add_neighbours(self)
        add_permutations(self, default=0, fewest=0)
        add_engine(self)
        self.add_sink(
            OUTPUT,
            tr("Moran's I and Geary's C"),
            tr(
                "One row per field, and per district: I and C, expectation, variances, z, p, parcels used "
                "and left out."
            ),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number(
            "MORAN_I", tr("Moran's I"), tr("1: like near like, 0: at random, -1: a chequerboard.")
        )
        self.add_number(
            "EXPECTED_I", tr("Expected I"), tr("Expectation without autocorrelation, -1/(n - 1).")
        )
        self.add_number("Z", tr("z"), tr("Standard score under randomisation."))
        self.add_number("P", tr("p"), tr("Two-sided p-value under randomisation."))
        self.add_number("P_SIM", tr("Pseudo p"), tr("From the permutations, where there are any."))
        self.add_number("GEARY_C", tr("Geary's C"), tr("Below 1: like near like, 1: at random."))
        self.add_number("GEARY_Z", tr("z of C"), tr("Standard score under randomisation."))
        self.add_number("GEARY_P", tr("p of C"), tr("Two-sided p-value under randomisation."))
        self.add_number(
            "BIVARIATE_I", tr("Bivariate Moran's I"), tr("Of the first field against the second, if given.")
        )
        self.add_number("BIVARIATE_P", tr("Bivariate p"), tr("Two-sided p-value over all permutations."))
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a value."))

    def needed_packages(self, parameters, context):
        """Return those of PySAL where it is chosen."""
        return pysal_packages(self, parameters, context)

    def compute(self, parameters, context, feedback):
        """Compute and write."""
        from ..features import as_attributes

        names = self.parameterAsStrings(parameters, FIELD, context)
        permutations = self.parameterAsInt(parameters, PERMUTATIONS, context)
        parcels = self.parcels(parameters, context, feedback)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        self.note_packages(feedback, parameters, context)
        second = self.optional_field(parameters, SECOND_FIELD, context)
        against = (second, parcels.numbers(second)) if second else None
        rows, scatters = [], {}
        for position, field in enumerate(names):
            values = parcels.numbers(field)
            for pair in (None, against) if against else (None,):
                start = position + (0.5 if pair else 0)
                found = moran_rows(
                    self,
                    feedback,
                    field,
                    values,
                    neighbours,
                    permutations,
                    parameters,
                    context,
                    self.progress(
                        feedback,
                        20 + 80 * start / len(names),
                        20 + 80 * (start + (0.5 if against else 1)) / len(names),
                    ),
                    pair,
                )
                rows += found
                if self.wants(parameters, REPORT):
                    key = field, pair and second
                    scatters[key] = scatter_of((field, values), neighbours, pair)
                if any(is_constant(column) for column in (values, *(pair or ())[1:])):
                    self.warn(
                        feedback,
                        tr("Field {} has the same value everywhere: Moran's I is not defined.").format(field),
                    )
                else:
                    self.note(feedback, moran_sentence(found[0]))
        table = [dict(zip((field.name for field in MORAN), as_attributes(row), strict=True)) for row in rows]
        first = table[0]
        bivariate = next((row for row in table if row["second"]), {})
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, MORAN, rows),
            REPORT: self._report(parameters, context, table, scatters, permutations),
            "MORAN_I": first["moran_i"],
            "EXPECTED_I": first["expected"],
            "Z": first["z"],
            "P": first["p"],
            "P_SIM": first["p_sim"],
            "GEARY_C": first["geary_c"],
            "GEARY_Z": first["c_z"],
            "GEARY_P": first["c_p"],
            "BIVARIATE_I": bivariate.get("moran_i"),
            "BIVARIATE_P": bivariate.get("p"),
            "EXCLUDED": first["excluded"],
        }

    def _report(self, parameters, context, rows, scatters, permutations):
        from .global_moran_report import global_moran_report

        if not self.wants(parameters, REPORT):
            return None
        pieces = global_moran_report(rows, scatters, permutations, tr)
        return self.write_report(parameters, context, self.displayName(), pieces)
