"""Shared code of our HTTP routes: addresses, JSON requests and replies, error messages, who may send a request."""

import json
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MAX_BODY = 16_384
NO_STORE = {"Cache-Control": "no-store"}
"""Header that forbids caching, so that nothing stays on a shared computer."""

Action = Callable[[Request, dict], Response]
"""A function that handles a request with this JSON body."""
Refuse = Callable[[Request, Exception], tuple[int, str] | None]
"""A function that returns the status and the message for an error of an action, or None for an unexpected error."""


def base_path(prefix: str) -> str:
    """Return `server.baseUrlPath` as the beginning of a route: "" or "/name"."""
    return f"{'/' if prefix.strip('/') else ''}{prefix.strip('/')}"


def post_route(path: str, action: Action, refuse: Refuse) -> Route:
    """Return a route that takes JSON by POST; the action runs in a thread, so that it does not block other requests."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, action, refuse, request, await read_json(request))

    return Route(path, endpoint, methods=["POST"])


def get_route(path: str, action: Action, refuse: Refuse) -> Route:
    """Return a route for GET requests, which have no body."""

    def endpoint(request: Request) -> Response:
        return answer(action, refuse, request, {})

    return Route(path, endpoint, methods=["GET"])


def answer(action: Action, refuse: Refuse, request: Request, body: dict) -> Response:
    """Return the action's reply, or a JSON reply with the message of an expected error; raise other errors again."""
    try:
        return action(request, body)
    except Exception as error:
        refusal = refuse(request, error)
        if refusal is None:
            raise
    status, words = refusal
    return reply({"error": words}, status)


def reply(content: dict, status: int = 200) -> JSONResponse:
    """Return a JSON reply that must not be cached."""
    return JSONResponse(content, status, headers=NO_STORE)


async def read_json(request: Request) -> dict:
    """Return the JSON object in a request; anything else, or one over MAX_BODY bytes, is read as an empty object.

    An action then refuses it because values are missing.
    """
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            return {}
    try:
        body = json.loads(data)
        json.dumps(body, ensure_ascii=False).encode()  # half of a surrogate pair is no text that could be stored
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def set_cookie(response: Response, request: Request, name: str, value: str, seconds: int) -> None:
    """Set a cookie that scripts cannot read and that is not sent with forms of other sites."""
    secure = is_secure(request)
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def is_secure(request: Request) -> bool:
    """Return whether the browser uses HTTPS, to this server or to a proxy in front of it."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"


def is_from_our_page(request: Request) -> bool:
    """Return whether a page of this server sent the request.

    Before a browser sends JSON for another site, it asks this server for permission, which is not given. Some browsers
    also name the kind of site in the header Sec-Fetch-Site.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind == "application/json" and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
