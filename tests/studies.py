"""Small studies with simulated participants, for the tests of the pages and the report."""

from pathlib import Path

import numpy as np

from study.creating import create_study
from study.folder import Study
from study.pool.photos import Photos
from study.protocol import PRESETS, StudyProtocol
from tests.study_photos import PIPELINE, SMALL, TINT, VIVID, files

POLL = PRESETS["koalarization"]


def make_study(
    folder: Path, protocol: StudyProtocol = SMALL, conditions=(TINT, VIVID), photos: int = 12, **options
) -> Study:
    options = {"state": "open", "title": "Cats & *dogs*", **options}
    pictures = Photos.from_files(files(photos))
    return create_study(folder, pictures, conditions, PIPELINE, protocol, "0.1.0", **options)


def take_part(study: Study, participants: int = 8, response_ms: int = 9000, first: int = 0, until: int = 1000) -> None:
    """Simulate participants who mostly take real pictures for real, recoloured ones sometimes, absurd ones never."""
    rng = np.random.default_rng(first)
    for n in range(first, first + participants):
        for trial in study.enrol(f"p{n}", "phone")[:until]:
            picture = study.pool.by_id[trial.stimulus]
            chance = {"": 0.8, "catch": 0}.get(picture.model, 0.4)
            study.answer(f"p{n}", {trial.trial: bool(rng.random() < chance)}, response_ms, "0.1.0")
