"""The engine for one machine: threads that share one model.

Each takes one photograph at a time from file to file, so that reading, network, joining and writing of different
photographs overlap, and memory grows with the number of threads and not with the archive. The network sees one
photograph at a time: several at once would be a little faster, but change the last bits of its numbers, and with them
single pixels, while the same photograph must give the same file however it is coloured.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from colorizer.archive.manifest import Entry
from colorizer.archive.task import Batch, Task, colorize_file
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.threads import one_blas_thread


def run_local(batch: Batch, tasks: list[Task], colorizer: Colorizer, workers: int) -> Iterator[Entry]:
    """The engine for one machine: `workers` threads. Closed early, it ends those in work and begins no more."""
    pool = ThreadPoolExecutor(workers)
    with one_blas_thread():  # the workers share the cores out; BLAS's own would wait for each other
        jobs = [pool.submit(colorize_file, batch, colorizer, task) for task in tasks]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def default_workers() -> int:
    """Threads that pay for `run_local`: one more than there are cores, so that a wait for the disk costs nothing."""
    return 1 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
