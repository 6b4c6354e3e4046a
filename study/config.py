"""The configuration of a study and the file that stores it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from storage.files import save_file, saving
from storage.versions import NewerDataError, check_format, only, with_unknown
from study import StudyError
from study.languages.catalogues import SOURCE, check_language
from study.protocol import StudyProtocol
from study.questions.question import Question, parse_questions
from study.recruiting.panel import Panel
from study.recruiting.quotas import DEVICE, Quota
from study.votes.record import check_id

CONFIG_FILE = "study.json"
CONFIG_FORMAT = 3
"""The format of `study.json`: 1 without a number, 2 with a plan (also without a number), 3 from languages on."""
STATES = ("draft", "open", "closed")
CHANGEABLE = frozenset(
    {"title", "consent", "state", "results_public", "begins_per_minute", "invited", "panel", "quotas", "closes_itself"}
)
"""Fields that may be changed after a study is built; a protocol changed after the first vote could bias the result."""
PLANNED = frozenset({"target_participants", "end_date", "compared", "language", "translations", "questions"})
"""Fields that may be changed until the study is opened for the first time, and never after."""
MOST_BEGINS = 10_000


class MissingStudyError(StudyError):
    """There is no study with this name, or its configuration is damaged."""


class NewerStudyError(MissingStudyError):
    """The study was written by a later version of this program; it is there, and untouched."""


class StudyStateError(StudyError):
    """The study does not allow this: it takes no votes in this state, or the field is fixed."""


@dataclass(frozen=True)
class StudyConfig:
    """The configuration of a study. The fields in `CHANGEABLE` may change; the rest is fixed."""

    study: str
    title: str
    protocol: StudyProtocol
    """as fitted to the number of photographs in the pool"""
    preset: str
    """name of the preset that the organizer chose"""
    photos_wanted: int
    """photographs that the preset needs"""
    consent: str
    app_version: str
    created_at: str
    state: str = "draft"
    """`draft`, `open` (takes votes) or `closed`"""
    results_public: bool = False
    begins_per_minute: int = 60
    """new participants that one internet address may begin with in a minute: many for a class, which shares one"""
    invited: bool = False
    """whether participants need a one-use link: see `invitations`"""
    target_participants: int | None = None
    """number of participants who have finished at which the study stops, set before it was opened; None: not set"""
    end_date: str | None = None
    """last day of the study in UTC, such as 2026-12-24, set before it was opened; None: not set"""
    compared: tuple[str, ...] = ()
    """the two models whose comparison is the question of the study, set before it was opened; () for none"""
    opened_at: str = ""
    """when the study was opened for the first time; empty if never, or in a study of an earlier version"""
    language: str = SOURCE
    """language of `title` and `consent`"""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """title and consent text in other languages that participants may choose: language -> `title`, `consent`"""
    questions: tuple[Question, ...] = ()
    """asked before and after the pictures, see `questions.question`"""
    panel: Panel = field(default_factory=Panel)
    """who sends participants, and what they take back at the end"""
    quotas: tuple[Quota, ...] = ()
    """most participants of a kind; further ones cannot begin"""
    closes_itself: bool = False
    """whether the study closes when `target_participants` have finished, or after `end_date`"""
    consent_version: int = 1
    """number of the consent text: a change in a study that was opened is a new version"""
    earlier_consents: tuple[Mapping, ...] = ()
    """the versions before: each with `version`, `until` (a time) and `texts` (language -> text)"""

    def __post_init__(self) -> None:
        check_id("study", self.study)
        begins = self.begins_per_minute
        if type(begins) is not int or not 1 <= begins <= MOST_BEGINS:
            raise StudyStateError(f"begins_per_minute must be from 1 to {MOST_BEGINS}. Received {begins!r}.")
        target = self.target_participants
        if target is not None and (type(target) is not int or not 1 <= target <= 1_000_000):
            raise StudyStateError(f"target_participants must be from 1 to 1,000,000. Received {target!r}.")
        if self.end_date is not None and not _is_date(self.end_date):
            raise StudyStateError(f"end_date must be a day such as 2026-12-24. Received {self.end_date!r}.")
        if len(self.compared) not in (0, 2) or len(set(self.compared)) < len(self.compared):
            raise StudyStateError(f"compared must name two different models. Received {self.compared!r}.")
        parse_questions([question.as_dict() for question in self.questions])  # together they may be too many
        if self.closes_itself and self.target_participants is None and self.end_date is None:
            raise StudyStateError("a study closes itself at a number of participants or after a day. Neither is set.")
        for language in self.languages:
            check_language(language)
        for language, texts in self.translations.items():
            if set(texts) != {"title", "consent"} or not all(texts.values()) or language == self.language:
                raise StudyStateError(
                    f"a translation has a title and a consent text, and another language than the study. Received "
                    f"{sorted(texts)} in {language!r} for a study in {self.language!r}."
                )
        if self.state not in STATES:
            raise StudyStateError(f"state must be one of {', '.join(STATES)}. Received {self.state!r}.")

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that participants may choose from; the first is that of the study itself."""
        return (self.language, *self.translations)

    def title_in(self, language: str) -> str:
        """The title in a language; the study's own for a language that it is not offered in."""
        return self.translations.get(language, {}).get("title", self.title)

    def consent_in(self, language: str) -> str:
        """The consent text in a language; the study's own for a language that it is not offered in."""
        return self.translations.get(language, {}).get("consent", self.consent)

    def changed(self, changes: Mapping[str, object], now: str) -> "StudyConfig":
        """This configuration with other values; see `Study.update`. Raises StudyStateError."""
        fixed = set(changes) - CHANGEABLE - (PLANNED if self.may_be_planned else set())
        if set(changes.get("translations", ())) == set(self.translations):
            fixed.discard("translations")  # other words in the same languages
        if fixed:
            raise StudyStateError(f"these are fixed when a study is built: {', '.join(sorted(fixed))}. Build another.")
        config = replace(self, **changes)
        if "quotas" in changes or "questions" in changes:
            config.check_quotas()
        if not self.may_be_planned and config.consents() != self.consents():
            earlier = {"version": self.consent_version, "until": now, "texts": self.consents()}
            earlier_consents = (*self.earlier_consents, earlier)
            config = replace(config, consent_version=self.consent_version + 1, earlier_consents=earlier_consents)
        if config.state == "open" and not config.opened_at:
            config = replace(config, opened_at=now)
        return config

    def check_quotas(self) -> None:
        """Raise StudyStateError if a quota is about what is not known when somebody begins, so that it never fills."""
        known = {part: question.options_in(SOURCE) for question in self.asked("before") for part in question.parts}
        for quota in self.quotas:
            if quota.trait != DEVICE and quota.value not in known.get(quota.trait, ()):
                traits = ", ".join((DEVICE, *known))
                raise StudyStateError(
                    f"a quota is about a device, or an answer to a question before the pictures ({traits}). Received "
                    f"{quota.trait}={quota.value}; the codes of answers stand in the study's {CONFIG_FILE}."
                )

    def consents(self) -> dict[str, str]:
        """The consent text in every language of the study."""
        return {language: self.consent_in(language) for language in self.languages}

    def asked(self, moment: str) -> tuple[Question, ...]:
        """The questions of a moment, `before` or `after` the pictures."""
        return tuple(question for question in self.questions if question.moment == moment)

    @property
    def may_be_planned(self) -> bool:
        """Whether the fields in `PLANNED` may still be changed: the study was never open."""
        return self.state == "draft" and not self.opened_at

    def stops(self, finished: int, today: str) -> bool | None:
        """Whether the stopping rule is met; None if there is none. `today`: as `end_date`, or a time in ISO 8601."""
        if self.target_participants is None and self.end_date is None:
            return None
        reached = self.target_participants is not None and finished >= self.target_participants
        return reached or (self.end_date is not None and today[:10] > self.end_date)

    @property
    def shrunk(self) -> bool:
        """Whether there were too few photographs for the preset."""
        return self.protocol.photos < self.photos_wanted

    @property
    def demonstration(self) -> bool:
        """Whether the study is only a demonstration: under half of the photographs that the preset needs."""
        return 2 * self.protocol.photos < self.photos_wanted


