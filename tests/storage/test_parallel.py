import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import parallel


def thread_of(item: int) -> tuple[int, int]:
    return item, threading.get_ident()


def test_results_come_in_order_from_other_threads():
    found = parallel.each(thread_of, range(50))
    assert [item for item, _ in found] == list(range(50))
    assert threading.get_ident() not in {thread for _, thread in found}


def test_one_of_many_threads_works_alone():
    with ThreadPoolExecutor(1, initializer=parallel.be_one_of_many) as pool:
        found = pool.submit(lambda: (threading.get_ident(), parallel.each(thread_of, range(5)))).result()
    assert found == (found[0], [(item, found[0]) for item in range(5)])


def test_functions_run_at_the_same_time_and_keep_their_order(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    meet = threading.Barrier(2, timeout=10)  # broken where one waits for the other to end
    assert parallel.together(lambda: meet.wait() * 0 + 1, lambda: meet.wait() * 0 + 2) == [1, 2]


def test_what_a_thread_divides_further_it_does_alone():
    found = parallel.each(lambda item: {thread for _, thread in parallel.each(thread_of, range(3))}, range(4))
    assert all(len(threads) == 1 for threads in found)


def test_calls_share_their_threads(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 3)
    threads = {thread for _ in range(20) for _, thread in parallel.each(thread_of, range(9))}
    assert len(threads) <= 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_starts_threads_of_its_own():
    parallel.each(thread_of, range(2))
    child = os.fork()
    if child == 0:
        os._exit(0 if [item for item, _ in parallel.each(thread_of, range(3))] == [0, 1, 2] else 1)
    deadline = time.monotonic() + 10
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    if ended == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert ended == (child, 0)
