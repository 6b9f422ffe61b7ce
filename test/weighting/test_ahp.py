"""Priorities, consistency and hierarchies against publications, closed forms and other programs."""

import json
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.weighting.ahp import (
    METHODS,
    hierarchy_weights,
    priorities,
    reciprocal_matrix,
)
from parcel_agglomeration.algorithms.weighting.judgements import matrix_to_rows, read_judgements
from parcel_agglomeration.algorithms.weighting.random_index import SAATY_RI, SIMULATED_RI, TEXTBOOK_RI

# Random indices of the publications: Saaty (2005), Theory and Applications of the Analytic Network
# Process, p. 31; Donegan and Dodd (1991), Mathematical and Computer Modelling 15(10), 135-137.
SAATY_2005_RI = (0, 0, 0.52, 0.89, 1.11, 1.25, 1.35)
DONEGAN_DODD_RI = (0, 0, 0.4914, 0.8286, 1.0591, 1.1797, 1.2519)

# Case, random index of the publication.
PUBLISHED = (
    ("saaty2008_drinks", SAATY_2005_RI),
    ("wiki_leader_criteria", SAATY_2005_RI),
    ("wiki_leader_Experience", SAATY_2005_RI),
    ("wiki_leader_Education", SAATY_2005_RI),
    ("wiki_leader_Charisma", SAATY_2005_RI),
    ("wiki_leader_Age", SAATY_2005_RI),
    ("wiki_car_criteria", DONEGAN_DODD_RI),
    ("wiki_car_cost", DONEGAN_DODD_RI),
    ("wiki_car_Price", DONEGAN_DODD_RI),
    ("wiki_car_Resale", DONEGAN_DODD_RI),
    ("wiki_car_Fuel", DONEGAN_DODD_RI),
    ("wiki_car_capacity", DONEGAN_DODD_RI),
    ("gluc_consistent3", SAATY_2005_RI),
)

# Table 2 of the paper: dimension, its weight, local weights and printed composites of its indicators.
TABLE = {
    "effic": (0.31, {"output": (0.384, 0.119), "tax": (0.421, 0.131), "scale": (0.195, 0.060)}),
    "intens": (
        0.30,
        {
            "out_mu": (0.253, 0.076),
            "tax_mu": (0.351, 0.105),
            "inv_mu": (0.137, 0.041),
            "far": (0.120, 0.036),
            "bld_coef": (0.090, 0.027),
            "grn_rat": (0.049, 0.015),
        },
    ),
    "innov": (0.18, {"giant": (0.272, 0.049), "talent": (0.167, 0.030), "hightech": (0.561, 0.101)}),
    "green": (0.10, {"elec_out": (0.600, 0.060), "wat_out": (0.400, 0.040)}),
    "access": (
        0.11,
        {
            "acc_now": (0.227, 0.025),
            "fac_dens": (0.318, 0.035),
            "fac_plan": (0.273, 0.030),
            "acc_plan": (0.182, 0.020),
        },
    ),
}

MILD = [[1, 2, 5], [1 / 2, 1, 3], [1 / 5, 1 / 3, 1]]
# Nearly circular: a over b over c over a.
CIRCULAR = [[1, 3, 1 / 2], [1 / 3, 1, 4], [2, 1 / 4, 1]]


def ratios(weights):
    """The consistent matrix of ``weights``: w_i / w_j."""
    weights = np.asarray(weights, dtype=float)
    return weights[:, None] / weights


def matrix_of(n, upper):
    """The reciprocal matrix with the judgements ``upper`` above its diagonal, row by row."""
    matrix = np.eye(n)
    for (i, j), value in zip(combinations(range(n), 2), upper, strict=True):
        matrix[i, j], matrix[j, i] = value, 1 / value
    return matrix


@st.composite
def reciprocal_matrices(draw):
    n = draw(st.integers(1, 9))
    count = n * (n - 1) // 2
    steps = st.floats(-np.log(9), np.log(9), allow_nan=False)
    return matrix_of(n, np.exp(draw(st.lists(steps, min_size=count, max_size=count))))


@pytest.fixture(scope="module")
def published(cases):
    return {
        case["id"]: case
        for case in json.loads((cases / "ahp" / "ahp_cases.json").read_text(encoding="utf-8"))
        if all(None not in row for row in case["matrix"])
    }


def half_unit(figure):
    """Half a unit of the last printed digit; JSON drops trailing zeros, three digits are always printed."""
    digits = len(str(figure).partition(".")[2])
    return 0.5 * 10.0 ** -min(max(digits, 3), 9)


