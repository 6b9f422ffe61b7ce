"""The report of the analytic hierarchy process."""

import numpy as np

from ..charts import bars, weight_tree
from ..report import definitions, figure, heading, number, paragraph, table, warning
from .ahp import CR_LIMIT

# Rows of a table of judgements where they pass and where they do not; largest matrix shown.
WORST = 5
PROPOSED = 20
SHOWN = 12


def ahp_report(group, reviews, labels, method_notes, tr):
    """Pieces of the report for `report.document`.

    Parameters
    ----------
    group : GroupResult
        Weights and consistency.
    reviews : sequence of NodeReview
        As `review_group` returns them.
    labels : dict
        What to call nodes and leaves, by their names in the judgements.
    method_notes : sequence of str
        Sentences on how it was computed.
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
        HTML.
    """

    def label(name):
        return f"{labels[name]} ({name})" if labels.get(name, name) != name else name

    pieces = [*_weights(group, label, tr), *_nodes(group, label, tr)]
    if len(group.at(group.judgements.goal)) > 1:
        pieces += _experts(group, label, tr)
    pieces.append(heading(tr("Judgements")))
    pieces.append(
        paragraph(
            tr(
                "Per node: the comparison matrix up to {} elements (how many times the row outweighs the "
                "column), the judgements farthest from the weights, circles, and where CR is {:.2f} or more "
                "a proposal. Proposals change nothing by themselves: ask the experts."
            ).format(SHOWN, CR_LIMIT)
        )
    )
    for review in reviews:
        pieces += _judgements(review, label, tr)
    pieces.append(heading(tr("How it was computed")))
    pieces += [paragraph(note) for note in method_notes]
    return pieces


def method_notes(group, settings, exclusion, tr):
    """Sentences on how the weights were computed.

    Parameters
    ----------
    group : GroupResult
        Weights and consistency.
    settings : dict
        The method, random_index and completion that `group_weights` was given.
    exclusion : str
        The rule of exclusion that it was given.
    tr : callable
        Translates a sentence.

    Returns
    -------
    list of str
    """
    notes = [
        {
            "eigenvector": tr("Weights: principal eigenvector of each comparison matrix (Saaty 1980)."),
            "geometric-mean": tr(
                "Weights: geometric mean of the rows of each comparison matrix (Crawford and Williams 1985)."
            ),
            "column-mean": tr("Weights: mean of the normalised columns of each comparison matrix."),
        }[settings["method"]],
        tr(
            "CI = (λ max - n)/(n - 1), CR = CI/RI; CR below 0.10 passes, and n ≤ 2 has CR 0. A level's CR is "
            "Σ w CI / Σ w RI over its nodes."
        ),
        {
            "saaty": tr("Random index RI: Saaty's, to n = 15."),
            "textbook": tr("Random index RI: that of Chinese textbooks, to n = 15."),
            "simulated": tr(
                "Random index RI: simulated; past n = 15 the mean CI of 10,000 random matrices (seed 0)."
            ),
        }[settings["random_index"]],
        tr(
            "GCI: mean square of ln(a w_j / w_i) about the least-squares weights, per judgement beyond n - "
            "1 (Aguarón and Moreno-Jiménez 2003). CR 0.10 answers to 0.31 for n = 3, 0.35 for n = 4, 0.37 "
            "beyond."
        ),
    ]
    if any(node.missing_pairs for node in group.judgements.nodes) or any(
        opinion.judgements.missing_pairs for opinion in group.experts
    ):
        notes.append(
            tr("Missing judgements: filled in for the smallest eigenvalue (Bozóki, Fülöp and Rónyai 2010).")
            if settings["completion"] == "smallest-eigenvalue"
            else {
                "eigenvector": tr("Missing judgements: Harker's eigenvector (1987)."),
                "geometric-mean": tr("Missing judgements: logarithmic least squares of those there are."),
                "column-mean": tr("Missing judgements: filled in from logarithmic least squares."),
            }[settings["method"]]
        )
        notes.append(
            tr(
                "With m missing, RI is (1 - 2 m/((n - 1)(n - 2))) times that of complete matrices (Ágoston "
                "and Csató 2022). Where judgements form a tree, nothing checks them: CR is 0 and says "
                "nothing."
            )
        )
    if len(group.at(group.judgements.goal)) > 1:
        notes.append(
            tr(
                "Group: weighted geometric mean of the experts' judgements (AIJ); pairs that some left out "
                "are the mean of the others."
            )
            if group.aggregation == "judgements"
            else tr(
                "Group: weighted geometric mean of the experts' weights (AIP); λ max, CI, RI and GCI of a "
                "node are the means of its experts."
            )
        )
        notes.append(
            {
                "none": tr("All experts count, whatever their CR."),
                "node": tr("Experts with CR of 0.10 or more are left out of that node."),
                "all": tr("Experts with CR of 0.10 or more in any node are left out of all."),
            }[exclusion]
        )
    return notes


