"""One participant's session: the next question, the meaning of an answer, and the result at the end.

The page and the HTTP routes for the browser share this module, so it does not use Streamlit. The browser gets only
trial numbers, so it cannot distinguish catch trials from others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.folder import Study
from study.participants import participant_of
from study.sampling import Trial


@dataclass(frozen=True)
class Page:
    """The trials shown at the same time: one, or in a grid all of its kind (practice or not)."""

    trials: tuple[int, ...]
    practice: bool
    number: int
    """position of its first trial among the trials of its kind, from 1"""
    total: int
    """number of trials of its kind"""


@dataclass(frozen=True)
class Outcome:
    """One answer with the truth, shown to the participant after the session."""

    stimulus: str
    is_real: bool
    judged_real: bool

    @property
    def is_right(self) -> bool:
        return self.is_real == self.judged_real


def next_page(trials: Sequence[Trial], answered: Mapping[int, bool], layout: str) -> Page | None:
    """The first page that is not answered yet; None if all trials are answered."""
    left = [trial for trial in trials if trial.trial not in answered]
    if not left:
        return None
    practice = left[0].phase == "practice"
    kind = [trial.trial for trial in trials if (trial.phase == "practice") == practice]
    asked = [trial.trial for trial in left if trial.trial in kind] if layout == "grid" else [left[0].trial]
    return Page(tuple(asked), practice, kind.index(asked[0]) + 1, len(kind))


def pages_ahead(trials: Sequence[Trial], answered: Mapping[int, bool], layout: str) -> tuple[Page | None, Page | None]:
    """The current page and the one after it, so that the browser can load its pictures in advance."""
    page = next_page(trials, answered, layout)
    if page is None:
        return None, None
    return page, next_page(trials, {**answered, **dict.fromkeys(page.trials, True)}, layout)


def picture_at(study: Study, trial: Trial, place: str) -> bytes:
    """The PNG file to show for a trial; in pairs `place` is `left` or `right`."""
    stimulus_here = not trial.partner or trial.stimulus_left == (place == "left")
    return study.pool.picture(trial.stimulus if stimulus_here else trial.partner)


def to_judged_real(trial: Trial, choice: bool) -> bool:
    """Convert a click (True: "real", or in pairs "left") into `judged_real` of a vote: the stimulus was judged real."""
    return choice == trial.stimulus_left if trial.partner else choice


def right_choice(study: Study, trial: Trial) -> bool:
    """The right click for a trial, in the same form as `choice` of `to_judged_real`."""
    return not trial.stimulus_left if trial.partner else study.pool.by_id[trial.stimulus].is_real


def feedback(study: Study, trials: Mapping[int, Trial], choices: Mapping[int, bool]) -> dict[str, bool]:
    """Trial number -> the right click (see `right_choice`), for practice trials only."""
    practice = (trials[number] for number in choices if trials[number].phase == "practice")
    return {str(trial.trial): right_choice(study, trial) for trial in practice}


def has_begun(study: Study, code: str) -> bool:
    """Whether this participant was given trials.

    Raises:
        BadCodeError: the text is not a code.
    """
    return study.store.allocation_of(participant_of(code)) is not None


def outcomes(study: Study, code: str) -> list[Outcome] | None:
    """The answers of the test phase with the truth, in order; None until every trial is answered."""
    allocation = study.store.allocation_of(participant_of(code))
    answered = study.answers(participant_of(code))
    trials = [Trial(**trial) for trial in allocation.trials] if allocation else []
    if not trials or any(trial.trial not in answered for trial in trials):
        return None
    tested = [trial for trial in trials if trial.phase == "test"]
    truth = study.pool.by_id
    return [Outcome(each.stimulus, truth[each.stimulus].is_real, answered[each.trial]) for each in tested]
