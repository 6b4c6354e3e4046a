"""Train the default network on a machine with a GPU that has no network and is lent for half an hour.

Such a machine takes files of at most 60 MiB at a time, lets one command run for nine minutes, forgets everything at the
end, and gives files of at most 16 MiB back. So everything travels in parts with checksums, and the training runs in the
background between short commands; it can be stopped and continued.

Here, with an environment as the README makes it:

    .venv/bin/python -m colorizer pack DIR... packed.npz
    .venv/bin/python weights/train_on_gpu.py prepare LOAD --packs packed_*.npz

There, with a Python 3.11 or newer that has JAX for its GPU, h5py, Pillow, SciPy and scikit-image:

    python3 LOAD/00/train_on_gpu.py receive LOAD/00          # one folder after the other, in any order
    python3 /tmp/huestory/weights/train_on_gpu.py start      # starts or continues, shows the log after a minute
    python3 /tmp/huestory/weights/train_on_gpu.py wait       # at most eight minutes; again until the training is over
    python3 /tmp/huestory/weights/train_on_gpu.py evaluate   # on photographs of val
    python3 /tmp/huestory/weights/train_on_gpu.py export BACK            # parts 0 to 3, with --first 4 the next ones
    python3 /tmp/huestory/weights/train_on_gpu.py stop       # earlier than planned: the state is saved

Here again, when all parts are in one folder:

    .venv/bin/python weights/train_on_gpu.py join BACK my_run

To continue on another machine: `export --state` there, and `prepare --state my_run` here.

The recipe (`RECIPE`) has not been tried at this size: from the shipped weights; batches of 256 crops of 160 pixels, at
55 to 100 % of the short side; AdamW at 5e-4, cosine decay over 24 minutes; stem and stage 1 frozen, stages 2 and 3 and
the classifier trained; 35 % degraded; weights of 2.0 on tint and on lightness-bound colour beyond the original's. If
the memory does not suffice: half the batch.

What ships was trained by `train_adversarially.py`, in 13 minutes at 2,000 to 2,400 pictures a second, after 90 seconds
of compiling. That goes the same way, with the features of `prepare --features`; it cannot be continued, but each minute
leaves `run/now.npz`. Machines get lost: bring that back in the command that waits, not in a later one.

    python3 /tmp/huestory/weights/train_on_gpu.py start --adversarial "--minutes 0 9"
    python3 /tmp/huestory/weights/train_on_gpu.py wait && python3 /tmp/huestory/weights/train_on_gpu.py export BACK \\
        --files now.npz last.npz counts.npy log
"""

import argparse
import csv
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = Path("/tmp/huestory")
"""Folder of the training on the other machine: code, packages, data and results."""

MIB = 2**20
THERE_MIB, BACK_MIB = 55, 15
"""Size of the parts on the way there and back."""

WHEELS = (
    "keras==3.15.1",
    "namex==0.1.0",
    "optree==0.20.0",
    "rich==15.0.0",
    "threadpoolctl==3.8.0",
    "tqdm==4.70.1",
    "typing_extensions==4.15.0",
)
"""Packages that the other machine lacks, and what Keras needs."""

MODEL = "resnet50_unet"
START = ROOT / "weights" / "resnet50_unet_photos.weights.h5"
MINUTES = 24.0

RECIPE = (
    "--batch-size 256 --crop-size 160 --zoom 0.55 --learning-rate 5e-4 --frozen-stages 1 --train-classifier "
    "--aged 0.35 --tint-weight 2 --lightness-bound-weight 2 --precision mixed_bfloat16"
)
"""Options of `colorizer train`."""


class TransferError(RuntimeError):
    """Parts are missing or damaged, or a step comes before the one that it needs."""


# --- parts: stdlib only, for this file also runs alone


