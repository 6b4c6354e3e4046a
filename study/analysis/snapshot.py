"""One reading of a study, from which the results page, the tables and the report are made."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from study.analysis.classifier import Telling, read_classifier
from study.analysis.results import Report, mark_excluded, report
from study.analysis.statistics import Rate
from study.config import StudyConfig
from study.folder import Study
from study.pool.stimuli import Pool
from study.votes.attendance import Attendance, count_attendance
from study.votes.record import Vote, now_utc


@dataclass(frozen=True)
class Snapshot:
    """Results of a study at one moment. Rates, tables, votes file and report made from it count the same votes."""

    config: StudyConfig
    pool: Pool
    load_votes: Callable[[], list[Vote]]
    """gives `votes`, which saved results read only when somebody asks for them"""
    attendance: Attendance
    report: Report | None
    """None: there is no vote after practice yet"""
    times: dict[str, list[int]]
    """response times in milliseconds of the votes counted in `rates`, with the same keys"""
    taken_at: str
    classifier: dict[str, Telling]
    """model -> how well a classifier tells its pictures from real ones; empty: not computed"""

    @property
    def rates(self) -> dict[str, Rate]:
        """Rates of the main result: model -> rate, "" for real photographs."""
        return {} if self.report is None else {**self.report.rates.models, "": self.report.rates.real}

    @property
    def all_rates(self) -> dict[str, Rate]:
        """The same without exclusions."""
        return {} if self.report is None else {**self.report.all_rates.models, "": self.report.all_rates.real}

    @cached_property
    def votes(self) -> list[Vote]:
        """Every vote of the moment, oldest first."""
        return self.load_votes()


def take_snapshot(study: Study) -> Snapshot:
    """Read configuration, votes and allocations of a study once and compute all results from them.

    Raises:
        StudyError, StorageError: the study or its votes cannot be read.
    """
    config, pool = study.config, study.pool
    votes, allocations = study.store.moment()
    got_past_practice = any(vote.phase != "practice" for vote in votes)
    found = report(votes, config.protocol.exclusions, pool.photo_of, config.compared) if got_past_practice else None
    return Snapshot(
        config=config,
        pool=pool,
        load_votes=lambda: votes,
        attendance=count_attendance(votes, allocations),
        report=found,
        times={} if found is None else _times(votes, found.excluded),
        taken_at=now_utc(),
        classifier=read_classifier(study.folder),
    )


def _times(votes: Iterable[Vote], excluded: Collection[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for vote in votes:
        if vote.phase == "test" and vote.participant_id not in excluded:
            found.setdefault(vote.model, []).append(vote.response_ms)
    return found


def exported_votes(snapshot: Snapshot) -> list[Vote]:
    """The snapshot's votes for a download, with the rules that leave their participant out in `excluded`."""
    return mark_excluded(snapshot.votes, {} if snapshot.report is None else snapshot.report.excluded)
