"""The four-level cross-tabulation: matrices, zones, association and agreement of two gradings."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.zoning.cross_tabulation import (
    PRESETS,
    ZoneMatrix,
    agreement,
    association,
    cross_tabulate,
    preset_matrix,
    user_matrix,
)

# The paper's table: (economic level, land-value level) -> zone, both levels 4 = high .. 1 = low.
PRINTED = {
    (4, 4): 4, (4, 3): 4, (4, 2): 3,
    (3, 4): 4, (3, 3): 4, (3, 2): 3,
    (2, 4): 2, (2, 3): 2,
    (1, 4): 1, (1, 3): 1, (1, 2): 1, (1, 1): 1,
}  # fmt: skip
COMPLETION = {(4, 1): 3, (3, 1): 3, (2, 2): 2, (2, 1): 2}
LEVELS = list(itertools.product((4, 3, 2, 1), repeat=2))

# Husbands' and wives' answers on a scale of four (Hout, Duncan and Sobel 1987; R: vcd::SexualFun).
COUPLES = np.array([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])

zones = st.integers(0, 4)
matrices = st.lists(zones, min_size=16, max_size=16).filter(any).map(user_matrix)
tables = st.lists(st.integers(0, 60), min_size=16, max_size=16).map(lambda n: np.array(n).reshape(4, 4))


def zone_of(levels, matrix):
    economy, land = levels
    return int(cross_tabulate([economy], [land], matrix).zone[0])


def source_of(levels, matrix):
    economy, land = levels
    return str(cross_tabulate([economy], [land], matrix).source[0])


# Presets


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("levels", PRINTED)
def test_every_preset_has_the_printed_cells(preset, levels):
    assert zone_of(levels, preset_matrix(preset)) == PRINTED[levels]
    assert source_of(levels, preset_matrix(preset)) == "printed"


def test_presets_are_in_the_order_of_the_enumeration():
    assert PRESETS == ("completed", "strict", "printed")


@pytest.mark.parametrize("levels", COMPLETION)
def test_the_completion_lets_the_economy_decide(levels):
    assert zone_of(levels, preset_matrix("completed")) == COMPLETION[levels]
    assert source_of(levels, preset_matrix("completed")) == "completed"


def test_strict_lowers_general_economy_on_low_land():
    strict = preset_matrix("strict")
    assert {levels: zone_of(levels, strict) for levels in COMPLETION} == {**COMPLETION, (2, 1): 1}
    assert source_of((2, 1), strict) == "completed"


@pytest.mark.parametrize("levels", COMPLETION)
def test_the_printed_preset_leaves_four_cells_undefined(levels):
    result = cross_tabulate([levels[0]], [levels[1]], preset_matrix("printed"))
    assert result.zone.tolist() == [0]
    assert result.source.tolist() == [""]
    assert result.undefined.tolist() == [True]


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_monotone(preset):
    assert preset_matrix(preset).violations() == []


def test_the_completion_is_the_highest_monotone_one():
    for levels in COMPLETION:
        cells = preset_matrix("completed").cells.copy()
        cells[4 - levels[0], 4 - levels[1]] += 1
        assert ZoneMatrix(cells, np.zeros((4, 4), bool), "user").violations()


def test_an_unknown_preset_is_named():
    with pytest.raises(ParcelDataError, match="no zone matrix lenient"):
        preset_matrix("lenient")


# A user's matrix

OWN = [4, 4, 4, 3, 4, 3, 3, 2, 3, 2, 2, 1, 2, 1, 1, 1]


def test_a_user_matrix_is_row_major_from_high_to_low():
    matrix = user_matrix(OWN)
    assert [zone_of(levels, matrix) for levels in LEVELS] == OWN
    assert {source_of(levels, matrix) for levels in LEVELS} == {"user"}
    assert matrix.origin == "user"
    assert not matrix.printed.any()


@pytest.mark.parametrize("preset", PRESETS)
def test_a_user_matrix_equal_to_a_preset_is_the_preset(preset):
    expected = preset_matrix(preset)
    matrix = user_matrix(expected.cells.ravel().tolist())
    assert matrix.origin == "paper"
    np.testing.assert_array_equal(matrix.cells, expected.cells)
    np.testing.assert_array_equal(matrix.printed, expected.printed)
    assert matrix.printed.sum() == 12


@pytest.mark.parametrize("empty", [None, 0, "", "  ", "NULL", "0", float("nan"), np.nan])
def test_an_empty_cell_is_undefined(empty):
    matrix = user_matrix([*OWN[:15], empty])
    assert matrix.cells[3, 3] == 0
    assert source_of((1, 1), matrix) == ""


def test_text_is_read_as_zones():
    text = ["４", " 4", "4.0", "３", *map(str, OWN[4:])]
    np.testing.assert_array_equal(user_matrix(text).cells, user_matrix(OWN).cells)


def test_rows_of_four_are_read_too():
    np.testing.assert_array_equal(user_matrix(np.reshape(OWN, (4, 4))).cells.ravel(), OWN)


@pytest.mark.parametrize("count", [0, 15, 17])
def test_sixteen_values_are_needed(count):
    with pytest.raises(ParcelDataError, match=f"has {count} values"):
        user_matrix([1] * count)


@pytest.mark.parametrize("value", [5, -1, 2.5, "high", "inf", "1,2"])
def test_a_value_that_is_no_zone_is_named_with_its_cell(value):
    with pytest.raises(ParcelDataError, match="economic level 3 and land-value level 2") as error:
        user_matrix([*OWN[:6], value, *OWN[7:]])
    assert str(value) in str(error.value)


def test_an_empty_matrix_is_refused():
    with pytest.raises(ParcelDataError, match="empty"):
        user_matrix([None] * 16)


# Monotony


def test_a_violation_names_both_cells():
    numbers = list(preset_matrix("completed").cells.ravel())
    numbers[4] = 2  # economy relatively high, land high: below its right and its lower neighbour's right
    assert user_matrix(numbers).violations() == [((3, 4), (3, 3))]


def test_undefined_cells_are_skipped():
    numbers = [0] * 16
    numbers[0], numbers[15] = 1, 4
    assert user_matrix(numbers).violations() == [((4, 4), (1, 1))]


@given(matrices)
def test_no_violation_means_monotone_over_all_pairs(matrix):
    defined = [levels for levels in LEVELS if zone_of(levels, matrix)]
    broken = {
        (better, worse)
        for better, worse in itertools.permutations(defined, 2)
        if better[0] >= worse[0]
        and better[1] >= worse[1]
        and zone_of(better, matrix) < zone_of(worse, matrix)
    }
    found = matrix.violations()
    assert set(found) <= broken
    assert bool(found) == bool(broken)


# Zones of parcels


def test_null_levels_give_no_zone_and_are_not_counted():
    result = cross_tabulate([0, 4, 0, 4], [4, 0, 0, 4], preset_matrix("completed"))
    assert result.zone.tolist() == [0, 0, 0, 4]
    assert result.source.tolist() == ["", "", "", "printed"]
    assert not result.undefined.any()
    assert result.counts.sum() == 1
    assert result.counts[0, 0] == 1


def test_undefined_cells_count_their_parcels():
    result = cross_tabulate([4, 4, 1], [1, 1, 1], preset_matrix("printed"))
    assert result.counts[0, 3] == 2
    assert result.undefined.tolist() == [True, True, False]


def test_no_parcels():
    result = cross_tabulate([], [], preset_matrix("completed"))
    assert result.zone.shape == result.source.shape == result.undefined.shape == (0,)
    assert result.counts.tolist() == [[0] * 4] * 4


@pytest.mark.parametrize("value", [5, -1, 2.5])
def test_a_level_outside_the_matrix_is_named_with_its_parcel(value):
    good, bad = [1, 2, 3], [1, value, 3]
    with pytest.raises(ParcelDataError, match=f"Economic level {value} of parcel no. 2 "):
        cross_tabulate(bad, good, preset_matrix("completed"))
    with pytest.raises(ParcelDataError, match=f"Land-value level {value} of parcel no. 2 "):
        cross_tabulate(good, bad, preset_matrix("completed"))


@given(matrices, st.lists(st.tuples(zones, zones)), st.randoms(use_true_random=False))
def test_zones_belong_to_parcels_whatever_their_order(matrix, pairs, random):
    order = list(range(len(pairs)))
    random.shuffle(order)
    economy, land = np.array(pairs, dtype=int).reshape(-1, 2).T
    straight = cross_tabulate(economy, land, matrix)
    shuffled = cross_tabulate(economy[order], land[order], matrix)
    np.testing.assert_array_equal(shuffled.zone, straight.zone[order])
    np.testing.assert_array_equal(shuffled.source, straight.source[order])
    np.testing.assert_array_equal(shuffled.counts, straight.counts)
    assert straight.counts.sum() == np.count_nonzero((economy > 0) & (land > 0))
    np.testing.assert_array_equal(straight.source != "", straight.zone > 0)


# Association


@pytest.mark.parametrize("name", ["boston_CMEDV_x_CRIM", "guerry_Crm_prp_x_Litercy"])
def test_counts_of_the_reference_classes(cases, reference_table, name):
    path = cases / "cross_tabulation" / f"{name}_classes.csv"
    rows, columns = np.genfromtxt(path, delimiter=",", skip_header=1, usecols=(3, 4), dtype=int).T
    counts = cross_tabulate(rows, columns, preset_matrix("completed")).counts
    # The reference counts from the lowest class up, the paper from the highest down.
    np.testing.assert_array_equal(counts[::-1, ::-1], reference_table(name))


def test_hair_and_eye_colour_as_in_r(reference_table):
    # R 4: chisq.test(margin.table(HairEyeColor, c(1, 2))) prints X-squared = 138.29, df = 9, p < 2.2e-16.
    result = association(reference_table("hair_eye"))
    assert result.chi2 == pytest.approx(138.29, abs=0.005)
    assert result.dof == 9
    assert 0 < result.p < 2.2e-16


@pytest.mark.parametrize("name", ["boston_CMEDV_x_CRIM", "guerry_Crm_prp_x_Litercy", "hair_eye"])
def test_association_as_in_scipy(reference_table, name):
    stats = pytest.importorskip("scipy.stats")
    counts = reference_table(name)
    result = association(counts)
    chi2, p, dof, _ = stats.chi2_contingency(counts, correction=False)
    assert (result.chi2, result.dof) == (pytest.approx(chi2, rel=1e-12), dof)
    assert result.p == pytest.approx(p, rel=1e-10)
    assert result.cramers_v == pytest.approx(stats.contingency.association(counts, "cramer"), rel=1e-12)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 3), (3, 4), (4, 6), (6, 11)])
def test_tables_of_any_shape_as_in_scipy(shape):
    # Even and odd degrees of freedom, square and not.
    stats = pytest.importorskip("scipy.stats")
    for seed in range(20):
        counts = np.random.default_rng(seed).integers(1, 30, shape)
        result = association(counts)
        p = stats.chi2_contingency(counts, correction=False)[1]
        assert result.p == pytest.approx(p, rel=1e-9)
        assert result.cramers_v == pytest.approx(stats.contingency.association(counts, "cramer"))


def test_empty_rows_and_columns_are_left_out():
    full = association([[10, 2], [3, 9]])
    assert association([[10, 0, 2], [0, 0, 0], [3, 0, 9]]) == full


def test_one_grade_determines_the_other():
    result = association(np.diag([5, 9, 2, 4]))
    assert result.cramers_v == pytest.approx(1)
    assert association(np.diag([5, 9, 2, 4])[::-1]).cramers_v == pytest.approx(1)


def test_independent_grades():
    result = association(np.outer([1, 2, 4, 8], [3, 6, 3, 12]))
    assert (result.chi2, result.p, result.cramers_v) == pytest.approx((0, 1, 0), abs=1e-12)


@pytest.mark.parametrize("counts", [[[3, 4]], [[0, 0], [2, 5]], [[0, 0], [0, 0]]])
def test_nothing_depends_on_a_single_grade(counts):
    result = association(counts)
    assert result.dof == 0
    assert np.isnan([result.chi2, result.p, result.cramers_v]).all()


@given(tables, st.permutations(range(4)), st.permutations(range(4)))
def test_association_knows_neither_order_nor_orientation(counts, rows, columns):
    result = association(counts)
    for same in (counts.T, counts[np.ix_(rows, columns)]):
        other = association(same)
        assert other.dof == result.dof
        np.testing.assert_allclose(
            [other.chi2, other.p, other.cramers_v],
            [result.chi2, result.p, result.cramers_v],
            rtol=1e-9,
            atol=1e-12,
        )
    if result.dof:
        assert 0 <= result.p <= 1
        assert -1e-12 <= result.cramers_v <= 1 + 1e-12


# Agreement


def test_kappa_as_in_r():
    # R: vcd::Kappa(SexualFun) prints 0.1293 unweighted and 0.2374 with equal-spacing (linear) weights.
    result = agreement(COUPLES)
    assert result.agreement == pytest.approx(33 / 91)
    assert result.kappa == pytest.approx(0.1293, abs=5e-5)
    assert result.kappa_linear == pytest.approx(0.2374, abs=5e-5)


def test_kappa_as_in_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    husband, wife = (np.repeat(grade.ravel(), COUPLES.ravel()) for grade in np.indices(COUPLES.shape))
    result = agreement(COUPLES)
    assert result.agreement == pytest.approx(metrics.accuracy_score(husband, wife))
    for weights, kappa in (
        (None, result.kappa),
        ("linear", result.kappa_linear),
        ("quadratic", result.kappa_quadratic),
    ):
        assert kappa == pytest.approx(metrics.cohen_kappa_score(husband, wife, weights=weights))


def test_quadratic_kappa_is_an_intraclass_correlation():
    # Fleiss and Cohen (1973): 2 cov / (var + var + (difference of the means)^2).
    husband, wife = (np.repeat(grade.ravel(), COUPLES.ravel()) for grade in np.indices(COUPLES.shape))
    covariance = np.cov(husband, wife, bias=True)
    expected = 2 * covariance[0, 1] / (np.trace(covariance) + (husband.mean() - wife.mean()) ** 2)
    assert agreement(COUPLES).kappa_quadratic == pytest.approx(expected)


def test_full_agreement():
    result = agreement(np.diag([5, 0, 2, 4]))
    assert (result.agreement, result.kappa, result.kappa_linear, result.kappa_quadratic) == (1, 1, 1, 1)


def test_agreement_by_area():
    assert agreement(COUPLES * 812.5) == agreement(COUPLES)


def test_one_grade_only_leaves_kappa_open():
    result = agreement([[7, 0], [0, 0]])
    assert result.agreement == 1
    assert np.isnan([result.kappa, result.kappa_linear, result.kappa_quadratic]).all()


def test_no_parcels_leave_agreement_open():
    assert np.isnan(agreement(np.zeros((4, 4))).agreement)


def test_agreement_needs_the_same_grades():
    with pytest.raises(ParcelDataError, match="3 rows and 4 columns"):
        agreement(np.ones((3, 4)))


@given(tables.filter(np.any))
def test_two_grades_have_one_kappa(counts):
    two = agreement(counts[:2, :2]) if counts[:2, :2].any() else agreement([[1, 1], [1, 1]])
    np.testing.assert_allclose([two.kappa_linear, two.kappa_quadratic], two.kappa)
    turned = agreement(counts[::-1, ::-1])
    assert turned.agreement == pytest.approx(agreement(counts).agreement)
    np.testing.assert_allclose(turned.kappa_quadratic, agreement(counts).kappa_quadratic, atol=1e-12)
