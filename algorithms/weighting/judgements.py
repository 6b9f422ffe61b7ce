"""The judgement table: what the experts say about each pair, checked and put into matrices."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import combinations

import numpy as np

from ..errors import ParcelDataError
from ..parsing import parse_ratio
from .ahp import LARGEST_JUDGEMENT, RECIPROCAL_TOLERANCE, reciprocal_matrix

REQUIRED_COLUMNS = ("parent", "a", "b", "value")
COLUMNS = (*REQUIRED_COLUMNS, "expert", "expert_weight")

# Row numbers that GeoPackage and other databases add to every table.
ROW_KEYS = ("fid", "ogc_fid")

# Names that columns get where a file gives them none.
NAMELESS = re.compile(r"(field_?\d+)?")
# First headers of a square matrix that do not name its node.
NO_NODE = ("name", "名称")
GOAL = "goal"

# What spreadsheets make of a fraction such as 1/3.
DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?")


@dataclass(frozen=True)
class NodeJudgements:
    """Comparisons of the children of one node.

    Parameters
    ----------
    parent : str
        Name of the node.
    children : tuple of str
        Names of its n children, in order of first appearance.
    matrix : ndarray, shape (n, n)
        a_ij: how many times child i outweighs child j; reciprocal, NaN where there is no judgement.
    """

    parent: str
    children: tuple
    matrix: np.ndarray

    @property
    def missing_pairs(self):
        """Pairs of children without a judgement, as tuples of two names."""
        return [
            (self.children[i], self.children[j])
            for i, j in combinations(range(len(self.children)), 2)
            if np.isnan(self.matrix[i, j])
        ]


@dataclass(frozen=True)
class Judgements:
    """A hierarchy with one comparison matrix per node.

    Parameters
    ----------
    goal : str
        The root.
    nodes : tuple of NodeJudgements
        Each node that has children, depth first: parents before children.
    leaves : tuple of str
        The elements without children, in the same order.
    """

    goal: str
    nodes: tuple
    leaves: tuple


@dataclass(frozen=True)
class Expert:
    """One expert of a group.

    Parameters
    ----------
    name : str
        Name; empty where the tables name nobody.
    weight : float
        As given, 1 where none is; what counts is its share of the sum.
    judgements : Judgements
        Over the hierarchy of the whole group; cells the expert left out are NaN.
    """

    name: str
    weight: float
    judgements: Judgements


def read_judgements(rows):
    """Read the judgement table of one expert, see `read_group_judgements`.

    Returns
    -------
    Judgements
        The hierarchy; children in order of first appearance.

    Raises
    ------
    ParcelDataError
        As `read_group_judgements`, or there are several experts.
    """
    experts = read_group_judgements({"": rows})
    if len(experts) > 1:
        raise ParcelDataError(
            "The judgement table holds the judgements of {} experts ({}); keep the rows of one of them.",
            len(experts),
            ", ".join(expert.name or "–" for expert in experts),
        )
    return experts[0].judgements


def read_group_judgements(tables):
    """Read judgement tables into one comparison matrix per expert and parent.

    A table is long, with one row per pair, or the square matrix of a single node: names in the first
    column and as the headers of the others, in any order; one triangle may be empty. The first header
    names the node, and after an @ the expert ("goal @ Li"). Where it is empty or just "name", the name of the
    table does, or "goal" if there is one table only.

    In a long table a pair may stand twice if the values agree: the same value again, or its reciprocal
    the other way round (to 5 %, as in `reciprocal_matrix`). An only child is a row that compares it
    with itself. Rows in which all four required columns are empty are passed over. Judgements may be missing.

    Parameters
    ----------
    tables : dict
        By its name each table, an iterable of dict or a dict of sequences. Columns ``parent``, ``a``,
        ``b``, ``value`` (a outweighs b so many times, see `parse_judgement`) and optionally ``expert``,
        ``expert_weight``, in any case; other columns are passed over. Or the columns of a square matrix.

    Returns
    -------
    tuple of Expert
        In order of first appearance, all with the same nodes and children.

    Raises
    ------
    ParcelDataError
        Missing column, unusable name, value or weight of an expert; contradicting pairs; a hierarchy with
        several roots, a cycle or a child of two parents.
    """
    children = {}
    values = {}
    weights = {}
    for name, rows in tables.items():
        try:
            _read_rows(_table(rows, name if len(tables) > 1 else ""), children, values, weights)
        except ParcelDataError as error:
            if len(tables) > 1:
                raise ParcelDataError("Table “{}”: {}", name, error) from None
            raise

    goal, order = _walk(children)
    leaves = tuple(name for name in order if name not in children)

    def judgements(pairs):
        nodes = (
            NodeJudgements(parent, names, _matrix(parent, names, pairs.get(parent, {})))
            for parent, names in ((parent, tuple(children[parent])) for parent in order if parent in children)
        )
        return Judgements(goal, tuple(nodes), leaves)

    return tuple(Expert(name, weights.get(name, 1.0), judgements(pairs)) for name, pairs in values.items())


def matrix_to_rows(parent, names, matrix):
    """Rows of the judgement table for a square comparison matrix.

    Parameters
    ----------
    parent : str
        Name of the node.
    names : sequence of str
        Names of its n children.
    matrix : sequence of n sequences of n numbers or texts
        a_ij: how many times child i outweighs child j. One triangle may be empty.

    Returns
    -------
    list of dict
        One row per cell, for `read_judgements`, which checks the values.

    Raises
    ------
    ParcelDataError
        Not square, or a name twice, if only in another case.
    """
    names = [str(name).strip() for name in names]
    cells = [list(line) for line in matrix]
    if not names or len(cells) != len(names) or any(len(line) != len(names) for line in cells):
        raise ParcelDataError(
            "Node {}: {} names need a comparison matrix of {} rows and columns; "
            "give one row and one column per name.",
            parent,
            len(names),
            len(names),
        )
    folded = [_folded(name) for name in names]
    doubled = [name for k, name in enumerate(names) if folded[k] in folded[:k]]
    if doubled:
        raise ParcelDataError(
            "Node {}: {} names two rows of the comparison matrix; give each row its own name.",
            parent,
            doubled[0],
        )
    return [
        {"parent": parent, "a": a, "b": b, "value": value}
        for a, line in zip(names, cells, strict=True)
        for b, value in zip(names, line, strict=True)
    ]


def parse_judgement(value, parent, a, b):
    """Read one judgement: a number, or text such as ``3``, ``1/3``, ``0.333`` or ``0,333``.

    How text is read says `parse_ratio`: of a comma that could separate thousands (``1,234``) it asks
    what it means.

    Parameters
    ----------
    value : float or str or None
        The cell; empty text, None and NaN mean that there is no judgement.
    parent, a, b : str
        Node and pair, for messages.

    Returns
    -------
    float or None
        How many times ``a`` outweighs ``b``; None where there is no judgement.

    Raises
    ------
    ParcelDataError
        Text that is not a number, an ambiguous comma, zero, a negative or an infinite value.
    """
    if hasattr(value, "toPyDate") or hasattr(value, "toPyDateTime") or DATE.fullmatch(str(value).strip()):
        raise ParcelDataError(
            "Node {}: the judgement of {} against {} is a date, which spreadsheets make of a fraction; "
            "format the cells as text, or write 0.333 for 1/3.",
            parent,
            a,
            b,
        )
    try:
        number = parse_ratio(value)
    except ParcelDataError as error:
        raise ParcelDataError("Node {}: the judgement of {} against {}: {}", parent, a, b, error) from None
    if math.isnan(number):
        return None
    if number == 0:
        raise ParcelDataError(
            "Node {}: the judgement of {} against {} is {}; give a positive number, 1 for equal importance.",
            parent,
            a,
            b,
            value,
        )
    if number < 0:
        raise ParcelDataError(
            "Node {}: the judgement of {} against {} is {}, a negative number; "
            "where {} outweighs {} give a fraction such as 1/3.",
            parent,
            a,
            b,
            value,
            b,
            a,
        )
    if not 1 / LARGEST_JUDGEMENT <= number <= LARGEST_JUDGEMENT:
        raise ParcelDataError(
            "Node {}: the judgement of {} against {} is {}, out of any scale; give a number such as 9.",
            parent,
            a,
            b,
            value,
        )
    return number


def _read_rows(rows, children, values, weights):
    """Add the rows of a long table to the children of each parent, the values and weights of each expert."""
    for number, row in rows:
        parent, a, b = (_name(row, column, number) for column in ("parent", "a", "b"))
        siblings = children.setdefault(parent, {})
        siblings.setdefault(a)
        siblings.setdefault(b)
        expert = _text(row.get("expert"))
        _add_weight(weights, row.get("expert_weight"), expert)
        pairs = values.setdefault(expert, {}).setdefault(parent, {})
        value = parse_judgement(row.get("value"), parent, a, b)
        if value is not None:
            _add_judgement(pairs, value, parent, a, b, expert)


def _add_weight(weights, cell, expert):
    if _is_empty(cell):
        return
    try:
        weight = parse_ratio(cell)
    except ParcelDataError as error:
        raise ParcelDataError("The weight of expert “{}”: {}", expert, error) from None
    if not 0 < weight < math.inf:
        raise ParcelDataError(
            "The weight of expert “{}” is {}; give a positive number, or leave the expert's rows out.",
            expert,
            cell,
        )
    if not math.isclose(weights.setdefault(expert, weight), weight, rel_tol=1e-9):
        raise ParcelDataError(
            "Expert “{}” has the weights {} and {}; give one weight in all rows.",
            expert,
            f"{weights[expert]:.6g}",
            f"{weight:.6g}",
        )


def _is_empty(cell):
    return cell is None or (isinstance(cell, float) and math.isnan(cell)) or not str(cell).strip()


def _text(cell):
    """Text of a name; empty where there is none, and 1 for the 1.0 of a column of numbers."""
    if _is_empty(cell):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _folded(name):
    return _text(name).removeprefix("\ufeff").strip().casefold()


def _table(rows, table=""):
    """Numbered rows of a long table, from a table of either form, without empty ones."""
    names, rows = _named_columns(*_columns_and_rows(rows))
    if not names or not rows:
        raise _empty_table()
    folded = [_folded(name) for name in names]
    lacking = [name for name in REQUIRED_COLUMNS if name not in folded]
    if lacking:
        matrix = _square_matrix(names, rows, table)
        if matrix is None:
            raise ParcelDataError(
                "The judgement table has no column {}; it needs {}, or the form of a square matrix: the same "
                "names in the first column and above the others.",
                lacking[0],
                ", ".join(REQUIRED_COLUMNS),
            )
        node, _, expert = (part.strip() for part in matrix[0].partition("@"))
        lines = matrix_to_rows(node, *matrix[1:])
        return [(number, {**line, "expert": expert}) for number, line in enumerate(lines, start=1)]
    doubled = [name for name in COLUMNS if folded.count(name) > 1]
    if doubled:
        raise ParcelDataError("The judgement table has two columns {}; keep one of them.", doubled[0])
    position = {name: folded.index(name) for name in COLUMNS if name in folded}
    filled = [
        (number, {name: row[k] for name, k in position.items()})
        for number, row in enumerate(rows, start=1)
        if not all(_is_empty(row[position[name]]) for name in REQUIRED_COLUMNS)
    ]
    if not filled:
        raise _empty_table()
    return filled


def _empty_table():
    return ParcelDataError("The judgement table is empty; give one row per pair of elements.")


def _columns_and_rows(rows):
    """Column names and rows, as lists, of a table that is a list of rows or a dictionary of columns."""
    if not isinstance(rows, Mapping):
        rows = [dict(row) for row in rows]
        names = list(dict.fromkeys(name for row in rows for name in row))
        return names, [[row.get(name) for name in names] for row in rows]
    columns = {name: list(cells) for name, cells in rows.items()}
    if len({len(cells) for cells in columns.values()}) > 1:
        raise ParcelDataError(
            "The columns of the judgement table have different lengths ({}); give one cell per row.",
            ", ".join(f"{name} {len(cells)}" for name, cells in columns.items()),
        )
    return list(columns), [list(cells) for cells in zip(*columns.values(), strict=True)]


def _named_columns(names, rows):
    """Columns but for row numbers; where no column has a name of its own, the first row has them."""
    kept = [k for k, name in enumerate(names) if _folded(name) not in ROW_KEYS]
    names = [names[k] for k in kept]
    rows = [[row[k] for k in kept] for row in rows]
    if rows and all(NAMELESS.fullmatch(_folded(name)) for name in names):
        return rows[0], rows[1:]
    return names, rows


def _square_matrix(names, rows, table):
    """Node, names and cells of a table that is a square matrix; None if it does not look like one."""
    rows = [row for row in rows if not all(map(_is_empty, row))]
    headers = [_folded(name) for name in names]
    columns = {name: k for k, name in enumerate(headers) if k > 0}
    children = [_text(row[0]) for row in rows]
    if columns.keys().isdisjoint(_folded(child) for child in children):
        return None
    node = _text(names[0]).removeprefix("\ufeff").strip()
    if NAMELESS.fullmatch(node.casefold()) or node.casefold() in NO_NODE:
        node = table or GOAL
    doubled = [_text(name) for k, name in enumerate(names) if headers[k] in headers[1:k]]
    if doubled:
        raise ParcelDataError(
            "Node {}: the comparison matrix has two columns {}; keep one of them.", node, doubled[0]
        )
    for number, child in enumerate(children, start=1):
        if not child:
            raise ParcelDataError(
                "Node {}: row {} of the comparison matrix has no name in the first column; give one.",
                node,
                number,
            )
        if _folded(child) not in columns:
            raise ParcelDataError(
                "Node {}: the comparison matrix has a row {} but no column of that name; give it both.",
                node,
                child,
            )
    without = columns.keys() - {_folded(child) for child in children}
    if without:
        raise ParcelDataError(
            "Node {}: the comparison matrix has a column {} but no row of that name; "
            "give it both, or neither.",
            node,
            _text(names[min(columns[name] for name in without)]),
        )
    return node, children, [[row[columns[_folded(child)]] for child in children] for row in rows]


def _name(row, column, number):
    name = _text(row[column])
    if not name:
        raise ParcelDataError(
            "Row {} of the judgement table has no name in column {}; give one.", number, column
        )
    return name


def _add_judgement(pairs, value, parent, a, b, expert):
    """Note a judgement in ``pairs`` unless it contradicts what is there."""
    if a == b:
        if abs(value - 1) > 1e-9:
            raise ParcelDataError(
                "Node {}: {} compared with itself is {}; it must be 1.", parent, a, f"{value:.6g}"
            )
        return
    same = pairs.get((a, b))
    opposite = pairs.get((b, a))
    if same is not None and not math.isclose(same, value, rel_tol=1e-9):
        raise _contradiction(same, value, parent, a, b, expert)
    if opposite is not None and abs(opposite * value - 1) > RECIPROCAL_TOLERANCE:
        raise _contradiction(1 / opposite, value, parent, a, b, expert)
    pairs[a, b] = value


def _contradiction(first, second, parent, a, b, expert):
    contradiction = ParcelDataError(
        "Node {}: the judgement of {} against {} stands twice with contradicting values, {} and {}; "
        "keep one of them.",
        parent,
        a,
        b,
        f"{first:.6g}",
        f"{second:.6g}",
    )
    return ParcelDataError("Expert “{}”: {}", expert, contradiction) if expert else contradiction


def _walk(children):
    """Root of the hierarchy and all its names, depth first."""
    try:
        TopologicalSorter(children).prepare()
    except CycleError as error:
        raise ParcelDataError(
            "The judgement table goes round in a circle: {}; let each parent stand above its children only.",
            " < ".join(error.args[1]),
        ) from None
    parent_of = {}
    for parent, siblings in children.items():
        for child in siblings:
            if child in parent_of:
                raise ParcelDataError(
                    "{} is a child of both {} and {}; give it one parent, or two names.",
                    child,
                    parent_of[child],
                    parent,
                )
            parent_of[child] = parent

    roots = [parent for parent in children if parent not in parent_of]
    if len(roots) > 1:
        raise ParcelDataError(
            "The parents {} are nobody's child, but a hierarchy has one root; "
            "check their spelling or compare them below a common parent.",
            ", ".join(roots),
        )
    order = []
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        order.append(name)
        waiting.extend(reversed(children.get(name, {})))
    return roots[0], order


def _matrix(parent, names, pairs):
    index = {name: k for k, name in enumerate(names)}
    matrix = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for (a, b), value in pairs.items():
        matrix[index[a], index[b]] = value
    return reciprocal_matrix(matrix, names, parent)
