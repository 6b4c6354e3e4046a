"""What a network's file declares: facts for people and for decoding, and its functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from colorizer.models.recipe import Recipe

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ModelInfo:
    """Facts about a network that are known before it is built."""

    title: str
    """Name shown to people."""
    description: str
    """One or two sentences for a visitor."""
    source: str
    """Paper, report or link."""
    output: Literal["bins", "ab"]
    """`bins`: logits over `bins.bins_of(bins)`, `(N, h, w, bins)`; `ab`: ab itself, `(N, h, w, 2)`."""
    output_stride: int
    """Input pixels per output pixel, along a side."""
    size_multiple: int
    """Input sides must be multiples of this."""
    working_size: int
    """In use, the network's input has about the area of a square of this side, in pixels."""
    bins: int = 261
    """Number of ab bins; see `bins.bins_of`."""
    departures: str = ""
    """How it differs from what its source describes, in a sentence or two; Markdown."""
    temperature: float = 0.6
    """Temperature at which a distribution over bins is decoded; see `decoding.annealed_mean`."""
    contrast: float = 1.0
    """How far the decoded colours are moved away from their mean; see `decoding.contrast`."""
    smoothing: bool = False
    """Whether its logits are smoothed before they are decoded; see `decoding.smooth_logits`."""
    learned_upsampling: bool = False
    """Whether the learned upsampler scales its colours up, instead of a guided filter; see `upsampler`."""
    recipe: Recipe = field(default_factory=Recipe)
    """How it is trained by default."""
    training: str | None = ""
    """Options of `train` that it needs besides the usual ones; None where there is nothing to train."""


@dataclass(frozen=True)
class Encoder:
    """The part of a network that can start from ImageNet weights."""

    pretrained: Callable[["keras.Model"], Sequence["keras.layers.Layer"]]
    """The layers of a model that ImageNet weights are loaded into, each named as in the weights file."""
    frozen: Callable[["keras.Model", int], Sequence["keras.layers.Layer"]]
    """The layers that are not trained once they hold ImageNet weights, given `Recipe.frozen_stages` from 0."""
    classifier: Callable[["keras.Model"], Sequence["keras.Model"]] | None = None
    """The classifiers inside a model, which are frozen unless `Recipe.train_classifier`; None: it has none."""
    application: Callable[["keras.Model"], str] | None = None
    """Name in `keras.applications` of the network whose weights file fits; None: only archives of arrays fit."""
    files: int = 1
    """Largest number of weights files that may be given."""


@dataclass(frozen=True)
class Network:
    """What a network's file offers to the rest of the program."""

    info: ModelInfo
    build: Callable[..., "keras.Model"]
    """Builds the model with random weights from hyper-parameters, all of which have defaults. Its input is L*
    `(N, H, W, 1)`, 0..100; its output is what `info.output` says."""
    encoder: Encoder | None = None
    """Its pretrained part; None: it always starts from random weights."""
    fit: Callable[["keras.Model", Sequence, int, Callable[[str], None]], None] | None = None
    """For a model that learns without gradients: `fit(model, batches, seed, report)`. None: it learns by gradients."""
