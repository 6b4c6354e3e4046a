"""`python -m colorizer verify`: are the results of a batch still as they were written?"""

import argparse
from pathlib import Path

from tqdm import tqdm

from colorizer.cli.terminal import DONE, REFUSED, UsageError, refuse, report

EXAMPLE = "verify coloured/"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    command.add_argument("folder", type=Path, metavar="DIR", help="folder that `batch` wrote, or a bag of it")


def run(options: argparse.Namespace) -> int:
    """Compare the results of a batch with the checksums in its manifest, and a bag with its own."""
    from colorizer.archive import fixity, manifest

    wrong, right, by_size = 0, 0, 0
    try:
        for check in tqdm(fixity.verify(options.folder), unit="file", disable=None):
            if check.wrong:
                wrong += 1
                refuse(check.path, ValueError(check.wrong))
            else:
                right += 1
                by_size += check.by_size_only
    except manifest.ManifestError as error:
        raise UsageError(error) from error
    note = f", {by_size:,} of them known by size only" if by_size else ""
    report(f"{right:,} as they were made{note}, {wrong:,} altered or missing.")
    return REFUSED if wrong else DONE
