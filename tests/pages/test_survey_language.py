"""The survey in the language of its participant."""

import pytest
import streamlit as st

import app
from pages.parts.survey import language as survey_language
from study import session
from study.participants import participant_of
from tests.page_actions import labels, open_page, press, said
from tests.pages.participant import CODE, Browser, play
from tests.pages.test_survey_page import build, data, finish  # noqa: F401
from tests.study_photos import no_waiting_for_the_disk  # noqa: F401

ALL = ("en", "de", "es", "fr")
BEGUN = {"survey_codes": {"cats": CODE}}


@pytest.fixture
def browser_asks_for(monkeypatch):
    """A function that sets the header Accept-Language."""
    return lambda header: monkeypatch.setattr(type(st.context), "headers", {"Accept-Language": header})


def test_page_is_in_the_language_of_the_browser(build, browser_asks_for):  # noqa: F811
    build(languages=ALL)
    browser_asks_for("es-MX,es;q=0.9,en;q=0.8")
    page = open_page("survey", study="cats")
    assert "Acepto, empezar" in labels(page.button) and "Usted decide." in said(page)
    assert "hecho una máquina" in said(page), "nobody has read the translation yet"
    page = press(page, "Acepto, empezar")
    assert "Su código" in said(page)


def test_study_has_the_languages_that_its_organizer_chose(build, browser_asks_for):  # noqa: F811
    build(languages=("de", "fr"))
    browser_asks_for("es,en;q=0.5")
    page = open_page("survey", study="cats")
    assert "Ich bin einverstanden, los geht’s" in labels(page.button), "the study's own language"
    assert "J’accepte, commencer" in labels(open_page("survey", study="cats", lang="fr").button)


def test_participants_choice_outweighs_link_and_browser(build, browser_asks_for, monkeypatch):  # noqa: F811
    build(languages=ALL)
    browser_asks_for("es")
    monkeypatch.setattr(type(st.context), "cookies", {survey_language.COOKIE: "fr"})
    assert "Participer" in labels(open_page("survey", lang="de").button), "chosen in an earlier visit"
    chosen = {"survey_language_chosen": "en"}
    assert "Take part" in labels(open_page("survey", lang="de", session=chosen).button)


@pytest.mark.parametrize("lang", ["../de", "xx", "*", "de" * 500])
def test_nonsense_in_the_address_is_the_studys_own_language(build, lang):  # noqa: F811
    build(languages=ALL)
    assert "I agree, start" in labels(open_page("survey", study="cats", lang=lang).button)


def test_titles_and_consent_are_the_organizers_own_in_each_language(build):  # noqa: F811
    study = build(state="draft", title="Cats", consent="Agree.")
    study.update(translations={"de": {"title": "Katzen", "consent": "Stimmen Sie **zu**."}}, state="open")
    page = open_page("survey", study="cats", lang="de")
    assert page.title[0].value == "Katzen" and "Stimmen Sie **zu**." in said(page)
    assert page.title[0].value != open_page("survey", study="cats").title[0].value == "Cats"


def test_end_is_told_in_the_language(build):  # noqa: F811
    finish(build(languages=ALL))
    text = said(open_page("survey", study="cats", session=BEGUN, lang="de"))
    assert "Sie lagen bei 3 von 6 Bildern richtig." in text and text.count("**Echt**, und das haben Sie gesagt") == 3


def test_each_vote_has_the_language_in_which_it_was_given(build, monkeypatch):  # noqa: F811
    monkeypatch.setattr(session, "LEAST_MS", 0)
    study = build(languages=("en", "de"))
    browser = Browser()
    said_by_page = {"x-study-language": "de"}
    monkeypatch.setattr(browser, "ask", lambda *args, ask=browser.ask, **more: ask(*args, **more, headers=header()))

    def header():
        return [(name.encode(), value.encode()) for name, value in said_by_page.items()]

    for count, _ in enumerate(play(browser), start=1):
        if count == 3:
            said_by_page["x-study-language"] = "fr"  # the study has no French: its own language
    assert [vote.language for vote in study.store.read()] == ["de"] * 3 + ["en"] * 6
    assert study.store.allocation_of(participant_of(CODE)).language == "de"


def test_refusals_are_in_the_language_of_the_page(build):  # noqa: F811
    build(languages=ALL)
    browser, spanish = Browser(), [(b"x-study-language", b"es")]
    browser.begin()
    assert browser.ask("POST", "answer", {}, headers=spanish)[1] == {
        "error": "No se entiende esta respuesta. Recargue la página."
    }
    nonsense = [(b"x-study-language", b"../\xff")]
    assert "cannot be understood" in browser.ask("POST", "answer", {}, headers=nonsense)[1]["error"]


def test_navigation_follows_the_language_of_the_participant(build):  # noqa: F811
    build(languages=ALL)
    page = open_page("survey", session={"navigation_language": "en"}, study="cats", lang="es")
    assert page.session_state.navigation_language == "es"
    assert (
        open_page("survey", session={"navigation_language": "en"}, lang="fr").session_state.navigation_language == "fr"
    )


def test_navigation_of_other_pages_is_english(monkeypatch):
    shown, navigation = [], st.navigation

    def note(pages, **options):
        shown.append([page.title for group in pages.values() for page in group][:2] + list(pages)[1:])
        return navigation(pages, **options)

    monkeypatch.setattr(st, "navigation", note)
    page = open_page("colorize", through_router=True, session={"navigation_language": "es"})
    assert shown == [["Colorear", "Película", "Investigación"], ["Colour", "Film", "Research"]]
    assert page.session_state.navigation_language == "en"


def test_last_resort_is_in_the_language_of_the_bar(monkeypatch):
    said_at_last = []
    monkeypatch.setattr(st, "error", lambda text, **options: said_at_last.append(text))
    monkeypatch.setitem(st.session_state, "navigation_language", "es")
    app.apologise(RuntimeError("unforeseen"))
    assert said_at_last == ["Algo ha fallado por nuestra parte. Recargue la página y vuelva a intentarlo."]
