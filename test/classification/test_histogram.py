"""Columns counted in bins: counts, and sums of rests within the bounds that are claimed."""

from fractions import Fraction

import numpy as np
import pytest
from parcel_agglomeration.algorithms.classification import histogram as kernel
from parcel_agglomeration.algorithms.classification.histogram import histogram


def quiet():
    pass


def column(scale=1.0):
    values = np.random.default_rng(11).gamma(2, 3, 5000)
    values[:4] = np.nan, np.inf, -np.inf, 1e5
    return values * scale


def exact_rests(bins):
    """Sums of what the values of each inner bin differ from its multiple, as fractions."""
    unit, sums = Fraction(bins.unit), [Fraction(0)] * bins.size
    for value, key in zip(bins.values.tolist(), bins.key.tolist(), strict=True):
        if 0 < key < bins.size - 1:
            sums[key] += Fraction(value) - (key + bins.first_bin) * unit
    return sums


@pytest.mark.parametrize("exponent", [-60, -20, 0, 20, 60])
def test_rests_lie_within_their_bound_at_every_scale(exponent):
    bins = histogram(column(2.0**exponent), 64, quiet)
    rests = exact_rests(bins)
    wrong = sum(
        abs(Fraction(rest) - exact) for rest, exact in zip(bins.rest.tolist()[1:-1], rests[1:-1], strict=True)
    )
    last_rounding = Fraction(float(np.abs(bins.rest[1:-1]).sum())) / 2**53
    assert wrong <= last_rounding + Fraction(bins.rest_error)
    assert bins.rest_error < 1e-15 * bins.unit * bins.values.size, "and the bound is of use"
    one = histogram(column(), 64, quiet)
    assert bins.rest_error == one.rest_error * 2.0**exponent and bins.unit == one.unit * 2.0**exponent
    assert np.array_equal(bins.count, one.count) and np.array_equal(bins.key, one.key)


def test_every_value_is_in_the_bin_of_the_nearest_multiple():
    bins = histogram(column(), 64, quiet)
    assert bins.count.sum() == bins.values.size
    assert np.array_equal(np.bincount(bins.key, minlength=bins.size), bins.count)
    inner = (bins.key > 0) & (bins.key < bins.size - 1)
    places = bins.values[inner] / bins.unit - bins.first_bin
    assert np.abs(places - bins.key[inner]).max() <= 0.5
    assert set(bins.key[~np.isfinite(bins.values)].tolist()) <= {0, bins.size - 1}


def test_exact_rests_add_up_without_rounding():
    bins = histogram(column(), 64, quiet)
    parts = list(bins.exact_rests(quiet))
    found = [sum(map(Fraction, row)) for row in np.array(parts).T.tolist()]
    assert found[1:-1] == exact_rests(bins)[1:-1]


def test_values_of_bins_are_taken_in_order():
    bins = histogram(column(), 64, quiet)
    chosen = np.zeros(bins.size, dtype=bool)
    chosen[[3, 5]] = True
    assert np.array_equal(bins.take(chosen, quiet), bins.values[np.isin(bins.key, [3, 5])])


def test_a_long_column_reports_every_few_blocks(monkeypatch):
    monkeypatch.setattr(kernel, "_BLOCK", 100)
    monkeypatch.setattr(kernel, "_BLOCKS_PER_REPORT", 4)
    seen = []
    bins = histogram(column(), 64, lambda: seen.append(1))
    assert len(seen) == 13, "50 blocks"
    seen.clear()
    bins.take(np.ones(bins.size, dtype=bool), lambda: seen.append(1))
    assert len(seen) == 13
    seen.clear()
    rounds = len(list(bins.exact_rests(lambda: seen.append(1))))
    assert len(seen) == 13 * rounds


def test_nothing_finite_or_too_large_has_no_bins():
    assert histogram(np.full(9, np.nan), 64, quiet) is None
    assert histogram(np.array([1.0, 1e308, 2e307]), 64, quiet) is None
