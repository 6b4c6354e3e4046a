"""The engine for one machine: threads that share one model.

Each thread processes one photograph at a time from file to file. So reading, prediction, rendering and writing of
different photographs overlap, and memory grows with the number of threads, not with the size of the archive. The batch
size of the network is 1: larger batches would be a little faster, but they change the last bits of its output and so
single pixels, and the same photograph must give the same file in every way of colouring it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from colorizer.archive.manifest import Entry
from colorizer.archive.task import Batch, Task, colorize_file
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.threads import one_blas_thread
from storage.parallel import be_one_of_many
from storage.settings import cores


def run_local(batch: Batch, tasks: list[Task], colorizer: Colorizer, workers: int) -> Iterator[Entry]:
    """Colour tasks in `workers` threads. If closed early, it finishes the photographs in work and starts no others."""
    pool = ThreadPoolExecutor(workers, initializer=be_one_of_many if workers >= cores() else None)
    with one_blas_thread():  # each worker has a core; several BLAS threads per worker would wait for each other
        jobs = [pool.submit(colorize_file, batch, colorizer, task) for task in tasks]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(cancel_futures=True)


def default_workers() -> int:
    """Threads for `run_local`: one more than there are cores, to use all cores while one thread waits for the disk."""
    return 1 + cores()
