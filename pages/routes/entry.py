"""The inner pages when they are opened by their address: Streamlit's own HTML page, told where the server is.

Without that, Streamlit's script looks for the server below the page's address first, and the browser's console shows
two errors.
"""

from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from pages.routes.posting import base_path

PAGES = [path.stem for path in Path(__file__).parent.parent.glob("*.py")]
_INDEX = Path(st.__file__).parent / "static" / "index.html"
_SERVER = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };</script>'


def entry_routes(prefix: str = "") -> list[Route]:
    """Return the routes for `st.App`; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    return [Route(f"{base_path(prefix)}/{name}", page, methods=["GET"]) for name in PAGES]


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(_html(), headers={"Cache-Control": "no-cache"})


@cache
def _html() -> str:
    return _INDEX.read_text(encoding="utf-8").replace("<head>", f"<head>{_SERVER}", 1)
