"""Networks for films: they change their minds from frame to frame, as real ones do."""

import cv2
import numpy as np

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.film import footage
from colorizer.inference.prediction import Prediction
from tests.tiny import TinyColorizer


class JitteryColorizer(TinyColorizer):
    """As `TinyColorizer`, with a tint besides that is another one for each frame; it depends on the pixels alone."""

    def predict(self, image: np.ndarray) -> Prediction:
        prediction = super().predict(image)
        logits = prediction.output.astype(np.float32) + 0.2 * (ab_bins() @ _tint(image))
        return Prediction(logits.astype(np.float16), size=prediction.size, lightness=prediction.lightness)


class KnowingColorizer(TinyColorizer):
    """Knows the true colours of the frames of a film; gives each with a tint of its own if it is `jittery`."""

    def __init__(self, frames, jittery: bool = False):
        super().__init__("koalarization")  # a model that predicts ab itself, without contrast
        self._is_distribution = False
        self._jittery = jittery
        small = (cv2.resize(gray, (16, 12)) for gray in footage.gray(frames))
        self._frames = list(zip(small, frames, strict=True))

    def predict(self, image: np.ndarray) -> Prediction:
        self.runs += 1
        rgb = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=-1)
        seen = cv2.resize(rgb, (16, 12)).astype(int)
        _, frame = min(self._frames, key=lambda pair: np.abs(pair[0] - seen).sum())
        true = lab.rgb_to_lab(frame)
        ab = true[..., 1:] + (_tint(image) if self._jittery else 0)
        return Prediction(ab.astype(np.float16), size=image.shape[:2], lightness=true[..., 0].astype(np.float16))


def _tint(image: np.ndarray) -> np.ndarray:
    return np.random.default_rng(int(image.sum())).normal(0, 12, 2)
