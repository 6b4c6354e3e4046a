"""Small pools for the tests of this folder."""

import io

import numpy as np
from PIL import Image

from study.pool.building import build_pool
from study.pool.photos import Photos
from tests.study_photos import PIPELINE, SMALL, TINT, files


def build(folder, source=None, conditions=(TINT,), protocol=SMALL, **options):
    return build_pool(
        folder, source or Photos.from_files(files(12)), conditions, PIPELINE, protocol, "0.1.0", **options
    )


def pixels(pool, stimulus):
    return np.asarray(Image.open(io.BytesIO(pool.picture(stimulus))))
