"""Make a network that was trained in another colour space give ab; see `color.spaces`."""

from keras import Input, Model, layers, ops

from colorizer.color import spaces
from colorizer.models.errors import HyperparameterError
from colorizer.models.extractors import ModelWithExtractor, Parts, parts_of


def with_ab(model: Model, space: str) -> Model:
    """Build a model that gives ab from one that gives the two channels of another space.

    The two parts of a model with an extractor can still be called one by one.

    Raises:
        HyperparameterError: no such space, or the model gives another number of channels.
    """
    try:
        spaces.check_space(space)
    except spaces.UnknownSpaceError as error:
        raise HyperparameterError(str(error)) from error
    if model.output_shape[-1] != 2:
        raise HyperparameterError(f"Bins are of ab: classification has no other space. Received {space!r}.")
    lightness, name = Input((None, None, 1), name="lightness"), f"{model.name}_{space}"
    extractor, network = parts_of(model)
    if extractor is None:
        return Model(lightness, _to_ab(space, lightness, network(lightness)), name=name)
    # The inner model is a plain one, so that its weights have the same names as in existing files.
    plain = Model(model.input, model.output, name=model.name)
    trained = Model(network.inputs, _to_ab(space, network.inputs[0], network.output))
    return ModelWithExtractor(
        lightness, _to_ab(space, lightness, plain(lightness)), lambda: Parts(extractor, trained), name
    )


def _to_ab(space: str, lightness, channels):
    return ToAb(space, dtype="float32", name="to_ab")([lightness, channels])


class ToAb(layers.Layer):
    """Convert L* and the two channels of a space to ab.

    Input shape:
        L* `(batch_size, height, width, 1)` and channels `(batch_size, h, w, 2)`, scaled as by `spaces.chroma`.

    Output shape:
        ab `(batch_size, h, w, 2)`
    """

    def __init__(self, space: str, **kwargs):
        super().__init__(**kwargs)
        self.space = space

    def call(self, inputs):
        lightness, channels = inputs
        size = ops.shape(channels)[1:3]
        lightness = ops.image.resize(lightness, size, interpolation="bilinear", antialias=True)[..., 0]
        return spaces.to_ab(lightness, channels, self.space, ops)

    def compute_output_shape(self, input_shape):
        return input_shape[1]

    def get_config(self):
        return super().get_config() | {"space": self.space}
