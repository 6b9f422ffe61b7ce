"""Quality levels of a column: natural or fixed breaks, for all parcels or group by group."""

from dataclasses import dataclass

import numpy as np

from ..errors import ParcelDataError
from ..fields import level_label
from ..parsing import parse_number
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
class QualityLevels:
    """Levels of n parcels, (n,) int64 from 1 (low), 0 where there is no value, and their breaks."""

    level: np.ndarray
    groups: tuple
    classes_of: np.ndarray

    @property
    def gvf(self):
        """Goodness of variance fit; the lowest of the groups."""
        return min(group.breaks.gvf for group in self.groups)

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
            upper, total = group.breaks.upper, max(int(group.breaks.counts.sum()), 1)
            for position, limit in enumerate(upper):
                rows.append(
                    (
                        field,
                        group.group,
                        position + 1,
                        level_label(position + 1, upper.size, language),
                        float(upper[position - 1]) if position else None,
                        float(limit),
                        int(group.breaks.counts[position]),
                        float(group.breaks.counts[position] / total),
                        float(group.breaks.gvf),
                        group.source,
                    )
                )
        return rows


def quality_levels(values, classes, groups=None, names=("",), fixed=None, progress=None):
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
    fixed : dict, optional
        Upper limits by group name (see ``fixed_limits``), used instead of natural breaks.
    progress : callable, optional

    Returns
    -------
    QualityLevels

    Raises
    ------
    ParcelDataError
        No value at all, or a group without fixed breaks.
    """
    level = np.zeros(values.size, dtype=np.int64)
    classes_of = np.zeros(values.size, dtype=np.int64)
    result = []
    if not np.isfinite(values).any():
        raise ParcelDataError("There is no value to classify: every parcel is NULL.")
    for number, name in enumerate(names):
        members = np.flatnonzero(groups == number) if groups is not None else np.arange(values.size)
        own = values[members]
        if not np.isfinite(own).any():
            continue
        if fixed is None:
            breaks, source = natural_breaks(own, classes, progress), NATURAL
        else:
            limits = fixed.get(name, fixed.get(""))
            if limits is None:
                raise ParcelDataError("The fixed breaks have no rows for group “{}”.", name)
            breaks, source = fixed_breaks(own, limits), FIXED
        level[members] = classify(own, breaks.upper)
        classes_of[members] = breaks.upper.size
        result.append(GroupBreaks(name, breaks, source))
    return QualityLevels(level, tuple(result), classes_of)


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
    dict
        Group name to (k,) float64.

    Raises
    ------
    ParcelDataError
        A column is missing, no row is for the field, or a limit is not a number.
    """
    if not rows or not {"level", "upper"} <= rows[0].keys():
        raise ParcelDataError("The table of fixed breaks needs the columns level and upper.")
    limits = {}
    for row in rows:
        if (row.get("field") or field) == field:
            key = str(row.get("grp") or "")
            limits.setdefault(key, {})[parse_number(row["level"])] = parse_number(row["upper"])
    if not limits:
        raise ParcelDataError("The table of fixed breaks has no rows for field “{}”.", field)
    return {group: np.array([by_level[k] for k in sorted(by_level)]) for group, by_level in limits.items()}
