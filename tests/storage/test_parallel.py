import threading
from concurrent.futures import ThreadPoolExecutor

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
