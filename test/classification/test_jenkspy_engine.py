"""jenkspy as an engine: classes of the same cost, and where it is not exact."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.classification import jenkspy_engine
from parcel_agglomeration.algorithms.classification.natural_breaks import classify, natural_breaks
from parcel_agglomeration.algorithms.errors import ParcelDataError

pytest.importorskip("jenkspy")

COLUMNS = {
    "uniform": lambda random: random.random(2000),
    "skewed": lambda random: random.lognormal(0, 1.5, 2000),
    "ties": lambda random: random.integers(0, 40, 2000).astype(float),
    "flags among scores": lambda random: np.where(random.random(2000) < 0.6, 0, random.random(2000)),
    "below zero": lambda random: random.normal(-50, 20, 2000),
    "an offset of a hundred": lambda random: 100 + random.lognormal(0, 1, 2000),
}


@pytest.mark.parametrize("classes", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("column", COLUMNS)
def test_both_engines_find_classes_of_equal_cost(column, classes):
    values = COLUMNS[column](np.random.default_rng(classes))
    ours, theirs = natural_breaks(values, classes), jenkspy_engine.natural_breaks(values, classes)
    assert theirs.within_ss == pytest.approx(ours.within_ss, rel=1e-10)
    assert theirs.gvf == pytest.approx(ours.gvf, abs=1e-12)
    assert theirs.classes == ours.classes == classes
    assert theirs.counts.sum() == values.size
    assert set(theirs.upper) <= set(values) and theirs.upper[-1] == values.max()
    np.testing.assert_array_equal(classify(values, theirs.upper), classify(values, ours.upper))


def test_of_equal_divisions_any_may_be_chosen():
    # {0}, {1, 2} costs as much as {0, 1}, {2}.
    assert natural_breaks([0, 1, 2], 2).within_ss == jenkspy_engine.natural_breaks([0, 1, 2], 2).within_ss


def test_jenkspy_is_wrong_under_a_large_offset_and_the_built_in_engine_is_not():
    """An offset changes no class; at 1e8 jenkspy's sums of squares have lost the differences."""
    values = np.random.default_rng(1).lognormal(0, 1, 3000)
    best = natural_breaks(values, 4).within_ss
    assert natural_breaks(values + 1e8, 4).within_ss == pytest.approx(best, rel=1e-6)
    assert jenkspy_engine.natural_breaks(values + 1e8, 4).within_ss > 2 * best


@pytest.mark.parametrize("engine", [natural_breaks, jenkspy_engine.natural_breaks])
class TestBothEnginesTreatAlike:
    def test_values_that_are_not_finite(self, engine):
        result = engine([3.0, np.nan, 1.0, np.inf, 2.0, -np.inf, 9.0], 2)
        assert (result.upper.tolist(), result.counts.tolist()) == ([3, 9], [3, 1])

    def test_fewer_distinct_values_than_classes(self, engine):
        result = engine([0, 100, 0, 100, 100], 4)
        assert (result.upper.tolist(), result.counts.tolist()) == ([0, 100], [2, 3])

    def test_equal_values(self, engine):
        result = engine([7.5] * 10, 4)
        assert (result.upper.tolist(), result.counts.tolist(), result.gvf) == ([7.5], [10], 1)

    def test_no_value(self, engine):
        with pytest.raises(ParcelDataError, match="no finite value"):
            engine([np.nan], 4)

    @pytest.mark.parametrize("classes", [0, 65, 2.5])
    def test_classes_that_cannot_be(self, engine, classes):
        with pytest.raises(ParcelDataError, match="from 1 to 64"):
            engine([1, 2, 3], classes)

    def test_the_input(self, engine):
        values = np.array([3.0, 1.0, np.nan, 2.0])
        engine(values, 2)
        np.testing.assert_array_equal(values, [3.0, 1.0, np.nan, 2.0])
