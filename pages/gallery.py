"""The gallery page: coloured historical photographs beside their originals, as a carousel or an exhibition kiosk."""

from logging import getLogger

import streamlit as st

from colorizer.gallery.captions import CaptionsError
from colorizer.gallery.catalogue import find_gallery, list_galleries
from colorizer.gallery.collection import (
    Gallery,
    GalleryError,
    MissingGalleryError,
)
from colorizer.weights import WeightsError
from pages.parts.addresses import link_to
from pages.parts.gallery import work as gallery_work
from pages.parts.gallery.work import SAMPLE_GALLERY, sample_gallery
from pages.parts.sign_in import is_organizer
from pages.parts.widgets.carousel import show_carousel
from pages.parts.wording import escape
from storage import StorageError

UNREADABLE = (CaptionsError, GalleryError, StorageError, OSError)
AWAY = "This gallery cannot be shown at the moment. Please try again later."


def choose_gallery() -> Gallery:
    """Return the gallery named in the address, or the newest one that visitors may see."""
    named = st.query_params.get("gallery")
    if named and named != SAMPLE_GALLERY:
        try:
            gallery = find_gallery(named)
            if gallery.config.published or is_organizer():
                return gallery
            raise MissingGalleryError("it is a draft.")
        except MissingGalleryError:
            st.title("No such gallery", anchor=False)
            st.info("There is no gallery at this address. It may not be open yet, or the link may have lost a piece.")
            st.button("Show the galleries that are open", on_click=st.query_params.clear)
            st.stop()
    public = [gallery for gallery in list_galleries() if gallery.config.published and gallery.id != SAMPLE_GALLERY]
    if named == SAMPLE_GALLERY or not any(map(is_readable, public)):
        return sample_gallery()
    return next(filter(is_readable, public))


def is_readable(gallery: Gallery) -> bool:
    """Whether a gallery can be shown; one that cannot must not stand in the way of the others."""
    try:
        gallery.photographs()
    except UNREADABLE as error:
        getLogger(__name__).error(error)
        return False
    return True


def offer_others(shown: Gallery) -> None:
    """Let the visitor choose another gallery that is open to visitors."""
    try:
        sample_gallery()  # creates it if it does not exist yet
    except UNREADABLE as error:
        getLogger(__name__).error(error)
    titles = {gallery.id: gallery.config.title for gallery in list_galleries() if gallery.config.published}
    titles.setdefault(shown.id, shown.config.title)
    if len(titles) > 1:
        st.selectbox(
            "Gallery",
            list(titles),
            index=list(titles).index(shown.id),
            format_func=titles.__getitem__,
            key=f"gallery_chosen_{shown.id}",
            on_change=lambda: go_to(st.session_state[f"gallery_chosen_{shown.id}"]),
            width=420,
        )


def go_to(gallery: str) -> None:
    st.query_params["gallery"] = gallery


def colour_samples(gallery: Gallery) -> None:
    """Colour the built-in gallery when it is opened for the first time; show the progress of any gallery."""
    waiting = gallery.id == SAMPLE_GALLERY and gallery.waiting()
    task = gallery_work.find_task(gallery)
    if waiting and task is None:
        try:
            gallery_work.colour(gallery)
        except WeightsError as error:
            getLogger(__name__).error(error)
            st.error("These photographs cannot be coloured at the moment: the trained model is missing or damaged.")
            st.stop()
    if gallery_work.is_running(gallery):
        st.fragment(show_progress, run_every=1)(gallery)
    elif waiting and task.failure:
        st.error(escape(task.failure), icon=":material/error:")
        st.button("Try again", on_click=gallery_work.colour, args=(gallery,))


def show_progress(gallery: Gallery) -> None:
    """Show how much of a gallery is coloured; called again every second until it is done."""
    task = gallery_work.find_task(gallery)
    if task is None or not task.running:
        st.rerun(scope="app")
    st.progress(task.share, f"Colouring these photographs, once: {task.done} of {task.total or '…'}")


def show(gallery: Gallery, kiosk: bool) -> None:
    """Show one gallery and the links from it to other pages."""
    config = gallery.config
    st.title(escape(config.title), anchor=False)
    try:
        show_photographs(gallery, kiosk)
    except UNREADABLE as error:
        getLogger(__name__).error(error)
        st.error(AWAY, icon=":material/error:")
    if kiosk:
        return
    if not config.published:
        st.caption("This is a draft: only you, the organizer, see it.")
    offer_others(gallery)
    link_to("organizer", "For organizers: make a gallery", tab="galleries")


def show_photographs(gallery: Gallery, kiosk: bool) -> None:
    """Show what is coloured of a gallery."""
    colour_samples(gallery)
    if gallery.photographs():
        show_carousel(gallery, kiosk)
    elif not gallery_work.is_running(gallery):
        st.info("Nothing has been coloured here yet.")


try:
    show(choose_gallery(), st.query_params.get("kiosk") == "1")
except UNREADABLE as error:
    getLogger(__name__).error(error)
    st.error(AWAY, icon=":material/error:")