def _weights(group, label, tr):
    hierarchy = group.hierarchy
    order = np.argsort(-hierarchy.weights, kind="stable").tolist()
    names = [label(hierarchy.leaves[k]) for k in order]
    weights = [float(hierarchy.weights[k]) for k in order]
    yield heading(tr("Weights"))
    failing = [node for node in hierarchy.nodes if not node.result.consistent]
    if failing:
        yield warning(
            tr(
                "Not consistent, CR must be below {:.2f}: {}. Revise the judgements before using the weights."
            ).format(
                CR_LIMIT, ", ".join(f"{label(node.parent)} (CR {node.result.cr:.4f})" for node in failing)
            )
        )
    tree = list(_tree(hierarchy, label))
    yield figure(
        weight_tree(*zip(*tree, strict=True), (tr("within the parent"), tr("in the whole"))),
        tr("Weights within the parent node, which add up to 1 there, and in the whole hierarchy"),
    )
    yield figure(bars(names, weights), tr("Weights of the elements without children, sum 1"))
    yield table(
        (tr("Rank"), tr("Element"), tr("Weight")),
        [(rank, name, weight) for rank, (name, weight) in enumerate(zip(names, weights, strict=True), 1)],
    )


def _tree(hierarchy, label):
    """Label, depth, weight in the parent and in the whole of every element, each before its children."""
    by_parent = {node.parent: node for node in hierarchy.nodes}
    goal = hierarchy.nodes[0].parent
    waiting = [(goal, 0, 1.0, 1.0)]
    while waiting:
        name, depth, share, weight = waiting.pop()
        yield label(name), depth, share, weight
        if name in by_parent:
            node = by_parent[name]
            figures = zip(node.result.weights.tolist(), node.global_weights.tolist(), strict=True)
            below = [(child, depth + 1, *both) for child, both in zip(node.children, figures, strict=True)]
            waiting += reversed(below)


def _nodes(group, label, tr):
    hierarchy = group.hierarchy
    yield heading(tr("Consistency"))
    yield definitions(
        (
            ("λ max", tr("Largest eigenvalue of the comparison matrix; n where judgements fit each other.")),
            ("CI, RI, CR", tr("Inconsistency, that of random judgements, and the first by the second.")),
            ("GCI", tr("Mean square of the logarithms by which judgements and weights differ.")),
            (tr("Consensus"), tr("How alike the experts' weights are, from 0 to 1.")),
        )
    )
    rows = [
        (label(node.parent), node.level, node.weight, *_figures(node.result), _passes(node.result, tr))
        for node in hierarchy.nodes
    ]
    failing = [k for k, node in enumerate(hierarchy.nodes) if not node.result.consistent]
    yield table(
        (tr("Node"), tr("Level"), tr("Weight"), *_figure_names(tr), tr("Passes")),
        rows,
        tr("Nodes of the hierarchy"),
        failing,
    )
    rows = [(str(k), o.ci, o.ri, o.cr, o.gci) for k, o in enumerate(hierarchy.levels)]
    overall = hierarchy.overall
    rows.append((tr("all"), overall.ci, overall.ri, overall.cr, overall.gci))
    yield table(
        (tr("Level"), "CI", "RI", "CR", "GCI"), rows, tr("Nodes of a level together, by their weights")
    )
    for node in group.judgements.nodes:
        if node.missing_pairs:
            yield paragraph(missing_note(node, label, tr))


def missing_note(node, label, tr):
    """Sentence on the pairs of a node that nobody judged."""
    count = len(node.children)
    return tr("Node “{}”: {} of {} judgements are missing ({}).").format(
        label(node.parent),
        len(node.missing_pairs),
        count * (count - 1) // 2,
        ", ".join(f"{label(a)} – {label(b)}" for a, b in node.missing_pairs),
    )


