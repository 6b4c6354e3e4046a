"""CPU time of a participant's requests in a study that many have taken part in.

    python -m tests.benchmarks.study_at_scale [--participants 10000] [--kind csv|sqlite] [--json]

Prints the median and the longest CPU time of this process for `begin`, `answer` and `picture`, and of taking a snapshot
of the results; first of all, what a server pays once when it opens the study. `results` is what a visitor of the
results page waits for while newer ones are computed in the background: CPU time of that thread alone. `restart` is the
same for the first visitor after the server was started anew. The earlier participants began over one week, and one in a
hundred within the last hour.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from study import session
from study.analysis.latest import LatestResults
from study.analysis.snapshot import take_snapshot
from study.folder import Study
from study.protocol import PRESETS
from study.sampling import draw_trials
from study.votes.allocation import Allocation
from study.votes.csv_file import HEADER
from study.votes.record import Vote
from tests.studies import make_study

REPEATS = 20
WEEK = timedelta(days=7)


def main(arguments: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Measure, print and return the milliseconds: name -> median and longest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--kind", choices=["csv", "sqlite"], default="csv")
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/votes.db" if options.kind == "sqlite" else ""
        study = make_study(Path(place) / "cats", PRESETS["balanced"], photos=options.photos)
        fill(study, options.participants, url)
        found = measure(Study(study.folder, url))
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        for name, times in found.items():
            print(f"{name:10} median {times['median']:8.1f} ms   longest {times['longest']:8.1f} ms")
    return found


def fill(study: Study, participants: int, url: str) -> None:
    """Write the votes and allocations of earlier participants, all finished, straight into the store."""
    examples = [draw_trials(study.pool, study.config.protocol, seed) for seed in range(50)]
    now = datetime.now(UTC)
    allocations, votes = [], []
    for number in range(participants):
        age = timedelta(minutes=30) if number >= participants * 0.99 else WEEK * (1 - number / participants)
        name, started = f"p{number:07}", (now - age).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        trials = examples[number % len(examples)]
        allocations.append(Allocation(name, started, "desktop", tuple(map(asdict, trials))))
        for trial in trials:
            picture = study.pool.by_id[trial.stimulus]
            votes.append(
                Vote("cats", name, trial.trial, trial.phase, trial.stimulus, picture.model, picture.is_real,
                     trial.trial % 3 > 0, 1500, started, "desktop", "0.1.0", photo=picture.photo, server_ms=1600)
            )  # fmt: skip
    if url:
        _fill_database(study, url, allocations, votes)
        return
    lines = (json.dumps(asdict(each), separators=(",", ":")) for each in allocations)
    (study.folder / "draws.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (study.folder / "votes.csv").write_text("".join(f"{line}\n" for line in [HEADER, *(v.line() for v in votes)]))


def _fill_database(study: Study, url: str, allocations: list[Allocation], votes: list[Vote]) -> None:
    from storage.engine import transaction
    from study.votes.sql_store import ALLOCATIONS, VOTES, DatabaseVotes

    store = DatabaseVotes("cats", url)
    with transaction(store._engine) as connection:
        rows = [{**asdict(a), "study": "cats", "trials": json.dumps(a.trials)} for a in allocations]
        connection.execute(ALLOCATIONS.insert(), rows)
        connection.execute(VOTES.insert(), [asdict(vote) for vote in votes])


def measure(study: Study) -> dict[str, dict[str, float]]:
    """Milliseconds of CPU for each request of new participants."""
    session.LEAST_MS = 0
    names = ("open", "begin", "picture", "answer", "snapshot", "results", "restart")
    times: dict[str, list[float]] = {name: [] for name in names}
    _clock(times["open"], lambda: study.store.allocation_of("p0"))
    for number in range(REPEATS):
        name = f"new{number}"
        trials = _clock(times["begin"], lambda name=name: study.enrol(name, "phone"))
        _clock(times["picture"], lambda name=name, trial=trials[0]: session.serve_picture(study, name, trial, "only"))
        _clock(times["answer"], lambda name=name: session.take_answers(study, name, {1: True}, 900, "0.1.0"))
    for _ in range(2):
        _clock(times["snapshot"], lambda: take_snapshot(study))
    results = LatestResults(study)
    results.get()
    for number in range(REPEATS):
        study.enrol(f"late{number}", "phone")  # something new to count
        _clock(times["results"], results.get, time.thread_time)
    for _ in range(3):
        started = LatestResults(Study(study.folder, study._url))
        _clock(times["restart"], started.get, time.thread_time)
    return {name: {"median": median(each), "longest": max(each)} for name, each in times.items()}


def _clock(times: list[float], action: Callable, clock: Callable[[], float] = time.process_time):
    before = clock()
    result = action()
    times.append(1000 * (clock() - before))
    return result


if __name__ == "__main__":
    main()
