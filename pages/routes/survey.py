"""HTTP routes that the browser uses during the trials: begin, fetch a picture, save answers.

They use plain HTTP instead of a rerun of the Streamlit page. So a request can be repeated until it is answered, however
the connection was lost, and the next picture can be fetched while the current one is shown. All state is in the study's
store, so any of several servers may answer.

The participant's code is sent in a header. A cookie that scripts cannot read keeps it for a reload or a second tab, so
that it need not be in the address; it is set only after the participant has agreed.
"""

from dataclasses import asdict
from logging import getLogger

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colorizer import __version__
from pages.parts.studies import open_study
from pages.routes.limits import BeginLimit, TooManyBeginsError
from pages.routes.posting import base_path, get_route, is_from_our_page, post_route, reply, set_cookie
from storage import StorageError
from study import StudyError
from study.config import MissingStudyError, StudyStateError
from study.folder import Study, UnknownTrialError
from study.languages.catalogues import SOURCE, choose_language, languages, mark, translator
from study.participants import BadCodeError, participant_of
from study.recruiting.invitations import NotInvitedError
from study.recruiting.panel import NoPanelIdError
from study.recruiting.quotas import DEVICES, FullError
from study.sampling import Trial
from study.session import (
    NotAskedError,
    TooEarlyError,
    feedback,
    has_begun,
    is_session_of,
    pages_ahead,
    serve_picture,
    take_answers,
)
from study.votes.allocation import AlreadyUsedError
from study.votes.record import MAX_RESPONSE_MS, BadVoteError

CODE_HEADER = "x-study-code"
LANGUAGE_HEADER = "x-study-language"
COOKIE_SECONDS = 90 * 24 * 60 * 60
_BEGINS = BeginLimit()
_UNCHANGED = {"Cache-Control": "no-store, no-transform"}
"""Headers of a picture: nothing on the way may compress it, because its length could then tell what it is."""

_REFUSALS = {
    MissingStudyError: (404, mark("There is no such study.")),
    BadVoteError: (400, mark("This answer cannot be understood. Please reload the page.")),
    BadCodeError: (400, mark("This answer cannot be understood. Please reload the page.")),
    StudyStateError: (409, mark("This study is closed. It takes no more answers; those you gave are kept.")),
    NotAskedError: (409, mark("This answer is not to the question on the screen. Please reload the page to go on.")),
    TooEarlyError: (425, mark("This answer came too early. Please look at the picture and answer again.")),
    NotInvitedError: (
        403,
        mark("This study is for invited people. Please open the link in your invitation once more."),
    ),
    NoPanelIdError: (
        403,
        mark(
            "Your participant id is missing in the link. Please open the study again from the page that sent you here."
        ),
    ),
    AlreadyUsedError: (403, mark("Your link has been used already, and each begins this study once.")),
    TooManyBeginsError: (429, mark("Many people are beginning from your network now. Please try again in a minute.")),
    UnknownTrialError: (410, mark("Your answers to this study were deleted. Reload the page to take part anew.")),
}
_NOT_SAVED = mark("This could not be saved on our side, and does not count yet. What you answered before is safe.")


class BadRequestError(BadVoteError):
    """The request is not one that our own page would send."""


def cookie_name(study: str) -> str:
    """Return the name of a study's cookie; each study has its own, so that they do not show who took part in two."""
    return f"huestory_study_{study}"


