"""The protocol of a study: how many pictures of which kind a participant sees, how they are shown, whose votes count.

A protocol, with its exclusion rules, is fixed when the study is built, before the first vote. If exclusion rules were
chosen afterwards, the analyst could choose the result.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from study import StudyError

LAYOUTS = ("single", "grid", "pairs")
"""`single`: one picture at a time is judged real or recoloured. `grid`: all pictures are on one page, and those
believed to be recoloured are ticked. `pairs`: an original and its recoloured version are side by side, and one is
chosen as real."""

MAX_TRIALS = 120
"""Most pictures per participant: 16 minutes at 8 seconds each. In longer sessions more people stop before the end."""

MAX_GRID = 24
"""Most pictures on one page of a grid."""

SHORTEST_EXPOSURE = 50
"""Shortest exposure in milliseconds: three frames of a usual screen, of which a browser can miss one."""

MOST_EXPOSURES = 8

SECONDS_PER_TRIAL = 8
"""Seconds per picture, to estimate the duration in the consent (7.3 s in a published study of 165 people)."""


class ProtocolError(StudyError, ValueError):
    """A value of a protocol is unknown or outside its limits."""


class TooFewPhotosError(StudyError, ValueError):
    """There are not enough photographs for any study."""

    refused: tuple[dict, ...] = ()
    """name and reason of each photograph that could not be used"""


def _check_range(name: str, value: int | None, low: int, high: int) -> None:
    optional = name in ("max_missed_catch", "min_median_ms", "time_limit_ms")
    if value is None and optional:
        return
    if type(value) is not int or not low <= value <= high:
        raise ProtocolError(f"{name} must be a whole number from {low} to {high}. Received {value!r}.")


@dataclass(frozen=True)
class Exclusions:
    """Rules for leaving participants out of the main result. The result with all votes is always shown, too."""

    max_missed_catch: int | None = 1
    """catch trials (absurd colours) that a participant may judge real, 0 to 10; None: no rule"""
    min_median_ms: int | None = 500
    """shortest median response time in milliseconds, 0 to 60,000; None: no rule"""

    def __post_init__(self) -> None:
        _check_range("max_missed_catch", self.max_missed_catch, 0, 10)
        _check_range("min_median_ms", self.min_median_ms, 0, 60_000)


NO_EXCLUSIONS = Exclusions(max_missed_catch=None, min_median_ms=None)


@dataclass(frozen=True)
class Reference:
    """A published rate, shown beside results of the same protocol. `rate` is from 0 to 1."""

    rate: float
    source: str
    caveat: str


@dataclass(frozen=True)
class StudyProtocol:
    """One participant's session: `practice` pictures with feedback, then `real`, `recolored` and `catch` without.

    Raises:
        ProtocolError: a value is outside its limits.
    """

    name: str
    layout: str = "single"
    """one of `LAYOUTS`"""
    real: int = 12
    """real pictures, 1 to 60; in `pairs` 0, since every pair contains one"""
    recolored: int = 12
    """recoloured pictures, 1 to 60, divided evenly among the models; in `pairs` the number of pairs"""
    catch: int = 2
    """pictures in absurd colours, 0 to 10, which an attentive participant does not judge real"""
    practice: int = 4
    """pictures (or pairs) with feedback before the test, 0 to 20, never counted"""
    time_limit_ms: int | None = None
    """milliseconds until a picture is covered, 100 to 60,000; the answer may come later. None: no limit"""
    exclusions: Exclusions = field(default_factory=Exclusions)
    exposures_ms: tuple[int, ...] = ()
    """milliseconds for which a picture is shown before a mask takes its place, each `SHORTEST_EXPOSURE` to 60,000; of
    several, one is drawn for each trial. (): the picture stays, or is covered after `time_limit_ms`"""

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise ProtocolError(f"layout must be one of {', '.join(LAYOUTS)}. Received {self.layout!r}.")
        fewest_real, most_real = (0, 0) if self.layout == "pairs" else (1, 60)
        _check_range("real", self.real, fewest_real, most_real)
        _check_range("recolored", self.recolored, 1, 60)
        _check_range("catch", self.catch, 0, 10)
        _check_range("practice", self.practice, 0, 20)
        _check_range("time_limit_ms", self.time_limit_ms, 100, 60_000)
        for exposure in self.exposures_ms:
            _check_range("each exposure", exposure, SHORTEST_EXPOSURE, 60_000)
        if len(set(self.exposures_ms)) < len(self.exposures_ms) or len(self.exposures_ms) > MOST_EXPOSURES:
            raise ProtocolError(f"exposures are up to {MOST_EXPOSURES} different times. Received {self.exposures_ms}.")
        if self.exposures_ms and (self.time_limit_ms or (self.layout == "grid" and len(self.exposures_ms) > 1)):
            raise ProtocolError(
                "exposures replace time_limit_ms, and a grid shows all its pictures for one time. Received "
                f"exposures_ms={self.exposures_ms}, time_limit_ms={self.time_limit_ms}, layout={self.layout!r}."
            )
        most = MAX_GRID if self.layout == "grid" else MAX_TRIALS
        _check_range("real + recolored + catch", self.real + self.recolored + self.catch, 1, most)

    @property
    def photos(self) -> int:
        """Number of different photographs that one participant sees."""
        return self.real + self.recolored + self.catch + self.practice

    @property
    def minutes(self) -> int:
        """Estimated duration of a session in whole minutes, rounded up."""
        return math.ceil(self.photos * SECONDS_PER_TRIAL / 60)

    @property
    def reference(self) -> Reference | None:
        """The published rate measured with exactly this protocol; None if there is none."""
        return REFERENCE if self == PRESETS["koalarization"] else None

    def fit(self, photos: int) -> "StudyProtocol":
        """The protocol for this number of photographs: unchanged, or reduced in proportion if there are too few.

        A reduced protocol has at least one recoloured picture and, except in `pairs`, at least one real picture. It
        keeps as many catch trials as its rule needs to leave anybody out: one more than may be missed. With less than
        half of the photographs (a demonstration) catch trials are reduced like all others, and the rule allows fewer
        missed ones, so that somebody who judges everything real is left out; without catch trials there is no rule.

        Raises:
            TooFewPhotosError: there are not enough photographs for one picture of each of these kinds.
        """
        needed = ("recolored",) if self.layout == "pairs" else ("recolored", "real")
        if photos < len(needed):
            raise TooFewPhotosError(
                f"a study needs at least {len(needed)} colour photographs, {self.photos} for the whole {self.name!r} "
                f"protocol. Received {photos}; add photographs."
            )
        if photos >= self.photos:
            return self
        counts = {kind: getattr(self, kind) for kind in ("recolored", "real", "practice", "catch")}
        allowed = self.exclusions.max_missed_catch
        guaranteed = {kind: int(kind in needed) for kind in counts}
        if allowed is not None and 2 * photos >= self.photos:
            guaranteed["catch"] = min(self.catch, allowed + 1, photos - len(needed))
        given = _apportion(counts, photos, guaranteed)
        if allowed is not None and given["catch"] <= allowed < self.catch:
            allowed = given["catch"] - 1 if given["catch"] else None
        return replace(self, **given, exclusions=replace(self.exclusions, max_missed_catch=allowed))

    def as_dict(self) -> dict:
        """The protocol as plain values for JSON; `from_dict` reads them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "StudyProtocol":
        """Read what `as_dict` wrote.

        Raises:
            ProtocolError: a field is unknown, missing or outside its limits.
        """
        try:
            parsed = {
                "exclusions": Exclusions(**values.get("exclusions", {})),
                "exposures_ms": tuple(values.get("exposures_ms", ())),
            }
            return cls(**{**values, **parsed})
        except TypeError as error:
            raise ProtocolError(f"a protocol has the fields of `StudyProtocol`: {error}.") from error


