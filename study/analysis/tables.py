"""The tables of a study's results as CSV, and the sort orders of its gallery."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from storage.tables import format_csv, no_formula
from study.analysis.results import PictureRow
from study.analysis.snapshot import Snapshot
from study.analysis.statistics import Rate
from study.pool.stimuli import Pool

SORTS = {
    "Most often taken for real": lambda row: (-row.rate, -row.n_votes),
    "Least often taken for real": lambda row: (row.rate, -row.n_votes),
    "Slowest answers": lambda row: (-row.median_response_ms,),
    "Fewest answers": lambda row: (row.n_votes,),
}
"""Sort orders of a gallery: name shown -> sort key of a row."""


def rates_csv(snapshot: Snapshot) -> str:
    """The table of rates, with and without exclusions, as CSV."""
    rows = [
        {"kind": model or "real", "counted": counted, **asdict(rate)}
        for counted, rates in (("by the rules", snapshot.rates), ("everybody", snapshot.all_rates))
        for model, rate in rates.items()
    ]
    return _table(rows, ["kind", "counted", *Rate.__annotations__])


def pictures_csv(snapshot: Snapshot) -> str:
    """The table of pictures as CSV: ids, the name of the photograph, rate with interval, response time."""
    names = photo_names(snapshot.pool)
    rows = snapshot.report.pictures if snapshot.report else []
    table = [{"photograph": no_formula(names.get(row.stimulus, "")), **asdict(row)} for row in rows]
    return _table(table, ["photograph", *PictureRow.__annotations__])


def photo_names(pool: Pool) -> dict[str, str]:
    """stimulus id -> file name of its photograph, as given by the organizer."""
    names = {photo["photo"]: photo["name"] for photo in pool.photos}
    return {stimulus.id: names[stimulus.photo] for stimulus in pool.stimuli}


def _table(rows: Iterable[Mapping], columns: Sequence[str]) -> str:
    """A table as CSV, with true and false written as in the votes CSV."""
    written = ({name: str(v).lower() if isinstance(v, bool) else v for name, v in row.items()} for row in rows)
    return format_csv(written, columns)
