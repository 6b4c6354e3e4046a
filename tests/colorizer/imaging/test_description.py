"""What describes a photograph and its rights survives, in every block that a format has; the place only if asked."""

import hashlib
import io
import struct
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from colorizer import images
from colorizer.imaging.metadata import files, iptc, xmp
from tests.colorizer.imaging.examples import PROVENANCE, RGB, encode, encode_tiff, exiftool, needs_exiftool

DESCRIPTION = {
    "IPTC:ObjectName": "Market, Łódź",
    "IPTC:Caption-Abstract": "A market day; flower sellers – “three” of them",
    "IPTC:By-line": "José Núñez",
    "IPTC:Credit": "City museum",
    "IPTC:CopyrightNotice": "© City museum",
    "IPTC:Keywords": ["market", "flowers"],
    "IPTC:DateCreated": "1936:05:01",
    "IPTC:TimeCreated": "12:30:00+01:00",
    "IPTC:OriginalTransmissionReference": "1936/17",
    "XMP-dc:Title": "Market in Łódź",
    "XMP-dc:Description": "A market day",
    "XMP-dc:Creator": ["José Núñez", "Ann Other"],
    "XMP-dc:Rights": "© City museum",
    "XMP-dc:Subject": ["market", "flowers", "women"],
    "XMP-dc:Identifier": "M-1936-17",
    "XMP-photoshop:Headline": "Flower sellers",
    "XMP-photoshop:DateCreated": "1936:05",
    "XMP-xmpRights:UsageTerms": "CC BY 4.0",
    "XMP-xmpRights:WebStatement": "https://museum.example/rights",
    "XMP-plus:LicensorName": "City museum",
    "XMP-iptcExt:PersonInImage": ["Anna N.", "Maria K."],
    "XMP-iptcCore:CreatorWorkEmail": "photo@museum.example",
    "IFD0:ImageDescription": "Market day",
    "IFD0:Artist": "José Núñez",
    "IFD0:Copyright": "© City museum",
    "ExifIFD:DateTimeOriginal": "1936:05:01 12:30:00",
}
PLACE = {
    "IPTC:City": "Łódź",
    "IPTC:Sub-location": "Green market",
    "IPTC:Country-PrimaryLocationName": "Poland",
    "XMP-photoshop:City": "Łódź",
    "XMP-photoshop:Country": "Poland",
    "XMP-iptcCore:Location": "Green market",
    "XMP-iptcExt:LocationShownCity": "Łódź",
    "XMP-dc:Coverage": "Łódź 1936",
    "XMP-exif:GPSLatitude": 51.75,
    "GPS:GPSLatitude": 51.75,
    "GPS:GPSLatitudeRef": "N",
}
IDENTIFIERS = {
    "XMP-xmpMM:DocumentID": "xmp.did:1",
    "XMP-xmpMM:InstanceID": "xmp.iid:2",
    "XMP-xmpMM:OriginalDocumentID": "xmp.did:0",
}
BLOCKS = {"JPEG": "IPTC XMP IFD0 ExifIFD GPS", "TIFF": "IPTC XMP IFD0 ExifIFD GPS", "PNG": "XMP IFD0 ExifIFD GPS"}
BLOCKS["WEBP"] = BLOCKS["PNG"]


def described(format, path, tags) -> bytes:
    """A small picture with these tags, written by exiftool."""
    path.write_bytes(encode(RGB, format))
    arguments = ["-n", "-codedcharacterset=utf8"]
    for name, value in tags.items():
        arguments += [f"-{name}={item}" for item in (value if isinstance(value, list) else [value])]
    (path.parent / "arguments").write_text("\n".join([*arguments, "-overwrite_original", str(path)]), encoding="utf-8")
    subprocess.run(["exiftool", "-charset", "utf8", "-@", path.parent / "arguments"], check=True, capture_output=True)
    return path.read_bytes()


