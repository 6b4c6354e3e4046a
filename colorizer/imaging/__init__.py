"""Read, resize and write photographs: what `from colorizer import images` offers to scripts and pages.

Code inside this project imports the single modules instead.
"""

from colorizer.imaging.caption import CAPTION, add_caption
from colorizer.imaging.errors import (
    EmptyFileError,
    GrayResultError,
    ImageError,
    NotAnImageError,
    SettingError,
    TooManyPixelsError,
    TooSmallError,
    TruncatedImageError,
    UnsupportedFormatError,
)
from colorizer.imaging.formats import EXTENSIONS, OUTPUT_EXTENSIONS, output_format, output_name, read_format
from colorizer.imaging.limits import MIN_SIDE, check_size, max_pixels
from colorizer.imaging.metadata import Metadata, Provenance
from colorizer.imaging.pixels import to_gray
from colorizer.imaging.reading import Photo, read
from colorizer.imaging.resizing import preview, resize
from colorizer.imaging.writing import PREVIEW_BYTES, encode_preview, write
from storage.files import write_file

__all__ = [
    "CAPTION",
    "EXTENSIONS",
    "MIN_SIDE",
    "OUTPUT_EXTENSIONS",
    "PREVIEW_BYTES",
    "EmptyFileError",
    "GrayResultError",
    "ImageError",
    "Metadata",
    "NotAnImageError",
    "Photo",
    "Provenance",
    "SettingError",
    "TooManyPixelsError",
    "TooSmallError",
    "TruncatedImageError",
    "UnsupportedFormatError",
    "add_caption",
    "check_size",
    "encode_preview",
    "max_pixels",
    "output_format",
    "output_name",
    "preview",
    "read",
    "read_format",
    "resize",
    "to_gray",
    "write",
    "write_file",
]
