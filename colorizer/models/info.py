"""What a network's file declares: facts for people and for the decoder, and the functions that it offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from colorizer.models.recipe import Recipe

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ModelInfo:
    """What there is to know of a network before it is built."""

    title: str
    """Name for people."""
    description: str
    """One or two sentences for a visitor."""
    source: str
    """Paper, report or link."""
    output: Literal["bins", "ab"]
    """`bins`: logits over `bins.bins_of(bins)`, `(N, h, w, bins)`; `ab`: ab itself, `(N, h, w, 2)`."""
    output_stride: int
    """Pixels of input for one of output, along a side."""
    size_multiple: int
    """Input sides must be multiples of this."""
    working_size: int
    """Side, in pixels, of the square of which the network sees the area when it is used."""
    bins: int = 261
    """How many ab bins there are; see `bins.bins_of`."""
    departures: str = ""
    """How it differs from what its source describes, in a sentence or two; Markdown."""
    temperature: float = 0.6
    """At which a distribution over bins is decoded; see `decoding.annealed_mean`."""
    contrast: float = 1.0
    """How far the decoded colours are moved away from their mean; see `decoding.contrast`."""
    smoothing: bool = False
    """Whether its logits are smoothed first, place by place; see `decoding.smooth_logits`."""
    recipe: Recipe = field(default_factory=Recipe)
    """How it is trained unless told otherwise."""
    training: str | None = ""
    """Options of `train` that it needs beside the usual ones; None where there is nothing to train."""


@dataclass(frozen=True)
class Encoder:
    """The part of a network that can start from ImageNet weights."""

    pretrained: Callable[["keras.Model"], Sequence["keras.layers.Layer"]]
    """The layers of a model that ImageNet weights are for, each named as in the file of weights."""
    frozen: Callable[["keras.Model", int], Sequence["keras.layers.Layer"]]
    """The layers that are not trained once they hold ImageNet weights, given `Recipe.frozen_stages` from 0."""
    application: Callable[["keras.Model"], str] | None = None
    """Name in `keras.applications` of the network whose own file fits; None: only archives of arrays do."""
    files: int = 1
    """Files of weights that may be given at most."""


@dataclass(frozen=True)
class Network:
    """All that a network's file offers to the rest of the program."""

    info: ModelInfo
    build: Callable[..., "keras.Model"]
    """From hyper-parameters, all of which have defaults, to the model with random weights: L* `(N, H, W, 1)`, 0..100,
    to what `info.output` says."""
    encoder: Encoder | None = None
    """Its pretrained part; None: it always starts from random weights."""
    fit: Callable[["keras.Model", Sequence, int, Callable[[str], None]], None] | None = None
    """For a model that learns without gradients: `fit(model, batches, seed, report)`. None: by gradients."""
