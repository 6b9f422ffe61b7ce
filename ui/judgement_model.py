"""What the judgement editor edits: a hierarchy, the judgements of experts, and every change to undo."""

import math
import re
from dataclasses import dataclass, field, replace
from itertools import combinations

from ..algorithms.errors import ParcelDataError
from ..algorithms.fields import TERMS

GOAL = "goal"
SAATY_MAXIMUM = 9
PER_STEP = 10
"""Positions of a slider between two values of the 1-9 scale, so that 1.5 has a place of its own."""

CACHED_RESULTS = 500
SAATY_REACHES = 15
NO_DEVIATION = 1e-6

_NAMES = re.compile(r"[,;，；、\n\t]+")


@dataclass(frozen=True)
class Expert:
    """One expert's judgements.

    Parameters
    ----------
    name : str
    weight : float
        Weight among the experts, positive.
    values : dict
        ``{(a, b): value}``, how many times a outweighs b; open pairs are not in it.
    """

    name: str
    weight: float = 1.0
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """Everything that is saved and undone.

    Parameters
    ----------
    goal : str
        The root of the hierarchy.
    children : dict
        ``{name: tuple of names}``, of each element that has children.
    experts : tuple of Expert
        At least one.
    """

    goal: str
    children: dict
    experts: tuple


@dataclass(frozen=True)
class Step:
    """A change that can be undone: what was before it, its kind, and what it concerns."""

    before: State
    kind: str
    names: tuple


@dataclass(frozen=True)
class NodeResult:
    """What the judgements of a node say.

    Parameters
    ----------
    weights : tuple of float or None
        Of its children, in order; None where they cannot be told.
    missing : int
        Open pairs.
    cr : float or None
        Consistency ratio; None where no judgement checks another one, as with two children.
    consistent : bool
        Whether CR is below 0.10 or there is nothing to check.
    worst : tuple or None
        (a, b, value, value that agrees with the weights) of the judgement farthest from the weights; None
        where all agree.
    circles : tuple of tuple
        Triples of children whose judgements go round in a circle.
    parts : tuple of tuple
        Children that no judgement connects, in parts; () where all are connected.
    problem : ParcelDataError or None
        What else is wrong.
    """

    weights: tuple | None = None
    missing: int = 0
    cr: float | None = None
    consistent: bool = True
    worst: tuple | None = None
    circles: tuple = ()
    parts: tuple = ()
    problem: ParcelDataError | None = None


# The 1-9 scale


def position_of(value):
    """Place of a judgement on the slider: 0 is equal, below 0 the first of the pair weighs more."""
    if value is None:
        return 0
    place = 1 - value if value >= 1 else 1 / value - 1
    limit = SAATY_MAXIMUM - 1
    return round(PER_STEP * min(max(place, -limit), limit))


def value_at(position):
    """Judgement of the 1-9 scale nearest to a place on the slider."""
    limit = SAATY_MAXIMUM - 1
    step = min(max(math.floor(position / PER_STEP + 0.5), -limit), limit)
    return _of_step(step)


def next_value(value, direction):
    """Next judgement of the 1-9 scale towards the first (-1) or the second (+1) of the pair."""
    limit = SAATY_MAXIMUM - 1
    place = 0.0 if value is None else (1 - value if value >= 1 else 1 / value - 1)
    if abs(place - round(place)) < 1e-9:
        step = round(place) + direction
    else:
        step = math.floor(place) if direction < 0 else math.ceil(place)
    return _of_step(min(max(step, -limit), limit))


def _of_step(step):
    return float(1 - step) if step <= 0 else 1 / (1 + step)


def format_value(value, digits=4):
    """A judgement as people write it: 3, 1.5, 1/3; "" where the pair is open."""
    if value is None:
        return ""
    for number, pattern in ((value, "{}"), (1 / value, "1/{}")):
        if number >= 1 and abs(number - round(number)) < 1e-9 * number:
            return pattern.format(round(number))
    return f"{value:.{digits}g}"


