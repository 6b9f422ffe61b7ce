"""Facilities per hectare, and the rule by which coordinates look shifted."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.indicators.facility_density import facility_density, fits_better

#        A: 2 hm2        B: 4 hm2        C: no area
#      +---------+   +---------------+
#      | s   s   |   | s             |      s shop
#      |       k |   |               |      k kindergarten
#      +---------+   +---------------+
SITE = np.array([0, 0, 0, 1])
KIND = np.array([0, 0, 1, 0])
HECTARES = np.array([2.0, 4.0, np.nan])


def test_density_is_number_by_area_in_total_and_by_class():
    found = facility_density(SITE, KIND, HECTARES, 2)
    assert found.counts.tolist() == [[2, 1], [1, 0], [0, 0]]
    assert found.total[:2].tolist() == [1.5, 0.25]  # 3 in 2 hm2, 1 in 4 hm2
    assert found.by_class[:2].tolist() == [[1.0, 0.5], [0.25, 0.0]]
    assert np.isnan(found.total[2]) and np.isnan(found.by_class[2]).all()


def test_no_facility_gives_zero_and_no_area_nothing():
    nothing = np.empty(0, dtype=np.int64)
    found = facility_density(nothing, nothing, np.array([1.0, 0.0]), 3)
    assert found.counts.shape == (2, 3)
    assert found.total[0] == 0 and np.isnan(found.total[1])


def masks(only_now, only_otherwise, both=0, neither=0):
    counts = (only_now, only_otherwise, both, neither)
    now = np.repeat([True, False, True, False], counts)
    otherwise = np.repeat([False, True, True, False], counts)
    return now, otherwise


@pytest.mark.parametrize(
    ("counts", "better"),
    [
        ((0, 17), True),  # 17 > 4 sqrt(17) = 16.5
        ((0, 16), False),  # 16 = 4 sqrt(16)
        ((50, 120), True),  # 70 > 4 sqrt(170) = 52
        ((50, 98), False),  # 48 < 4 sqrt(148) = 48.7
        ((120, 50), False),  # the other way round
        ((0, 60, 1000), False),  # clear, but 1060 is no half more than 1000
        ((0, 0), False),
        ((10, 12, 5, 900), False),  # as chance has it
    ],
)
def test_another_reading_fits_better_only_where_it_does_so_clearly(counts, better):
    assert fits_better(*masks(*counts)) is better
