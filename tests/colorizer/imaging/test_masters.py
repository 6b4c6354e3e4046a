"""Masters and what phones write: pages, 16 bits, alpha, rare kinds of TIFF, PNG with a gamma, HEIC and AVIF."""

import base64
import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

from colorizer import images
from colorizer.color import lab
from colorizer.color.formulas import linear_to_srgb
from colorizer.imaging import profiles, reading
from colorizer.imaging.losses import describe_losses
from colorizer.imaging.tiff.encoding import Page
from colorizer.imaging.writing import write_pages
from tests.colorizer.imaging.examples import (
    BLUE,
    DEEP,
    GRAY,
    GRAY_LINEAR,
    PROVENANCE,
    RED,
    RGB,
    encode,
    encode_tiff,
    exiftool,
    needs_exiftool,
    rgb_profile,
)

DEEP_RGB = np.dstack([DEEP, DEEP // 2, DEEP // 3])
ALPHA = np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[None], 24, axis=0)
DEEP_ALPHA = ALPHA * np.uint16(257)


def lightness(pixels):
    return lab.rgb_to_lightness(pixels)


def bare_tiff(pixels, **tags):
    """An uncompressed TIFF as tifffile would not write it: kinds that no other program of today makes."""
    options = {"photometric": "minisblack"} | tags
    return encode_tiff(pixels, **options)


# === Kinds of TIFF ===


@pytest.mark.parametrize("options", [{}, {"compression": "zlib", "predictor": True}, {"tile": (16, 16)}])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("stored", "photometric", "pixels"),
    [
        (65535 - DEEP, "miniswhite", DEEP),
        (np.dstack([DEEP] * 3), "rgb", DEEP),
        (DEEP_RGB, "rgb", (DEEP_RGB >> 8).astype(np.uint8)),
        ((DEEP_RGB / 65535).astype(np.float32), "rgb", (DEEP_RGB >> 8).astype(np.uint8)),
        ((DEEP / 65535).astype(np.float64), "minisblack", DEEP),
        ((DEEP // 2).astype(np.int16), "minisblack", DEEP // 2),
        (DEEP.astype(np.uint32), "minisblack", DEEP),
        (DEEP.astype(np.uint32) * 65537, "minisblack", DEEP),
        (DEEP.astype(np.int32) - 40_000, "minisblack", DEEP),
    ],
    ids=["white is zero", "grey as RGB", "RGB", "float RGB", "double", "signed", "32 bits", "full 32 bits", "below 0"],
)
def test_kinds_that_pillow_does_not_know(stored, photometric, pixels, order, options):
    if stored.dtype.kind == "f" and "predictor" in options:
        options = {"compression": "zlib"}
    photo = images.read(encode_tiff(stored, photometric=photometric, byteorder=order, **options))
    assert photo.pixels.dtype == pixels.dtype and photo.pixels.shape == pixels.shape
    assert np.abs(photo.pixels.astype(int) - pixels).max() <= 1


def test_channels_that_are_stored_apart():
    stored = np.ascontiguousarray(np.moveaxis(DEEP_RGB, -1, 0))
    photo = images.read(encode_tiff(stored, photometric="rgb", planarconfig="separate", compression="zlib"))
    np.testing.assert_array_equal(photo.pixels, DEEP_RGB >> 8)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_compressions_of_16_bits(compression):
    photo = images.read(encode(DEEP, "TIFF", compression=compression))
    np.testing.assert_array_equal(photo.pixels, DEEP, strict=True)


def test_gray_with_a_sample_that_is_no_alpha():
    stored = np.dstack([DEEP, DEEP[::-1]])
    photo = images.read(encode_tiff(stored, photometric="minisblack", planarconfig="contig", extrasamples=[0]))
    np.testing.assert_array_equal(photo.pixels, DEEP)
    assert not photo.has_alpha


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_alpha_of_16_bits_lies_over_white_or_is_given_apart(kind):
    share = DEEP_ALPHA / 65535
    stored = DEEP if kind == "unassalpha" else np.rint(DEEP * share).astype(np.uint16)
    encoded = encode_tiff(
        np.dstack([stored, DEEP_ALPHA]), photometric="minisblack", planarconfig="contig", extrasamples=[kind]
    )
    photo = images.read(encoded)
    assert np.abs(photo.pixels - (DEEP * share + 65535 * (1 - share))).max() <= 2
    assert photo.alpha is None and photo.has_alpha
    master = images.read(encoded, master=True)
    np.testing.assert_array_equal(master.alpha, DEEP_ALPHA)
    opaque = DEEP_ALPHA > 40_000
    assert np.abs(master.pixels.astype(int) - DEEP)[opaque].max() <= 2


def test_alpha_of_8_bits_is_given_apart():
    master = images.read(encode(np.dstack([RGB, ALPHA]), "PNG"), master=True)
    np.testing.assert_array_equal(master.alpha, ALPHA)
    np.testing.assert_array_equal(master.pixels, RGB)


def test_a_master_in_colour_keeps_its_lightness_to_16_bits():
    photo = images.read(encode_tiff(DEEP_RGB, photometric="rgb", compression="zlib"), master=True)
    assert photo.pixels.dtype == np.uint16 and photo.pixels.shape == DEEP.shape
    assert np.abs(lightness(photo.pixels) - lightness(DEEP_RGB)).max() < 0.01


@pytest.mark.parametrize("swapped", [False, True])
def test_a_master_in_colour_of_another_profile_keeps_its_lightness_to_16_bits(swapped):
    """Linear light with the primaries of sRGB, or with red and blue exchanged."""
    profile = rgb_profile(red=BLUE, blue=RED) if swapped else rgb_profile()
    photo = images.read(encode_tiff(DEEP_RGB, photometric="rgb", iccprofile=profile), master=True)
    in_srgb = linear_to_srgb((DEEP_RGB[..., ::-1] if swapped else DEEP_RGB) / 65535)
    assert photo.pixels.dtype == np.uint16
    assert np.abs(lightness(photo.pixels) - lightness(in_srgb)).max() < 0.05


def test_a_gray_master_in_rgb_with_a_profile_keeps_16_bits():
    photo = images.read(encode_tiff(np.dstack([DEEP] * 3), photometric="rgb", iccprofile=rgb_profile()))
    assert np.abs(photo.pixels - 65535 * linear_to_srgb(DEEP / 65535)).max() < 1.5


def test_a_master_whose_profile_has_no_curves_is_read_with_8_bits_and_that_is_said(monkeypatch):
    monkeypatch.setattr(profiles, "_curves", lambda profile: [])
    photo = images.read(encode_tiff(DEEP_RGB, photometric="rgb", iccprofile=rgb_profile()), master=True)
    assert photo.pixels.dtype == np.uint8
    assert "16 bits became 8: its colour profile" in describe_losses(photo, "tiff")[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_what_tifffile_reads(orientation):
    stored = {
        1: DEEP, 2: DEEP[:, ::-1], 3: DEEP[::-1, ::-1], 4: DEEP[::-1], 5: DEEP.T, 6: np.rot90(DEEP),
        7: np.rot90(DEEP, 2).T, 8: np.rot90(DEEP, -1),
    }[orientation]  # fmt: skip
    tag = (274, 3, 1, orientation, True)
    encoded = encode_tiff(np.ascontiguousarray(stored), extratags=[tag], resolution=(300, 200), resolutionunit=2)
    photo = images.read(encoded)
    np.testing.assert_array_equal(photo.pixels, DEEP)
    assert photo.metadata.dpi == ((200, 300) if orientation >= 5 else (300, 200))


@pytest.mark.parametrize(
    ("encoded", "words"),
    [
        (encode_tiff(np.zeros((24, 32, 3), np.uint16), photometric="cielab"), "CIELAB with 16 bits"),
        (encode_tiff(np.zeros((24, 32), np.complex64)), "samples of 64 bits .sample format 6"),
        (encode_tiff(np.zeros((24, 32, 7), np.uint16), photometric="minisblack", planarconfig="contig"), "7 samples"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_true_reason(encoded, words):
    with pytest.raises(images.UnsupportedFormatError, match=f"Received one with .*{words}") as refusal:
        images.read(encoded)
    assert "damaged" not in str(refusal.value) and "other TIFF options" in str(refusal.value)


def test_a_strip_that_would_grow_beyond_its_picture_is_cut_off():
    """Deflate can turn a kilobyte into a megabyte: what is beyond the pixels is not even unpacked."""
    encoded = bytearray(encode_tiff(np.zeros((4000, 100), np.uint16), compression="zlib", rowsperstrip=4000))
    page = tifffile.TiffFile(io.BytesIO(encoded)).pages[0]
    length, rows = (page.tags[tag].valueoffset for tag in (257, 278))
    for offset in (length, rows):
        encoded[offset : offset + 4] = (16).to_bytes(4, "little")
    assert images.read(bytes(encoded)).pixels.shape == (16, 100)


def test_16_bits_of_gray_with_a_profile_are_converted_to_16_bits():
    """With a table of 256 levels the result was off by up to 128 codes."""
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    found = images.read(encode_tiff(levels, iccprofile=GRAY_LINEAR)).pixels
    assert np.abs(found - 65535 * linear_to_srgb(levels / 65535)).max() < 1.5
    broken = images.read(encode_tiff(levels, iccprofile=GRAY_LINEAR[:150])).pixels
    np.testing.assert_array_equal(broken, levels)


# === Pages ===


def album(*pages) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        for pixels, options in pages:
            writer.write(pixels, metadata=None, contiguous=False, **options)
    return stream.getvalue()


THREE = album(
    (DEEP, {"photometric": "minisblack", "compression": "zlib"}),
    (RGB[::2, ::2], {"photometric": "rgb", "subfiletype": 1}),  # a smaller copy of some page
    (RGB, {"photometric": "rgb"}),
    (255 - GRAY, {"photometric": "miniswhite"}),
)


def test_all_pages_of_a_tiff_are_read_but_for_smaller_copies():
    assert reading.count_pages(THREE) == 3
    photos = [images.read(THREE, page=page) for page in (1, 2, 3)]
    for photo, pixels in zip(photos, (DEEP, RGB, GRAY), strict=True):
        np.testing.assert_array_equal(photo.pixels, pixels)
        assert photo.pictures == 3
    assert photos[0].metadata.source_sha256 == photos[2].metadata.source_sha256


@pytest.mark.parametrize("source", [encode(RGB, "PNG"), b"", b"II*\0broken", encode(RGB, "JPEG")])
def test_what_is_no_tiff_has_one_page(source):
    assert reading.count_pages(source) == 1


@needs_exiftool
def test_pages_are_written_with_their_own_bits_alpha_and_metadata(tmp_path):
    wide = np.dstack([DEEP, DEEP[::-1], DEEP])
    description = images.read(encode(RGB, "JPEG", dpi=(300, 300), exif=b"")).metadata
    pages = [Page(wide, description, DEEP_ALPHA), Page(RGB, description), Page(RGB, images.Metadata(), ALPHA)]
    data = write_pages(iter(pages), PROVENANCE)
    assert data == write_pages(iter(pages), PROVENANCE)
    found = tifffile.TiffFile(io.BytesIO(data)).pages
    np.testing.assert_array_equal(found[0].asarray(), np.dstack([wide, DEEP_ALPHA]))
    np.testing.assert_array_equal(found[1].asarray(), RGB)
    np.testing.assert_array_equal(found[2].asarray(), np.dstack([RGB, ALPHA]))
    assert all(page.compression == 8 for page in found) and found[0].extrasamples == (2,)
    tags = exiftool(data, tmp_path / "pages.tif")
    assert tags["XMP-huestory:Model"] == PROVENANCE.model and tags["ExifIFD:ColorSpace"] == 1
    assert not [name for name in tags if "Warning" in name or "Error" in name]


def test_pages_that_are_all_gray_are_not_passed_off_as_coloured():
    gray, color = (Page(rgb, images.Metadata()) for rgb in (np.dstack([GRAY] * 3), RGB))
    with pytest.raises(images.GrayResultError, match="only grey"):
        write_pages([gray, gray], PROVENANCE)
    assert write_pages([gray, gray]) and write_pages([gray, color], PROVENANCE)


def test_a_caption_on_16_bits():
    deep = images.write(np.full((60, 200, 3), 40_000, np.uint16), "tiff", caption=True)
    plain = images.write(np.full((60, 200, 3), 40_000 >> 8, np.uint8), "tiff", caption=True)
    one, other = (tifffile.imread(io.BytesIO(data)) for data in (deep, plain))
    assert one.dtype == np.uint16
    assert np.abs((one >> 8).astype(int) - other).max() <= 1


def test_only_a_tiff_takes_16_bits():
    with pytest.raises(lab.PixelTypeError, match=r"uint16 in a TIFF. Received uint16 .* for png"):
        images.write(RGB.astype(np.uint16), "png")


# === What is lost is said ===


@pytest.mark.parametrize(
    ("encoded", "format", "words"),
    [
        (encode(DEEP, "TIFF"), "png", ["16 bits became 8: --format tiff keeps 16"]),
        (encode(DEEP, "PNG"), "jpeg", ["16 bits became 8"]),
        (encode(DEEP, "TIFF"), "tiff", []),
        (encode_tiff(DEEP_RGB, photometric="rgb"), "tiff", []),
        (encode_tiff(DEEP_RGB, photometric="rgb", iccprofile=rgb_profile()), "tiff", []),
        (encode(np.dstack([RGB, ALPHA]), "PNG"), "png", ["transparent became white: --format tiff"]),
        (encode(np.dstack([RGB, ALPHA]), "PNG"), "tiff", []),
        (encode(RGB, "MPO", save_all=True, append_images=[Image.fromarray(RGB)]), "jpeg", ["2 pictures"]),
        (encode(GRAY, "GIF", save_all=True, append_images=[Image.fromarray(255 - GRAY)]), "png", ["2 pictures"]),
        (encode(RGB, "JPEG"), "jpeg", []),
        (encode(RGB, "PNG"), "png", []),
    ],
)
def test_what_a_result_lacks_of_its_photograph_is_described(encoded, format, words):
    found = describe_losses(images.read(encoded, master=format == "tiff"), format)
    assert len(found) == len(words) and all(w in sentence for w, sentence in zip(words, found, strict=True))


# === PNG with a gamma ===


def png(pixels, gamma, *chunks, **options):
    """A PNG with a chunk gAMA."""
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", round(gamma * 100_000).to_bytes(4, "big"))
    for name, data in chunks:
        info.add(name, data)
    return encode(pixels, "PNG", pnginfo=info, **options)


@pytest.mark.parametrize("pixels", [GRAY, RGB, DEEP])
def test_a_png_with_a_gamma_is_read_as_that_says(pixels):
    white = np.iinfo(pixels.dtype).max
    found = images.read(png(pixels, 1.0)).pixels
    np.testing.assert_array_equal(found, np.rint(white * linear_to_srgb(pixels / white)))
    np.testing.assert_array_equal(images.read(png(pixels, 1 / 2.2)).pixels, pixels)


def test_a_profile_or_srgb_goes_before_the_gamma():
    np.testing.assert_array_equal(images.read(png(RGB, 1.0, (b"sRGB", b"\0"))).pixels, RGB)
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(images.read(png(RGB, 1.0, icc_profile=same)).pixels, RGB)


# === Phones ===

HEIC = base64.b64decode(
    """AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAb9tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAA
    AERAAAIAAQAAAAAB4wABAAAAAAAAARIAAgAAAAAC9QABAAAAAAAAACoAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAA
    AQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/mlwcnAAAADeaXBjbwAAAHdodmNDAQQIAAAAnjgAAAAAHvAA/P/4+AAADwNgAAEAF0ABDAH//wQIAAAD
    AJ44AAADAAAeugJAYQABACpCAQEECAAAAwCeOAAAAwAAHpAEECCy3VyU1zcBDQYEAAADAGQAAAMABCBiAAEACEQBwXMYMAiQAAAAE2NvbHJuY2x4AAEA
    DQAGgAAAABRpc3BlAAAAAAAAAEAAAABAAAAAKGNsYXAAAAAwAAAAAQAAACAAAAAB////8AAAAAL////gAAAAAgAAABBwaXhpAAAAAAMICAgAAAAYaXBt
    YQAAAAAAAAABAAEFgQIDBYQAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAURtZGF0AAABDigBrwY4W2Vzzv/i5yTst31T7haW74lnTQbkCqF53T8R
    9PRaB+r7wX69gHL3q/v+M8n677uIHGPI0ZjDp/efcEl4KTGC1rJLT7YWB7XDwK1zOxFuOQOuAqpJAJdIEBRbeVXCu+H0tX42CFAUXpHEj9wdElboyfL2
    EyIkkAsnmZgFZlo+OEaTmLhq8X5zUCDkYYwG/YSKtnnZjpfxrKMSj7tcXbL9vpvAH17Yd+P1ndldyfHR/HCNJzFw1eL88UnoYCSADe2JR8d8MXaYEp2z
    OXrWt48/iB0oqQaVS7xLFtUDChB4VPNmB+iRDfp/R8/fFi/0ewqt/3Y9/WrPM7FtWwTa8kDHtytUtCshcnH38AAAAAZFeGlmAABNTQAqAAAACAABATsA
    AgAAAAUAAAAaAAAAAEFubmEAAA=="""
)
"""48 x 32, grey: a lighter band above, below it dark at the left and light at the right. EXIF: Artist."""


def test_heic_of_a_phone_is_read():
    photo = images.read(HEIC)
    pixels = lab.lightness_to_gray(lightness(photo.pixels)).astype(int)
    assert (photo.format, photo.height, photo.width, photo.output_format) == ("HEIC", 32, 48, "png")
    assert np.abs(pixels[16:, :20] - 60).mean() < 4 and np.abs(pixels[16:, 28:] - 190).mean() < 4
    assert b"Anna" in photo.metadata.tags.values()


def test_heic_heeds_the_limit_and_damage():
    with pytest.raises(images.TooManyPixelsError, match="Received 1,536"):
        images.read(HEIC, max_pixels=1000)
    for length in range(40, len(HEIC) - 60, 37):
        with pytest.raises(images.ImageError):
            images.read(HEIC[:length])


def test_avif_is_read():
    photo = images.read(encode(RGB, "AVIF", quality=100, subsampling="4:4:4"))
    assert photo.format == "AVIF" and np.abs(photo.pixels.astype(int) - RGB).mean() < 4
