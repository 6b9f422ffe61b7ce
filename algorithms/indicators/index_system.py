"""The index system: which indicators make a score, with which weights and targets.

Source of the shipped preset: Yu, Wang, Wang, Bai, Xu, Planners (规划师) 2024(7): 65-73,
tables 1 and 2. The directions and the limits of the green ratio are ours.
"""

import csv
import math
import unicodedata
from dataclasses import dataclass, fields, replace
from pathlib import Path

from ..errors import ParcelDataError
from ..fields import (
    DIMENSIONS,
    ECONOMY,
    LAND,
    LAYERS,
    STANDARD,
    TERMS,
    dimension_score,
    indicator_score,
    label_field,
    level_field,
)
from ..parsing import has_decimal_comma, parse_number

DIRECTIONS = ("benefit", "cost", "interval", "flag", "rating")
PRESET = Path(__file__).resolve().parents[2] / "resources" / "index_systems" / "zhuzhou_2024.csv"
TOLERANCE = 1e-6
"""How far weights may be from adding up to 1: the rounding of a table with six digits."""

STANDARD_FIELD = "standard"
INDICATOR = "indicator"
DIMENSION = "dimension"

# A level field keeps six characters of the code, a score field eight.
_SHARED_FIELD = {
    (INDICATOR, INDICATOR): lambda *values: ParcelDataError(
        "Indicators “{}” and “{}” would share the field {}: give them codes that differ in their first 8 "
        "characters by more than case.",
        *values,
    ),
    (INDICATOR, DIMENSION): lambda *values: ParcelDataError(
        "Indicator “{}” and dimension “{}” would share the field {}: give one of them another code.", *values
    ),
    (DIMENSION, DIMENSION): lambda *values: ParcelDataError(
        "Dimensions “{}” and “{}” would share the field {}: give them codes that differ in their first 6 "
        "characters by more than case.",
        *values,
    ),
    (STANDARD_FIELD, DIMENSION): lambda *values: ParcelDataError(
        "Field {} of every evaluation would also be a field of dimension “{}” ({}): give the dimension "
        "another code.",
        *values,
    ),
}
_NUMBERS = ("target", "lower", "upper", "weight_local", "weight_dim", "weight")


@dataclass(frozen=True)
class Indicator:
    """One row of the index system table; numbers that are empty are NaN."""

    indicator: str
    name: str
    name_zh: str
    layer: str
    dimension: str
    field: str
    unit: str
    direction: str
    target: float
    lower: float
    upper: float
    target_src: str
    weight_local: float
    weight_dim: float
    weight: float


COLUMNS = tuple(column.name for column in fields(Indicator))


