"""Turn, straighten, crop and invert pixels, in tiles: beside the result there is never a second copy in full size."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from colorizer.imaging.pixels import to_gray
from colorizer.imaging.preparation.frame import Frame, rotate
from colorizer.imaging.preparation.preparation import AS_IT_IS, Preparation

if TYPE_CHECKING:
    from colorizer.imaging.reading import Photo

TILE = 1024
"""Side of the tiles in which a picture is straightened, in pixels."""

_MARGIN = 3  # pixels around a tile that its outermost pixels are interpolated from


def prepare(photo: "Photo", preparation: Preparation) -> "Photo":
    """The photograph as it is to be coloured; its opacity and resolution go with it.

    Raises:
        CropError: too little of it would be left.
    """
    if preparation == AS_IT_IS:
        return photo
    preparation.check((photo.height, photo.width))
    alpha = None if photo.alpha is None else prepare_pixels(photo.alpha, replace(preparation, negative=False))
    metadata = photo.metadata
    if preparation.turn % 180 and metadata.dpi is not None:
        metadata = replace(metadata, dpi=metadata.dpi[::-1])
    return replace(photo, pixels=prepare_pixels(photo.pixels, preparation), alpha=alpha, metadata=metadata)


def prepare_pixels(pixels: np.ndarray, preparation: Preparation) -> np.ndarray:
    """Pixels as they are to be coloured: of the same type, in size as `Preparation.frame` says.

    Turning, cropping and inverting are exact: every kept pixel keeps its value, or becomes white less its value. Only
    straightening interpolates (bicubic).

    Args:
        pixels: uint8 or uint16, grey `(H, W)`, or uint8, sRGB `(H, W, 3)`; of a negative, the result is grey.

    Raises:
        CropError: nothing would be left.
    """
    if preparation.negative:
        pixels = to_gray(pixels)
    if not preparation.keeps_geometry:
        frame = preparation.frame(pixels.shape[:2])
        pixels = _straighten(pixels, frame) if frame.straighten else pixels[_box(frame)]
        pixels = np.ascontiguousarray(np.rot90(pixels, -frame.turn // 90))
    return np.iinfo(pixels.dtype).max - pixels if preparation.negative else pixels


def _box(frame: Frame) -> tuple[slice, slice]:
    left, top = round(frame.center[0] - frame.width / 2), round(frame.center[1] - frame.height / 2)
    return slice(top, top + frame.height), slice(left, left + frame.width)


def _straighten(pixels: np.ndarray, frame: Frame) -> np.ndarray:
    """The part of upright pixels that a frame keeps, level but not yet turned."""
    level = replace(frame, turn=0)
    result = np.empty((frame.height, frame.width, *pixels.shape[2:]), pixels.dtype)
    # Whole pixels of the result lie, in the upright picture, at these steps from each other.
    origin, right, down = (np.array(_place(level, *place)) for place in ((0, 0), (1, 0), (0, 1)))
    step_x, step_y = right - origin, down - origin
    for rows, columns in _tiles(frame.height, frame.width):
        first = origin + columns.start * step_x + rows.start * step_y
        size = np.array([columns.stop - columns.start, rows.stop - rows.start])
        corners = np.stack([first, first + size[0] * step_x, first + size[1] * step_y, first + size @ (step_x, step_y)])
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - _MARGIN, 0)
        high = np.ceil(corners.max(axis=0)).astype(int) + _MARGIN
        source = pixels[low[1] : high[1], low[0] : high[0]]
        (a, d), (b, e), (c, f) = step_x, step_y, first - low
        result[rows, columns] = _transform(source, tuple(size.tolist()), (a, b, c, d, e, f))
    return result


def _place(frame: Frame, column: float, row: float) -> tuple[float, float]:
    """Where a corner of a pixel of the straightened picture lies in the upright one."""
    across, down = rotate(column - frame.width / 2, row - frame.height / 2, -frame.straighten)
    return across + frame.center[0], down + frame.center[1]


def _tiles(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            yield slice(top, min(top + TILE, height)), slice(left, min(left + TILE, width))


def _transform(source: np.ndarray, size: tuple[int, int], coefficients: tuple[float, ...]) -> np.ndarray:
    """A tile of the straightened picture, interpolated from the part of the upright one that it lies in."""
    deep = source.dtype == np.uint16
    image = Image.fromarray(source.astype(np.float32) if deep else np.ascontiguousarray(source))
    tile = np.asarray(image.transform(size, Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC))
    return np.rint(tile.clip(0, 65535)).astype(np.uint16) if deep else tile
