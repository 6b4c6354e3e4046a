from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colorizer.color import lab
from colorizer.imaging import data


def test_list_photos_walks_by_extension_in_any_case(tmp_path):
    for name in ("b.JPG", "a.png", "sub/c.Tiff", "notes.txt", "sub/movie.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [p.relative_to(tmp_path).as_posix() for p in data.list_photos(tmp_path)] == ["a.png", "b.JPG", "sub/c.Tiff"]


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_list_photos_of_a_folder_without_any(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(data.NoPhotographsError, match=folder):
        data.list_photos(tmp_path / folder)


def test_split_is_disjoint_complete_and_independent_of_order():
    paths = [Path(f"p/{i}.jpg") for i in range(5000)]
    splits = data.split(paths)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (4200, 400, 400)
    assert sorted((*splits.train, *splits.val, *splits.test)) == sorted(paths)
    assert data.split(paths[::-1]) == splits


def test_split_depends_on_file_names_only():
    first = data.split([Path(f"/a/{i}.jpg") for i in range(3000)])
    second = data.split([Path(f"/b/c/{i}.jpg") for i in range(3000)])
    assert [p.name for p in first.test] == [p.name for p in second.test]


def test_split_moves_few_photographs_when_some_are_added():
    before = data.split([Path(f"{i}.jpg") for i in range(5000)])
    after = data.split([Path(f"{i}.jpg") for i in range(5050)])
    assert len(set(before.test) & set(after.test)) > 380


def test_split_of_a_small_folder_takes_a_tenth():
    splits = data.split([Path(f"{i}.jpg") for i in range(30)])
    assert (len(splits.train), len(splits.val), len(splits.test)) == (24, 3, 3)


def test_split_of_too_few():
    with pytest.raises(data.TooFewPhotographsError, match="Received 9"):
        data.split([Path(f"{i}.jpg") for i in range(9)])


def test_scan_leaves_out_grey_broken_and_near_duplicates(photo_folder):
    paths = data.list_photos(photo_folder)
    held = data.split(paths).val[0]
    # a brighter, smaller, recompressed copy of a held-out photograph
    with Image.open(held) as image:
        image.resize((80, 80)).point(lambda v: min(255, v + 12)).save(photo_folder / "copy.jpg", quality=60)
    Image.fromarray(skimage.data.camera()).save(photo_folder / "grey.png")
    (photo_folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    extra = [photo_folder / name for name in ("copy.jpg", "grey.png", "broken.jpg")]
    splits = data.split(paths)
    splits = data.Splits(tuple(sorted([*splits.train, *extra])), splits.val, splits.test)
    told = []
    scan = data.scan(splits, lambda done, total: told.append((done, total)))
    assert (scan.gray, scan.unreadable) == (1, 1) and scan.duplicates >= 1
    assert not set(extra) & set(scan.train)
    assert scan.ab_counts.sum() == 24 * 24 * len(scan.train)
    assert told[-1] == (33, 33)


def test_scan_of_a_grey_folder_says_so(tmp_path, rng):
    for i in range(12):
        Image.fromarray(rng.integers(0, 256, (32, 32), dtype=np.uint8)).save(tmp_path / f"{i}.png")
    with pytest.raises(data.NoPhotographsError, match="10 grey"):
        data.scan(data.split(data.list_photos(tmp_path)))


@pytest.mark.parametrize("shape", [(192, 288), (288, 192), (50, 400), (192, 192)])
def test_fit_and_crop_gives_the_square_in_the_centre(shape, rng):
    rgb = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert data.fit_and_crop(rgb, 64).shape == (64, 64, 3)
    if min(shape) == 192:
        top, left = (shape[0] - 192) // 2, (shape[1] - 192) // 2
        assert np.array_equal(data.fit_and_crop(rgb, 192), rgb[top : top + 192, left : left + 192])


def test_make_batch_keeps_the_pixels_and_averages_their_colors(rng):
    crop = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    lightness, colors = data.make_batch([crop], 4)
    pixels = lab.rgb_to_lab(crop)
    assert lightness.shape == (1, 8, 8, 1) and colors.shape == (1, 2, 2, 3)
    assert np.array_equal(lightness[0, ..., 0], pixels[..., 0])
    assert colors[0, 1, 0] == pytest.approx(pixels[4:, :4, [1, 2, 0]].mean((0, 1)), abs=1e-3)


def test_batches_are_seeded_and_change_every_epoch(photo_folder):
    def first(seed):
        return data.PhotoBatches(data.list_photos(photo_folder), 4, 32, 4, augment=True, seed=seed)

    assert np.array_equal(first(1)[0][0], first(1)[0][0])
    assert not np.array_equal(first(1)[0][0], first(2)[0][0])
    batches = first(1)
    before = batches[0][0]
    batches.on_epoch_end()
    assert not np.array_equal(batches[0][0], before)


def test_batches_without_augmentation_cover_every_photograph_in_order(photo_folder):
    batches = data.PhotoBatches(data.list_photos(photo_folder), 4, 32, 4)
    assert [len(batches[i][0]) for i in range(len(batches))] == [4] * 7 + [2]


def test_difference_hash_is_stable_under_brightness_and_size(rng):
    rgb = skimage.data.coffee()
    other = (rgb[::2, ::2] * 0.8).astype(np.uint8)
    assert np.bitwise_count(data.difference_hash(rgb) ^ data.difference_hash(other)) <= data.DUPLICATE_DISTANCE
    different = data.difference_hash(skimage.data.chelsea())
    assert np.bitwise_count(data.difference_hash(rgb) ^ different) > data.DUPLICATE_DISTANCE
