"""The store of answers: files (the default) or a database (for several servers), with the same methods."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from storage import settings
from study.questions.answers import Answer, Comment, FileAnswers
from study.votes.record import check_id


class AnswerStore(Protocol):
    """The interface of a store for the answers and comments of one study."""

    def save(self, answers: Iterable[Answer], comments: Iterable[Comment] = ()) -> None:
        """Save answers and comments; those to a question that was answered before are ignored. Raises NotSavedError."""

    def read(self) -> list[Answer]:
        """Every answer, oldest first."""

    def answers_of(self, participant_id: str) -> dict[str, str]:
        """The answers of one participant: question -> code."""

    def comments(self) -> list[Comment]:
        """Every comment, oldest first."""

    def delete(self, participant_id: str) -> int:
        """Delete what a participant has answered and written; returns the number of answers and comments deleted."""

    def clear(self) -> None:
        """Delete the answers and comments of everybody."""


def open_answers(study: str, folder: Path, url: str | None = None) -> AnswerStore:
    """Open the answers of a study: files in `folder`, or the database at `url` (default: `HUESTORY_DATABASE_URL`).

    Raises:
        BadVoteError: `study` is not a valid id.
        StorageError: the database cannot be used; the message says why.
    """
    check_id("study", study)
    url = url if url is not None else settings.database_url()
    if not url:
        return FileAnswers(folder)
    from study.questions.sql_answers import DatabaseAnswers

    return DatabaseAnswers(study, url)
