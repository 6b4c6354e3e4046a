"""What every request passes before it reaches a page or a route: limits, headers, the log. All are ASGI middleware."""

import logging

from starlette.middleware import Middleware

from pages.routes.guards.bodies import BodyLimits
from pages.routes.guards.headers import SafeHeaders
from pages.routes.guards.log import RequestLog


def guards(prefix: str = "") -> list[Middleware]:
    """Return the middleware for `st.App`, the outermost first; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    _show_requests()
    return [Middleware(RequestLog), Middleware(SafeHeaders, prefix=prefix), Middleware(BodyLimits, prefix=prefix)]


def _show_requests() -> None:
    """Let the log of requests go to standard error, each line as it is, at whatever level other logs have."""
    logger = logging.getLogger("huestory.requests")
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
        logger.setLevel(logging.INFO)
        logger.propagate = False
