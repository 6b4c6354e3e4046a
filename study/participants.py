"""Participants: their secret code, the id made from it for the votes, and the seed of their allocation."""

import hashlib
import re
import secrets

from study import StudyError

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, no U: easily confused when a code is read aloud or typed

CODE_EXAMPLE = "K7QM-2F9X-WBTA-3HNC"


class BadCodeError(StudyError, ValueError):
    """A text is not a participant's code."""


def new_code() -> str:
    """A secret code for one participant, such as `K7QM-2F9X-WBTA-3HNC`, to resume the session or delete the votes."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def participant_of(code: str) -> str:
    """The participant id of a code. The votes file contains the id; the code cannot be computed from it.

    Raises:
        BadCodeError: the text is not a code.
    """
    letters = re.sub(r"[\s-]", "", code).upper()
    if len(letters) != 16 or not set(letters) <= set(_ALPHABET):
        raise BadCodeError(f"a code has sixteen letters and digits, such as {CODE_EXAMPLE}. Received another text.")
    return "p" + hashlib.sha256(b"huestory participant " + letters.encode()).hexdigest()[:20]


def participant_seed(study: str, participant_id: str) -> int:
    """The seed of a participant's allocation: 64 bits of a SHA-256 of both ids, so the same ids give the same seed."""
    return int.from_bytes(hashlib.sha256(f"{study}\n{participant_id}".encode()).digest()[:8])
