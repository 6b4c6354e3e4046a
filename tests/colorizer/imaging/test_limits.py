"""How large a photograph may be."""

import io
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from PIL import Image

from colorizer import images
from colorizer.imaging import limits
from tests.colorizer.imaging.examples import RGB, encode, encode_tiff
from tests.conftest import ROOT


@pytest.mark.parametrize(("value", "expected"), [(None, 64_000_000), ("", 64_000_000), ("1000", 1000), ("5_000", 5000)])
def test_max_pixels_from_the_environment(monkeypatch, value, expected):
    monkeypatch.delenv("HUESTORY_MAX_PIXELS", raising=False)
    if value is not None:
        monkeypatch.setenv("HUESTORY_MAX_PIXELS", value)
    assert images.max_pixels() == expected


@pytest.mark.parametrize("value", ["many", "-1", "0", "1e6", "64000000 px"])
def test_max_pixels_error(monkeypatch, value):
    monkeypatch.setenv("HUESTORY_MAX_PIXELS", value)
    with pytest.raises(images.SettingError, match=f"HUESTORY_MAX_PIXELS .* Received '{value}'"):
        images.max_pixels()


def test_read_asks_the_environment(monkeypatch):
    encoded = encode(RGB, "PNG")
    monkeypatch.setenv("HUESTORY_MAX_PIXELS", str(RGB[..., 0].size))
    assert images.read(encoded).height == 24
    monkeypatch.setenv("HUESTORY_MAX_PIXELS", str(RGB[..., 0].size - 1))
    with pytest.raises(images.TooManyPixelsError, match=r"up to 767 pixels .* Received 768"):
        images.read(encoded)


def test_a_webp_may_have_half_as_many_since_it_takes_twice_the_memory(monkeypatch):
    encoded = {format: encode(RGB, format) for format in ("WEBP", "PNG", "GIF")}
    monkeypatch.setenv("HUESTORY_MAX_PIXELS", str(2 * 768))
    assert all(images.read(data).height == 24 for data in encoded.values())
    monkeypatch.setenv("HUESTORY_MAX_PIXELS", str(2 * 768 - 2))
    assert images.read(encoded["PNG"]).height == images.read(encoded["GIF"]).height == 24
    words = r"A WEBP may have up to 767 pixels .*less memory\)\. Received 768: save it as JPEG or PNG"
    with pytest.raises(images.TooManyPixelsError, match=words):
        images.read(encoded["WEBP"])


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts the memory")
@pytest.mark.parametrize(
    ("format", "bytes_a_pixel"), [("WEBP", 18), ("AVIF", 11), ("JPEG", 9), ("PNG", 9), ("GIF", 9), ("BMP", 9)]
)
def test_what_decoding_takes_is_as_stated(tmp_path, format, bytes_a_pixel):
    path = tmp_path / "photo"
    path.write_bytes(encode(np.full((2000, 2000, 3), (90, 120, 60), np.uint8), format))
    script = (
        "import resource, sys; from colorizer import images; images.read(sys.argv[1])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    small = tmp_path / "small"
    small.write_bytes(encode(np.full((16, 16, 3), (90, 120, 60), np.uint8), format))
    peaks = [int(subprocess.check_output([sys.executable, "-c", script, each], cwd=ROOT)) for each in (small, path)]
    assert (peaks[1] - peaks[0]) * 1024 / 4e6 < bytes_a_pixel


@pytest.mark.parametrize("pillows", [None, 1, 500, 10**9])
@pytest.mark.parametrize("format", ["PNG", "TIFF", "GIF", "WEBP"])
def test_read_heeds_only_our_limit(monkeypatch, pillows, format):
    encoded = encode(RGB, format)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", pillows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert images.read(encoded, max_pixels=768).height == 24
        with pytest.raises(images.TooManyPixelsError, match="Received 768"):
            images.read(encoded, max_pixels=767)
    assert Image.MAX_IMAGE_PIXELS == pillows


def test_pillow_itself_refuses_what_is_over_our_limit_and_warns_of_nothing_below():
    encoded = io.BytesIO(encode(RGB, "PNG"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with limits.pillow_limit(768):
            assert Image.open(encoded).size == (32, 24)
        with limits.pillow_limit(766), pytest.raises(Image.DecompressionBombError):
            Image.open(encoded)


def test_read_decodes_nothing_over_the_limit(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(images.TooManyPixelsError):
        images.read(encode_tiff(RGB, photometric="rgb"), max_pixels=100)


def test_read_in_threads_keeps_every_limit_and_restores_pillows(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 12345)
    encoded, wrong = encode(RGB, "TIFF"), []

    def read_often(limit):
        for _ in range(40):
            try:
                images.read(encoded, max_pixels=limit)
                wrong.extend([limit] if limit < 768 else [])
            except images.TooManyPixelsError:
                wrong.extend([limit] if limit >= 768 else [])

    threads = [threading.Thread(target=read_often, args=(limit,)) for limit in (100, 767, 768, 10**6) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and Image.MAX_IMAGE_PIXELS == 12345
