"""Trains tiny networks on Keras' JAX backend, in a process of its own: `python -m tests.jax_training FOLDER`.

The folder has `photos/`, `a_00.npz`, `start.weights.h5` (of `two_layer`) and `loss.npz`; the results are written
beside them. `tests/colorizer/training/test_device_training.py` compares them with those of TensorFlow.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from colorizer.models.recipe import Recipe

CLASSIFICATION = Recipe(logit_adjustment=0.5, tint_weight=2.0, lightness_bound_weight=2.0)
"""With all terms of the loss."""

REGRESSION = Recipe(
    loss="huber",
    crop_size=16,
    crop_scale=(1.0, 1.0),
    mirror=False,
    batch_size=24,
    optimizer="rmsprop",
    warmup_steps=2,
    degraded=0.0,
)
"""Every batch has all of the 24 photographs, and nothing random."""

HALF_PRECISION = replace(REGRESSION, batch_size=8, optimizer="adamw", mirror=True, precision="mixed_bfloat16")


def main(folder: Path) -> None:
    import jax

    from colorizer import models
    from colorizer.training import gradients, losses
    from tests import trainings

    output = folder / "jax.weights.h5"
    trainings.run(folder / "photos", output, "two_layer", REGRESSION, epochs=4, weights=folder / "start.weights.h5")

    packed, output = folder / "a_00.npz", folder / "packed.weights.h5"
    first, lines = trainings.run(packed, output, "two_layer", HALF_PRECISION, epochs=2, patience=9)
    steps = first.train_function
    network, more = trainings.run(packed, output, "two_layer", HALF_PRECISION, epochs=3, patience=9, resume=True)
    lightness = np.linspace(0, 100, 32 * 32, dtype=np.float32).reshape(1, 32, 32, 1)
    with np.load(folder / "loss.npz") as arrays:
        colors, logits, counts = arrays["colors"], arrays["logits"], arrays["counts"]
    loss = losses.create_loss(CLASSIFICATION, counts, contrast=1.5, smoothing=True)
    value, slope = jax.jit(jax.value_and_grad(lambda logits: loss(colors, logits)))(logits)
    classifier = models.create_model("two_layer", output="bins")
    gradients.adjust_logits(classifier, CLASSIFICATION, counts)
    results = {"value": value, "slope": slope, "bias": classifier.layers[-1].bias}
    np.savez(folder / "jax.npz", ab=network(lightness), **{name: np.array(found) for name, found in results.items()})
    answer = {"lines": [lines, more], "compilations": steps.compilations, "loading": steps.loading}
    (folder / "jax.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "jax"
    main(Path(sys.argv[1]))
