"""Who still finds a place in a study: its number of participants, its quotas, and when it closes itself."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from study.config import StudyConfig
from study.questions.answers import Answer
from study.recruiting.quotas import DEVICE, FullError, check_places
from study.votes.allocation import Admit, Attended
from study.votes.record import now_utc


class Places:
    """The places of a study at one moment.

    Args:
        config: of the study, at this moment.
        read_answers: reads the answers to questions, which quotas may be about; called when they are needed.
    """

    def __init__(self, config: StudyConfig, read_answers: Callable[[], Sequence[Answer]]):
        self._config, self._read_answers = config, read_answers

    def gate(self, participant_id: str, device: str) -> Admit | None:
        """What refuses a new participant by raising FullError; None if the study has no limits."""
        if self._config.state != "open" or not (self._config.closes_itself or self._config.quotas):
            return None
        # Read before the participants are locked out of the database: people who answer and begin in this very moment
        # may be one too many of a quota on answers, never of one on devices.
        traits = {DEVICE: device, **self._answers.get(participant_id, {})}
        return lambda attended: self.check(traits, attended)

    def check(self, traits: Mapping[str, str], attended: Sequence[Attended]) -> None:
        """Raise FullError if the study, or a quota of it, has no place for somebody with these traits.

        Args:
            traits: name -> value, such as the device; without any, only the study's own number counts.
            attended: how far everybody has come; those who have finished or are at it have a place.
        """
        config = self._config
        taken = [each for each in attended if self._has_finished(each) or each.is_at_it]
        if config.closes_itself and config.stops(len(taken), now_utc()):
            raise FullError(f"a study takes the participants that it needs. {config.study} has {len(taken)}.")
        others = [{DEVICE: each.device, **self._answers.get(each.participant_id, {})} for each in taken]
        check_places(traits, others, config.quotas)

    def is_done(self, attended: Callable[[], Sequence[Attended]]) -> bool:
        """Whether the study closes itself now: its participants have finished, and nobody is in the middle."""
        if self._config.state != "open" or not self._config.closes_itself:
            return False
        everybody = attended()
        finished = sum(map(self._has_finished, everybody))
        at_it = any(each.is_at_it and not self._has_finished(each) for each in everybody)
        return self._config.stops(finished, now_utc()) and not at_it

    def _has_finished(self, attended: Attended) -> bool:
        return attended.answered >= self._config.protocol.photos

    @cached_property
    def _answers(self) -> dict[str, dict[str, str]]:
        """Participant -> question -> answer; empty if no quota is about answers."""
        given: dict[str, dict[str, str]] = {}
        if any(quota.trait != DEVICE for quota in self._config.quotas):
            for answer in self._read_answers():
                given.setdefault(answer.participant_id, {})[answer.question] = answer.answer
        return given
