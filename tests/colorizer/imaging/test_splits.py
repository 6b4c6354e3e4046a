from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.imaging.photos import NoPhotographsError, list_photos
from colorizer.imaging.splits import (
    DUPLICATE_DISTANCE,
    Splits,
    TooFewPhotographsError,
    apart_from_test,
    difference_hash,
    scan,
    show_the_same,
    split,
)


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


def save_variant(source: Path, target: Path, mirrored: bool) -> None:
    """A brighter, smaller, recompressed copy."""
    with Image.open(source) as image:
        copy = image.resize((80, 80)).point(lambda value: min(255, value + 12))
        (copy.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else copy).save(target, quality=60)


@pytest.fixture
def unlike(tmp_path, rng) -> list[Path]:
    """Twelve colour photographs that show nothing of one another."""
    paths = [tmp_path / f"{i}.png" for i in range(12)]
    for path in paths:
        small = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        small.resize((96, 96), Image.Resampling.BICUBIC).save(path)
    return paths


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("held", ["val", "test"])
def test_training_loses_what_shows_the_same_as_a_held_out_photograph(unlike, tmp_path, held, mirrored):
    copy = tmp_path / "copy.jpg"
    splits = Splits(train=(*unlike[4:], copy), val=tuple(unlike[:2]), test=tuple(unlike[2:4]))
    save_variant(getattr(splits, held)[0], copy, mirrored)
    found = scan(splits)
    assert found.train == tuple(unlike[4:]) and found.duplicates == 1
    assert found.val == splits.val and found.val_duplicates == 0


@pytest.mark.parametrize("mirrored", [False, True])
def test_val_loses_what_shows_the_same_as_a_photograph_of_test(unlike, tmp_path, mirrored):
    copy = tmp_path / "copy.jpg"
    splits = Splits(train=tuple(unlike[4:]), val=(*unlike[:2], copy), test=tuple(unlike[2:4]))
    save_variant(splits.test[1], copy, mirrored)
    found = scan(splits)
    assert found.val == tuple(unlike[:2]) == apart_from_test(splits)
    assert found.val_duplicates == 1 and found.train == splits.train


def test_val_that_shows_only_what_test_shows_is_refused(unlike, tmp_path):
    copy = tmp_path / "copy.jpg"
    save_variant(unlike[0], copy, mirrored=True)
    with pytest.raises(NoPhotographsError, match="Received 1, all of them near duplicates"):
        apart_from_test(Splits(train=tuple(unlike[1:]), val=(copy,), test=(unlike[0],)))


def test_different_photographs_do_not_show_the_same_mirrored_or_not():
    astronaut, coffee, chelsea = skimage.data.astronaut(), skimage.data.coffee(), skimage.data.chelsea()
    assert show_the_same(astronaut, astronaut[::2, ::-2])
    assert not show_the_same(astronaut, coffee) and not show_the_same(coffee, chelsea)
    assert not show_the_same(astronaut, astronaut[::-1])


def test_difference_hash_is_stable_under_brightness_and_size(rng):
    rgb = skimage.data.coffee()
    other = (rgb[::2, ::2] * 0.8).astype(np.uint8)
    assert np.bitwise_count(difference_hash(rgb) ^ difference_hash(other)) <= DUPLICATE_DISTANCE
    different = difference_hash(skimage.data.chelsea())
    assert np.bitwise_count(difference_hash(rgb) ^ different) > DUPLICATE_DISTANCE
