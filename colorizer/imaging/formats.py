"""Formats that are read (recognised by a file's first bytes) and written, and the name of a coloured copy."""

import io
import os
import unicodedata
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from colorizer.imaging.errors import EmptyFileError, NotAnImageError, UnsupportedFormatError

EXTENSIONS = frozenset(
    """.jpg .jpeg .jfif .jpe .jpg_large .mpo .png .tif .tiff .webp .bmp .gif .heic .heif .hif .avif""".split()
)
"""Extensions, in lower case, of the files taken from folders; a file given by name is always tried."""

OUTPUT_EXTENSIONS = {"png": ".png", "jpeg": ".jpg", "tiff": ".tif"}
"""Formats that `write` knows, and the extension of each."""

JPEG_EXTENSIONS = frozenset({".jpg", ".jpeg", ".jfif", ".jpe", ".jpg_large", ".mpo"})

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "HEIC", "AVIF")  # MPO (a phone's file of pictures) is JPEG
TAKEN = "JPEG, PNG, TIFF, WebP, HEIC, AVIF, BMP or GIF"

_RAW_EXTENSIONS = frozenset(
    ".3fr .arw .cr2 .cr3 .dng .erf .iiq .kdc .mef .mos .nef .nrw .orf .pef .raf .rw2 .srw".split()
)

# fmt: off
_SIGNATURES = (  # offset, bytes, name; the first that fits counts
    (0, b"\xff\xd8\xff", "JPEG"), (0, b"\x89PNG\r\n\x1a\n", "PNG"), (0, b"GIF8", "GIF"), (8, b"WEBP", "WEBP"),
    (0, b"BM", "BMP"), (8, b"CR\x02\x00", "Canon raw"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"), (0, b"MM\0+", "TIFF"), (4, b"ftyphe", "HEIC"), (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"), (4, b"ftypavi", "AVIF"), (4, b"ftypcrx", "Canon raw"), (4, b"ftyp", "a video"),
    (0, b"8BPS", "Photoshop (PSD)"), (0, b"SIMPLE  =", "FITS"), (0, b"\0\0\1\0", "ICO"), (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"), (4, b"JXL ", "JPEG XL"), (0, b"\xff\x0a", "JPEG XL"), (0, b"%PDF", "PDF"),
    (0, b"FUJIFILM", "Fujifilm raw"), (0, b"IIR", "Olympus raw"), (0, b"IIU\0", "Panasonic raw"), (0, b"<svg", "SVG"),
)
# fmt: on


def read_format(source: bytes | os.PathLike | str) -> str:
    """The format of a file, recognised by its first bytes (see `Photo.format`); nothing is decoded.

    Raises:
        ImageError: the format is not accepted.
        OSError: the path cannot be opened.
    """
    with open_source(source) as stream:
        return kind_of(stream.read(32))


def output_format(format: str) -> str:
    """What to write of a photograph of `format` when nothing else is asked for: JPEG stays JPEG, all else is PNG.

    >>> output_format("JPEG"), output_format("TIFF")
    ('jpeg', 'png')
    """
    return "jpeg" if format == "JPEG" else "png"


def output_name(name: str, format: str | None, taken: set[str]) -> str:
    """Name the coloured copy of `name`: `NAME_colorized.EXT`, different from all in `taken`, see `name_key`.

    JPEG stays JPEG and all else becomes PNG, unless `format` is given. If the name is taken, the new name also contains
    the old extension; if that is taken too, a number is added. Folders and control characters in `name` are dropped,
    because it may come from a visitor.

    Args:
        taken: the `name_key` of each name given out so far; that of the new one is added.
    """
    plain = PurePosixPath("".join(c for c in name.replace("\\", "/") if c.isprintable())).name
    stem, suffix = os.path.splitext(plain)
    stem = stem.encode()[:180].decode(errors="ignore") or "photo"  # file systems allow names of 255 bytes
    check_output_format(format := format or ("jpeg" if suffix.lower() in JPEG_EXTENSIONS else "png"))
    kept = f"{stem}{suffix.encode()[:20].decode(errors='ignore')}"
    chosen, count = f"{stem}_colorized{OUTPUT_EXTENSIONS[format]}", 1
    while name_key(chosen) in taken:
        chosen = f"{kept}_colorized{'' if count == 1 else f'_{count}'}{OUTPUT_EXTENSIONS[format]}"
        count += 1
    taken.add(name_key(chosen))
    return chosen


def page_name(name: str, page: int) -> str:
    """The name of one page of a file, from which `output_name` makes that of its coloured copy.

    >>> page_name("album.tif", 3)
    'album_p003.tif'
    """
    stem, suffix = os.path.splitext(name)
    return f"{stem}_p{page:03}{suffix}"


def name_key(name: str) -> str:
    """What two names share if some file system takes them for one: those of Macs ignore case and Unicode form.

    >>> name_key("E\u0301.JPG") == name_key("\u00e9.jpg")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def open_source(source: bytes | os.PathLike | str) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, (bytes, bytearray, memoryview)) else open(source, "rb")


def pillow_formats(kind: str) -> tuple[str, ...]:
    """What Pillow calls a format. It learns to read HEIC here, when it first has to."""
    if kind != "HEIC":
        return (kind,)
    import pi_heif

    pi_heif.register_heif_opener()
    return ("HEIF",)


def kind_of(head: bytes) -> str:
    """The format of a file, recognised by its first bytes; an `ImageError` if it is not accepted."""
    if not head:
        raise EmptyFileError("A photograph must hold data. Received 0 bytes: copy the file again, or choose another.")
    name = _recognize(head)
    if name is None:
        raise NotAnImageError(
            f"A photograph must be {TAKEN}. Received a file that holds none of these, whatever its name says: "
            "save it as JPEG in a program that shows it, or copy it again from where it came."
        )
    if name not in FORMATS:
        raise UnsupportedFormatError(f"A photograph must be {TAKEN}. Received {name}: save it as JPEG or PNG first.")
    return name


def describe_kind(path: Path) -> str:
    """What a file is that is not taken from a folder, by its content and its name, in words for users.

    >>> describe_kind(Path(__file__))
    '.py'
    """
    suffix = path.suffix.lower()
    if suffix in _RAW_EXTENSIONS:  # many begin as a TIFF does
        return f"camera raw ({suffix})"
    try:
        with open(path, "rb") as stream:
            name = _recognize(stream.read(32))
    except OSError as error:
        return f"unreadable ({error.strerror})"
    if name is None:
        return suffix or "no extension"
    if name in FORMATS:
        return f"{name} that is called {suffix}" if suffix else f"{name} without extension"
    return name


def _recognize(head: bytes) -> str | None:
    name = next((name for offset, signature, name in _SIGNATURES if head.startswith(signature, offset)), None)
    return "AVIF" if name == "HEIC" and b"avif" in head else name  # the brand mif1 is of both; a list follows it


def check_output_format(format: str) -> None:
    if format not in OUTPUT_EXTENSIONS:
        raise UnsupportedFormatError(f"format must be one of {', '.join(OUTPUT_EXTENSIONS)}. Received {format!r}.")
