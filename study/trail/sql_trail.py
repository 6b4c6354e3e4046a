"""The audit trail in the database of the votes: see `trail.Trail`. Rows are only ever added."""

import json
from functools import cache

from sqlalchemy import BigInteger, Column, Engine, Integer, MetaData, String, Table, Text, select

from storage.engine import DatabaseError, create_engine, reading, transaction
from storage.files import NotSavedError
from study.trail.event import Event

_metadata = MetaData()
EVENTS = Table(
    "study_events",
    _metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("study", String(64), nullable=False, index=True),
    Column("at", String(64), nullable=False),
    Column("who", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("details", Text, nullable=False),
)


class DatabaseTrail:
    """The trail of one study. The methods are those of `trail.Trail`."""

    def __init__(self, study: str, url: str):
        self._study, self._engine = study, _open_engine(url)

    def add(self, event: Event) -> None:
        row = {"study": self._study, "at": event.at, "who": event.who, "action": event.action}
        try:
            with transaction(self._engine) as connection:
                details = json.dumps(event.details, ensure_ascii=False)
                connection.execute(EVENTS.insert().values({**row, "details": details}))
        except DatabaseError as error:
            raise NotSavedError(
                f"nothing is done to a study that its audit trail does not have. {error.reason}. Try again."
            ) from error

    def read(self) -> list[Event]:
        query = select(EVENTS.c.at, EVENTS.c.who, EVENTS.c.action, EVENTS.c.details)
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(EVENTS.c.study == self._study).order_by(EVENTS.c.id)).all()
        return [Event(at, who, action, json.loads(details)) for at, who, action, details in rows]

    def leave(self) -> None:
        """Do nothing: the rows stay."""


def studies_with_trail(url: str) -> list[str]:
    """The ids of all studies that have events in a database, sorted."""
    with reading(_open_engine(url)) as connection:
        return list(connection.scalars(select(EVENTS.c.study).distinct().order_by(EVENTS.c.study)))


@cache
def _open_engine(url: str) -> Engine:
    engine = create_engine(url)
    with transaction(engine, lock="tables of events") as connection:
        _metadata.create_all(connection)
    return engine
