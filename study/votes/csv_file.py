"""Reading and writing the votes CSV."""

from collections.abc import Iterable
from pathlib import Path

from storage.files import save_file
from storage.journal import Converted, split_records
from study import StudyError
from study.votes.record import COLUMNS, FIRST_COLUMNS, BadVoteError, Vote

HEADER = ",".join(COLUMNS)


class MissingVotesError(StudyError):
    """There is no votes file at the path."""


def read_votes(path: Path) -> list[Vote]:
    """Read a votes CSV: that of a study, an export, or one saved by a spreadsheet program.

    Raises:
        MissingVotesError: there is no such file.
        WrongHeaderError: the columns are not those of a votes file.
        BadVoteError: a line is not a vote, or appears twice; the message gives the line number.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise MissingVotesError(f"a votes CSV must be readable at {path}: {error.strerror}.") from error
    data = data.replace(b'"', b"")  # some programs put every text in quotes; a vote contains no quotes
    return parse_votes(path, split_records(path, data, HEADER, is_whole_line, convert_header).lines)


def convert_header(found: str) -> Converted | None:
    """How to read a votes file with this header: one of an earlier version, or with columns of somebody else.

    Our columns are found by name; those that are missing are empty, and unknown ones are kept on the right.

    Returns:
        None: it is not the header of a votes file.
    """
    names = found.split(",")
    if tuple(names[: len(FIRST_COLUMNS)]) != FIRST_COLUMNS or len(set(names)) < len(names):
        return None
    if tuple(names[: len(COLUMNS)]) == COLUMNS:
        return Converted(found, lambda line: line)
    order = [names.index(name) if name in names else None for name in COLUMNS]
    extra = [place for place, name in enumerate(names) if name not in COLUMNS]

    def convert(line: str) -> str:
        cells = line.split(",")
        if len(cells) < len(FIRST_COLUMNS):
            return line  # not a vote: whoever reads it names it as it is
        cells += [""] * (len(names) - len(cells))
        return ",".join("" if place is None else cells[place] for place in [*order, *extra])

    return Converted(",".join([*COLUMNS, *(names[place] for place in extra)]), convert)


def parse_votes(path: Path, lines: list[str]) -> list[Vote]:
    """Parse CSV lines (without the header) into votes.

    Raises:
        BadVoteError: a line is not a vote, or appears twice; the message gives the line number.
    """
    votes, places = [], {}
    for number, line in enumerate(lines, start=2):
        try:
            vote = Vote.from_row(line.split(","))
        except BadVoteError as error:
            raise BadVoteError(f"{path}, line {number}: {error}") from error
        first = places.setdefault((vote.study, vote.participant_id, vote.stimulus), number)
        if first != number:
            raise BadVoteError(
                f"{path}, line {number} is a second vote of {vote.participant_id} on the picture of line {first}: one "
                "person votes once on a picture. Was a file joined to itself?"
            )
        votes.append(vote)
    return votes


def export_votes(votes: Iterable[Vote], path: Path) -> None:
    """Write votes as the documented CSV; on an error no file is written and an old one is unchanged.

    Raises:
        NotSavedError: the file could not be written.
    """
    save_file(Path(path), csv_text(votes).encode())


def csv_text(votes: Iterable[Vote]) -> str:
    """The votes CSV as text: the header, then one line per vote."""
    return "".join(f"{line}\n" for line in [HEADER, *(vote.line() for vote in votes)])


def is_whole_line(line: str) -> bool:
    """Whether a last line without a line end is a complete vote.

    In an older file `partner` is the last cell, so it may be cut off: it must be empty or as long as the stimulus id.
    `shown_ms`, now the last, is at least about the exposure, or equal to the response time of an earlier answer; cut
    off, it would be ten times less.
    """
    try:
        vote = Vote.from_row(line.split(","))
    except BadVoteError:
        return False
    uncut = vote.shown_ms in (None, vote.response_ms) or vote.shown_ms > (vote.exposure_ms or 0) / 2
    return uncut and (vote.partner == "" or len(vote.partner) == len(vote.stimulus))
