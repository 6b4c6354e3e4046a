import hashlib
import os
from types import SimpleNamespace

import pytest

from colorizer import images
from storage.files import BusyError, NotSavedError, locked
from study.pool import building as building_module
from study.pool.building import BuildCancelledError, PoolExistsError
from study.pool.conditions import Condition
from study.pool.photos import Photos
from study.pool.stimuli import MissingPoolError, load_pool
from study.protocol import TooFewPhotosError
from tests.study.pool.pools import build
from tests.study_photos import VIVID, files, photograph, png, tint


def test_too_few_usable_photographs(tmp_path):
    grey = png(images.to_gray(photograph(3)))
    with pytest.raises(TooFewPhotosError, match="Received 1") as caught:
        build(tmp_path, Photos.from_files(files(1) | {"grey.png": grey}))
    assert [entry["name"] for entry in caught.value.refused] == ["grey.png"]


def counting(calls):
    def recolor(photo, gray):
        calls.append(photo)
        return tint(photo, gray)

    return (Condition("tinted", "weights 123", recolor),)


def test_a_cancelled_build_goes_on_where_it_stopped(tmp_path):
    calls, progress = [], []
    with pytest.raises(BuildCancelledError, match="5 of 12"):
        build(tmp_path, conditions=counting(calls), cancel=lambda: len(calls) == 5)
    with pytest.raises(MissingPoolError):
        load_pool(tmp_path)
    pool = build(tmp_path, conditions=counting(calls), progress=lambda *args: progress.append(args))
    assert sorted(calls) == sorted(files(12))  # each coloured once
    assert progress[0] == (1, 12, "holiday/IMG_000.png")
    assert progress[-1][:2] == (12, 12)
    assert len(pool.photos) == 12
    assert not (tmp_path / ".building").exists()


def test_a_build_killed_at_any_write_can_be_finished(tmp_path, monkeypatch):
    real = building_module.save_file
    total = 0

    def counted(path, data):
        nonlocal total
        total += 1
        real(path, data)

    monkeypatch.setattr(building_module, "save_file", counted)
    build(tmp_path / "whole", Photos.from_files(files(9)))
    for fatal in range(1, total + 1, 7):
        left = fatal

        def dying(path, data):
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
            real(path, data)

        monkeypatch.setattr(building_module, "save_file", dying)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / str(fatal), Photos.from_files(files(9)))
        monkeypatch.setattr(building_module, "save_file", real)
        pool = build(tmp_path / str(fatal), Photos.from_files(files(9)))
        assert len(list((tmp_path / str(fatal) / "pictures").iterdir())) == len(pool.stimuli)
        assert all(hashlib.sha256(pool.picture(s.id)).hexdigest() == s.sha256 for s in pool.stimuli)


def test_a_changed_photograph_is_done_again(tmp_path):
    calls = []
    source = files(12)
    with pytest.raises(BuildCancelledError):
        build(tmp_path, Photos.from_files(source), counting(calls), cancel=lambda: len(calls) == 5)
    source["holiday/IMG_001.png"] = png(photograph(99))
    pool = build(tmp_path, Photos.from_files(source), counting(calls))
    assert calls.count("holiday/IMG_001.png") == 2
    (photo,) = (p for p in pool.photos if p["name"] == "holiday/IMG_001.png")
    assert photo["sha256"] == hashlib.sha256(source["holiday/IMG_001.png"]).hexdigest()


def test_a_finished_pool_is_given_back_and_never_changed(tmp_path):
    calls = []
    pool = build(tmp_path, conditions=counting(calls))
    before = {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert build(tmp_path, conditions=counting(calls)) == pool
    assert len(calls) == 12
    for other in ({"conditions": (VIVID,)}, {"size": 200}, {"source": Photos.from_files(files(11))}):
        with pytest.raises(PoolExistsError, match="Choose another folder"):
            build(tmp_path, **other)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}


def test_an_unfinished_build_keeps_its_settings(tmp_path):
    with pytest.raises(BuildCancelledError):
        build(tmp_path, cancel=lambda: True)
    with pytest.raises(PoolExistsError, match="resumed with the settings"):
        build(tmp_path, conditions=(VIVID,))


def test_one_build_at_a_time(tmp_path):
    with locked(tmp_path / ".building"), pytest.raises(BusyError, match="Another is at work"):
        build(tmp_path)


def test_a_full_disk_stops_the_build_and_refuses_no_photograph(tmp_path, monkeypatch):
    real = os.fsync
    left = 20

    def full(descriptor):
        nonlocal left
        left -= 1
        if left <= 0:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotSavedError, match="No space left"):
        build(tmp_path)
    monkeypatch.undo()
    assert build(tmp_path).refused == ()


def test_an_unreadable_file_is_refused_by_name(tmp_path):
    source = files(9)

    def read(name):
        if name == "holiday/IMG_002.png":
            raise PermissionError(13, "Permission denied")
        return source[name]

    pool = build(tmp_path, SimpleNamespace(names=tuple(sorted(source)), read=read))
    assert [entry["name"] for entry in pool.refused] == ["holiday/IMG_002.png"]
