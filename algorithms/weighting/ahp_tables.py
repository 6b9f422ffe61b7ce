"""The results of the analytic hierarchy process as rows of tables."""

import math
from dataclasses import dataclass

from .ahp import AhpResult
from .judgement_review import Repair, intransitive_triples, proposed_repair, ranked_judgements
from .judgements import NodeJudgements


@dataclass(frozen=True)
class NodeReview:
    """What is to be said of the judgements of one node by one expert, or by the group.

    Parameters
    ----------
    expert : str or None
        Name of the expert, None for the aggregated judgements of a group.
    node : NodeJudgements
        The judgements.
    result : AhpResult
        Their priorities and consistency.
    ranked : list of RankedJudgement
        The worst first.
    triples : list of tuple of str
        Names of children that the judgements lead in a circle.
    repair : Repair
        The proposal; with exponent 1 it is what was given.
    """

    expert: str | None
    node: NodeJudgements
    result: AhpResult
    ranked: list
    triples: list
    repair: Repair


def review_group(group, method="eigenvector", random_index="saaty", completion="method"):
    """Review the judgements of each node, of a group first and then of each expert.

    Parameters
    ----------
    group : GroupResult
        The weights of a hierarchy.
    method, random_index, completion : optional
        As they were given to `group_weights`.

    Returns
    -------
    list of NodeReview
        Node by node. Experts whose judgements do not connect the children are left out. Where priorities are
        aggregated, a group has no judgements of its own.
    """
    settings = (method, random_index, completion)
    reviews = []
    for node, result in zip(group.judgements.nodes, group.hierarchy.nodes, strict=True):
        opinions = group.at(node.parent)
        if len(opinions) > 1 and group.aggregation == "judgements":
            reviews.append(_review(None, node, result.result, settings))
        reviews += [_review(o.expert, o.judgements, o.result, settings) for o in opinions if o.result]
    return reviews


def node_rows(group):
    """Rows of `fields.NODE_WEIGHTS`: one per child of each node."""
    rows = []
    for node, consensus in zip(group.hierarchy.nodes, group.consensus, strict=True):
        result = node.result
        for child, local, total in zip(
            node.children, result.weights.tolist(), node.global_weights.tolist(), strict=True
        ):
            rows.append(
                (
                    *(node.parent, child, local, total, *_consistency(result), result.missing, node.level),
                    None if math.isnan(consensus) else consensus,
                )
            )
    return rows


def expert_rows(group):
    """Rows of `fields.EXPERT_WEIGHTS`: one per expert and child of each node."""
    rows = []
    for opinion in group.experts:
        node, result = opinion.judgements, opinion.result
        weights = result.weights.tolist() if result else [None] * len(node.children)
        consistency = _consistency(result) if result else (len(node.children), *[None] * 6)
        for child, weight in zip(node.children, weights, strict=True):
            rows.append(
                (
                    *(opinion.expert, opinion.share, node.parent, child, weight, *consistency),
                    *(len(node.missing_pairs), int(opinion.excluded)),
                )
            )
    return rows


def judgement_rows(reviews):
    """Rows of `fields.RANKED_JUDGEMENTS`: one per judgement, the worst of each node first."""
    rows = []
    for review in reviews:
        names = review.node.children
        for judged in review.ranked:
            proposed = float(review.repair.matrix[judged.i, judged.j])
            rows.append(
                (
                    *(review.expert, review.node.parent, names[judged.i], names[judged.j]),
                    *(judged.value, judged.consistent, judged.ratio, judged.rank, proposed),
                )
            )
    return rows


def _review(expert, node, result, settings):
    return NodeReview(
        expert=expert,
        node=node,
        result=result,
        ranked=ranked_judgements(node.matrix, result.weights),
        triples=[tuple(node.children[k] for k in triple) for triple in intransitive_triples(node.matrix)],
        repair=proposed_repair(node.matrix, *settings),
    )


def _consistency(result):
    return (
        *(result.weights.size, result.lambda_max, result.ci, result.ri, result.cr),
        *(int(result.consistent), result.gci if result.checked else None),
    )
