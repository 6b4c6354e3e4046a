"""The last results of a large study, kept in its folder, so that a server that has just started can show them at once.

The file says with which code and of which votes the results were computed. Results of other code are not used; those of
earlier votes are shown as such until newer ones are ready. Who deletes votes deletes the file, too: see `Study.forget`.
"""

import hashlib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache, partial
from logging import getLogger
from pathlib import Path

import numpy as np

from storage import StorageError
from storage.files import save_file
from study import StudyError
from study.analysis.classifier import read_classifier
from study.analysis.results import Report
from study.analysis.snapshot import Snapshot
from study.folder import RESULTS_FILE, Study
from study.votes.attendance import Attendance
from study.votes.record import Vote


class OutdatedResultsError(StudyError):
    """Votes that the results count were deleted, so that the votes of their moment are not there any more."""


@dataclass(frozen=True)
class SavedResults:
    """What was read from the file."""

    snapshot: Snapshot
    state: str
    """of the study when the votes were read, see `latest.study_state`"""
    seconds: float
    """how long the computation took"""


def save_results(study: Study, snapshot: Snapshot, state: str, seconds: float) -> None:
    """Write the results of a study into its folder; a failure is logged, since they can be computed again."""
    last = (snapshot.votes[-1].participant_id, snapshot.votes[-1].stimulus) if snapshot.votes else (None, None)
    values = {
        "code": _code(),
        "state": state,
        "seconds": seconds,
        "taken_at": snapshot.taken_at,
        "attendance": asdict(snapshot.attendance),
        "report": None if snapshot.report is None else asdict(snapshot.report),
        "times": snapshot.times,
        "votes": [len(snapshot.votes), *last],
    }
    try:
        save_file(study.folder / RESULTS_FILE, json.dumps(values, separators=(",", ":")).encode())
        _votes_of_moment(study, len(snapshot.votes), last)
    except OutdatedResultsError:  # somebody's votes were deleted while the file was written: nothing of them stays
        (study.folder / RESULTS_FILE).unlink(missing_ok=True)
    except StorageError as error:
        getLogger(__name__).warning("study %s: its results are not kept: %s", study.config.study, error)


def load_results(study: Study) -> SavedResults | None:
    """Read the results that were saved; None if there are none, or other code has computed them.

    Raises:
        StudyError, StorageError: configuration or pool cannot be read.
    """
    try:
        values = json.loads((study.folder / RESULTS_FILE).read_bytes())
        if values["code"] != _code():
            return None
        count, *last = values["votes"]
        snapshot = Snapshot(
            config=study.config,
            pool=study.pool,
            load_votes=partial(_votes_of_moment, study, count, tuple(last)),
            attendance=_built(Attendance, values["attendance"]),
            report=_built(Report | None, values["report"]),
            times=_built(dict[str, list[int]], values["times"]),
            taken_at=values["taken_at"],
            classifier=read_classifier(study.folder),
        )
        return SavedResults(snapshot, values["state"], values["seconds"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        getLogger(__name__).warning("study %s: its saved results cannot be read: %r", study.config.study, error)
        return None


def _votes_of_moment(study: Study, count: int, last: tuple[str | None, str | None]) -> list[Vote]:
    """The first `count` votes, which are those of the moment: votes are only added at the end, or deleted."""
    votes = study.store.read()[:count]
    if len(votes) < count or (count and (votes[-1].participant_id, votes[-1].stimulus) != last):
        raise OutdatedResultsError(
            "a file has the votes that the results count. Some were deleted meanwhile; wait for the newer results."
        )
    return votes


@cache
def _code() -> str:
    """A checksum of the code that computes results, so that an update of the program computes them anew."""
    digest = hashlib.sha256(f"numpy {np.__version__}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _built(kind: typing.Any, value: typing.Any) -> typing.Any:
    """The value of this type from what JSON made of it: data classes, lists, and mappings with numbers as keys."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _built(hints[name], each) for name, each in value.items()})
    if origin is types.UnionType:
        [known] = [each for each in inner if each is not types.NoneType]
        return None if value is None else _built(known, value)
    if origin in (dict, Mapping):
        return {_built(inner[0], key): _built(inner[1], each) for key, each in value.items()}
    if origin is list:
        return value if inner[0] in (int, str) else [_built(inner[0], each) for each in value]
    return int(value) if kind is int else value
