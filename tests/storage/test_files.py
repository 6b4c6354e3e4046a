import errno
import os

import pytest

from storage import files
from storage.files import BusyError, NotSavedError, locked, rename, replacing, save_file, sync, write_file


def names(folder) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.fixture
def full_disk(monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old and longer")
    write_file(path, b"new")
    write_file(str(tmp_path / "b.png"), b"")
    assert path.read_bytes() == b"new" and names(tmp_path) == ["a.png", "b.png"]


def test_bytes_and_name_are_forced_to_the_disk_in_this_order(tmp_path, monkeypatch):
    steps, real_sync, real_replace = [], os.fsync, os.replace

    def fsync(descriptor):
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        real_sync(descriptor)

    def replace(source, target):
        steps.append("rename")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_file(tmp_path / "a", b"x")
    assert steps == ["file", "rename", "folder"]


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path, full_disk):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="No space left"):
        write_file(path, b"new")
    with pytest.raises(NotSavedError, match=r"a\.png could not be written: No space left on device\. Free some space"):
        save_file(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("place", ["missing/a.png", "file/a.png"])
def test_the_error_of_a_place_that_is_none_is_the_systems_own(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises((FileNotFoundError, NotADirectoryError)):
        write_file(tmp_path / place, b"new")


def test_the_umask_is_heeded(tmp_path):
    before = os.umask(0o022)
    try:
        write_file(tmp_path / "a.png", b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o644


def test_a_library_may_write_the_new_file(tmp_path):
    path, beside = tmp_path / "a.weights.h5", tmp_path / ".new.weights.h5"
    with replacing(path, beside) as new:
        assert new == beside
        new.write_bytes(b"weights")
    assert path.read_bytes() == b"weights" and names(tmp_path) == ["a.weights.h5"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_while_writing_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(error), replacing(path) as new:
        new.write_bytes(b"half")
        raise error
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a"]


def test_what_a_killed_process_leaves_is_found_by_its_name(tmp_path):
    with replacing(tmp_path / "a") as new:
        new.write_bytes(b"")
        assert list(tmp_path.glob(files.PARTS)) == [new]


def test_a_folder_is_renamed(tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "a").touch()
    rename(tmp_path / "half", tmp_path / "whole")
    assert names(tmp_path) == ["whole"] and names(tmp_path / "whole") == ["a"]


def test_a_missing_file_cannot_be_synced(tmp_path):
    sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "missing")


def test_a_file_in_use_for_too_long_is_an_error(tmp_path):
    with (
        locked(tmp_path / "a"),
        pytest.raises(BusyError, match=r"0\.05 seconds; try again"),
        locked(tmp_path / "a", timeout=0.05),
    ):
        pass
    with locked(tmp_path / "a", timeout=0.05):
        pass


def test_a_lock_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotSavedError, match="could not be written"), locked(tmp_path / "file" / "a"):
        pass
