"""What a frozen extractor says of each photograph: worked out once, kept on disk, never once an epoch.

A vector is found again by the content of its photograph and by the extractor that made it, so that renamed photographs
keep theirs and an adapted extractor starts anew.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from colorizer.imaging.photos import PackedPhoto, read_rgb
from colorizer.imaging.resizing import square_lightness
from storage.files import replacing

if TYPE_CHECKING:
    import keras

BATCH_SIZE = 16


def embed(
    extractor: "keras.Model",
    paths: Sequence[Path],
    folder: Path,
    side: int,
    progress: Callable[[int], None] = lambda count: None,
) -> dict[Path, np.ndarray]:
    """The vector of each photograph, float32.

    Args:
        extractor: from L* `(n, side, side, 1)` to vectors `(n, size)`.
        folder: where vectors are kept.
        side: side of the square copy that the extractor sees.
        progress: called with how many more are done.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = Path(folder) / fingerprint(extractor)
    folder.mkdir(parents=True, exist_ok=True)
    vectors: dict[Path, np.ndarray] = {}
    for start in range(0, len(paths), BATCH_SIZE):
        batch = paths[start : start + BATCH_SIZE]
        files = {path: folder / f"{_content_hash(path)}.npy" for path in batch}
        new = [path for path, file in files.items() if not file.exists()]
        if new:
            lightness = np.stack([square_lightness(read_rgb(path), side) for path in new])
            for path, vector in zip(new, np.asarray(extractor(lightness, training=False)), strict=True):
                _write(files[path], vector.astype(np.float16))
        vectors |= {path: np.load(file).astype(np.float32) for path, file in files.items()}
        progress(len(batch))
    return vectors


def fingerprint(extractor: "keras.Model") -> str:
    """A name for an extractor: its weights' checksum."""
    digest = hashlib.sha256()
    for array in extractor.get_weights():
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()[:16]


def _content_hash(photo: Path | PackedPhoto) -> str:
    data = photo.data if isinstance(photo, PackedPhoto) else photo.read_bytes()
    return hashlib.sha256(data).hexdigest()[:32]


def _write(path: Path, vector: np.ndarray) -> None:
    with replacing(path, path.with_suffix(".partial.npy")) as partial:
        np.save(partial, vector)
