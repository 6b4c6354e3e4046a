"""A limit for beginning a study, so that one computer cannot enrol crowds of participants that do not exist.

The times are kept in memory, for one minute: no internet address is ever written down. Several servers count each for
themselves.
"""

import ipaddress
import threading
import time
from collections import OrderedDict, deque

from study import StudyError

WINDOW = 60.0
"""Seconds for which a beginning counts."""
_MOST_ADDRESSES = 10_000


class TooManyBeginsError(StudyError):
    """Too many new participants began from one internet address within `WINDOW`."""


class BeginLimit:
    """Counts the new participants of each study and internet address within the last minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def admit(self, study: str, address: str, most: int) -> None:
        """Count one more new participant.

        Raises:
            TooManyBeginsError: there were `most` within the last minute; this one is not counted.
        """
        key, now = (study, network_of(address)), time.monotonic()
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while times and times[0] <= now - WINDOW:
                times.popleft()
            if len(times) >= most:
                raise TooManyBeginsError(f"{most} participants a minute may begin from one address. These were more.")
            times.append(now)
            while len(self._times) > _MOST_ADDRESSES:
                self._times.popitem(last=False)

    def clear(self) -> None:
        """Forget all times."""
        with self._lock:
            self._times.clear()


def network_of(address: str) -> str:
    """The address itself, or of an IPv6 address the first 64 bits: one household or server has all that follow."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
