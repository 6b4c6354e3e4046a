"""A film under attack: kill -9 in the middle of a segment."""

import signal
import subprocess
import sys
from pathlib import Path

from colorizer.film import footage, job, segments, source
from tests.colorizer.film import clips
from tests.tiny import TinyColorizer

RUNNER = Path(__file__).with_name("film_runner.py")


def test_a_killed_film_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    for module in (segments, job):
        monkeypatch.setattr(module, "LENGTH", 10)
    path = clips.write(tmp_path / "a.mkv", footage.gray(clips.shots(24)), sound=True)
    target = tmp_path / "b.mp4"
    run = subprocess.run([sys.executable, str(RUNNER), str(path), str(target), "17"], capture_output=True)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert not target.exists()
    assert {file.name for file in tmp_path.glob("b.mp4.parts/*.n*")} == {"000000.npz", "000000.nut"}
    result = job.color_film(source.probe(path), target, TinyColorizer(), resume=True)
    assert result.resumed == 10
    job.color_film(source.probe(path), tmp_path / "whole.mp4", TinyColorizer())
    assert target.read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.mkv", "b.mp4", "whole.mp4"]