def _experts(group, label, tr):
    yield heading(tr("Experts"))
    rows, marked = [], []
    for opinion in group.experts:
        figures = _figures(opinion.result) if opinion.result else (len(opinion.judgements.children),)
        if opinion.excluded:
            marked.append(len(rows))
            state = tr("left out")
        else:
            state = _passes(opinion.result, tr) if opinion.result else tr("not connected")
        filled = (*figures, *[None] * (len(_figure_names(tr)) - len(figures)))
        rows.append((label(opinion.judgements.parent), opinion.expert, opinion.share, *filled, state))
    yield table((tr("Node"), tr("Expert"), tr("Share"), *_figure_names(tr), tr("Passes")), rows, "", marked)
    rows = [
        (label(node.parent), number(consensus) or None)
        for node, consensus in zip(group.judgements.nodes, group.consensus, strict=True)
    ]
    yield table(
        (tr("Node"), tr("Consensus")), rows, tr("Consensus of the experts: 0 none, 1 full (Goepel 2018)")
    )


def _judgements(review, label, tr):
    node, repair = review.node, review.repair
    if len(node.children) < 2:
        return
    who = tr("group") if review.expert is None else review.expert
    yield heading(f"{label(node.parent)} · {who}" if who else label(node.parent), 3)
    weights = review.result.weights.tolist()
    caption = f"CR {review.result.cr:.4f}"
    if len(weights) > SHOWN:
        rows = zip(map(label, node.children), weights, strict=True)
        yield table((tr("Element"), tr("Weight")), rows, caption)
    else:
        rows = [
            [label(name), *(_ratio(value) for value in row), weight]
            for name, row, weight in zip(node.children, node.matrix.tolist(), weights, strict=True)
        ]
        yield table(("", *node.children, tr("Weight")), rows, caption)
    if len(node.children) < 3:
        return
    repaired = repair.exponent < 1
    rows = []
    for judged in review.ranked[: PROPOSED if repaired else WORST]:
        proposed = (_ratio(float(repair.matrix[judged.i, judged.j])),) if repaired else ()
        names = (label(node.children[judged.i]), label(node.children[judged.j]))
        rows.append(
            (judged.rank, *names, _ratio(judged.value), _ratio(judged.consistent), judged.ratio, *proposed)
        )
    header = (tr("Rank"), "a", "b", tr("Judged"), tr("By the weights"), tr("Ratio"))
    yield table(
        (*header, tr("Proposed")) if repaired else header,
        rows,
        tr("{} of {} judgements, those farthest from the weights").format(len(rows), len(review.ranked)),
    )
    if review.triples:
        yield paragraph(
            tr("Circles: {}.").format(
                "; ".join(" ≥ ".join((*triple, triple[0])) for triple in review.triples)
            )
        )
    if repaired:
        yield paragraph(
            tr(
                "Proposal: a' = a^l (w_i / w_j)^(1 - l) with l = {:.2f} (Xu and Wei 1999). CR falls from "
                "{:.4f} to {:.4f}; the largest change of a cell is {:.3f} (they accept below 2), the root "
                "mean square {:.3f} (below 1), the largest factor {:.2f}."
            ).format(
                repair.exponent,
                review.result.cr,
                repair.result.cr,
                repair.largest_change,
                repair.mean_change,
                repair.largest_factor,
            )
        )


def _figure_names(tr):
    return ("n", tr("Missing"), "λ max", "CI", "RI", "CR", "GCI")


def _figures(result):
    gci = result.gci if result.checked else None
    return (result.weights.size, result.missing, result.lambda_max, result.ci, result.ri, result.cr, gci)


def _passes(result, tr):
    if not result.consistent:
        return tr("no")
    return tr("yes") if result.checked or result.weights.size < 3 else tr("nothing to check")


def _ratio(value):
    """A judgement as people write it: 3, 1/3, 2.46 or 1/2.46; empty where there is none."""
    if np.isnan(value):
        return ""
    if value < 1:
        inverse = f"{1 / value:.3g}"
        return "1" if inverse == "1" else f"1/{inverse}"
    return f"{value:.3g}"
