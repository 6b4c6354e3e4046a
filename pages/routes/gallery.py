"""The pictures of galleries, which the carousel fetches beside Streamlit: one at a time, as they are looked at.

A key stands for the content of a picture, so that a browser may keep it; a draft's pictures are given to those who know
its preview key, and are not kept.
"""

import hmac
from logging import getLogger

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colorizer.gallery.catalogue import find_gallery
from colorizer.gallery.collection import (
    GalleryConfig,
    GalleryError,
    MissingGalleryError,
)
from pages.parts.addresses import GALLERY_PICTURES, PREVIEW
from pages.routes.posting import NO_STORE, base_path

_KEPT = "private, max-age=604800, immutable"  # a week, in this browser only: a gallery may be withdrawn


def gallery_routes(prefix: str = "") -> list[Route]:
    """The routes to give to `st.App`; `prefix` is Streamlit's `server.baseUrlPath`, if any."""
    return [Route(f"{base_path(prefix)}/{GALLERY_PICTURES}/{{gallery}}/{{key}}/{{kind}}.jpg", picture, methods=["GET"])]


def picture(request: Request) -> Response:
    """A JPEG file; 404 for all that is not there, or not for this visitor."""
    path = request.path_params
    try:
        gallery = find_gallery(path["gallery"])
        config = gallery.config
        if not config.published and not _knows_key(request, config):
            raise MissingGalleryError("this gallery is a draft.")
        data = gallery.coloured.read(path["key"], path["kind"])
    except GalleryError as error:
        getLogger(__name__).info("%s", error)
        return Response("There is no such picture.", 404, NO_STORE, "text/plain")
    headers = {"Cache-Control": _KEPT if config.published else "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(data, 200, headers, "image/jpeg")


def _knows_key(request: Request, config: GalleryConfig) -> bool:
    given = request.query_params.get(PREVIEW, "")
    return bool(config.preview_key) and hmac.compare_digest(given.encode(), config.preview_key.encode())
