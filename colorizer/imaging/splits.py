"""Split photographs into `train`, `val` (for choices) and `test` (for measuring); drop some from training."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from colorizer.color import lab
from colorizer.color.bins import ab_bins
from colorizer.imaging.errors import ImageError
from colorizer.imaging.photos import DataError, NoPhotographsError, read_rgb
from colorizer.imaging.resizing import resize

HELD_OUT = 400
"""Photographs held back for `val`, and as many for `test`."""

LIST = Path(__file__).with_name("held_out.csv")
"""Photographs held back from the collections that the weights are trained on; columns `collection, split, file`."""

MIN_CHROMA = 2.0
"""A photograph of lower mean chroma has no colour to learn from: it is left out, and counted."""

DUPLICATE_DISTANCE = 6
"""Photographs whose difference hashes (64 bits) differ in this many bits or fewer count as near duplicates."""

SPLITS = ("train", "val", "test")

Hashes = tuple[np.uint64, np.uint64]
"""The difference hash of a photograph and that of its mirror image."""


class TooFewPhotographsError(DataError):
    """The folder holds too few photographs to be split."""


@dataclass(frozen=True)
class Splits:
    """Three lists of photographs, each sorted by folder and path; no photograph is in two of them.

    They are paths here and in everything made from them; in training from packs they are `PackedPhoto`.
    """

    train: tuple[Path, ...]
    val: tuple[Path, ...]
    test: tuple[Path, ...]


@dataclass(frozen=True)
class Scan:
    """Result of `scan`: the photographs to train with, and those left out and why."""

    train: tuple[Path, ...]
    """Readable colour photographs without a near duplicate in `val` or `test`."""
    val: tuple[Path, ...]
    """Those of `val` without a near duplicate in `test`."""
    ab_counts: np.ndarray
    """Pixels of `train` counted per ab bin, float64 `(bins,)`."""
    gray: tuple[Path, ...]
    """Photographs left out of `train` because they hold no colour."""
    duplicates: tuple[Path, ...]
    """Photographs left out of `train` because they are near duplicates of a held-out one."""
    unreadable: tuple[Path, ...]
    """Files left out of `train` because they could not be read."""
    val_duplicates: tuple[Path, ...]
    """Photographs left out of `val` because they are near duplicates of one in `test`."""


def split(paths: Sequence[Path], held_out: int = HELD_OUT, listed: Mapping[str, str] | None = None) -> Splits:
    """Hold photographs back for `test` and `val`: those that a list names, or else some chosen by a hash of the name.

    If the list names any of the photographs, exactly those are held back. So they stay the same when photographs are
    added or removed, or when only a part of them is used for training.

    Otherwise the choice depends on the file names only: it is the same on every machine, and adding photographs changes
    the split of few. A folder of under ten times `held_out` photographs gives a tenth to each of the two.

    Args:
        listed: from a file name to `val` or `test`; None takes `listed_names()`.

    Raises:
        TooFewPhotographsError: fewer than ten photographs, or the list names none of them for one of the two splits.
    """
    _refuse_too_few(paths)
    listed = listed_names() if listed is None else listed
    if any(path.name in listed for path in paths):
        return _split_as_listed(paths, listed)
    held_out = min(held_out, len(paths) // 10)
    by_hash = sorted(paths, key=lambda path: (hashlib.sha256(path.name.encode()).digest(), str(path)))
    test, val, train = by_hash[:held_out], by_hash[held_out : 2 * held_out], by_hash[2 * held_out :]
    return Splits(train=tuple(sorted(train)), val=tuple(sorted(val)), test=tuple(sorted(test)))


@cache
def listed_names() -> dict[str, str]:
    """Content of `held_out.csv`: maps the file name of each held-out photograph to its split, `val` or `test`."""
    with open(LIST, newline="") as file:
        return {row["file"]: row["split"] for row in csv.DictReader(file)}


def split_share(paths: Sequence[Path], share: float, seed: int) -> Splits:
    """Hold back a share of the photographs for `val`, drawn with a seed, as the reports did; `test` is empty.

    Raises:
        TooFewPhotographsError: fewer than ten photographs.
    """
    _refuse_too_few(paths)
    paths = sorted(paths)
    order = np.random.default_rng(seed).permutation(len(paths))
    held_out = {paths[i] for i in order[: max(1, round(share * len(paths)))]}
    return Splits(train=tuple(path for path in paths if path not in held_out), val=tuple(sorted(held_out)), test=())


def join(parts: Iterable[Splits]) -> Splits:
    """The splits of several folders as one, one folder after the other; a photograph must be in one of them only."""
    parts = list(parts)
    return Splits(*(tuple(path for part in parts for path in getattr(part, name)) for name in SPLITS))


def apart_from_test(splits: Splits) -> tuple[Path, ...]:
    """The photographs of `val` without a near duplicate in `test`: choices are made on them, as in training.

    Raises:
        NoPhotographsError: `test` has near duplicates of all of them.
    """
    with ThreadPoolExecutor() as pool:
        hashes = dict(zip((*splits.val, *splits.test), pool.map(_hashes, (*splits.val, *splits.test)), strict=True))
    return _apart_from_test(splits, hashes)


def scan(
    splits: Splits,
    progress: Callable[[int, int], None] = lambda done, total: None,
    bins: np.ndarray | None = None,
) -> Scan:
    """Read every photograph once, scaled down; leave out what is grey, broken or a near duplicate of a held-out one.

    A mirrored copy counts as a near duplicate, too.

    Args:
        progress: called with the number of photographs done and their total.
        bins: centres of the ab bins to count in, `(bins, 2)`; None takes `bins.ab_bins()`.

    Raises:
        NoPhotographsError: nothing is left to train on, or nothing of `val`.
    """
    bins = ab_bins() if bins is None else bins
    paths = (*splits.val, *splits.test, *splits.train)
    looks: dict[Path, _Look | None] = {}
    with ThreadPoolExecutor() as pool:
        for path, look in zip(paths, pool.map(partial(_look, bins=bins), paths), strict=True):
            looks[path] = look
            progress(len(looks), len(paths))
    hashes = {path: look and look.hashes for path, look in looks.items()}
    held_out = _known(hashes, (*splits.val, *splits.test))
    kept, gray, duplicates, unreadable = [], [], [], []
    ab_counts = np.zeros(len(bins))
    for path in splits.train:
        look = looks[path]
        if look is None:
            unreadable.append(path)
        elif look.mean_chroma < MIN_CHROMA:
            gray.append(path)
        elif _shows_one_of(look.hashes, held_out):
            duplicates.append(path)
        else:
            kept.append(path)
            ab_counts += look.ab_counts
    if not kept:
        raise NoPhotographsError(
            f"The data folder must hold colour photographs to train on. Received {len(splits.train)}: "
            f"{len(gray)} grey, {len(unreadable)} unreadable, {len(duplicates)} duplicates."
        )
    val = _apart_from_test(splits, hashes)
    of_val = set(val)
    val_duplicates = [path for path in splits.val if path not in of_val]
    return Scan(tuple(kept), val, ab_counts, *map(tuple, (gray, duplicates, unreadable, val_duplicates)))


def difference_hash(rgb: np.ndarray) -> np.uint64:
    """64 bits, one per pair of neighbours in a copy of 8 x 9: 1 if the left one is lighter (Krawetz 2013, dHash)."""
    return _hashes_of(rgb)[0]


def show_the_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two photographs, uint8 sRGB `(H, W, 3)`, are near duplicates; one may be a mirror image."""
    return _shows_one_of(_hashes_of(one), np.array([_hashes_of(other)[0]]))