@dataclass(frozen=True)
class IndexSystem:
    """Indicators in order, grouped in dimensions, which are grouped in layers."""

    indicators: tuple

    @property
    def codes(self):
        """Indicator codes in order."""
        return tuple(row.indicator for row in self.indicators)

    @property
    def dimensions(self):
        """Mapping of each dimension to the positions of its indicators, in order."""
        members = {}
        for position, row in enumerate(self.indicators):
            members.setdefault(row.dimension, []).append(position)
        return members

    @property
    def layers(self):
        """Mapping of each layer to its dimensions, in order."""
        members = {}
        for row in self.indicators:
            dimensions = members.setdefault(row.layer, [])
            if row.dimension not in dimensions:
                dimensions.append(row.dimension)
        return members

    def dimension_weight(self, dimension):
        """Weight of a dimension in the whole system."""
        return self.indicators[self.dimensions[dimension][0]].weight_dim

    def rows(self):
        """Rows as dictionaries by column; empty numbers are None."""
        return [
            {
                column: None if isinstance(value, float) and math.isnan(value) else value
                for column, value in ((column, getattr(row, column)) for column in COLUMNS)
            }
            for row in self.indicators
        ]

    def with_weights(self, weights):
        """Return the system with the composite weights ``{indicator code: weight}`` filled in.

        The weight of a dimension is the sum of its indicators' weights.

        Raises
        ------
        ParcelDataError
            An indicator has no weight, or a weight has no indicator.
        """
        _same_names(self.codes, weights)
        rows = [
            replace(row, weight=float(weights[row.indicator])) for row in self.without_weights().indicators
        ]
        return IndexSystem(_complete_weights(rows))

    def without_weights(self):
        """Return the system with all weights empty, to be weighed."""
        empty = {"weight": math.nan, "weight_local": math.nan, "weight_dim": math.nan}
        return IndexSystem(tuple(replace(row, **empty) for row in self.indicators))

    def without(self, codes):
        """Return the system without some indicators, the remaining weights scaled up.

        Weights are scaled within the dimension; where a whole dimension goes, among the
        dimensions.

        Raises
        ------
        ParcelDataError
            A layer would lose all its indicators.
        """
        kept = [row for row in self.indicators if row.indicator not in set(codes)]
        for layer in self.layers:
            if all(row.layer != layer for row in kept):
                raise ParcelDataError(
                    "Layer “{}” would lose all its indicators: name their fields in the index system.", layer
                )
        return IndexSystem(tuple(kept)).normalised()

    def normalised(self):
        """Return the system with weights scaled to add up to 1 in each dimension and in all."""
        local = {
            dimension: sum(self.indicators[p].weight_local for p in members)
            for dimension, members in self.dimensions.items()
        }
        total = sum(self.dimension_weight(dimension) for dimension in self.dimensions)
        if total <= 0 or min(local.values()) <= 0:
            raise ParcelDataError("The weights of the index system add up to 0: give weights above 0.")
        rows = []
        for row in self.indicators:
            weight_local = row.weight_local / local[row.dimension]
            weight_dim = row.weight_dim / total
            rows.append(
                replace(
                    row, weight_local=weight_local, weight_dim=weight_dim, weight=weight_local * weight_dim
                )
            )
        return IndexSystem(tuple(rows))

    def check_weights(self):
        """Raise ParcelDataError where weights do not add up to 1, naming the place and the sum."""
        for dimension, members in self.dimensions.items():
            total = sum(self.indicators[p].weight_local for p in members)
            if abs(total - 1) > TOLERANCE:
                raise ParcelDataError(
                    "The local weights of dimension “{}” add up to {:.6g}, not 1: correct them, "
                    "or let the weights be normalised.",
                    dimension,
                    total,
                )
        total = sum(self.dimension_weight(dimension) for dimension in self.dimensions)
        if abs(total - 1) > TOLERANCE:
            raise ParcelDataError(
                "The weights of the dimensions add up to {:.6g}, not 1: correct them, "
                "or let the weights be normalised.",
                total,
            )

    def check_layers(self):
        """Raise ParcelDataError where a layer has no indicator: zones need both."""
        for code in (ECONOMY, LAND):
            if code not in self.layers:
                raise ParcelDataError(
                    "The index system has no indicator in layer “{}”; zones need an economic and a land "
                    "layer.",
                    code,
                )