def expected(tags, source, output):
    """The tags that both formats have a block for."""
    both = set(BLOCKS[source].split()) & set(BLOCKS[output].split())
    return {name: value for name, value in tags.items() if name.partition(":")[0].partition("-")[0] in both}


@needs_exiftool
@pytest.mark.parametrize("source", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_description_and_rights_survive_in_every_block_and_the_place_does_not(source, tmp_path):
    data = described(source, tmp_path / "all", DESCRIPTION | PLACE | IDENTIFIERS)
    photo = images.read(data)
    for output in ("JPEG", "TIFF", "PNG"):
        written = images.write(RGB, output.lower(), photo.metadata, PROVENANCE)
        found = exiftool(written, tmp_path / f"out.{output.lower()}")
        wanted = expected(DESCRIPTION, source, output)
        assert {name: found.get(name) for name in wanted} == wanted, output
        assert not {name for name in found if name in PLACE or "GPS" in name or "Location" in name}, output
        assert "Łódź 1936".encode() not in written and b"Green market" not in written
        assert not [text for name, text in found.items() if "Warning" in name or "Error" in name]


@needs_exiftool
@pytest.mark.parametrize("source", ["JPEG", "TIFF"])
@pytest.mark.parametrize("output", ["JPEG", "TIFF", "PNG"])
def test_the_place_is_kept_when_it_is_asked_for(source, output, tmp_path):
    data = described(source, tmp_path / "all", DESCRIPTION | PLACE)
    photo = images.read(data, keep_place=True)
    found = exiftool(images.write(RGB, output.lower(), photo.metadata, PROVENANCE), tmp_path / "out")
    wanted = expected(PLACE, source, output)
    assert {name: found.get(name) for name in wanted} == wanted


@needs_exiftool
@pytest.mark.parametrize("output", ["JPEG", "TIFF", "PNG"])
def test_xmp_says_from_which_file_and_how_it_was_made(output, tmp_path):
    data = described("JPEG", tmp_path / "all", IDENTIFIERS)
    checksum = hashlib.sha256(data).hexdigest()
    made_by = replace(PROVENANCE, saturation=1.3, hints=4)
    written = images.write(RGB, output.lower(), images.read(data).metadata, made_by)
    found = exiftool(written, tmp_path / "out")
    assert found["XMP-huestory:SourceSHA256"] == checksum
    assert found["XMP-xmpMM:DerivedFromDocumentID"] == "xmp.did:1"
    assert found["XMP-xmpMM:DerivedFromInstanceID"] == "xmp.iid:2"
    assert found["XMP-xmpMM:OriginalDocumentID"] == "xmp.did:0"
    assert "XMP-xmpMM:DocumentID" not in found  # that of another file
    assert found["XMP-xmpMM:HistoryAction"] == "edited"
    assert found["XMP-xmpMM:HistorySoftwareAgent"] == PROVENANCE.software
    assert "coloured by software" in found["XMP-xmpMM:HistoryParameters"]
    assert PROVENANCE.weights_sha256 in found["XMP-xmpMM:HistoryParameters"]
    assert "saturation 1.3" in found["XMP-xmpMM:HistoryParameters"]
    assert "colour of 4 places was given by a person" in found["XMP-xmpMM:HistoryParameters"]
    assert found["XMP-huestory:Hints"] == 4


@needs_exiftool
def test_a_source_without_identifiers_is_named_by_its_checksum(tmp_path):
    data = encode(RGB, "PNG")
    found = exiftool(images.write(RGB, "png", images.read(data).metadata, PROVENANCE), tmp_path / "out")
    assert found["XMP-xmpMM:DerivedFromInstanceID"] == f"urn:sha256:{hashlib.sha256(data).hexdigest()}"


@needs_exiftool
def test_what_only_one_block_has_is_filled_in_where_another_format_needs_it(tmp_path):
    only_iptc = {name: value for name, value in DESCRIPTION.items() if name.startswith("IPTC:")}
    photo = images.read(described("JPEG", tmp_path / "iptc", only_iptc))
    found = exiftool(images.write(RGB, "png", photo.metadata, PROVENANCE), tmp_path / "out.png")
    assert found["XMP-dc:Title"] == "Market, Łódź" and found["XMP-dc:Subject"] == ["market", "flowers"]
    assert found["XMP-photoshop:DateCreated"] == "1936:05:01 12:30:00+01:00"
    assert found["XMP-photoshop:TransmissionReference"] == "1936/17"
    only_xmp = {name: value for name, value in DESCRIPTION.items() if name.startswith("XMP")}
    photo = images.read(described("PNG", tmp_path / "xmp", only_xmp))
    found = exiftool(images.write(RGB, "jpeg", photo.metadata, PROVENANCE), tmp_path / "out.jpg")
    assert found["IPTC:By-line"] == ["José Núñez", "Ann Other"] and found["IPTC:Caption-Abstract"] == "A market day"
    assert found["IPTC:DateCreated"] == "1936:05:00" and "IPTC:TimeCreated" not in found


def block_of(*datasets):
    """IPTC-IIM without a note of its coding, as old programs wrote it."""
    return b"".join(struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value for number, value in datasets)


def test_texts_of_old_programs_are_taken_for_windows_1252():
    block = block_of((120, "Straße – 1936".encode("cp1252")), (80, "Núñez".encode()), (5, b"plain\0"))
    photo = images.read(encode(RGB, "JPEG", extra=iptc.as_jpeg_segment(block)))
    assert photo.metadata.iptc == ((120, "Straße – 1936".encode()), (80, "Núñez".encode()), (5, b"plain"))


def test_iptc_in_a_tiff_as_numbers_of_32_bits_is_read():
    block = block_of((5, b"A title"), (25, b"one"), (25, b"two"))
    block += bytes(-len(block) % 4)
    numbers = struct.unpack(f"<{len(block) // 4}I", block)
    photo = images.read(encode_tiff(RGB, photometric="rgb", extratags=[(33723, 4, len(numbers), numbers, True)]))
    assert photo.metadata.iptc == ((5, b"A title"), (25, b"one"), (25, b"two"))


@pytest.mark.parametrize("wrapped", [False, True])
def test_iptc_in_a_png_of_imagemagick_is_read(wrapped):
    block = block_of((5, b"A title"))
    profile = iptc.as_jpeg_segment(block)[18:] if wrapped else block
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type iptc", f"\niptc\n{len(profile):8}\n{profile.hex()}\n", zip=True)
    assert images.read(encode(RGB, "PNG", pnginfo=info)).metadata.iptc == ((5, b"A title"),)


def test_texts_of_a_png_become_xmp():
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Title", "Märkte")
    info.add_text("Author", "Anna")
    info.add_text("Software", "ScanTool")
    found = images.read(encode(RGB, "PNG", pnginfo=info)).metadata.xmp
    assert {name: xmp.texts(element) for name, element in found.items()} == {
        xmp.name_of("dc", "title"): ["Märkte"],
        xmp.name_of("dc", "creator"): ["Anna"],
    }


PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
  xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="Museum" photoshop:City="Paris"
  xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
  crs:Exposure="1">
 <dc:title><rdf:Alt><rdf:li xml:lang="de">Markt</rdf:li><rdf:li xml:lang="x-default">Market</rdf:li></rdf:Alt>
 </dc:title>
 <e:ArtworkOrObject><rdf:Bag><rdf:li><rdf:Description e:AOTitle="Print" e:City="Paris"><e:LocationShown>Paris
 </e:LocationShown></rdf:Description></rdf:li></rdf:Bag></e:ArtworkOrObject>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def test_attributes_languages_and_nested_places_of_xmp():
    metadata = images.read(encode(RGB, "WEBP", xmp=PACKET.encode())).metadata
    packet = xmp.write_packet(metadata, PROVENANCE).decode()
    assert "Museum" in packet and "Markt" in packet and "Print" in packet
    assert "Paris" not in packet and "Exposure" not in packet
    assert xmp.texts(metadata.xmp[xmp.name_of("dc", "title")]) == ["Market"]
    assert ElementTree.fromstring(packet.split("?>", 1)[1].rsplit("<?", 1)[0]).tag == "{adobe:ns:meta/}xmpmeta"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no xml",
        PACKET[:-20].encode(),
        b'<!DOCTYPE x [<!ENTITY a "' + b"x" * 99 + b'">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>',
        b"\xff\xfe" + '<!DOCTYPE x [<!ENTITY a "b">]><a>&a;</a>'.encode("utf-16-le"),
        PACKET.encode() + b" " * xmp.MAX_BYTES,
    ],
)
def test_a_damaged_or_dangerous_packet_is_left_out(packet):
    assert xmp.read_packet(packet) == {}


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_packets_in_other_codings_are_read(coding):
    assert xmp.name_of("dc", "title") in xmp.read_packet(PACKET.encode(coding) + b"\0\0")


