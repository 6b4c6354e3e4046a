"""Two servers on one PostgreSQL behind nginx: they agree, and when one is killed its participants go on."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from accounts.database import Database
from accounts.service import Accounts
from pages.parts.visitor import COOKIE
from study.folder import Study
from study.protocol import StudyProtocol
from tests.browser.conftest import settings, wait_for_server
from tests.conftest import ROOT
from tests.crowd import take_part_at_once
from tests.load.class_and_families import photograph
from tests.load.visitors import Visitor
from tests.page_actions import PASSWORD
from tests.studies import make_study

_CONFIGURATION = re.compile(r"^```nginx\n(upstream huestory_a.+?)^```$", re.MULTILINE | re.DOTALL)
PROTOCOL = StudyProtocol("crowd", real=12, recolored=12, catch=0, practice=0)
PARTICIPANTS = 12


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def configuration() -> str:
    """The configuration of nginx for two servers, as the README has it."""
    [found] = _CONFIGURATION.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return found


def start_server(port: int, environment: dict[str, str], log: Path) -> subprocess.Popen:
    options = f"--server.address 127.0.0.1 --server.port {port} --server.headless true".split()
    with open(log, "wb") as output:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
        return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=environment)


def start_nginx(folder: Path, ports: dict[int, int]) -> subprocess.Popen:
    """Start nginx with the configuration of the README on these ports (README's port -> real one)."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    server = re.sub(r"\b(8501|8502|8080)\b", lambda found: str(ports[int(found[1])]), configuration())
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    http = f"access_log off;\n{places}{server}"
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{http}\n}}\n"
    )
    return subprocess.Popen([program, "-p", folder, "-e", folder / "errors", "-c", folder / "nginx.conf"])


def post(address: str, path: str, body: dict, headers: dict[str, str] | None = None) -> tuple[int, dict, str]:
    """Status, reply and cookie."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    sent = {"content-type": "application/json", **(headers or {})}
    connection.request("POST", path, json.dumps(body), sent)
    reply = connection.getresponse()
    found = reply.status, json.loads(reply.read()), " ".join(reply.headers.get_all("set-cookie", []))
    connection.close()
    return found


def check_that_both_have_the_same_history(addresses: list[str], account: dict, data: Path, database_url: str) -> None:
    """What is coloured at one server stands in My photos at the other; deleted at one, it is gone at both."""
    signed_in = post(addresses[0], "/account/sign-in", account)[2]
    cookie = re.search(rf"{COOKIE}=[^;]+", signed_in)[0]
    visitor = Visitor(addresses[0], cookie)
    visitor.open()
    assert visitor.upload("grandmother at the sea.jpg", photograph(0.3, 0)) == 204
    visitor.show()
    visitor.leave()
    assert [shows(address, cookie, b"grandmother at the sea") for address in addresses] == [True, True]
    assert not shows(addresses[1], "", b"grandmother at the sea"), "nobody else sees it"
    history = Accounts(Database(database_url), data / "history", 10**9).history
    with Database(database_url).transaction() as connection:
        owner = connection.execute(text("SELECT id FROM users")).scalar_one()
    [image] = history.list(owner)
    history.delete(owner, image.id)
    assert [shows(address, cookie, b"grandmother at the sea") for address in addresses] == [False, False]


def shows(address: str, cookie: str, words: bytes) -> bool:
    """Whether the page My photos has these words."""
    visitor = Visitor(address, cookie)
    visitor.open("photos")
    visitor.leave()
    return words in visitor.seen


@pytest.mark.long
def test_two_servers_agree_and_one_that_is_killed_is_not_missed(tmp_path, postgres_url, monkeypatch):
    first, second, front = free_ports(3)
    values = settings(tmp_path / "data", postgres_url) | {"HUESTORY_TRUSTED_PROXIES": "127.0.0.1"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    study = make_study(tmp_path / "data" / "studies" / "two-servers", PROTOCOL, photos=24, state="draft")
    study.update(state="open", begins_per_minute=1000)
    (tmp_path / "nginx").mkdir()
    addresses = [f"http://127.0.0.1:{port}" for port in (first, second, front)]
    with ExitStack() as stack:
        servers = []
        for port in (first, second):
            servers.append(start_server(port, os.environ | values, tmp_path / f"log{port}"))
            stack.callback(servers[-1].kill)
        for port, server in zip((first, second), servers, strict=True):
            wait_for_server(f"http://127.0.0.1:{port}/_stcore/health", server, tmp_path / f"log{port}", seconds=120)
        nginx = start_nginx(tmp_path / "nginx", {8501: first, 8502: second, 8080: front})
        stack.callback(nginx.kill)
        wait_for_server(f"{addresses[2]}/_stcore/health", nginx, tmp_path / "nginx" / "errors")

        account = {"name": "anna", "password": PASSWORD}
        status, _, cookie = post(addresses[2], "/account/register", account)
        assert status == 200 and "huestory_server=" in cookie
        for address in addresses:
            assert post(address, "/account/sign-in", account)[0] == 200, "an account is known to both"
        assert post(addresses[0], "/account/register", account)[0] == 400, "its name is taken at both"

        check_that_both_have_the_same_history(addresses[:2], account, tmp_path / "data", postgres_url)

        killer = threading.Timer(4, lambda: os.kill(servers[0].pid, signal.SIGKILL))
        killer.start()
        began = time.monotonic()
        diaries = take_part_at_once(addresses[2], "two-servers", PARTICIPANTS, lambda rng: rng.uniform(0.3, 0.5))
        assert time.monotonic() - began > 6, "it was killed in the middle"
        assert servers[0].wait(10) == -signal.SIGKILL
        assert post(addresses[2], "/account/sign-in", account)[0] == 200

    assert all(diary.has_finished for diary in diaries)
    votes = Study(study.folder).store.read()
    said = {(vote.participant_id, vote.trial) for vote in votes}
    acknowledged = {(diary.participant, trial) for diary in diaries for trial in diary.acknowledged}
    assert len(votes) == len(said) == PARTICIPANTS * PROTOCOL.photos and said == acknowledged
    assert "Traceback" not in (tmp_path / f"log{second}").read_text()
