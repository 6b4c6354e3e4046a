"""Galleries being coloured in the background, and the one that is there from the start."""

from contextlib import suppress

from colorizer import DEFAULT_MODEL
from colorizer.gallery import captions, samples
from colorizer.gallery.captions import Caption
from colorizer.gallery.catalogue import create_gallery, find_gallery, galleries_folder
from colorizer.gallery.collection import (
    ColouringStoppedError,
    Gallery,
    GalleryError,
    MissingGalleryError,
)
from colorizer.inference.colorizer import Colorizer
from pages.parts.background import Task, get_tasks
from pages.parts.network import get_model, turn_of
from storage.files import locked

SAMPLE_GALLERY = "grey-photographs"


def colour(gallery: Gallery) -> Task:
    """Begin to colour what is not coloured yet, or find that it is under way.

    Raises:
        WeightsError: the model cannot be had.
    """
    # Here and not in the thread, which has no page to say that it takes a while.
    colorizer = get_model(gallery.config.model)
    expected = (GalleryError, captions.CaptionsError, OSError)
    return get_tasks().start(task_name(gallery), lambda task: work(task, gallery, colorizer), expected)


def work(task: Task, gallery: Gallery, colorizer: Colorizer) -> None:
    """Colour a gallery, each photograph in its turn at the network that all visitors share."""
    gallery.colour(colorizer, task.progress, task.stopped, lambda: turn_of(task, ColouringStoppedError))


def find_task(gallery: Gallery) -> Task | None:
    return get_tasks().find(task_name(gallery))


def is_running(gallery: Gallery) -> bool:
    return get_tasks().is_running(task_name(gallery))


def task_name(gallery: Gallery) -> str:
    return f"gallery {gallery.id}"


def sample_gallery() -> Gallery:
    """The grey photographs that come with scikit-image, put together by the first who asks.

    Raises:
        OSError, StorageError: the disk refused, or another process took too long.
    """
    with suppress(MissingGalleryError):
        return find_gallery(SAMPLE_GALLERY)
    galleries_folder().mkdir(parents=True, exist_ok=True)
    with locked(galleries_folder() / f".{SAMPLE_GALLERY}"):
        with suppress(MissingGalleryError):
            return find_gallery(SAMPLE_GALLERY)
        rows = {
            f"{sample.name}.png": Caption(
                title=sample.title, credit=sample.credit, licence=sample.licence, url=sample.url, text=sample.text
            )
            for sample in samples.list_gray()
        }
        gallery, _ = create_gallery(
            "Grey photographs",
            DEFAULT_MODEL,
            list(rows),
            lambda name: samples.read_sample(name.removesuffix(".png")),
            captions.write_captions(rows),
            id=SAMPLE_GALLERY,
            published=True,
        )
        return gallery
