"""Runs networks without the library that trained them.

TensorFlow trains; it needs seconds to start, and seconds more for every new shape of a photograph. So each weights file
is exported once for OpenVINO, for heights and widths of any number, and all that colours runs the export.

- `convert`: turns a Keras model into an export; it alone needs TensorFlow, and runs in a process of its own
- `exports`: where the exports lie, whether they are whole, and how they are made when they are missing
- `runtime`: runs an export
- `library`: imports OpenVINO, without its telemetry
- `network`: what is run, whether it is an export or a Keras model
"""

from colorizer.engine.network import Network, through_keras

__all__ = ["Network", "through_keras"]
