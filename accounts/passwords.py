"""Rules for new passwords: long enough, and not easy to guess by zxcvbn's estimate."""

from zxcvbn import zxcvbn

from accounts import AccountsError

MIN_LENGTH = 10
MAX_LENGTH = 256

_WEAK = 2  # zxcvbn score; below it a million guesses are enough
_LOOKED_AT = 64  # characters given to zxcvbn: its time grows with the square of the length


class PasswordLengthError(AccountsError):
    """A password is shorter than MIN_LENGTH or longer than MAX_LENGTH; longer ones would only cost computing time."""


class CommonPasswordError(AccountsError):
    """A password is too easy to guess."""


def check_password(password: str, name: str) -> None:
    """Check a new password for the person with this name.

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
