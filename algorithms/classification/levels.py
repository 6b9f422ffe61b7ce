"""Quality levels of a column: natural or fixed breaks, for all parcels or group by group."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context

import numpy as np

from ..errors import ParcelDataError
from ..fields import level_label
from ..parsing import has_decimal_comma, parse_number
from .natural_breaks import NaturalBreaks, classify, fixed_breaks, natural_breaks

NATURAL = "natural"
FIXED = "fixed"


@dataclass(frozen=True)
class GroupBreaks:
    """Breaks of one group ("" where there are no groups) and where they come from."""

    group: str
    breaks: NaturalBreaks
    source: str


@dataclass(frozen=True)
class FixedLimits:
    """Upper limits of the levels of a field, (k,) float64 from low to high, by group.

    Limits of the group "" serve every group that has none of its own.
    """

    field: str
    by_group: dict

    def of(self, group):
        """Upper limits of a group.

        Raises
        ------
        ParcelDataError
            There are none.
        """
        limits = self.by_group.get(group, self.by_group.get(""))
        if limits is None and group:
            raise ParcelDataError("The fixed breaks of {} have no rows for group “{}”.", self.field, group)
        if limits is None:
            raise ParcelDataError(
                "The fixed breaks of {} have rows for the groups {} only: add rows without a group.",
                self.field,
                ", ".join(self.by_group),
            )
        return limits


@dataclass(frozen=True)
class QualityLevels:
    """Levels of n parcels, (n,) int64 from 1 (low), 0 where there is no value, and their breaks.

    ``above`` counts the parcels above the highest fixed limit, which have the highest level.
    """

    level: np.ndarray
    groups: tuple
    classes_of: np.ndarray
    above: int = 0

    @property
    def gvf(self):
        """Goodness of variance fit; the lowest of the groups."""
        return min(group.breaks.gvf for group in self.groups)

    @property
    def classes(self):
        """Number of levels; of the group that has most."""
        return max(group.breaks.classes for group in self.groups)

    @property
    def excluded(self):
        """Number of parcels without a value."""
        return int((self.level == 0).sum())

    def level_or_null(self):
        """Levels as a list, None where a parcel has none."""
        return [level or None for level in self.level.tolist()]

    def short_groups(self, classes):
        """Groups with fewer classes than asked for, as (name, classes)."""
        return [
            (group.group, group.breaks.upper.size)
            for group in self.groups
            if group.source == NATURAL and group.breaks.upper.size < classes
        ]

    def labels(self, language):
        """Label of each parcel's level, "" where it has none."""
        return [
            level_label(level, classes, language) if level else ""
            for level, classes in zip(self.level.tolist(), self.classes_of.tolist(), strict=True)
        ]

    def rows(self, field, language):
        """Rows of the breaks table (``fields.BREAKS``)."""
        rows = []
        for group in self.groups:
            upper = [printable_limit(limit) for limit in group.breaks.upper.tolist()]
            total = max(int(group.breaks.counts.sum()), 1)
            for position, limit in enumerate(upper):
                rows.append(
                    (
                        field,
                        group.group,
                        position + 1,
                        level_label(position + 1, len(upper), language),
                        upper[position - 1] if position else None,
                        limit,
                        int(group.breaks.counts[position]),
                        float(group.breaks.counts[position] / total),
                        float(group.breaks.gvf),
                        group.source,
                    )
                )
        return rows


def printable_limit(limit):
    """The smallest number of 15 digits that is not below an upper limit.

    Limits are values of parcels. CSV and other text keeps 15 digits: rounded down, the limit would
    leave its own parcel out when it is read back as a fixed break.
    """
    return float(Context(prec=15, rounding=ROUND_CEILING).create_decimal_from_float(limit))


def quality_levels(
    values,
    classes,
    groups=None,
    names=("",),
    fixed=None,
    progress=None,
    exact=False,
    find_breaks=natural_breaks,
):
    """Classify a column into levels that count up with the values.

    Parameters
    ----------
    values : (n,) float, NaN where missing
    classes : int
        Number of levels asked for; a column with fewer distinct values gets fewer.
    groups : (n,) int, optional
        Group of each parcel, a position in ``names``: every group gets breaks of its own.
    names : sequence of str
        Names of the groups.
    fixed : FixedLimits, optional
        Limits (see ``fixed_limits``) that are used instead of natural breaks.
    progress : callable, optional
    exact : bool
        Fixed breaks must have as many levels as ``classes`` says.
    find_breaks : callable
        Engine of the natural breaks, with the signature of ``natural_breaks``.

    Returns
    -------
    QualityLevels

    Raises
    ------
    ParcelDataError
        No value at all, a group without fixed breaks, or fixed breaks with another number of levels.
    """
    level = np.zeros(values.size, dtype=np.int64)
    classes_of = np.zeros(values.size, dtype=np.int64)
    result, above = [], 0
    if not np.isfinite(values).any():
        raise ParcelDataError("There is no value to classify: every parcel is NULL.")
    for number, name in enumerate(names):
        members = np.flatnonzero(groups == number) if groups is not None else np.arange(values.size)
        own = values[members]
        if not np.isfinite(own).any():
            continue
        if fixed is None:
            breaks, source = find_breaks(own, classes, progress), NATURAL
        else:
            limits = fixed.of(name)
            if exact and limits.size != classes:
                raise ParcelDataError(
                    "The fixed breaks of {} have {} levels, not {}.",
                    _place(fixed.field, name),
                    limits.size,
                    classes,
                )
            breaks, source = fixed_breaks(own, limits), FIXED
            above += int((own > limits[-1]).sum())
        level[members] = classify(own, breaks.upper)
        classes_of[members] = breaks.upper.size
        result.append(GroupBreaks(name, breaks, source))
    return QualityLevels(level, tuple(result), classes_of, above)


