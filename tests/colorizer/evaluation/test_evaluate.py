import numpy as np
import pytest
from PIL import Image

from colorizer import images
from colorizer.color import lab
from colorizer.evaluation import evaluate
from colorizer.imaging.photos import list_photos, read_rgb
from colorizer.imaging.resizing import fit_and_crop
from colorizer.imaging.splits import scan, split
from colorizer.inference.prediction import Prediction
from tests.tiny import TinyColorizer


class Perfect:
    """Knows the originals: what `evaluate` says of it must be perfect but for rounding."""

    name = "perfect"

    def __init__(self, folder, size):
        originals = [fit_and_crop(read_rgb(p), size) for p in list_photos(folder)]
        self.originals = {images.to_gray(o).tobytes(): o for o in originals}

    def colorize(self, gray):
        return self.originals[gray.tobytes()]


def test_rows_of_a_perfect_model_and_of_grey(photo_folder):
    paths = evaluate.choose_photos(photo_folder, limit=5)
    rows = evaluate.summarize(list(evaluate.measure(paths, [Perfect(photo_folder, 64)], 64)), photo_folder)
    gray, perfect = rows
    assert list(gray) == list(evaluate.COLUMNS)
    assert (gray["model"], perfect["model"]) == ("grayscale", "perfect")
    assert perfect["images"] == 5 and perfect["ssim"] == pytest.approx(1) and perfect["delta_e"] == 0
    assert perfect["delta_colorfulness"] == perfect["patchiness"] == perfect["gray_share"] == 0
    assert gray["delta_colorfulness"] == pytest.approx(perfect["colorfulness"])
    assert gray["patchiness"] < 0 and np.isnan(gray["bleeding"])


def test_grey_is_measured_once_when_it_is_among_the_models(photo_folder):
    paths = list_photos(photo_folder)[:2]
    measurements = list(evaluate.measure(paths, [TinyColorizer("grayscale"), TinyColorizer()], 32))
    assert [m.model for m in measurements] == ["grayscale", "resnet50_unet"] * 2