def read_index_system(rows, need_weights=True):
    """Read an index system from the rows of a table.

    Parameters
    ----------
    rows : iterable of dict
        Column name to value, the columns of ``COLUMNS``. Optional columns: name, name_zh,
        field (else it is found by name), unit, lower, upper, target, target_src; and either
        weight_local with weight_dim, or weight alone. Layers and the dimensions of ``DIMENSIONS``
        may stand by code, English or Chinese name.
    need_weights : bool
        False lets all weights be empty, for a system that is about to be weighed.

    Returns
    -------
    IndexSystem

    Raises
    ------
    ParcelDataError
        A column is missing, a code stands twice, a direction is unknown, a dimension lies in
        two layers, a weight is negative or missing, or codes give unusable field names (see
        ``check_names``); the message names the row.
    """
    rows = [{str(key).strip().lower().lstrip("\ufeff"): value for key, value in row.items()} for row in rows]
    if not rows:
        raise ParcelDataError("The index system is empty: it needs one row per indicator.")
    missing = [c for c in ("indicator", "layer", "dimension", "direction") if c not in rows[0]]
    weighed = {"weight_local", "weight_dim"} <= rows[0].keys() or "weight" in rows[0]
    if missing or (need_weights and not weighed):
        raise ParcelDataError(
            "The index system lacks the column(s) {}.",
            ", ".join(missing) or "weight_local, weight_dim",
        )
    decimal = _decimal_commas(rows)
    indicators = [_read_row(number, row, decimal) for number, row in enumerate(rows, start=1)]
    seen = set()
    for row in indicators:
        if row.indicator in seen:
            raise ParcelDataError("Indicator “{}” stands twice in the index system.", row.indicator)
        seen.add(row.indicator)
    layer_of = {}
    for row in indicators:
        if layer_of.setdefault(row.dimension, row.layer) != row.layer:
            raise ParcelDataError(
                "Dimension “{}” lies in the layers “{}” and “{}”: a dimension belongs to one layer.",
                row.dimension,
                layer_of[row.dimension],
                row.layer,
            )
    check_names(IndexSystem(tuple(indicators)))
    if not need_weights and all(math.isnan(row.weight + row.weight_local) for row in indicators):
        return IndexSystem(tuple(indicators))
    return IndexSystem(_complete_weights(indicators))


def check_names(system):
    """Check that the output fields of an index system can stand beside each other in one layer.

    Names of fields are ASCII, cut to ten characters, and differ by more than case: those of the
    indicators and dimensions, of the dimensions' levels and labels, and ``STANDARD``.

    Parameters
    ----------
    system : IndexSystem

    Raises
    ------
    ParcelDataError
        A code is not ASCII, or two give the same field; the message names both.
    """
    owners = {field.name.lower(): (STANDARD_FIELD, field.name) for field in STANDARD}
    for row in system.indicators:
        if not row.indicator.isascii():
            raise ParcelDataError(
                "Indicator code “{}” is not ASCII: use letters a-z, digits and _, at most 8 of them.",
                row.indicator,
            )
        _claim(owners, (INDICATOR, row.indicator), indicator_score(row.indicator))
    for dimension in system.dimensions:
        if not dimension.isascii():
            raise ParcelDataError(
                "Dimension “{}” is neither ASCII nor one of {}: give it a code of at most 6 letters a-z, "
                "digits and _.",
                dimension,
                ", ".join(term.zh for term in DIMENSIONS),
            )
        score = dimension_score(dimension)
        for field in (score, level_field(score.name), label_field(score.name)):
            _claim(owners, (DIMENSION, dimension), field)


def _claim(owners, owner, field):
    """Note whose field it is unless it is somebody else's."""
    other = owners.setdefault(field.name.lower(), owner)
    if other != owner:
        raise _SHARED_FIELD[other[0], owner[0]](other[1], owner[1], field.name)


def preset():
    """Return the index system of the paper's tables 1 and 2: 18 indicators, targets empty."""
    with PRESET.open(encoding="utf-8", newline="") as stream:
        return read_index_system(csv.DictReader(stream))


