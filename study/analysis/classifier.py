"""How well a simple classifier tells real from recoloured pictures by the statistics of their chroma alone.

The chroma of a picture is what participants judge, so it cannot be hidden. This number says how much a computer reads
off it without understanding the picture: beside it, that of the participants can be judged. It needs scikit-learn,
which is not among the required packages.
"""

import io
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from storage.files import save_file
from study import StudyError
from study.pool.stimuli import Pool

CLASSIFIER_FILE = "classifier.json"
FOLDS = 5
LEAST_PHOTOS, MOST_PHOTOS = 10, 200
"""Fewest photographs for which the classifier is trained (two for each fold), and the most that are looked at."""


class NoClassifierError(StudyError):
    """scikit-learn is not installed, or the pool has too few photographs."""


@dataclass(frozen=True)
class Telling:
    """How often the classifier was right about photographs that it was not trained on, 0 to 1."""

    single: float
    """share of right answers about single pictures; half of them are real, so guessing gives 0.5"""
    pairs: float
    """share of pairs in which the original is held for more real than its recoloured version"""
    photos: int


def classify(pool: Pool, rgb_to_lab: Callable[[np.ndarray], np.ndarray]) -> dict[str, Telling]:
    """Train and test the classifier on the test pictures of a pool, for each model apart.

    Logistic regression on `chroma_statistics`; the folds keep both versions of a photograph together, so that the
    classifier is never asked about a photograph that it has seen.

    Args:
        rgb_to_lab: see `pipeline.Pipeline`.

    Raises:
        NoClassifierError: see the class.
    """
    estimator = _estimator()
    photos = pool.photos_for("test")[:MOST_PHOTOS]
    if len(photos) < LEAST_PHOTOS:
        raise NoClassifierError(
            f"a classifier needs at least {LEAST_PHOTOS} test photographs. There are {len(photos)}."
        )
    known = {
        (photo, model): chroma_statistics(rgb_to_lab(_pixels(pool, photo, model)))
        for photo in photos
        for model in ("", *pool.models)
    }
    folds = fold_of(photos)
    found = {}
    for model in pool.models:
        real, recolored = (np.stack([known[photo, kind] for photo in photos]) for kind in ("", model))
        found[model] = _cross_validate(estimator, real, recolored, folds)
    return found


def chroma_statistics(lab: np.ndarray) -> np.ndarray:
    """Twelve numbers about the chroma of a picture in Lab `(H, W, 3)`; where things are in it does not matter."""
    lightness, ab = lab[..., 0], lab[..., 1:]
    chroma = np.hypot(ab[..., 0], ab[..., 1])
    flat = ab.reshape(-1, 2)
    energy = max(float((flat**2).sum(axis=1).mean()), 1e-6)
    tint = float((flat.mean(axis=0) ** 2).sum()) / energy
    fine = float(np.abs(np.diff(ab, axis=1)).mean()) / max(float(np.abs(np.diff(lightness, axis=1)).mean()), 1e-6)
    together = float(np.corrcoef(lightness.ravel(), chroma.ravel())[0, 1]) if lightness.std() * chroma.std() else 0.0
    percentiles = np.percentile(chroma, [10, 50, 90, 99])
    return np.array([*flat.mean(axis=0), *flat.std(axis=0), chroma.mean(), tint, fine, together, *percentiles])


def fold_of(photos: list[str]) -> np.ndarray:
    """The fold of each photograph, 0 to `FOLDS` - 1: the same for the same ids, and folds of nearly one size."""
    order = np.argsort([zlib.crc32(photo.encode()) for photo in photos], kind="stable")
    folds = np.empty(len(photos), int)
    folds[order] = np.arange(len(photos)) % FOLDS
    return folds


def save_classifier(folder: Path, found: Mapping[str, Telling]) -> None:
    """Write the result into the folder of the study. Raises NotSavedError."""
    save_file(folder / CLASSIFIER_FILE, json.dumps({model: asdict(each) for model, each in found.items()}).encode())


def read_classifier(folder: Path) -> dict[str, Telling]:
    """The result in the folder of a study; empty if there is none or it cannot be read."""
    try:
        values = json.loads((folder / CLASSIFIER_FILE).read_text())
        return {model: Telling(**each) for model, each in values.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _pixels(pool: Pool, photo: str, model: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(pool.picture(pool.by_photo[photo, model]))))


def _estimator() -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ModuleNotFoundError as error:
        raise NoClassifierError(
            "the classifier needs scikit-learn, which is not installed: pip install scikit-learn==1.9.1"
        ) from error
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _cross_validate(estimator: Any, real: np.ndarray, recolored: np.ndarray, folds: np.ndarray) -> Telling:
    """`real` and `recolored`: `(photos, statistics)`, rows of one photograph at the same place."""
    scores = np.empty((2, len(folds)))
    for fold in range(FOLDS):
        trained, tested = folds != fold, folds == fold
        estimator.fit(np.concatenate([real[trained], recolored[trained]]), np.repeat([1, 0], trained.sum()))
        scores[0, tested] = estimator.decision_function(real[tested])
        scores[1, tested] = estimator.decision_function(recolored[tested])
    single = (_share_above(scores[0], 0) + _share_above(-scores[1], 0)) / 2
    return Telling(single, _share_above(scores[0], scores[1]), len(folds))


def _share_above(scores: np.ndarray, others: np.ndarray | float) -> float:
    """The share of scores above the others; equal ones count half, as if decided by lot."""
    return float((scores > others).mean() + (scores == others).mean() / 2)
