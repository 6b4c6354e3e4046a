"""Archives to colour, and a stand-in model that can be slow or end its worker process."""

import os
import time
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer import images
from colorizer.archive.manifest import Settings
from colorizer.archive.task import Batch
from colorizer.imaging.metadata import Provenance
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.prediction import Prediction

SETTINGS = Settings("resnet50_unet", "0" * 64)
DEADLY_WIDTH = 99


def make_archive(folder: Path, count: int) -> list[Path]:
    """Save `count` different grey photographs in three nested folders; return their sorted paths."""
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / ("", "box", "box/album")[number % 3] / f"{number:03}.{('jpg', 'png')[number % 2]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.cumsum(rng.integers(0, 6, (48, 64)), 1).astype(np.uint8)).save(path)
    return photographs(folder)


def photographs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png"))


def batch(folder: Path, **settings) -> Batch:
    """Return a batch from `folder`/in to `folder`/out; the latter is created."""
    (folder / "out").mkdir(exist_ok=True)
    return Batch(folder / "in", folder / "out", Settings(**{**vars(SETTINGS), **settings}))


class FormulaColorizer:
    """Stands in for a `Colorizer` in tests of batches: it colours by a formula, so that no network is loaded.

    A photograph of the width DEADLY_WIDTH ends the process.
    """

    weights_sha256 = SETTINGS.weights_sha256
    provenance = Provenance("Huestory", SETTINGS.model, weights_sha256)

    def __init__(self, seconds: float = 0.0):
        self.seconds, self.runs = seconds, 0

    mark = Colorizer.mark

    def predict(self, pixels: np.ndarray, for_hints: bool = True) -> Prediction:
        return Prediction(np.zeros((1, 1, 2), np.float16))

    def render(
        self, pixels: np.ndarray, prediction: Prediction, saturation=1.0, depth=8, keep_colors=False
    ) -> np.ndarray:
        self.runs += 1
        time.sleep(self.seconds)
        if pixels.shape[1] == DEADLY_WIDTH:
            os._exit(1)
        gray = images.to_gray(pixels)
        if depth == 8 and gray.dtype == np.uint16:
            gray = (gray >> 8).astype(np.uint8)
        return np.stack([gray, gray // 2, np.iinfo(gray.dtype).max - gray], axis=-1)


def load_slow(pids: Path) -> FormulaColorizer:
    """Return a slow model; the process that loads it leaves a file in `pids` whose name is the process id."""
    (pids / str(os.getpid())).touch()
    return FormulaColorizer(seconds=0.05)
