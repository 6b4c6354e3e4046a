"""Calls of many threads that are carried out as one."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.together import Together


class Desk:
    """Doubles numbers, and holds its first caller until it is let go, so that the others wait together."""

    def __init__(self):
        self.batches, self.at_work = [], 0
        self.entered, self.let_go = threading.Event(), threading.Event()

    def double(self, numbers: list[int]) -> list[int]:
        self.at_work += 1
        assert self.at_work == 1, "two threads work at a time"
        self.batches.append(sorted(numbers))
        self.entered.set()
        assert self.let_go.wait(30)
        self.at_work -= 1
        if 13 in numbers:
            raise ValueError("13 brings bad luck")
        return [2 * number for number in numbers]


def ask_while_one_is_served(desk: Desk, numbers: list[int]) -> list:
    """Ask for the double of 0 and, while that is in work, for those of `numbers`; returns what each of them got."""
    together = Together(desk.double)
    with ThreadPoolExecutor(len(numbers) + 1) as pool:
        first = pool.submit(together, 0)
        assert desk.entered.wait(30)
        others = [pool.submit(together, number) for number in numbers]
        deadline = time.monotonic() + 30
        while len(together._waiting) < len(numbers):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        desk.let_go.set()
        assert first.result(30) == 0
        return [other.exception(30) or other.result() for other in others]


def test_those_who_wait_are_served_together_and_each_gets_its_own():
    desk = Desk()
    assert ask_while_one_is_served(desk, [1, 2, 3, 4, 5]) == [2, 4, 6, 8, 10]
    assert desk.batches == [[0], [1, 2, 3, 4, 5]]


def test_an_error_reaches_all_of_those_and_nobody_later():
    desk = Desk()
    found = ask_while_one_is_served(desk, [12, 13])
    assert [str(error) for error in found] == ["13 brings bad luck"] * 2
    assert Together(desk.double)(4) == 8


def test_a_single_caller_is_served_at_once_again_and_again():
    desk = Desk()
    desk.let_go.set()
    together = Together(desk.double)
    assert [together(number) for number in range(5)] == [0, 2, 4, 6, 8]
    with pytest.raises(ValueError, match="bad luck"):
        together(13)
    assert together(7) == 14


def test_many_threads_lose_and_double_nothing():
    counted = []

    def count(items: list[int]) -> list[int]:
        counted.extend(items)
        return items

    together = Together(count)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(together, range(5000))) == list(range(5000))
    assert sorted(counted) == list(range(5000))