# Tables


def read_state(tables):
    """Read judgement tables, of any number of experts, into a state.

    Parameters
    ----------
    tables : dict
        By its name the rows of each table, as `judgements.read_group_judgements` takes them.

    Returns
    -------
    State

    Raises
    ------
    ParcelDataError
        As `read_group_judgements`.
    """
    from ..algorithms.weighting.judgements import read_group_judgements

    experts = read_group_judgements(tables)
    hierarchy = experts[0].judgements
    return State(
        hierarchy.goal,
        {node.parent: node.children for node in hierarchy.nodes},
        tuple(Expert(expert.name, expert.weight, _values(expert.judgements)) for expert in experts),
    )


def _values(read):
    values = {}
    for node in read.nodes:
        for (i, a), (j, b) in combinations(enumerate(node.children), 2):
            value = float(node.matrix[i, j])
            if not math.isnan(value):
                values[a, b] = value
    return values


def state_of_system(system, expert):
    """Hierarchy goal > layer > dimension > indicator of an index system, all pairs open.

    Parameters
    ----------
    system : IndexSystem
    expert : str
        Name of the one expert.

    Raises
    ------
    ParcelDataError
        An indicator, a dimension or a layer bears the name of another element.
    """
    children = {GOAL: tuple(system.layers)}
    children.update((layer, tuple(dimensions)) for layer, dimensions in system.layers.items())
    for dimension, members in system.dimensions.items():
        if dimension in children:
            raise _name_twice(dimension)
        children[dimension] = tuple(system.codes[k] for k in members)
    seen = {GOAL}
    for name in (name for siblings in children.values() for name in siblings):
        if name in seen:
            raise _name_twice(name)
        seen.add(name)
    return State(GOAL, children, (Expert(expert),))


def _name_twice(name):
    return ParcelDataError("“{}” would name two elements of the hierarchy; give each its own name.", name)


def _node_result(matrix, children, node):
    import numpy as np

    from ..algorithms.weighting.ahp import priorities
    from ..algorithms.weighting.incomplete import connected_parts
    from ..algorithms.weighting.judgement_review import intransitive_triples, ranked_judgements

    missing = int(np.isnan(matrix).sum()) // 2
    circles = tuple(tuple(children[k] for k in circle) for circle in intransitive_triples(matrix))
    parts = connected_parts(~np.isnan(matrix))
    if len(parts) > 1:
        parts = tuple(tuple(children[k] for k in part) for part in parts)
        return NodeResult(missing=missing, consistent=False, circles=circles, parts=parts)
    try:
        result = priorities(matrix, names=children, node=node, random_index=random_index(len(children)))
    except ParcelDataError as error:
        return NodeResult(missing=missing, consistent=False, circles=circles, problem=error)
    worst = next(iter(ranked_judgements(matrix, result.weights)), None)
    if worst is not None and abs(math.log(worst.ratio)) > NO_DEVIATION:
        worst = (children[worst.i], children[worst.j], worst.value, worst.consistent)
    else:
        worst = None
    return NodeResult(
        weights=tuple(result.weights.tolist()),
        missing=missing,
        cr=result.cr if result.checked else None,
        consistent=result.consistent,
        worst=worst if result.checked else None,
        circles=circles,
    )


def random_index(n):
    """Saaty's random index as far as it reaches, else the simulated one."""
    return "saaty" if n <= SAATY_REACHES else "simulated"


