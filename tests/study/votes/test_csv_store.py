import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from storage.files import BusyError, NotSavedError, locked
from storage.journal import Journal, WrongHeaderError
from study.votes.csv_file import HEADER, read_votes
from study.votes.csv_store import CsvVotes
from study.votes.record import BadVoteError
from tests.study.votes.votes import LINE, OLD_LINE, VOTE, allocation, vote


@pytest.fixture
def path(tmp_path):
    return tmp_path / "votes.csv"


def test_the_file_has_its_header_once(path):
    CsvVotes(path).append([vote(1)])
    CsvVotes(path).append([vote(2)])
    assert path.read_text() == f"{HEADER}\n{vote(1).line()}\n{vote(2).line()}\n"


@pytest.mark.parametrize("cut", range(1, len(LINE) + 1, 7))
def test_a_torn_line_is_ignored_and_cut_off(path, cut):
    whole = f"{HEADER}\n{vote(2).line()}\n"
    path.write_text(whole + LINE[:-cut])
    store = CsvVotes(path)
    assert store.read() == [vote(2)]
    assert path.read_text() == whole + LINE[:-cut]  # reading writes nothing
    assert store.append([VOTE]) == 1
    assert path.read_text() == f"{whole}{LINE}\n"


def test_a_last_line_without_its_end_is_kept(path):
    path.write_text(f"{HEADER}\n{LINE}")  # an editor left the line end out, or only it was torn off
    store = CsvVotes(path)
    assert store.read() == read_votes(path) == [VOTE]
    assert store.append([VOTE, vote(2)]) == 1
    assert path.read_text() == f"{HEADER}\n{LINE}\n{vote(2).line()}\n"


def test_a_torn_partner_is_not_taken_for_a_whole_one(path):
    pair = replace(VOTE, stimulus="s123456", partner="s654321")
    path.write_text(f"{HEADER}\n{pair.line()[:-3]}")
    assert CsvVotes(path).read() == []


@pytest.mark.parametrize("torn", ["", "st", HEADER[:-1], HEADER])
def test_a_torn_header_is_mended(path, torn):
    path.write_text(torn)
    assert CsvVotes(path).read() == []
    CsvVotes(path).append([VOTE])
    assert path.read_text() == f"{HEADER}\n{LINE}\n"


@pytest.mark.parametrize("header", ["a,b", HEADER.replace("study,", ""), HEADER.upper(), f"{HEADER},partner", LINE])
@pytest.mark.parametrize("end", ["", "\n", "\nx,1\n"])
def test_a_file_with_another_header_is_never_written_to(path, header, end):
    path.write_text(header + end)
    store = CsvVotes(path)
    for attempt in (store.read, lambda: store.append([VOTE]), lambda: store.delete("p1"), lambda: read_votes(path)):
        with pytest.raises(WrongHeaderError, match="Received"):
            attempt()
    assert path.read_text() == header + end


def test_rewriting_twice_is_seen_by_a_server_that_held_the_file_open(path):
    # The second rewrite may get the inode number of the first file: only its kept descriptor tells them apart.
    one, other = CsvVotes(path), CsvVotes(path)
    one.append([vote(n, "a") for n in range(1, 4)] + [vote(n, "b") for n in range(1, 4)])
    other.append([])
    for participant in ("a", "b"):
        one.delete(participant)
    one.append([vote(n, "c") for n in range(1, 9)])
    assert other.append([vote(1, "a")]) == 1
    assert other.append([vote(8, "c")]) == 0


def test_what_a_killed_deletion_left_is_swept_away(path, tmp_path):
    store = CsvVotes(path)
    store.append([vote(1), vote(1, "p2")])
    leftover = tmp_path / ".votes.csv.123.456.tmp"
    leftover.write_text(vote(1, "p2").line())
    store.delete("p2")
    assert not leftover.exists()


def test_a_file_in_use_for_too_long_is_an_error(path):
    store = CsvVotes(path)
    store._votes._timeout = 0.05
    with locked(path), pytest.raises(BusyError, match="try again"):
        store.append([VOTE])
    assert store.append([VOTE]) == 1


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_failing_disk_takes_back_what_it_half_wrote(path, monkeypatch, call):
    store = CsvVotes(path)
    store.append([vote(1)])
    real, broken = getattr(os, call), {"left": 0}

    def failing(descriptor, *data):
        if call == "write" and not broken["left"]:
            broken["left"] = 1
            return real(descriptor, bytes(data[0])[:20])  # a short write, then the refusal
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(NotSavedError, match="No space left on device"):
        store.append([vote(2)])
    monkeypatch.undo()
    assert path.read_text() == f"{HEADER}\n{vote(1).line()}\n"
    assert store.append([vote(2)]) == 1
    assert store.read() == [vote(1), vote(2)]


