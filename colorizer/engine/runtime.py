"""Run an export with OpenVINO, on the processor.

OpenVINO was chosen by measurement: it takes as long as TensorFlow for the default network or less, starts in 0.2 s
where TensorFlow takes 3.4, does not compile again for a new shape, and has wheels for Linux (x86-64, ARM), macOS and
Windows. Numbers are float32 on every machine: on some processors OpenVINO would take bfloat16, and a photograph would
then get other colours there.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from queue import LifoQueue

import numpy as np

from colorizer.engine.library import import_openvino
from colorizer.engine.network import Network, Run
from storage.settings import cores

_PRECISION = {"INFERENCE_PRECISION_HINT": "f32"}


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
    options = _PRECISION | {
        "NUM_STREAMS": at_once,
        "INFERENCE_NUM_THREADS": at_once * (threads or cores()),
        "ENABLE_CPU_PINNING": False,  # several processes would meet on the first cores
    }
    kept, mapped = _place_of_compiled(path), None
    if kept.exists():
        # Not read but mapped. Copied on writing, of which there is none: OpenVINO refuses what cannot be written.
        mapped = import_openvino().Tensor(np.memmap(kept, np.uint8, mode="c"), shared_memory=True)
        compiled = _core().import_model(mapped, "CPU", options)
    else:
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

    run.mapped = mapped  # stays as long as the network, whose weights lie in it
    return run, shape


def keep_compiled(path: Path) -> None:
    """Write a compiled copy beside an export, which opens in a third of the time and gives the same bits."""
    compiled = _core().compile_model(_core().read_model(path), "CPU", _PRECISION)
    _place_of_compiled(path).write_bytes(compiled.export_model().getbuffer())


def _place_of_compiled(path: Path) -> Path:
    """The file of the compiled copy: only this edition of OpenVINO on this kind of processor can use it."""
    facts = [_core().get_property("CPU", name) for name in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")]
    kind = hashlib.sha256(repr([import_openvino().__version__, *facts]).encode()).hexdigest()[:8]
    return path.with_suffix(f".{kind}.blob")


def _input_side(path: Path) -> int:
    return _core().read_model(path).inputs[0].partial_shape[1].get_length()


@cache
def _core():
    return import_openvino().Core()
