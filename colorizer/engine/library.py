"""Import OpenVINO without its telemetry, and so that several threads may begin to use it at once."""

import sys
import threading

_importing = threading.Lock()


def import_openvino():
    """The module `openvino`, of which nothing is told to anybody.

    When it is imported, OpenVINO tells Google Analytics so, without asking, and leaves a number that names this user
    in `~/intel`. It does so through the package `openvino_telemetry`, and does without where that cannot be imported:
    None in `sys.modules` says that it cannot.

    Its table of number types is made when it is first asked for. If two threads ask at that moment, each waits for what
    the other holds (C++'s guard of the table, Python's lock), and the process stands still for good (seen with 2026.4).
    So it is made here, by one thread.
    """
    with _importing:
        sys.modules.setdefault("openvino_telemetry", None)
        import openvino

        openvino.Type.f32.to_dtype()
    return openvino
