"""How the stimuli are made, so that real and recoloured pictures differ only in their colours.

All pictures of a photograph are made with the same functions: the same resize; the photograph's lightness combined with
ab planes (its own, or those of a recoloured version) with the same gamut mapping; the same encoder.
"""

import hashlib
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from study.pool.conditions import Condition
from study.pool.photos import PhotoError
from study.pool.pipeline import Pipeline

MIN_SIDE = 32
"""Smallest allowed length of a photograph's shorter side, in pixels."""

GRAY_CHROMA = 2.0
"""An original with a mean chroma below this counts as grey (the rule of `colorizer evaluate`)."""

TONED_CHROMA, TONED_SPREAD = 20.0, 1.0
"""A toned print has a weak tint that depends only on the lightness: its mean chroma is at most the first, and the mean
distance of its pixels from the mean colour of the same lightness is below the second (2,057 colour photographs have 1.4
or more, a sepia JPEG 0.9)."""

CATCH_CHROMA = 45.0
"""Mean chroma of a catch picture. Its hues are rotated by 180 degrees, which gives green faces and orange skies."""


class GrayOriginalError(PhotoError):
    """The original is grey, so there are no real colours to compare with."""


def make_versions(
    name: str, data: bytes, conditions: Sequence[Condition], pipeline: Pipeline, size: int
) -> tuple[dict[str, np.ndarray], str]:
    """Make the pictures of one photograph.

    Args:
        name: the photograph's name, passed to `Condition.recolor`.
        data: its file.
        size: longer side of the pictures in pixels; smaller photographs are not enlarged.

    Returns:
        model -> uint8 sRGB `(H, W, 3)`, with "" for the real picture; and the SHA-256 of the resized
        photograph's pixels.

    Raises:
        PhotoError, or ValueError from the pipeline: the photograph cannot be used.
    """
    original = pipeline.read(data)
    if original.ndim == 2:
        raise GrayOriginalError("it is a grey photograph: there are no real colours to compare with.")
    height, width = original.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise PhotoError(f"both sides need at least {MIN_SIDE} pixels to be judged. Received {width} x {height}.")
    scale = min(1, size / max(height, width))
    small = pipeline.resize(original, (max(1, round(height * scale)), max(1, round(width * scale))))
    lab = pipeline.rgb_to_lab(small)
    _check_color(lab)
    lightness = lab[..., 0]
    gray = pipeline.merge(lightness, np.zeros_like(lab[..., 1:]))[..., 0]
    versions = {"": _join(lightness, small, pipeline)}
    for condition in conditions:
        versions[condition.name] = _join(lightness, condition.recolor(name, gray), pipeline)
    return versions, hashlib.sha256(small.tobytes()).hexdigest()


def absurd_version(png: bytes, pipeline: Pipeline) -> np.ndarray:
    """The picture for a catch trial: complementary hues, scaled to the mean chroma `CATCH_CHROMA`. uint8 sRGB."""
    lab = pipeline.rgb_to_lab(np.asarray(Image.open(io.BytesIO(png))))
    chroma = np.hypot(lab[..., 1], lab[..., 2]).mean()
    return pipeline.merge(lab[..., 0], lab[..., 1:] * np.float32(-CATCH_CHROMA / chroma))


def _join(lightness: np.ndarray, rgb: np.ndarray, pipeline: Pipeline) -> np.ndarray:
    """The photograph's L* with the ab of `rgb`. Real and recoloured pictures are all made by this function."""
    return pipeline.merge(lightness, pipeline.rgb_to_lab(rgb)[..., 1:])


def _check_color(lab: np.ndarray) -> None:
    ab = lab[..., 1:].reshape(-1, 2)
    chroma = np.hypot(*ab.T).mean()
    if chroma < GRAY_CHROMA:
        raise GrayOriginalError(
            f"it is a grey photograph (mean chroma {chroma:.1f}, under {GRAY_CHROMA:g}): there are no real colours to "
            "compare with."
        )
    if chroma > TONED_CHROMA:
        return
    levels = np.clip(lab[..., 0].ravel() / 5, 0, 19).astype(int)
    counts = np.maximum(np.bincount(levels, minlength=20), 1)
    usual = np.stack([np.bincount(levels, plane, 20) / counts for plane in ab.T], axis=-1)
    if np.hypot(*(ab - usual[levels]).T).mean() < TONED_SPREAD:
        raise GrayOriginalError(
            "it is a toned grey photograph, of one tint: there are no real colours to compare with."
        )
