import numpy as np
import pytest
from PIL import Image

from colorizer import images
from colorizer.color import lab
from study.pool.conditions import Condition, ConditionError, folder_condition
from study.pool.photos import Photos
from tests.study.pool.pools import build, pixels
from tests.study_photos import PIPELINE, TINT, files, photograph, tint


@pytest.mark.parametrize("conditions", [(), (TINT, TINT)])
def test_conditions_need_names_of_their_own(tmp_path, conditions):
    with pytest.raises(ConditionError, match="name of its own"):
        build(tmp_path, conditions=conditions)


@pytest.mark.parametrize("name", ["", "catch", "real", "=cmd", "my model", "a,b"])
def test_names_that_a_condition_cannot_have(name):
    with pytest.raises(ConditionError, match="Received"):
        Condition(name, "", tint)


@pytest.fixture
def elsewhere(tmp_path):
    """Coloured versions of the photographs of `files`, twice as large, as JPEG, in one flat folder."""
    folder = tmp_path / "deoldify"
    folder.mkdir()
    for name, data in files(9).items():
        rgb = tint("", images.to_gray(images.read(data).pixels))
        stem = name.split("/")[-1].removesuffix(".png")
        Image.fromarray(rgb).resize((192, 144)).save(folder / f"{stem}_colorized.JPG", quality=95)
    return folder


def test_pictures_coloured_elsewhere_are_matched_by_name(tmp_path, elsewhere):
    condition = folder_condition("deoldify", elsewhere, PIPELINE)
    pool = build(tmp_path / "pool", Photos.from_files(files(9)), (TINT, condition))
    assert pool.refused == ()
    for photo in pool.photos_for("test"):
        ours, theirs = (lab.rgb_to_lab(pixels(pool, pool.by_photo[photo, m])) for m in ("tinted", "deoldify"))
        assert np.abs(ours - theirs)[..., 0].mean() <= 0.3
        assert np.abs(ours - theirs)[..., 1:].mean() < 4


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder, path: path.unlink(), "there is none"),
        (lambda folder, path: (folder / "more").mkdir() or (folder / "more" / path.name).write_bytes(path.read_bytes()),
         "there are 2"),
        (lambda folder, path: Image.fromarray(photograph(4)).save(path), "shows something else"),
        (lambda folder, path: Image.open(path).resize((144, 192)).save(path), "same shape"),
        (lambda folder, path: path.write_bytes(b"torn"), ""),
    ],
    ids=["missing", "ambiguous", "another picture", "another shape", "unreadable"],
)  # fmt: skip
def test_a_photograph_without_a_fitting_version_is_left_out(tmp_path, elsewhere, spoil, reason):
    spoil(elsewhere, elsewhere / "IMG_003_colorized.JPG")
    condition = folder_condition("deoldify", elsewhere, PIPELINE)
    pool = build(tmp_path / "pool", Photos.from_files(files(9)), (TINT, condition))
    (entry,) = pool.refused
    assert entry["name"] == "holiday/IMG_003.png"
    assert reason in entry["reason"]
    assert len(pool.photos) == 8


def test_a_version_that_stayed_grey_is_judged_all_the_same(tmp_path, elsewhere):
    path = elsewhere / "IMG_003_colorized.JPG"
    Image.open(path).convert("L").save(path)
    pool = build(tmp_path / "pool", Photos.from_files(files(9)), (folder_condition("d", elsewhere, PIPELINE),))
    assert pool.refused == ()
