"""Computes the report from the votes of a study: rates per model, exclusions, differences, the table of pictures."""

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
"""Name of the real photographs in a comparison."""

RULES = ("missed_catch", "too_fast")


class MixedStudiesError(StudyError, ValueError):
    """The votes are of several studies; a rate over them would have no meaning."""


@dataclass(frozen=True)
class Rates:
    """Acceptance rate of each model and of the real pictures."""

    models: dict[str, Rate]
    real: Rate


@dataclass(frozen=True)
class Comparison:
    """Rate of `a` minus rate of `b`, each a model or "real"."""

    a: str
    b: str
    difference: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class PictureRow:
    """One row of the table of pictures."""

    stimulus: str
    model: str
    is_real: bool
    rate: float
    wilson_low: float
    """Wilson's interval is right here: each person votes once on a picture, so the votes are independent"""
    wilson_high: float
    n_votes: int
    median_response_ms: float


@dataclass(frozen=True)
class Report:
    """All results of one study. `rates` is the main result; `all_rates` is the same without exclusions."""

    study: str
    rates: Rates
    all_rates: Rates
    rules: Exclusions
    excluded: dict[str, list[str]]
    """participant -> the rules, of `RULES`, that excluded them"""
    n_participants: int
    """participants with a vote after practice, before exclusions"""
    sensitivity: dict[str, Sensitivity]
    comparisons: list[Comparison]
    agreement: float | None
    """Krippendorff's alpha over the test votes of participants who are not excluded"""
    median_response_ms: float | None
    pictures: list[PictureRow]

    @property
    def broken_rules(self) -> dict[str, int]:
        """Number of participants excluded by each rule. Somebody who broke both rules is counted in both."""
        counts = Counter(itertools.chain.from_iterable(self.excluded.values()))
        return {rule: counts[rule] for rule in RULES}

    def as_dict(self) -> dict:
        """Plain values for JSON, with `models` and `real` at the top level. Contains no participant ids."""
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
    """Compute all results from the votes of one study.

    Args:
        votes: of one study, practice and catch trials included.
        rules: the exclusion rules that the study fixed beforehand.
        photo_of: picture id -> photograph id, if it is known which pictures show the same photograph.

    Raises:
        NoVotesError: there are no votes.
        MixedStudiesError: the votes are of several studies.
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
    """Participant -> the rules that exclude them. Practice votes are ignored.

    For the rule on times, an answer took no longer than passed on the server: a browser can report any time.
    """
    missed: Counter[str] = Counter()
    times: dict[str, list[int]] = defaultdict(list)
    for vote in votes:
        if vote.phase == "catch":
            missed[vote.participant_id] += vote.judged_real
        elif vote.phase == "test":
            passed = vote.response_ms if vote.server_ms is None else vote.server_ms
            times[vote.participant_id].append(min(vote.response_ms, passed))
    broken: dict[str, list[str]] = defaultdict(list)
    for participant, count in missed.items():
        if rules.max_missed_catch is not None and count > rules.max_missed_catch:
            broken[participant].append("missed_catch")
    for participant, response_ms in times.items():
        if rules.min_median_ms is not None and np.median(response_ms) < rules.min_median_ms:
            broken[participant].append("too_fast")
    return dict(sorted(broken.items()))


def picture_table(votes: Iterable[Vote]) -> list[PictureRow]:
    """Acceptance rate of every test picture, highest first."""
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
