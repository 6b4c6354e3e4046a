"""What is known of a photograph beside its pixels, and of how it was coloured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element


@dataclass(frozen=True)
class Metadata:
    """The part of a source's metadata that is written into the coloured copy."""

    tags: Mapping[int, Any] = field(default_factory=dict)
    """EXIF tags of the picture (camera, artist, copyright, description), text as bytes."""
    capture: Mapping[int, Any] = field(default_factory=dict)
    """EXIF tags of the exposure (date taken, lens, settings)."""
    dpi: tuple[float, float] | None = None
    """Dots per inch, across and down the upright picture."""
    gps: Mapping[int, Any] = field(default_factory=dict)
    """EXIF tags of the place; empty unless it was asked for."""
    xmp: Mapping[str, Element] = field(default_factory=dict)
    """XMP properties by name, `{namespace}name`, each as its XML element."""
    iptc: tuple[tuple[int, bytes], ...] = ()
    """IPTC-IIM: numbers and values (UTF-8) of the datasets of record 2, in order."""
    derived_from: Mapping[str, str] = field(default_factory=dict)
    """The identifiers that the source gives to itself (`documentID`, `instanceID`, `originalDocumentID`)."""
    source_sha256: str = ""
    """Checksum of the source's file, in hexadecimal digits; empty where there is no file."""


@dataclass(frozen=True)
class Provenance:
    """Which software, model and weights coloured a picture."""

    software: str
    model: str
    weights_sha256: str
    saturation: float = 1.0
    """Strength of the colours that was asked for."""
    hints: int = 0
    """Number of places whose colour a person gave."""
    style: str = ""
    """What else was asked for: a mood, a reference, warmth."""
    preparation: str = ""
    """What was done with the photograph before colouring, see `Preparation.in_words`."""
