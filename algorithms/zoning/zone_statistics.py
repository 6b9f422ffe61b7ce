"""Parcels, area and quantities per zone, level or any other class of parcels."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GroupStatistics:
    """Figures per class; c classes, q quantities.

    The denominator of the shares is every parcel with a class, whether or not its class is among ``classes``.

    Attributes
    ----------
    classes : (c,) int64
        Class codes, ascending.
    parcels : (c,) int64
        Parcels.
    parcels_share : (c,) float
        Share of the parcels, 0 to 1.
    area : (c,) float
        Area, in the unit given.
    area_share : (c,) float
        Share of the area.
    total : (c, q) float
        Sum of the quantity.
    share : (c, q) float
        Share of the sum over all parcels with a class.
    mean : (c, q) float
        Mean per parcel that has a value; NaN if none has.
    median : (c, q) float
        Median of the parcels that have a value; NaN if none has.
    ratio : (c, q) float
        Mean relative to the lowest class with a positive mean, which has 1.
    missing : (c, q) int64
        Parcels of the class without a value.
    missing_area : (c,) int64
        Parcels of the class without an area.
    denominator_parcels : int
        Parcels with a class.
    denominator_area : float
        Their area.
    denominator_total : (q,) float
        Their sum of the quantity.
    unclassified : int
        Parcels without a class; they enter no figure.
    """

    classes: np.ndarray
    parcels: np.ndarray
    parcels_share: np.ndarray
    area: np.ndarray
    area_share: np.ndarray
    total: np.ndarray
    share: np.ndarray
    mean: np.ndarray
    median: np.ndarray
    ratio: np.ndarray
    missing: np.ndarray
    missing_area: np.ndarray
    denominator_parcels: int
    denominator_area: float
    denominator_total: np.ndarray
    unclassified: int


def group_statistics(classes_of, area, quantities, classes=None):
    """Counts, areas, sums, shares, means and mean ratios per class of parcels.

    NaN and infinite areas and quantities are left out of sums and means, and counted.

    Parameters
    ----------
    classes_of : (n,) int
        Class of each parcel, 0 = none.
    area : (n,) float
        Area of each parcel.
    quantities : (n, q) float
        Quantities to sum, such as output or tax.
    classes : sequence of int, optional
        Classes to report, empty ones too; by default those that occur.

    Returns
    -------
    GroupStatistics

    Notes
    -----
    Source: Yu, Wang, Wang, Bai and Xu (2024), Planners 2024(7): 65-73, section 3.2.
    """
    classes_of = np.asarray(classes_of)
    quantities = np.asarray(quantities, dtype=float)
    classified = classes_of != 0
    codes = np.unique(classes_of[classified] if classes is None else classes).astype(np.int64)
    position = _position(classes_of, codes)
    # Classes that occur but are not asked for share the row after the last: part of the denominator only.
    position[classified & (position < 0)] = codes.size

    parcels = _sums(position, codes.size)
    area, missing_area = _finite_sums(position, codes.size, np.asarray(area, dtype=float))
    total = np.empty((codes.size + 1, quantities.shape[1]))
    missing = np.empty(total.shape, dtype=np.int64)
    for column in range(quantities.shape[1]):
        total[:, column], missing[:, column] = _finite_sums(position, codes.size, quantities[:, column])
    mean = _divide(total, parcels[:, None] - missing)[:-1]
    median = np.column_stack(
        [np.empty((codes.size, 0)), *(_medians(position, codes.size, column) for column in quantities.T)]
    )
    return GroupStatistics(
        classes=codes,
        parcels=parcels[:-1],
        parcels_share=_divide(parcels, parcels.sum())[:-1],
        area=area[:-1],
        area_share=_divide(area, area.sum())[:-1],
        total=total[:-1],
        share=_divide(total, total.sum(axis=0))[:-1],
        mean=mean,
        median=median,
        ratio=_divide(mean, _lowest_positive(mean)),
        missing=missing[:-1],
        missing_area=missing_area[:-1],
        denominator_parcels=int(parcels.sum()),
        denominator_area=float(area.sum()),
        denominator_total=total.sum(axis=0),
        unclassified=int(classes_of.size - parcels.sum()),
    )


def _position(values, classes):
    """Index of each value in ``classes``, -1 where it is none of them."""
    classes = np.asarray(classes)
    if classes.size == 0:
        return np.full(values.shape, -1)
    order = np.argsort(classes)
    rank = np.searchsorted(classes, values, sorter=order)
    position = order[np.minimum(rank, classes.size - 1)]
    return np.where(classes[position] == values, position, -1)


def _sums(position, classes, weights=None):
    # Row 0 of the bincount collects the parcels without a class and is dropped.
    return np.bincount(position + 1, weights, minlength=classes + 2)[1:]


def _finite_sums(position, classes, values):
    """Sum of the finite values per class, and the number of the others."""
    finite = np.isfinite(values)
    if finite.all():
        return _sums(position, classes, values), np.zeros(classes + 1, dtype=np.int64)
    return _sums(position, classes, np.where(finite, values, 0)), _sums(position[~finite], classes)


def _medians(position, classes, values):
    """Median of the finite values per class, NaN where there is none."""
    known = np.isfinite(values) & (position >= 0) & (position < classes)
    position, values = position[known], values[known]
    values = values[np.lexsort((values, position))]
    counts = _sums(position, classes)[:-1]
    first = np.cumsum(counts) - counts
    medians, some = np.full(classes, np.nan), counts > 0
    lower, upper = (first + (counts - odd) // 2 for odd in (1, 0))
    medians[some] = (values[lower[some]] + values[upper[some]]) / 2
    return medians


def _divide(a, b):
    """``a / b``, NaN where ``b`` is 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(b == 0, np.nan, np.true_divide(a, b))


