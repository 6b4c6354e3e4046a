"""Batches under attack: kill -9, Ctrl-C, a full disk."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colorizer import images
from colorizer.archive import manifest
from tests.batches import make_archive, photographs

RUNNER = Path(__file__).with_name("batch_runner.py")
COUNT = 40


def start(folder, *options):
    command = [sys.executable, str(RUNNER), "batch", str(folder / "in"), str(folder / "out"), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process, photographs_done):
    for _ in range(photographs_done):
        process.stdout.readline()


def check_complete(folder):
    """Each photograph has its picture and one line that says so; nothing else lies there."""
    with manifest.open_manifest(folder / "out") as record:
        assert record.entries.keys() == {str(p.relative_to(folder / "in")) for p in photographs(folder / "in")}
        assert {entry.status for entry in record.entries.values()} == {manifest.DONE}
        pictures = {entry.output for entry in record.entries.values()}
    files = {str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*") if path.is_file()}
    assert len(pictures) == COUNT and files == pictures | {manifest.NAME, manifest.LOCK}
    assert all(images.read(folder / "out" / picture).is_color for picture in pictures)


@pytest.mark.slow
def test_killed_twice_a_batch_is_complete_in_the_end(tmp_path):
    make_archive(tmp_path / "in", COUNT)
    rng = random.Random(3)
    for options in ([], ["--resume"]):
        process = start(tmp_path, *options)
        wait_for(process, rng.randint(5, 12))
        process.kill()
        process.communicate()
        assert all(images.read(path).is_color for path in photographs(tmp_path / "out"))
    before = len((tmp_path / "out" / manifest.NAME).read_text().splitlines())
    out, err = start(tmp_path, "--resume").communicate(timeout=60)
    assert out.splitlines()[-1] == f"{COUNT - before} coloured, {before} done before, 0 failed." and err == ""
    assert 10 <= before < COUNT
    check_complete(tmp_path)


@pytest.mark.slow
def test_ctrl_c_leaves_no_half_file_and_says_how_to_go_on(tmp_path):
    make_archive(tmp_path / "in", COUNT)
    process = start(tmp_path)
    wait_for(process, 6)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "Stopped. Give the same command with --resume to go on.\n"
    assert out.splitlines()[-1].endswith(" left.")
    assert not list((tmp_path / "out").rglob("*.part"))
    assert all(images.read(path).is_color for path in photographs(tmp_path / "out"))
    assert start(tmp_path, "--resume").wait(timeout=60) == 0
    check_complete(tmp_path)


@pytest.fixture
def small_disk(tmp_path):
    """A folder `out` on a real file system with room for a few pictures."""
    (tmp_path / "out").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path / "out"], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root: run this test as root")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path / "out"], check=True)


@pytest.mark.slow
def test_a_full_disk_ends_the_batch_with_its_reason_and_it_goes_on_with_room(small_disk):
    make_archive(small_disk / "in", COUNT)
    process = start(small_disk)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "No space left on device" in err and err.endswith("--resume to go on.\n") and "Traceback" not in err
    assert 0 < len(photographs(small_disk / "out")) < COUNT
    assert all(images.read(path).is_color for path in photographs(small_disk / "out"))
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk / "out"], check=True)
    assert start(small_disk, "--resume").wait(timeout=60) == 0
    check_complete(small_disk)
