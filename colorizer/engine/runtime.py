"""Run an export with OpenVINO, on the processor.

OpenVINO was chosen by measurement: it takes as long as TensorFlow for the default network or less, starts in 0.2 s
where TensorFlow takes 3.4, does not compile again for a new shape, and has wheels for Linux (x86-64, ARM), macOS and
Windows. Numbers are float32 on every machine: on some processors OpenVINO would take bfloat16, and a photograph would
then get other colours there.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from queue import LifoQueue

import numpy as np

from colorizer.engine.library import import_openvino
from colorizer.engine.network import Network, Run
from storage.settings import cores


def open_network(folder: Path, threads: int | None = None, at_once: int = 1) -> Network:
    """The network of an export.

    Args:
        threads: for one photograph; None takes all cores.
        at_once: how many photographs it may take at a time; a further one waits.
    """
    run, shape = _compile(folder / "network.xml", threads, at_once)
    if not (folder / "extractor.xml").exists():
        return Network(run, shape[-1])
    extractor, _ = _compile(folder / "extractor.xml", threads, at_once)
    return Network(run, shape[-1], extractor, _input_side(folder / "extractor.xml"))


def _compile(path: Path, threads: int | None, at_once: int) -> tuple[Run, Sequence[int | None]]:
    """An export as a function, and the shape of its output; None is a free side."""
    options = {
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": at_once,
        "INFERENCE_NUM_THREADS": at_once * (threads or cores()),
        "ENABLE_CPU_PINNING": False,  # several processes would meet on the first cores
    }
    compiled = _core().compile_model(_core().read_model(path), "CPU", options)
    shape = [dimension.get_length() if dimension.is_static else None for dimension in compiled.output().partial_shape]
    idle = LifoQueue()
    for _ in range(at_once):
        idle.put(compiled.create_infer_request())

    def run(*inputs: np.ndarray) -> np.ndarray:
        request = idle.get()
        try:
            named = {f"input{i}": np.ascontiguousarray(one, np.float32) for i, one in enumerate(inputs)}
            request.infer(named, share_inputs=True)
            return request.get_output_tensor().data.copy()  # the next photograph overwrites it
        finally:
            idle.put(request)

    return run, shape


def _input_side(path: Path) -> int:
    return _core().read_model(path).inputs[0].partial_shape[1].get_length()


@cache
def _core():
    return import_openvino().Core()
