import json
import os
from dataclasses import replace

import pytest

from storage.files import BusyError, NotSavedError, locked
from storage.journal import Journal, WrongHeaderError
from study.votes.csv_file import HEADER, is_whole_line, read_votes
from study.votes.csv_store import CsvVotes
from tests.study.votes.votes import LINE, VOTE, allocation, vote


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


@pytest.mark.parametrize("header", ["name,age", HEADER.replace("study,", ""), HEADER.upper(), f"{HEADER},note", LINE])
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


def test_a_server_reads_only_what_is_new(path):
    one, other = Journal(path, HEADER, is_whole_line), Journal(path, HEADER, is_whole_line)
    seen = []
    for number in range(4):
        with (one if number % 2 else other).exclusive():
            (one if number % 2 else other).append([vote(number + 1).line()])
        with one.exclusive() as news:
            seen.append((len(news.lines), news.fresh))
    assert seen == [(1, True), (0, False), (1, False), (0, False)]


def test_allocations_are_lines_of_json(path, tmp_path):
    CsvVotes(path).enrol("p1", lambda shown: allocation())
    (line,) = (tmp_path / "draws.jsonl").read_text().splitlines()
    assert json.loads(line)["participant_id"] == "p1"
    with (tmp_path / "draws.jsonl").open("a") as file:
        file.write(line[:20])  # torn
    assert len(CsvVotes(path).allocations()) == 1
    CsvVotes(path).enrol("p2", lambda shown: allocation("p2"))
    assert len(CsvVotes(path).allocations()) == 2
