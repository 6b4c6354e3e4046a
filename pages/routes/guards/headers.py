"""Headers that keep a browser from doing more with our pages than we want, and addresses that are nobody's business.

The content security policy is as strict as Streamlit bears: its script compiles code (`wasm-unsafe-eval`, and
`unsafe-eval` for the charts of Vega), our widgets are modules that it loads from blobs, and its styles are inline. All
of that comes from this server. Nothing may be sent to another one, and nothing loaded from there, but for the script
and the style of the "Online slider", for those who choose it.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.routes.posting import base_path

ONLINE_SLIDER = "https://cdn.knightlab.com"

POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: {ONLINE_SLIDER}",
        f"style-src 'self' 'unsafe-inline' {ONLINE_SLIDER}",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss: data: blob:",
        "frame-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
HIDDEN = ("_stcore/metrics",)
"""Addresses of Streamlit that tell how many people are here, and how much memory they take."""


class SafeHeaders:
    """Adds `HEADERS` to every reply that does not set them itself, and hides `HIDDEN`."""

    def __init__(self, app: ASGIApp, prefix: str = ""):
        self._app = app
        self._hidden = tuple(f"{base_path(prefix)}/{path}" for path in HIDDEN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["path"].rstrip("/") in self._hidden:
            return await PlainTextResponse("Not found", 404)(scope, receive, send_safely)
        return await self._app(scope, receive, send_safely)
