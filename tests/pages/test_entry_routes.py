import pytest
from starlette.applications import Starlette

from pages.routes.entry import PATHS, entry_routes
from tests.asgi import ask


@pytest.mark.parametrize(("prefix", "start"), [("", ""), ("app", "/app")])
@pytest.mark.parametrize("page", ["", "gallery"])
def test_page_is_told_where_the_server_is_and_has_its_style_before_any_script_runs(prefix, start, page):
    app = Starlette(routes=entry_routes(prefix))
    assert {"", "colorize", "gallery", "survey"} <= set(PATHS)
    status, headers, body = ask(app, "GET", f"{start}/{page}", [], b"")
    assert status == 200 and headers["cache-control"] == "no-cache"
    assert body.count(b"BACKEND_BASE_URL: ") == 1
    assert body.index(b"BACKEND_BASE_URL") < body.index(b"<script", body.index(b"BACKEND_BASE_URL"))
    assert body.count(b"</style>") == 2 and b":focus-visible" in body
    assert b"<head><script>window.__streamlit" in body and b'type="module"' in body
