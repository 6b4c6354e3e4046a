"""Look up colours in training patches that look alike: a method from before convolutional networks.

- *Gray-Scaled Image Colorization using ML Techniques* 2015 (student report, known from the Ain Shams survey: local
  descriptors, support vector machine)
- Welsh, Ashikhmin, Mueller 2002, *Transferring Color to Greyscale Images* (similar neighbourhoods)

Only the method of the report is known. Nearest neighbours or a linear support vector machine would serve; nearest
neighbours are built here: every cell of 8 x 8 pixels takes the mean colour of the training patches nearest to it in
lightness, texture and height in the picture. The patches kept are those nearest to the centres of k-means over all
patches seen.
"""

from collections.abc import Callable

import numpy as np
from keras import Input, Model, layers, ops

from colorizer.models.errors import MissingExtraError
from colorizer.models.facts.nearest_palette import INFO
from colorizer.models.info import Network

CELL = INFO.output_stride
"""Side of a cell, in pixels."""

FEATURES = 14
"""Numbers that describe a cell: 3 x 3 means of L*, its spread, two mean steps, a wide mean, its row."""

MAX_PATCHES = 100_000
"""Number of patches to choose from; more take memory and change nothing."""


def build(patches: int = 4096, neighbors: int = 8) -> Model:
    """Build the model, still without patches.

    Args:
        patches: number of training patches that are kept.
        neighbors: number of patches of which a cell takes the mean colour.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`, sides multiples of 8.

    Output shape:
        ab, `(batch_size, height / 8, width / 8, 2)`.
    """
    lightness = Input((None, None, 1), name="lightness")
    x = Descriptor(dtype="float32", name="descriptor")(lightness)
    x = NearestPatches(patches, min(neighbors, patches), dtype="float32", name="ab")(x)
    return Model(lightness, x, name="nearest_palette")


def fit(model: Model, batches, seed: int, report: Callable[[str], None]) -> None:
    """Choose the patches from batches of `(lightness, colors)`.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn.cluster import MiniBatchKMeans
    except ImportError as error:
        raise MissingExtraError(
            "nearest_palette is trained with scikit-learn, which is not installed: pip install scikit-learn"
        ) from error
    descriptor, nearest = model.get_layer("descriptor"), model.get_layer("ab")
    descriptors, colors = [], []
    for i in range(len(batches)):
        lightness, true = batches[i]
        descriptors.append(ops.convert_to_numpy(descriptor(lightness)).reshape(-1, FEATURES))
        colors.append(true[..., :2].reshape(-1, 2))
        if sum(map(len, colors)) >= MAX_PATCHES:
            break
    descriptors, colors = np.concatenate(descriptors), np.concatenate(colors)
    report(f"Choosing among {len(colors)} patches of {i + 1} batches")
    scale = 1 / np.maximum(descriptors.std(axis=0), 1e-3)
    clusters = min(nearest.patches, len(colors))
    means = MiniBatchKMeans(clusters, batch_size=4096, n_init=1, random_state=seed).fit(descriptors * scale)
    distances = means.transform(descriptors[:MAX_PATCHES] * scale)
    chosen = np.resize(distances.argmin(axis=0), nearest.patches)
    nearest.set_weights([scale.astype(np.float32), descriptors[chosen] * scale, colors[chosen]])


NETWORK = Network(INFO, build, fit=fit)


class Descriptor(layers.Layer):
    """Describe cells of 8 x 8 pixels.

    Input shape:
        L*, 0..100, `(batch_size, height, width, 1)`

    Output shape:
        `(batch_size, height / 8, width / 8, FEATURES)`, all in units of L*, except the row: 0 (top) to 100.
    """

    def call(self, lightness):
        def mean(x):
            return ops.average_pool(x, CELL, padding="valid")

        cell = mean(lightness)
        spread = ops.sqrt(ops.maximum(mean(lightness**2) - cell**2, 0.0) + 1e-6)
        down = ops.abs(ops.pad(lightness[:, 1:] - lightness[:, :-1], ((0, 0), (0, 1), (0, 0), (0, 0))))
        right = ops.abs(ops.pad(lightness[:, :, 1:] - lightness[:, :, :-1], ((0, 0), (0, 0), (0, 1), (0, 0))))
        wide = ops.average_pool(cell, 7, strides=1, padding="same")
        height = ops.shape(cell)[1]
        rows = ops.cast(ops.arange(height), "float32") * 100 / ops.cast(height, "float32")
        row = ops.zeros_like(cell) + rows[None, :, None, None]
        return ops.concatenate([*_neighbours(cell), spread, mean(down), mean(right), wide, row], axis=-1)

    def compute_output_shape(self, input_shape):
        count, height, width, _ = input_shape
        return count, height and height // CELL, width and width // CELL, FEATURES


class NearestPatches(layers.Layer):
    """The mean colour of the patches nearest to a descriptor: `(..., FEATURES)` -> ab `(..., 2)`."""

    def __init__(self, patches: int, neighbors: int, **kwargs):
        super().__init__(**kwargs)
        self.patches, self.neighbors = patches, neighbors

    def build(self, input_shape):
        def weight(name, shape):
            return self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name)

        self.scale = weight("scale", (FEATURES,))
        self.descriptors = weight("descriptors", (self.patches, FEATURES))
        self.colors = weight("colors", (self.patches, 2))

    def call(self, x):
        x = x * self.scale
        closeness = 2 * ops.matmul(x, ops.transpose(self.descriptors)) - ops.sum(self.descriptors**2, axis=-1)
        _, nearest = ops.top_k(closeness, self.neighbors)
        return ops.mean(ops.take(self.colors, nearest, axis=0), axis=-2)

    def compute_output_shape(self, input_shape):
        return *input_shape[:-1], 2

    def get_config(self):
        return super().get_config() | {"patches": self.patches, "neighbors": self.neighbors}


def _neighbours(cell) -> list:
    """The 3 x 3 cells around each, `(n, h, w, 1)` nine times; cells at the edge are repeated beyond it."""
    wide = ops.pad(cell, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    height, width = ops.shape(cell)[1:3]
    return [wide[:, y : y + height, x : x + width] for y in range(3) for x in range(3)]
