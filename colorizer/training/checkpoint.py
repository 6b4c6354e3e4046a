"""The state that a later run needs to resume a training, saved completely or not at all, and the history as CSV."""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from storage.files import replacing


class TrainingError(RuntimeError):
    """Training cannot start or continue."""


class NothingToResumeError(TrainingError):
    """`resume` was asked for, but there is no saved state."""


class DamagedStateError(TrainingError):
    """The saved state cannot be read."""


class OtherTrainingError(TrainingError):
    """The saved state belongs to a training with other settings."""


class DiskError(TrainingError):
    """Writing to the disk failed during training."""


@dataclass(frozen=True)
class Best:
    """The state of early stopping."""

    loss: float
    """The lowest loss on `val`."""
    epoch: int
    """The epoch of this loss, counted from 0."""
    wait: int
    """Epochs since then."""
    weights: list[np.ndarray]
    """The model's weights after that epoch."""


def reason(error: Exception) -> str:
    """The reason of a disk error in one line; messages of HDF5 have more lines, with details of its buffers."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error).partition("\n")[0]


class State:
    """Weights, optimizer state, steps and seconds done, and settings of a training, in the folder `OUTPUT.state`.

    Args:
        output: the weights file that the training will write.
        configuration: settings that must stay the same, value by field name; see `Job.configuration`.
        resume: continue from the saved state.
        pretrained: whether the model started from pretrained weights; when resumed, the saved value is used.

    Raises:
        NothingToResumeError, DamagedStateError, OtherTrainingError: `resume` is true, but the state
            is missing, damaged or belongs to a training with other settings.
    """

    def __init__(self, output: Path, configuration: dict, resume: bool, pretrained: bool = False):
        self.folder = output.with_name(f"{output.name}.state")
        self.history = self.folder / "history.csv"
        self.configuration = json.loads(json.dumps(configuration))  # tuples become lists, as in the file
        self.pretrained, self.resumed = pretrained, resume
        self.steps, self.seconds, self.best = 0, 0.0, None
        self._best_on_disk: int | None = None  # its epoch; a file of that name may come from another training
        if resume:
            self._read()
        else:
            self.folder.mkdir(exist_ok=True)
            self.history.unlink(missing_ok=True)

    def restore(self, model: keras.Model) -> None:
        """Load the saved weights and optimizer state into a compiled model.

        Raises:
            DamagedStateError: they cannot be read, or belong to another model.
        """
        model.optimizer.build(model.trainable_variables)
        try:
            model.load_weights(self._saved)
        except Exception as error:  # for a damaged file h5py and Keras raise many kinds of exceptions
            raise self._damaged(self._saved, error) from error

    def save(self, model: keras.Model, steps: int, seconds: float, best: Best | None = None) -> None:
        """Save the state and delete the one saved before.

        Raises:
            DiskError: writing failed; the state saved before is still there.
        """
        saved = self.folder / f"{steps:08d}.weights.h5"
        saved_best = self.folder / f"best_{best.epoch:06d}.npz" if best else None
        progress = {
            "steps": steps,
            "seconds": seconds,
            "weights": saved.name,
            "pretrained": self.pretrained,
            "best": {"loss": best.loss, "epoch": best.epoch, "wait": best.wait} if best else None,
            "configuration": self.configuration,
        }
        try:
            with replacing(saved, self.folder / "partial.weights.h5") as partial:
                model.save_weights(partial)
            if best and best.epoch != self._best_on_disk:
                with replacing(saved_best, self.folder / "partial.npz") as partial:
                    np.savez(partial, *best.weights)
                self._best_on_disk = best.epoch
            with replacing(self.folder / "progress.json", self.folder / "progress.partial") as partial:
                partial.write_text(json.dumps(progress))
        except (OSError, RuntimeError) as error:  # HDF5 raises one of the two when a disk is full
            raise DiskError(
                f"The training could not be saved in {self.folder}: {reason(error)}. Make room, then go on with "
                "--resume from what was saved before."
            ) from error
        for other in (*self.folder.glob("[0-9]*.weights.h5"), *self.folder.glob("best_*.npz")):
            if other not in (saved, saved_best):
                other.unlink()

    def log(self, row: dict) -> None:
        """Add a row to the history.

        Raises:
            DiskError: writing failed.
        """
        try:
            new = not self.history.exists()
            with open(self.history, "a", newline="") as file:
                writer = csv.DictWriter(file, row)
                if new:
                    writer.writeheader()
                writer.writerow(row)
        except OSError as error:
            raise DiskError(f"The history could not be written to {self.history}: {reason(error)}.") from error

    def last_loss(self) -> float | None:
        """The last loss on `val` in the history; None if there is none."""
        if not self.history.exists():
            return None
        with open(self.history, newline="") as file:
            rows = list(csv.DictReader(file))
        return float(rows[-1]["val_loss"]) if rows else None

    def _read(self) -> None:
        place = self.folder / "progress.json"
        try:
            progress = json.loads(place.read_text())
        except FileNotFoundError as error:
            raise NothingToResumeError(f"--resume needs saved state. None is at {self.folder}.") from error
        except (OSError, ValueError) as error:
            raise self._damaged(place, error) from error
        try:
            self.steps, self.seconds = int(progress["steps"]), float(progress["seconds"])
            self._saved = self.folder / progress["weights"]
            self.pretrained = bool(progress.get("pretrained", self.pretrained))
            self._compare(progress.get("configuration", {}))
            self.best = self._read_best(progress.get("best"))
        except (OSError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._damaged(place, error) from error

    def _compare(self, before: dict) -> None:
        """Compare the saved settings with the present ones. Older states have no settings, so nothing is compared."""
        for name, value in before.items():
            now = self.configuration.get(name)
            if now != value:
                raise OtherTrainingError(
                    f"A training goes on with the settings it began with. {name} was {value!r}. Received {now!r}: "
                    "give the first again, or begin anew without --resume."
                )

    def _read_best(self, best: dict | None) -> Best | None:
        if best is None:
            return None
        with np.load(self.folder / f"best_{best['epoch']:06d}.npz") as arrays:
            weights = [arrays[f"arr_{i}"] for i in range(len(arrays.files))]
        self._best_on_disk = int(best["epoch"])
        return Best(float(best["loss"]), int(best["epoch"]), int(best["wait"]), weights)

    def _damaged(self, place: Path, error: Exception) -> DamagedStateError:
        return DamagedStateError(
            f"--resume needs a state that can be read. {place} is damaged ({reason(error)}): begin anew without it."
        )
