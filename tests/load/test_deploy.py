"""The files of the README's section "Deploy" for systemd and Caddy, read from there; nginx: `test_two_servers`."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.browser.conftest import serve, wait_for_server
from tests.conftest import ROOT
from tests.load.class_and_families import photograph
from tests.load.test_two_servers import free_ports
from tests.load.visitors import Visitor

pytestmark = pytest.mark.long


def block(language: str) -> str:
    """The only block of this language in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [found] = re.findall(rf"^```{language}\n(.+?)^```$", readme, re.MULTILINE | re.DOTALL)
    return found


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_systemd_knows_all_that_stands_in_the_unit(tmp_path):
    unit = block("ini")
    started = re.search(r"^ExecStart=(\S+)", unit, re.MULTILINE)[1]
    (tmp_path / "huestory.service").write_text(unit.replace(started, sys.executable))
    found = subprocess.run(
        [program("systemd-analyze"), "verify", tmp_path / "huestory.service"], capture_output=True, text=True
    )
    assert found.returncode == 0 and "huestory" not in found.stderr


def test_caddy_takes_its_file(tmp_path):
    (tmp_path / "Caddyfile").write_text(block("caddy"))
    command = [program("caddy"), "validate", "--adapter", "caddyfile", "--config", tmp_path / "Caddyfile"]
    found = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"HOME": str(tmp_path)})
    assert found.returncode == 0, found.stderr[-2000:]


def test_a_photograph_goes_through_caddy_and_comes_back_in_colour(tmp_path, monkeypatch):
    caddy, [front] = program("caddy"), free_ports(1)
    monkeypatch.setenv("HUESTORY_TRUSTED_PROXIES", "127.0.0.1")
    with serve(tmp_path / "data", tmp_path / "log.txt") as address:
        text = block("caddy").replace("photos.example.org", f"http://127.0.0.1:{front}")
        text = text.replace("127.0.0.1:8501", address.removeprefix("http://"))
        (tmp_path / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
        command = [caddy, "run", "--adapter", "caddyfile", "--config", tmp_path / "Caddyfile"]
        with open(tmp_path / "caddy.txt", "wb") as log:
            process = subprocess.Popen(command, stderr=log, env=os.environ | {"HOME": str(tmp_path)})
        try:
            wait_for_server(f"http://127.0.0.1:{front}/_stcore/health", process, tmp_path / "caddy.txt")
            visitor = Visitor(f"http://127.0.0.1:{front}")
            visitor.open()
            assert visitor.upload("grandmother.jpg", photograph(0.3, 0)) == 204
            visitor.show()
            assert b"Download this photograph" in visitor.seen
            visitor.leave()
        finally:
            process.kill()
            process.wait()
