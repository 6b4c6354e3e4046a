"""colorizer.images: reading, refusing, resampling, writing with the mark, and names."""

import io
import json
import os
import shutil
import struct
import subprocess
import threading
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms
from skimage import data

from colorizer import images
from colorizer.color import lab
from colorizer.color.formulas import linear_to_srgb, srgb_to_linear
from colorizer.imaging import formats, profiles
from colorizer.imaging.metadata import DIGITAL_SOURCE_TYPE, Metadata, Provenance

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
    """White paper, black that hides all else, and inks that darken to Lab (60, 40, -40) whatever they are."""
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + s15f16(1, 0, 0, 0, 1, 0, 0, 0, 1) + bytes(range(256)) * 4
    for node in range(16):  # the last channel, K, varies fastest
        table += bytes((0, 128, 128) if node % 2 else (153, 168, 88) if node else (255, 128, 128))
    return icc_profile(b"CMYK", {b"A2B0": table + bytes(range(256)) * 3}, connection=b"Lab ")


GRAY_LINEAR = icc_profile(b"GRAY", {b"kTRC": LINEAR})
LINEAR_TO_SRGB = np.rint(255 * linear_to_srgb(np.arange(256) / 255)).astype(np.uint8)


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
    assert np.abs(photo.pixels - values * 65535 / 4095).max() < 1 and photo.pixels.max() == 65535


@pytest.mark.parametrize("values", [DEEP.astype(np.int32) * 9 - 99, DEEP.astype(np.float32) - 7])
def test_read_stretches_gray_without_a_fixed_white(values):
    pixels = images.read(encode(values, "TIFF")).pixels
    assert np.abs(pixels.astype(int) - DEEP).max() <= 1


def test_read_constant_gray_without_a_fixed_white():
    pixels = images.read(encode(np.full((16, 16), 7, np.float32), "TIFF")).pixels
    assert pixels.dtype == np.uint16 and np.ptp(pixels) == 0


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_read_composites_alpha_over_white(format):
    alpha = np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[None], 24, axis=0)
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    pixels = images.read(encode(np.dstack([RGB, alpha]), format, **options)).pixels
    share = alpha[..., None] / 255
    assert np.abs(pixels - (RGB * share + 255 * (1 - share))).max() <= 1
    assert (pixels[:, 0] == 255).all()


@pytest.mark.parametrize(
    ("pixels", "mode", "transparency"),
    [(GRAY, "L", 100), (GRAY, "P", 100), (DEEP, None, int(DEEP[12, 5])), (RGB, "RGB", tuple(RGB[12, 5].tolist()))],
)
def test_read_makes_the_transparent_colour_white(pixels, mode, transparency):
    photo = images.read(encode(pixels, "PNG", mode, transparency=transparency))
    expected = pixels.copy()
    mask = pixels == transparency
    expected[mask.all(axis=-1) if pixels.ndim == 3 else mask] = np.iinfo(pixels.dtype).max
    np.testing.assert_array_equal(photo.pixels, expected)


def test_read_gray_with_alpha_is_gray():
    half = Image.merge("LA", (Image.fromarray(GRAY), Image.new("L", (32, 24), 128)))
    pixels = images.read(encode(half, "PNG")).pixels
    assert pixels.shape == GRAY.shape and np.abs(pixels - (GRAY * (128 / 255) + 127)).max() <= 1


def test_read_takes_the_first_picture_of_an_animation():
    frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    for format, options in [("GIF", {}), ("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})]:
        encoded = encode(frames[0], format, save_all=True, append_images=frames[1:], **options)
        np.testing.assert_array_equal(images.read(encoded).pixels, GRAY)


def test_read_takes_a_phones_mpo_for_the_jpeg_that_it_is():
    encoded = encode(RGB, "MPO", save_all=True, append_images=[Image.fromarray(255 - RGB)])
    assert Image.open(io.BytesIO(encoded)).format == "MPO"
    photo = images.read(encoded)
    assert photo.format == "JPEG" and np.abs(photo.pixels.astype(int) - RGB).mean() < 12


@pytest.mark.parametrize(
    ("ink", "expected"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 255, 255, 0), (255, 0, 0)),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "TIFF"])  # Pillow writes JPEG as Adobe does, inverted
