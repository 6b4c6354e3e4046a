"""ImageNet weights that a training starts from: Keras' own files, fetched once when a person asks for them.

They lie where Keras keeps them, `~/.keras/models` or `$KERAS_HOME/models`: what it has fetched is not fetched again.
"""

import os
from dataclasses import dataclass
from pathlib import Path

HOST = "https://storage.googleapis.com/tensorflow/keras-applications"


class DownloadError(RuntimeError):
    """A file could not be fetched, or is not what it should be."""


@dataclass(frozen=True)
class Pretrained:
    """A file of Keras' ImageNet weights."""

    url: str
    md5: str | None
    """As Keras gives it; None where Keras gives none."""
    megabytes: int

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


FILES = {
    "vgg16": Pretrained(
        f"{HOST}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "6d6bbae143d832006294945121d1f1fc", 59
    ),
    "inception_resnet_v2": Pretrained(
        f"{HOST}/inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5",
        "e693bd0210a403b3192acc6073ad2e96",
        225,
    ),
    "mobilenet_v2": Pretrained(
        f"{HOST}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5", None, 14
    ),
}
"""By the name of the network in `keras.applications`."""


def fetch(network: str) -> Path:
    """Keras' ImageNet weights of a network: from this machine, or by Keras' own download.

    Raises:
        DownloadError: the server cannot be reached, or the file is not the one expected.
    """
    import keras

    file, folder = FILES[network], keras_folder()
    try:
        return Path(
            keras.utils.get_file(
                file.name, file.url, cache_dir=str(folder.parent), cache_subdir=folder.name, file_hash=file.md5
            )
        )
    except Exception as error:  # Keras raises a plain Exception when a server cannot be reached
        (folder / file.name).unlink(missing_ok=True)  # what is not whole must not be taken for whole another time
        raise DownloadError(
            f"The ImageNet weights of {network} could not be fetched: {error} Fetch {file.url} ({file.megabytes} MB) "
            f"where there is a network and put it into {folder}, or name it with --encoder FILE."
        ) from error


def keras_folder() -> Path:
    """Where Keras keeps the weights it has fetched."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "models"
