"""Two whole servers that start at the same moment with one data folder, which is empty."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from colorizer.gallery.catalogue import list_galleries
from tests.browser.conftest import settings, wait_for_server
from tests.load.class_and_families import photograph
from tests.load.test_two_servers import free_ports, post, start_server
from tests.load.visitors import Visitor
from tests.page_actions import PASSWORD

PAGES = ("gallery", "", "photos", "results", "models", "film", "organizer", "survey")


def visit(address: str) -> list[bytes]:
    """Open every page, then let a photograph be coloured; returns what the pages sent."""
    visitor, seen = Visitor(address), []
    for page in PAGES:
        visitor.open(page)
        seen.append(visitor.seen)
    visitor.open()
    assert visitor.upload("grandmother.jpg", photograph(0.3, 0)) == 204
    visitor.show()
    seen.append(visitor.seen)
    visitor.leave()
    return seen


@pytest.mark.slow
def test_two_servers_that_start_at_once_on_an_empty_folder_both_work(tmp_path, monkeypatch):
    for name, value in settings(tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    ports = free_ports(2)
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    accounts = [{"name": name, "password": PASSWORD} for name in ("anna", "ben")]
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        servers = [start_server(port, dict(os.environ), tmp_path / f"log{port}") for port in ports]
        for server in servers:
            stack.callback(end, server)
        for address, server, port in zip(addresses, servers, ports, strict=True):
            wait_for_server(f"{address}/_stcore/health", server, tmp_path / f"log{port}", seconds=120)
        visits = [pool.submit(visit, address) for address in addresses]
        registered = list(pool.map(lambda *each: post(each[0], "/account/register", each[1])[0], addresses, accounts))
        seen = [each.result() for each in visits]
        assert registered == [200, 200]
        for address in addresses:
            assert [post(address, "/account/sign-in", account)[0] for account in accounts] == [200, 200]
        for pages in seen:
            assert b"America, 1935 to 1943" in pages[0] and b"Download this photograph" in pages[-1]
            assert not [page for page in pages if b"Something went wrong" in page]
    assert [gallery.config.title for gallery in list_galleries()] == ["America, 1935 to 1943"]
    assert not list((tmp_path / "data").rglob("*.part"))
    for port in ports:
        assert "Traceback" not in (log := Path(tmp_path / f"log{port}").read_text()), log[-3000:]


def end(server: subprocess.Popen) -> None:
    server.terminate()
    server.wait(timeout=60)