def test_read_cmyk(format, ink, expected):
    encoded = encode(Image.new("CMYK", (16, 16), ink), format)
    assert np.abs(rgb_of(images.read(encoded)) - np.array(expected)).max() <= 2


def rgb_of(photo):
    """The one colour of an even picture, as (r, g, b)."""
    return np.broadcast_to(photo.pixels[8, 8].astype(int), 3)


def test_read_lab_tiff_gives_the_published_red():
    # sRGB red is Lab (54.29, 80.80, 69.89) at D50 (brucelindbloom.com, Bradford-adapted).
    encoded = encode_tiff(np.full((16, 16, 3), (138, 81, 70), np.uint8), photometric="cielab")
    assert np.abs(rgb_of(images.read(encoded)) - (255, 0, 0)).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("format", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("JPEG", {})])
def test_read_applies_the_orientation(format, options, orientation):
    stored = {
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.transpose(1, 0, 2),
        6: np.rot90(RGB),
        7: np.rot90(RGB, 2).transpose(1, 0, 2),
        8: np.rot90(RGB, -1),
    }[orientation]
    exif = Image.Exif()
    exif[TAG.Orientation] = orientation
    photo = images.read(encode(np.ascontiguousarray(stored), format, exif=exif, dpi=(300, 200), **options))
    assert photo.pixels.shape == RGB.shape
    assert np.abs(photo.pixels.astype(int) - RGB).mean() < (12 if format == "JPEG" else 0.01)
    assert TAG.Orientation not in photo.metadata.tags
    if format in ("PNG", "JPEG"):
        assert np.rint(photo.metadata.dpi).tolist() == ([200, 300] if orientation >= 5 else [300, 200])


@pytest.mark.parametrize("encoded", [encode(RGB, "PNG"), encode(RGB, "TIFF", compression="tiff_lzw")])
def test_read_paths_and_bytes(encoded, tmp_path):
    path = tmp_path / "no suffix"
    path.write_bytes(encoded)
    for source in (path, str(path), encoded, bytearray(encoded), memoryview(encoded)):
        np.testing.assert_array_equal(images.read(source).pixels, RGB)


def test_read_a_missing_path_stays_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        images.read(tmp_path / "none.png")


def test_read_holds_the_pixels_once():
    encoded = encode(np.zeros((3000, 2000), np.uint8), "PNG")
    tracemalloc.start()
    try:
        pixels = images.read(encoded).pixels
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * pixels.nbytes  # beside what Pillow itself decodes into


# === read: colour profiles ===


@pytest.mark.parametrize(
    ("pixels", "profile", "expected"),
    [
        (GRAY, GRAY_LINEAR, LINEAR_TO_SRGB[GRAY]),
        (np.dstack([GRAY] * 3), rgb_profile(), LINEAR_TO_SRGB[GRAY]),
        (np.dstack([GRAY] * 3), GRAY_LINEAR, LINEAR_TO_SRGB[GRAY]),
        (RGB, rgb_profile(), LINEAR_TO_SRGB[RGB]),
        (RGB, rgb_profile(red=BLUE, blue=RED), LINEAR_TO_SRGB[RGB[..., ::-1]]),
        (DEEP, GRAY_LINEAR, np.rint(65535 * linear_to_srgb(DEEP / 65535))),
    ],
    ids=["grey", "RGB that is grey", "RGB with grey profile", "RGB", "primaries swapped", "16-bit grey"],
)
def test_read_converts_to_srgb(pixels, profile, expected):
    converted = images.read(encode(pixels, "PNG", icc_profile=profile)).pixels
    assert converted.dtype == pixels.dtype and converted.shape == expected.shape
    error = np.abs(converted.astype(float) - expected) / np.iinfo(pixels.dtype).max
    assert error.max() < 1.5 / 255


SRGB_CURVE = b"curv" + bytes(4) + struct.pack(">I", 1024)
SRGB_CURVE += np.rint(65535 * srgb_to_linear(np.linspace(0, 1, 1024))).astype(">u2").tobytes()


@pytest.mark.parametrize("pixels", [GRAY, RGB, DEEP])
@pytest.mark.parametrize(
    "profile",
    [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), rgb_profile(curve=SRGB_CURVE)],
    ids=["Pillow's", "another maker's"],
)
def test_read_leaves_srgb_untouched(pixels, profile):
    np.testing.assert_array_equal(images.read(encode(pixels, "PNG", icc_profile=profile)).pixels, pixels)


