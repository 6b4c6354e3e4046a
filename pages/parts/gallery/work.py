"""Colouring of galleries in the background, and the built-in gallery."""

from contextlib import suppress
from logging import getLogger

from colorizer import DEFAULT_MODEL
from colorizer.gallery import captions, samples
from colorizer.gallery.catalogue import create_gallery, find_gallery, galleries_folder, set_aside
from colorizer.gallery.collection import (
    ColouringStoppedError,
    Gallery,
    GalleryError,
    MissingGalleryError,
    NewerGalleryError,
)
from colorizer.inference.colorizer import Colorizer
from pages.parts.background import Task, get_tasks
from pages.parts.network import get_model, turn_of
from storage.files import locked

SAMPLE_GALLERY = "america-1935-1943"
_EARLIER_SAMPLE_GALLERY = "grey-photographs"


def colour(gallery: Gallery) -> Task:
    """Start colouring the photographs that are not coloured yet; if that is running already, return that task.

    Raises:
        WeightsError: the model cannot be loaded.
    """
    # Loaded here and not in the thread, because a thread cannot show a message on the page while it loads.
    colorizer = get_model(gallery.config.model)
    expected = (GalleryError, captions.CaptionsError, OSError)
    return get_tasks().start(task_name(gallery.id), lambda task: work(task, gallery, colorizer), expected)


def work(task: Task, gallery: Gallery, colorizer: Colorizer) -> None:
    """Colour a gallery; each photograph waits for its turn at the network that all visitors share."""
    gallery.colour(colorizer, task.progress, task.stopped, lambda: turn_of(task, ColouringStoppedError))


def find_task(gallery: Gallery) -> Task | None:
    return get_tasks().find(task_name(gallery.id))


def is_running(gallery: Gallery) -> bool:
    return get_tasks().is_running(task_name(gallery.id))


def task_name(gallery: str) -> str:
    return f"gallery {gallery}"


def sample_gallery() -> Gallery:
    """Return the built-in gallery of historical photographs; the first call creates it.

    A damaged one is kept under another name, for the organizer to look at or delete, and made again.

    Raises:
        NewerGalleryError: a later version has written it.
        OSError: a file could not be written.
        StorageError: another process held the lock for too long.
    """
    if found := _find_sample():
        return found
    galleries_folder().mkdir(parents=True, exist_ok=True)
    with locked(galleries_folder() / f".{SAMPLE_GALLERY}"):
        if found := _find_sample():
            return found
        if (galleries_folder() / SAMPLE_GALLERY).exists():
            getLogger(__name__).error("The built-in gallery is damaged: it is now %s.", set_aside(SAMPLE_GALLERY))
        by_file = {sample.file: sample for sample in samples.list_historical()}
        gallery, _ = create_gallery(
            "America, 1935 to 1943",
            DEFAULT_MODEL,
            list(by_file),
            lambda file: samples.read_sample(by_file[file].name),
            captions.write_captions({file: sample.caption for file, sample in by_file.items()}),
            id=SAMPLE_GALLERY,
            published=True,
        )
        with suppress(MissingGalleryError):  # it was the built-in one before: coins and blurs
            find_gallery(_EARLIER_SAMPLE_GALLERY).update(published=False)
        return gallery


def _find_sample() -> Gallery | None:
    try:
        return find_gallery(SAMPLE_GALLERY)
    except NewerGalleryError:
        raise
    except MissingGalleryError:
        return None
