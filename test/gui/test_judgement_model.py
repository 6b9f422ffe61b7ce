"""What the judgement editor edits, without a window: the scale, undo, hierarchy, experts, tables, numbers."""

import math
from itertools import combinations, pairwise

import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.indicators.index_system import preset
from parcel_agglomeration.ui.judgement_model import (
    JudgementModel,
    State,
    format_value,
    next_value,
    position_of,
    read_state,
    state_of_system,
    value_at,
)

# Saaty's scale from 9 for the first over 1 to 9 for the second.
SCALE = [9, 8, 7, 6, 5, 4, 3, 2, 1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6, 1 / 7, 1 / 8, 1 / 9]


def rows_of(*lines, expert=None, weight=None):
    """Rows of the judgement table from lines "parent a b value"."""
    rows = [dict(zip(("parent", "a", "b", "value"), line.split(), strict=True)) for line in lines]
    return [row | {"expert": expert, "expert_weight": weight} for row in rows]


@pytest.fixture
def model():
    """A goal with the children x, y, z and nothing judged."""
    model = JudgementModel()
    model.add_children("goal", "x, y, z")
    model.reset(model.state)
    return model


def judge(model, *values, expert=0, node="goal"):
    for (a, b), value in zip(model.pairs(node), values, strict=True):
        model.judge(expert, a, b, value)


# The scale


def test_the_slider_has_a_place_for_each_step_of_the_scale():
    places = [position_of(value) for value in SCALE]
    assert places == list(range(-80, 81, 10))
    assert [value_at(place) for place in places] == SCALE


def test_values_between_and_beyond_the_steps_have_a_place():
    assert position_of(1.5) == -5
    assert position_of(2 / 3) == 5
    assert position_of(20) == -80
    assert position_of(None) == 0


def test_the_arrow_keys_go_along_the_scale_and_stop_at_its_ends():
    for left, right in pairwise(SCALE):
        assert next_value(left, 1) == pytest.approx(right)
        assert next_value(right, -1) == pytest.approx(left)
    assert next_value(9.0, -1) == 9
    assert next_value(1 / 9, 1) == 1 / 9


def test_a_value_between_steps_goes_to_the_next_step():
    assert (next_value(1.5, -1), next_value(1.5, 1)) == (2, 1)
    assert (next_value(0.4, -1), next_value(0.4, 1)) == (1 / 2, 1 / 3)
    assert next_value(12, 1) == 9
    assert (next_value(None, -1), next_value(None, 1)) == (2, 1 / 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (1, "1"), (1 / 3, "1/3"), (1.5, "1.5"), (2 / 3, "0.6667"), (12, "12"), (None, "")],
)
def test_values_are_written_as_people_write_them(value, text):
    assert format_value(value) == text


# Undo


def test_every_change_is_undone_and_redone(model):
    begin = model.state
    changes = (
        lambda: model.judge(0, "x", "y", 3),
        lambda: model.judge(0, "y", "x", 5),
        lambda: model.judge(0, "x", "y", None),
        lambda: model.judge_pairs(0, {("x", "y"): 2, ("x", "z"): 4}, "repair", "goal"),
        lambda: model.add_expert("Li", copied=0),
        lambda: model.rename_expert(1, "Wang"),
        lambda: model.weigh_expert(1, 2.5),
        lambda: model.add_children("x", "x1；x2\nx3"),
        lambda: model.rename("x", "u"),
        lambda: model.move("y", 1),
        lambda: model.remove("u"),
        lambda: model.remove_expert(0),
    )
    states = [begin]
    for change in changes:
        change()
        assert model.state != states[-1]
        states.append(model.state)
    for state in reversed(states[:-1]):
        model.undo()
        assert model.state == state
    assert model.undo_step is None
    for state in states[1:]:
        model.redo()
        assert model.state == state
    assert model.redo_step is None


def test_nothing_to_undo_changes_nothing(model):
    before = model.state
    model.undo()
    model.redo()
    assert model.state is before


def test_a_drag_is_one_step(model):
    for value in (2, 3, 4):
        model.judge(0, "x", "y", value, step="drag")
    model.close_step()
    model.judge(0, "x", "y", 5, step="drag")
    model.undo()
    assert model.value(0, "x", "y") == 4
    model.undo()
    assert model.value(0, "x", "y") is None


def test_a_change_after_undo_ends_what_could_be_redone(model):
    model.judge(0, "x", "y", 3)
    model.undo()
    model.judge(0, "x", "y", 5)
    assert model.redo_step is None


def test_the_same_value_again_is_no_step(model):
    model.judge(0, "x", "y", 4)
    model.judge(0, "x", "y", 4)
    model.judge(0, "y", "x", 1 / 4)
    model.undo()
    assert model.undo_step is None


