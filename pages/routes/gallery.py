"""The route for pictures of galleries: the carousel fetches them one at a time, without Streamlit.

A picture's key depends on its content, so that browsers may cache it. Pictures of a draft are sent only with its
preview key, and are not cached.
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

_KEPT = "private, max-age=604800, immutable"  # a week, in no shared cache: a gallery may be withdrawn


def gallery_routes(prefix: str = "") -> list[Route]:
    """Return the routes for `st.App`; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    return [Route(f"{base_path(prefix)}/{GALLERY_PICTURES}/{{gallery}}/{{key}}/{{kind}}.jpg", picture, methods=["GET"])]


def picture(request: Request) -> Response:
    """Reply with a JPEG file, or with 404 if it does not exist or this visitor may not see it."""
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
