"""JPEG files that would cost much more than they hold."""

import threading
import time

import numpy as np
import pytest

from colorizer import images
from colorizer.imaging import limits
from colorizer.imaging.errors import TruncatedImageError
from colorizer.imaging.jpeg import checking
from tests.files import encode


def declared(data: bytes, height: int, width: int) -> bytes:
    """The same file with another size in the header of its frame."""
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: at + 5] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + data[at + 9 :]


def with_scans(data: bytes, more: int) -> bytes:
    """A progressive file whose last scan is repeated."""
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * more + data[-2:]


def test_a_few_hundred_bytes_are_no_photograph_of_64_megapixels():
    data = declared(encode(np.full((16, 16), 90, np.uint8)), 8000, 8000)
    assert len(data) < 500
    with pytest.raises(TruncatedImageError, match=r"has at least 125,000 bytes of them\. Received"):
        images.read(data)


@pytest.mark.parametrize("options", [{"progressive": True, "optimize": True}, {"optimize": True, "quality": 1}, {}])
def test_a_blank_page_is_long_enough(options):
    blank = np.full((1500, 2000), 255, np.uint8)
    assert images.read(encode(blank, **options)).pixels.shape == (1500, 2000)
    assert images.read(encode(blank, mode="RGB", **options)).width == 2000


def test_a_file_with_endless_scans_is_refused_before_it_is_decoded():
    data = encode(np.full((2000, 2000), 90, np.uint8), progressive=True)
    images.read(with_scans(data, 20))
    began = time.process_time()
    with pytest.raises(TruncatedImageError, match=r"may have up to 100 scans\. Received 30"):
        images.read(with_scans(data, 300))
    assert time.process_time() - began < 0.5


def test_full_scans_of_a_large_file_are_few_enough_for_two_seconds(rng):
    data = encode(rng.integers(0, 255, (1600, 1600), np.uint8), progressive=True)
    assert images.read(with_scans(data, 94)).width == 1600
    assert checking.SCANNED_PIXELS / 1600**2 > 100
    large = declared(encode(np.full((3200, 3200), 90, np.uint8), progressive=True), 3200, 3200)
    began = time.process_time()
    with pytest.raises(TruncatedImageError, match=r"3200 x 3200 pixels may have up to 39 scans\. Received 46"):
        images.read(with_scans(large, 40))
    assert time.process_time() - began < 0.5


def test_what_follows_the_picture_and_its_thumbnail_are_no_scans(rng):
    picture = encode(rng.integers(0, 255, (64, 64), np.uint8), exif=b"Exif\0\0" + b"\xff\xda" * 500)
    assert images.read(picture + b"\xff\xda" * 500).width == 64


def test_large_pictures_are_decoded_one_at_a_time_and_others_do_not_wait(monkeypatch):
    monkeypatch.setattr(limits, "LARGE", 100 * 100)
    small, large = encode(np.full((50, 50), 9, np.uint8)), encode(np.full((200, 200), 9, np.uint8), "WEBP")
    reading = threading.Thread(target=images.read, args=(large,))
    with limits.turn_of_large(10**8):
        reading.start()
        images.read(small)
        reading.join(0.2)
        assert reading.is_alive()
    reading.join(30)
    assert not reading.is_alive()
