"""The answers to questions: their record, and the file that keeps them when there is no database.

Answers lie in `answers.csv` beside the votes, comments in `comments.jsonl`: whoever reads the votes or the answers does
not meet free text. Both are saved when `save` returns, as votes are, and the first answer to a question counts.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from storage.journal import Converted, Journal
from storage.tables import format_csv, no_formula
from study.questions.question import MOMENTS, BadQuestionError
from study.votes.record import check_id

MOST_LETTERS = 2000
"""Longest comment, in characters."""


@dataclass(frozen=True)
class Answer:
    """One answer. The fields are the columns of `answers.csv`, in the same order.

    Raises:
        BadVoteError: an id or code is not one.
        BadQuestionError: another value is outside its rule.
    """

    study: str
    participant_id: str
    moment: str
    """`before` or `after` the pictures"""
    question: str
    answer: str
    """a code: see `Question.options`; `not-said` if the question was left open"""
    language: str
    app_version: str
    answered_at: str
    """ISO 8601 in UTC, see `record.now_utc`"""

    def __post_init__(self) -> None:
        for name in ("study", "participant_id", "question", "answer", "language", "app_version"):
            check_id(name, getattr(self, name))
        if self.moment not in MOMENTS:
            raise BadQuestionError(f"moment must be {' or '.join(MOMENTS)}. Received {self.moment!r}.")
        if not self.answered_at.endswith("Z") or "," in self.answered_at:
            raise BadQuestionError(f"answered_at must be an ISO 8601 time in UTC. Received {self.answered_at!r}.")

    def line(self) -> str:
        """The answer as a CSV line without line end. No cell can contain a comma or a quote."""
        return ",".join(getattr(self, name) for name in ANSWER_COLUMNS)


ANSWER_COLUMNS = tuple(field.name for field in fields(Answer))
_HEADER = ",".join(ANSWER_COLUMNS)


@dataclass(frozen=True)
class Comment:
    """A participant's free comment: at most MOST_LETTERS characters."""

    participant_id: str
    text: str
    language: str
    written_at: str

    def __post_init__(self) -> None:
        check_id("participant_id", self.participant_id)
        if not self.text.strip() or len(self.text) > MOST_LETTERS:
            raise BadQuestionError(f"a comment has 1 to {MOST_LETTERS} characters. Received {len(self.text)}.")


class FileAnswers:
    """The answers of one study in `answers.csv`, its comments in `comments.jsonl`; see `store.AnswerStore`."""

    def __init__(self, folder: Path):
        folder = Path(folder)
        self._answers = Journal(folder / "answers.csv", _HEADER, _is_whole_answer, convert=_convert_header)
        self._comments = Journal(folder / "comments.jsonl", "", _is_whole_comment)
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Answer]] = {}  # participant -> question -> answer, fed with new lines

    def save(self, answers: Iterable[Answer], comments: Iterable[Comment] = ()) -> None:
        answers, comments = list(answers), list(comments)
        with self._answers.exclusive():
            new = {(each.participant_id, each.question): each for each in reversed(answers)}
            known = self._refresh()
            fresh = [each for (person, question), each in new.items() if question not in known.get(person, ())]
            self._answers.append([each.line() for each in reversed(fresh)])
        if comments:
            with self._comments.exclusive():
                self._comments.append([json.dumps(asdict(each), ensure_ascii=False) for each in comments])

    def read(self) -> list[Answer]:
        answers = [each for given in list(self._refresh().values()) for each in given.values()]
        return sorted(answers, key=lambda each: each.answered_at)

    def answers_of(self, participant_id: str) -> dict[str, str]:
        return {each.question: each.answer for each in self._refresh().get(participant_id, {}).values()}

    def comments(self) -> list[Comment]:
        names = [field.name for field in fields(Comment)]
        return [Comment(**{name: values[name] for name in names}) for values in map(json.loads, self._comments.read())]

    def delete(self, participant_id: str) -> int:
        with self._answers.exclusive():
            removed = self._answers.rewrite(lambda line: line.split(",", 2)[1:2] != [participant_id])
        with self._comments.exclusive():
            return removed + self._comments.rewrite(lambda line: json.loads(line)["participant_id"] != participant_id)

    def _refresh(self) -> dict[str, dict[str, Answer]]:
        with self._lock:
            news = self._answers.news()
            if news.fresh:
                self._known = {}
            for line in news.lines:  # cells on the right that a later version has added are ignored
                answer = Answer(*line.split(",")[: len(ANSWER_COLUMNS)])
                self._known.setdefault(answer.participant_id, {}).setdefault(answer.question, answer)
            return self._known

    def clear(self) -> None:
        for journal in (self._answers, self._comments):
            with journal.exclusive():
                journal.rewrite(lambda line: False)


def answers_csv(answers: Iterable[Answer]) -> str:
    """Answers as CSV text: the header, then one line per answer."""
    return "".join(f"{line}\n" for line in [_HEADER, *(answer.line() for answer in answers)])


def comments_csv(comments: Iterable[Comment]) -> str:
    """Comments as CSV text, sorted by their words: nothing says whose they are, or who wrote before whom.

    An apostrophe stands in front of a text that a spreadsheet could read as a formula.
    """
    texts = sorted((each.language, each.text) for each in comments)
    rows = [{"language": language, "comment": no_formula(text)} for language, text in texts]
    return format_csv(rows, ["language", "comment"])


def _convert_header(found: str) -> Converted | None:
    """Read a file of another version: our columns by name, unknown ones kept on the right; None: it is not ours."""
    names = found.split(",")
    if not set(ANSWER_COLUMNS) <= set(names):
        return None
    extra = [name for name in names if name not in ANSWER_COLUMNS]
    order = [names.index(name) for name in (*ANSWER_COLUMNS, *extra)]

    def convert(line: str) -> str:
        cells = line.split(",")
        return ",".join(cells[place] for place in order) if len(cells) == len(names) else line

    return Converted(",".join([*ANSWER_COLUMNS, *extra]), convert)


def _is_whole_answer(line: str) -> bool:
    cells = line.split(",")
    return len(cells) >= len(ANSWER_COLUMNS) and cells[len(ANSWER_COLUMNS) - 1].endswith("Z")


def _is_whole_comment(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
