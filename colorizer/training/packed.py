"""Photographs packed into a few files, for training on another machine to which thousands of files cannot be copied.

A pack has the photographs of `train` and those of `val`, which are marked, so that the other machine can measure its
progress. It has none of `test`, and no photograph of `train` that is a near duplicate of a held-out one. Photographs
are stored as JPEG or WebP files; the machine that trains decodes them once.

Each piece can be used as a pack of its own and has a fair sample of all photographs. It is an uncompressed NumPy
archive (`.npz`, no pickle) of

    data     uint8 (bytes,): the photographs' files, one after the other
    offsets  int64 (n + 1,): where each file starts, and the end
    sizes    int32 (n, 2): height and width of each photograph, turned upright, in pixels
    names    str (n,): the file names
    val      bool (n,): whether the photograph belongs to `val`
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer.imaging import reading
from colorizer.imaging.errors import ImageError
from colorizer.imaging.photos import DataError, NoPhotographsError, PackedPhoto, read_rgb
from colorizer.imaging.resizing import resize
from colorizer.imaging.splits import Scan
from storage.files import replacing

SUFFIX = ".npz"
"""Extension of the files of a pack."""

SHORT_SIDE = 192
"""Photographs with a longer short side are reduced to it, in pixels."""

PIECE_BYTES = 60 * 2**20
"""Largest size of a piece, in bytes."""

QUALITY = 90
"""JPEG quality of the photographs that are encoded again."""

KEPT_FORMATS = ("JPEG", "WEBP")
"""Formats that are small enough to be stored without encoding again."""

_HEADERS = 4096  # bytes of a piece besides array data: zip headers of the five arrays, twice, and NumPy headers
_ROW = 8 + 8 + 1  # bytes per photograph in `offsets`, `sizes` and `val`
_DTYPES = {"data": "u1", "offsets": "<i8", "sizes": "<i4", "val": "?"}


class PackError(DataError):
    """A pack cannot be written or read."""


class PackExistsError(PackError):
    """Pieces of that name exist already."""


class PhotographTooLargeError(PackError):
    """One photograph is larger than the largest size of a piece."""


class DamagedPackError(PackError):
    """A file is not a pack, or is truncated, or was changed."""


@dataclass(frozen=True, eq=False)
class Photographs:
    """All photographs of some pieces, decoded."""

    pixels: np.ndarray
    """uint8 `(pixels of all photographs, 3)`, sRGB: row by row, one photograph after the other."""
    offsets: np.ndarray
    """int64 `(n + 1,)`: index of each photograph's first pixel, and the end."""
    sizes: np.ndarray
    """int32 `(n, 2)`: height and width, in pixels."""
    names: tuple[str, ...]
    val: np.ndarray
    """bool `(n,)`: whether the photograph belongs to `val`."""

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        """A photograph as uint8 sRGB `(H, W, 3)`, without a copy."""
        return self.pixels[self.offsets[index] : self.offsets[index + 1]].reshape(*self.sizes[index], 3)


