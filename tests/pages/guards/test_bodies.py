"""One visitor cannot fill the server's memory: uploads are refused before they are read."""

import asyncio
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from pages.parts import uploads
from pages.parts.film import desk
from pages.routes.guards.bodies import BodyLimits
from tests.asgi import ask
from tests.conftest import ROOT

MB = 1000**2


class Server:
    """Takes whatever is let through, unread."""

    def __init__(self, held=None):
        self.held, self.taken = held or {}, []
        self.guarded = BodyLimits(self.app, held=lambda: self.held)

    async def app(self, scope, receive, send):
        self.taken.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def put(self, megabytes, session="anna", path="/_stcore/upload_file/{}/file", method="PUT", length=None):
        """Send the head of a request; there is no body that could be read."""
        length = str(megabytes * MB) if length is None else length
        headers = [(b"content-length", length.encode())] if length else []
        status, headers, content = ask(self.guarded, method, path.format(session), headers, b"")
        return status, content.decode()


@pytest.fixture(autouse=True)
def two_hundred(monkeypatch):
    monkeypatch.setenv("HUESTORY_UPLOADS_MB", "1000")
    old = st.get_option("server.maxUploadSize")
    st.config.set_option("server.maxUploadSize", 200)
    yield
    st.config.set_option("server.maxUploadSize", old)


def test_a_page_may_hold_a_quarter():
    server = Server({"anna": 200 * MB})
    assert server.put(49)[0] == 204
    status, words = server.put(51)
    assert status == 413 and "One page may hold uploads of 250 MB. This one has 200 MB" in words
    assert server.put(51, "ben")[0] == 204
    assert len(server.taken) == 2


def test_the_server_as_a_whole_says_that_it_is_full():
    server = Server({f"visitor {number}": 190 * MB for number in range(5)})
    status, words = server.put(60)
    assert status == 429 and "Please try again in a few minutes" in words


def test_one_address_may_hold_half_however_many_pages_it_opens():
    server = Server()
    for number in range(5):
        assert server.put(99, f"page {number}")[0] == 204
        server.held[f"page {number}"] = 99 * MB
    assert server.put(99, "page 6")[0] == 429


def test_what_is_on_its_way_counts():
    server, inner = Server(), []
    app = server.app

    async def slow(scope, receive, send):
        if not inner:
            inner.append(1)
            inner.append(server.put(150))
        await app(scope, receive, send)

    server.guarded._app = slow
    assert server.put(150)[0] == 204
    assert inner[1][0] == 413
    assert server.put(150)[0] == 204, "and counts no more when it is over"


@pytest.mark.parametrize(("length", "status"), [("", 411), ("-1", 411), ("9" * 5000, 411), ("²", 411), ("1e3", 411)])
def test_an_upload_says_its_size(length, status):
    assert Server().put(0, length=length)[0] == status


def test_an_empty_file_takes_memory_too():
    server = Server({"anna": 250 * MB - 1000})
    assert server.put(0)[0] == 413


def test_a_file_over_the_largest_is_told_the_limit():
    status, words = Server().put(220)
    assert status == 413 and words == "A file may have up to 210 MB. Received 220 MB: make it smaller."


def test_other_requests_have_small_bodies():
    server = Server()
    assert server.put(2, path="/study-session/cats/answer", method="POST")[0] == 413
    assert server.put(1, path="/study-session/cats/answer", method="POST")[0] == 204


def test_no_form_promises_more_than_the_server_takes():
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]["maxUploadSize"]
    assert server == max(uploads.UPLOAD_MEGABYTES, uploads.PHOTOGRAPH_MEGABYTES, desk.MEGABYTES)
    for path in (ROOT / "pages").rglob("*.py"):
        forms = re.split(r"\bst\.file_uploader\(", path.read_text())[1:]
        assert all("max_upload_size=" in form[:400] for form in forms), path


def test_a_refusal_waits_until_the_browser_can_hear_it_and_keeps_nothing():
    came, sent = [{"type": "http.request", "body": b"x" * MB, "more_body": number < 9} for number in range(10)], []
    scope = {"type": "http", "method": "PUT", "path": "/_stcore/upload_file/anna/1", "headers": [], "client": None}

    async def receive():
        assert not sent
        return came.pop(0)

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as own_thread:  # see `tests.asgi`
        own_thread.submit(asyncio.run, Server().guarded(scope, receive, send)).result()
    assert not came and sent[0]["status"] == 411
