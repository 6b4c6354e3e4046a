"""`python -m colorizer samples`: photographs to try the app with."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from colorizer.cli.photographs import make_folder
from colorizer.cli.terminal import DONE, REFUSED, STOPPED, UsageError, refuse, say
from storage.files import write_file

EXAMPLE = "samples download camera"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="what there is (default)")
    download = actions.add_parser("download", help="write one as a file, or fetch `historical`")
    download.add_argument("name", metavar="NAME")
    note = "default: the current folder; for `historical` the folder downloads/historical of $HUESTORY_DATA"
    download.add_argument("--output", type=Path, metavar="DIR", help=note)
    download.add_argument("--yes", action="store_true", help="fetch `historical` without being asked")


def run(options: argparse.Namespace) -> int:
    """List the samples, write one as a file, or fetch historical photographs from the Library of Congress."""
    from colorizer.gallery import historical

    if options.action != "download":
        return _list()
    if options.name == historical.NAME:
        return _download_historical(options.output or historical.downloads_folder(), options.yes)
    return _write_sample(options.name, options.output or Path())


def _list() -> int:
    from colorizer.gallery import historical, samples

    for sample in samples.list_samples():
        made_by = ", ".join(filter(None, (sample.caption.photographer or sample.caption.credit, sample.caption.year)))
        print(f"{sample.name}: {sample.title} ({made_by}; {sample.caption.licence})")
    print(f"{historical.NAME}: {len(historical.list_items())} photographs of 1935-1943 (Library of Congress, fetched)")
    return DONE


def _write_sample(name: str, folder: Path) -> int:
    from colorizer.gallery import historical, samples

    try:
        sample = samples.find_sample(name)
    except samples.UnknownSampleError as error:
        raise UsageError(f"{error} Or {historical.NAME}.") from error
    make_folder(folder)
    write_file(folder / sample.file, samples.read_sample(name))
    print(folder / sample.file)
    return DONE


def _download_historical(folder: Path, yes: bool) -> int:
    """Print what will be downloaded and from where, ask for consent on a terminal, then download."""
    from colorizer.gallery import captions, fetching, historical

    make_folder(folder)
    plan = historical.plan(folder)
    print(f"{plan}\nInto {folder}, with their titles and credits in {captions.NAME}.")
    if not plan.items:
        return DONE
    if not yes and sys.stdin.isatty() and input("Fetch them? [y/N] ").strip().lower() not in ("y", "yes"):
        return DONE
    with tqdm(unit="photo", disable=None) as bar:

        def progress(done: int, total: int, file: str) -> None:
            bar.total = total
            bar.update(done - bar.n)
            if file:
                say(file)

        try:
            refused = historical.download(folder, progress=progress)
        except (captions.CaptionsError, OSError) as error:
            raise UsageError(error) from error
        except fetching.FetchStoppedError:
            return STOPPED
    for file, reason in refused.items():
        refuse(Path(file), fetching.FetchError(reason))
    return REFUSED if refused else DONE
