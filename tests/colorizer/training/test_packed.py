"""Photographs packed for a training elsewhere: what comes out is what went in, and no photograph of test among it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer import weights
from colorizer.cli.main import main
from colorizer.imaging import splits
from colorizer.imaging.photos import NoPhotographsError, list_photos, read_rgb
from colorizer.imaging.splits import Scan
from colorizer.models.recipe import Recipe
from colorizer.training import checkpoint, feature_cache, packed
from colorizer.training.data import HeldOutAlreadyError, RepeatedPhotographError
from tests import trainings


@pytest.fixture
def folder(tmp_path, rng):
    """Forty colour photographs that show nothing of one another, JPEG and WebP, upright and wide."""
    made = tmp_path / "scans"
    made.mkdir()
    for i in range(40):
        small = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        large = small.resize((48 + i, 64), Image.Resampling.BICUBIC)
        large.save(made / f"{i:02}.{('jpg', 'webp')[i % 2]}")
    return made


@pytest.fixture
def scan(folder) -> Scan:
    return splits.scan(splits.split(list_photos(folder)))


def test_photographs_come_out_as_they_are_on_disk(scan, tmp_path):
    (piece,) = packed.write(scan, tmp_path / "a.npz")
    photos = packed.load([piece])
    paths = {path.name: path for path in (*scan.train, *scan.val)}
    assert piece.name == "a_00.npz" and len(photos) == len(paths) == 36
    for i, name in enumerate(photos.names):
        assert np.array_equal(photos[i], read_rgb(paths[name]))
        assert photos.val[i] == (paths[name] in scan.val)
    assert {photo.name: photo.data for photo in packed.read(piece)} == {n: p.read_bytes() for n, p in paths.items()}
    assert photos.pixels.base is None and np.shares_memory(photos[3], photos.pixels)


def test_no_photograph_of_test_is_in_a_pack_nor_one_that_shows_the_same(folder, tmp_path, capsys):
    held = splits.split(list_photos(folder))
    learnt = held.train[0]
    with Image.open(held.test[0]) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(learnt)
    assert main(["pack", str(folder), str(tmp_path / "a.npz")]) == 0
    names = set(packed.load([tmp_path / "a_00.npz"]).names)
    assert names == {path.name for path in (*held.train[1:], *held.val)}
    assert "Wrote" in capsys.readouterr().out


def test_pieces_are_no_larger_than_they_may_be_and_hold_everything(scan, tmp_path):
    largest = max(path.stat().st_size for path in (*scan.train, *scan.val))
    limit = 8192 + 5 * largest
    pieces = packed.write(scan, tmp_path / "a.npz", piece_bytes=limit)
    assert len(pieces) > 2 and all(piece.stat().st_size <= limit for piece in pieces)
    assert [piece.name for piece in pieces[:2]] == ["a_00.npz", "a_01.npz"]
    assert sorted(packed.load(pieces).names) == sorted(path.name for path in (*scan.train, *scan.val))


def test_photographs_of_val_are_not_all_in_one_piece(folder, tmp_path, rng):
    for i in range(40, 120):
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(folder / f"{i}.png")
    held = splits.split(list_photos(folder))
    scan = Scan(held.train, held.val, np.zeros(1), (), (), (), ())
    pieces = packed.write(scan, tmp_path / "a.npz", piece_bytes=100_000)
    counts = [sum(photo.val for photo in packed.read(piece)) for piece in pieces]
    assert sum(counts) == 12 and max(counts) < 10


def test_a_piece_alone_can_be_read(scan, tmp_path):
    first, *_ = packed.write(scan, tmp_path / "a.npz", piece_bytes=30_000)
    assert 0 < len(packed.load([first])) < 36


def test_the_same_photographs_give_the_same_bytes(scan, tmp_path):
    one, other = (packed.write(scan, tmp_path / f"{name}.npz")[0] for name in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_large_and_other_photographs_are_made_small_jpegs_and_small_ones_are_never_enlarged(folder, tmp_path):
    paths = list_photos(folder)[:3]
    upright = Image.open(paths[0]).resize((300, 400))
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    upright.save(folder / "large.jpg", exif=exif)
    Image.open(paths[1]).save(folder / "lossless.png")
    chosen = (folder / "large.jpg", folder / "lossless.png", paths[2])
    scan = Scan(chosen, (), np.zeros(1), (), (), (), ())
    photos = packed.load(packed.write(scan, tmp_path / "a.npz", short_side=60))
    sizes = {name: tuple(size) for name, size in zip(photos.names, photos.sizes, strict=True)}
    assert sizes == {"large.jpg": (60, 80), "lossless.png": (64, 49), "02.jpg": (64, 50)}
    assert all(photo.data[:2] == b"\xff\xd8" for photo in packed.read(tmp_path / "a_00.npz"))


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def turn(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :]


@pytest.mark.parametrize("damage", [cut, turn, lambda data: b"", lambda data: b"nothing"])
def test_a_damaged_pack_is_refused_by_its_name(scan, tmp_path, damage):
    whole, other = packed.write(scan, tmp_path / "a.npz")[0], tmp_path / "other.npz"
    other.write_bytes(damage(whole.read_bytes()))
    with pytest.raises(packed.DamagedPackError, match=r"other\.npz is not"):
        packed.load([whole, other])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offsets", np.array([0, 5])),
        ("sizes", np.zeros((36, 2), "<i4")),
        ("data", np.zeros(4, "<i8")),
        ("names", np.array([{}])),
        ("val", None),
    ],
)
def test_an_archive_of_other_arrays_is_refused_by_its_name(scan, tmp_path, name, value):
    (piece,) = packed.write(scan, tmp_path / "a.npz")
    with np.load(piece) as arrays:
        found = dict(arrays) | {name: value}
    if value is None:
        del found[name]
    np.savez(tmp_path / "other.npz", **found)
    with pytest.raises(packed.DamagedPackError, match=r"other\.npz is not"):
        packed.read(tmp_path / "other.npz")


def test_a_size_that_is_not_the_photographs_is_refused(scan, tmp_path):
    (piece,) = packed.write(scan, tmp_path / "a.npz")
    with np.load(piece) as arrays:
        found = dict(arrays)
    found["sizes"][5] = 64, 7
    np.savez(piece, **found)
    with pytest.raises(packed.DamagedPackError, match=r"a_00\.npz is not .*of another size"):
        packed.load([piece])


def test_what_cannot_be_packed_is_refused(scan, tmp_path):
    with pytest.raises(packed.PhotographTooLargeError, match="Received '"):
        packed.write(scan, tmp_path / "a.npz", piece_bytes=5000)
    with pytest.raises(packed.PackError, match=r"Received 'a\.pack'"):
        packed.write(scan, tmp_path / "a.pack")
    packed.write(scan, tmp_path / "b.npz")
    with pytest.raises(packed.PackExistsError, match="1 pieces"):
        packed.write(scan, tmp_path / "b.npz")
    with pytest.raises(NoPhotographsError):
        packed.load([])


def test_the_command_says_what_is_wrong(folder, tmp_path, capsys):
    assert main(["pack", str(folder), str(tmp_path / "a.pack")]) == 2
    assert "must be called NAME.npz" in capsys.readouterr().err
    assert main(["pack", str(tmp_path / "nowhere"), str(tmp_path / "a.npz")]) == 2
    assert "must be a folder" in capsys.readouterr().err


# --- trained from


def train(data, output, **options):
    recipe = Recipe(loss="mse", crop_size=16, batch_size=8, warmup_steps=1, degraded=0.0)
    return trainings.run(data, output, "two_layer", recipe, **{"epochs": 1} | options)


def test_packs_are_trained_from_as_the_folder_they_were_made_of(folder, scan, tmp_path):
    pieces = packed.write(scan, tmp_path / "a.npz")
    of_folder, _ = train(folder, tmp_path / "f.weights.h5")
    of_pack, lines = train(*pieces, tmp_path / "p.weights.h5")
    for one, other in zip(of_folder.get_weights(), of_pack.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert lines[1].startswith("Training on 32; ") and "held back: 4 val, 0 test" in lines[1]
    assert weights.read_facts(tmp_path / "p.weights.h5").data["folder"] == "a_00.npz"


def test_several_pieces_are_trained_from_beside_a_folder_and_resumed(scan, tmp_path, photo_folder):
    pieces = packed.write(scan, tmp_path / "a.npz", piece_bytes=30_000)
    data, output = (*pieces, photo_folder), tmp_path / "my.weights.h5"
    _, lines = train(data, output)
    assert len(pieces) > 1 and lines[1].startswith("Training on ") and f" of {pieces[0]};" in lines[1]
    train(data, output, resume=True, epochs=2)
    with pytest.raises(checkpoint.OtherTrainingError, match="data was"):
        train(pieces[0], output, resume=True)


def test_packs_with_which_no_training_can_be_are_refused(scan, tmp_path):
    (piece,) = packed.write(scan, tmp_path / "a.npz")
    copy = Path(shutil.copy(piece, tmp_path / "copy.npz"))
    output = tmp_path / "my.weights.h5"
    with pytest.raises(RepeatedPhotographError, match=r"a_00\.npz' and in .*copy\.npz"):
        train((piece, copy), output)
    with pytest.raises(HeldOutAlreadyError, match=r"hold_out=0\.2"):
        train(piece, output, hold_out=0.2)
    with pytest.raises(NoPhotographsError, match=r"Received 'intel_\*'"):
        train(piece, output, include="intel_*")
    only = Scan(scan.train, (), scan.ab_counts, (), (), (), ())
    with pytest.raises(NoPhotographsError, match="held back for val"):
        train(*packed.write(only, tmp_path / "b.npz"), output)
    with pytest.raises(FileNotFoundError):
        train(tmp_path / "nowhere.npz", output)


def test_an_extractor_remembers_photographs_of_a_pack_by_their_content(scan, tmp_path):
    (piece,) = packed.write(scan, tmp_path / "a.npz")
    path = scan.train[0]
    (photo,) = (photo for photo in packed.read(piece) if photo.name == path.name)
    assert feature_cache._content_hash(photo) == feature_cache._content_hash(path)