# One matrix: publications


@pytest.mark.parametrize(("name", "random_index"), PUBLISHED)
def test_published_matrix_gives_its_printed_weights_and_consistency(published, name, random_index):
    case = published[name]
    result = priorities(case["matrix"], random_index=random_index)
    # Wikipedia cuts .5476 to .547; AHPy rounds the same weights.
    weights = case["published"].get("weights_AHPy", case["published"]["weights"])
    for element, weight in zip(case["names"], result.weights, strict=True):
        assert weight == pytest.approx(weights[element], abs=half_unit(weights[element])), element
    if "CR" in case["published"]:
        assert result.cr == pytest.approx(case["published"]["CR"], abs=half_unit(case["published"]["CR"]))


def test_every_published_complete_case_is_tested(published):
    with_figures = {name for name, case in published.items() if case["published"]}
    assert with_figures == {name for name, _ in PUBLISHED}


@pytest.mark.parametrize(
    ("method", "key", "lambda_key", "cr_key"),
    [
        ("eigenvector", "eigenvector", "lambda_max_eigen", "CR_RI_saaty_112"),
        ("geometric-mean", "geometric_mean", "lambda_max_geometric", "CR_geometric_RI_112"),
        ("column-mean", "column_normalised_mean", "lambda_max_column_mean", "CR_column_mean_RI_112"),
    ],
)
def test_each_method_agrees_with_an_independent_program(published, method, key, lambda_key, cr_key):
    """``computed_numpy`` of the cases: plain numpy on the same matrices, Saaty's random index."""
    for case in published.values():
        result = priorities(case["matrix"], method)
        expected = case["computed_numpy"]
        np.testing.assert_allclose(result.weights, expected[key], rtol=1e-10)
        assert result.lambda_max == pytest.approx(expected[lambda_key], abs=1e-10)
        assert result.cr == pytest.approx(expected[cr_key], abs=1e-10)


def test_saaty_drinks():
    """Saaty (2008), Decision making with the analytic hierarchy process, p. 88."""
    upper = [9, 5, 2, 1, 1, 1 / 2, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 3, 1 / 4, 1 / 3, 1 / 9]
    upper += [1 / 2, 1, 1 / 3, 2, 1 / 2, 1 / 3]
    result = priorities(matrix_of(7, upper))
    assert result.weights.round(3).tolist() == [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert result.ri == 1.32
    assert round(result.cr, 4) == 0.0223
    assert result.consistent


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "vector",
    [[weight for weight, _ in TABLE.values()]]
    + [[local for local, _ in indicators.values()] for _, indicators in TABLE.values()],
)
def test_ratios_of_a_printed_vector_return_it_with_cr_0(vector, method):
    result = priorities(ratios(vector), method)
    np.testing.assert_allclose(result.weights, vector, rtol=1e-12)
    assert 0 <= result.cr < 1e-12
    assert result.consistent


@pytest.mark.parametrize("method", METHODS)
def test_thirty_elements_with_the_simulated_random_index(method):
    weights = np.arange(1, 31) / 465
    result = priorities(ratios(weights), method, "simulated")
    np.testing.assert_allclose(result.weights, weights, rtol=1e-12)
    assert 0 <= result.cr < 1e-12
    assert result.ri == pytest.approx(1.67, abs=0.01)


# One matrix: closed forms


def test_mildly_inconsistent_matrix():
    result = priorities(MILD)
    assert result.weights.round(4).tolist() == [0.5816, 0.3090, 0.1095]
    assert round(result.lambda_max, 5) == 3.00369


@pytest.mark.parametrize("method", ["eigenvector", "geometric-mean"])
@pytest.mark.parametrize("matrix", [MILD, CIRCULAR])
def test_three_elements_have_a_closed_form(matrix, method):
    """With n = 3 the eigenvector is the geometric mean; lambda = 1 + d + 1/d, d^3 = a13 / (a12 a23)."""
    (_, a12, a13), (_, _, a23) = matrix[:2]
    means = np.array([(a12 * a13) ** (1 / 3), (a23 / a12) ** (1 / 3), (1 / (a13 * a23)) ** (1 / 3)])
    d = (a13 / (a12 * a23)) ** (1 / 3)
    result = priorities(matrix, method)
    np.testing.assert_allclose(result.weights, means / means.sum(), rtol=1e-12)
    assert result.lambda_max == pytest.approx(1 + d + 1 / d, rel=1e-12)
    assert result.ci == pytest.approx((d + 1 / d - 2) / 2, rel=1e-9)
    assert result.cr == pytest.approx((d + 1 / d - 2) / 2 / 0.58, rel=1e-9)