def test_photographs_without_colour_are_skipped_and_counted(photo_folder):
    Image.fromarray(np.full((64, 64), 90, np.uint8)).save(photo_folder / "grey.png")
    (photo_folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    rows = evaluate.summarize(list(evaluate.measure(list_photos(photo_folder), [], 64)), photo_folder)
    assert [(r["model"], r["images"], r["skipped"]) for r in rows] == [("grayscale", 30, 2)]


def test_sub_folders_get_rows_of_their_own(photo_folder):
    for name in ("cups", "cats"):
        (photo_folder / name).mkdir()
    for i in range(3):
        (photo_folder / f"coffee_{i}.png").rename(photo_folder / "cups" / f"{i}.png")
        (photo_folder / f"chelsea_{i}.png").rename(photo_folder / "cats" / f"{i}.png")
    paths = [p for p in list_photos(photo_folder) if p.parent != photo_folder]
    rows = evaluate.summarize(list(evaluate.measure(paths, [], 32)), photo_folder)
    assert [(r["folder"], r["images"]) for r in rows] == [("", 6), ("cats", 3), ("cups", 3)]


def test_val_is_without_what_shows_the_same_as_test_as_in_a_training(photo_folder):
    splits, told = split(list_photos(photo_folder)), []
    rgb = read_rgb(splits.test[0])
    Image.fromarray(rgb[:, ::-1]).save(splits.val[0])
    chosen = evaluate.choose_photos(photo_folder, "val", report=told.append)
    assert splits.val[0] not in chosen and tuple(chosen) == scan(splits).val
    assert told == [f"Left out of val: {len(splits.val) - len(chosen)} near duplicates of test"]


def test_choose_photos_takes_splits_and_evenly_spaced_names(photo_folder):
    everything = list_photos(photo_folder)
    assert evaluate.choose_photos(photo_folder, limit=3) == [everything[0], everything[10], everything[20]]
    assert tuple(evaluate.choose_photos(photo_folder, "test")) == split(everything).test


def test_infinite_psnr_does_not_spoil_the_mean():
    assert evaluate._mean([20.0, float("inf"), float("nan"), 30.0]) == 25


def test_columns_of_the_contract_are_there_and_originals_stand_beside(photo_folder):
    named = (
        "model images skipped psnr ssim delta_e colorfulness delta_colorfulness patchiness bleeding ab_accuracy "
        "gray_share tint lightness_bound chroma_detail seconds_per_image"
    ).split()
    assert [column for column in evaluate.COLUMNS if column in named] == named
    paths = evaluate.choose_photos(photo_folder, limit=2)
    gray, perfect = evaluate.summarize(list(evaluate.measure(paths, [Perfect(photo_folder, 64)], 64)), photo_folder)
    for column in ("tint", "lightness_bound", "chroma_detail", "chroma"):
        assert perfect[column] == perfect[f"{column}_original"] == gray[f"{column}_original"]
    assert gray["chroma_detail"] < 0.01 < perfect["chroma_detail"]


def test_bleeding_counts_every_edge_alike_and_says_how_many(photo_folder):
    def measured(*gradients):
        return evaluate.Measurement(
            "m", photo_folder / "a.png", {"colorfulness": 1.0, "colorfulness_original": 1.0}, edges(gradients)
        )

    def edges(gradients):
        return np.array(gradients, float).reshape(-1, 2)

    crisp, blurred, gray = measured(*[(0.8, 0.8)] * 3), measured((0.8, 0.0)), measured()
    [row] = evaluate.summarize([crisp, blurred, gray], photo_folder)
    assert row["bleeding"] == pytest.approx(1 / 4) and row["bleeding_edges"] == 4  # a mean of ratios would say 1/2
    [row] = evaluate.summarize([gray], photo_folder)
    assert np.isnan(row["bleeding"]) and row["bleeding_edges"] == 0


def test_aged_copies_are_what_the_model_sees_and_clean_ones_what_is_coloured(photo_folder):
    paths, seen, rendered = evaluate.choose_photos(photo_folder, limit=2), [], []

    class Watched(Perfect):
        def predict(self, gray):
            seen.append(gray)
            return Prediction(np.zeros((16, 16, 2), np.float16), lightness=np.zeros((64, 64), np.float16))

        def render(self, gray, prediction):
            clean = lab.rgb_to_lightness(gray)
            assert np.abs(prediction.lightness - clean).max() < 0.1, "colours follow the clean copy, not the aged one"
            rendered.append(gray)
            return self.colorize(gray)

    rows = evaluate.summarize(
        list(evaluate.measure(paths, [Watched(photo_folder, 64)], 64, degraded=True)), photo_folder
    )
    assert rows[1]["delta_e"] == 0 and len(seen) == 2
    for old, clean in zip(seen, rendered, strict=True):
        assert old.shape == clean.shape and np.abs(old.astype(int) - clean).mean() > 1


def test_consistency_of_a_model_that_sees_only_lightness_is_perfect(photo_folder):
    colorizer = TinyColorizer()
    colorizer.predict = lambda image: Prediction(np.full((4, 4, 2), 20, np.float16))
    [row] = evaluate.consistency(evaluate.choose_photos(photo_folder, limit=2), colorizer, [64, 96])
    assert row["sizes"] == "64 and 96"
    assert row["photo"] < 1 and row["working"] == 0


def test_consistency_sees_colours_that_depend_on_size(photo_folder):
    class Fickle(TinyColorizer):
        def predict(self, image):
            return Prediction(np.full((4, 4, 2), len(image) - self.working_size, np.float16))

    [row] = evaluate.consistency(evaluate.choose_photos(photo_folder, limit=1), Fickle(), [192, 224])
    assert row["photo"] > 10 and row["working"] > 10
