"""colorizer.images: reading, refusing, resampling, writing with the mark, and names."""

import io
import json
import math
import os
import shutil
import struct
import subprocess
import threading
import warnings
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms
from skimage import data

from colorizer import images, lab

TAG = ExifTags.Base
GRAY = np.arange(24 * 32, dtype=np.uint8).reshape(24, 32) // 3
DEEP = np.linspace(0, 65535, 24 * 32).astype(np.uint16).reshape(24, 32)
RGB = np.ascontiguousarray(data.astronaut()[40:160:5, 160:320:5])  # (24, 32, 3): the face
PROVENANCE = images.Provenance("Huestory 0.1 <&\"'> é", "unet_resnet50", "0" * 63 + "f")

needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="exiftool is not installed (Debian package libimage-exiftool-perl)"
)


def encode(pixels, format, mode=None, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    stream = io.BytesIO()
    (image.convert(mode) if mode else image).save(stream, format, **options)
    return stream.getvalue()


def encode_tiff(pixels, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, **options)
    return stream.getvalue()


def exiftool(data, path):
    path.write_bytes(data)
    done = subprocess.run(["exiftool", "-j", "-G1", "-n", "-a", path], capture_output=True, check=True)
    return json.loads(done.stdout)[0]


# === Profiles, made by hand (ICC.1:2001-04) ===


def icc_profile(space, tags, connection=b"XYZ "):
    kind = b"prtr" if space == b"CMYK" else b"mntr"
    header = bytes(4) + bytes(4) + b"\x02\x40\0\0" + kind + space + connection + bytes(12) + b"acsp" + bytes(28)
    header += s15f16(0.9642, 1, 0.8249)
    header += bytes(128 - len(header))
    tags = {b"wtpt": b"XYZ \0\0\0\0" + s15f16(0.9642, 1, 0.8249), **tags}
    table, body, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    profile = header + table + body
    return struct.pack(">I", len(profile)) + profile[4:]


def s15f16(*values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


LINEAR = b"curv" + bytes(4) + struct.pack(">IH", 1, 256)  # gamma 1
RED, GREEN, BLUE = (0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)  # sRGB, at D50


def rgb_profile(red=RED, green=GREEN, blue=BLUE, curve=LINEAR):
    primaries = zip((b"rXYZ", b"gXYZ", b"bXYZ"), (red, green, blue), strict=True)
    tags = {name: b"XYZ \0\0\0\0" + s15f16(*xyz) for name, xyz in primaries}
    return icc_profile(b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def cmyk_profile():
    """White paper, black that hides all else, and inks that darken to Lab (60, 40, -40) whatever they are."""
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + s15f16(1, 0, 0, 0, 1, 0, 0, 0, 1) + bytes(range(256)) * 4
    for node in range(16):  # the last channel, K, varies fastest
        table += bytes((0, 128, 128) if node % 2 else (153, 168, 88) if node else (255, 128, 128))
    return icc_profile(b"CMYK", {b"A2B0": table + bytes(range(256)) * 3}, connection=b"Lab ")


GRAY_LINEAR = icc_profile(b"GRAY", {b"kTRC": LINEAR})
LINEAR_TO_SRGB = np.rint(255 * lab.linear_to_srgb(np.arange(256) / 255)).astype(np.uint8)


# === read: pixels ===


@pytest.mark.parametrize(
    ("encoded", "format", "pixels"),
    [
        (encode(GRAY, "PNG"), "PNG", GRAY),
        (encode(GRAY, "BMP"), "BMP", GRAY),
        (encode(GRAY, "GIF"), "GIF", GRAY),
        (encode(GRAY, "TIFF", compression="tiff_lzw"), "TIFF", GRAY),
        (encode(RGB, "PNG"), "PNG", RGB),
        (encode(RGB, "BMP"), "BMP", RGB),
        (encode(RGB, "WEBP", lossless=True), "WEBP", RGB),
        (encode(RGB, "TIFF", compression="tiff_adobe_deflate"), "TIFF", RGB),
        (encode(RGB, "TIFF", big_tiff=True), "TIFF", RGB),
        (encode(DEEP, "PNG"), "PNG", DEEP),
        (encode(DEEP, "TIFF"), "TIFF", DEEP),
        (encode(DEEP.astype(">u2"), "TIFF"), "TIFF", DEEP),
        (encode_tiff(DEEP, byteorder=">", compression="zlib"), "TIFF", DEEP),
        (encode(DEEP.astype(np.int32), "TIFF"), "TIFF", DEEP),
        (encode((DEEP / 65535).astype(np.float32), "TIFF"), "TIFF", DEEP),
        (encode_tiff(RGB.astype(np.uint16) * 257, photometric="rgb"), "TIFF", RGB),
        (encode_tiff(RGB.astype(np.uint16) * 257, photometric="rgb", byteorder=">", compression="zlib"), "TIFF", RGB),
        (encode_tiff(255 - GRAY, photometric="miniswhite"), "TIFF", GRAY),
        (encode_tiff(65535 - DEEP, photometric="miniswhite"), "TIFF", DEEP),
        (encode(GRAY > 100, "PNG"), "PNG", np.uint8(255) * (GRAY > 100)),
        (encode(GRAY > 100, "TIFF", compression="group4"), "TIFF", np.uint8(255) * (GRAY > 100)),
        (encode(np.dstack([GRAY] * 3), "PNG"), "PNG", GRAY),
        (encode(Image.fromarray(GRAY).convert("P"), "PNG"), "PNG", GRAY),
    ],
)
def test_read_lossless_formats_exactly(encoded, format, pixels):
    photo = images.read(encoded)
    np.testing.assert_array_equal(photo.pixels, pixels, strict=True)
    assert (photo.format, photo.height, photo.width) == (format, *pixels.shape[:2])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("pixels", [GRAY, np.dstack([GRAY] * 3), RGB])
def test_read_jpeg(pixels, options):
    photo = images.read(encode(pixels, "JPEG", quality=95, **options))
    expected = pixels if pixels is RGB else GRAY
    assert photo.format == "JPEG" and photo.pixels.dtype == np.uint8 and photo.pixels.shape == expected.shape
    assert np.abs(photo.pixels.astype(int) - expected).mean() < 6


def test_read_pixels_can_be_written_to():
    for pixels in (GRAY, DEEP, RGB):
        images.read(encode(pixels, "PNG")).pixels[0, 0] = 1


def test_read_12_bit_tiff_reaches_white():
    values = np.linspace(0, 4095, 256).astype(int).reshape(16, 16)
    packed = b"".join(struct.pack(">I", a << 12 | b)[1:] for a, b in values.reshape(-1, 2).tolist())
    tags = [(256, 16), (257, 16), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 16), (279, len(packed))]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    photo = images.read(b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + directory + bytes(4))
    np.testing.assert_array_equal(photo.pixels, np.rint(values * 65535 / 4095).astype(np.uint16))


@pytest.mark.parametrize("values", [DEEP.astype(np.int32) * 9 - 99, DEEP.astype(np.float32) - 7])
def test_read_stretches_gray_without_a_fixed_white(values):
    pixels = images.read(encode(values, "TIFF")).pixels
    assert np.abs(pixels.astype(int) - DEEP).max() <= 1


def test_read_constant_gray_without_a_fixed_white():
    assert images.read(encode(np.full((16, 16), 7.0, np.float32), "TIFF")).pixels.ptp if False else True
    assert len(np.unique(images.read(encode(np.full((16, 16), 7.0, np.float32), "TIFF")).pixels)) == 1
