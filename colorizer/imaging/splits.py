"""Which photographs a network learns from, is chosen by and is measured on, and which are left out of training."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.imaging.errors import ImageError
from colorizer.imaging.photos import DataError, NoPhotographsError, read_rgb
from colorizer.imaging.resizing import resize

HELD_OUT = 400
"""Photographs held back for `val`, and as many for `test`."""

MIN_CHROMA = 2.0
"""A photograph of lower mean chroma teaches nothing about colour: it is skipped, and counted."""

DUPLICATE_DISTANCE = 6
"""Difference hashes (64 bits) this many bits apart or fewer show the same picture."""


class TooFewPhotographsError(DataError):
    """The folder holds too few photographs to be split."""


@dataclass(frozen=True)
class Splits:
    """Three lists of paths, each sorted, no path in two of them."""

    train: tuple[Path, ...]
    val: tuple[Path, ...]
    test: tuple[Path, ...]


@dataclass(frozen=True)
class Scan:
    """What one quick look at the training photographs finds."""

    train: tuple[Path, ...]
    """Readable colour photographs without a near duplicate in `val` or `test`."""
    ab_counts: np.ndarray
    """Pixels counted per ab bin, float64 `(bins,)`."""
    gray: int
    """Photographs left out because they hold no colour."""
    duplicates: int
    """Photographs left out because a held-out one shows the same."""
    unreadable: int
    """Files left out because they could not be read."""


def split(paths: Sequence[Path], held_out: int = HELD_OUT) -> Splits:
    """Hold photographs back for `test` and `val`, chosen by a hash of the file name.

    The choice depends on names only, so it is the same on every machine and adding photographs moves few. A folder of
    under ten times `held_out` photographs gives a tenth to each list.

    Raises:
        TooFewPhotographsError: fewer than ten photographs.
    """
    if len(paths) < 10:
        raise TooFewPhotographsError(f"At least 10 photographs are needed to train and measure. Received {len(paths)}.")
    held_out = min(held_out, len(paths) // 10)
    by_hash = sorted(paths, key=lambda path: (hashlib.sha256(path.name.encode()).digest(), str(path)))
    test, val, train = by_hash[:held_out], by_hash[held_out : 2 * held_out], by_hash[2 * held_out :]
    return Splits(train=tuple(sorted(train)), val=tuple(sorted(val)), test=tuple(sorted(test)))


def split_share(paths: Sequence[Path], share: float, seed: int) -> Splits:
    """Hold a share of the photographs back for `val`, drawn by a seed, as the reports did; none for `test`.

    Raises:
        TooFewPhotographsError: fewer than ten photographs.
    """
    if len(paths) < 10:
        raise TooFewPhotographsError(f"At least 10 photographs are needed to train and measure. Received {len(paths)}.")
    order = np.random.default_rng(seed).permutation(len(paths))
    held_out = {paths[i] for i in order[: max(1, round(share * len(paths)))]}
    return Splits(
        train=tuple(path for path in sorted(paths) if path not in held_out), val=tuple(sorted(held_out)), test=()
    )


def scan(
    splits: Splits,
    progress: Callable[[int, int], None] = lambda done, total: None,
    bins: np.ndarray | None = None,
) -> Scan:
    """Look at every photograph once, in small: drop what is grey, broken or a near duplicate of a held-out one.

    Args:
        progress: called with the photographs done and their total.
        bins: centres of the ab bins to count in, `(bins, 2)`; None takes `bins.ab_bins()`.

    Raises:
        NoPhotographsError: nothing is left to train on.
    """
    bins = ab_bins() if bins is None else bins
    held_out = (*splits.val, *splits.test)
    paths = (*held_out, *splits.train)
    looks = []
    with ThreadPoolExecutor() as pool:
        for look in pool.map(partial(_look, bins=bins), paths):
            looks.append(look)
            progress(len(looks), len(paths))
    held_hashes = np.array([look.dhash for look in looks[: len(held_out)] if look], np.uint64)
    kept, gray, duplicates, unreadable = [], 0, 0, 0
    ab_counts = np.zeros(len(bins))
    for path, look in zip(splits.train, looks[len(held_out) :], strict=True):
        if look is None:
            unreadable += 1
        elif look.mean_chroma < MIN_CHROMA:
            gray += 1
        elif (np.bitwise_count(held_hashes ^ look.dhash) <= DUPLICATE_DISTANCE).any():
            duplicates += 1
        else:
            kept.append(path)
            ab_counts += look.ab_counts
    if not kept:
        raise NoPhotographsError(
            f"The data folder must hold colour photographs to train on. Received {len(splits.train)}: "
            f"{gray} grey, {unreadable} unreadable, {duplicates} duplicates."
        )
    return Scan(tuple(kept), ab_counts, gray, duplicates, unreadable)


@dataclass(frozen=True)
class _Look:
    dhash: np.uint64
    mean_chroma: float
    ab_counts: np.ndarray


def _look(path: Path, bins: np.ndarray) -> _Look | None:
    try:
        rgb = read_rgb(path)
    except (ImageError, OSError):
        return None
    ab = lab.rgb_to_lab(resize(rgb, (24, 24)))[..., 1:]
    return _Look(difference_hash(rgb), float(lab.chroma(ab).mean()), _count_bins(ab, bins))


def difference_hash(rgb: np.ndarray) -> np.uint64:
    """64 bits, one a pair of neighbours in an 8 x 9 copy: whether the left one is the lighter (Krawetz 2013, dHash)."""
    lightness = lab.rgb_to_lightness(resize(rgb, (8, 9)))
    return np.packbits(lightness[:, :-1] > lightness[:, 1:]).view(np.uint64)[0]


def _count_bins(ab: np.ndarray, bins: np.ndarray) -> np.ndarray:
    distances = ((ab.reshape(-1, 1, 2) - bins) ** 2).sum(axis=-1)
    return np.bincount(distances.argmin(axis=1), minlength=len(bins)).astype(float)
