"""What the routes beside Streamlit share: addresses, JSON in and out, refusals in words, who may send a request."""

import json
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MAX_BODY = 16_384
NO_STORE = {"Cache-Control": "no-store"}
"""A shared computer keeps nothing."""

Action = Callable[[Request, dict], Response]
"""Does what a request with this JSON body asks for."""
Refuse = Callable[[Request, Exception], tuple[int, str] | None]
"""The status and the words for an error of an action; None for what nobody has foreseen."""


def base_path(prefix: str) -> str:
    """`server.baseUrlPath` as the beginning of a route: "" or "/name"."""
    return f"{'/' if prefix.strip('/') else ''}{prefix.strip('/')}"


def post_route(path: str, action: Action, refuse: Refuse) -> Route:
    """A route that takes JSON by POST; the action runs in a thread, so that others are served meanwhile."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, action, refuse, request, await read_json(request))

    return Route(path, endpoint, methods=["POST"])


def get_route(path: str, action: Action, refuse: Refuse) -> Route:
    """A route without a body, by GET."""

    def endpoint(request: Request) -> Response:
        return answer(action, refuse, request, {})

    return Route(path, endpoint, methods=["GET"])


def answer(action: Action, refuse: Refuse, request: Request, body: dict) -> Response:
    """What the action replies, or its refusal in words."""
    try:
        return action(request, body)
    except Exception as error:
        refusal = refuse(request, error)
        if refusal is None:
            raise
    status, words = refusal
    return reply({"error": words}, status)


def reply(content: dict, status: int = 200) -> JSONResponse:
    """JSON that nobody on the way keeps."""
    return JSONResponse(content, status, headers=NO_STORE)


async def read_json(request: Request) -> dict:
    """The JSON object in a request; anything else counts as an empty one and is refused for what it lacks."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            return {}
    try:
        body = json.loads(data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def set_cookie(response: Response, request: Request, name: str, value: str, seconds: int) -> None:
    """Give the browser a cookie that no script can read and no other site's form sends along."""
    secure = is_secure(request)
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def is_secure(request: Request) -> bool:
    """Whether the browser came by HTTPS, be it to a proxy before us."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"


def is_from_our_page(request: Request) -> bool:
    """Whether a page of this very server sent the request.

    For JSON a browser asks us first when another site sends it, and we do not answer that; some say the site as well.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind == "application/json" and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