def _apportion(counts: Mapping[str, int], seats: int, guaranteed: Mapping[str, int]) -> dict[str, int]:
    """Reduce `counts` in proportion so that they add up to `seats`, each with at least the number in `guaranteed`.

    Largest remainder method (Hamilton): each kind gets the whole part of its exact share, and the remaining seats go to
    the largest fractions (among equal fractions, rounding decides). If the guaranteed seats make the sum too large, one
    seat at a time is taken from the kind with the most seats above its guarantee.
    """
    total = sum(counts.values())
    exact = {kind: count * seats / total for kind, count in counts.items()}
    given = {kind: max(math.floor(exact[kind]), guaranteed[kind]) for kind in counts}
    left_over = seats - sum(given.values())
    by_fraction = sorted(counts, key=lambda kind: exact[kind] - given[kind], reverse=True)
    for kind in by_fraction[: max(left_over, 0)]:
        given[kind] += 1
    for _ in range(-left_over):
        given[max(given, key=lambda kind: given[kind] - guaranteed[kind])] -= 1
    return given


PRESETS = {
    protocol.name: protocol
    for protocol in (
        StudyProtocol("balanced"),
        # The poll of Baldassarre, Gonzalez Morin, Rodes-Guirao 2017 (arXiv 1712.03400): nine recoloured and three real
        # pictures on one page. It had no practice and no catch trials; the response time is that of the whole page.
        StudyProtocol(
            "koalarization",
            layout="grid",
            real=3,
            recolored=9,
            catch=0,
            practice=0,
            exclusions=Exclusions(max_missed_catch=None, min_median_ms=6_000),
        ),
        # Zhang, Isola, Efros 2016 (arXiv 1603.08511) showed 40 pairs for one second each after 10 practice pairs.
        StudyProtocol("pairs", layout="pairs", real=0, recolored=20, catch=2, practice=4),
    )
}

REFERENCE = Reference(
    rate=0.4587,
    source="Deep Koalarization (Baldassarre, González Morín, Rodés-Guirao 2017), https://arxiv.org/abs/1712.03400",
    caveat=(
        "41 people, 9 recoloured and 3 real pictures. The paper gives neither the votes nor how they were averaged, "
        "and no whole number of 41 people's votes gives 45.87 %; with 9 pictures the honest interval is about "
        "ten points either way. Other pictures, other people: a landmark, not a bar to pass."
    ),
)


def preset(name: str) -> StudyProtocol:
    """The preset with this name.

    Raises:
        ProtocolError: there is none; the message lists the presets.
    """
    if name not in PRESETS:
        raise ProtocolError(f"preset must be one of {', '.join(PRESETS)}. Received {name!r}.")
    return PRESETS[name]
