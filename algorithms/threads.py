"""Blocks of work in threads: numpy lets others run while it works on long arrays."""

import os
from concurrent.futures import ThreadPoolExecutor


def run_blocks(work, blocks, take, worth_threads=True):
    """Work on blocks, and take what comes out in their order.

    Parameters
    ----------
    work : callable
        Takes a block; called from several threads at once.
    blocks : sequence
    take : callable
        Takes a block and what ``work`` made of it. Called from the calling thread; may raise to cancel.
    worth_threads : bool, optional
        Whether threads gain more than they wait for each other.
    """
    threads = max(1, min(os.cpu_count() or 1, len(blocks))) if worth_threads else 1
    pool = ThreadPoolExecutor(threads)
    try:
        for block, result in zip(blocks, pool.map(work, blocks), strict=True):
            take(block, result)
    finally:
        pool.shutdown(cancel_futures=True)
