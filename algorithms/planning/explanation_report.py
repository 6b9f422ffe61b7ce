"""One readable sheet per parcel: why it is in its zone."""

from dataclasses import dataclass

from ..charts import bars
from ..fields import CLUSTERS, LEVELS_4, UNITS, ZONE_KEPT, ZONE_OTHER, level_label, term_label
from ..report import figure, heading, number, paragraph, table, warning
from ..scoring.target_scores import lacking_in_words

_PERCENT = 100


@dataclass(frozen=True)
class Facts:
    """What is known of the parcels besides their scores.

    Attributes
    ----------
    names, lacks : list of n str
        What they are called, and the indicators they lack.
    indicators : dict
        Name of each indicator by its code.
    zones : list of str
        Names of the zones, low first.
    columns : dict
        Columns of earlier steps (local Moran's I, stability) by field; empty where there are none.
    """

    names: list
    lacks: list
    indicators: dict
    zones: list
    columns: dict


def explanation_report(explanation, system, matrix, facts, sheets, tr, language):
    """HTML pieces for `report.document`: a sheet per parcel, of the first so many.

    Parameters
    ----------
    explanation : Explanation
    system : IndexSystem
    matrix : ZoneMatrix
    facts : Facts
    sheets : int
        Parcels after which the report ends.
    tr : callable
        Translates a sentence.
    language : str
        "en" or "zh".

    Returns
    -------
    iterator of str
    """
    total = len(facts.names)
    yield paragraph(
        tr(
            "What one indicator alone would have to be for another zone, all else held: weights, targets, "
            "breaks, the other indicators and the other parcels. The smallest change is the one of the "
            "fewest points of score."
        )
    )
    derived = sum(row.target_src.startswith("derived") for row in system.indicators)
    if derived:
        yield warning(
            tr(
                "{} targets are derived from the data, not given: with given ones, scores and zones change."
            ).format(derived)
        )
    if total > sheets:
        yield warning(tr("The first {} of {} parcels; the tables have all.").format(sheets, total))
    for parcel in range(min(total, sheets)):
        yield '<section class="sheet">'
        yield from _Sheet(explanation, system, matrix, facts, parcel, tr, language).pieces()
        yield "</section>"


