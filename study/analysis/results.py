"""Computes the report from the votes of a study: rates per model, exclusions, differences, the table of pictures."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median

import numpy as np

from study import StudyError
from study.analysis.reliability import Agreement, agreement
from study.analysis.signal_detection import Sensitivity, pair_sensitivity, sensitivity
from study.analysis.statistics import (
    Judgements,
    NoVotesError,
    Rate,
    acceptance_rate,
    holm,
    rate_difference,
    wilson_interval,
)
from study.config import CONFIG_FILE, read_config
from study.protocol import NO_EXCLUSIONS, Exclusions
from study.votes.csv_file import read_votes
from study.votes.record import Vote

REAL = "real"
"""Name of the real photographs in a comparison."""

ALPHA = 0.05
"""The chance of a false difference that is accepted in each family of comparisons."""

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
    p_value: float | None = None
    """for no difference, not corrected"""
    p_holm: float | None = None
    """corrected for the number of comparisons in its family: those among models, or those with real photographs"""
    family: int = 1
    """number of comparisons in the family; 1 for the one that was named before the study was opened"""
    named_beforehand: bool = False

    @property
    def is_shown(self) -> bool | None:
        """Whether the votes show a difference, at 5 %; None: not estimable."""
        return None if self.p_holm is None else self.p_holm < ALPHA


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
    agreement_low: float | None
    agreement_high: float | None
    median_response_ms: float | None
    pictures: list[PictureRow]
    by_exposure: dict[str, dict[int, Rate]] = field(default_factory=dict)
    """model, or "real" -> exposure in milliseconds -> rate of the votes counted in `rates`; empty if none was timed"""

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
    votes: Sequence[Vote],
    rules: Exclusions = NO_EXCLUSIONS,
    photo_of: Mapping[str, str] | None = None,
    compared: Collection[str] = (),
) -> Report:
    """Compute all results from the votes of one study.

    Args:
        votes: of one study, practice and catch trials included.
        rules: the exclusion rules that the study fixed beforehand.
        photo_of: picture id -> photograph id, if it is known which pictures show the same photograph; by default what
            the votes say.
        compared: the two models whose comparison was named before the study was opened; it is not corrected for others.

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
    if photo_of is None:
        photo_of = {vote.stimulus: vote.photo for vote in test if vote.photo}
    columns = _Columns(test, photo_of)
    agreed = Agreement(None, None, None)
    if kept:
        agreed = agreement(*zip(*((v.stimulus, v.judged_real, v.participant_id) for v in kept), strict=True))
    return Report(
        study=studies[0],
        rates=_rates(groups, columns),
        all_rates=_rates(_by_model(test, models), columns),
        rules=rules,
        excluded=excluded,
        n_participants=len({vote.participant_id for vote in votes if vote.phase != "practice"}),
        sensitivity={model: _sensitivity(groups[""], groups[model], columns) for model in models},
        comparisons=_comparisons(groups, columns, compared),
        agreement=agreed.alpha,
        agreement_low=agreed.ci_low,
        agreement_high=agreed.ci_high,
        median_response_ms=float(np.median([vote.response_ms for vote in kept])) if kept else None,
        pictures=picture_table(kept),
        by_exposure=_by_exposure(groups, columns),
    )


def report_of_file(path: Path) -> Report:
    """The report of a votes CSV: by the rules in `study.json` beside it, or by what an export wrote into `excluded`.

    Raises:
        StudyError, StorageError: the votes or the configuration cannot be read.
    """
    votes = read_votes(path)
    if not has_rules(path):
        return report(votes)
    config = read_config(path.parent)
    return report(votes, config.protocol.exclusions, compared=config.compared)


def has_rules(path: Path) -> bool:
    """Whether the rules of a votes CSV are known: `study.json` is beside it."""
    return (path.parent / CONFIG_FILE).exists()


def mark_excluded(votes: Iterable[Vote], excluded: Mapping[str, Collection[str]]) -> list[Vote]:
    """The votes for an export, with the rules that leave their participant out.

    Args:
        excluded: participant -> rules, as in `Report.excluded`.
    """
    return [replace(vote, excluded="+".join(excluded.get(vote.participant_id, ()))) for vote in votes]


