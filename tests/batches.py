"""Archives to colour, and models of which the tests know what they do to a worker."""

import os
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
from PIL import Image

from colorizer.batch import Batch
from colorizer.inference import Prediction
from colorizer.manifest import Settings
from colorizer.models import ModelInfo
from tests.tiny import TinyColorizer

SETTINGS = Settings("resnet50_unet", "0" * 64)
DEADLY_WIDTH = 99


def make_archive(folder: Path, count: int) -> list[Path]:
    """`count` different grey photographs in three folders, one below the other; their paths, sorted."""
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / ("", "box", "box/album")[number % 3] / f"{number:03}.{('jpg', 'png')[number % 2]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.cumsum(rng.integers(0, 6, (48, 64)), 1).astype(np.uint8)).save(path)
    return photographs(folder)


def photographs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png"))


def batch(folder: Path, **settings) -> Batch:
    """From `folder`/in to `folder`/out, which is made."""
    (folder / "out").mkdir(exist_ok=True)
    return Batch(folder / "in", folder / "out", Settings(**{**vars(SETTINGS), **settings}))


class SlowColorizer(TinyColorizer):
    """Takes a while for each photograph; one of a certain width ends the process. Starts quickly, without Keras."""

    def __init__(self):
        info = ModelInfo("", "", "", "bins", output_stride=4, size_multiple=32, working_size=256)
        with patch("colorizer.inference._compile"), patch("colorizer.models.model_info", return_value=info):
            super().__init__()

    def predict(self, image: np.ndarray) -> Prediction:
        time.sleep(0.05)
        if image.shape[1] == DEADLY_WIDTH:
            os._exit(1)
        return super().predict(image)


def load_slow(pids: Path) -> SlowColorizer:
    """A slow model; the process that loads it leaves its id as the name of a file."""
    (pids / str(os.getpid())).touch()
    return SlowColorizer()
