"""One reading of a study, from which the results page, the tables and the report are made."""

from dataclasses import dataclass
from functools import cached_property

from study.analysis.classifier import Telling, read_classifier
from study.analysis.results import Report, mark_excluded, report
from study.analysis.statistics import Rate
from study.config import StudyConfig
from study.folder import Attendance, Study, count_attendance
from study.pool.stimuli import Pool
from study.votes.record import Vote, now_utc


@dataclass(frozen=True)
class Snapshot:
    """Results of a study at one moment. Rates, tables, votes file and report made from it count the same votes."""

    config: StudyConfig
    pool: Pool
    votes: list[Vote]
    attendance: Attendance
    report: Report | None
    """None: there is no vote after practice yet"""
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
    def times(self) -> dict[str, list[int]]:
        """Response times in milliseconds of the votes counted in `rates`, with the same keys."""
        excluded = {} if self.report is None else self.report.excluded
        found: dict[str, list[int]] = {name: [] for name in self.rates}
        for vote in self.votes:
            if vote.phase == "test" and vote.participant_id not in excluded:
                found[vote.model].append(vote.response_ms)
        return {name: times for name, times in found.items() if times}


def take_snapshot(study: Study) -> Snapshot:
    """Read configuration, votes and allocations of a study once and compute all results from them.

    Raises:
        StudyError, StorageError: the study or its votes cannot be read.
    """
    config, pool = study.config, study.pool
    votes, allocations = study.store.moment()
    got_past_practice = any(vote.phase != "practice" for vote in votes)
    return Snapshot(
        config=config,
        pool=pool,
        votes=votes,
        attendance=count_attendance(votes, allocations),
        report=report(votes, config.protocol.exclusions, pool.photo_of, config.compared) if got_past_practice else None,
        taken_at=now_utc(),
        classifier=read_classifier(study.folder),
    )


def exported_votes(snapshot: Snapshot) -> list[Vote]:
    """The snapshot's votes for a download, with the rules that leave their participant out in `excluded`."""
    return mark_excluded(snapshot.votes, {} if snapshot.report is None else snapshot.report.excluded)
