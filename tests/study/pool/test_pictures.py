import numpy as np
import pytest

from colorizer import images
from colorizer.color import lab
from study.pool.conditions import Condition
from study.pool.photos import Photos
from tests.study.pool.pools import build, pixels
from tests.study_photos import files, photograph, png, tint


def test_lightness_of_all_versions_is_the_same(pool):
    for photo in {photo["photo"] for photo in pool.photos}:
        versions = {model: pixels(pool, pool.by_photo[each, model]) for each, model in pool.by_photo if each == photo}
        real = lab.rgb_to_lab(versions.pop(""))
        for rgb in versions.values():
            difference = np.abs(lab.rgb_to_lab(rgb)[..., 0] - real[..., 0])
            assert difference.mean() <= 0.3
            assert rgb.shape == real.shape


def test_lightness_is_the_same_even_if_the_version_changed_it(tmp_path):
    darker = Condition("dark", "", lambda photo, gray: tint(photo, gray // 3))
    pool = build(tmp_path, conditions=(darker,))
    for (photo, model), stimulus in pool.by_photo.items():
        if model == "dark":
            both = [lab.rgb_to_lab(pixels(pool, s))[..., 0] for s in (stimulus, pool.by_photo[photo, ""])]
            assert np.abs(both[0] - both[1]).mean() <= 0.3


def test_real_pictures_keep_their_colours_and_recoloured_ones_those_of_the_model(pool):
    by_name = {photo["name"]: photo["photo"] for photo in pool.photos}
    for number in range(12):
        photo = by_name[f"holiday/IMG_{number:03}.png"]
        original = photograph(number)
        assert np.abs(pixels(pool, pool.by_photo[photo, ""]).astype(int) - original).max() <= 1
        if (photo, "tinted") in pool.by_photo:
            gray = images.to_gray(original)
            expected = lab.rgb_to_lab(tint("", gray))[..., 1:]
            found = lab.rgb_to_lab(pixels(pool, pool.by_photo[photo, "tinted"]))[..., 1:]
            assert np.abs(found - expected).mean() < 0.5


def test_the_model_sees_grey_and_nothing_else(tmp_path):
    seen = []

    def spy(photo, gray):
        seen.append((photo, gray.dtype, gray.ndim))
        return tint(photo, gray)

    build(tmp_path, conditions=(Condition("spy", "", spy),))
    assert set(seen) == {(name, np.dtype(np.uint8), 2) for name in files(12)}


def test_a_catch_picture_is_absurd(pool):
    (stimulus,) = (s for s in pool.stimuli if s.model == "catch")
    real = lab.rgb_to_lab(pixels(pool, pool.by_photo[stimulus.photo, ""]))[..., 1:].reshape(-1, 2)
    absurd = lab.rgb_to_lab(pixels(pool, stimulus.id))[..., 1:].reshape(-1, 2)
    hues = [np.arctan2(ab[:, 1], ab[:, 0])[np.hypot(*real.T) > 15] for ab in (real, absurd)]
    turned = np.abs(np.angle(np.exp(1j * (hues[0] - hues[1]))))
    assert np.median(turned) > 2.8
    assert np.hypot(*absurd.T).mean() > 30


def test_large_photographs_are_reduced_and_small_ones_not_enlarged(tmp_path):
    source = files(6) | {f"big{n}.png": png(photograph(50 + n, 300, 200)) for n in range(6)}
    pool = build(tmp_path, Photos.from_files(source), size=150)
    assert {pixels(pool, s.id).shape for s in pool.stimuli} == {(48, 64, 3), (150, 100, 3)}


def refused(folder, name, data):
    pool = build(folder, Photos.from_files(files(9) | {name: data}))
    assert len(pool.photos) == 9
    (entry,) = pool.refused
    assert entry["name"] == name
    return entry["reason"]


def sepia():
    gray = images.to_gray(photograph(3)).astype(float)
    return np.clip(np.stack([gray * 1.07, gray * 0.92, gray * 0.75], axis=-1), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png(images.to_gray(photograph(3))), "grey photograph"),
        (png(np.repeat(images.to_gray(photograph(3))[..., None], 3, axis=-1)), "grey photograph"),
        (png(photograph(3, chroma=1.5)), "mean chroma 1.0, under 2"),
        (png(sepia()), "toned"),
        (b"not a picture at all", ""),
        (png(photograph(3))[:500], ""),
        (b"", ""),
        (png(photograph(3, 20, 200)), "at least 32 pixels"),
        (png(photograph(2)), "same as holiday/IMG_002.png"),
    ],
    ids=["grey", "grey as RGB", "nearly grey", "sepia", "no picture", "torn", "empty", "narrow", "twice"],
)
def test_what_cannot_be_shown_is_refused_by_name_with_a_reason(tmp_path, data, reason):
    assert reason in refused(tmp_path, "zzz/odd.png", data)


def test_strong_single_colours_are_colour(tmp_path):
    flat = np.full((64, 64, 3), (200, 30, 30), np.uint8)
    pool = build(tmp_path, Photos.from_files(files(9) | {"red.png": png(flat)}))
    assert pool.refused == ()
