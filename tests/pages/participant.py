"""A participant's browser for the tests of the survey's routes: says what the page's script says."""

import json

from starlette.applications import Starlette

from pages.routes import survey as survey_routes
from tests.asgi import ask

CODE = "K7QM-2F9X-WBTA-3HNC"


class Browser:
    """Keeps cookies and remembers everything that it received."""

    def __init__(self, study="cats", code=CODE):
        self.study, self.code = study, code
        self.app = Starlette(routes=survey_routes.routes())
        self.cookies, self.received = {}, []

    def ask(self, method, path, body=None, raw=None, headers=()):
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = [(b"x-study-code", self.code.encode()), (b"cookie", cookie.encode()), *headers]
        status, headers, content = ask(self.app, method, f"/study-session/{self.study}/{path}", headers, data)
        self.received.append((path, headers, content))
        if "set-cookie" in headers:
            name, _, value = headers["set-cookie"].split(";")[0].partition("=")
            self.cookies[name] = value
        is_json = headers["content-type"] == "application/json"
        return status, json.loads(content) if is_json else content, headers

    def begin(self, device="phone", **more):
        status, reply, _ = self.ask("POST", "begin", {"device": device, **more})
        assert status == 200, reply
        return reply

    def answer(self, choices, response_ms=1234):
        """Answer after the pictures were shown."""
        for trial in choices:
            self.show(trial)
        return self.send(choices, response_ms)

    def send(self, choices, response_ms=1234):
        """Answer without having seen anything."""
        return self.ask("POST", "answer", {"choices": choices, "response_ms": response_ms})[:2]

    def show(self, trial):
        if self.ask("GET", f"picture/{trial}/only")[0] == 409:  # a pair
            self.picture(trial, "left")
            self.picture(trial, "right")

    def picture(self, trial, place="only"):
        status, content, headers = self.ask("GET", f"picture/{trial}/{place}")
        assert status == 200
        return content, headers


def play(browser, choose=lambda trial: True):
    """Answer until the end; yields the reply to each page."""
    reply = browser.begin()
    while reply["page"]:
        status, reply = browser.answer({str(trial): choose(trial) for trial in reply["page"]["trials"]})
        assert status == 200, reply
        yield reply
