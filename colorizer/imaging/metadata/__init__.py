"""Metadata of a picture: the part of the source's that is kept, and the mark that says how a picture was coloured.

What describes the photograph and its rights is kept in all three blocks that files have for it: EXIF, XMP and IPTC-IIM.
In each only what is on a list is kept, so that what nobody thought of (serial numbers, maker's notes, thumbnails, a
place) is never passed on by accident. Each block is read and written here and not by a library: exiv2 has no wheels for
all systems, exiftool needs Perl, and there is no other that writes all three. IPTC-IIM is a list of numbered texts and
XMP is XML, so both together are shorter than what would wrap a library.
"""

from colorizer.imaging.metadata.files import Blocks, blocks_of, read_metadata, save_options
from colorizer.imaging.metadata.records import Metadata, Provenance
from colorizer.imaging.metadata.xmp import DIGITAL_SOURCE_TYPE

__all__ = ["DIGITAL_SOURCE_TYPE", "Blocks", "Metadata", "Provenance", "blocks_of", "read_metadata", "save_options"]