def write(
    scan: Scan,
    output: Path,
    short_side: int = SHORT_SIDE,
    piece_bytes: int = PIECE_BYTES,
    progress: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Pack the photographs of a scan; returns the paths of the pieces, `NAME_00.npz` and so on.

    The same photographs give the same bytes.

    Args:
        scan: its `train` and `val` are packed.
        output: `NAME.npz`.
        short_side: photographs with a longer short side are reduced to it, in pixels; none is enlarged.
        piece_bytes: largest size of a piece, in bytes.
        progress: called after each photograph.

    Raises:
        PackExistsError: pieces of that name exist already.
        PhotographTooLargeError: one photograph is larger than `piece_bytes`.
        PackError: the output is not called NAME.npz.
        ImageError: a photograph can no longer be read.
        OSError: a photograph cannot be opened, or a piece cannot be written.
    """
    check_output(output)
    val = set(scan.val)
    # Sorted by a hash, so that every piece has a mixture of the kinds that begin with different names. It is not the
    # hash of the name alone: by that one photographs are held back, so all of them would be in the first piece.
    paths = sorted((*scan.train, *scan.val), key=lambda path: (_hash(f"pack {path.name}"), str(path)))
    pieces: list[Path] = []
    with ThreadPoolExecutor() as pool:
        photos = _in_turn(pool, partial(_pack, val=val, short_side=short_side), paths)
        for photos_of_piece in _pieces(photos, piece_bytes, progress):
            pieces.append(output.with_name(f"{output.stem}_{len(pieces):02}{output.suffix}"))
            _write_piece(pieces[-1], photos_of_piece)
    return pieces


def load(files: Sequence[Path]) -> Photographs:
    """Read pieces and decode their photographs into one array, in one thread pool.

    Raises:
        DamagedPackError: a file is not a pack, or is truncated, or was changed; the text names it.
        NoPhotographsError: no file is given.
        OSError: a file cannot be opened.
    """
    if not files:
        raise NoPhotographsError("At least one file of a pack must be given. Received none.")
    pieces = [(Path(file), read(file)) for file in files]
    places = [file for file, piece in pieces for _ in piece]
    return decode([photo for _, piece in pieces for photo in piece], lambda index: str(places[index]))


def decode(
    photos: Sequence[PackedPhoto], place: Callable[[int], str] = lambda index: "The pack of a photograph"
) -> Photographs:
    """Decode photographs into one array, in one thread pool.

    Args:
        place: name of the file that a photograph comes from, by its index; for the text of an error.

    Raises:
        DamagedPackError: a photograph cannot be decoded, or has another size than the pack says.
    """
    sizes = np.array([photo.size for photo in photos], np.int32).reshape(-1, 2)
    offsets = np.concatenate([[0], np.cumsum(sizes.prod(axis=1, dtype=np.int64))])
    pixels = np.empty((offsets[-1], 3), np.uint8)

    def decode_one(index: int) -> None:
        photo = photos[index]
        try:
            rgb = read_rgb(photo)
        except ImageError as error:
            raise _damaged(place(index), f"{photo.name!r} cannot be decoded") from error
        if rgb.shape[:2] != photo.size:
            raise _damaged(place(index), f"{photo.name!r} is of another size than it says")
        pixels[offsets[index] : offsets[index + 1]] = rgb.reshape(-1, 3)

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(decode_one, range(len(photos))):
            pass
    names, val = tuple(photo.name for photo in photos), np.array([photo.val for photo in photos], bool)
    return Photographs(pixels, offsets, sizes, names, val)


def read(file: Path) -> list[PackedPhoto]:
    """The photographs of one piece, not decoded.

    Raises:
        DamagedPackError: the file is not a pack, or is truncated, or was changed.
        OSError: it cannot be opened.
    """
    with open(file, "rb") as stream:
        try:
            with np.load(stream, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in (*_DTYPES, "names")}
        except Exception as error:  # for a damaged file NumPy and zipfile raise many kinds of exceptions
            raise _damaged(file, str(error)) from error
    data, offsets, sizes, names, val = (found[name] for name in ("data", "offsets", "sizes", "names", "val"))
    n = len(names)
    shapes = {"offsets": (n + 1,), "sizes": (n, 2), "val": (n,), "names": (n,)}
    if any(found[name].dtype != kind for name, kind in _DTYPES.items()) or names.dtype.kind != "U":
        raise _damaged(file, "its arrays are of other types")
    if data.ndim != 1 or any(found[name].shape != shape for name, shape in shapes.items()):
        raise _damaged(file, "its arrays do not fit together")
    if offsets[0] != 0 or offsets[-1] != len(data) or (np.diff(offsets) <= 0).any() or (sizes < 1).any():
        raise _damaged(file, "its photographs do not follow one another")
    whole = data.tobytes()
    return [
        PackedPhoto(str(names[i]), whole[offsets[i] : offsets[i + 1]], tuple(map(int, sizes[i])), bool(val[i]))
        for i in range(n)
    ]


def check_output(output: Path) -> None:
    """Check the output path before any work is done.

    Raises:
        PackError, PackExistsError: see `write`.
    """
    if output.suffix != SUFFIX:
        raise PackError(f"The output must be called NAME.npz. Received {output.name!r}.")
    name = re.compile(rf"{re.escape(output.stem)}_\d+")
    there = [file for file in output.parent.glob(f"*{SUFFIX}") if name.fullmatch(file.stem)]
    if there:
        raise PackExistsError(
            f"A pack is written beside no other of its name. Received {str(output)!r}, of which {len(there)} pieces "
            "are there: delete them, or choose another name."
        )


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _in_turn(
    pool: ThreadPoolExecutor, function: Callable[[Path], PackedPhoto], paths: Sequence[Path]
) -> Iterable[PackedPhoto]:
    """`pool.map` in groups of 256 paths, so that a large collection does not have to fit into memory."""
    ahead = 256
    for start in range(0, len(paths), ahead):
        yield from pool.map(function, paths[start : start + ahead])


def _pack(path: Path, val: set[Path], short_side: int) -> PackedPhoto:
    """A photograph with its file unchanged if it is small JPEG or WebP, otherwise encoded as a JPEG."""
    data = path.read_bytes()
    photo = reading.read(data)
    if photo.format not in KEPT_FORMATS or min(photo.height, photo.width) > short_side:
        rgb = read_rgb(data)
        scale = min(1, short_side / min(photo.height, photo.width))
        rgb = resize(rgb, (max(1, round(photo.height * scale)), max(1, round(photo.width * scale))))
        stream = io.BytesIO()
        Image.fromarray(rgb).save(stream, "JPEG", quality=QUALITY, subsampling=0)
        return PackedPhoto(path.name, stream.getvalue(), rgb.shape[:2], path in val)
    return PackedPhoto(path.name, data, (photo.height, photo.width), path in val)


def _pieces(
    photos: Iterable[PackedPhoto], piece_bytes: int, progress: Callable[[], None]
) -> Iterator[list[PackedPhoto]]:
    """Group the photographs so that each group fills one piece."""
    group, stored, longest = [], 0, 0
    for photo in photos:
        of_photo = len(photo.data) + _ROW
        if _HEADERS + of_photo + 4 * len(photo.name) > piece_bytes:
            raise PhotographTooLargeError(
                f"A photograph must fit into a piece of {piece_bytes} bytes. Received {photo.name!r} of "
                f"{len(photo.data)} bytes: take a smaller short side or leave it out."
            )
        longest = max(longest, len(photo.name))  # NumPy stores all names as long as the longest, 4 bytes a letter
        if _HEADERS + stored + of_photo + 4 * longest * (len(group) + 1) > piece_bytes:
            yield group
            group, stored, longest = [], 0, len(photo.name)
        group.append(photo)
        stored += of_photo
        progress()
    yield group


def _write_piece(file: Path, photos: Sequence[PackedPhoto]) -> None:
    arrays = {
        "data": np.frombuffer(b"".join(photo.data for photo in photos), np.uint8),
        "offsets": np.cumsum([0, *(len(photo.data) for photo in photos)], dtype="<i8"),
        "sizes": np.array([photo.size for photo in photos], "<i4"),
        "names": np.array([photo.name for photo in photos]),
        "val": np.array([photo.val for photo in photos], bool),
    }
    with replacing(file) as beside, open(beside, "xb") as stream:
        np.savez(stream, **arrays)


def _damaged(file: Path | str, reason: str) -> DamagedPackError:
    return DamagedPackError(
        f"A pack must be whole, as `python -m colorizer pack` wrote it. {file} is not ({reason}): bring it again."
    )
