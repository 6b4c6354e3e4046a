import pytest

from study.languages.catalogues import languages
from study.questions.question import MOST_QUESTIONS, NOT_SAID, STANDARD, BadQuestionError, Question, parse_questions

OWN = {
    "id": "expert",
    "moment": "after",
    "text": "Do you restore photographs?",
    "options": {"yes": "Yes", "never": "Never"},
    "translations": {"de": {"Do you restore photographs?": "Restaurieren Sie Fotos?", "Never": "Nie"}},
}


def test_standard_questions_ask_what_studies_need():
    expected = ["age_group", "gender", "country", "colour_vision", "plates", "screen", "night_mode", "ambient_light"]
    assert list(STANDARD) == [*expected, "comment"]
    assert [question.id for question in STANDARD.values() if question.kind == "comment"] == ["comment"]


@pytest.mark.parametrize("language", languages()[1:])
def test_standard_questions_are_translated_with_their_answers(language):
    for question in STANDARD.values():
        assert question.text_in(language) != question.text
        assert question.options_in(language).keys() == question.options_in("en").keys()
    assert STANDARD["country"].options_in("es")["DE"] == "Alemania"
    assert "Deutschland" in STANDARD["country"].options_in("de").values()


def test_question_of_ones_own_has_its_own_translations():
    question = Question.from_dict(OWN)
    assert question.text_in("de") == "Restaurieren Sie Fotos?"
    assert question.options_in("de") == {"yes": "Ja", "never": "Nie"}, "Yes stands in the catalogue"
    assert question.text_in("fr") == OWN["text"]
    assert Question.from_dict(question.as_dict()) == question


def test_only_codes_are_answers_and_each_question_may_be_left_open():
    question = Question.from_dict(OWN)
    assert question.allows("yes") and question.allows(NOT_SAID) and not question.allows("Yes")
    assert STANDARD["country"].allows("FR") and not STANDARD["country"].allows("France")
    plates = STANDARD["plates"]
    assert plates.parts[0] == "plates-control" and plates.allows("7") and plates.allows("nothing")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "=1+1"},
        {"moment": "during"},
        {"kind": "essay"},
        {"text": ""},
        {"options": {"yes": "Yes"}},
        {"options": {"a,b": "x", "c": "y"}},
        {"options": {"yes": "Yes", NOT_SAID: "No answer"}},
        {"kind": "country"},
        {"colour": "red"},
    ],
)
def test_question_that_cannot_be_asked_is_refused(change):
    with pytest.raises(BadQuestionError):
        Question.from_dict({**OWN, **change})


@pytest.mark.parametrize("values", [["age"], [OWN, OWN], [{**OWN, "id": f"q{n}"} for n in range(MOST_QUESTIONS + 1)]])
def test_list_of_questions_that_cannot_be_asked_is_refused(values):
    with pytest.raises(BadQuestionError):
        parse_questions(values)
