"""Attacks on a real server: what the tests of single parts cannot see."""

import json
import urllib.error
import urllib.request

import pytest

from accounts.service import GUESSES
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
