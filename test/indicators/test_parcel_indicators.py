"""Enterprises on parcels, and what is divided by what."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.indicators.index_system import preset
from parcel_agglomeration.algorithms.indicators.parcel_indicators import (
    NO_OUTPUT,
    any_flag,
    area_deviation,
    building_coefficient,
    by_enterprise,
    flag_share,
    holdings,
    known_storeys,
    numbered,
    per_mu,
    per_output,
    ratio,
    totals,
)
from parcel_agglomeration.algorithms.parsing import identifiers
from parcel_agglomeration.algorithms.scoring.target_scores import Scale, score_indicator

nan = np.nan


def places(*members):
    """Rows of a table, each an enterprise of its own, with the parcels that it names."""
    return list(members), np.arange(len(members))


class TestApportioning:
    #   parcel 0, 1 hm2   parcel 1, 3 hm2          parcel 2
    #  +---------------+----------------------+   +-------+
    #  |   A (output 8 on both together)      |   |       |
    #  |   B (5)       |                      |   | empty |
    #  +---------------+----------------------+   +-------+
    #  A is apportioned 1 : 3, so 2 and 6; with B parcel 0 has 2 + 5 = 7.
    AREAS = np.array([1.0, 3.0, 2.0])

    def test_figures_add_up_on_a_parcel_and_are_apportioned_by_area(self):
        pairs = holdings(*places([0, 1], [0]), self.AREAS)
        assert totals(np.array([8.0, 5.0]), pairs).tolist() == [7.0, 6.0, 0.0]
        assert pairs.counts.tolist() == [2, 1, 0]

    def test_without_an_enterprise_a_parcel_is_0_or_unknown(self):
        pairs = holdings(*places([0]), self.AREAS)
        assert totals(np.array([8.0]), pairs).tolist() == [8.0, 0.0, 0.0]
        assert np.isnan(totals(np.array([8.0]), pairs, nan)).tolist() == [False, True, True]

    def test_a_missing_figure_makes_the_total_missing(self):
        pairs = holdings(*places([0], [0], [1]), self.AREAS)
        assert np.isnan(totals(np.array([8.0, nan, 5.0]), pairs)).tolist() == [True, False, False]

    def test_land_held_apportions_in_place_of_the_areas(self):
        # A holds 30 of parcel 0 and 10 of parcel 1 by two rows, so 8 is divided 6 : 2.
        pairs = holdings([[0], [1]], np.array([0, 0]), self.AREAS, np.array([30.0, 10.0]))
        assert totals(np.array([8.0]), pairs).tolist() == [6.0, 2.0, 0.0]

    def test_a_pair_that_stands_twice_counts_once(self):
        pairs = holdings([[0, 0], [0], [1]], np.array([0, 0, 0]), self.AREAS)
        assert totals(np.array([8.0]), pairs).tolist() == [2.0, 6.0, 0.0]

    def test_one_parcel_without_area_takes_the_whole(self):
        pairs = holdings(*places([0]), np.array([nan]))
        assert totals(np.array([8.0]), pairs).tolist() == [8.0]

    def test_nobody_on_any_parcel(self):
        pairs = holdings(*places([], []), self.AREAS)
        assert totals(np.array([8.0, 5.0]), pairs).tolist() == [0.0, 0.0, 0.0]

    @given(
        st.lists(st.tuples(st.lists(st.integers(0, 4), min_size=1), st.floats(0, 1e6)), min_size=1),
        st.lists(st.floats(0.01, 100), min_size=5, max_size=5),
    )
    def test_nothing_is_lost_or_made(self, rows, areas):
        pairs = holdings(*places(*(members for members, _ in rows)), np.array(areas))
        values = np.array([value for _, value in rows])
        assert totals(values, pairs).sum() == pytest.approx(values.sum(), rel=1e-9, abs=1e-9)

    def test_rows_of_one_enterprise_state_one_total(self):
        rows = np.array([0, 0, 1])
        assert by_enterprise(np.array([8.0, nan, 5.0]), rows, "output", ["A", "B"]).tolist() == [8.0, 5.0]
        with pytest.raises(ParcelDataError, match="holds both 8 and 9 for enterprise “A”"):
            by_enterprise(np.array([8.0, 9.0, 5.0]), rows, "output", ["A", "B"])


class TestFlags:
    # Parcel 0: yes and no; 1: no and unknown; 2: yes and unknown; 3: no; 4: nobody.
    PAIRS = holdings(
        *places([0], [0], [1], [1], [2], [2], [3]), np.ones(5), np.array([3.0, 1, 1, 1, 1, 1, 1])
    )
    VALUES = np.array([1.0, 0, 0, nan, 1, nan, 0])

    def test_any_enterprise_gives_its_flag(self):
        np.testing.assert_array_equal(any_flag(self.VALUES, self.PAIRS), [1, nan, 1, 0, 0])

    def test_the_share_is_weighted_by_land(self):
        # On parcel 0, 3 of 4 parts of the land are held by the one with the flag.
        np.testing.assert_array_equal(flag_share(self.VALUES, self.PAIRS), [0.75, nan, nan, 0, 0])

    def test_the_share_without_land_held_counts_enterprises(self):
        pairs = holdings(*places([0], [0]), np.ones(1))
        assert flag_share(np.array([1.0, 0.0]), pairs).tolist() == [0.5]

    def test_nobody_may_be_unknown(self):
        assert np.isnan(any_flag(self.VALUES, self.PAIRS, nan)[4])
        assert np.isnan(flag_share(self.VALUES, self.PAIRS, nan)[4])


class TestRatios:
    def test_1_hm2_has_15_mu(self):
        # 300 (10^4 CNY) on 2 hm2 = 30 mu are 10 per mu.
        assert per_mu(np.array([300.0]), np.array([2.0])).tolist() == [10.0]

    def test_no_area_gives_nothing(self):
        assert np.isnan(ratio(np.array([1.0, 1.0, nan]), np.array([0.0, nan, 1.0]))).all()

    def test_consumption_per_output(self):
        # 4 of 2; without output, used or not, known or not; missing output; missing consumption.
        found = per_output(np.array([4.0, 4, 0, nan, 4, nan]), np.array([2.0, 0, 0, 0, nan, 2]))
        np.testing.assert_array_equal(found, [2, NO_OUTPUT, NO_OUTPUT, NO_OUTPUT, nan, nan])

    @pytest.mark.parametrize("linear", [False, True])
    def test_no_output_scores_0(self, linear):
        row = next(row for row in preset().indicators if row.indicator == "elec_out")
        scores = score_indicator(
            np.array([NO_OUTPUT, 0.05]), replace(row, target=0.05), Scale(linear_cost=linear)
        )
        assert scores.tolist() == [0, 100]

    def test_the_building_coefficient_of_land_that_is_not_built(self):
        found = building_coefficient(np.array([0.5, 0, 0.5, 0.5]), np.array([2.0, 0, 0, nan]))
        np.testing.assert_array_equal(found, [25, 0, nan, nan])

    def test_a_deed_area_of_110_against_100(self):
        assert area_deviation(np.array([110.0]), np.array([100.0])).tolist() == [10.0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" A01 ", ["A01"]),
        ("A 01\u3000", ["A01"]),
        ("Ａ０１；A02", ["A01", "A02"]),
        ("A01、A02, A01", ["A01", "A02"]),
        ("12/3", ["12/3"]),
        (" ; ", []),
    ],
)
def test_identifiers_in_a_cell(text, found):
    assert identifiers(text, ";,、") == found


def test_rows_without_a_name_stay_apart():
    number, names = numbered(["E1", "", "E 1", ""])
    assert number.tolist() == [0, 1, 0, 2] and len(names) == 3


def test_storeys_come_first_and_height_serves_where_they_are_missing():
    found = known_storeys(np.array([3.0, nan, 0, nan]), np.array([30.0, 9, 6, 0]), 3.0)
    np.testing.assert_array_equal(found, [3, 3, 2, nan])


def test_without_separators_a_cell_is_one_identifier():
    assert identifiers("A01, A02") == ["A01,A02"]