def test_column_mean_by_hand():
    """Columns sum to 17/10, 10/3 and 9; lambda is the mean of (A w)_i / w_i."""
    a = [
        [Fraction(1), Fraction(2), Fraction(5)],
        [Fraction(1, 2), Fraction(1), Fraction(3)],
        [Fraction(1, 5), Fraction(1, 3), Fraction(1)],
    ]
    sums = [Fraction(17, 10), Fraction(10, 3), Fraction(9)]
    w = [sum(x / s for x, s in zip(row, sums, strict=True)) / 3 for row in a]
    lambda_max = sum(sum(x * v for x, v in zip(row, w, strict=True)) / w[i] for i, row in enumerate(a)) / 3
    result = priorities(MILD, "column-mean")
    np.testing.assert_allclose(result.weights, [float(x) for x in w], rtol=1e-13)
    assert result.lambda_max == pytest.approx(float(lambda_max), rel=1e-13)


def test_eigenvector_is_the_limit_of_matrix_powers():
    """Saaty (1980): the row sums of A^k, normalised, tend to the principal eigenvector."""
    matrix = np.random.default_rng(1).integers(1, 10, 10)
    matrix = matrix_of(5, matrix)
    power = np.linalg.matrix_power(matrix / 10, 60)
    result = priorities(matrix)
    np.testing.assert_allclose(result.weights, power.sum(axis=1) / power.sum(), rtol=1e-10)
    np.testing.assert_allclose(matrix @ result.weights, result.lambda_max * result.weights, rtol=1e-10)


def test_circular_judgements_fail():
    assert priorities(CIRCULAR).cr > 0.10
    assert not priorities(CIRCULAR).consistent


def test_ties_share_the_weight():
    assert priorities(np.ones((4, 4))).weights == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("method", METHODS)
def test_sixty_to_forty_needs_one_and_a_half(method):
    assert priorities([[1, 1.5], [1 / 1.5, 1]], method).weights == pytest.approx([0.6, 0.4])


@pytest.mark.parametrize("method", METHODS)
def test_one_and_two_elements_are_always_consistent(method):
    one = priorities([[1]], method)
    assert (one.weights.tolist(), one.lambda_max, one.ci, one.ri, one.cr) == ([1.0], 1.0, 0.0, 0.0, 0.0)
    two = priorities([[1, 7], [1 / 7, 1]], method)
    assert two.weights == pytest.approx([7 / 8, 1 / 8])
    assert (two.lambda_max, two.ci, two.ri, two.cr) == (2.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("method", METHODS)
def test_fifteen_elements_are_the_most(method):
    weights = np.arange(1, 16) / 120
    result = priorities(ratios(weights), method)
    np.testing.assert_allclose(result.weights, weights, rtol=1e-12)
    assert result.ri == 1.59
    with pytest.raises(
        ParcelDataError,
        match=r"Node innovation compares 16 elements.* ends at 15; split the node into groups of at most 15",
    ):
        priorities(np.ones((16, 16)), method, node="innovation")


def test_a_longer_random_index_allows_more_elements():
    assert priorities(np.ones((16, 16)), random_index=(*SAATY_RI, 1.6)).ri == 1.6


@pytest.mark.parametrize("method", METHODS)
def test_small_weights_keep_their_digits(method):
    weights = np.array([1, 1e-4, 1e-9, 1e-12])
    result = priorities(ratios(weights), method)
    np.testing.assert_allclose(result.weights, weights / weights.sum(), rtol=1e-12)
    assert result.cr < 1e-12


# One matrix: properties


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=15), st.sampled_from(METHODS))
def test_a_consistent_matrix_returns_its_weights_and_never_a_negative_cr(vector, method):
    result = priorities(ratios(vector), method)
    np.testing.assert_allclose(result.weights, np.array(vector) / sum(vector), rtol=1e-10)
    assert result.lambda_max >= len(vector)
    assert not np.signbit([result.ci, result.cr]).any()
    assert result.cr < 1e-10