def test_it_knows_what_is_saved(model):
    assert not model.modified
    model.judge(0, "x", "y", 3)
    assert model.modified
    model.saved()
    assert not model.modified
    model.undo()
    assert model.modified
    model.redo()
    assert not model.modified


def test_listeners_are_told_of_each_change(model):
    told = []
    model.changed = lambda: told.append(model.value(0, "x", "y"))
    model.judge(0, "x", "y", 3)
    model.undo()
    assert told == [3, None]


# Hierarchy and experts


def test_the_preset_gives_goal_layer_dimension_indicator():
    model = JudgementModel(state_of_system(preset(), "Li"))
    assert model.children("goal") == ("econ", "land")
    assert model.children("econ") == ("effic", "intens", "innov", "green")
    assert model.children("land") == ("access",)
    assert model.children("green") == ("elec_out", "wat_out")
    assert sorted(name for name in model.names() if not model.children(name)) == sorted(preset().codes)
    assert [len(model.pairs(node)) for node in ("goal", "econ", "intens", "land")] == [1, 6, 15, 0]


def test_elements_are_called_in_the_language_of_the_user():
    model = JudgementModel(state_of_system(preset(), "Li"))
    assert (model.label("tax", "en"), model.label("tax", "zh")) == ("annual tax", "用地年总税收")
    assert model.label("effic", "zh") == "经济高效"
    model.labels = {"own": ("Own", "自定义"), "half": ("Half", "")}
    assert model.label("own", "zh") == "自定义"
    assert model.label("half", "zh") == "half"
    assert model.label("nowhere", "zh") == "nowhere"


def test_what_is_removed_takes_its_judgements_along(model):
    model.add_children("z", "p, q")
    judge(model, 2, 3, 4)
    model.judge(0, "p", "q", 5)
    model.remove("z")
    assert model.names() == ["goal", "x", "y"]
    assert model.experts[0].values == {("x", "y"): 2}


def test_judgements_survive_renaming_and_moving(model):
    judge(model, 2, 3, 4)
    model.rename("y", "why")
    model.move("z", -2)
    assert model.children("goal") == ("z", "x", "why")
    assert model.value(0, "x", "why") == 2
    assert model.value(0, "z", "why") == 1 / 4
    model.rename("goal", "aim")
    assert model.goal == "aim" and model.children("aim") == ("z", "x", "why")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m.add_children("goal", "w, x"), "“x” would name two elements"),
        (lambda m: m.add_children("goal", "w, w"), "“w” would name two elements"),
        (lambda m: m.add_children("goal", " ,; "), "The element has no name"),
        (lambda m: m.rename("x", "goal"), "“goal” would name two elements"),
        (lambda m: m.rename("x", "  "), "The element has no name"),
        (lambda m: m.add_expert(" "), "The expert has no name"),
        (
            lambda m: m.add_expert(m.experts[0].name + "Li") or m.add_expert("Li"),
            "There is an expert Li already",
        ),
    ],
)
def test_names_that_cannot_be_are_refused(model, change, sentence):
    with pytest.raises(ParcelDataError) as error:
        change(model)
    assert str(error.value).startswith(sentence)


def test_one_expert_stays(model):
    model.remove_expert(0)
    assert len(model.experts) == 1
    model.remove("goal")
    assert model.names() == ["goal", "x", "y", "z"]


def test_experts_judge_each_for_themselves(model):
    model.judge(0, "x", "y", 3)
    model.add_expert("Li", copied=0)
    model.add_expert("Wang")
    model.judge(1, "x", "y", 5)
    assert [model.value(k, "x", "y") for k in range(3)] == [3, 5, None]


# Numbers


def test_weights_and_consistency_of_a_complete_node(model):
    """[[1, 2, 5], [1/2, 1, 3], [1/5, 1/3, 1]]: .5816 .3090 .1095, lambda 3.00369, Saaty's RI .58."""
    judge(model, 2, 5, 3)
    result = model.result(0, "goal")
    assert result.weights == pytest.approx((0.5816, 0.3090, 0.1095), abs=5e-5)
    assert result.cr == pytest.approx(0.00369 / 2 / 0.58, abs=1e-5)
    assert result.consistent and result.missing == 0


def test_open_pairs_are_counted_and_the_weights_come_from_the_others(model):
    model.judge(0, "x", "y", 2)
    model.judge(0, "y", "z", 3)
    result = model.result(0, "goal")
    assert result.missing == 1
    assert result.weights == pytest.approx((6 / 10, 3 / 10, 1 / 10))
    assert result.cr is None and result.worst is None


def test_unconnected_parts_are_told(model):
    model.judge(0, "x", "y", 2)
    result = model.result(0, "goal")
    assert result.weights is None and result.missing == 2
    assert result.parts == (("x", "y"), ("z",))


