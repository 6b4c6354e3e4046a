"""Votes and rates as pandas DataFrames, for notebooks.

Example:
    >>> import study
    >>> votes = study.votes_frame("my_study/votes.csv")      # doctest: +SKIP
    >>> votes.groupby("model", observed=True).judged_real.mean()  # doctest: +SKIP
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from study.analysis.results import report_of_file
from study.votes.csv_file import read_votes
from study.votes.record import COLUMNS

if TYPE_CHECKING:
    from pandas import DataFrame

_NUMBERS = {"trial": "int64", "response_ms": "int64", "server_ms": "Int64", "exposure_ms": "Int64", "shown_ms": "Int64"}
_TRUTH = ("is_real", "judged_real")


def votes_frame(path: Path | str) -> "DataFrame":
    """The votes in a CSV file, one row a vote, with the columns of the file.

    Whole numbers are integers (missing ones `<NA>`), truth values booleans, `voted_at` a time in UTC, all else
    categories; a real picture's `model` is the category "real".

    Raises:
        MissingVotesError, WrongHeaderError, BadVoteError: see `votes.csv_file.read_votes`.
    """
    import pandas as pd

    frame = pd.DataFrame([asdict(vote) for vote in read_votes(Path(path))], columns=list(COLUMNS))
    frame["model"] = frame["model"].where(~frame["is_real"].astype(bool), "real")
    kinds = {
        name: _NUMBERS.get(name, "bool" if name in _TRUTH else "category") for name in COLUMNS if name != "voted_at"
    }
    frame = frame.astype(kinds)
    frame["voted_at"] = pd.to_datetime(frame["voted_at"], utc=True, format="ISO8601")
    return frame


def rates_frame(path: Path | str) -> "DataFrame":
    """The rates with their intervals, computed from a votes CSV as the report does: a row a model and way of counting.

    Columns: `model` (real photographs are "real"), `counted` ("by the rules" or "everybody"), and those of
    `statistics.Rate`.

    Raises:
        StudyError, StorageError: see `votes.csv_file.read_votes` and `results.report`.
    """
    import pandas as pd

    found = report_of_file(Path(path))
    rows = [
        {"model": model, "counted": counted, **asdict(rate)}
        for counted, rates in (("by the rules", found.rates), ("everybody", found.all_rates))
        for model, rate in [*rates.models.items(), ("real", rates.real)]
    ]
    return pd.DataFrame(rows).astype({"model": "category", "counted": "category"})
