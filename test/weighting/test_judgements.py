"""The judgement table: what it may look like, and what is wrong with it when it may not."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.errors import ParcelDataError
from parcel_agglomeration.algorithms.weighting.judgements import (
    matrix_to_rows,
    parse_judgement,
    read_group_judgements,
    read_judgements,
)

MILD = [[1, 2, 5], [1 / 2, 1, 3], [1 / 5, 1 / 3, 1]]


def rows_of(*lines):
    """Rows of the judgement table from lines "parent a b value"."""
    return [dict(zip(("parent", "a", "b", "value"), line.split(), strict=True)) for line in lines]


def message_of(rows):
    with pytest.raises(ParcelDataError) as error:
        read_judgements(rows)
    return str(error.value)


# What is read


def test_rows_become_one_matrix_per_parent():
    read = read_judgements(rows_of("goal x y 2", "goal x z 5", "goal y z 3", "y p q 1/4"))
    assert read.goal == "goal"
    assert [node.parent for node in read.nodes] == ["goal", "y"]
    assert [node.children for node in read.nodes] == [("x", "y", "z"), ("p", "q")]
    assert read.leaves == ("x", "p", "q", "z")
    np.testing.assert_allclose(read.nodes[0].matrix, MILD, rtol=1e-15)
    np.testing.assert_allclose(read.nodes[1].matrix, [[1, 1 / 4], [4, 1]], rtol=1e-15)


def test_children_stand_in_order_of_first_appearance():
    read = read_judgements(rows_of("goal z y 1/3", "goal x z 5", "goal x y 2"))
    assert read.nodes[0].children == ("z", "y", "x")
    np.testing.assert_allclose(
        read.nodes[0].matrix, [[1, 1 / 3, 1 / 5], [3, 1, 1 / 2], [5, 2, 1]], rtol=1e-15
    )


def test_parents_come_before_children_whatever_the_order_of_the_rows():
    read = read_judgements(rows_of("c e f 1", "a c d 1", "goal a b 1"))
    assert read.goal == "goal"
    assert [node.parent for node in read.nodes] == ["goal", "a", "c"]


def test_columns_are_read_like_rows():
    rows = rows_of("goal x y 2", "goal x z 5", "goal y z 3")
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    np.testing.assert_array_equal(
        read_judgements(columns).nodes[0].matrix, read_judgements(rows).nodes[0].matrix
    )


def test_names_are_trimmed_and_may_be_numbers():
    read = read_judgements([{"parent": " goal ", "a": 1, "b": "\u3000二　", "value": 3}])
    assert read.goal == "goal"
    assert read.nodes[0].children == ("1", "二")


def test_empty_rows_and_one_expert_are_passed_over():
    expert = {"expert": "Li", "expert_weight": 0.4}
    rows = [{**row, **expert} for row in rows_of("goal x y 2")]
    rows.append(dict.fromkeys(rows[0]))
    assert read_judgements(rows).nodes[0].matrix[0, 1] == 2


def test_the_row_numbers_of_a_geopackage_are_passed_over():
    rows = [{"fid": number, **row} for number, row in enumerate(rows_of("goal x y 2", "goal x z 4"))]
    rows += [{"fid": 9, "parent": "goal", "a": "y", "b": "z", "value": 2}, {"fid": 10, "parent": None}]
    assert read_judgements(rows).nodes[0].children == ("x", "y", "z")


def test_columns_may_be_in_any_case_and_others_are_passed_over():
    rows = [{"fid": 1, "\ufeffParent ": "goal", " A": "x", "B": "y", "VALUE": 2, "remark": "why not"}]
    assert read_judgements(rows).nodes[0].matrix[0, 1] == 2


def test_a_name_from_a_column_of_numbers_is_the_whole_number():
    read = read_judgements([{"parent": "goal", "a": 1.0, "b": "2", "value": 3}])
    assert read.nodes[0].children == ("1", "2")


def test_a_table_without_headers_has_them_in_its_first_row():
    lines = [("Parent", "a", "b", "value"), ("goal", "x", "y", "1/3")]
    rows = [dict(zip(("Field1", "Field2", "Field3", "Field4"), line, strict=True)) for line in lines]
    assert read_judgements(rows).nodes[0].matrix[1, 0] == pytest.approx(3)


@pytest.mark.parametrize(
    ("cell", "value"),
    [(3, 3), (np.float32(0.5), 0.5), ("1/3", 1 / 3), ("0,333", 0.333), ("１／３", 1 / 3)],
)
def test_a_judgement_is_a_number_or_a_fraction(cell, value):
    assert parse_judgement(cell, "goal", "x", "y") == value


@pytest.mark.parametrize("empty", [None, "", "   ", float("nan")])
def test_an_empty_cell_is_no_judgement(empty):
    assert parse_judgement(empty, "goal", "x", "y") is None


# Pairs that stand twice


@pytest.mark.parametrize("again", ["goal x y 2", "goal y x 1/2", "goal y x 0.5", "goal x y 4/2"])
def test_a_pair_may_stand_twice_with_the_same_judgement(again):
    read = read_judgements(rows_of("goal x y 2", again))
    assert read.nodes[0].matrix.tolist() == [[1, 2], [0.5, 1]]


def test_of_a_judgement_and_its_rounded_fraction_the_judgement_counts():
    for rows in (rows_of("goal x y 3", "goal y x 0.33"), rows_of("goal y x 0.33", "goal x y 3")):
        matrix = read_judgements(rows).nodes[0].matrix
        assert sorted(matrix.ravel()) == [1 / 3, 1, 1, 3]


@pytest.mark.parametrize(
    ("again", "figures"),
    [
        ("goal x y 3", "judgement of x against y stands twice with contradicting values, 2 and 3"),
        ("goal x y 2.02", "judgement of x against y stands twice with contradicting values, 2 and 2.02"),
        ("goal y x 2", "judgement of y against x stands twice with contradicting values, 0.5 and 2"),
        ("goal y x 1/3", "judgement of y against x stands twice with contradicting values, 0.5 and 0.3333"),
    ],
)
def test_contradicting_judgements_are_named(again, figures):
    message = message_of(rows_of("goal x y 2", again))
    assert message.startswith(f"Node goal: the {figures}")


def test_a_child_compared_with_itself_is_1():
    assert read_judgements(rows_of("goal x x 1", "goal x y 2")).nodes[0].children == ("x", "y")
    message = message_of(rows_of("goal x y 2", "goal y y 3"))
    assert message == "Node goal: y compared with itself is 3; it must be 1."


def test_an_only_child_is_compared_with_itself():
    read = read_judgements(rows_of("goal x x 1"))
    assert read.nodes[0].matrix.tolist() == [[1.0]]
    assert read.leaves == ("x",)


# Unusable judgements


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (0, " is 0; give a positive number, 1 for equal importance"),
        ("0.0", " is 0.0; give a positive number, 1 for equal importance"),
        ("0/3", " is 0/3; give a positive number"),
        (-3, " is -3, a negative number; where y outweighs x give a fraction such as 1/3"),
        ("－３", " is －３, a negative number"),
        ("much more", ": “much more” is not a number; write it like 3, 1/3 or 0.333"),
        ("1/0", ": “1/0” is not a number"),
        ("nan", ": “nan” is not a number"),
        ([3], ": “[3]” is not a number"),
        ("1,234", ": “1,234” has a comma that may mark decimals or thousands"),
        (float("inf"), " is inf, out of any scale"),
        ("1e-300", " is 1e-300, out of any scale"),
    ],
)
def test_an_unusable_judgement_names_node_and_pair(cell, problem):
    message = message_of([{"parent": "goal", "a": "x", "b": "y", "value": cell}])
    assert message.startswith(f"Node goal: the judgement of x against y{problem}")


def test_missing_pairs_are_kept_empty():
    node = read_judgements(rows_of("goal x y 2", "goal y z 3", "goal z w 1")).nodes[0]
    assert node.missing_pairs == [("x", "z"), ("x", "w"), ("y", "w")]
    assert np.isnan(node.matrix[0, 2]) and np.isnan(node.matrix[2, 0])


def test_a_row_without_value_is_a_missing_pair():
    rows = [*rows_of("goal x y 2", "goal y z 3"), {"parent": "goal", "a": "x", "b": "z", "value": ""}]
    assert read_judgements(rows).nodes[0].missing_pairs == [("x", "z")]


@pytest.mark.parametrize("cell", ["2024-01-03", "2024/01/03", "2024-01-03T00:00:00"])
def test_a_date_that_was_a_fraction_has_its_own_sentence(cell):
    message = message_of([{"parent": "goal", "a": "x", "b": "y", "value": cell}])
    assert message == (
        "Node goal: the judgement of x against y is a date, which spreadsheets make of a fraction; "
        "format the cells as text, or write 0.333 for 1/3."
    )


# Unusable tables


@pytest.mark.parametrize(
    "rows", [[], {}, {"parent": [], "a": [], "b": [], "value": []}, [dict.fromkeys("ab"), {"parent": " "}]]
)
def test_an_empty_table_is_refused(rows):
    if rows and not isinstance(rows, dict):
        rows = [{"parent": None, "a": None, "b": None, "value": None, **row} for row in rows]
    assert message_of(rows) == "The judgement table is empty; give one row per pair of elements."


def test_a_lacking_column_is_named():
    message = message_of([{"parent": "goal", "a": "x", "value": 2}])
    assert message == (
        "The judgement table has no column b; it needs parent, a, b, value, or the form of a square matrix: "
        "the same names in the first column and above the others."
    )


def test_a_column_that_stands_twice_is_named():
    message = message_of([{"parent": "goal", "a": "x", "b": "y", "value": 2, "Value": 3}])
    assert message == "The judgement table has two columns value; keep one of them."


def test_columns_of_different_length_are_refused():
    message = message_of({"parent": ["goal"], "a": ["x"], "b": ["y"], "value": [2, 3]})
    assert "different lengths (parent 1, a 1, b 1, value 2)" in message


@pytest.mark.parametrize("empty", [None, "", "  ", float("nan")])
def test_a_row_without_a_name_is_counted_from_the_top(empty):
    blank = dict.fromkeys(("parent", "a", "b", "value"))
    message = message_of(
        [*rows_of("goal x y 2"), blank, {"parent": "goal", "a": "x", "b": empty, "value": 2}]
    )
    assert message == "Row 3 of the judgement table has no name in column b; give one."


def test_several_experts_are_refused():
    rows = rows_of("goal x y 2", "goal x y 3", "goal x y 4")
    for row, expert in zip(rows, ("Li", "Wang", "Wu"), strict=True):
        row["expert"] = expert
    message = message_of(rows)
    assert message.startswith("The judgement table holds the judgements of 3 experts (Li, Wang, Wu); keep")


def test_two_roots_are_named():
    message = message_of(rows_of("economy x y 2", "land z w 1"))
    assert message.startswith("The parents economy, land are nobody's child, but a hierarchy has one root")


def test_a_misspelt_parent_is_named():
    message = message_of(rows_of("goal economy land 2", "econmy x y 2"))
    assert message.startswith("The parents goal, econmy are nobody's child")


def test_a_child_of_two_parents_is_named():
    message = message_of(rows_of("goal a b 1", "a x y 1", "b x z 1"))
    assert message == "x is a child of both a and b; give it one parent, or two names."


@pytest.mark.parametrize(
    ("lines", "circle"),
    [
        (("goal goal x 1",), "goal < goal"),
        (("a b x 1", "b a y 1"), "a < b < a"),
        (("goal x y 1", "a b p 1", "b c q 1", "c a r 1"), "a < c < b < a"),
        (("goal a x 1", "a b p 1", "b a q 1"), "a < b < a"),
    ],
)
def test_a_circle_is_named(lines, circle):
    message = message_of(rows_of(*lines))
    assert message.startswith(f"The judgement table goes round in a circle: {circle};")


# Square matrices


@pytest.mark.parametrize(
    "matrix",
    [
        MILD,
        np.array(MILD),
        [["1", "2", "5"], ["1/2", "1", "3"], ["1/5", "1/3", "1"]],
        [["1", "2", "5"], ["0.5", "1", "3"], ["0.2", "0.33", "1"]],
        [["1", "2", "5"], ["", "1", "3"], ["", "", "1"]],
        [[None, None, None], ["1/2", None, None], ["1/5", "1/3", None]],
    ],
)
def test_a_square_matrix_comes_back(matrix):
    node = read_judgements(matrix_to_rows("goal", ["x", "y", "z"], matrix)).nodes[0]
    assert node.children == ("x", "y", "z")
    np.testing.assert_allclose(node.matrix, MILD, rtol=1e-15)


def test_a_square_matrix_that_is_not_reciprocal_is_named():
    message = message_of(matrix_to_rows("goal", "xy", [[1, 3], [3, 1]]))
    assert message.startswith(
        "Node goal: the judgement of y against x stands twice with contradicting values"
    )


@pytest.mark.parametrize(
    ("names", "matrix", "message"),
    [
        ("xy", MILD, "Node goal: 2 names need a comparison matrix of 2 rows and columns"),
        ("xyz", MILD[:2], "Node goal: 3 names need a comparison matrix of 3 rows and columns"),
        ("xyz", [*MILD[:2], [1, 2]], "Node goal: 3 names need a comparison matrix of 3 rows and columns"),
        ("xyx", MILD, "Node goal: x names two rows of the comparison matrix"),
    ],
)
def test_a_matrix_that_does_not_fit_its_names_is_refused(names, matrix, message):
    with pytest.raises(ParcelDataError) as error:
        matrix_to_rows("goal", names, matrix)
    assert str(error.value).startswith(message)


# Tables that are square matrices


def table_of(*lines):
    """Rows of a table from lines of cells parted by blanks, the headers first; "-" is an empty cell."""
    cells = [[None if cell == "-" else cell for cell in line.split()] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


FULL = ("goal x y z", "x 1 2 5", "y 1/2 1 3", "z 1/5 1/3 1")


@pytest.mark.parametrize(
    "lines",
    [
        FULL,
        ("goal x y z", "x - 2 5", "y - - 3", "z - - -"),
        ("goal x y z", "x - - -", "y 0.5 - -", "z 0.2 1/3 -"),
        ("goal z X y", "x 5 1 2", "y 3 1/2 1", "Z 1 1/5 1/3"),
        ("fid goal x y z", "1 x 1 2 5", "2 y 1/2 1 3", "3 z 1/5 1/3 1", "4 - - - -"),
        ("field_1 field_2 field_3 field_4", "- x y z", "x 1 2 5", "y 1/2 1 3", "z 1/5 1/3 1"),
    ],
)
def test_a_table_may_be_a_square_matrix(lines):
    read = read_judgements(table_of(*lines))
    assert read.goal == "goal"
    assert [leaf.lower() for leaf in read.leaves] == ["x", "y", "z"]
    np.testing.assert_allclose(read.nodes[0].matrix, MILD, rtol=1e-15)


@pytest.mark.parametrize(
    ("header", "node"),
    [
        ("effic", "effic"),
        ("field_1", "goal"),
        ("Field1", "goal"),
        ("Name", "goal"),
        ("名称", "goal"),
        ("", "goal"),
    ],
)
def test_the_first_header_of_a_square_matrix_names_its_node(header, node):
    rows = [{header: "x", "x": 1, "y": 3}, {header: "y", "x": None, "y": 1}]
    assert read_judgements(rows).goal == node


def test_a_square_matrix_may_be_given_by_columns_and_have_numbers_for_names():
    read = read_judgements({"goal": [1.0, 2.0], "1": [1, None], "2": [4, 1]})
    assert read.leaves == ("1", "2")
    assert read.nodes[0].matrix[0, 1] == 4


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("goal x y", "x 1 2", "y 1/2 1", "z 1 1"), "has a row z but no column of that name; give it both"),
        (
            ("goal x y remark", "x 1 2 -", "y - 1 -"),
            "has a column remark but no row of that name; give it both",
        ),
        (("goal x y", "x 1 2", "- 1/2 1"), "row 2 of the comparison matrix has no name in the first column"),
        (("goal x y", "x 1 2", "y 1/2 1", "x 1 2"), "x names two rows of the comparison matrix"),
        (("goal x", "x 1", "X 1"), "X names two rows of the comparison matrix"),
        (("goal x y X", "x 1 2 1", "y 1 1 1"), "has two columns X; keep one"),
        (("goal x y", "x 1 much", "y - 1"), "the judgement of x against y: “much” is not a number"),
        (("goal x y", "x 1 3", "y 3 1"), "judgement of y against x stands twice with contradicting values"),
        (("goal x y", "x 2 3", "y 1/3 1"), "x compared with itself is 2; it must be 1"),
    ],
)
def test_each_fault_of_a_square_matrix_has_its_sentence(lines, sentence):
    message = message_of(table_of(*lines))
    assert message.startswith("Node goal")
    assert sentence in message


# Several experts and several tables


def experts_of(*lines):
    """Experts of a long table from lines "expert weight parent a b value"; "-" is an empty cell."""
    columns = ("expert", "expert_weight", "parent", "a", "b", "value")
    cells = [[None if cell == "-" else cell for cell in line.split()] for line in lines]
    return read_group_judgements({"table": [dict(zip(columns, row, strict=True)) for row in cells]})


def test_each_expert_has_a_matrix_of_each_node():
    experts = experts_of("Li 2 goal x y 3", "Wang 1 goal y x 2", "Wang - goal y z 4", "Li - y p q 5")
    assert [(expert.name, expert.weight) for expert in experts] == [("Li", 2), ("Wang", 1)]
    for expert in experts:
        assert [(n.parent, n.children) for n in expert.judgements.nodes] == [
            ("goal", ("x", "y", "z")),
            ("y", ("p", "q")),
        ]
        assert expert.judgements.leaves == ("x", "p", "q", "z")
    li, wang = (expert.judgements.nodes for expert in experts)
    assert (li[0].matrix[0, 1], wang[0].matrix[0, 1]) == (3, 1 / 2)
    assert li[0].missing_pairs == [("x", "z"), ("y", "z")]
    assert wang[1].missing_pairs == [("p", "q")]


def test_without_weights_experts_have_1():
    assert [expert.weight for expert in experts_of("Li - goal x y 3", "Wang - goal x y 3")] == [1, 1]


@pytest.mark.parametrize(
    ("weight", "sentence"),
    [
        ("0", "The weight of expert “Li” is 0; give a positive number"),
        ("-1", "The weight of expert “Li” is -1; give a positive number"),
        ("much", "The weight of expert “Li”: “much” is not a number"),
        ("3", "Expert “Li” has the weights 2 and 3; give one weight in all rows"),
    ],
)
def test_an_unusable_weight_of_an_expert_is_named(weight, sentence):
    with pytest.raises(ParcelDataError) as error:
        experts_of("Li 2 goal x z 3", f"Li {weight} goal x y 3") if weight == "3" else experts_of(
            f"Li {weight} goal x y 3"
        )
    assert str(error.value).startswith(sentence)


def test_an_expert_who_contradicts_himself_is_named():
    with pytest.raises(ParcelDataError, match="Expert “Li”: Node goal: the judgement of x against y stands"):
        experts_of("Li - goal x y 3", "Wang - goal x y 5", "Li - goal x y 4")


def test_several_matrices_make_a_hierarchy():
    tables = {
        "goal": table_of("name x y", "x 1 2", "y - 1"),
        "sheet2": table_of("y p q", "p 1 3", "q - 1"),
    }
    (expert,) = read_group_judgements(tables)
    assert expert.judgements.goal == "goal"
    assert expert.judgements.leaves == ("x", "p", "q")


def test_corner_or_table_name_may_name_the_expert():
    tables = {
        "goal @ Li": table_of("field_1 x y", "x 1 2", "y - 1"),
        "Sheet2": table_of("goal@Wang x y", "x 1 3", "y - 1"),
    }
    experts = read_group_judgements(tables)
    assert [(e.name, e.judgements.nodes[0].matrix[0, 1]) for e in experts] == [("Li", 2), ("Wang", 3)]


def test_matrices_and_long_tables_mix():
    tables = {"m": table_of("goal x y", "x 1 2", "y - 1"), "long": rows_of("x p q 2")}
    assert read_group_judgements(tables)[0].judgements.leaves == ("p", "q", "y")


def test_of_several_tables_the_faulty_one_is_named():
    tables = {"good": rows_of("goal x y 2"), "Sheet2": [{"remark": "ask Li"}]}
    with pytest.raises(ParcelDataError, match="Table “Sheet2”: The judgement table has no column parent"):
        read_group_judgements(tables)
