"""A cache on disk of the feature vectors of a frozen extractor, so that they are computed once and not every epoch.

The key of a vector is a hash of the photograph's content and of the extractor's weights. So a renamed photograph keeps
its vector, and an adapted extractor does not use vectors of the one before.
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
    """The feature vector of each photograph, float32 `(size,)`, by its path.

    Args:
        extractor: maps L* `(n, side, side, 1)` to vectors `(n, size)`.
        folder: where vectors are stored, as float16.
        side: side of the square copy that the extractor takes, in pixels.
        progress: called after each batch with the number of photographs in it.

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
    """SHA-256 of an extractor's weights, its first 16 hexadecimal digits: the name of its folder in the cache."""
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
