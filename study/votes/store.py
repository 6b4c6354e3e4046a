"""Where votes are kept: a CSV file (the default) or a database (for many servers), behind one set of methods.

Both hold one vote per participant and picture, and both say "saved" only when the vote is on the disk.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from storage import settings
from study.votes.allocation import Allocation
from study.votes.csv_store import CsvVotes
from study.votes.record import Vote, check_id


class VoteStore(Protocol):
    """Where the votes and allocations of one study are kept."""

    def append(self, votes: Iterable[Vote]) -> int:
        """Save votes; returns how many are new. A second vote of a participant on a picture changes nothing.

        Raises:
            NotSavedError: nothing of these was saved.
        """

    def read(self) -> list[Vote]:
        """Every vote, oldest first."""

    def votes_of(self, participant_id: str) -> list[Vote]:
        """The votes of one participant, oldest first."""

    def enrol(self, participant_id: str, allocate: Callable[[Counter], Allocation]) -> Allocation:
        """The participant's allocation: the one kept, or else `allocate(shown)`, made and kept under a lock.

        `shown` counts how often each picture was shown: votes, and the pictures still before recent participants.
        """

    def allocations(self) -> list[Allocation]:
        """Every allocation, oldest first."""

    def allocation_of(self, participant_id: str) -> Allocation | None:
        """The allocation of one participant; None before `enrol`."""

    def delete(self, participant_id: str) -> int:
        """Forget a participant: votes and allocation. Returns the number of votes deleted."""

    def clear(self) -> None:
        """Forget everybody."""


def read_moment(store: VoteStore) -> tuple[list[Vote], list[Allocation]]:
    """Votes and allocations of one moment: read anew until nobody has come or gone while the votes were read."""
    allocations = store.allocations()
    while True:
        votes, after = store.read(), store.allocations()
        if after == allocations:
            return votes, allocations
        allocations = after


def open_store(study: str, folder: Path, url: str | None = None) -> VoteStore:
    """The votes of a study: in `folder` as CSV, or in the database at `url` (default: `HUESTORY_DATABASE_URL`).

    Raises:
        StorageError: the database cannot be used; the message says why.
    """
    check_id("study", study)
    url = url if url is not None else settings.database_url()
    if not url:
        return CsvVotes(folder / "votes.csv")
    from study.votes.sql_store import DatabaseVotes

    return DatabaseVotes(study, url)
