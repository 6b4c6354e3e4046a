import json

import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from accounts import service
from accounts.database import Database, database_url
from accounts.sessions import SECONDS
from pages.parts import visitor
from pages.parts.visitor import COOKIE
from pages.routes import account as account_routes
from tests.asgi import ask
from tests.people import PASSWORD, files, new_image

ANNA = {"name": "anna", "password": PASSWORD}
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    monkeypatch.setenv("HUESTORY_DATA", str(tmp_path))
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "")
    monkeypatch.delenv("HUESTORY_HISTORY_MB", raising=False)
    monkeypatch.setattr(visitor, "has_provider", lambda: False)
    return tmp_path


class Browser:
    """Keeps the cookie."""

    def __init__(self, scheme: str = "http"):
        self.app, self.cookie, self.said, self.scheme = (
            Starlette(routes=account_routes.account_routes()),
            "",
            "",
            scheme,
        )

    def post(self, action: str, body: object = None, headers: dict | None = None):
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        headers = {**(JSON if headers is None else headers), "cookie": f"{COOKIE}={self.cookie}"}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        status, headers, content = ask(self.app, "POST", f"/account/{action}", pairs, data, self.scheme)
        self.said = headers.get("set-cookie", "")
        if self.said.startswith(f"{COOKIE}="):
            self.cookie = self.said.split(";")[0].partition("=")[2].strip('"')
        return status, json.loads(content)

    @property
    def visit(self):
        return service.open_accounts().sessions.find_token(self.cookie)


def test_the_cookie_is_for_our_server_alone_and_no_script_reads_it():
    browser = Browser()
    status, reply = browser.post("register", ANNA)
    assert status == 200 and list(reply) == ["ticket"] and browser.cookie not in str(reply)
    assert browser.visit.user.name == "anna"
    attributes = {part.strip() for part in browser.said.split(";")[1:]}
    assert attributes == {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={SECONDS}"}


@pytest.mark.parametrize("how", ["scheme", "proxy"])
def test_by_https_the_cookie_is_secure(how):
    browser = Browser("https" if how == "scheme" else "http")
    browser.post("register", ANNA, JSON | ({"x-forwarded-proto": "https"} if how == "proxy" else {}))
    assert "Secure" in browser.said


def test_the_way_of_an_account(data):
    one, two = Browser(), Browser()
    one.post("register", ANNA)
    assert two.post("sign-in", ANNA)[0] == 200
    assert one.post("sign-out") == (200, {}) and one.cookie == "" and two.visit
    assert one.post("sign-in", ANNA)[0] == 200
    changed = {"password": PASSWORD, "new": "another walrus bicycle"}
    assert one.post("change-password", changed) == (200, {})
    assert one.visit and two.visit is None
    assert two.post("sign-in", ANNA) == (400, {"error": "The name or the password is not right."})
    assert two.post("sign-in", ANNA | {"password": changed["new"]})[0] == 200
    assert one.post("sign-out-everywhere") == (200, {}) and two.visit is None
    one.post("sign-in", ANNA | {"password": changed["new"]})
    service.open_accounts().history.keep(one.visit.user.id, new_image())
    assert one.post("delete", {"password": "wrong"})[0] == 400 and one.visit
    assert one.post("delete", {"password": changed["new"]}) == (200, {}) and one.visit is None and one.cookie == ""
    assert files(data / "history") == []


def test_signing_in_again_ends_the_sign_in_that_its_cookie_replaces():
    browser = Browser()
    browser.post("register", ANNA)
    old = browser.cookie
    browser.post("sign-in", ANNA)
    assert browser.cookie != old and service.open_accounts().sessions.find_token(old) is None


@pytest.mark.parametrize("action", ["sign-out-everywhere", "change-password", "delete"])
@pytest.mark.parametrize("cookie", ["", "x", "' OR '1'='1"])
def test_without_a_sign_in_nothing_of_an_account_can_be_touched(action, cookie):
    Browser().post("register", ANNA)
    stranger = Browser()
    stranger.cookie = cookie
    status, reply = stranger.post(action, {"password": PASSWORD, "new": "another walrus bicycle"})
    assert status == 401 and "signed out" in reply["error"]
    assert Browser().post("sign-in", ANNA)[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "sec-fetch-site": "cross-site"},
        {"content-type": "application/json", "sec-fetch-site": "same-site"},
    ],
)
def test_another_site_can_send_nothing(headers):
    browser = Browser()
    assert browser.post("register", ANNA, headers)[0] == 400 and browser.cookie == ""
    assert browser.post("sign-in", ANNA)[0] == 400, "no account was made"


