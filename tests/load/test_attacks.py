"""Attacks on a real server: what the tests of single parts cannot see."""

import json
import time
import urllib.error
import urllib.request

import pytest

from accounts.service import GUESSES
from pages.routes.guards.leaving import SECONDS
from tests.browser.conftest import serve
from tests.load.visitors import Visitor


def ask(address: str, path: str, body: dict | None = None, **headers: str):
    """Return status, headers and content of a reply."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}{path}", data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def guesses(address: str) -> list[int]:
    """Guess a password from an address that the request makes up, each time another."""
    guess = {"name": "nobody", "password": "wrong"}
    return [
        ask(address, "/account/sign-in", guess, **{"X-Forwarded-For": f"9.9.9.{number}"})[0]
        for number in range(GUESSES + 1)
    ]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    place = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUESTORY_UPLOADS_MB", "20")
        patch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "1")
        with serve(place / "data", place / "log.txt") as address:
            yield address


def test_nobody_is_believed_where_a_request_comes_from(address):
    assert guesses(address) == [*[400] * GUESSES, 429]


def test_a_proxy_of_the_setting_is_believed(tmp_path, monkeypatch):
    monkeypatch.setenv("HUESTORY_TRUSTED_PROXIES", "127.0.0.1")
    with serve(tmp_path / "data", tmp_path / "log.txt") as address:
        assert guesses(address) == [400] * (GUESSES + 1)


def test_uploads_without_any_form_fill_no_memory(address):
    visitor = Visitor(address)
    visitor.open("photos")
    path = f"_stcore/upload_file/{visitor.session}"
    assert [visitor.put(f"{path}/{number}", "a.jpg", b"x" * 2_000_000) for number in range(4)] == [204, 204, 413, 413]
    visitor.leave()


def put_when_there_is_room(visitor: Visitor, data: bytes) -> int:
    """Try until it is taken, or until the places of those who have left must have been free for some seconds."""
    deadline = time.monotonic() + SECONDS + 5
    while True:
        status = visitor.put(f"_stcore/upload_file/{visitor.session}/1", "a.jpg", data)
        if status != 429 or time.monotonic() > deadline:
            return status
        time.sleep(0.5)


def test_a_visitor_who_leaves_frees_the_place_of_his_uploads(address):
    visitors = [Visitor(address) for _ in range(3)]
    for visitor in visitors:
        visitor.open("photos")
    data = b"x" * 4_900_000  # two of these are half of what the server takes: the share of one internet address
    assert [put_when_there_is_room(visitor, data) for visitor in visitors] == [204, 204, 429]
    visitors[0].leave()  # nobody else comes or goes afterwards
    assert put_when_there_is_room(visitors[2], data) == 204
    for visitor in visitors[1:]:
        visitor.leave()
