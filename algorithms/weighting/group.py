"""Several experts: their judgements or priorities aggregated, and how far they agree."""

from dataclasses import dataclass, replace

import numpy as np

from ..errors import ParcelDataError
from .ahp import AhpResult, HierarchyResult, compose, priorities
from .incomplete import connected_parts
from .judgements import Judgements, NodeJudgements

AGGREGATIONS = ("judgements", "priorities")
EXCLUSIONS = ("none", "node", "all")

LARGEST_SCALE_VALUE = 9
"""Strongest judgement of Saaty's scale, on which the least entropy of priorities rests."""


@dataclass(frozen=True)
class ExpertNode:
    """What one expert judged of one node.

    Parameters
    ----------
    expert : str
        Name of the expert.
    share : float
        Weight of the expert among all, with sum 1.
    judgements : NodeJudgements
        The expert's comparison matrix.
    result : AhpResult or None
        None where the expert's judgements do not connect all children.
    excluded : bool
        Whether the node is weighed without this expert.
    """

    expert: str
    share: float
    judgements: NodeJudgements
    result: AhpResult | None
    excluded: bool


@dataclass(frozen=True)
class GroupResult:
    """Weights of a hierarchy that one or more experts have judged.

    Parameters
    ----------
    hierarchy : HierarchyResult
        Weights and consistency of the group.
    judgements : Judgements
        Judgements of the group, the weighted geometric means of those of the experts.
    experts : tuple of ExpertNode
        Each expert at each node, node by node.
    consensus : tuple of float
        Goepel's consensus of the experts at each node, NaN where fewer than two of them weigh it.
    aggregation : str
        What was aggregated, "judgements" or "priorities".
    """

    hierarchy: HierarchyResult
    judgements: Judgements
    experts: tuple
    consensus: tuple
    aggregation: str

    def at(self, parent):
        """Experts at the node of that name."""
        return [expert for expert in self.experts if expert.judgements.parent == parent]


def group_weights(
    experts,
    method="eigenvector",
    random_index="saaty",
    completion="method",
    aggregation="judgements",
    exclusion="none",
):
    """Weigh a hierarchy by the judgements of one or more experts.

    Parameters
    ----------
    experts : sequence of Expert
        As `read_group_judgements` returns them.
    method, random_index, completion : optional
        As in `priorities`.
    aggregation : {"judgements", "priorities"}, optional
        What of the experts is averaged in each node (AIJ or AIP). With priorities, lambda, CI, RI and GCI
        of a node are the means of its experts, weighted by their shares, and CR is the ratio of the two.
    exclusion : {"none", "node", "all"}, optional
        Whether experts with CR >= 0.10 are left out: never, in the node concerned, or everywhere.

    Returns
    -------
    GroupResult

    Raises
    ------
    ParcelDataError
        As `priorities`; all experts of a node are excluded; or priorities are to be aggregated of an
        expert whose judgements do not connect all children.
    """
    shares = _shares([expert.weight for expert in experts], len(experts))
    hierarchy = experts[0].judgements
    opinions = [
        [
            _opinion(expert, share, node, (method, random_index, completion))
            for expert, share in zip(experts, shares.tolist(), strict=True)
            for node in [expert.judgements.nodes[k]]
        ]
        for k in range(len(hierarchy.nodes))
    ]
    if exclusion == "all":
        failing = {o.expert for node in opinions for o in node if o.excluded}
        opinions = [[replace(o, excluded=o.expert in failing) for o in node] for node in opinions]
    elif exclusion == "none":
        opinions = [[replace(o, excluded=False) for o in node] for node in opinions]

    nodes, results, consensus = [], [], []
    for given, node in zip(hierarchy.nodes, opinions, strict=True):
        counted = [opinion for opinion in node if not opinion.excluded]
        if not counted:
            raise ParcelDataError(
                "Node {}: no expert is left, all have a CR of 0.10 or more ({}); revise their judgements, or "
                "do not exclude experts.",
                given.parent,
                ", ".join(f"{o.expert} {o.result.cr:.3f}" if o.result else o.expert for o in node),
            )
        matrix = aggregate_judgements([o.judgements.matrix for o in counted], [o.share for o in counted])
        nodes.append(NodeJudgements(given.parent, given.children, matrix))
        if aggregation == "priorities" and len(experts) > 1:
            results.append(_mean_result(given, counted, matrix))
        else:
            results.append(priorities(matrix, method, random_index, given.children, given.parent, completion))
        weighed = [o.result.weights for o in counted if o.result]
        consensus.append(group_consensus(weighed) if len(weighed) > 1 else float("nan"))

    judgements = Judgements(hierarchy.goal, tuple(nodes), hierarchy.leaves)
    return GroupResult(
        hierarchy=compose(judgements, results),
        judgements=judgements,
        experts=tuple(opinion for node in opinions for opinion in node),
        consensus=tuple(consensus),
        aggregation=aggregation,
    )


