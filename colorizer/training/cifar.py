"""CIFAR-100 as a folder of pictures of 32 x 32 pixels: the training data of the Wisconsin report.

Krizhevsky 2009, *Learning Multiple Layers of Features from Tiny Images*, downloaded by Keras
from the author's page.
"""

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from colorizer.training.pretrained import DownloadError
from storage.files import rename
from storage.settings import data_folder

NAME = "cifar100"


def folder(report: Callable[[str], None] = print) -> Path:
    """The folder `$HUESTORY_DATA/downloads/cifar100`, downloaded and filled if it does not exist yet.

    Raises:
        DownloadError: the server cannot be reached, or the file is not the one expected.
        OSError: writing to the disk failed.
    """
    target = data_folder() / "downloads" / NAME
    if target.is_dir():
        return target
    import keras

    report("Fetching CIFAR-100 (169 MB) from https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz")
    try:
        (pictures, _), (more, _) = keras.datasets.cifar100.load_data()
    except Exception as error:  # Keras raises a plain Exception when a server cannot be reached
        raise DownloadError(
            f"CIFAR-100 could not be fetched: {error} Any folder of colour pictures serves as well: --data DIR."
        ) from error
    partial = target.with_name(f"{NAME}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    for part, of_part in (("train", pictures), ("test", more)):
        for i, picture in enumerate(of_part):
            Image.fromarray(picture).save(partial / f"cifar_{part}_{i:05d}.png")
    rename(partial, target)
    return target
