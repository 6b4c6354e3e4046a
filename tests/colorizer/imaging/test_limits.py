"""How large a photograph may be."""

import io
import threading
import warnings

import pytest
from PIL import Image

from colorizer import images
from colorizer.imaging import limits
from tests.colorizer.imaging.examples import RGB, encode, encode_tiff


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
