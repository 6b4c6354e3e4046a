"""Limits for what visitors send, enforced before the body of a request is read.

Streamlit keeps the uploads of each open page in memory, and takes any number of them. Here one page, one internet
address and the server as a whole may hold only so much; what is on its way counts like what has arrived.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.routes.limits import network_of
from pages.routes.posting import NO_STORE, base_path
from storage.settings import uploads_bytes

SHARE_OF_PAGE = 4
"""One open page may hold this part of what the server takes: a quarter."""
SHARE_OF_ADDRESS = 2
LEAST_BYTES = 16_384
"""An upload counts as at least so many bytes, since an empty one takes memory, too."""
MAX_BODY = 1024**2
"""Largest body of any other request."""
_MEGABYTE = 1000**2
_RETRY_SECONDS = 60
_DROPPED = 300 * _MEGABYTE


class BodyLimits:
    """Refuses with 413 what is too large, with 411 what does not say its size, and with 429 what must wait.

    Args:
        prefix: Streamlit's `server.baseUrlPath`.
        held: returns the bytes that each session holds, by its id.
    """

    def __init__(self, app: ASGIApp, prefix: str = "", held: Callable[[], Mapping[str, int]] | None = None):
        self._app, self._held = app, held or held_by_sessions
        self._uploads = f"{base_path(prefix)}/_stcore/upload_file/"
        self._lock = threading.Lock()
        self._coming: Counter[str] = Counter()  # bytes that are on their way, by session
        self._networks: dict[str, str] = {}  # who sent the uploads of a session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE"):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if not scope["path"].startswith(self._uploads):
            length = _length(headers)
            if length is not None and length > MAX_BODY:
                return await _answer(_refuse(413, "This request is too large."), scope, receive, send)
            return await self._app(scope, receive, send)
        session, size = scope["path"].removeprefix(self._uploads).partition("/")[0], _length(headers)
        network = network_of(scope["client"][0] if scope.get("client") else "")
        refusal = self._admit(session, network, size)
        if refusal is not None:
            return await _answer(refusal, scope, receive, send)
        try:
            return await self._app(scope, receive, send)
        finally:
            with self._lock:
                self._coming[session] -= max(size, LEAST_BYTES)
                if not self._coming[session]:
                    del self._coming[session]

    def _admit(self, session: str, network: str, size: int | None) -> PlainTextResponse | None:
        """Return a refusal, or None; then the bytes are reserved."""
        if size is None:
            return _refuse(411, "An upload must say how large it is (Content-Length).")
        most = st.get_option("server.maxUploadSize") * 1024**2
        if size > most:
            return _refuse(413, f"A file may have up to {_mb(most)}. Received {_mb(size)}: make it smaller.")
        total, size = uploads_bytes(), max(size, LEAST_BYTES)
        with self._lock:
            used = Counter(self._held()) + self._coming
            self._networks = {key: value for key, value in self._networks.items() if key in used}
            if used[session] + size > total // SHARE_OF_PAGE:
                return _refuse(
                    413,
                    f"One page may hold uploads of {_mb(total // SHARE_OF_PAGE)}. This one has {_mb(used[session])}, "
                    f"and this file would add {_mb(size)}: remove some of them or make it smaller, then add it again.",
                )
            theirs = sum(used[key] for key, value in self._networks.items() if value == network)
            if theirs + size > total // SHARE_OF_ADDRESS or used.total() + size > total:
                return _refuse(
                    429, "Many photographs are being uploaded at the moment. Please try again in a few minutes."
                )
            self._coming[session] += size
            self._networks[session] = network
        return None


async def _answer(refusal: PlainTextResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a refusal so that a browser can show it: one that is still sending sees a broken connection instead.

    So what it sends is let through and dropped, up to `_DROPPED` bytes; one that asks first (Expect)
    is told at once.
    """
    dropped, more = 0, "expect" not in Headers(scope=scope)
    while more and dropped < _DROPPED:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        dropped, more = dropped + len(message.get("body", b"")), message.get("more_body", False)
    await refusal(scope, receive, send)


def held_by_sessions() -> dict[str, int]:
    """Bytes of the uploads that Streamlit holds, by session."""
    if not st.runtime.exists():
        return {}
    storage = st.runtime.get_instance().uploaded_file_mgr.file_storage
    return {
        session: sum(max(len(file.data), LEAST_BYTES) for file in list(files.values()))
        for session, files in list(storage.items())
    }


def _length(headers: Headers) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _refuse(status: int, words: str) -> PlainTextResponse:
    wait = {"Retry-After": str(_RETRY_SECONDS)} if status == 429 else {}
    return PlainTextResponse(words, status, {**NO_STORE, **wait, "Connection": "close"})


def _mb(size: int) -> str:
    return f"{size / _MEGABYTE:.0f} MB"
