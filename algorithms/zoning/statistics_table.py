"""The table of zone statistics: classes by district, with shares, sums and mean ratios.

Source: Yu, Wang, Wang, Bai, Xu, Planners (规划师) 2024(7): 65-73, section 3.2.1.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..fields import class_terms
from .zone_matrix import COMPLETED
from .zone_statistics import cross_counts, group_statistics

ALL = ""


@dataclass(frozen=True)
class Classes:
    """A column of classes.

    field : its name; position : (n,) int, 1 for the first of ``codes``, 0 for none;
    codes : class codes from low to high; labels : their names;
    complete : the codes are a scale of which every table lists all, empty ones too.
    """

    field: str
    position: np.ndarray
    codes: tuple
    labels: tuple
    complete: bool

    @classmethod
    def of(cls, field, texts, language, terms=None):
        """Classes of a column of texts, "" for none.

        Parameters
        ----------
        field : str
        texts : sequence of n str
        language : str
            Of the labels, "en" or "zh".
        terms : sequence of Term, optional
            The scale, low first; by default that of ``fields.class_terms``, which levels, zones
            and clusters have. Without one, classes are the texts that occur, and are their own
            labels, numbers before words.
        """
        terms = class_terms(field) if terms is None else terms
        codes = [term.code for term in terms] or sorted(set(texts) - {""}, key=_by_number)
        extra = sorted(set(texts) - {""} - set(codes), key=_by_number)
        codes = [*codes, *extra]
        labels = [term.label(language) for term in terms] + [str(code) for code in codes[len(terms) :]]
        number = {code: place for place, code in enumerate(codes, start=1)}
        position = np.array([number.get(text, 0) for text in texts], dtype=np.int64)
        return cls(field, position, tuple(codes), tuple(labels), bool(terms))


def statistics_rows(columns, area, quantities, districts=None, cross=None, sources=None):
    """Rows of the statistics table (``fields.STATISTICS`` and ``fields.quantity_fields``).

    Each column of classes gives rows for all parcels, for every district, and crossed with
    ``cross``. Shares are of the parcels that have a class, in the district where there is one;
    the row states that denominator. Crossed rows are shares of the class. Rows of a district or of
    a crossed class without parcels are left out, unless the classes are a scale of ours.

    Parameters
    ----------
    columns : sequence of Classes
    area : (n,) float, hectares
    quantities : (n, q) float, NaN where missing
    districts : list of n str, optional
    cross : Classes, optional
    sources : list of n str, optional
        Source of the zone's cell, to count completed ones.

    Returns
    -------
    list of tuple
    """
    completed = (
        np.array([source == COMPLETED for source in sources]) if sources else np.zeros(area.size, bool)
    )
    names, district_of = np.unique(np.array(districts or [], dtype=object), return_inverse=True)
    members = {
        name: np.flatnonzero(district_of == number)
        for number, name in enumerate(names.tolist())
        if name != ALL
    }
    rows = []
    for column in columns:
        rows += _section(column, ALL, column.position, area, quantities, completed)
        for district, inside in members.items():
            rows += _section(
                column, district, column.position[inside], area[inside], quantities[inside], completed[inside]
            )
        if cross is not None and cross.field != column.field:
            rows += _crossed(column, cross, area, quantities, completed)
    return rows


def _section(column, district, position, area, quantities, completed):
    places = range(1, len(column.codes) + 1)
    result = group_statistics(position, area, quantities, places)
    filled_in = _completed(position, completed, places)
    for place, code in enumerate(column.codes):
        if column.complete or result.parcels[place]:
            head = (column.field, district, code, column.labels[place], "", "")
            yield _row(head, result, place, filled_in[place])


def _crossed(column, cross, area, quantities, completed):
    places = range(1, len(cross.codes) + 1)
    for place, code in enumerate(column.codes):
        inside = np.flatnonzero(column.position == place + 1)
        position = cross.position[inside]
        result = group_statistics(position, area[inside], quantities[inside], places)
        filled_in = _completed(position, completed[inside], places)
        for other, cross_code in enumerate(cross.codes):
            if (column.complete and cross.complete) or result.parcels[other]:
                head = (column.field, ALL, code, column.labels[place], cross.field, cross_code)
                yield _row(head, result, other, filled_in[other])


def _completed(position, completed, places):
    return cross_counts(position, completed.astype(np.int64), places, (1,))[:, 0]


def _row(head, result, place, completed):
    quantities = np.column_stack(
        (result.total[place], result.share[place], result.mean[place], result.ratio[place])
    )
    return (
        *head,
        int(result.parcels[place]),
        float(result.parcels_share[place]),
        float(result.area[place]),
        float(result.area_share[place]),
        int(completed),
        result.denominator_parcels,
        result.denominator_area,
        *quantities.ravel().tolist(),
    )


def _by_number(text):
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    return (0, number, text) if math.isfinite(number) else (1, 0.0, text)