def aggregate_judgements(matrices, expert_weights=None):
    """Aggregate comparison matrices by the weighted geometric mean of each judgement (AIJ).

    A judgement that some experts have not given is the mean of those who have; one that nobody has
    given stays missing.

    Parameters
    ----------
    matrices : sequence of k array_like, each of shape (n, n)
        Comparison matrices of the experts over the same elements, NaN where a judgement is missing.
    expert_weights : sequence of k float, optional
        Positive; equal by default.

    Returns
    -------
    ndarray, shape (n, n)
        Reciprocal where the given ones are.

    References
    ----------
    Aczel and Saaty (1983), Journal of Mathematical Psychology 27, 93-102; Forman and Peniwati (1998),
    European Journal of Operational Research 108, 165-169.
    """
    logs = np.log(np.array(matrices, dtype=float))
    weights = _shares(expert_weights, len(logs))[:, None, None] * ~np.isnan(logs)
    total = weights.sum(axis=0)
    sums = (weights * np.nan_to_num(logs)).sum(axis=0)
    return np.where(total > 0, np.exp(sums / np.where(total > 0, total, 1.0)), np.nan)


def aggregate_priorities(priorities, expert_weights=None):
    """Aggregate priorities by their weighted geometric mean, scaled to sum 1 (AIP).

    Parameters
    ----------
    priorities : array_like, shape (k, n)
        Priorities of the k experts, positive.
    expert_weights : sequence of k float, optional
        Positive; equal by default.

    Returns
    -------
    ndarray, shape (n,)

    References
    ----------
    Forman and Peniwati (1998), European Journal of Operational Research 108, 165-169.
    """
    logs = np.log(np.asarray(priorities, dtype=float))
    means = _shares(expert_weights, len(logs)) @ logs
    weights = np.exp(means - means.max())
    return weights / weights.sum()


def group_consensus(priorities):
    """How far the priorities of experts agree: 1 fully, 0 not at all.

    With the mean Shannon entropy alpha of each expert's priorities and the entropy gamma of their mean,
    M = exp(alpha - gamma) is scaled between its least value on Saaty's scale and 1.
    The least is reached where each expert gives one element 9 times the weight of every other and all
    together give equal weights: exp(alpha_min) / n, as later versions of AHP-OS take it for any number of
    experts.

    Parameters
    ----------
    priorities : array_like, shape (k, n)
        Priorities of the k experts, each with sum 1. Experts count equally.

    Returns
    -------
    float
        From 0 to 1; NaN for fewer than two experts or elements.

    References
    ----------
    Goepel (2018), Implementation of an online software tool for the analytic hierarchy process (AHP-OS),
    International Journal of the Analytic Hierarchy Process 10(3), 469-487.
    """
    priorities = np.asarray(priorities, dtype=float)
    experts, n = priorities.shape
    if experts < 2 or n < 2:
        return np.nan
    alpha = np.mean([_entropy(row) for row in priorities])
    gamma = _entropy(priorities.mean(axis=0))
    strongest = np.ones(n)
    strongest[0] = LARGEST_SCALE_VALUE
    least = np.exp(_entropy(strongest / strongest.sum())) / n
    return float(np.clip((np.exp(alpha - gamma) - least) / (1 - least), 0.0, 1.0))


def _opinion(expert, share, node, settings):
    connected = len(connected_parts(~np.isnan(node.matrix))) == 1
    method, random_index, completion = settings
    result = (
        priorities(node.matrix, method, random_index, node.children, node.parent, completion)
        if connected
        else None
    )
    return ExpertNode(expert.name, share, node, result, result is not None and not result.consistent)


def _mean_result(node, opinions, matrix):
    """Priorities and consistency of a node as means over its experts."""
    n = len(node.children)
    for opinion in opinions:
        given = ~np.isnan(opinion.judgements.matrix)
        if opinion.result is None and given.sum() > n:
            raise ParcelDataError(
                "Node {}: no judgement of expert “{}” connects {}, but priorities can only be aggregated of "
                "connected judgements; complete them, or aggregate judgements.",
                node.parent,
                opinion.expert,
                " | ".join(", ".join(node.children[k] for k in part) for part in connected_parts(given)),
            )
    opinions = [opinion for opinion in opinions if opinion.result]
    if not opinions:
        raise ParcelDataError(
            "Node {}: no expert has judged it; give judgements of its children.", node.parent
        )
    shares = _shares([opinion.share for opinion in opinions], len(opinions))

    def mean(name):
        return float(shares @ [getattr(opinion.result, name) for opinion in opinions])

    ci, ri = mean("ci"), mean("ri")
    return AhpResult(
        weights=aggregate_priorities([opinion.result.weights for opinion in opinions], shares),
        lambda_max=mean("lambda_max"),
        ci=ci,
        ri=ri,
        cr=ci / ri if ri > 0 else 0.0,
        gci=mean("gci"),
        missing=int(np.isnan(matrix).sum()) // 2,
    )


def _entropy(shares):
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _shares(expert_weights, count):
    if expert_weights is None:
        return np.full(count, 1 / count)
    weights = np.asarray(expert_weights, dtype=float)
    if len(weights) != count or not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ParcelDataError(
            "The weights of the experts are {}; give one positive number for each of the {} experts.",
            ", ".join(f"{weight:g}" for weight in weights),
            count,
        )
    return weights / weights.sum()
