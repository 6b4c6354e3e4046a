import threading

import numpy as np
import pytest
from threadpoolctl import OpenBLASController, ThreadpoolController

from colorizer.inference import decoding
from colorizer.inference.threads import one_blas_thread


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in ThreadpoolController().select(user_api="blas").info()}


@pytest.fixture(autouse=True)
def two_threads():
    """As on a machine of two cores, and set by nobody who still lives."""
    before = ThreadpoolController().limit(limits=2, user_api="blas")
    OpenBLASController.clear_controlling_thread(force=True)
    yield
    OpenBLASController.clear_controlling_thread(force=True)
    before.restore_original_limits()
    OpenBLASController.clear_controlling_thread(force=True)


def test_photographs_coloured_at_once_give_blas_its_threads_back(rng):
    logits = rng.normal(size=(24, 24, 261)).astype(np.float32)
    lightness, start = np.full((24, 24), 50, np.float32), threading.Barrier(2)

    def smooth() -> None:
        start.wait()
        decoding.smooth_logits(logits, lightness)

    for _ in range(10):  # who leaves last is chance
        callers = [threading.Thread(target=smooth) for _ in range(2)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert blas_threads() == {2}


@pytest.mark.parametrize("first_to_leave", [0, 1])
def test_the_last_to_leave_lifts_the_limit_and_nobody_waits(first_to_leave):
    inside, may_leave = threading.Barrier(3), [threading.Event(), threading.Event()]

    def visit(number: int) -> None:
        with one_blas_thread():
            inside.wait(10)
            may_leave[number].wait(10)

    callers = [threading.Thread(target=visit, args=(number,)) for number in range(2)]
    for caller in callers:
        caller.start()
    inside.wait(10)
    for number in (first_to_leave, 1 - first_to_leave):
        assert blas_threads() == {1}
        may_leave[number].set()
        callers[number].join(10)
    assert blas_threads() == {2}


def test_the_limit_is_lifted_after_a_failure():
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert blas_threads() == {2}
