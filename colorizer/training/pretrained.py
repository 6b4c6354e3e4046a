"""ImageNet weights that a training can start from: the files of Keras, downloaded only when they are asked for.

They are stored in the folder of Keras, `~/.keras/models` or `$KERAS_HOME/models`, and downloaded once.
"""

import os
from dataclasses import dataclass
from pathlib import Path

HOST = "https://storage.googleapis.com/tensorflow/keras-applications"


class DownloadError(RuntimeError):
    """A file could not be downloaded, or its content is not the expected one."""


@dataclass(frozen=True)
class Pretrained:
    """A file of ImageNet weights of Keras."""

    url: str
    md5: str | None
    """Checksum published by Keras; None if there is none."""
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
    """The file of a network's ImageNet weights, downloaded by Keras if it is not on this machine.

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
        (folder / file.name).unlink(missing_ok=True)  # so that an incomplete file is not used later
        raise DownloadError(
            f"The ImageNet weights of {network} could not be fetched: {error} Fetch {file.url} ({file.megabytes} MB) "
            f"where there is a network and put it into {folder}, or name it with --encoder FILE."
        ) from error


def keras_folder() -> Path:
    """The folder in which Keras stores downloaded weights."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "models"
