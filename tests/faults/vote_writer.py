"""Run by the tests as a process of its own: saves votes of one participant and prints a line for each.

python vote_writer.py FOLDER PARTICIPANT COUNT [URL]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from storage.files import NotSavedError
from study.votes.record import Vote, now_utc
from study.votes.store import open_store


def main(folder: str, participant: str, count: str, url: str = "") -> None:
    store = open_store("cats", Path(folder), url)
    for number in range(1, int(count) + 1):
        stimulus = f"s{number}"
        vote = Vote(
            "cats", participant, number, "test", stimulus, "m", False, True, 900, now_utc(), "phone", "0.1.0"
        )  # fmt: skip
        try:
            new = store.append([vote])
        except NotSavedError as error:
            print(f"not saved {stimulus} {error}", flush=True)
            return
        print(f"saved {stimulus} {new}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
