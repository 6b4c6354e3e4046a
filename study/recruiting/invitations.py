"""Invitations: one-use links to a study, so that only invited people take part, and each of them once.

The folder of the study holds only hashes of the tokens, so that nobody who reads it can take part with one.
"""

import hashlib
import secrets
from pathlib import Path

from storage.files import locked, save_file
from study import StudyError

INVITATIONS_FILE = "invitations.txt"
MOST = 10_000
"""Most invitations made at once."""


class NotInvitedError(StudyError):
    """The study is for invited people, and the token is not one of its invitations."""


class InvitationCountError(StudyError, ValueError):
    """The number of invitations is out of range."""


class Invitations:
    """The invitations of the study in a folder, one hash a line."""

    def __init__(self, folder: Path):
        self._path = Path(folder) / INVITATIONS_FILE

    def create(self, count: int) -> list[str]:
        """Make tokens for new invitations; earlier ones stay valid. Only this function knows the tokens.

        Raises:
            InvitationCountError: `count` is not from 1 to `MOST`.
            NotSavedError: they could not be saved; none of them is valid.
        """
        if not 1 <= count <= MOST:
            raise InvitationCountError(f"1 to {MOST} invitations are made at once. Received {count}.")
        tokens = [secrets.token_urlsafe(16) for _ in range(count)]
        with locked(self._path):
            hashes = [*self._hashes(), *map(hash_token, tokens)]
            save_file(self._path, "".join(f"{each}\n" for each in hashes).encode())
        return tokens

    def __len__(self) -> int:
        return len(self._hashes())

    def check(self, token: str) -> str:
        """The hash of a valid token, as it is kept in the allocation of who began with it.

        Raises:
            NotInvitedError: it is not one of the invitations.
        """
        if not token or hash_token(token) not in self._hashes():
            raise NotInvitedError("this study is for invited people. The link has no valid invitation in it.")
        return hash_token(token)

    def _hashes(self) -> list[str]:
        return self._path.read_text().split() if self._path.exists() else []


def hash_token(token: str) -> str:
    """The hash of a token: 32 hexadecimal digits."""
    return hashlib.sha256(b"huestory invitation " + token.encode()).hexdigest()[:32]
