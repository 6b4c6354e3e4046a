"""A local web server that serves photographs, correctly or with the faults that a test asks for."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.galleries import jpeg


class Web:
    """The files that the server gives out, the requests that it received, and the faults that it shows."""

    def __init__(self):
        self.files: dict[str, bytes] = {f"/{number}.jpg": jpeg(number) for number in range(3)}
        self._started = time.time()
        self.kind = "image/jpeg"
        self.version = '"one"'
        self.modified_seconds_ago: int | None = None
        self.understands_range = self.understands_if_range = True
        self.breaks_off_after: list[int] = []
        """for each of the next answers: number of bytes after which the connection is cut"""
        self.refusals: list[tuple[int, dict]] = []
        """for each of the next requests: status and headers that are sent instead of the file"""
        self.asked: list[tuple[str, dict]] = []
        self.address = ""

    def modified(self) -> str | None:
        """Return the value of the header Last-Modified, or None if none is sent."""
        if self.modified_seconds_ago is None:
            return None
        return formatdate(self._started - self.modified_seconds_ago, usegmt=True)

    def headers(self, name: str) -> list[str | None]:
        """Return the value of a header in every request so far."""
        return [headers.get(name) for _, headers in self.asked]


@contextmanager
def web_server() -> Iterator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self, web)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()


def answer(request: BaseHTTPRequestHandler, web: Web) -> None:
    web.asked.append((request.path, {name.lower(): value for name, value in request.headers.items()}))
    if web.refusals:
        status, headers = web.refusals.pop(0)
        return send(request, status, headers, b"")
    data = web.files.get(request.path)
    if data is None:
        return send(request, 404, {"Content-Type": "text/html"}, b"<h1>Not here</h1>")
    headers = {"Content-Type": web.kind} | ({"ETag": web.version} if web.version else {})
    headers |= {"Last-Modified": web.modified()} if web.modified() else {}
    status, start = 200, wanted_start(request, web)
    if start is not None and start >= len(data):
        return send(request, 416, {}, b"")
    if start is not None:
        status, headers["Content-Range"] = 206, f"bytes {start}-{len(data) - 1}/{len(data)}"
        data = data[start:]
    cut = web.breaks_off_after.pop(0) if web.breaks_off_after else len(data)
    return send(request, status, headers | {"Content-Length": str(len(data))}, data[:cut])


def wanted_start(request: BaseHTTPRequestHandler, web: Web) -> int | None:
    wanted, version = request.headers.get("Range"), request.headers.get("If-Range")
    changed = version is not None and version not in (web.version, web.modified())
    if not wanted or not web.understands_range or (changed and web.understands_if_range):
        return None
    return int(wanted.removeprefix("bytes=").removesuffix("-"))


def send(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], data: bytes) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(data)
