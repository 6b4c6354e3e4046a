"""How fast a film is coloured and how long it still takes, in words."""

import time


class Pace:
    """Begins to measure when the first frame is done: what was there from an earlier run does not count."""

    def __init__(self):
        self._begun: tuple[float, int] | None = None

    def in_words(self, done: int, total: int | None) -> str:
        """Frames that are done, frames a second, and the time left; `total` None is unknown."""
        if self._begun is None:
            self._begun = time.monotonic(), done - 1
        begun, before = self._begun
        seconds = time.monotonic() - begun
        if seconds < 1 or done - before < 2:
            return f"{done} frame{'' if done == 1 else 's'}"
        rate = (done - before) / seconds
        left = "" if not total or total <= done else f", about {duration((total - done) / rate)} left"
        return f"{done} of {total or '?'} frames, {rate:.1f} frames a second{left}"


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(0.2), duration(89), duration(600), duration(9000)
    ('1 second', '89 seconds', '10 minutes', '2.5 hours')
    """
    if seconds < 90:
        count = max(1, round(seconds))
        return f"{count} second{'' if count == 1 else 's'}"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
