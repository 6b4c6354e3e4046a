"""The answers of one study in a database, for several servers."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.engine import DatabaseError, create_engine, reading, transaction
from storage.files import NotSavedError
from study.questions.answers import ANSWER_COLUMNS, Answer, Comment

_INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_metadata = MetaData()


def _row_id() -> Column:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


ANSWERS = Table(
    "question_answers",
    _metadata,
    _row_id(),
    *(Column(name, String(64), nullable=False) for name in ANSWER_COLUMNS),
    UniqueConstraint("study", "participant_id", "question", name="one_answer_per_question"),
)
COMMENTS = Table(
    "comments",
    _metadata,
    _row_id(),
    Column("study", String(64), nullable=False, index=True),
    Column("participant_id", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(64), nullable=False),
    Column("written_at", String(64), nullable=False),
)


class DatabaseAnswers:
    """The answers and comments of one study in a database; see `store.AnswerStore`.

    Raises:
        DatabaseUrlError, DatabaseError: see `storage.engine`.
    """

    def __init__(self, study: str, url: str):
        self._study, self._engine = study, _open_engine(url)

    def save(self, answers: Iterable[Answer], comments: Iterable[Comment] = ()) -> None:
        insert = _INSERT[self._engine.dialect.name](ANSWERS)
        insert = insert.on_conflict_do_nothing(index_elements=["study", "participant_id", "question"])
        with _saving(self._engine) as connection:
            for answer in answers:
                connection.execute(insert, asdict(answer))
            for comment in comments:
                connection.execute(COMMENTS.insert(), {**asdict(comment), "study": self._study})

    def read(self) -> list[Answer]:
        columns = [ANSWERS.c[name] for name in ANSWER_COLUMNS]
        return [Answer(*row) for row in self._rows(ANSWERS, columns)]

    def answers_of(self, participant_id: str) -> dict[str, str]:
        columns = [ANSWERS.c.question, ANSWERS.c.answer]
        return {row[0]: row[1] for row in self._rows(ANSWERS, columns, ANSWERS.c.participant_id == participant_id)}

    def comments(self) -> list[Comment]:
        columns = [COMMENTS.c[name] for name in ("participant_id", "text", "language", "written_at")]
        return [Comment(*row) for row in self._rows(COMMENTS, columns)]

    def delete(self, participant_id: str) -> int:
        return self._delete(lambda table: table.c.participant_id == participant_id)

    def clear(self) -> None:
        self._delete(lambda table: true())

    def _rows(self, table: Table, columns: list[Column], *conditions) -> list:
        query = table.select().with_only_columns(*columns).where(table.c.study == self._study, *conditions)
        with reading(self._engine) as connection:
            return connection.execute(query.order_by(table.c.id)).all()

    def _delete(self, condition) -> int:
        with _saving(self._engine) as connection:
            return sum(
                connection.execute(table.delete().where(table.c.study == self._study, condition(table))).rowcount
                for table in (ANSWERS, COMMENTS)
            )


@cache
def _open_engine(url: str) -> Engine:
    engine = create_engine(url)
    with transaction(engine, lock="tables of answers") as connection:
        _metadata.create_all(connection)
    return engine


@contextmanager
def _saving(engine: Engine) -> Iterator[Connection]:
    try:
        with transaction(engine) as connection:
            yield connection
    except DatabaseError as error:
        raise NotSavedError(
            f"nothing counts as saved before the database has it. It said: {error.reason}. Try again."
        ) from error
