"""`colorize` and masters: pages, bits, alpha, what is said of what is lost, and files of others that are kept."""

import os

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from colorizer import images
from colorizer.cli import loading
from colorizer.cli.main import main
from colorizer.color import lab
from tests.tiny import TinyColorizer, UndecidedColorizer

CAMERA = skimage.data.camera()[:200:2, :240:2]
DEEP = CAMERA * np.uint16(257) + np.arange(120, dtype=np.uint16)
ALPHA = np.broadcast_to(np.arange(120, dtype=np.uint16) * 500, DEEP.shape)


@pytest.fixture
def scans(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: TinyColorizer())
    folder = tmp_path / "scans"
    folder.mkdir()
    with tifffile.TiffWriter(folder / "album.tif") as writer:
        writer.write(DEEP, photometric="minisblack", compression="zlib", metadata=None)
        writer.write(np.dstack([DEEP] * 3 + [ALPHA]), photometric="rgb", extrasamples=["unassalpha"], metadata=None)
        writer.write(255 - CAMERA, photometric="miniswhite", metadata=None)
    Image.fromarray(CAMERA).save(folder / "a.jpg")
    return folder


def run(*arguments) -> int:
    return main(["colorize", *map(str, arguments)])


def test_pages_of_a_tiff_come_out_as_pages_of_a_tiff_with_all_bits_and_alpha(scans, tmp_path, capsys):
    assert run(scans / "album.tif", "--output", tmp_path / "out", "--format", "tiff") == 0
    assert os.listdir(tmp_path / "out") == ["album_colorized.tif"] and capsys.readouterr().err == ""
    first, second, third = tifffile.TiffFile(tmp_path / "out" / "album_colorized.tif").pages
    assert [(page.shape, str(page.dtype)) for page in (first, second, third)] == [
        ((100, 120, 3), "uint16"), ((100, 120, 4), "uint16"), ((100, 120, 3), "uint8"),
    ]  # fmt: skip
    for page in (first, second):
        error = lab.rgb_to_lightness(page.asarray()[..., :3]) - lab.rgb_to_lightness(DEEP)
        assert np.abs(error).max() < 0.02
    np.testing.assert_array_equal(second.asarray()[..., 3], ALPHA)


@pytest.mark.parametrize("format", [None, "png", "jpeg"])
def test_pages_of_a_tiff_become_a_file_each_and_that_is_said(scans, tmp_path, capsys, format):
    options = ["--format", format] if format else []
    assert run(scans, "--output", tmp_path / "out", *options) == 0
    extension = "jpg" if format == "jpeg" else "png"
    names = [f"album_p00{page}_colorized.{extension}" for page in (1, 2, 3)]
    assert sorted(os.listdir(tmp_path / "out"))[1:] == names
    said = capsys.readouterr().err
    assert f"note: {scans / 'album.tif'}: its 3 pages become 3 files: --format tiff keeps them in one." in said
    assert f"note: {tmp_path / 'out' / names[0]}: its 16 bits became 8: --format tiff keeps 16." in said
    assert f"note: {tmp_path / 'out' / names[1]}: what is transparent became white" in said
    assert len(said.splitlines()) == 4
    third = images.read(tmp_path / "out" / names[2]).pixels
    assert np.abs(lab.rgb_to_lightness(third) - lab.rgb_to_lightness(CAMERA)).mean() < 1


def test_a_damaged_page_is_refused_and_the_others_done(scans, tmp_path, capsys):
    data = bytearray((scans / "album.tif").read_bytes())
    page = tifffile.TiffFile(scans / "album.tif").pages[0]
    start = page.dataoffsets[0]
    data[start : start + 50] = bytes(50)
    (scans / "album.tif").write_bytes(data)
    assert run(scans / "album.tif", "--output", tmp_path / "out") == 1
    assert sorted(os.listdir(tmp_path / "out")) == ["album_p002_colorized.png", "album_p003_colorized.png"]
    assert f"error: {scans / 'album.tif'} (page 1): A picture must be whole" in capsys.readouterr().err


def test_variants_and_confidence_of_pages(scans, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: UndecidedColorizer())
    everything = scans, "--output", scans, "--format", "tiff", "--variants", 2, "--confidence"
    assert run(*everything) == 0
    before = sorted(os.listdir(scans))
    assert before == [
        "a.jpg", "a_colorized.tif", "a_colorized_2.tif", "a_confidence.png", "album.tif", "album_colorized.tif",
        "album_colorized_2.tif", *(f"album_p00{page}_confidence.png" for page in (1, 2, 3)),
    ]  # fmt: skip
    assert len(tifffile.TiffFile(scans / "album_colorized_2.tif").pages) == 3
    assert run(*everything) == 0 and sorted(os.listdir(scans)) == before


def test_a_file_that_huestory_has_not_made_is_not_replaced(scans, tmp_path, capsys):
    output = tmp_path / "out"
    output.mkdir()
    mine = output / "a_colorized.jpg"
    Image.new("RGB", (40, 40), "red").save(mine)
    before = mine.read_bytes()
    assert run(scans / "a.jpg", "--output", output) == 1
    assert mine.read_bytes() == before and os.listdir(output) == ["a_colorized.jpg"]
    assert f"error: {scans / 'a.jpg'}: A result must not take the place" in capsys.readouterr().err
    mine.unlink()
    for saturation in (1, 0.5):  # its own results are replaced
        assert run(scans / "a.jpg", "--output", output, "--saturation", saturation) == 0


def test_the_place_is_kept_when_it_is_asked_for(scans, tmp_path):
    exif = Image.Exif()
    exif.get_ifd(34853)[1], exif.get_ifd(34853)[2] = "N", (51.0, 45.0, 0.0)
    Image.fromarray(CAMERA).save(scans / "a.jpg", exif=exif)
    assert run(scans / "a.jpg", "--output", tmp_path / "plain") == 0
    assert run(scans / "a.jpg", "--output", tmp_path / "place", "--keep-place") == 0
    found = [Image.open(tmp_path / name / "a_colorized.jpg").getexif().get_ifd(34853) for name in ("plain", "place")]
    assert found[0] == {} and found[1][1] == "N"
