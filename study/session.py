"""One participant's way through a study: what is asked next, what an answer means, how it went.

No Streamlit here: the routes that the browser talks to and the page share it. The browser is told trial numbers and
nothing else; catch trials look to it like any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.folder import Study
from study.participants import participant_of
from study.sampling import Trial


@dataclass(frozen=True)
class Page:
    """What is asked at once: one trial, or in a grid all of its kind."""

    trials: tuple[int, ...]
    practice: bool
    number: int
    """place of the first among its kind, from 1"""
    total: int
    """how many of its kind there are"""


@dataclass(frozen=True)
class Outcome:
    """One answer beside the truth, for the participant's own eyes, afterwards."""

    stimulus: str
    is_real: bool
    judged_real: bool

    @property
    def is_right(self) -> bool:
        return self.is_real == self.judged_real


def next_page(trials: Sequence[Trial], answered: Mapping[int, bool], layout: str) -> Page | None:
    """The first page that is not answered; None when all are."""
    left = [trial for trial in trials if trial.trial not in answered]
    if not left:
        return None
    practice = left[0].phase == "practice"
    kind = [trial.trial for trial in trials if (trial.phase == "practice") == practice]
    asked = [trial.trial for trial in left if trial.trial in kind] if layout == "grid" else [left[0].trial]
    return Page(tuple(asked), practice, kind.index(asked[0]) + 1, len(kind))


def pages_ahead(trials: Sequence[Trial], answered: Mapping[int, bool], layout: str) -> tuple[Page | None, Page | None]:
    """What is asked now, and what is asked then, to be fetched meanwhile."""
    page = next_page(trials, answered, layout)
    if page is None:
        return None, None
    return page, next_page(trials, {**answered, **dict.fromkeys(page.trials, True)}, layout)


def picture_at(study: Study, trial: Trial, place: str) -> bytes:
    """The PNG file to show for a trial; `place` is `left` or `right` in pairs."""
    stimulus_here = not trial.partner or trial.stimulus_left == (place == "left")
    return study.pool.picture(trial.stimulus if stimulus_here else trial.partner)


def to_judged_real(trial: Trial, choice: bool) -> bool:
    """From what was clicked (`real`, or in pairs `left`) to what a vote says: the picture on trial is real."""
    return choice == trial.stimulus_left if trial.partner else choice


def right_choice(study: Study, trial: Trial) -> bool:
    """What should have been clicked."""
    return not trial.stimulus_left if trial.partner else study.pool.by_id[trial.stimulus].is_real


def feedback(study: Study, trials: Mapping[int, Trial], choices: Mapping[int, bool]) -> dict[str, bool]:
    """Trial -> what should have been clicked, for practice trials only."""
    practice = (trials[number] for number in choices if trials[number].phase == "practice")
    return {str(trial.trial): right_choice(study, trial) for trial in practice}


def has_begun(study: Study, code: str) -> bool:
    """Whether this participant was given trials.

    Raises:
        BadCodeError: this is no code.
    """
    return study.store.allocation_of(participant_of(code)) is not None


def outcomes(study: Study, code: str) -> list[Outcome] | None:
    """The answers that count beside the truth, in order; None unless every trial is answered."""
    allocation = study.store.allocation_of(participant_of(code))
    answered = study.answers(participant_of(code))
    trials = [Trial(**trial) for trial in allocation.trials] if allocation else []
    if not trials or any(trial.trial not in answered for trial in trials):
        return None
    tested = [trial for trial in trials if trial.phase == "test"]
    truth = study.pool.by_id
    return [Outcome(each.stimulus, truth[each.stimulus].is_real, answered[each.trial]) for each in tested]
