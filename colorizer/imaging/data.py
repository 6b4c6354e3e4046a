"""Folders of colour photographs as training data: split lists, near-duplicate removal, batches.

The pixels that a network is trained on go through `images.resize` and `lab`, as they do in evaluation and in use.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import keras
import numpy as np
from skimage import transform

from colorizer.color import lab
from colorizer.imaging import degradation as aging
from colorizer.imaging import images

HELD_OUT = 400
"""Photographs held back for `val`, and as many for `test`."""

MIN_CHROMA = 2.0
"""A photograph of lower mean chroma teaches nothing about colour: it is skipped, and counted."""

FRAMED = 0.15
"""Share of the aged photographs that stand in a border."""

DUPLICATE_DISTANCE = 6
"""Difference hashes (64 bits) this many bits apart or fewer show the same picture."""


class DataError(ValueError):
    """A folder cannot serve as training or evaluation data."""


class NoPhotographsError(DataError):
    """The folder holds no readable colour photograph."""


class TooFewPhotographsError(DataError):
    """The folder holds too few photographs to be split."""


@dataclass(frozen=True)
class Splits:
    """Three lists of paths, each sorted, no path in two of them."""

    train: tuple[Path, ...]
    val: tuple[Path, ...]
    test: tuple[Path, ...]


@dataclass(frozen=True)
class Scan:
    """What one quick look at the training photographs finds."""

    train: tuple[Path, ...]
    """Readable colour photographs without a near duplicate in `val` or `test`."""
    ab_counts: np.ndarray
    """Pixels counted per ab bin, float64 `(bins,)`."""
    gray: int
    """Photographs left out because they hold no colour."""
    duplicates: int
    """Photographs left out because a held-out one shows the same."""
    unreadable: int
    """Files left out because they could not be read."""


def list_photos(folder: Path, include: str = "*") -> list[Path]:
    """Every image file under `folder`, by extension in any case, sorted by its path.

    Args:
        include: pattern of the file names taken, such as `intel_*`.

    Raises:
        NoPhotographsError: the folder is missing or holds none.
    """
    folder = Path(folder)
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in images.EXTENSIONS and p.is_file())
    paths = [path for path in found if fnmatch(path.name, include)]
    if found and not paths:
        raise NoPhotographsError(f"Some of the {len(found)} photographs must match the pattern. Received {include!r}.")
    if not paths:
        raise NoPhotographsError(f"The data folder must hold photographs. Received {str(folder)!r}, which holds none.")
    return paths


def split(paths: Sequence[Path], held_out: int = HELD_OUT) -> Splits:
    """Hold photographs back for `test` and `val`, chosen by a hash of the file name.

    The choice depends on names only, so it is the same on every machine and adding photographs moves few. A folder of
    under ten times `held_out` photographs gives a tenth to each list.

    Raises:
        TooFewPhotographsError: fewer than ten photographs.
    """
    if len(paths) < 10:
        raise TooFewPhotographsError(f"At least 10 photographs are needed to train and measure. Received {len(paths)}.")
    held_out = min(held_out, len(paths) // 10)
    by_hash = sorted(paths, key=lambda path: (hashlib.sha256(path.name.encode()).digest(), str(path)))
    test, val, train = by_hash[:held_out], by_hash[held_out : 2 * held_out], by_hash[2 * held_out :]
    return Splits(train=tuple(sorted(train)), val=tuple(sorted(val)), test=tuple(sorted(test)))


def split_share(paths: Sequence[Path], share: float, seed: int) -> Splits:
    """Hold a share of the photographs back for `val`, drawn by a seed, as the reports did; none for `test`.

    Raises:
        TooFewPhotographsError: fewer than ten photographs.
    """
    if len(paths) < 10:
        raise TooFewPhotographsError(f"At least 10 photographs are needed to train and measure. Received {len(paths)}.")
    order = np.random.default_rng(seed).permutation(len(paths))
    held_out = {paths[i] for i in order[: max(1, round(share * len(paths)))]}
    return Splits(
        train=tuple(path for path in sorted(paths) if path not in held_out), val=tuple(sorted(held_out)), test=()
    )


def scan(
    splits: Splits,
    progress: Callable[[int, int], None] = lambda done, total: None,
    bins: np.ndarray | None = None,
) -> Scan:
    """Look at every photograph once, in small: drop what is grey, broken or a near duplicate of a held-out one.

    Args:
        progress: called with the photographs done and their total.
        bins: centres of the ab bins to count in, `(bins, 2)`; None takes `lab.ab_bins()`.

    Raises:
        NoPhotographsError: nothing is left to train on.
    """
    bins = lab.ab_bins() if bins is None else bins
    held_out = (*splits.val, *splits.test)
    paths = (*held_out, *splits.train)
    looks = []
    with ThreadPoolExecutor() as pool:
        for look in pool.map(partial(_look, bins=bins), paths):
            looks.append(look)
            progress(len(looks), len(paths))
    held_hashes = np.array([look.dhash for look in looks[: len(held_out)] if look], np.uint64)
    kept, gray, duplicates, unreadable = [], 0, 0, 0
    ab_counts = np.zeros(len(bins))
    for path, look in zip(splits.train, looks[len(held_out) :], strict=True):
        if look is None:
            unreadable += 1
        elif look.mean_chroma < MIN_CHROMA:
            gray += 1
        elif (np.bitwise_count(held_hashes ^ look.dhash) <= DUPLICATE_DISTANCE).any():
            duplicates += 1
        else:
            kept.append(path)
            ab_counts += look.ab_counts
    if not kept:
        raise NoPhotographsError(
            f"The data folder must hold colour photographs to train on. Received {len(splits.train)}: "
            f"{gray} grey, {unreadable} unreadable, {duplicates} duplicates."
        )
    return Scan(tuple(kept), ab_counts, gray, duplicates, unreadable)


def read_rgb(path: Path) -> np.ndarray:
    """A photograph as uint8 sRGB `(H, W, 3)`; a grey one has three equal channels."""
    pixels = images.read(path).pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)


def fit_and_crop(rgb: np.ndarray, size: int) -> np.ndarray:
    """Resize the short side to `size`, then cut the square in the centre: uint8 `(size, size, 3)`."""
    height, width = rgb.shape[:2]
    scale = size / min(height, width)
    rgb = images.resize(rgb, (max(size, round(height * scale)), max(size, round(width * scale))))
    top, left = (rgb.shape[0] - size) // 2, (rgb.shape[1] - size) // 2
    return rgb[top : top + size, left : left + size]


def random_crop(
    rgb: np.ndarray, size: int, scale: tuple[float, float], rng: np.random.Generator, mirror: bool = True
) -> np.ndarray:
    """A square of a random share (`scale`) of the short side, anywhere, perhaps mirrored: uint8 `(size, size, 3)`."""
    height, width = rgb.shape[:2]
    side = round(rng.uniform(*scale) * min(height, width))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    crop = images.resize(rgb[top : top + side, left : left + side], (size, size))
    return crop[:, ::-1] if mirror and rng.random() < 0.5 else crop


def shear(rgb: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """A picture sheared by a random angle of at most so many degrees; beyond its edge it is mirrored."""
    slope = np.tan(np.radians(rng.uniform(-degrees, degrees)))
    middle = (rgb.shape[0] - 1) / 2
    matrix = np.array([[1, slope, -slope * middle], [0, 1, 0], [0, 0, 1]])
    return transform.warp(rgb, matrix, mode="reflect", preserve_range=True).round().astype(np.uint8)


class PhotoBatches(keras.utils.PyDataset):
    """Batches of `(lightness, colors)` for `keras.Model.fit`.

    Output shape:
        lightness float32 `(batch_size, size, size, 1)`, L* 0..100;
        colors float32 `(batch_size, size / stride, size / stride, 3)`, ab and true L*, means over `stride` x `stride`
        pixels.

    Args:
        paths: photographs.
        batch_size: photographs a batch; the last, smaller one is dropped when training.
        size: side of the square cut from each.
        stride: pixels of input for one of output.
        augment: draw random crops (`scale`: range of the side cut, as a share of the short side), in an order that
            changes every epoch; otherwise the centre of each photograph, in the order given.
        mirror: whether half of the crops are mirrored.
        shear: degrees up to which they are sheared.
        aged: share of the pictures whose lightness is that of an old photograph (`aging`), border and all.
        seed: of the crops and of the order.
        chroma: from uint8 sRGB pixels `(..., 3)` to the two channels to learn instead of ab, `(..., 2)`.
        embeddings: a vector of each photograph, given along with the lightness; see `embeddings`.
    """

    def __init__(
        self,
        paths,
        batch_size,
        size,
        stride,
        *,
        augment=False,
        scale=(0.55, 1.0),
        mirror=True,
        shear=0.0,
        aged=0.0,
        seed=0,
        chroma=None,
        embeddings=None,
        workers=2,
    ):
        super().__init__(workers=workers, max_queue_size=8)
        self.paths = list(paths)
        self.batch_size = min(batch_size, len(self.paths))
        self.size, self.stride = size, stride
        self.augment, self.scale, self.mirror, self.shear = augment, scale, mirror, shear
        self.aged, self.seed, self.chroma, self.embeddings = aged, seed, chroma, embeddings
        self.epoch = 0
        self._reorder()

    def __len__(self) -> int:
        whole, rest = divmod(len(self.paths), self.batch_size)
        return whole if self.augment else whole + bool(rest)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        chosen = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        crops = [self._cut(read_rgb(self.paths[i]), rng) for i in chosen]
        old = [i for i in range(len(crops)) if rng.random() < self.aged]
        for i in old:
            if rng.random() < FRAMED:
                crops[i] = aging.frame(crops[i], rng)
        lightness, colors = make_batch(crops, self.stride, self.chroma)
        for i in old:
            lightness[i, ..., 0] = aging.age(crops[i], rng)
        if self.embeddings is not None:
            return (lightness, np.stack([self.embeddings[self.paths[i]] for i in chosen])), colors
        return lightness, colors

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self._reorder()

    def _reorder(self) -> None:
        self._order = np.arange(len(self.paths))
        if self.augment:
            np.random.default_rng((self.seed, self.epoch)).shuffle(self._order)

    def _cut(self, rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if not self.augment:
            return fit_and_crop(rgb, self.size)
        crop = random_crop(rgb, self.size, self.scale, rng, self.mirror)
        return shear(crop, self.shear, rng) if self.shear else crop


def make_batch(
    crops: Sequence[np.ndarray], stride: int, chroma: Callable[[np.ndarray], np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """uint8 sRGB crops of one size -> `(lightness, colors)` as `PhotoBatches` describes them."""
    rgb = np.stack(crops)
    colors = lab.rgb_to_lab(rgb)
    n, height, width, _ = colors.shape
    channels = np.concatenate([colors[..., 1:] if chroma is None else chroma(rgb), colors[..., :1]], axis=-1)
    blocks = channels.reshape(n, height // stride, stride, width // stride, stride, 3)
    return colors[..., :1], blocks.mean(axis=(2, 4))


@dataclass(frozen=True)
class _Look:
    dhash: np.uint64
    mean_chroma: float
    ab_counts: np.ndarray


def _look(path: Path, bins: np.ndarray) -> _Look | None:
    try:
        rgb = read_rgb(path)
    except (images.ImageError, OSError):
        return None
    ab = lab.rgb_to_lab(images.resize(rgb, (24, 24)))[..., 1:]
    return _Look(difference_hash(rgb), float(lab.chroma(ab).mean()), _count_bins(ab, bins))


def difference_hash(rgb: np.ndarray) -> np.uint64:
    """64 bits, one a pair of neighbours in an 8 x 9 copy: whether the left one is the lighter (Krawetz 2013, dHash)."""
    lightness = lab.rgb_to_lightness(images.resize(rgb, (8, 9)))
    return np.packbits(lightness[:, :-1] > lightness[:, 1:]).view(np.uint64)[0]


def _count_bins(ab: np.ndarray, bins: np.ndarray) -> np.ndarray:
    distances = ((ab.reshape(-1, 1, 2) - bins) ** 2).sum(axis=-1)
    return np.bincount(distances.argmin(axis=1), minlength=len(bins)).astype(float)
