"""From the votes of a study to its report: rates per model, exclusions, differences, the table of pictures."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from study import StudyError
from study.analysis.reliability import krippendorff_alpha
from study.analysis.signal_detection import Sensitivity, pair_sensitivity, sensitivity
from study.analysis.statistics import (
    Judgements,
    NoVotesError,
    Rate,
    acceptance_rate,
    rate_difference,
    wilson_interval,
)
from study.protocol import NO_EXCLUSIONS, Exclusions
from study.votes.record import Vote

REAL = "real"
"""What real photographs are called in a comparison."""

RULES = ("missed_catch", "too_fast")


class MixedStudiesError(StudyError, ValueError):
    """Votes of several studies stand in one table; a rate over them would mean nothing."""


@dataclass(frozen=True)
class Rates:
    """Acceptance per model and of real pictures."""

    models: dict[str, Rate]
    real: Rate


@dataclass(frozen=True)
class Comparison:
    """Rate of `a` less rate of `b`, each a model or "real"."""

    a: str
    b: str
    difference: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class PictureRow:
    """One line of the per-picture table."""

    stimulus: str
    model: str
    is_real: bool
    rate: float
    wilson_low: float
    """votes on one picture are one a person: nothing goes together, and Wilson's interval is right"""
    wilson_high: float
    n_votes: int
    median_response_ms: float


@dataclass(frozen=True)
class Report:
    """All results of one study. `rates` is the headline; `all_rates` is the same without exclusions."""

    study: str
    rates: Rates
    all_rates: Rates
    rules: Exclusions
    excluded: dict[str, list[str]]
    """participant -> the rules that left them out, of `RULES`"""
    n_participants: int
    """who got past practice, before exclusions"""
    sensitivity: dict[str, Sensitivity]
    comparisons: list[Comparison]
    agreement: float | None
    """Krippendorff's alpha over all test pictures"""
    median_response_ms: float | None
    pictures: list[PictureRow]

    @property
    def broken_rules(self) -> dict[str, int]:
        """How many participants broke each rule; who broke two is in both."""
        counts = Counter(itertools.chain.from_iterable(self.excluded.values()))
        return {rule: counts[rule] for rule in RULES}

    def as_dict(self) -> dict:
        """Plain values for JSON: `models` and `real` at the top, as the contract has them. No participant is named."""
        values = asdict(self)
        return {
            **values.pop("rates"),
            "without_exclusions": values.pop("all_rates"),
            **values,
            "excluded": {"participants": len(self.excluded), **self.broken_rules},
        }


def report(
    votes: Sequence[Vote], rules: Exclusions = NO_EXCLUSIONS, photo_of: Mapping[str, str] | None = None
) -> Report:
    """Everything there is to say of one study's votes.

    Args:
        votes: of one study, practice and catch trials included.
        rules: the exclusions that the study fixed beforehand.
        photo_of: picture id -> photograph, where it is known which pictures show the same one.

    Raises:
        NoVotesError: there is none.
        MixedStudiesError: they are of several studies.
    """
    studies = sorted({vote.study for vote in votes})
    if not studies:
        raise NoVotesError("a report needs at least one vote. Received none.")
    if len(studies) > 1:
        raise MixedStudiesError(f"a report is of one study. Received votes of {', '.join(studies)}; choose one.")
    excluded = excluded_participants(votes, rules)
    test = [vote for vote in votes if vote.phase == "test"]
    kept = [vote for vote in test if vote.participant_id not in excluded]
    models = sorted({vote.model for vote in test if not vote.is_real})
    groups = _by_model(kept, models)
    return Report(
        study=studies[0],
        rates=_rates(groups),
        all_rates=_rates(_by_model(test, models)),
        rules=rules,
        excluded=excluded,
        n_participants=len({vote.participant_id for vote in votes if vote.phase != "practice"}),
        sensitivity={model: _sensitivity(groups[""], groups[model]) for model in models},
        comparisons=_comparisons(groups, photo_of or {}),
        agreement=krippendorff_alpha([v.stimulus for v in kept], [v.judged_real for v in kept]) if kept else None,
        median_response_ms=float(np.median([vote.response_ms for vote in kept])) if kept else None,
        pictures=picture_table(kept),
    )


def excluded_participants(votes: Iterable[Vote], rules: Exclusions) -> dict[str, list[str]]:
    """Whom the rules leave out, and by which. Practice never counts."""
    missed: Counter[str] = Counter()
    times: dict[str, list[int]] = defaultdict(list)
    for vote in votes:
        if vote.phase == "catch":
            missed[vote.participant_id] += vote.judged_real
        elif vote.phase == "test":
            times[vote.participant_id].append(vote.response_ms)
    broken: dict[str, list[str]] = defaultdict(list)
    for participant, count in missed.items():
        if rules.max_missed_catch is not None and count > rules.max_missed_catch:
            broken[participant].append("missed_catch")
    for participant, response_ms in times.items():
        if rules.min_median_ms is not None and np.median(response_ms) < rules.min_median_ms:
            broken[participant].append("too_fast")
    return dict(sorted(broken.items()))


def picture_table(votes: Iterable[Vote]) -> list[PictureRow]:
    """Acceptance of every test picture, most accepted first."""
    groups: dict[tuple, list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.phase == "test":
            groups[vote.stimulus, vote.model, vote.is_real].append(vote)
    rows = []
    for key, group in groups.items():
        accepted = sum(vote.judged_real for vote in group)
        interval = wilson_interval(accepted, len(group))
        middle = float(np.median([vote.response_ms for vote in group]))
        rows.append(PictureRow(*key, accepted / len(group), *interval, len(group), middle))
    return sorted(rows, key=lambda row: (-row.rate, row.stimulus, row.model))


def _by_model(votes: Iterable[Vote], models: Sequence[str]) -> dict[str, list[Vote]]:
    groups: dict[str, list[Vote]] = {name: [] for name in (*models, "")}
    for vote in votes:
        groups[vote.model].append(vote)  # "" for real ones
    return groups


def _judgements(votes: Sequence[Vote], photo_of: Mapping[str, str]) -> Judgements:
    return Judgements(
        accepted=[vote.judged_real for vote in votes],
        participants=[vote.participant_id for vote in votes],
        pictures=[photo_of.get(vote.stimulus, vote.stimulus) for vote in votes],
    )


def _rates(groups: Mapping[str, list[Vote]]) -> Rates:
    rates = {name: acceptance_rate(*_judgements(votes, {})) for name, votes in groups.items()}
    return Rates(real=rates.pop(""), models=rates)


def _sensitivity(real: Sequence[Vote], recolored: Sequence[Vote]) -> Sensitivity:
    fooled = sum(vote.judged_real for vote in recolored)
    if any(vote.partner for vote in recolored):
        return pair_sensitivity(fooled, len(recolored))
    return sensitivity(sum(vote.judged_real for vote in real), len(real), fooled, len(recolored))


def _comparisons(groups: Mapping[str, list[Vote]], photo_of: Mapping[str, str]) -> list[Comparison]:
    judged = [(name or REAL, _judgements(votes, photo_of)) for name, votes in groups.items() if votes]
    return [
        Comparison(a, b, **asdict(rate_difference(of_a, of_b)))
        for (a, of_a), (b, of_b) in itertools.combinations(judged, 2)
    ]
