"""The files of the README's section "Deploy", read there. Caddy at work: `test_https`; nginx: `test_two_servers`."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

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
