import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from storage import parallel


def thread_of(item: int) -> tuple[int, int]:
    return item, threading.get_ident()


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 2)


def test_results_come_in_order(two_cores):
    found = parallel.each(thread_of, range(50))
    assert [item for item, _ in found] == list(range(50))
    assert parallel.each(thread_of, []) == []


def test_one_item_is_done_by_the_caller(two_cores):
    assert parallel.each(thread_of, [7]) == [(7, threading.get_ident())]


def test_the_caller_does_all_where_other_threads_are_busy(two_cores):
    begun, end = threading.Event(), threading.Event()
    busy = parallel._pool(1).submit(lambda: begun.set() or end.wait(30))
    begun.wait(10)
    try:
        assert parallel.each(thread_of, range(5)) == [(item, threading.get_ident()) for item in range(5)]
    finally:
        end.set()
        busy.result(10)


@pytest.mark.parametrize("failing", ["caller", "other"])
def test_an_error_of_any_thread_is_raised_and_nothing_more_begun(two_cores, failing):
    caller, meet, done = threading.get_ident(), threading.Barrier(2, timeout=10), []

    def work(item: int) -> None:
        if item < 2:
            meet.wait()  # each thread has one
            if (threading.get_ident() == caller) == (failing == "caller"):
                raise ValueError(item)
            time.sleep(0.2)
        done.append(item)

    with pytest.raises(ValueError):
        parallel.each(work, range(100))
    assert len(done) == 1
    assert parallel.each(thread_of, range(3))[2][0] == 2  # goes on as before


def test_one_of_many_threads_works_alone():
    with ThreadPoolExecutor(1, initializer=parallel.be_one_of_many) as pool:
        found = pool.submit(lambda: (threading.get_ident(), parallel.each(thread_of, range(5)))).result()
    assert found == (found[0], [(item, found[0]) for item in range(5)])


def test_functions_run_at_the_same_time_and_keep_their_order(two_cores):
    meet = threading.Barrier(2, timeout=10)  # broken where one waits for the other to end
    assert parallel.together(lambda: meet.wait() * 0 + 1, lambda: meet.wait() * 0 + 2) == [1, 2]


def test_what_a_thread_divides_further_it_does_alone(two_cores):
    found = parallel.each(lambda item: {thread for _, thread in parallel.each(thread_of, range(3))}, range(4))
    assert all(len(threads) == 1 for threads in found)


def test_calls_share_their_threads(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 3)
    threads = {thread for _ in range(20) for _, thread in parallel.each(thread_of, range(9))}
    assert len(threads) <= 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_starts_threads_of_its_own(two_cores):
    meet = threading.Barrier(2, timeout=5)
    parallel.together(meet.wait, meet.wait)
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            parallel.together(meet.wait, meet.wait)
            os._exit(0)
        os._exit(1)
    deadline = time.monotonic() + 10
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    if ended == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert ended == (child, 0)
