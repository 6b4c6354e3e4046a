"""Load weights trained on ImageNet, or by another training of this project, into the encoder of any network."""

from collections import ChainMap
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from keras import Model, layers

from colorizer.models.errors import EncoderError
from colorizer.models.extractors import DISTILLED, classifier, parts_of
from colorizer.models.info import Encoder


def load(encoder: Encoder, model: Model, paths: Sequence[Path]) -> None:
    """Fill the pretrained layers of a model from files, one of these kinds:

    - archives of arrays called `layer/variable`, `.npz`, together holding every layer;
    - a file of `keras.applications`, where `encoder.application` names one;
    - `extractor.weights.h5`, the whole extractor, as another training saved it with its state.

    Raises:
        EncoderError: a file belongs to another network, or cannot be read.
    """
    first = paths[0]
    if first.suffix == ".npz" or encoder.application is None:
        read_archives(encoder.pretrained(model), paths)
        return
    name = encoder.application(model)
    try:
        extractor = parts_of(model).extractor
        if extractor is not None and first.name == DISTILLED:
            extractor.load_weights(first)
            return
        source = classifier(name)
        source.load_weights(first)
        for layer in (layer for layer in encoder.pretrained(model) if layer.weights):
            layer.set_weights(source.get_layer(layer.name).get_weights())
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"The file must hold the ImageNet weights of {name}. Received {first}: {error}") from error


def read_archives(of_layers: Sequence[layers.Layer], paths: Sequence[Path]) -> None:
    """Fill layers from archives of `layer/variable` arrays. A background class before the thousand others is left out.

    Raises:
        EncoderError: a file is no archive, or a layer is in none of them, or has another shape there.
    """
    named = " and ".join(str(path) for path in paths)
    with ExitStack() as files:
        try:
            arrays = ChainMap(*(files.enter_context(np.load(path)) for path in paths))
        except (OSError, ValueError, BadZipFile, EOFError, TypeError) as error:
            raise EncoderError(f"ImageNet weights must be archives of arrays (.npz). {named}: {error}") from error
        for layer in of_layers:
            names = [f"{layer.name}/{weight.name}" for weight in layer.weights]
            missing = [name for name in names if name not in arrays]
            if missing:
                raise EncoderError(f"The archive must hold every encoder layer. {named} lacks {missing[0]}.")
            values = [arrays[name].astype(np.float32) for name in names]
            if layer.name == "predictions" and values[0].shape[-1] == layer.units + 1:
                values = [value[..., 1:] for value in values]  # the background class comes first
            try:
                layer.set_weights(values)
            except ValueError as error:
                raise EncoderError(f"The archive belongs to another network. {named}: {error}") from error
