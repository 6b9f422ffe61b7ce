"""The table of zone statistics: classes by district, with shares, sums and mean ratios.

Source: Yu, Wang, Wang, Bai, Xu, Planners (规划师) 2024(7): 65-73, section 3.2.1.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..fields import Term, class_terms
from .zone_matrix import COMPLETED
from .zone_statistics import cross_counts, group_statistics, ratio_text

ALL = ""
_EVERYWHERE = Term(ALL, "all districts", "全部片区")
_DENOMINATORS = {
    "whole": Term("whole", "parcels with {}", "有 {} 的地块"),
    "district": Term("district", "parcels of {1} with {0}", "{1} 内有 {0} 的地块"),
    "crossed": Term("crossed", "parcels of {} {} with {}", "{} 为 {} 且有 {} 的地块"),
}


@dataclass(frozen=True)
class Classes:
    """A column of classes.

    field : its name; position : (n,) int, 1 for the first of ``codes``, 0 for none;
    codes : class codes from low to high; labels : their names;
    complete : the codes are a scale of which every table lists all, empty ones too;
    language : of labels and of what rows say, "en" or "zh".
    """

    field: str
    position: np.ndarray
    codes: tuple
    labels: tuple
    complete: bool
    language: str

    @property
    def graded(self):
        """Whether the classes are grades, of which ratios are told from the highest down."""
        return self.complete and all(_by_number(code)[0] == 0 for code in self.codes)

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
        return cls(field, position, tuple(codes), tuple(labels), bool(terms), language)


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
    members = _members(districts)
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


def class_names(column):
    """A name per class that can stand in a field's name: of classes alike but for case, each its own."""
    names, taken = [], set()
    for code in column.codes:
        name, number = f"{column.field}_{code}", 1
        while name.lower() in taken:
            number += 1
            name = f"{column.field}_{code}_{number}"
        taken.add(name.lower())
        names.append(name)
    return names


def district_rows(column, area, quantities, districts=None):
    """Rows of the table of districts by class: a row per district, then all; columns per class.

    Parameters
    ----------
    column : Classes
    area : (n,) float, hectares
    quantities : (n, q) float, NaN where missing
    districts : list of n str, optional
        Without it all parcels make the one row.

    Returns
    -------
    list of tuple
        District, parcels and hectares that shares are of; per class parcels, their share, hectares,
        their share, and per quantity sum and share.
    """
    places = range(1, len(column.codes) + 1)
    everywhere = _EVERYWHERE.label(column.language)
    rows = []
    for district, inside in [*_members(districts).items(), (everywhere, slice(None))]:
        result = group_statistics(column.position[inside], area[inside], quantities[inside], places)
        sums = np.stack((result.total, result.share), axis=2).reshape(len(column.codes), -1)
        row = [district, result.denominator_parcels, result.denominator_area]
        for place in range(len(column.codes)):
            row += [
                int(result.parcels[place]),
                float(result.parcels_share[place]),
                float(result.area[place]),
                float(result.area_share[place]),
                *sums[place].tolist(),
            ]
        rows.append(tuple(row))
    return rows


def _members(districts):
    """Positions of the parcels of each district, by its name in order."""
    names, district_of = np.unique(np.array(districts or [], dtype=object), return_inverse=True)
    return {
        name: np.flatnonzero(district_of == number)
        for number, name in enumerate(names.tolist())
        if name != ALL
    }


def _section(column, district, position, area, quantities, completed):
    places = range(1, len(column.codes) + 1)
    result = group_statistics(position, area, quantities, places)
    filled_in = _completed(position, completed, places)
    denominator = _denominator(column, "district" if district else "whole", column.field, district)
    ratios = _ratio_texts(column, result)
    for place, code in enumerate(column.codes):
        if column.complete or result.parcels[place]:
            head = (column.field, district, code, column.labels[place], "", "")
            yield _row(head, result, place, filled_in[place], denominator, ratios)


def _crossed(column, cross, area, quantities, completed):
    places = range(1, len(cross.codes) + 1)
    for place, code in enumerate(column.codes):
        inside = np.flatnonzero(column.position == place + 1)
        position = cross.position[inside]
        result = group_statistics(position, area[inside], quantities[inside], places)
        filled_in = _completed(position, completed[inside], places)
        denominator = _denominator(column, "crossed", column.field, code, cross.field)
        ratios = _ratio_texts(cross, result)
        for other, cross_code in enumerate(cross.codes):
            if (column.complete and cross.complete) or result.parcels[other]:
                head = (column.field, ALL, code, column.labels[place], cross.field, cross_code)
                yield _row(head, result, other, filled_in[other], denominator, ratios)


def _denominator(column, kind, *values):
    return _DENOMINATORS[kind].label(column.language).format(*values)


def _ratio_texts(column, result):
    """Ratios of each quantity in words, "" for classes that are no grades."""
    return [ratio_text(ratios) if column.graded else "" for ratios in result.ratio.T]


def _completed(position, completed, places):
    return cross_counts(position, completed.astype(np.int64), places, (1,))[:, 0]


def _row(head, result, place, completed, denominator, ratios):
    quantities = [
        value
        for k, text in enumerate(ratios)
        for value in (
            float(result.total[place, k]),
            float(result.share[place, k]),
            float(result.denominator_total[k]),
            int(result.parcels[place] - result.missing[place, k]),
            float(result.mean[place, k]),
            float(result.median[place, k]),
            float(result.ratio[place, k]),
            text,
        )
    ]
    return (
        *head,
        int(result.parcels[place]),
        float(result.parcels_share[place]),
        float(result.area[place]),
        float(result.area_share[place]),
        int(completed),
        result.denominator_parcels,
        result.denominator_area,
        denominator,
        *quantities,
    )


def _by_number(text):
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    return (0, number, text) if math.isfinite(number) else (1, 0.0, text)
