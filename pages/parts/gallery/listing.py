"""The organizer's galleries: their progress, and the actions for each of them."""

import streamlit as st

from colorizer import images
from colorizer.gallery.captions import CaptionsError, is_web_address
from colorizer.gallery.catalogue import delete_gallery, list_galleries, unreadable_galleries
from colorizer.gallery.collection import (
    Gallery,
    GalleryError,
)
from colorizer.gallery.export import SIDES, estimate_bytes, export_page
from colorizer.gallery.iiif import export_iiif
from colorizer.weights import has_weights, sha256, weights_path
from pages.parts.addresses import page_address, this_page
from pages.parts.background import get_tasks
from pages.parts.gallery import work as gallery_work
from pages.parts.gallery.builder import start
from pages.parts.gallery.edit import edit
from pages.parts.gallery.work import SAMPLE_GALLERY
from pages.parts.wording import escape


def show_galleries() -> None:
    """Show every gallery, the newest first and the built-in one last."""
    galleries = sorted(list_galleries(), key=lambda gallery: gallery.id == SAMPLE_GALLERY)
    running = [gallery.id for gallery in galleries if gallery_work.is_running(gallery)]
    # A fragment updates by itself, so that forms elsewhere on the page are not drawn again.
    st.fragment(show_work, run_every=1 if running else None)(running)
    if not galleries:
        st.info("There is no gallery yet. Make one below.")
    for gallery in galleries:
        with st.container(border=True):
            try:
                show_gallery(gallery)
            except (GalleryError, CaptionsError, OSError) as error:
                st.error(f"**{escape(gallery.id)}**: {escape(str(error))}", icon=":material/error:")
                offer_deletion(gallery.id, gallery.config.title)
    for name, reason in unreadable_galleries().items():
        with st.container(border=True):
            st.warning(f"**{escape(name)}** cannot be used: {escape(reason)}", icon=":material/broken_image:")
            offer_deletion(name, name)


def show_work(running: list[str]) -> None:
    """Show the galleries that are being coloured, with their progress."""
    galleries = [gallery for gallery in list_galleries() if gallery_work.is_running(gallery)]
    if {gallery.id for gallery in galleries} != set(running):
        st.rerun(scope="app")  # one has started or ended
    for gallery in galleries:
        task = gallery_work.find_task(gallery)
        words = f"Colouring **{escape(gallery.config.title)}**: {task.done} of {task.total or '…'}. You may leave."
        st.progress(task.share, words)
        st.button("Stop", icon=":material/stop_circle:", key=f"gallery_stop_{gallery.id}", on_click=task.stop)


def show_gallery(gallery: Gallery) -> None:
    """Show one gallery: title and state, links, actions and, if wanted, the editing controls."""
    config, coloured = gallery.config, gallery.photographs()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(escape(config.title), anchor=False, width="content")
        st.badge("open to visitors" if config.published else "draft", color="green" if config.published else "gray")
    if not gallery_work.is_running(gallery):
        st.markdown(f"{len(coloured)} of {len(gallery.captions())} photographs are coloured.")
        show_unfinished(gallery)
    if refused := gallery.refused():
        with st.expander(f"Left out: {len(refused)}"):
            for file, reason in refused.items():
                st.markdown(f"**{escape(file)}**: {escape(reason)}")
    if config.published:
        show_links(gallery)
    show_actions(gallery, bool(coloured))
    if st.toggle("Title, captions and order", key=f"gallery_edit_{gallery.id}"):
        edit(gallery)


def show_unfinished(gallery: Gallery) -> None:
    """Show how many photographs are not coloured yet or were coloured with older weights; offer to colour them."""
    waiting = gallery.waiting()
    task = gallery_work.find_task(gallery)
    if task is not None and task.failure:
        st.error(escape(task.failure), icon=":material/error:")
    if waiting:
        st.markdown(f"{len(waiting)} are not coloured yet; what is done is kept.")
    elif is_outdated(gallery):
        st.markdown("The model has been trained further since these were coloured.")
    if waiting or is_outdated(gallery):
        words = "Colour them" if waiting else "Colour them again"
        if st.button(words, icon=":material/play_circle:", key=f"gallery_colour_{gallery.id}"):
            start(gallery)
            st.rerun()


