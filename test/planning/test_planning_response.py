"""Lists, grades and entry thresholds."""

from itertools import product

import numpy as np
import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.planning.planning_response import (
    entry_threshold,
    grade_limits,
    grades,
    list_order,
    mean_scores,
    planning_lists,
)

NAN = np.nan


@pytest.mark.parametrize(
    ("zone", "land", "industrial", "lead", "code", "priority"),
    [
        (4, 4, True, True, "lead", 0),
        (4, 4, True, False, "none", 0),  # its area was too small
        (3, 4, True, False, "revit", 0),
        (3, 4, False, False, "none", 0),
        (3, 2, True, False, "none", 0),
        (2, 3, True, True, "revit", 0),  # another zone inside a lead area
        (2, 2, True, True, "none", 0),
        (1, 4, True, False, "both", 1),
        (1, 3, True, False, "both", 2),
        (1, 3, False, False, "renov", 0),
        (1, 2, True, False, "renov", 0),
        (1, 0, True, False, "renov", 0),
        (0, 4, True, False, "", 0),
    ],
)
def test_what_is_listed_and_with_which_priority(zone, land, industrial, lead, code, priority):
    lists = planning_lists(*(np.array([value]) for value in (zone, land, industrial, lead)))
    assert lists.code.tolist() == [code]
    assert lists.priority.tolist() == [priority]


def test_the_lists_follow_the_method_in_every_case():
    """METHOD section 9, said again with sets."""
    cases = list(product(range(5), range(5), (True, False)))
    zone, land, industrial = (np.array(column) for column in zip(*cases, strict=True))
    lists = planning_lists(zone, land, industrial, zone == 4)
    revitalise = {case for case in cases if case[0] in (1, 2, 3) and case[1] in (3, 4) and case[2]}
    renovate = {case for case in cases if case[0] == 1}
    assert {cases[i] for i in np.flatnonzero(lists.revitalise)} == revitalise
    assert {cases[i] for i in np.flatnonzero(lists.renovate)} == renovate
    assert {cases[i] for i in np.flatnonzero(lists.priority)} == revitalise & renovate


def test_a_list_begins_with_priorities_then_better_land_then_larger_parcels():
    listed = np.array([True, True, False, True, True, True])
    priority = np.array([0, 0, 1, 2, 1, 0])
    land = np.array([3, 4, 4, 3, 4, 3])
    area = np.array([5.0, 1.0, 9.0, 2.0, 3.0, NAN])
    assert list_order(listed, priority, land, area).tolist() == [4, 3, 1, 0, 5]


def test_the_score_of_an_area_is_weighted_by_hectares():
    area_of = np.array([0, 0, 1, -1, 2, 0])
    scores = np.array([80.0, 50.0, 60.0, 99.0, NAN, NAN])
    means = mean_scores(area_of, scores, np.array([1.0, 2.0, 4.0, 8.0, 1.0, 3.0]), 4)
    # (80 + 2 * 50) / 3
    np.testing.assert_allclose(means, [60, 60, NAN, NAN])
    # Three parcels of 49.3 in hundreds of areas: never a bit below the grade that begins there.
    areas = np.repeat(np.arange(300), 3)
    sizes = np.random.default_rng(1).random(900)
    assert set(mean_scores(areas, np.full(900, 49.3), sizes, 300)) == {49.3}


def test_grades_begin_at_the_tertiles_of_the_scores():
    # numpy.quantile of 10, 20, 30, 40 at 2/3 and 1/3 is exactly 30 and 20.
    limits = grade_limits(np.array([40.0, 10.0, NAN, 30.0, 20.0]))
    assert limits == pytest.approx((30, 20))
    assert grades(np.array([30.0, 29.9, 20.0, 19.9, NAN]), (30, 20)) == ["A", "B", "B", "C", ""]


def test_given_limits_of_grades_take_their_place():
    scores = np.array([10.0, 20.0, 30.0, 40.0])
    assert grade_limits(scores, upper=60) == pytest.approx((60, 20))
    assert grade_limits(np.array([NAN]), 70, 50) == (70, 50)
    assert grades(np.array([50.0]), grade_limits(np.array([NAN]))) == ["C"]
    with pytest.raises(ParcelDataError, match="Grade A begins at 15, below grade B at 20"):
        grade_limits(scores, upper=15)


def test_thresholds_of_five_parcels_by_hand():
    # Sorted 1 2 3 4 10: the quartiles are the second, third and fourth value.
    found = entry_threshold(np.array([10.0, 1.0, NAN, 3.0, 2.0, 4.0]), 0.25)
    assert (found.parcels, found.few) == (5, False)
    assert (found.q1, found.median, found.q3, found.proposed) == (2, 3, 4, 2)
    # Of a cost, a new parcel should be among the best 75 %: not above the fourth value.
    assert entry_threshold(np.array([10.0, 1.0, 3.0, 2.0, 4.0]), 0.25, at_most=True).proposed == 4
    assert entry_threshold(np.array([7.0]), 0.5).few
    assert entry_threshold(np.array([NAN]), 0.5).parcels == 0


@pytest.mark.parametrize("quantile", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_thresholds_are_the_quantiles_of_pandas(quantile):
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(3).lognormal(3, 1, 37)
    values[[4, 9]] = NAN
    series = pandas.Series(values)
    found = entry_threshold(values, quantile)
    expected = series.quantile([0.25, 0.5, 0.75, quantile])
    assert (found.q1, found.median, found.q3, found.proposed) == pytest.approx(expected.tolist())
    assert found.parcels == series.count()
    assert entry_threshold(values, quantile, True).proposed == pytest.approx(series.quantile(1 - quantile))
