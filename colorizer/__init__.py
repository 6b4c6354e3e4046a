"""Colour for grey photographs: convolutional networks in Lab colour space.

from colorizer import list_models, load_model
colorizer = load_model()
rgb = colorizer.colorize(image)
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read by TensorFlow when it is imported: warnings and errors only

from colorizer import imaging as images
from colorizer.inference.colorizer import load_model
from colorizer.inference.hints.hint import Hint, color_to_ab
from colorizer.models import DEFAULT_MODEL, list_models, model_info

__all__ = ["DEFAULT_MODEL", "Hint", "color_to_ab", "images", "list_models", "load_model", "model_info"]
__version__ = "0.1.0"
