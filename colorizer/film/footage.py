"""Short films made from photographs, whose true colours and motion are known: for tests and the benchmark."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

RATE = 24


def pan(photo: np.ndarray, count: int, shape: tuple[int, int], step: float = 2.0) -> Iterator[np.ndarray]:
    """A camera that moves to the right by `step` pixels a frame: sRGB frames of `shape`."""
    scale = max(shape[0] / photo.shape[0], (shape[1] + step * count) / photo.shape[1])
    for number in range(count):
        yield _view(photo, shape, scale, step * number, 0)


def zoom(photo: np.ndarray, count: int, shape: tuple[int, int], factor: float = 1.5) -> Iterator[np.ndarray]:
    """A camera that comes nearer, up to `factor`."""
    fit = max(shape[0] / photo.shape[0], shape[1] / photo.shape[1])
    for number in range(count):
        scale = fit * factor ** (number / max(1, count - 1))
        left, top = (photo.shape[1] * scale - shape[1]) / 2, (photo.shape[0] * scale - shape[0]) / 2
        yield _view(photo, shape, scale, left, top)


def cutout(
    photo: np.ndarray, front: np.ndarray, count: int, shape: tuple[int, int], step: float = 4.0
) -> Iterator[np.ndarray]:
    """A disc cut out of another photograph that moves in front of a photograph that stands still."""
    back = next(pan(photo, 1, shape, 0))
    radius = shape[0] // 4
    side = 2 * radius
    piece = cv2.resize(front, (side, side), interpolation=cv2.INTER_AREA)
    rows, columns = np.indices((side, side)) - radius + 0.5
    opaque = np.clip(radius - np.hypot(rows, columns), 0, 1)[..., None]
    for number in range(count):
        frame = back.astype(np.float32)
        # A part of a pixel a frame is moved by interpolation, since real things do not move by whole pixels.
        left = -radius / 2 + step * number
        move = np.float32([[1, 0, left], [0, 1, shape[0] / 2 - radius]])
        colors = cv2.warpAffine(piece, move, shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        share = cv2.warpAffine(opaque.astype(np.float32), move, shape[::-1])[..., None]
        yield np.rint(frame * (1 - share) + colors * share).astype(np.uint8)


def fade(frames: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """The same frames, from black to full light and back."""
    for number, frame in enumerate(frames):
        share = min(1.0, 4 * number / len(frames), 4 * (len(frames) - 1 - number) / len(frames))
        yield np.rint(frame * share).astype(np.uint8)


def grainy(frames: Sequence[np.ndarray], deviation: float = 6.0, seed: int = 0) -> Iterator[np.ndarray]:
    """The same frames with grain, in grey levels, and light that flickers, as in old film; the colours stay."""
    rng = np.random.default_rng(seed)
    for frame in frames:
        grain = rng.normal(0, deviation, frame.shape[:2])[..., None]
        yield np.clip(frame * rng.uniform(0.96, 1.04) + grain, 0, 255).astype(np.uint8)


def three_shots(photos: Sequence[np.ndarray], count: int, shape: tuple[int, int]) -> list[np.ndarray]:
    """A film of three shots: a pan, a moving cut-out, a zoom. `count` frames in all."""
    each = count // 3
    return [
        *pan(photos[0], each, shape),
        *cutout(photos[1], photos[2], each, shape),
        *zoom(photos[2], count - 2 * each, shape),
    ]


def gray(frames: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The same frames without colour, as sRGB."""
    from colorizer.color import lab

    return [np.repeat(lab.lightness_to_gray(lab.rgb_to_lightness(frame))[..., None], 3, axis=-1) for frame in frames]


def write_film(path: Path, frames: Sequence[np.ndarray], rate: int | Fraction = RATE, codec: str = "libx264") -> Path:
    """Write frames, sRGB `(H, W, 3)`, as a film of constant rate."""
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options={"crf": "12", "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode())
    return path


def _view(photo: np.ndarray, shape: tuple[int, int], scale: float, left: float, top: float) -> np.ndarray:
    view = np.float32([[scale, 0, -left], [0, scale, -top]])
    shrunk = cv2.GaussianBlur(photo, (0, 0), 0.5 / scale) if scale < 1 else photo
    return cv2.warpAffine(shrunk, view, shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