def test_a_file_of_the_first_version_is_read_as_it_is_and_brought_up_to_date_by_the_next_vote(path):
    old = HEADER.removesuffix(",photo,external_id,server_ms,language,exposure_ms,excluded,shown_ms")
    path.write_text(f"{old}\n{OLD_LINE}\n")
    store = CsvVotes(path)
    assert store.read() == read_votes(path) == [VOTE]
    assert path.read_text() == f"{old}\n{OLD_LINE}\n", "reading writes nothing"
    assert store.append([VOTE]) == 0
    assert store.append([vote(2)]) == 1
    assert path.read_text() == f"{HEADER}\n{LINE}\n{vote(2).line()}\n"
    assert store.read() == [VOTE, vote(2)]


def test_columns_of_somebody_else_are_kept_and_ignored(path):
    old = HEADER.removesuffix(",photo,external_id,server_ms,language,exposure_ms,excluded,shown_ms")
    path.write_text(f"{old},note,server_ms\n{OLD_LINE},a note,77\n")
    store = CsvVotes(path)
    assert store.read() == [replace(VOTE, server_ms=77)]
    store.append([vote(2)])
    with_time = replace(VOTE, server_ms=77).line()
    assert path.read_text() == f"{HEADER},note\n{with_time},a note\n{vote(2).line()}\n"
    assert read_votes(path) == store.read() == [replace(VOTE, server_ms=77), vote(2)]


def test_a_damaged_line_is_named_and_stops_nobody(path, caplog):
    path.write_text(f"{HEADER}\n{LINE.replace('test', 'rest')}\n{vote(2).line()}\n")
    store = CsvVotes(path)
    assert store.read() == [vote(2)]
    (named,) = store.damaged()
    assert "votes.csv, line 2: phase must be one of" in named and named in caplog.text
    assert store.enrol("p2", lambda shown: allocation("p2")).participant_id == "p2"
    assert store.append([VOTE, vote(2)]) == 1, "what the damaged line said can be said again"
    assert store.read() == [vote(2), VOTE] and store.votes_of("p1") == [VOTE, vote(2)]


def test_a_second_vote_in_the_file_does_not_count_and_is_named(path):
    path.write_text(f"{HEADER}\n{LINE}\n{replace(VOTE, trial=9, judged_real=False).line()}\n")
    assert CsvVotes(path).read() == [VOTE]
    assert "line 3: a second vote of p1 on s1" in CsvVotes(path).damaged()[0]
    with pytest.raises(BadVoteError, match="line 3 is a second vote of p1 on the picture of line 2"):
        read_votes(path)


def test_allocations_are_lines_of_json(path, tmp_path):
    CsvVotes(path).enrol("p1", lambda shown: allocation())
    (line,) = (tmp_path / "draws.jsonl").read_text().splitlines()
    assert json.loads(line)["participant_id"] == "p1"
    with (tmp_path / "draws.jsonl").open("a") as file:
        file.write(line[:20])  # torn
    assert len(CsvVotes(path).allocations()) == 1
    CsvVotes(path).enrol("p2", lambda shown: allocation("p2"))
    assert len(CsvVotes(path).allocations()) == 2


def test_votes_of_many_who_wait_are_written_in_one_go(path, monkeypatch):
    """One after another, each would wait for the disk: with 100 participants and a busy server about a second."""
    store = CsvVotes(path)
    store.append([vote(1)])
    written, append = [], Journal.append
    monkeypatch.setattr(Journal, "append", lambda self, lines: written.append(len(lines)) or append(self, lines))
    with ThreadPoolExecutor(20) as pool:
        with locked(path):  # as a backup would hold it
            counts = [pool.submit(store.append, [vote(2, f"p{n}"), vote(3, f"p{n % 10}")]) for n in range(20)]
            deadline = time.monotonic() + 20  # before the lock of the first of them is given up
            while len(store._append_together._waiting) < 19:
                assert time.monotonic() < deadline
                time.sleep(0.001)
        assert sum(count.result() for count in counts) == 30  # ten of them sent a vote that another had sent
    assert len(written) == 2 and sum(written) == 30
    assert len(CsvVotes(path).read()) == 31