@given(reciprocal_matrices(), st.sampled_from(METHODS))
def test_any_reciprocal_matrix_gives_positive_weights_and_lambda_of_at_least_n(matrix, method):
    result = priorities(matrix, method)
    assert (result.weights > 0).all()
    assert result.weights.sum() == pytest.approx(1, abs=1e-12)
    assert result.lambda_max >= len(matrix)
    assert result.cr >= 0


@given(reciprocal_matrices(), st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_the_order_of_the_elements_does_not_matter(matrix, method, random):
    order = list(range(len(matrix)))
    random.shuffle(order)
    result = priorities(matrix, method)
    permuted = priorities(matrix[np.ix_(order, order)], method)
    np.testing.assert_allclose(permuted.weights, result.weights[order], rtol=1e-8)
    assert permuted.lambda_max == pytest.approx(result.lambda_max, rel=1e-10)


@given(reciprocal_matrices())
def test_geometric_mean_of_the_transpose_is_the_reciprocal(matrix):
    weights = priorities(matrix, "geometric-mean").weights
    inverse = 1 / priorities(matrix.T, "geometric-mean").weights
    np.testing.assert_allclose(weights, inverse / inverse.sum(), rtol=1e-10)


# Random indices


def test_random_indices_of_the_method():
    saaty = "0 0 .58 .90 1.12 1.24 1.32 1.41 1.45 1.49 1.51 1.48 1.56 1.57 1.59"
    textbook = "0 0 .52 .89 1.12 1.26 1.36 1.41 1.46 1.49 1.52 1.54 1.56 1.58 1.59"
    assert tuple(map(float, saaty.split())) == SAATY_RI
    assert tuple(map(float, textbook.split())) == TEXTBOOK_RI


@pytest.mark.parametrize("n", [3, 5, 9, 15])
def test_simulated_random_index_is_the_mean_ci_of_random_matrices(n):
    """Judgements drawn from 1/9, ..., 1/2, 1, 2, ..., 9 with equal chance."""
    scale = np.array([*(1 / np.arange(9, 1, -1)), *np.arange(1, 10)])
    draws = 4000
    matrices = np.ones((draws, n, n))
    rows, columns = np.triu_indices(n, 1)
    matrices[:, rows, columns] = np.random.default_rng(n).choice(scale, (draws, len(rows)))
    matrices[:, columns, rows] = 1 / matrices[:, rows, columns]
    ci = (np.linalg.eigvals(matrices).real.max(axis=1) - n) / (n - 1)
    assert SIMULATED_RI[n - 1] == pytest.approx(ci.mean(), abs=4 * ci.std() / np.sqrt(draws))


# Unusable matrices


def test_printed_fractions_count_as_reciprocals():
    """.33 beside 3, .14 beside 7 and .11 beside 9 give the same as 1/3, 1/7 and 1/9."""
    rounded = [[1, 3, 7], [0.33, 1, 0.11], [0.14, 9, 1]]
    exact = [[1, 3, 7], [1 / 3, 1, 1 / 9], [1 / 7, 9, 1]]
    np.testing.assert_allclose(reciprocal_matrix(rounded), exact, rtol=1e-15)


@pytest.mark.parametrize("whole", range(1, 10))
def test_two_decimals_are_enough_for_any_fraction_of_the_scale(whole):
    assert reciprocal_matrix([[1, whole], [round(1 / whole, 2), 1]])[1, 0] == pytest.approx(1 / whole)


@pytest.mark.parametrize("whole", range(1, 9))
def test_neighbouring_judgements_of_the_scale_stay_apart(whole):
    with pytest.raises(ParcelDataError, match="reciprocal"):
        reciprocal_matrix([[1, whole + 1], [1 / whole, 1]])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 0], [1, 1]], "Node goal: the judgement of tax against output is 0; give a positive"),
        ([[1, -3], [-1 / 3, 1]], "the judgement of tax against output is -3; give a positive"),
        ([[1, 2], [np.inf, 1]], "the judgement of output against tax is inf; give a positive"),
        ([[1, 3], [3, 1]], "the judgement of tax against output is 3 but 3 the other way round"),
        ([[1, 3], [0.5, 1]], "the judgement of tax against output is 3 but 0.5 the other way round"),
        ([[1, 3], [1 / 3, 2]], "output compared with itself is 2; it must be 1"),
        ([[1, 3]], "has the shape 1 x 2; give as many rows as columns"),
        ([1, 3], "has the shape 2; give as many rows as columns"),
        (np.ones((0, 0)), "has the shape 0 x 0; give as many rows as columns"),
        ([[1, 3], [1 / 3]], "does not consist of rows of numbers of equal length"),
        ([[1, "much"], [1, 1]], "does not consist of rows of numbers of equal length"),
        (np.ones((3, 3)), "2 names for a comparison matrix of 3 rows"),
    ],
)
def test_unusable_matrix_is_named(matrix, message):
    with pytest.raises(ParcelDataError) as error:
        priorities(matrix, names=("tax", "output"))
    assert message in str(error.value)


