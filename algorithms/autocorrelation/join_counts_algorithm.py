"""Join counts of classes as a Processing algorithm."""

from qgis.core import QgsProcessingParameterBoolean, QgsProcessingParameterField

from ..fields import JOIN_COUNTS
from ..parcel_algorithm import INPUT, OUTPUT, REPORT, ParcelAlgorithm, tr
from .global_parameters import join_count_rows
from .moran_parameters import PERMUTATIONS, add_permutations
from .neighbours_parameters import Neighbours, add_neighbours

FIELD = "FIELD"
STANDARDISED = "STANDARDISED"


class JoinCountsAlgorithm(ParcelAlgorithm):
    """Join counts of a categorical field."""

    ID = "joincounts"
    ROOM = "autocorrelation"

    def displayName(self):
        """Name in the toolbox."""
        return tr("Join counts of classes")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Tells whether parcels of the same class, such as a level or a zone, lie together: counts "
            "the joins between neighbours of each class with itself, of each pair of classes, and of all "
            "different classes, with expectation and variance under non-free sampling (the classes are dealt "
            "out anew among the parcels; Cliff and Ord 1981), z and two-sided p, as R's spdep "
            "joincount.multi; with permutations also a pseudo p-value. Weights are binary, so that a pair of "
            "neighbours is one join; where only one of both has the other as a neighbour (k nearest), it is "
            "half a join. Many rows are many tests: z counts, not a single p. Parcels without a class are "
            "left out and the neighbours found anew among the rest; parcels without neighbours stay in."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        self.add_parcels()
        self.add(
            QgsProcessingParameterField(FIELD, tr("Field"), parentLayerParameterName=INPUT),
            tr("Field of classes, text or number: a quality level, the zone, an industry. At most 100."),
        )
        self.add_id_field()
        add_neighbours(self)
        self.add(
            QgsProcessingParameterBoolean(STANDARDISED, tr("Row-standardised weights"), defaultValue=False),
            tr(
                "Off: binary weights, real counts. On: every parcel has the same say, however many "
                "neighbours it has, and joins are shares of them."
            ),
            advanced=True,
        )
        add_permutations(self, default=0, fewest=0)
        self.add_language()
        self.add_sink(
            OUTPUT,
            tr("Join counts"),
            tr("A row per class, per pair of classes, and one of all joins between different classes."),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number("DIFFERENT", tr("Joins of different classes"), tr("Few, where classes lie together."))
        self.add_number("EXPECTED", tr("Expected"), tr("Expectation of the joins of different classes."))
        self.add_number("Z", tr("z"), tr("Standard score of the joins of different classes."))
        self.add_number("P", tr("p"), tr("Two-sided p-value of the joins of different classes."))
        self.add_number("P_SIM", tr("Pseudo p"), tr("The same from the permutations, where there are any."))
        self.add_number("EXCLUDED", tr("Excluded parcels"), tr("Parcels without a class."))

    def compute(self, parameters, context, feedback):
        """Compute and write."""
        from ..features import as_attributes

        field = self.optional_field(parameters, FIELD, context)
        parcels = self.parcels(parameters, context, feedback)
        neighbours = Neighbours(self, parameters, context, feedback, parcels)
        standardised = self.parameterAsBool(parameters, STANDARDISED, context)

        def weights_among(keep):
            weights = neighbours.among(keep, self.progress(feedback, 20, 50))
            return weights if standardised else weights.binary()

        rows, result = join_count_rows(
            self,
            field,
            parcels.texts(field),
            weights_among,
            self.parameterAsInt(parameters, PERMUTATIONS, context),
            parameters,
            context,
            self.language(parameters, context),
            self.progress(feedback, 50, 95),
        )
        excluded = len(parcels) - result.n
        total = dict(zip((column.name for column in JOIN_COUNTS), rows[-1], strict=True))
        if len(result.members) == 1:
            self.warn(feedback, tr("Field {} has one class only: every join is of that class.").format(field))
        else:
            self.note(
                feedback,
                tr(
                    "{}: {:.6g} joins of different classes (expected {:.6g}), z {:.2f}, p {:.4g}, {} "
                    "parcels, {} without a class left out, {} without neighbours"
                ).format(
                    field,
                    total["joins"],
                    total["expected"],
                    total["z"],
                    total["p"],
                    result.n,
                    excluded,
                    result.islands,
                ),
            )
        numbers = as_attributes([total[name] for name in ("joins", "expected", "z", "p", "p_sim")])
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, JOIN_COUNTS, rows),
            REPORT: self._report(parameters, context, field, rows, result, excluded),
            **dict(zip(("DIFFERENT", "EXPECTED", "Z", "P", "P_SIM"), numbers, strict=True)),
            "EXCLUDED": excluded,
        }

    def _report(self, parameters, context, field, rows, result, excluded):
        from ..features import as_attributes
        from .join_counts_report import join_counts_report

        if not self.wants(parameters, REPORT):
            return None
        names = [column.name for column in JOIN_COUNTS]
        pieces = join_counts_report(
            [dict(zip(names, as_attributes(row), strict=True)) for row in rows],
            result.n,
            result.islands,
            excluded,
            self.parameterAsInt(parameters, PERMUTATIONS, context),
            tr,
        )
        title = tr("{}, field {}").format(self.displayName(), field)
        return self.write_report(parameters, context, title, pieces)