@pytest.mark.parametrize(
    ("ink", "expected"), [((0,) * 4, (100, 0, 0)), ((255,) * 4, (0, 0, 0)), ((255, 0, 0, 0), (60, 40, -40))]
)
@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_read_converts_cmyk_by_its_profile(format, ink, expected):
    encoded = encode(Image.new("CMYK", (16, 16), ink), format, icc_profile=cmyk_profile())
    found = lab.rgb_to_lab(rgb_of(images.read(encoded)).astype(np.uint8))
    assert np.abs(found - expected).max() < 4


@pytest.mark.parametrize("profile", [b"no profile", GRAY_LINEAR[:150], bytes(500), cmyk_profile()])
@pytest.mark.parametrize("pixels", [GRAY, RGB])
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_read_survives_a_broken_profile(pixels, profile, format):
    np.testing.assert_array_equal(images.read(encode(pixels, format, icc_profile=profile)).pixels, pixels)


# === read: refusals ===


def png_header(width, height):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 9) + b"IDAT"


def gif_header(width, height):
    """A canvas of 16 x 16, and a frame of another size that is to be disposed of."""
    frame = struct.pack("<HHHHB", 0, 0, width, height, 0)
    return b"GIF89a" + struct.pack("<HHBBB", 16, 16, 0, 0, 0) + b"!\xf9\x04\x09\0\0\0\0," + frame + b"\x02\0;"


def webp_header(width, height):
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return b"RIFF" + struct.pack("<I", 100) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size + bytes(80)


RAW_TIFF = encode(RGB, "TIFF", tiffinfo={TAG.NewSubfileType.value: 1})
APART_TIFF = encode_tiff(np.zeros((3, 24, 32), np.uint16), photometric="rgb", planarconfig="separate")
SWAPPED_TIFF = encode_tiff(np.ones((24, 32), np.float32), byteorder=">", compression="zlib")
NAN_TIFF = encode(np.full((24, 32), np.nan, np.float32), "TIFF")


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        (b"", images.EmptyFileError, "0 bytes"),
        (b"hello, world", images.NotAnImageError, "68 65 6c 6c 6f"),
        (b"\0", images.NotAnImageError, "choose a picture"),
        (b"SIMPLE  =                    T", images.UnsupportedFormatError, "FITS"),
        (b"8BPS\0\x01" + bytes(50), images.UnsupportedFormatError, "Photoshop"),
        (encode(RGB, "ICO"), images.UnsupportedFormatError, "ICO"),
        (b"\0\0\0\x18ftypheic" + bytes(50), images.UnsupportedFormatError, "HEIC: save it as JPEG or PNG"),
        (encode(RGB, "AVIF"), images.UnsupportedFormatError, "JPEG, PNG, TIFF, WebP, BMP or GIF. Received AVIF"),
        (encode(RGB, "JPEG2000"), images.UnsupportedFormatError, "JPEG 2000"),
        (encode(RGB, "PDF"), images.UnsupportedFormatError, "PDF"),
        (RAW_TIFF, images.UnsupportedFormatError, "raw"),
        (APART_TIFF, images.UnsupportedFormatError, "channels"),
        (SWAPPED_TIFF, images.UnsupportedFormatError, "little-endian"),
        (NAN_TIFF, images.UnsupportedFormatError, "finite"),
        (encode_tiff(np.zeros((24, 32, 3), np.float32), photometric="rgb"), images.TruncatedImageError, "rare kind"),
        (encode(RGB, "PNG")[:-400], images.TruncatedImageError, "PNG that breaks off"),
        (b"GIF89a", images.TruncatedImageError, "GIF"),
        (encode(RGB[:15], "PNG"), images.TooSmallError, "at least 16 pixels. Received 32 x 15"),
        (png_header(1, 60_000_000), images.TooSmallError, "1 x 60000000"),
        (png_header(20_000, 20_000), images.TooManyPixelsError, "64,000,000 pixels .* Received 400,000,000"),
        (png_header(8_001, 8_000), images.TooManyPixelsError, "Received 64,008,000"),
        (gif_header(65_535, 65_535), images.TooManyPixelsError, "Received 4,294,836,225"),
        (webp_header(16_000, 16_000), images.TooManyPixelsError, "Received 256,000,000"),
    ],
)  # fmt: skip
def test_read_refuses_with_a_named_error(source, error, text):
    with pytest.raises(error, match=text) as refusal:
        images.read(source)
    assert type(refusal.value) is error
    assert "object at 0x" not in str(refusal.value)


