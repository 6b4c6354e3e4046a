"""Photographs from the web: one at a time, resumed where they broke off, and kept only if they are photographs.

A file on its way is `NAME.part`, with the server's mark of the version beside it in `NAME.part.version`; under its own
name stands only what came whole and can be read.
"""

import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from colorizer import __version__
from colorizer.imaging import reading, writing
from colorizer.imaging.errors import ImageError

MAX_BYTES = 20 * 1024**2
"""Most that one photograph may have."""

TRIES = 4
TIMEOUT = 30.0
"""Seconds without a byte before a connection counts as lost."""

LONGEST_WAIT = 60.0
USER_AGENT = f"Huestory/{__version__} (colours old photographs; downloads on request, one file at a time)"

_CHUNK = 64 * 1024
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class FetchError(Exception):
    """A photograph could not be fetched; the text says why."""


class NotFoundError(FetchError):
    """The server does not give it out."""


class WrongContentError(FetchError):
    """What the server sent is no photograph, is too large, or cannot be read."""


class OtherHostError(FetchError):
    """The server sends us on to a host that was not announced."""


class UnreachableError(FetchError):
    """The server did not answer, or broke off, each time that it was tried."""


class FetchStoppedError(FetchError):
    """Somebody said stop; what has come so far is kept."""


class _BrokenOff(Exception):  # noqa: N818  (never leaves this file)
    """This try failed; another may not. `wait` is what the server asks for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = wait


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows to other pages of the same host only: no other was announced, nor is https given up for http."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.netloc != old.netloc or (old.scheme == "https" and new.scheme != "https"):
            raise OtherHostError(f"only {old.netloc} is asked. It sends us on to {new.scheme}://{new.netloc}.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_opener = urllib.request.build_opener(_SameHost)


def fetch(
    url: str,
    path: Path,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda received: None,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch a photograph to `path`, going on from what an earlier call left of it. One that is there already stays.

    Args:
        stopped: asked between pieces and tries whether to stop.
        progress: told the bytes of this file that are here.
        wait: how to pass the seconds between tries.

    Raises:
        FetchError: one of its kinds. After WrongContentError nothing of the file is left.
        OSError: the disk refused.
    """
    path = Path(path)
    if path.exists() and _is_photograph(path):
        return
    for number in range(1, TRIES + 1):
        if stopped():
            raise FetchStoppedError("stopped.")
        try:
            _receive(url, _part(path), stopped, progress)
            break
        except _BrokenOff as error:
            if number == TRIES:
                raise UnreachableError(f"tried {TRIES} times. The last time: {error}") from error
            wait(min(LONGEST_WAIT, max(error.wait, 2.0 ** (number - 1))))
    _accept(path)


def _receive(url: str, part: Path, stopped: Callable[[], bool], progress: Callable[[int], None]) -> None:
    """Bring the `.part` file to its end, by one request."""
    have = part.stat().st_size if part.exists() else 0
    try:
        with _opener.open(_request(url, part, have), timeout=TIMEOUT) as response:
            start = _check_answer(response, part, have)
            _store(response, part, start, stopped, progress)
    except HTTPError as error:
        _judge(error, part)
    except (OSError, HTTPException) as error:
        if isinstance(error, OSError) and error.filename:  # our own disk, and not the connection
            raise
        raise _BrokenOff(
            f"the connection failed ({getattr(error, 'reason', error) or type(error).__name__})."
        ) from error


def _request(url: str, part: Path, have: int) -> urllib.request.Request:
    headers = {"User-Agent": USER_AGENT, "Accept": "image/*"}
    if have:
        headers["Range"] = f"bytes={have}-"
        with suppress(OSError):
            headers["If-Range"] = _version(part).read_text(encoding="ascii")
    return urllib.request.Request(url, headers=headers)


def _check_answer(response: HTTPResponse, part: Path, have: int) -> int:
    """Refuse what is no photograph before it is read; returns the place in the file where the answer begins."""
    kind = response.headers.get_content_type()
    if "Content-Type" in response.headers and not kind.startswith("image/") and kind != "application/octet-stream":
        _forget(part)
        raise WrongContentError(f"a photograph must come as an image. The server sent {kind}.")
    start = have if response.status == 206 else 0
    if response.status == 206 and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        _forget(part)
        raise _BrokenOff("the server sent another part of the file than was asked for.")
    if start + (_announced(response.headers) or 0) > MAX_BYTES:
        _forget(part)
        raise _too_large()
    if start == 0:
        part.write_bytes(b"")
        mark = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        if mark and mark.isascii() and not mark.startswith("W/"):
            _version(part).write_text(mark, encoding="ascii")
    return start


def _store(
    response: HTTPResponse, part: Path, received: int, stopped: Callable[[], bool], progress: Callable[[int], None]
) -> None:
    expected = _announced(response.headers)
    end = None if expected is None else received + expected
    with open(part, "ab") as file:
        while chunk := response.read1(_CHUNK):
            if stopped():
                raise FetchStoppedError("stopped.")
            received += len(chunk)
            if received > MAX_BYTES:
                _forget(part)
                raise _too_large()
            file.write(chunk)
            progress(received)
    if end is not None and received < end:
        raise _BrokenOff(f"it broke off after {received:,} of {end:,} bytes.")


def _judge(error: HTTPError, part: Path) -> None:
    if error.code == 416:  # longer than the file, which has changed: from the start
        _forget(part)
    if error.code in _AGAIN or error.code == 416:
        seconds = error.headers.get("Retry-After", "")
        raise _BrokenOff(f"the server said {error.code} {error.reason}.", float(seconds) if seconds.isdigit() else 0.0)
    raise NotFoundError(f"the server does not give it out: {error.code} {error.reason}.")


def _accept(path: Path) -> None:
    """Give the finished file its name, if it is a photograph."""
    part = _part(path)
    try:
        data = part.read_bytes()
        reading.read(data)
    except ImageError as error:
        _forget(part)
        raise WrongContentError(f"it is no photograph that can be read. {error}") from error
    writing.write_file(path, data)
    _forget(part)


def _is_photograph(path: Path) -> bool:
    with suppress(ImageError):
        return bool(reading.read(path))
    return False


def _announced(headers: Message) -> int | None:
    length = headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _too_large() -> WrongContentError:
    return WrongContentError(f"a photograph may have {MAX_BYTES // 1024**2} MB. The server sends more.")


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _version(part: Path) -> Path:
    return part.with_name(f"{part.name}.version")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _version(part).unlink(missing_ok=True)
