"""Motion between frames: dense optical flow, how far it can be trusted, and where one shot ends.

The flow is OpenCV's DIS (Kroeger et al. 2016, *Fast Optical Flow using Dense Inverse Search*, arXiv 1603.03590), on
small grey copies that are brought to one brightness and contrast first: fades and the flicker of old film are no
motion.

PySceneDetect was tried for the cuts and not taken: it requires `opencv-python`, which overwrites files of
`opencv-python-headless`, its detectors measure hue and saturation, of which a grey film has none, and the flow that is
computed anyway tells cuts from fast motion.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

MEAN, DEVIATION = 128.0, 50.0
"""Brightness and contrast of `normalize`d copies, in levels of 255."""

MAX_GAIN = 6.0
"""Most by which contrast is raised: beyond, the grain of a black frame would be taken for a picture."""

LIGHT_TOLERANCE = 30.0
"""Difference of `normalize`d grey levels, after motion, at which the trust in motion falls to 1/e."""

FINEST = 1
"""The flow is found at half the size (2 ** FINEST), where edges of moving things are sharper than at a quarter."""

CUT_TRUST = 0.35
"""Two frames with less mean trust in the motion between them may belong to two shots."""

CUT_LIKENESS = 0.6
"""Correlation of two frames, after motion, above which they belong to one shot."""


def normalize(gray: np.ndarray) -> np.ndarray:
    """Bring a grey picture, uint8 `(h, w)`, to a fixed mean and contrast: uint8."""
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(gray))
    gain = min(MAX_GAIN, DEVIATION / max(deviation, 1e-3))
    return cv2.convertScaleAbs(cv2.max(gray.astype(np.float32) * gain + (MEAN - mean * gain), 0))


def flow(target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Where each pixel of `target` is found in `source`: float32 `(h, w, 2)`, columns and rows to add, in pixels."""
    cv2.setNumThreads(1)  # the flow depends on the number of threads, and a resumed film must be the same
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(FINEST)
    return search.calc(target, source, None)


def sample(planes: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Bring a picture, `(h, w)` or `(h, w, n)`, along a motion: each pixel is read where `motion` points."""
    return cv2.remap(planes, _grid(motion.shape[:2]) + motion, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def chain(step: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Two motions one after the other: the motion `step`, then from there the motion `before`."""
    return step + sample(before, step)


def trust(target: np.ndarray, source: np.ndarray, motion: np.ndarray, back: np.ndarray) -> np.ndarray:
    """How far a motion can be trusted at each pixel: float32 `(h, w)`, 0..1.

    It is low where motion there and back does not meet (Sundaram, Brox & Keutzer 2010, *Dense Point Trajectories by
    GPU-Accelerated Large Displacement Optical Flow*, eq. 5, as a smooth bound), where the grey differs, and outside.

    Args:
        target, source: `normalize`d frames.
        motion: `flow(target, source)`; `back`: `flow(source, target)`.
    """
    returned = sample(back, motion)
    gap = _squares(motion + returned)
    allowed = 0.01 * (_squares(motion) + _squares(returned)) + 0.5
    found = np.exp(-gap / allowed) * sameness(target, sample(source, motion))
    at = _grid(motion.shape[:2]) + motion
    height, width = target.shape
    found[(at[..., 0] < -1) | (at[..., 0] > width) | (at[..., 1] < -1) | (at[..., 1] > height)] = 0
    return found


@dataclass(frozen=True)
class Between:
    """Motion between two neighbouring frames of a shot.

    Args:
        past, past_trust: motion from the later frame to the earlier one, and `trust` in it.
        future, future_trust: motion from the earlier frame to the later one.
    """

    past: np.ndarray
    past_trust: np.ndarray
    future: np.ndarray
    future_trust: np.ndarray


def between(now: np.ndarray, before: np.ndarray) -> Between | None:
    """Motion between two neighbouring frames, `normalize`d; None if there is a cut between them."""
    past, future = flow(now, before), flow(before, now)
    trusted = trust(now, before, past, future)
    if is_cut(now, before, past, trusted):
        return None
    return Between(past, trusted, future, trust(before, now, future, past))


def sameness(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether two `normalize`d pictures show the same at each pixel, judged by the grey: float32 `(h, w)`, 0..1."""
    difference = cv2.blur(one.astype(np.float32) - other, (3, 3)) / LIGHT_TOLERANCE
    return np.exp(-difference * difference)


def is_cut(target: np.ndarray, source: np.ndarray, motion: np.ndarray, trusted: np.ndarray) -> bool:
    """Whether a new shot begins: the frames do not agree even after motion. Arguments as for `trust`."""
    return float(trusted.mean()) < CUT_TRUST and likeness(target, sample(source, motion)) < CUT_LIKENESS


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two grey pictures without their grain, -1..1; two blank ones are alike."""
    one, other = (cv2.blur(picture.astype(np.float32), (5, 5)) for picture in (one, other))
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one * one).mean() * (other * other).mean()))
    return float((one * other).mean()) / scale if scale > 1.0 else 1.0


def _squares(motion: np.ndarray) -> np.ndarray:
    return np.einsum("hwc,hwc->hw", motion, motion)


@cache
def _grid(shape: tuple[int, int]) -> np.ndarray:
    rows, columns = np.indices(shape, np.float32)
    return np.stack([columns, rows], axis=-1)