def read_config(folder: Path) -> StudyConfig:
    """Read the configuration of the study in a folder.

    Raises:
        NewerStudyError: a later version of this program has written it.
        MissingStudyError: it is missing or damaged.
    """
    path = folder / CONFIG_FILE
    try:
        return _parse(path, path.read_text())
    except NewerDataError as error:
        raise NewerStudyError(str(error)) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingStudyError(f"a study needs its configuration at {path}. It cannot be used: {error}.") from error


@lru_cache(maxsize=64)
def _parse(path: Path, text: str) -> StudyConfig:
    """The configuration in the text of a file; remembered: each answer of a participant needs it."""
    stored = json.loads(text)
    check_format(path, stored, CONFIG_FORMAT)
    values = only(stored, (each.name for each in fields(StudyConfig)))
    parsed = {
        "protocol": StudyProtocol.from_dict(values["protocol"]),
        "compared": tuple(values.get("compared", ())),
        "questions": parse_questions(values.get("questions", ())),
        "panel": Panel(**only(values.get("panel", {}), (each.name for each in fields(Panel)))),
        "quotas": tuple(Quota(**quota) for quota in values.get("quotas", ())),
        "earlier_consents": tuple(values.get("earlier_consents", ())),
    }
    return StudyConfig(**{**values, **parsed})


def write_config(folder: Path, config: StudyConfig) -> None:
    """Save the configuration of the study in a folder. Fields in the file that this version does not know are kept.

    Raises:
        NotSavedError: the file could not be written; the old configuration is unchanged.
    """
    path = folder / CONFIG_FILE
    with saving(path):
        values = with_unknown(path, asdict(config), CONFIG_FORMAT)
    save_file(path, json.dumps(values, indent=1).encode())


def check_compared(compared: Collection[str], models: Collection[str]) -> None:
    """Raise StudyStateError unless the models whose comparison is planned are models of the study."""
    if unknown := sorted(set(compared) - set(models)):
        raise StudyStateError(
            f"compared must name two models of the study ({', '.join(models)}). Received {', '.join(unknown)}."
        )


def _is_date(text: object) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except (TypeError, ValueError):
        return False
