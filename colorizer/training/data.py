"""The photographs of a training, from one or several folders or packs, and their splits into train, val and test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from tqdm import tqdm

from colorizer.imaging import splits as photo_splits
from colorizer.imaging.photos import DataError, NoPhotographsError, PackedPhoto, list_photos
from colorizer.imaging.splits import Scan, Splits
from colorizer.training import packed

Listed = dict[Path, list[Path] | list[PackedPhoto]]
"""The photographs of each folder or pack."""


class RepeatedPhotographError(DataError):
    """A photograph is in two of the folders."""


class HeldOutAlreadyError(DataError):
    """`hold_out` is given for a pack, which already has its own split."""


@dataclass(frozen=True)
class Data:
    """The photographs to train on: all those of one or several folders or packs, each once per epoch."""

    folders: tuple[Path, ...]
    """Folders of colour photographs, found by extension and split folder by folder; or `.npz` files of a pack."""
    include: str = "*"
    """Pattern that the file names must match, such as `intel_*`."""
    hold_out: float | None = None
    """Share drawn at random (with the seed) for `val`, with an empty `test`, as in the reports; None: 400 for each."""

    def list_photos(self) -> Listed:
        """The photographs of each folder or pack.

        Raises:
            NoPhotographsError: a folder is missing or has no photographs, or none matches the pattern.
            DamagedPackError: a pack cannot be read.
            OSError: a pack is missing.
            RepeatedPhotographError: a photograph is in two of the folders.
        """
        photos, first = {}, {}
        for folder in self.folders:
            found = self._list_packed(folder) if _is_pack(folder) else list_photos(folder, self.include)
            same = {photo if _is_pack(folder) else photo.resolve(): photo.name for photo in found}
            for photo, name in same.items():
                if photo in first:
                    raise RepeatedPhotographError(
                        f"A photograph may lie in one data folder only. Received {name!r} in "
                        f"{str(first[photo])!r} and in {str(folder)!r}: leave one of them out."
                    )
            first |= dict.fromkeys(same, folder)
            photos[folder] = found
        return photos

    def split(self, photos: Listed, seed: int) -> dict[Path, Splits]:
        """Split each folder by the same rule; packs keep the split stored in them.

        Raises:
            TooFewPhotographsError: a folder has too few.
            HeldOutAlreadyError: `hold_out` is given and some of the data are packs.
        """
        return {folder: self._split_one(folder, found, seed) for folder, found in photos.items()}

    def _list_packed(self, file: Path) -> list[PackedPhoto]:
        found = sorted(photo for photo in packed.read(file) if fnmatch(photo.name, self.include))
        if not found:
            raise NoPhotographsError(f"Some photographs of {file} must match the pattern. Received {self.include!r}.")
        return found

    def _split_one(self, folder: Path, photos: Sequence[Path] | Sequence[PackedPhoto], seed: int) -> Splits:
        if not _is_pack(folder):
            share = self.hold_out
            return photo_splits.split(photos) if share is None else photo_splits.split_share(photos, share, seed)
        if self.hold_out is not None:
            raise HeldOutAlreadyError(
                f"A pack says itself what is held back, so no share can be. Received hold_out={self.hold_out} and "
                f"{str(folder)!r}: leave one of them out."
            )
        val = tuple(photo for photo in photos if photo.val)
        return Splits(train=tuple(photo for photo in photos if not photo.val), val=val, test=())


def scan(splits: dict[Path, Splits], bins: np.ndarray | None, report: Callable[[str], None]) -> Scan:
    """Look at all photographs and leave out near duplicates of held-out ones of any folder.

    Args:
        splits: the splits of each folder.
        bins: centres of the ab bins to count pixels in; see `splits.scan`.
        report: called with a line of counts for each folder if there are several, and one for all together.

    Raises:
        NoPhotographsError: no photograph is left to train on, or `val` is empty.
    """
    joined = photo_splits.join(splits.values())
    if not joined.val:
        raise NoPhotographsError("Some photographs must be held back for val. Received packs without any: add another.")
    total = sum(map(len, (joined.train, joined.val, joined.test)))
    report(f"Looking at {total} photographs")
    with tqdm(unit="photo", total=total, disable=None) as bar:
        found = photo_splits.scan(joined, lambda done, total: bar.update(), bins)
    if len(splits) > 1:
        for folder, of_folder in splits.items():
            report(_summary(found, of_folder, f" of {folder}"))
    report(_summary(found, joined))
    return found


def _is_pack(path: Path) -> bool:
    return path.suffix == packed.SUFFIX and not path.is_dir()


def _summary(scan: Scan, splits: Splits, place: str = "") -> str:
    """A line of counts for the photographs of one folder, or of all."""

    def count(paths: tuple[Path, ...]) -> int:
        return len(own.intersection(paths))

    own = {*splits.train, *splits.val}
    return (
        f"Training on {count(scan.train)}{place}; left out: {count(scan.gray)} grey, {count(scan.duplicates)} near "
        f"duplicates of held-out ones, {count(scan.unreadable)} unreadable; held back: {count(scan.val)} val, "
        f"{len(splits.test)} test; left out of val: {count(scan.val_duplicates)} near duplicates of test"
    )
