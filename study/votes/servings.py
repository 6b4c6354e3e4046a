"""When the server sent which picture to whom: the server's own witness of a participant's times.

Each sending is stored with the session, so that it holds after a restart and for all servers of a study.
"""

from collections import defaultdict
from dataclasses import dataclass

from storage.journal import Journal

HEADER = "participant_id,trial,place,served_at"


@dataclass(frozen=True)
class Serving:
    """One picture sent to a participant's browser."""

    participant_id: str
    trial: int
    place: str
    """`left` or `right` in pairs, else `only`"""
    served_at: str
    """ISO 8601 in UTC, see `record.now_utc`"""

    def line(self) -> str:
        """The serving as a CSV line without line end."""
        return f"{self.participant_id},{self.trial},{self.place},{self.served_at}"


class ServingIndex:
    """The lines of `served.csv` by participant, kept in memory. `refresh` takes in what was added to the file."""

    def __init__(self, journal: Journal):
        self._journal = journal
        self._lines: dict[str, list[str]] = defaultdict(list)

    def refresh(self) -> None:
        news = self._journal.news()
        if news.fresh:
            self._lines.clear()
        for line in news.lines:
            self._lines[line.split(",", 1)[0]].append(line)

    def of(self, participant_id: str) -> list[Serving]:
        """The servings of a participant, oldest first."""
        return [_parse(line) for line in self._lines.get(participant_id, ())]


def is_whole_serving(line: str) -> bool:
    """Whether a last line without a line end is a complete serving: its time ends in `Z`."""
    return line.count(",") == 3 and line.endswith("Z")


def _parse(line: str) -> Serving:
    participant, trial, place, served_at = line.split(",")
    return Serving(participant, int(trial), place, served_at)