def test_a_jpeg_takes_what_fits_of_a_long_description_and_a_tiff_all():
    long = xmp.text(xmp.name_of("dc", "description"), ["x" * 70_000], "Alt")
    short = xmp.text(xmp.name_of("dc", "title"), ["Market"], "Alt")
    datasets = ((120, b"y" * 70_000), (5, b"Market"))
    metadata = images.Metadata(xmp={long.tag: long, short.tag: short}, iptc=datasets)
    jpeg, tiff = images.write(RGB, "jpeg", metadata, PROVENANCE), images.write(RGB, "tiff", metadata, PROVENANCE)
    assert images.read(jpeg).metadata.iptc == ((5, b"Market"),) and short.tag in images.read(jpeg).metadata.xmp
    assert images.read(tiff).metadata.iptc == datasets and long.tag in images.read(tiff).metadata.xmp


def test_a_picture_without_mark_keeps_its_description():
    metadata = images.read(encode(RGB, "WEBP", xmp=PACKET.encode())).metadata
    for format in ("jpeg", "png", "tiff"):
        written = images.write(RGB, format, metadata)
        assert b"Market" in written and b"DigitalSourceType" not in written


@pytest.mark.parametrize(
    ("date", "time", "xmp_date"),
    [
        ("19360501", "123000+0100", "1936-05-01T12:30:00+01:00"),
        ("19360501", "", "1936-05-01"),
        ("19360500", "", "1936-05"),
        ("19360000", "", "1936"),
    ],
)
def test_dates_of_iptc_and_xmp(date, time, xmp_date):
    assert files._to_xmp_date(date, time) == xmp_date
    assert files._from_xmp_date(xmp_date) == (date, time)


@pytest.mark.parametrize("date", ["", "00000000", "1936", "about 1936"])
def test_what_is_no_date_of_iptc_is_left_out(date):
    assert files._to_xmp_date(date, "") == ""


@given(st.binary(max_size=60), st.integers(0, 60))
def test_damaged_blocks_are_never_an_error(noise, cut):
    block = block_of((120, b"caption"), (5, noise))[: cut + 10] + noise
    photo = images.read(encode(RGB, "JPEG", extra=iptc.as_jpeg_segment(block)))
    images.write(RGB, "jpeg", photo.metadata, PROVENANCE)
    xmp.read_packet(PACKET.encode()[: cut * 20] + noise)


def test_the_same_source_gives_the_same_bytes():
    metadata = [images.read(encode(RGB, "WEBP", xmp=PACKET.encode())).metadata for _ in range(2)]
    for format in ("jpeg", "png", "tiff"):
        one, other = (images.write(RGB, format, m, PROVENANCE) for m in metadata)
        assert one == other
    assert Image.open(io.BytesIO(one)).n_frames == 1