def test_without_names_cells_are_counted_from_1():
    with pytest.raises(ParcelDataError, match="the judgement of 1 against 3 is -5"):
        priorities([[1, 2, -5], [1 / 2, 1, 3], [1 / 5, 1 / 3, 1]])


def test_unknown_method_lists_the_known_ones():
    with pytest.raises(
        ParcelDataError, match="guess is unknown; use one of eigenvector, geometric-mean, col"
    ):
        priorities(MILD, "guess")


def test_random_index_must_be_positive_from_three_elements_on():
    with pytest.raises(ParcelDataError, match=r"random index of 3 elements is 0\.0"):
        priorities(MILD, random_index=(0, 0, 0))


# Hierarchies


def table_rows():
    rows = matrix_to_rows("goal", TABLE, ratios([weight for weight, _ in TABLE.values()]))
    for dimension, (_, indicators) in TABLE.items():
        rows += matrix_to_rows(dimension, indicators, ratios([local for local, _ in indicators.values()]))
    return rows


@pytest.mark.parametrize("method", METHODS)
def test_table_of_the_paper(method):
    """Goal, 5 dimensions, 18 indicators: the printed local weights, composites and sums come back."""
    result = hierarchy_weights(read_judgements(table_rows()), method)
    assert [node.parent for node in result.nodes] == ["goal", *TABLE]
    assert [node.level for node in result.nodes] == [0, 1, 1, 1, 1, 1]
    composites = {}
    for node, (weight, indicators) in zip(result.nodes[1:], TABLE.values(), strict=True):
        assert node.weight == pytest.approx(weight)
        assert node.children == tuple(indicators)
        assert node.result.weights == pytest.approx([local for local, _ in indicators.values()])
        composites |= {name: composite for name, (_, composite) in indicators.items()}
    assert result.leaves == tuple(composites)
    assert len(result.leaves) == 18
    assert result.weights.round(3).tolist() == list(composites.values())
    assert result.weights.sum() == pytest.approx(1, abs=1e-12)
    assert result.weights[:14].sum() == pytest.approx(0.89)
    assert 0 <= result.max_cr < 1e-12
    assert len(result.levels) == 2
    assert result.consistent


def leader_rows(published):
    """Three candidates below each of four criteria; a name in full is "candidate (criterion)"."""
    criteria = published["wiki_leader_criteria"]
    rows = matrix_to_rows("leader", criteria["names"], criteria["matrix"])
    for criterion in criteria["names"]:
        case = published[f"wiki_leader_{criterion}"]
        rows += matrix_to_rows(criterion, [f"{name} ({criterion})" for name in case["names"]], case["matrix"])
    return rows


def totals(result):
    """Sum of the leaves "alternative (criterion)" per alternative."""
    sums = {}
    for leaf, weight in zip(result.leaves, result.weights, strict=True):
        alternative = leaf.partition(" (")[0]
        sums[alternative] = sums.get(alternative, 0) + weight
    return sums


def test_published_leader_hierarchy(published):
    """Wikipedia, analytic hierarchy process, leader example."""
    result = hierarchy_weights(read_judgements(leader_rows(published)), random_index=SAATY_2005_RI)
    final = published["wiki_leader_criteria"]["published"]["hierarchy"]["final"]
    assert totals(result) == pytest.approx(final, abs=0.5e-3)
    assert round(result.max_cr, 3) == 0.069


def car_rows(published):
    criteria = published["wiki_car_criteria"]
    rows = matrix_to_rows("car", criteria["names"], criteria["matrix"])
    for parent, key in (("Cost", "cost"), ("Capacity", "capacity")):
        rows += matrix_to_rows(
            parent, published[f"wiki_car_{key}"]["names"], published[f"wiki_car_{key}"]["matrix"]
        )
    for parent in ("Price", "Fuel", "Maintenance", "Resale", "Safety", "Style", "Cargo", "Passenger"):
        case = published[f"wiki_car_{parent}"]
        rows += matrix_to_rows(parent, [f"{name} ({parent})" for name in case["names"]], case["matrix"])
    return rows


