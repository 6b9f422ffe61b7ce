"""Association and agreement of two gradings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.zoning.association import agreement, association

# Husbands' and wives' answers on a scale of four (Hout, Duncan and Sobel 1987; R: vcd::SexualFun).
COUPLES = np.array([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])

tables = st.lists(st.integers(0, 60), min_size=16, max_size=16).map(lambda n: np.array(n).reshape(4, 4))


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
