"""The index system: the paper's tables, tables of users, and fields found by name."""

import csv

import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.fields import DIMENSIONS, INDICATORS, MAX_NAME, STANDARD
from parcel_agglomeration.algorithms.indicators.index_system import (
    PRESET,
    check_names,
    preset,
    read_index_system,
)

# Planners 2024(7), table 2: printed composite weights in order.
PRINTED = [
    0.119, 0.131, 0.060, 0.076, 0.105, 0.041, 0.036, 0.027, 0.015,
    0.049, 0.030, 0.101, 0.060, 0.040, 0.025, 0.035, 0.030, 0.020,
]  # fmt: skip


def rows(**changed):
    """A small index system of a user, to change."""
    base = [
        {"indicator": "a", "layer": "econ", "dimension": "d1", "direction": "benefit",
         "weight_local": 0.6, "weight_dim": 0.7},
        {"indicator": "b", "layer": "econ", "dimension": "d1", "direction": "cost",
         "weight_local": 0.4, "weight_dim": 0.7},
        {"indicator": "c", "layer": "land", "dimension": "d2", "direction": "rating",
         "weight_local": 1, "weight_dim": 0.3},
    ]  # fmt: skip
    base[0].update(changed)
    return base


def test_the_preset_has_the_papers_18_indicators_and_weights():
    system = preset()
    assert system.codes == tuple(term.code for term in INDICATORS)
    assert [round(row.weight, 3) for row in system.indicators] == PRINTED
    assert sum(row.weight for row in system.indicators) == pytest.approx(1, abs=1e-12)
    assert list(system.dimensions) == [term.code for term in DIMENSIONS]
    system.check_weights()


def test_the_presets_column_weight_is_the_unrounded_product():
    with PRESET.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            assert float(row["weight"]) == pytest.approx(
                float(row["weight_local"]) * float(row["weight_dim"]), abs=1e-12
            )


def test_the_preset_gives_no_targets_and_calls_none_statutory():
    for row in preset().indicators:
        assert row.target != row.target
        assert "statutory" not in row.target_src


def test_a_table_is_read_as_it_was_written():
    system = preset()
    assert read_index_system(system.rows()).rows() == system.rows()


def test_weights_alone_give_local_and_dimension_weights():
    table = [{k: v for k, v in row.items() if not k.startswith("weight")} for row in rows()]
    for row, weight in zip(table, (0.42, 0.28, 0.30), strict=True):
        row["weight"] = weight
    system = read_index_system(table)
    assert [row.weight_local for row in system.indicators] == pytest.approx([0.6, 0.4, 1])
    assert system.dimension_weight("d1") == pytest.approx(0.7)


def test_numbers_may_be_text_and_layers_may_have_their_names():
    system = read_index_system(rows(target="１，２００", layer="经济效益", weight_local=" 0.6 "))
    assert system.indicators[0].target == 1200
    assert system.indicators[0].layer == "econ"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"indicator": "b"}, "stands twice"),
        ({"indicator": ""}, "no indicator code"),
        ({"direction": "more"}, "direction “more”"),
        ({"layer": "ocean"}, "layer “ocean”"),
        ({"layer": "land"}, "lies in the layers"),
        ({"weight_local": -1}, "negative weight"),
        ({"weight_local": "much"}, "not a number"),
        ({"weight_dim": 0.5}, "has one weight"),
        ({"dimension": ""}, "no dimension"),
    ],
)
def test_each_fault_of_a_table_has_its_sentence(changed, sentence):
    with pytest.raises(ParcelDataError, match=sentence):
        read_index_system(rows(**changed))


def test_a_missing_column_is_named():
    with pytest.raises(ParcelDataError, match="direction"):
        read_index_system([{k: v for k, v in row.items() if k != "direction"} for row in rows()])
    with pytest.raises(ParcelDataError, match="weight"):
        read_index_system([{k: v for k, v in row.items() if not k.startswith("weight")} for row in rows()])
    with pytest.raises(ParcelDataError, match="empty"):
        read_index_system([])


def test_weights_that_do_not_add_up_are_an_error_until_normalised():
    system = read_index_system(rows(weight_local=0.7))
    with pytest.raises(ParcelDataError, match=r"d1.*1\.1, not 1"):
        system.check_weights()
    normalised = system.normalised()
    normalised.check_weights()
    assert normalised.indicators[0].weight_local == pytest.approx(0.7 / 1.1)


def test_the_weight_of_a_dropped_indicator_goes_to_its_dimension():
    system = preset().without(["tax"])
    assert sum(row.weight for row in system.indicators) == pytest.approx(1)
    assert system.indicators[0].weight_local == pytest.approx(0.384 / (0.384 + 0.195))
    assert system.dimension_weight("effic") == pytest.approx(0.31)


def test_the_weight_of_a_dropped_dimension_goes_to_all():
    system = preset().without(["elec_out", "wat_out"])
    assert system.dimension_weight("effic") == pytest.approx(0.31 / 0.9)


