"""How large and how small a photograph may be, and Pillow's own limit held at ours while one is decoded."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from colorizer.imaging.errors import SettingError, TooManyPixelsError, TooSmallError
from storage import settings

MIN_SIDE = 16
"""Pixels. Below this there is nothing for a network to see."""

_lock = threading.Lock()
_limits: list[int] = []  # of the reads now under way, in all threads
_limit_outside: int | None = None


def max_pixels() -> int:
    """The most pixels a picture may have: HUESTORY_MAX_PIXELS.

    Raises:
        SettingError: the variable holds no whole number above 0. Told like any other reason not to read a photograph.
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


def too_many_pixels(pixels: int, limit: int) -> TooManyPixelsError:
    return TooManyPixelsError(
        f"A picture may have up to {limit:,} pixels (HUESTORY_MAX_PIXELS). Received {pixels:,}: make it smaller first."
    )


@contextmanager
def pillow_limit(limit: int) -> Iterator[None]:
    """Put our limit in place of Pillow's, and put that back when no read is under way any more.

    Pillow has one limit for the whole process, which other libraries may have changed, and looks at it in places that
    only Pillow sees before it allocates: frames of a GIF, the canvas of a WebP, the tiles of a TIFF. It warns of a
    picture above `Image.MAX_IMAGE_PIXELS` and refuses one above twice that, so it is given half of our limit, and the
    warning, which then says nothing, is left out.
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
