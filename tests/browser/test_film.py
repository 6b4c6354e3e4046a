"""A visitor with a film: refused by its length before the upload, previewed, corrected, coloured, downloaded."""

import av
import pytest

from colorizer.film import footage
from tests.browser.conftest import settle
from tests.browser.test_browser import overflow
from tests.colorizer.film import clips

pytestmark = pytest.mark.browser


def wait_for(page, heading: str) -> None:
    page.get_by_role("heading", name=heading).wait_for()
    settle(page)


def played(page) -> list:
    """Play the first film on the page for a moment: its size, and whether it has gone on."""
    return page.locator("video").first.evaluate(
        """(film) => new Promise((resolve) => {
            film.muted = true;
            film.ontimeupdate = () => film.currentTime > 0.1 && resolve([film.videoWidth, film.videoHeight]);
            film.onerror = () => resolve(film.error.message);
            film.play();
        })"""
    )


def test_a_film_is_coloured_with_a_hint_and_downloaded(open_page, server, data, tmp_path):
    frames = footage.gray(clips.shots(24))
    long = footage.write_film(tmp_path / "long.mp4", [frames[0]] * 14, rate=footage.Fraction(1, 60))
    film = clips.write(tmp_path / "walk.mp4", frames, sound=True)
    page = open_page(f"{server}/film", width=390, height=844, has_touch=True, is_mobile=True)
    large = tmp_path / "large.mp4"
    with open(large, "wb") as file:
        file.truncate(201 * 2**20)
    page.locator("input[type=file]").set_input_files(large)
    page.get_by_role("alert").get_by_text("This one has 201 MB").wait_for()
    page.locator("input[type=file]").set_input_files(long)
    page.get_by_role("alert").get_by_text("This one is 14.0 minutes long").wait_for()
    assert not list(data.glob("films/*")), "it was not uploaded"
    page.locator("input[type=file]").set_input_files(film)

    page.get_by_role("button", name="Preview 10 seconds").click()
    wait_for(page, "Preview")
    assert played(page) == [192, 64] and overflow(page) <= 0

    page.get_by_text("Correct a colour", exact=True).click()
    stage = page.locator("canvas.stage")
    stage.scroll_into_view_if_needed()
    settle(page)
    box = stage.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("group", name="Likely colours for this place").get_by_role("button").nth(1).tap()
    page.get_by_role("button", name="0.0 s: 1 hint").wait_for()
    settle(page)

    page.get_by_role("button", name="Colour all of it").click()
    wait_for(page, "Your film in colour")
    assert played(page) == [96, 64] and overflow(page) <= 0
    with page.expect_download() as found:
        page.get_by_role("button", name="Download the film").click()
    assert found.value.suggested_filename == "walk_colorized.mp4"
    with av.open(str(found.value.path())) as container:
        assert "with 1 hint of a person" in container.metadata["comment"]
        assert container.streams.video[0].frames == 24 and container.streams.audio
