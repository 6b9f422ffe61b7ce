"""One tool on one case, in a process of its own: python -m benchmarks.worker TASK TOOL FOLDER ANSWER.

Reads the data, then calls the tool once for each line "call" on the standard input and answers with
seconds and peak memory; "answer" writes what the last call returned.
"""

import importlib
import json
import os
import resource
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np

from benchmarks import tools


def peak():
    """Largest memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(task, tool, folder, answer):
    # What a package prints must not come between the replies.
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")

    def reply(**content):
        replies.write(json.dumps(content) + "\n")

    package = tools.TOOLS[task][tool].package
    start = time.perf_counter()
    if package != tools.OURS:
        importlib.import_module(package)
    imported = time.perf_counter() - start
    job = tools.make(task, tool, folder)
    reply(
        imported=imported,
        prepared=time.perf_counter() - start - imported,
        before=peak(),
        version="" if package == tools.OURS else version(package),
    )
    result = None
    for line in sys.stdin:
        if line.strip() == "call":
            result = None
            start, used = time.perf_counter(), time.process_time()
            result = job.call()
            reply(seconds=time.perf_counter() - start, cpu=time.process_time() - used, peak=peak())
        else:
            np.savez(answer, **job.answer(result))
            reply(done=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
