"""The log of requests: one line of JSON for each, without anything that tells who sent it.

No address, cookie, query or name stands in it, and of a path only the route: what people have in their links (studies'
codes, previews, pages' sessions) is left out. The reply carries the id of its line (`X-Request-ID`), so that a visitor
can name it.
"""

import json
import logging
import re
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_QUIET = re.compile(r"/(static|media|component|_stcore/(health|host-config))\b|/healthz$")
"""Paths whose requests are logged only when they fail: there are too many."""
_SECRET = re.compile(r"(/_stcore/upload_file|/study-session/[^/]+|/gallery-pictures)/.*")


class RequestLog:
    """Writes the log `huestory.requests`."""

    def __init__(self, app: ASGIApp):
        self._app, self._logger = app, logging.getLogger("huestory.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request, began, status = secrets.token_hex(8), time.perf_counter(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        finally:
            if status >= 400 or not _QUIET.search(scope["path"]):
                line = {
                    "request": request,
                    "method": scope["method"],
                    "route": _SECRET.sub(r"\1/…", scope["path"])[:80],
                    "status": status,
                    "ms": round(1000 * (time.perf_counter() - began)),
                }
                self._logger.log(
                    logging.ERROR if status >= 500 else logging.INFO, "%s", json.dumps(line, ensure_ascii=False)
                )
