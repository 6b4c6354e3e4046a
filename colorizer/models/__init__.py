"""The networks that Huestory knows: what they are, how they are built and trained, their initial weights.

- `registry`: finds a network by its name; `networks/`: one file per network, `facts/`: its facts, read without Keras
- `info`, `recipe`: what these files declare
- `layers`, `extractors`, `encoders`: parts that several networks share
"""

from colorizer.models.backend import import_keras
from colorizer.models.errors import EncoderError, HyperparameterError, MissingExtraError, UnknownModelError
from colorizer.models.info import ModelInfo
from colorizer.models.recipe import Recipe
from colorizer.models.registry import (
    DEFAULT_MODEL,
    create_model,
    freeze_stages,
    full_hyperparameters,
    layer_table,
    list_models,
    load_encoder,
    model_info,
    network,
    parts_of,
    train_classifier,
)

__all__ = [
    "DEFAULT_MODEL",
    "EncoderError",
    "HyperparameterError",
    "MissingExtraError",
    "ModelInfo",
    "Recipe",
    "UnknownModelError",
    "create_model",
    "freeze_stages",
    "full_hyperparameters",
    "import_keras",
    "layer_table",
    "list_models",
    "load_encoder",
    "model_info",
    "network",
    "parts_of",
    "train_classifier",
]