TRUNCATED = {
    "JPEG": encode(RGB, "JPEG"),
    "progressive JPEG": encode(RGB, "JPEG", progressive=True),
    "PNG": encode(RGB, "PNG"),
    "raw TIFF": encode(RGB, "TIFF"),
    "TIFF in strips": encode(RGB, "TIFF", compression="tiff_lzw", strip_size=512),
    "JPEG in TIFF": encode(RGB, "TIFF", compression="jpeg"),
    "WebP": encode(RGB, "WEBP"),
    "BMP": encode(RGB, "BMP"),
    "GIF": encode(GRAY, "GIF"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", TRUNCATED)
def test_read_never_gives_half_a_picture(kind):
    whole = TRUNCATED[kind]
    pixels = images.read(whole).pixels
    refused = 0
    for length in {*range(1, len(whole), 1 + len(whole) // 80), *range(len(whole) - 12, len(whole))}:
        try:
            np.testing.assert_array_equal(images.read(whole[:length]).pixels, pixels)  # what is cut off holds no pixel
        except images.ImageError:
            refused += 1
    assert refused > 60


@pytest.mark.parametrize(
    "chunk",
    [
        b"zTXtComment\0\0" + zlib.compress(bytes(100_000_000), 9),
        b"iTXtXML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(100_000_000), 9),
        b"iCCPprofile\0\0" + zlib.compress(bytes(100_000_000), 9),
    ],
    ids=["zTXt", "iTXt", "iCCP"],
)
def test_read_refuses_bombs_beside_the_pixels(chunk):
    encoded = encode(RGB, "PNG")
    bomb = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(images.TruncatedImageError):
        images.read(encoded[:33] + bomb + encoded[33:])


@pytest.mark.filterwarnings("ignore")
def test_read_survives_damaged_exif():
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\xff\xff\0\0\xff\xff\0\0\0\0"
    for bad in (exif, b"Exif\0\0nonsense", exif[:20]):
        assert images.read(encode(RGB, "PNG", exif=bad)).metadata.tags == {}


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None)
@given(prefix=st.sampled_from([s for _, s, name in formats._SIGNATURES if name in formats.FORMATS]), rest=st.binary())
def test_read_random_bytes_gives_only_image_errors(prefix, rest):
    for source in (prefix + rest, rest):
        with pytest.raises(images.ImageError):
            images.read(source)


MUTATED = [
    *TRUNCATED.values(),
    encode(DEEP, "TIFF", compression="tiff_adobe_deflate"),
    encode(DEEP, "PNG", icc_profile=GRAY_LINEAR),
    encode(RGB, "JPEG", "CMYK", icc_profile=cmyk_profile()),
    encode(RGB, "PNG", "P", transparency=3),
    encode(RGB, "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"),
    encode(RGB, "MPO", save_all=True, append_images=[Image.fromarray(RGB)]),
]


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(MUTATED),
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_read_damaged_files_gives_a_photo_or_an_image_error(encoded, changes):
    damaged = bytearray(encoded)
    for where, in_header, value in changes:
        damaged[int(where * (min(len(damaged), 200 if in_header else 10**6) - 1))] = value
    try:
        photo = images.read(bytes(damaged), max_pixels=100_000)
    except images.ImageError:
        return
    assert photo.pixels.dtype in (np.uint8, np.uint16) and photo.pixels.ndim in (2, 3)
    images.write(np.zeros((16, 16, 3), np.uint8), "jpeg", photo.metadata)  # what is kept can be written


@settings(max_examples=60, deadline=None)
@given(st.integers(16, 300), st.integers(16, 40), st.sampled_from(["L", "RGB", "I;16", "1"]), st.integers(0, 2**32 - 1))
def test_read_png_of_any_size_and_mode_exactly(height, width, mode, seed):
    random = np.random.default_rng(seed)
    kind = {"I;16": np.uint16, "1": bool}.get(mode, np.uint8)
    pixels = random.integers(0, np.iinfo(kind).max + 1 if mode != "1" else 2, (height, width, 3)).astype(kind)
    pixels = pixels if mode == "RGB" else pixels[..., 0]
    photo = images.read(encode(np.ascontiguousarray(pixels), "PNG"))
    np.testing.assert_array_equal(photo.pixels, pixels * np.uint8(255) if mode == "1" else pixels, strict=True)


# === The limit ===


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


# === Photo ===


def test_photo_is_color():
    gray = np.dstack([data.camera()] * 3)
    sepia = (gray * (1, 0.85, 0.65)).astype(np.uint8)
    off_by_one = gray.copy()
    off_by_one[..., 2] |= 1
    found = [
        images.Photo(pixels, "PNG").is_color for pixels in (data.astronaut(), sepia, off_by_one, gray, gray[..., 0])
    ]
    assert found == [True, True, False, False, False]


def test_photo_output_format():
    formats = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")
    assert [images.Photo(GRAY, format).output_format for format in formats] == ["jpeg"] + ["png"] * 5


def test_check_size():
    images.check_size(16, 16)
    with pytest.raises(images.TooSmallError, match="Received 40 x 15"):
        images.check_size(15, 40)


# === resize, preview, to_gray ===


@pytest.mark.parametrize("pixels", [GRAY, DEEP, RGB], ids=["uint8 grey", "uint16 grey", "colour"])
@pytest.mark.parametrize("size", [(16, 16), (24, 32), (50, 31), (1, 1)])
def test_resize_keeps_dtype_and_channels(pixels, size):
    small = images.resize(pixels, size)
    assert small.dtype == pixels.dtype and small.shape == size + pixels.shape[2:]
    np.testing.assert_array_equal(small, images.resize(pixels.copy(order="F"), size))  # and is repeatable
    if size == pixels.shape[:2]:
        np.testing.assert_array_equal(small, pixels)


@pytest.mark.parametrize(("kind", "tolerance"), [(np.uint8, 1), (np.uint16, 2)])
def test_resize_weighs_as_a_triangle_two_target_pixels_wide(kind, tolerance):
    row = np.random.default_rng(0).integers(0, np.iinfo(kind).max + 1, 64).astype(kind)
    centres = (np.arange(8) + 0.5) * 8
    weights = np.maximum(0, 1 - np.abs(np.arange(64) + 0.5 - centres[:, None]) / 8)
    expected = weights @ row / weights.sum(axis=1)
    small = images.resize(np.repeat(row[None], 16, axis=0), (16, 8))
    assert np.abs(small - expected).max() <= tolerance


def test_resize_leaves_no_moire():
    checks = (np.indices((160, 160)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert np.ptp(images.resize(checks, (20, 20))[1:-1, 1:-1]) <= 1


@pytest.mark.parametrize("size", [(0, 10), (10, -1)])
def test_resize_refuses_empty_sizes(size):
    with pytest.raises(images.TooSmallError, match="size must be"):
        images.resize(GRAY, size)


@pytest.mark.parametrize(
    "pixels", [GRAY.astype(np.float32), DEEP[..., None], np.dstack([RGB, GRAY]), RGB.astype(np.uint16), GRAY[0]]
)
def test_resize_and_to_gray_refuse_what_is_no_picture(pixels):
    for function in (lambda p: images.resize(p, (16, 16)), images.to_gray):
        with pytest.raises(lab.PixelTypeError, match="Received"):
            function(pixels)


@pytest.mark.parametrize(
    ("pixels", "max_side", "shape"),
    [(RGB, 16, (12, 16, 3)), (RGB, 100, (24, 32, 3)), (DEEP, 8, (6, 8)), (np.zeros((16, 4000), np.uint8), 64, (1, 64))],
)
def test_preview(pixels, max_side, shape):
    small = images.preview(pixels, max_side)
    assert small.shape == shape and small.dtype == np.uint8


def test_a_picture_for_the_screen_is_bounded_whatever_it_shows(rng):
    noise = rng.integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    assert len(images.encode_preview(noise)) <= images.PREVIEW_BYTES
    assert 2 * images.PREVIEW_BYTES * 4 / 3 < 1024**2


@pytest.mark.parametrize("max_bytes", [30_000, 4_000, 700])
def test_a_picture_for_the_screen_keeps_to_any_number_of_bytes(rng, max_bytes):
    noise = rng.integers(0, 256, (300, 200, 3), dtype=np.uint8)
    data = images.encode_preview(noise, max_bytes=max_bytes)
    height, width = images.read(data).pixels.shape[:2]
    assert len(data) <= max_bytes and height == pytest.approx(1.5 * width, abs=1)


@pytest.mark.parametrize("pixels", [GRAY, DEEP, RGB])
def test_a_thumbnail_keeps_to_its_side_and_is_never_enlarged(pixels):
    assert images.read(images.encode_preview(pixels, 24)).width == 24
    assert images.read(images.encode_preview(pixels, 500)).width == 32


def test_preview_of_16_bits_keeps_black_and_white():
    levels = np.repeat(np.array([[0, 128, 51520, 65535 - 128, 65535]], np.uint16), 16, axis=0)
    assert images.preview(levels, 100)[0].tolist() == [0, 0, 200, 255, 255]


def test_to_gray_has_the_lightness_of_the_colours():
    rgb = data.astronaut()  # 512 rows: more than a block
    gray = images.to_gray(rgb)
    assert gray.shape == rgb.shape[:2] and gray.dtype == np.uint8
    step = np.diff(lab.rgb_to_lightness(np.arange(256, dtype=np.uint8)[None])).max()
    assert np.abs(lab.rgb_to_lightness(gray) - lab.rgb_to_lightness(rgb)).max() <= step / 2 + 0.01


def test_to_gray_keeps_gray():
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(images.to_gray(np.dstack([codes] * 3)), codes)
    np.testing.assert_array_equal(lab.lightness_to_gray(lab.rgb_to_lightness(codes)), codes)
    assert images.to_gray(DEEP) is DEEP


# === write ===


def full_exif():
    exif = Image.Exif()
    exif[TAG.Make], exif[TAG.Model], exif[TAG.Orientation] = "Leica", "III", 6
    exif[TAG.Artist], exif[TAG.Copyright] = "José Ñ".encode(), "© Museum".encode()
    exif[TAG.ImageDescription], exif[TAG.Software] = "Market day", "ScanTool 1"
    exif[TAG.XMLPacket] = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret</x:xmpmeta>"
    capture = exif.get_ifd(ExifTags.IFD.Exif)
    capture[TAG.DateTimeOriginal], capture[TAG.ExposureTime] = "1944:06:06 06:30:00", 0.004
    capture[TAG.MakerNote], capture[TAG.BodySerialNumber] = b"secret note", "secret serial"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (48.0, 51.0, 24.0)
    exif[ExifTags.IFD.Exif], exif[ExifTags.IFD.GPSInfo] = capture, place
    return exif


FORMATS = ("png", "jpeg", "tiff")


@pytest.mark.parametrize("format", FORMATS)
def test_write_can_be_read_again(format):
    photo = images.read(images.write(RGB, format, Metadata(dpi=(300, 200)), PROVENANCE))
    assert photo.format == format.upper() and np.rint(photo.metadata.dpi).tolist() == [300, 200]
    assert np.abs(photo.pixels.astype(int) - RGB).max() <= (20 if format == "jpeg" else 0)


@pytest.mark.parametrize("format", FORMATS)
def test_write_gives_the_same_bytes_and_no_time(format):
    metadata = images.read(encode(RGB, "TIFF", exif=full_exif())).metadata
    first = images.write(RGB, format, metadata, PROVENANCE, caption=True)
    profiles.srgb_icc.cache_clear()
    assert images.write(RGB.copy(), format, metadata, PROVENANCE, caption=True) == first
    profile = Image.open(io.BytesIO(first)).info["icc_profile"]
    assert profile[24:36] == bytes(12) and profile[84:100] == bytes(16)
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).startswith("sRGB")


def test_write_jpeg_at_full_colour_resolution():
    image = Image.open(io.BytesIO(images.write(RGB, "jpeg")))
    assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3
    assert image.quantization == Image.open(io.BytesIO(encode(RGB, "JPEG", quality=95))).quantization


@needs_exiftool
@pytest.mark.parametrize("format", FORMATS)
def test_write_marks_the_picture(format, tmp_path):
    tags = exiftool(images.write(RGB, format, provenance=PROVENANCE), tmp_path / f"a.{format}")
    assert tags["XMP-iptcExt:DigitalSourceType"] == DIGITAL_SOURCE_TYPE
    assert tags["XMP-xmp:CreatorTool"] == tags["IFD0:Software"] == PROVENANCE.software
    assert tags["XMP-huestory:Model"] == PROVENANCE.model
    assert tags["XMP-huestory:WeightsSHA256"] == PROVENANCE.weights_sha256
    assert "sRGB" in tags["ICC_Profile:ProfileDescription"]
    assert not [text for key, text in tags.items() if "Warning" in key or "Error" in key]


@needs_exiftool
@pytest.mark.parametrize("source", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("format", FORMATS)
def test_write_keeps_capture_metadata_and_no_place(source, format, tmp_path):
    encoded = encode(RGB, source, exif=full_exif(), dpi=(300, 300), xmp=b"<x:xmpmeta>secret</x:xmpmeta>")
    assert b"secret" in encoded
    written = images.write(RGB, format, images.read(encoded).metadata, PROVENANCE)
    tags = exiftool(written, tmp_path / f"a.{format}")
    assert (tags["IFD0:Make"], tags["IFD0:Artist"], tags["IFD0:Copyright"]) == ("Leica", "José Ñ", "© Museum")
    assert tags["IFD0:ImageDescription"] == "Market day" and tags["IFD0:Orientation"] == 1
    assert tags["ExifIFD:DateTimeOriginal"] == "1944:06:06 06:30:00" and tags["ExifIFD:ExposureTime"] == 0.004
    assert not [key for key in tags if "GPS" in key or "Thumbnail" in key or "MakerNote" in key]
    assert b"secret" not in written
    assert source == "WEBP" or 300 in (tags.get("IFD0:XResolution"), tags.get("JFIF:XResolution")) or format == "png"


def test_write_keeps_what_a_jpeg_can_hold_of_long_metadata():
    exif = Image.Exif()
    exif[TAG.ImageDescription], exif[TAG.Artist], exif[TAG.Copyright] = "x" * 70_000, "y" * 20_000, "z" * 30_000
    metadata = images.read(encode(RGB, "TIFF", exif=exif)).metadata
    assert list(metadata.tags.values()) == [b"y" * 20_000]
    kept = Image.open(io.BytesIO(images.write(RGB, "jpeg", metadata, PROVENANCE))).getexif()
    assert kept[TAG.Artist] == "y" * 20_000


@pytest.mark.parametrize("format", FORMATS)
def test_write_without_provenance_has_no_mark(format):
    written = images.write(np.dstack([GRAY] * 3), format)
    assert b"DigitalSourceType" not in written and b"Huestory" not in written


@pytest.mark.parametrize("format", FORMATS)
def test_write_refuses_gray_as_coloured(format):
    gray = np.dstack([GRAY] * 3)
    with pytest.raises(images.GrayResultError, match="only grey"):
        images.write(gray, format, provenance=PROVENANCE)
    gray[0, 0, 2] ^= 1
    images.write(gray, format, provenance=PROVENANCE)


@pytest.mark.parametrize(
    ("pixels", "format", "error", "text"),
    [
        (RGB, "webp", images.UnsupportedFormatError, "png, jpeg, tiff. Received 'webp'"),
        (RGB, "JPEG", images.UnsupportedFormatError, "Received 'JPEG'"),
        (GRAY, "png", lab.PixelTypeError, "Received uint8"),
        (RGB.astype(np.float32), "png", lab.PixelTypeError, "Received float32"),
        (np.zeros((16, 65_501, 3), np.uint8), "jpeg", images.UnsupportedFormatError, "65,500 .* Received 65,501"),
    ],
)
def test_write_error(pixels, format, error, text):
    with pytest.raises(error, match=text):
        images.write(pixels, format)


def test_write_jpeg_as_long_as_it_can_be():
    assert images.read(images.write(np.zeros((16, 65_500, 3), np.uint8), "jpeg")).width == 65_500


@pytest.mark.parametrize("size", [(16, 16), (24, 3000), (3000, 24), (600, 800)])
def test_write_draws_the_caption_in_the_lower_left(size):
    rgb = np.full((*size, 3), (90, 140, 200), np.uint8)
    before = rgb.copy()
    captioned = images.read(images.write(rgb, "png", caption=True)).pixels
    changed = (captioned != rgb).any(axis=-1)
    assert captioned.shape == rgb.shape and changed[-1, 0]
    assert size[0] < 100 or not changed[: int(0.94 * size[0])].any()
    assert size[1] < 1000 or not changed[:, -1].any()
    np.testing.assert_array_equal(rgb, before)


def test_write_caption_shrinks_to_the_width():
    rgb = np.full((3000, 300, 3), 128, np.uint8)
    changed = (images.read(images.write(rgb, "png", caption=True)).pixels != 128).any(axis=1)
    assert 15 <= changed.sum() < 30  # rows; at 3 % of the height there would be 135


def test_write_caption_is_legible():
    rgb = np.full((600, 800, 3), 255, np.uint8)  # the worst ground for white letters
    band = images.read(images.write(rgb, "png", caption=True)).pixels[-26:-1, 1:300]
    ground, letters = np.quantile(band, [0.05, 0.99])
    assert ground < 70 and letters > 240


# === write_file and output_name ===


def test_write_file_replaces_the_whole_file(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old and longer")
    images.write_file(path, b"new")
    images.write_file(str(tmp_path / "b.png"), b"")
    assert path.read_bytes() == b"new" and sorted(os.listdir(tmp_path)) == ["a.png", "b.png"]


def test_write_file_leaves_the_old_file_when_it_fails(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        images.write_file(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.png"]


def test_write_file_into_a_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        images.write_file(tmp_path / "none" / "a.png", b"new")


def test_write_file_heeds_the_umask(tmp_path):
    before = os.umask(0o022)
    try:
        images.write_file(tmp_path / "a.png", b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("a.jpg", None, "a_colorized.jpg"),
        ("a.JPEG", None, "a_colorized.jpg"),
        ("a.tif", None, "a_colorized.png"),
        ("a.jpg", "png", "a_colorized.png"),
        ("a.png", "tiff", "a_colorized.tif"),
        ("a.b.webp", "jpeg", "a.b_colorized.jpg"),
        ("photo", None, "photo_colorized.png"),
        ("../../etc/passwd", None, "passwd_colorized.png"),
        ("C:\\fakepath\\Oma.JPG", None, "Oma_colorized.jpg"),
        ("a\0\n\x1b\u202eb.png", None, "ab_colorized.png"),
        ("Großmutter 1920.png", None, "Großmutter 1920_colorized.png"),
        ("", None, "photo_colorized.png"),
        ("/", None, "photo_colorized.png"),
        ("é" * 200 + ".png", None, "é" * 90 + "_colorized.png"),
    ],
)
def test_output_name(name, format, expected):
    taken = set()
    assert images.output_name(name, format, taken) == expected
    assert taken == {expected.casefold()}


def test_output_name_keeps_the_extension_where_two_would_meet():
    taken = set()
    names = [images.output_name(name, "jpeg", taken) for name in ("a.jpg", "a.png", "A.PNG", "a.png", "A.jpg", "a.tif")]
    assert names == [
        "a_colorized.jpg",
        "a.png_colorized.jpg",
        "A.PNG_colorized_2.jpg",
        "a.png_colorized_3.jpg",
        "A.jpg_colorized.jpg",
        "a.tif_colorized.jpg",
    ]


def test_output_name_stays_short_enough_for_a_file():
    taken = set()
    for _ in range(2):
        assert len(images.output_name("é" * 200 + "." + "ü" * 200, None, taken).encode()) <= 255


def test_output_name_error():
    with pytest.raises(images.UnsupportedFormatError, match="Received 'gif'"):
        images.output_name("a.png", "gif", set())


@given(st.lists(st.text(max_size=300), max_size=8), st.sampled_from([None, *FORMATS]))
def test_output_names_are_plain_and_never_meet(names, format):
    taken = set()
    found = [images.output_name(name, format, taken) for name in names]
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert name.isprintable() and "/" not in name and "\\" not in name and len(name.encode()) <= 255
