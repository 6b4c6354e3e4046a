"""Photographs, models and a pipeline for the tests of the study."""

import functools
import os

import numpy as np
import pytest
from PIL import Image

from colorizer import images
from colorizer.color import lab
from study.pool.conditions import Condition
from study.pool.pipeline import Pipeline
from study.protocol import StudyProtocol
from tests.files import encode

PIPELINE = Pipeline.from_modules(images, lab)
SMALL = StudyProtocol("small", real=3, recolored=3, catch=1, practice=2)


def photograph(seed, height=48, width=64, chroma=45.0):
    """Return smooth shapes in strong colours, uint8 sRGB."""
    rng = np.random.default_rng(seed)
    planes = [np.asarray(Image.fromarray(rng.random((5, 6)).astype(np.float32)).resize((width, height), 3))
              for _ in range(3)]  # fmt: skip
    lightness = 15 + 70 * planes[0] + rng.normal(0, 1, (height, width))
    return lab.merge(lightness, (np.stack(planes[1:], axis=-1) - 0.5) * 2 * chroma)


def png(rgb, **options):
    return encode(rgb, "PNG", **options)


def files(count, **options):
    return {f"holiday/IMG_{n:03}.png": _file(n, **options) for n in range(count)}


@functools.cache
def _file(seed, **options):
    return png(photograph(seed, **options))


def tint(photo, gray):
    """A model for the tests: light areas become warm, dark areas cold."""
    lightness = lab.rgb_to_lab(np.repeat(gray[..., None], 3, axis=-1))[..., 0]
    return lab.merge(lightness, np.stack([np.zeros_like(lightness), (lightness - 50) / 2], axis=-1))


TINT = Condition("tinted", "weights 123", tint)
VIVID = Condition("vivid", "weights 456", lambda photo, gray: np.stack([gray, gray, 255 - gray], axis=-1))


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    """Turn off `fsync`: thousands of calls of some milliseconds are slow, and these tests simulate no power failure."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
