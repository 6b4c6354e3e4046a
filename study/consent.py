"""The default consent text, in every language."""

from collections.abc import Sequence

from study.languages.catalogues import SOURCE, mark, translator
from study.protocol import StudyProtocol
from study.questions.question import Question

_TASKS = {
    "single": mark("you will see photographs one at a time and say of each whether its colours are real or recoloured"),
    "grid": mark("you will see photographs together on one page and tick those that you believe were recoloured"),
    "pairs": mark(
        "you will see photographs in pairs, once in their real colours and once recoloured, and say which is real"
    ),
}


def default_consent(protocol: StudyProtocol, language: str = SOURCE) -> str:
    """The default consent text: purpose, duration, voluntary participation, what is stored, how to delete it.

    Raises:
        UnknownLanguageError: there is no catalogue of this language.
    """
    t = translator(language)
    minutes = t.plural("about one minute", "about {n} minutes", max(protocol.minutes, 1))
    paragraphs = (
        t(
            "**What this is about.** Some photographs here were taken in colour; others were turned to grey and "
            "coloured again by a computer or by hand. We want to know how often that goes unnoticed: {task}.",
            task=t(_TASKS[protocol.layout]),
        ),
        t("**How long it takes.** {pictures} pictures, {minutes}.", pictures=protocol.photos, minutes=minutes),
        t(
            "**It is up to you.** You may stop at any moment by closing the page. Nothing is lost for you if you do.",
        ),
        t(
            "**What is kept.** For each picture: your answer, how long it took, the time, and whether you used a "
            "phone, a tablet or a computer. No name, no e-mail address, no internet address. The answers may be "
            "published.",
        ),
        t(
            "**Deleting it.** You get a code at the start. With it you can delete your answers at any time while the "
            "study is kept; without it nobody can tell which answers are yours. A cookie keeps the code in this "
            "browser for 90 days, so that you can carry on after a break.",
        ),
        t(
            "By starting you confirm that you are at least 18 years old and that, as far as you know, you have normal "
            "colour vision.",
        ),
    )
    return "\n\n".join(paragraphs)


def about_questions(questions: Sequence[Question], language: str = SOURCE) -> str:
    """The paragraph that follows every consent text of a study with questions: what else is asked, and what is kept.

    Empty without questions. Raises UnknownLanguageError.
    """
    if not questions:
        return ""
    t = translator(language)
    return t(
        "**Questions.** Before or after the pictures you are asked: {questions} You may leave any of them open. The "
        "answers are kept with your others, may be published, and are deleted with them.",
        questions=" ".join(question.text_in(language) for question in questions),
    )
