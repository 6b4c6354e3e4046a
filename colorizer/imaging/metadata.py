"""Metadata of a picture: the part of the source's that is kept, and the mark that says how a picture was coloured.

Sources: EXIF 2.32 (CIPA DC-008); XMP part 3 (ISO 16684-1) for where the packet goes; IPTC digital source types,
https://cv.iptc.org/newscodes/digitalsourcetype/.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

from PIL import ExifTags, Image, PngImagePlugin, TiffTags

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

# Only the tags listed here are kept, so that location, serial numbers, maker notes and thumbnails are always removed.
_KEPT_TAGS = """ImageDescription Make Model DateTime Artist Copyright DocumentName HostComputer
    XPTitle XPComment XPAuthor XPKeywords XPSubject""".split()
_KEPT_CAPTURE = """DateTimeOriginal DateTimeDigitized OffsetTime OffsetTimeOriginal OffsetTimeDigitized SubsecTime
    SubsecTimeOriginal SubsecTimeDigitized ExposureTime FNumber ExposureProgram ISOSpeedRatings SensitivityType
    ShutterSpeedValue ApertureValue BrightnessValue ExposureBiasValue MaxApertureValue SubjectDistance MeteringMode
    LightSource Flash FocalLength FocalLengthIn35mmFilm ExposureMode WhiteBalance DigitalZoomRatio SceneCaptureType
    SensingMethod LensSpecification LensMake LensModel ImageUniqueID UserComment""".split()
_TAGS_ROOM, _CAPTURE_ROOM = 40_000, 16_000  # bytes; JPEG holds all EXIF in one marker of 65,533


@dataclass(frozen=True)
class Metadata:
    """The part of a source's metadata that is written into the coloured copy."""

    tags: Mapping[int, Any] = field(default_factory=dict)
    """EXIF tags of the picture (camera, artist, copyright, description), text as bytes."""
    capture: Mapping[int, Any] = field(default_factory=dict)
    """EXIF tags of the exposure (date taken, lens, settings)."""
    dpi: tuple[float, float] | None = None
    """Dots per inch, across and down the upright picture."""


@dataclass(frozen=True)
class Provenance:
    """Which software, model and weights coloured a picture."""

    software: str
    model: str
    weights_sha256: str


def read_exif(image: Image.Image) -> Image.Exif:
    """EXIF of an image; empty if its orientation cannot be read: a photograph is not refused for damaged EXIF."""
    with suppress(Exception):
        exif = image.getexif()
        hash(exif.get(ExifTags.Base.Orientation))  # entries are decoded only when they are read
        return exif
    return Image.Exif()


def read_metadata(image: Image.Image, exif: Image.Exif) -> Metadata:
    """The part of a photograph's metadata that is kept; damaged entries are left out."""
    capture: Mapping[int, Any] = {}
    with suppress(Exception):
        capture = exif.get_ifd(ExifTags.IFD.Exif)
    tags, capture = _kept(exif, _KEPT_TAGS, _TAGS_ROOM), _kept(capture, _KEPT_CAPTURE, _CAPTURE_ROOM)
    return Metadata(tags, capture, _dpi(image, exif))


def save_options(format: str, metadata: Metadata, provenance: Provenance | None) -> dict[str, Any]:
    """Arguments of Pillow's `Image.save` that write metadata and, given `provenance`, the mark of a coloured file.

    Args:
        format: "png", "jpeg" or "tiff".
    """
    options: dict[str, Any] = {"exif": _new_exif(metadata, provenance)}
    if metadata.dpi is not None:
        options["dpi"] = metadata.dpi
    if provenance is None:
        return options
    packet = _xmp(provenance)
    if format == "jpeg":
        options["xmp"] = packet
    elif format == "png":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", packet)
    else:
        options["exif"][ExifTags.Base.XMLPacket] = packet
    return options


def _kept(source: Mapping[int, Any], names: list[str], room: int) -> dict[int, Any]:
    """The tags of `source` among `names` that can be written again, as many as fit into `room` bytes."""
    kept = {}
    for tag in (ExifTags.Base[name].value for name in names):
        with suppress(Exception):  # absent, damaged, or of a type that cannot be written
            value = source[tag]
            if isinstance(value, str) and TiffTags.lookup(tag).type == TiffTags.ASCII:
                value = value.encode("latin-1")  # undo Pillow's decoding: most programs write UTF-8
            alone = Image.Exif()
            alone[tag] = value
            if (size := len(alone.tobytes())) <= room:
                kept[tag] = value
                room -= size
    return kept


def _dpi(image: Image.Image, exif: Image.Exif) -> tuple[float, float] | None:
    with suppress(Exception):
        across, down = (round(float(value), 2) for value in image.info["dpi"])  # PNG: dots per metre, so 299.9994
        if exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8):
            across, down = down, across
        return (across, down) if all(1 < value < 65535 for value in (across, down)) else None
    return None


def _new_exif(metadata: Metadata, provenance: Provenance | None) -> Image.Exif:
    exif = Image.Exif()
    for tag, value in metadata.tags.items():
        exif[tag] = value
    exif[ExifTags.Base.Orientation] = 1
    if provenance is not None:
        exif[ExifTags.Base.Software] = provenance.software.encode()
    capture = exif.get_ifd(ExifTags.IFD.Exif)
    capture.update({**metadata.capture, ExifTags.Base.ColorSpace: 1})  # 1: sRGB
    exif[ExifTags.IFD.Exif] = capture
    return exif


def _xmp(provenance: Provenance) -> bytes:
    """The XMP packet that says how the picture was made; values are escaped, and control characters dropped."""
    software, model, weights = (
        quoteattr("".join(c for c in value if c.isprintable()))
        for value in (provenance.software, provenance.model, provenance.weights_sha256)
    )
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:huestory="https://huestory.org/ns/1.0/"
    Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"
    xmp:CreatorTool={software}
    huestory:Model={model}
    huestory:WeightsSHA256={weights}/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()
