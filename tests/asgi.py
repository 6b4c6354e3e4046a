"""Sends a request to an ASGI app without a server."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor


def ask(app, method: str, path: str, headers: Iterable[tuple[bytes, bytes]], data: bytes, scheme: str = "http"):
    """Return status, headers by lower-case name, and content of the reply."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": list(headers),
        "scheme": scheme, "server": ("test", 80), "client": ("10.0.0.1", 1), "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as own_thread:  # other tests leave Playwright's event loop running in this thread
        own_thread.submit(asyncio.run, app(scope, receive, send)).result()
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], {key.decode(): value.decode() for key, value in sent[0]["headers"]}, content
