"""Colour for grey photographs: convolutional networks in Lab colour space.

from colorizer import list_models, load_model
colorizer = load_model()
rgb = colorizer.colorize(image)
"""

import importlib
import os
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read by TensorFlow when it is imported: warnings and errors only

if TYPE_CHECKING:
    from colorizer import imaging as images
    from colorizer.inference.colorizer import load_model
    from colorizer.inference.hints.hint import Hint, color_to_ab
    from colorizer.models import DEFAULT_MODEL, list_models, model_info

__all__ = ["DEFAULT_MODEL", "Hint", "color_to_ab", "images", "list_models", "load_model", "model_info"]
__version__ = "0.1.0"

_MODULES = {
    "DEFAULT_MODEL": "colorizer.models",
    "Hint": "colorizer.inference.hints.hint",
    "color_to_ab": "colorizer.inference.hints.hint",
    "list_models": "colorizer.models",
    "load_model": "colorizer.inference.colorizer",
    "model_info": "colorizer.models",
}


def __getattr__(name: str):
    """Import what is asked for at its first use: a command that colours nothing should start at once."""
    if name == "images":
        found = importlib.import_module("colorizer.imaging")
    elif name in _MODULES:
        found = getattr(importlib.import_module(_MODULES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
