"""Votes under attack: many writers, kill -9, a full disk."""

import contextlib
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from storage.files import NotSavedError
from study.votes.allocation import Allocation
from study.votes.csv_file import read_votes
from study.votes.csv_store import CsvVotes
from study.votes.record import Vote, now_utc
from study.votes.store import open_store

WRITER = Path(__file__).with_name("vote_writer.py")


def start_writer(folder, participant, count, url="", **options):
    command = [sys.executable, str(WRITER), str(folder), participant, str(count), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def saved(output):
    """What the writer was told is saved: the whole lines of its output."""
    lines = output[: output.rfind("\n") + 1].splitlines()
    return [line.split()[1] for line in lines if line.startswith("saved")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "count"), [("csv", 200), ("sqlite", 200), pytest.param("csv", 2000, marks=pytest.mark.long)]
)
def test_eight_processes_lose_and_double_nothing(tmp_path, kind, count):
    url = "" if kind == "csv" else f"sqlite:///{tmp_path}/votes.db"
    writers = [start_writer(tmp_path, f"p{n}", count, url) for n in range(8)]
    outputs = [writer.communicate(timeout=300)[0] for writer in writers]
    assert [len(saved(output)) for output in outputs] == [count] * 8
    votes = open_store("cats", tmp_path, url).read()
    expected = {(f"p{n}", f"s{i}") for n in range(8) for i in range(1, count + 1)}
    assert len(votes) == 8 * count
    assert {(vote.participant_id, vote.stimulus) for vote in votes} == expected


@pytest.mark.slow
def test_eight_tabs_of_one_participant_save_each_vote_once(tmp_path):
    writers = [start_writer(tmp_path, "p1", 60) for _ in range(8)]
    outputs = [writer.communicate(timeout=120)[0] for writer in writers]
    new = Counter(line.split()[1] for output in outputs for line in output.splitlines() if line.endswith(" 1"))
    assert new == {f"s{n}": 1 for n in range(1, 61)}
    assert len(read_votes(tmp_path / "votes.csv")) == 60


@pytest.mark.slow
@pytest.mark.parametrize("kills", [12, pytest.param(50, marks=pytest.mark.long)])
def test_kill_9_again_and_again_loses_no_acknowledged_vote(tmp_path, kills):
    rng = random.Random(7)
    acknowledged = set()
    for number in range(kills):
        writer = start_writer(tmp_path, f"p{number}", 100_000)
        writer.stdout.readline()  # it has begun to save
        time.sleep(rng.uniform(0, 0.06))
        writer.kill()
        output = "saved s1 1\n" + writer.communicate()[0]
        acknowledged |= {(f"p{number}", stimulus) for stimulus in saved(output)}
        kept = Counter((v.participant_id, v.stimulus) for v in CsvVotes(tmp_path / "votes.csv").read())
        assert kept.keys() >= acknowledged
        assert max(kept.values()) == 1
        assert len(kept) <= len(acknowledged) + number + 1  # at most the one in flight at each kill
    assert len(acknowledged) > 2 * kills
    store = CsvVotes(tmp_path / "votes.csv")
    assert store.append([vote("late", 1)]) == 1
    assert store.read()[-1].participant_id == "late"


@pytest.mark.slow
def test_a_writer_killed_with_the_lock_in_hand_blocks_nobody(tmp_path):
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from storage.files import locked\n"
        "with locked(Path(sys.argv[2])):\n"
        "    open(sys.argv[2], 'ab').write(b'cats,p1,1,te'); print('torn', flush=True); os.kill(os.getpid(), 9)\n"
    )
    store = CsvVotes(tmp_path / "votes.csv")
    store.append([vote("p0", 1)])
    root = str(WRITER.parents[2])
    subprocess.run([sys.executable, "-c", code, root, str(tmp_path / "votes.csv")], capture_output=True)
    assert store.append([vote("p2", 1)]) == 1
    assert [v.participant_id for v in store.read()] == ["p0", "p2"]


def vote(participant, number):
    return Vote(
        "cats", participant, number, "test", f"s{number}", "m", False, True, 900, now_utc(), "phone", "0.1.0"
    )  # fmt: skip


def test_a_full_disk_says_so_and_keeps_what_it_said(tmp_path):
    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))

    writer = start_writer(tmp_path, "p1", 1000, preexec_fn=limit_files)
    output = writer.communicate(timeout=60)[0]
    assert "not saved" in output.splitlines()[-1]
    assert "File too large" in output
    kept = read_votes(tmp_path / "votes.csv")
    assert [v.stimulus for v in kept] == saved(output)
    assert len(kept) > 20
    assert (tmp_path / "votes.csv").read_bytes().endswith(b"\n")  # the half-written vote was taken back
    assert CsvVotes(tmp_path / "votes.csv").append([vote("p1", len(kept) + 1)]) == 1  # and can be given again


class TinyDisk:
    """A real file system of 64 KiB in memory."""

    def __init__(self, folder):
        self.folder, self._filler = folder, folder / "filler"

    def fill(self):
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass

    def free(self):
        self._filler.unlink()


@pytest.fixture
def disk(tmp_path):
    """A disk that can be filled up and freed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root: run this test as root")
    yield TinyDisk(folder)
    subprocess.run(["umount", "-l", folder], check=True)


FULL = "No space left on device"


def test_on_a_full_disk_no_vote_of_a_page_is_saved(disk):
    store = CsvVotes(disk.folder / "votes.csv")
    store.append([vote("p1", n) for n in range(1, 40)])
    disk.fill()
    with pytest.raises(NotSavedError, match=FULL):
        store.append([vote("p2", n) for n in range(1, 400)])
    assert {v.participant_id for v in store.read()} == {"p1"}
    disk.free()
    assert store.append([vote("p2", n) for n in range(1, 4)]) == 3
    assert len(store.read()) == 42


def test_on_a_full_disk_no_participant_begins(disk):
    store = CsvVotes(disk.folder / "votes.csv")
    store.append([vote("p1", n) for n in range(1, 40)])
    disk.fill()
    trials = tuple({"stimulus": f"s{n}", "phase": "test"} for n in range(300))
    with pytest.raises(NotSavedError, match=FULL):
        store.enrol("p1", lambda shown: Allocation("p1", now_utc(), "phone", trials))
    assert store.allocations() == []


def test_no_room_for_a_deletion_leaves_everything(disk):
    store = CsvVotes(disk.folder / "votes.csv")
    store.append([vote("p1", 1)] + [vote("p2", n) for n in range(1, 200)])
    disk.fill()
    with pytest.raises(NotSavedError, match=FULL):
        store.delete("p1")
    assert len(store.read()) == 200
    assert [path.name for path in disk.folder.iterdir() if path.suffix == ".tmp"] == []
    disk.free()
    assert store.delete("p1") == 1
    assert len(store.read()) == 199
