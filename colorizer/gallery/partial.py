"""A file on its way from a server: what has come of it so far, and of which version of the file that is."""

from datetime import timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path


class PartialFile:
    """`NAME.part` beside the place of the finished file, and its version in `NAME.part.version`.

    Args:
        path: of the finished file.
    """

    def __init__(self, path: Path):
        self.path = path.with_name(f"{path.name}.part")
        self._version_path = path.with_name(f"{path.name}.part.version")

    @property
    def size(self) -> int:
        """Bytes that have come; 0 where nothing has."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The server's mark of the version, as `version_of` gave it; empty where it gave none."""
        return self._version_path.read_text(encoding="ascii") if self._version_path.exists() else ""

    def begin(self, version: str) -> None:
        """Start anew: whatever has come before is of no use. The old mark goes first, lest it name the new bytes."""
        self.forget()
        self.path.touch()
        if version:
            self._version_path.write_text(version, encoding="ascii")

    def forget(self) -> None:
        """Remove all of it."""
        self._version_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def version_of(headers: Message) -> str:
    """What names this version of a file in the header `If-Range`; empty where nothing may.

    RFC 9110, section 13.1.5 (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5): a strong ETag; or, of a server
    that gives no ETag at all, a Last-Modified that is older than the answer by a second or more.
    """
    tag, modified = headers.get("ETag"), headers.get("Last-Modified", "")
    if tag is not None:
        return tag if tag.startswith('"') and tag.isascii() and tag.isprintable() else ""
    try:
        age = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(modified)
    except (ValueError, TypeError):  # one of the two is missing, is no date, or knows no time zone
        return ""
    return modified if age >= timedelta(seconds=1) else ""