class JudgementModel:
    """A hierarchy with the judgements of experts, changed step by step.

    Every change goes through a method, can be undone, and calls ``changed``.

    Parameters
    ----------
    state : State, optional
        What to begin with; a goal without children by default.

    Attributes
    ----------
    labels : dict
        ``{name: (English, Chinese)}``, what elements are called beside their name in the data.
    changed : callable
        Called without arguments after every change.
    """

    def __init__(self, state=None):
        self.labels = {}
        self.changed = lambda: None
        self._results = {}
        self.reset(state or State(GOAL, {}, (Expert(""),)))

    def reset(self, state, labels=None):
        """Begin anew with a state: nothing to undo, nothing to save."""
        self.state = self._saved = state
        self._undo, self._redo, self._open_step = [], [], None
        if labels is not None:
            self.labels = dict(labels)
        self.changed()

    # Reading

    @property
    def experts(self):
        """The experts in order."""
        return self.state.experts

    @property
    def goal(self):
        """The root of the hierarchy."""
        return self.state.goal

    def children(self, name):
        """Names of an element's children, () for a leaf."""
        return self.state.children.get(name, ())

    def names(self):
        """All elements, depth first."""
        order, waiting = [], [self.goal]
        while waiting:
            name = waiting.pop()
            order.append(name)
            waiting.extend(reversed(self.children(name)))
        return order

    def parent(self, name):
        """Name of an element's parent, None for the goal."""
        return next((p for p, siblings in self.state.children.items() if name in siblings), None)

    def label(self, name, language):
        """What an element is called in a language ("en" or "zh"): its name where nothing else is known."""
        own = self.labels.get(name, ("", ""))[("en", "zh").index(language)]
        term = TERMS.get(name)
        return own or (term.label(language) if term else name)

    def pairs(self, node):
        """Pairs of a node's children, in order."""
        return list(combinations(self.children(node), 2))

    def value(self, expert, a, b):
        """How many times a outweighs b for the expert of that number; None where the pair is open."""
        values = self.experts[expert].values
        if (a, b) in values:
            return values[a, b]
        return 1 / values[b, a] if (b, a) in values else None

    # Undo

    @property
    def modified(self):
        """Whether there is something to save."""
        return self.state != self._saved

    @property
    def undo_step(self):
        """The step that `undo` takes back, or None."""
        return self._undo[-1] if self._undo else None

    @property
    def redo_step(self):
        """The step that `redo` takes again, or None."""
        return self._redo[-1] if self._redo else None

    def undo(self):
        """Take the last change back."""
        self._step(self._undo, self._redo)

    def redo(self):
        """Take the change again that was taken back last."""
        self._step(self._redo, self._undo)

    def close_step(self):
        """End a step of many small changes, such as the dragging of a slider."""
        self._open_step = None

    def saved(self):
        """Note that the present state is saved."""
        self._saved = self.state

    def _step(self, source, target):
        if source:
            step = source.pop()
            target.append(replace(step, before=self.state))
            self.state, self._open_step = step.before, None
            self.changed()

    def _change(self, state, kind, *names, step=None):
        """Take a new state; changes of the same open ``step`` are undone together.

        Kinds: judge, repair, add, remove, rename, move; add-expert, remove-expert, rename-expert,
        weigh-expert.
        """
        if state == self.state:
            return
        if step is None or step != self._open_step:
            self._undo.append(Step(self.state, kind, names))
        elif state == self._undo[-1].before:  # dragged back to where it was
            self._undo.pop()
            step = None
        self._redo.clear()
        self.state, self._open_step = state, step
        self.changed()

    # Judgements

    def judge(self, expert, a, b, value, step=None):
        """Set how many times a outweighs b; None leaves the pair open.

        Parameters
        ----------
        expert : int
            Number of the expert.
        a, b : str
            Children of one node.
        value : float or None
        step : hashable, optional
            Changes of one step, until `close_step`, are undone together.
        """
        self.judge_pairs(expert, {(a, b): value}, "judge", a, b, step=step)

    def judge_pairs(self, expert, values, kind, *names, step=None):
        """Set several judgements of an expert in one step, ``{(a, b): value}``."""
        judged = dict(self.experts[expert].values)
        for (a, b), value in values.items():
            if value is not None and self.value(expert, a, b) == value:
                continue
            judged.pop((b, a), None)
            judged.pop((a, b), None)
            if value is not None:
                judged[a, b] = float(value)
        self._change_expert(expert, kind, *names, step=step, values=judged)

    # Experts

    def add_expert(self, name, copied=None):
        """Add an expert, with a copy of the judgements of the expert ``copied`` or none."""
        values = self.experts[copied].values if copied is not None else {}
        expert = Expert(self._expert_name(name), 1.0, dict(values))
        self._change(replace(self.state, experts=(*self.experts, expert)), "add-expert", expert.name)

    def remove_expert(self, expert):
        """Remove the expert of that number, unless it is the only one."""
        if len(self.experts) > 1:
            kept = self.experts[:expert] + self.experts[expert + 1 :]
            name = self.experts[expert].name
            self._change(replace(self.state, experts=kept), "remove-expert", name)

    def rename_expert(self, expert, name):
        """Give an expert another name."""
        old = self.experts[expert].name
        if name.strip() != old:
            self._change_expert(expert, "rename-expert", old, name=self._expert_name(name))

    def weigh_expert(self, expert, weight):
        """Give an expert another weight, above 0."""
        name = self.experts[expert].name
        self._change_expert(expert, "weigh-expert", name, step=("weight", expert), weight=float(weight))

    def _change_expert(self, expert, kind, *names, step=None, **changes):
        experts = list(self.experts)
        experts[expert] = replace(experts[expert], **changes)
        self._change(replace(self.state, experts=tuple(experts)), kind, *names, step=step)

    def _expert_name(self, name):
        name = name.strip()
        if not name:
            raise ParcelDataError("The expert has no name; give one.")
        if any(name == expert.name for expert in self.experts):
            raise ParcelDataError("There is an expert {} already; choose another name.", name)
        return name

    # Hierarchy

    def add_children(self, parent, text):
        """Add children to an element, one or several names parted by commas, semicolons or lines."""
        names = [name.strip() for name in _NAMES.split(text) if name.strip()]
        if not names:
            raise ParcelDataError("The element has no name; give one.")
        known = set(self.names())
        for name in names:
            if name in known:
                raise _name_twice(name)
            known.add(name)
        children = self.state.children | {parent: (*self.children(parent), *names)}
        self._change(replace(self.state, children=children), "add", ", ".join(names))

    def remove(self, name):
        """Remove an element with all below it and the judgements of these; the goal stays."""
        parent = self.parent(name)
        if parent is None:
            return
        gone, waiting = set(), [name]
        while waiting:
            gone.add(waiting[-1])
            waiting.extend(self.children(waiting.pop()))
        children = {
            node: kept
            for node, siblings in self.state.children.items()
            if node not in gone and (kept := tuple(child for child in siblings if child not in gone))
        }
        experts = tuple(
            replace(expert, values={pair: v for pair, v in expert.values.items() if gone.isdisjoint(pair)})
            for expert in self.experts
        )
        self._change(replace(self.state, children=children, experts=experts), "remove", name)

    def rename(self, old, new):
        """Give an element another name; its judgements stay."""
        new = new.strip()
        if new == old:
            return
        if not new:
            raise ParcelDataError("The element has no name; give one.")
        if new in self.names():
            raise _name_twice(new)

        def named(name):
            return new if name == old else name

        self._change(
            State(
                named(self.goal),
                {named(p): tuple(map(named, siblings)) for p, siblings in self.state.children.items()},
                tuple(
                    replace(e, values={(named(a), named(b)): v for (a, b), v in e.values.items()})
                    for e in self.experts
                ),
            ),
            "rename",
            old,
        )

    def move(self, name, offset):
        """Move an element up (-1) or down (+1) among its siblings."""
        parent = self.parent(name)
        if parent is None:
            return
        siblings = list(self.children(parent))
        place = siblings.index(name) + offset
        if 0 <= place < len(siblings):
            siblings.remove(name)
            siblings.insert(place, name)
            children = self.state.children | {parent: tuple(siblings)}
            self._change(replace(self.state, children=children), "move", name)

    # Tables

    def rows(self):
        """Rows of the judgement table: a row per pair and expert, without value where the pair is open.

        An only child is compared with itself.
        """
        rows = []
        for number, expert in enumerate(self.experts):
            for node in self.names():
                children = self.children(node)
                pairs = self.pairs(node) if len(children) != 1 else [children * 2]
                for a, b in pairs:
                    value = 1.0 if a == b else self.value(number, a, b)
                    cells = {"parent": node, "a": a, "b": b, "value": value}
                    rows.append(cells | {"expert": expert.name, "expert_weight": expert.weight})
        return rows

    # Numbers: ``expert`` is a number, or None for all experts together.

    def matrix(self, expert, node):
        """Comparison matrix (n, n) of a node, NaN where a pair is open.

        That of all experts together consists of the weighted geometric means of their judgements.
        """
        import numpy as np

        if expert is None:
            from ..algorithms.weighting.group import aggregate_judgements

            matrices = [self.matrix(k, node) for k in range(len(self.experts))]
            return aggregate_judgements(matrices, [expert.weight for expert in self.experts])
        children = self.children(node)
        matrix = np.full((len(children), len(children)), np.nan)
        np.fill_diagonal(matrix, 1.0)
        for i, j in combinations(range(len(children)), 2):
            value = self.value(expert, children[i], children[j])
            if value is not None:
                matrix[i, j], matrix[j, i] = value, 1 / value
        return matrix

    def judgements(self, expert, node):
        """Values of a node's pairs, ``{(a, b): value}``, None where open."""
        if expert is not None:
            return {(a, b): self.value(expert, a, b) for a, b in self.pairs(node)}
        matrix, children = self.matrix(None, node).tolist(), self.children(node)
        return {
            (a, b): None if math.isnan(matrix[i][j]) else matrix[i][j]
            for (i, a), (j, b) in combinations(enumerate(children), 2)
        }

    def result(self, expert, node):
        """Weights and consistency of a node.

        Returns
        -------
        NodeResult
        """
        children, matrix = self.children(node), self.matrix(expert, node)
        key = (node, children, matrix.tobytes())
        if key not in self._results:
            if len(self._results) > CACHED_RESULTS:
                self._results.clear()
            self._results[key] = _node_result(matrix, children, node)
        return self._results[key]

    def weights(self, expert):
        """Weights in the whole hierarchy by name; None below a node that has none."""
        weights = {self.goal: 1.0}
        for node in self.names():
            children, result = self.children(node), self.result(expert, node) if self.children(node) else None
            for k, child in enumerate(children):
                known = weights[node] is not None and result.weights is not None
                weights[child] = weights[node] * result.weights[k] if known else None
        return weights

    def repair(self, expert, node):
        """Propose judgements of a node that pass the consistency test.

        Returns
        -------
        before, after : float
            Consistency ratios.
        changes : dict
            ``{(a, b): (present value, proposed value)}`` of every judged pair.
        """
        import numpy as np

        from ..algorithms.weighting.judgement_review import proposed_repair

        children = self.children(node)
        proposal = proposed_repair(self.matrix(expert, node), random_index=random_index(len(children)))
        changes = {}
        for i, j in combinations(range(len(children)), 2):
            value = self.value(expert, children[i], children[j])
            if value is not None and not np.isclose(proposal.matrix[i, j], value, rtol=1e-9):
                changes[children[i], children[j]] = (value, float(proposal.matrix[i, j]))
        return self.result(expert, node).cr, proposal.result.cr, changes

    def consensus(self, node):
        """Agreement of the experts on the weights of a node, from 0 to 1; None where it cannot be told."""
        from ..algorithms.weighting.group import group_consensus

        weights = [self.result(k, node).weights for k in range(len(self.experts))]
        weights = [weight for weight in weights if weight is not None]
        consensus = group_consensus(weights) if len(weights) > 1 else math.nan
        return None if math.isnan(consensus) else consensus
