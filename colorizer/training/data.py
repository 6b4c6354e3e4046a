"""The photographs of a training: those of one or several folders or packs, and which of them are learnt from."""

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
"""Those of each folder or pack."""


class RepeatedPhotographError(DataError):
    """A photograph lies in two of the folders."""


class HeldOutAlreadyError(DataError):
    """A share is to be held back of a pack, which says itself what is held back."""


@dataclass(frozen=True)
class Data:
    """Which photographs are learnt from: all those of one or several folders or packs, each once an epoch."""

    folders: tuple[Path, ...]
    """Colour photographs, walked by extension; each folder is split for itself. Or `.npz` files of a pack."""
    include: str = "*"
    """Pattern of the file names taken, such as `intel_*`."""
    hold_out: float | None = None
    """Share held back by a seeded draw for `val`, and none for `test`, as the reports did; None: 400 for each."""

    def list_photos(self) -> Listed:
        """The photographs of each folder or pack.

        Raises:
            NoPhotographsError: a folder is missing or holds none, or the pattern takes none.
            DamagedPackError: a pack cannot be read.
            OSError: a pack is missing.
            RepeatedPhotographError: one lies in two of the folders.
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
        """The splits of each folder, by the same rule, and those of packs as they say themselves.

        Raises:
            TooFewPhotographsError: a folder holds too few.
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
    """Look at all photographs; what shows the same as a held-out one of any folder is left out.

    Args:
        splits: of each folder.
        bins: centres of the ab bins to count in; see `splits.scan`.
        report: called with a line of numbers for each folder if there are several, and one for all.

    Raises:
        NoPhotographsError: nothing is left to train on, or there is nothing of `val`.
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
    """What became of the photographs of one folder, or of all."""

    def count(paths: tuple[Path, ...]) -> int:
        return len(own.intersection(paths))

    own = {*splits.train, *splits.val}
    return (
        f"Training on {count(scan.train)}{place}; left out: {count(scan.gray)} grey, {count(scan.duplicates)} near "
        f"duplicates of held-out ones, {count(scan.unreadable)} unreadable; held back: {count(scan.val)} val, "
        f"{len(splits.test)} test; left out of val: {count(scan.val_duplicates)} near duplicates of test"
    )
