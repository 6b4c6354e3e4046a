"""The data dictionary: what each column of the votes CSV holds."""

from collections.abc import Iterable

from storage.tables import format_csv
from study.questions.plates import PLATES
from study.questions.question import NOT_SAID, Question
from study.votes.record import COLUMNS

_MEANING = {
    "study": ("text", "id of the study"),
    "participant_id": ("text", "who answered: a hash of a secret code"),
    "trial": ("whole number", "number of the trial in the participant's session, from 1"),
    "phase": ("practice, test, catch", "rates count only `test`"),
    "stimulus": ("text", "id of the picture shown; in pairs of the recoloured one"),
    "model": ("text", "what coloured it; empty for a real picture, `catch` for absurd colours"),
    "is_real": ("true, false", "whether the picture has its real colours"),
    "judged_real": ("true, false", "the answer; in pairs whether the recoloured picture was chosen as the real one"),
    "response_ms": ("milliseconds", "from the picture on the screen to the answer, by the browser's clock"),
    "voted_at": ("ISO 8601, UTC", "when the server saved the answer"),
    "device": ("phone, tablet, desktop", "kind of device; empty if unknown"),
    "app_version": ("text", "version of Huestory"),
    "partner": ("text", "in pairs id of the original; else empty"),
    "photo": ("text", "id of the photograph, the same for all its versions; empty in older data"),
    "external_id": ("text", "the participant's id at the panel that sent them; empty without one"),
    "server_ms": ("milliseconds", "from question to answer by the server's clock, an upper limit of response_ms"),
    "language": ("text", "language of the page; empty if not recorded"),
    "exposure_ms": ("milliseconds", "how long the picture was to be shown before its mask; empty: until the answer"),
    "excluded": ("text", "rules that leave the participant out of the main result, joined by +; empty: counted"),
    "shown_ms": (
        "milliseconds",
        "how long it was on the screen until mask or answer, by the browser's clock, if timed",
    ),
}


def dictionary_csv() -> str:
    """The dictionary as CSV: column, type or values, meaning."""
    rows = [{"column": name, "type": _MEANING[name][0], "meaning": _MEANING[name][1]} for name in COLUMNS]
    return format_csv(rows, ["column", "type", "meaning"])


def questions_csv(questions: Iterable[Question]) -> str:
    """What the codes in `answers.csv` mean: a row a question (or plate) and answer; `right` is the digit in a plate."""
    rows = []
    for question in questions:
        for place, part in enumerate(question.parts):
            asked = {"moment": question.moment, "question": part, "text": question.text_in("en")}
            right = PLATES[place].digit if question.kind == "plates" else ""
            codes = {**question.options_in("en"), NOT_SAID: "left open"}
            rows += [{**asked, "answer": code, "meaning": text, "right": right} for code, text in codes.items()]
    return format_csv(rows, ["moment", "question", "text", "answer", "meaning", "right"])
