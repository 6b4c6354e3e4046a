"""Password hashing: argon2id with the settings of OWASP's Password Storage Cheat Sheet, a few hashes at a time.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from accounts import AccountsError
from accounts.passwords import MAX_LENGTH

AT_ONCE = 4
"""Hashes computed at the same time: each needs 19 MiB, so without a limit many sign-ins could fill the memory."""

_WAIT = 20.0  # seconds to wait for a free slot
_slots = threading.BoundedSemaphore(AT_ONCE)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class BusyError(AccountsError):
    """Too many people are signing in at this moment."""


def hash_password(password: str) -> str:
    """The hash to store for a password. Raises BusyError."""
    with _slot():
        return _hasher.hash(_normalize(password))


def is_right(password: str, stored: str | None) -> bool:
    """Whether `stored` is the hash of this password.

    None, for a person who does not exist, gives False after the same computing time, so that the time does not show
    which names exist.

    Raises:
        BusyError: no slot was free in time.
    """
    known = stored or _nobody()
    with _slot():
        try:
            _hasher.verify(known, _normalize(password[: MAX_LENGTH + 1]))
        except VerifyMismatchError:
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a stored hash was made with other settings than the current ones."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def _normalize(password: str) -> str:
    return unicodedata.normalize("NFKC", password)  # different encodings of the same letters count as the same password


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_WAIT):
        raise BusyError("Many people are signing in. Please try again in a minute.")
    try:
        yield
    finally:
        _slots.release()
