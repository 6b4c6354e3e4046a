import threading
import time

import pytest

from colorizer.inference.queue import InferenceQueue, QueueFullError, QueueTimeoutError


def test_queue_serves_in_order_one_at_a_time():
    queue, order, running = InferenceQueue(), [], []

    def visit(name: int, started: threading.Event):
        with queue.ticket() as ticket:
            started.set()
            ticket.wait()
            running.append(name)
            assert running == [name]
            order.append(name)
            time.sleep(0.02)
            running.remove(name)

    threads = []
    for name in range(6):
        started = threading.Event()
        threads.append(threading.Thread(target=visit, args=(name, started)))
        threads[-1].start()
        started.wait()
    for thread in threads:
        thread.join()
    assert order == list(range(6))


def test_queue_tells_the_position_as_the_line_moves():
    queue, told = InferenceQueue(), []
    with queue.ticket() as first:
        assert first.position == 0
        with queue.ticket() as second:
            waiting = threading.Thread(target=_wait, args=(queue, told))
            waiting.start()
            _until(lambda: told == [2])
            assert second.position == 1
        _until(lambda: told == [2, 1])
        assert waiting.is_alive()
    waiting.join(timeout=10)
    assert told == [2, 1] and not waiting.is_alive()


def _until(reached):
    deadline = time.monotonic() + 10
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert reached()


def _wait(queue, told):
    with queue.ticket() as ticket:
        ticket.wait(told.append)


def test_queue_refuses_when_full_and_recovers():
    queue = InferenceQueue(limit=1)
    with queue.ticket(), queue.ticket(), pytest.raises(QueueFullError, match="At most 1"), queue.ticket():
        pass
    with queue.ticket() as ticket:
        assert ticket.position == 0


def test_queue_times_out_and_leaves_the_line():
    queue = InferenceQueue(timeout=0.05)
    with queue.ticket():
        with queue.ticket() as late, pytest.raises(QueueTimeoutError, match="1 are"):
            late.wait()
        with queue.ticket() as next_one:
            assert next_one.position == 1