def routes(prefix: str = "") -> list[Route]:
    """Return the routes for `st.App`; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    base = f"{base_path(prefix)}/study-session/{{study}}"
    return [
        post_route(f"{base}/begin", begin, in_words),
        post_route(f"{base}/answer", save_answers, in_words),
        post_route(f"{base}/leave", leave, in_words),
        get_route(f"{base}/picture/{{trial}}/{{place}}", picture, in_words),
    ]


def begin(request: Request, body: dict) -> Response:
    """Draw the participant's trials, or find those drawn before; reply with the code and what comes next.

    Or with `refused`, if the study has enough people of this kind; the page says so.
    """
    study = open_study(request.path_params["study"])
    external_id = _parse_short(body, "external_id")
    code = _known_code(study, request, external_id) or request.headers.get(CODE_HEADER, "")
    device = body.get("device") if body.get("device") in DEVICES else "desktop"
    participant = participant_of(code)
    if not has_begun(study, code):
        config = study.config
        _BEGINS.admit(config.study, request.client.host if request.client else "", config.begins_per_minute)
    invitation, language = _parse_short(body, "invitation"), _language(study, request)
    try:
        trials = study.enrol(participant, device, invitation, language, external_id, _parse_version(body))
    except FullError:
        return reply({"refused": True})
    response = reply({"code": code, **_whats_next(study, code, trials)})
    set_cookie(response, request, cookie_name(request.path_params["study"]), code, COOKIE_SECONDS)
    return response


def save_answers(request: Request, body: dict) -> Response:
    """Save answers; reply only after they are stored.

    Raises:
        BadRequestError: the choices or the time cannot be understood.
        StudyError: raised by `session.take_answers`.
    """
    study, code = open_study(request.path_params["study"]), request.headers.get(CODE_HEADER, "")
    choices, response_ms = _parse_choices(body), _parse_time(body)
    take_answers(
        study, participant_of(code), choices, response_ms, __version__, _language(study, request), _parse_shown(body)
    )
    trials = _trials(study, code)
    told = feedback(study, trials, choices)
    return reply({"feedback": told, **_whats_next(study, code, tuple(trials.values()))})


def leave(request: Request, body: dict) -> Response:
    """End the session in this browser: remove its cookie, so that the next person is another participant.

    Raises:
        BadRequestError: a page of another site sent the request.
    """
    if not is_from_our_page(request):
        raise BadRequestError("only our own page may end a session.")
    response = reply({})
    response.delete_cookie(cookie_name(request.path_params["study"]), httponly=True, samesite="lax")
    return response


def picture(request: Request, body: dict) -> Response:
    """Reply with a picture of one of the participant's trials; length and headers are the same for all pictures.

    Raises:
        BadRequestError: the trial is no number.
        UnknownTrialError: the participant has not begun, or the trial is not theirs.
    """
    study, code = open_study(request.path_params["study"]), request.headers.get(CODE_HEADER, "")
    trial = _trials(study, code).get(_parse_trial(request.path_params["trial"]))
    if trial is None:
        raise UnknownTrialError("a picture belongs to one of the participant's trials.")
    data = serve_picture(study, participant_of(code), trial, request.path_params["place"])
    return Response(data, media_type="image/png", headers=_UNCHANGED)


def in_words(request: Request, error: Exception) -> tuple[int, str] | None:
    """Return the status and the participant's message for an expected error, and None for any other.

    The message never says that an answer is saved when it is not. It is in the language of the participant's page.
    """
    t = translator(choose_language([request.headers.get(LANGUAGE_HEADER, "")], languages()) or SOURCE)
    for kind, (status, message) in _REFUSALS.items():
        if isinstance(error, kind):
            if kind in (NotAskedError, TooManyBeginsError):
                getLogger(__name__).warning("study %s: %s", request.path_params["study"], error)
            return status, t(message)
    if isinstance(error, StorageError | StudyError | OSError | KeyError):
        # For example: the disk is full, the database cannot be reached, a picture is missing.
        getLogger(__name__).error("study %s: %s", request.path_params["study"], error)
        return 503, t(_NOT_SAVED)
    return None


def _whats_next(study: Study, code: str, trials: tuple[Trial, ...]) -> dict:
    answered = study.answers(participant_of(code))
    page, ahead = pages_ahead(trials, answered, study.config.protocol.layout)
    return {"page": asdict(page) if page else None, "ahead": ahead.trials if ahead else ()}


def _trials(study: Study, code: str) -> dict[int, Trial]:
    allocation = study.store.allocation_of(participant_of(code))
    if allocation is None:
        raise UnknownTrialError("a participant must begin first. This one was given no trials.")
    return {trial["trial"]: Trial(**trial) for trial in allocation.trials}


def _known_code(study: Study, request: Request, external_id: str) -> str | None:
    """Return the code from this browser's cookie if it has begun: a second tab must not become a second participant."""
    code = request.cookies.get(cookie_name(request.path_params["study"]), "")
    try:
        return code if is_session_of(study, code, external_id) else None
    except BadCodeError:
        return None


def _language(study: Study, request: Request) -> str:
    """Return the language of the participant's page, if the study has it; else that of the study."""
    offered = study.config.languages
    return choose_language([request.headers.get(LANGUAGE_HEADER, "")], offered) or offered[0]


def _parse_choices(body: dict) -> dict[int, bool]:
    choices = body.get("choices")
    sound = isinstance(choices, dict) and choices and all(isinstance(choice, bool) for choice in choices.values())
    if not sound:
        raise BadRequestError("choices must be an object of trial numbers and true or false.")
    return {_parse_trial(number): choice for number, choice in choices.items()}


def _parse_trial(number: str) -> int:
    if not (number.isascii() and number.isdigit() and len(number) < 6):
        raise BadRequestError("a trial is named by its number, from 1.")
    return int(number)


def _parse_version(body: dict) -> int | None:
    version = body.get("consent_version")
    if version is not None and type(version) is not int:
        raise BadRequestError("consent_version must be a whole number.")
    return version


def _parse_short(body: dict, name: str) -> str:
    text = body.get(name) or ""
    if not isinstance(text, str) or len(text) > 100:
        raise BadRequestError(f"{name} must be the text in the participant's link.")
    return text


def _parse_shown(body: dict) -> int | None:
    shown_ms = body.get("shown_ms")
    if shown_ms is not None and (type(shown_ms) is not int or shown_ms < 0):
        raise BadRequestError("shown_ms must be whole milliseconds, or null.")
    return None if shown_ms is None else min(shown_ms, MAX_RESPONSE_MS)


def _parse_time(body: dict) -> int:
    response_ms = body.get("response_ms")
    if type(response_ms) is not int or response_ms < 0:
        raise BadRequestError("response_ms must be whole milliseconds.")
    return min(response_ms, MAX_RESPONSE_MS)
