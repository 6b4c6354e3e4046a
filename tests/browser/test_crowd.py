"""Many people vote at once; the results page, the CSV and the report agree to the last vote."""

import csv
import io
import json
import random
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from study.finding import find_study
from study.participants import new_code
from study.protocol import StudyProtocol
from study.votes.csv_file import parse_votes
from tests.browser.test_study import download, sign_in
from tests.browser.test_survey import agree
from tests.studies import make_study

pytestmark = pytest.mark.browser

PROTOCOL = StudyProtocol("crowd", real=4, recolored=4, catch=0, practice=0)
TRIALS = 8


@pytest.fixture
def data(tmp_path):
    """One open study, `cats`, and nothing else."""
    make_study(tmp_path / "data" / "studies" / "cats", PROTOCOL, photos=40)
    return tmp_path / "data"


class Client:
    """A participant without a browser, who says what the page's script says."""

    def __init__(self, address: str, seed: int):
        self.base, self.code, self.rng = f"{address}/study-session/cats", new_code(), random.Random(seed)

    def ask(self, path: str, body: dict | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"x-study-code": self.code, "content-type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.base}/{path}", data, headers), timeout=60) as reply:
            return reply.read()

    def take_part(self) -> int:
        page, answers = json.loads(self.ask("begin", {"device": "phone"}))["page"], 0
        while page:
            [trial] = page["trials"]
            self.ask(f"picture/{trial}/only")
            time.sleep(0.6)  # the server keeps the time, and leaves out who is faster than 500 ms
            answer = {"choices": {trial: self.rng.random() < 0.5}, "response_ms": self.rng.randint(510, 600)}
            page = json.loads(self.ask("answer", answer))["page"]
            answers += 1
        return answers


def answer_one(page, number: int) -> None:
    page.locator(".count", has_text=f"Picture {number} of {TRIALS}").wait_for()
    page.locator(".stage:not(.loading) img").first.wait_for()
    page.wait_for_timeout(450)  # an answer sooner than people can give is ignored
    page.keyboard.press(random.choice("rf"))


@pytest.mark.parametrize(("browsers", "clients"), [(2, 10), pytest.param(6, 24, marks=pytest.mark.long)])
def test_participants_at_once_and_every_number_agrees(fresh_server, open_page, browsers, clients):
    pages = [open_page(f"{fresh_server}/survey?study=cats") for _ in range(browsers)]
    with ThreadPoolExecutor(clients) as pool:
        counts = [pool.submit(Client(fresh_server, seed).take_part) for seed in range(clients)]
        for page in pages:
            agree(page)
        for number in range(1, TRIALS + 1):
            for page in pages:
                answer_one(page, number)
        assert [count.result() for count in counts] == [TRIALS] * clients

    study = find_study("cats")
    expected = (browsers + clients) * TRIALS
    deadline = time.monotonic() + 10
    while len(study.store.read()) < expected and time.monotonic() < deadline:
        time.sleep(0.1)
    saved = study.store.read()
    assert len(saved) == expected
    assert len({(vote.participant_id, vote.stimulus) for vote in saved}) == expected
    assert len({vote.participant_id for vote in saved}) == browsers + clients

    page = open_page(f"{fresh_server}/organizer")
    sign_in(page)
    page.get_by_role("tab", name="Your studies").click()
    page.get_by_role("button", name="Results").click()
    page.get_by_role("button", name="Votes", exact=True).wait_for()
    assert parse_votes("votes", download(page, "Votes").splitlines()[1:]) == saved
    rates = {row["kind"]: row for row in csv.DictReader(io.StringIO(download(page, "Table of rates")))}
    report = download(page, "Report")
    for model in ("tinted", "vivid"):
        votes = [vote.judged_real for vote in saved if vote.model == model]
        assert int(rates[model]["n_votes"]) == len(votes)
        shown = f"{100 * sum(votes) / len(votes):.1f} %"
        assert f"<td>{shown}</td>" in report
        assert page.get_by_test_id("stMetric").filter(has_text=shown).count() >= 1
