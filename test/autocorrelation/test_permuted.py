"""Blocks of permutations: the same numbers for any number of threads, in order, cancelled at once."""

import os
import threading

import numpy as np
import pytest
from parcel_agglomeration.algorithms.autocorrelation import permuted
from parcel_agglomeration.algorithms.autocorrelation.permuted import simulate, tail_count


def shuffled(generator, count):
    return np.array([generator.permutation(5) for _ in range(count)])


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(permuted, "BLOCK", 7 * (permuted.WORTH_THREADS + permuted.OVERHEAD))


@pytest.mark.usefixtures("small_blocks")
def test_threads_change_no_number(monkeypatch):
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        found.append(simulate(shuffled, 100, 3, permuted.WORTH_THREADS))
    assert len(found[0]) == 100
    assert all(np.array_equal(found[0], other) for other in found[1:])
    assert not np.array_equal(found[0], simulate(shuffled, 100, 4, permuted.WORTH_THREADS))


@pytest.mark.usefixtures("small_blocks")
def test_blocks_do_not_repeat_each_other():
    found = simulate(shuffled, 700, 1, permuted.WORTH_THREADS).reshape(100, 7, 5)
    assert len(np.unique(found.reshape(100, 35), axis=0)) == 100
    # Every one of five elements comes first about as often: chi-square, 4 degrees, 1 in 10,000.
    observed = np.bincount(found[..., 0].ravel(), minlength=5)
    assert np.sum((observed - 140) ** 2 / 140) < 23.5


@pytest.mark.usefixtures("small_blocks")
def test_progress_rises_to_one_in_the_calling_thread():
    seen = []
    simulate(shuffled, 100, 1, permuted.WORTH_THREADS, lambda f: seen.append((f, threading.get_ident())))
    fractions = [fraction for fraction, _ in seen]
    assert len(seen) == 15 and fractions == sorted(fractions) and fractions[-1] == 1.0
    assert {thread for _, thread in seen} == {threading.get_ident()}


@pytest.mark.usefixtures("small_blocks")
def test_cancelling_leaves_the_other_blocks_undone():
    drawn = []

    def draw(generator, count):
        drawn.append(count)
        return np.zeros(count)

    def cancel(fraction):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        simulate(draw, 7 * 5000, 1, permuted.WORTH_THREADS, cancel)
    assert len(drawn) < 5000


def test_ties_count_in_both_tails():
    assert tail_count(np.array([1.0, 2.0, 2.0, 3.0, 4.0]), 2.0, 1e-9) == 3
    assert tail_count(np.array([2.0, 2.0 + 1e-12]), 2.0, 1e-9) == 2
