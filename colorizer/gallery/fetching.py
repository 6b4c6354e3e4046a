"""Download photographs: one at a time, resumed after interruptions, and kept only if they can be read as photographs.

A download is resumed only if the server can tell that the file is still the same; otherwise it starts again. An
incomplete file is a `PartialFile`; a file gets its own name only when it is complete and can be read.
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
"""Largest size of a photograph, in bytes."""

TRIES = 4
TIMEOUT = 30.0
"""Seconds without data after which a connection counts as lost."""

LONGEST_WAIT = 60.0
USER_AGENT = f"Huestory/{__version__} (colours old photographs; downloads on request, one file at a time)"

_CHUNK = 64 * 1024
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class FetchError(Exception):
    """A photograph could not be downloaded; the message says why."""


class NotFoundError(FetchError):
    """The server does not have the file or refuses to send it."""


class WrongContentError(FetchError):
    """The server sent a file that is not a photograph, is too large, or cannot be read."""


class OtherHostError(FetchError):
    """The server redirects to another host, or from https to http."""


class UnreachableError(FetchError):
    """The server did not answer, or the connection was lost, in every try."""


class FetchStoppedError(FetchError):
    """The download was stopped; the part received so far is kept."""


class _BrokenOff(Exception):  # noqa: N818  (used in this file only)
    """This try failed, but another one may succeed. `wait` is the wait that the server asks for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = wait


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects to the same host only, as users were told only of this host, and never from https to http.

    Raises:
        OtherHostError: the server redirects elsewhere.
    """

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
    """Download a photograph to `path`, resuming an earlier call. A photograph that exists there is kept.

    Args:
        stopped: called between pieces and tries; True stops.
        progress: called with the bytes of this file received so far, in all calls together.
        wait: waits for a number of seconds between tries.

    Raises:
        FetchError: one of its subclasses. After WrongContentError, no part of the file is kept.
        OSError: writing to the disk failed; the part received so far is kept.
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
    """Download the file, or the rest of it, by one request.

    Errors of the connection become `_BrokenOff`, as another try may help; errors of the disk stay `OSError`.
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
    """Request the file; or, if `have` bytes of it are here, the rest of it, provided that its version is the same."""
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
    """Raise WrongContentError, before the content is read, if its type is not that of an image."""
    kind = response.headers.get_content_type()
    if "Content-Type" in response.headers and not kind.startswith("image/") and kind != "application/octet-stream":
        raise WrongContentError(f"a photograph must come as an image. The server sent {kind}.")


def _check_start(response: HTTPResponse, part: PartialFile, have: int) -> int:
    """The byte of the file at which the answer starts: `have`, or 0 if the server sends all of it."""
    if response.status != 206:
        return 0
    mark = "ETag" if part.version.startswith('"') else "Last-Modified"
    same = response.headers.get(mark, part.version) == part.version  # some servers ignore `If-Range`
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
    """Raise _BrokenOff if another try may help, otherwise NotFoundError."""
    if error.code == 416:  # the part is longer than the file, which has changed: start again
        part.forget()
    if error.code in _AGAIN or error.code == 416:
        seconds = error.headers.get("Retry-After", "")
        raise _BrokenOff(f"the server said {error.code} {error.reason}.", float(seconds) if seconds.isdigit() else 0.0)
    raise NotFoundError(f"the server does not give it out: {error.code} {error.reason}.")


def _accept(part: PartialFile, path: Path) -> None:
    """Move the complete file to `path` if it can be read as a photograph; otherwise delete it."""
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
