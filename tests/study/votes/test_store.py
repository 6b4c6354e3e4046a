import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from study.votes import allocation as allocations
from study.votes.csv_file import HEADER, export_votes, read_votes
from study.votes.csv_store import CsvVotes
from study.votes.sql_store import DatabaseVotes
from study.votes.store import open_store
from tests.study.votes.votes import allocation, vote


def test_votes_come_back_in_order(store):
    votes = [vote(3), vote(1), vote(2, "p2"), replace(vote(4), is_real=True, model="", partner="s9")]
    assert store.append(votes[:2]) == 2
    assert store.append(votes[2:]) == 2
    assert store.read() == votes
    assert store.votes_of("p2") == [vote(2, "p2")]


def test_nothing_yet(store):
    assert (store.read(), store.allocations(), store.votes_of("p1"), store.allocation_of("p1")) == ([], [], [], None)
    assert store.append([]) == 0


def test_one_vote_per_participant_and_picture(another):
    one, other = another(), another()
    assert one.append([vote(1)]) == 1
    assert other.append([replace(vote(1), judged_real=False)]) == 0  # a second tab
    assert one.append([vote(2), replace(vote(2), trial=9), vote(3)]) == 2  # a double click
    assert other.append([vote(1, "p2")]) == 1
    assert other.read() == [vote(1), vote(2), vote(3), vote(1, "p2")]


@pytest.mark.parametrize("another", ["sqlite", "postgresql"], indirect=True)
def test_studies_share_a_database_and_do_not_mix(another):
    another("cats").append([vote(1)])
    another("dogs").append([replace(vote(1), study="dogs")])
    another("dogs").enrol("p1", lambda shown: allocation())
    assert another("cats").read() == [vote(1)]
    assert another("cats").allocations() == []
    another("dogs").clear()
    assert another("cats").read() == [vote(1)]
    assert another("dogs").read() == []


def test_deleting_a_participant_leaves_the_others(another):
    one, other = another(), another()
    one.append([vote(1), vote(2), vote(1, "p2")])
    for participant in ("p1", "p2"):
        one.enrol(participant, lambda shown, participant=participant: allocation(participant))
    assert other.delete("p1") == 2
    assert one.read() == [vote(1, "p2")]
    assert [each.participant_id for each in one.allocations()] == ["p2"]
    assert other.delete("p1") == 0
    assert one.append([vote(1)]) == 1  # nothing of the deleted vote is remembered, here or in the other server
    assert other.append([vote(1)]) == 0


def test_a_participant_is_given_pictures_once(another):
    one, other = another(), another()
    first = one.enrol("p1", lambda shown: allocation(trials=[{"stimulus": "s7", "phase": "test"}]))
    again = other.enrol("p1", lambda shown: pytest.fail("allocated twice"))
    assert again == first == one.allocation_of("p1")


def test_a_class_begins_at_once_though_each_looks_at_the_store(store):
    """Each that waits for its turn may hold a connection to the database; the one whose turn it is needs two."""

    def begin(number):
        def allocate(shown):
            store.started()
            return allocation(f"p{number}")

        return store.enrol(f"p{number}", allocate)

    began = time.monotonic()
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(begin, range(40)))
    assert store.started() == 40
    assert time.monotonic() - began < 20  # seconds; a connection is waited for for 30


def test_a_refused_allocation_leaves_no_trace(store):
    with pytest.raises(RuntimeError):
        store.enrol("p1", lambda shown: (_ for _ in ()).throw(RuntimeError("closed")))
    assert store.allocations() == []
    assert store.enrol("p1", lambda shown: allocation()) == store.allocation_of("p1")


def test_an_allocation_knows_what_was_shown(store):
    store.append([vote(1), vote(2), vote(1, "p2")])
    store.enrol("p3", lambda shown: allocation("p3", [{"stimulus": s, "phase": "test"} for s in ("s1", "s5")]))
    seen = []
    store.enrol("p4", lambda shown: seen.append(shown) or allocation("p4"))
    assert seen == [Counter(s1=3, s2=1, s5=1)]


def test_threads_share_a_store(store):
    def work(number):
        results.append(sum(store.append([vote(i, f"p{number % 4}")]) for i in range(1, 26)))

    results = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 100  # four participants, each in two tabs
    assert Counter(v.participant_id for v in store.read()) == {f"p{n}": 25 for n in range(4)}


def test_the_export_is_the_same_csv_whatever_the_store(store, tmp_path):
    store.append([vote(1), replace(vote(2), is_real=True, model="")])
    export_votes(store.read(), tmp_path / "export.csv")
    assert (tmp_path / "export.csv").read_text() == f"{HEADER}\n{vote(1).line()}\n{store.read()[1].line()}\n"
    assert read_votes(tmp_path / "export.csv") == store.read()


def test_the_environment_chooses_the_store(tmp_path, monkeypatch):
    monkeypatch.delenv("HUESTORY_DATABASE_URL", raising=False)
    assert isinstance(open_store("cats", tmp_path), CsvVotes)
    monkeypatch.setenv("HUESTORY_DATABASE_URL", f"sqlite:///{tmp_path}/h.db")
    assert isinstance(open_store("cats", tmp_path), DatabaseVotes)


def test_the_state_changes_with_every_vote_participant_and_deletion(another):
    one, other = another(), another()
    states = [one.state()]
    for change in (
        lambda: other.append([vote(1)]),
        lambda: other.enrol("p1", lambda shown: allocation("p1")),
        lambda: other.append([vote(1, "p2")]),
        lambda: other.delete("p2"),
        lambda: other.append([vote(1, "p3")]),
    ):
        change()
        states.append(one.state())
    assert len(set(states)) == len(states)
    assert one.state() == other.state() == states[-1]


def test_who_began_before_the_clock_was_set_back_is_not_at_it_for_days(another):
    store, later = another(), (datetime.now(UTC) + timedelta(days=3)).isoformat()
    store.enrol("p1", lambda shown: allocation(started_at=later))
    assert not store.attended()[0].is_at_it

    def allocate(shown):
        assert shown["s1"] == 0, "its pictures count as shown no more than those of people who left"
        return allocation("p2")

    store.enrol("p2", allocate)
    assert store.started() == 2


def test_a_picture_of_who_began_after_that_counts_and_ends_in_time(another, monkeypatch):
    store, later = another(), (datetime.now(UTC) + timedelta(days=3)).isoformat()
    store.enrol("p1", lambda shown: allocation(started_at=later))
    store.enrol("p2", lambda shown: allocation("p2"))
    seen = []
    store.enrol("p3", lambda shown: seen.append(shown["s1"]) or allocation("p3"))
    monkeypatch.setattr(allocations, "OPEN_ALLOCATION", timedelta(0))
    store.enrol("p4", lambda shown: seen.append(shown["s1"]) or allocation("p4"))
    assert seen == [1, 0]
