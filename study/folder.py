"""One study on disk: `study.json` (configuration), `pool.json` and `pictures/` (stimuli), votes and allocations.

Pages and the command line use the class `Study`, which enforces the rules: a protocol does not change, a closed study
takes no votes, and an answer must belong to a trial that was drawn for this participant.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

from storage.files import locked, save_file
from study import StudyError
from study.analysis.audit import Finding, find_patterns
from study.analysis.results import Report, excluded_participants, mark_excluded, report
from study.config import CONFIG_FILE, StudyConfig, StudyStateError, check_compared, read_config, write_config
from study.participants import participant_seed
from study.pool.stimuli import Pool, load_pool
from study.questions.answers import Answer, Comment, answers_csv
from study.questions.question import Question, answer_codes
from study.questions.store import AnswerStore, open_answers
from study.recruiting.invitations import Invitations
from study.recruiting.places import Places
from study.recruiting.quotas import FullError
from study.sampling import Trial, draw_trials
from study.trail.event import Event, acting
from study.trail.trail import Trail, open_trail
from study.votes.allocation import Allocation
from study.votes.attendance import Attendance, count_attendance
from study.votes.csv_file import export_votes
from study.votes.record import Vote, check_id, now_utc
from study.votes.servings import Serving
from study.votes.store import VoteStore, open_store

MOST_PARTICIPANTS = 100_000
"""How many may begin one study, so that a program that pretends to be people cannot fill the disk."""

RESULTS_FILE = "results.cache"
"""The last results of a large study: see `analysis.saved_results`."""


class UnknownTrialError(StudyError):
    """An answer is for a trial that this participant was not given."""


class Study:
    """A study in a folder.

    Args:
        folder: as made by `create_study`.
        database_url: database of the votes; None uses `HUESTORY_DATABASE_URL`, "" the CSV file in the folder.

    Raises:
        MissingStudyError: there is no study in the folder, or its configuration is damaged.
    """

    def __init__(self, folder: Path, database_url: str | None = None):
        self.folder, self._url = Path(folder), database_url
        self.config  # noqa: B018  (read once, so that a missing study raises its error here)

    @property
    def config(self) -> StudyConfig:
        """The configuration, read from the file each time because the organizer may have changed it."""
        return read_config(self.folder)

    @cached_property
    def pool(self) -> Pool:
        return load_pool(self.folder)

    @property
    def invitations(self) -> Invitations:
        """The one-use links of a study for invited people."""
        return Invitations(self.folder)

    def invite(self, count: int) -> list[str]:
        """Make invitations and return their tokens, which are kept nowhere. Raises as `Invitations.create`."""
        tokens = self.invitations.create(count)
        self.trail.add(Event.now("invited", links=count))
        return tokens

    @cached_property
    def store(self) -> VoteStore:
        return open_store(self.config.study, self.folder, self._url)

    @cached_property
    def answer_store(self) -> AnswerStore:
        """The answers to questions about the participants, and their comments."""
        return open_answers(self.config.study, self.folder, self._url)

    @cached_property
    def trail(self) -> Trail:
        """Who has done what to the study, and when."""
        return open_trail(self.config.study, self.folder, self._url)

    def update(self, **changes: object) -> StudyConfig:
        """Change a field of `config.CHANGEABLE`: title, consent, state, who may see the results, who may begin.

        Until the study is opened, also a field of `config.PLANNED`: when it will stop, and what it compares. In a study
        that was opened, another consent text is a new version, which those who come later see. The trail has it all.

        Raises:
            StudyStateError: another field is named. Those are fixed, because a protocol changed after the first vote
                could bias the result.
        """
        with locked(self.folder / CONFIG_FILE):
            before = self.config
            config = before.changed(changes, now_utc())
            if "compared" in changes:
                check_compared(config.compared, self.pool.models)
            for event in _changes(before, config):
                self.trail.add(event)
            write_config(self.folder, config)
        return config

    def enrol(
        self,
        participant_id: str,
        device: str,
        invitation: str = "",
        language: str = "",
        external_id: str = "",
        consent_version: int | None = None,
    ) -> tuple[Trial, ...]:
        """The trials of a participant: drawn at the first call, then always the same.

        Args:
            invitation: the token of the participant's link, needed in a study of invited people.
            language: that of the page; "" if it is not known.
            external_id: the participant's id at the panel of the study; without a panel it is not kept.
            consent_version: the version of the consent text that the participant has agreed to; None: the present one.

        Raises:
            StudyStateError: the study is not open, or has no such consent version, and the participant is new.
            NotInvitedError: the study is for invited people, and this is not one of its invitations.
            NoPanelIdError: the study is for people of a panel, and this is no id of one.
            FullError: the study, or a quota of it, has all its participants.
            AlreadyUsedError: somebody else has begun with this invitation or external id.
            NotSavedError: the allocation could not be saved.
        """
        config = self.config

        def allocate(shown: Mapping[str, int]) -> Allocation:
            if config.state != "open":
                raise StudyStateError(f"a study takes participants while it is open. {config.study} is {config.state}.")
            if self.store.started() >= MOST_PARTICIPANTS:
                raise FullError(f"a study takes {MOST_PARTICIPANTS} participants. {config.study} has them.")
            version = config.consent_version if consent_version is None else consent_version
            if not 1 <= version <= config.consent_version:
                raise StudyStateError(f"the consent has versions 1 to {config.consent_version}. Received {version}.")
            used = self.invitations.check(invitation) if config.invited else ""
            sent = config.panel.check(external_id)
            trials = draw_trials(self.pool, config.protocol, participant_seed(config.study, participant_id), shown)
            saved = tuple(map(asdict, trials))
            return Allocation(participant_id, now_utc(), device, saved, sent, used, language, version)

        check_id("participant_id", participant_id)
        try:
            allocation = self.store.enrol(participant_id, allocate, self._places(config).gate(participant_id, device))
            return tuple(Trial(**trial) for trial in allocation.trials)
        except FullError:
            self._close_when_done()
            raise

    def _places(self, config: StudyConfig) -> Places:
        return Places(config, self.answer_store.read)

    def check_places(self) -> None:
        """Raise FullError if nobody can begin now, whatever their device, because the study closes itself."""
        if self.config.closes_itself:
            self._places(self.config).check({}, self.store.attended())

    def _close_when_done(self) -> None:
        """Close a study that closes itself, when its participants have finished and nobody is in the middle."""
        if self._places(self.config).is_done(self.store.attended):
            with acting("the study itself"):
                self.update(state="closed")

    def require_open(self) -> StudyConfig:
        """The configuration of a study that takes votes now. Raises StudyStateError if it does not."""
        config = self.config
        if config.state != "open":
            raise StudyStateError(f"a study takes votes while it is open. {config.study} is {config.state}.")
        return config

    def preview(self, seed: int = 0) -> tuple[Trial, ...]:
        """Example trials for the organizer, in any state of the study; nothing is saved or counted."""
        return draw_trials(self.pool, self.config.protocol, seed)

    def answer(
        self,
        participant_id: str,
        answers: Mapping[int, bool],
        response_ms: int,
        app_version: str,
        server_ms: int | None = None,
        language: str = "",
        shown_ms: int | None = None,
    ) -> int:
        """Save answers and return how many are new. A saved answer is never changed.

        The answers are trusted: `session.take_answers` checks what a browser sends.

        Args:
            answers: trial number -> whether the picture was judged real; in `pairs`, whether the recoloured picture
                was chosen as the real one.
            response_ms: response time in milliseconds; in a grid that of the whole page, for all its pictures.
            server_ms: the same time by the server's clock; None: not measured.
            language: that of the page now; "": the one in which the participant began.
            shown_ms: how long the picture was on the screen, by the browser's clock; None: not measured.

        Raises:
            StudyStateError: the study is not open. Votes for a draft are not saved; use `preview`.
            UnknownTrialError: the participant was not given this trial, or has not begun.
            NotSavedError: none of these answers was saved.
        """
        config = self.require_open()
        allocation = self.store.allocation_of(participant_id)
        if allocation is None:
            raise UnknownTrialError("a participant must begin before answering. This one was given no trials.")
        trials = {trial["trial"]: Trial(**trial) for trial in allocation.trials}
        unknown = sorted(set(answers) - set(trials))
        if unknown:
            raise UnknownTrialError(f"a participant answers the trials 1 to {len(trials)}. Received {unknown[0]}.")
        new = self.store.append(
            Vote(
                study=config.study,
                participant_id=participant_id,
                trial=number,
                phase=trials[number].phase,
                stimulus=trials[number].stimulus,
                model=self.pool.by_id[trials[number].stimulus].model,
                is_real=self.pool.by_id[trials[number].stimulus].is_real,
                judged_real=judged_real,
                response_ms=response_ms,
                voted_at=now_utc(),
                device=allocation.device,
                app_version=app_version,
                partner=trials[number].partner,
                photo=self.pool.by_id[trials[number].stimulus].photo,
                external_id=allocation.external_id,
                server_ms=server_ms,
                language=language or allocation.language,
                exposure_ms=trials[number].exposure_ms or config.protocol.time_limit_ms,
                shown_ms=shown_ms,
            )
            for number, judged_real in answers.items()
        )
        if config.closes_itself and max(answers, default=0) == len(trials):
            self._close_when_done()
        return new

    def serve(self, participant_id: str, trial: int, place: str) -> None:
        """Remember that a picture of this trial is sent to the participant now; see `votes.servings`."""
        self.store.serve(Serving(participant_id, trial, place, now_utc()))

    def answers(self, participant_id: str) -> dict[int, bool]:
        """The saved answers of a participant, trial number -> judged real; a reloaded page continues after them."""
        return {vote.trial: vote.judged_real for vote in self.store.votes_of(participant_id)}

    def unanswered(self, participant_id: str, moment: str) -> tuple[Question, ...]:
        """The questions `before` or `after` the pictures that a participant has not been through yet.

        None when the study takes no more answers.
        """
        asked = self.config.asked(moment)
        if not asked or not self._takes_answers(moment):
            return ()
        given = self.answer_store.answers_of(participant_id)
        return tuple(question for question in asked if not set(question.parts) <= set(given))

    def _takes_answers(self, moment: str) -> bool:
        """Whether questions are asked now: also after the last picture of a study that has just closed itself."""
        config = self.config
        return config.state == "open" or (moment == "after" and config.state == "closed" and config.closes_itself)

    def save_answers(
        self,
        participant_id: str,
        moment: str,
        answers: Mapping[str, str],
        language: str,
        app_version: str,
        comment: str = "",
    ) -> None:
        """Save a participant's answers to the questions of a moment; what is missing was left open.

        Args:
            answers: id of a part of a question (`Question.parts`) -> code.
            comment: the text of the free comment, kept apart from the answers.

        Raises:
            StudyStateError: the study is not open.
            BadQuestionError: a code is no answer to its question, or the comment is too long.
            NotSavedError: nothing was saved.
        """
        if not self._takes_answers(moment):
            self.require_open()
        check_id("participant_id", participant_id)
        config, now = self.config, now_utc()
        codes = answer_codes(config.asked(moment), answers, comment.strip())
        common = (language, app_version, now)
        saved = [Answer(config.study, participant_id, moment, part, code, *common) for part, code in codes.items()]
        comments = [Comment(participant_id, comment.strip(), language, now)] if comment.strip() else []
        self.answer_store.save(saved, comments)

    def forget(self, participant_id: str) -> int:
        """Delete all of a participant: votes, allocation, answers, comment; returns the number of votes deleted."""
        self.answer_store.delete(participant_id)
        deleted = self.store.delete(participant_id)
        (self.folder / RESULTS_FILE).unlink(missing_ok=True)
        with acting("a participant"):
            self.trail.add(Event.now("answers deleted", votes=deleted))
        return deleted

    def report(self, votes: Sequence[Vote] | None = None) -> Report:
        """The results, with the exclusion rules fixed in the study.

        Args:
            votes: the votes to analyse; None reads those of the study.

        Raises:
            NoVotesError: there are no votes.
        """
        votes = self.store.read() if votes is None else votes
        return report(votes, self.config.protocol.exclusions, self.pool.photo_of, self.config.compared)

    def attendance(self) -> Attendance:
        """How many participants began, and how many finished."""
        return count_attendance(*self.store.moment())

    def audit(self) -> list[Finding]:
        """Patterns that made-up participants leave: see `analysis.audit`."""
        return find_patterns(*self.store.moment())

    def exported_votes(self) -> list[Vote]:
        """All votes, with the rules that leave their participant out in `excluded`."""
        votes = self.store.read()
        return mark_excluded(votes, excluded_participants(votes, self.config.protocol.exclusions))

    def export(self, path: Path) -> int:
        """Write all votes as the documented CSV, with `excluded` filled in; returns their number.

        The answers to questions, if the study has any, are written beside it: `votes.csv` and `answers.csv`.
        """
        votes = self.exported_votes()
        self.trail.add(Event.now("exported", what="votes", votes=len(votes)))
        export_votes(votes, path)
        if self.config.questions:
            save_file(Path(path).with_name("answers.csv"), answers_csv(self.answer_store.read()).encode())
        return len(votes)

    def delete(self) -> None:
        """Delete the study: first votes, allocations and answers, then the folder with configuration and pictures.

        Its trail stays, see `trail.trail`: it says that there was a study, and that it was deleted.
        """
        attendance, votes = self.attendance(), len(self.store.read())
        event = Event.now("deleted", title=self.config.title, participants=attendance.started, votes=votes)
        self.trail.add(event)
        self.store.clear()
        self.answer_store.clear()
        self.trail.leave()
        shutil.rmtree(self.folder)


def _changes(before: StudyConfig, after: StudyConfig) -> list[Event]:
    """What a change of the configuration adds to the trail."""
    events = []
    old, new = asdict(before), asdict(after)
    ours = ("state", "opened_at", "earlier_consents")
    if edited := {name: [old[name], new[name]] for name in new if new[name] != old[name] and name not in ours}:
        events.append(Event.now("edited", **edited))
    if after.state != before.state:
        events.append(Event.now("opened" if after.state == "open" else after.state, state=[before.state, after.state]))
    return events
