"""EXIF: the tags of a source that are kept, and the block that is written.

Source: EXIF 2.32 (CIPA DC-008).
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from PIL import ExifTags, Image, TiffTags

from colorizer.imaging.metadata.records import Metadata, Provenance

# Only the tags listed here are kept, so that serial numbers, maker notes and thumbnails are always removed.
_KEPT_TAGS = """ImageDescription Make Model DateTime Artist Copyright DocumentName PageName
    HostComputer
    XPTitle XPComment XPAuthor XPKeywords XPSubject""".split()
_KEPT_CAPTURE = """DateTimeOriginal DateTimeDigitized OffsetTime OffsetTimeOriginal OffsetTimeDigitized SubsecTime
    SubsecTimeOriginal SubsecTimeDigitized ExposureTime FNumber ExposureProgram ISOSpeedRatings SensitivityType
    ShutterSpeedValue ApertureValue BrightnessValue ExposureBiasValue MaxApertureValue SubjectDistance MeteringMode
    LightSource Flash FocalLength FocalLengthIn35mmFilm ExposureMode WhiteBalance DigitalZoomRatio SceneCaptureType
    SensingMethod LensSpecification LensMake LensModel ImageUniqueID UserComment""".split()
_TAGS_ROOM, _CAPTURE_ROOM, _GPS_ROOM = 40_000, 16_000, 4_000  # bytes; JPEG holds all EXIF in one marker of 65,533


def read_exif(image: Image.Image) -> Image.Exif:
    """EXIF of an image; empty if its orientation cannot be read: a photograph is not refused for damaged EXIF."""
    with suppress(Exception):
        exif = image.getexif()
        hash(exif.get(ExifTags.Base.Orientation))  # entries are decoded only when they are read
        return exif
    return Image.Exif()


def read_tags(exif: Image.Exif, keep_place: bool = False) -> tuple[dict[int, Any], dict[int, Any], dict[int, Any]]:
    """Tags of the picture, of the exposure and of the place that are kept; damaged ones are left out."""
    capture: Mapping[int, Any] = {}
    gps: Mapping[int, Any] = {}
    with suppress(Exception):
        capture = exif.get_ifd(ExifTags.IFD.Exif)
    if keep_place:
        with suppress(Exception):
            gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    places = [tag.value for tag in ExifTags.GPS]
    return (
        _kept(exif, _codes(_KEPT_TAGS), _TAGS_ROOM),
        _kept(capture, _codes(_KEPT_CAPTURE), _CAPTURE_ROOM),
        _kept(gps, places, _GPS_ROOM, group=ExifTags.IFD.GPSInfo),
    )


def upright_dpi(dpi: tuple[float, float] | None, exif: Image.Exif) -> tuple[float, float] | None:
    """Dots per inch, across and down the upright picture; None where the file does not say it, or says nonsense."""
    with suppress(Exception):
        across, down = (round(float(value), 2) for value in dpi)  # PNG: dots per metre, so 299.9994
        if exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8):
            across, down = down, across
        return (across, down) if all(1 < value < 65535 for value in (across, down)) else None
    return None


def new_exif(metadata: Metadata, provenance: Provenance | None) -> Image.Exif:
    """The EXIF of a coloured copy: what is kept, upright, in sRGB."""
    exif = Image.Exif()
    for tag, value in metadata.tags.items():
        exif[tag] = value
    exif[ExifTags.Base.Orientation] = 1
    if provenance is not None:
        exif[ExifTags.Base.Software] = provenance.software.encode()
    capture = exif.get_ifd(ExifTags.IFD.Exif)
    capture.update({ExifTags.Base.ExifVersion: b"0232", **metadata.capture, ExifTags.Base.ColorSpace: 1})  # 1: sRGB
    exif[ExifTags.IFD.Exif] = capture
    if metadata.gps:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps.update(metadata.gps)
        exif[ExifTags.IFD.GPSInfo] = gps
    return exif


def _codes(names: list[str]) -> list[int]:
    return [ExifTags.Base[name].value for name in names]


def _kept(source: Mapping[int, Any], tags: list[int], room: int, group: int | None = None) -> dict[int, Any]:
    """The entries of `source` among `tags` that can be written again, as many as fit into `room` bytes."""
    kept = {}
    for tag in tags:
        with suppress(Exception):  # absent, damaged, or of a type that cannot be written
            value = source[tag]
            if isinstance(value, str) and TiffTags.lookup(tag, group).type == TiffTags.ASCII:
                value = value.encode("latin-1")  # undo Pillow's decoding: most programs write UTF-8
            alone = Image.Exif()
            if group is None:
                alone[tag] = value
            else:
                alone.get_ifd(group)[tag] = value
                alone[group] = alone.get_ifd(group)
            if (size := len(alone.tobytes())) <= room:
                kept[tag] = value
                room -= size
    return kept