def _lowest_positive(mean):
    """Mean of the lowest class in which it is positive, for each column; NaN if there is none."""
    padded = np.vstack([mean, np.full((1, mean.shape[1]), np.nan)])
    positive = padded > 0
    positive[-1] = True
    return np.take_along_axis(padded, positive.argmax(axis=0)[None], axis=0)


def ratio_text(ratios):
    """Ratios in the paper's form, the highest class first: "2787 : 38 : 1".

    Parameters
    ----------
    ratios : (c,) float
        Ratios in ascending order of the classes.

    Returns
    -------
    str
        Integers from 10 up, else at most two decimals; "-" for NaN.
    """
    return " : ".join(_ratio_number(float(ratio)) for ratio in reversed(ratios))


def _ratio_number(ratio):
    if not np.isfinite(ratio):
        return "-"
    if 0 < ratio < 0.005:
        return "<0.01"
    if abs(ratio) >= 10:
        return f"{ratio:.0f}"
    # Adding 0.0 turns a negative zero into a plain one.
    return f"{round(ratio, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def cross_counts(a, b, classes_a, classes_b, weights=None):
    """Parcels per pair of classes, for example zone by cluster.

    Parameters
    ----------
    a, b : (n,) int or str
        The two classes of each parcel; parcels of a class that is not listed are left out.
    classes_a, classes_b : sequences of int or str
        Classes of the rows (ca) and of the columns (cb), in the order of the table.
    weights : (n,) float, optional
        What to sum instead of counting parcels, such as the area; NaN is left out.

    Returns
    -------
    (ca, cb) int64, or float with weights
    """
    row = _position(np.asarray(a), classes_a)
    column = _position(np.asarray(b), classes_b)
    listed = (row >= 0) & (column >= 0)
    if weights is not None:
        weights = np.asarray(weights, dtype=float)
        listed &= np.isfinite(weights)
        weights = weights[listed]
    shape = len(classes_a), len(classes_b)
    cell = row[listed] * shape[1] + column[listed]
    return np.bincount(cell, weights, minlength=shape[0] * shape[1]).reshape(shape)
