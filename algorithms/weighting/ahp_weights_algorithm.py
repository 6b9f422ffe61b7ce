"""AHP weights as a Processing algorithm."""

from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..fields import NODE_WEIGHTS
from ..indicators.index_system_parameters import add_index_system, read_system, system_rows
from ..parcel_algorithm import OUTPUT, ParcelAlgorithm, tr
from .ahp_parameters import JUDGEMENTS, add_judgements, weigh

NODES = "NODES"


class AhpWeightsAlgorithm(ParcelAlgorithm):
    """Weighs an index system by pairwise judgements."""

    ID = "ahpweights"
    ROOM = "weighting"

    def displayName(self):
        """Name in the toolbox."""
        return tr("AHP weights")

    def description(self):
        """What the algorithm does."""
        return tr(
            "Weighs the indicators of an index system by the analytic hierarchy process: one reciprocal "
            "matrix of pairwise judgements per node, of any depth. Reports the consistency ratio CR of each "
            "node and of the whole; below 0.10 passes (random index after Saaty, up to 15 children)."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        add_judgements(self)
        add_index_system(self)
        self.add_sink(
            OUTPUT,
            tr("Index system with weights"),
            tr("The index system with weight_local, weight_dim and weight filled in."),
            table=True,
        )
        self.add_sink(
            NODES,
            tr("Weights and consistency of the nodes"),
            tr("One row per child of each node: weights, size of the matrix, lambda max, CI, RI, CR."),
            optional=True,
            table=True,
        )
        self.add_number("MAX_CR", tr("Highest CR"), tr("Highest consistency ratio of all nodes."))
        self.add_number(
            "OVERALL_CR",
            tr("Overall CR"),
            tr("Consistency ratio of the whole hierarchy: weighted CI over weighted RI."),
        )

    def compute(self, parameters, context, feedback):
        """Weigh and write."""
        judged = parameters.get(JUDGEMENTS) is not None and parameters[JUDGEMENTS] != ""
        system = read_system(self, parameters, context, need_weights=not judged)
        system, hierarchy = weigh(self, system, parameters, context, feedback)
        if hierarchy is None:
            self.warn(feedback, tr("No judgements are given: the weights of the index system are kept."))
        rows = [row for node in hierarchy.nodes for row in _rows(node)] if hierarchy else []
        return {
            OUTPUT: self.write_table(parameters, OUTPUT, context, INDEX_SYSTEM_FIELDS, system_rows(system)),
            NODES: self.write_table(parameters, NODES, context, NODE_WEIGHTS, rows),
            "MAX_CR": hierarchy.max_cr if hierarchy else None,
            "OVERALL_CR": hierarchy.cr if hierarchy else None,
        }


def _rows(node):
    result = node.result
    consistency = (result.weights.size, result.lambda_max, result.ci, result.ri, result.cr)
    for child, local, total in zip(
        node.children, result.weights.tolist(), node.global_weights.tolist(), strict=True
    ):
        yield (node.parent, child, local, total, *consistency, int(result.consistent))
