from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.imaging.photos import NoPhotographsError, list_photos
from colorizer.imaging.splits import DUPLICATE_DISTANCE, Splits, TooFewPhotographsError, difference_hash, scan, split


def test_split_is_disjoint_complete_and_independent_of_order():
    paths = [Path(f"p/{i}.jpg") for i in range(5000)]
    splits = split(paths)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (4200, 400, 400)
    assert sorted((*splits.train, *splits.val, *splits.test)) == sorted(paths)
    assert split(paths[::-1]) == splits


def test_split_depends_on_file_names_only():
    first = split([Path(f"/a/{i}.jpg") for i in range(3000)])
    second = split([Path(f"/b/c/{i}.jpg") for i in range(3000)])
    assert [p.name for p in first.test] == [p.name for p in second.test]


def test_split_moves_few_photographs_when_some_are_added():
    before = split([Path(f"{i}.jpg") for i in range(5000)])
    after = split([Path(f"{i}.jpg") for i in range(5050)])
    assert len(set(before.test) & set(after.test)) > 380


def test_split_of_a_small_folder_takes_a_tenth():
    splits = split([Path(f"{i}.jpg") for i in range(30)])
    assert (len(splits.train), len(splits.val), len(splits.test)) == (24, 3, 3)


def test_split_of_too_few():
    with pytest.raises(TooFewPhotographsError, match="Received 9"):
        split([Path(f"{i}.jpg") for i in range(9)])


def test_scan_leaves_out_grey_broken_and_near_duplicates(photo_folder):
    paths = list_photos(photo_folder)
    held = split(paths).val[0]
    # a brighter, smaller, recompressed copy of a held-out photograph
    with Image.open(held) as image:
        image.resize((80, 80)).point(lambda v: min(255, v + 12)).save(photo_folder / "copy.jpg", quality=60)
    Image.fromarray(skimage.data.camera()).save(photo_folder / "grey.png")
    (photo_folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    extra = [photo_folder / name for name in ("copy.jpg", "grey.png", "broken.jpg")]
    splits = split(paths)
    splits = Splits(tuple(sorted([*splits.train, *extra])), splits.val, splits.test)
    told = []
    found = scan(splits, lambda done, total: told.append((done, total)))
    assert (found.gray, found.unreadable) == (1, 1) and found.duplicates >= 1
    assert not set(extra) & set(found.train)
    assert found.ab_counts.sum() == 24 * 24 * len(found.train)
    assert told[-1] == (33, 33)


def test_scan_of_a_grey_folder_says_so(tmp_path, rng):
    for i in range(12):
        Image.fromarray(rng.integers(0, 256, (32, 32), dtype=np.uint8)).save(tmp_path / f"{i}.png")
    with pytest.raises(NoPhotographsError, match="10 grey"):
        scan(split(list_photos(tmp_path)))


def test_difference_hash_is_stable_under_brightness_and_size(rng):
    rgb = skimage.data.coffee()
    other = (rgb[::2, ::2] * 0.8).astype(np.uint8)
    assert np.bitwise_count(difference_hash(rgb) ^ difference_hash(other)) <= DUPLICATE_DISTANCE
    different = difference_hash(skimage.data.chelsea())
    assert np.bitwise_count(difference_hash(rgb) ^ different) > DUPLICATE_DISTANCE
