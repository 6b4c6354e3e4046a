import json
import re
import secrets
import time

import pytest

from study.creating import create_study
from study.pool.photos import Photos
from study.protocol import StudyProtocol
from study.recruiting.panel import Panel
from study.recruiting.quotas import Quota
from tests.browser.conftest import open_research_page
from tests.study_photos import PIPELINE, TINT, VIVID, files

pytestmark = pytest.mark.browser

SINGLE = StudyProtocol("single_small", real=2, recolored=2, catch=1, practice=2)
PAIRS = StudyProtocol("pairs_small", layout="pairs", real=0, recolored=2, catch=0, practice=0)
GRID = StudyProtocol("grid_small", layout="grid", real=1, recolored=3, catch=0, practice=0)
TIMED = StudyProtocol("timed_small", real=1, recolored=1, catch=0, practice=0, exposures_ms=(700,))


@pytest.fixture
def studies(server, data):
    """A function from a protocol to a new open study and its address."""

    def build(protocol, **options):
        photos = Photos.from_files(files(protocol.photos, height=240, width=320))
        folder = data / "studies" / f"study-{secrets.token_hex(3)}"
        options = {"title": "Cats", "state": "open", **options}
        study = create_study(folder, photos, [TINT, VIVID], PIPELINE, protocol, "1.0.0", **options)
        return study, f"{server}/survey?study={folder.name}"

    return build


def agree(page) -> None:
    page.get_by_role("button", name="I agree, start").click()
    page.locator(".stage:not(.loading) img").first.wait_for()


def wait_for(page, count: str) -> None:
    """A picture is on the screen, and long enough for an answer to be one."""
    page.locator(".count", has_text=re.compile(f"^{count}$")).wait_for()
    page.locator(".stage:not(.loading) img").first.wait_for()
    page.wait_for_timeout(450)


def wait_for_votes(study, count: int) -> list:
    deadline = time.monotonic() + 10
    while len(study.store.read()) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return study.store.read()


def record_everything(page) -> list[tuple[str, dict, bytes]]:
    """All that the browser receives from now on: address, headers and body."""
    received = []

    def keep(request) -> None:
        if "/static/" not in request.url:
            response = request.response()
            received.append((response.url, response.all_headers(), response.body()))

    def keep_frame(frame: str | bytes) -> None:
        received.append(("websocket", {}, frame.encode() if isinstance(frame, str) else frame))

    page.on("requestfinished", keep)
    page.on("websocket", lambda socket: socket.on("framereceived", keep_frame))
    return received


def test_keys_reload_back_and_double_click_give_one_vote_a_picture_and_the_truth_stays_on_the_server(
    open_page, studies
):
    study, address = studies(SINGLE)
    page = open_page(address)
    received = record_everything(page)
    page.reload()
    agree(page)
    wait_for(page, "Practice 1 of 2")
    page.keyboard.press("r")
    note = page.locator(".note")
    page.get_by_role("button", name="Next").wait_for()
    assert re.match(r"(Right|No)\. These colours (are real|were put in afterwards)\.", note.inner_text())
    page.keyboard.press("Enter")
    wait_for(page, "Practice 2 of 2")
    page.get_by_role("button", name="Recoloured").dblclick()
    page.get_by_role("button", name="Begin").wait_for()
    assert len(wait_for_votes(study, 2)) == 2
    page.reload()
    wait_for(page, "Picture 1 of 5")
    double_click = "(button) => { button.click(); setTimeout(() => button.click(), 200); }"  # meets the next picture
    page.get_by_role("button", name="Real", exact=True).evaluate(double_click)
    wait_for(page, "Picture 2 of 5")
    assert len(study.store.read()) == 3, "the second half of a double click is no answer"
    assert note.inner_text() == ""
    open_research_page(page, "How good is it?")
    page.get_by_text("Measured", exact=True).wait_for()
    page.go_back()
    wait_for(page, "Picture 2 of 5")
    page.keyboard.press("Control+f")
    page.keyboard.press("x")
    assert len(study.store.read()) == 3, "other keys are no answers"
    for number in (2, 3, 4):
        wait_for(page, f"Picture {number} of 5")
        page.keyboard.press("f")
    wait_for(page, "Picture 5 of 5")
    check_nothing_told(study, list(received))
    assert "participant" not in page.url and page.url == address
    page.keyboard.press("f")
    page.get_by_text(re.compile(r"You were right about \d of 4 pictures")).wait_for()
    votes = study.store.read()
    assert [vote.trial for vote in votes] == [1, 2, 3, 4, 5, 6, 7]
    assert [vote.judged_real for vote in votes] == [True, False, True, False, False, False, False]
    assert {vote.device for vote in votes} == {"desktop"}
    assert len({vote.participant_id for vote in votes}) == 1