def split(file: Path, folder: Path, part_bytes: int) -> list[Path]:
    """Cut a file into parts `NAME.000`, `NAME.001` ... of at most `part_bytes` with a list of their checksums.

    Returns:
        the parts, in order. Beside them is the list, `NAME.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole, parts, listed = hashlib.sha256(), [], []
    with open(file, "rb") as stream:
        while data := stream.read(part_bytes):
            part = folder / f"{file.name}.{len(parts):03}"
            part.write_bytes(data)
            whole.update(data)
            parts.append(part)
            listed.append({"name": part.name, "sha256": hashlib.sha256(data).hexdigest()})
    content = {"name": file.name, "sha256": whole.hexdigest(), "parts": listed}
    (folder / f"{file.name}.json").write_text(json.dumps(content, indent=1))
    return parts


def missing_parts(folder: Path, name: str) -> list[str]:
    """Names of the parts of a file that are not in a folder."""
    listed = json.loads((folder / f"{name}.json").read_text())["parts"]
    return [part["name"] for part in listed if not (folder / part["name"]).exists()]


def join(folder: Path, name: str, output: Path) -> None:
    """Join the parts of a file that `split` has made.

    Raises:
        TransferError: the list of parts or a part is missing, or a part is damaged.
    """
    listing = folder / f"{name}.json"
    if not listing.exists():
        raise TransferError(f"The parts need their list. {listing} is missing: bring it, too.")
    missing, content = missing_parts(folder, name), json.loads(listing.read_text())
    if missing:
        raise TransferError(f"All parts are needed. In {folder} there is no {', '.join(missing)}: bring the rest.")
    with open(output, "wb") as stream:
        for part in content["parts"]:
            data = (folder / part["name"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != part["sha256"]:
                output.unlink()
                raise TransferError(f"Parts must arrive unchanged. {folder / part['name']} is damaged: bring it again.")
            stream.write(data)


# --- here


def prepare(options: argparse.Namespace) -> None:
    """Write the folders that travel: code, packages, weights to start from and packs, in parts."""
    load = options.folder
    load.mkdir(parents=True)
    code, archive = load / "code.tar", load / "load.tar"
    tracked = ["colorizer", "storage", "weights/train_on_gpu.py", "weights/train_adversarially.py"]
    subprocess.run(["git", "archive", "-o", code, "HEAD", *tracked], cwd=ROOT, check=True)
    with tarfile.open(archive, "w") as tar:
        tar.add(code, "code.tar")
        for file in _wheels(load / "wheels", options.python) if options.wheels else ():
            tar.add(file, f"wheels/{file.name}")
        tar.add(options.start, "start.weights.h5")
        tar.add(options.start.with_name(options.start.name.replace(".h5", ".json")), "start.weights.json")
        for file in options.packs:
            tar.add(file, f"packs/{file.name}")
        if options.features:
            tar.add(options.features, "features.npz")
        if options.state:
            tar.add(options.state / "run", "run")
    for number, part in enumerate(split(archive, load / "parts", options.part_bytes)):
        folder = load / f"{number:02}"
        folder.mkdir()
        shutil.copy(__file__, folder / "train_on_gpu.py")
        shutil.copy(load / "parts" / "load.tar.json", folder)
        part.rename(folder / part.name)
    for leftover in (load / "parts", load / "wheels"):
        shutil.rmtree(leftover, ignore_errors=True)
    for leftover in (code, archive):
        leftover.unlink()
    print(f"Wrote {', '.join(sorted(folder.name for folder in load.iterdir()))} in {load}")


def _wheels(folder: Path, python: str) -> list[Path]:
    """The packages as files for the other machine (Linux, x86-64), for its version of Python."""
    platforms = [f"manylinux_2_{n}_x86_64" for n in (39, 35, 34, 31, 28, 27, 24, 17)] + ["manylinux2014_x86_64"]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", folder]
    command += ["--python-version", python, "--implementation", "cp"]
    command += [word for platform in platforms for word in ("--platform", platform)]
    subprocess.run([*command, *WHEELS], check=True)
    return sorted(folder.glob("*.whl"))


def join_back(options: argparse.Namespace) -> None:
    """Join the parts that came back, and unpack them."""
    options.output.mkdir(parents=True, exist_ok=True)
    archive = options.output / "back.tar"
    join(options.folder, "back.tar", archive)
    with tarfile.open(archive) as tar:
        tar.extractall(options.output, filter="data")
    archive.unlink()
    print(f"Wrote {', '.join(sorted(str(f.relative_to(options.output)) for f in options.output.rglob('*.*')))}")


# --- there


def receive(options: argparse.Namespace) -> None:
    """Take in one folder; when it is the last, unpack everything and install the packages."""
    incoming = options.work / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    for file in options.folder.glob("load.tar.*"):
        shutil.copy(file, incoming)
    missing = missing_parts(incoming, "load.tar")
    if missing:
        print(f"Still to come: {', '.join(missing)}")
        return
    archive = options.work / "load.tar"
    join(incoming, "load.tar", archive)
    for packed in (archive, options.work / "code.tar"):
        with tarfile.open(packed) as tar:
            tar.extractall(options.work, filter="data")
        packed.unlink()
    wheels = sorted((options.work / "wheels").glob("*.whl"))
    if wheels:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-compile", "--upgrade"]
        if subprocess.run([*pip, "--target", options.work / "site", *wheels], check=False).returncode:
            raise TransferError(
                "The packages must fit this machine (Linux, x86-64). Received those above and Python "
                f"{sys.version_info.major}.{sys.version_info.minor}: prepare again with this --python."
            )
    print(f"All is there, in {options.work}: start")


def start(options: argparse.Namespace) -> None:
    """Start the training in the background, or continue it."""
    work, run = options.work, options.work / "run"
    if not (work / "start.weights.h5").exists():
        raise TransferError(f"A training needs all parts. {work} has no weights to start from: receive the rest.")
    if _running(work):
        raise TransferError(f"One training at a time. One is running in {work}: wait, or stop it.")
    run.mkdir(exist_ok=True)
    command = _adversarial(work, options) if options.adversarial is not None else _train(work, options)
    with open(run / "log", "a") as log:
        print(f"$ {' '.join(command[1:])}", file=log, flush=True)
        training = subprocess.Popen(
            command,
            cwd=work,
            env=_environment(work),
            stdout=log if options.adversarial is None else subprocess.DEVNULL,  # that script writes the log itself
            stderr=log,
            start_new_session=True,
        )
    (work / "pid").write_text(str(training.pid))
    _wait(work, options.seconds)
    status(options)


def _train(work: Path, options: argparse.Namespace) -> list[str]:
    """The command `colorizer train`, which begins or goes on."""
    output = work / "run" / "new.weights.h5"
    command = [sys.executable, "-m", "colorizer", "train", "--model", MODEL]
    command += ["--data", *_packs(work), "--output", str(output)]
    command += ["--epochs", str(options.epochs)] if options.epochs else ["--minutes", str(options.minutes)]
    resumed = (output.with_name(f"{output.name}.state") / "progress.json").exists()
    command += ["--resume"] if resumed else ["--start", str(work / "start.weights.h5")]
    return [*command, *shlex.split(options.recipe)]


def _adversarial(work: Path, options: argparse.Namespace) -> list[str]:
    """The command of `train_adversarially.py`."""
    features = work / "features.npz"
    if not features.exists():
        raise TransferError(f"A discriminator needs features to look at. There is no {features}: prepare --features.")
    command = [sys.executable, str(work / "weights" / "train_adversarially.py"), "train", *_packs(work)]
    command += ["--start", str(work / "start.weights.h5"), "--features", str(features), "--output", str(work / "run")]
    return [*command, *shlex.split(options.adversarial)]


def _packs(work: Path) -> list[str]:
    return sorted(map(str, (work / "packs").glob("*.npz")))


def wait(options: argparse.Namespace) -> None:
    """Wait until the training is over, at most so many seconds, and show how far it is."""
    _wait(options.work, options.seconds)
    status(options)


def status(options: argparse.Namespace) -> None:
    """Show the end of the log, and how busy the GPU is."""
    log = options.work / "run" / "log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    print("\n".join(lines[-6:]))
    print("running" if _running(options.work) else "not running")
    if shutil.which("nvidia-smi"):
        subprocess.run(["nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv"], check=False)


def stop(options: argparse.Namespace) -> None:
    """Stop the training; it saves its state, from which `start` continues."""
    if _running(options.work):
        os.kill(int((options.work / "pid").read_text()), signal.SIGINT)
        _wait(options.work, options.seconds)
    status(options)


def evaluate(options: argparse.Namespace) -> None:
    """Measure the weights on photographs of `val`, and write `run/evaluation.csv`."""
    weights_file = options.work / "run" / "new.weights.h5"
    if not weights_file.exists():
        raise TransferError(f"A training must have ended before its weights are measured. There is no {weights_file}.")
    os.environ.update(_environment(options.work))
    sys.path[:0] = [str(options.work), str(options.work / "site")]
    from colorizer import weights
    from colorizer.evaluation.evaluate import measure, summarize
    from colorizer.imaging.photos import list_photos
    from colorizer.inference.colorizer import Colorizer
    from colorizer.training import packed

    packs = sorted((options.work / "packs").glob("*.npz"))
    photos = sorted(photo for pack in packs for photo in packed.read(pack) if photo.val)
    folder = options.work / "val"
    folder.mkdir(exist_ok=True)
    for photo in photos[:: -(-len(photos) // options.limit)]:
        (folder / photo.name).write_bytes(photo.data)
    model = Colorizer(MODEL, weights.create_model(MODEL, weights_file), weights.sha256(weights_file))
    rows = summarize(list(measure(list_photos(folder), [model], options.size)), folder)
    with open(options.work / "run" / "evaluation.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(
            ", ".join(
                f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()
            )
        )


def export(options: argparse.Namespace) -> None:
    """Write weights, facts, history, log and, if asked for, the state in parts; so many of them at a time."""
    run, back = options.work / "run", options.work / "back"
    if options.first == 0:
        shutil.rmtree(back, ignore_errors=True)
        archive = options.work / "back.tar"
        with tarfile.open(archive, "w") as tar:
            for file in sorted(run.iterdir()):
                if file.name in options.files if options.files else file.is_file() or options.state:
                    tar.add(file, f"run/{file.name}")
        split(archive, back, options.part_bytes)
        archive.unlink()
    options.folder.mkdir(parents=True, exist_ok=True)
    parts = sorted(back.glob("back.tar.[0-9]*"))
    for file in [back / "back.tar.json", *parts[options.first : options.first + options.count]]:
        shutil.copy(file, options.folder)
    rest = len(parts) - options.first - options.count
    print(
        f"{len(parts)} parts; "
        + (f"{rest} more: --first {options.first + options.count}" if rest > 0 else "these are all")
    )


def _environment(work: Path) -> dict[str, str]:
    site = str(work / "site")
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(work), site, *filter(None, [os.environ.get("PYTHONPATH")])]),
        "KERAS_BACKEND": "jax",
        "PYTHONUNBUFFERED": "1",
        "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.9",
        "XLA_FLAGS": "--xla_gpu_enable_triton_gemm=false",  # with it, XLA of JAX 0.11 fails on the smoothing of logits
        "JAX_COMPILATION_CACHE_DIR": str(work / "compiled"),  # a continued training does not compile again
    }


def _running(work: Path) -> bool:
    try:
        pid = int((work / "pid").read_text())
        os.waitpid(pid, os.WNOHANG)  # if it is a child of this process that has ended, it is gone now
    except (FileNotFoundError, ChildProcessError):
        pass
    try:
        os.kill(int((work / "pid").read_text()), 0)
        return True
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait(work: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while _running(work) and time.monotonic() < end:
        time.sleep(0.5)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function, name: str | None = None, **seconds) -> argparse.ArgumentParser:
        added = commands.add_parser(name or function.__name__, help=function.__doc__)
        added.set_defaults(run=function)
        if function not in (prepare, join_back):
            added.add_argument("--work", type=Path, default=WORK, help="folder of the training (default: %(default)s)")
        if seconds:
            added.add_argument("--seconds", type=float, default=seconds["seconds"], help="to wait at most")
        return added

    added = command(prepare)
    added.add_argument("folder", type=Path, help="new folder to write")
    added.add_argument("--packs", type=Path, nargs="+", required=True, help="files that `colorizer pack` wrote")
    added.add_argument("--start", type=Path, default=START, help="weights to start from (default: those that ship)")
    added.add_argument("--features", type=Path, help="ImageNet weights of ResNet-50 v2, for `start --adversarial`")
    added.add_argument("--state", type=Path, help="what `join` wrote, of a training that is to be continued")
    added.add_argument("--no-wheels", dest="wheels", action="store_false", help="the other machine has Keras")
    added.add_argument("--python", default="3.12", help="Python of the other machine (default: %(default)s)")
    added.add_argument("--part-bytes", type=int, default=THERE_MIB * MIB, help="size of a part")
    added = command(join_back, "join")
    added.add_argument("folder", type=Path, help="folder with all parts")
    added.add_argument("output", type=Path, help="folder to write")
    command(receive).add_argument("folder", type=Path, help="one of the folders that `prepare` wrote")
    added = command(start, seconds=60.0)
    added.add_argument("--minutes", type=float, default=MINUTES, help="of training, all runs together")
    added.add_argument("--epochs", type=int, help="passes over the photographs, instead of minutes")
    added.add_argument("--recipe", default=RECIPE, help="options of `colorizer train`, in one (default: %(default)s)")
    added.add_argument("--adversarial", metavar="OPTIONS", help="train_adversarially.py instead, with these options")
    command(wait, seconds=480.0)
    command(status)
    command(stop, seconds=120.0)
    added = command(evaluate)
    added.add_argument("--limit", type=int, default=120, help="photographs (default: %(default)s)")
    added.add_argument("--size", type=int, default=192, help="short side, in pixels (default: %(default)s)")
    added = command(export)
    added.add_argument("folder", type=Path, help="folder to write parts to")
    added.add_argument("--state", action="store_true", help="with the state, to continue elsewhere")
    added.add_argument("--files", nargs="+", help="names of the files of the run, instead of all")
    added.add_argument("--first", type=int, default=0, help="number of the first part")
    added.add_argument("--count", type=int, default=4, help="how many parts (default: %(default)s)")
    added.add_argument("--part-bytes", type=int, default=BACK_MIB * MIB, help="size of a part")
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except TransferError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
