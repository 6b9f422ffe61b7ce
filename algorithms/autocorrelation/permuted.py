"""Statistics of random permutations, in blocks: the same numbers for any number of threads."""

import numpy as np

from ..threads import run_blocks
from ._arrays import report

# Numbers that a block of permutations touches: well under a second between two calls of progress.
BLOCK = 20_000_000
# What a permutation costs beside its numbers, in numbers: a handful of calls of numpy.
OVERHEAD = 20_000
# Numbers a permutation touches from which on threads gain more than they wait for each other.
WORTH_THREADS = 50_000


def simulate(draw, permutations, seed, cost, progress=None):
    """Statistics of random permutations.

    Every block of permutations has a generator of its own, seeded by ``seed`` and the number of
    the block, and the size of a block depends on ``cost`` alone: threads change no number.

    Parameters
    ----------
    draw : callable
        Takes a generator and a count, returns the statistics of so many permutations, an array
        of that length, or what it sums up from them; called from several threads at once.
    permutations : int
        Number R of permutations, at least 1.
    seed : int
        0 or more.
    cost : int
        Numbers that one permutation touches.
    progress : callable, optional
        Takes the fraction done; may raise to cancel. Called from the calling thread.

    Returns
    -------
    (R, ...) array
        What the blocks returned, one after the other.
    """
    block = max(1, BLOCK // (cost + OVERHEAD))
    starts = range(0, permutations, block)
    parts = []

    def run(start):
        generator = np.random.Generator(np.random.SFC64([seed, start // block]))
        return draw(generator, min(block, permutations - start))

    def take(start, part):
        parts.append(part)
        report(progress, min(start + block, permutations) / permutations)

    run_blocks(run, starts, take, worth_threads=cost >= WORTH_THREADS)
    return np.concatenate(parts)


def tail_count(simulated, observed, tie):
    """Permutations at least, or at most, the observed value: the fewer of both.

    Parameters
    ----------
    simulated : (R, ...) float
    observed, tie : float or (...) float
        Values closer than ``tie`` are the same arrangement summed in another order.

    Returns
    -------
    int or (...) int64
    """
    at_least = np.count_nonzero(simulated >= observed - tie, axis=0)
    at_most = np.count_nonzero(simulated <= observed + tie, axis=0)
    return np.minimum(at_least, at_most)
