"""AHP weights as a Processing algorithm."""

from ..fields import EXPERT_WEIGHTS, NODE_WEIGHTS, RANKED_JUDGEMENTS, TERMS
from ..fields import INDEX_SYSTEM as INDEX_SYSTEM_FIELDS
from ..indicators.index_system_parameters import add_index_system, read_system, system_rows
from ..parcel_algorithm import OUTPUT, REPORT, ParcelAlgorithm, tr
from ..presentation import user_language
from .ahp_parameters import add_judgements, add_weighing, judged, weigh

NODES = "NODES"
EXPERTS = "EXPERTS"
RANKED = "RANKED"


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
            "matrix of pairwise judgements per node, of any depth, by one expert or a group, complete or "
            "not. Reports the consistency ratio CR of each node, of the levels and of the whole; below 0.10 "
            "passes. Where judgements are not consistent, it ranks them, lists circles, and proposes "
            "others; it never changes them."
        )

    def initAlgorithm(self, configuration=None):
        """Declare parameters and outputs."""
        add_judgements(self)
        add_weighing(self)
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
            tr(
                "One row per child of each node: weights, size of the matrix, lambda max, CI, RI, CR, GCI, "
                "missing judgements, consensus of the experts."
            ),
            optional=True,
            table=True,
        )
        self.add_sink(
            EXPERTS,
            tr("Weights and consistency of the experts"),
            tr("The same for each expert, and whether the expert was left out."),
            optional=True,
            table=True,
        )
        self.add_sink(
            RANKED,
            tr("Ranked judgements"),
            tr(
                "One row per judgement of each expert and of the group: value, ratio of the weights w_a / "
                "w_b, value over that ratio, rank (1 is the worst), proposed value. A proposal differs from "
                "the value only where CR is 0.10 or more."
            ),
            optional=True,
            table=True,
        )
        self.add_report()
        self.add_number("MAX_CR", tr("Highest CR"), tr("Highest consistency ratio of all nodes."))
        self.add_number(
            "OVERALL_CR",
            tr("Overall CR"),
            tr("Consistency ratio of the whole hierarchy: weighted CI over weighted RI."),
        )
        self.add_number("MISSING", tr("Missing judgements"), tr("Pairs of all nodes that nobody has judged."))
        self.add_number(
            "LEFT_OUT", tr("Experts left out"), tr("Experts that were left out of a node, or of all.")
        )

    def compute(self, parameters, context, feedback):
        """Weigh and write."""
        system = read_system(self, parameters, context, need_weights=not judged(self, parameters, context))
        system, weighing = weigh(self, system, parameters, context, feedback)
        if weighing is None:
            self.warn(feedback, tr("No judgements are given: the weights of the index system are kept."))
        results = {
            OUTPUT: self.write_table(parameters, OUTPUT, context, INDEX_SYSTEM_FIELDS, system_rows(system)),
        }
        return results | self._write_details(parameters, context, system, weighing)

    def _write_details(self, parameters, context, system, weighing):
        """Write what is known of nodes, experts and judgements; empty tables where there are none."""
        from .ahp_report import ahp_report, method_notes
        from .ahp_tables import expert_rows, judgement_rows, node_rows, review_group

        group = weighing.group if weighing else None
        wanted = [name for name in (RANKED, REPORT) if self.wants(parameters, name)]
        reviews = review_group(group, **weighing.settings) if weighing and wanted else []
        pieces = []
        if weighing:
            notes = method_notes(group, weighing.settings, weighing.exclusion, tr)
            pieces = ahp_report(group, reviews, _labels(system), notes, tr)

        def table(name, fields, rows):
            return self.write_table(parameters, name, context, fields, rows)

        return {
            NODES: table(NODES, NODE_WEIGHTS, node_rows(group) if group else []),
            EXPERTS: table(EXPERTS, EXPERT_WEIGHTS, expert_rows(group) if group else []),
            RANKED: table(RANKED, RANKED_JUDGEMENTS, judgement_rows(reviews)),
            REPORT: self.write_report(parameters, context, tr("AHP weights"), pieces),
            "MAX_CR": weighing.hierarchy.max_cr if weighing else None,
            "OVERALL_CR": weighing.hierarchy.overall.cr if weighing else None,
            "MISSING": sum(len(node.missing_pairs) for node in group.judgements.nodes) if group else None,
            "LEFT_OUT": len({o.expert for o in group.experts if o.excluded}) if group else None,
        }


def _labels(system):
    """What to call indicators and dimensions in the user's language, by their codes."""
    from .judgements import GOAL

    chinese = user_language() == "zh"
    labels = {code: term.label(user_language()) for code, term in TERMS.items()} | {GOAL: tr("goal")}
    return labels | {
        row.indicator: row.name_zh if chinese and row.name_zh else row.name for row in system.indicators
    }
