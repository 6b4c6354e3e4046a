"""Turn Keras models into OpenVINO models whose height and width are free.

`exports` starts this file as a program, because TensorFlow should not stay in the memory of what colours:

    echo '[["two_layer", "two_layer.weights.h5", "FOLDER"]]' | python -m colorizer.engine.convert

It reads a list of model, weights file and existing empty folder, and writes into each folder `network.xml` and
`network.bin`, a compiled copy of them for this machine and, for a model with an extractor, the same of that. It prints
one line of JSON for each: null, or the name and the message of the error.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from colorizer import models, weights
from colorizer.color import fused
from colorizer.engine import runtime
from colorizer.engine.library import import_openvino

if TYPE_CHECKING:
    import keras

LARGE = 1_000_000
"""Parameters from which on weights are kept in half precision, as in the `.h5`: half the memory, half the disk. The
numbers are computed in float32 all the same."""


def main() -> None:
    """Convert what standard input lists."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # there is nothing to compute, and a graphics card takes long to start
    models.import_keras()
    for name, path, folder in json.load(sys.stdin):
        try:
            convert(name, Path(path), Path(folder))
            answer = None
        except Exception as error:  # the other process raises it again
            answer = [type(error).__name__, str(error)]
        print(json.dumps(answer), flush=True)
    fused.prepare()  # so that the first large photograph does not wait for it


def convert(name: str, path: Path, folder: Path) -> None:
    """Write the parts of a model with these weights into a folder.

    Raises:
        WeightsError: see `weights.create_model`.
    """
    extractor, trained = models.parts_of(weights.create(name, path))
    for part, of_part in (("network", trained), ("extractor", extractor)):
        if of_part is not None:
            write(of_part, folder / f"{part}.xml")
            runtime.keep_compiled(folder / f"{part}.xml")


def write(model: "keras.Model", path: Path) -> None:
    """Write a Keras model as an OpenVINO model: `path` and, beside it, its weights as `.bin`."""
    openvino = import_openvino()
    with tempfile.TemporaryDirectory() as folder:
        frozen = Path(folder) / "frozen.pb"
        frozen.write_bytes(_freeze(model))
        converted = openvino.Core().read_model(frozen)
    for port in converted.inputs:
        name = next(name for name in port.names if name.startswith("input"))
        port.set_names({name.partition(":")[0]})
    openvino.save_model(converted, path, compress_to_fp16=model.count_params() > LARGE)


def _freeze(model: "keras.Model") -> bytes:
    """The graph of a model with its weights as constants; its inputs are called `input0` and so on."""
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    def call(*inputs):
        return model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)

    shapes = [(1, *one.shape[1:]) for one in model.inputs]
    signature = [tf.TensorSpec(shape, tf.float32, name=f"input{i}") for i, shape in enumerate(shapes)]
    with _resizing_to_any_size(), _dilating_in_place():
        traced = tf.function(call, autograph=False).get_concrete_function(*signature)
    # The first half of `convert_variables_to_constants_v2`. Its second half makes a function of the graph, which takes
    # five seconds for the default network and is not needed here.
    variables = convert_to_constants._FunctionConverterDataInEager(
        func=traced, lower_control_flow=True, aggressive_inlining=False
    )
    graph, _ = convert_to_constants._replace_variables_by_constants(converter_data=variables)
    [output] = traced.outputs
    return tf.compat.v1.graph_util.extract_sub_graph(graph, [output.op.name]).SerializeToString()


@contextmanager
def _resizing_to_any_size() -> Iterator[None]:
    """Let Keras resize to a size that is known only when the model runs.

    `keras.ops.image.resize` checks that the size is above 0 with an `if`, which TensorFlow refuses for such a size.
    """
    import keras
    import tensorflow as tf

    places = [keras.ops.image, sys.modules[keras.ops.image.resize.__module__]]
    original = keras.ops.image.resize

    def resize(images, size, interpolation="bilinear", antialias=False, **options):
        if all(isinstance(side, int) for side in size):
            return original(images, size, interpolation=interpolation, antialias=antialias, **options)
        return tf.image.resize(images, tf.stack(size), method=interpolation, antialias=antialias)

    for place in places:
        place.resize = resize
    try:
        yield
    finally:
        for place in places:
            place.resize = original


@contextmanager
def _dilating_in_place() -> Iterator[None]:
    """Let Keras' dilated convolutions become convolutions with a dilation.

    TensorFlow has them only without gradients, and so makes them of a plain convolution on a batch of every n-th row
    and column. To take these apart and together again takes longer than the convolution.
    """
    import tensorflow as tf

    original = tf.nn.convolution

    def convolution(inputs, kernel, strides=1, padding="VALID", data_format=None, dilations=1):
        by_side = [dilations] * 2 if isinstance(dilations, int) else list(dilations)
        if len(inputs.shape) != 4 or data_format == "NCHW" or by_side == [1, 1]:
            return original(inputs, kernel, strides, padding, data_format=data_format, dilations=dilations)
        by_side = [1, *by_side, 1]  # TensorFlow allows no strides besides a dilation
        return tf.nn.conv2d(inputs, kernel, 1, padding, dilations=by_side)

    tf.nn.convolution = convolution
    try:
        yield
    finally:
        tf.nn.convolution = original


if __name__ == "__main__":
    main()
