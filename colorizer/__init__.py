"""Colour for grey photographs: convolutional networks in Lab colour space.

    from colorizer import list_models, load_model
    colorizer = load_model()
    rgb = colorizer.colorize(image)
"""

from colorizer.inference import load_model
from colorizer.models import DEFAULT_MODEL, list_models, model_info

__all__ = ["DEFAULT_MODEL", "list_models", "load_model", "model_info"]
__version__ = "0.1.0"
