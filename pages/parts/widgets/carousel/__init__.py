"""The carousel component: it receives all captions at once, and fetches each picture shortly before it is shown.

The current picture, the playing and the position of the slider are kept in the browser, so that a kiosk runs for days
without messages to the Python side.
"""

from dataclasses import asdict
from pathlib import Path

import streamlit as st

from colorizer import images
from colorizer.gallery import carousel
from colorizer.gallery.collection import Gallery
from pages.parts.addresses import GALLERY_PICTURES, PREVIEW

_HERE = Path(__file__).parent

_mount_carousel = st.components.v2.component(
    "huestory_carousel",
    html=carousel.render("carousel.html"),
    css=(_HERE.parent / "theme.css").read_text(encoding="utf-8")
    + carousel.read("slider.css")
    + carousel.read("carousel.css"),
    js=carousel.script() + (_HERE / "carousel.js").read_text(encoding="utf-8"),
)


def show_carousel(gallery: Gallery, kiosk: bool = False) -> None:
    """Show the coloured photographs of a gallery.

    Args:
        kiosk: fill the whole window and play automatically.
    """
    config = gallery.config
    photographs = [
        {**asdict(photo.caption), "title": photo.title, "key": photo.key, "width": photo.width, "height": photo.height}
        for photo in gallery.photographs()
    ]
    _mount_carousel(
        key=f"gallery_carousel_{gallery.id}",
        data={
            "id": gallery.id,
            "title": config.title,
            "label": images.CAPTION,
            "kiosk": kiosk,
            "prefix": GALLERY_PICTURES,
            "query": "" if config.published else f"?{PREVIEW}={config.preview_key}",
            "photos": photographs,
        },
    )