BODIES = [b"", b"{", b"[]", b"null", b'{"name": 1, "password": []}', b'{"name": "anna"}', b"x" * 100_000]
BODIES += [json.dumps(ANNA | {"name": name}).encode() for name in ("an\0na", "x" * 2000)]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("action", ["register", "sign-in"])
def test_whatever_is_sent_the_answer_is_a_sentence(action, body):
    status, reply = Browser().post(action, body)
    assert status == 400 and reply["error"].endswith(".")


def test_too_many_guesses_are_told_how_long_to_wait():
    for _ in range(service.GUESSES):
        Browser().post("sign-in", ANNA)
    status, reply = Browser().post("sign-in", ANNA)
    assert status == 429 and "try again in" in reply["error"]


def cookies(app, kind, body) -> list[str]:
    """The cookies that a sign-in sets, each as its header."""
    found = []

    async def listening(scope, receive, send):
        async def heard(message):
            found.extend(value.decode() for name, value in message.get("headers", ()) if name == b"set-cookie")
            await send(message)

        await app(scope, receive, heard)

    assert ask(listening, "POST", "/account/sign-in", [kind], body)[0] == 200
    return found


def test_the_owner_s_browser_signs_in_while_strangers_guess(monkeypatch):
    monkeypatch.setattr(service, "GUESSES_OF_ACCOUNT", 3)
    owner = Browser()
    assert owner.post("register", ANNA)[0] == 200
    app = Starlette(routes=account_routes.account_routes())
    body, kind = json.dumps(ANNA).encode(), (b"content-type", b"application/json")
    mark = next(cookie for cookie in cookies(app, kind, body) if cookie.startswith("huestory_known="))
    assert "HttpOnly" in mark and "anna" not in mark
    for _ in range(4):
        Browser().post("sign-in", ANNA | {"password": "wrong"})
    assert Browser().post("sign-in", ANNA)[0] == 429
    known = (b"cookie", mark.split(";")[0].encode())
    assert ask(app, "POST", "/account/sign-in", [kind, known], body)[0] == 200


def test_all_addresses_of_one_household_count_as_one():
    request = type("Request", (), {"client": type("Client", (), {"host": "2001:db8:1:2:3:4:5:6"})})
    assert account_routes._address(request) == "2001:db8:1:2::/64"


def test_a_database_that_is_away_is_said_in_plain_words(monkeypatch):
    monkeypatch.setenv("HUESTORY_DATABASE_URL", "postgresql://anna:s3cret@127.0.0.1:1/x")
    status, reply = Browser().post("sign-in", ANNA)
    assert status == 503 and reply == {"error": "My photos cannot be reached at the moment. Please try again later."}


@pytest.mark.parametrize("closed", ["quota", "provider"])
def test_where_there_are_no_accounts_the_routes_are_closed(monkeypatch, closed):
    if closed == "quota":
        monkeypatch.setenv("HUESTORY_HISTORY_MB", "0")
    else:
        monkeypatch.setattr(account_routes, "has_provider", lambda: True)
    assert Browser().post("register", ANNA)[0] == 400
    monkeypatch.delenv("HUESTORY_HISTORY_MB", raising=False)
    with Database(database_url()).transaction() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users")) == 0


@pytest.mark.parametrize("prefix", ["", "huestory", "/a/b/"])
def test_routes_stand_below_the_base_path(prefix):
    start = f"/{prefix.strip('/')}/account/" if prefix else "/account/"
    assert all(route.path.startswith(start) for route in account_routes.account_routes(prefix))
    assert {tuple(route.methods) for route in account_routes.account_routes(prefix)} == {("POST",)}


@pytest.mark.parametrize(
    "body", [b'{"name": "\\ud800nna", "password": "x"}', b"[" * 8000 + b"]" * 8000, b'{"name": ' + b"9" * 5000 + b"}"]
)
@pytest.mark.parametrize("action", ["register", "sign-in"])
def test_what_breaks_a_parser_is_refused_like_any_other_nonsense(action, body):
    status, reply = Browser().post(action, body)
    assert status == 400 and reply["error"].endswith(".")