def excluded_participants(votes: Iterable[Vote], rules: Exclusions) -> dict[str, list[str]]:
    """Participant -> the rules that exclude them: those given, and those that an export wrote. Practice is ignored.

    For the rule on times, an answer took no longer than passed on the server: a browser can report any time.
    """
    missed: Counter[str] = Counter()
    times: dict[str, list[int]] = defaultdict(list)
    exported = {}
    for vote in votes:
        if vote.excluded:
            exported[vote.participant_id] = vote.excluded
        if vote.phase == "catch":
            missed[vote.participant_id] += vote.judged_real
        elif vote.phase == "test":
            passed = vote.response_ms if vote.server_ms is None else vote.server_ms
            times[vote.participant_id].append(min(vote.response_ms, passed))
    broken: dict[str, list[str]] = defaultdict(list)
    for participant, named in exported.items():
        broken[participant] += named.split("+")
    for participant, count in missed.items():
        if rules.max_missed_catch is not None and count > rules.max_missed_catch:
            _add(broken[participant], "missed_catch")
    for participant, response_ms in times.items():
        if rules.min_median_ms is not None and median(response_ms) < rules.min_median_ms:
            _add(broken[participant], "too_fast")
    return dict(sorted(broken.items()))


def _add(rules: list[str], rule: str) -> None:
    if rule not in rules:
        rules.append(rule)


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


class _Columns:
    """Turns votes of a study into columns, with numbers for ids in the order of the ids: they are grouped faster."""

    def __init__(self, votes: Sequence[Vote], photo_of: Mapping[str, str]):
        stimuli = {vote.stimulus for vote in votes}
        photos = {stimulus: photo_of.get(stimulus, stimulus) for stimulus in stimuli}
        labels = _numbered(stimuli | set(photos.values()))
        self._people = _numbered({vote.participant_id for vote in votes})
        self._stimuli = {stimulus: labels[stimulus] for stimulus in stimuli}
        self._photos = {stimulus: labels[photo] for stimulus, photo in photos.items()}

    def of(self, votes: Sequence[Vote], by_photo: bool = False) -> Judgements:
        """The columns of some of the votes.

        Args:
            by_photo: versions of one photograph count as the same picture.
        """
        pictures = self._photos if by_photo else self._stimuli
        return Judgements(
            accepted=np.array([vote.judged_real for vote in votes], bool),
            participants=np.array([self._people[vote.participant_id] for vote in votes], int),
            pictures=np.array([pictures[vote.stimulus] for vote in votes], int),
        )


def _numbered(labels: Collection[str]) -> dict[str, int]:
    return {label: number for number, label in enumerate(sorted(labels))}


def _rates(groups: Mapping[str, list[Vote]], columns: _Columns) -> Rates:
    rates = {name: acceptance_rate(*columns.of(votes)) for name, votes in groups.items()}
    return Rates(real=rates.pop(""), models=rates)


def _by_exposure(groups: Mapping[str, list[Vote]], columns: _Columns) -> dict[str, dict[int, Rate]]:
    found: dict[str, dict[int, Rate]] = {}
    for model, votes in groups.items():
        timed: dict[int, list[Vote]] = defaultdict(list)
        for vote in votes:
            if vote.exposure_ms is not None:
                timed[vote.exposure_ms].append(vote)
        if timed:
            rates = {exposure: acceptance_rate(*columns.of(timed[exposure])) for exposure in sorted(timed)}
            found[model or REAL] = rates
    return found


def _sensitivity(real: Sequence[Vote], recolored: Sequence[Vote], columns: _Columns) -> Sensitivity:
    if any(vote.partner for vote in recolored):
        return pair_sensitivity(columns.of(recolored))
    return sensitivity(columns.of(real), columns.of(recolored))


def _comparisons(groups: Mapping[str, list[Vote]], columns: _Columns, compared: Collection[str]) -> list[Comparison]:
    judged = {name or REAL: columns.of(votes, by_photo=True) for name, votes in groups.items() if votes}
    found = [
        Comparison(a, b, **asdict(rate_difference(judged[a], judged[b]))) for a, b in itertools.combinations(judged, 2)
    ]
    named = [each for each in found if {each.a, each.b} == set(compared)]
    others = [each for each in found if each not in named]
    families = [[each for each in others if (REAL in (each.a, each.b)) == with_real] for with_real in (False, True)]
    corrected = [replace(each, p_holm=each.p_value, named_beforehand=True) for each in named]
    for family in families:
        known = [each for each in family if each.p_value is not None]
        p_values = dict(zip(map(id, known), holm([each.p_value for each in known]), strict=True))
        corrected += [replace(each, p_holm=p_values.get(id(each)), family=len(family)) for each in family]
    return corrected
