"""Run by a test as a process of its own: colours a film, and is killed after some frames.

python film_runner.py INPUT OUTPUT KILLED_AFTER
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from colorizer.film import job, segments, source
from tests.tiny import TinyColorizer

if __name__ == "__main__":
    segments.LENGTH = job.LENGTH = 10

    def die(done: int, total: int | None) -> None:
        if done == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

    job.color_film(source.probe(Path(sys.argv[1])), Path(sys.argv[2]), TinyColorizer(), progress=die)
