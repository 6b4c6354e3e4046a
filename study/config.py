"""The configuration of a study and the file that stores it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.files import save_file
from study import StudyError
from study.protocol import StudyProtocol
from study.votes.record import check_id

CONFIG_FILE = "study.json"
STATES = ("draft", "open", "closed")
CHANGEABLE = frozenset({"title", "consent", "state", "results_public", "begins_per_minute", "invited"})
"""Fields that may be changed after a study is built; a protocol changed after the first vote could bias the result."""
MOST_BEGINS = 10_000


class MissingStudyError(StudyError):
    """There is no study with this name, or its configuration is damaged."""


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

    def __post_init__(self) -> None:
        check_id("study", self.study)
        begins = self.begins_per_minute
        if type(begins) is not int or not 1 <= begins <= MOST_BEGINS:
            raise StudyStateError(f"begins_per_minute must be from 1 to {MOST_BEGINS}. Received {begins!r}.")
        if self.state not in STATES:
            raise StudyStateError(f"state must be one of {', '.join(STATES)}. Received {self.state!r}.")

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
        MissingStudyError: it is missing or damaged.
    """
    path = folder / CONFIG_FILE
    try:
        values = json.loads(path.read_text())
        return StudyConfig(**{**values, "protocol": StudyProtocol.from_dict(values["protocol"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingStudyError(f"a study needs its configuration at {path}. It cannot be used: {error}.") from error


def write_config(folder: Path, config: StudyConfig) -> None:
    """Save the configuration of the study in a folder.

    Raises:
        NotSavedError: the file could not be written; the old configuration is unchanged.
    """
    save_file(folder / CONFIG_FILE, json.dumps(asdict(config), indent=1).encode())
