"""The photographs of a training: those of one or several folders, and which of them are learnt from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from colorizer.imaging import splits as photo_splits
from colorizer.imaging.photos import DataError, list_photos
from colorizer.imaging.splits import Scan, Splits


class RepeatedPhotographError(DataError):
    """A photograph lies in two of the folders."""


@dataclass(frozen=True)
class Data:
    """Which photographs are learnt from: all those of one or several folders, each once an epoch."""

    folders: tuple[Path, ...]
    """Colour photographs, walked by extension; each folder is split for itself."""
    include: str = "*"
    """Pattern of the file names taken, such as `intel_*`."""
    hold_out: float | None = None
    """Share held back by a seeded draw for `val`, and none for `test`, as the reports did; None: 400 for each."""

    def list_photos(self) -> dict[Path, list[Path]]:
        """The photographs of each folder.

        Raises:
            NoPhotographsError: a folder is missing or holds none.
            RepeatedPhotographError: one lies in two of the folders.
        """
        photos, first = {}, {}
        for folder in self.folders:
            found = list_photos(folder, self.include)
            for path in found:
                if path.resolve() in first:
                    raise RepeatedPhotographError(
                        f"A photograph may lie in one data folder only. Received {str(path)!r} in "
                        f"{str(first[path.resolve()])!r} and in {str(folder)!r}: leave one of them out."
                    )
            first |= {path.resolve(): folder for path in found}
            photos[folder] = found
        return photos

    def split(self, photos: Mapping[Path, Sequence[Path]], seed: int) -> dict[Path, Splits]:
        """The splits of each folder, by the same rule.

        Raises:
            TooFewPhotographsError: a folder holds too few.
        """
        if self.hold_out is None:
            return {folder: photo_splits.split(paths) for folder, paths in photos.items()}
        return {folder: photo_splits.split_share(paths, self.hold_out, seed) for folder, paths in photos.items()}


def scan(splits: dict[Path, Splits], bins: np.ndarray | None, report: Callable[[str], None]) -> Scan:
    """Look at all photographs; what shows the same as a held-out one of any folder is left out.

    Args:
        splits: of each folder.
        bins: centres of the ab bins to count in; see `splits.scan`.
        report: called with a line of numbers for each folder if there are several, and one for all.

    Raises:
        NoPhotographsError: nothing is left to train on, or nothing of `val`.
    """
    joined = photo_splits.join(splits.values())
    total = sum(map(len, (joined.train, joined.val, joined.test)))
    report(f"Looking at {total} photographs")
    with tqdm(unit="photo", total=total, disable=None) as bar:
        found = photo_splits.scan(joined, lambda done, total: bar.update(), bins)
    if len(splits) > 1:
        for folder, of_folder in splits.items():
            report(_summary(found, of_folder, f" of {folder}"))
    report(_summary(found, joined))
    return found


def _summary(scan: Scan, splits: Splits, place: str = "") -> str:
    """What became of the photographs of one folder, or of all."""

    def count(paths: tuple[Path, ...]) -> int:
        return len(own.intersection(paths))

    own = {*splits.train, *splits.val}
    return (
        f"Training on {count(scan.train)}{place}; left out: {count(scan.gray)} grey, {count(scan.duplicates)} near "
        f"duplicates of held-out ones, {count(scan.unreadable)} unreadable; held back: {count(scan.val)} val, "
        f"{len(splits.test)} test; left out of val: {count(scan.val_duplicates)} near duplicates of test"
    )