def _refuse_too_few(paths: Sequence[Path]) -> None:
    if len(paths) < 10:
        raise TooFewPhotographsError(f"At least 10 photographs are needed to train and measure. Received {len(paths)}.")


def _split_as_listed(paths: Sequence[Path], listed: Mapping[str, str]) -> Splits:
    parts = {name: [] for name in SPLITS}
    for path in sorted(paths):
        parts[listed.get(path.name, "train")].append(path)
    if not parts["val"] or not parts["test"]:
        raise TooFewPhotographsError(
            f"Where {LIST.name} names some photographs of a folder, it must name some for val and some for test. "
            f"Received {len(paths)} photographs, {len(parts['val'])} of them named for val, {len(parts['test'])} for "
            "test: take more of the collection, or give other photographs other names."
        )
    return Splits(**{name: tuple(part) for name, part in parts.items()})


def _hashes_of(rgb: np.ndarray) -> Hashes:
    lightness = lab.rgb_to_lightness(resize(rgb, (8, 9)))
    return tuple(np.packbits(side[:, :-1] > side[:, 1:]).view(np.uint64)[0] for side in (lightness, lightness[:, ::-1]))


def _hashes(path: Path) -> Hashes | None:
    """None where the file cannot be read."""
    try:
        return _hashes_of(read_rgb(path))
    except (ImageError, OSError):
        return None


def _known(hashes: Mapping[Path, Hashes | None], paths: Sequence[Path]) -> np.ndarray:
    """The hashes, not mirrored, of the photographs that could be read."""
    return np.array([found[0] for path in paths if (found := hashes[path])], np.uint64)


def _shows_one_of(hashes: Hashes, others: np.ndarray) -> bool:
    return any((np.bitwise_count(others ^ one) <= DUPLICATE_DISTANCE).any() for one in hashes)


def _apart_from_test(splits: Splits, hashes: Mapping[Path, Hashes | None]) -> tuple[Path, ...]:
    test = _known(hashes, splits.test)
    val = tuple(path for path in splits.val if not (hashes[path] and _shows_one_of(hashes[path], test)))
    if splits.val and not val:
        raise NoPhotographsError(
            "Photographs held back for val must show something else than those held back for test. "
            f"Received {len(splits.val)}, all of them near duplicates: add other photographs."
        )
    return val


@dataclass(frozen=True)
class _Look:
    hashes: Hashes
    mean_chroma: float
    ab_counts: np.ndarray


def _look(path: Path, bins: np.ndarray) -> _Look | None:
    try:
        rgb = read_rgb(path)
    except (ImageError, OSError):
        return None
    ab = lab.rgb_to_lab(resize(rgb, (24, 24)))[..., 1:]
    return _Look(_hashes_of(rgb), float(lab.chroma(ab).mean()), _count_bins(ab, bins))


def _count_bins(ab: np.ndarray, bins: np.ndarray) -> np.ndarray:
    # Squared distances without |ab|^2, which is the same for all bins: as a product of matrices, forty times as fast.
    distances = (bins**2).sum(axis=-1) - 2 * ab.reshape(-1, 2) @ bins.T
    return np.bincount(distances.argmin(axis=1), minlength=len(bins)).astype(float)
