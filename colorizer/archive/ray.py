"""The engine for many machines: Ray Data sends paths to workers, each with its own model, and returns entries.

Only paths and entries are sent: every machine must have both folders, this package and its weights at the same paths.
If a worker dies, Ray gives its task to another one. Its pictures are then written a second time, with the same bytes,
and counted once.
"""

import logging
import os
import pickle
import platform
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from colorizer.archive.manifest import FAILED, Entry
from colorizer.archive.task import Batch, Task, colorize_file
from colorizer.inference.colorizer import Colorizer

VERSION = "2.60.0"
"""The version of Ray that this was tested with."""

TASK_SIZE = 4
"""Photographs that a worker gets at a time; they are done again if it dies."""

RETRIES = 3
"""How often a task is given to another worker after one has died. Limited, as a photograph may be the cause."""


DEADLY = f"It, or one of {TASK_SIZE} photographs coloured together, ended the worker again and again: try it alone."


class RayEngineError(RuntimeError):
    """The cluster cannot carry out a batch."""


class MissingRayError(RayEngineError):
    """Ray is not installed."""


class ClusterError(RayEngineError):
    """The cluster cannot be reached, or it failed."""


def run_ray(
    batch: Batch, tasks: list[Task], load: Callable[[], Colorizer], workers: int | None = None
) -> Iterator[Entry]:
    """Colour tasks on the cluster at RAY_ADDRESS; without RAY_ADDRESS, start Ray on this machine only.

    Args:
        load: loads the model, on each worker; it must be picklable.
        workers: processes, each with a model; None takes one for each core of the cluster.

    Raises:
        MissingRayError, ClusterError: see the classes.
    """
    batch = replace(batch, source=batch.source.absolute(), target=batch.target.absolute())  # workers start elsewhere
    items = [{"task": pickle.dumps(task)} for task in tasks]  # as bytes: Arrow refuses names that are not Unicode
    missing = {task.key: task for task in tasks}
    with _connected() as ray, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about removals in Ray 2.64; the version is pinned
        size = workers or int(ray.cluster_resources()["CPU"])
        entries = ray.data.from_items(items, override_num_blocks=-(-len(items) // TASK_SIZE)).map(
            _Worker,
            fn_constructor_args=(batch, load),
            # One task per worker at a time: tasks that wait for a worker lose a retry, too, when it dies.
            compute=ray.data.ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=1),
            num_cpus=1,
            ray_remote_args_fn=lambda: {"max_task_retries": RETRIES},
        )
        for row in entries.iter_rows():
            answer = pickle.loads(row["answer"])
            if isinstance(answer, ClusterError):
                raise answer
            del missing[answer.key]
            yield answer
    for task in missing.values():
        yield Entry(task.input, "", batch.settings, task.output, 0, FAILED, DEADLY, page=task.page)


class _Worker:
    """A process of the cluster, with its model, or with the error that it answers if it has none."""

    def __init__(self, batch: Batch, load: Callable[[], Colorizer]):
        self._batch, self._refusal = batch, None
        try:
            self._colorizer = load()
        except Exception as error:
            self._refusal = ClusterError(f"Each machine must have the model. {platform.node()} says: {error}")
            return
        if self._colorizer.weights_sha256 != batch.settings.weights_sha256:
            self._refusal = ClusterError(f"All machines must have the same weights. {platform.node()} has others.")

    def __call__(self, row: dict[str, bytes]) -> dict[str, bytes]:
        task = pickle.loads(row["task"])
        return {"answer": pickle.dumps(self._refusal or colorize_file(self._batch, self._colorizer, task))}


@contextmanager
def _connected() -> Iterator:
    """Connect to Ray, with telemetry, dashboard and log output off, and raise its errors as `RayEngineError`."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingRayError(f'Ray must be installed for this engine: pip install "ray[data]=={VERSION}".') from error
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    environment |= {"OPENBLAS_NUM_THREADS": "1"}  # as `run_local`: one core per worker
    address = os.environ.get("RAY_ADDRESS")
    own = {} if address else {"address": "local", "include_dashboard": False}
    try:
        _knock(address)
        ray.init(runtime_env={"env_vars": environment}, log_to_driver=False, logging_level="CRITICAL", **own)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = context.print_on_execution_start = False
        context.max_errored_blocks = -1  # photographs that end their workers must not end the batch
        yield ray
    except (ray.exceptions.RayError, ConnectionError) as error:
        raise ClusterError(f"Ray must carry out the batch. It says: {str(error).strip().splitlines()[-1]}") from error
    finally:
        ray.shutdown()


def _knock(address: str | None) -> None:
    """Raise ClusterError within 10 seconds, instead of after minutes, if a HOST:PORT does not answer."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit() and "/" not in host:
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError as error:
            raise ClusterError(f"RAY_ADDRESS must be of a running cluster. Nobody answers at {address}.") from error
