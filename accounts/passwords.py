"""Which new passwords are taken: long ones that are not among the first that anybody would try."""

from zxcvbn import zxcvbn

from accounts import AccountsError

MIN_LENGTH = 10
MAX_LENGTH = 256

_WEAK = 2  # zxcvbn's score below which a million guesses are enough
_LOOKED_AT = 64  # characters that zxcvbn sees: its time grows with the square


class PasswordLengthError(AccountsError):
    """A password is too short, or so long that hashing it would be work for nothing."""


class CommonPasswordError(AccountsError):
    """A password is among the first that anybody would try."""


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
