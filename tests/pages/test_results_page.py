import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts.results import view as result_view
from study.analysis import phrases
from study.analysis.snapshot import take_snapshot
from study.protocol import StudyProtocol
from tests.page_actions import PASSWORD, open_page, said
from tests.studies import POLL, make_study, take_part
from tests.study_photos import TINT, no_waiting_for_the_disk  # noqa: F401


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.setenv("HUESTORY_ORGANIZER_PASSWORD", PASSWORD)
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "studies"


def open_results(through_router: bool = False, **options) -> AppTest:
    st.cache_data.clear()  # a page looks anew every two seconds only
    return open_page("results", through_router, **options)


def rates(page: AppTest) -> list[str]:
    return [metric.value for metric in page.metric]


def test_page_opens_without_any_study():
    page = open_results()
    assert page.title[0].value == "How often do they pass for real?"
    assert "no public results yet" in said(page)


def test_numbers_on_the_page_are_those_of_the_votes(folder):
    study = make_study(folder / "cats")
    study.update(results_public=True)
    take_part(study)
    page = open_results(study="cats")
    found = take_snapshot(study)
    assert rates(page) == [phrases.percent(rate.rate) for rate in found.rates.values()]
    assert all(phrases.counted(rate) in said(page) for rate in found.rates.values())
    table = page.table[0].value
    assert list(table["95 % interval"]) == [phrases.span(r.ci_low, r.ci_high) for r in found.rates.values()]
    assert list(table["Wilson's"]) == [phrases.span(r.wilson_low, r.wilson_high) for r in found.rates.values()]
    assert list(table["Answers"]) == [rate.n_votes for rate in found.rates.values()]
    assert phrases.WHY_TWO_INTERVALS in said(page)


def test_new_votes_are_seen(folder):
    study = make_study(folder / "cats")
    take_part(study)
    before = list(open_results(study="cats", organizer=True).table[0].value["Answers"])
    take_part(study, first=20, participants=4)
    after = list(open_results(study="cats", organizer=True).table[0].value["Answers"])
    assert sum(after) == sum(before) * 12 / 8


def test_empty_study_says_so(folder):
    make_study(folder / "cats")
    page = open_results(study="cats", organizer=True)
    assert "Nobody has answered yet" in said(page) and "Nobody has begun yet" in said(page)
    assert not page.metric and not page.download_button


def test_participants_exclusions_and_both_numbers(folder):
    study = make_study(folder / "cats")
    take_part(study)
    take_part(study, participants=2, first=30, response_ms=10)
    take_part(study, participants=1, first=40, until=5)
    page = open_results(study="cats", organizer=True)
    assert "11 people began, 10 answered everything, 1 did not" in said(page)
    assert "2 of 11 participants are left out" in said(page)
    counts = [max(table.value["People"]) for table in page.table]
    assert counts == [9, 11], "by the rules, and with everybody"


def test_all_left_out(folder):
    study = make_study(folder / "cats")
    take_part(study, response_ms=10)
    page = open_results(study="cats", organizer=True)
    assert "All participants so far are left out" in said(page)
    assert not page.metric and len(page.table) == 1


# --- who may see what


def test_results_are_the_organizers_unless_made_public(folder):
    study = make_study(folder / "cats")
    take_part(study)
    page = open_results(study="cats")
    assert "not public" in said(page) and not page.metric
    assert "Cats" not in said(page)
    assert open_results(study="cats", organizer=True).metric
    study.update(results_public=True)
    assert open_results(study="cats").metric


@pytest.mark.parametrize("name", ["dogs", "../cats", "=1"])
def test_unknown_study(folder, name):
    assert "no such study" in said(open_results(study=name))


def test_public_results_of_a_running_study_do_not_tell_the_answers(folder):
    study = make_study(folder / "cats")
    take_part(study)
    study.update(results_public=True)
    page = open_results(study="cats")
    assert "when the study is closed" in said(page)
    assert not page.download_button and not page.image
    study.update(state="closed")
    page = open_results(study="cats")
    assert len(page.download_button) == 4 and len(page.image) > 0


def test_one_of_several_studies_is_chosen(folder):
    for name in ("cats", "dogs"):
        make_study(folder / name, title=name.upper())
    page = open_results(study="dogs", organizer=True)
    assert page.header[0].value == "DOGS"
    page.selectbox(key="results_study").set_value("cats").run()
    assert page.header[0].value == "CATS"
    assert page.query_params["study"] == "cats"


# --- parts


def test_text_of_the_organizer_is_no_markdown(folder):
    make_study(folder / "cats", title="*Cats* ![x](http://a.b)")
    assert (
        open_results(study="cats", organizer=True).header[0].value == "\\*Cats\\* \\!\\[x\\]\\(http\u2060\\://a\\.b\\)"
    )


@pytest.mark.parametrize(("protocol", "shown"), [(POLL, True), (None, False)])
def test_published_rate_only_for_its_own_protocol(folder, protocol, shown):
    study = make_study(folder / "cats", protocol, (TINT,)) if protocol else make_study(folder / "cats")
    take_part(study)
    assert ("45.87 %" in said(open_results(study="cats", organizer=True))) is shown


def test_pairs(folder):
    study = make_study(folder / "cats", StudyProtocol("pairs", "pairs", real=0, recolored=6, catch=1, practice=2))
    take_part(study)
    page = open_results(study="cats", organizer=True)
    assert len(page.metric) == 2, "two models, and no real pictures of their own"
    assert "Half of the answers" in said(page)


@pytest.mark.parametrize(
    ("photos", "words"), [(4, "This is a demonstration"), (8, "was shrunk: it needs 9 photographs"), (9, "")]
)
def test_too_few_photographs_are_spoken_of(folder, photos, words):
    make_study(folder / "cats", photos=photos)
    warnings = [warning.value.replace("\\", "") for warning in open_results(study="cats", organizer=True).warning]
    assert [words in warning for warning in warnings] == ([True] if words else [])


def test_gallery_is_sorted_and_filtered(folder, monkeypatch):
    monkeypatch.setattr(result_view, "ON_A_PAGE", 4)
    study = make_study(folder / "cats")
    take_part(study)
    page = open_results(study="cats", organizer=True)

    def shown() -> list[float]:
        lines = [m.value for m in page.markdown if m.value.startswith("**") and " %** " in m.value]
        return [float(line.removeprefix("**").split()[0]) for line in lines]

    assert len(shown()) == 4 and shown() == sorted(shown(), reverse=True)
    page.selectbox(key="results_order").set_value("Least often taken for real").run()
    assert shown() == sorted(shown())
    page.selectbox(key="results_kind").set_value("tinted").run()
    kinds = [m.value.split("** ")[1] for m in page.markdown if m.value.startswith("**") and " %** " in m.value]
    assert set(kinds) == {"tinted"} and len(kinds) == len(page.image)


def test_damaged_votes_are_said_in_words(folder):
    study = make_study(folder / "cats")
    take_part(study)
    (study.folder / "votes.csv").write_text("a,b\n1,2\n")
    page = open_results(study="cats", organizer=True)
    assert page.error and not page.metric
