"""What the routes beside Streamlit share: addresses, JSON bodies, and whether a cookie must be marked as secure."""

import json

from starlette.requests import Request

MAX_BODY = 16_384


def base_path(prefix: str) -> str:
    """`server.baseUrlPath` as the beginning of a route: "" or "/name"."""
    return f"{'/' if prefix.strip('/') else ''}{prefix.strip('/')}"


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


def is_secure(request: Request) -> bool:
    """Whether the browser came by HTTPS, be it to a proxy before us."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"


def is_from_our_page(request: Request) -> bool:
    """Whether a page of this very server sent the request.

    For JSON a browser asks us first when another site sends it, and we do not answer that; some say the site as well.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind == "application/json" and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