def gvf_curve(values, most=10, progress=None):
    """Goodness of variance fit of natural breaks by number of classes, to choose the number by.

    Parameters
    ----------
    values : (n,) float, NaN where missing
    most : int
        Largest number of classes; fewer distinct values end the curve earlier.
    progress : callable, optional

    Returns
    -------
    list of tuple
        Rows of ``fields.GVF_CURVE`` for 2 classes and more.
    """
    rows, before = [], 0.0
    for classes in range(2, most + 1):
        if progress:
            progress((classes - 2) / most)
        breaks = natural_breaks(values, classes)
        if breaks.classes < classes:
            break
        rows.append((classes, float(breaks.gvf), float(breaks.gvf - before), float(breaks.within_ss)))
        before = breaks.gvf
    return rows


def fixed_limits(rows, field):
    """Upper limits by group for one field, from the rows of a breaks table.

    Parameters
    ----------
    rows : sequence of dict
        Columns field, level, upper and optionally grp, as ``naturalbreaks`` writes them. A
        table without a column "field", or with it empty, holds for every field.
    field : str

    Returns
    -------
    FixedLimits

    Raises
    ------
    ParcelDataError
        A column is missing, no row is for the field, the levels of a group are not 1 to k, each
        once, or the limits are not finite numbers that increase with the level.
    """
    if not rows or not {"level", "upper"} <= rows[0].keys():
        raise ParcelDataError("The table of fixed breaks needs the columns level and upper.")
    own = [
        row for row in rows if any(map(_text, row.values())) and (_text(row.get("field")) or field) == field
    ]
    if not own:
        raise ParcelDataError("The table of fixed breaks has no rows for field “{}”.", field)
    try:
        decimal_comma = has_decimal_comma(row["upper"] for row in own)
    except ParcelDataError as error:
        raise ParcelDataError("The fixed breaks of {}: {}", field, error) from None
    groups = {}
    for row in own:
        group = _text(row.get("grp"))
        level = _level(row["level"], _place(field, group))
        uppers = groups.setdefault(group, {})
        if level in uppers:
            raise ParcelDataError(
                "The fixed breaks of {} have level {} twice: keep one of the rows.",
                _place(field, group),
                level,
            )
        uppers[level] = _upper(row["upper"], decimal_comma, level, _place(field, group))
    return FixedLimits(
        field, {group: _increasing(uppers, _place(field, group)) for group, uppers in groups.items()}
    )


def _level(value, place):
    try:
        level = parse_number(value)
    except ParcelDataError:
        level = np.nan
    if not level >= 1 or level % 1:
        raise ParcelDataError(
            "The fixed breaks of {} have the level “{}”: levels are 1, 2, 3 and so on.", place, _text(value)
        )
    return int(level)


def _upper(value, decimal_comma, level, place):
    try:
        upper = parse_number(value, decimal_comma)
    except ParcelDataError:
        upper = np.nan
    if np.isnan(upper):
        raise ParcelDataError(
            "The fixed breaks of {} have the upper limit “{}” at level {}, which is not a finite number.",
            place,
            _text(value),
            level,
        )
    return upper


def _increasing(uppers, place):
    """Limits in the order of their levels, of which none is missing."""
    for level in range(1, len(uppers) + 1):
        if level not in uppers:
            raise ParcelDataError(
                "The fixed breaks of {} have no level {}, but a level {}: give every level from 1 up.",
                place,
                level,
                max(uppers),
            )
        if level > 1 and not uppers[level] > uppers[level - 1]:
            raise ParcelDataError(
                "The fixed breaks of {} have the upper limit {:.12g} at level {}, not above the {:.12g} "
                "of level {}: limits increase with the level.",
                place,
                uppers[level],
                level,
                uppers[level - 1],
                level - 1,
            )
    return np.array([uppers[level] for level in sorted(uppers)])


def _place(field, group):
    return f"{field} ({group})" if group else field


def _text(value):
    # A group 1 may come back as 1.0 from a column of numbers, and 0 is a name too.
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
