"""How many pictures and participants a study needs, and a simulation that measures the coverage of the intervals.

Both use one model: the logit of the probability that a person judges a picture real is a constant plus an effect of the
person plus an effect of the picture, both normally distributed. The rate that a study estimates is the mean over all
people and all pictures (the marginal mean), not the rate of the median person on the median picture.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import expit

from study import StudyError
from study.analysis.logit_model import PARTICIPANT_SD, PICTURE_SD, logit_center, variance_components
from study.analysis.statistics import (
    CONFIDENCE,
    clustered_interval,
    score_interval,
    t_quantile,
    wilson_interval,
)

MAX_PARTICIPANTS = 100_000
_BATCH_VOTES = 1_000_000
"""Of simulated studies whose pictures are drawn together, which bounds the memory."""
POOLS = (12, 24, 36, 48, 60, 80, 100, 120, 160, 200, 300, 500, 1000)
"""Pool sizes that a plan compares: numbers of recoloured pictures of one model."""


class PlanError(StudyError, ValueError):
    """A number of a plan or a simulation is outside its limits."""


@dataclass(frozen=True)
class PlanRow:
    """The participants that one pool size needs."""

    pictures: int
    participants: int | None
    """None: even `MAX_PARTICIPANTS` do not reach the wanted half-width"""
    half_width: float
    """expected with these participants; with `MAX_PARTICIPANTS` if `participants` is None"""


@dataclass(frozen=True)
class Plan:
    """A plan: one row per pool size, the recommended row, and the reason why pictures matter more than people."""

    half_width: float
    rate: float
    shown: int
    rows: list[PlanRow]
    recommended: PlanRow | None
    reason: str

    def as_dict(self) -> dict:
        """Plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Simulation:
    """How often the 95 % intervals contained the true rate in simulated studies."""

    participants: int
    pictures: int
    shown: int
    rate: float
    studies: int
    seed: int
    coverage: float
    """of the clustered interval; should be near 0.95"""
    coverage_wilson: float
    half_width: float
    """mean half-width of the clustered interval"""
    half_width_wilson: float
    participant_sd: float = PARTICIPANT_SD
    picture_sd: float = PICTURE_SD

    def as_dict(self) -> dict:
        """Plain values for JSON."""
        return asdict(self)


def expected_half_width(
    participants: int,
    pictures: int,
    shown: int,
    rate: float,
    participant_sd: float = PARTICIPANT_SD,
    picture_sd: float = PICTURE_SD,
) -> float:
    """Expected half-width of the 95 % interval if each participant judges `shown` of `pictures`, evenly distributed.

    .. math:: V = v_{person} / P + v_{picture} / M + v_{rest} / (P K)

    with P participants, M pictures and K shown to each. More participants do not reduce the middle term. The interval
    is that of the report: Wilson's formula with rate (1 - rate) / V effective votes and a t quantile for min(P, M) - 1
    degrees of freedom.
    """
    parts = variance_components(rate, participant_sd, picture_sd)
    seen = min(pictures, participants * shown)
    variance = parts.participant / participants + parts.picture / seen + parts.residual / (participants * shown)
    quantile = t_quantile(min(participants, seen) - 1, CONFIDENCE)
    low, high = score_interval(rate, rate * (1 - rate) / variance, quantile)
    return (high - low) / 2


def plan(half_width: float, rate: float = 0.5, shown: int = 12) -> Plan:
    """Participants needed for each pool size, so that the 95 % interval is at most `half_width` wide on each side.

    Args:
        half_width: wanted half-width, 0.001 to below 0.5; 0.05 is five percentage points.
        rate: expected acceptance rate, between 0 and 1; 0.5 needs the most participants.
        shown: recoloured pictures of one model that each participant judges, 1 to 200.

    Raises:
        PlanError: a number is outside its limits.
    """
    _check(0.001 <= half_width < 0.5, "half_width", "lie from 0.001 to below 0.5 (0.05 is five points)", half_width)
    _check(0 < rate < 1, "rate", "lie between 0 and 1", rate)
    _check(1 <= shown <= 200, "shown", "lie from 1 to 200", shown)
    rows = [_plan_row(half_width, pictures, min(shown, pictures), rate) for pictures in POOLS]
    recommended = _recommended(rows)
    return Plan(half_width, rate, shown, rows, recommended, _reason(rate, shown, rows[0]))


