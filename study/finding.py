"""Where studies are: the folder of all, the studies in it, and the id that belongs to a folder."""

import hashlib
import re
import unicodedata
from pathlib import Path

from storage.settings import data_folder
from study.config import CONFIG_FILE, MissingStudyError
from study.folder import Study
from study.votes.record import check_id


def list_studies(folder: Path) -> list[Study]:
    """The studies in the sub-folders of a folder, by name. Damaged studies and other folders are skipped."""
    studies = []
    for path in sorted(Path(folder).glob(f"*/{CONFIG_FILE}")):
        try:
            studies.append(Study(path.parent))
        except MissingStudyError:
            continue
    return studies


def unreadable_studies(folder: Path) -> dict[str, str]:
    """The studies in the sub-folders of a folder that cannot be used, name -> reason: newer ones, and damaged ones."""
    reasons = {}
    for path in sorted(Path(folder).glob(f"*/{CONFIG_FILE}")):
        try:
            Study(path.parent)
        except MissingStudyError as error:
            reasons[path.parent.name] = str(error)
    return reasons


def studies_folder() -> Path:
    """The folder of all studies: `$HUESTORY_DATA/studies`, by default `~/.huestory/studies`. Raises SettingError."""
    return data_folder() / "studies"


def find_study(study: str) -> Study:
    """The study with this id in `studies_folder()`.

    Raises:
        BadVoteError: the text is not a valid id, so it is not used in a path.
        MissingStudyError: there is no such study.
    """
    check_id("study", study)
    folder = studies_folder() / study
    if not folder.exists():  # a folder in another script has a name that is no id
        folder = next((each.folder for each in list_studies(studies_folder()) if each.config.study == study), folder)
    return Study(folder)


def choose_study(text: str) -> Study:
    """The study in the folder `text`, or with this id in `studies_folder()`. Raises as `find_study`."""
    return Study(Path(text)) if Path(text).is_dir() else find_study(text)


def study_id(folder: Path) -> str:
    """The id of a study: its folder's name, with characters replaced that an id cannot hold; at most 64 characters.

    Accents are dropped. Where letters of another script are lost, a checksum of the name stands for them, so that two
    names have two ids.
    """
    name = unicodedata.normalize("NFC", Path(folder).resolve().name)
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    found = re.sub(r"[^A-Za-z0-9._-]+", "-", plain, flags=re.ASCII).lstrip("._-")
    if any(c.isalnum() and not c.isascii() for c in plain):
        checksum = hashlib.sha256(name.encode()).hexdigest()[:8]
        return f"{found.strip('-')[:47] or 'study'}-{checksum}"
    return found[:64] or "study"
