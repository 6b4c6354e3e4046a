"""The store of votes: a CSV file (the default) or a database (for several servers), with the same methods.

Both keep one vote per participant and picture, and both report a vote as saved only when it is on the disk.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from storage import settings
from study.votes.allocation import Admit, Allocate, Allocation, Attended
from study.votes.csv_store import CsvVotes
from study.votes.record import Vote, check_id
from study.votes.servings import Serving


class VoteStore(Protocol):
    """The interface of a store for the votes and allocations of one study."""

    def append(self, votes: Iterable[Vote]) -> int:
        """Save votes; returns how many are new. A second vote of a participant on a picture is ignored.

        Raises:
            NotSavedError: none of these votes was saved.
        """

    def read(self) -> list[Vote]:
        """Every vote, oldest first."""

    def votes_of(self, participant_id: str) -> list[Vote]:
        """The votes of one participant, oldest first."""

    def enrol(self, participant_id: str, allocate: Allocate, admit: Admit | None = None) -> Allocation:
        """The participant's allocation: the saved one, or else one from `allocate`, made and saved under a lock.

        Under the same lock, `admit` may refuse a new participant before that.

        Raises:
            AlreadyUsedError: the new allocation has an invitation or external id of another participant.
        """

    def allocations(self) -> list[Allocation]:
        """Every allocation, oldest first."""

    def allocation_of(self, participant_id: str) -> Allocation | None:
        """The allocation of one participant; None before `enrol`."""

    def started(self) -> int:
        """How many participants have begun."""

    def attended(self) -> list[Attended]:
        """How far each participant has come, oldest first."""

    def moment(self) -> tuple[list[Vote], list[Allocation]]:
        """Votes and allocations of one moment: what `read` and `allocations` would give if nobody wrote between."""

    def state(self) -> str:
        """A short text that changes when a vote or a participant is added or deleted; found without reading them."""

    def serve(self, serving: Serving) -> None:
        """Remember that a picture was sent. Raises NotSavedError."""

    def servings_of(self, participant_id: str) -> list[Serving]:
        """What was sent to a participant, oldest first."""

    def damaged(self) -> list[str]:
        """The lines of the votes that cannot be read, in words; they are left out of `read`."""

    def delete(self, participant_id: str) -> int:
        """Delete votes, servings and allocation of a participant. Returns the number of votes deleted."""

    def clear(self) -> None:
        """Delete votes, servings and allocations of all participants."""


def open_store(study: str, folder: Path, url: str | None = None) -> VoteStore:
    """Open the votes of a study: CSV in `folder`, or the database at `url` (default: `HUESTORY_DATABASE_URL`).

    Raises:
        BadVoteError: `study` is not a valid id.
        StorageError: the database cannot be used; the message says why.
    """
    check_id("study", study)
    url = url if url is not None else settings.database_url()
    if not url:
        return CsvVotes(folder / "votes.csv")
    from study.votes.sql_store import DatabaseVotes

    return DatabaseVotes(study, url)
