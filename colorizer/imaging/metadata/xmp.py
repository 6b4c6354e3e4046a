"""XMP: the properties of a source that are kept, and the packet that is written, with the mark of a coloured picture.

Sources: XMP part 1 (ISO 16684-1) for packet and RDF, part 2 for `xmpMM:DerivedFrom` and `xmpMM:History`; IPTC Photo
Metadata Standard 2023.2; IPTC digital source types, https://cv.iptc.org/newscodes/digitalsourcetype/.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from colorizer.imaging.metadata.records import Metadata, Provenance

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "cc": "http://creativecommons.org/ns#",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "huestory": "https://huestory.org/ns/1.0/",
}

_KEPT = {
    "dc": """contributor creator date description identifier language publisher relation rights source subject title
        type""",
    "dcterms": """abstract accessRights alternative available bibliographicCitation contributor created creator
        dateAccepted dateCopyrighted dateSubmitted description identifier isPartOf issued isVersionOf language license
        modified provenance publisher references relation rights rightsHolder source subject tableOfContents temporal
        title type valid""",
    "photoshop": """AuthorsPosition CaptionWriter Category Credit DateCreated Headline Instructions Source
        SupplementalCategories TransmissionReference Urgency""",
    "xmp": "CreateDate Identifier Label Nickname Rating",
    "xmpRights": "*",
    "Iptc4xmpCore": """AltTextAccessibility CreatorContactInfo ExtDescrAccessibility IntellectualGenre Scene
        SubjectCode""",
    "Iptc4xmpExt": """AboutCvTerm AddlModelInfo ArtworkOrObject Contributor CopyrightYear DigImageGUID Event EventId
        Genre ModelAge OrganisationInImageCode OrganisationInImageName PersonHeard PersonInImage PersonInImageWDetails
        ProductInImage RegistryId""",
    "plus": "*",
    "cc": "*",
    "lr": "hierarchicalSubject weightedFlatSubject",
    "tiff": "Artist Copyright ImageDescription",
    "exif": "DateTimeOriginal UserComment",
}
"""Properties that are kept, by the prefix of their namespace; `*` means all."""

_PLACES = {
    "dc": "coverage",
    "dcterms": "coverage spatial",
    "photoshop": "City Country State",
    "Iptc4xmpCore": "CountryCode Location",
    "Iptc4xmpExt": """City CountryCode CountryName LocationCreated LocationId LocationName LocationShown ProvinceState
        Sublocation WorldRegion""",
    "exif": """GPSAltitude GPSAltitudeRef GPSAreaInformation GPSDestBearing GPSDestBearingRef GPSDestDistance
        GPSDestDistanceRef GPSDestLatitude GPSDestLongitude GPSDifferential GPSDOP GPSHPositioningError
        GPSImgDirection GPSImgDirectionRef GPSLatitude GPSLongitude GPSMapDatum GPSMeasureMode GPSProcessingMethod
        GPSSatellites GPSSpeed GPSSpeedRef GPSStatus GPSTimeStamp GPSTrack GPSTrackRef GPSVersionID""",
}
"""Properties that tell a place, also as fields of other properties: kept only if that was asked for."""

MAX_BYTES = 4 * 1024**2
"""A longer packet is not read."""

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def name_of(prefix: str, name: str) -> str:
    """The full name of a property: `{namespace}name`."""
    return f"{{{NAMESPACES[prefix]}}}{name}"


def read_packet(packet: bytes | str) -> dict[str, Element]:
    """All properties of a packet by their full names; empty for a damaged one.

    A document type is refused: XMP has none, and its entities could grow to any size.
    """
    data = packet.encode() if isinstance(packet, str) else bytes(packet)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", errors="ignore").encode()
    if len(data) > MAX_BYTES or re.search(rb"<!\s*(DOCTYPE|ENTITY)", data, re.IGNORECASE):
        return {}
    try:
        root = ElementTree.fromstring(data.strip(b"\0 \t\r\n"))
    except (ElementTree.ParseError, ValueError, LookupError):
        return {}
    found: dict[str, Element] = {}
    for description in (d for rdf in root.iter(name_of("rdf", "RDF")) for d in rdf):
        for name, value in description.attrib.items():
            if name.startswith("{") and not name.startswith(("{" + NAMESPACES["rdf"], "{http://www.w3.org/XML/")):
                found.setdefault(name, text(name, [value]))
        for element in description:
            element.tail = None
            found.setdefault(element.tag, element)
    return found


def choose(properties: Mapping[str, Element], keep_place: bool = False) -> dict[str, Element]:
    """The properties that are kept, without fields that tell a place unless they are asked for."""
    kept = _names(_KEPT) | (_names(_PLACES) if keep_place else frozenset())
    everything = tuple("{" + NAMESPACES[prefix] for prefix, names in _KEPT.items() if names == "*")
    chosen = {n: e for n, e in properties.items() if n in kept or n.startswith(everything)}
    if not keep_place:
        for element in chosen.values():
            _remove(element, _names(_PLACES))
    return chosen


def text(name: str, values: Sequence[str], kind: str = "") -> Element:
    """A property with one text, or a list of them.

    Args:
        kind: "" for one text, or the kind of list: Bag, Seq, or Alt (the text in the default language).
    """
    element = Element(name)
    if not kind:
        element.text = _clean(values[0])
        return element
    items = ElementTree.SubElement(element, name_of("rdf", kind))
    for value in values:
        item = ElementTree.SubElement(items, name_of("rdf", "li"), {_LANGUAGE: "x-default"} if kind == "Alt" else {})
        item.text = _clean(value)
    return element


def texts(element: Element) -> list[str]:
    """The texts of a property: one, or those of its list; of several languages only the default one."""
    items = [item for item in element.iter(name_of("rdf", "li")) if item.text and item.text.strip()]
    if element.find(name_of("rdf", "Alt")) is not None:
        items = sorted(items, key=lambda item: item.get(_LANGUAGE) != "x-default")[:1]
    found = [item.text.strip() for item in items] if items else [(element.text or "").strip()]
    return [value for value in found if value]


def write_packet(metadata: Metadata, provenance: Provenance | None, room: int | None = None) -> bytes:
    """The packet with what is kept of the source and, given `provenance`, what was done. Nothing for neither.

    Args:
        room: the most bytes that the packet may have; the longest kept properties are left out until it fits.
    """
    kept = dict(metadata.xmp)
    marks = {} if provenance is None else _marks(metadata, provenance)
    while kept or marks:
        packet = _serialize(kept | marks)
        if room is None or len(packet) <= room or not kept:
            return packet
        del kept[max(kept, key=lambda name: len(ElementTree.tostring(kept[name])))]
    return b""


def _marks(metadata: Metadata, provenance: Provenance) -> dict[str, Element]:
    """What is said about the colouring: that software made it, which, of what, and how."""
    software, model, weights = provenance.software, provenance.model, provenance.weights_sha256
    origin = "the source so prepared" if provenance.preparation else "the source"
    done = f"{provenance.preparation}; then " if provenance.preparation else ""
    done += f"coloured by software: model {model}, weights SHA-256 {weights}, saturation {provenance.saturation:g}; "
    if provenance.style:
        done += f"{provenance.style}; "
    if provenance.hints:
        places = "1 place was" if provenance.hints == 1 else f"{provenance.hints} places was"
        done += f"the colour of {places} given by a person; "
    event = {
        "action": "edited",
        "softwareAgent": software,
        "parameters": f"{done}colours are guesses, the lightness is that of {origin}",
        "changed": "/content",
    }
    marks = [
        text(name_of("Iptc4xmpExt", "DigitalSourceType"), [DIGITAL_SOURCE_TYPE]),
        text(name_of("xmp", "CreatorTool"), [software]),
        text(name_of("huestory", "Model"), [model]),
        text(name_of("huestory", "WeightsSHA256"), [weights]),
        *([text(name_of("huestory", "Hints"), [str(provenance.hints)])] if provenance.hints else []),
        _history([event]),
    ]
    if metadata.source_sha256:
        # RFC 6920 has a form for checksums as names, too, but nobody reads its base64.
        source = {"instanceID": f"urn:sha256:{metadata.source_sha256}", **metadata.derived_from}
        marks += [
            text(name_of("huestory", "SourceSHA256"), [metadata.source_sha256]),
            _structure(name_of("xmpMM", "DerivedFrom"), "stRef", source),
        ]
    if original := metadata.derived_from.get("originalDocumentID"):
        marks.append(text(name_of("xmpMM", "OriginalDocumentID"), [original]))
    return {mark.tag: mark for mark in marks}


def _history(events: Sequence[Mapping[str, str]]) -> Element:
    history = Element(name_of("xmpMM", "History"))
    items = ElementTree.SubElement(history, name_of("rdf", "Seq"))
    items.extend(_structure(name_of("rdf", "li"), "stEvt", event) for event in events)
    return history


def _structure(name: str, prefix: str, fields: Mapping[str, str]) -> Element:
    element = Element(name, {name_of("rdf", "parseType"): "Resource"})
    element.extend(text(name_of(prefix, field), [value]) for field, value in sorted(fields.items()))
    return element


def _serialize(properties: Mapping[str, Element]) -> bytes:
    _register()
    root = Element(name_of("x", "xmpmeta"))
    rdf = ElementTree.SubElement(root, name_of("rdf", "RDF"))
    description = ElementTree.SubElement(rdf, name_of("rdf", "Description"), {name_of("rdf", "about"): ""})
    description.extend(properties[name] for name in sorted(properties))
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{body}\n<?xpacket end="w"?>'.encode()


@cache
def _register() -> None:
    """Make the usual prefixes known: some programs look for these and not for the namespaces."""
    for prefix, namespace in NAMESPACES.items():
        ElementTree.register_namespace(prefix, namespace)


@cache
def _names_of(prefix: str, names: str) -> frozenset[str]:
    return frozenset(name_of(prefix, name) for name in names.split())


def _names(table: Mapping[str, str]) -> frozenset[str]:
    return frozenset().union(*(_names_of(prefix, names) for prefix, names in table.items()))


def _remove(element: Element, names: frozenset[str]) -> None:
    """Remove fields of these names at any depth, whether they are elements or attributes."""
    for name in names & element.attrib.keys():
        del element.attrib[name]
    for child in list(element):
        if child.tag in names:
            element.remove(child)
        else:
            _remove(child, names)


def _clean(value: str) -> str:
    """Text without characters that XML cannot hold."""
    return "".join(c for c in value if c.isprintable() or c in "\t\n\r")
