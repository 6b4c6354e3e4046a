"""Build a pool of stimuli from photographs (see `stimuli`).

Every photograph gives one real picture and one recoloured picture per condition, by the same steps (see `pictures`).
"""

import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.files import BusyError, locked, save_file
from study import StudyError
from study.pool.conditions import Condition, ConditionError
from study.pool.padding import PAD_OVERHEAD, encode_png, pad_png, reencode
from study.pool.photos import PhotoError, Photos
from study.pool.pictures import absurd_version, make_versions
from study.pool.pipeline import Pipeline
from study.pool.stimuli import Pool, Stimulus, load_pool
from study.protocol import StudyProtocol, TooFewPhotosError
from study.votes.record import CATCH_MODEL

DEFAULT_SIZE = 512
"""Longer side of a picture, in pixels: small enough for a phone screen with buttons and for fast loading as PNG."""

PAD_STEP = 1024
"""The pictures' length in bytes is a multiple of this."""

_FILE_TIME = 1_577_836_800  # 2020-01-01, in seconds: the modification time of every picture
_BUILDING = ".building"


class DuplicatePhotoError(PhotoError):
    """The same photograph was given twice, so one participant could see two versions of it."""


class PoolExistsError(StudyError):
    """The folder holds another pool."""


class BuildCancelledError(StudyError):
    """The build was stopped on request. Finished photographs are kept, and the next build continues from there."""


