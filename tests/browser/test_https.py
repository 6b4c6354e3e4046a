"""The README's Caddy file with HTTPS, at the name that stands in it; certificates by Caddy's own authority.

Only the authority, the ports and the app's address differ from the README: Let's Encrypt wants to reach the server.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import skimage.data

from tests.browser.conftest import CHROMIUM_FLAGS, serve, settle, watch
from tests.browser.test_browser import encode, file
from tests.browser.test_photos import color, register
from tests.load.test_deploy import block, program
from tests.load.test_two_servers import free_ports

pytestmark = [pytest.mark.browser, pytest.mark.long]

NAME = "photos.example.org"


@contextmanager
def caddy(folder: Path, app: str, secure: int, plain: int) -> Iterator[None]:
    """Run Caddy before the app at this address, with the two ports for HTTPS and HTTP."""
    options = f"{{\n\tadmin off\n\tskip_install_trust\n\thttps_port {secure}\n\thttp_port {plain}\n}}\n"
    text = block("caddy").replace("127.0.0.1:8501", app.removeprefix("http://"))
    (folder / "Caddyfile").write_text(options + text.replace(f"{NAME} {{", f"{NAME} {{\n\ttls internal"))
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    with open(folder / "caddy.txt", "wb") as log:
        process = subprocess.Popen(command, stderr=log, env=os.environ | {"HOME": str(folder)})
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_a_visitor_registers_and_colours_a_photograph_by_https(chromium, data, tmp_path, monkeypatch, mark):
    secure, plain = free_ports(2)
    monkeypatch.setenv("HUESTORY_TRUSTED_PROXIES", "127.0.0.1")
    monkeypatch.setenv("STREAMLIT_BROWSER_SERVER_ADDRESS", NAME)
    path = shutil.which("chromium") or chromium.browser_type.executable_path
    here = f"--host-resolver-rules=MAP {NAME}:443 127.0.0.1:{secure}, MAP {NAME}:80 127.0.0.1:{plain}"
    complaints = []
    with serve(data, tmp_path / "log.txt") as app, caddy(tmp_path, app, secure, plain):
        browser = chromium.browser_type.launch(executable_path=path, args=[*CHROMIUM_FLAGS, here])
        page = browser.new_context(ignore_https_errors=True).new_page()  # nobody has told it to trust this authority
        watch(page, {NAME}, complaints)
        page.goto(f"http://{NAME}/photos")  # sent on to https by Caddy
        assert page.url == f"https://{NAME}/photos"
        register(page, f"Anna {mark}")
        [cookie] = [each for each in page.context.cookies() if each["name"] == "huestory_session"]
        assert cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        page.get_by_test_id("stMain").get_by_role("link", name="Colour a photograph").click()
        color(page, file(f"{mark}.jpg", encode(skimage.data.camera(), "JPEG")))
        settle(page)
        browser.close()
    assert not complaints
