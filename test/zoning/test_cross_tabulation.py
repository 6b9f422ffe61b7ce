"""The four-level cross-tabulation: matrices and zones."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.zoning.cross_tabulation import cross_tabulate
from parcel_agglomeration.algorithms.zoning.zone_matrix import (
    PRESETS,
    ZoneMatrix,
    matrix_of_rows,
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

zones = st.integers(0, 4)
matrices = st.lists(zones, min_size=16, max_size=16).filter(any).map(user_matrix)


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


@pytest.mark.parametrize("name", ["boston_CMEDV_x_CRIM", "guerry_Crm_prp_x_Litercy"])
def test_counts_of_the_reference_classes(cases, reference_table, name):
    path = cases / "cross_tabulation" / f"{name}_classes.csv"
    rows, columns = np.genfromtxt(path, delimiter=",", skip_header=1, usecols=(3, 4), dtype=int).T
    counts = cross_tabulate(rows, columns, preset_matrix("completed")).counts
    # The reference counts from the lowest class up, the paper from the highest down.
    np.testing.assert_array_equal(counts[::-1, ::-1], reference_table(name))


def test_sums_per_cell_leave_out_what_is_not_finite():
    result = cross_tabulate([4, 4, 1, 0], [4, 4, 1, 3], preset_matrix("completed"))
    sums = result.sums(np.array([2.5, np.nan, 4.0, 8.0]))
    assert (sums[0, 0], sums[3, 3], sums.sum()) == (2.5, 4.0, 6.5)


# Matrices as tables


def cells_of(*cells):
    return [dict(zip(("econ_lvl", "land_lvl", "zone"), cell, strict=True)) for cell in cells]


def test_a_table_gives_a_matrix_of_its_own_size_and_names():
    table = cells_of((1, 1, 1), (1, 2, 1), (1, 3, 2), (2, 1, 2), (2, 2, "3"), (2, 3, None))
    table[4]["zone_lbl"] = "核心区"
    matrix = matrix_of_rows(table)
    # High levels stand first.
    assert matrix.cells.tolist() == [[0, 3, 2], [2, 1, 1]]
    assert (matrix.origin, matrix.names) == ("user", {3: "核心区"})
    assert zone_of((2, 2), matrix) == 3 and source_of((2, 2), matrix) == "user"


@pytest.mark.parametrize("preset", PRESETS)
def test_a_table_of_a_preset_is_the_preset_with_its_printed_cells(preset):
    cells = preset_matrix(preset).cells
    table = cells_of(*((4 - row, 4 - column, int(cells[row, column])) for row, column in np.ndindex(4, 4)))
    matrix = matrix_of_rows([{**row, "zone": row["zone"] or ""} for row in table])
    assert matrix.origin == "paper"
    assert np.array_equal(matrix.sources, preset_matrix(preset).sources)


def test_nine_levels_each_way():
    matrix = matrix_of_rows(cells_of(*((i, j, min(i, j)) for i in range(1, 10) for j in range(1, 10))))
    assert matrix.cells.shape == (9, 9) and not matrix.violations()
    assert zone_of((9, 8), matrix) == 8


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([{"econ_lvl": 1, "zone": 1}], "no column land_lvl"),
        (cells_of((1, 1, 10), (2, 2, 1)), "“10” in row 1"),
        (cells_of((1, "high", 1), (2, 2, 1)), "“high” in row 1"),
        (cells_of((1.5, 1, 1)), "“1.5” in row 1"),
        (cells_of((None, 1, 1)), "Row 1 of the zone matrix has no level"),
        (cells_of((1, 1, 1), (2, 2, 2), (1, 1, 2)), "level 1 and land-value level 1 twice"),
        (cells_of((1, 1, 1), (1, 2, 2)), "at least 2 of each"),
        (cells_of((1, 1, None), (2, 2, None)), "is empty"),
        ([], "is empty"),
        (
            [
                {**row, "zone_lbl": name}
                for row, name in zip(cells_of((1, 1, 1), (2, 2, 1)), "AB", strict=True)
            ],
            "two names, “A” and “B”",
        ),
    ],
)
def test_each_fault_of_a_table_has_its_sentence(table, sentence):
    with pytest.raises(ParcelDataError, match=sentence):
        matrix_of_rows(table)
