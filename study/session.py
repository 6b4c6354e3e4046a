"""One participant's session: the next question, the meaning of an answer, and the result at the end.

The page and the HTTP routes for the browser share this module, so it does not use Streamlit. The browser gets only
trial numbers, so it cannot distinguish catch trials from others.

The server is the witness of a session: it takes only answers to the question that it asks now, after it has sent the
pictures, and not sooner than anybody could have judged them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from study import StudyError
from study.folder import Study, UnknownTrialError
from study.participants import participant_of
from study.sampling import Trial
from study.votes.allocation import Allocation
from study.votes.record import MAX_RESPONSE_MS, Vote

LEAST_MS = 300
"""Fewest milliseconds for each picture before an answer is taken: nobody sees and judges a picture faster."""


class NotAskedError(StudyError):
    """The answer is not to the question that is asked now, or its pictures were not sent yet."""


class TooEarlyError(StudyError):
    """The answer comes sooner than anybody could have judged the pictures; it can be sent again after `wait_ms`."""

    def __init__(self, wait_ms: int):
        self.wait_ms = wait_ms
        super().__init__(f"a picture takes {LEAST_MS} ms to judge. This answer came too early; wait {wait_ms} ms more.")


@dataclass(frozen=True)
class Page:
    """The trials shown at the same time: one, or in a grid all of its kind (practice or not)."""

    trials: tuple[int, ...]
    practice: bool
    number: int
    """position of its first trial among the trials of its kind, from 1"""
    total: int
    """number of trials of its kind"""
    least_ms: int = 0
    """milliseconds that must pass before the server takes its answers"""
    exposure_ms: int | None = None
    """milliseconds until a mask takes the place of its pictures; None: as the protocol says for all"""


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
    pictures = len(asked) * len(places(left[0]))
    least = LEAST_MS * pictures
    return Page(tuple(asked), practice, kind.index(asked[0]) + 1, len(kind), least, left[0].exposure_ms)


def pages_ahead(trials: Sequence[Trial], answered: Mapping[int, bool], layout: str) -> tuple[Page | None, Page | None]:
    """The current page and the one after it, so that the browser can load its pictures in advance."""
    page = next_page(trials, answered, layout)
    if page is None:
        return None, None
    return page, next_page(trials, {**answered, **dict.fromkeys(page.trials, True)}, layout)


def places(trial: Trial) -> tuple[str, ...]:
    """The places of a trial's pictures on the screen."""
    return ("left", "right") if trial.partner else ("only",)


def serve_picture(study: Study, participant_id: str, trial: Trial, place: str) -> bytes:
    """The PNG file to send for a trial, after its sending is stored.

    Raises:
        NotAskedError: the trial has no such place.
        NotSavedError: the sending could not be stored.
    """
    if place not in places(trial):
        raise NotAskedError(f"the place of a picture is {' or '.join(places(trial))}. Received {place[:20]!r}.")
    picture = picture_at(study, trial, place)
    study.serve(participant_id, trial.trial, place)
    return picture


def take_answers(
    study: Study,
    participant_id: str,
    choices: Mapping[int, bool],
    response_ms: int,
    app_version: str,
    language: str = "",
    shown_ms: int | None = None,
) -> None:
    """Save the answers that a browser sends, if they are to the question that is asked now.

    The time by the server's clock runs from when it had sent the page's pictures and had taken the answer before it, so
    it is never shorter than what the participant took. Answers that are saved already are not saved again: a browser
    repeats a request whose reply was lost.

    Args:
        choices: trial number -> click, see `to_judged_real`: all trials of the current page.
        response_ms: the time that the browser measured.
        language: that of the page now; "": the one in which the participant began.
        shown_ms: how long the pictures were on the screen, by the browser's clock; None: until the answer.

    Raises:
        UnknownTrialError: the participant has not begun, or a trial is not theirs.
        NotAskedError: the answers are not those of the current page, or its pictures were not sent.
        TooEarlyError: less than `LEAST_MS` a picture has passed.
        StudyStateError, NotSavedError: see `Study.answer`.
    """
    allocation = study.store.allocation_of(participant_id)
    if allocation is None:
        raise UnknownTrialError("a participant must begin before answering. This one was given no trials.")
    trials = {trial["trial"]: Trial(**trial) for trial in allocation.trials}
    if unknown := sorted(set(choices) - set(trials)):
        raise UnknownTrialError(f"a participant answers the trials 1 to {len(trials)}. Received {unknown[0]}.")
    votes = study.store.votes_of(participant_id)
    answered = {vote.trial: vote.judged_real for vote in votes}
    if set(choices) <= set(answered):
        return
    study.require_open()
    page = next_page(list(trials.values()), answered, study.config.protocol.layout)
    if page is None or set(choices) != set(page.trials):
        raise NotAskedError(f"answers are to the trials on the screen. Received {sorted(choices)}.")
    elapsed = _elapsed_ms(study, allocation, [trials[number] for number in page.trials], votes)
    if elapsed is not None and elapsed < page.least_ms:
        raise TooEarlyError(page.least_ms - elapsed)
    judged = {number: to_judged_real(trials[number], choice) for number, choice in choices.items()}
    study.answer(participant_id, judged, response_ms, app_version, elapsed, language, shown_ms)


def _elapsed_ms(study: Study, allocation: Allocation, asked: Sequence[Trial], votes: Sequence[Vote]) -> int | None:
    """Milliseconds since the page was both sent and current; None if the server's clock was set back meanwhile.

    Raises:
        NotAskedError: a picture of the page was never sent.
    """
    sent = {}
    for serving in study.store.servings_of(allocation.participant_id):
        sent[serving.trial, serving.place] = serving.served_at
    needed = [(trial.trial, place) for trial in asked for place in places(trial)]
    if missing := [each for each in needed if each not in sent]:
        raise NotAskedError(f"an answer comes after its picture was sent. Trial {missing[0][0]} was not shown yet.")
    since = max(
        map(_time, [allocation.started_at, *(vote.voted_at for vote in votes), *(sent[each] for each in needed)])
    )
    elapsed = round((datetime.now(UTC) - since).total_seconds() * 1000)
    return None if elapsed < 0 else min(elapsed, MAX_RESPONSE_MS)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


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


def is_session_of(study: Study, code: str, external_id: str) -> bool:
    """Whether a session with this code has begun and is that of whom a panel sends with this id, if a panel does.

    On a shared computer the browser may still keep the code of somebody else whom the panel has sent.

    Raises:
        BadCodeError: the text is not a code.
    """
    allocation = study.store.allocation_of(participant_of(code))
    return allocation is not None and external_id in ("", allocation.external_id)


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