def simulate(
    participants: int,
    pictures: int,
    shown: int,
    rate: float,
    studies: int = 500,
    seed: int = 0,
    participant_sd: float = PARTICIPANT_SD,
    picture_sd: float = PICTURE_SD,
) -> Simulation:
    """Simulate studies with a known true rate and count how often the intervals contain it.

    Every study has new people and new pictures. Each participant sees the `shown` pictures that were shown least, ties
    at random, as in `sampling.draw_trials`. The intervals are computed by the same functions as those of the report.

    Raises:
        PlanError: a number is outside its limits.
    """
    _check(2 <= participants <= 10_000, "participants", "lie from 2 to 10000", participants)
    _check(2 <= pictures <= 10_000, "pictures", "lie from 2 to 10000", pictures)
    _check(1 <= shown <= pictures, "shown", f"lie from 1 to pictures ({pictures})", shown)
    _check(0 < rate < 1, "rate", "lie between 0 and 1", rate)
    for name, spread in (("participant_sd", participant_sd), ("picture_sd", picture_sd)):
        _check(0 <= spread <= 5, name, "lie from 0 to 5", spread)
    _check(1 <= studies <= 100_000, "studies", "lie from 1 to 100000", studies)
    rng = np.random.default_rng(seed)
    center = logit_center(rate, participant_sd, picture_sd)
    people = np.repeat(np.arange(participants), shown)
    hits, hits_wilson, widths, widths_wilson = 0, 0, [], []
    for seen in _drawn_pictures(rng, studies, participants, pictures, shown):
        leanings = rng.normal(0, participant_sd, participants)[people] + rng.normal(0, picture_sd, pictures)[seen]
        accepted = rng.random(seen.size) < expit(center + leanings)
        low, high = clustered_interval(accepted, people, seen) or (0.0, 1.0)
        hits += low <= rate <= high
        widths.append((high - low) / 2)
        low, high = wilson_interval(accepted.sum(), accepted.size)
        hits_wilson += low <= rate <= high
        widths_wilson.append((high - low) / 2)
    return Simulation(
        participants,
        pictures,
        shown,
        rate,
        studies,
        seed,
        coverage=hits / studies,
        coverage_wilson=hits_wilson / studies,
        half_width=float(np.mean(widths)),
        half_width_wilson=float(np.mean(widths_wilson)),
        participant_sd=participant_sd,
        picture_sd=picture_sd,
    )


def _drawn_pictures(
    rng: np.random.Generator, studies: int, participants: int, pictures: int, shown: int
) -> Iterator[np.ndarray]:
    """Which pictures the participants of each study see, `(participants * shown,)`; drawn for many studies at once."""
    batch = max(1, _BATCH_VOTES // (participants * shown))
    for first in range(0, studies, batch):
        yield from _draw_pictures(rng, min(batch, studies - first), participants, pictures, shown)


def _draw_pictures(rng: np.random.Generator, studies: int, participants: int, pictures: int, shown: int) -> np.ndarray:
    counts = np.zeros((studies, pictures))
    seen = np.empty((participants, studies, shown), int)
    for row in seen:
        row[:] = np.argpartition(counts + rng.random(counts.shape), shown - 1)[:, :shown]
        np.put_along_axis(counts, row, np.take_along_axis(counts, row, axis=1) + 1, axis=1)
    return seen.transpose(1, 0, 2).reshape(studies, -1)


def _plan_row(half_width: float, pictures: int, shown: int, rate: float) -> PlanRow:
    def reached(participants: int) -> bool:
        return expected_half_width(participants, pictures, shown, rate) <= half_width

    if not reached(MAX_PARTICIPANTS):
        return PlanRow(pictures, None, expected_half_width(MAX_PARTICIPANTS, pictures, shown, rate))
    low, high = 1, MAX_PARTICIPANTS  # bisection, as more people never widen the interval
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return PlanRow(pictures, high, expected_half_width(high, pictures, shown, rate))


def _recommended(rows: list[PlanRow]) -> PlanRow | None:
    reached = [row for row in rows if row.participants is not None]
    if not reached:
        return None
    fewest = reached[-1].participants
    return next(row for row in reached if row.participants <= 1.5 * fewest)


def _reason(rate: float, shown: int, smallest: PlanRow) -> str:
    parts = variance_components(rate)
    floor = expected_half_width(MAX_PARTICIPANTS, smallest.pictures, min(shown, smallest.pictures), rate)
    return (
        f"Pictures differ more than people (their variance is {parts.picture / parts.participant:.1f} times as large), "
        "and everybody judges the same pool: another participant averages out people, never pictures. With "
        f"{smallest.pictures} pictures, endlessly many participants would still leave ±{100 * floor:.1f} points."
    )


def _check(holds: bool, name: str, rule: str, value: float) -> None:
    if not holds:
        raise PlanError(f"{name} must {rule}. Received {value!r}.")
