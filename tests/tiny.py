"""A model that needs no weights: the real `Colorizer`, with a formula in place of its network."""

import time

import numpy as np

from colorizer import images
from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.engine import Network
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.prediction import Prediction


class TinyColorizer(Colorizer):
    """Colours dark areas reddish and light areas bluish, and counts its predictions in `runs`."""

    def __init__(self, name: str = "resnet50_unet", side: int = 24):
        """`side`: the longer side of its predictions; most tests do not depend on it, but take as long."""
        super().__init__(name, Network(run=None, channels=261), weights_sha256="0" * 64)
        self.runs, self.side = 0, side

    def predict(self, image: np.ndarray, for_hints: bool = True) -> Prediction:
        self.runs += 1
        lightness = lab.rgb_to_lightness(images.preview(image, self.side))[..., None]
        target = (1 - lightness / 50) * (20, 30)
        logits = -0.1 * ((target[..., None, :] - ab_bins()) ** 2).sum(-1)
        return Prediction(logits.astype(np.float16), size=image.shape[:2], lightness=lightness[..., 0])


class UndecidedColorizer(TinyColorizer):
    """Predicts red everywhere, with blue a little less likely."""

    def predict(self, image: np.ndarray, for_hints: bool = True) -> Prediction:
        self.runs += 1
        red, blue = (np.exp(-((ab_bins() - ab) ** 2).sum(-1) / 50) for ab in ((50, 20), (10, -50)))
        logits = np.tile(np.log(0.6 * red + 0.4 * blue + 1e-6).astype(np.float16), (12, 16, 1))
        lightness = lab.rgb_to_lightness(images.preview(image, 64))
        return Prediction(logits, size=image.shape[:2], lightness=lightness)


class SlowColorizer(TinyColorizer):
    """Waits before each picture until the test raises `may_go`, the number of pictures that it may colour."""

    def __init__(self):
        super().__init__()
        self.may_go = 0

    def predict(self, image: np.ndarray, for_hints: bool = True) -> Prediction:
        while self.runs >= self.may_go:
            time.sleep(0.005)
        return super().predict(image, for_hints)