def check_nothing_told(study, received) -> None:
    pictures = [(headers, body) for url, headers, body in received if "/picture/" in url]
    assert len(pictures) >= 7
    assert len({len(body) for _, body in pictures}) == 1
    by_chance = {"date": "", "x-request-id": ""}
    assert len({json.dumps(headers | by_chance, sort_keys=True) for headers, _ in pictures}) == 1
    secrets = [TINT.name, VIVID.name, "is_real", "stimulus"]
    secrets += [text for each in study.pool.stimuli for text in (each.id, each.photo, each.sha256)]
    secrets += [photo["name"] for photo in study.pool.photos]
    for url, headers, body in received:
        for secret in secrets:
            assert secret not in url and secret not in json.dumps(headers)
            assert secret.encode() not in body, f"{secret} in {url}"


def test_clock_runs_from_the_picture_to_the_answer(open_page, studies):
    study, address = studies(TIMED)
    page = open_page(address)
    page.get_by_role("button", name="I agree, start").click()
    began = time.monotonic()
    page.locator(".stage:not(.loading) img").first.wait_for()
    page.wait_for_timeout(1200)
    assert page.locator(".stage img").evaluate("(image) => getComputedStyle(image).visibility") == "hidden"
    assert page.locator(".stage canvas").is_visible(), "a mask took its place"
    assert "Time is up" in page.locator(".note").inner_text()
    page.keyboard.press("r")
    elapsed = 1000 * (time.monotonic() - began)
    (vote,) = wait_for_votes(study, 1)
    assert 1000 <= vote.response_ms <= elapsed
    assert vote.exposure_ms == 700 and 690 <= vote.shown_ms < vote.response_ms
    wait_for(page, "Picture 2 of 2")
    assert page.locator(".note").inner_text() == ""


def test_second_tab_is_the_same_participant(open_page, studies):
    study, address = studies(SINGLE)
    first = open_page(address)
    second = first.context.new_page()
    second.goto(address)
    second.get_by_role("button", name="I agree, start").wait_for()
    first.bring_to_front()  # a hidden tab paints nothing, so no clock starts in it
    agree(first)
    wait_for(first, "Practice 1 of 2")
    first.keyboard.press("r")
    first.get_by_role("button", name="Next").click()
    wait_for(first, "Practice 2 of 2")
    second.bring_to_front()
    agree(second)
    wait_for(second, "Practice 2 of 2")
    second.keyboard.press("r")
    second.get_by_role("button", name="Begin").wait_for()
    first.bring_to_front()
    first.keyboard.press("f")
    first.get_by_role("button", name="Begin").wait_for()
    assert [(vote.trial, vote.judged_real) for vote in study.store.read()] == [(1, True), (2, True)]
    assert len(study.store.allocations()) == 1
    code = r"Your code: \S+"
    codes = {re.search(code, tab.get_by_text("Your code:").inner_text())[0] for tab in (first, second)}
    assert len(codes) == 1


def test_lost_connection_is_told_and_mended_without_losing_or_doubling_an_answer(open_page, studies):
    study, address = studies(SINGLE)
    page = open_page(address)
    agree(page)
    wait_for(page, "Practice 1 of 2")
    lost = []

    def lose(route) -> None:
        """The first answer does not arrive; of the second, the reply is lost."""
        lost.append(route)
        if len(lost) == 2:
            route.fetch()
        route.continue_() if len(lost) > 2 else route.abort("failed")

    page.route("**/answer", lose)
    page.keyboard.press("r")
    page.get_by_text("The connection is lost").wait_for()
    page.get_by_role("button", name="Next").wait_for()
    assert len(lost) == 3
    assert [(vote.trial, vote.judged_real) for vote in study.store.read()] == [(1, True)]


def test_answer_that_cannot_be_saved_is_told_and_can_be_tried_again(chromium, studies):
    study, address = studies(PAIRS)
    context = chromium.new_context()
    page = context.new_page()
    page.goto(address)
    agree(page)
    wait_for(page, "Picture 1 of 2")
    (study.folder / "votes.csv").mkdir()  # what cannot be opened cannot be written, like a full disk
    page.keyboard.press("ArrowLeft")
    page.get_by_text("could not be saved").wait_for()
    assert page.locator(".count").inner_text() == "Picture 1 of 2"
    (study.folder / "votes.csv").rmdir()
    page.get_by_role("button", name="Try again").click()
    wait_for(page, "Picture 2 of 2")
    page.keyboard.press("ArrowRight")
    page.get_by_text("You were right about").wait_for()
    context.close()
    trials = study.enrol(study.store.allocations()[0].participant_id, "desktop")
    chosen_left = [True, False]
    expected = [trial.stimulus_left == left for trial, left in zip(trials, chosen_left, strict=True)]
    assert [vote.judged_real for vote in study.store.read()] == expected


