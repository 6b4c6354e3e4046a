"""The allocation of stimuli to one participant, and their order.

The random numbers are seeded per participant. Pictures that were shown least are chosen first. A participant sees each
photograph once, so never two versions of it (except in `pairs`, where both are shown side by side). Practice and catch
trials use other photographs than the test trials.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from study import StudyError
from study.pool.stimuli import Pool
from study.protocol import StudyProtocol
from study.votes.record import CATCH_MODEL


class PoolTooSmallError(StudyError):
    """The pool has not enough photographs for the protocol."""


@dataclass(frozen=True)
class Trial:
    """One question to one participant. It holds only ids; the pool, on the server, says what they stand for."""

    trial: int
    """number from 1, counted over practice and test together"""
    phase: str
    stimulus: str
    partner: str = ""
    """in `pairs` the id of the original of `stimulus`; else empty"""
    stimulus_left: bool = True
    """in `pairs` whether `stimulus` is on the left; else True"""
    exposure_ms: int | None = None
    """milliseconds until a mask takes the place of the picture; None: as the protocol says for all"""


def draw_trials(
    pool: Pool, protocol: StudyProtocol, seed: int, shown: Mapping[str, int] | None = None
) -> tuple[Trial, ...]:
    """The trials of one participant: practice first, then real, recoloured and catch pictures in random order.

    Args:
        protocol: as fitted to the pool (`StudyProtocol.fit`).
        seed: for ties and order, see `participants.participant_seed`.
        shown: stimulus id -> how often it was shown so far.

    Raises:
        PoolTooSmallError: there are fewer photographs than trials of one kind.
    """
    rng, shown = np.random.default_rng(seed), Counter(shown or {})
    practice_real = 0 if protocol.layout == "pairs" else (protocol.practice + 1) // 2
    practice_kinds = [""] * practice_real + _share(pool, "practice", protocol.practice - practice_real, shown, rng)
    test_kinds = [""] * protocol.real + _share(pool, "test", protocol.recolored, shown, rng)
    practice = _choose(pool, "practice", practice_kinds, shown, rng)
    test = _choose(pool, "test", test_kinds, shown, rng)
    catch = _choose(pool, "catch", [CATCH_MODEL] * protocol.catch, shown, rng)
    counted = [("test", photo, model) for photo, model in test] + [("catch", photo, model) for photo, model in catch]
    order = [("practice", *practice[i]) for i in rng.permutation(len(practice))]
    order += [counted[i] for i in rng.permutation(len(counted))]
    left = rng.permutation(np.arange(len(order)) % 2 == 0)
    pairs = protocol.layout == "pairs"
    exposures = _draw_exposures(protocol.exposures_ms, [(phase, model) for phase, _, model in order], rng)
    return tuple(
        Trial(
            trial=number,
            phase=phase,
            stimulus=pool.by_photo[photo, model],
            partner=pool.by_photo[photo, ""] if pairs else "",
            stimulus_left=bool(left[number - 1]) if pairs else True,
            exposure_ms=exposures[number - 1],
        )
        for number, (phase, photo, model) in enumerate(order, start=1)
    )


def _draw_exposures(exposures: Sequence[int], kinds: Sequence[tuple], rng: np.random.Generator) -> list[int | None]:
    """An exposure for each trial: within each kind of picture all equally often, as far as its number allows.

    So the exposure says nothing about the picture.
    """
    if not exposures:
        return [None] * len(kinds)
    drawn: dict[int, int] = {}
    for kind in dict.fromkeys(kinds):
        places = [place for place, each in enumerate(kinds) if each == kind]
        order = rng.permutation(exposures)
        drawn |= dict(zip(rng.permutation(places).tolist(), itertools.cycle(order.tolist())))
    return [drawn[place] for place in range(len(kinds))]


def _share(pool: Pool, role: str, count: int, shown: Counter, rng: np.random.Generator) -> list[str]:
    """The models of `count` pictures, divided evenly; a remainder goes to the models shown least, ties at random."""
    if count == 0:
        return []
    totals: Counter[str] = Counter()
    for stimulus in pool.stimuli:
        if stimulus.role == role:
            totals[stimulus.model] += shown[stimulus.id]
    models = sorted(rng.permutation(pool.models).tolist(), key=lambda model: totals[model])
    return [models[i % len(models)] for i in range(count)]


def _choose(pool: Pool, role: str, kinds: list[str], shown: Counter, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Choose a different photograph for each kind so that the sum of earlier showings is smallest; ties at random."""
    photos = pool.photos_for(role)
    if len(kinds) > len(photos):
        raise PoolTooSmallError(
            f"no participant sees a photograph twice. {len(kinds)} {role} pictures are asked for, and the pool has "
            f"{len(photos)} photographs for them: use `StudyProtocol.fit`."
        )
    counts = np.array([[shown[pool.by_photo[photo, kind]] for photo in photos] for kind in kinds], float)
    counts = counts.reshape(len(kinds), len(photos))
    lots = rng.random(counts.shape) / (len(kinds) + 1)  # their sum is less than one showing
    rows, columns = linear_sum_assignment(counts + lots)
    return [(photos[column], kinds[row]) for row, column in zip(rows, columns, strict=True)]