def test_published_car_hierarchy_with_branches_of_unequal_depth(published):
    """Wikipedia, analytic hierarchy process, car example: goal, 4 criteria, 6 subcriteria, 6 cars."""
    result = hierarchy_weights(read_judgements(car_rows(published)), random_index=DONEGAN_DODD_RI)
    final = published["wiki_car_criteria"]["published"]["hierarchy"]["final"]
    assert totals(result) == pytest.approx(final, abs=0.5e-3)
    assert {node.parent: node.level for node in result.nodes}["Fuel"] == 2
    assert len(result.levels) == 3


def test_overall_cr_of_a_level_weighs_ci_and_ri_by_the_nodes():
    """Goal splits 3 : 1; node a has the closed-form CI of MILD, node b that of CIRCULAR."""
    rows = matrix_to_rows("goal", "ab", [[1, 3], [1 / 3, 1]])
    rows += matrix_to_rows("a", ["a1", "a2", "a3"], MILD) + matrix_to_rows("b", ["b1", "b2", "b3"], CIRCULAR)

    def ci(matrix):
        d = (matrix[0][2] / (matrix[0][1] * matrix[1][2])) ** (1 / 3)
        return (d + 1 / d - 2) / 2

    result = hierarchy_weights(read_judgements(rows))
    expected = (0.75 * ci(MILD) + 0.25 * ci(CIRCULAR)) / 0.58
    assert [level.cr for level in result.levels] == pytest.approx([0, expected], abs=1e-12)
    # The goal compares two elements: it adds neither CI nor RI.
    assert result.overall.cr == pytest.approx(expected, rel=1e-9)
    assert result.max_cr == pytest.approx(ci(CIRCULAR) / 0.58)
    assert not result.consistent


def test_nodes_of_different_size_pool_their_random_indices():
    rows = matrix_to_rows("goal", "ab", [[1, 1], [1, 1]])
    rows += matrix_to_rows("a", ["a1", "a2", "a3"], CIRCULAR) + matrix_to_rows(
        "b", ["b1", "b2", "b3", "b4"], np.ones((4, 4))
    )
    result = hierarchy_weights(read_judgements(rows))
    assert result.levels[1].cr == pytest.approx(0.5 * priorities(CIRCULAR).ci / (0.5 * 0.58 + 0.5 * 0.90))


def test_a_hierarchy_of_four_levels_multiplies_down_the_branches():
    rows = matrix_to_rows("goal", ["economy", "land"], ratios([0.8, 0.2]))
    rows += matrix_to_rows("economy", ["efficiency", "green"], ratios([0.75, 0.25]))
    rows += matrix_to_rows("efficiency", ["output", "tax", "jobs"], ratios([0.5, 0.3, 0.2]))
    rows += matrix_to_rows("tax", ["income tax", "land tax"], ratios([0.9, 0.1]))
    result = hierarchy_weights(read_judgements(rows))
    assert result.leaves == ("output", "income tax", "land tax", "jobs", "green", "land")
    expected = [0.8 * 0.75 * 0.5, 0.8 * 0.75 * 0.3 * 0.9, 0.8 * 0.75 * 0.3 * 0.1, 0.8 * 0.75 * 0.2, 0.2, 0.2]
    assert result.weights == pytest.approx(expected)
    assert [node.level for node in result.nodes] == [0, 1, 2, 3]
    assert result.nodes[3].weight == pytest.approx(0.18)
    assert result.nodes[3].global_weights == pytest.approx([0.162, 0.018])
    assert [level.cr for level in result.levels] == pytest.approx([0, 0, 0, 0], abs=1e-12)


def test_an_only_child_takes_all_of_its_parent():
    rows = matrix_to_rows("goal", "ab", ratios([0.6, 0.4])) + matrix_to_rows("a", ["c"], [[1]])
    result = hierarchy_weights(read_judgements(rows))
    assert result.leaves == ("c", "b")
    assert result.weights == pytest.approx([0.6, 0.4])


def test_too_large_a_node_of_a_hierarchy_is_named():
    names = [f"i{k}" for k in range(16)]
    rows = matrix_to_rows("goal", "ab", [[1, 1], [1, 1]]) + matrix_to_rows("b", names, np.ones((16, 16)))
    with pytest.raises(ParcelDataError, match="Node b compares 16 elements"):
        hierarchy_weights(read_judgements(rows))
