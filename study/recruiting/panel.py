"""People whom a panel sends and pays."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from study import StudyError
from study.recruiting import RecruitingError
from study.votes.record import BadVoteError, check_id

PROLIFIC = "PROLIFIC_PID"
"""Name of the parameter in which Prolific gives the participant's id; MTurk's is usually called `workerId`."""

_PLACE = "{external_id}"
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_OURS = ("study", "invitation", "lang")


class NoPanelIdError(StudyError):
    """The study is for people of a panel, and the link has no participant id of it."""


@dataclass(frozen=True)
class Panel:
    """The panel that sends participants, such as Prolific or Mechanical Turk, and what they get at the end.

    Raises:
        RecruitingError: a field cannot be used.
    """

    parameter: str = ""
    """name of the parameter in the address that holds the participant's id, such as `PROLIFIC_PID`; empty: no panel"""
    completion: str = ""
    """for who has answered everything: an address, in which `{external_id}` is filled in, or a code; may be empty"""
    screened_out: str = ""
    """the same for who cannot take part because the study is closed or has enough people of their kind"""

    def __post_init__(self) -> None:
        if self.parameter and (not _PARAMETER.fullmatch(self.parameter) or self.parameter in _OURS):
            raise RecruitingError(
                f"a parameter has a name such as {PROLIFIC} or workerId, and not {', '.join(_OURS)}, which have a "
                f"meaning already. Received {self.parameter!r}."
            )
        for name in ("completion", "screened_out"):
            if (text := getattr(self, name)) and not (_is_address(text) or _CODE.fullmatch(text)):
                raise RecruitingError(
                    f"{name} must be an address that begins with https://, or a code of letters and digits. Received "
                    f"{text!r}."
                )

    def check(self, external_id: str) -> str:
        """The participant's id, or "" in a study without a panel.

        Raises:
            NoPanelIdError: there is none, or it is not an id: a panel that does not know our address fills nothing in.
        """
        if not self.parameter:
            return ""
        try:
            check_id(self.parameter, external_id)
        except BadVoteError as error:
            raise NoPanelIdError(f"this study is for people whom a panel sends. In the link, {error}") from error
        return external_id

    def query(self) -> str:
        """What a link for this panel has after the study's address; Prolific fills in what is in braces."""
        if not self.parameter:
            return ""
        names = (self.parameter, "STUDY_ID", "SESSION_ID") if self.parameter == PROLIFIC else (self.parameter,)
        return "".join(f"&{name}={{{{%{name}%}}}}" for name in names)


@dataclass(frozen=True)
class Ending:
    """What a participant takes back to the panel: an address to open, or a code to type in there."""

    address: str = ""
    code: str = ""

    @classmethod
    def of(cls, text: str, external_id: str) -> "Ending":
        """The ending in the words of `Panel.completion`."""
        if not _is_address(text):
            return cls(code=text)
        return cls(address=text.replace(_PLACE, quote(external_id, safe="")))


def _is_address(text: str) -> bool:
    return text.startswith("https://") and not re.search(r"[\s\"'<>\\]", text)
