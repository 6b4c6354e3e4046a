"""Browsers in which a person has signed in before: what strangers guess elsewhere does not slow them down.

A browser keeps a mark, a random number and its HMAC under the stored form of the password (a "device cookie":
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). The server stores nothing, all
servers of one database know the mark, and a changed password makes it void.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

MOST = 4
"""So many people may be known in one browser, which a family shares."""


def new_mark(password_hash: str) -> str:
    """A mark for a browser in which the person with this stored password has just signed in."""
    number = secrets.token_hex(12)
    return f"{number}-{_sign(number, password_hash)}"


def find_mark(marks: Iterable[str], password_hash: str) -> str | None:
    """The mark among these that was made for the person with this stored password, or None."""
    for mark in marks:
        number, _, signature = mark.partition("-")
        if hmac.compare_digest(signature.encode(), _sign(number, password_hash).encode()):
            return mark
    return None


def split(cookie: str) -> list[str]:
    """The marks in a browser's cookie; of a cookie that we have not written, none."""
    return [mark for mark in cookie.split(".")[:MOST] if len(mark) == 89 and mark.isascii()]


def join(mark: str, marks: Iterable[str]) -> str:
    """A cookie with one more mark, the newest first."""
    return ".".join([mark, *(other for other in marks if other != mark)][:MOST])


def _sign(number: str, password_hash: str) -> str:
    return hmac.new(password_hash.encode(), number.encode(), hashlib.sha256).hexdigest()
