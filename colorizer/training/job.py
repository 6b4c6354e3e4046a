"""What is asked of a training, in four parts: the data, the length, the start, and all of it together."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from colorizer import models
from colorizer.models.recipe import Recipe
from colorizer.training.checkpoint import TrainingError
from colorizer.training.data import Data

KERAS_DOWNLOAD = "imagenet"
"""For `Start.encoder`: fetch the weights as Keras does."""

RANDOM = "random"
"""For `Start.encoder`: leave it as it is; to prove that a path works, never to be shipped."""

FREE_FIELDS = ("save_minutes",)
"""Fields of a recipe that change nothing of what is learnt: a resumed training may have others."""


@dataclass(frozen=True)
class Length:
    """How long a training lasts.

    Raises:
        TrainingError: not exactly one of epochs and minutes is given.
    """

    epochs: int | None = None
    """Passes over the photographs."""
    minutes: float | None = None
    """Time to train for, the learning rate following the clock."""
    patience: int | None = None
    """Stop before that when so many passes brought `val` no gain, and take the best weights."""

    def __post_init__(self):
        if (self.epochs is None) == (self.minutes is None):
            raise TrainingError(
                f"Give either epochs or minutes. Received epochs={self.epochs}, minutes={self.minutes}."
            )


@dataclass(frozen=True)
class Start:
    """What a training begins with; all of it is left aside when one is resumed, whose state has it."""

    resume: bool = False
    """Go on from the state saved beside the output."""
    encoder: tuple[Path | str, ...] = ()
    """ImageNet weights of the encoder or extractor: files; or `imagenet`, which Keras downloads; or `random`."""
    adapt_minutes: float = 0.0
    """Time to make an extractor at home with grey pictures first; see `distillation`."""
    weights: Path | None = None
    """Weights of this model to go on from; the recipe's logit adjustment is taken back first."""

    @property
    def pretrained(self) -> bool:
        """Whether the encoder has learnt before, so that its first stages may be kept as they are."""
        return self.weights is not None or self.encoder not in ((), (RANDOM,))


@dataclass(frozen=True)
class Job:
    """A training as it is asked for."""

    model: str
    """A registered model."""
    output: Path
    """File for the weights, `NAME.weights.h5`."""
    data: Data
    length: Length
    start: Start = Start()
    recipe: Recipe | None = None
    """Hyper-parameters of the training; None takes the model's own."""
    hyperparameters: dict = field(default_factory=dict)
    """Of the model, arguments of its `build`; kept in the weights file."""
    seed: int = 0
    """Of the order, the crops and the initial weights."""

    def configuration(self, recipe: Recipe, photographs: int) -> dict:
        """What must stay the same while a training goes on, from a field's name to its value."""
        kept = {name: value for name, value in asdict(recipe).items() if name not in FREE_FIELDS}
        folders = sorted(str(Path(folder).resolve()) for folder in self.data.folders)
        return {
            "model": self.model,
            **models.full_hyperparameters(self.model, self.hyperparameters),
            **kept,
            "seed": self.seed,
            "data": folders if len(folders) > 1 else folders[0],
            "include": self.data.include,
            "hold_out": self.data.hold_out,
            "photographs": photographs,
        }
