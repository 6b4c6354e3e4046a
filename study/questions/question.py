"""The questions of a study, as data. Each may be left open; all answers are codes, but for the free comment."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from babel import Locale

from study import StudyError
from study.languages.catalogues import mark, translator
from study.questions.plates import DIGITS, NOTHING, PLATES
from study.votes.record import check_id

MOMENTS = ("before", "after")
KINDS = ("choice", "country", "plates", "comment")
"""`choice`: one of `options`. `country`: an ISO 3166 code. `plates`: the test of colour vision, one answer a plate.
`comment`: free text, kept apart from all answers."""
NOT_SAID = "not-said"
"""The answer to a question that was left open."""
WRITTEN = "written"
"""The answer that stands for a comment; its text is kept apart."""
MOST_QUESTIONS = 20


class BadQuestionError(StudyError, ValueError):
    """A question of a study is not one that can be asked."""


@dataclass(frozen=True)
class Question:
    """One question. Texts that stand in the catalogues are translated; your own have their `translations` here.

    Raises:
        BadQuestionError: a value is outside its rule.
    """

    id: str
    moment: str
    """`before` or `after` the pictures"""
    text: str
    kind: str = "choice"
    """one of `KINDS`"""
    options: Mapping[str, str] = field(default_factory=dict)
    """of a `choice`: code in the data -> text on the page"""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """language -> English text of the question or of an option -> its translation"""

    def __post_init__(self) -> None:
        try:
            for code in (self.id, *self.options):
                check_id("the id of a question or option", code)
        except ValueError as error:
            raise BadQuestionError(str(error)) from error
        if self.moment not in MOMENTS or self.kind not in KINDS:
            raise BadQuestionError(
                f"a question is asked {' or '.join(MOMENTS)} the pictures, and is one of {', '.join(KINDS)}. Received "
                f"{self.moment!r} and {self.kind!r} in {self.id}."
            )
        sound = all(isinstance(text, str) and text for text in (self.text, *self.options.values()))
        if not sound or (self.kind == "choice") != (len(self.options) >= 2) or NOT_SAID in self.options:
            raise BadQuestionError(
                f"a question has a text, and a choice two options or more with their texts. Received {self.text!r} "
                f"with {sorted(self.options)} in {self.id}."
            )

    @classmethod
    def from_dict(cls, values: Mapping | str) -> "Question":
        """Read what `as_dict` gives, or the id of a standard question. Raises BadQuestionError."""
        if isinstance(values, str):
            if values not in STANDARD:
                raise BadQuestionError(f"a standard question is one of {', '.join(STANDARD)}. Received {values!r}.")
            return STANDARD[values]
        try:
            return cls(**values)
        except (TypeError, AttributeError) as error:
            raise BadQuestionError(f"a question has the fields of `Question`: {error}.") from error

    def as_dict(self) -> dict:
        """The question as plain values for JSON."""
        return asdict(self)

    def text_in(self, language: str) -> str:
        """The question in a language."""
        return self._translate(self.text, language)

    def options_in(self, language: str) -> dict[str, str]:
        """The answers to choose from: code -> text in a language. Countries are sorted by their names."""
        if self.kind == "country":
            names = Locale.parse(language, sep="-").territories
            countries = {code: name for code, name in names.items() if len(code) == 2 and code not in _NO_COUNTRIES}
            return dict(sorted(countries.items(), key=lambda item: item[1].casefold()))
        if self.kind == "plates":
            return {**{digit: digit for digit in DIGITS}, NOTHING: translator(language)(_NOTHING_SEEN)}
        if self.kind == "comment":
            return {WRITTEN: ""}
        return {code: self._translate(text, language) for code, text in self.options.items()}

    @property
    def parts(self) -> tuple[str, ...]:
        """The ids under which answers are stored: one for each plate, else that of the question."""
        return tuple(f"{self.id}-{plate.name}" for plate in PLATES) if self.kind == "plates" else (self.id,)

    def allows(self, code: str) -> bool:
        """Whether a code is an answer to this question."""
        return code == NOT_SAID or code in self.options_in("en")

    def _translate(self, text: str, language: str) -> str:
        return self.translations.get(language, {}).get(text) or translator(language)(text)


def answer_codes(questions: Sequence[Question], answers: Mapping[str, str], comment: str) -> dict[str, str]:
    """The code to save for each part of the questions; `not-said` where there is no answer.

    Args:
        answers: id of a part (`Question.parts`) -> code.
        comment: the text of the free comment, for which `written` is saved.

    Raises:
        BadQuestionError: a code is no answer to its question.
    """
    codes = {}
    for question in questions:
        for part in question.parts:
            code = answers.get(part, NOT_SAID)
            if question.kind == "comment":
                code = WRITTEN if comment else NOT_SAID
            if not question.allows(code):
                raise BadQuestionError(f"the answer to {part} must be one of its options. Received {code!r}.")
            codes[part] = code
    return codes


def parse_questions(values: Sequence[Mapping | str]) -> tuple[Question, ...]:
    """Read questions, each as a standard id or with all its fields.

    Raises:
        BadQuestionError: one of them is not a question, there are too many, or two share an id.
    """
    questions = tuple(map(Question.from_dict, values))
    ids = [question.id for question in questions]
    if len(ids) > MOST_QUESTIONS or len(set(ids)) < len(ids):
        raise BadQuestionError(f"a study has up to {MOST_QUESTIONS} questions with different ids. Received {ids}.")
    return questions


_NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}  # CLDR's groups of countries, and its test regions
_NOTHING_SEEN = mark("No digit")
_YES_NO = {"no": mark("No"), "yes": mark("Yes"), "unsure": mark("I am not sure")}

STANDARD = {
    question.id: question
    for question in (
        Question(
            "age_group",
            "before",
            mark("How old are you?"),
            options={
                "18-24": "18–24",
                **{f"{low}-{low + 9}": f"{low}–{low + 9}" for low in range(25, 75, 10)},
                "75-or-older": mark("75 or older"),
            },
        ),
        Question(
            "gender",
            "before",
            mark("What is your gender?"),
            options={
                "woman": mark("Woman"),
                "man": mark("Man"),
                "non-binary": mark("Non-binary"),
                "another": mark("Another"),
            },
        ),
        Question("country", "before", mark("In which country do you live?"), kind="country"),
        Question(
            "colour_vision",
            "before",
            mark("As far as you know, do you see some colours differently from most people (colour blindness)?"),
            options=_YES_NO,
        ),
        Question("plates", "before", mark("Which digit do you see in each picture?"), kind="plates"),
        Question(
            "screen",
            "before",
            mark("What kind of screen are you looking at?"),
            options={
                "phone": mark("Phone"),
                "tablet": mark("Tablet"),
                "laptop": mark("Laptop"),
                "monitor": mark("Monitor"),
                "television": mark("Television or projector"),
            },
        ),
        Question(
            "night_mode",
            "before",
            mark("Is a night mode or blue light filter on, which makes the screen yellowish?"),
            options=_YES_NO,
        ),
        Question(
            "ambient_light",
            "before",
            mark("How bright is it around you?"),
            options={
                "dark": mark("Dark"),
                "dim": mark("Dim, as in the evening"),
                "bright": mark("Bright, as in an office"),
                "sunlight": mark("In the sun, or beside a sunny window"),
            },
        ),
        Question("comment", "after", mark("Is there anything that you would like to tell us?"), kind="comment"),
    )
}
"""The questions that need no texts of your own: id -> question."""
