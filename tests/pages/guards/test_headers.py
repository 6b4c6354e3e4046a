"""Headers and the log of requests."""

import json
import logging

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pages.routes.guards import guards
from pages.routes.guards.headers import HEADERS
from pages.routes.health import health_routes
from tests.asgi import ask


def fail(request):
    raise RuntimeError("a fault of ours")


@pytest.fixture
def app():
    own = PlainTextResponse("own", headers={"X-Content-Type-Options": "own"})
    routes = [Route("/own", lambda request: own), Route("/fail", fail), *health_routes()]
    routes += [Route("/study-session/{study}/{rest:path}", lambda request: PlainTextResponse("yes"))]
    routes += [Route("/_stcore/metrics", lambda request: PlainTextResponse("secret"))]
    return Starlette(routes=routes, middleware=guards())


def test_every_reply_has_the_headers_and_may_set_its_own(app):
    for path in ("/nothing", "/own"):
        headers = ask(app, "GET", path, [], b"")[1]
        assert HEADERS.keys() <= {name.title().replace("Csp", "CSP") for name in headers}
    assert headers["x-content-type-options"] == "own"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/"])
def test_how_many_people_are_here_is_not_public(app, path):
    status, _, content = ask(app, "GET", path, [], b"")
    assert status == 404 and content == b"Not found"


def test_a_request_is_one_line_that_tells_nobody_s_secret(app, caplog):
    logger = logging.getLogger("huestory.requests")
    logger.addHandler(caplog.handler)
    headers = [(b"cookie", b"huestory_session=s3cret"), (b"x-study-code", b"s3cret")]
    _, replied, _ = ask(app, "GET", "/study-session/cats/s3cret?PROLIFIC_PID=s3cret", headers, b"")
    with pytest.raises(RuntimeError):
        ask(app, "GET", "/fail", [], b"")
    logger.removeHandler(caplog.handler)
    lines = [json.loads(record.message) for record in caplog.records if record.name == "huestory.requests"]
    assert [line["status"] for line in lines] == [200, 500]
    assert lines[0]["request"] == replied["x-request-id"] and lines[0]["route"] == "/study-session/cats/…"
    assert "s3cret" not in caplog.text and "10.0.0.1" not in caplog.text


def test_health_says_what_is_well(app, monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    status, _, content = ask(app, "GET", "/healthz", [], b"")
    assert (status, json.loads(content)) == (200, {"disk": True, "database": True, "model": True})
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "postgresql://anna:s3cret@127.0.0.1:1/x")
    status, _, content = ask(app, "GET", "/healthz", [], b"")
    assert (status, json.loads(content)) == (503, {"disk": True, "database": False, "model": True})
    monkeypatch.setattr("pages.routes.health.check_room", fail)
    assert json.loads(ask(app, "GET", "/healthz", [], b"")[2])["disk"] is False
