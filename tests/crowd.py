"""Scripted participants of a study on a real server: they send what the page's script sends, all at the same time."""

import http.client
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from study.participants import new_code, participant_of

REPEATED = 0.05
"""Share of answers that are sent a second time, as a browser does when the reply was lost on the way."""
TRIES = 8
AGAIN = (425, 503)
"""Too early, and not saved: what the page tries again."""


@dataclass
class Diary:
    """What one participant remembers."""

    participant: str
    acknowledged: dict[int, tuple[bool, float]] = field(default_factory=dict)
    """trial -> what was clicked, and the time (of this process's clock) when the server had said that it is saved"""
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """`begin`, `picture`, `answer` -> how long each request took"""
    has_finished: bool = False
    tries: int = 0
    """requests that were sent again, because there was no reply or an error of the server"""


class Participant:
    """One participant without a browser.

    Args:
        address: of the server, such as http://127.0.0.1:8501.
        think: draws the seconds that pass between seeing a picture and the answer.
        stop: asked before each page; True ends the session early.
    """

    def __init__(
        self,
        address: str,
        study: str,
        seed: int,
        think: Callable[[random.Random], float],
        stop: Callable[[], bool] = lambda: False,
    ):
        self._host, self._base = urlsplit(address).netloc, f"/study-session/{study}"
        self._code, self._rng, self._think, self._stop = new_code(), random.Random(seed), think, stop
        self._connection = http.client.HTTPConnection(self._host, timeout=60)
        self.diary = Diary(participant_of(self._code))

    def take_part(self) -> Diary:
        """Begin, look at every picture and answer until there is no further question.

        Raises:
            RuntimeError: the server refused something, or did not answer at several tries.
        """
        page = json.loads(self._ask("begin", "begin", {"device": "phone"}))["page"]
        while page and not self._stop():
            for trial in page["trials"]:
                self._ask("picture", f"picture/{trial}/only")
            thought = max(self._think(self._rng), page["least_ms"] / 1000)
            time.sleep(thought)
            choices = {str(trial): self._rng.random() < 0.5 for trial in page["trials"]}
            answer = {"choices": choices, "response_ms": round(1000 * thought)}
            page = json.loads(self._ask("answer", "answer", answer))["page"]
            for trial, choice in choices.items():
                self.diary.acknowledged[int(trial)] = choice, time.time()
            if self._rng.random() < REPEATED:
                page = json.loads(self._ask("answer", "answer", answer))["page"]
        self.diary.has_finished = page is None
        self._connection.close()
        return self.diary

    def _ask(self, kind: str, path: str, body: dict | None = None) -> bytes:
        headers = {"x-study-code": self._code, "content-type": "application/json"}
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
        for attempt in range(TRIES):
            began = time.perf_counter()
            try:
                self._connection.request(method, f"{self._base}/{path}", data, headers)
                reply = self._connection.getresponse()
                content = reply.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                refusal = repr(error)
            else:
                if reply.status == 200:
                    self.diary.seconds[kind].append(time.perf_counter() - began)
                    return content
                refusal = f"{reply.status} {content[:200]!r}"
                if reply.status not in AGAIN:
                    break
            self.diary.tries += 1
            time.sleep(0.2 * (attempt + 1))
        raise RuntimeError(f"{kind} of {self.diary.participant}: {refusal}")


def take_part_at_once(
    address: str,
    study: str,
    participants: int,
    think: Callable[[random.Random], float],
    stop: Callable[[], bool] = lambda: False,
) -> list[Diary]:
    """Let so many participants begin at the same moment; returns their diaries when the last has finished.

    Raises:
        RuntimeError: one of them could not go on.
    """
    crowd = [Participant(address, study, seed, think, stop) for seed in range(participants)]
    with ThreadPoolExecutor(participants) as pool:
        return list(pool.map(Participant.take_part, crowd))