def build_pool(
    folder: Path,
    photos: Photos,
    conditions: Sequence[Condition],
    pipeline: Pipeline,
    protocol: StudyProtocol,
    app_version: str,
    size: int = DEFAULT_SIZE,
    progress: Callable[[int, int, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Pool:
    """Build the pool of a study in `folder`, or continue an interrupted build.

    Photographs that cannot be used are left out and listed with the reason in `Pool.refused`. A photograph is in the
    pool either with all its versions or not at all, so that all conditions are judged on the same photographs.

    Args:
        protocol: gives the numbers of photographs that are used only for practice and only for catch trials.
        size: longer side of the pictures; smaller photographs are not enlarged.
        progress: called with the number of photographs done, their total number, and the name of the last one.
        cancel: called before each photograph; True stops the build.

    Raises:
        ConditionError: there is no condition, or two have the same name.
        PoolExistsError: the folder holds a finished or unfinished pool of other photographs, conditions or size.
        BusyError: another process is building in this folder.
        BuildCancelledError: `cancel` returned True.
        TooFewPhotosError: too few photographs could be used.
        NotSavedError: a file could not be written.
    """
    _check_conditions(conditions)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _only_builder(folder):
        if (folder / "pool.json").exists():
            return _same_pool(load_pool(folder), photos, conditions, size)
        workshop = _Workshop(folder / _BUILDING, conditions, size)
        made, refused = [], []
        for done, name in enumerate(photos.names, start=1):
            if cancel is not None and cancel():
                raise BuildCancelledError(
                    f"{done - 1} of {len(photos.names)} photographs are done. Build again to go on."
                )
            try:
                made.append(workshop.make(name, photos.read(name), made, pipeline))
            except (ValueError, OSError) as error:
                refused.append({"name": name, "reason": str(error)})
            if progress is not None:
                progress(done, len(photos.names), name)
        return _finish(folder, workshop, made, refused, pipeline, protocol, app_version)


@dataclass(frozen=True)
class _Made:
    """One finished photograph, whose pictures are in the folder of the unfinished pool."""

    name: str
    sha256: str
    pixels: str
    versions: dict[str, str]


class _Workshop:
    """The unfinished pool: pictures without padding under their final names, and a record of each photograph done."""

    def __init__(self, folder: Path, conditions: Sequence[Condition], size: int):
        self.folder, self._conditions, self._size = folder, conditions, size
        folder.mkdir(exist_ok=True)
        settings = {"size": size, "conditions": _listing(conditions)}
        path = folder / "settings.json"
        if not path.exists():
            save_file(path, json.dumps({**settings, "secret": secrets.token_hex(16)}).encode())
        kept = json.loads(path.read_text())
        self._secret = bytes.fromhex(kept.pop("secret"))
        if kept != settings:
            raise PoolExistsError(
                f"a build is resumed with the settings it began with. {folder.parent} began with {kept}, now received "
                f"{settings}. Choose another folder, or delete {folder} to begin anew."
            )

    def make(self, name: str, data: bytes, others: Iterable[_Made], pipeline: Pipeline) -> _Made:
        """Make the pictures of one photograph, or use those that an earlier run made. Raises DuplicatePhotoError."""
        digest = hashlib.sha256(data).hexdigest()
        done = self.folder / f"{self.opaque('done', name, digest)}.json"
        if done.exists():
            made = _Made(**json.loads(done.read_text()))
        else:
            pictures, pixels = make_versions(name, data, self._conditions, pipeline, self._size)
            made = _Made(name, digest, pixels, {model: self.opaque("s", name, digest, model) for model in pictures})
            for model, rgb in pictures.items():
                save_file(self.folder / f"{made.versions[model]}.png", encode_png(rgb))
            save_file(done, json.dumps(asdict(made)).encode())
        for other in others:
            if other.pixels == made.pixels:
                raise DuplicatePhotoError(f"a photograph may be in a study once. It is the same as {other.name}.")
        return made

    def opaque(self, kind: str, *parts: str) -> str:
        """An id that reveals nothing: a hash with a secret key, which is deleted when the pool is finished."""
        return (
            kind[0]
            + hmac.new(
                self._secret, "\0".join((kind, *parts)).encode(errors="surrogateescape"), hashlib.sha256
            ).hexdigest()[:16]
        )


def _finish(
    folder: Path,
    workshop: _Workshop,
    made: Sequence[_Made],
    refused: Sequence[dict],
    pipeline: Pipeline,
    protocol: StudyProtocol,
    app_version: str,
) -> Pool:
    ids = [workshop.opaque("f", each.name, each.sha256) for each in made]
    roles = _roles(ids, protocol, refused)
    pictures = []
    for each, photo in zip(made, ids, strict=True):
        for model, stimulus in _wanted(workshop, each, roles[photo], pipeline).items():
            pictures.append((stimulus, photo, model, roles[photo]))
    digests = _write_pictures(folder / "pictures", workshop.folder, sorted(picture[0] for picture in pictures))
    stimuli = sorted((Stimulus(*picture, digests[picture[0]]) for picture in pictures), key=lambda s: s.id)
    photos = [
        {"photo": photo, "name": each.name, "sha256": each.sha256, "role": roles[photo]}
        for each, photo in zip(made, ids, strict=True)
    ]
    settings = json.loads((workshop.folder / "settings.json").read_text())
    pool = Pool(
        folder=folder,
        app_version=app_version,
        size=settings["size"],
        conditions=tuple(settings["conditions"]),
        photos=tuple(sorted(photos, key=lambda photo: photo["photo"])),
        stimuli=tuple(stimuli),
        refused=tuple(refused),
    )
    manifest = {name: value for name, value in asdict(pool).items() if name != "folder"}
    save_file(folder / "pool.json", json.dumps(manifest, indent=1).encode())
    shutil.rmtree(workshop.folder, ignore_errors=True)
    return pool


def _roles(photos: Sequence[str], protocol: StudyProtocol, refused: Sequence[dict]) -> dict[str, str]:
    try:
        protocol = protocol.fit(len(photos))
    except TooFewPhotosError as error:
        error.refused = tuple(refused)
        raise
    roles = ["practice"] * protocol.practice + ["catch"] * protocol.catch
    roles += ["test"] * (len(photos) - len(roles))
    return dict(zip(sorted(photos), roles, strict=True))  # the ids are random, so their sorted order is random too


def _wanted(workshop: _Workshop, made: _Made, role: str, pipeline: Pipeline) -> dict[str, str]:
    """model -> id of the pictures that a photograph's role needs. The picture of a catch trial is made here."""
    if role != "catch":
        return made.versions
    stimulus = workshop.opaque("s", made.name, made.sha256, CATCH_MODEL)
    real = (workshop.folder / f"{made.versions['']}.png").read_bytes()
    save_file(workshop.folder / f"{stimulus}.png", encode_png(absurd_version(real, pipeline)))
    return {"": made.versions[""], CATCH_MODEL: stimulus}


def _write_pictures(folder: Path, workshop: Path, stimuli: Sequence[str]) -> dict[str, str]:
    """Write all pictures with the same length in bytes and the same modification time; returns id -> SHA-256."""
    longest = max(len(reencode((workshop / f"{stimulus}.png").read_bytes())) for stimulus in stimuli)
    length = -(-(longest + PAD_OVERHEAD) // PAD_STEP) * PAD_STEP
    shutil.rmtree(folder, ignore_errors=True)  # left by a killed process
    folder.mkdir()
    digests = {}
    for stimulus in stimuli:
        data = pad_png((workshop / f"{stimulus}.png").read_bytes(), length, stimulus)
        save_file(folder / f"{stimulus}.png", data)
        os.utime(folder / f"{stimulus}.png", (_FILE_TIME, _FILE_TIME))
        digests[stimulus] = hashlib.sha256(data).hexdigest()
    return digests


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / _BUILDING, timeout=0.1))
        except BusyError as error:
            raise BusyError(f"one build at a time may run in {folder}. Another is at work there.") from error
        yield


def _same_pool(pool: Pool, photos: Photos, conditions: Sequence[Condition], size: int) -> Pool:
    names = tuple(sorted([each["name"] for each in pool.photos] + [each["name"] for each in pool.refused]))
    if (names, list(pool.conditions), pool.size) != (photos.names, _listing(conditions), size):
        raise PoolExistsError(
            f"a finished pool is not changed: votes may hang on it. {pool.folder} holds one of other photographs, "
            "models or size. Choose another folder."
        )
    return pool


def _check_conditions(conditions: Sequence[Condition]) -> None:
    names = [condition.name for condition in conditions]
    if not names or len(set(names)) < len(names):
        raise ConditionError(f"a study needs at least one condition, each with a name of its own. Received {names}.")


def _listing(conditions: Sequence[Condition]) -> list[dict]:
    return [{"name": condition.name, "source": condition.source} for condition in conditions]
