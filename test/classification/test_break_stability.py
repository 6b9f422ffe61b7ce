"""How far breaks move when parcels are drawn again."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.classification.break_stability import break_stability
from parcel_agglomeration.algorithms.classification.natural_breaks import natural_breaks
from parcel_agglomeration.algorithms.errors import ParcelDataError


def clumps(generator, spread, size=60):
    return np.concatenate([centre + spread * generator.normal(size=size) for centre in (0, 10, 20, 30)])


def test_clear_clumps_keep_their_levels_and_smeared_ones_do_not():
    generator = np.random.default_rng(5)
    clear = break_stability(clumps(generator, 0.5), 4, 100)
    smeared = break_stability(generator.uniform(0, 30, 240), 4, 100)
    assert (clear.kept == 1).all()
    assert (smeared.kept < 0.98).all()
    assert ((smeared.high - smeared.low)[:3] > 1).all() and ((clear.high - clear.low)[:3] < 1).all()


def test_breaks_are_those_of_the_parcels_themselves():
    values = np.random.default_rng(2).lognormal(size=200)
    values[::7] = np.nan
    found = break_stability(values, 4, 20)
    assert found.upper.tolist() == natural_breaks(values, 4).upper.tolist()
    assert (found.low <= found.high).all() and found.draws == 20


def test_the_spread_of_a_limit_is_that_of_the_mean_of_two_values():
    # Samples of {0, 1} with one class end at 1 unless all n draws are 0: 2^-n of them.
    found = break_stability(np.array([0.0, 1.0]), 1, 4000)
    assert found.low[0] == 0 and found.high[0] == 1
    # The sample 0, 0 has the limit 0; above it, both still belong to the only class.
    assert found.kept[0] == 1


def test_the_seed_decides():
    values = np.random.default_rng(3).uniform(size=80)
    assert break_stability(values, 3, 30, 7).low.tolist() == break_stability(values, 3, 30, 7).low.tolist()
    assert break_stability(values, 3, 30, 7).low.tolist() != break_stability(values, 3, 30, 8).low.tolist()


def test_samples_with_too_few_values_are_left_out():
    found = break_stability(np.array([1.0, 2.0, 3.0]), 3, 200)
    # 3! / 3^3 of the samples hold all three values.
    assert found.draws == pytest.approx(200 * 6 / 27, abs=25)
    assert found.kept.tolist() == [1, 1, 1]


def test_no_samples_and_no_values_are_refused():
    with pytest.raises(ParcelDataError, match="give 1 or more"):
        break_stability(np.arange(9.0), 3, 0)
    with pytest.raises(ParcelDataError):
        break_stability(np.array([np.nan]), 3)
