"""All pages when they are opened by their address: Streamlit's own HTML page, with our style, told where the server is.

Without the latter, Streamlit's script looks for the server below an inner page's address first, and the browser's
console shows two errors. A style that the script of a page brings would come after what it is for.
"""

from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from pages.routes.posting import base_path

_PAGES = Path(__file__).parent.parent
PATHS = ["", *(path.stem for path in _PAGES.glob("*.py"))]
_STYLES = [_PAGES / "parts" / name for name in ("page.css", "welcome.css")]
_INDEX = Path(st.__file__).parent / "static" / "index.html"
_SERVER = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };</script>'


def entry_routes(prefix: str = "") -> list[Route]:
    """Return the routes for `st.App`; `prefix` is Streamlit's `server.baseUrlPath`, or ""."""
    return [Route(f"{base_path(prefix)}/{name}", page, methods=["GET"]) for name in PATHS]


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(_html(), headers={"Cache-Control": "no-cache"})


@cache
def _html() -> str:
    style = "".join(f"<style>{path.read_text(encoding='utf-8')}</style>" for path in _STYLES)
    return _INDEX.read_text(encoding="utf-8").replace("<head>", f"<head>{_SERVER}{style}", 1)
