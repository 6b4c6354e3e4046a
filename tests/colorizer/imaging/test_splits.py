import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.color.bins import ab_bins
from colorizer.imaging.photos import NoPhotographsError, list_photos
from colorizer.imaging.splits import (
    DUPLICATE_DISTANCE,
    HELD_OUT,
    LIST,
    Splits,
    TooFewPhotographsError,
    _count_bins,
    apart_from_test,
    difference_hash,
    listed_names,
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


# --- the list of those that are always held back


NAMES = [Path(f"{i:02}.jpg") for i in range(40)]
LISTED = {"03.jpg": "val", "17.jpg": "val", "04.jpg": "test", "99.jpg": "test"}


def names(paths) -> list[str]:
    return [path.name for path in paths]


def test_a_list_that_names_photographs_of_a_folder_is_taken_instead_of_the_rule():
    splits = split(NAMES[::-1], listed=LISTED)
    assert names(splits.val) == ["03.jpg", "17.jpg"] and names(splits.test) == ["04.jpg"]
    assert sorted((*splits.train, *splits.val, *splits.test)) == NAMES
    assert len(split(NAMES, listed={}).val) == 4


def test_listed_photographs_stay_held_back_when_others_come_go_or_move():
    part = split([Path("sub") / path for path in NAMES[:20]], listed=LISTED)
    more = split([*NAMES, *(Path(f"new_{i}.jpg") for i in range(50))], listed=LISTED)
    assert names(part.val) == names(more.val) == ["03.jpg", "17.jpg"]
    assert names(part.test) == names(more.test) == ["04.jpg"]


def test_a_part_of_a_collection_without_any_to_choose_by_is_refused():
    with pytest.raises(TooFewPhotographsError, match=r"Received 16 photographs, 1 .* val, 0 .* test"):
        split(NAMES[5:21], listed=LISTED)


def test_a_folder_of_other_names_is_split_by_the_rule():
    paths = [Path(f"mine_{i}.jpg") for i in range(100)]
    assert split(paths) == split(paths, listed={}) == split(paths, listed=LISTED)


@pytest.mark.parametrize(("collection", "count"), [("train", HELD_OUT), ("more", HELD_OUT), ("kodachrome", 154)])
def test_the_list_agrees_with_the_rule(collection, count):
    """By the hashes of their names the photographs of `test` come first, those of `val` next."""
    with open(LIST, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["collection"] == collection]
    by_hash = sorted(rows, key=lambda row: hashlib.sha256(row["file"].encode()).digest())
    assert [row["split"] for row in by_hash] == ["test"] * count + ["val"] * count


def test_no_name_is_listed_twice():
    with open(LIST, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["file"] for row in rows}) == len(rows) == len(listed_names()) == 1908


def test_the_collection_is_known_by_its_names():
    listed = [Path(name) for name in listed_names()]
    splits = split([*listed, Path("mine.jpg")])
    assert names(splits.train) == ["mine.jpg"] and len(splits.val) == len(splits.test) == 954


# --- a look at every photograph


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
    assert (found.gray, found.unreadable) == ((extra[1],), (extra[2],)) and extra[0] in found.duplicates
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
    assert found.train == tuple(unlike[4:]) and found.duplicates == (copy,)
    assert found.val == splits.val and not found.val_duplicates


@pytest.mark.parametrize("mirrored", [False, True])
def test_val_loses_what_shows_the_same_as_a_photograph_of_test(unlike, tmp_path, mirrored):
    copy = tmp_path / "copy.jpg"
    splits = Splits(train=tuple(unlike[4:]), val=(*unlike[:2], copy), test=tuple(unlike[2:4]))
    save_variant(splits.test[1], copy, mirrored)
    found = scan(splits)
    assert found.val == tuple(unlike[:2]) == apart_from_test(splits)
    assert found.val_duplicates == (copy,) and found.train == splits.train


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


def test_every_pixel_is_counted_in_the_nearest_bin(rng):
    ab = rng.uniform(-110, 110, (24, 24, 2)).astype(np.float32)
    nearest = ((ab.reshape(-1, 1, 2) - ab_bins()) ** 2).sum(axis=-1).argmin(axis=1)
    assert np.array_equal(_count_bins(ab, ab_bins()), np.bincount(nearest, minlength=len(ab_bins())))
