"""Everything that another laboratory needs to check a study, in one folder."""

import hashlib
import json
import platform
from collections import Counter
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from storage.files import save_file, saving
from study.analysis.classifier import CLASSIFIER_FILE
from study.config import CONFIG_FILE, StudyConfig
from study.consent import about_questions
from study.export.dictionary import dictionary_csv, questions_csv
from study.export.preregistration import preregistration
from study.folder import Study
from study.questions.answers import answers_csv
from study.trail.event import Event
from study.votes.csv_file import csv_text

_HERE = Path(__file__).parent
_PACKAGES = ("numpy", "scipy", "pillow", "scikit-image", "scikit-learn", "pandas", "streamlit", "keras", "sqlalchemy")

READ_ME = """# {title}

- `votes.csv`: every answer; `dictionary.csv` says what each column holds. `excluded` names the rules by which a
  participant is left out of the main result. A panel's ids of its participants are left out: they can be personal data.
- `answers.csv`: answers to questions about the participants, if any were asked; `questions.csv` explains its codes.
- `study.json`: protocol, rules of exclusion, plan. `consent.md`: what participants agreed to.
- `trail.json`: who has opened, edited, exported and closed the study, and when.
- `pool.json`: the pictures and photographs with their SHA-256, and what coloured them.
- `preregistration.md`: what was fixed before the first answer.
- `patterns.json`: patterns that made-up participants would leave.
- `classifier.json`, if it could be computed: how well a simple classifier tells each model's pictures from real ones by
  statistics of their chroma.
- `software.json`: versions of the programs. `SHA256SUMS`: checksums of these files (`sha256sum -c SHA256SUMS`).
- `analysis.py` (pandas, statsmodels) and `analysis.R` (lme4) compute the rates without Huestory and print the same
  table. The main result, with its intervals, is printed by `python -m study report votes.csv`.
"""


def write_bundle(study: Study, folder: Path) -> int:
    """Write the bundle of a study into a folder, which is created; returns the number of votes.

    Raises:
        NotSavedError: a file could not be written.
        StudyError, StorageError: the study cannot be read.
    """
    votes, config = [replace(vote, external_id="") for vote in study.exported_votes()], study.config
    patterns = [{"kind": each.kind, "detail": each.detail, "participants": each.participants} for each in study.audit()]
    study.trail.add(Event.now("exported", what="bundle", votes=len(votes)))
    files = {
        "README.md": READ_ME.format(title=config.title),
        "votes.csv": csv_text(votes),
        "dictionary.csv": dictionary_csv(),
        CONFIG_FILE: (study.folder / CONFIG_FILE).read_text(),
        "consent.md": "\n\n---\n\n".join(_consents(study)) + "\n",
        "trail.json": json.dumps([asdict(event) for event in study.trail.read()], indent=1),
        "pool.json": (study.folder / "pool.json").read_text(),
        "preregistration.md": preregistration(config, study.pool),
        **_answers(study),
        **_classifier(study),
        "patterns.json": json.dumps(patterns, indent=1),
        "software.json": json.dumps(_software(config.app_version), indent=1),
        "analysis.py": (_HERE / "analysis_py.txt").read_text(),
        "analysis.R": (_HERE / "analysis_r.txt").read_text(),
    }
    sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in files.items())
    with saving(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**files, "SHA256SUMS": sums}.items():
        save_file(folder / name, text.encode())
    return len(votes)


def _consents(study: Study) -> list[str]:
    """The consent text of the study in all its languages, and before it those of earlier versions."""
    config = study.config
    agreed = Counter(each.consent_version for each in study.store.allocations())
    texts = [_consent(config, language) for language in config.languages]
    if not config.earlier_consents:
        return texts
    parts = []
    for earlier in config.earlier_consents:
        number = earlier["version"]
        parts.append(f"*Version {number}, until {earlier['until']}; {agreed[number]} participants have agreed to it.*")
        parts += earlier["texts"].values()
    number = config.consent_version
    return [*parts, f"*Version {number}; {agreed[number]} participants have agreed to it.*", *texts]


def _consent(config: StudyConfig, language: str) -> str:
    return "\n\n".join(filter(None, [config.consent_in(language), about_questions(config.questions, language)]))


def _answers(study: Study) -> dict[str, str]:
    questions = study.config.questions
    if not questions:
        return {}
    return {"answers.csv": answers_csv(study.answer_store.read()), "questions.csv": questions_csv(questions)}


def _classifier(study: Study) -> dict[str, str]:
    path = study.folder / CLASSIFIER_FILE
    return {CLASSIFIER_FILE: path.read_text()} if path.exists() else {}


def _software(app_version: str) -> dict[str, str]:
    found = {"huestory": app_version, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
