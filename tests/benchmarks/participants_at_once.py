"""Many participants at once against a real server: is every acknowledged vote stored, and how long do they wait?

    python -m tests.benchmarks.participants_at_once [--participants 200] [--kind csv|sqlite] [--json]

Starts the app as the README does, with one open study of the preset `balanced`, lets all participants begin
in the same moment, and compares what the server has said is saved with what is stored. The participants take 0.4 to 2
seconds for a picture, and send one answer in twenty twice, as if its reply had been lost. Ends with status 1 if a
participant has not finished, or a vote is missing, stored twice, or another than the one given.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from study.folder import Study
from study.protocol import PRESETS
from study.session import to_judged_real
from tests.browser.conftest import serve
from tests.crowd import Diary, take_part_at_once
from tests.studies import make_study

PERCENTILES = (50, 95, 99, 100)


@dataclass(frozen=True)
class Found:
    """What came of it; times in milliseconds."""

    participants: int
    finished: int
    acknowledged: int
    stored: int
    lost: int
    """acknowledged, but not stored"""
    twice: int
    different: int
    """stored with another answer than the one given"""
    tried_again: int
    seconds: float
    """from the first beginning to the last answer"""
    milliseconds: dict[str, dict[str, float]]
    """`begin`, `picture`, `answer` -> percentile -> time that the participant waited"""

    @property
    def is_sound(self) -> bool:
        everybody = self.finished == self.participants and self.stored == self.acknowledged
        return everybody and not self.lost and not self.twice and not self.different


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns 0 if nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=200)
    parser.add_argument("--kind", choices=["csv", "sqlite"], default="csv")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        found = run(Path(place), options.participants, options.kind)
    print(json.dumps(asdict(found), indent=1) if options.json else text(found))
    return 0 if found.is_sound else 1


def run(place: Path, participants: int, kind: str = "csv", preset: str = "balanced") -> Found:
    """Start a server with its data in `place`, let the participants take part, and compare."""
    url = f"sqlite:///{place}/votes.db" if kind == "sqlite" else ""
    folder = place / "data" / "studies" / "cats"
    study = make_study(folder, PRESETS[preset], photos=40)
    study.update(begins_per_minute=10_000)  # they share one address
    with serve(place / "data", place / "log.txt", url) as address:
        began = time.perf_counter()
        diaries = take_part_at_once(address, "cats", participants, lambda rng: rng.uniform(0.4, 2))
        seconds = time.perf_counter() - began
    return compare(Study(folder, url), diaries, seconds)


def compare(study: Study, diaries: list[Diary], seconds: float) -> Found:
    """What the participants were told, against what is stored."""
    stored: dict[tuple[str, int], list[bool]] = {}
    for vote in study.store.read():
        stored.setdefault((vote.participant_id, vote.trial), []).append(vote.judged_real)
    given = {}
    for diary in diaries:
        trials = {trial.trial: trial for trial in study.enrol(diary.participant, "phone")}
        for number, (choice, _) in diary.acknowledged.items():
            given[diary.participant, number] = to_judged_real(trials[number], choice)
    return Found(
        participants=len(diaries),
        finished=sum(diary.has_finished for diary in diaries),
        acknowledged=len(given),
        stored=len(stored),
        lost=len(given.keys() - stored.keys()),
        twice=sum(len(votes) > 1 for votes in stored.values()),
        different=sum(stored[key][0] != given[key] for key in given.keys() & stored.keys()),
        tried_again=sum(diary.tries for diary in diaries),
        seconds=round(seconds, 1),
        milliseconds={
            kind: {f"p{p}": round(float(np.percentile(times, p)), 1) for p in PERCENTILES}
            for kind in ("begin", "picture", "answer")
            if (times := [1000 * each for diary in diaries for each in diary.seconds[kind]])
        },
    )


def text(found: Found) -> str:
    """The numbers in words."""
    lines = [
        f"{found.finished} of {found.participants} participants finished in {found.seconds:g} s; "
        f"{found.tried_again} requests were sent again.",
        f"{found.acknowledged} votes acknowledged, {found.stored} stored: {found.lost} lost, {found.twice} twice, "
        f"{found.different} different.",
    ]
    for kind, times in found.milliseconds.items():
        lines.append(f"{kind:8}" + "   ".join(f"{name} {value:7.1f} ms" for name, value in times.items()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
