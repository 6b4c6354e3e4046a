"""How passwords are stored: argon2id as OWASP's Password Storage Cheat Sheet sets it, a few hashes at a time.

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
"""Hashes computed at a time: each takes 19 MiB, and many together would be an attack on memory."""

_WAIT = 20.0  # seconds for a slot
_slots = threading.BoundedSemaphore(AT_ONCE)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class BusyError(AccountsError):
    """Too many people sign in at this moment."""


def hash_password(password: str) -> str:
    """What to store of a password. Raises BusyError."""
    with _slot():
        return _hasher.hash(_normalize(password))


def is_right(password: str, stored: str | None) -> bool:
    """Whether `stored` was made of this password; None, for a person who does not exist, takes the same work.

    Raises:
        BusyError: there was no room to find out.
    """
    known = stored or _nobody()
    with _slot():
        try:
            _hasher.verify(known, _normalize(password[: MAX_LENGTH + 1]))
        except VerifyMismatchError:
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the settings of today differ from those that a right password was stored with."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def _normalize(password: str) -> str:
    return unicodedata.normalize("NFKC", password)  # the same letters typed on another keyboard are the same password


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_WAIT):
        raise BusyError("Many people are signing in. Please try again in a minute.")
    try:
        yield
    finally:
        _slots.release()
