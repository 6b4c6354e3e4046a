"""JPEG files that would cost much more than they hold."""

import threading
import time
import tracemalloc
from contextlib import suppress

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


def with_comment(data: bytes, comment: bytes) -> bytes:
    """A progressive file with a comment before its second scan."""
    second = data.find(b"\xff\xda", data.find(b"\xff\xda") + 2)
    return data[:second] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[second:]


def test_scans_cannot_be_hidden_behind_a_comment_with_the_end_of_a_picture():
    data = encode(np.full((2000, 2000), 90, np.uint8), progressive=True, quality=90)
    images.read(with_comment(data, b"\xff\xd9"))
    images.read(with_comment(data, b"\xff\xda" * 500))  # nor does a comment hold any
    with pytest.raises(TruncatedImageError, match=r"may have up to 100 scans\. Received 30"):
        images.read(with_comment(with_scans(data, 300), b"\xff\xd9"))


def test_a_file_of_nothing_but_comments_is_refused():
    data = encode(np.full((64, 64), 90, np.uint8), progressive=True)
    with pytest.raises(TruncatedImageError, match=r"up to 10,000 parts\."):
        images.read(data[:-2] + b"\xff\xfe\0\2" * 20_000 + data[-2:])


@pytest.mark.parametrize(
    ("piece", "count", "words"),
    [
        (b"\xff\xfe\0\2", 2_000_000, "up to 10,000 parts"),
        (b"\xff\xfe\0\2" + bytes(8_000_000), 1, "1,048,576 bytes that say nothing"),
        (b"\xff", 8_000_000, "1,048,576 bytes that say nothing"),
    ],
)
def test_what_comes_before_the_pixels_is_not_gone_through_for_ever(piece, count, words):
    data = encode(np.full((64, 64), 90, np.uint8))
    assert images.read(data[:2] + piece[:9] * min(count, 200) + data[2:]).width == 64
    began = time.process_time()
    with pytest.raises(TruncatedImageError, match=words):
        images.read(data[:2] + piece * count + data[2:])
    assert time.process_time() - began < 0.8


@pytest.mark.parametrize("pair", [b"\xff\x00", b"\xff\xff", b"\xff\xc4", b"\xff\xda"])
def test_a_file_of_nothing_but_markers_takes_little_memory_and_time(pair):
    data = encode(np.full((64, 64), 90, np.uint8), progressive=True)[:-2] + pair * 5_000_000
    tracemalloc.start()
    began = time.process_time()
    with suppress(TruncatedImageError):
        checking.check(data, 64, 64)
    seconds, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6 and seconds < 1


def scan(first: int, last: int, high: int, coded: bytes) -> bytes:
    """One scan of a grey progressive file: of the coefficients `first` to `last`, refining from bit `high`."""
    return bytes((0xFF, 0xDA, 0, 8, 1, 1, 0, first, last, high << 4)) + coded


def progressive(side: int, scans: int) -> bytes:
    """A small grey file that is blank, all of whose scans but two refine all coefficients of all blocks."""
    blocks = (side // 8) ** 2
    frame = b"\xff\xc2\0\x0b\x08" + side.to_bytes(2, "big") * 2 + b"\x01\x01\x11\0"
    dc = b"\xff\xc4\0\x14\0\x01" + bytes(15) + b"\0"  # 0: no difference
    ac = b"\xff\xc4\0\x14\x10\x01" + bytes(15) + b"\xe0"  # 0 and 14 bits: 16384 blocks and more without any
    tables = b"\xff\xdb\0\x43\0" + b"\x01" * 64 + frame + dc + ac
    nothing = b"\0\0" * (blocks // 16384 + 1)
    refining = [scan(1, 63, 1, nothing)] * (scans - 2)
    return (
        b"\xff\xd8"
        + tables
        + b"".join([scan(0, 0, 0, bytes(blocks // 8)), scan(1, 63, 0, nothing), *refining, b"\xff\xd9"])
    )


def test_any_file_may_have_as_many_scans_as_programs_write_and_few_more():
    checking.check(progressive(8000, 16), 8000, 8000)
    with pytest.raises(TruncatedImageError, match=r"8000 x 8000 pixels may have up to 16 scans\. Received 17"):
        checking.check(progressive(8000, 17), 8000, 8000)
    assert images.read(progressive(1600, 16)).width == 1600


@pytest.mark.long
def test_the_slowest_small_file_takes_little_more_than_an_ordinary_one():
    seconds = []
    for scans in (2, 16):
        began = time.process_time()
        assert images.read(progressive(8000, scans)).width == 8000
        seconds.append(time.process_time() - began)
    assert seconds[1] < seconds[0] + 2


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
