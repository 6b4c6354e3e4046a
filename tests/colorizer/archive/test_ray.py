"""Batches on a real Ray of this machine."""

import importlib.util
import os
import pickle
import re
import signal
import sys
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from PIL import Image

from colorizer.archive import ray
from colorizer.archive.batch import run
from colorizer.archive.local import run_local
from colorizer.archive.manifest import DONE, FAILED, open_manifest
from colorizer.archive.ray import ClusterError, run_ray
from colorizer.cli.main import main
from tests.batches import DEADLY_WIDTH, FormulaColorizer, batch, load_slow, make_archive, photographs
from tests.conftest import ROOT

needs_ray = pytest.mark.skipif(not importlib.util.find_spec("ray"), reason='Ray is missing: pip install "ray[data]"')


@pytest.fixture
def pids(tmp_path):
    """Folder in which workers leave their process ids."""
    (tmp_path / "pids").mkdir()
    return tmp_path / "pids"


def engine(pids):
    return partial(run_ray, load=partial(load_slow, pids), workers=2)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in photographs(folder)}


@needs_ray
@pytest.mark.slow
def test_a_killed_worker_costs_nothing_and_a_photograph_that_ends_workers_only_its_task(tmp_path, pids, monkeypatch):
    monkeypatch.setattr(ray, "RETRIES", 1)
    paths = make_archive(tmp_path / "in", 60)
    Image.new("L", (DEADLY_WIDTH, 40)).save(paths[-1])
    entries = []
    for entry in run(batch(tmp_path), paths, engine(pids)):
        entries.append(entry)
        if len(entries) == 5:
            os.kill(int(next(pids.iterdir()).name), signal.SIGKILL)
    assert len(list(pids.iterdir())) >= 4  # one took the place of the killed one, one tried the photograph again
    assert Counter(entry.input for entry in entries) == {str(p.relative_to(tmp_path / "in")): 1 for p in paths}
    failed = {entry.input for entry in entries if entry.status != DONE}
    assert failed == {str(p.relative_to(tmp_path / "in")) for p in paths[-ray.TASK_SIZE :]}
    assert {entry.status for entry in entries if entry.input in failed} == {FAILED}
    assert len((tmp_path / "out" / "manifest.jsonl").read_text().splitlines()) == 60
    with open_manifest(tmp_path / "out") as manifest:
        assert "again and again" in manifest.entries[str(paths[-1].relative_to(tmp_path / "in"))].reason

    here = replace(batch(tmp_path), target=tmp_path / "here")
    here.target.mkdir()
    done = [path for path in paths if str(path.relative_to(tmp_path / "in")) not in failed]
    list(run(here, done, partial(run_local, colorizer=FormulaColorizer(), workers=2)))
    assert len(contents(here.target)) == 60 - ray.TASK_SIZE
    assert contents(here.target).items() <= contents(tmp_path / "out").items()


@pytest.mark.parametrize(("checksum", "message"), [("1" * 64, "the same weights"), (None, "must have the model")])
def test_a_machine_without_the_very_model_says_so(tmp_path, pids, checksum, message):
    job = batch(tmp_path, weights_sha256=checksum)
    worker = ray._Worker(job, partial(load_slow, pids if checksum else tmp_path / "nowhere"))
    answer = pickle.loads(worker({"task": pickle.dumps(None)})["answer"])
    assert isinstance(answer, ClusterError) and message in str(answer)


@needs_ray
def test_a_cluster_that_does_not_answer_is_named_at_once(tmp_path, pids, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(ClusterError, match=r"Nobody answers at 127\.0\.0\.1:9"):
        list(run(batch(tmp_path), make_archive(tmp_path / "in", 1), engine(pids)))


def test_without_ray_the_command_says_how_to_install_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    make_archive(tmp_path / "in", 1)
    assert main(["batch", str(tmp_path / "in"), str(tmp_path / "out"), "--engine", "ray"]) == 2
    requirements = (ROOT / "tests" / "requirements.txt").read_text().splitlines()
    assert re.search(r'pip install "(.*)"', capsys.readouterr().err)[1] in requirements
