import hashlib

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from colorizer import images
from colorizer.cli import loading
from colorizer.cli.main import main
from colorizer.color import lab
from colorizer.imaging.preparation import Preparation
from colorizer.inference.hints.hint import Hint
from colorizer.inference.hints.sidecar import Edits, sidecar_path, write_edits
from tests.tiny import TinyColorizer

GRAY = skimage.data.camera()[::2, ::2]


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(loading, "load_colorizer", lambda name, **options: TinyColorizer())


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / "scans" / "a.png"
    path.parent.mkdir()
    Image.fromarray(GRAY).save(path)
    return path


def run(*arguments) -> int:
    return main([str(a) for a in arguments])


def lightness(path) -> np.ndarray:
    return lab.rgb_to_lightness(images.read(path).pixels)


ASKED = ("--turn", 270, "--crop", "0,64,128,256", "--negative")
EXPECTED = np.ascontiguousarray(np.rot90(255 - GRAY[64:, :128]))


def test_colorize_and_batch_turn_crop_and_invert_alike(photograph, tmp_path):
    assert run("colorize", photograph, "--output", tmp_path / "one", *ASKED) == 0
    assert run("batch", photograph.parent, tmp_path / "many", *ASKED) == 0
    one, many = (tmp_path / folder / "a_colorized.png" for folder in ("one", "many"))
    assert one.read_bytes() == many.read_bytes()
    assert np.abs(lightness(one) - lab.rgb_to_lightness(EXPECTED)).mean() < 0.5
    assert b"turned by 270 degrees clockwise, inverted, being a negative; then coloured" in one.read_bytes()
    assert (np.asarray(Image.open(photograph)) == GRAY).all()


def test_a_batch_does_a_photograph_again_when_what_is_asked_for_before_colouring_changes(photograph, tmp_path, capsys):
    for asked, done in ((ASKED, 1), (ASKED, 0), (("--straighten", "-2.5"), 1), ((), 1)):
        assert run("batch", photograph.parent, tmp_path / "out", "--resume", *asked) == 0
        assert f"{done} coloured" in capsys.readouterr().out
    assert lightness(tmp_path / "out" / "a_colorized.png").shape == GRAY.shape


def test_a_hint_is_for_the_upright_photograph(photograph, tmp_path):
    hint = "--hint", "30,40,#90b0d0"
    assert run("colorize", photograph, "--output", tmp_path, "--turn", 90, "--crop", "0,0,128,192", *hint) == 0
    shown = lab.rgb_to_lab(images.read(tmp_path / "a_colorized.png").pixels[30, 151])[1:]
    assert np.hypot(*(shown - lab.rgb_to_lab(np.uint8([0x90, 0xB0, 0xD0]))[1:])) < 3


def test_a_sidecar_says_what_is_done_unless_options_do(photograph, tmp_path):
    sha256 = hashlib.sha256(photograph.read_bytes()).hexdigest()
    edits = Edits((256, 256), sha256, (Hint(30, 200, (30, 40)),), Preparation(crop=(0, 0, 0.5, 1)))
    sidecar_path(photograph).write_bytes(write_edits(edits))
    assert run("colorize", photograph, "--output", tmp_path / "a") == 0
    assert run("batch", photograph.parent, tmp_path / "b") == 0
    assert run("colorize", photograph, "--output", tmp_path / "c", "--turn", 90) == 0
    a, b, c = (tmp_path / name / "a_colorized.png" for name in "abc")
    assert a.read_bytes() == b.read_bytes()
    assert lightness(a).shape == (256, 128) and lightness(c).shape == (256, 256)


def test_every_page_of_a_tiff_is_prepared(tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    tifffile.imwrite(scans / "pages.tif", np.stack([GRAY, GRAY[::-1]]), photometric="minisblack")
    for command in (
        ("colorize", scans, "--output", tmp_path / "one"),
        ("batch", scans, tmp_path / "many"),
    ):
        assert run(*command, "--format", "tiff", "--crop", "0,0,128,256", "--turn", 90) == 0
    one, many = (tmp_path / folder / "pages_colorized.tif" for folder in ("one", "many"))
    with tifffile.TiffFile(one) as file:
        assert [page.shape for page in file.pages] == [(128, 256, 3)] * 2
    assert one.read_bytes() == many.read_bytes() and b"turned by 90 degrees clockwise; then" in one.read_bytes()


@pytest.mark.parametrize(
    "wrong, says",
    [
        (("--turn", "45"), "invalid choice: 45"),
        (("--straighten", "20"), "must be from -15 to 15. Received 20"),
        (("--crop", "1,2,3"), "must be left, top, right and bottom edge in pixels"),
        (("--crop", "50,0,40,90"), "left before right"),
    ],
)
@pytest.mark.parametrize("command", ["colorize", "batch"])
def test_wrong_usage_is_explained(photograph, tmp_path, capsys, command, wrong, says):
    to = ("--output", tmp_path / "out") if command == "colorize" else (tmp_path / "out",)
    with pytest.raises(SystemExit) as exit:
        run(command, photograph.parent, *to, *wrong)
    assert exit.value.code == 2 and says in capsys.readouterr().err


def test_a_crop_beyond_one_photograph_refuses_that_one(photograph, tmp_path, capsys):
    Image.fromarray(skimage.data.camera()).save(photograph.with_name("large.png"))
    assert run("colorize", photograph.parent, "--output", tmp_path / "out", "--crop", "0,0,400,400") == 1
    assert "a.png: A crop must lie in the photograph: 0 <= left < right <= 256" in capsys.readouterr().err
    assert lightness(tmp_path / "out" / "large_colorized.png").shape == (400, 400)
