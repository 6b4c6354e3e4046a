import re
import string

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from study import consent
from study.languages import catalogues
from study.languages.catalogues import (
    UnknownLanguageError,
    accepted_languages,
    choose_language,
    languages,
    name_of,
    translator,
)
from study.protocol import PRESETS
from tests.conftest import ROOT

FOLDER = ROOT / "study" / "languages"
TRANSLATIONS = languages()[1:]
KEYWORDS = {"t": None, "mark": None, "plural": (1, 2)}


def used_messages() -> set[str | tuple[str, str]]:
    """The messages marked in the code, found as the docstring of `study.languages` says."""
    methods = [("**.py", "python"), ("**.js", "javascript")]
    found = set()
    for room in ("pages", "study"):
        for _, _, message, _, _ in extract_from_dir(ROOT / room, methods, keywords=KEYWORDS):
            found.add(message)
    found |= {message for _, message, _, _ in extract_from_file("python", ROOT / "app.py", keywords=KEYWORDS)}
    return found


def catalogue(language):
    with (FOLDER / f"{language}.po").open("rb") as file:
        return [each for each in read_po(file, locale=language) if each.id]


def texts(strings) -> list[str]:
    return [strings] if isinstance(strings, str) else list(strings)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_are_the_four_languages():
    assert languages() == ("en", "de", "es", "fr")


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_message_of_the_code_is_in_the_catalogue_and_no_other(language):
    used, there = used_messages(), {each.id for each in catalogue(language)}
    assert "Take part" in used, "of Python"
    assert "Getting the first picture." in used, "of JavaScript"
    assert ("about one minute", "about {n} minutes") in used
    assert used - there == set(), "translate them: see the docstring of study.languages"
    assert there - used == set(), "remove them"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_translation_is_there_and_has_the_places_and_the_markup_of_the_message(language):
    for each in catalogue(language):
        allowed = set.union(*map(placeholders, texts(each.id)))
        for text in texts(each.string):
            assert text.strip() == text != "", each.id
            assert not each.fuzzy, each.id
            if isinstance(each.id, str):
                assert placeholders(text) == allowed, each.id
                assert text.count("**") == each.id.count("**"), each.id
            else:
                assert placeholders(text) <= allowed, each.id


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_translations_that_nobody_has_read_say_so(language):
    assert translator(language).is_machine_made
    assert not translator("en").is_machine_made


def test_who_has_read_a_translation_takes_the_note_away(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "_FOLDER", tmp_path)
    text = (FOLDER / "de.po").read_text(encoding="utf-8")
    (tmp_path / "de.po").write_text(text.replace("Translator: machine", "Translator: A. Person"), encoding="utf-8")
    assert not translator("de").is_machine_made


def test_messages_are_translated_and_filled_in():
    t = translator("es")
    assert t("Take part") == "Participar"
    assert t("Picture {number} of your session", number=3) == "Imagen 3 de su sesión"
    assert t.plural("about one minute", "about {n} minutes", 1) == "aproximadamente un minuto"
    assert t.plural("about one minute", "about {n} minutes", 4) == "aproximadamente 4 minutos"
    assert translator("en").plural("about one minute", "about {n} minutes", 4) == "about 4 minutes"
    assert t("not in any catalogue {x}", x=1) == "not in any catalogue 1"
    assert t.words["Take part"] == "Participar" and translator("en").words == {}


def test_lines_of_arabic_begin_on_the_right(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "_FOLDER", tmp_path)
    (tmp_path / "ar.po").write_text('msgid ""\nmsgstr "Language: ar\\n"\n\nmsgid "Real"\nmsgstr "حقيقي"\n', "utf-8")
    assert languages() == ("en", "ar")
    t = translator("ar")
    assert (t("Real"), t("Next"), t.direction) == ("حقيقي", "Next", "rtl")
    assert translator("en").direction == "ltr"


@pytest.mark.parametrize("language", ["xx", "", "../de", None])
def test_unknown_language_is_refused_with_the_known_ones(language):
    with pytest.raises(UnknownLanguageError, match="en, de, es, fr"):
        translator(language)


@pytest.mark.parametrize(
    ("preferred", "offered", "chosen"),
    [
        (["de-AT", "en"], ("en", "de"), "de"),
        (["pt", "fr-CA", "en"], ("en", "fr"), "fr"),
        (["es"], ("en", "de"), None),
        (["*", "x" * 200, "", "de_DE;drop", "de"], ("en", "de"), "de"),
    ],
)
def test_first_preferred_language_that_is_offered_is_chosen(preferred, offered, chosen):
    assert choose_language(preferred, offered) == chosen


def test_browsers_say_what_they_prefer_by_weight():
    assert accepted_languages("fr;q=0.5, de-CH, en;q=0.8, it;q=0, x;q=y") == ["de-CH", "en", "fr"]
    assert accepted_languages("") == []


def test_languages_have_their_own_names():
    assert [name_of(each) for each in languages()] == ["English", "Deutsch", "Español", "Français"]
    assert name_of("es", "en") == "Spanish"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("protocol", PRESETS.values(), ids=PRESETS)
def test_consent_says_the_same_in_every_language(language, protocol):
    text, english = consent.default_consent(protocol, language), consent.default_consent(protocol)
    assert text.count("\n\n") == english.count("\n\n")
    assert re.findall(r"\d+", text) == re.findall(r"\d+", english)
    assert (text == english) == (language == "en")
