"""Batches that are made on the device: packed photographs lie in its memory as pixels, and are cropped there.

For training on a GPU with Keras' JAX backend. A batch is drawn by one compiled function, of which the host only sends
the indices of the photographs; the host does not wait for it.
"""

import time
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np

from colorizer.color import formulas
from colorizer.imaging.photos import DataError, PackedPhoto
from colorizer.training import packed
from colorizer.training.batches import FRAMED
from colorizer.training.device import degradation, resampling
from colorizer.training.device.draws import Draws

MAX_PIXELS = 2**31 - 1
"""Pixels of all photographs together: they are addressed by 32-bit numbers."""


class TooManyPixelsError(DataError):
    """The photographs have more pixels than can be addressed on the device."""


class DeviceBatches(keras.utils.PyDataset):
    """Batches of random crops as `batches.PhotoBatches` with `augment`, made on the device.

    Order, crops, mirroring, borders and film degradation have the same distributions; the random numbers are others.
    Crops are resampled in floating point and rounded once, so a channel may differ by 1 of 255.

    Output shape:
        as that of `PhotoBatches`, as JAX arrays.

    Args:
        photos: photographs of packs.
        batch_size, size, stride, scale, mirror, degraded, seed: see `PhotoBatches`.

    Raises:
        TooManyPixelsError: the photographs have more than `MAX_PIXELS` pixels.
    """

    def __init__(
        self,
        photos: Sequence[PackedPhoto],
        batch_size: int,
        size: int,
        stride: int,
        *,
        scale: tuple[float, float] = (0.55, 1.0),
        mirror: bool = True,
        degraded: float = 0.0,
        seed: int = 0,
    ):
        super().__init__(workers=1)  # without threads: a batch is only asked for here
        self.batch_size, self.seed, self.epoch = min(batch_size, len(photos)), seed, 0
        self._stored = store(photos)
        window = round(scale[1] * max(min(photo.size) for photo in photos))
        settings = {"size": size, "stride": stride, "window": window, "scale": scale}
        self._draw = jax.jit(partial(_draw, mirror=mirror, degraded=degraded, **settings))
        self._reorder()

    def __len__(self) -> int:
        return len(self._order) // self.batch_size

    def __getitem__(self, index: int) -> tuple[jax.Array, jax.Array]:
        chosen = self._order[index * self.batch_size : (index + 1) * self.batch_size]
        return self._draw(self._stored, chosen, np.array([self.seed, self.epoch, index], np.uint32))

    def on_epoch_end(self) -> None:
        self.epoch += 1
        self._reorder()

    @property
    def compilations(self) -> int:
        """How often the function that draws a batch has been compiled: once, or not yet."""
        return self._draw._cache_size()

    def describe(self) -> str:
        """A line that says how much memory the photographs take, and how long the device takes to draw a batch."""
        jax.block_until_ready(self[0])  # compiles
        start = time.perf_counter()
        jax.block_until_ready(self[0])
        gib, milliseconds = self._stored[0].nbytes / 2**30, 1000 * (time.perf_counter() - start)
        return (
            f"{len(self._order)} photographs take {gib:.2f} GiB of the memory of {jax.devices()[0].device_kind}, "
            f"which draws a batch of {self.batch_size} in {milliseconds:.1f} ms"
        )

    def _reorder(self) -> None:
        self._order = np.arange(len(self._stored[1]), dtype=np.int32)
        np.random.default_rng((self.seed, self.epoch)).shuffle(self._order)


class KeptBatches(keras.utils.PyDataset):
    """The batches of another dataset, made once and kept in the device's memory; for those of `val`."""

    def __init__(self, batches: keras.utils.PyDataset):
        super().__init__(workers=1)
        self._batches = [jax.device_put(batches[index]) for index in range(len(batches))]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[jax.Array, jax.Array]:
        return self._batches[index]


def store(photos: Sequence[PackedPhoto]) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Decoded photographs on the device: pixels `(all pixels,)`, indices of first pixels `(n,)`, and sizes `(n, 2)`.

    A pixel is one uint32 with red in its lowest byte, then green and blue: to read it takes one access to memory.
    """
    total = sum(height * width for height, width in (photo.size for photo in photos))
    if total > MAX_PIXELS:
        raise TooManyPixelsError(
            f"Photographs in a device's memory may have up to {MAX_PIXELS} pixels together. Received {total}: leave "
            "some packs out, or pack them with a smaller --short-side."
        )
    decoded = packed.decode(photos)
    rgbx = np.zeros((len(decoded.pixels), 4), np.uint8)
    rgbx[:, :3] = decoded.pixels
    arrays = (rgbx.view("<u4")[:, 0], decoded.offsets[:-1].astype(np.int32), decoded.sizes)
    return tuple(map(jnp.asarray, arrays))


def _draw(stored, chosen, seeds, *, size, stride, window, scale, mirror, degraded):
    """A batch `(lightness, colors)` of the photographs at the indices `chosen`; `seeds` are three numbers."""
    key = jax.random.key(seeds[0])
    for seed in (seeds[1], seeds[2]):
        key = jax.random.fold_in(key, seed)

    def one(index, key):
        draws = Draws(key)
        rgb = crop(stored, index, draws, size, window, scale)
        if mirror:
            rgb = jnp.where(draws.chance(0.5), rgb[:, ::-1], rgb)
        old = draws.chance(degraded)
        if degraded:
            rgb = jnp.where(old & draws.chance(FRAMED), degradation.add_border(rgb, draws), rgb)
        linear = formulas.srgb_to_linear(rgb / 255, jnp)
        xyz = jnp.einsum("hwc,xc->xhw", linear, formulas.RGB_TO_XYZ_NORM, precision="highest")
        lightness, a, b = formulas.f_to_lab(*formulas.white_share_to_f(xyz, jnp))
        blocks = jnp.stack([a, b, lightness], axis=-1).reshape(size // stride, stride, size // stride, stride, 3)
        if degraded:
            lightness = jnp.where(old, degradation.degrade(linear, draws), lightness)
        return lightness[..., None], blocks.mean(axis=(1, 3))

    return jax.vmap(one)(chosen, jax.random.split(key, len(chosen)))


def crop(stored, index, draws, size, window, scale):
    """`batches.random_crop` of one photograph, not mirrored: sRGB, whole numbers 0..255, float32 `(size, size, 3)`.

    Args:
        window: largest side of a square, in pixels of the photographs.
    """
    pixels, starts, sizes = stored
    height, width = sizes[index]
    side = jnp.round(draws.uniform(*scale) * jnp.minimum(height, width)).astype(jnp.int32)
    top, left = draws.integer(0, height - side + 1), draws.integer(0, width - side + 1)
    inside = jnp.minimum(jnp.arange(window), side - 1)
    flat = pixels[starts[index] + (top + inside)[:, None] * width + left + inside]
    rgb = jnp.stack([(flat >> shift) & 255 for shift in (0, 8, 16)], axis=-1).astype(jnp.float32)
    return jnp.round(resampling.resample(rgb, (size, size), side))
