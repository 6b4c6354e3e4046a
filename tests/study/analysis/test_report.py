import base64
import io
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from PIL import Image

from study.analysis import phrases
from study.analysis.report import html_report
from study.analysis.snapshot import take_snapshot
from study.protocol import PRESETS
from tests.studies import POLL, make_study, take_part
from tests.study_photos import TINT


class Addresses(HTMLParser):
    """Everything that a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "srcset", "data", "poster")]
        if tag in ("link", "script", "iframe", "object", "embed", "base"):
            self.found.append(tag)


def test_report_stands_alone(study):
    take_part(study)
    page = html_report(take_snapshot(study))
    addresses = Addresses()
    addresses.feed(page)
    assert addresses.found and all(address.startswith("data:image/jpeg;base64,") for address in addresses.found)
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|javascript:", page)
    pictures = [address.partition(",")[2] for address in addresses.found]
    assert len(pictures) == len(take_snapshot(study).report.pictures)
    assert max(Image.open(io.BytesIO(base64.b64decode(pictures[0]))).size) == 64


def test_report_shows_words_of_the_organizer_as_words(study):
    take_part(study)
    study.update(title="<script>alert(1)</script>")
    page = html_report(take_snapshot(study), titles={"tinted": "<b>Tint</b>"})
    assert "<script" not in page and "<b>" not in page
    assert "&lt;script&gt;" in page and "&lt;b&gt;Tint" in page


def test_report_without_gallery_tells_no_answers(study):
    take_part(study)
    page = html_report(take_snapshot(study), gallery=False)
    assert "<img" not in page and "Picture by picture" not in page


def test_report_says_everything_that_a_reader_must_know(study):
    take_part(study)
    take_part(study, participants=1, first=40, until=5)
    page = unescape(html_report(take_snapshot(study)))
    for words in (
        phrases.WHY_TWO_INTERVALS,
        "9 people began, 8 answered everything, 1 did not",
        "0 of 9 participants are left out",
        "d′",
        "tinted less vivid",
        "weights 123",
        "0.1.0",
    ):
        assert words in page, words


def test_report_of_an_empty_study_says_so(study):
    page = html_report(take_snapshot(study))
    assert "Nobody has answered yet" in page and "<svg" not in page


def test_report_when_all_are_left_out(study):
    take_part(study, response_ms=10)
    page = html_report(take_snapshot(study))
    assert "8 of 8 participants are left out" in page
    assert "With everybody" in page


@pytest.mark.parametrize(("protocol", "photos", "drawn"), [(POLL, 12, True), (POLL, 8, False), (None, 12, False)])
def test_published_rate_only_beside_its_own_protocol(tmp_path, monkeypatch, protocol, photos, drawn):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    study = make_study(tmp_path / "s", protocol or replace(PRESETS["balanced"], real=3, recolored=3), (TINT,), photos)
    take_part(study, participants=3)
    page = html_report(take_snapshot(study))
    assert ("45.87" in page) is drawn
    assert ("a landmark, not a bar" in page) is drawn, "never without its caveat"
