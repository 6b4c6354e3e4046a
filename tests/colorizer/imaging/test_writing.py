"""Writing: pixels, metadata, the mark of a coloured picture, files that are whole or not there, and their names."""

import io
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from colorizer import images
from colorizer.color import lab
from colorizer.imaging import profiles
from colorizer.imaging.metadata import DIGITAL_SOURCE_TYPE, Metadata
from tests.colorizer.imaging.examples import GRAY, PROVENANCE, RGB, TAG, encode, exiftool, needs_exiftool

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
    assert str(tags["ExifIFD:ExifVersion"]) in ("232", "0232")  # EXIF demands it of every file
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
