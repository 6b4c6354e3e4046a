import base64
import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from PIL import Image

from study.analysis import phrases
from study.analysis.figures import pictures_figure, rates_figure, times_figure
from study.analysis.report import SORTS, html_report, pictures_csv, rates_csv, take_snapshot
from study.analysis.results import Comparison
from study.analysis.statistics import Rate, Sensitivity
from study.folder import Attendance
from study.protocol import PRESETS
from study.votes.csv_file import csv_text, parse_votes
from tests.studies import POLL, make_study, take_part
from tests.study_photos import TINT, no_waiting_for_the_disk  # noqa: F401

RATE = Rate(0.412, 0.301, 0.529, 0.35, 0.47, 492, 41, 48)


class Addresses(HTMLParser):
    """Everything that a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "srcset", "data", "poster")]
        if tag in ("link", "script", "iframe", "object", "embed", "base"):
            self.found.append(tag)


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    return make_study(tmp_path / "cats")


def read_csv(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


# === One snapshot, many files ===


def test_files_agree_to_the_last_vote(study):
    take_part(study)
    snapshot = take_snapshot(study)
    take_part(study, first=20)  # whoever votes meanwhile belongs to the next reading
    votes = [vote for vote in parse_votes("x", csv_text(snapshot.votes).splitlines()[1:]) if vote.phase == "test"]
    page = html_report(snapshot)
    for row in read_csv(rates_csv(snapshot)):
        group = [vote for vote in votes if vote.model == row["kind"].replace("real", "")]
        assert int(row["n_votes"]) == len(group)
        assert float(row["rate"]) == pytest.approx(sum(vote.judged_real for vote in group) / len(group))
        assert f"<td>{len(group)}</td>" in page
        assert f"<td>{phrases.percent(float(row['rate']))}</td>" in page
    assert sum(int(row["n_votes"]) for row in read_csv(pictures_csv(snapshot))) == len(votes)
    assert len(take_snapshot(study).votes) == 2 * len(snapshot.votes)


def test_both_numbers_stand_in_the_table(study):
    take_part(study)
    take_part(study, participants=2, first=30, response_ms=10)
    rows = read_csv(rates_csv(take_snapshot(study)))
    people = {(row["kind"], row["counted"]): int(row["n_participants"]) for row in rows}
    assert (people["real", "by the rules"], people["real", "everybody"]) == (8, 10)


def test_times_leave_out_whom_the_rules_leave_out(study):
    take_part(study)
    take_part(study, participants=2, first=30, response_ms=10)
    times = take_snapshot(study).times
    assert set(times) == {"tint", "vivid", ""}
    assert all(set(each) == {9000} for each in times.values())


def test_no_file_name_is_a_formula_in_the_table(study):
    take_part(study)
    snapshot = take_snapshot(study)
    photos = tuple({**photo, "name": "=cmd|'/C calc'!A0.png"} for photo in snapshot.pool.photos)
    rows = read_csv(pictures_csv(replace(snapshot, pool=replace(snapshot.pool, photos=photos))))
    assert {row["photograph"] for row in rows} == {"'=cmd|'/C calc'!A0.png"}


def test_gallery_orders():
    rows = [FakeRow(0.2, 5, 100), FakeRow(0.9, 2, 50), FakeRow(0.9, 7, 10)]
    ordered = {name: [rows.index(row) for row in sorted(rows, key=key)] for name, key in SORTS.items()}
    assert ordered == {
        "Most often taken for real": [2, 1, 0],
        "Least often taken for real": [0, 2, 1],
        "Slowest answers": [0, 1, 2],
        "Fewest answers": [1, 0, 2],
    }


class FakeRow:
    def __init__(self, rate, n_votes, median_response_ms):
        self.rate, self.n_votes, self.median_response_ms = rate, n_votes, median_response_ms


# === The report ===


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
    assert max(Image.open(io.BytesIO(base64.b64decode(pictures[0]))).size) == 96


def test_report_shows_words_of_the_organizer_as_words(study):
    take_part(study)
    study.update(title="<script>alert(1)</script>")
    page = html_report(take_snapshot(study), titles={"tint": "<b>Tint</b>"})
    assert "<script" not in page and "<b>" not in page
    assert "&lt;script&gt;" in page and "&lt;b&gt;Tint" in page


def test_report_without_gallery_tells_no_answers(study):
    take_part(study)
    page = html_report(take_snapshot(study), gallery=False)
    assert "<img" not in page and "Picture by picture" not in page


def test_report_says_everything_that_a_reader_must_know(study):
    take_part(study)
    take_part(study, participants=1, first=40, until=5)
    page = html_report(take_snapshot(study))
    for words in (
        phrases.WHY_TWO_INTERVALS,
        "9 people began, 8 answered everything, 1 did not",
        "0 of 9 participants are left out",
        "d′",
        "tint less vivid",
        "weights 123",
        "0.1.0",
    ):
        assert words.replace("'", "&#x27;") in page, words


def test_report_of_an_empty_study_says_so(study):
    page = html_report(take_snapshot(study))
    assert "Nobody has answered yet" in page and "<svg" not in page


def test_practice_alone_is_no_result(study):
    take_part(study, participants=1, until=2)
    assert take_snapshot(study).report is None


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


# === Figures ===


@pytest.mark.parametrize(
    "svg",
    [
        rates_figure({"a<b": RATE, "": RATE}, {}, PRESETS["koalarization"].reference, 0.5),
        rates_figure({}, {}),
        times_figure({"a<b": [1, 300, 900_000], "": [2000]}, {}),
        pictures_figure([], {}),
    ],
)
def test_figures_are_well_formed_and_inside_their_frame(svg):
    root = ElementTree.fromstring(svg)
    width, height = map(float, root.get("viewBox").split()[2:])
    assert root.get("aria-label")
    for element in root:
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, 0)) <= width
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, 0)) <= height


def test_rates_are_drawn_where_they_are():
    root = ElementTree.fromstring(rates_figure({"a": RATE}, {}))
    left, right = (float(line.get("x1")) for line in root.findall("line")[0:5:4])  # ticks of 0 % and 100 %
    (dot,) = root.findall("circle")
    assert (float(dot.get("cx")) - left) / (right - left) == pytest.approx(0.412, abs=0.001)
    thick, thin = root.findall("line")[5:]
    ends = [(float(each.get(end)) - left) / (right - left) for each in (thick, thin) for end in ("x1", "x2")]
    assert ends == pytest.approx([0.301, 0.529, 0.35, 0.47], abs=0.001)


# === Words ===


@pytest.mark.parametrize(
    ("d_prime", "criterion", "words"),
    [
        (0.0, 0.0, "a: people could hardly tell recoloured pictures from real ones (d′\u00a00.00), and did not lean"),
        (1.5, 0.4, "fairly well (d′\u00a01.50), and leaned towards “recoloured” (criterion\u00a0+0.40)"),
        (3.4, -0.4, "nearly always (d′\u00a03.40), and leaned towards “real” (criterion\u00a0−0.40)"),
        (-0.8, None, "taken for real more readily than real ones (d′\u00a0−0.80)."),
    ],
)
def test_sensitivity_in_words(d_prime, criterion, words):
    assert words in phrases.sensitivity("a", Sensitivity(d_prime, criterion, None, None))


def test_sensitivity_that_cannot_be_had_is_not_spoken_of():
    assert phrases.sensitivity("a", Sensitivity(None, None, None, None)) == ""


@pytest.mark.parametrize(
    ("difference", "low", "high", "words"),
    [
        (0.2, 0.1, 0.3, "A less b: +20.0 points (+10.0 to +30.0 points); more often taken for real: A."),
        (-0.2, -0.3, -0.1, "more often taken for real: b."),
        (0.2, -0.1, 0.5, "no difference is shown: the interval holds 0."),
        (0.2, None, None, "too few answers for an interval."),
    ],
)
def test_difference_in_words(difference, low, high, words):
    assert words in phrases.comparison(Comparison("a", "b", difference, low, high), {"a": "A"})


@pytest.mark.parametrize(
    ("started", "finished", "words"),
    [
        (0, 0, "Nobody has begun yet."),
        (1, 1, "1 person began and answered everything."),
        (41, 38, "41 people began, 38 answered everything, 3 did not (or not yet)."),
    ],
)
def test_attendance_in_words(started, finished, words):
    assert phrases.attendance(Attendance(started, finished)).startswith(words)


def test_rates_in_words():
    assert phrases.counted(RATE) == "95 % interval 30.1 to 52.9 %; 492 answers of 41 people about 48 pictures"
    assert "needs two people" in phrases.counted(replace(RATE, ci_low=None, ci_high=None))
    assert phrases.percent(None) == "–"