class _Sheet:
    """The sheet of one parcel."""

    def __init__(self, explanation, system, matrix, facts, parcel, tr, language):
        self.found, self.system, self.matrix, self.facts = explanation, system, matrix, facts
        self.parcel, self.tr, self.language = parcel, tr, language
        self.zone = int(explanation.zone[parcel])
        self.levels = [int(level[parcel]) for level in explanation.levels]

    def pieces(self):
        """HTML of the sheet."""
        tr, name = self.tr, self.facts.names[self.parcel]
        if not all(self.levels[:2]):
            yield heading(tr("Parcel {} is not scored").format(name))
            yield paragraph(tr("It lacks {}.").format(self._lacks()))
            return
        if self.zone:
            yield heading(tr("Parcel {} is in zone {}").format(name, self._zone(self.zone)))
        else:
            yield heading(tr("Parcel {} has no zone").format(name))
        if self.facts.lacks[self.parcel]:
            yield warning(tr("It lacks {}.").format(self._lacks()))
        yield paragraph(self._cell())
        yield self._matrix()
        yield self._scores()
        yield paragraph(self._move(self.found.better, True))
        yield paragraph(self._move(self.found.worse, False))
        yield self._moves()
        yield from self._neighbourhood()
        yield heading(tr("What makes the composite score"), 3)
        yield from self._indicators()

    def _zone(self, zone):
        return f"{zone} ({self.facts.zones[zone - 1]})"

    def _lacks(self):
        return lacking_in_words(self.facts.lacks[self.parcel], self.facts.indicators, self.tr)

    def _cell(self):
        tr = self.tr
        levels = (
            self.levels[0],
            level_label(self.levels[0], self.matrix.cells.shape[0], self.language),
            self.levels[1],
            level_label(self.levels[1], self.matrix.cells.shape[1], self.language),
        )
        sources = {
            "printed": tr("The paper prints this cell of the zone matrix."),
            "completed": tr("The paper leaves this cell of the zone matrix open; we completed it."),
            "user": tr("This cell of the zone matrix is the user's."),
            "": tr("This cell of the zone matrix has no zone."),
        }
        head = tr("Economic level {} ({}), land-value level {} ({}).").format(*levels)
        return f"{head} {sources[str(self.found.source[self.parcel])]}"

    def _matrix(self):
        rows, columns = self.matrix.cells.shape
        own = rows - self.levels[0], columns - self.levels[1]
        lines = [
            (
                self.tr("economy {}").format(rows - row),
                *(
                    f"[ {zone or '–'} ]" if (row, column) == own else str(zone or "–")
                    for column, zone in enumerate(self.matrix.cells[row].tolist())
                ),
            )
            for row in range(rows)
        ]
        header = ("", *(self.tr("land {}").format(columns - column) for column in range(columns)))
        return table(header, lines, self.tr("Zone matrix; the parcel's cell in brackets."), {own[0]})

    def _scores(self):
        tr, scores = self.tr, self.found.scores
        columns = (*scores.layers.T, scores.composite)
        names = (tr("economic performance"), tr("land value"), tr("composite"))
        sizes = (*self.matrix.cells.shape, len(LEVELS_4))
        rows = []
        for name, column, level, size, reach in zip(
            names, columns, self.levels, sizes, self.found.reaches, strict=True
        ):
            rows.append(
                (
                    name,
                    number(column[self.parcel], 2),
                    f"{level} ({level_label(level, size, self.language)})",
                    number(reach.up[self.parcel], 2),
                    number(reach.down[self.parcel], 2),
                )
            )
        header = (
            tr("score"),
            tr("points"),
            tr("level"),
            tr("to the next level, more than"),
            tr("to the level below"),
        )
        return table(header, rows)

    def _move(self, moves, better):
        """The smallest move in a sentence."""
        tr, position = self.tr, int(moves.best[self.parcel])
        if position < 0:
            if not self.zone:
                return tr("Without a zone there is no better or worse one.")
            return (
                tr("No indicator alone would bring a better zone.")
                if better
                else tr("No indicator alone would bring a worse zone.")
            )
        better_text, worse_text = (
            tr("Smallest move to a better zone, {}:"),
            tr("Smallest move to a worse zone, {}:"),
        )
        text = better_text if better else worse_text
        row = self.system.indicators[position]
        return " ".join(
            (
                text.format(self._zone(int(moves.zone[self.parcel, position]))),
                tr("{} {} instead of {} {}.").format(
                    self.facts.indicators[row.indicator],
                    self._needed(moves, position),
                    self._value(position) or tr("no value"),
                    term_label(UNITS, row.unit, self.language),
                ),
            )
        )

    def _needed(self, moves, position):
        """Relation and value, for example "above 12.5"."""
        tr = self.tr
        words = {
            "above": tr("above"),
            "below": tr("below"),
            "at least": tr("at least"),
            "at most": tr("at most"),
            "equal": "=",
        }
        relation = moves.relation(self.parcel, position, self.system.indicators[position])
        return f"{words[relation]} {_plain(moves.value[self.parcel, position])}"

    def _value(self, position):
        return _plain(self.found.values[self.parcel, position])

    def _moves(self):
        tr = self.tr
        rows = []
        for moves, way in ((self.found.better, tr("better")), (self.found.worse, tr("worse"))):
            for position in moves.ranked(self.parcel):
                row = self.system.indicators[position]
                unit = term_label(UNITS, row.unit, self.language)
                rows.append(
                    (
                        way,
                        str(moves.zone[self.parcel, position]),
                        f"{self.facts.indicators[row.indicator]}, {unit}",
                        self._value(position),
                        self._needed(moves, position),
                        number(abs(moves.change[self.parcel, position]), 1),
                    )
                )
        if not rows:
            return ""
        header = (
            tr("move"),
            tr("zone"),
            tr("indicator"),
            tr("value"),
            tr("must be"),
            tr("change of score"),
        )
        return table(header, rows, tr("Every indicator that alone would move the zone."))

    def _neighbourhood(self):
        """Cluster and stability, as far as earlier steps have told."""
        tr, columns = self.tr, self.facts.columns
        if "lm_cluster" in columns:
            code = columns["lm_cluster"][self.parcel]
            name = next((term.label(self.language) for term in CLUSTERS if term.code == code), code)
            yield paragraph(
                tr(
                    "Neighbours: {} with a mean composite of {}; own quadrant {}, p = {}. Cluster: {}. "
                    "Clusters never move a zone."
                ).format(
                    *(
                        _plain(columns[field][self.parcel]) if field in columns else "?"
                        for field in ("lm_n", "lm_lag")
                    ),
                    columns.get("lm_quad", [""] * len(self.facts.names))[self.parcel] or "–",
                    _plain(columns["lm_p"][self.parcel]) if "lm_p" in columns else "?",
                    name,
                )
            )
        kept = columns.get(ZONE_KEPT.name)
        if kept is not None and kept[self.parcel] == kept[self.parcel]:
            other = columns.get(ZONE_OTHER.name)
            text = tr("Under other weights it keeps its zone in {} % of the draws.").format(
                number(_PERCENT * kept[self.parcel], 1)
            )
            if other is not None and other[self.parcel] > 0:
                text += " " + tr("Most often it is otherwise in zone {}.").format(int(other[self.parcel]))
            yield paragraph(text)

    def _indicators(self):
        tr, parts, scores = self.tr, self.found.contributions, self.found.scores
        order = sorted(range(len(self.system.indicators)), key=lambda p: (-parts.points[self.parcel, p], p))
        names = [self.facts.indicators[self.system.codes[p]] for p in order]
        yield figure(
            bars(names, [float(parts.points[self.parcel, p]) for p in order], 2),
            tr("Points of the composite score by indicator."),
        )
        rows = []
        for name, p in zip(names, order, strict=True):
            row = self.system.indicators[p]
            rows.append(
                (
                    name,
                    self._value(p),
                    _target(row),
                    term_label(UNITS, row.unit, self.language),
                    number(scores.indicators[self.parcel, p], 1),
                    number(parts.composite_share[self.parcel, p], 3),
                    number(parts.points[self.parcel, p], 2),
                    number(parts.lost[self.parcel, p], 2),
                )
            )
        header = (
            tr("indicator"),
            tr("value"),
            tr("target"),
            tr("unit"),
            tr("score"),
            tr("weight"),
            tr("points"),
            tr("lost"),
        )
        yield table(
            header,
            rows,
            tr("Points = weight × score; lost is what a full score would add. An asterisk: target derived."),
        )


def _target(row):
    """Target or limits of an indicator as text, with an asterisk where derived."""
    mark = "*" if row.target_src.startswith("derived") else ""
    if row.direction == "interval":
        return f"{_plain(row.lower) or '…'} – {_plain(row.upper) or '…'}{mark}"
    return f"{_plain(row.target)}{mark}" if row.direction != "flag" else "1"


def _plain(value):
    """A number with up to six digits that count, empty where there is none."""
    return "" if value != value else f"{value:.6g}"  # noqa: PLR0124 - NaN
