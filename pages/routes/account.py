"""Routes for the account forms, by plain HTTP, because only an HTTP reply can set a cookie that scripts cannot read."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accounts import AccountsError, known
from accounts.folders import NotDeletedError
from accounts.service import Accounts, open_accounts
from accounts.sessions import SECONDS, Opened, Visit
from accounts.throttle import TooManyAttemptsError
from pages.parts.visitor import COOKIE, has_accounts, has_provider, in_words
from pages.routes.limits import network_of
from pages.routes.posting import Action, base_path, is_from_our_page, post_route, reply, set_cookie
from storage import StorageError

KNOWN_COOKIE = "huestory_known"
"""Cookie with the marks of `accounts.known`."""
KNOWN_SECONDS = 365 * 24 * 60 * 60


class SignedOutError(AccountsError):
    """The request is only for somebody who is signed in."""


class BadRequestError(AccountsError):
    """The request is not one that our own page would send."""


_STATUS = {StorageError: 503, TooManyAttemptsError: 429, SignedOutError: 401, NotDeletedError: 500}


def account_routes(prefix: str = "") -> list[Route]:
    """Return the routes for `st.App`; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    return [
        post_route(f"{base_path(prefix)}/account/{name}", _guarded(action), _refuse)
        for name, action in _ACTIONS.items()
    ]


def _register(accounts: Accounts, request: Request, body: dict) -> Response:
    name = _text(body, "name")
    return _welcome(accounts, name, accounts.register(name, _text(body, "password"), _address(request)), request)


def _sign_in(accounts: Accounts, request: Request, body: dict) -> Response:
    name = _text(body, "name")
    opened = accounts.sign_in(name, _text(body, "password"), _address(request), _marks(request))
    old = accounts.sessions.find_token(request.cookies.get(COOKIE, ""))
    if old:
        accounts.sessions.close(old.session)  # its cookie will be replaced, so nobody could sign out of it
    return _welcome(accounts, name, opened, request)


def _sign_out(accounts: Accounts, request: Request, body: dict) -> Response:
    visit = accounts.sessions.find_token(request.cookies.get(COOKIE, ""))
    if visit:
        accounts.sessions.close(visit.session)
    return _farewell()


def _sign_out_everywhere(accounts: Accounts, request: Request, body: dict) -> Response:
    accounts.sessions.close_all(_visit(accounts, request).user)
    return _farewell()


def _change_password(accounts: Accounts, request: Request, body: dict) -> Response:
    visit = _visit(accounts, request)
    accounts.change_password(visit, _text(body, "password"), _text(body, "new"))
    response = reply({})
    _know(response, accounts, visit.user.name, request)
    return response


def _delete(accounts: Accounts, request: Request, body: dict) -> Response:
    accounts.delete_account(_visit(accounts, request).user, _text(body, "password"))
    return _farewell()


_ACTIONS = {
    "register": _register,
    "sign-in": _sign_in,
    "sign-out": _sign_out,
    "sign-out-everywhere": _sign_out_everywhere,
    "change-password": _change_password,
    "delete": _delete,
}


def _guarded(action: Callable[[Accounts, Request, dict], Response]) -> Action:
    """Wrap an action, so that it runs only for requests of our own page to a server that has its own accounts.

    Raises:
        BadRequestError: any other request, raised by the wrapped action.
    """

    def guarded(request: Request, body: dict) -> Response:
        if not is_from_our_page(request) or not has_accounts() or has_provider():
            raise BadRequestError("This server does not take this request.")
        return action(open_accounts(), request, body)

    return guarded


def _refuse(request: Request, error: Exception) -> tuple[int, str] | None:
    """Return the status and the visitor's message for an expected error, and None for any other error."""
    if not isinstance(error, AccountsError | StorageError):
        return None
    status = next((status for kinds, status in _STATUS.items() if isinstance(error, kinds)), 400)
    return status, in_words(error)


def _welcome(accounts: Accounts, name: str, opened: Opened, request: Request) -> Response:
    response = reply({"ticket": opened.ticket})
    _know(response, accounts, name, request)
    set_cookie(response, request, COOKIE, opened.token, SECONDS)
    return response


def _know(response: Response, accounts: Accounts, name: str, request: Request) -> None:
    """Let the browser remember that this person has signed in there; it stays when they sign out."""
    set_cookie(response, request, KNOWN_COOKIE, known.join(accounts.mark(name), _marks(request)), KNOWN_SECONDS)


def _marks(request: Request) -> list[str]:
    return known.split(request.cookies.get(KNOWN_COOKIE, ""))


def _farewell() -> Response:
    response = reply({})
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def _visit(accounts: Accounts, request: Request) -> Visit:
    visit = accounts.sessions.find_token(request.cookies.get(COOKIE, ""))
    if visit is None:
        raise SignedOutError("You are signed out. Please reload the page and sign in again.")
    return visit


def _text(body: dict, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > 1000 or "\0" in value:
        raise BadRequestError("This cannot be understood. Please reload the page.")
    return value


def _address(request: Request) -> str:
    return network_of(request.client.host) if request.client else "unknown"
