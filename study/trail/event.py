"""One event of an audit trail, and who acts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from study.votes.record import now_utc

ACTIONS = (
    "built",
    "opened",
    "closed",
    "edited",
    "invited",
    "exported",
    "answers deleted",
    "restored",
    "deleted",
)
PROGRAM = "a program"
"""Who acts if nobody has said so: somebody's own Python script."""

_who: ContextVar[str] = ContextVar("study_trail_who", default=PROGRAM)


@dataclass(frozen=True)
class Event:
    """What was done to a study."""

    at: str
    """ISO 8601 in UTC"""
    who: str
    """such as `organizer (account ann)` or `command line (ann)`; never a participant's id or code"""
    action: str
    """one of `ACTIONS`"""
    details: Mapping[str, object] = field(default_factory=dict)
    """plain values for JSON, such as the changed fields with the values before and after"""

    @classmethod
    def now(cls, action: str, **details: object) -> "Event":
        """An event of this moment, done by who acts now."""
        return cls(now_utc(), _who.get(), action, details)


@contextmanager
def acting(who: str) -> Iterator[None]:
    """During the block, events of this thread are done by `who`."""
    token = _who.set(who)
    try:
        yield
    finally:
        _who.reset(token)


def in_words(event: Event) -> str:
    """The details of an event as a short text, such as `state: draft -> open`."""
    return "; ".join(f"{name}: {_value(value)}" for name, value in event.details.items())


def _value(value: object) -> str:
    if isinstance(value, list) and len(value) == 2:
        return " -> ".join(map(_value, value))
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
