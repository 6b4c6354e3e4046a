"""The history of one person: an overview of small pictures, and a view of one image with its actions."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from accounts.folders import NotDeletedError
from accounts.history import MissingImageError
from accounts.images import REFERENCE, Image, version
from accounts.service import open_accounts
from colorizer import DEFAULT_MODEL, images, list_models, model_info
from colorizer.inference.hints import sidecar
from colorizer.inference.moods.mood import MOODS
from colorizer.weights import has_weights
from pages.parts.addresses import link_to
from pages.parts.colorize import memory
from pages.parts.colorize.reference import Lender
from pages.parts.paging import choose_page
from pages.parts.pictures import Picture, to_data_url
from pages.parts.widgets.slider import slider
from pages.parts.wording import escape

ON_A_PAGE = 24


def show_history(owner: str) -> None:
    """Show every image that this person has kept."""
    kept = open_accounts().history.list(owner)
    if not kept:
        st.info("There is nothing here yet. What you colour while you are signed in is kept here.")
        link_to("colorize", "Colour a photograph")
        return
    with st.container(horizontal=True, gap="medium"):
        for image in choose_page(kept, ON_A_PAGE, "Photographs", f"photos_page_{len(kept)}"):
            with st.container(width=160, gap="small"):
                _show_thumbnail(owner, image)
                key = f"photos_open_{image.id}"
                st.button(escape(image.title), key=key, on_click=_open, args=(image.id,), width="stretch")
                st.caption(f"{_day(image)}, {_look(image)}")
    with st.popover("Delete all", icon=":material/delete:"):
        st.markdown(f"Deletes all {len(kept)} from this server, at once and for good. The account stays.")
        st.button("Delete all my photos", on_click=_delete_all, args=(owner,))


def show_image(owner: str, image_id: str) -> None:
    """Show one image: before and after, how it was made, download, colour again, delete."""
    st.button("All my photos", icon=":material/arrow_back:", on_click=st.query_params.clear)
    try:
        image = open_accounts().history.find(owner, image_id)
    except MissingImageError as error:
        st.info(escape(str(error)))
        return
    picture, panel = st.columns([3, 1], gap="large")
    with picture:
        _compare(owner, image)
    with panel:
        st.header(escape(image.title), anchor=False)
        st.markdown(_how(image))
        st.caption(f"{_day(image)}. Full size: {image.width} × {image.height} pixels.")
        _offer_files(owner, image)
        if st.button(
            "Colour it again", icon=":material/palette:", width="stretch", help="With other settings or models"
        ):
            _color_again(owner, image)
        with st.popover("Delete", icon=":material/delete:", width="stretch"):
            st.markdown("Deletes both pictures from this server, at once and for good.")
            st.button("Delete this photograph", on_click=_delete, args=(owner, image.id))


def report() -> None:
    """Show once what the last action did."""
    notice = st.session_state.pop("photos_notice", "")
    if notice:
        st.success(notice)


def _show_thumbnail(owner: str, image: Image) -> None:
    try:
        thumbnail = open_accounts().history.read(owner, image.id, "thumbnail")
    except MissingImageError as error:
        st.caption(escape(str(error)))
        return
    st.image(to_data_url(thumbnail), alt=f"{image.title} coloured by Huestory", width="stretch")


def _compare(owner: str, image: Image) -> None:
    history = open_accounts().history
    try:
        before, after = (images.read(history.read(owner, image.id, part)).pixels for part in ("before", "after"))
    except MissingImageError as error:
        st.warning(escape(str(error)))
        return
    slider(
        Picture(before, "Before", f"{image.title} in grey"),
        Picture(after, "After", f"{image.title} coloured by Huestory"),
        key="photos_comparison",
    )
    st.caption("The colours are guesses: likely ones, not a record of what was there.")


def _offer_files(owner: str, image: Image) -> None:
    """Offer both files at full size; each is read only when its button is pressed."""
    history = open_accounts().history
    st.download_button(
        "**Download this photograph**",
        lambda: history.read(owner, image.id, "result"),
        file_name=images.output_name(image.title, image.format, set()),
        mime=f"image/{image.format}",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    st.download_button(
        "Download the original",
        lambda: history.read(owner, image.id, "original"),
        file_name=image.title,
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    if "edits" in image.settings:
        st.download_button(
            "Download the hints",
            sidecar.write_edits(_edits(image)),
            file_name=sidecar.sidecar_path(Path(image.title)).name,
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )


def _edits(image: Image) -> sidecar.Edits:
    return sidecar.read_edits(json.dumps(image.settings["edits"]).encode())


def _color_again(owner: str, image: Image) -> None:
    """Open the original on the colour page, with the settings with which it was coloured."""
    history, name = open_accounts().history, image.settings.get("like_name")
    try:
        original = history.read(owner, image.id, "original")
        lender = name and Lender(name, history.read(owner, image.id, REFERENCE))
    except MissingImageError as error:
        st.warning(escape(str(error)))
        return
    usable = image.model in list_models() and has_weights(image.model)
    memory.remember()
    settings = image.settings | {"lender": lender, "model": image.model if usable else DEFAULT_MODEL}
    key = f"history:{image.id}"
    photograph = memory.add_first(key, image.title, original, settings)
    st.session_state.colorize_versions[key] = {version(original, image.model, image.settings)}
    photograph.version = image.settings.get("version", 0)
    if "edits" in image.settings:
        photograph.edits.change(_edits(image).hints)
    st.switch_page("pages/colorize.py")


def _how(image: Image) -> str:
    """Return the model and the settings in the words of the colour page."""
    model = model_info(image.model).title if image.model in list_models() else image.model
    return f"{escape(model)}, {_look(image)}"


def _look(image: Image) -> str:
    """Return the settings by which versions of the same photograph differ."""
    settings = image.settings
    words = [f"strength {settings['saturation']:.0%}", str(settings["boldness"]).lower()]
    if settings.get("version"):
        words.append(f"version {settings['version'] + 1}")
    if settings.get("turn") or settings.get("straighten"):
        words.append("turned")
    if any(settings.get(f"cut_{side}") for side in ("left", "top", "right", "bottom")):
        words.append("cropped")
    if settings.get("negative"):
        words.append("from a negative")
    if settings.get("warmth"):
        words.append(f"warmth {settings['warmth']:+.0%}")
    if settings.get("mood"):
        words.append(MOODS.get(settings["mood"], settings["mood"]))
    if "like" in settings:
        words.append("like another picture")
    if hints := len(settings.get("edits", {}).get("hints", ())):
        words.append("1 hint" if hints == 1 else f"{hints} hints")
    return escape(", ".join(words))


def _day(image: Image) -> str:
    """Return the date on which the image was made, in the visitor's time zone (UTC if that is unknown)."""
    try:
        zone = ZoneInfo(str(st.context.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    made = datetime.fromtimestamp(image.created_at, zone)
    return f"{made.day} {made:%B %Y}"


def _open(image_id: str) -> None:
    st.query_params["photo"] = image_id


def _delete(owner: str, image_id: str) -> None:
    _deleting(lambda: open_accounts().history.delete(owner, image_id), "The photograph is deleted.")


def _delete_all(owner: str) -> None:
    _deleting(lambda: open_accounts().history.delete_all(owner), "All your photos are deleted.")


def _deleting(delete, notice: str) -> None:
    st.query_params.clear()
    try:
        delete()
    except NotDeletedError as error:
        notice = escape(str(error))
    st.session_state["photos_notice"] = notice