@pytest.mark.parametrize("protocol", [SINGLE, PAIRS])
def test_picture_and_buttons_fit_on_a_phone(open_page, studies, protocol):
    study, address = studies(protocol)
    page = open_page(address, width=390, height=844, has_touch=True, is_mobile=True)
    agree(page)
    for width, height in ((390, 844), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        boxes = [each.bounding_box() for each in page.locator(".stage img, .answers button").all()]
        assert len(boxes) == (3 if protocol is SINGLE else 4)
        for box in boxes:
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["y"] >= 0 and box["y"] + box["height"] <= height
        assert all(box["height"] >= 48 for box in boxes), "large enough for a thumb"
        assert all(box["height"] >= 110 for box in boxes[:-2]), "large enough to judge"
    page.locator(".answers button").first.tap()
    assert [vote.device for vote in wait_for_votes(study, 1)] == ["phone"]


def test_on_a_screen_enlarged_four_times_the_first_picture_and_its_answers_are_in_sight(open_page, studies):
    page = open_page(studies(SINGLE)[1], width=320, height=256)
    agree(page)  # far below the first trial, where the page would stay

    def in_sight() -> bool:
        boxes = [each.bounding_box() for each in page.locator(".stage img, .answers button").all()]
        return len(boxes) == 3 and all(box["y"] >= 60 and box["y"] + box["height"] <= 256 for box in boxes)

    for _ in range(100):
        if in_sight():
            break
        page.wait_for_timeout(100)
    assert in_sight()


def test_grid_is_ticked_by_keyboard_and_answered_at_once(open_page, studies):
    study, address = studies(GRID)
    page = open_page(address)
    agree(page)
    page.wait_for_timeout(400)
    box = page.get_by_role("checkbox", name="Photograph 2 was recoloured")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Done").click()
    page.get_by_text("You were right about").wait_for()
    votes = {vote.trial: vote.judged_real for vote in study.store.read()}
    assert votes == {1: True, 2: False, 3: True, 4: True}


def test_who_comes_from_prolific_on_a_phone_goes_back_to_it_at_the_end(open_page, studies):
    study, address = studies(GRID)
    back = "https://app.prolific.com/submissions/complete?cc=C1AB"
    study.update(panel=Panel("PROLIFIC_PID", back, "AWAY1"), quotas=(Quota("device", "phone", 1),))
    sent = f"{address}&PROLIFIC_PID=5f2ab3&STUDY_ID=s1&SESSION_ID=t1"
    phone = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
    page = open_page(sent, **phone)
    page.get_by_text("participant id, 5f2ab3").wait_for()
    agree(page)
    page.wait_for_timeout(1300)
    page.get_by_role("checkbox", name="Photograph 2 was recoloured").tap()
    page.get_by_role("button", name="Done").tap()
    page.get_by_text("You were right about").wait_for()
    finish = page.get_by_role("link", name="Finish and go back")
    assert finish.get_attribute("href") == back
    assert finish.bounding_box()["y"] < 844, "on the first screen"
    page.reload()
    assert page.get_by_role("link", name="Finish and go back").get_attribute("href") == back
    votes = study.store.read()
    assert len(votes) == 4 and {(vote.external_id, vote.device) for vote in votes} == {("5f2ab3", "phone")}
    late = open_page(sent.replace("5f2ab3", "6a7b"), **phone)
    late.get_by_role("button", name="I agree, start").tap()
    late.get_by_text("all the participants of your kind").wait_for()
    late.get_by_text("AWAY1").wait_for()


def test_participant_reads_the_language_of_the_browser_and_can_choose_another_in_the_middle(open_page, studies):
    study, address = studies(SINGLE, languages=("en", "de", "es"))
    page = open_page(address, width=390, height=844, locale="es-ES")
    page.locator("[data-testid=stMain][lang=es]").wait_for()
    page.wait_for_function("document.title === '¿Real o recoloreada? - Huestory'")  # so is the navigation's name of it
    page.get_by_role("button", name="Acepto, empezar").click()
    wait_for(page, "Práctica 1 de 2")
    page.get_by_role("button", name="Recoloreada").click()
    page.get_by_role("button", name="Siguiente").click()
    wait_for(page, "Práctica 2 de 2")
    page.get_by_label("Idioma").select_option("de")
    wait_for(page, "Übung 2 von 2")
    assert page.locator(".survey").get_attribute("lang") == "de"
    page.get_by_role("button", name="Echt", exact=True).click()
    page.get_by_role("button", name="Beginnen").wait_for()
    assert [vote.language for vote in wait_for_votes(study, 2)] == ["es", "de"]
    page.reload()
    wait_for(page, "Bild 1 von 5")  # the browser remembers what was chosen
