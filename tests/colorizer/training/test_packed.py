"""Photographs packed for a training elsewhere: what comes out is what went in, and no photograph of test among it."""

import numpy as np
import pytest
from PIL import Image

from colorizer.cli.main import main
from colorizer.imaging import splits
from colorizer.imaging.photos import NoPhotographsError, list_photos, read_rgb
from colorizer.imaging.splits import Scan
from colorizer.training import packed


@pytest.fixture
def folder(tmp_path, rng):
    """Forty colour photographs that show nothing of one another, JPEG and WebP, upright and wide."""
    made = tmp_path / "photos"
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
    assert "must hold photographs" in capsys.readouterr().err