def test_the_worst_judgement_is_the_one_that_was_spoilt():
    """Consistent judgements of 8, 4, 2, 1 with one of them turned round."""
    model = JudgementModel()
    model.add_children("goal", "a, b, c, d")
    weight = dict(zip("abcd", (8, 4, 2, 1), strict=True))
    for a, b in combinations("abcd", 2):
        model.judge(0, a, b, weight[a] / weight[b])
    assert model.result(0, "goal").worst is None
    model.judge(0, "a", "d", 1 / 8)
    result = model.result(0, "goal")
    assert not result.consistent
    assert result.worst[:3] == ("a", "d", 1 / 8)
    w = result.weights
    assert result.worst[3] == pytest.approx(w[0] / w[3])
    assert ("a", "b", "d") in result.circles


def test_the_repair_passes_and_changes_nothing_by_itself(model):
    judge(model, 5, 1 / 5, 5)
    before_state = model.state
    before, after, changes = model.repair(0, "goal")
    assert before > 0.1 > after
    assert model.state is before_state
    for (a, b), (present, proposed) in changes.items():
        assert present == model.value(0, a, b) != proposed
    model.judge_pairs(0, {pair: value for pair, (_, value) in changes.items()}, "repair", "goal")
    assert model.result(0, "goal").cr == pytest.approx(after)
    model.undo()
    assert model.state == before_state


def test_an_open_pair_stays_open_in_a_repair():
    model = JudgementModel()
    model.add_children("goal", "a, b, c, d")
    judge(model, 5, 1 / 5, 3, 5, 3, None)
    changes = model.repair(0, "goal")[2]
    assert ("c", "d") not in changes and changes


def test_global_weights_are_products_down_the_hierarchy(model):
    model.add_children("y", "p, q")
    judge(model, 2, 6, 3)
    assert model.weights(0)["p"] is None
    model.judge(0, "p", "q", 3)
    weights = model.weights(0)
    assert weights["y"] == pytest.approx(0.3)
    assert weights["p"] == pytest.approx(0.225)
    assert weights["goal"] == 1


def test_all_experts_together_are_weighted_geometric_means(model):
    judge(model, 2, 4, 2)
    model.add_expert("Li", copied=0)
    model.weigh_expert(1, 3)
    model.judge(1, "x", "y", 1 / 8)
    model.judge(1, "x", "z", None)
    together = model.judgements(None, "goal")
    assert together["x", "y"] == pytest.approx(math.exp((math.log(2) + 3 * math.log(1 / 8)) / 4))
    assert together["x", "z"] == pytest.approx(4)
    assert model.consensus("goal") < 1
    model.judge_pairs(1, {("x", "y"): 2, ("x", "z"): 4}, "repair", "goal")
    assert model.consensus("goal") == pytest.approx(1)


def test_thirty_elements_are_weighed():
    model = JudgementModel()
    model.add_children("goal", ",".join(f"e{k}" for k in range(30)))
    model.judge_pairs(0, dict.fromkeys(model.pairs("goal"), 1.0), "repair", "goal")
    result = model.result(0, "goal")
    assert result.weights == pytest.approx([1 / 30] * 30)
    assert result.cr == pytest.approx(0, abs=1e-9) and result.cr >= 0


# Tables


def test_the_table_comes_back(model):
    model.add_children("x", "only")
    judge(model, 3, None, 1 / 7)
    model.add_expert("李工")
    model.weigh_expert(1, 2)
    model.judge(1, "x", "y", 1.5)
    rows = model.rows()
    assert list(rows[0]) == ["parent", "a", "b", "value", "expert", "expert_weight"]
    only = next(row for row in rows if row["parent"] == "x")
    assert (only["a"], only["b"], only["value"]) == ("only", "only", 1.0)
    model.rename_expert(0, "Wang")
    assert read_state({"": model.rows()}) == model.state


def test_fractions_and_several_experts_are_read():
    rows = [
        *rows_of("goal x y 1/3", "goal y z 2", expert="Li", weight=2),
        *rows_of("goal x y 3", "x p q 4", expert="Wang", weight=1),
    ]
    state = read_state({"": rows})
    assert isinstance(state, State)
    assert state.children == {"goal": ("x", "y", "z"), "x": ("p", "q")}
    li, wang = state.experts
    assert (li.name, li.weight, wang.name, wang.weight) == ("Li", 2, "Wang", 1)
    assert li.values == pytest.approx({("x", "y"): 1 / 3, ("y", "z"): 2})
    assert wang.values == {("x", "y"): 3, ("p", "q"): 4}


def test_a_square_matrix_is_read():
    state = read_state({"": [{"goal": "x", "x": 1, "y": 2}, {"goal": "y", "x": None, "y": 1}]})
    assert state.children == {"goal": ("x", "y")}
    assert state.experts[0].values == {("x", "y"): 2}
