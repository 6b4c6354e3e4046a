"""What CI does with a test that fails now and then, or cannot run at all, by the very options of `.ci/run`."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytest.importorskip("playwright", reason="install Playwright: `pip install playwright`")

CASES = """
import pytest
from playwright.sync_api import TimeoutError

tries = []

def test_click_that_comes_to_nothing_once():
    tries.append(1)
    if len(tries) == 1:
        raise TimeoutError("Locator.click: Timeout 60000ms exceeded.\\nCall log:")

def test_wrong_result():
    tries.append(1)
    assert len(tries) > 3

@pytest.mark.skipif(len(tries) == 0, reason="something is not installed")
def test_that_cannot_run():
    pass
"""


def run_in_ci(path, *options: str) -> subprocess.CompletedProcess:
    added = re.search(r'^export PYTEST_ADDOPTS="(.*)"$', (ROOT / ".ci" / "run").read_text(), re.MULTILINE)[1]
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", ROOT / ".pytest.ini", "-n", "0", path]
    environment = os.environ | {"CI": "true", "PYTEST_ADDOPTS": added, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, *options], capture_output=True, text=True, env=environment, cwd=path.parent)


@pytest.fixture
def cases(tmp_path):
    path = tmp_path / "test_cases.py"
    path.write_text(CASES)
    return path


def test_a_wait_of_the_browser_gets_a_second_try_and_is_named_but_a_wrong_result_gets_none(cases):
    done = run_in_ci(cases, "-k", "not cannot_run")
    assert "1 failed, 1 passed, 1 deselected, 1 rerun in" in done.stdout
    [retried] = [line for line in done.stdout.splitlines() if line.startswith("RETRIED")]
    assert "test_click_that_comes_to_nothing_once" in retried and retried.endswith("Timeout 60000ms exceeded.")


def test_nothing_may_be_skipped(cases):
    done = run_in_ci(cases, "-k", "cannot_run")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "In CI nothing may be skipped: 1 were." in done.stdout
