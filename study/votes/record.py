"""One vote: its columns, in the order of the votes CSV, and the rule for each.

A vote contains only codes and ids: no free text, and no id that a spreadsheet could read as a formula. The columns from
`photo` on were added later; in older files they are missing, and read as empty.
"""

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from study import StudyError

PHASES = ("practice", "test", "catch")
CATCH_MODEL = "catch"
"""Value of `model` in a catch trial, whose picture has absurd colours that no model made."""

MAX_RESPONSE_MS = 24 * 60 * 60 * 1000

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_RULES = re.compile(r"[a-z_]+(\+[a-z_]+)*", re.ASCII)
_TRUTH = {"true": True, "false": False}
_NUMBERS = ("trial", "response_ms")
_OPTIONAL_NUMBERS = ("server_ms", "exposure_ms", "shown_ms")


class BadVoteError(StudyError, ValueError):
    """A value is not allowed in the votes file."""


@dataclass(frozen=True)
class Vote:
    """One answer. The fields are the columns of the votes CSV, in the same order.

    Raises:
        BadVoteError: a value does not follow the rule of its column.
    """

    study: str
    participant_id: str
    trial: int
    """number of the trial in the participant's session, from 1"""
    phase: str
    """`practice`, `test` or `catch`; rates count only `test`"""
    stimulus: str
    """id of the picture shown; in `pairs` of the recoloured one"""
    model: str
    """the condition; empty for a real picture, `catch` for absurd colours"""
    is_real: bool
    judged_real: bool
    response_ms: int
    """milliseconds from the display of the picture to the answer, by the browser's clock; 0 to `MAX_RESPONSE_MS`"""
    voted_at: str
    """ISO 8601 in UTC; a time without a zone counts as UTC"""
    device: str
    """`phone`, `tablet` or `desktop`; empty if unknown"""
    app_version: str
    partner: str = ""
    """in `pairs` id of the original; else empty"""
    photo: str = ""
    """id of the photograph, the same for all its versions; empty in older files"""
    external_id: str = ""
    """the participant's id at the panel that sent them, such as Prolific's; empty without one"""
    server_ms: int | None = None
    """milliseconds by the server's clock from when it had sent the picture and taken the answer before it until it took
    this answer: an upper limit of `response_ms`, which the browser cannot invent. None: not measured"""
    language: str = ""
    """language of the page, such as `en`"""
    exposure_ms: int | None = None
    """milliseconds until the picture was masked; None: it stayed"""
    excluded: str = ""
    """rules that leave the participant out, joined by `+`; only in an export"""
    shown_ms: int | None = None
    """milliseconds for which the picture was on the screen until its mask or the answer, by the browser's clock; None:
    not measured, because it had no exposure"""

    def __post_init__(self) -> None:
        for name in ("study", "participant_id", "stimulus"):
            check_id(name, getattr(self, name))
        for name in ("model", "device", "app_version", "partner", "photo", "external_id", "language"):
            if getattr(self, name) != "":
                check_id(name, getattr(self, name))
        _check(type(self.trial) is int and 1 <= self.trial <= 10_000, "trial", "count from 1", self.trial)
        _check(self.phase in PHASES, "phase", f"be one of {', '.join(PHASES)}", self.phase)
        for name in ("is_real", "judged_real"):
            _check(isinstance(getattr(self, name), bool), name, "be true or false", getattr(self, name))
        named = self.model != "" or self.phase == "catch"
        _check(self.model == "" if self.is_real else named, "model", "be empty for a real picture only", self.model)
        _check_duration("response_ms", self.response_ms)
        for name in _OPTIONAL_NUMBERS:
            if getattr(self, name) is not None:
                _check_duration(name, getattr(self, name))
        _check(_is_utc(self.voted_at), "voted_at", "be an ISO 8601 time in UTC", self.voted_at)
        known_rules = self.excluded == "" or _RULES.fullmatch(self.excluded) is not None
        _check(known_rules, "excluded", "name rules joined by '+'", self.excluded)

    @classmethod
    def from_row(cls, row: list[str]) -> "Vote":
        """Read the cells of one CSV line. Upper case in true and false is accepted: spreadsheets write `TRUE`.

        Cells to the right of our columns are ignored.

        Raises:
            BadVoteError: there are fewer cells than columns, or a cell is wrong.
        """
        _check(len(row) >= len(COLUMNS), "a line", f"have {len(COLUMNS)} cells", len(row))
        cells: dict = dict(zip(COLUMNS, row, strict=False))
        for name in _NUMBERS + _OPTIONAL_NUMBERS:
            if cells[name] == "" and name in _OPTIONAL_NUMBERS:
                cells[name] = None
                continue
            _check(cells[name].isascii() and cells[name].isdigit(), name, "be a whole number", cells[name])
            cells[name] = int(cells[name])
        for name in ("is_real", "judged_real"):
            _check(cells[name].lower() in _TRUTH, name, "be true or false", cells[name])
            cells[name] = _TRUTH[cells[name].lower()]
        return cls(**cells)

    def line(self) -> str:
        """The vote as a CSV line without line end. No cell can contain a comma or a quote, so no cell needs quotes."""
        return ",".join(_cell(getattr(self, name)) for name in COLUMNS)


COLUMNS = tuple(field.name for field in fields(Vote))
FIRST_COLUMNS = COLUMNS[: COLUMNS.index("partner") + 1]
"""The columns that every votes file has."""


def now_utc() -> str:
    """The current time in the format of `voted_at`, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def check_id(name: str, value: object) -> None:
    """Check an id: 1 to 64 ASCII letters, digits, `.`, `_` or `-`, of which the first is a letter or digit.

    A spreadsheet cannot read such an id as a formula.

    Raises:
        BadVoteError: the value is not such an id.
    """
    rule = "have 1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit"
    _check(isinstance(value, str) and _ID.fullmatch(value) is not None, name, rule, value)


def _check(holds: bool, name: str, rule: str, value: object) -> None:
    if not holds:
        raise BadVoteError(f"{name} must {rule}. Received {value!r}.")


def _check_duration(name: str, value: object) -> None:
    sound = type(value) is int and 0 <= value <= MAX_RESPONSE_MS
    _check(sound, name, f"be whole milliseconds from 0 to {MAX_RESPONSE_MS}", value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_utc(text: object) -> bool:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return text.isascii() and "," not in text and time.utcoffset() in (None, timedelta(0))
