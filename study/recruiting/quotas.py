"""Quotas: most participants of a kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from study import StudyError
from study.recruiting import RecruitingError

DEVICE = "device"
"""Name of the trait that every participant has; see `DEVICES` for its values."""
DEVICES = ("phone", "tablet", "desktop")


class FullError(StudyError):
    """The study has all the participants that it takes, or all of this kind."""


@dataclass(frozen=True)
class Quota:
    """Most participants with one value of a trait, such as 20 on phones; 0 takes none.

    Raises:
        RecruitingError: a field cannot be used.
    """

    trait: str
    """`device`, or the id of a question that is asked before the pictures"""
    value: str
    most: int

    def __post_init__(self) -> None:
        if self.trait == DEVICE and self.value not in DEVICES:
            raise RecruitingError(f"a device is one of {', '.join(DEVICES)}. Received {self.value!r}.")
        if not self.trait or not self.value:
            raise RecruitingError(f"a quota names a trait and its value. Received {self.trait!r}, {self.value!r}.")
        if type(self.most) is not int or not 0 <= self.most <= 1_000_000:
            raise RecruitingError(f"a quota must be from 0 to 1,000,000 participants. Received {self.most!r}.")


def check_places(mine: Mapping[str, str], others: Iterable[Mapping[str, str]], quotas: Iterable[Quota]) -> None:
    """Check that the quotas have room for one more participant.

    Args:
        mine: the participant's traits, name -> value.
        others: the traits of everybody who has finished or is at it.

    Raises:
        FullError: a quota of this participant is reached.
    """
    others = list(others)
    for quota in quotas:
        if mine.get(quota.trait) != quota.value:
            continue
        taken = sum(other.get(quota.trait) == quota.value for other in others)
        if taken >= quota.most:
            raise FullError(
                f"a quota takes as many of a kind as it says. {quota.trait} {quota.value}: {taken} of {quota.most}."
            )
