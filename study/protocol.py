"""What a study asks of one participant: how many pictures of which kind, shown how, and whose votes count.

A protocol is fixed when the study is built, before the first vote. So are its exclusion rules: chosen afterwards, they
would let the analyst pick the number.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace

from study import StudyError

LAYOUTS = ("single", "grid", "pairs")
"""`single`: one picture at a time, real or recoloured? `grid`: all at once, tick those you believe recoloured.
`pairs`: the original beside its recoloured version, which is real?"""

MAX_TRIALS = 120
"""Pictures a participant can be asked about: 16 minutes at 8 seconds each. Longer sittings are left unfinished."""

MAX_GRID = 24
"""Pictures that can be compared at once."""

SECONDS_PER_TRIAL = 8
"""What a judgement takes, for the length told in the consent (7.3 s a picture in a published study of 165 people)."""


class ProtocolError(StudyError, ValueError):
    """A number of a protocol is outside what can be asked of people."""


class TooFewPhotosError(StudyError, ValueError):
    """There are not enough photographs for any study."""

    refused: tuple[dict, ...] = ()
    """name and reason of photographs that could not be used"""


def _check_range(name: str, value: int | None, low: int, high: int) -> None:
    optional = name in ("max_missed_catch", "min_median_ms", "time_limit_ms")
    if value is None and optional:
        return
    if type(value) is not int or not low <= value <= high:
        raise ProtocolError(f"{name} must be a whole number from {low} to {high}. Received {value!r}.")


@dataclass(frozen=True)
class Exclusions:
    """Whose votes are left out of the headline. Both numbers, with and without them, are always shown."""

    max_missed_catch: int | None = 1
    """catch trials (absurd colours) that may be taken for real; None: no rule. One slip is forgiven."""
    min_median_ms: int | None = 500
    """a participant whose median answer came faster did not look; None: no rule"""

    def __post_init__(self) -> None:
        _check_range("max_missed_catch", self.max_missed_catch, 0, 10)
        _check_range("min_median_ms", self.min_median_ms, 0, 60_000)


NO_EXCLUSIONS = Exclusions(max_missed_catch=None, min_median_ms=None)


@dataclass(frozen=True)
class Reference:
    """A published rate, drawn beside the results of the protocol that it was measured with."""

    rate: float
    source: str
    caveat: str


@dataclass(frozen=True)
class StudyProtocol:
    """One participant's session: `practice` with feedback, then `real` + `recolored` + `catch` without.

    Raises:
        ProtocolError: a number is outside its limits.
    """

    name: str
    layout: str = "single"
    """one of `LAYOUTS`"""
    real: int = 12
    """real pictures (in `pairs` none: every pair has one)"""
    recolored: int = 12
    """recoloured pictures, shared out evenly among the models; in `pairs` the number of pairs"""
    catch: int = 2
    """pictures in absurd colours, which an attentive participant does not take for real"""
    practice: int = 4
    """pictures (or pairs) with feedback beforehand, never counted"""
    time_limit_ms: int | None = None
    """how long a picture stays before it is covered; the answer may come later. None: as long as wanted"""
    exclusions: Exclusions = field(default_factory=Exclusions)

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise ProtocolError(f"layout must be one of {', '.join(LAYOUTS)}. Received {self.layout!r}.")
        fewest_real, most_real = (0, 0) if self.layout == "pairs" else (1, 60)
        _check_range("real", self.real, fewest_real, most_real)
        _check_range("recolored", self.recolored, 1, 60)
        _check_range("catch", self.catch, 0, 10)
        _check_range("practice", self.practice, 0, 20)
        _check_range("time_limit_ms", self.time_limit_ms, 100, 60_000)
        most = MAX_GRID if self.layout == "grid" else MAX_TRIALS
        _check_range("real + recolored + catch", self.real + self.recolored + self.catch, 1, most)

    @property
    def photos(self) -> int:
        """Photographs that one participant meets; no two of them are the same."""
        return self.real + self.recolored + self.catch + self.practice

    @property
    def minutes(self) -> int:
        """Whole minutes that a session takes, rounded up."""
        return math.ceil(self.photos * SECONDS_PER_TRIAL / 60)

    @property
    def reference(self) -> Reference | None:
        """The published rate of this very protocol, if there is one."""
        return REFERENCE if self == PRESETS["koalarization"] else None

    def fit(self, photos: int) -> "StudyProtocol":
        """The protocol for a collection of `photos`: itself, or shrunk in proportion where they are too few.

        However few they are, somebody is asked about a recoloured picture and (but in `pairs`) about a real one.

        Raises:
            TooFewPhotosError: not even one picture of each of these kinds can be shown.
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
        return replace(self, **_apportion(counts, photos, needed))

    def as_dict(self) -> dict:
        """Plain values for JSON; `from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "StudyProtocol":
        """Read what `as_dict` wrote.

        Raises:
            ProtocolError: a field is unknown, missing or outside its limits.
        """
        try:
            return cls(**{**values, "exclusions": Exclusions(**values.get("exclusions", {}))})
        except TypeError as error:
            raise ProtocolError(f"a protocol has the fields of `StudyProtocol`: {error}.") from error


def _apportion(counts: Mapping[str, int], seats: int, needed: Collection[str]) -> dict[str, int]:
    """Share out fewer `seats` than there are counts, in proportion to them, with at least one for each of `needed`.

    By largest remainders (Hamilton's method): everybody gets the whole seats of their exact share, and the seats left
    over go to the largest fractions (which of equal ones is a matter of rounding). Where the seats that are guaranteed
    were more than there are, the kind with most seats beside its guarantee gives one back, as often as necessary.
    """
    total = sum(counts.values())
    exact = {kind: count * seats / total for kind, count in counts.items()}
    guaranteed = {kind: int(kind in needed) for kind in counts}
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
        # pictures on one page. It had no practice and no catch trials; the time is that of the whole page.
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

_TASKS = {
    "single": "you will see photographs one at a time and say of each whether its colours are real or recoloured",
    "grid": "you will see photographs together on one page and tick those that you believe were recoloured",
    "pairs": "you will see photographs in pairs, once in their real colours and once recoloured, and say which is real",
}


def preset(name: str) -> StudyProtocol:
    """The preset of this name.

    Raises:
        ProtocolError: there is none; the message lists those there are.
    """
    if name not in PRESETS:
        raise ProtocolError(f"preset must be one of {', '.join(PRESETS)}. Received {name!r}.")
    return PRESETS[name]


def default_consent(protocol: StudyProtocol) -> str:
    """The consent text that an organizer starts from: purpose, length, freedom, what is kept, how to delete it."""
    minutes = f"about {protocol.minutes} minutes" if protocol.minutes > 1 else "about one minute"
    return (
        "**What this is about.** Some photographs here were taken in colour; others were turned to grey and coloured "
        f"again by a computer or by hand. We want to know how often that goes unnoticed: {_TASKS[protocol.layout]}.\n\n"
        f"**How long it takes.** {protocol.photos} pictures, {minutes}.\n\n"
        "**It is up to you.** You may stop at any moment by closing the page. Nothing is lost for you if you do.\n\n"
        "**What is kept.** For each picture: your answer, how long it took, the time, and whether you used a phone, a "
        "tablet or a computer. No name, no e-mail address, no internet address. The answers may be published.\n\n"
        "**Deleting it.** You get a code at the start. With it you can delete your answers at any time while the study "
        "is kept; without it nobody can tell which answers are yours. A cookie keeps the code in this browser for 90 "
        "days, so that you can carry on after a break.\n\n"
        "By starting you confirm that you are at least 18 years old and that, as far as you know, you have normal "
        "colour vision."
    )