def is_outdated(gallery: Gallery) -> bool:
    """Return whether a photograph of the gallery was coloured with other weights than the model has now."""
    model = gallery.config.model
    if not has_weights(model):
        return False
    now = sha256(weights_path(model))
    return any(photo.provenance.weights_sha256 != now for photo in gallery.photographs())


def show_links(gallery: Gallery) -> None:
    page = this_page()
    st.markdown("For visitors:")
    st.code(page_address(page, "gallery", gallery=gallery.id), language=None, wrap_lines=True)
    st.markdown("For a screen at an exhibition, playing by itself (open it there; F11 fills the screen):")
    st.code(page_address(page, "gallery", gallery=gallery.id, kiosk="1"), language=None, wrap_lines=True)


def show_actions(gallery: Gallery, something: bool) -> None:
    """Show the buttons to publish or withdraw, view, export and delete a gallery."""
    config = gallery.config
    with st.container(horizontal=True):
        if config.published:
            if st.button("Withdraw", icon=":material/lock:", key=f"gallery_withdraw_{gallery.id}"):
                change(gallery, published=False)
        elif something and st.button("Publish", icon=":material/lock_open:", key=f"gallery_publish_{gallery.id}"):
            change(gallery, published=True)
        if something and st.button("Look at it", icon=":material/visibility:", key=f"gallery_look_{gallery.id}"):
            st.switch_page("pages/gallery.py", query_params={"gallery": gallery.id})
        if something:
            with st.popover("Export", icon=":material/download:"):
                offer_export(gallery)
                offer_iiif(gallery)
        if gallery.id != SAMPLE_GALLERY:  # it would be created again
            offer_deletion(gallery.id, config.title)


def offer_export(gallery: Gallery) -> None:
    """Offer the gallery as one HTML file, for example for a museum's own web site."""
    largest = min(SIDES[0], max(max(photo.width, photo.height) for photo in gallery.photographs()))
    side, smaller = largest, [side for side in SIDES if side < largest]
    if smaller:
        key = f"gallery_side_{gallery.id}"
        side = st.radio("Longer side of the pictures, in pixels", [largest, *smaller], horizontal=True, key=key)
    st.download_button(
        "Download the page",
        lambda: export_page(gallery, side),
        file_name=f"{gallery.id}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key=f"gallery_export_{gallery.id}",
    )
    st.caption(
        f"One HTML file of about {max(1, round(estimate_bytes(gallery, side) / 1e6))} MB with everything inside: it "
        f"asks no server for anything, and says on every picture: {images.CAPTION}."
    )


def offer_iiif(gallery: Gallery) -> None:
    """Offer the gallery as a folder for IIIF viewers, such as Mirador or the Universal Viewer."""
    words = "For an IIIF viewer: the address at which its folder will stand"
    address = st.text_input(words, placeholder="https://example.org/show", key=f"gallery_iiif_address_{gallery.id}")
    if not address.strip():
        return
    if not is_web_address(address.strip()):
        st.error("The address begins with https:// or http://.", icon=":material/error:")
        return
    st.download_button(
        "Download the folder",
        lambda: export_iiif(gallery, address),
        file_name=f"{gallery.id}-iiif.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        key=f"gallery_iiif_{gallery.id}",
    )
    st.caption("A ZIP: unpack it at that address. A viewer then opens manifest.json there; both versions are a choice.")


def change(gallery: Gallery, **changes: object) -> None:
    try:
        gallery.update(**changes)
    except (GalleryError, OSError) as error:
        st.error(escape(str(error)), icon=":material/error:")
    else:
        st.rerun()


def offer_deletion(gallery: str, title: str) -> None:
    """Offer to delete the gallery with this id, which may be damaged."""
    with st.popover("Delete", icon=":material/delete:", key=f"gallery_deletion_{gallery}"):
        st.markdown(
            f"Deletes **{escape(title)}** from this server for good: the photographs, what was made of them, and the "
            "captions."
        )
        if st.button("Delete for good", key=f"gallery_delete_{gallery}"):
            delete(gallery)


def delete(gallery: str) -> None:
    try:
        get_tasks().end(gallery_work.task_name(gallery))
        delete_gallery(gallery)
    except (GalleryError, OSError) as error:
        st.error(escape(str(error)), icon=":material/error:")
    else:
        st.rerun()
