"""What every request passes before it reaches a page or a route: limits, headers, the log. All are ASGI middleware."""

from starlette.middleware import Middleware

from pages.routes.guards.bodies import BodyLimits


def guards(prefix: str = "") -> list[Middleware]:
    """Return the middleware for `st.App`, the outermost first; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    return [Middleware(BodyLimits, prefix=prefix)]
