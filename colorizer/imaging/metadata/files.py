"""Metadata of a picture file: gather what is kept from all its blocks, and hand it to Pillow for writing.

Where one block of the source lacks what another has, it is filled in, because the formats that are written do not take
all blocks: PNG has no IPTC-IIM, and old catalogues read only that. Source of the table: IPTC Photo Metadata Standard
2023.2, "mapping" (https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from PIL import Image, PngImagePlugin

from colorizer.imaging.metadata import exif as exif_block
from colorizer.imaging.metadata import iptc, xmp
from colorizer.imaging.metadata.records import Metadata, Provenance
from colorizer.imaging.metadata.xmp import name_of

_SAME = {
    5: ("dc", "title", "Alt"),
    10: ("photoshop", "Urgency", ""),
    15: ("photoshop", "Category", ""),
    20: ("photoshop", "SupplementalCategories", "Bag"),
    25: ("dc", "subject", "Bag"),
    40: ("photoshop", "Instructions", ""),
    55: ("photoshop", "DateCreated", ""),
    62: ("xmp", "CreateDate", ""),
    80: ("dc", "creator", "Seq"),
    85: ("photoshop", "AuthorsPosition", ""),
    90: ("photoshop", "City", ""),
    92: ("Iptc4xmpCore", "Location", ""),
    95: ("photoshop", "State", ""),
    100: ("Iptc4xmpCore", "CountryCode", ""),
    101: ("photoshop", "Country", ""),
    103: ("photoshop", "TransmissionReference", ""),
    105: ("photoshop", "Headline", ""),
    110: ("photoshop", "Credit", ""),
    115: ("photoshop", "Source", ""),
    116: ("dc", "rights", "Alt"),
    120: ("dc", "description", "Alt"),
    122: ("photoshop", "CaptionWriter", ""),
}
"""What says the same in IPTC-IIM (number of the dataset) and in XMP (prefix, name, kind of list)."""

_TIMES = {55: 60, 62: 63}
"""Datasets of a date, and those of its time."""

_PNG_TEXTS = {
    "Title": ("dc", "title", "Alt"),
    "Author": ("dc", "creator", "Seq"),
    "Description": ("dc", "description", "Alt"),
    "Copyright": ("dc", "rights", "Alt"),
    "Source": ("photoshop", "Source", ""),
}
"""Texts of PNG (PNG 1.2, section 11.3.4.2) and the XMP property that says the same."""

_IDENTIFIERS = {"DocumentID": "documentID", "InstanceID": "instanceID", "OriginalDocumentID": "originalDocumentID"}
_JPEG_ROOM = 65_000
"""Bytes of a block that fit into a segment of a JPEG with what stands around it."""


@dataclass(frozen=True)
class Blocks:
    """The blocks of metadata in a picture file, as they stand there."""

    exif: Image.Exif
    dpi: tuple[float, float] | None = None
    """Dots per inch, across and down the picture as it is stored."""
    xmp: bytes | str = b""
    iptc: bytes = b""
    png_texts: Mapping[str, str] = field(default_factory=dict)


def blocks_of(image: Image.Image) -> Blocks:
    """The blocks of a file of any format but TIFF, as Pillow opened it."""
    info = image.info
    texts = {key: info[key] for key in _PNG_TEXTS if image.format == "PNG" and isinstance(info.get(key), str)}
    return Blocks(exif_block.read_exif(image), info.get("dpi"), info.get("xmp") or b"", iptc.find_block(image), texts)


def read_metadata(blocks: Blocks, keep_place: bool = False, source_sha256: str = "") -> Metadata:
    """The part of a photograph's metadata that is kept; damaged entries are left out.

    Args:
        keep_place: also keep where the photograph was taken or what place it shows.
        source_sha256: checksum of the file.
    """
    tags, capture, gps = exif_block.read_tags(blocks.exif, keep_place)
    properties = xmp.read_packet(blocks.xmp)
    datasets = iptc.read_datasets(blocks.iptc, keep_place)
    kept = _from_png_texts(blocks.png_texts) | _from_datasets(datasets) | xmp.choose(properties, keep_place)
    return Metadata(
        tags,
        capture,
        exif_block.upright_dpi(blocks.dpi, blocks.exif),
        gps,
        xmp=kept,
        iptc=(*datasets, *_to_datasets(kept, {number for number, _ in datasets}, keep_place)),
        derived_from=_identifiers(properties),
        source_sha256=source_sha256,
    )


def save_options(format: str, metadata: Metadata, provenance: Provenance | None) -> dict[str, Any]:
    """Arguments of Pillow's `Image.save` that write metadata and, given `provenance`, the mark of a coloured file.

    Args:
        format: "png" or "jpeg".
    """
    options: dict[str, Any] = {"exif": exif_block.new_exif(metadata, provenance)}
    if metadata.dpi is not None:
        options["dpi"] = metadata.dpi
    packet = xmp.write_packet(metadata, provenance, _JPEG_ROOM if format == "jpeg" else None)
    if format == "jpeg":
        options["xmp"] = packet
        if block := iptc.write_datasets(metadata.iptc, _JPEG_ROOM):
            options["extra"] = iptc.as_jpeg_segment(block)
    elif packet:
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", packet)
    return options


def _identifiers(properties: Mapping[str, Element]) -> dict[str, str]:
    found = {}
    for name, field_of_reference in _IDENTIFIERS.items():
        element = properties.get(name_of("xmpMM", name))
        if element is not None and (values := xmp.texts(element)):
            found[field_of_reference] = values[0]
    return found


def _from_png_texts(texts: Mapping[str, str]) -> dict[str, Element]:
    found = {}
    for key, value in texts.items():
        prefix, name, kind = _PNG_TEXTS[key]
        if value.strip():
            found[name_of(prefix, name)] = xmp.text(name_of(prefix, name), [value.strip()], kind)
    return found


def _from_datasets(datasets: tuple[tuple[int, bytes], ...]) -> dict[str, Element]:
    """The datasets as XMP properties, those that XMP has."""
    found = {}
    for number, (prefix, name, kind) in _SAME.items():
        values = [value.decode().strip() for other, value in datasets if other == number]
        if number in _TIMES:
            time = next((value.decode() for other, value in datasets if other == _TIMES[number]), "")
            values = [_to_xmp_date(value, time) for value in values]
        if values := [value for value in values if value]:
            found[name_of(prefix, name)] = xmp.text(name_of(prefix, name), values, kind)
    return found


def _to_datasets(properties: Mapping[str, Element], there: set[int], keep_place: bool) -> list[tuple[int, bytes]]:
    """The properties as datasets, but for those that are there already, or longer than the standard allows."""
    limits = iptc.DATASETS | (iptc.PLACES if keep_place else {})
    found = []
    for number, (prefix, name, _) in _SAME.items():
        element = properties.get(name_of(prefix, name))
        if element is None or number in there or number not in limits:
            continue
        for value in xmp.texts(element):
            pairs = [(number, value)]
            if number in _TIMES:
                pairs = zip((number, _TIMES[number]), _from_xmp_date(value), strict=True)
            found += [(n, data) for n, part in pairs if 0 < len(data := part.encode()) <= limits[n][0]]
    return found


def _to_xmp_date(date: str, time: str) -> str:
    """`19360400`, `120000+0100` as `1936-04`: unknown parts of a date are left out, and the time with them."""
    digits = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", date)
    if digits is None or digits[1] == "0000":
        return ""
    parts = [digits[1]]
    for part in digits.groups()[1:]:
        if part == "00":
            return "-".join(parts)
        parts.append(part)
    clock = re.fullmatch(r"(\d\d)(\d\d)(\d\d)([+-]\d\d)(\d\d)", time)
    return "-".join(parts) + ("T{}:{}:{}{}:{}".format(*clock.groups()) if clock else "")


def _from_xmp_date(value: str) -> tuple[str, str]:
    """The inverse of `_to_xmp_date`; two empty texts for what is no date."""
    found = re.fullmatch(
        r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|([+-]\d\d):(\d\d))?)?)?)?", value
    )
    if found is None:
        return "", ""
    year, month, day, hour, minute, second, zone, zone_minutes = found.groups()
    date = f"{year}{month or '00'}{day or '00'}"
    return date, "" if hour is None else f"{hour}{minute}{second or '00'}{zone or '+00'}{zone_minutes or '00'}"
