"""Global Moran's I as a Processing algorithm."""

from qgis.core import QgsProcessingParameterField

from ..fields import MORAN
from ..parcel_algorithm import INPUT, OUTPUT, ParcelAlgorithm, tr
from .moran_parameters import (
    PERMUTATIONS,
    add_engine,
    add_permutations,
    is_constant,
    moran_row,
    moran_sentence,
    pysal_packages,
)
from .neighbours_parameters import Neighbours, add_neighbours

FIELD = "FIELD"


class GlobalMoranAlgorithm(ParcelAlgorithm):
    """Global Moran's I of one or more columns."""

    ID = "globalmoran"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Global Moran's I")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Tells whether high values lie near high values in the whole city: Moran's I, row-standardised "
            "weights, its expectation and variance under normality and under randomisation (Cliff and Ord "
            "1981), z and two-sided p; with permutations also a pseudo p-value. Parcels without a value are "
            "left out and the neighbours found anew among the rest; parcels without neighbours stay in."
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
        self.add_id_field()
        add_neighbours(self)
        add_permutations(self, default=0, fewest=0)
        add_engine(self)
        self.add_sink(
            OUTPUT,
            tr("Moran's I"),
            tr("One row per field: I, expectation, variances, z, p, parcels used and left out."),
            optional=True,
            table=True,
        )
        self.add_number(
            "MORAN_I", tr("Moran's I"), tr("1: like near like, 0: at random, -1: a chequerboard.")
        )
        self.add_number(
            "EXPECTED_I", tr("Expected I"), tr("Expectation without autocorrelation, -1/(n - 1).")
        )
        self.add_number("Z", tr("z"), tr("Standard score under randomisation."))
        self.add_number("P", tr("p"), tr("Two-sided p-value under randomisation."))
        self.add_number("P_SIM", tr("Pseudo p"), tr("From the permutations, where there are any."))
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a value."))

    def needed_packages(self, parameters, context):
        """Return those of PySAL where it is chosen."""
        return pysal_packages(self, parameters, context)

    def compute(self, parameters, context, feedback):
        """Compute and write."""
        names = self.parameterAsStrings(parameters, FIELD, context)
        permutations = self.parameterAsInt(parameters, PERMUTATIONS, context)
        parcels = self.parcels(parameters, context, feedback)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        self.note_packages(feedback, parameters, context)
        rows = []
        for position, field in enumerate(names):
            progress = self.progress(
                feedback, 20 + 80 * position / len(names), 20 + 80 * (position + 1) / len(names)
            )
            values = parcels.numbers(field)
            rows.append(
                moran_row(self, field, values, neighbours, permutations, parameters, context, progress)
            )
            if is_constant(values):
                self.warn(
                    feedback,
                    tr("Field {} has the same value everywhere: Moran's I is not defined.").format(field),
                )
            else:
                self.note(feedback, moran_sentence(rows[-1]))
        first = dict(zip((field.name for field in MORAN), rows[0], strict=True))
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, MORAN, rows),
            "MORAN_I": first["moran_i"],
            "EXPECTED_I": first["expected"],
            "Z": first["z"],
            "P": first["p"],
            "P_SIM": first["p_sim"],
            "EXCLUDED": first["excluded"],
        }
