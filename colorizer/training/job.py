"""The settings of a training: `Length`, `Start` and, together with `Data`, the whole `Job`."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from colorizer import models
from colorizer.models.recipe import Recipe
from colorizer.training.checkpoint import TrainingError
from colorizer.training.data import Data

KERAS_DOWNLOAD = "imagenet"
"""For `Start.encoder`: the weights that Keras downloads."""

RANDOM = "random"
"""For `Start.encoder`: keep its random weights. Only for tests of the code, not for weights that ship."""

FREE_FIELDS = ("save_minutes",)
"""Fields of a recipe that do not change the result: they may differ when a training is resumed."""


@dataclass(frozen=True)
class Length:
    """How long a training lasts.

    Raises:
        TrainingError: not exactly one of epochs and minutes is given.
    """

    epochs: int | None = None
    """Passes over the photographs."""
    minutes: float | None = None
    """Minutes to train for; the learning rate then follows the time instead of the steps."""
    patience: int | None = None
    """Stop early after so many epochs without a lower loss on `val`, and restore the best weights."""

    def __post_init__(self):
        if (self.epochs is None) == (self.minutes is None):
            raise TrainingError(
                f"Give either epochs or minutes. Received epochs={self.epochs}, minutes={self.minutes}."
            )


@dataclass(frozen=True)
class Start:
    """What a training starts from. When one is resumed, the other fields are ignored: its saved state is used."""

    resume: bool = False
    """Continue from the state saved beside the output."""
    encoder: tuple[Path | str, ...] = ()
    """ImageNet weights of the encoder or extractor: files, or `imagenet` (Keras downloads them), or `random`."""
    adapt_minutes: float = 0.0
    """Minutes of adapting an extractor to grey pictures before the training; see `distillation`."""
    weights: Path | None = None
    """Weights of this model to start from; the recipe's logit adjustment is undone first."""

    @property
    def pretrained(self) -> bool:
        """Whether the encoder starts from trained weights, so that its first stages may be frozen."""
        return self.weights is not None or self.encoder not in ((), (RANDOM,))


@dataclass(frozen=True)
class Job:
    """All settings of a training."""

    model: str
    """A registered model."""
    output: Path
    """File for the weights, `NAME.weights.h5`."""
    data: Data
    length: Length
    start: Start = Start()
    recipe: Recipe | None = None
    """Hyper-parameters of the training; None takes the recipe of the model."""
    hyperparameters: dict = field(default_factory=dict)
    """Hyper-parameters of the model, arguments of its `build`; they are stored in the weights file."""
    seed: int = 0
    """For the order, the crops and the initial weights."""

    def configuration(self, recipe: Recipe, photographs: int) -> dict:
        """The settings that must stay the same when the training is resumed, value by field name."""
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
