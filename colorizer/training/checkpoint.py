"""What a later run needs to go on with a training, saved whole or not at all, and the history as CSV."""

import csv
import json
import os
from pathlib import Path

import keras


class TrainingError(RuntimeError):
    """Training cannot start or go on."""


class NothingToResumeError(TrainingError):
    """`resume` was asked for, but there is no saved state."""


class DiskError(TrainingError):
    """The disk took no more while training."""


def reason(error: Exception) -> str:
    """Why the disk refused, in few words: HDF5 tells of its buffers as well."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error).partition("\n")[0]


class State:
    """Weights, optimizer, steps and seconds done, in the folder `OUTPUT.state`."""

    def __init__(self, output: Path, resume: bool):
        self.folder = output.with_name(f"{output.name}.state")
        self.history = self.folder / "history.csv"
        self.steps, self.seconds = 0, 0.0
        if resume:
            try:
                progress = json.loads((self.folder / "progress.json").read_text())
            except OSError as error:
                raise NothingToResumeError(f"--resume needs saved state. None is at {self.folder}.") from error
            self.steps, self.seconds = progress["steps"], progress["seconds"]
            self._saved = self.folder / progress["weights"]
        else:
            self.folder.mkdir(exist_ok=True)
            self.history.unlink(missing_ok=True)

    def restore(self, model: keras.Model) -> None:
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self._saved)

    def save(self, model: keras.Model, steps: int, seconds: float) -> None:
        """Save what there is.

        Raises:
            DiskError: the disk refused; what was saved before is still there.
        """
        saved = self.folder / f"{steps:08d}.weights.h5"
        partial, partial_weights = self.folder / "progress.partial", self.folder / "partial.weights.h5"
        try:
            model.save_weights(partial_weights)
            os.replace(partial_weights, saved)
            partial.write_text(json.dumps({"steps": steps, "seconds": seconds, "weights": saved.name}))
            os.replace(partial, self.folder / "progress.json")
        except (OSError, RuntimeError) as error:  # HDF5 raises either when a disk is full
            partial.unlink(missing_ok=True)
            partial_weights.unlink(missing_ok=True)
            raise DiskError(
                f"The training could not be saved in {self.folder}: {reason(error)}. Make room, then go on with "
                "--resume from what was saved before."
            ) from error
        for other in self.folder.glob("[0-9]*.weights.h5"):
            if other != saved:
                other.unlink()

    def log(self, row: dict) -> None:
        """Add a row to the history.

        Raises:
            DiskError: the disk refused.
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
