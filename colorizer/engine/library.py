"""Import OpenVINO without its telemetry."""

import sys
from functools import cache


@cache
def import_openvino():
    """The module `openvino`, of which nothing is told to anybody.

    When it is imported, OpenVINO tells Google Analytics so, without asking, and leaves a number that names this user
    in `~/intel`. It does so through the package `openvino_telemetry`, and does without where that cannot be imported:
    None in `sys.modules` says that it cannot.
    """
    sys.modules.setdefault("openvino_telemetry", None)
    import openvino

    return openvino
