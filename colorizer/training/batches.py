"""Batches of photographs for `keras.Model.fit`: random crops, mirroring, shearing, film degradation.

Training pixels go through `resizing.resize` and `lab`, the same functions as in evaluation and inference.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from skimage import transform

from colorizer.color import lab
from colorizer.imaging import degradation
from colorizer.imaging.photos import read_rgb
from colorizer.imaging.resizing import fit_and_crop, resize

FRAMED = 0.15
"""Share of the degraded photographs that get a border."""


def random_crop(
    rgb: np.ndarray, size: int, scale: tuple[float, float], rng: np.random.Generator, mirror: bool = True
) -> np.ndarray:
    """Cut a random square, mirrored in half of the cases if `mirror`: uint8 `(size, size, 3)`.

    Args:
        scale: smallest and largest side of the square, as a share of the short side of the photograph.
    """
    height, width = rgb.shape[:2]
    side = round(rng.uniform(*scale) * min(height, width))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    crop = resize(rgb[top : top + side, left : left + side], (size, size))
    return crop[:, ::-1] if mirror and rng.random() < 0.5 else crop


def shear(rgb: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """Shear a picture by a random angle from -`degrees` to `degrees`; pixels from outside are mirrored at the edge."""
    slope = np.tan(np.radians(rng.uniform(-degrees, degrees)))
    middle = (rgb.shape[0] - 1) / 2
    matrix = np.array([[1, slope, -slope * middle], [0, 1, 0], [0, 0, 1]])
    return transform.warp(rgb, matrix, mode="reflect", preserve_range=True).round().astype(np.uint8)


class PhotoBatches(keras.utils.PyDataset):
    """Batches of `(lightness, colors)` for `keras.Model.fit`.

    Output shape:
        lightness float32 `(batch_size, size, size, 1)`, L* 0..100;
        colors float32 `(batch_size, size / stride, size / stride, 3)`, true ab and L*, averaged over `stride` x
        `stride` pixels.

    Args:
        paths: photographs.
        batch_size: photographs per batch. With `augment`, a smaller last batch is dropped.
        size: side of the square cut from each photograph, in pixels.
        stride: input pixels per output pixel, along a side.
        augment: draw random crops, in an order that changes every epoch; otherwise take the centre of each photograph,
            in the order given.
        scale: smallest and largest side of a random crop, as a share of the short side.
        mirror: whether half of the random crops are mirrored.
        shear: largest angle by which random crops are sheared, in degrees.
        degraded: share of the pictures whose lightness is degraded like that of old film and poor scans, some with a
            border (`degradation`).
        seed: for the crops and the order.
        chroma: maps uint8 sRGB pixels `(..., 3)` to the two channels to learn instead of ab, `(..., 2)`.
        vectors: the extractor's feature vector of each photograph, an additional input; see `feature_cache`.
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
        degraded=0.0,
        seed=0,
        chroma=None,
        vectors=None,
        workers=2,
    ):
        super().__init__(workers=workers, max_queue_size=8)
        self.paths = list(paths)
        self.batch_size = min(batch_size, len(self.paths))
        self.size, self.stride = size, stride
        self.augment, self.scale, self.mirror, self.shear = augment, scale, mirror, shear
        self.degraded, self.seed, self.chroma, self.vectors = degraded, seed, chroma, vectors
        self.epoch = 0
        self._reorder()

    def __len__(self) -> int:
        whole, rest = divmod(len(self.paths), self.batch_size)
        return whole if self.augment else whole + bool(rest)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        chosen = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        crops = [self._cut(read_rgb(self.paths[i]), rng) for i in chosen]
        old = [i for i in range(len(crops)) if rng.random() < self.degraded]
        for i in old:
            if rng.random() < FRAMED:
                crops[i] = degradation.add_border(crops[i], rng)
        lightness, colors = make_batch(crops, self.stride, self.chroma)
        for i in old:
            lightness[i, ..., 0] = degradation.degrade(crops[i], rng)
        if self.vectors is not None:
            return (lightness, np.stack([self.vectors[self.paths[i]] for i in chosen])), colors
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
    """Turn uint8 sRGB crops of one size into `(lightness, colors)`, as described in `PhotoBatches`."""
    rgb = np.stack(crops)
    colors = lab.rgb_to_lab(rgb)
    n, height, width, _ = colors.shape
    channels = np.concatenate([colors[..., 1:] if chroma is None else chroma(rgb), colors[..., :1]], axis=-1)
    blocks = channels.reshape(n, height // stride, stride, width // stride, stride, 3)
    return colors[..., :1], blocks.mean(axis=(2, 4))
