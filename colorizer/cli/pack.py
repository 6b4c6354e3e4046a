"""`python -m colorizer pack`: pack photographs into a few files, for training on another machine."""

import argparse
from pathlib import Path

from tqdm import tqdm

from colorizer.cli.arguments import count
from colorizer.cli.photographs import make_folder
from colorizer.cli.terminal import DONE, UsageError, report

EXAMPLE = "pack photos/train photos/more photos.npz"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("data", nargs="+", type=Path, metavar="DIR", help="folder of colour photographs")
    command.add_argument("output", type=Path, metavar="FILE", help="NAME.npz; NAME_00.npz and so on are written")
    side = "bring photographs to this short side, in pixels, if theirs is longer (default: 192)"
    command.add_argument("--short-side", type=count, default=192, metavar="N", help=side)


def run(options: argparse.Namespace) -> int:
    """Pack the photographs of folders, but for those held back for `test`, in files of at most 60 MiB."""
    from colorizer.imaging.errors import ImageError
    from colorizer.imaging.photos import DataError
    from colorizer.training import data, packed

    for folder in options.data:
        if not folder.is_dir():
            raise UsageError(f"What is packed must be a folder of photographs. Received {str(folder)!r}.")
    try:
        packed.check_output(options.output)
        asked = data.Data(tuple(options.data))
        scan = data.scan(asked.split(asked.list_photos(), seed=0), None, report)
        make_folder(options.output.parent)
        with tqdm(unit="photo", total=len(scan.train) + len(scan.val), desc="Packing", disable=None) as bar:
            pieces = packed.write(scan, options.output, options.short_side, progress=bar.update)
    except (DataError, ImageError, OSError) as error:
        raise UsageError(error) from error
    for piece in pieces:
        report(f"Wrote {piece} ({piece.stat().st_size / 2**20:.1f} MiB)")
    return DONE
