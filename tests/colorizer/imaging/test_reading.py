"""Reading: every kind of pixels, colour profiles, refusals."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from skimage import data

from colorizer import images
from colorizer.color import lab
from colorizer.color.formulas import linear_to_srgb, srgb_to_linear
from colorizer.imaging import formats
from tests.colorizer.imaging.examples import (
    BLUE,
    DEEP,
    GRAY,
    GRAY_LINEAR,
    LINEAR_TO_SRGB,
    RED,
    RGB,
    TAG,
    cmyk_profile,
    encode,
    encode_tiff,
    rgb_profile,
)

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
NAN_TIFF = encode(np.full((24, 32), np.nan, np.float32), "TIFF")


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        (b"", images.EmptyFileError, "0 bytes"),
        (b"hello, world", images.NotAnImageError, "save it as JPEG in a program"),
        (b"\0", images.NotAnImageError, "copy it again"),
        (b"SIMPLE  =                    T", images.UnsupportedFormatError, "FITS"),
        (b"8BPS\0\x01" + bytes(50), images.UnsupportedFormatError, "Photoshop"),
        (encode(RGB, "ICO"), images.UnsupportedFormatError, "ICO"),
        (b"\0\0\0\x18ftypheic" + bytes(50), images.TruncatedImageError, "HEIC that breaks off"),
        (encode(RGB, "JPEG2000"), images.UnsupportedFormatError, "JPEG 2000"),
        (encode(RGB, "PDF"), images.UnsupportedFormatError, "PDF"),
        (RAW_TIFF, images.UnsupportedFormatError, "raw"),
        (NAN_TIFF, images.UnsupportedFormatError, "finite"),
        (encode(RGB, "PNG")[:-400], images.TruncatedImageError, "PNG that breaks off"),
        (b"GIF89a", images.TruncatedImageError, "GIF"),
        (encode(RGB[:15], "PNG"), images.TooSmallError, "at least 16 pixels. Received 32 x 15"),
        (png_header(1, 60_000_000), images.TooSmallError, "1 x 60000000"),
        (png_header(20_000, 20_000), images.TooManyPixelsError, "64,000,000 pixels .* Received 400,000,000"),
        (png_header(8_001, 8_000), images.TooManyPixelsError, "Received 64,008,000"),
        (gif_header(65_535, 65_535), images.TooManyPixelsError, "Received 4,294,836,225"),
        (webp_header(16_000, 16_000), images.TooManyPixelsError, "Received 256,000,000"),
        (gif_header(9_000, 9_000), images.TooManyPixelsError, "Received 81,000,000"),
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
    "TIFF of 16 bits": encode(DEEP, "TIFF"),
    "TIFF of 16 bits by LZW": encode(DEEP, "TIFF", compression="tiff_lzw"),
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
    "start",
    [b"zTXtComment\0\0", b"iTXtXML:com.adobe.xmp\0\1\0\0\0", b"iCCPprofile\0\0"],
    ids=["zTXt", "iTXt", "iCCP"],
)
def test_read_refuses_bombs_beside_the_pixels(start):
    encoded, chunk = encode(RGB, "PNG"), start + zlib.compress(bytes(100_000_000), 9)
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
    encode_tiff(DEEP, compression="zlib", predictor=True, tile=(16, 16), byteorder=">"),
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