def spelling(text):
    """What of a name counts: no case, blanks, hyphens, underscores, full-width forms."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(plain.split()).replace("_", "").replace("-", "")


def _text(value):
    return "" if value is None else str(value).strip()


def _decimal_commas(rows):
    """Whether the comma marks decimals, by column of numbers."""
    decimal = {}
    for column in _NUMBERS:
        try:
            decimal[column] = has_decimal_comma(row.get(column) for row in rows)
        except ParcelDataError as error:
            raise ParcelDataError("Column {} of the index system: {}", column, error) from None
    return decimal


def _read_row(number, row, decimal):
    code = _text(row["indicator"])
    if not code:
        raise ParcelDataError("Row {} of the index system has no indicator code.", number)
    numbers = {}
    for column in _NUMBERS:
        try:
            numbers[column] = parse_number(row.get(column), decimal[column])
        except ParcelDataError:
            raise ParcelDataError(
                "Column {} of indicator “{}” holds “{}”, which is not a number.", column, code, row[column]
            ) from None
        if column.startswith("weight") and numbers[column] < 0:
            raise ParcelDataError(
                "Indicator “{}” has the negative weight {}: weights are 0 or more.", code, numbers[column]
            )
    direction = _text(row["direction"]).lower()
    if direction not in DIRECTIONS:
        raise ParcelDataError(
            "Indicator “{}” has the direction “{}”; use one of {}.", code, direction, ", ".join(DIRECTIONS)
        )
    dimension = _dimension_code(_text(row["dimension"]))
    if not dimension:
        raise ParcelDataError("Indicator “{}” has no dimension.", code)
    term = TERMS.get(code)
    return Indicator(
        indicator=code,
        name=_text(row.get("name")) or (term.en if term else code),
        name_zh=_text(row.get("name_zh")) or (term.zh if term else ""),
        layer=_layer_code(code, _text(row["layer"])),
        dimension=dimension,
        field=_text(row.get("field")),
        unit=_text(row.get("unit")),
        direction=direction,
        target_src=_text(row.get("target_src")),
        **numbers,
    )


def _dimension_code(dimension):
    """Code of one of our dimensions by whatever name; a dimension of the user's own as it is."""
    return _code_of(dimension, DIMENSIONS) or dimension


def _layer_code(code, layer):
    known = _code_of(layer, LAYERS)
    if known:
        return known
    if spelling(layer) in ("economic", "economy"):
        return ECONOMY
    raise ParcelDataError(
        "Indicator “{}” has the layer “{}”; use “{}” (economic performance) or “{}” (land value).",
        code,
        layer,
        ECONOMY,
        LAND,
    )


def _code_of(name, terms):
    plain = spelling(name)
    for term in terms:
        if plain in (spelling(term.code), spelling(term.en), spelling(term.zh)):
            return term.code
    return None


def _same_names(codes, weights):
    without = [code for code in codes if code not in weights]
    unknown = [code for code in weights if code not in codes]
    if without and unknown:
        raise ParcelDataError(
            "The judgements weigh {}, which the index system does not have, and give no weight to the "
            "indicator(s) {}: use its indicator codes, and compare all of them.",
            ", ".join(unknown),
            ", ".join(without),
        )
    if without:
        raise ParcelDataError(
            "The judgements give no weight to the indicator(s) {}: compare them, "
            "or take them out of the index system.",
            ", ".join(without),
        )
    if unknown:
        raise ParcelDataError(
            "The judgements weigh {}, which the index system does not have: use its indicator codes.",
            ", ".join(unknown),
        )


def _complete_weights(rows):
    """Fill in what follows from the rest: local and dimension weights, or their product."""
    by_dimension = {}
    for row in rows:
        by_dimension.setdefault(row.dimension, []).append(row)
    complete = {}
    for dimension, members in by_dimension.items():
        if all(math.isfinite(row.weight_local) and math.isfinite(row.weight_dim) for row in members):
            weight_dim = members[0].weight_dim
            for row in members:
                if abs(row.weight_dim - weight_dim) > TOLERANCE:
                    raise ParcelDataError(
                        "Dimension “{}” has the weights {:.6g} and {:.6g}: a dimension has one weight.",
                        dimension,
                        weight_dim,
                        row.weight_dim,
                    )
                complete[row.indicator] = replace(row, weight=row.weight_local * weight_dim)
            continue
        total = sum(row.weight for row in members)
        if not math.isfinite(total):
            lacking = next(row for row in members if not math.isfinite(row.weight))
            raise ParcelDataError("Indicator “{}” has no weight.", lacking.indicator)
        for row in members:
            # Without weight a dimension is divided evenly, so that its local weights still add up.
            share = row.weight / total if total > 0 else 1 / len(members)
            complete[row.indicator] = replace(row, weight_local=share, weight_dim=total)
    return tuple(complete[row.indicator] for row in rows)
