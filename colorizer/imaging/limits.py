"""How large and how small a photograph may be; Pillow's own limit is set to ours while one is decoded."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from PIL import Image

from colorizer.imaging.errors import SettingError, TooManyPixelsError, TooSmallError
from storage import settings

MIN_SIDE = 16
"""Shortest side of a photograph, in pixels; a smaller one shows too little for a network."""

LARGE = 16_000_000
"""Pixels of a picture that is decoded only when no other such picture is."""

MEMORY_SHARE = {"WEBP": 2}
"""Formats that may have only this part of the pixels of others (2: half), because decoding one takes so many times the
memory: libwebp's decoder of animations, which Pillow uses for all WebP, and its copies take 16 bytes a pixel, where
AVIF takes 9 and the others 3 to 7. So no picture of up to 64 megapixels takes more than 0.6 GB."""

_turn_of_large = threading.Lock()
_lock = threading.Lock()
_limits: list[int] = []  # of the reads now under way, in all threads
_limit_outside: int | None = None


def max_pixels() -> int:
    """The most pixels a picture may have: HUESTORY_MAX_PIXELS.

    Raises:
        SettingError: the variable holds no whole number above 0. It is an `ImageError`, like every refusal.
    """
    try:
        return settings.max_pixels()
    except settings.SettingError as error:
        raise SettingError(error) from error


def check_size(height: int, width: int) -> None:
    """Raise TooSmallError where a side is under `MIN_SIDE` pixels."""
    if min(height, width) < MIN_SIDE:
        raise TooSmallError(
            f"Each side must have at least {MIN_SIDE} pixels. Received {width} x {height}: scan or export it larger."
        )


@contextmanager
def turn_of_large(pixels: int) -> Iterator[None]:
    """Decode a large picture, of which only one at a time is decoded in this process.

    It takes up to 0.6 GB for as long as it is decoded, however small its file is; several would fill the memory.
    Ordinary photographs do not wait.
    """
    with _turn_of_large if pixels > LARGE else nullcontext():
        yield


def max_pixels_of(format: str) -> int:
    """The most pixels a picture of this format may have: `max_pixels`, or less, see `MEMORY_SHARE`."""
    return max_pixels() // MEMORY_SHARE.get(format, 1)


def too_many_pixels(pixels: int, limit: int, format: str = "") -> TooManyPixelsError:
    why = "; others may have more, because decoding them takes less memory" if format in MEMORY_SHARE else ""
    what, instead = (f"A {format}", "save it as JPEG or PNG, or ") if why else ("A picture", "")
    return TooManyPixelsError(
        f"{what} may have up to {limit:,} pixels (HUESTORY_MAX_PIXELS{why}). Received {pixels:,}: {instead}make it "
        "smaller first."
    )


@contextmanager
def pillow_limit(limit: int) -> Iterator[None]:
    """Replace Pillow's limit by ours, and restore Pillow's when no read is under way any more.

    Pillow has one limit for the whole process, which other libraries may have changed. It checks the limit before it
    allocates memory, also for sizes that only Pillow knows: frames of a GIF, the canvas of a WebP, the tiles of a TIFF.
    It warns of a picture above `Image.MAX_IMAGE_PIXELS` and refuses one above twice that. So this is set to half of our
    limit, and the warning, which then has no meaning, is ignored.
    """
    global _limit_outside
    with _lock:
        if not _limits:
            _limit_outside = Image.MAX_IMAGE_PIXELS
            warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
        _limits.append(limit)
        Image.MAX_IMAGE_PIXELS = _half(max(_limits))
    try:
        yield
    finally:
        with _lock:
            _limits.remove(limit)
            Image.MAX_IMAGE_PIXELS = _half(max(_limits)) if _limits else _limit_outside


def _half(limit: int) -> int:
    return (limit + 1) // 2
