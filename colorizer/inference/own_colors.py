"""The colours that a scan has itself: a stamp, ink, a hand-tinted print. On request they are kept.

The one tone of a sepia print, or of yellowed paper, is no such colour: it hardly changes at one lightness. So the
colour of each place is compared with the median of all places of the same lightness. In a colour photograph most places
differ from that; there, all its colours count.
"""

import numpy as np
import scipy
from PIL import Image

from colorizer.color import lab
from colorizer.imaging import resizing
from colorizer.inference import rendering
from storage.parallel import each

SIDE = 512
"""Longest side, in pixels, of the copy on which the colours are looked for."""

FAINT, CLEAR = 5.0, 10.0
"""Difference in ab from the tone of the print: up to the first it is the print's, from the second it is a colour."""

LEAST = 0.0004
"""Least share of a scan that is clearly coloured: a stamp of one hundredth of each side is four times that."""

MANY = 0.4
"""Share of the places that differ from the tone from which there is no such tone: a colour photograph."""

STEPS = 32
"""Number of steps of L* for each of which the tone of a print is measured."""

_ROWS = 32  # handled at a time, so that memory grows with a block and not with the picture


def has_own_colors(pixels: np.ndarray) -> bool:
    """Whether a scan has colours to be kept: more than the one tone of its paper or print.

    Args:
        pixels: grey `(H, W)` or sRGB `(H, W, 3)`: uint8, uint16 or float in 0..1.
    """
    return pixels.ndim == 3 and bool((_shares(pixels) > 0.5).mean() >= LEAST)


def keep(rgb: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A coloured picture with the scan's own colours where it has some: sRGB `(H, W, 3)`, of the type of `rgb`.

    Args:
        rgb: the coloured picture, uint8 or uint16.
        pixels: the scan; if it is grey, nothing changes.
    """
    if not has_own_colors(pixels):
        return rgb
    height, width = pixels.shape[:2]
    shares = Image.fromarray(_shares(pixels))
    kept = rgb.copy()

    def fill(top: int) -> None:
        bottom = min(top + _ROWS, height)
        box = 0, top * shares.height / height, shares.width, bottom * shares.height / height
        share = np.asarray(shares.resize((width, bottom - top), Image.Resampling.BILINEAR, box=box))
        columns = np.flatnonzero(share.any(axis=0))
        if columns.size:
            part = slice(top, bottom), slice(columns[0], columns[-1] + 1)
            kept[part] = _mix(rgb[part], pixels[part], share[:, part[1], None])

    each(fill, range(0, height, _ROWS))
    return kept


def _mix(rgb: np.ndarray, pixels: np.ndarray, share: np.ndarray) -> np.ndarray:
    own = lab.rgb_to_lab(pixels)
    ab = lab.rgb_to_lab(rgb)[..., 1:]
    mixed = lab.merge(own[..., 0], ab + share * (own[..., 1:] - ab), 16 if rgb.dtype == np.uint16 else 8)
    return np.where(share > 0, mixed, rgb)


def _shares(pixels: np.ndarray) -> np.ndarray:
    """How much each place of a small copy counts as coloured, 0..1: float32 `(h, w)`."""
    small = lab.rgb_to_lab(resizing.preview(rendering.as_8_bit(pixels), SIDE))
    ab = scipy.ndimage.gaussian_filter(small[..., 1:], (0.7, 0.7, 0))  # JPEG stores colours with less detail, and noise
    difference = _from_tone(small[..., 0], ab)
    if (difference > FAINT).mean() > MANY:
        difference = lab.chroma(ab)
    return np.clip((difference - FAINT) / (CLEAR - FAINT), 0, 1).astype(np.float32)


def _from_tone(lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Distance of the colours from the tone of the print: ab `(h, w, 2)` -> `(h, w)`.

    Weaker forms of the tone count as the tone: JPEG mixes it with that of the neighbours, and black ink has none.
    """
    tone = _tone(lightness, ab)
    strongest = 1.15 * tone.reshape(-1, 2)[lab.chroma(tone).argmax()]
    along = np.clip(ab @ strongest / max(strongest @ strongest, 1e-9), 0, 1)
    return np.minimum(lab.chroma(ab - tone), lab.chroma(ab - along[..., None] * strongest))


def _tone(lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """The tone of the print at the lightness of each place: ab `(h, w, 2)`.

    A parabola over L*, fitted to the medians of ab at each step of L* by iteratively reweighted least squares: steps
    that belong to a stamp count little.
    """
    step = np.minimum((lightness * STEPS / 100).astype(int), STEPS - 1)
    counts = np.bincount(step.ravel(), minlength=STEPS)
    usual = np.flatnonzero(counts >= 0.005 * step.size)
    medians = np.array([np.median(ab[step == i], axis=0) for i in usual])
    powers = np.vander((usual + 0.5) / STEPS, 3)
    weights = np.sqrt(counts[usual]).astype(np.float64)
    for _ in range(5):
        fitted = np.linalg.lstsq(powers * weights[:, None], medians * weights[:, None], rcond=None)[0]
        weights = np.sqrt(counts[usual]) / (1 + (lab.chroma(medians - powers @ fitted) / FAINT) ** 2)
    low, high = (usual[0] + 0.5) / STEPS, (usual[-1] + 0.5) / STEPS
    tones = np.vander(np.clip(np.linspace(0, 1, 101), low, high), 3) @ fitted
    return tones[np.rint(lightness).astype(int)]
