"""From photographs to results as an organizer does it: build, open, share, watch, download."""

import csv
import io
from pathlib import Path

import pytest

from study.finding import find_study
from study.votes.csv_file import parse_votes
from tests.browser.conftest import settle
from tests.browser.test_browser import overflow
from tests.page_actions import PASSWORD
from tests.studies import make_study, take_part
from tests.study_photos import files

pytestmark = pytest.mark.browser

UPLOADS = [
    {"name": name.rpartition("/")[2], "mimeType": "image/png", "buffer": data} for name, data in files(9).items()
]


@pytest.fixture
def data(request) -> Path:
    """Nothing yet for a fresh server, where the one study of the test is all that the organizer sees."""
    name = "tmp_path" if "fresh_server" in request.fixturenames else "shared_data"
    return request.getfixturevalue(name)


def sign_in(page) -> None:
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("tab", name="New study").wait_for()


def upload(panel, number: int) -> None:
    """Give files to one of the uploaders and wait until they have arrived."""
    settle(panel.page)
    uploader = panel.get_by_test_id("stFileUploader").nth(number)
    uploader.locator("input[type=file]").first.set_input_files(UPLOADS)
    uploader.get_by_text(UPLOADS[-1]["name"]).wait_for()
    settle(panel.page)


def build_study(page) -> None:
    """Nine photographs and the same coloured elsewhere, so that no network is needed."""
    page.get_by_role("tab", name="New study").click()
    panel = page.get_by_role("tabpanel", name="New study")
    panel.get_by_label("Title").fill("Cats")
    upload(panel, 0)
    sets = panel.get_by_role("spinbutton", name="Sets of pictures coloured elsewhere")
    sets.fill("1")
    sets.press("Enter")
    panel.get_by_label("Name of set 1").fill("elsewhere")
    panel.get_by_label("Name of set 1").press("Enter")
    upload(panel, 1)
    clear = panel.get_by_role("button", name="Clear all")
    if clear.count():
        clear.click()
        clear.wait_for(state="hidden")
    settle(page)
    panel.get_by_role("button", name="Build the study").click()
    page.get_by_text("A study is ready").wait_for()
    page.get_by_role("tab", name="Your studies").click()
    page.get_by_role("heading", name="Cats").wait_for()


def download(page, label: str) -> str:
    with page.expect_download() as event:
        page.get_by_role("button", name=label, exact=True).click()
    return event.value.path().read_text(encoding="utf-8")


def test_study_from_photographs_to_results(open_page, fresh_server):
    page = open_page(f"{fresh_server}/organizer")
    sign_in(page)
    build_study(page)
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("/survey?study=cats").wait_for()
    assert "127.0.0.1" not in page.get_by_test_id("stCode").inner_text()
    page.get_by_role("button", name="Results").click()
    page.get_by_text("Nobody has answered yet").wait_for()

    study = find_study("cats")
    take_part(study, participants=6)
    page.get_by_test_id("stMetric").first.wait_for()  # by itself, without a reload
    votes = parse_votes("votes", download(page, "Votes").splitlines()[1:])
    assert votes == study.store.read()
    rates = {row["kind"]: row for row in csv.DictReader(io.StringIO(download(page, "Table of rates")))}
    recoloured = [vote for vote in votes if vote.phase == "test" and not vote.is_real]
    assert int(rates["elsewhere"]["n_votes"]) == len(recoloured)
    shown = f"{100 * sum(vote.judged_real for vote in recoloured) / len(recoloured):.1f} %"
    assert page.get_by_test_id("stMetric").first.get_by_text(shown).is_visible()
    report = download(page, "Report")
    assert f"<td>{shown}</td>" in report
    look_at_report(page, report)


def look_at_report(page, report: str) -> None:
    """The report in a browser that can reach nothing: every figure and picture is there."""
    asked = []
    alone = page.context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.set_content(report, wait_until="load")
    assert all(address.startswith("data:") for address in asked)
    assert alone.locator("svg").count() == 3
    broken = "() => [...document.images].filter((image) => !image.naturalWidth).length"
    assert alone.locator("img").count() > 0 and alone.evaluate(broken) == 0


def test_pages_on_a_phone(open_page, server, data, mark):
    study = make_study(data / "studies" / f"cats-{mark}")
    take_part(study, participants=5)
    study.update(state="closed", results_public=True)
    phone = {"width": 390, "height": 800, "has_touch": True, "is_mobile": True}
    page = open_page(f"{server}/results?study=cats-{mark}", **phone)
    page.get_by_role("button", name="Votes").wait_for()
    assert overflow(page) <= 0
    page.goto(f"{server}/organizer")
    sign_in(page)
    for tab in ("Your studies", "New study", "How many?"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
        assert overflow(page) <= 0


def test_deep_link_to_the_results_is_followed(open_page, server):
    page = open_page(f"{server}/results?study=dogs")
    page.get_by_text("there is no such study").wait_for()
    assert page.get_by_role("button", name="Research").is_visible()