def test_a_layer_cannot_lose_all_its_indicators():
    with pytest.raises(ParcelDataError, match="land"):
        preset().without(["acc_now", "fac_dens", "fac_plan", "acc_plan"])


def test_weights_of_judgements_must_cover_the_indicators():
    system = read_index_system(rows())
    weighed = system.with_weights({"a": 0.1, "b": 0.3, "c": 0.6})
    assert weighed.dimension_weight("d1") == pytest.approx(0.4)
    with pytest.raises(ParcelDataError, match="no weight to the indicator"):
        system.with_weights({"a": 0.1, "b": 0.9})
    with pytest.raises(ParcelDataError, match="does not have"):
        system.with_weights({"a": 0.1, "b": 0.3, "c": 0.5, "zz": 0.1})


@pytest.mark.parametrize("column", range(3))
def test_dimensions_and_layers_may_stand_by_code_english_or_chinese_name(column):
    names = [("EFFIC", "economic  Efficiency", "经济高效"), ("Access", "Livability and access", "宜业宜达")]
    table = rows(dimension=names[0][column])
    table[1]["dimension"] = "effic"
    table[2].update(dimension=names[1][column], layer=("LAND", "Land_value", "土地价值")[column])
    system = read_index_system(table)
    assert list(system.dimensions) == ["effic", "access"]
    assert system.indicators[2].layer == "land"


def test_a_decimal_comma_holds_for_its_column():
    table = rows(target="1,234")
    table[1].update(target="0,5")
    assert [row.target for row in read_index_system(table).indicators[:2]] == [1.234, 0.5]
    table[2].update(target="1,234.5")
    with pytest.raises(ParcelDataError, match=r"Column target of the index system.*“0,5”.*“1,234\.5”"):
        read_index_system(table)


class TestNamesOfOutputFields:
    def names(self, **dimension_of):
        """Read a system with some dimensions by indicator."""
        table = rows()
        for row in table:
            row["dimension"] = dimension_of.get(row["indicator"], row["dimension"])
        return list(read_index_system(table).dimensions)

    def test_of_a_dimension_of_ones_own_are_its_code(self):
        assert self.names(a="mine", b="mine") == ["mine", "d2"]

    @pytest.mark.parametrize(
        ("first", "second", "field"),
        [
            # A level field keeps six characters of the dimension, a score field eight.
            ("economic_effic", "economic_intens", "d_economic"),
            ("economy_a", "economy_b", "d_economy_"),
            ("green_a", "GREEN_A", "d_GREEN_A"),
            ("abcdef1", "abcdef2", "abcdef_lvl"),
        ],
    )
    def test_dimensions_that_would_share_a_field_are_named(self, first, second, field):
        with pytest.raises(ParcelDataError) as error:
            self.names(a=first, b=first, c=second)
        assert str(error.value).startswith(
            f"Dimensions “{first}” and “{second}” would share the field {field}: "
        )
        assert "first 6 characters" in str(error.value)

    @pytest.mark.parametrize(
        ("code", "field"),
        [
            ("econ", "econ_lvl"),
            ("Land", "Land_lvl"),
            ("composite", "compos_lvl"),
            ("zone", "zone_lbl"),
            ("lm", "lm_lbl"),
        ],
    )
    def test_a_dimension_cannot_be_called_like_a_field_of_every_evaluation(self, code, field):
        with pytest.raises(ParcelDataError, match="(?i)" + f"^Field {field} of every evaluation.*“{code}”"):
            self.names(c=code)

    def test_an_indicator_and_a_dimension_that_would_share_a_field_are_named(self):
        table = rows(indicator="x_lvl")
        table[2]["dimension"] = "s_x"
        with pytest.raises(ParcelDataError, match="Indicator “x_lvl” and dimension “s_x” would share"):
            read_index_system(table)

    @pytest.mark.parametrize("other", ["OUTPUT_A1", "output_a2"])
    def test_indicators_that_would_share_a_field_are_named(self, other):
        table = rows(indicator="output_a1")
        table[1]["indicator"] = other
        with pytest.raises(ParcelDataError) as error:
            read_index_system(table)
        assert str(error.value).startswith(
            f"Indicators “output_a1” and “{other}” would share the field s_{other[:8]}: "
        )

    def test_are_ascii(self):
        with pytest.raises(ParcelDataError, match="Dimension “用地” is neither ASCII nor one of 经济高效"):
            self.names(c="用地")
        with pytest.raises(ParcelDataError, match="Indicator code “产值” is not ASCII"):
            read_index_system(rows(indicator="产值"))

    def test_of_the_preset_are_those_of_the_contract(self):
        check_names(preset())
        names = [field.name for field in STANDARD]
        assert len({name.lower() for name in names}) == len(names)
        assert all(name.isascii() and len(name) <= MAX_NAME for name in names)
        assert {"l_econ", "econ_lvl", "land_lbl", "compos_lvl", "composite", "zone", "lm_i"} <= set(names)
