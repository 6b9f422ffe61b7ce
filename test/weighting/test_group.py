"""Groups of experts: aggregation, exclusion, consensus."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.weighting.ahp import METHODS, priorities
from parcel_agglomeration.algorithms.weighting.group import (
    aggregate_judgements,
    aggregate_priorities,
    group_consensus,
    group_weights,
)
from parcel_agglomeration.algorithms.weighting.judgements import matrix_to_rows, read_group_judgements

NAN = np.nan
MILD = [[1, 2, 5], [1 / 2, 1, 3], [1 / 5, 1 / 3, 1]]
CIRCULAR = [[1, 3, 1 / 2], [1 / 3, 1, 4], [2, 1 / 4, 1]]


def experts(*opinions):
    """Experts from tuples of a name, a weight and, by node, names and matrix of its children."""
    rows = []
    for name, weight, nodes in opinions:
        for parent, (children, matrix) in nodes.items():
            rows += [
                {**row, "expert": name, "expert_weight": weight}
                for row in matrix_to_rows(parent, children, matrix)
            ]
    return read_group_judgements({"": rows})


def goal(matrix):
    return {"goal": ("xyz", matrix)}


# Aggregation


def test_judgements_are_averaged_geometrically():
    """Judgements 2 and 8 give 4; with weights 3 : 1 they give 2^(3/4) 8^(1/4)."""
    matrices = [[[1, 2], [1 / 2, 1]], [[1, 8], [1 / 8, 1]]]
    np.testing.assert_allclose(aggregate_judgements(matrices), [[1, 4], [1 / 4, 1]])
    assert aggregate_judgements(matrices, [3, 1])[0, 1] == pytest.approx(2**0.75 * 8**0.25)


def test_a_pair_is_averaged_over_those_who_judged_it():
    matrices = [[[1, 2, NAN], [1 / 2, 1, NAN], [NAN, NAN, 1]], [[1, 8, 3], [1 / 8, 1, NAN], [1 / 3, NAN, 1]]]
    result = aggregate_judgements(matrices, [1, 3])
    assert result[0, 1] == pytest.approx(2**0.25 * 8**0.75)
    assert result[0, 2] == pytest.approx(3)
    assert np.isnan(result[1, 2])


def test_priorities_are_averaged_geometrically_and_sum_to_1():
    result = aggregate_priorities([[0.5, 0.5], [0.8, 0.2]], [1, 1])
    assert result == pytest.approx(np.sqrt([0.4, 0.1]) / np.sqrt([0.4, 0.1]).sum())


@given(
    st.lists(st.floats(1 / 9, 9), min_size=9, max_size=9), st.lists(st.floats(0.1, 5), min_size=3, max_size=3)
)
def test_with_geometric_means_both_aggregations_agree(judgements, weights):
    """Barzilai and Golany (1994), INFOR 32: for the row geometric mean the order does not matter."""
    matrices = []
    for a, b, c in np.array(judgements).reshape(3, 3):
        matrices.append([[1, a, b], [1 / a, 1, c], [1 / b, 1 / c, 1]])
    of_judgements = priorities(aggregate_judgements(matrices, weights), "geometric-mean").weights
    each = [priorities(matrix, "geometric-mean").weights for matrix in matrices]
    np.testing.assert_allclose(of_judgements, aggregate_priorities(each, weights), rtol=1e-9)


@pytest.mark.parametrize("weights", [[1], [1, 0], [1, -1], [1, NAN]])
def test_weights_of_experts_are_positive_and_one_each(weights):
    with pytest.raises(ParcelDataError, match="give one positive number for each of the 2 experts"):
        aggregate_priorities([[0.5, 0.5], [0.8, 0.2]], weights)


# Consensus


def test_equal_priorities_are_full_consensus():
    assert group_consensus([[0.6, 0.3, 0.1]] * 4) == pytest.approx(1)


def test_experts_who_each_prefer_another_element_nine_times_have_none():
    """n experts give each one another of n elements 9 times the weight of the rest."""
    n = 4
    assert group_consensus((np.ones((n, n)) + 8 * np.eye(n)) / (n + 8)) == pytest.approx(0, abs=1e-12)


def test_consensus_by_hand():
    """Two elements, weights 3/4 and 1/4 crossed: alpha = .562335, gamma = ln 2, least = exp(.325083) / 2."""
    least = np.exp(-0.9 * np.log(0.9) - 0.1 * np.log(0.1)) / 2
    similarity = np.exp(-0.75 * np.log(0.75) - 0.25 * np.log(0.25)) / 2
    expected = (similarity - least) / (1 - least)
    assert group_consensus([[0.75, 0.25], [0.25, 0.75]]) == pytest.approx(expected)


@pytest.mark.filterwarnings("error")
def test_one_expert_or_one_element_has_no_consensus():
    assert np.isnan(group_consensus([[0.5, 0.5]]))
    assert np.isnan(group_consensus([[1.0], [1.0]]))


def test_judgements_beyond_the_scale_do_not_fall_below_0():
    assert group_consensus([[0.999, 0.001], [0.001, 0.999]]) == 0


# Hierarchies


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("aggregation", ["judgements", "priorities"])
def test_one_expert_is_the_group(method, aggregation):
    group = group_weights(experts(("Li", None, goal(MILD))), method, aggregation=aggregation)
    alone = priorities(MILD, method)
    assert group.hierarchy.weights == pytest.approx(alone.weights)
    assert group.hierarchy.overall.cr == pytest.approx(alone.cr)
    assert np.isnan(group.consensus[0])


def test_judgements_are_weighed_after_they_are_averaged():
    group = group_weights(experts(("Li", 2, goal(MILD)), ("Wang", 1, goal(CIRCULAR))))
    expected = priorities(aggregate_judgements([MILD, CIRCULAR], [2, 1]))
    result = group.hierarchy.nodes[0].result
    np.testing.assert_allclose(result.weights, expected.weights)
    assert result.cr == pytest.approx(expected.cr)
    assert [opinion.share for opinion in group.experts] == pytest.approx([2 / 3, 1 / 3])
    assert [round(opinion.result.cr, 6) for opinion in group.experts] == [
        round(priorities(MILD).cr, 6),
        round(priorities(CIRCULAR).cr, 6),
    ]
    assert group.consensus[0] == pytest.approx(
        group_consensus([priorities(MILD).weights, priorities(CIRCULAR).weights])
    )


def test_priorities_are_averaged_after_weighing_and_ci_over_the_experts():
    group = group_weights(
        experts(("Li", 2, goal(MILD)), ("Wang", 1, goal(CIRCULAR))), aggregation="priorities"
    )
    mild, circular = priorities(MILD), priorities(CIRCULAR)
    result = group.hierarchy.nodes[0].result
    np.testing.assert_allclose(result.weights, aggregate_priorities([mild.weights, circular.weights], [2, 1]))
    assert result.ci == pytest.approx((2 * mild.ci + circular.ci) / 3)
    assert result.cr == pytest.approx(result.ci / 0.58)
    assert result.lambda_max == pytest.approx(3 + 2 * result.ci)


@pytest.mark.parametrize("aggregation", ["judgements", "priorities"])
def test_an_inconsistent_expert_is_left_out_of_the_node_or_of_all(aggregation):
    below = {"x": (("p", "q", "r"), MILD)}
    contrary = {"x": (("p", "q", "r"), np.array(MILD).T)}
    people = experts(("Li", 1, goal(MILD) | below), ("Wang", 1, goal(CIRCULAR) | contrary))

    def local(exclusion):
        group = group_weights(people, aggregation=aggregation, exclusion=exclusion)
        return [node.result.weights for node in group.hierarchy.nodes], [o.excluded for o in group.experts]

    alone = priorities(MILD).weights
    (top, bottom), excluded = local("none")
    assert excluded == [False] * 4
    assert top[0] != pytest.approx(alone[0])
    assert bottom == pytest.approx([1 / 3] * 3)
    (top, bottom), excluded = local("node")
    assert excluded == [False, True, False, False]
    assert top == pytest.approx(alone)
    assert bottom == pytest.approx([1 / 3] * 3)
    (top, bottom), excluded = local("all")
    assert excluded == [False, True, False, True]
    assert bottom == pytest.approx(alone)


def test_a_node_without_experts_is_an_error_that_names_it():
    people = experts(("Li", 1, goal(CIRCULAR)), ("Wang", 1, goal(np.array(CIRCULAR).T)))
    with pytest.raises(ParcelDataError, match=r"Node goal: no expert is left, .* \(Li 1\.061, Wang 1\.061\)"):
        group_weights(people, exclusion="node")


def test_experts_fill_each_others_gaps_in_judgements():
    first = [[1, 2, NAN], [NAN, 1, NAN], [NAN, NAN, 1]]
    second = [[1, NAN, NAN], [NAN, 1, 3], [NAN, NAN, 1]]
    people = experts(("Li", 1, goal(first)), ("Wang", 1, goal(second)))
    group = group_weights(people)
    assert group.hierarchy.weights == pytest.approx([6 / 10, 3 / 10, 1 / 10])
    assert [opinion.result for opinion in group.experts] == [None, None]
    with pytest.raises(ParcelDataError, match=r"Node goal: no judgement of expert “Li” connects x, y \| z"):
        group_weights(people, aggregation="priorities")


def test_a_gap_that_nobody_fills_names_the_parts():
    first = [[1, 2, NAN], [NAN, 1, NAN], [NAN, NAN, 1]]
    with pytest.raises(ParcelDataError, match=r"Node goal: no judgement connects x, y \| z"):
        group_weights(experts(("Li", 1, goal(first)), ("Wang", 1, goal(first))))


def test_an_expert_may_leave_out_a_node():
    below = {"x": (("p", "q", "r"), MILD)}
    people = experts(("Li", 1, goal(MILD) | below), ("Wang", 1, goal(MILD)))
    for aggregation in ("judgements", "priorities"):
        group = group_weights(people, aggregation=aggregation)
        assert group.hierarchy.nodes[1].result.weights == pytest.approx(priorities(MILD).weights)
        assert [opinion.result is None for opinion in group.at("x")] == [False, True]
