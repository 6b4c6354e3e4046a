"""Runs the real app in a headless Chromium, with a server on a free port; requests of the page are checked."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT
from tests.page_actions import PASSWORD

HEALTH = "/_stcore/health"
"""Path at which a server says that it is up."""

CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --disable-dev-shm-usage"
).split()


def lacking(what: str) -> None:
    """Skip the test on a user's machine; fail it in CI, where nothing may be skipped."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what}, then run the tests again")


@pytest.fixture(scope="session")
def chromium():
    """A browser: the system's Chromium, or the one that Playwright has installed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("install Playwright with `.venv/bin/pip install playwright`")
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = shutil.which("chromium") or shutil.which("chromium-browser") or (own if os.path.exists(own) else None)
        if path is None:
            lacking("install Chromium with `apt-get install chromium`")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def settings(data: Path, database_url: str = "") -> dict[str, str]:
    """Return the environment of a server that keeps all data in this folder and has an organizer."""
    return {"HUESTORY_DATA": str(data), "HUESTORY_DATABASE_URL": database_url, "HUESTORY_ORGANIZER_PASSWORD": PASSWORD}


@contextmanager
def serve(data: Path, log: Path, database_url: str = "") -> Iterator[str]:
    """Start a new server as the README does and yield its address; its log must have no traceback at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"--server.address 127.0.0.1 --server.port {port} --server.headless true".split()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    with open(log, "wb") as output:
        environment = os.environ | settings(data, database_url)
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        wait_for_server(f"http://127.0.0.1:{port}{HEALTH}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert "Traceback" not in log.read_text(encoding="utf-8"), log.read_text(encoding="utf-8")[-3000:]


def wait_for_server(health: str, process: subprocess.Popen, log, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not come up: {log.read_text(encoding='utf-8')[-3000:]}")


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory) -> Path:
    """Data folder of the shared server; names added to it must be unique, also between a test and its retry."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def server(chromium, shared_data, tmp_path_factory) -> Iterator[str]:
    """The server shared by all tests, so that the model loads once; a test that needs its own uses `fresh_server`."""
    with serve(shared_data, tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture
def data(shared_data) -> Path:
    """The data folder of a test's server; a test file that uses `fresh_server` may override this with an empty one."""
    return shared_data


@pytest.fixture(autouse=True)
def same_settings(data, monkeypatch) -> None:
    """Give the test's own process the server's settings, so that both read and write the same data."""
    for name, value in settings(data).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def fresh_server(chromium, data, tmp_path) -> Iterator[str]:
    """A server that nobody has visited yet."""
    with serve(data, tmp_path / "log.txt") as address:
        yield address


@pytest.fixture
def mark() -> str:
    """A word for names that no other test and no earlier try of this test has used."""
    return secrets.token_hex(3)


IDLE_PROFILES = 2
"""Profiles of visitors who have left that are kept for the next; each takes about 100 MB of memory."""


@pytest.fixture(scope="session")
def idle_profiles() -> list[tuple]:
    """Emptied profiles and their options, see `open_page`."""
    return []


@pytest.fixture
def open_page(chromium, idle_profiles) -> Iterator[Callable]:
    """Opens an address as a new visitor; fails at the end if a page asked another host or reported an error.

    To read and compile Streamlit's scripts takes a second of each visit. So a new visitor gets the profile of one who
    has left, if there is one with the same options: without cookies or storage, but with the scripts in memory.
    """
    taken, complaints = [], []

    def open_page(address: str, width: int = 1280, height: int = 900, blocked: str = "", **options):
        """Open a page; requests to the host `blocked` are allowed, but fail."""
        from playwright.sync_api import expect

        options["viewport"] = {"width": width, "height": height}
        found = next((profile for profile in idle_profiles if profile[1] == options), None)
        if found:
            idle_profiles.remove(found)
        taken.append(found or (chromium.new_context(**options), options))
        page = taken[-1][0].new_page()
        page.set_default_timeout(60_000)
        if blocked:
            page.route(f"https://{blocked}/**", lambda route: route.abort())
        page.on("dialog", lambda dialog: dialog.accept())  # such as the warning before photographs are left unsaved
        watch(page, {urlsplit(address).netloc, blocked}, complaints)
        page.goto(address)
        expect(page.locator("h1")).to_be_visible(timeout=60_000)
        page.wait_for_load_state("networkidle")  # the next step could miss a picture that is still loading
        return page

    yield open_page
    for context, options in taken:
        if empty(context):
            idle_profiles.append((context, options))
        else:
            context.close()
    while len(idle_profiles) > IDLE_PROFILES:
        idle_profiles.pop(0)[0].close()
    assert not complaints


def empty(context) -> bool:
    """Close the pages of a profile and delete what they have stored. A page without scripts keeps its process alive.

    Returns:
        False if the profile cannot be used again, because the test has closed it or its server has ended.
    """
    from playwright.sync_api import Error

    places = [urlsplit(page.url) for page in context.pages]
    origins = {f"{place.scheme}://{place.netloc}" for place in places if place.scheme == "http"}
    if not origins:
        return False
    keeper = context.pages[0]
    if not keeper.url.endswith(HEALTH):
        keeper = context.new_page()
        try:
            keeper.goto(min(origins) + HEALTH)
        except Error:
            return False
    for page in context.pages:
        if page != keeper:
            page.close()
    devtools = context.new_cdp_session(keeper)
    for origin in origins:
        devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    context.clear_cookies()
    context.clear_permissions()
    return True


def settle(page) -> None:
    """Wait until the server has answered the last action and nothing moves any more, so that a click does not miss."""
    page.wait_for_timeout(400)
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    page.wait_for_function("document.getAnimations().every((each) => each.playState !== 'running')")


def assert_accessible(page) -> None:
    """Fail if axe finds what hinders the blind and those who use no mouse (WCAG 2.2, and its best practice)."""
    from axe_playwright_python.sync_playwright import Axe

    without_menu = {"exclude": [["[data-testid=stSidebar]"]]}  # of Streamlit's own, whose list has groups in it
    of_uploader = "presentation-role-conflict"  # a section of Streamlit's, harmless to all
    answer = Axe().run(page, context=without_menu).response
    found = [v for v in answer["violations"] if v["id"] != of_uploader]
    assert not found, [(v["id"], v["help"], [node["html"][:200] for node in v["nodes"]]) for v in found]


def open_research_page(page, name: str) -> None:
    """Follow a link of the second group of pages, on a wide screen."""
    page.get_by_role("button", name="Research").click()
    page.locator("a", has_text=name).click()


def open_expander(page, label: str) -> None:
    settle(page)
    expander = page.get_by_test_id("stExpander").filter(has=page.locator("summary", has_text=label))
    expander.locator("summary").click()
    expander.locator("details[open]").wait_for()
    settle(page)


def watch(page, hosts: set[str], complaints: list[str]) -> None:
    def check_address(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in hosts:
            complaints.append(f"asked another host: {url}")

    def check_message(message) -> None:
        # a `blocked` host, and a server that is stopped before its page is closed
        expected = "ERR_FAILED" in message.text or "ERR_CONNECTION_REFUSED" in message.text
        if message.type == "error" and not expected:
            complaints.append(f"console: {message.text} {message.location['url']}")

    page.on("request", lambda request: check_address(request.url))
    page.on("websocket", lambda socket: check_address(socket.url))
    page.on("console", check_message)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
