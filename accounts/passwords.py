"""Which passwords are taken, and how they are stored: argon2id as OWASP's Password Storage Cheat Sheet sets it."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from zxcvbn import zxcvbn

from accounts import AccountsError

MIN_LENGTH = 10
MAX_LENGTH = 256
AT_ONCE = 4
"""Hashes computed at a time: each takes 19 MiB, and many together would be an attack on memory."""

_WAIT = 20.0  # seconds for a slot
_WEAK = 2  # zxcvbn's score below which a million guesses are enough
_LOOKED_AT = 64  # characters that zxcvbn sees: its time grows with the square
_slots = threading.BoundedSemaphore(AT_ONCE)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class PasswordLengthError(AccountsError):
    """A password is too short, or so long that hashing it would be work for nothing."""


class CommonPasswordError(AccountsError):
    """A password is among the first that anybody would try."""


class BusyError(AccountsError):
    """Too many people sign in at this moment."""


def check_password(password: str, name: str) -> None:
    """Accept a new password for the person of this name.

    Raises:
        PasswordLengthError, CommonPasswordError: see the classes.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise PasswordLengthError(
            f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters. Yours has {len(password)}: a few words in a row "
            "are long and easy to remember."
        )
    if zxcvbn(password[:_LOOKED_AT], user_inputs=[name, "huestory"])["score"] < _WEAK:
        raise CommonPasswordError(
            "This password is easy to guess: it is a common one, or made of a pattern or your name. Choose another; "
            "a few unrelated words in a row are good."
        )


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
