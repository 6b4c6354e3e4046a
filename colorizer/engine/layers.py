"""The layers of a model, read in another process: Keras and TensorFlow must not stay in a server that colours.

Keras in a server's memory makes Streamlit clear its session after every run of every page, while all visitors wait.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from colorizer import models, weights


class LayersError(RuntimeError):
    """The layers of a model cannot be read."""


def main() -> None:
    """Print the layers of the model that the first argument names, as JSON."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    models.import_keras()
    [name] = sys.argv[1:]
    print(json.dumps(models.layer_table(models.create_model(name, **weights.hyperparameters_in_use(name)))))


def read_layers(name: str) -> list[dict]:
    """See `models.layer_table`; the model is built with the hyper-parameters of its weights, or with its defaults.

    Raises:
        LayersError: the model cannot be built.
    """
    command = [sys.executable, "-m", "colorizer.engine.layers", name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).resolve().parents[2])
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise LayersError(f"{name} must be a model that can be built. {said}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
