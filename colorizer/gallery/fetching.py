"""Photographs from the web: one at a time, resumed where they broke off, and kept only if they are photographs.

A download goes on where it broke off only if the server can tell that the file is still the same; otherwise it starts
anew. A file on its way is a `PartialFile`; under its own name stands only what came whole and can be read.
"""

import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import NoReturn
from urllib.error import HTTPError
from urllib.parse import urlsplit

from colorizer import __version__
from colorizer.gallery.partial import PartialFile, version_of
from colorizer.imaging import reading
from colorizer.imaging.errors import ImageError
from storage.files import write_file

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
        OSError: the disk is full or refuses otherwise; what has come so far is kept.
    """
    path = Path(path)
    if path.exists() and _is_photograph(path):
        return
    part = PartialFile(path)
    for number in range(1, TRIES + 1):
        if stopped():
            raise FetchStoppedError("stopped.")
        try:
            _receive(url, part, stopped, progress)
            break
        except _BrokenOff as error:
            if number == TRIES:
                raise UnreachableError(f"tried {TRIES} times. The last time: {error}") from error
            wait(min(LONGEST_WAIT, max(error.wait, 2.0 ** (number - 1))))
    _accept(part, path)


def _receive(url: str, part: PartialFile, stopped: Callable[[], bool], progress: Callable[[int], None]) -> None:
    """Bring the file to its end, by one request.

    Errors of the connection become `_BrokenOff`, those of the disk stay `OSError`: only the former are worth a wait.
    """
    have = part.size if part.version else 0
    with _ask(url, part, have) as response:
        try:
            _check_kind(response)
            received = _check_start(response, part, have)
            expected = _announced(response.headers)
            end = None if expected is None else received + expected
            _check_length(end)
            if not received:
                part.begin(version_of(response.headers))
            with open(part.path, "ab") as file:
                for piece in _pieces(response):
                    if stopped():
                        raise FetchStoppedError("stopped.")
                    received += len(piece)
                    _check_length(received)
                    file.write(piece)
                    progress(received)
        except WrongContentError:
            part.forget()
            raise
    if end is not None and received < end:
        raise _BrokenOff(f"it broke off after {received:,} of {end:,} bytes.")


def _ask(url: str, part: PartialFile, have: int) -> HTTPResponse:
    """Ask for the file, or, where `have` bytes of it are here, for the rest if it is still of the same version."""
    headers = {"User-Agent": USER_AGENT, "Accept": "image/*"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": part.version}
    try:
        return _opener.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        _judge(error, part)
    except (OSError, HTTPException) as error:
        raise _lost(error) from error


def _check_kind(response: HTTPResponse) -> None:
    """Refuse what is no photograph before it is read."""
    kind = response.headers.get_content_type()
    if "Content-Type" in response.headers and not kind.startswith("image/") and kind != "application/octet-stream":
        raise WrongContentError(f"a photograph must come as an image. The server sent {kind}.")


def _check_start(response: HTTPResponse, part: PartialFile, have: int) -> int:
    """The place in the file where the answer begins: `have`, or 0 where the server sends all of it."""
    if response.status != 206:
        return 0
    mark = "ETag" if part.version.startswith('"') else "Last-Modified"
    same = response.headers.get(mark, part.version) == part.version  # some servers take no notice of `If-Range`
    if not same or not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        part.forget()
        raise _BrokenOff("the server sent another part of the file than was asked for.")
    return have


def _check_length(size: int | None) -> None:
    if size is not None and size > MAX_BYTES:
        raise WrongContentError(f"a photograph may have {MAX_BYTES // 1024**2} MB. The server sends more.")


def _pieces(response: HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            piece = response.read1(_CHUNK)
        except (OSError, HTTPException) as error:
            raise _lost(error) from error
        if not piece:
            return
        yield piece


def _lost(error: Exception) -> _BrokenOff:
    return _BrokenOff(f"the connection failed ({getattr(error, 'reason', error) or type(error).__name__}).")


def _judge(error: HTTPError, part: PartialFile) -> NoReturn:
    """Say whether another try is worth it."""
    if error.code == 416:  # longer than the file, which has changed: from the start
        part.forget()
    if error.code in _AGAIN or error.code == 416:
        seconds = error.headers.get("Retry-After", "")
        raise _BrokenOff(f"the server said {error.code} {error.reason}.", float(seconds) if seconds.isdigit() else 0.0)
    raise NotFoundError(f"the server does not give it out: {error.code} {error.reason}.")


def _accept(part: PartialFile, path: Path) -> None:
    """Give the finished file its name, if it is a photograph."""
    data = part.path.read_bytes()
    try:
        reading.read(data)
    except ImageError as error:
        part.forget()
        raise WrongContentError(f"it is no photograph that can be read. {error}") from error
    write_file(path, data)
    part.forget()


def _is_photograph(path: Path) -> bool:
    with suppress(ImageError):
        return bool(reading.read(path))
    return False


def _announced(headers: Message) -> int | None:
    length = headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None
