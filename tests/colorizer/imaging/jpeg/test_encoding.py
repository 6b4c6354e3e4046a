"""A JPEG that was encoded in bands holds the same pixels as one that was not."""

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.imaging.jpeg import encoding
from storage import parallel

RGB = skimage.data.astronaut()[:203, :311]


def encoded_whole(rgb: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", **options)
    return stream.getvalue()


def decoded(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("subsampling, quality", [("4:4:4", 95), ("4:2:0", 60), ("4:2:0", 20)])
@pytest.mark.parametrize("band_pixels", [1, 5000, 40_000], ids=["more bands than markers", "some bands", "two bands"])
def test_bands_leave_no_trace_in_the_pixels(monkeypatch, band_pixels, subsampling, quality):
    monkeypatch.setattr(encoding, "BAND_PIXELS", band_pixels)
    file = encoding.encode(RGB, quality, subsampling)
    assert b"\xff\xd0" in file
    assert np.array_equal(decoded(file), decoded(encoded_whole(RGB, quality=quality, subsampling=subsampling)))


def test_a_picture_of_one_band_is_what_pillow_writes():
    options = {"quality": 95, "subsampling": "4:4:4"}
    assert encoding.encode(RGB, **options) == encoded_whole(RGB, **options)


def test_a_row_of_more_blocks_than_fit_a_band_is_a_band(monkeypatch):
    wide = np.ascontiguousarray(np.tile(RGB[:24], (1, 40, 1)))
    monkeypatch.setattr(encoding, "_MOST_BLOCKS", 1600)
    file = encoding.encode(wide, 95, "4:4:4")
    assert np.array_equal(decoded(file), decoded(encoded_whole(wide, quality=95, subsampling="4:4:4")))


def test_the_number_of_cores_does_not_change_the_file(monkeypatch):
    monkeypatch.setattr(encoding, "BAND_PIXELS", 5000)
    files = []
    for cores in (1, 5):
        monkeypatch.setattr(parallel, "cores", lambda cores=cores: cores)
        files.append(encoding.encode(RGB, 95, "4:4:4", comment="a"))
    assert files[0] == files[1] and Image.open(io.BytesIO(files[0])).info["comment"] == b"a"


def test_systems_without_files_in_memory_give_the_same(monkeypatch):
    monkeypatch.setattr(encoding, "BAND_PIXELS", 5000)
    file = encoding.encode(RGB, 95, "4:4:4")
    monkeypatch.delattr(encoding.os, "memfd_create", raising=False)
    assert encoding.encode(RGB, 95, "4:4:4") == file
