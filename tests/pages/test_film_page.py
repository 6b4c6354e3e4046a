import os
import secrets
import threading
import time

import av
import pytest
import streamlit as st

from colorizer.film import footage
from colorizer.film.hints.edits import FilmHint, write_film_edits
from colorizer.film.steady import KEY_EVERY
from colorizer.inference.hints.hint import Hint
from pages.parts.background import get_tasks
from pages.parts.film import desk
from pages.parts.network import get_queue, turn
from tests.colorizer.film import clips
from tests.page_actions import labels, open_page, press, said, sound, upload


@pytest.fixture(autouse=True)
def empty_server(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path / "data"))
    st.cache_resource.clear()


@pytest.fixture
def film(tmp_path) -> bytes:
    return clips.write(tmp_path / "walk.mp4", footage.gray(clips.shots(24)), sound=True).read_bytes()


@pytest.fixture
def page(tiny, film):
    return upload(open_page("film"), ("walk.mp4", film, "video/mp4"))


def wait(page):
    """Wait until nothing is in work, and run the page anew."""
    until = time.monotonic() + 60
    while any(task.running for task in get_tasks()._tasks.values()) and time.monotonic() < until:
        time.sleep(0.02)
    return sound(page.run())


def test_the_limits_are_said_before_the_upload(tiny):
    assert "Up to 200 MB and 10 minutes" in said(open_page("film"))


def test_a_film_is_previewed_beside_the_original_and_coloured(page, tmp_path):
    assert "96 × 64 pixels" in said(page)
    page = wait(press(page, "Preview 10 seconds"))
    assert "Left: the original" in said(page)
    page = wait(press(page, "Colour all of it"))
    assert "Your film in colour" in said(page) and "less than if each" in said(page)
    [folder] = (tmp_path / "data" / "films").iterdir()
    for name, width in (("pair.mp4", 192), ("colored.mp4", 96)):
        with av.open(str(folder / name)) as container:
            assert container.streams.video[0].frames == 24 and container.streams.video[0].width == width


def correcting(page, time=0.4):
    """The page with a frame on it, and this frame as a photograph."""
    page.session_state["film_correct"], page.session_state["film_time"] = True, time
    page = sound(page.run())
    return page, page.session_state["film_frames"][time]


def comment(path) -> str:
    with av.open(str(path)) as container:
        return container.metadata["comment"]


def test_a_frame_is_corrected_and_the_hint_is_used_and_kept_as_a_file(page, tiny, tmp_path):
    page, frame = correcting(page)
    assert "walk.mp4 at 0.4 seconds" == frame.name and (frame.width, frame.height) == (96, 64)
    frame.edits.change([Hint(20, 30, (0, -25), radius=9)])
    page, other = correcting(page, 0.8)
    assert "0.4 s: 1 hint" in labels(page.button) and not other.edits.hints
    page = press(page, "0.4 s: 1 hint")
    assert page.session_state["film_time"] == 0.4 and list(page.session_state["film_frames"]) == [0.4]
    [folder] = (tmp_path / "data" / "films").iterdir()
    page = wait(press(page, "Preview 10 seconds"))
    assert "with 1 hint of a person" in comment(folder / "preview.mp4")
    assert page.toggle[0].value and page.session_state["film_time"] == 0.4, "the visitor goes on there"
    file = write_film_edits(page.session_state["film_desk"].film, [FilmHint(0.4, Hint(20, 30, (0, -25), radius=9))])
    frame.edits.change(())
    page = upload(page, ("walk.mp4.edits.json", file, "application/json"), key="film_edits")
    assert "1 hint taken" in said(page) and "0.4 s: 1 hint" in labels(page.button)
    page = upload(page, ("other.json", b"{}", "application/json"), key="film_edits")
    assert "Your hints are as they were" in said(page) and "0.4 s: 1 hint" in labels(page.button)


def test_a_frame_can_be_corrected_whatever_name_its_film_gets_by_chance(tiny, film, monkeypatch):
    monkeypatch.setattr(secrets, "token_bytes", lambda count: b"\xff" * count)
    _, frame = correcting(upload(open_page("film"), ("walk.mp4", film, "video/mp4")))
    assert frame.name == "walk.mp4 at 0.4 seconds"


def test_a_film_goes_on_with_the_settings_with_which_it_was_begun(page, slow, tmp_path):
    page = press(page, "Colour all of it")
    [folder] = (tmp_path / "data" / "films").iterdir()
    get_tasks().find(f"film {folder.name} film").stop()
    slow.may_go = 10_000
    page = wait(page)
    next(slider for slider in page.slider if slider.label == "Strength of the colours").set_value(0.5)
    page = wait(press(sound(page.run()), "Go on where it stopped"))
    assert "saturation 1." in comment(folder / "colored.mp4") and not page.error


def test_a_photograph_waits_for_a_few_frames_of_a_film_only(page, slow, tmp_path):
    press(page, "Colour all of it")
    [folder] = (tmp_path / "data" / "films").iterdir()
    task, seen = get_tasks().find(f"film {folder.name} film"), []

    def visit():
        with turn(lambda ahead: seen.append("waiting")):
            seen.append(task.done)

    while not get_queue()._line:  # the film has not begun yet
        time.sleep(0.01)
    visitor = threading.Thread(target=visit)
    visitor.start()
    while not seen and visitor.is_alive():
        time.sleep(0.01)
    slow.may_go = 10_000
    visitor.join(30)
    wait(page)
    assert seen[0] == "waiting" and seen[-1] <= KEY_EVERY + 1 < task.done == 24


def test_clearing_the_page_deletes_the_film(page, tmp_path):
    page = press(page, "Clear the page")
    assert not list((tmp_path / "data" / "films").iterdir())
    assert page.file_uploader


@pytest.mark.parametrize(
    ("content", "reason"), [(b"no film", "walk.mp4 cannot be opened"), (None, "minutes long here")]
)
def test_what_cannot_be_coloured_is_refused_and_not_kept(tiny, film, monkeypatch, tmp_path, content, reason):
    monkeypatch.setattr(desk, "MINUTES", 0.01)
    page = upload(open_page("film"), ("walk.mp4", content or film, "video/mp4"))
    assert reason in page.error[0].value.replace("\\", "")
    assert not list((tmp_path / "data" / "films").iterdir())


def test_old_films_are_deleted(page, tmp_path, monkeypatch):
    monkeypatch.setattr(desk, "KEPT_HOURS", -1)
    desk.delete_old()
    assert not list((tmp_path / "data" / "films").iterdir())
    assert sound(page.run()).file_uploader, "the page begins anew"


def test_a_film_from_before_the_clock_was_set_back_is_kept_no_longer_than_others(page, tmp_path):
    later = time.time() + 30 * 24 * 3600
    (folder,) = (tmp_path / "data" / "films").iterdir()
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (later, later))
    desk.delete_old()
    assert folder.exists() and all(path.stat().st_mtime < time.time() + 60 for path in (folder, *folder.rglob("*")))
