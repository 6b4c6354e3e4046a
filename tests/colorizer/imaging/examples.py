"""Small pictures, files and colour profiles shared by the tests of this folder."""

import io
import json
import shutil
import struct
import subprocess

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image
from skimage import data

from colorizer.color.formulas import linear_to_srgb
from colorizer.imaging.metadata import Provenance

TAG = ExifTags.Base
GRAY = (np.arange(24 * 32) // 3).astype(np.uint8).reshape(24, 32)
DEEP = np.linspace(0, 65535, 24 * 32).astype(np.uint16).reshape(24, 32)
RGB = np.ascontiguousarray(data.astronaut()[40:160:5, 160:320:5])  # (24, 32, 3): the face
PROVENANCE = Provenance("Huestory 0.1 <&\"'> é", "unet_resnet50", "0" * 63 + "f")

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
    """Return a CMYK profile: white paper, a black that hides all other inks, and Lab (60, 40, -40) for other mixes."""
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + s15f16(1, 0, 0, 0, 1, 0, 0, 0, 1) + bytes(range(256)) * 4
    for node in range(16):  # the last channel, K, varies fastest
        table += bytes((0, 128, 128) if node % 2 else (153, 168, 88) if node else (255, 128, 128))
    return icc_profile(b"CMYK", {b"A2B0": table + bytes(range(256)) * 3}, connection=b"Lab ")


GRAY_LINEAR = icc_profile(b"GRAY", {b"kTRC": LINEAR})
LINEAR_TO_SRGB = np.rint(255 * linear_to_srgb(np.arange(256) / 255)).astype(np.uint8)
